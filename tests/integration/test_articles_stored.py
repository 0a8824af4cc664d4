"""What pages say of their articles, and what their hosts repeat, from the page to `items show`."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from worker.jobs import tagging, workplace
from worker.model import Article, Entry, Form, ItemState, Page
from worker.queue import Queues
from worker.settings import Settings
from worker.store import feeds, items, lines, work
from worker.store.articles import load_articles, load_mentions
from worker.store.engine import run
from worker.store.items import NewItem

FOOTER = "Portville's best read since 1902, every morning"
WORDS = [
    "harbour",
    "council",
    "ferry",
    "vote",
    "winter",
    "quay",
    "pilot",
    "cable",
    "storm",
    "lamp",
    "mayor",
    "budget",
    "engine",
]
HEAD = """<meta property="og:title" content="Ferry {n}"><meta property="article:section" content="World">
<meta property="og:image" content="/{n}.jpg"><link rel="canonical" href="https://courier.example/f/{n}">
<meta property="article:content_tier" content="locked">
<meta property="article:published_time" content="2026-03-02T09:15:00+01:00">"""
FIGURE = "<figure><figcaption>Captain Olga Brand at the quay in Danang.</figcaption></figure>"


def page(number: int) -> bytes:
    """A page with a text of its own, and the footer that all of them have."""
    rng = random.Random(number)
    own = "".join(f"<p>{' '.join(rng.choices(WORDS, k=25)).capitalize()}.</p>" for _ in range(5))
    return (
        f"<html><head>{HEAD.format(n=number)}</head><body><article>{FIGURE}{own}"
        f"<p>{FOOTER}</p></article></body></html>"
    ).encode()


@pytest.fixture
def read(
    engine: Engine, settings: Settings, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int], list[Article]]:
    """Has so many pages of one host stored and tagged; gives their articles in order."""
    with engine.begin() as connection:
        feed_id = feeds.put_feed(connection, name="courier", url="https://courier.example/feed")
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(settings))

    def tagged(count: int) -> list[Article]:
        new = [
            NewItem(
                identity=f"guid:{n}",
                fingerprint=f"{n}",
                entry=Entry(url=f"https://courier.example/f/{n}", title=f"Ferry {n}"),
                state=ItemState.FETCHED,
            )
            for n in range(count)
        ]
        with engine.begin() as connection:
            ids = [owed.id for owed in items.insert_items(connection, {feed_id: new})[feed_id]]
            for number, item_id in enumerate(ids):
                url = f"https://courier.example/f/{number}"
                work.save_page(connection, Page(item_id=item_id, url=url, html=page(number)))
        tagging.tag_items(ids)
        with engine.connect() as connection:
            found = load_articles(connection, ids)
        return [found[item_id] for item_id in ids]

    return tagged


def test_what_a_page_says_is_stored(engine: Engine, read: Callable[[int], list[Article]]) -> None:
    """Section, addresses, form, wall, times, captions, and mentions in captions alone."""
    (article,) = read(1)
    assert (article.section, article.form, article.walled) == ("World", Form.ARTICLE, True)
    assert article.canonical == "https://courier.example/f/0"
    assert article.image == "https://courier.example/0.jpg"
    assert article.published == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert article.captions == ("Captain Olga Brand at the quay in Danang.",)
    with engine.connect() as connection:
        (mentions,) = load_mentions(connection, [1]).values()
    (vietnam,) = [one for one in mentions if one.key == "VN"]
    assert (vietnam.spans, len(vietnam.caption_spans)) == ((), 1)


def test_a_hosts_furniture_goes_and_is_told(
    engine: Engine, read: Callable[[int], list[Article]]
) -> None:
    """Once enough articles had it; those read before keep it."""
    found = read(24)
    had = [FOOTER in article.text for article in found]
    assert had[:5] == [True] * 5
    assert not any(had[8:])
    (removed,) = found[-1].removed
    assert (FOOTER, "on many articles of the host (16 of 16)") == (removed.line, removed.reason)


def test_an_article_read_again_is_not_counted_again(
    engine: Engine, read: Callable[[int], list[Article]]
) -> None:
    """A revision brings the same lines: they say nothing new of the host."""
    read(2)
    with engine.begin() as connection:
        run(connection, "UPDATE item SET state = 'fetched', revision = 1, enqueued_at = NULL")
    tagging.tag_items([1, 2])
    with engine.connect() as connection:
        rows = run(connection, "SELECT host, source, articles FROM host_lines")
        revisions = run(connection, "SELECT state FROM item")
    assert [{"host": "courier.example", "source": "page", "articles": 2}] == rows
    assert [{"state": "tagged"}] * 2 == revisions


def test_the_lines_of_a_silent_host_are_forgotten(
    engine: Engine, read: Callable[[int], list[Article]]
) -> None:
    """A host that has had no article for long takes no room."""
    read(1)
    with engine.begin() as connection:
        assert lines.forget(connection, after=timedelta(days=180)) == 0
        run(connection, "UPDATE host_lines SET learned_at = learned_at - interval '181 days'")
        assert lines.forget(connection, after=timedelta(days=180)) == 1
        assert not lines.load(connection, [("courier.example", "page")])[
            "courier.example", "page"
        ].articles
