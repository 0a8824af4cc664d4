"""docs/query-language.md promises results; each promise is kept."""

import re
from pathlib import Path

import pytest

from worker.model import Article, Entity, Kind, Mention, Watch
from worker.watches.groups import GROUPS, members, names
from worker.watches.matcher import Matcher
from worker.watches.query import QueryError, parse_query
from worker.watches.resolve import resolve_query
from worker.watches.topics import find_topics

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "query-language.md").read_text(encoding="utf-8")

KNOWN = (
    Entity(
        kind=Kind.PERSON,
        key="person:vladimir-putin",
        name="Vladimir Putin",
        aliases=("Putin", "Владимир Путин", "Путин"),
    ),
    Entity(kind=Kind.PERSON, key="person:xi-jinping", name="Xi Jinping"),
    Entity(
        kind=Kind.PERSON,
        key="person:volodymyr-zelenskyy",
        name="Volodymyr Zelenskyy",
        aliases=("Zelensky",),
    ),
    Entity(kind=Kind.COUNTRY, key="UA", name="Ukraine", aliases=("Україна",)),
)


def find(kind: Kind, name: str) -> Entity | None:
    """A gazetteer of the entities the page speaks of."""
    return next(
        (known for known in KNOWN if known.kind == kind and name in {known.name, *known.aliases}),
        None,
    )


def rows(header: str) -> list[list[str]]:
    """The cells of the page's table with this header."""
    table = PAGE.split(f"| {header} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table]


def code(cell: str) -> str:
    """What stands between backticks."""
    found = re.fullmatch(r"`(.+)`", cell)
    assert found, cell
    return found.group(1)


def mention(tag: str) -> Mention:
    """A tag of the page as a mention."""
    field, _, value = tag.partition(":")
    kind = {"org": Kind.ORGANIZATION}.get(field) or Kind(field)
    known = find(kind, value)
    key = known.key if known else value
    if kind is Kind.TOPIC:
        (key,) = find_topics(value)
    return Mention(kind=kind, key=key, name=value, count=1, salience=0.5, in_title=False)


def articles() -> dict[str, tuple[Article, str, list[Mention]]]:
    """The page's articles by letter, each with its feed and its mentions."""
    header = "Article | Headline | Text | Language | Outlet | Feed | Tags"
    return {
        letter: (
            Article(title=title, text=text, language=language, outlet=outlet),
            feed,
            [mention(tag) for tag in tags.split(", ")],
        )
        for letter, title, text, language, outlet, feed, tags in rows(header)
    }


def test_every_example_finds_what_the_page_says() -> None:
    """At least twenty examples, each run over the page's six articles by the real matcher."""
    examples = [(code(query), found) for query, found, _ in rows("Query | Finds | Because")]
    assert len(examples) >= 20
    watches = [
        Watch(id=number, name=query, query=query) for number, (query, _) in enumerate(examples)
    ]
    matcher = Matcher(watches, find)
    assert matcher.problems == {}
    hits: dict[int, list[str]] = {watch.id: [] for watch in watches}
    for letter, (article, feed, mentions) in articles().items():
        for match in matcher.match(article, mentions, feed_name=feed):
            hits[match.watch_id].append(letter)
    assert dict(examples) == {watch.query: ", ".join(hits[watch.id]) or "none" for watch in watches}


@pytest.mark.parametrize(("query", "message"), rows("Query | Message"))
def test_every_mistake_is_told_as_the_page_says(query: str, message: str) -> None:
    """The page's messages are the ones users see."""
    with pytest.raises(QueryError) as caught:
        resolve_query(parse_query(code(query)), find)
    assert message == caught.value.message


def test_the_page_on_groups_shows_all_of_them() -> None:
    """Each group with its names and members, as the matcher knows them."""
    page = (DOCS / "country-groups.md").read_text(encoding="utf-8")
    shown = [line for line in page.splitlines() if line.startswith("| ")][1:]
    assert shown == [
        f"| {group} | {', '.join(names(group))} | {' '.join(members(group))} |" for group in GROUPS
    ]


def test_the_picture_of_a_mistake_is_the_real_one() -> None:
    """The block on the page is what pretty() prints."""
    block = re.search(r"right:\n\n((?:    .*\n)+)", PAGE)
    assert block
    shown = [line[4:] for line in block.group(1).splitlines()]
    with pytest.raises(QueryError) as caught:
        parse_query(shown[0])
    assert shown == caught.value.pretty().splitlines()
