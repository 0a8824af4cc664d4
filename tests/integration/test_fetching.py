"""Article pages: turns at hosts and robots.txt, on a real database and real servers."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from tests.integration.newsstand import Publisher
from worker.jobs import fetching, workplace
from worker.jobs.fetching import ROBOTS, fetch_pages
from worker.jobs.workplace import Workplace
from worker.model import Entry, FeedOptions, ItemState, Page, Spacing
from worker.queue import OutageError
from worker.settings import Settings
from worker.store import feeds, hosts, items, work
from worker.store.engine import run
from worker.store.items import NewItem


@pytest.fixture
def place(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """Where the job works."""
    made = Workplace(settings)
    monkeypatch.setattr(workplace, "_prepared", made)
    return made


def discover(
    engine: Engine, publisher: Publisher, *slugs: str, options: FeedOptions | None = None
) -> None:
    """Items whose pages are still to be fetched."""
    for slug in slugs:
        publisher.publish(slug, slug.title(), f"Text of {slug}. " * 20)
    with engine.begin() as connection:
        feed_id = feeds.put_feed(
            connection, name="g", url=f"{publisher.url}/feed", options=options or FeedOptions()
        )
        new = [
            NewItem(
                identity=slug,
                fingerprint="1",
                entry=Entry(url=f"{publisher.url}/news/{slug}", title=slug),
                state=ItemState.DISCOVERED,
            )
            for slug in slugs
        ]
        items.insert_items(connection, {feed_id: new})


def fetch(engine: Engine) -> dict[str, tuple[str, str, int]]:
    """Run the job on every item; gives state, reason and attempts by identity."""
    with engine.connect() as connection:
        ids = [row["id"] for row in run(connection, "SELECT id FROM item")]
    fetch_pages(ids)
    with engine.connect() as connection:
        rows = run(connection, "SELECT identity, state, reason, attempts FROM item")
    return {row["identity"]: (row["state"], row["reason"], row["attempts"]) for row in rows}


def fetch_in_the_end(engine: Engine) -> dict[str, tuple[str, str, int]]:
    """The same, job after job, until the host's pauses have let all through."""
    for _ in range(40):
        found = fetch(engine)
        if all(state == "fetched" for state, _, _ in found.values()):
            break
        time.sleep(0.1)
    return found


def test_what_robots_txt_forbids_is_not_fetched(
    place: Workplace, engine: Engine, publisher: Publisher
) -> None:
    """The feed's own text is taken; robots.txt is asked for once and kept."""
    publisher.state.robots = "User-agent: *\nDisallow: /news/secret\nCrawl-delay: 5\n"
    discover(engine, publisher, "secret")
    found = fetch(engine)
    assert {"secret": ("fetched", ROBOTS, 0)} == found
    assert (1, 0) == (publisher.state.requests["robots"], publisher.state.requests["secret"])
    with engine.connect() as connection:
        delays = run(connection, "SELECT crawl_delay FROM host WHERE crawl_delay IS NOT NULL")
    assert [{"crawl_delay": timedelta(seconds=5)}] == delays


def test_a_feed_may_be_told_not_to_mind_robots_txt(
    place: Workplace, engine: Engine, publisher: Publisher
) -> None:
    """An operator who has the publisher's leave says so for the feed."""
    publisher.state.robots = "User-agent: *\nDisallow: /\n"
    discover(engine, publisher, "open", options=FeedOptions(robots=False))
    assert "fetched" == fetch(engine)["open"][0]
    assert (0, 1) == (publisher.state.requests["robots"], publisher.state.requests["open"])


def test_a_host_that_is_busy_is_no_attempt_and_nobody_waits(
    place: Workplace, engine: Engine, publisher: Publisher
) -> None:
    """The item is put back with the time when the host is free."""
    discover(engine, publisher, "one")
    host = publisher.url.removeprefix("http://")
    minute = timedelta(minutes=1)
    with engine.begin() as connection:
        hosts.take_hosts(connection, [host], owner="somebody", lease=minute, gap=minute)
        hosts.give_back_hosts(
            connection, [hosts.HostDone(host=host)], owner="somebody", spacing=Spacing(gap=minute)
        )
    state, reason, attempts = fetch(engine)["one"]
    assert ("discovered", 0) == (state, attempts)
    assert "host busy" in reason
    assert not publisher.state.requests
    with engine.connect() as connection:
        wait = run(connection, "SELECT next_attempt_at - now() AS wait FROM item")[0]["wait"]
    assert timedelta(seconds=50) < wait <= minute


def test_pages_of_one_host_come_one_after_the_other(
    place: Workplace, engine: Engine, publisher: Publisher
) -> None:
    """Never two requests at once; what has to wait comes with a later job."""
    discover(engine, publisher, *(f"s{n}" for n in range(4)))
    assert {"fetched"} == {state for state, _, _ in fetch_in_the_end(engine).values()}
    assert 1 == publisher.state.most_at_once


