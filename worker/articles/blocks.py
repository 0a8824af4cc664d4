"""The lines of a page with the containers they stand in, read from its tree in one pass.

What says of itself, by its tag, class or id, that it is no part of a story is left out.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

from worker.markup import one_line

#: Elements that end a line of text; what they hold is a paragraph of its own.
_BLOCKS = frozenset({
    "address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "thead", "tr", "ul",
})  # fmt: skip
#: Elements that never hold text of a story.
_NEVER = frozenset({
    "aside", "audio", "button", "canvas", "dialog", "embed", "figure", "footer", "form", "head", "iframe", "input",
    "label", "math", "menu", "nav", "noscript", "object", "option", "picture", "rp", "rt", "script", "select", "style",
    "svg", "template", "textarea", "time", "video",
})  # fmt: skip
#: Of these, the ones that may be put round a whole page.
_WRAPPERS = frozenset({"form", "figure", "header", "section", "div", "span", "td", "table", "ul"})
_TRUSTED = frozenset({"body", "article", "main", "p"})
_PAGES = frozenset({"body", "main"})
#: What stands for these between words.
_GAPS = {"br": "\n", "td": " ", "th": " "}
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
#: Words in class and id of what never holds the story, whatever else is in it.
_OTHERS = re.compile(
    r"(?:^|[\s_-])(?:related|recirc\w*|recommend\w*|outbrain|taboola|comments?|comment-?list|disqus\w*|respond|newsletters?|teasers?|read-?more"
    r"|most-?(?:read|popular|viewed)|trending|jp-relatedposts|references|footnotes?|bibliography|breadcrumbs?|nav|navigation|menu|footer|cookies?|consent|gdpr"
    r"|more-(?:on|from|news|stories))(?:$|[\s_-])",
    re.IGNORECASE,
)
#: Words that say an element is no part of the story, unless most of the page's text is in it.
_APART = re.compile(
    r"(?:^|[\s_-])(?:share|sharing|shares|sharebar|social|socials|follow|subscri\w*|sign-?up|promos?|promoted|sidebar|side-?bar|ads?|adverts?|advertis\w*"
    r"|adsbygoogle|dfp|sponsor\w*|tags?|tag-?list|topics?-?list|keywords|author-?bio|about-?author|author-?box|bio|byline\w*|authors?|(?:post-?|entry-?|article-?)?meta"
    r"|timestamp|pub-?date|date|datetime|published|captions?|wp-caption\w*|credits?|copyright|widgets?|popular|popup|modal|overlay|paywall|hidden|hide"
    r"|visually-?hidden|sr-only|screen-reader\w*|noprint|toc|see-?also|inline-?(?:related|promo|link)|pull-?quotes?|pullquote\w*|gallery|slideshow|carousel"
    r"|player|toolbar|tools|toolbox|utility|pagination|pager|(?:next|prev(?:ious)?)-?(?:post|article|prev)?|foot|print-?only|donat\w*|membership|login|register"
    r"|ratings?|post-?ratings?|feedback|disclaimer|kicker|eyebrow|category|categories|labels?)(?:$|[\s_-])",
    re.IGNORECASE,
)
#: Words in class, id and itemprop of what holds the story.
STORY = re.compile(
    r"article-?_?-?(?:body|content|text|copy|main)|story-?_?-?(?:body|content|text|copy)|entry-?content|post-?(?:body|content|text|entry)|body-?(?:copy|content|text)"
    r"|content-?_?-?(?:body|article|text)|main-?_?-?(?:content|text|article)|news-?(?:text|body|content|detail)|articlebody|(?:^|\s)(?:article|story|entry|post)(?:$|\s)",
    re.IGNORECASE,
)
_SPACES = re.compile(r"\s+")
LONG_LINE = 80
#: Names of classes are read so far; so many odd wrappers of one page are looked into.
_LONGEST_NAME, _MOST_LOOKS = 300, 500
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(slots=True)
class Block:
    """One line of text: how much of it are links, and the container it stands in."""

    text: str
    links: int
    tag: str
    at: int


class PageBlocks:
    """What one pass over a page collects. A container is a number; ``parents`` leads upwards."""

    def __init__(self, tree: Any) -> None:
        self.blocks: list[Block] = []
        self.parents: list[int] = []
        self.elements: list[Any] = []
        self._pieces: list[str] = []
        self._links = 0  # characters of the pieces that are links
        self._in_links = 0
        self._at = -1
        body = tree.find("body")
        top = tree if body is None else body
        if top.tag not in _BLOCKS:  # text of a page without a body stands in it nevertheless
            self.parents.append(-1)
            self.elements.append(top)
            self._at = 0
        self.long_lines = _long_lines(top)
        self.others_lines = 0
        self._looks = _MOST_LOOKS
        walk = etree.iterwalk(top, events=("start", "end"))
        for event, element in walk:
            if event == "end":
                self._leave(element)
            elif not self._enter(element):
                walk.skip_subtree()
        self._end_line()

    def _enter(self, element: Any) -> bool:
        """Begin an element; whether what is in it counts."""
        tag = element.tag
        if tag in _BLOCKS:
            self._end_line()
            self.parents.append(self._at)
            self.elements.append(element)
            self._at = len(self.parents) - 1
        elif tag == "a":
            self._in_links += 1
        elif tag in _GAPS:
            self._pieces.append(_GAPS[tag])
        if _is_apart(element, tag) and not self._is_wrapper(element, tag):
            if _is_other(element):
                self.others_lines += _long_lines(element)
            return False
        self._add(element.text)
        return True

    def _leave(self, element: Any) -> None:
        tag = element.tag
        if tag in _BLOCKS:
            self._end_line()
            self._at = self.parents[self._at]
        elif tag == "a":
            self._in_links -= 1
        self._add(element.tail)

    def _is_wrapper(self, element: Any, tag: str) -> bool:
        self._looks -= 1
        return self._looks >= 0 and tag in _WRAPPERS and _holds_story(element, self.long_lines)

    def _add(self, text: str | None) -> None:
        if not text:
            return
        if text.isspace():
            if self._pieces:
                self._pieces.append(" ")
            return
        clean = _SPACES.sub(" ", text)
        self._pieces.append(clean)
        if self._in_links:
            self._links += len(clean)

    def _end_line(self) -> None:
        if not self._pieces:
            return
        text = "".join(self._pieces)
        self._pieces.clear()
        for part in text.split("\n\n") if "\n\n" in text else (text,):
            line = one_line(part)
            if line:
                tag = self.elements[self._at].tag
                self.blocks.append(Block(line, self._links, tag, self._at))
        self._links = 0


def _is_apart(element: Any, tag: str) -> bool:
    """Whether an element says of itself that it is no part of a story, or cannot be seen."""
    if tag in _NEVER:
        return True
    for key in ("class",) if tag in HEADINGS else ("class", "id"):
        name = element.get(key)
        says = _says(name[:_LONGEST_NAME]) if name else ""
        if says == "other" or (says and tag not in _TRUSTED):
            return tag not in _PAGES
    if tag in _TRUSTED:
        return False
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return style is not None and "display:none" in style.replace(" ", "")


@lru_cache(maxsize=20_000)
def _says(name: str) -> str:
    """What a class or id says of its element: "other", "apart" or nothing."""
    name = _CAMEL.sub("-", name)
    if STORY.search(name):
        return ""
    return "other" if _OTHERS.search(name) else "apart" if _APART.search(name) else ""


def _is_other(element: Any) -> bool:
    """Whether an element says that it holds other texts: comments, teasers, menus."""
    return any(
        _says((element.get(key) or "")[:_LONGEST_NAME]) == "other" for key in ("class", "id")
    )


def _holds_story(element: Any, long: int) -> bool:
    """Whether most long lines of the page are in an element: then it only has an odd name."""
    return not _is_other(element) and 2 * _long_lines(element) > long


def _long_lines(element: Any) -> int:
    count = 0
    for part in element.iter("p", "br"):
        text = part.text if part.tag == "p" else part.tail
        count += text is not None and len(text) > LONG_LINE
    return count
