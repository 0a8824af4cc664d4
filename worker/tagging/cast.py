"""Everybody found in one document: names joined to people and organizations.

The gazetteer's findings come first, then those of model and rules; a person's surname is carried
to every later mention.
"""

import re
from bisect import bisect_right, insort
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from worker.model import Entity, Kind, Span
from worker.tagging.attached import bare
from worker.tagging.document import Document
from worker.tagging.folding import fold, fold_word
from worker.tagging.found import Candidate, Found
from worker.tagging.gazetteer import Gazetteer, Hit, Standing, entity_key
from worker.tagging.known import by_office, is_initial, known_person, same_person
from worker.tagging.spans import Spans

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")


@dataclass(slots=True)
class Named:
    """A person or organization being put together; ``full`` are spans of more than a surname.

    ``offices`` are where a person is named by office alone.
    """

    kind: Kind
    key: str
    name: str
    found_by: str
    spans: set[Span] = field(default_factory=set)
    full: list[int] = field(default_factory=list)
    offices: set[Span] = field(default_factory=set)


class Cast:
    """Everybody found in one document so far."""

    def __init__(self, document: Document, gazetteer: Gazetteer, language: str) -> None:
        self._document = document
        self._gazetteer = gazetteer
        self._language = language
        self.named: dict[str, Named] = {}
        self._bare: dict[str, list[Named]] = {}
        self._meant_otherwise: set[str] = set()
        self._places: set[str] = set()
        self.claimed = Spans()

    def fill(
        self,
        counted: Sequence[Hit],
        surnames: Sequence[Hit],
        found: Found,
    ) -> None:
        """Everybody in order of trust: what the gazetteer found, then what model and rules did."""
        self.add_hits(self._own(counted, found.organizations))
        self._places = {code for hit in counted for code in hit.known.places}
        people = [c for c in found.people if not self.claimed.overlaps(c.span)]
        full = [c for c in people if len(c.words) > 1]
        self.add_full_names(sorted(full, key=lambda c: is_initial(c.words[0])))
        self.add_surname_hits([h for h in surnames if not self.claimed.overlaps(h.span)])
        singles = [c for c in people if len(c.words) == 1]
        self.add_single_names([c for c in singles if not self.claimed.overlaps(c.span)])
        self.add_organizations(
            [c for c in found.organizations if not self.claimed.overlaps(c.span)],
            self._places,
        )
        for span in (*found.unmeant, *found.closed):
            self.claimed.add(span)
        self.carry_surnames()

    def _own(self, hits: Iterable[Hit], organizations: Sequence[Candidate]) -> Iterator[Hit]:
        """Hits that are no part of an organization's longer name."""
        for hit in hits:
            part = hit.known.entity.kind is not Kind.PERSON and not hit.known.silent
            if not part or not any(
                _names_part(hit, one, self._gazetteer, self._language) for one in organizations
            ):
                yield hit

    def add_hits(self, hits: Iterable[Hit]) -> None:
        """People and organizations the gazetteer found, surnames by themselves excepted."""
        for hit in hits:
            known = hit.known
            if known.entity.kind is Kind.COUNTRY and known.silent:
                continue  # "Paris Hilton" is no city, and may well be a person
            self.claimed.add(hit.span)
            if known.silent:
                # Where the Amazon rainforest is named, "Amazon" hardly is the company.
                self._meant_otherwise.update(fold(hit.form.text).text.split())
            if known.silent or known.entity.kind is Kind.COUNTRY:
                continue
            named = self._named(known.entity.kind, known.entity.key, known.entity.name, "gazetteer")
            named.spans.add(hit.span)
            if known.entity.kind is Kind.PERSON:
                insort(named.full, hit.span[0])

    def bear_out(self, hits: Iterable[Hit]) -> None:
        """Bare surnames that count by what the article says otherwise.

        Who was found by such a word and is nobody known was they.
        """
        for hit in hits:
            entity = hit.known.entity
            named = self._named(entity.kind, entity.key, entity.name, "gazetteer")
            for other in [one for one in self.named.values() if hit.span in one.spans]:
                named.spans |= other.spans
                if other is not named:
                    del self.named[other.key]
            named.spans.add(hit.span)
            self.claimed.add(hit.span)

    def is_open(self, hit: Hit) -> bool:
        """Whether a bare surname is nobody's who is named, but for one found by that word alone."""
        surname = fold(self._document.text[slice(*hit.span)]).text
        if any(" " in one.name for one in self._bare.get(surname, ())):
            return False
        owners = [one for one in self.named.values() if hit.span in one.spans]
        if not owners:
            return not self.claimed.overlaps(hit.span)
        return all(
            " " not in one.name and self._gazetteer.find(one.kind, one.key) is None
            for one in owners
        )

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

    def add_organizations(self, candidates: Sequence[Candidate], places: Container[str]) -> None:
        """Organizations the model found, in an article on these countries."""
        text = self._document.text
        plain = {
            c.words for c in candidates if text[max(0, c.span[0] - 4) : c.span[0]].lower() != "the "
        }
        for candidate in candidates:
            single = len(candidate.words) == 1
            if single and (candidate.surface or candidate.words[0]) in self._bare:
                continue
            known = self._gazetteer.organization(candidate.name, self._language, places)
            if not known or known.key not in self.named:
                # "The Amazon" is a river, and so is "Amazon" where the rainforest is named.
                river = known and single and candidate.words not in plain
                if river or self._meant_otherwise.issuperset(candidate.words):
                    continue
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
            if match[0].islower() and match[0].isalpha():
                continue
            for start, end in bare(match[0], self._language):
                word = match[0][start:end]
                people = self._bare.get(fold_word(word)) if word[:1].isupper() else None
                span = (match.start() + start, match.start() + end)
                if not people or len(word) < 3 or self.claimed.overlaps(span):
                    continue
                if not self._document.is_furniture(span):
                    person = nearest(people, span[0])
                    person.spans.add(self._whole_surname(person, span))
                break

    def _whole_surname(self, person: Named, span: Span) -> Span:
        """A surname with the words before it that belong to it: "van Dam", "Ramos Horta"."""
        words = fold(person.name).text.split()[1:-1]
        start = span[0]
        for word in reversed(words):
            before = self._document.text[max(0, start - len(word) - 1) : start]
            if fold(before).text != f"{word} ":
                break
            start -= len(before)
        return start, span[1]

    def _named(self, kind: Kind, key: str, name: str, found_by: str) -> Named:
        entity = self._gazetteer.meant(Entity(kind=kind, key=key, name=name))
        return self.named.setdefault(entity.key, Named(kind, entity.key, entity.name, found_by))

    def _add_full(self, candidate: Candidate) -> None:
        words = candidate.words
        known = known_person(self._gazetteer, candidate, self.named)
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
            named = self._alone(candidate)
        named.spans.add(candidate.span)
        self.claimed.add(candidate.span)

    def _alone(self, candidate: Candidate) -> Named:
        """Who a single word is that is nobody's surname here."""
        word, span = candidate.words[0], candidate.span
        known = by_office(self._gazetteer, word, self._document.text, span, self._places)
        if known:
            named = self._named(Kind.PERSON, known.key, known.name, candidate.found_by)
            self._answers_to(named, (word,))
            return named
        key = entity_key(Kind.PERSON, candidate.name)
        named = self._named(Kind.PERSON, key, candidate.name, candidate.found_by)
        self._answers_to(named, candidate.tails)
        return named

    def _by_first_name(self, word: str) -> list[Named]:
        people = [p for p in self.named.values() if p.kind is Kind.PERSON]
        found = [p for p in people if " " in p.name and fold(p.name).text.split()[0] == word]
        surname = [p for p in people if " " in p.name and fold(p.name).text.split()[-1] == word]
        return surname or (found if len(found) == 1 else [])


def _names_part(hit: Hit, one: Candidate, gazetteer: Gazetteer, language: str) -> bool:
    """Whether a place or organization is named only as a part of another's name, or not at all.

    "University of Yangon" is more than a city, "Florida Supreme Court" another court, and Santander
    may be a bank.
    """
    if not (one.span[0] <= hit.span[0] and hit.span[1] <= one.span[1]):
        return False
    known = gazetteer.organization(one.name, language)
    if hit.known.entity.kind is not Kind.ORGANIZATION:
        return one.span != hit.span or one.firm or known is not None
    if one.span == hit.span:  # "the Armed Forces of the Philippines (AFP)"
        return bool(one.surface) and " " in one.name and (not known or known != hit.known.entity)
    return one.firm or hit.form.standing is not Standing.ALONE


def nearest(people: Sequence[Named], position: int) -> Named:
    """Who of several was named in full last before a position (else the first one ever)."""

    def distance(person: Named) -> tuple[int, int]:
        at = bisect_right(person.full, position)
        if at:
            return 0, position - person.full[at - 1]
        return 1, person.full[0] if person.full else position

    return people[0] if len(people) == 1 else min(people, key=distance)