def test_a_job_takes_pages_along_that_wait(
    place: Workplace, engine: Engine, publisher: Publisher
) -> None:
    """The oldest; none beside a page that was tried before."""
    discover(engine, publisher, "one", "two", options=FeedOptions(robots=False))
    with engine.begin() as connection:
        run(connection, "UPDATE item SET attempts = 1 WHERE identity = 'one'")
        ids = [row["id"] for row in run(connection, "SELECT id FROM item ORDER BY identity")]
    fetch_pages(ids[:1])
    assert (1, 0) == (publisher.state.requests["one"], publisher.state.requests["two"])
    with engine.begin() as connection:
        run(connection, "DELETE FROM host")
    fetch_pages(ids[:1])
    assert (1, 1) == (publisher.state.requests["one"], publisher.state.requests["two"])


def test_where_a_job_is_late_the_newest_page_is_read_first(
    place: Workplace, engine: Engine, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was just read is not read again."""
    monkeypatch.setattr(fetching, "FETCH_CONCURRENCY", 1)
    discover(engine, publisher, "old", "new", options=FeedOptions(robots=False))
    with engine.begin() as connection:
        ids = {
            row["identity"]: row["id"] for row in run(connection, "SELECT id, identity FROM item")
        }
    fetch_pages([ids["new"]])
    assert (0, 1) == (publisher.state.requests["old"], publisher.state.requests["new"])
    publisher.state.requests.clear()
    with engine.begin() as connection:
        run(connection, "DELETE FROM host")
        run(connection, "UPDATE item SET state = 'discovered', attempts = 0")
        late = "UPDATE item SET next_attempt_at = now() - interval '11 s' WHERE identity = 'old'"
        run(connection, late)
    fetch_pages([ids["old"]])
    assert "new" == next(iter(publisher.state.requests))


def test_a_page_is_kept_only_by_who_holds_its_item(
    place: Workplace, engine: Engine, publisher: Publisher
) -> None:
    """What came too late, for another has the item by now, changes neither it nor its page."""
    discover(engine, publisher, "late")
    with engine.begin() as connection:
        [item_id] = [row["id"] for row in run(connection, "SELECT id FROM item")]
        [item] = workplace.claim_items(connection, place, [item_id], ItemState.DISCOVERED)
        page = Page(item_id=item.id, url="http://x.test/a", html=b"<p>\x00", content_type="a\x00b")
        assert not work.mark_fetched(connection, item.id, owner="another", page=page)
        assert work.load_pages(connection, [item.id]) == {}
        assert work.mark_fetched(connection, item.id, owner=place.owner, page=page)
        [kept] = work.load_pages(connection, [item.id]).values()
        assert (kept.url, kept.html, kept.content_type) == (page.url, page.html, "ab")
        rows = run(connection, "SELECT state, lease_owner FROM item")
    assert rows == [{"state": "fetched", "lease_owner": ""}]


def test_many_pages_need_no_more_connections_than_are_kept(
    place: Workplace, engine: Engine, publisher: Publisher
) -> None:
    """A connection for each moment in which many come at once would cost more than the pages."""
    opened: list[object] = []
    event.listen(place.engine, "connect", lambda *_: opened.append(1))
    discover(engine, publisher, *(f"s{n}" for n in range(8)))
    assert {"fetched"} == {state for state, _, _ in fetch_in_the_end(engine).values()}
    assert len(opened) <= 2


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> Callable[[str], None]:
    """Have the database break off a statement on turns: ``take_hosts`` or ``give_back_hosts``, once."""

    def break_off(statement: str) -> None:
        real, cuts = getattr(hosts, statement), [1]

        def asked(connection: Connection, *args: Any, **options: Any) -> Any:
            if cuts:
                cuts.pop()
                run(connection, "SELECT pg_terminate_backend(pg_backend_pid())")
            return real(connection, *args, **options)

        monkeypatch.setattr(hosts, statement, asked)

    return break_off


def test_a_database_that_breaks_off_a_turn_costs_no_page(
    place: Workplace, engine: Engine, publisher: Publisher, cut: Callable[[str], None]
) -> None:
    """It says nothing about the page: the item comes back, and what it says is read and not the feed's text."""
    discover(engine, publisher, "one", options=FeedOptions(robots=False))
    cut("take_hosts")
    state, reason, attempts = fetch(engine)["one"]
    assert ("discovered", 0) == (state, attempts)
    assert "the database is away" in reason
    assert not publisher.state.requests["one"]
    with engine.begin() as connection:
        run(connection, "UPDATE item SET next_attempt_at = now()")
    assert ("fetched", "", 0) == fetch(engine)["one"]


def test_a_page_is_kept_when_its_turn_cannot_be_given_back(
    place: Workplace, engine: Engine, publisher: Publisher, cut: Callable[[str], None]
) -> None:
    """It was read: the turn ends with its lease."""
    discover(engine, publisher, "one", options=FeedOptions(robots=False))
    cut("give_back_hosts")
    assert ("fetched", "", 0) == fetch(engine)["one"]


def test_a_database_that_breaks_off_robots_txt_costs_no_page(
    place: Workplace, engine: Engine, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The item is handed back, and the job says that it could not go on."""
    discover(engine, publisher, "one")

    async def broken(*_: Any) -> bool:
        raise OperationalError("SELECT", {}, OSError("server closed the connection"))

    with monkeypatch.context() as patch:
        patch.setattr(fetching, "allowed", broken)
        with pytest.raises(OutageError, match="server closed"):
            fetch(engine)
    assert {"one": ("fetched", "", 0)} == fetch_in_the_end(engine)
