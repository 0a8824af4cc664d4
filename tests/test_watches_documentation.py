"""docs/query-language.md promises results; each promise is kept."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.durations import parse_duration
from worker.model import Article, Entity, Kind, Mention, Watch
from worker.watches.context import Context
from worker.watches.groups import GROUPS, members, names
from worker.watches.matcher import Matcher
from worker.watches.query import QueryError, parse_query
from worker.watches.resolve import read_query
from worker.watches.topics import find_topics

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "query-language.md").read_text(encoding="utf-8")

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
_ARTICLES = "Article | Headline | Text | Language | Outlet | Feed | Mentions"
_FACTS = "Of article | Author | Address | Tags of its feed | Published | Outlets of its story"

KNOWN = (
    Entity(
        kind=Kind.PERSON,
        key="person:vladimir-putin",
        name="Vladimir Putin",
        aliases=("Putin", "Владимир Путин", "Путин"),
    ),
    Entity(kind=Kind.PERSON, key="person:xi-jinping", name="Xi Jinping", aliases=("Xi",)),
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
    """What stands between backticks; a | is escaped in a table."""
    found = re.fullmatch(r"`(.+)`", cell)
    assert found, cell
    return found.group(1).replace("\\|", "|")


def mention(tag: str, article: Article) -> Mention:
    """A mention of the page, as ``person:Vladimir Putin 0.8``, with its places in the article."""
    field, _, value = tag.partition(":")
    value, _, salience = value.rpartition(" ")
    kind = {"org": Kind.ORGANIZATION}.get(field) or Kind(field)
    known = find(kind, value)
    key = known.key if known else value
    if kind is Kind.TOPIC:
        (key,) = find_topics(value)
    names = sorted((known.name, *known.aliases) if known else (value,), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, names)))
    spans = tuple(hit.span() for hit in pattern.finditer(article.text))
    title_spans = tuple(hit.span() for hit in pattern.finditer(article.title))
    return Mention(
        kind=kind,
        key=key,
        name=value,
        count=len(spans) + len(title_spans) or 1,
        salience=float(salience),
        in_title=bool(title_spans),
        spans=spans,
        title_spans=title_spans,
    )


def looked_at() -> dict[str, tuple[Article, list[Mention], Context]]:
    """The page's articles by letter, each with its mentions and what else is known of it."""
    facts = {letter: rest for letter, *rest in rows(_FACTS)}
    found = {}
    for letter, title, text, language, outlet, feed, tags in rows(_ARTICLES):
        author, url, feed_tags, ago, outlets = facts[letter]
        age = parse_duration(ago.removesuffix(" ago"))
        assert age
        article = Article(
            title=title,
            text=text,
            language=language,
            outlet=outlet,
            url=url,
            authors=(author,) if author != "none" else (),
            published=NOW - age,
        )
        context = Context(
            feed_name=feed, tags=tuple(feed_tags.split(", ")), outlets=int(outlets), now=NOW
        )
        found[letter] = article, [mention(tag, article) for tag in tags.split(", ")], context
    return found


def test_every_example_finds_what_the_page_says() -> None:
    """At least forty examples, each run over the page's six articles by the real matcher."""
    examples = [(code(query), found) for query, found, _ in rows("Query | Finds | Because")]
    assert len(examples) >= 40
    watches = [
        Watch(id=number, name=query, query=query) for number, (query, _) in enumerate(examples)
    ]
    matcher = Matcher(watches, find)
    assert matcher.problems == {}
    hits: dict[int, list[str]] = {watch.id: [] for watch in watches}
    for letter, (article, mentions, context) in looked_at().items():
        for match in matcher.match(article, mentions, context=context):
            hits[match.watch_id].append(letter)
    assert dict(examples) == {watch.query: ", ".join(hits[watch.id]) or "none" for watch in watches}


@pytest.mark.parametrize(("query", "message"), rows("Query | Message"))
def test_every_mistake_is_told_as_the_page_says(query: str, message: str) -> None:
    """The page's messages are the ones users see."""
    with pytest.raises(QueryError) as caught:
        read_query(code(query), find)
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
