"""``tocsin feeds`` as an operator uses it, on real servers."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.integration.command import Run, one_line
from tests.integration.newsstand import Publisher
from worker.feeds import rhythm
from worker.model import Entry, EventKind, FeedEvent, FeedOptions, FeedState, ItemState
from worker.parsing import pool
from worker.scheduler import loop
from worker.store import events, feeds, hosts, items
from worker.store.engine import run
from worker.store.feeds import NewFeed
from worker.store.items import NewItem

OPML = """<opml version="2.0"><body><outline text="News">
<outline text="Gazette" type="rss" xmlUrl="https://gazette.example/feed"/>
<outline text="Courier" type="rss" xmlUrl="https://courier.example/feed"/>
<outline text="Odd" type="rss" xmlUrl="gopher://odd.example/feed"/>
</outline></body></opml>"""


def put(engine: Engine, name: str, **options: Any) -> int:
    """Add a feed to the store."""
    with engine.begin() as connection:
        return feeds.put_feed(connection, name=name, url=f"https://{name}.example/feed", **options)


def test_an_opml_file_goes_in_and_out(tocsin: Run, tmp_path: Path, engine: Engine) -> None:
    """Folders become tags, what is polled already is counted, what cannot be polled is named."""
    put(engine, "gazette")
    file = tmp_path / "feeds.opml"
    file.write_text(OPML, encoding="utf-8")
    tried = tocsin("feeds", "import", str(file), "--dry-run").stdout
    assert "Would add 1 feeds; 1 are polled already." in tried
    done = tocsin("feeds", "import", str(file)).stdout
    assert "gopher://odd.example/feed" in done
    assert "Added 1 feeds; 1 are polled already." in done
    (added,) = json.loads(tocsin("feeds", "list", "--tag", "News", "--json").stdout)
    assert ("https://courier.example/feed", ["News"]) == (added["url"], added["tags"])
    out = tocsin("feeds", "export", "--opml").stdout
    assert 'xmlUrl="https://courier.example/feed"' in out
    declared = tmp_path / "feeds.yaml"
    declared.write_text(tocsin("feeds", "export", "--yaml").stdout, encoding="utf-8")
    assert 0 == tocsin("apply", str(declared)).returncode


def test_a_file_adds_a_feed_once_and_brings_back_what_was_removed(
    tocsin: Run, tmp_path: Path, engine: Engine
) -> None:
    """Other forms of one address are one feed, names stay apart, and items stay known."""
    removed = put(engine, "herald", options=FeedOptions(user="old"))
    with engine.begin() as connection:
        feeds.remove_feeds(connection, [removed])
    urls = [
        "https://herald.example/feed",
        "http://www.herald.example/feed/",
        "https://search.example/rss?q=1",
        "https://search.example/rss?q=2",
        "https://search.example/rss?q=2&amp;utm_source=x",
    ]
    outlines = "".join(f'<outline text="{n}" xmlUrl="{url}"/>' for n, url in enumerate(urls))
    file = tmp_path / "feeds.opml"
    file.write_text(f"<opml><body>{outlines}</body></opml>", encoding="utf-8")
    counted = "3 feeds; 0 are polled already; 2 stand in the file twice.\n"
    assert tocsin("feeds", "import", str(file), "--dry-run").stdout.endswith(f"Would add {counted}")
    assert f"Added {counted}" == tocsin("feeds", "import", str(file)).stdout
    with engine.connect() as connection:
        found = {feed.name: feed for feed in feeds.all_feeds(connection)}
    assert {"herald-example", "search-example", "search-example-2"} == set(found)
    back = found["herald-example"]
    assert (removed, FeedOptions(), "0") == (back.id, back.options, back.outlet)
    assert {"herald.example", "search.example"} == {feed.host for feed in found.values()}
    again = tocsin("feeds", "import", str(file)).stdout
    assert "Added 0 feeds; 5 are polled already.\n" == again


def test_a_feed_added_by_somebody_else_meanwhile_is_left_alone(engine: Engine) -> None:
    """Of many added at once those are left out whose name or address has been taken."""
    put(engine, "gazette")
    new = [
        NewFeed(name="other", url="https://gazette.example/feed"),
        NewFeed(name="gazette", url="https://other.example/feed"),
        NewFeed(name="courier", url="https://courier.example/feed", state=FeedState.PAUSED),
    ]
    with engine.begin() as connection:
        added = feeds.add_feeds(connection, new, pass_taken=True)
        assert ["https://courier.example/feed"] == list(added)
        assert ["courier", "gazette"] == [feed.name for feed in feeds.all_feeds(connection)]
        claimed = feeds.claim_due(connection, owner="o", limit=9, lease=timedelta(minutes=1))
        assert ["gazette"] == [feed.name for feed in claimed]


def test_a_file_that_is_no_opml_is_told_in_one_line(tocsin: Run, tmp_path: Path) -> None:
    """Exit code 2, the line and the mend."""
    file = tmp_path / "feeds.opml"
    file.write_text("<opml><body>", encoding="utf-8")
    failed = tocsin("feeds", "import", str(file))
    assert 2 == failed.returncode
    assert "line 1: this is not XML" in failed.stderr
    assert 1 == failed.stderr.count("\n")


def test_many_feeds_are_changed_at_once(tocsin: Run, engine: Engine) -> None:
    """By names or by tag, all or none; an unknown name names its like."""
    for name in ("gazette", "courier", "herald"):
        put(engine, name)
    tocsin("feeds", "tag", "sport", "gazette", "courier")
    said = tocsin("feeds", "pause", "--tag", "sport").stdout
    assert {"gazette is paused.", "courier is paused."} == set(said.splitlines())
    assert 2 == len(json.loads(tocsin("feeds", "list", "--state", "paused", "--json").stdout))
    failed = tocsin("feeds", "resume", "gazette", "curier")
    assert (2, "did you mean courier?") == (failed.returncode, failed.stderr.strip()[-21:])
    assert 2 == len(json.loads(tocsin("feeds", "list", "--state", "paused", "--json").stdout))
    assert "gazette: no tags.\n" == tocsin("feeds", "untag", "sport", "gazette").stdout


def test_a_flood_is_shown_and_released(tocsin: Run, engine: Engine) -> None:
    """On the health screen with the mend, and gone after it."""
    feed_id = put(engine, "gazette")
    new = NewItem(
        identity="guid:1",
        fingerprint="1",
        entry=Entry(title="Old news", url="https://gazette.example/1"),
        state=ItemState.HELD,
    )
    with engine.begin() as connection:
        items.insert_items(connection, {feed_id: [new]})
        flood = FeedEvent(kind=EventKind.FLOOD, detail="all of its 30 entries look new")
        events.add_events(connection, {feed_id: [flood]})
    assert "gazette: 1 items held" in tocsin("feeds", "health").stdout
    shown = tocsin("feeds", "show", "gazette").stdout
    assert "1 items held" in shown
    assert "all of its 30 entries look new" in shown
    assert "1 items released" in tocsin("feeds", "release", "gazette").stdout
    assert "gazette holds nothing.\n" == tocsin("feeds", "absorb", "gazette").stdout


def test_secrets_of_a_feed_are_not_shown(tocsin: Run, engine: Engine) -> None:
    """References are, values are not."""
    options = FeedOptions(password="hunter2", bearer="${TOKEN}", headers={"x-key": "sesame"})
    put(engine, "gazette", options=options)
    shown = tocsin("feeds", "show", "gazette", "--json").stdout
    assert "${TOKEN}" in shown
    assert "hunter2" not in shown
    assert "sesame" not in shown


def test_a_site_is_enough_and_a_feed_is_added_once(tocsin: Run, publisher: Publisher) -> None:
    """Its page names the feed; the same feed under another form of its address is refused."""
    feed = f"{publisher.url}/feed"
    publisher.publish("one", "Первая новость", "Текст. " * 30)
    tried = tocsin("feeds", "add", f"{publisher.url}/", "--name", "g", "--dry-run").stdout
    assert f"found at {feed}" in tried
    added = tocsin("feeds", "add", f"{publisher.url}/", "--name", "g", "--tag", "local").stdout
    assert "Added g: Test Gazette, 1 items now." in added
    again = tocsin("feeds", "add", f"{feed}?utm_source=x", "--no-check")
    assert 2 == again.returncode
    assert "polled already, as g" in again.stderr


def test_a_check_tells_what_a_feed_offers(tocsin: Run, publisher: Publisher) -> None:
    """Two requests, the second conditional."""
    publisher.publish("one", "Первая новость", "Текст. " * 30)
    said = tocsin("feeds", "check", f"{publisher.url}/feed").stdout
    assert "etag; asked again, it answers 304" in said
    assert "problem:    1 of 1 entries have no date" in said
    assert 2 == publisher.state.requests["feed"]


def test_a_declared_feed_that_moved_is_applied_without_a_change(
    tocsin: Run, tmp_path: Path, publisher: Publisher
) -> None:
    """Neither added again nor turned back; shown with the mend; the same feed when it comes back."""
    former, present = f"{publisher.url}/former", f"{publisher.url}/feed"
    publisher.publish("one", "Первая новость", "Текст. " * 30)
    (tmp_path / "feeds.yaml").write_text(
        f"feeds: [{{name: gazette, url: '{former}'}}]", encoding="utf-8"
    )
    tocsin("apply", "feeds.yaml")
    soon = {"TOCSIN_POLL_MOVE_POLLS": "2", "TOCSIN_POLL_MOVE_TIME": "0.001s"}
    assert "1 new items" in tocsin("feeds", "poll", "gazette", **soon).stdout
    assert "nothing has changed" in tocsin("feeds", "poll", "gazette", **soon).stdout
    for _ in range(2):
        assert "nothing to change" in tocsin("apply", "feeds.yaml", "--prune").stdout
    (moved,) = json.loads(tocsin("feeds", "list", "--json").stdout)
    assert (present, [former], former) == (moved["url"], moved["aliases"], moved["declared_url"])
    shown = tocsin("feeds", "show", "gazette").stdout
    assert f"from:      feeds.yaml, as {former}, which has moved" in shown
    tocsin("feeds", "remove", "gazette")
    assert "+ feed gazette" in tocsin("apply", "feeds.yaml").stdout
    (back,) = json.loads(tocsin("feeds", "list", "--json").stdout)
    assert moved["id"] == back["id"]


def test_a_poll_that_nobody_can_read_is_not_the_fault_of_its_feed(
    tocsin: Run, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails by name and is not counted; the document is read as soon as somebody can."""
    publisher.publish("one", "Первая новость", "Текст. " * 30)
    tocsin("feeds", "add", f"{publisher.url}/feed", "--name", "gazette")
    with monkeypatch.context() as patch:
        patch.setattr(pool, "RESTART_SECONDS", 0.01)
        patch.setattr(loop, "ParserPool", partial(pool.ParserPool, command=("/nowhere/python",)))
        said = tocsin("feeds", "poll", "gazette").stdout
    why = "the process that reads documents does not start: No such file or directory"
    assert f"gazette: {why}\n" == said
    (feed,) = json.loads(tocsin("feeds", "list", "--json").stdout)
    assert (0, why) == (feed["failures"], feed["last_error"])
    assert feed["reason"].startswith(f"{why}: not counted, again in ")
    assert "1 new items" in tocsin("feeds", "poll", "gazette").stdout


