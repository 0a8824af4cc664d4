"""Organizations of an English text: the model's spans made names, joined, and found again.

A company goes by its name without "Corp.", an acronym in brackets and a part of a name stand for
the whole, and what names an institution by its form ("University of X", "X Ministry") is one.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from worker.model import Span
from worker.tagging.english.institutions import institutions
from worker.tagging.english.words import GENERIC, PLURALS
from worker.tagging.folding import fold
from worker.tagging.found import Candidate
from worker.tagging.spans import Spans, standing
from worker.tagging.surroundings import starts_sentence

_LEGAL = (
    r"(?:Inc|Incorporated|Corp|Co|Ltd|Limited|Plc|PLC|plc|LLC|LLP|LP|AG|SE|NV|SA|SpA|AB|ASA|Oyj|GmbH"
    r"|KGaA|Pty|Bhd|Sdn|KK)"
)
#: "Corp.", ", Inc." and the like, behind a name or at its end.
_LEGAL_END = re.compile(
    rf"(?: (?:and|&) (?:Co|Company|Sons|Bros)\b\.?)?(?:,? {_LEGAL}\b\.?)+(?!\w)"
)
_LEGAL_BEFORE = re.compile(r"\b(?:PT|OAO|OOO|PAO|ZAO|JSC) $")
#: A dash parts a name from what is none of it, mostly a dateline: "ROTTERDAM — The Northern Ports Alliance".
_BEFORE_NAME = re.compile(r".*\s[—–]+\s+(?:The )?", re.DOTALL)
_SMALL_END = re.compile(r"(?:[\s/&,-]|\b(?:and|of|for|the|in|at|by)\b)+$")
_ACRONYM = re.compile(r"\s?\(\s?(?:the )?[\"“]?(?P<acronym>[A-Z][A-Za-z&-]{0,6}[A-Z])[\"”]?\)")
#: Stands in rows of tables and in datelines, or begins names of places.
_NO_NAME = re.compile(
    r" - |/|[#=<>|]|\b[A-Z]*\d{2,}|^[a-z]{1,3} |^[A-Z]\.?$|^(?:Gulf|Bay|Strait|Cape|Sea|Mount|Lake|River) "
)
_PORTFOLIOS = (GENERIC | {"foreign", "and", "of"}) - {"ministry", "department"}
_PORTFOLIO = re.compile(r" (?:Minister|minister|Secretary|secretary)\b")
_SHOUTED_WORDS = 3
#: Characters before a word that tell whether it begins a sentence.
_OPENING = 8
_HYPHENATED = re.compile(r"-\w")

#: A part of names -> the names, by their words.
Parts = dict[tuple[str, ...], dict[tuple[str, ...], Candidate]]


def read_organizations(
    text: str, softened: str, found: Iterable[Candidate], people: Iterable[Candidate]
) -> list[Candidate]:
    """What the model found, and every other place of the same names.

    ``softened`` is the text with its capital letters taken back, place by place the same.
    """
    taken = Spans()
    for person in people:
        taken.add(person.span)
    found = list(found)
    bodies = [
        body
        for body in institutions(softened)
        if not taken.overlaps(body.span) and not _is_list(softened, body, found)
    ]
    within = Spans()
    for body in bodies:
        within.add(body.span)
    named = [name for one in found if not within.hold(one.span) and (name := _name(text, one))]
    named += (name for one in bodies if (name := _name(text, one)))
    named = _once(named)
    short = dict(_acronyms(text, named))
    parts = _parts(named)
    named = [_in_full(one, parts, short) for one in named if not _is_plain(text, one, parts)]
    for one in named:
        taken.add(one.span)
    return [*named, *_elsewhere(softened, named, short, taken)]


def _is_list(text: str, body: Candidate, found: Iterable[Candidate]) -> bool:
    """Whether the words round an "and" are two names: "British Airways and American Airlines"."""
    for joint in re.finditer(r" (?:and|&) ", text[slice(*body.span)]):
        at = body.span[0] + joint.start()
        if any(one.span[1] == at or one.span[0] == at + len(joint[0]) for one in found):
            return True
    return False


def _name(text: str, candidate: Candidate) -> Candidate | None:
    """A model's span as a name, None if it is none."""
    start, end = candidate.span
    if before := _BEFORE_NAME.match(text, start, end):
        start = before.end()
    name = text[start:end]
    if name.count("(") > name.count(")"):
        name = name[: name.rindex("(")]
    name = name[: len(name) - len(trail[0])] if (trail := _SMALL_END.search(name)) else name
    bare = " ".join(_LEGAL_END.sub("", name).split())
    words = tuple(fold(bare).text.split())
    if (
        not bare
        or _NO_NAME.search(name)
        or _shouted(name)
        or (words[0] in GENERIC and not words[1:])
    ):
        return None
    start, end = _with_legal(text, (start, start + len(name)))
    if _PORTFOLIOS.issuperset(words) and _PORTFOLIO.match(text, end):
        return None
    firm = candidate.firm or end - start > len(bare)
    return replace(candidate, span=(start, end), name=bare, words=words, firm=firm)


