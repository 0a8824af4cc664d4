"""A web page's bytes to a tree and the paragraphs of its story."""

import re
from itertools import islice
from typing import Any

import trafilatura
from lxml import etree

from worker.articles.body import find_body
from worker.articles.captions import take_captions
from worker.charset import charset_of, decode
from worker.markup import one_line, parse_html, storable, tree_paragraphs

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*+[\"']?\s*+([\w.:-]+)", re.IGNORECASE)
#: Larger pages are cut: no article is longer, and a parser's memory is many times the page's.
_MOST_CHARACTERS = 8_000_000
#: No article's page has more elements; beyond them a page is cut, for extraction takes 0.2 ms each.
_MOST_ELEMENTS = 20_000
#: With more blocks of text than this, only the first of the algorithms is asked: others compare each with all.
_MOST_BLOCKS = 6_000
_BLOCKS = (
    "p", "div", "li", "td", "th", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "caption",
    "legend", "option", "textarea", "center", "form", "br",
)  # fmt: skip
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))
#: Pictures, archives and films have more of these than this share among their first characters.
_HEAD, _NOISE = 4096, 0.05
_WITHOUT_CONTROLS = dict.fromkeys(_CONTROLS)
#: How sure the fast way has to be of what it found.
_SURE = 0.85
#: Less text than this, or than this share of what was seen, is looked for again.
_LITTLE, _LEAST_SHARE = 250, 0.7


class NoArticle(ValueError):  # noqa: N818 - says what it means without a suffix
    """A page has no readable text; the message is one line that says why."""


def page_text(html: bytes | str, content_type: str = "") -> bytes:
    """A page as UTF-8. Raises NoArticle when it is empty or no page at all.

    Bytes are decoded by what they are rather than by what they are declared to be.
    """
    if isinstance(html, bytes):
        found = _META_CHARSET.search(html[:4096])
        html = decode(html, (charset_of(content_type), found[1].decode() if found else "")).text
    text = html[:_MOST_CHARACTERS].encode("utf-8", "replace").translate(None, _CONTROLS)
    if not text.strip():
        raise NoArticle("the page is empty")
    if b"<" not in text or text.startswith(b"%PDF") or _is_noise(html[:_HEAD]):
        raise NoArticle("this is not a web page")
    return text


def _is_noise(head: str) -> bool:
    """Whether this is something else, whatever its server declared it to be."""
    return len(head) - len(head.translate(_WITHOUT_CONTROLS)) > _NOISE * len(head)


def page_tree(text: bytes) -> Any:
    """The tree of a page. Raises NoArticle if there is nothing in it."""
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True
    )
    try:
        tree = etree.fromstring(text, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        tree = None
    if tree is None:
        raise NoArticle("the page is empty")
    return _cut(tree)


def page_story(
    tree: Any, text: bytes, url: str
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The paragraphs, captions and photo credits of a page; its tree loses the latter two.

    Where the tree does not make it plain what the story is, trafilatura reads the text.
    """
    captions, credits_ = take_captions(tree)
    lines, sure = find_body(tree)
    if sure >= _SURE:
        return lines, captions, credits_
    return _careful_story(text, url, sum(map(len, lines)))


def _careful_story(
    text: bytes, url: str, seen: int
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The same by trafilatura; ``seen`` characters of text are known to be there.

    Its other algorithms, which take as long again, are asked only if its first finds less.
    """
    tree = _careful_tree(text)
    if tree is None:
        return (), (), ()
    captions, credits_ = take_captions(tree)
    lines = _extracted(tree, url, fast=True)
    if sum(map(len, lines)) < max(_LITTLE, _LEAST_SHARE * seen) and not _is_vast(tree):
        lines = max(lines, _extracted(tree, url, fast=False), key=lambda one: sum(map(len, one)))
    return lines, captions, credits_


def _careful_tree(text: bytes) -> Any:
    page = text.decode("utf-8", "replace")
    try:
        tree = trafilatura.load_html(page)
    except (etree.LxmlError, ValueError, TypeError, AssertionError):
        tree = None
    if tree is None:
        tree = parse_html(page)
    return None if tree is None else _cut(tree)


def _extracted(tree: Any, url: str, *, fast: bool) -> tuple[str, ...]:
    try:
        document: Any = trafilatura.bare_extraction(
            tree,
            url=url or None,
            fast=fast,
            favor_precision=True,
            include_comments=False,
            with_metadata=False,
        )
    except Exception as error:
        reason = one_line(str(error))[:120] or type(error).__name__
        raise NoArticle(f"the page cannot be read: {reason}") from error
    return () if document is None or document.body is None else _body_paragraphs(document.body)


def _cut(tree: Any) -> Any:
    for element in list(islice(tree.iter(), _MOST_ELEMENTS, None)):
        element.getparent().remove(element)
    return tree


def _is_vast(tree: Any) -> bool:
    texts = (f"{element.text or ''}{element.tail or ''}" for element in tree.iter(*_BLOCKS))
    return sum(not text.isspace() and text != "" for text in texts) > _MOST_BLOCKS


def _body_paragraphs(body: Any) -> tuple[str, ...]:
    """The paragraphs of trafilatura's own XML, turned back to the HTML it stands for."""
    names = {
        "head": "h2",
        "item": "li",
        "quote": "blockquote",
        "row": "tr",
        "list": "ul",
        "lb": "br",
        "cell": "span",
    }
    for element in body.iter():
        if element.tag == "cell":
            element.tail = f" {element.tail or ''}"
        if element.tag in names:  # others may have names that the parser lets in and nobody may set
            element.tag = names[element.tag]
    return tuple(map(storable, tree_paragraphs(body)))
