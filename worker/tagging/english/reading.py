"""From an English text to the people and organizations named in it."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

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
    """All that a model found under one name, by what it took it for each time."""

    people: list[Candidate] = field(default_factory=list)
    organizations: list[Candidate] = field(default_factory=list)
    others: list[Candidate] = field(default_factory=list)

    @property
    def all(self) -> list[Candidate]:
        """Everything, people first."""
        return [*self.people, *self.organizations, *self.others]

    @property
    def doubt(self) -> int:
        """How much oftener the model took it for something else than for a person."""
        return max(0, len(self.organizations) + len(self.others) - len(self.people))


Groups = dict[tuple[str, ...], Group]


def read_names(text: str, recognize: Callable[[str], Sequence[Labelled]]) -> Found:
    """People and organizations of a text: what the model found, judged name by name."""
    softened = soften(text)
    groups = _groups(softened, recognize(softened))
    full: Groups = {words: group for words, group in groups.items() if len(words) > 1}
    single: Groups = {words: group for words, group in groups.items() if len(words) == 1}
    people, organizations = _sorted_out(softened, full, _is_full_name)
    families = {candidate.words[-1] for candidate in people}
    given = Counter(words[0] for words in {candidate.words for candidate in people})

    def is_somebodys(text: str, group: Group, found: Evidence) -> bool:
        word = group.all[0].words[0]
        return word in families or given[word] == 1 or _is_single_name(text, group, found)

    more_people, more_organizations = _sorted_out(softened, single, is_somebodys)
    people += more_people
    organizations += more_organizations
    return Found(people, read_organizations(text, softened, organizations, people))


def _groups(text: str, labelled: Sequence[Labelled]) -> Groups:
    """The names found, by their words."""
    groups: Groups = {}
    for one in labelled:
        if one.label not in _NAMES:
            continue
        person = person_name(text, one.span)
        if one.label == _PEOPLE:
            if person:
                groups.setdefault(person.words, Group()).people.append(person)
            continue
        name = other_name(text, one.span)
        if name:
            words = person.words if person else name.words
            group = groups.setdefault(words, Group())
            (group.organizations if one.label == _ORGANIZATIONS else group.others).append(name)
    return groups


Judge = Callable[[str, Group, Evidence], bool]


def _sorted_out(text: str, groups: Groups, judge: Judge) -> tuple[list[Candidate], list[Candidate]]:
    """(people, organizations) of some groups."""
    people: list[Candidate] = []
    organizations: list[Candidate] = []
    for words, group in groups.items():
        found = _evidence(text, words, group)
        if judge(text, group, found):
            people += (person for one in group.all if (person := person_name(text, one.span)))
        else:
            firm = found.company > found.place
            organizations += (replace(one, firm=firm) for one in group.organizations)
            if found.company and found.company >= found.person:
                organizations += (replace(one, firm=firm) for one in group.people)
    return people, organizations


def _evidence(text: str, words: tuple[str, ...], group: Group) -> Evidence:
    """What stands round a name, wherever the model found it; round a single word, everywhere."""
    spans = [(person_name(text, one.span) or one).span for one in group.all[:_MOST_PLACES]]
    if len(words) == 1 and group.people:
        word = re.compile(rf"(?<![\w-]){re.escape(group.people[0].name)}(?![\w-])")
        found = word.finditer(text, 0, MAX_CHARACTERS)
        spans = [match.span() for match in islice(found, _MOST_PLACES)]
    return total(evidence(text, span) for span in spans)


def _is_full_name(_text: str, group: Group, found: Evidence) -> bool:
    """Whether a name of several words is a person's."""
    words = group.all[0].words
    known = words[0] in GIVEN
    if words[-1] in SURE_ENDINGS or words[0] in PLACE_BEGINNINGS:
        return False
    first, *_, last = group.all[0].name.split()
    abbreviated = _ABBREVIATION.fullmatch(last) and last.lower() not in GENERATIONS
    if abbreviated and not first.isupper() and len(last) < _SHORT:
        return False
    if group.people:
        return 1 + 2 * known + found.person - found.thing - group.doubt >= 1
    if len(words) > _MOST_WORDS or found.person < 2 or found.thing or _is_plural(words[-1]):
        return False
    capitals = all(word[0].isupper() and not word.isupper() for word in group.all[0].name.split())
    return capitals and THINGS.isdisjoint(words) and ENDINGS.isdisjoint(words)


def _is_plural(word: str) -> bool:
    """Whether a last word may be a team's: "Boston Terriers"."""
    return word.endswith("s") and not word.endswith(("is", "us", "os", "as", "ss", "ins", "ams"))


def _is_single_name(text: str, group: Group, found: Evidence) -> bool:
    """Whether a single word that is nobody's surname here is a person's: only with good reason."""
    if not group.people or _ABBREVIATION.fullmatch(group.people[0].name):
        return False
    score = found.person + found.deeds - found.thing - found.place - group.doubt
    return score >= 1 or (
        score == 0 and not found.thing and not found.place and len(text) <= _BRIEF
    )