def _shouted(name: str) -> bool:
    """Whether this is a headline in capitals, or a part of one, and no acronym."""
    return name.isupper() and len(name.split()) >= _SHOUTED_WORDS


def _once(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Candidates that do not overlap, the longest of those that do."""
    taken = Spans()
    kept = []
    for one in sorted(candidates, key=lambda c: (c.span[0] - c.span[1], c.span)):
        if not taken.overlaps(one.span):
            taken.add(one.span)
            kept.append(one)
    return sorted(kept, key=lambda c: c.span)


def _acronyms(text: str, named: Iterable[Candidate]) -> Iterator[tuple[str, Candidate]]:
    """Acronyms given in brackets behind a name of several words."""
    for one in named:
        given = _ACRONYM.match(text, one.span[1])
        if given and len(one.words) > 1:
            yield given["acronym"], one


def _short_for(acronym: str, full: Candidate, span: Span) -> Candidate:
    """An acronym as the organization that the text gives it to."""
    return replace(full, span=span, surface=acronym)


def _is_plain(text: str, one: Candidate, parts: Parts) -> bool:
    """Whether this is an ordinary word with the capital of its sentence: "Farmers block a road"."""
    if one.firm or one.words[1:] or one.words[0] not in PLURALS or one.words in parts:
        return False
    start = one.span[0]
    return starts_sentence(text[max(0, start - _OPENING) : start])


def _in_full(one: Candidate, parts: Parts, short: dict[str, Candidate]) -> Candidate:
    """A candidate under its full name, where that stands in the text too."""
    if one.name in short:
        return _short_for(one.name, short[one.name], one.span)
    full = parts.get(one.words, {})
    if len(full) != 1:
        return one
    [whole] = full.values()
    return replace(one, name=whole.name, words=whole.words, firm=True)


def _parts(named: Iterable[Candidate]) -> Parts:
    """What names begin or end with -> the names, by their words."""
    parts: Parts = {}
    for words, one in {one.words: one for one in named}.items():
        for at in range(1, len(words)):
            for part in (words[:at], words[at:]):
                parts.setdefault(part, {})[words] = one
    return parts


def _elsewhere(
    text: str, named: Sequence[Candidate], short: dict[str, Candidate], taken: Spans
) -> Iterator[Candidate]:
    """The places where a name or acronym stands that the model did not find there."""
    times = Counter(one.name for one in named)
    sure = [
        one
        for one in named
        if one.firm or times[one.name] > 1 or one.words[1:] or one.name.isupper()
    ]
    spelled = {text[slice(*one.span)]: one for one in sure} | {one.name: one for one in sure}
    spelled |= short
    names: dict[int, str] = {}  # by where they stand, of several there the longest
    for name in sorted(spelled, key=len, reverse=True):
        if _telling(name, text) and name[0].isalnum():
            for start, end in standing(text, name, "&-", "&"):
                if not _HYPHENATED.match(text, end):
                    names.setdefault(start, name)
    for start, name in sorted(names.items()):
        span = (start, start + len(name))
        if taken.overlaps(span):
            continue
        if name in short:
            yield _short_for(name, short[name], span)
        else:
            yield replace(spelled[name], span=_with_legal(text, span))


def _telling(name: str, text: str) -> bool:
    """Whether a name is no word that the text has in lower case as well."""
    if len(name) < 2 or not name[0].isupper():
        return False
    return " " in name or name.isupper() or not re.search(rf"\b{re.escape(name.lower())}\b", text)


def _with_legal(text: str, span: Span) -> Span:
    """A span with the legal form before or behind it, the full stop of "Corp." included."""
    start, end = span
    if before := _LEGAL_BEFORE.search(text, max(0, start - 5), start):
        start = before.start()
    if behind := _LEGAL_END.match(text, end):
        end = behind.end()
    if text[end : end + 1] == "." and re.search(r"\b(?:Inc|Corp|Co|Ltd)$", text[start:end]):
        end += 1
    if end > span[1] and text[end - 1] == "." and re.match(r"\s*(?:\n|[A-Z]|$)", text[end:]):
        end -= 1  # the full stop of the sentence
    return start, end
