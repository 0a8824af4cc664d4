"""Alerts planned by real jobs on a real database: what rings, what waits, what is silent."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine

from tests.alert_scenarios import CHANNELS, Scenario, scenarios
from worker.alerts.ledger import Ledger
from worker.alerts.plan import Planned, plan
from worker.alerts.policy import read_policy
from worker.jobs import tagging, workplace
from worker.jobs.assigning import assign_stories
from worker.jobs.bench import up_to_date
from worker.model import AlertKind, Announcement, Confidence, Entry, ItemState, Page
from worker.settings import Settings
from worker.store import feeds, held, items, mutes, watches, work
from worker.store.decisions import save_decisions
from worker.store.engine import run
from worker.store.items import NewItem
from worker.store.planning import read_log
from worker.store.told import load_owed

STORM = (
    "A storm tore the roof off the town hall of Springfield on Monday night. Nobody was hurt, the "
    "mayor said, and the library next door will be open again by the end of the week."
)
FERRY = (
    "The ferry between the two islands has been taken out of service after its engine failed twice "
    "in a month. Passengers will be carried by bus over the new bridge until spring."
)
STRIKE = (
    "Bakers in the capital went on strike over night shifts and the price of flour. Their union "
    "asked the government for talks before the harvest festival begins in two weeks."
)


class Desk:
    """Puts articles in and has them tagged by the real job."""

    def __init__(self, engine: Engine, place: workplace.Workplace) -> None:
        self.engine = engine
        self.place = place
        self.feeds: dict[str, int] = {}

    def watch(self, name: str = "w", query: str = "text:the", **policy: Any) -> int:
        """A watch that rings by a policy on the channel "screen"."""
        with self.engine.begin() as connection:
            return watches.put_watch(
                connection, name=name, query=query, channels=["screen"], policy=read_policy(policy)
            )

    def put(self, outlet: str, text: str, *, title: str = "News") -> int:
        """A new article of an outlet, not tagged yet."""
        with self.engine.begin() as connection:
            if outlet not in self.feeds:
                self.feeds[outlet] = feeds.put_feed(
                    connection, name=outlet, url=f"http://{outlet}.example/", outlet=outlet
                )
            entry = Entry(title=title, content=f"<p>{text}</p>", language="en")
            new = NewItem(
                identity=f"{outlet}{text}", fingerprint="1", entry=entry, state=ItemState.FETCHED
            )
            ((owed,),) = items.insert_items(connection, {self.feeds[outlet]: [new]}).values()
        return owed.id

    def publish(self, outlet: str, text: str, *, title: str = "News") -> int:
        """A new article, tagged."""
        item_id = self.put(outlet, text, title=title)
        tagging.tag_items([item_id])
        return item_id

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of the database."""
        with self.engine.begin() as connection:
            return run(connection, sql, **values)

    def reasons(self) -> list[str]:
        """Why each match rang or did not, in the order of items."""
        return [row["reason"] for row in self.rows("SELECT reason FROM match ORDER BY item_id")]

    def alerts(self) -> list[tuple[str, int]]:
        """Kind and item of each alert."""
        found = self.rows("SELECT kind, item_id FROM alert ORDER BY id")
        return [(row["kind"], row["item_id"]) for row in found]

    def waiting(self) -> list[held.Held]:
        """What waits."""
        stories = self.rows("SELECT DISTINCT story_id FROM held WHERE released_at IS NULL")
        with self.engine.begin() as connection:
            return [
                one
                for row in stories
                for one in held.held_of(connection, story_id=row["story_id"])
                if one.released_at is None
            ]


