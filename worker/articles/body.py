"""The body of an article, read from the page's tree in one pass, where the page makes it plain.

Newsrooms mark up alike: paragraphs in one container, what is no part of the story in elements that
say so. Where that holds, one look at each element finds the text in a tenth of the time a general
extractor takes. Where it does not, ``find_body`` says so and gives nothing.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
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
    "label", "math", "menu", "nav", "noscript", "object", "option", "picture", "script", "select", "style",
    "svg", "template", "textarea", "time", "video",
})  # fmt: skip
#: Of these, the ones that may be put round a whole page.
_WRAPPERS = frozenset({"form", "figure", "header", "section", "div", "span", "td", "table", "ul"})
_TRUSTED = frozenset({"body", "article", "main", "p"})
#: What stands for these between words.
_GAPS = {"br": "\n", "td": " ", "th": " "}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
#: Words in class and id of what never holds the story, whatever else is in it.
_OTHERS = re.compile(
    r"(?:^|[\s_-])(?:related|recirc\w*|recommend\w*|outbrain|taboola|comments?|comment-?list|disqus\w*|respond|newsletters?|teasers?|read-?more"
    r"|most-?(?:read|popular|viewed)|trending|jp-relatedposts|breadcrumbs?|nav|navigation|menu|footer|cookies?|consent|gdpr"
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
    r"|rating|feedback|disclaimer|kicker|eyebrow|category|categories|labels?)(?:$|[\s_-])",
    re.IGNORECASE,
)
#: Words in class, id and itemprop of what holds the story.
_STORY = re.compile(
    r"article-?_?-?(?:body|content|text|copy|main)|story-?_?-?(?:body|content|text|copy)|entry-?content|post-?(?:body|content|text|entry)|body-?(?:copy|content|text)"
    r"|content-?_?-?(?:body|article|text)|main-?_?-?(?:content|text|article)|news-?(?:text|body|content|detail)|articlebody|(?:^|\s)(?:article|story|entry|post)(?:$|\s)",
    re.IGNORECASE,
)
_CAPTION = re.compile(r"caption|photo-?credit|image-?credit", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_LETTERS = re.compile(r"[^\W\d_]")
_SENTENCE = re.compile(r"[.!?…:;。！？؟।][\"'”’»)\]]*$")
_LEAST = 250
#: A group of one paragraph is a teaser, unless it is longer than this.
_LONG_GROUP = 400
_FRONT_PAGE = 3
_PARAGRAPH = 60
_LONG_LINE = 80
#: Names of classes are read so far; so many odd wrappers of one page are looked into.
_LONGEST_NAME, _MOST_LOOKS = 300, 500
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(slots=True)
class _Block:
    """One line of text: how much of it are links, and the container it stands in."""

    text: str
    links: int
    tag: str
    at: int


class _Page:
    """What one pass over a page collects. A container is a number; ``parents`` leads upwards."""

    def __init__(self, tree: Any) -> None:
        self.blocks: list[_Block] = []
        self.parents: list[int] = []
        self.elements: list[Any] = []
        self._pieces: list[str] = []
        self._links = 0  # characters of the pieces that are links
        self._in_links = 0
        self._at = -1
        body = tree.find("body")
        top = tree if body is None else body
        self._long = _long_lines(top)
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
        return self._looks >= 0 and tag in _WRAPPERS and _holds_story(element, self._long)

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
                self.blocks.append(_Block(line, self._links, tag, self._at))
        self._links = 0


def find_body(tree: Any) -> tuple[tuple[str, ...], float]:
    """The paragraphs of the story in a page's tree and how sure that is, from 0 to 1."""
    page = _Page(tree)
    best = _container(page)
    if best is None:
        return (), 0.0
    inside = _inside(page, best)
    blocks = [block for block in page.blocks if inside[block.at]]
    lines = tuple(_kept(blocks))
    if sum(map(len, lines)) < _LEAST:
        return lines, 0.0
    return lines, _share(page, inside)