def test_an_export_says_all_there_is_to_a_feed(tocsin: Run, tmp_path: Path, engine: Engine) -> None:
    """Read back it gives the same feeds and hosts; what is kept in clear is not written in clear."""
    hour = timedelta(hours=1)
    options = FeedOptions(
        headers={"X-Api-Key": "sesame", "Authorization": "Basic ${BASIC}", "Accept-Language": "de"},
        proxy="socks5h://agent:opensesame@proxy.example:1080",
        certificate="/etc/tocsin/${WHOSE}.pem",
        robots=False,
        flood_gate=False,
        crawl_delay=timedelta(seconds=1.5),
        silent_after=48 * hour,
        interval_min=timedelta(seconds=90),
        interval_max=36 * hour,
    )
    put(engine, "agency", options=options, tags=["wire", "${x"], outlet="The ${Agency}: 'A'")
    basic = FeedOptions(user="tocsin", password="hunter2", silent_after=hour)
    put(engine, "members", options=basic, interval=hour / 2, backfill=7, language="de")
    put(
        engine,
        "token",
        options=FeedOptions(bearer="${TOKEN}", proxy="none"),
        state=FeedState.PAUSED,
    )
    put(engine, "null")
    delays = {"agency.example": 2 * hour, "example.org:8080": timedelta(seconds=2)}
    with engine.begin() as connection:
        hosts.set_crawl_delays(connection, delays)

    out = tocsin("feeds", "export", "--yaml")

    assert [
        "feed agency: its header X-Api-Key is not written: set FEED_AGENCY_X_API_KEY to it",
        "feed agency: its proxy password is not written: set FEED_AGENCY_PROXY_PASSWORD to it",
        "feed members: its password is not written: set FEED_MEMBERS_PASSWORD to it",
    ] == out.stderr.splitlines()
    assert not any(secret in out.stdout for secret in ("sesame", "hunter2"))
    environ = {
        "FEED_AGENCY_X_API_KEY": "sesame",
        "FEED_AGENCY_PROXY_PASSWORD": "opensesame",
        "FEED_MEMBERS_PASSWORD": "hunter2",
        "BASIC": "dTpw",
        "TOKEN": "t",
        "WHOSE": "agency",
    }
    (tmp_path / "feeds.yaml").write_text(out.stdout, encoding="utf-8")
    plan = tocsin("apply", "feeds.yaml", **environ).stdout
    assert [
        "~ feed agency",
        "    declared: no -> yes",
        "    headers: (old value) -> (new value)",
        "    proxy: (old value) -> (new value)",
        "~ feed members",
        "    declared: no -> yes",
        "    password: (old value) -> (new value)",
        "~ feed null",
        "    declared: no -> yes",
        "~ feed token",
        "    declared: no -> yes",
    ] == plan.splitlines()[:11]
    assert out.stdout == tocsin("feeds", "export", "--yaml").stdout
    with engine.connect() as connection:
        assert delays == hosts.declared_crawl_delays(connection)
    assert "example.org:8080" not in tocsin("feeds", "export", "--yaml", "--tag", "wire").stdout