@pytest.fixture
def desk(engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A place to work at, with a channel."""
    place = workplace.Workplace(settings)
    monkeypatch.setattr(workplace, "_prepared", place)
    with engine.begin() as connection:
        watches.put_channel(connection, name="screen", kind="console", config={})
    return Desk(engine, place)


def around(now: datetime, *, hours: int) -> str:
    """Quiet hours around now, that end so many full hours later."""
    return f"{now:%H}:00-{now + timedelta(hours=hours):%H}:00"


def test_a_story_of_three_outlets_rings_once(desk: Desk) -> None:
    """The others are on record with their reason."""
    desk.watch()
    first = desk.publish("Gazette", STORM)
    desk.publish("Courier", STORM)
    desk.publish("Herald", STORM)
    other = desk.publish("Herald", FERRY)
    assert [("story", first), ("story", other)] == desk.alerts()
    again = "already rung for this story"
    first_report = "first report of this story"
    assert [first_report, again, again, first_report] == desk.reasons()


def test_a_milestone_continues_the_thread(desk: Desk) -> None:
    """Once for each; its delivery knows the message that was first."""
    desk.watch(updates={"outlets": [2, 3], "sources": ["herald"]})
    found = [desk.publish(outlet, STORM) for outlet in ("Gazette", "Courier", "Herald", "Times")]
    assert [("story", found[0]), ("update", found[1]), ("update", found[2])] == desk.alerts()
    assert [
        "first report of this story",
        "update of a story that has rung: 2 outlets",
        "update of a story that has rung: 3 outlets, source herald",
        "already rung for this story",
    ] == desk.reasons()
    with desk.engine.begin() as connection:
        claimed = load_owed(connection, [1, 2, 3])
    ids = [one.told.message_id for one in claimed]
    threads = [getattr(one.told, "update", None) for one in claimed]
    assert [None, tuple(ids[:1]), tuple(ids[:2])] == [one and one.thread for one in threads]


def test_what_is_sent_says_how_sure_the_match_is(desk: Desk) -> None:
    """A watch that rings for what is only likely tells its receivers so."""
    desk.watch(query='person:"Vladimir Putin"', floor="likely")
    desk.publish("Gazette", "Putin says the weather is fine.", title="Fine")
    with desk.engine.begin() as connection:
        (claimed,) = load_owed(connection, [1])
    assert isinstance(claimed.told, Announcement)
    (putin,) = [one for one in claimed.told.mentions if one.name == "Vladimir Putin"]
    assert claimed.told.confidence is Confidence.LIKELY
    assert (putin.confidence, putin.support) == (Confidence.LIKELY, "deed")


def test_a_digest_watch_waits_and_tells_each_story_once(desk: Desk) -> None:
    """Due at the next full hour; later articles of the story add nothing."""
    desk.watch(digest="hourly")
    now = desk.rows("SELECT now()")[0]["now"]
    desk.publish("Gazette", STORM)
    desk.publish("Courier", STORM)
    desk.publish("Gazette", FERRY)
    waiting = desk.waiting()
    assert [1, 2] == sorted(one.story_id for one in waiting)
    assert all(now < one.due_at <= now + timedelta(hours=1, minutes=1) for one in waiting)
    assert {0} == {one.due_at.minute for one in waiting}
    assert [] == desk.alerts()
    said = "the watch is told by digest: hourly"
    assert [said, "already in a digest or summary", said] == desk.reasons()
    matches = desk.rows("SELECT announced, due_at FROM match ORDER BY item_id")
    assert [False, False, False] == [one["announced"] for one in matches]
    assert [True, False, True] == [one["due_at"] is not None for one in matches]


def test_quiet_hours_hold_until_they_end(desk: Desk) -> None:
    """Nothing rings, nothing is lost."""
    now = datetime.now(UTC)
    desk.watch(quiet=around(now, hours=2))
    desk.publish("Gazette", STORM)
    (waits,) = desk.waiting()
    assert [] == desk.alerts()
    assert "summary" == waits.kind
    assert timedelta() < waits.due_at - now <= timedelta(hours=2)
    assert waits.reason.startswith("quiet hours: ")


def test_what_is_over_the_cap_waits_for_the_end_of_the_hour(desk: Desk) -> None:
    """Of one watch only."""
    desk.watch("capped", cap=1)
    desk.watch("free")
    for text in (STORM, FERRY, STRIKE):
        desk.publish("Gazette", text)
    rung = desk.rows(
        "SELECT name, count(*) FROM alert JOIN watch ON watch_id = watch.id GROUP BY name ORDER BY 1"
    )
    waiting = desk.waiting()
    if len({one.due_at for one in waiting}) == 1:  # else an hour has ended meanwhile
        assert [("capped", 1), ("free", 3)] == [(row["name"], row["count"]) for row in rung]
        assert ["cap of the hour reached: 1"] * 2 == [one.reason for one in waiting]
    assert {0} == {one.due_at.minute for one in waiting}


def test_a_cap_holds_with_many_workers(desk: Desk) -> None:
    """They do not each see room for one more."""
    watch = desk.watch(cap=2)
    texts = [f"{STORM} {word * 40}" for word in ("oak ", "elm ", "ash ", "fir ", "yew ", "box ")]
    found = [desk.put("Gazette", text, title=text[-4:]) for text in texts]
    workers = [threading.Thread(target=tagging.tag_items, args=([one],)) for one in found]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    hours = desk.rows(
        """SELECT date_trunc('hour', planned_at) AS hour, count(*) FROM alert
           WHERE watch_id = :watch GROUP BY 1""",
        watch=watch,
    )
    assert all(row["count"] <= 2 for row in hours)
    stories = desk.rows("SELECT count(DISTINCT story_id) FROM item")[0]["count"]
    assert stories == len(desk.alerts()) + len(desk.waiting())


def test_a_storm_is_held_for_its_channel(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    """Two watches over one channel; what is over the brake waits, all until the same time."""
    stormy = settings.model_copy(update={"storm_alerts": 2, "storm_window": timedelta(minutes=5)})
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(stormy))
    desk.watch("one")
    desk.watch("two")
    for text in (STORM, FERRY, STRIKE):
        desk.publish("Gazette", text)
    assert 2 == len(desk.alerts())
    waiting = desk.waiting()
    assert 4 == len(waiting)
    assert {("storm", "storm of alerts")} == {(one.kind, one.reason) for one in waiting}
    (due,) = {one.due_at for one in waiting}
    assert timedelta(minutes=4) < due - datetime.now(UTC) <= timedelta(minutes=5)
    with engine.begin() as connection:
        run(connection, "UPDATE held SET due_at = now()")
        assert 4 == len(held.due(connection))


def test_what_is_unsubscribed_makes_no_storm(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    """Nobody gets it, so it leaves room for what somebody does."""
    stormy = settings.model_copy(update={"storm_alerts": 2, "storm_window": timedelta(minutes=5)})
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(stormy))
    desk.watch("one")
    desk.watch("two")
    desk.publish("Gazette", STORM)
    with engine.begin() as connection:
        run(connection, "UPDATE delivery SET state = 'unsubscribed' WHERE state = 'pending'")
    desk.publish("Gazette", FERRY)
    assert 4 == len(desk.alerts())
    assert [] == desk.waiting()


@pytest.mark.parametrize(
    ("mute", "rings"),
    [
        ({"kind": "watch", "value": "1"}, []),
        ({"kind": "outlet", "value": "gazette"}, ["Courier"]),
        ({"kind": "outlet", "value": "gazette", "watch_id": 2}, ["Gazette"]),
        ({"kind": "outlet", "value": "gazette", "until": datetime(2026, 1, 1, tzinfo=UTC)}, ["Gazette"]),
        ({"kind": "story", "value": "1"}, []),
        ({"kind": "entity", "value": "country:US"}, ["Gazette"]),
    ],
)  # fmt: skip
def test_what_is_muted_is_recorded_and_not_told(
    desk: Desk, mute: dict[str, Any], rings: list[str]
) -> None:
    """Another outlet's report rings where only the first is muted."""
    desk.watch()
    desk.watch("other", query="text:nothing")
    with desk.engine.begin() as connection:
        mutes.put_mute(connection, **mute)
    desk.publish("Gazette", STORM)
    desk.publish("Courier", STORM)
    rung = desk.rows("SELECT outlet FROM alert JOIN article USING (item_id)")
    assert rings == [row["outlet"] for row in rung]
    assert [] == desk.waiting()
    if rings != ["Gazette"]:
        assert desk.reasons()[0].startswith("muted: for good, ")


@pytest.mark.parametrize(
    ("note", "source", "rings"),
    [("", "feed content", False), ("404", "feed summary", True), ("", "feed summary", False)],
)
def test_an_edit_rings_only_where_the_page_was_not_read_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, note: str, source: str, rings: bool
) -> None:
    """What its publisher adds is on record, and silent."""
    desk.watch(query="text:ferry")
    item = desk.publish("Gazette", STORM)
    assert [] == desk.reasons()
    desk.rows("UPDATE article SET note = :n, source = :s RETURNING 1", n=note, s=source)
    desk.rows(
        """UPDATE item SET state = 'fetched', revision = 1, title = 'Edited',
               content = :text RETURNING 1""",
        text=f"<p>{FERRY}</p>",
    )
    page = f"<html><body><article><h1>Edited</h1><p>{FERRY}</p><p>{STRIKE}</p></article></body>"
    with desk.engine.begin() as connection:
        work.save_page(connection, Page(item_id=item, url="http://g.example/1", html=page.encode()))
    tagging.tag_items([item])
    assert ["page"] == [row["source"] for row in desk.rows("SELECT source FROM article")]
    expected = "first report of this story"
    silent = "found in an edit of an article that was judged before"
    assert [expected if rings else silent] == desk.reasons()
    assert rings == bool(desk.alerts())


