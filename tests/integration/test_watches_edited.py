"""Watches edited while a worker runs count at once, and nobody waits for all to be compiled."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from tests.integration.conftest import Processes
from worker.jobs import matching, tagging, workplace
from worker.jobs.bench import Bench
from worker.jobs.warmth import keep_warm, work_ahead
from worker.model import Article, Entity, Entry, ItemState, Kind
from worker.queue import TAG, Queues
from worker.settings import Settings
from worker.store import articles, entities, feeds, items, watches
from worker.store.engine import run
from worker.store.items import NewItem
from worker.watches.vocabulary import Vocabulary

REPORT = Article(title="Harbour", text="The harbour of Lisbon stays closed, Ada Smithers said.")


def put(engine: Engine, query: str, watch_id: int | None = None, *, enabled: bool = True) -> int:
    """Add or edit a watch."""
    with engine.begin() as connection:
        return watches.put_watch(
            connection, name=query, query=query, channels=[], watch_id=watch_id, enabled=enabled
        )


def bench_of(place: workplace.Workplace) -> Bench:
    """What a job would share now."""
    keep_warm(place, [TAG])
    assert place.bench is not None
    return place.bench


def matched(bench: Bench) -> set[int]:
    """The ids of the watches that match the report; each of them is known."""
    found = {match.watch_id for match in bench.matcher.match(REPORT, bench.tagger.tag(REPORT))}
    assert found <= set(bench.watches)
    return found


@pytest.fixture
def place(settings: Settings) -> Iterator[workplace.Workplace]:
    """A worker's workplace."""
    made = workplace.Workplace(settings)
    yield made
    made.close()  # it keeps a connection to look for changes


def test_an_edit_counts_for_a_job_that_is_under_way(
    engine: Engine, queues: Queues, processes: Processes, wait_until: Callable[..., None]
) -> None:
    """The running worker is not told: it looks between the parts of a batch."""
    watch = put(engine, "nothing")
    with engine.begin() as connection:
        feed_id = feeds.put_feed(connection, name="gazette", url="http://127.0.0.1:1/none")
        new = [
            NewItem(
                identity=f"guid:{number}",
                fingerprint=str(number),
                entry=Entry(title=f"Harbour {number}", content=f"<p>Ship {number} waits.</p>" * 9),
                state=ItemState.FETCHED,
            )
            for number in range(64)
        ]
        ids = [one.id for one in items.insert_items(connection, {feed_id: new})[feed_id]]

    def number(sql: str) -> int:
        with engine.connect() as connection:
            found: int = run(connection, f"SELECT count(*) AS n FROM {sql}")[0]["n"]
        return found

    queues.wake(TAG, ids)
    processes.start("worker", "tag")
    wait_until(lambda: number("item WHERE state = 'tagged'"))
    put(engine, "title:harbour", watch)
    wait_until(lambda: number("item WHERE state = 'tagged'") == len(ids))
    assert 0 < number("match") < len(ids)


def test_only_changed_watches_are_compiled(engine: Engine, place: workplace.Workplace) -> None:
    """New, edited, disabled, enabled and removed ones count; what was compiled stays."""
    kept, edited, switched, removed = (
        put(engine, query) for query in ("harbour", "snow", "lisbon", "closed")
    )
    bench = bench_of(place)
    assert {kept, switched, removed} == matched(bench)
    put(engine, "ship* OR harb*", edited)
    put(engine, "lisbon", switched, enabled=False)
    with engine.begin() as connection:
        watches.remove_watches(connection, [removed])
    added = put(engine, '"stays closed"')
    after = bench_of(place)
    assert {kept, edited, added} == matched(after)
    assert 4 == after.matcher.changes
    put(engine, "lisbon", switched)
    assert {kept, edited, added, switched} == matched(bench_of(place))
    assert after.tagger is bench_of(place).tagger