def test_a_long_list_is_narrowed_and_sorted(tocsin: Run, engine: Engine) -> None:
    """By silence, by what came in a week, by health; cut to the first few, which is said."""
    ids = {name: put(engine, name) for name in ("busy", "calm", "failing", "mute", "paused")}
    newest = datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp()
    learned = rhythm.begin(newest, [newest]).to_bytes()
    with engine.begin() as connection:
        brought = {ids["busy"]: 3, ids["calm"]: 1, ids["mute"]: 0}
        items.insert_items(
            connection,
            {
                feed_id: [
                    NewItem(
                        identity=f"guid:{number}",
                        fingerprint=str(number),
                        entry=Entry(title="News", url=f"https://x.example/{number}"),
                        baseline=number == 0,
                        state=ItemState.FETCHED,
                    )
                    for number in range(count + 1)
                ]
                for feed_id, count in brought.items()
            },
        )
        old = "UPDATE item SET seen_at = now() - interval '8 days' WHERE feed_id = :id"
        run(connection, f"{old} AND identity = 'guid:3'", id=ids["busy"])
        run(connection, "UPDATE poll SET failures = 4 WHERE feed_id = :id", id=ids["failing"])
        for name in ("mute", "paused"):
            run(
                connection,
                """UPDATE poll SET standing = '{"told": ["silent"]}', rhythm = :rhythm
                   WHERE feed_id = :id""",
                id=ids[name],
                rhythm=learned,
            )
        feeds.set_state(connection, ids["paused"], FeedState.PAUSED)

    def names(*arguments: str) -> list[str]:
        listed = json.loads(tocsin("feeds", "list", "--json", *arguments).stdout)
        return [feed["name"] for feed in listed]

    assert ["mute"] == names("--silent")
    assert [] == names("--silent", "--failing")
    assert ["failing", "mute", "busy"] == names("--sort", "health", "-n", "3")
    assert ["busy", "calm", "failing", "mute", "paused"] == names("--sort", "items")
    (busy,) = json.loads(tocsin("feeds", "list", "--sort", "items", "-n", "1", "--json").stdout)
    assert 2 == busy["items_per_week"]
    said = tocsin("feeds", "list", "--silent").stdout
    assert "nothing new since 2026-11-02" in said
    assert tocsin("feeds", "list", "-n", "2").stdout.endswith("3 more of 5 feeds\n")
    assert "No feed is like that.\n" == tocsin("feeds", "list", "--held").stdout


