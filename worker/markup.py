"""What stands in markup: the visible text of HTML, paragraph by paragraph, and language tags."""

import re
from html import unescape

from lxml import etree, html

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "legend", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_UNSEEN = frozenset({
    "audio", "button", "canvas", "embed", "head", "iframe", "math", "noscript", "object", "option",
    "script", "select", "style", "svg", "template", "textarea", "video",
})  # fmt: skip
#: Characters that neither XML 1.0 nor Postgres' text can hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Soft hyphens, zero-width spaces, direction marks, byte order marks: never seen by a reader.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_TAG_OR_ENTITY = re.compile(r"<[a-zA-Z/!?]|&(?:#\d+|#[xX][\da-fA-F]+|\w+);")
#: Language tags seen in feeds that are no ISO 639-1 codes, and what they stand for.
_LANGUAGES = {
    "ua": "uk", "cz": "cs", "jp": "ja", "iw": "he", "in": "id",
    "eng": "en", "rus": "ru", "ukr": "uk", "fra": "fr", "fre": "fr",
    "spa": "es", "deu": "de", "ger": "de",
}  # fmt: skip


#: Paragraphs, line breaks and what stands in a line, with plain attributes; usual references.
_TAG = re.compile(
    r"""<(/?)(p|br|a|b|i|em|strong|span|img)(\s(?:[^<>"'&/]|"[^"<>]*"|'[^'<>]*')*)?(/?)>""",
    re.IGNORECASE,
)
#: The same where nothing stands in anything but paragraphs: what one pass can tell.
_FLAT_TEXT = r"(?>[^<>&]+|&(?:amp|lt|gt|quot|nbsp|\#39|\#160|\#82(?:1[1-9]|2[0-6]|30));)"
_ATTRIBUTES = r"""(?>[ \t\r\n](?>[^<>"'&/]+|"[^"<>]*"|'[^'<>]*')*)?"""
_FLAT_LINE = rf"""(?>{_FLAT_TEXT}|<(?>br|img){_ATTRIBUTES}/?>
    |<a{_ATTRIBUTES}>{_FLAT_TEXT}*</a>|<b>{_FLAT_TEXT}*</b>|<i>{_FLAT_TEXT}*</i>
    |<em>{_FLAT_TEXT}*</em>|<strong>{_FLAT_TEXT}*</strong>)"""
_FLAT = re.compile(rf"(?>{_FLAT_LINE}|<p{_ATTRIBUTES}>{_FLAT_LINE}*</p>)*", re.VERBOSE)
_FLAT_BREAK = re.compile(r"<(?:/?p|br)[^<>]*>(?:\s*<(?:/?p|br)[^<>]*>)*\s*")
_FLAT_P = re.compile("</?p[^<>]*>")
_FLAT_BR = re.compile("<br[^<>]*>")
_FLAT_TAG = re.compile("<[^<>]*>")
_VOID = frozenset({"br", "img"})
_BREAKS = {"p": "\n\n", "br": "\n"}
_REFERENCE = re.compile("&(?:amp|lt|gt|quot|nbsp|#39|#160|#82(?:1[1-9]|2[0-6]|30));")


def storable(text: str) -> str:
    """``text`` without the characters that XML and databases refuse (NUL, lone surrogates)."""
    return text if _is_plain(text) else _FORBIDDEN.sub("", text)


def one_line(text: str) -> str:
    """``text`` with invisible characters dropped and every run of white space made one space."""
    if text.isprintable():  # then nothing is invisible, and the only white space are spaces
        return " ".join(text.split()) if "  " in text else text.strip(" ")
    return " ".join((text if _is_plain(text) else _INVISIBLE.sub("", storable(text))).split())


def _is_plain(text: str) -> bool:
    """Whether a text has nothing but printable characters, spaces and line feeds.

    Then there is nothing to take out of it: what is forbidden or invisible is not printable.
    """
    return text.isprintable() or text.replace("\n", "").isprintable()


def is_markup(text: str) -> bool:
    """Whether a text holds tags or character references."""
    return ("<" in text or "&" in text) and _TAG_OR_ENTITY.search(text) is not None


