"""Who an article is about: people and organizations.

The gazetteer's findings and the language model's are joined here. The gazetteer wins; a person's
surname is carried to every later mention; what is no name is turned away.
"""

import re
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from worker.model import Entity, Kind, Span
from worker.tagging.attached import bare
from worker.tagging.document import Document
from worker.tagging.folding import fold, fold_word
from worker.tagging.gazetteer import Gazetteer, Hit, Standing, entity_key
from worker.tagging.recognizer import Labelled

_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "prof",
        "professor",
        "sir",
        "dame",
        "lord",
        "lady",
        "president",
        "vice",
        "prime",
        "minister",
        "premier",
        "chancellor",
        "senator",
        "sen",
        "rep",
        "representative",
        "congressman",
        "congresswoman",
        "governor",
        "gov",
        "mayor",
        "secretary",
        "king",
        "queen",
        "prince",
        "princess",
        "emperor",
        "pope",
        "cardinal",
        "archbishop",
        "bishop",
        "rev",
        "reverend",
        "father",
        "sister",
        "general",
        "gen",
        "colonel",
        "col",
        "major",
        "maj",
        "captain",
        "capt",
        "lieutenant",
        "lt",
        "sergeant",
        "sgt",
        "admiral",
        "judge",
        "justice",
        "ambassador",
        "director",
        "chairman",
        "chairwoman",
        "chief",
        "spokesman",
        "spokeswoman",
        "spokesperson",
        "foreign",
        "defense",
        "defence",
        "former",
        "ex-president",
        "then-president",
        "late",
        "sheikh",
        "ayatollah",
        "imam",
        "herr",
        "frau",
        "monsieur",
        "madame",
        "señor",
        "señora",
        "coach",
        "detective",
        "inspector",
        "officer",
        "the",
    ]
)
_ORG_TITLES = frozenset({"the"})
_NO_NAMES = frozenset(
    [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "internet",
        "covid",
        "covid-19",
        "coronavirus",
        "god",
        "allah",
        "christmas",
        "easter",
        "ramadan",
        "bitcoin",
        "brexit",
        "love",
        "mom",
        "dad",
        "lol",
        "amen",
        "bible",
        "quran",
        "koran",
        "covid19",
        "gmt",
        "est",
        "newsroom",
        "email",
        "e-mail",
        "photo",
        "image",
        "video",
        "getty",
        "newsletter",
        "subscribe",
        "advertisement",
    ]
)
_TRAILING = re.compile(r"(?:['’]s?|['’]S|[\s,.;:\"“”()\[\]-])+$")
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
#: A date, or a slash between words: of datelines and tables, not of organizations.
_DATELINE = re.compile(r"\b\d{4}-\d\d-\d\d\b| / ")
#: "'s" of a name that has it, as "McDonald's"; the model's names are without.
_POSSESSIVE_LENGTH = 2
_INITIAL = re.compile(r"(?:\b[A-Z]|\b(?:Jr|Sr|St))\.$")
_SHOUT_KEPT = frozenset(
    {
        "US",
        "UK",
        "UN",
        "EU",
        "UAE",
        "USA",
        "NATO",
        "U.S.",
        "U.K.",
        "U.N.",
        "II",
        "III",
        "IV",
        "VI",
        "XIV",
    }
)


@dataclass(slots=True)
class Named:
    """A person or organization being put together; ``full`` are spans of more than a surname."""

    kind: Kind
    key: str
    name: str
    found_by: str
    spans: set[Span] = field(default_factory=set)
    full: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name that was found: its span after cleaning and its words, folded.

    In languages with case endings ``name`` and ``words`` are in the nominative, ``surface`` is the
    last word folded as it stands, and ``tails`` are the forms of the surname it is known by.
    """

    span: Span
    name: str
    words: tuple[str, ...]
    found_by: str = "spacy"
    surface: str = ""
    tails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What the model and the rules of a language find in a text.

    ``unmeant`` are full names that mean nobody here: of streets and books. Nor is a surname
    carried into what is ``closed``: names of places, words that begin a sentence.
    """

    people: Sequence[Candidate] = ()
    organizations: Sequence[Candidate] = ()
    unmeant: Sequence[Span] = ()
    closed: Sequence[Span] = ()


