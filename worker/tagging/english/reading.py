"""From an English text to the people and organizations named in it."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from worker.model import Span
from worker.tagging.english.evidence import Evidence, evidence, total
from worker.tagging.english.headlines import soften
from worker.tagging.english.names import other_name, person_name
from worker.tagging.english.organizations import read_organizations
from worker.tagging.english.words import (
    ENDINGS,
    GENERATIONS,
    GIVEN,
    PLACE_BEGINNINGS,
    SURE_ENDINGS,
    THINGS,
)
from worker.tagging.found import Candidate, Found
from worker.tagging.recognizer import MAX_CHARACTERS, Labelled
from worker.tagging.spans import standing

_PEOPLE, _ORGANIZATIONS = "PERSON", "ORG"
_NAMES = frozenset(
    {"PERSON", "ORG", "GPE", "LOC", "NORP", "FAC", "PRODUCT", "WORK_OF_ART", "EVENT"}
)
#: Places of one name whose surroundings are read; what follows tells nothing new.
_MOST_PLACES = 20
#: A text as brief as a summary may name people by surname alone.
_BRIEF = 500
_MOST_WORDS = 4
_SHORT = 5
_ABBREVIATION = re.compile(r"[A-Z]{2,}s?")


@dataclass(slots=True)
class Group:
    """All that a model found under one name.

    ``people``: where it took it for a person's; ``misread``: the name alone wherever it took it
    for something else; ``organizations``: those of them that were to it, in full.
    """

    words: tuple[str, ...]
    people: list[Candidate] = field(default_factory=list)
    organizations: list[Candidate] = field(default_factory=list)
    misread: list[Candidate] = field(default_factory=list)
    evidence: Evidence | None = None

    @property
    def name(self) -> str:
        """The name as it stands."""
        return (*self.people, *self.misread)[0].name

    @property
    def doubt(self) -> int:
        """How much oftener the model took it for something else than for a person."""
        return max(0, len(self.misread) - len(self.people))


def read_names(text: str, recognize: Callable[[str], Sequence[Labelled]]) -> Found:
    """People and organizations of a text: what the model found, judged name by name."""
    softened = soften(text)
    groups = _groups(softened, recognize(softened))
    full = [group for group in groups if len(group.words) > 1]
    people, organizations = _sorted_out(softened, full, _is_full_name)
    people = list(_without_callings(softened, people))
    families = {candidate.words[-1] for candidate in people}
    given = Counter(words[0] for words in {candidate.words for candidate in people})

    def is_somebodys(text: str, group: Group) -> bool:
        word = group.words[0]
        return word in families or given[word] == 1 or _is_single_name(text, group)

    single = [group for group in groups if len(group.words) == 1]
    more_people, more_organizations = _sorted_out(softened, single, is_somebodys)
    people += more_people
    organizations += more_organizations
    return Found(people, read_organizations(text, softened, organizations, people))


def _groups(text: str, labelled: Sequence[Labelled]) -> list[Group]:
    """The names found, each with all its places."""
    groups: dict[tuple[str, ...], Group] = {}
    for one in labelled:
        if one.label == _PEOPLE:
            person = person_name(text, one.span)
            if person:
                groups.setdefault(person.words, Group(person.words)).people.append(person)
        elif one.label in _NAMES and (name := other_name(text, one.span)):
            person = (person_name(text, one.span) if len(name.words) > 1 else None) or name
            group = groups.setdefault(person.words, Group(person.words))
            group.misread.append(person)
            if one.label == _ORGANIZATIONS:
                group.organizations.append(name)
    return list(groups.values())


def _sorted_out(
    text: str, groups: Sequence[Group], is_person: Callable[[str, Group], bool]
) -> tuple[list[Candidate], list[Candidate]]:
    """(people, organizations) of some groups."""
    people: list[Candidate] = []
    organizations: list[Candidate] = []
    for group in groups:
        if is_person(text, group):
            people += group.people
            people += group.misread
        else:
            # Evidence costs time: what is of several words and never taken for a person does without.
            needed = group.people or len(group.words) == 1
            found = _evidence(text, group) if needed else Evidence()
            named = list(group.organizations)
            if found.company >= max(1, found.person):
                named += group.people
            organizations += (replace(one, firm=found.company > found.place) for one in named)
    return people, organizations


def _without_callings(text: str, people: Sequence[Candidate]) -> Iterator[Candidate]:
    """People without what they are, where the name stands elsewhere without: "Cellist Ann Lee"."""
    names = {one.words for one in people}
    for one in people:
        tokens = [match.start() for match in re.finditer(r"\S+", text[slice(*one.span)])]
        shorter = next((at for at in range(1, len(one.words) - 1) if one.words[at:] in names), 0)
        if shorter and one.words[0] not in GIVEN and len(tokens) == len(one.words):
            start, end = one.span[0] + tokens[shorter], one.span[1]
            name = " ".join(text[start:end].split())
            yield replace(one, span=(start, end), name=name, words=one.words[shorter:])
        else:
            yield one


def _evidence(text: str, group: Group) -> Evidence:
    """What stands round a name, wherever the model found it; round a single word, everywhere."""
    if group.evidence is None:  # it is asked for who it is, and again for what else
        group.evidence = total(evidence(text, span) for span in _places(text, group))
    return group.evidence


def _places(text: str, group: Group) -> list[Span]:
    if len(group.words) == 1:
        found = standing(text[:MAX_CHARACTERS], group.name, "-", "-")
        return list(islice(found, _MOST_PLACES))
    places = islice(chain(group.people, group.misread), _MOST_PLACES)
    return [one.span for one in places]


def _is_full_name(text: str, group: Group) -> bool:
    """Whether a name of several words is a person's."""
    words, parts = group.words, group.name.split()
    if words[-1] in SURE_ENDINGS or words[0] in PLACE_BEGINNINGS or _ends_in_letters(parts):
        return False
    if group.people:
        found = _evidence(text, group)
        known = words[0] in GIVEN
        return 1 + 2 * known + found.person - found.thing - group.doubt >= 1
    if len(words) > _MOST_WORDS or not all(
        part[0].isupper() and part[1:].islower() for part in parts
    ):
        return False
    if _is_plural(words[-1]) or not (THINGS | ENDINGS).isdisjoint(words):
        return False
    found = _evidence(text, group)
    return found.person >= 2 and not found.thing


def _ends_in_letters(parts: Sequence[str]) -> bool:
    """Whether a last word is an abbreviation, no number of a king: "Male MPs"."""
    last = parts[-1]
    abbreviated = _ABBREVIATION.fullmatch(last) and last.lower() not in GENERATIONS
    return bool(abbreviated) and not parts[0].isupper() and len(last) < _SHORT


def _is_plural(word: str) -> bool:
    """Whether a last word may be a team's: "Boston Terriers"."""
    return word.endswith("s") and not word.endswith(("is", "us", "os", "as", "ss", "ins", "ams"))


def _is_single_name(text: str, group: Group) -> bool:
    """Whether a single word that is nobody's surname here is a person's: only with good reason."""
    if not group.people or _ABBREVIATION.fullmatch(group.name):
        return False
    found = _evidence(text, group)
    against = found.thing + found.place
    score = found.person + found.deeds - against - group.doubt
    brief = len(text) <= _BRIEF and len(group.name) > 2
    return score >= 1 or (score == 0 and not against and brief)
