"""Organizations in Russian texts: the model's spans, named in the nominative."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from worker.model import Span
from worker.tagging.folding import fold
from worker.tagging.found import Candidate
from worker.tagging.inflection import parses_of
from worker.tagging.recognizer import Labelled
from worker.tagging.slavic.pieces import MODEL, kinds, quoted, starts_sentence

_MOST_WORDS = 10
_EDGES = " \t\u00a0,.;:-–—("
_QUOTES = '«»„“”"'
_CYRILLIC = re.compile("[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*")


def read_organizations(text: str, labelled: Iterable[Labelled]) -> Iterator[Candidate]:
    """What the model takes for organizations, cut at line ends, stray marks taken off."""
    for found in labelled:
        if found.label != "ORG":
            continue
        span = _trim(text, found.span)
        written = " ".join(text[slice(*span)].split())
        if len(written) < 2 or not any(c.isupper() for c in written) or _common(text, span):
            continue
        bare = written.strip(_QUOTES)
        inside = quoted(text, span) or bare != written
        name = nominative(bare, quoted=inside) if bare.count("«") == bare.count("»") else written
        words = tuple(fold(name).text.split())
        if 0 < len(words) < _MOST_WORDS:
            yield Candidate(span, name, words, MODEL, fold(written.split()[-1]).text)


def _trim(text: str, span: Span) -> Span:
    start, end = span
    line = text.find("\n", start, end)
    end = line if line > 0 else end
    while start < end and text[start] in _EDGES:
        start += 1
    while start < end and text[end - 1] in _EDGES:
        end -= 1
    if text.count("«", start, end) > text.count("»", start, end) and text[end : end + 1] == "»":
        end += 1
    return start, end


def _common(text: str, span: Span) -> bool:
    """Whether this is an ordinary word that has its capital from the sentence it begins."""
    word = text[slice(*span)]
    if not _CYRILLIC.fullmatch(word) or word[1:] != word[1:].lower():
        return False
    known = kinds(word, "ru")
    named = known & {"Orgn", "Abbr", "Geox", "Name", "Surn", "Trad"}
    return bool(known) and not named and starts_sentence(text, span[0]) and not quoted(text, span)


@lru_cache(maxsize=5_000)
def nominative(name: str, *, quoted: bool = False) -> str:
    """A Russian organization's name in the nominative: the words up to its first noun change.

    ``quoted``: a name of its own and not a description, so left alone where in doubt.
    """
    words = name.split()
    head = _head(words)
    if not head:
        return name
    noun = _reading(head, quoted=quoted)
    if noun is None:
        return name
    number = "plur" if "plur" in noun.tag.grammemes else "sing"
    changed = []
    for word, parses in zip(words, head, strict=False):
        fitting = noun if parses is head[-1] else _agreeing(parses, noun)
        wanted = {"nomn", number}
        if parses is not head[-1] and number == "sing":
            wanted |= {"masc", "femn", "neut"} & noun.tag.grammemes
        form = fitting.inflect(wanted) if fitting else None
        if form is None:
            return name
        changed.append(_like(word, form.word))
    return " ".join([*changed, *words[len(changed) :]])


def _head(words: Sequence[str]) -> list[list[Any]]:
    """The readings of the adjectives a name begins with and of the noun behind them; [] if none."""
    head = []
    for word in words:
        if not _CYRILLIC.fullmatch(word) or (len(word) > 1 and word.isupper()):
            return []
        parses = parses_of(word, "ru")
        nouns = [p for p in parses if "NOUN" in p.tag.grammemes]
        adjectives = [p for p in parses if {"ADJF", "PRTF"} & p.tag.grammemes]
        if adjectives and (not nouns or parses[0] in adjectives):
            head.append(adjectives)
            continue
        if nouns:
            return [*head, nouns]
        return []
    return []


def _reading(head: Sequence[Sequence[Any]], *, quoted: bool) -> Any:
    """How to read the noun so that the adjectives agree with it: no plural if there is a choice."""
    nouns = [noun for noun in head[-1] if all(_agreeing(parses, noun) for parses in head[:-1])]
    if quoted and any("nomn" in noun.tag.grammemes for noun in nouns):
        return next(noun for noun in nouns if "nomn" in noun.tag.grammemes)
    # "Министерства" may be the genitive of one or the nominative of several.
    single = [noun for noun in nouns if "sing" in noun.tag.grammemes]
    return next(iter(single or nouns), None)


def _agreeing(parses: Sequence[Any], noun: Any) -> Any:
    """The reading of an adjective that agrees with a noun, None if there is none."""
    for parse in parses:
        same_case = parse.tag.case == noun.tag.case and parse.tag.number == noun.tag.number
        if same_case and (parse.tag.number == "plur" or parse.tag.gender == noun.tag.gender):
            return parse
    return None


def _like(model: str, word: str) -> str:
    return word[:1].upper() + word[1:] if model[:1].isupper() else word