def test_a_kill_before_the_end_leaves_nothing_half_planned(desk: Desk) -> None:
    """Tags, matches, alerts and what is held are of one transaction."""
    desk.watch("rings")
    desk.watch("waits", digest="hourly")
    item = desk.put("Gazette", STORM)
    with desk.engine.begin() as connection:
        claimed = workplace.claim_items(connection, desk.place, [item], ItemState.FETCHED)
        bench = up_to_date(desk.place, connection)
    worked = [tagging._tag(bench, one, tagging._read_article(one, None)) for one in claimed]
    assign_stories(
        desk.engine, [one.arrival for one in worked], bench.rarity, window=timedelta(days=3)
    )
    with desk.engine.connect() as connection:  # dies before its commit
        tagging._store_worked(connection, desk.place, bench, worked)
    assert ([], [], []) == (desk.alerts(), desk.waiting(), desk.reasons())
    with desk.engine.begin() as connection:
        tagging._store_worked(connection, desk.place, bench, worked)
    with desk.engine.begin() as connection:  # the same again: the items are not ours any more
        tagging._store_worked(connection, desk.place, bench, worked)
    assert (1, 1, 2) == (len(desk.alerts()), len(desk.waiting()), len(desk.reasons()))


# ------------------------------------------------------------ the tables against the ledger