def soften_headlines(text: str) -> str:
    """Lines in capitals in title case, every character in its place: models know names by case."""
    return "".join(_soften(line) for line in text.splitlines(keepends=True))


def _soften(line: str) -> str:
    letters = sum(character.isalpha() for character in line)
    if letters < 8 or sum(character.isupper() for character in line) < letters * 0.8:
        return line
    return re.sub(r"[^\W\d_][\w.]*(?:['’]\w+)?", lambda match: _title_case(match[0]), line)


def _title_case(word: str) -> str:
    if word in _SHOUT_KEPT:
        return word
    lowered = (low if len(low := character.lower()) == 1 else character for character in word[1:])
    return word[0] + "".join(lowered)


class Cast:
    """Everybody found in one document so far."""

    def __init__(self, document: Document, gazetteer: Gazetteer, language: str) -> None:
        self._document = document
        self._gazetteer = gazetteer
        self._language = language
        self.named: dict[str, Named] = {}
        self._bare: dict[str, list[Named]] = {}
        self.claimed = Spans()

    def fill(
        self,
        counted: Sequence[Hit],
        surnames: Sequence[Hit],
        found: Found,
    ) -> None:
        """Everybody in order of trust: what the gazetteer found, then what model and rules did."""
        longer = [c.span for c in found.organizations]  # "University of Yangon" is more than a city
        self.add_hits(h for h in counted if not (_is_country(h) and _lies_within(h.span, longer)))
        people = [c for c in found.people if not self.claimed.overlaps(c.span)]
        full = [c for c in people if len(c.words) > 1]
        self.add_full_names(sorted(full, key=lambda c: is_initial(c.words[0])))
        self.add_surname_hits([h for h in surnames if not self.claimed.overlaps(h.span)])
        singles = [c for c in people if len(c.words) == 1]
        self.add_single_names([c for c in singles if not self.claimed.overlaps(c.span)])
        self.add_organizations(
            [c for c in found.organizations if not self.claimed.overlaps(c.span)]
        )
        for span in (*found.unmeant, *found.closed):
            self.claimed.add(span)
        self.carry_surnames()

    def add_hits(self, hits: Iterable[Hit]) -> None:
        """People and organizations the gazetteer found, surnames by themselves excepted."""
        for hit in hits:
            known = hit.known
            if known.entity.kind is Kind.COUNTRY and known.silent:
                continue  # "Paris Hilton" is no city, and may well be a person
            self.claimed.add(hit.span)
            if known.silent or known.entity.kind is Kind.COUNTRY:
                continue
            named = self._named(known.entity.kind, known.entity.key, known.entity.name, "gazetteer")
            named.spans.add(hit.span)
            if known.entity.kind is Kind.PERSON:
                insort(named.full, hit.span[0])

    def add_surname_hits(self, hits: Iterable[Hit]) -> None:
        """Bare surnames of people the gazetteer knows: for whoever was named last before them."""
        grouped: dict[Span, list[Named]] = {}
        for hit in hits:
            named = self.named.get(hit.known.entity.key)
            if named is not None:
                grouped.setdefault(hit.span, []).append(named)
        for span, candidates in grouped.items():
            surname = fold(self._document.text[slice(*span)]).text
            rivals = [*candidates, *self._bare.get(surname, ())]
            nearest(rivals, span[0]).spans.add(span)
            self.claimed.add(span)

    def add_full_names(self, candidates: Iterable[Candidate]) -> None:
        """People the model found under a name of several words."""
        for candidate in candidates:
            self._add_full(candidate)

    def add_single_names(self, candidates: Iterable[Candidate]) -> None:
        """Single words the model takes for people: of somebody named in full, if there is one."""
        for candidate in candidates:
            self._add_single(candidate)

    def add_organizations(self, candidates: Iterable[Candidate]) -> None:
        """Organizations the model found."""
        for candidate in candidates:
            if (
                len(candidate.words) == 1
                and (candidate.surface or candidate.words[0]) in self._bare
            ):
                continue
            known = self._gazetteer.organization(candidate.name, self._language)
            name = known.name if known else candidate.name
            key = known.key if known else entity_key(Kind.ORGANIZATION, candidate.name)
            named = self._named(Kind.ORGANIZATION, key, name, candidate.found_by)
            named.spans.add(candidate.span)
            self.claimed.add(candidate.span)

    def carry_surnames(self) -> None:
        """Give every free-standing surname of somebody named in full to the one named last."""
        if not self._bare:
            return
        for match in _WORD.finditer(self._document.text):
            for start, end in bare(match[0], self._language):
                word = match[0][start:end]
                people = self._bare.get(fold_word(word)) if word[:1].isupper() else None
                span = (match.start() + start, match.start() + end)
                if not people or len(word) < 3 or self.claimed.overlaps(span):
                    continue
                if not self._document.is_furniture(span):
                    nearest(people, span[0]).spans.add(span)
                break

    def _named(self, kind: Kind, key: str, name: str, found_by: str) -> Named:
        entity = self._gazetteer.meant(Entity(kind=kind, key=key, name=name))
        return self.named.setdefault(entity.key, Named(kind, entity.key, entity.name, found_by))

    def _add_full(self, candidate: Candidate) -> None:
        words = candidate.words
        known = known_person(self._gazetteer, candidate)
        same = next((p for p in self._bare.get(words[-1], ()) if same_person(p.name, words)), None)
        if known:
            named = self._named(Kind.PERSON, known.key, known.name, candidate.found_by)
        elif same:
            named = same
        else:
            key = entity_key(Kind.PERSON, candidate.name)
            named = self._named(Kind.PERSON, key, candidate.name, candidate.found_by)
        named.spans.add(candidate.span)
        insort(named.full, candidate.span[0])
        self._answers_to(named, candidate.tails or (words[-1],))
        self.claimed.add(candidate.span)

    def _answers_to(self, named: Named, tails: Iterable[str]) -> None:
        for tail in tails:
            people = self._bare.setdefault(tail, [])
            if named not in people:
                people.append(named)

    def _add_single(self, candidate: Candidate) -> None:
        word = candidate.words[0]
        people = self._bare.get(candidate.surface or word) or self._by_first_name(word)
        if people:
            alike = [p for p in people if fold(p.name).text.split()[-1] == word]
            named = nearest(alike or people, candidate.span[0])
        else:
            key = entity_key(Kind.PERSON, candidate.name)
            named = self._named(Kind.PERSON, key, candidate.name, candidate.found_by)
            self._answers_to(named, candidate.tails)
        named.spans.add(candidate.span)
        self.claimed.add(candidate.span)

    def _by_first_name(self, word: str) -> list[Named]:
        people = [p for p in self.named.values() if p.kind is Kind.PERSON]
        found = [p for p in people if " " in p.name and fold(p.name).text.split()[0] == word]
        surname = [p for p in people if " " in p.name and fold(p.name).text.split()[-1] == word]
        return surname or (found if len(found) == 1 else [])


