"""Organizations in Russian texts: the model's spans, with their places, in the nominative."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from worker.model import Span
from worker.tagging.folding import fold
from worker.tagging.found import Candidate
from worker.tagging.inflection import parses_of
from worker.tagging.recognizer import Labelled
from worker.tagging.slavic.pieces import MODEL, RULE, kinds, quoted, starts_sentence
from worker.tagging.spans import Spans

_MOST_WORDS = 10
_EDGES = " \t\u00a0,.;:-–—("
_QUOTES = '«»„“”"'
_CYRILLIC = re.compile("[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*")


#: What stands in capitals for something else than an organization, and legal forms alone.
_NONE = frozenset(
    ["сми", "мкс", "тв", "интернет", "рунет", "оао", "ооо", "зао", "пао", "ао", "ип", "гуп", "муп"]
)
#: Bodies that are one place's: "правительство Японии".
_BODIES = frozenset(
    [
        "правительство",
        "парламент",
        "администрация",
        "мэрия",
        "прокуратура",
        "генпрокуратура",
        "посольство",
        "консульство",
        "генконсульство",
        "кабмин",
        "центробанк",
        "минобороны",
        "минфин",
        "минюст",
        "генштаб",
        "мид",
        "мвд",
    ]
)
_ACRONYM = re.compile(r"[\s\u00a0]?\([«\"]?(?P<acronym>[А-ЯЁA-Z]{2,8})[»\"]?\)")
_DECLINED = re.compile(r"(?P<capitals>[А-ЯЁ]{2,})(?:а|у|е|ом)")
_ADJECTIVE = re.compile(r"(?P<word>[а-яё-]+ск(?:ий|ое|ого|ому|им|ом|ая|ой|ую))[ \u00a0]$")


def read_organizations(
    text: str, labelled: Sequence[Labelled], known: Sequence[Span] = ()
) -> list[Candidate]:
    """What the model takes for organizations, and what is one by a place behind its name.

    Acronyms that the text explains are found wherever they stand. ``known``: where organizations
    stand that are known anyhow, the Kremlin among them.
    """
    starts = {start for start, _ in known}
    places = {
        one.span[0]: one.span
        for one in labelled
        if one.label == "LOC" and one.span[0] not in starts
    }
    found = [
        one
        for label in labelled
        if label.label == "ORG" and (one := _candidate(text, label.span, places))
    ]
    taken = Spans()
    for one in found:
        taken.add(one.span)
    bodies = (_body(text, place) for place in places.values())
    found += (one for one in bodies if one and not taken.overlaps(one.span))
    return _explained(text, found)


def _candidate(text: str, span: Span, places: Mapping[int, Span]) -> Candidate | None:
    span = _trim(text, span)
    written = " ".join(text[slice(*span)].split())
    if len(written) < 2 or not any(c.isupper() for c in written) or _common(text, span):
        return None
    bare = written.strip(_QUOTES)
    inside = quoted(text, span) or bare != written
    if fold(nominative(bare)).text in _NONE:
        return None
    whole = span if inside or written[-1] in _QUOTES else _with_place(text, span, places)
    if whole != span:
        bare = " ".join(text[slice(*whole)].split())
    name = nominative(bare, quoted=inside) if bare.count("«") == bare.count("»") else written
    words = tuple(fold(name).text.split())
    if not 0 < len(words) < _MOST_WORDS:
        return None
    return Candidate(whole, name, words, MODEL, fold(bare.split()[-1]).text)


def _with_place(text: str, span: Span, places: Mapping[int, Span]) -> Span:
    """A description with the place it is of: "Верховный суд" "Бангладеш", "японский" "МИД"."""
    start, end = span
    place = places.get(end + 1)
    if place and text[end] in " \u00a0" and _genitive(text[slice(*place)]):
        return start, place[1]
    word = nominative(text[slice(*span)]).lower()
    before = _ADJECTIVE.search(text, max(0, start - 30), start)
    if word in _BODIES and before:
        return before.start("word"), end
    return span


def _genitive(place: str) -> bool:
    """Whether a place stands in the genitive, or in no case that the dictionary knows."""
    first = place.split(maxsplit=1)[0]
    if not _CYRILLIC.fullmatch(first):
        return False
    known = [parse for parse in parses_of(first, "ru") if parse.is_known]
    abbreviated = first.isupper() and len(first) > 1
    return abbreviated or not known or any("gent" in parse.tag.grammemes for parse in known)


def _body(text: str, place: Span) -> Candidate | None:
    """A body in lower case with the place it is of: "правительству Японии"."""
    before = re.search(r"([А-ЯЁа-яё]+)[ \u00a0]$", text[max(0, place[0] - 20) : place[0]])
    if not before or not _genitive(text[slice(*place)]):
        return None
    if _BODIES.isdisjoint(parse.normal_form for parse in parses_of(before[1], "ru")):
        return None
    span = (place[0] - len(before[0]), place[1])
    name = nominative(" ".join(text[slice(*span)].split()))
    name = name[:1].upper() + name[1:]
    words = tuple(fold(name).text.split())
    return Candidate(span, name, words, RULE, words[-1], firm=True)


def _explained(text: str, found: Sequence[Candidate]) -> list[Candidate]:
    """Candidates with the acronyms that the text gives in brackets, wherever those stand."""
    short: dict[str, Candidate] = {}
    for one in found:
        given = _ACRONYM.match(text, one.span[1])
        if given and len(one.words) > 1:
            short.setdefault(given["acronym"], one)
    if not short:
        return list(found)
    taken = Spans()
    named = []
    for one in found:
        taken.add(one.span)
        full = short.get(one.name)
        named.append(replace(full, span=one.span, surface=one.name) if full else one)
    written = re.finditer(r"(?<![\w-])[А-ЯЁA-Z]{2,8}(?![\w-])", text)
    elsewhere = (
        replace(short[match[0]], span=match.span(), surface=match[0])
        for match in written
        if match[0] in short and not taken.overlaps(match.span())
    )
    return [*named, *elsewhere]


def _trim(text: str, span: Span) -> Span:
    start, end = span
    line = text.find("\n", start, end)
    end = line if line > 0 else end
    if given := _ACRONYM.search(text, start, min(len(text), end + 1)):
        end = given.start() if given.start() > start else end
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
    words = [_undeclined(word) for word in name.split()]
    if not words or words[0].isupper():
        return " ".join(words)
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


def _undeclined(word: str) -> str:
    """An abbreviation without its ending: "МИДа"."""
    declined = _DECLINED.fullmatch(word)
    return declined["capitals"] if declined else word


def _head(words: Sequence[str]) -> list[list[Any]]:
    """The readings of the adjectives a name begins with and of the noun behind them; [] if none."""
    head: list[list[Any]] = []
    for word in words:
        if not _CYRILLIC.fullmatch(word) or (len(word) > 1 and word.isupper() and not head):
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
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word
