"""The model's spans cut down to names: no titles, possessives, verbs of headlines, dates."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.model import Span
from worker.tagging.english.words import (
    BEFORE_NAMES,
    DAYS,
    GENERATIONS,
    HEADLINE_VERBS,
    NEVER,
    PARTICLES,
    POSTNOMINALS,
)
from worker.tagging.folding import fold, fold_word
from worker.tagging.found import Candidate

_TOKEN = re.compile(r"\S+")
_OPENING, _CLOSING = "\"“”'‘’([*-–—.,…", "\"“”'’)],;:!?*…-–—"
_POSSESSIVE = re.compile(r"['’][sS]?$")
_INITIAL = re.compile(r"(?:[^\W\d_]\.)+|(?:Jr|Sr|St|Mt)\.|[^\W\d_]")
_LETTERS = re.compile(r"(?:[^\W\d_]\.){2,}")
_STRANGE = re.compile(r"[\d@/<>=|#%+]")
#: Small words and a capital behind them.
_REST = re.compile(r" (?P<small>(?:[a-z]{1,5} ){0,3})[A-Z][\w'’-]+")
_QUOTES = "\"“”'‘’"
#: A date, or a slash between words: of datelines and tables, not of organizations.
_DATELINE = re.compile(r"\b\d{4}-\d\d-\d\d\b| / ")
_MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a span without the punctuation round it; ``last``: no name goes on behind it."""

    span: Span
    text: str
    last: bool

    @property
    def low(self) -> str:
        """Folded, without full stops."""
        return fold_word(self.text).replace(".", "")

    @property
    def capital(self) -> bool:
        """Whether it is written like a name; "al-Masri" is."""
        return any(part[:1].isupper() for part in re.split(r"[-'’]", self.text))


def person_name(text: str, span: Span) -> Candidate | None:
    """The name of one person in a span, if there is one."""
    tokens = list(_tokens(text, span[0], _completed(text, span)))
    while len(tokens) > 1 and _stands_before(tokens[0]):
        tokens = tokens[1:]
    odd = next((at for at, one in enumerate(tokens) if _STRANGE.search(one.text)), len(tokens))
    if odd < min(2, len(tokens)):
        return None
    tokens = tokens[:odd]
    tokens = _ended(tokens)
    while len(tokens) > 1 and (tokens[-1].text in PARTICLES or tokens[-1].low in DAYS):
        tokens = tokens[:-1]
    while len(tokens) > 1 and tokens[-1].low in POSTNOMINALS and tokens[-1].text.isupper():
        tokens = tokens[:-1]
    if not tokens or len(tokens) > _MOST_WORDS or not _like_a_name(tokens):
        return None
    words = [word for token in tokens for word in _words(token)]
    while len(words) > 1 and words[-1] in GENERATIONS:
        words = words[:-1]
    start, end = tokens[0].span[0], tokens[-1].span[1]
    return Candidate((start, end), " ".join(text[start:end].split()), tuple(words))


def other_name(text: str, span: Span) -> Candidate | None:
    """The name of something else in a span."""
    tokens = list(_tokens(text, *span))
    while len(tokens) > 1 and tokens[0].low == "the":
        tokens = tokens[1:]
    if not tokens or len(tokens) >= 10:
        return None
    start, end = tokens[0].span[0], tokens[-1].span[1]
    name = " ".join(text[start:end].split())
    words = tuple(fold(name).text.split())
    if not words:
        return None
    if len(name) < 2 or words[0] in NEVER | DAYS or name == name.lower() or _DATELINE.search(name):
        return None
    return Candidate((start, end), name, words)


def _tokens(text: str, start: int, end: int) -> Iterator[Token]:
    """Words up to the end of the line, possessive endings and punctuation taken off."""
    for match in _TOKEN.finditer(text, start, end):
        raw = match[0]
        left = len(raw) - len(raw.lstrip(_OPENING))
        bare = raw[left:]
        core = bare.rstrip(_CLOSING)
        if core.endswith(".") and not _INITIAL.fullmatch(core):
            core = core.rstrip("." + _CLOSING)
        core = _POSSESSIVE.sub("", core)
        at = match.start() + left
        nickname = raw[0] in _QUOTES and raw[-1] in _QUOTES
        if any(map(str.isalnum, core)) and fold_word(core).strip():
            title = bare == f"{core}." and core.lower() in BEFORE_NAMES
            last = core != bare and not nickname and not title
            yield Token((at, at + len(core)), core, last=last)
        if (
            "\n" in text[match.end() : match.end() + 1]
            or "\n" in text[match.end() : end].lstrip(" \t")[:1]
        ):
            return


def _words(token: Token) -> list[str]:
    """The word of a token; of "J.K." each letter."""
    return list(token.low) if _LETTERS.fullmatch(token.text) else [token.low]


def _completed(text: str, span: Span) -> int:
    """The end of a name that goes on behind its small words: "Pieter van" "den Hoogenband"."""
    inside = text[slice(*span)].split()
    rest = _REST.match(text, span[1])
    if not rest or not inside:
        return span[1]
    small = rest["small"].split()
    if not set(small) <= PARTICLES or not (small or inside[-1] in PARTICLES):
        return span[1]
    return rest.end()


def _stands_before(token: Token) -> bool:
    """Whether a word before a name is no part of it; an initial is."""
    return token.low in BEFORE_NAMES and not token.last and not _INITIAL.fullmatch(token.text)


def _ended(tokens: list[Token]) -> list[Token]:
    """Tokens up to where the name ends: before small words, verbs, behind punctuation."""
    for at, token in enumerate(tokens):
        if at and (token.low in HEADLINE_VERBS or not (token.capital or token.low in PARTICLES)):
            return tokens[:at]
        following = tokens[at + 1].low if at + 1 < len(tokens) else ""
        if token.last and following not in GENERATIONS:
            return tokens[: at + 1]
    return tokens


def _like_a_name(tokens: list[Token]) -> bool:
    if not tokens[0].capital and tokens[0].low not in PARTICLES:
        return False
    if not any(token.text[:1].isupper() for token in tokens):
        return False
    if len(tokens) == 1:
        word = tokens[0]
        return len(word.text) > 1 and word.low not in BEFORE_NAMES | NEVER | DAYS
    return not any(token.low in NEVER for token in tokens)
