"""Captions and photo credits of a page, taken out of its tree."""

import re
from functools import lru_cache
from typing import Any

from worker.articles.furniture import is_notice
from worker.articles.marks import split_credit
from worker.markup import one_line, tree_paragraphs

_CAPTION = re.compile(
    r"(?:^|[\s_-])(?:(?:fig)?caption(?:[\s_-]?text)?|bildunterschrift|(?:img|image|photo)-?_?(?:meta(?:data)?|desc(?:ription)?|text|legend)|legend)(?:$|[\s_-])"
    r"|[a-z]Caption\b",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"(?:^|[\s_-])(?:photo|image|img|media|picture)?[\s_-]?(?:credit|copyright|photographer)s?(?:$|[\s_-])"
    r"|[a-z](?:Credit|Copyright)\b"
)
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:related|recommend(?:ed|ations?)?|teasers?|promo|sidebar|most-?read|newsletter)(?:$|[\s_-])",
    re.IGNORECASE,
)
_MARKED = ("figcaption", "p", "div", "span", "dd", "small", "cite", "li")
_ELSEWHERE_TAGS = frozenset({"a", "aside", "footer", "nav", "header"})
#: What players and pages for the blind put before a caption, and what advertisements are marked with.
_LABEL = re.compile(
    r"^(?:(?:image|media|photo) caption\s*:?\s*|image copyright\s*|advertisement$|anzeige$|publicité$|реклама$)",
    re.IGNORECASE,
)
_LONGEST_CAPTION = 600
_LONGEST_CREDIT = 160
_MOST = 30
#: Of elements that may be captions, so many are looked at.
_MOST_MARKED = 500
#: Names of classes are read so far.
_LONGEST_NAME = 300


def take_captions(tree: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove captions and photo credits from an HTML tree; give their texts, in document order.

    Those of teasers and other furniture round the article are removed and not given.
    """
    marked = [
        each
        for each in tree.iter(*_MARKED)
        if each.tag == "figcaption"
        or ((name := each.get("class")) and _kind_of(name[:_LONGEST_NAME]))
    ]
    marked = marked[:_MOST_MARKED]
    credits_ = [_take(each, _LONGEST_CREDIT) for each in marked if _is_credit(each)]
    captions: list[str] = []
    for element in marked:
        if _is_caption(element):
            caption, credit = split_credit(_take(element, _LONGEST_CAPTION))
            captions.append("" if is_notice(caption) else caption)
            credits_.append(credit)
    return _distinct(captions), _distinct(credits_)


def _distinct(texts: list[str]) -> tuple[str, ...]:
    """The texts that are no part of another, in order."""
    unique = [text for text in dict.fromkeys(texts) if text][: 2 * _MOST]
    kept = (one for one in unique if not any(one != other and one in other for other in unique))
    return tuple(kept)[:_MOST]


def _kind(element: Any) -> str:
    """What an element's tag and class may make it: "caption", "credit" or nothing."""
    if element.tag == "figcaption":
        return "caption"
    name = element.get("class")
    return _kind_of(name[:_LONGEST_NAME]) if name else ""


@lru_cache(maxsize=20_000)
def _kind_of(name: str) -> str:
    if _CREDIT.search(name):
        return "credit and caption" if _CAPTION.search(name) else "credit"
    return "caption" if _CAPTION.search(name) else ""


def _is_caption(element: Any) -> bool:
    if element.tag == "figcaption":
        return True
    marked = element.tag in {"p", "div", "span", "dd", "small"}
    return marked and "caption" in _kind(element) and _is_leaf(element)


def _is_credit(element: Any) -> bool:
    if element.tag not in {"p", "div", "span", "small", "cite", "li"}:
        return False
    if "credit" not in _kind(element) or not _is_leaf(element):
        return False
    return any(parent.tag in {"figure", "figcaption"} or _CAPTION.search(parent.get("class") or "")
               for parent in element.iterancestors())  # fmt: skip


def _is_leaf(element: Any) -> bool:
    """Whether an element holds words and no pictures: a wrapper of both is no caption itself."""
    return next(element.iter("img", "picture", "article", "h1", "video", "iframe"), None) is None


def _take(element: Any, longest: int) -> str:
    """Remove an element that is short enough; its text, ``""`` if it belongs to a teaser."""
    if element.getparent() is None:
        return ""
    text = _LABEL.sub("", one_line(" ".join(tree_paragraphs(element))))
    if len(text) > longest:
        return ""
    elsewhere = _is_elsewhere(element)
    _drop(element)
    return "" if elsewhere else text


def _drop(element: Any) -> None:
    """Remove an element, but not the text behind it."""
    parent, before = element.getparent(), element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _is_elsewhere(element: Any) -> bool:
    return any(
        parent.tag in _ELSEWHERE_TAGS or _ELSEWHERE.search(parent.get("class") or "")
        for parent in element.iterancestors()
        if parent.tag not in {"body", "html"}
    )