def rss(*entries: str) -> bytes:
    """A feed of these items."""
    items = "".join(f"<item>{entry}</item>" for entry in entries)
    return f"<rss version='2.0'><channel><title>Feed</title>{items}</channel></rss>".encode()


def entry(number: int, *, link: str, guid: str, title: str = "") -> str:
    """One item, numbered."""
    title = title or f"Story {number}"
    return f"<title>{title}</title><link>{link}{number}</link><guid>{guid}{number}</guid>"


def test_a_feed_that_offers_what_another_does_is_refused(
    tocsin: Run, publisher: Publisher, engine: Engine
) -> None:
    """Told by links, or by guids with their titles; --anyway adds it; a paused feed does not count."""
    site, guid = "https://gazette.example/", "tag:gazette.example,2026:"
    publisher.state.feed_body = rss(*(entry(n, link=site, guid=guid) for n in range(10)))
    tocsin("feeds", "add", f"{publisher.url}/feed", "--name", "gazette")
    tocsin("feeds", "poll", "gazette")
    mirror = f"{publisher.url}/mirror"
    said = f"{mirror} offers the same as gazette ({publisher.url}/feed)"
    offers = {
        "other guids, www and http": rss(
            *(entry(n, link="http://www.gazette.example/", guid="x") for n in range(2, 12))
        ),
        "links that are counted": rss(
            *(entry(n, link="https://feeds.example/~r/", guid=guid) for n in range(10))
        ),
    }
    for body in offers.values():
        publisher.state.feed_body = body
        for more in ((), ("--dry-run",)):
            refused = one_line(tocsin("feeds", "add", mirror, "--name", "mirror", *more))
            assert said in refused
            assert "--anyway" in refused
    publisher.state.feed_body = offers["other guids, www and http"]
    assert "8 of its 10 entries are there" in one_line(tocsin("feeds", "add", mirror))
    tocsin("feeds", "pause", "gazette")
    assert "Would add" in tocsin("feeds", "add", mirror, "--dry-run").stdout
    tocsin("feeds", "resume", "gazette")
    assert "Added mirror" in tocsin("feeds", "add", mirror, "--name", "mirror", "--anyway").stdout


def test_a_feed_that_shares_some_entries_or_words_with_another_is_added(
    tocsin: Run, publisher: Publisher
) -> None:
    """Half of it, too few to tell, numbers for guids, or one link for all say nothing."""
    site = "https://gazette.example/"
    publisher.state.feed_body = rss(*(entry(n, link=site, guid="") for n in range(10)))
    tocsin("feeds", "add", f"{publisher.url}/feed", "--name", "gazette")
    tocsin("feeds", "poll", "gazette")
    other = "https://other.example/"
    for body in (
        rss(*(entry(n, link=site, guid="x") for n in range(5, 15))),
        rss(*(entry(n, link=site, guid="x") for n in range(2))),
        rss(*(entry(n, link=other, guid="", title=f"Else {n}") for n in range(10))),
        rss(*(entry(n, link=f"{site}1?utm_source=", guid="x") for n in range(10))),
        rss(),
    ):
        publisher.state.feed_body = body
        tried = tocsin("feeds", "add", f"{publisher.url}/mirror", "--dry-run")
        assert "Would add" in tried.stdout, tried.stderr
