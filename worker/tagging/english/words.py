"""Words by which English news tells people from companies, places and things.

They stand in ``data/english.yaml``; all are lower-case.
"""

from worker.tagging.shipped import read_yaml

_WORDS: dict[str, list[str]] = read_yaml("english.yaml")


def _words(*names: str) -> frozenset[str]:
    return frozenset(word for name in names for word in _WORDS[name])


#: Stand before a name and say that it is a person's.
TITLES = _words("titles")
#: What people are.
ROLES = _words("roles")
#: What a model takes into a name though it stands before it.
BEFORE_NAMES = _words("titles", "leading", "roles")
#: What companies, ships, storms and places are.
THINGS = _words("things")
#: Last words of names of companies and places.
ENDINGS = _words("endings", "surname_endings")
#: Of these, the ones that are nobody's surname.
SURE_ENDINGS = _words("endings")
PLACE_BEGINNINGS = _words("place_beginnings")
PARTICLES = _words("particles")
POSTNOMINALS = _words("postnominals")
GENERATIONS = _words("generations")
#: What people do, and what only they have.
DEEDS, KIN = _words("deeds"), _words("kin")
QUOTING = _words("quoting")
#: Prepositions of place, and what a company has.
PLACES, BUSINESS = _words("places"), _words("business")
#: "the Clinton administration".
ERAS = _words("eras")
HEADLINE_VERBS = _words("headline_verbs")
NEVER = _words("never")
DAYS = _words("days")
GIVEN = _words("given")
#: What names of institutions end or begin with, and never begin with.
INSTITUTION_ENDINGS = _words("institution_endings")
INSTITUTION_BEGINNINGS = _words("institution_beginnings")
NOT_FIRST = _words("not_first")
#: By themselves no names of institutions.
GENERIC = _words("generic")


def _plural(word: str) -> str:
    if word.endswith("man"):
        return f"{word[:-3]}men"
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


#: What begins a sentence as several of a kind: "Farmers", "Ports", "Unions".
PLURALS = frozenset(map(_plural, ROLES | THINGS | INSTITUTION_ENDINGS))
