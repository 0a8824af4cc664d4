"""An article as one string to search, and the way back from there to title, text and captions."""

import re
from dataclasses import dataclass

from worker.model import Article, Span

_BREAK = "\n\n"
#: A start of lines, with a credit behind it or none: so that a run of breaks is gone through once.
_CREDIT = re.compile(
    r"^[\s(*\[—–-]*+(?:(?P<credit>with (?:additional )?reporting by|with contributions? (?:from|by)|"
    r"(?:additional )?(?:reporting|writing|editing) by|compiled by|edited by|translated by|"
    r"(?:photo|photograph|image|picture)s?(?: by|:| credit)|credit:|source:|"
    r"avec (?:afp|reuters|ap)\b|mit material von|по материалам|за матеріалами)[^\n]*)?",
    re.IGNORECASE | re.MULTILINE,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NAME = r"[A-ZА-ЯЁІЇЄҐ][\w.'’-]+"
_BYLINE = re.compile(
    rf"^[ \t]*(?:By|BY|by|Par|Por|Von|Текст:|Автор:)[ \t]+{_NAME}(?:[ \t,]+(?:and|et|y|und|и|та|і|{_NAME})){{1,8}}[ \t]*$",
    re.MULTILINE,
)
#: "KYIV, Ukraine (AP) — ", "МОСКВА, 25 ноября — ": where it was written is not what it is about.
_DATELINE = re.compile(
    r"\s*(?:[^\W\d_][^\n()]{1,60}\([^()\n]{2,40}\)|(?=[^\W\d_]{3})[^a-zа-яёіїєґ\n]{3,40}(?:,[^\n]{1,25}?)?)"
    r"\s*[-—–]{1,2}\s"
)
#: A credit line this close to the end is the last of the article; what follows is furniture.
_TAIL = 1_000
#: Longest first line taken for a headline where an article has no title, in code points.
_HEADLINE = 160


@dataclass(frozen=True, slots=True)
class Document:
    """``text`` is title, body and captions; the spans say which part lies where."""

    text: str
    title: Span
    body: Span
    captions: Span
    headline: Span
    dateline: Span
    furniture: tuple[Span, ...]

    def is_furniture(self, span: Span) -> bool:
        """Whether a span touches a byline, a credit line or what follows the last of them."""
        return any(span[0] < end and start < span[1] for start, end in self.furniture)

    def in_body(self, span: Span) -> Span | None:
        """A span of the document as a span of the article's text, None if it is not in it."""
        return _within(span, self.body)

    def in_title(self, span: Span) -> Span | None:
        """A span of the document as a span of the article's title, None if it is not in it."""
        return _within(span, self.title)

    def in_captions(self, span: Span) -> Span | None:
        """A span of the document as a span of the joined captions, None if it is not in them."""
        return _within(span, self.captions)

    def is_aside(self, span: Span) -> bool:
        """Whether a span lies in a caption or dateline, where a name says less of the story."""
        return any(_within(span, part) is not None for part in (self.captions, self.dateline))

    def in_dateline(self, span: Span) -> bool:
        """Whether a span lies in the dateline."""
        return _within(span, self.dateline) is not None

    def in_headline(self, span: Span) -> bool:
        """Whether a span lies in the title, or in the first line of an article without one."""
        return _within(span, self.headline) is not None


def _within(span: Span, part: Span) -> Span | None:
    if part[0] <= span[0] and span[1] <= part[1]:
        return span[0] - part[0], span[1] - part[0]
    return None


def read_document(article: Article) -> Document:
    """Lay an article out as one string. Never fails; empty parts give empty spans."""
    body_start = len(article.title) + len(_BREAK) if article.title else 0
    body_end = body_start + len(article.text)
    captions = _BREAK.join(article.captions)
    text = f"{article.title}{_BREAK if article.title else ''}{article.text}"
    captions_start = body_end
    if captions:
        text += _BREAK + captions
        captions_start += len(_BREAK)
    text = _SURROGATE.sub("\ufffd", text)  # halves of characters, which no model or automaton takes
    body = (body_start, body_end)
    title = (0, len(article.title))
    headline = title if article.title else _first_line(article.text)
    return Document(
        text=text,
        title=title,
        body=body,
        captions=(captions_start, len(text)),
        headline=headline,
        dateline=_dateline(text, body[0] if article.title else headline[1]),
        furniture=tuple(_furniture(text, body)),
    )


def _first_line(text: str) -> Span:
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    line = text[start:end] if end > 0 else ""
    if 0 < len(line) <= _HEADLINE and not line.rstrip().endswith((".", ":", ";", ",")):
        return start, end
    return 0, 0


def _dateline(text: str, start: int) -> Span:
    match = _DATELINE.match(text, start)
    return match.span() if match else (0, 0)


def _furniture(text: str, body: Span) -> list[Span]:
    spans = [match.span() for match in _BYLINE.finditer(text, *body)]
    for match in _CREDIT.finditer(text, *body):
        if not match["credit"]:
            continue
        last = body[1] - match.end() <= _TAIL and match.start() > body[0]
        spans.append((match.start(), body[1] if last else match.end()))
    return spans
