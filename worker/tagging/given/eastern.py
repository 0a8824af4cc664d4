"""People in Chinese and Japanese texts, which have neither capitals nor spaces.

Certain are names that something on both sides marks off: a Chinese surname between an office and
what follows a name, a foreign name with a dot in it, and in Japanese one before an honorific.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from worker.model import Kind, Span
from worker.tagging.folding import fold
from worker.tagging.found import Candidate, Found
from worker.tagging.gazetteer import Hit
from worker.tagging.given.words import eastern
from worker.tagging.recognizer import MAX_CHARACTERS
from worker.tagging.spans import Spans

OFFICE, DOT, HONORIFIC = "office", "dot in the name", "honorific"
_DOT = re.compile("[·・]")
#: What may stand right beside a name.
_MARKS = "，。、；：（）！？,“”《》"
_KATAKANA = "[ァ-ヴー]"


def find_people(text: str, language: str, hits: Sequence[Hit] = ()) -> Found:
    """Everybody whose name is marked off on both sides, wherever it stands."""
    read = text[:MAX_CHARACTERS]
    taken = Spans()
    for hit in hits:
        if hit.known.entity.kind is not Kind.COUNTRY:
            taken.add(hit.span)
    people: list[Candidate] = []
    for span, found_by in _marked(read, language):
        if not taken.overlaps(span):
            taken.add(span)
            people.append(_candidate(read, span, found_by))
    for one in list(people):
        for again in _again(read, one, language):
            if not taken.overlaps(again):
                taken.add(again)
                people.append(Candidate(again, one.name, one.words, one.found_by))
    return Found(people)


def _candidate(text: str, span: Span, found_by: str) -> Candidate:
    name = text[slice(*span)]
    return Candidate(span, name, tuple(fold(part).text for part in _DOT.split(name)), found_by)


def _marked(text: str, language: str) -> Iterator[tuple[Span, str]]:
    for pattern, found_by in _patterns(language):
        for match in pattern.finditer(text):
            yield match.span("name"), found_by


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    words = eastern()[language]
    offices = "|".join(sorted(words["offices"].split(), key=len, reverse=True))
    if language == "ja":
        name = f"{_KATAKANA}{{2,}}(?:・{_KATAKANA}{{2,}})+"
        return ((re.compile(f"(?P<name>{name})(?=(?:{offices}))"), HONORIFIC),)
    behind = f"(?=\\s*(?:{'|'.join(words['behind'].split())}|[{_MARKS}\\n]|$))"
    sounds = f"[{words['sounds'].replace(' ', '')}]"
    surnames = "|".join(words["surnames"].split())
    inside = f"(?:(?![{words['never']}])[\\u4e00-\\u9fff])"
    dotted = f"(?P<name>{sounds}{{1,7}}(?:·{sounds}{{1,7}})+){behind}"
    before = f"(?:{offices}|[{_MARKS}\\s和与與由]|^)"
    return (
        (re.compile(f"{before}{dotted}", re.MULTILINE), DOT),
        (re.compile(f"(?:{offices})(?P<name>(?:{surnames}){inside}{{1,2}}?){behind}"), OFFICE),
    )


def _again(text: str, candidate: Candidate, language: str) -> Iterator[Span]:
    """Where a name, or the last part of a foreign one, stands again."""
    yield from (match.span() for match in re.finditer(re.escape(candidate.name), text))
    last = _DOT.split(candidate.name)[-1]
    if last == candidate.name or len(last) < 2:
        return
    words = eastern()[language]
    behind = words["offices"] if language == "ja" else words["behind"]
    follows = f"(?=(?:{'|'.join(behind.split())}|[，。、；：）]))"
    before = f"(?<!{_KATAKANA})(?<!・)" if language == "ja" else "(?<!·)"
    for match in re.finditer(before + re.escape(last) + follows, text):
        yield match.span()
