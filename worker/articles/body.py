"""The body of an article, read from the page's tree in one pass, where the page makes it plain.

Newsrooms mark up alike: paragraphs in one container, what is no part of the story in elements that
say so. Where that holds, one look at each element finds the text in a tenth of the time a general
extractor takes. Where it does not, ``find_body`` says so and gives nothing.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from worker.articles.blocks import HEADINGS, LONG_LINE, STORY, Block, PageBlocks

#: Words in class and id of what leads into a story that stands in a container of its own.
_LEAD = re.compile(
    r"(?:^|[\s_-])(?:intro|introduction|lead|leadin|lede|standfirst|vorspann|perex|excerpt|dek|deck|chapo|chapeau|entradilla|bajada|subheadline|abstract|anons|лид)"
    r"(?:[\s_-]?text)?(?:$|[\s_-])|[a-z](?:Intro|Lead|Standfirst|Excerpt|Dek)(?:Text)?\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]")
_SENTENCE = re.compile(r"[.!?…:;。！？؟।][\"'”’»)\]]*$")
_LEAST = 500
#: A group of one paragraph is a teaser, unless it is longer than this.
_LONG_GROUP = 400
_FRONT_PAGE = 3
_PARAGRAPH = 60
_MOST_LEADS = 3
_MOST_UP = 4


def find_body(tree: Any) -> tuple[tuple[str, ...], float]:
    """The paragraphs of the story in a page's tree and how sure that is, from 0 to 1."""
    page = PageBlocks(tree)
    best = _container(page)
    if best is None:
        return (), 0.0
    inside = _inside(page, best)
    blocks = [*_leads(page, best, inside), *(one for one in page.blocks if inside[one.at])]
    lines = tuple(_kept(blocks))
    if sum(map(len, lines)) < _LEAST or not _is_main(page, blocks):
        return lines, 0.0
    return lines, _share(page, inside)


def _leads(page: PageBlocks, story: int, inside: Sequence[bool]) -> list[Block]:
    """What leads into the story from a container of its own, within the same article."""
    first = next(at for at, block in enumerate(page.blocks) if inside[block.at])
    above = set(_above(page, story))
    found = []
    for block in page.blocks[:first]:
        if len(block.text) >= _PARAGRAPH / 2 and block.links < len(block.text) / 3:
            path = _path(page, block.at, above)
            if any(_LEAD.search(f"{e.get('class') or ''} {e.get('id') or ''}") for e in path):
                found.append(block)
    return found[-_MOST_LEADS:]


def _above(page: PageBlocks, container: int) -> Iterator[int]:
    """The containers above one, up to the article; without one, the next three."""
    for _ in range(_MOST_UP):
        container = page.parents[container]
        if container < 0 or page.elements[container].tag == "body":
            return
        yield container
        if page.elements[container].tag in {"article", "main"}:
            return


def _path(page: PageBlocks, at: int, above: set[int]) -> list[Any]:
    """The elements from a block up to one of these containers, none if it is not in them."""
    path: list[Any] = []
    while at >= 0:
        if at in above:
            return path
        path.append(page.elements[at])
        at = page.parents[at]
    return []


def _is_main(page: PageBlocks, story: Sequence[Block]) -> bool:
    """Whether most long lines of the page, those left out unnamed too, and most words are the story's."""
    long = sum(len(block.text) > LONG_LINE for block in story)
    mine = sum(len(block.text) - block.links for block in story)
    words = sum(len(block.text) - block.links for block in page.blocks)
    return 2 * long >= page.long_lines - page.others_lines and 2 * mine >= words


def _share(page: PageBlocks, inside: Sequence[bool]) -> float:
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


def _is_paragraph(block: Block) -> bool:
    return len(block.text) >= _PARAGRAPH and block.links < len(block.text) / 3


def _is_linked_heading(block: Block) -> bool:
    return block.tag in HEADINGS and block.links > len(block.text) / 2


def _container(page: PageBlocks) -> int | None:
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
        if STORY.search(names):
            scores[at] *= 1.3
        elif element.tag == "article":
            scores[at] *= 1.2
    return max(scores, key=lambda at: scores[at], default=None)


def _inside(page: PageBlocks, story: int) -> list[bool]:
    """Which containers are the story's: it, those in it, and its like beside it.

    A story with pictures or advertisements between may stand in several containers of one name.
    """
    element = page.elements[story]
    alike = (element.tag, element.get("class")) if element.get("class") else None
    above = set(_above(page, story))
    inside = [False] * len(page.parents)
    for at, parent in enumerate(page.parents):
        other = page.elements[at]
        inside[at] = at == story or (parent >= 0 and inside[parent])
        if alike and not inside[at] and (other.tag, other.get("class")) == alike:
            inside[at] = parent in above or (parent >= 0 and page.parents[parent] in above)
    return inside


def _kept(blocks: Sequence[Block]) -> Iterator[str]:
    """The lines of the story: no lists of links, no headings without a text below."""
    held: list[str] = []
    for block in blocks:
        if block.links > len(block.text) * _link_share(block):
            continue
        if not _LETTERS.search(block.text):
            continue
        if block.tag in HEADINGS:
            held.append(block.text)
            continue
        yield from held
        held.clear()
        yield block.text


def _link_share(block: Block) -> float:
    """How much of a line may be links: more of a sentence than of a list's entry."""
    is_prose = block.tag in {"p", "li"} and len(block.text) >= _PARAGRAPH
    return 0.8 if is_prose and _SENTENCE.search(block.text) else 0.5
