"""Matches that wait for a digest, and mutes, on a real database."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from worker.model import Entry, HeldKind, ItemState
from worker.store import feeds, held, items, mutes, watches
from worker.store.engine import run
from worker.store.held import Holding
from worker.store.items import NewItem

HOUR = timedelta(hours=1)


@pytest.fixture
def newsroom(engine: Engine) -> Mapping[str, Any]:
    """Two watches, two channels, and two stories of one article each, by two outlets."""
    with engine.begin() as connection:
        for name in ("mail", "hook"):
            watches.put_channel(connection, name=name, kind="console", config={})
        both = [
            watches.put_watch(connection, name=name, query="x", channels=["mail", "hook"])
            for name in ("one", "two")
        ]
        feed = feeds.put_feed(connection, name="gazette", url="http://example.org/feed")
        new = [
            NewItem(identity=one, fingerprint=one, entry=Entry(title=one), state=ItemState.FETCHED)
            for one in ("a", "b")
        ]
        items.insert_items(connection, {feed: new})
        run(connection, "INSERT INTO story (title) VALUES ('a'), ('b')")
        run(connection, "UPDATE item SET story_id = id")
        run(
            connection,
            "INSERT INTO article (item_id, outlet) SELECT id, 'Outlet ' || title FROM item",
        )
        run(
            connection,
            """INSERT INTO mention (item_id, kind, key, name)
               VALUES (1, 'person', 'person:ann', 'Ann')""",
        )
    return {"watches": both, "feed": feed}


def holding(watch: int, story: int, *, channel: str = "mail", **other: Any) -> Holding:
    """A match that was due an hour ago."""
    values: dict[str, Any] = {
        "kind": HeldKind.DIGEST,
        "reason": "r",
        "due_at": datetime.now(UTC) - HOUR,
    } | other
    return Holding(watch_id=watch, story_id=story, item_id=story, channel=channel, **values)


def planned(connection: Connection) -> int:
    """An alert to release into."""
    rows = run(
        connection,
        """INSERT INTO alert (kind, once, content)
           VALUES ('digest', CAST(gen_random_uuid() AS text), '{}') RETURNING id""",
    )
    alert_id: int = rows[0]["id"]
    return alert_id


def test_what_is_held_is_released_once(engine: Engine, newsroom: Mapping[str, Any]) -> None:
    """By channel, kind and watch, when it is due; whoever dies before the end has released nothing."""
    one, two = newsroom["watches"]
    rows = [
        holding(two, 1), holding(one, 2), holding(one, 1), holding(one, 1, channel="hook"),
        holding(one, 2, kind=HeldKind.STORM), holding(two, 2, due_at=datetime.now(UTC) + HOUR),
    ]  # fmt: skip
    with engine.begin() as connection:
        assert 6 == held.hold(connection, rows)
        assert 2 == held.waiting(connection, 1)
    with engine.connect() as connection:  # dies
        held.release(connection, [row.id for row in held.due(connection)], planned(connection))
    with engine.begin() as connection:
        found = held.due(connection)
        assert [
            ("mail", "digest", "one", 1), ("mail", "digest", "one", 2),
            ("mail", "digest", "two", 1), ("mail", "storm", "one", 2), ("hook", "digest", "one", 1),
        ] == [(row.channel, row.kind, row.watch, row.story_id) for row in found]  # fmt: skip
        alert_id = planned(connection)
        assert 5 == held.release(connection, [row.id for row in found], alert_id)
    with engine.begin() as connection:
        assert [] == held.due(connection)
        assert 0 == held.release(connection, [row.id for row in found], planned(connection))
        assert {row.id for row in found} == {row.id for row in held.told_by(connection, alert_id)}


def test_a_story_is_once_in_the_digest_of_a_watch(
    engine: Engine, newsroom: Mapping[str, Any]
) -> None:
    """Also after the digest has been told: the database lets it in no second time."""
    one, _ = newsroom["watches"]
    with engine.begin() as connection:
        assert 1 == held.hold(connection, [holding(one, 1)])
        held.release(connection, [row.id for row in held.due(connection)], planned(connection))
        assert 0 == held.hold(connection, [holding(one, 1)])
        assert [] == held.due(connection)
    with engine.connect() as connection, pytest.raises(IntegrityError, match="held_once"):
        run(
            connection,
            """INSERT INTO held (kind, watch_id, story_id, item_id, channel_id, reason, due_at)
               SELECT kind, watch_id, story_id, item_id, channel_id, reason, due_at FROM held""",
        )


@pytest.mark.parametrize(
    ("happens", "note", "left"),
    [
        ("UPDATE watch SET removed_at = now() WHERE name = 'one'", "the watch was removed", 1),
        ("UPDATE watch SET enabled = false WHERE name = 'one'", "watch is disabled", 1),
        ("UPDATE channel SET removed_at = now()", "the channel was removed", 0),
    ],
)
def test_what_nobody_wants_any_more_is_closed_with_its_reason(
    engine: Engine, newsroom: Mapping[str, Any], happens: str, note: str, left: int
) -> None:
    """It is not told, and it does not wait for ever."""
    one, two = newsroom["watches"]
    with engine.begin() as connection:
        held.hold(connection, [holding(one, 1), holding(two, 1)])
        run(connection, happens)
        assert left == len(held.due(connection))
        (row,) = held.held_of(connection, story_id=1, watch_id=one)
        assert (note, None, True) == (row.note, row.alert_id, row.released_at is not None)


@pytest.mark.parametrize(
    ("kind", "value", "silent"),
    [
        ("watch", "2", {(2, 1), (2, 2)}),
        ("story", "1", {(1, 1), (2, 1)}),
        ("outlet", "outlet A", {(1, 1), (2, 1)}),
        ("entity", "person:ann", {(1, 1), (2, 1)}),
        ("entity", "person:bob", set()),
    ],
)
def test_what_is_muted_by_now_is_not_told(
    engine: Engine, newsroom: Mapping[str, Any], kind: str, value: str, silent: set[tuple[int, int]]
) -> None:
    """And says by what."""
    with engine.begin() as connection:
        held.hold(connection, [holding(w, s) for w in newsroom["watches"] for s in (1, 2)])
        mutes.put_mute(connection, kind=kind, value=value)
        told = {(row.watch_id, row.story_id) for row in held.due(connection)}
        assert {(1, 1), (1, 2), (2, 1), (2, 2)} - silent == told
        rows = [*held.held_of(connection, story_id=1), *held.held_of(connection, story_id=2)]
        notes = {(row.watch_id, row.story_id): row.note for row in rows if row.released_at}
        called = "two" if kind == "watch" else value
        assert dict.fromkeys(silent, f"muted: for good, {kind} {called}") == notes


def test_a_mute_has_its_time_and_its_watch(engine: Engine, newsroom: Mapping[str, Any]) -> None:
    """One of the same takes its place; one whose time is over is none; it can be lifted."""
    one, two = newsroom["watches"]
    soon = datetime.now(UTC) + HOUR
    with engine.begin() as connection:
        mutes.put_mute(connection, kind="outlet", value="X", until=soon - 2 * HOUR)
        assert [] == mutes.active_mutes(connection)
        mutes.put_mute(connection, kind="outlet", value="X", watch_id=one, until=soon)
        mute_id = mutes.put_mute(connection, kind="outlet", value="X", watch_id=one)
        mutes.put_mute(connection, kind="outlet", value="X", watch_id=two, until=soon)
        assert [(one, None), (two, soon)] == [
            (mute.watch_id, mute.until) for mute in mutes.active_mutes(connection)
        ]
        assert 1 == mutes.lift_mutes(connection, [mute_id])
        assert 0 == mutes.lift_mutes(connection, [mute_id])
        assert [two] == [mute.watch_id for mute in mutes.active_mutes(connection)]
