"""A text cut into words, and what can be asked of each of them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from worker.model import Kind, Span
from worker.tagging.atlas import PlaceForm, Sense
from worker.tagging.folding import fold_word
from worker.tagging.gazetteer import Hit
from worker.tagging.given.words import words_of

_WORD = re.compile(
    r"[^\W\d_]\.(?:-[^\W\d_]\.)*|"
    r"(?:(?:[DOMN]|Dell|Dall|Degl|Sant)['’](?=[^\W\d_]{3}))?[^\W\d_]+(?:[-‑][^\W\d_]+)*"
)
_SENTENCE = re.compile(r"(?:^|[.!?…:\n•*|]|[–—]\s)[\s«„“\"‘'(–—-]*$")
_OPENING, _CLOSING = tuple('«„“"‘'), tuple('»“”"’')
_SPACES = (" ", "\u00a0", "\u202f")
_APOSTROPHES = ("'", "’")
#: Where a person's name may be followed by a place's without so much as a comma.
_PLACES_FOLLOW = frozenset({"tr"})
#: Where peoples have capitals and other nouns have none.
_CAPITAL_PEOPLES = frozenset({"fr", "pl"})
#: Particles that lose their vowel: "Philippine d'Avrincourt".
_ELIDED = frozenset({"d", "dell", "dall"})
ARTICLES = frozenset(
    "der die das den dem des ein eine einen einem einer le la l les un une el los las il lo gli".split()  # noqa: SIM905
)
#: A line is taken for a headline with capitals throughout from so many words on.
_HEADLINE_WORDS, _HEADLINE_SHARE = 5, 0.8
#: Longest abbreviation of a street: "blvd."
_ABBREVIATION = 4
#: How far back the end of a sentence is looked for.
_BACK = 12


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

    @property
    def acronym(self) -> bool:
        """Whether it is in capitals throughout."""
        return self.text.isupper() and len(self.text) > 1


class Page:
    """One text in one language. Words are named by their numbers, from 0."""

    def __init__(self, text: str, language: str, hits: Sequence[Hit]) -> None:
        """``hits``: what the gazetteer found in the text."""
        self.text = text
        self.words = words_of(language)
        #: All nouns have capitals: one before a name says nothing.
        self.nouns_have_capitals = language == "de"
        self.places_follow = language in _PLACES_FOLLOW
        self._capital_peoples = language in _CAPITAL_PEOPLES
        self._barred = {Sense.NAME, Sense.REGION} | ({Sense.CITY} if self.places_follow else set())
        self._senses = {h.span[0]: h.form.sense for h in hits if isinstance(h.form, PlaceForm)}
        self._organizations = [h.span for h in hits if h.known.entity.kind is Kind.ORGANIZATION]
        self.tokens = [
            Token(match.span(), match[0], fold_word(match[0].rstrip(".")))
            for match in _WORD.finditer(text)
        ]
        self.lower = {token.folded for token in self.tokens if not token.capital}
        self.times = Counter(token.folded for token in self.tokens if token.capital)
        self._headlines = () if self.nouns_have_capitals else tuple(_headlines(text))

    def span(self, first: int, end: int) -> Span:
        """Where some words in a row stand."""
        return self.tokens[first].span[0], self.tokens[end - 1].span[1]

    def joined(self, at: int) -> bool:
        """Whether there is a word, with nothing but a space between it and the one before."""
        if not 0 < at < len(self.tokens):
            return False
        before, between = self.tokens[at - 1], self._between(at)
        if between in _APOSTROPHES:
            return before.folded in _ELIDED and self.tokens[at].capital
        return between in _SPACES or (not between and before.initial)

    def touches(self, at: int) -> bool:
        """Whether only spaces, quotes or an apostrophe stand between a word and the one before."""
        between = self._between(at)
        if "." in between and len(self.tokens[at - 1].text) > _ABBREVIATION:
            return False
        return not between.strip(" \u00a0«„“\"‘’'.") and len(between) < 4

    def _between(self, at: int) -> str:
        return self.text[self.tokens[at - 1].span[1] : self.tokens[at].span[0]]

    def begins_sentence(self, at: int) -> bool:
        """Whether a word is the first of a sentence, a line or a quotation."""
        start = self.tokens[at].span[0]
        return bool(_SENTENCE.search(self.text[max(0, start - _BACK) : start]))

    def in_headline(self, at: int) -> bool:
        """Whether a word stands in a line in which nearly every word has a capital."""
        start = self.tokens[at].span[0]
        return any(first <= start < end for first, end in self._headlines)

    def is_quoted(self, first: int, end: int) -> bool:
        """Whether some words and nothing else stand in quotes."""
        start, stop = self.span(first, end)
        before, behind = self.text[max(0, start - 2) : start], self.text[stop : stop + 2]
        return before.strip()[-1:] in _OPENING and behind.strip()[:1] in _CLOSING

    def is_called_so(self, first: int, end: int) -> bool:
        """Whether some words touch an organization the gazetteer knows."""
        start, stop = self.span(first, end)
        return any(one < stop and start < other for one, other in self._organizations)

    def is_office(self, at: int) -> bool:
        """Whether a word is one a name follows: "ministre"."""
        return bool(self.words.offices.fullmatch(self.tokens[at].folded))

    def behind_office(self, at: int) -> bool:
        """Whether a word follows an office, or a people's word that stands for somebody."""
        if not self.joined(at):
            return False
        before = at - 1
        if self.is_people(before) and at > 1:
            if self.tokens[before].capital:  # "la Polonaise", "Norweg"
                introduced = self.tokens[at - 2].folded in ARTICLES or bool(self.words.inflected)
                return self._capital_peoples and introduced
            if self.joined(before):  # "l'attaccante nigeriano"
                before -= 1
        offices = self.words.nominative_offices if self.words.inflected else self.words.offices
        token = self.tokens[before]
        return not token.initial and bool(offices.fullmatch(token.folded))

    def is_place(self, at: int) -> bool:
        """Whether a word begins the name of a place or a people."""
        return self.tokens[at].span[0] in self._senses

    def is_people(self, at: int) -> bool:
        """Whether a word is a people's."""
        return self._senses.get(self.tokens[at].span[0]) is Sense.PEOPLE

    def is_place_with_ending(self, at: int) -> bool:
        """Whether a word is a place's name in a case: "İzmir'e"."""
        end = self.tokens[at].span[1]
        return self.is_place(at) and self.text[end : end + 1] in _APOSTROPHES

    def gives(self, at: int) -> bool:
        """Whether a word is a given name here."""
        token = self.tokens[at]
        return (
            token.capital
            and self.words.gives(token.text)
            and token.folded not in self.lower
            and not token.acronym
            and (token.folded in self.words.own or not self.is_place(at))
        )

    def is_own(self, at: int) -> bool:
        """Whether a given name is one of this language."""
        folded = self.tokens[at].folded
        first = folded.split("-", maxsplit=1)[0]
        return not {folded, first}.isdisjoint(self.words.own) or folded in self.words.inflected

    def is_particle(self, at: int) -> bool:
        """Whether a word may stand inside a name: "von"."""
        folded = self.tokens[at].folded
        return folded in self.words.particles or folded in _ELIDED

    def may_be_surname(self, at: int, *, second: bool = False, placed: bool = False) -> bool:
        """Whether a word can be a surname. ``second``: behind another; ``placed``: a place's too."""
        token = self.tokens[at]
        barred = not second and not placed and self._senses.get(token.span[0]) in self._barred
        return (
            token.capital
            and not token.initial
            and len(token.folded) > 1
            and not self.words.no_surname.fullmatch(token.folded)
            and not self.words.called_behind.fullmatch(token.folded)
            and not self.is_place_with_ending(at)
            and not barred
            and not (second and self.gives(at))
            and not (token.acronym and len(token.text) < 4)
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