def known_person(gazetteer: Gazetteer, candidate: Candidate) -> Entity | None:
    """Who of the gazetteer a full name stands for, also with an initial or without middle names."""
    first, last = candidate.words[0], candidate.words[-1]
    for name in (candidate.name, f"{first} {last}"):
        known = gazetteer.find(Kind.PERSON, name)
        if known:
            return known
    known = gazetteer.find(Kind.PERSON, last)
    names = (known.name, *known.aliases) if known else ()
    same = (
        fold(name).text.split()[-1] == last and same_person(name, (first, last)) for name in names
    )
    return known if any(same) else None


def without_namesakes(
    hits: Sequence[Hit], found: Found, text: str, gazetteer: Gazetteer
) -> list[Hit]:
    """Hits without names that a street is called after, and bare surnames of a namesake.

    A namesake is named in full in the article. The known person keeps them if some form of the name in the article can only be his or hers:
    "Путина" is Lyudmila Putina where she is named and neither "Путин" nor "Путиным" stands.
    """
    tails: dict[str, set[str]] = {}
    for candidate in found.people:
        if len(candidate.words) > 1:
            known = known_person(gazetteer, candidate)
            for tail in candidate.tails:
                tails.setdefault(tail, set()).add(known.key if known else "")
    doubtful, sure = set(), set()
    for hit in hits:
        if hit.known.entity.kind is Kind.PERSON and _lies_within(hit.span, found.unmeant):
            doubtful.add(hit.span)
            continue
        key = hit.known.entity.key
        bearers = tails.get(fold(text[slice(*hit.span)]).text, set())
        if hit.known.entity.kind is Kind.PERSON and bearers and key not in bearers:
            doubtful.add(hit.span)
        else:
            sure.add(key)
    return [h for h in hits if h.span not in doubtful or h.known.entity.key in sure]