def _share(page: _Page, inside: Sequence[bool]) -> float:
    """How much of the page's text the story is, beside the largest group of paragraphs elsewhere.

    Teasers stand each in a group of their own; a story in two parts does not. A front page, where
    headings are links, has no story.
    """
    groups: dict[int, list[int]] = defaultdict(list)
    mine: list[int] = []
    teasers = 0
    for block in page.blocks:
        if inside[block.at]:
            teasers += _is_linked_heading(block)
        if _is_paragraph(block):
            (mine if inside[block.at] else groups[page.parents[block.at]]).append(len(block.text))
    if teasers >= _FRONT_PAGE and 2 * teasers >= len(mine):
        return 0.0
    others = [sum(group) for group in groups.values() if len(group) > 1 or group[0] > _LONG_GROUP]
    return sum(mine) / max(1, sum(mine) + max(others, default=0))


def _is_apart(element: Any, tag: str) -> bool:
    """Whether an element says of itself that it is no part of a story, or cannot be seen."""
    if tag in _NEVER:
        return True
    if tag in _TRUSTED:
        return False
    for key in ("class", "id"):
        name = element.get(key)
        if name and _says(name[:_LONGEST_NAME]):
            return True
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return style is not None and "display:none" in style.replace(" ", "")


@lru_cache(maxsize=20_000)
def _says(name: str) -> str:
    """What a class or id says of its element: "other", "apart" or nothing."""
    name = _CAMEL.sub("-", name)
    if _STORY.search(name):
        return ""
    return "other" if _OTHERS.search(name) else "apart" if _APART.search(name) else ""


def _holds_story(element: Any, long: int) -> bool:
    """Whether most long lines of the page are in an element: then it only has an odd name."""
    if any(_says((element.get(key) or "")[:_LONGEST_NAME]) == "other" for key in ("class", "id")):
        return False
    return 2 * _long_lines(element) > long


def _long_lines(element: Any) -> int:
    count = 0
    for part in element.iter("p", "br"):
        text = part.text if part.tag == "p" else part.tail
        count += text is not None and len(text) > _LONG_LINE
    return count


def _is_paragraph(block: _Block) -> bool:
    return len(block.text) >= _PARAGRAPH and block.links < len(block.text) / 3


def _is_linked_heading(block: _Block) -> bool:
    return block.tag in _HEADINGS and block.links > len(block.text) / 2


def _container(page: _Page) -> int | None:
    """The container with the most paragraphs close above them.

    One paragraph under a heading that is a link is a teaser, and counts for nothing.
    """
    scores: dict[int, float] = defaultdict(float)
    paragraphs = [block for block in page.blocks if _is_paragraph(block)]
    groups = Counter(page.parents[block.at] for block in paragraphs)
    linked = {page.parents[block.at] for block in page.blocks if _is_linked_heading(block)}
    for block in paragraphs:
        worth = len(block.text) * (1.0 if _SENTENCE.search(block.text) else 0.5)
        group = page.parents[block.at]
        if groups[group] == 1 and group in linked:
            continue
        at = block.at if block.tag not in {"p", "pre"} else page.parents[block.at]
        for share in (1.0, 0.8, 0.6, 0.4, 0.2):
            if at < 0:
                break
            element = page.elements[at]
            scores[at] += worth * share
            at = page.parents[at]
    for at in scores:
        element = page.elements[at]
        names = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
        if _STORY.search(names):
            scores[at] *= 1.3
        elif element.tag == "article":
            scores[at] *= 1.2
    return max(scores, key=lambda at: scores[at], default=None)


def _inside(page: _Page, container: int) -> list[bool]:
    inside = [False] * len(page.parents)
    for at, parent in enumerate(page.parents):
        inside[at] = at == container or (parent >= 0 and inside[parent])
    return inside


def _kept(blocks: Sequence[_Block]) -> Iterator[str]:
    """The lines of the story: no lists of links, no headline, no headings without a text below."""
    held: list[str] = []
    begun = False
    for block in blocks:
        if block.links > len(block.text) * _link_share(block):
            continue
        if not _LETTERS.search(block.text):
            continue
        if block.tag in _HEADINGS:
            if begun or block.tag != "h1":
                held.append(block.text)
            continue
        begun = True
        yield from held
        held.clear()
        yield block.text


def _link_share(block: _Block) -> float:
    """How much of a line may be links: more of a sentence than of a list's entry."""
    is_prose = block.tag in {"p", "li"} and len(block.text) >= _PARAGRAPH
    return 0.8 if is_prose and _SENTENCE.search(block.text) else 0.5
