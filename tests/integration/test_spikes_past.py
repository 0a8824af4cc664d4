"""What spike watches would have counted is counted afterwards, from the stored articles."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from tests.integration.archive import Archive, mention
from tests.integration.command import Run
from worker.alerts.spikes import HOUR, MEMORY, full_hour
from worker.announcing.spikes import announce_spikes
from worker.jobs import recounting, workplace
from worker.jobs.recounting import recount
from worker.model import Confidence, Kind, Mention
from worker.queue import RECOUNT, Queues
from worker.scheduler.sweep import Sweep
from worker.settings import Settings
from worker.store import spikes, watches
from worker.store.engine import run
from worker.store.history import articles_before

DAY = timedelta(days=1)
STORM = "A storm came over the coast."


@pytest.fixture
def archive(engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """An empty store; jobs work on it."""
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(settings))
    return Archive(engine)


def watch(engine: Engine, query: str = "spike(storm) > 3", name: str = "storms") -> int:
    """A spike watch that the scheduler has seen, and all workers know."""
    with engine.begin() as connection:
        watch_id = watches.put_watch(connection, name=name, query=query, channels=[])
        announce_spikes(connection, now=datetime.now(UTC) - spikes.SETTLED)
    return watch_id


def hours(engine: Engine) -> dict[int, dict[int, int]]:
    """Stories counted, by watch and how many full hours ago."""
    this = full_hour(datetime.now(UTC))
    with engine.connect() as connection:
        found: dict[int, dict[int, int]] = {}
        for row in run(connection, "SELECT watch_id, hour, stories FROM spike_hour"):
            found.setdefault(row["watch_id"], {})[(this - row["hour"]) // HOUR] = row["stories"]
    return found


def since(engine: Engine) -> dict[int, datetime]:
    """How far back each watch is counted."""
    with engine.connect() as connection:
        return {one.watch_id: one.since for one in spikes.counted(connection)}


def test_the_past_is_counted_as_it_would_have_been(engine: Engine, archive: Archive) -> None:
    """A story once in an hour; no old news of a new feed, nobody only possibly meant."""
    first = archive.add("One", STORM, ago=30 * HOUR)
    archive.add("Two", STORM, ago=30 * HOUR, feed="courier", story=archive.story_of(first))
    archive.add("Three", STORM, ago=30 * HOUR, feed="herald")
    archive.add("Later", STORM, ago=20 * HOUR, story=archive.story_of(first))
    archive.add("Old news", STORM, ago=20 * HOUR, baseline=True)
    archive.add("Dry", "The sun shone.", ago=10 * HOUR)
    archive.add("Too long ago", STORM, ago=MEMORY + DAY)
    watch_id = watch(engine)
    recount([watch_id])
    counted = hours(engine)[watch_id]
    assert [1, 2] == [counted[ago] for ago in sorted(counted)]
    assert 10 == max(counted) - min(counted)
    with engine.connect() as connection:
        assert 3 == len(run(connection, "SELECT hour FROM covered_hour"))
    assert since(engine)[watch_id] <= datetime.now(UTC) - MEMORY


def test_what_is_only_possibly_meant_does_not_count(engine: Engine, archive: Archive) -> None:
    """As it would not have when it came."""
    for ago, sure in ((30, Confidence.CERTAIN), (20, Confidence.POSSIBLE)):
        found = mention(Kind.PERSON, "person:vladimir-putin", "Putin", "Putin spoke.")
        meant = Mention(**{**{f: getattr(found, f) for f in found.__slots__}, "confidence": sure})
        archive.add(f"Speech {ago}", "Putin spoke.", ago=ago * HOUR, mentions=(meant,))
    watch_id = watch(engine, 'spike(person:"Vladimir Putin") > 3')
    recount([watch_id])
    assert [30] == [ago for ago in hours(engine)[watch_id] if ago in {20, 30, 31}]


def test_what_came_late_counts_when_it_was_published(engine: Engine, archive: Archive) -> None:
    """Seen yesterday, published the day before."""
    item = archive.add("Late", STORM, ago=DAY)
    with engine.begin() as connection:
        run(
            connection,
            "UPDATE article SET published_at = now() - interval '48 hours' WHERE item_id = :id",
            id=item,
        )
    watch_id = watch(engine)
    recount([watch_id])
    assert {48: 1} == {ago: n for ago, n in hours(engine)[watch_id].items() if ago != 24}


def test_it_goes_on_where_it_was_left(
    engine: Engine, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batch by batch, the newest first; a job that dies, or runs twice, counts nothing twice."""
    monkeypatch.setattr(recounting, "BATCH", 2)
    monkeypatch.setattr(recounting, "SLICE", 0.0)  # no time at all
    for ago in range(1, 6):
        archive.add(f"Storm {ago}", STORM, ago=ago * DAY)
    watch_id = watch(engine)
    recount([watch_id])
    assert {} == hours(engine)
    monkeypatch.setattr(recounting, "SLICE", 60.0)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    counts = spikes.count
    monkeypatch.setattr(spikes, "count", dies)
    before = since(engine)
    with pytest.raises(KeyboardInterrupt):
        recount([watch_id])
    assert before == since(engine)
    monkeypatch.setattr(spikes, "count", counts)
    monkeypatch.setattr(recounting, "stop_asked", iter([False, True]).__next__)
    recount([watch_id])
    assert 2 == sum(hours(engine)[watch_id].values())
    monkeypatch.setattr(recounting, "stop_asked", lambda: False)
    recount([watch_id])
    recount([watch_id])
    assert [1, 1, 1, 1, 1] == list(hours(engine)[watch_id].values())