def _is_country(hit: Hit) -> bool:
    return hit.known.entity.kind is Kind.COUNTRY and not hit.known.silent


def _lies_within(span: Span, others: Iterable[Span]) -> bool:
    """Whether a span is another or a part of it."""
    return any(start <= span[0] and span[1] <= end for start, end in others)


def nearest(people: Sequence[Named], position: int) -> Named:
    """Who of several was named in full last before a position (else the first one ever)."""

    def distance(person: Named) -> tuple[int, int]:
        at = bisect_right(person.full, position)
        if at:
            return 0, position - person.full[at - 1]
        return 1, person.full[0] if person.full else position

    return people[0] if len(people) == 1 else min(people, key=distance)


def is_initial(word: str) -> bool:
    """Whether the first word of a name is no more than its first letter."""
    return len(word.rstrip(".")) == 1


def same_person(name: str, words: Sequence[str]) -> bool:
    """Whether a full name and the words of another with the same last word can be one person's."""
    first, other = fold(name).text.split()[0].rstrip("."), words[0].rstrip(".")
    return first == other or (min(len(first), len(other)) == 1 and first[:1] == other[:1])


class Spans:
    """Spans that are taken; asks and answers in logarithmic time as long as they do not overlap."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._sorted = True

    def add(self, span: Span) -> None:
        """Take a span."""
        self._sorted = self._sorted and (not self._spans or self._spans[-1] <= span)
        self._spans.append(span)

    def overlaps(self, span: Span) -> bool:
        """Whether any taken span shares a character with this one."""
        return any(start < span[1] and span[0] < end for start, end in self._around(span))

    def end_in(self, span: Span) -> bool:
        """Whether ``span``, or all of it but a possessive ending, is the last part of a taken one."""
        return any(
            start < span[0] < end and span[1] - _POSSESSIVE_LENGTH <= end <= span[1]
            for start, end in self._around(span)
        )

    def _around(self, span: Span) -> list[Span]:
        if not self._sorted:
            self._spans.sort()
            self._sorted = True
        at = bisect_right(self._spans, (span[1], -1))
        return self._spans[max(0, at - 4) : at]


def clean_names(text: str, labelled: Iterable[Labelled], label: str) -> Iterator[Candidate]:
    """The model's spans of one label without titles, possessives and what is no name at all."""
    for found in labelled:
        if found.label != label:
            continue
        start, end = found.span
        line_end = text.find("\n", start, end)
        span = _trim(text, start, line_end if line_end > 0 else end, person=label == "PERSON")
        name = " ".join(text[slice(*span)].split())
        words = tuple(fold(name).text.split())
        if acceptable(name, words, person=label == "PERSON"):
            yield Candidate(span, name, words)


