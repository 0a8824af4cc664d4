"""The article in a page's text as somebody copied it: menus, captions and footers among the lines.

Nothing is known of the page but its lines, so what a line is follows from its form and place. Every
kept character keeps its place in the input.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from worker.articles.furniture import Verdict, bare, judge
from worker.articles.marks import is_byline, is_label
from worker.markup import one_line
from worker.model import Article, Mention, Removed, Span

_LINE = re.compile(r"[^\n\r\u2028\u2029]+")
_SENTENCE_END = re.compile(r"[.!?…:;。！？।؟][\"'”’»)\]]*$")
#: A line this long is a paragraph, whatever it ends with.
_PARAGRAPH = 160
_SENTENCE_WORDS = 5
_HEADLINE_WORDS = range(4, 31)
#: A title is looked for among so many lines.
_HEAD = 60


@dataclass(frozen=True, slots=True)
class _Part:
    """Text of the input, in order: each piece is where it stands in the part and in the input."""

    text: str
    starts: tuple[int, ...]
    sources: tuple[int, ...]

    def in_input(self, span: Span) -> Span:
        """A span of the part as a span of the input."""
        return self._place(span[0]), self._place(span[1] - 1) + 1

    def _place(self, at: int) -> int:
        piece = bisect_right(self.starts, at) - 1
        return self.sources[piece] + at - self.starts[piece]


@dataclass(frozen=True, slots=True)
class RawArticle:
    """The article in a raw text, and the way back from its spans to the text as it came."""

    article: Article
    _body: _Part
    _captions: _Part
    _title: int | None

    def in_input(self, mention: Mention) -> Mention:
        """A mention of the article with all ``spans`` counted in the input."""
        spans = [self._body.in_input(span) for span in mention.spans]
        spans += [self._captions.in_input(span) for span in mention.caption_spans]
        if self._title is not None:
            spans += [
                (start + self._title, end + self._title) for start, end in mention.title_spans
            ]
        return replace(mention, spans=tuple(sorted(spans)))


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int
    new_paragraph: bool


def read_raw(raw: Article) -> RawArticle:
    """The article in the raw text that stands where its text belongs; what went is in ``removed``.

    A title that is given is looked for in the text, else the last headline above the first
    sentence is taken. Text that would be removed as a whole is left as it is.
    """
    lines = tuple(_lines(raw.text))
    place = _title_place(lines, raw.title)
    verdicts = _verdicts(lines, raw.title, place)
    if all(verdicts):
        verdicts = [Verdict.STORY] * len(lines)
        place = None
    title = raw.title or (lines[place].text if place is not None else "")
    body = _joined([one for one, verdict in zip(lines, verdicts, strict=True) if not verdict])
    shown = _captions(lines, verdicts)
    credits_ = [x.text for x, v in zip(lines, verdicts, strict=True) if v is Verdict.CREDIT]
    removed = tuple(
        Removed(line=one.text, reason=str(verdict))
        for one, verdict in zip(lines, verdicts, strict=True)
        if verdict
    )
    article = replace(
        raw,
        title=title,
        text=body.text,
        captions=tuple(one.text for one in shown),
        credits=tuple(dict.fromkeys(credits_)),
        removed=removed,
    )
    captions = _joined([replace(one, new_paragraph=True) for one in shown])
    found = lines[place].start if place is not None and lines[place].text == title else None
    return RawArticle(article, body, captions, found)


def _lines(text: str) -> Iterator[_Line]:
    end = 0
    for found in _LINE.finditer(text):
        line = bare(found[0].strip())
        if not line:
            continue
        start = found.start() + found[0].index(line)
        yield _Line(line, start, new_paragraph=bool(re.search(r"\n\s*\n", text[end:start])))
        end = start + len(line)


def _joined(lines: Sequence[_Line]) -> _Part:
    text, starts, sources = "", [], []
    for line in lines:
        if text:
            text += "\n\n" if line.new_paragraph else "\n"
        starts.append(len(text))
        sources.append(line.start)
        text += line.text
    return _Part(text, tuple(starts), tuple(sources))


def _captions(lines: Sequence[_Line], verdicts: Sequence[Verdict]) -> list[_Line]:
    kept: dict[str, _Line] = {}
    for line, verdict in zip(lines, verdicts, strict=True):
        if verdict is Verdict.CAPTION:
            kept.setdefault(line.text, line)
    return list(kept.values())


def _verdicts(lines: Sequence[_Line], title: str, place: int | None) -> list[Verdict]:
    """What each line is: first what stands round the story, then what its form says."""
    verdicts = [Verdict.STORY] * len(lines)
    first = 0
    if place is not None:
        verdicts[place] = Verdict.TITLE
        first = place + 1
        for at in range(place):
            if not _is_sentence(lines[at].text):
                verdicts[at] = Verdict.OUTSIDE
    judged = judge([one.text for one in lines[first:]], title)
    verdicts[first:] = judged
    story = [at for at, one in enumerate(lines) if not verdicts[at] and _is_sentence(one.text)]
    if not story:
        return verdicts
    for at, line in enumerate(lines):
        if verdicts[at]:
            continue
        if is_label(line.text) or (at < story[0] and is_byline(line.text)):
            verdicts[at] = Verdict.LABEL if is_label(line.text) else Verdict.BYLINE
        elif at > story[-1] or (
            at < story[0] and len(line.text.split()) < _HEADLINE_WORDS.start and place is not None
        ):
            verdicts[at] = Verdict.OUTSIDE
    return verdicts


def _title_place(lines: Sequence[_Line], title: str) -> int | None:
    """Which line is the title, None where none is."""
    if title:
        wanted = one_line(title).casefold()
        same = (
            at for at, line in enumerate(lines[:_HEAD]) if one_line(line.text).casefold() == wanted
        )
        return next(same, None)
    above: list[int] = []
    for at, line in enumerate(lines[:_HEAD]):
        if _is_sentence(line.text):
            break
        if len(line.text.split()) in _HEADLINE_WORDS and not is_byline(line.text):
            above.append(at)
    else:
        return None
    return max(above, key=lambda at: len(lines[at].text), default=None)


def _is_sentence(line: str) -> bool:
    """Whether a line is (the end of) a sentence or a whole paragraph, and no headline or label."""
    if len(line) >= _PARAGRAPH:
        return True
    if not _SENTENCE_END.search(line):
        return False
    return len(line.split()) >= _SENTENCE_WORDS or (
        len(line) >= 3 * _SENTENCE_WORDS and not line.isascii()
    )
