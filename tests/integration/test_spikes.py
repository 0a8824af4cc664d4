"""Spike watches on a real database: stories counted by hour, and one alert a spike."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from tests.integration.command import Run
from tests.integration.reports import make_stories
from worker.alerts.digest_form import summary
from worker.alerts.spikes import HOUR, full_hour
from worker.announcing.digests import release_digests
from worker.announcing.spikes import announce_spikes
from worker.jobs import tagging, workplace
from worker.model import Brake, Digest, Entry, ItemState, Notice, Policy, Spike
from worker.queue import Queues
from worker.settings import Settings
from worker.store import feeds, items, mutes, spikes, watches
from worker.store.engine import run
from worker.store.items import NewItem
from worker.store.spikes import Sighting
from worker.store.told import load_owed

NOW = datetime(2026, 3, 19, 14, 20, tzinfo=UTC)
QUERY = 'spike(person:"Vladimir Putin") > 3'


@pytest.fixture
def watch_id(engine: Engine) -> int:
    """A spike watch that rings a console."""
    with engine.begin() as connection:
        watches.put_channel(connection, name="console", kind="console", config={})
        return watches.put_watch(connection, name="putin", query=QUERY, channels=["console"])


def sight(
    connection: Connection, watch_id: int, seen: Iterable[tuple[int, int]], at: datetime
) -> None:
    """Count stories as seen at a time."""
    spikes.count(
        connection,
        [Sighting(watch_id=watch_id, story_id=s, item_id=i, at=at) for s, i in seen],
    )


def a_steady_past(connection: Connection, watch_id: int, *, an_hour: int = 2) -> None:
    """Four weeks in which everything was read, with so many stories an hour."""
    hours = [full_hour(NOW) - n * HOUR for n in range(1, 673)]
    announce_spikes(connection, now=NOW - timedelta(days=29))
    spikes.cover(connection, [*hours, NOW])
    run(
        connection,
        """INSERT INTO spike_hour (watch_id, hour, stories)
           SELECT :watch_id, h, :stories FROM unnest(CAST(:hours AS timestamptz[])) AS h""",
        watch_id=watch_id,
        hours=hours,
        stories=an_hour,
    )


def counted(connection: Connection) -> dict[datetime, int]:
    """Stories by hour."""
    rows = run(connection, "SELECT hour, stories FROM spike_hour")
    return {row["hour"]: row["stories"] for row in rows}


def test_a_story_counts_once_in_each_hour(engine: Engine, watch_id: int) -> None:
    """However many articles of it come, and whoever counts it again."""
    with engine.begin() as connection:
        seen = make_stories(connection, 3)
        sight(connection, watch_id, [*seen, *seen], NOW)
        sight(connection, watch_id, seen[:2], NOW + timedelta(minutes=10))
        sight(connection, watch_id, seen[:1], NOW + HOUR)
        assert {full_hour(NOW): 3, full_hour(NOW + HOUR): 1} == counted(connection)
        assert {watch_id: 2} == spikes.observed(connection, now=NOW + timedelta(minutes=61))
        assert {watch_id: 1} == spikes.observed(connection, now=NOW + timedelta(minutes=75))


def test_a_burst_rings_once_and_tells_its_stories(engine: Engine, watch_id: int) -> None:
    """Twenty stories where two are usual: one alert with the chart, not one a minute."""
    with engine.begin() as connection:
        a_steady_past(connection, watch_id)
        sight(connection, watch_id, make_stories(connection, 20), NOW - timedelta(minutes=9))
        planned = announce_spikes(connection, now=NOW)
        for minute in range(1, 30):
            assert [] == announce_spikes(connection, now=NOW + timedelta(minutes=minute))
        (claimed,) = load_owed(connection, planned)
    assert isinstance(claimed.told, Notice)
    spike = claimed.told.content
    assert isinstance(spike, Spike)
    assert (20, "putin", QUERY, "> 3") == (
        spike.observed,
        spike.watch_name,
        spike.query,
        spike.bound,
    )
    assert 48 == len(spike.hours)
    assert 2 == spike.hours[-2].stories
    assert 10 == len(spike.stories)
    assert {"Gazette"} == {one.outlet for one in spike.stories}


def test_what_is_usual_does_not_ring(engine: Engine, watch_id: int) -> None:
    """Three stories where two are usual."""
    with engine.begin() as connection:
        a_steady_past(connection, watch_id)
        sight(connection, watch_id, make_stories(connection, 3), NOW - timedelta(minutes=9))
        assert [] == announce_spikes(connection, now=NOW)


def test_two_schedulers_ring_once(engine: Engine, watch_id: int) -> None:
    """While one looks, the other does not; after it, the spike has rung."""
    with engine.begin() as connection:
        a_steady_past(connection, watch_id)
        sight(connection, watch_id, make_stories(connection, 20), NOW)
    with engine.begin() as one:
        first = announce_spikes(one, now=NOW)
        with engine.begin() as other:
            assert [] == announce_spikes(other, now=NOW)
    with engine.begin() as other:
        assert [] == announce_spikes(other, now=NOW)
    assert 1 == len(first)


def test_another_query_is_counted_anew(engine: Engine, watch_id: int) -> None:
    """What was counted for the former one says nothing about it; a watch switched off is forgotten."""
    with engine.begin() as connection:
        a_steady_past(connection, watch_id)
        watches.put_watch(
            connection,
            watch_id=watch_id,
            name="putin",
            query="spike(country:RU) >= 5",
            channels=["console"],
        )
        assert [] == announce_spikes(connection, now=NOW)
        assert {} == counted(connection)
        (kept,) = spikes.counted(connection)
        assert NOW == kept.since
        watches.remove_watches(connection, [watch_id])
        announce_spikes(connection, now=NOW)
        assert [] == spikes.counted(connection)


def test_a_muted_watch_keeps_silent_and_quiet_hours_hold(engine: Engine, watch_id: int) -> None:
    """What happened in quiet hours is told in their summary, with the last two days."""
    with engine.begin() as connection:
        a_steady_past(connection, watch_id)
        other = watches.put_watch(
            connection,
            name="quiet",
            query=QUERY,
            channels=["console"],
            policy=Policy(quiet="15:00-16:00", zone="Europe/Berlin"),
        )
        a_steady_past(connection, other)
        mutes.put_mute(connection, kind="watch", value=str(watch_id))
        seen = make_stories(connection, 20)
        for one in (watch_id, other):
            sight(connection, one, seen, NOW)
        assert [] == announce_spikes(connection, now=NOW)
        assert [] == announce_spikes(connection, now=NOW + timedelta(minutes=1))
        (row,) = run(connection, "SELECT watch_id, kind, due_at FROM held")
        assert (other, "summary", datetime(2026, 3, 19, 15, 0, tzinfo=UTC)) == tuple(row.values())
        (told,) = release_digests(connection, now=NOW)
        (claimed,) = load_owed(connection, [told])
    assert isinstance(claimed.told, Notice)
    digest = claimed.told.content
    assert isinstance(digest, Digest)
    ((section,),) = (digest.sections,)
    (line,) = section.stories
    assert "Spike: 20 stories in an hour, normal is 2" == line.title
    assert "quiet hours: 15:00-16:00 Europe/Berlin" == line.reason
    assert line.snippet.startswith("▁")
    assert "Summary: 1 alert for quiet" == summary(digest)


def test_a_storm_of_spikes_is_told_together(engine: Engine, watch_id: int) -> None:
    """With what stories rang the channel for; each is told once."""
    with engine.begin() as connection:
        seen = make_stories(connection, 20)
        a_steady_past(connection, watch_id)
        for name in ("two", "three"):
            other = watches.put_watch(connection, name=name, query=QUERY, channels=["console"])
            a_steady_past(connection, other)
            sight(connection, other, seen, NOW)
        sight(connection, watch_id, seen, NOW)
        assert 1 == len(announce_spikes(connection, now=NOW, brake=Brake(alerts=1)))
        later = NOW + timedelta(minutes=1)
        assert [] == announce_spikes(connection, now=later, brake=Brake(alerts=1))
        rows = run(connection, "SELECT kind, reason FROM held")
        assert [("storm", "storm of alerts")] * 2 == [tuple(row.values()) for row in rows]


def test_its_owner_sees_how_a_spike_watch_stands(
    engine: Engine, watch_id: int, tocsin: Run
) -> None:
    """The hour up to now beside its normal, why it rings or not, and the last two days."""
    before = tocsin("watches", "show", "putin")
    assert "rate:" not in before.stdout
    assert "tells of:  spikes, not single stories" in before.stdout
    with engine.begin() as connection:
        announce_spikes(connection, now=datetime.now(UTC))
    shown = tocsin("watches", "show", "putin").stdout
    assert "0 stories in an hour, normal is 0 for all hours; score 0.0" in shown
    assert "not enough hours of its past are known" in shown
    assert f"48 hours:  {'·' * 47}▁" in shown


def test_old_counts_are_dropped(engine: Engine, watch_id: int) -> None:
    """After four weeks they say nothing any more, single stories after hours."""
    with engine.begin() as connection:
        a_steady_past(connection, watch_id)
        sight(connection, watch_id, make_stories(connection, 2), NOW)
        spikes.forget(connection, now=NOW + timedelta(days=14))
        assert 330 < len(counted(connection)) < 340
        assert [] == run(connection, "SELECT * FROM spike_story")
        spikes.forget(connection, now=NOW + timedelta(days=40))
        assert {} == counted(connection)
        assert [] == run(connection, "SELECT * FROM covered_hour")


def test_articles_are_counted_as_they_are_tagged(
    engine: Engine, settings: Settings, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the inner query matches counts, once a story; it rings for no single article."""
    with engine.begin() as connection:
        watches.put_channel(connection, name="console", kind="console", config={})
        watches.put_watch(connection, name="putin", query=QUERY, channels=["console"])
        feed_id = feeds.put_feed(connection, name="gazette", url="http://example.org/feed")
        texts = {
            "1": ("Путин прибыл", "<p>Владимир Путин прибыл в Женеву.</p>", False),
            "2": ("Погода", "<p>Завтра будет дождь и ветер.</p>", False),
            "3": ("Путин уехал", "<p>Владимир Путин уехал из Женевы.</p>", True),
        }
        new = [
            NewItem(
                identity=f"guid:{n}",
                fingerprint=n,
                entry=Entry(title=title, content=text, language="ru"),
                state=ItemState.FETCHED,
                baseline=old,
            )
            for n, (title, text, old) in texts.items()
        ]
        owed = items.insert_items(connection, {feed_id: new})[feed_id]
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(settings))
    tagging.tag_items([one.id for one in owed])
    with engine.begin() as connection:
        assert [1] == list(counted(connection).values())
        assert 1 == len(run(connection, "SELECT hour FROM covered_hour"))
        assert [] == run(connection, "SELECT id FROM alert")