def _trim(text: str, start: int, end: int, *, person: bool) -> Span:
    titles = _TITLES if person else _ORG_TITLES
    while start < end:
        word = re.match(r"[\s\"“”'‘’(\[.,-]*", text[start:end])
        start += word.end() if word else 0
        first = re.match(r"\S+", text[start:end])
        if not first or first[0].rstrip(".,").lower() not in titles or first.end() == end - start:
            break
        start += first.end()
    trailing = _TRAILING.search(text, start, end)
    if trailing and trailing.end() == end and not _INITIAL.search(text, start, end):
        end = max(start, trailing.start())
    return start, end


def acceptable(name: str, words: Sequence[str], *, person: bool) -> bool:
    """Whether a cleaned span can be the name of a person (or an organization)."""
    if len(name) < 2 or not words or not any(character.isupper() for character in name):
        return False
    if not person:
        return len(words) < 10 and words[0] not in _NO_NAMES and not _DATELINE.search(name)
    if len(words) > 5 or any(character.isdigit() or character in "@/<>=|#%" for character in name):
        return False
    if len(words) == 1 and (words[0] in _TITLES or len(name) < 3):
        return False
    return name[0].isupper() and not any(word in _NO_NAMES for word in words)


def settle(hits: Sequence[Hit], people: Spans) -> tuple[list[Hit], list[Hit]]:
    """(hits that count, bare surnames that may) of what the gazetteer found.

    ``people``: names the model took for somebody else's, longer than the hit.
    """
    strong = {h.known.entity.key for h in hits if h.form.standing is Standing.ALONE}
    places = {c for h in hits if h.form.standing is Standing.ALONE for c in _speaks(h)}
    counted: list[Hit] = []
    surnames: list[Hit] = []
    for hit in hits:
        entity, standing = hit.known.entity, hit.form.standing
        if not hit.known.silent and _in_a_persons_name(hit, people):
            continue
        placed = standing is Standing.PLACED and not places.isdisjoint(entity.countries)
        if standing is Standing.ALONE or placed:
            counted.append(hit)
        elif entity.key in strong:
            (surnames if entity.kind is Kind.PERSON else counted).append(hit)
    return _likeliest(counted), surnames


def _in_a_persons_name(hit: Hit, people: Spans) -> bool:
    """Whether a person or country, or an organization's single word, is part of a longer name.

    "Kremlin spokesman Peskov" may be taken for a name as a whole, so an organization has to be
    its last word: "Nikola Tesla".
    """
    if hit.known.entity.kind is Kind.ORGANIZATION:
        return " " not in hit.form.text and people.end_in(hit.span)
    return people.overlaps(hit.span)


def _likeliest(hits: Sequence[Hit]) -> list[Hit]:
    """Hits without organizations that share a name with a likelier one.

    Likelier is who goes by another full name elsewhere in the article; after that, who needs none.
    """
    full: dict[str, set[str]] = {}
    for hit in hits:
        if hit.form.standing is Standing.ALONE:
            full.setdefault(hit.known.entity.key, set()).add(hit.form.text)
    ranks: dict[Span, dict[str, tuple[bool, Standing]]] = {}
    for hit in hits:
        if hit.known.entity.kind is Kind.ORGANIZATION and not hit.known.silent:
            named = bool(full.get(hit.known.entity.key, set()) - {hit.form.text})
            rank = (named, Standing.ALONE if named else hit.form.standing)
            ranks.setdefault(hit.span, {})[hit.known.entity.key] = rank
    kept: list[Hit] = []
    for hit in hits:
        rivals = ranks.get(hit.span, {})
        mine = rivals.get(hit.known.entity.key)
        if mine is None or mine == max(rivals.values()):
            kept.append(hit)
    return kept


def _speaks(hit: Hit) -> tuple[str, ...]:
    known = hit.known
    return known.entity.countries if known.entity.kind is Kind.COUNTRY or known.speaks_for else ()