@pytest.fixture
def fresh(engine: Engine) -> Callable[[Scenario], None]:
    """Empties the tables and puts a scenario's watches and stories there."""

    def prepare(scenario: Scenario) -> None:
        with engine.begin() as connection:
            run(connection, "TRUNCATE watch, channel, story, feed RESTART IDENTITY CASCADE")
            for name in CHANNELS:
                watches.put_channel(connection, name=name, kind="console", config={})
            for watch in scenario.watches:
                watches.put_watch(
                    connection,
                    name=watch.name,
                    query=watch.query,
                    channels=watch.channels,
                    policy=watch.policy,
                )
            feed = feeds.put_feed(connection, name="gazette", url="http://example.org/feed")
            run(connection, "INSERT INTO story (title) SELECT 's' FROM generate_series(1, 3)")
            arrivals = [one for _, chunk in scenario.chunks for one in chunk]
            for number, one in enumerate(arrivals, 1):
                run(
                    connection,
                    """INSERT INTO item (feed_id, identity, fingerprint, story_id)
                       VALUES (:feed, :n, :n, NULL)""",
                    feed=feed,
                    n=str(number),
                )
                run(
                    connection,
                    "INSERT INTO article (item_id, outlet) VALUES (:item, :outlet)",
                    item=number,
                    outlet=one.outlet,
                )

    return prepare


def essence(one: Planned) -> tuple[object, ...]:
    """What a decision comes to."""
    return (one.reason, one.kind, one.channels, one.waits, one.milestones, one.reached)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scenario=scenarios(chunks=5, kinds=(AlertKind.STORY,)))
def test_the_tables_remember_what_the_ledger_does(
    engine: Engine, fresh: Callable[[Scenario], None], scenario: Scenario
) -> None:
    """The same matches are decided alike from either; planning again from the tables is nothing new."""
    fresh(scenario)
    ledger = Ledger(CHANNELS, scenario.brake)
    item = 1
    for _, chunk in scenario.chunks:
        candidates = scenario.candidates(chunk, item)
        with engine.begin() as connection:
            for number, one in enumerate(chunk, item):
                run(
                    connection,
                    "UPDATE item SET story_id = :story WHERE id = :item",
                    story=one.story,
                    item=number,
                )
            if candidates:
                log = read_log(connection, candidates, scenario.brake)
                planned = plan(candidates, log, scenario.brake)
                remembered = ledger.plan(candidates, log.now, log.facts)
                assert [essence(one) for one in remembered] == [essence(one) for one in planned]
                save_decisions(connection, planned)
                log = read_log(connection, candidates, scenario.brake)
                again = plan(candidates, log, scenario.brake)
                assert [] == [one for one in again if one.kind or one.waits]
        item += len(chunk)
    with engine.connect() as connection:
        waiting = run(connection, "SELECT 1 FROM held WHERE released_at IS NULL")
    assert len(ledger.waiting) == len(waiting)