def test_two_jobs_at_once_count_once(
    engine: Engine, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is second finds that the past has moved on."""
    archive.add("Storm", STORM, ago=DAY)
    watch_id = watch(engine)
    read = articles_before

    def overtaken(*args: object, **named: object) -> object:
        monkeypatch.setattr(recounting, "articles_before", read)
        found = read(*args, **named)  # type: ignore[arg-type]
        recount([watch_id])
        return found

    monkeypatch.setattr(recounting, "articles_before", overtaken)
    recount([watch_id])
    assert [1] == list(hours(engine)[watch_id].values())


def test_another_query_is_counted_from_its_past(
    engine: Engine, archive: Archive, tocsin: Run
) -> None:
    """What the former one counted is gone; a watch beside it is not counted again."""
    archive.add("Storm", STORM, ago=DAY)
    archive.add("Sun", "The sun shone.", ago=2 * DAY)
    storms, other = watch(engine), watch(engine, name="other")
    recount([storms, other])
    assert {storms, other} == hours(engine).keys()
    assert 0 == tocsin("watches", "edit", "storms", "--query", "spike(sun) > 3").returncode
    with engine.begin() as connection:
        announce_spikes(connection, now=datetime.now(UTC) - spikes.SETTLED)
        assert [storms] == spikes.uncounted(connection)
    assert "its past:" in tocsin("watches", "show", "storms").stdout
    recount([storms, other])
    assert [24, 48] == sorted(min(found) for found in hours(engine).values())
    assert "its past:" not in tocsin("watches", "show", "storms").stdout


def test_a_sweep_has_it_done(engine: Engine, archive: Archive, queues: Queues) -> None:
    """Once the queue is empty, until all of the past is counted."""
    watch_id = watch(engine)
    sweep = Sweep(engine=engine, queues=queues, spacing=Settings().spacing)
    sweep.sweep()
    sweep.sweep()
    assert 1 == queues.depths()[RECOUNT]
    assert archive.engine is engine
    recount([watch_id])
    with engine.connect() as connection:
        assert [] == spikes.uncounted(connection)


def test_a_new_watch_rings_for_a_burst_at_once(engine: Engine, archive: Archive) -> None:
    """Four days of the store say what is normal."""
    now = datetime.now(UTC)
    for ago in range(1, 97):
        archive.add(f"Storm {ago}", STORM, ago=now - full_hour(now) + ago * HOUR)
    for number in range(12):
        archive.add(f"Burst {number}", STORM, ago=timedelta(minutes=number + 1))
    with engine.begin() as connection:
        watches.put_channel(connection, name="console", kind="console", config={})
        watches.put_watch(connection, name="storms", query="spike(storm) > 3", channels=["console"])
        assert [] == announce_spikes(connection, now=now - spikes.SETTLED)
        ids = spikes.uncounted(connection)
    recount(ids)
    with engine.begin() as connection:
        assert 1 == len(announce_spikes(connection, now=now))
        (alert,) = run(connection, "SELECT reason FROM alert")
    assert alert["reason"].endswith(" stories in an hour, normal is 1")