def paragraphs(markup: str) -> tuple[str, ...]:
    """The visible text of an HTML fragment, one line a paragraph, entities decoded.

    Blocks end a paragraph, so do two ``<br>`` or, in a text without tags, a blank line. Scripts,
    styles and form fields are not seen. Never raises.
    """
    text = storable(markup)
    if not is_markup(text):
        return _lines(text)
    even = " ".join(text.split())
    if _FLAT.fullmatch(even):
        parted = _FLAT_BR.sub("\n", _FLAT_P.sub("\n\n", even))
        return _lines(unescape(_FLAT_TAG.sub("", parted)))
    simple = _simple_text(even)
    if simple is not None:
        return _lines(simple)
    root = parse_html(f"<div>{text}</div>")
    if root is None:
        return ()
    return tree_paragraphs(root)


def _simple_text(markup: str) -> str | None:
    """The text of mark-up so simple that it is plain how a tree of it would be read, else None.

    Of ordinary feeds that is nearly all, and it takes a fifth of the time.
    """
    pieces: list[str] = []
    open_tags: list[str] = []
    place = 0
    for tag in _TAG.finditer(markup):
        pieces.append(markup[place : tag.start()])
        place = tag.end()
        ends, name, attributes, empty = tag[1], tag[2].lower(), tag[3], tag[4]
        if ends:
            if attributes or empty or not open_tags or open_tags.pop() != name:
                return None
        elif name not in _VOID:
            if name == "p" and open_tags == ["p"]:
                open_tags.clear()  # the next paragraph ends the last
            if empty or name in open_tags or (name == "p" and open_tags):
                return None
            open_tags.append(name)
        pieces.append(_BREAKS.get(name, ""))
    pieces.append(markup[place:])
    rest = "".join(pieces)
    if "<" in rest or ">" in rest or len(_REFERENCE.findall(rest)) != rest.count("&"):
        return None
    return unescape(rest) if open_tags in ([], ["p"]) else None


def tree_paragraphs(root: html.HtmlElement) -> tuple[str, ...]:
    """The paragraphs of an element of an HTML tree, without the text that follows it."""
    return _lines("".join(_pieces(root)))


def visible_text(markup: str) -> str:
    """The visible text of an HTML fragment on one line: its paragraphs, a space between them."""
    if "<" not in markup and "&" not in markup:
        return one_line(markup)
    if not _FLAT.fullmatch(markup):
        return " ".join(paragraphs(markup))
    return one_line(unescape(_FLAT_TAG.sub("", _FLAT_BREAK.sub(" ", markup))))


def parse_html(text: str) -> html.HtmlElement | None:
    """The tree of an HTML text, ``None`` if there is nothing in it. Comments are dropped."""
    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True
    )
    try:
        return html.document_fromstring(storable(text).encode(), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def language_code(tag: str) -> str:
    """The ISO 639-1 code in a language tag ("en-GB" gives "en"), ``""`` where there is none."""
    found = re.match(r"\s*([a-zA-Z]{2,3})(?![a-zA-Z])", tag)
    if not found:
        return ""
    code = found[1].lower()
    return _LANGUAGES.get(code, code if len(code) == 2 else "")


def _lines(text: str) -> tuple[str, ...]:
    parts = (one_line(part) for part in re.split(r"\n[^\S\n]*\n\s*", text))
    return tuple(part for part in parts if part)


def _pieces(
    root: html.HtmlElement,
    blocks: frozenset[str] = _BLOCKS,
    unseen: frozenset[str] = _UNSEEN,
    line_break: str = "br",
) -> list[str]:
    """Texts in document order; white space made even, blocks and line breaks as line feeds."""
    pieces: list[str] = []
    hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        text = element.text if event == "start" else element.tail
        if event == "start":
            hidden += tag in unseen
        else:
            hidden -= tag in unseen
        if tag in blocks:
            pieces.append("\n\n")
        elif tag == line_break and event == "end":
            pieces.append("\n")
        if text and not hidden and (event == "start" or element is not root):
            pieces.append(re.sub(r"\s+", " ", text))
    return pieces
