"""Who is named in a text whose language has capitals but no model here.

A given name and the capitalized words behind it are a person's name, unless what stands beside
them says otherwise: a street, a school or a company may be called so. Behind an office
("ministre") two capitalized words are a name whatever the first is. What is not certain is left
out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from worker.model import Kind, Span
from worker.tagging.atlas import PlaceForm, Sense
from worker.tagging.folding import fold, fold_word
from worker.tagging.found import Candidate, Found
from worker.tagging.gazetteer import Hit
from worker.tagging.given.polish import in_nominative, surname_forms
from worker.tagging.given.words import nobody, words_of
from worker.tagging.recognizer import MAX_CHARACTERS

GIVEN, OFFICE = "given name", "office"
_WORD = re.compile(
    r"[^\W\d_]\.(?:-[^\W\d_]\.)*|(?:(?:[DOMN]|Dell|Dall|Degl|Sant)['’](?=[^\W\d_]{3}))?[^\W\d_]+(?:[-‑][^\W\d_]+)*"
)
_NUMERAL = re.compile(r" [IVX]+\b")
_SENTENCE = re.compile(r"(?:^|[.!?…:\n•*|]|[–—]\s)[\s«„“\"‘'(–—-]*$")
_ELIDED = re.compile(r"\b[^\W\d_]{1,5}['’]$")
#: Where a person's name may be followed by a place's without so much as a comma.
_PLACES_FOLLOW = frozenset({"tr"})
#: Where peoples have capitals and other nouns have none.
_CAPITAL_PEOPLES = frozenset({"fr", "pl"})
_ELIDED_PARTICLES = frozenset({"d", "dell", "dall"})
#: Particles that mean "of" in other places.
_OF = frozenset(
    ["de", "da", "do", "di", "del", "della", "dei", "degli", "du", "des", "dos", "das", "d"]
)
_ARTICLES = frozenset(
    [
        "der",
        "die",
        "das",
        "den",
        "dem",
        "des",
        "ein",
        "eine",
        "einen",
        "einem",
        "einer",
        "le",
        "la",
        "l",
        "les",
        "un",
        "une",
        "el",
        "los",
        "las",
        "il",
        "lo",
        "gli",
    ]
)
#: A line is taken for a headline with capitals throughout from so many words on.
_HEADLINE_WORDS, _HEADLINE_SHARE = 5, 0.8
#: Longest abbreviation of a street: "blvd."
_ABBREVIATION = 4
#: How far back the word is looked for that a street's name begins with.
_BACK = 4


@dataclass(frozen=True, slots=True)
class Token:
    """A word or an initial with its full stop, where it stands."""

    span: Span
    text: str
    folded: str

    @property
    def capital(self) -> bool:
        """Whether it is written like a name."""
        return self.text[0].isupper()

    @property
    def initial(self) -> bool:
        """Whether it is "J." or "J.-P."."""
        return self.text.endswith(".")


@dataclass(frozen=True, slots=True)
class Name:
    """Tokens of a name from ``first`` to before ``end``; the surname begins at ``last``."""

    first: int
    last: int
    end: int
    found_by: str
    doubtful: bool = False


def find_people(text: str, language: str, hits: Sequence[Hit] = ()) -> Found:
    """Everybody a text names in full. ``hits``: what the gazetteer found in it."""
    return _Reader(text[:MAX_CHARACTERS], language, hits).read()


class _Reader:
    """One text being read."""

    def __init__(self, text: str, language: str, hits: Sequence[Hit]) -> None:
        words = words_of(language)
        self._text, self._words = text, words
        self._nouns = language == "de"  # all nouns have capitals: one before a name says nothing
        self._peoples = language in _CAPITAL_PEOPLES
        self._loose = language in _PLACES_FOLLOW
        self._offices = words.nominative_offices if words.inflected else words.offices
        self._plain = words.surnames < 3  # "Dupont de Paris" is of Paris, "Pimenta da Silva" is not
        self._organizations = [h.span for h in hits if h.known.entity.kind is Kind.ORGANIZATION]
        self._barred = {Sense.NAME, Sense.REGION} | ({Sense.CITY} if self._loose else set())
        self._senses = {h.span[0]: h.form.sense for h in hits if isinstance(h.form, PlaceForm)}
        self._tokens = [
            Token(match.span(), match[0], fold_word(match[0].rstrip(".")))
            for match in _WORD.finditer(text)
        ]
        self._lower = {token.folded for token in self._tokens if not token.capital}
        self._times = Counter(token.folded for token in self._tokens if token.capital)
        self._headlines = () if self._nouns else tuple(_headlines(text))

    def read(self) -> Found:
        """All names, those that mean nobody, and words that are no surname where they stand."""
        people: list[Candidate] = []
        unmeant: list[Span] = []
        at = 0
        while at < len(self._tokens):
            name = self._name(at)
            if name is None:
                at += 1
                continue
            span = self._tokens[name.first].span[0], self._tokens[name.end - 1].span[1]
            if self._is_called(name):
                number = _NUMERAL.match(self._text, span[1])
                unmeant.append((span[0], number.end() if number else span[1]))
            elif (
                not name.doubtful
                and self._certain(name)
                and not self._is_nobody(span)
                and not self._in_organization(span)
            ):
                people.append(self._candidate(name, span))
            at = name.end
        return Found(
            [*people, *self._aliases(people)], unmeant=unmeant, closed=self._closed(people)
        )

    def _name(self, at: int) -> Name | None:
        """The name that begins with a token, None if none does."""
        token = self._tokens[at]
        if not token.capital or (at and self._tokens[at - 1].initial and self._joined(at)):
            return None
        if any(start <= token.span[0] < end for start, end in self._headlines):
            return None
        found_by = GIVEN
        if not self._gives(at):
            if not self._behind_office(at) or not self._may_be_first(at):
                return None
            if at + 1 < len(self._tokens) and self._joined(at + 1) and self._gives(at + 1):
                return None  # "Burmistrz Gniewkowa Jan Nowak"
            found_by = OFFICE
        last = at + 1
        while last < len(self._tokens) and self._joined(last) and self._goes_on(last):
            last += 1
        most = 1 if found_by == OFFICE else self._words.surnames
        end = self._surname(last, most, placed=last - at > 1 or self._behind_office(at))
        if (
            end > last
            and self._tokens[last].folded in _OF
            and not self._bears_particle(at, last, end)
        ):
            return None
        if end > last and found_by == OFFICE and self._is_particle(last):
            return None
        if end == last and last - at > 1 and not self._tokens[last - 1].initial:
            # "Anna Maria": the second may be a surname, if more speaks for it.
            alone = self._times[self._tokens[last - 1].folded] > 1 or self._behind_office(at)
            doubtful = not alone or self._followed(last)
            return Name(at, last - 1, last, found_by, doubtful=doubtful)
        doubtful = self._loose and self._followed(end)  # "Nuri Bilge Ceylan"
        return Name(at, last, end, found_by, doubtful=doubtful) if end > last else None

    def _may_be_first(self, at: int) -> bool:
        """Whether a word nobody lists may be a given name, behind an office."""
        token = self._tokens[at]
        return (
            len(token.folded) > 2
            and token.folded not in self._words.no_given
            and not self._words.offices.fullmatch(token.folded)
            and not self._words.called.fullmatch(token.folded)
            and self._may_be_surname(at)
        )

    def _bears_particle(self, first: int, last: int, end: int) -> bool:
        """Whether "de" in a name is part of it, and not "Mina de Prata", "Rocío de Sevilla"."""
        if last - first > 1 or self._behind_office(first):
            return True
        return self._is_own(self._tokens[first].folded) and (
            self._tokens[end - 1].span[0] not in self._senses
        )

    def _goes_on(self, at: int) -> bool:
        """Whether a token behind a given name is one more, and not the surname."""
        token = self._tokens[at]
        if token.initial:
            return token.capital
        if self._gives(at) and self._is_own(token.folded):
            return True
        return (
            (self._gives(at) or token.folded in self._words.own)
            and token.capital
            and at + 1 < len(self._tokens)
            and self._joined(at + 1)
            and self._may_be_surname(at + 1)
        )

    def _followed(self, at: int) -> bool:
        """Whether one more capitalized word, or a number as of popes, stands right behind."""
        return (
            at < len(self._tokens)
            and self._joined(at)
            and self._tokens[at].capital
            and not self._is_place_with_ending(at)
        )

    def _is_place_with_ending(self, at: int) -> bool:
        """Whether a token is a place's name in a case: "İzmir'e"."""
        token = self._tokens[at]
        return token.span[0] in self._senses and self._text[token.span[1] :][:1] in ("'", "’")

    def _gives(self, at: int) -> bool:
        token = self._tokens[at]
        return (
            token.capital
            and self._words.gives(token.text)
            and token.folded not in self._lower
            and not (token.text.isupper() and len(token.text) > 1)
            and (token.folded in self._words.own or token.span[0] not in self._senses)
        )

    def _surname(self, at: int, most: int, *, placed: bool) -> int:
        """Where the surname that begins at a token ends; the same where none does.

        ``placed``: it may be a place's name too.
        """
        end = at
        while end < len(self._tokens) and self._joined(end):
            start = end
            while self._is_particle(end) and end + 1 < len(self._tokens) and self._joined(end + 1):
                end += 1
            second = start > at
            if not self._may_be_surname(end, second=second, placed=placed) or (
                second and end > start and self._plain
            ):
                return start
            end += 1
            most -= 1
            if not most:
                break
        return end

    def _is_particle(self, at: int) -> bool:
        folded = self._tokens[at].folded
        return folded in self._words.particles or folded in _ELIDED_PARTICLES

    def _may_be_surname(self, at: int, *, second: bool = False, placed: bool = False) -> bool:
        token = self._tokens[at]
        return (
            token.capital
            and not token.initial
            and len(token.folded) > 1
            and not self._words.no_surname.fullmatch(token.folded)
            and not self._words.called_behind.fullmatch(token.folded)
            and not self._is_place_with_ending(at)
            and (second or placed or self._senses.get(token.span[0]) not in self._barred)
            and not (second and self._gives(at))
            and not (token.text.isupper() and len(token.text) < 4)
        )

    def _joined(self, at: int) -> bool:
        """Whether nothing but a space stands between a token and the one before."""
        if at == 0:
            return False
        between = self._text[self._tokens[at - 1].span[1] : self._tokens[at].span[0]]
        before = self._tokens[at - 1]
        if between in ("'", "’"):  # "Philippine d'Avrincourt"
            return before.folded in _ELIDED_PARTICLES and self._tokens[at].capital
        return between in (" ", "\u00a0", "\u202f") or (not between and before.initial)

    def _begins_sentence(self, at: int) -> bool:
        start = self._tokens[at].span[0]
        return bool(_SENTENCE.search(self._text[max(0, start - 12) : start]))

    def _behind_office(self, at: int) -> bool:
        if not at or not self._joined(at):
            return False
        before = self._tokens[at - 1]
        if self._senses.get(before.span[0]) is Sense.PEOPLE and at > 1:
            introduced = self._tokens[at - 2]
            if before.capital:  # "la Polonaise", "Norweg"
                return self._peoples and (
                    introduced.folded in _ARTICLES or self._words.inflected != {}
                )
            if self._joined(at - 1):
                before = introduced  # "l'attaccante nigeriano"
        return not before.initial and bool(self._offices.fullmatch(before.folded))

    def _is_called(self, name: Name) -> bool:
        """Whether a street, school, ship or company is called by this name."""
        words = self._words
        for at in range(name.last, min(name.end + 2, len(self._tokens))):
            if at >= name.end and not (self._joined(at) and self._tokens[at].capital):
                break
            if words.called_behind.fullmatch(self._tokens[at].folded):
                return True
        at = name.first
        for back in range(_BACK):
            if not at or not self._touches(at):
                return False
            at -= 1
            folded = self._tokens[at].folded
            if words.streets.fullmatch(folded) or (not back and words.called.fullmatch(folded)):
                return True
            if folded not in words.links:
                return False
        return False

    def _touches(self, at: int) -> bool:
        """Whether only spaces, quotes or an apostrophe stand before a token and behind another."""
        between = self._text[self._tokens[at - 1].span[1] : self._tokens[at].span[0]]
        if "." in between and len(self._tokens[at - 1].text) > _ABBREVIATION:
            return False
        return not between.strip(" \u00a0«„“\"‘’'.") and len(between) < 4

    def _certain(self, name: Name) -> bool:
        """Whether what stands before a name lets it begin there."""
        first, at = self._tokens[name.first], name.first
        begins = self._begins_sentence(at)
        if begins and name.found_by == GIVEN and not self._is_own(first.folded):
            return self._repeated(name)
        if at == 0 or self._is_quoted(name):
            return not self._is_quoted(name)
        before = self._tokens[at - 1]
        if begins or not self._joined(at):
            return True
        if before.folded in self._words.refusing and not self._is_people(at):
            return False
        if self._nouns or not before.capital:
            return True
        return (
            before.text.isupper()
            or before.span[0] in self._senses
            or bool(self._words.offices.fullmatch(before.folded))
            or self._begins_sentence(at - 1)
            or (at > 1 and self._introduces(at - 2))
        )

    def _is_quoted(self, name: Name) -> bool:
        """Whether the name and nothing else stands in quotes: what is called so is no person."""
        before = self._text[: self._tokens[name.first].span[0]][-2:].strip()
        behind = self._text[self._tokens[name.end - 1].span[1] :][:2].strip()
        return before[-1:] in tuple('«„“"‘') and behind[:1] in tuple('»“”"’')

    def _is_people(self, at: int) -> bool:
        return self._senses.get(self._tokens[at].span[0]) is Sense.PEOPLE

    def _introduces(self, at: int) -> bool:
        """Whether a name may follow the word behind this one: "le Serbe", "Burmistrz Gniewkowa"."""
        folded = self._tokens[at].folded
        return folded in _ARTICLES or bool(self._words.offices.fullmatch(folded))

    def _is_own(self, folded: str) -> bool:
        first = folded.split("-", maxsplit=1)[0]
        return not {folded, first}.isdisjoint(self._words.own) or folded in self._words.inflected

    def _repeated(self, name: Name) -> bool:
        """Whether the surname stands more than once."""
        return self._times[self._tokens[name.end - 1].folded] > 1

    def _is_nobody(self, span: Span) -> bool:
        return fold(" ".join(self._text[slice(*span)].split())).text in nobody()

    def _in_organization(self, span: Span) -> bool:
        return any(start < span[1] and span[0] < end for start, end in self._organizations)

    def _candidate(self, name: Name, span: Span) -> Candidate:
        written = " ".join(self._text[slice(*span)].split())
        last = [t.folded for t in self._tokens[name.last : name.end] if t.capital]
        tails = frozenset((last[-1], last[0]))
        if self._words.inflected:
            written, tails = self._in_nominative(name)
        words = tuple(fold(written).text.split())
        return Candidate(
            span, written, words, name.found_by, surface=last[-1], tails=tuple(sorted(tails))
        )

    def _in_nominative(self, name: Name) -> tuple[str, frozenset[str]]:
        """A Polish name and the forms of its surname."""
        parts = [token.text for token in self._tokens[name.first : name.end]]
        first, surname, female = in_nominative(
            parts[0],
            parts[-1],
            self._words.inflected,
            is_name=fold_word(parts[0]) in self._words.own,
        )
        middle = [
            in_nominative(part, surname, self._words.inflected, is_name=False)[0]
            if first != parts[0]
            else part
            for part in parts[1:-1]
        ]
        return " ".join([first, *middle, surname]), surname_forms(surname, female=female)

    def _aliases(self, people: Sequence[Candidate]) -> Iterator[Candidate]:
        """Surnames of several words standing alone: "von der Leyen", "Díaz Ayuso"."""
        spans = [one.span for one in people]
        groups: dict[str, Candidate] = {}
        for one in people:
            words = one.name.split()
            for start in range(1, len(words) - 1):
                group = " ".join(words[start:])
                if self._words.gives(words[start]) or words[start].endswith("."):
                    continue
                groups.setdefault(group, one)
                break
        for group, one in groups.items():
            for match in re.finditer(rf"(?<!\w){re.escape(group)}(?!\w)", self._text):
                if not any(start < match.end() and match.start() < end for start, end in spans):
                    yield replace(one, span=match.span())

    def _closed(self, people: Sequence[Candidate]) -> list[Span]:
        """Where a word that is somebody's surname here is none: "der Richter", "rue Dupont"."""
        tails = {tail for one in people for tail in (one.tails or one.words[-1:])}
        closed = []
        for at, token in enumerate(self._tokens):
            if token.capital and token.folded in tails and self._is_no_surname(at):
                closed.append(token.span)
        return closed

    def _is_no_surname(self, at: int) -> bool:
        token = self._tokens[at]
        if self._begins_sentence(at) and token.folded in self._lower:
            return True
        followed = at + 1 < len(self._tokens) and self._joined(at + 1)
        if followed and self._words.called_behind.fullmatch(self._tokens[at + 1].folded):
            return True
        if not at or not self._touches(at):
            return False
        if self._in_other_name(at):
            return True
        before = self._tokens[at - 1].folded
        if before in _ARTICLES and not _ELIDED.search(self._text[: token.span[0]][-7:]):
            return True
        return bool(
            self._words.streets.fullmatch(before)
            or (self._words.called.fullmatch(before) and self._joined(at))
        )

    def _in_other_name(self, at: int) -> bool:
        """Whether a capitalized word right before makes a surname part of another name."""
        before = self._tokens[at - 1]
        return (
            not self._nouns
            and self._joined(at)
            and before.capital
            and not before.initial
            and not before.text.isupper()
            and not self._words.offices.fullmatch(before.folded)
            and not self._begins_sentence(at - 1)
            and before.span[0] not in self._senses
        )


def _headlines(text: str) -> Iterator[Span]:
    """Lines in which nearly every word has a capital: no telling names there."""
    start = 0
    for line in text.splitlines(keepends=True):
        words = re.findall(r"[^\W\d_]{4,}", line)
        capital = sum(word[0].isupper() for word in words)
        ended = line.rstrip().endswith((".", "!", "?", "»", "”"))
        if not ended and len(words) >= _HEADLINE_WORDS and capital >= len(words) * _HEADLINE_SHARE:
            yield start, start + len(line)
        start += len(line)