def test_many_are_compiled_between_jobs(
    engine: Engine, place: workplace.Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that become known, and too many changes: meanwhile the matcher at hand goes on."""
    monkeypatch.setattr(matching, "AT_ONCE", 2)
    monkeypatch.setattr(matching, "SLICE", 0.0)
    with engine.begin() as connection:  # each language is a chance to stop
        for code in ("en", "de", "fr", "es", "it", "ru"):
            feeds.put_feed(connection, name=code, url=f"http://127.0.0.1/{code}", language=code)
    first, person = put(engine, "harbour"), put(engine, 'person:"A. Smithers"')
    put(engine, "snow")
    assert {first} == matched(bench_of(place))
    with engine.begin() as connection:
        known = Entity(
            kind=Kind.PERSON,
            key="person:ada-smithers",
            name="Ada Smithers",
            aliases=("A. Smithers",),
        )
        entities.put_entities(connection, [known], source="test")
    bench = bench_of(place)
    assert bench.watching.remaking is not None
    assert {first} == matched(bench)
    late = put(engine, "lisbon")
    assert {first, late} <= matched(bench_of(place))
    while work_ahead(place, [TAG]):
        pass
    assert place.bench is not None
    assert {first, person, late} == matched(place.bench)
    assert place.bench.watching.remaking is None
    many = [put(engine, f"{word} harbour") for word in ("the", "of", "stays")]
    assert {first, person, late} == matched(bench_of(place))
    while work_ahead(place, [TAG]):
        pass
    assert place.bench is not None
    assert {first, person, late, *many} == matched(place.bench)
    assert not work_ahead(place, ["fetch"])


def test_jobs_find_the_words_of_the_latest_articles_looked_up(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job is forked, and what it looks up is lost with it: so its worker does that, edits included."""
    put(engine, "harbour")
    text = " ".join(f"The harbour of Lisbon stays closed for {n} days." for n in range(40))
    entry = Entry(title="Harbour", content=f"<p>{text}</p>", published=datetime.now(UTC))
    new = NewItem(identity="guid:1", fingerprint="1", entry=entry, state=ItemState.FETCHED)
    with engine.begin() as connection:
        feed_id = feeds.put_feed(connection, name="gazette", url="http://127.0.0.1:1/gazette")
        item = items.insert_items(connection, {feed_id: [new]})[feed_id][0]
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(settings))
    tagging.tag_items([item.id])
    with engine.connect() as connection:
        article = articles.load_articles(connection, [item.id])[item.id]
    place = workplace.Workplace(settings)
    for query in ("days", "lisbon"):
        put(engine, query)
        bench = bench_of(place)
        with monkeypatch.context() as patch:
            patch.setattr(Vocabulary, "look_up", None)
            assert {bench.watches[one].name for one in bench.matcher.sure(article, ())} >= {query}
    place.close()


def test_a_watch_is_told_what_is_known_beside_the_article(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tags of its feed, how old it is, and how many outlets the story has by now."""
    wanted = {"tag:ports", "harbour published > -2d", "harbour outlets >= 2"}
    for query in (*wanted, "tag:sport", "harbour outlets >= 3", "harbour published < -2d"):
        put(engine, query)
    text = " ".join(f"The harbour of Lisbon stays closed for {n} days." for n in range(40))
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(settings))
    ids = []
    for number in (1, 2):
        with engine.begin() as connection:
            feed_id = feeds.put_feed(
                connection,
                name=f"gazette {number}",
                outlet=f"Gazette {number}",
                url=f"http://127.0.0.1:1/{number}",
                tags=["Ports"],
            )
            entry = Entry(title="Harbour", content=f"<p>{text}</p>", published=datetime.now(UTC))
            new = NewItem(identity="guid:1", fingerprint="1", entry=entry, state=ItemState.FETCHED)
            ids += [one.id for one in items.insert_items(connection, {feed_id: [new]})[feed_id]]
        tagging.tag_items(ids[-1:])
    with engine.connect() as connection:
        rows = run(
            connection,
            """SELECT name, array_agg(item_id ORDER BY item_id) AS items FROM match
               JOIN watch ON watch.id = watch_id GROUP BY name""",
        )
    found = {row["name"]: row["items"] for row in rows}
    assert wanted == set(found)
    assert [ids[1]] == found["harbour outlets >= 2"]
