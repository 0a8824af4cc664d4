"""Planning: which matches ring, which wait and which stay silent, each for its named reason."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from worker.alerts.ledger import Entry, Ledger, told
from worker.alerts.milestones import StoryFacts
from worker.alerts.plan import Candidate, Load, Log, Planned, Told, plan
from worker.alerts.policy import read_policy
from worker.alerts.reasons import AlertReason, rule_of
from worker.model import AlertKind, Brake, Confidence, HeldKind, Match, Mute, Watch

NOW = datetime(2026, 11, 25, 12, 20, tzinfo=UTC)
CERTAIN, LIKELY, POSSIBLE = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE
BOTH = ("mail", "hook")


def watching(watch_id: int = 1, *, channels: tuple[str, ...] = ("mail",), **policy: Any) -> Watch:
    """A watch that rings by a policy."""
    return Watch(
        id=watch_id, name=f"w{watch_id}", query="x", channels=channels, policy=read_policy(policy)
    )


def matched(
    watch: Watch | None = None,
    story: int = 1,
    confidence: Confidence = CERTAIN,
    *,
    item: int = 0,
    **about: Any,
) -> Candidate:
    """A match of a watch in an item of a story."""
    watch = watch or watching()
    match = Match(watch_id=watch.id, evidence=(), confidence=confidence)
    return Candidate(watch=watch, match=match, item_id=item or story, story_id=story, **about)


def decided(one: Candidate, had: Told | None = None, *, now: datetime = NOW, **log: Any) -> Planned:
    """The decision about a single match."""
    told_before = {one.pair: had} if had else {}
    (planned,) = plan([one], Log(now=now, channels=BOTH, told=told_before, **log))
    return planned


def utc(text: str) -> datetime:
    """A time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ------------------------------------------------------------------- rings, waits or is silent


@pytest.mark.parametrize(
    ("floor", "digest", "confidence", "kind", "reason", "due"),
    [
        ("certain", "", CERTAIN, AlertKind.STORY, "first report of this story", None),
        ("certain", "", LIKELY, None, "not sure enough to ring: likely", "2026-11-26 08:00"),
        ("certain", "", POSSIBLE, None, "possible only: listed", None),
        ("likely", "", LIKELY, AlertKind.STORY, "first report of this story", None),
        ("likely", "", POSSIBLE, None, "possible only: listed", None),
        ("possible", "", POSSIBLE, AlertKind.STORY, "first report of this story", None),
        ("certain", "hourly", CERTAIN, None, "the watch is told by digest: hourly", "2026-11-25 13:00"),
        ("certain", "hourly", LIKELY, None, "not sure enough to ring: likely", "2026-11-25 13:00"),
        ("certain", "hourly", POSSIBLE, None, "possible only: listed", None),
        ("possible", "hourly", POSSIBLE, None, "the watch is told by digest: hourly", "2026-11-25 13:00"),
    ],
)  # fmt: skip
def test_how_sure_a_match_is_decides(
    floor: str,
    digest: str,
    confidence: Confidence,
    kind: AlertKind | None,
    reason: str,
    due: str | None,
) -> None:
    """Against the floor of the watch; what is likely is told by digest at least."""
    planned = decided(matched(watching(floor=floor, digest=digest), confidence=confidence))
    assert (kind, reason) == (planned.kind, planned.reason)
    assert (utc(due) if due else None) == planned.due_at
    assert (("mail",) if kind else ()) == planned.channels
    assert {HeldKind.DIGEST} >= {wait.kind for wait in planned.waits}


@pytest.mark.parametrize(
    ("about", "had", "reason"),
    [
        ({"baseline": True}, None, "was there when the feed was added"),
        ({"edited": True}, None, "found in an edit of an article that was judged before"),
        ({"quiet": True}, None, "found when its story was tagged anew"),
        ({}, Told(rung=True), "already rung for this story"),
        ({"edited": True}, Told(rung=True), "already rung for this story"),
        ({"quiet": True}, Told(rung=True), "already rung for this story"),
        ({"baseline": True}, Told(rung=True), "was there when the feed was added"),
        ({}, Told(waits=True), "already in a digest or summary"),
    ],
)
def test_silence_has_its_reason(about: dict[str, Any], had: Told | None, reason: str) -> None:
    """Only a first match of an enabled watch on news rings."""
    planned = decided(matched(**about), had)
    assert (None, (), reason) == (planned.kind, planned.waits, planned.reason)


def test_a_disabled_watch_is_silent() -> None:
    """Whatever else holds."""
    watch = Watch(id=1, name="w", query="x", channels=("mail",), enabled=False)
    for had, baseline in product((None, Told(rung=True), Told(digest=True)), (False, True)):
        planned = decided(matched(watch, baseline=baseline), had)
        assert (None, "watch is disabled") == (planned.kind, planned.reason)


def test_what_has_rung_never_rings_again() -> None:
    """Whatever else holds, a story that rang is silent."""
    flags = (False, True)
    for baseline, edited, quiet, confidence in product(flags, flags, flags, Confidence):
        one = matched(confidence=confidence, baseline=baseline, edited=edited, quiet=quiet)
        planned = decided(one, Told(rung=True))
        assert (None, ()) == (planned.kind, planned.waits)


def test_what_the_digest_has_rings_when_it_is_sure() -> None:
    """A surer article rings once; another unsure one does not come into a digest again."""
    had = Told(digest=True)
    rings = decided(matched(), had)
    assert (AlertKind.STORY, AlertReason.SURER) == (rings.kind, rings.reason)
    silent = decided(matched(confidence=LIKELY), had)
    assert (None, (), AlertReason.HELD) == (silent.kind, silent.waits, silent.reason)
    by_digest = decided(matched(watching(digest="hourly")), had)
    assert (None, (), AlertReason.HELD) == (by_digest.kind, by_digest.waits, by_digest.reason)


def test_the_surest_of_some_articles_speaks_for_their_story() -> None:
    """The others of the same chunk are silent, whatever came first."""
    watch = watching()
    confidences = (POSSIBLE, LIKELY, CERTAIN, CERTAIN)
    chunk = [matched(watch, confidence=one, item=n) for n, one in enumerate(confidences, 1)]
    planned = plan(chunk, Log(now=NOW, channels=BOTH))
    assert [None, None, AlertKind.STORY, None] == [one.kind for one in planned]
    assert [AlertReason.RUNG] * 2 == [planned[0].reason, planned[3].reason]
    held = plan(chunk[:2], Log(now=NOW, channels=BOTH))
    assert [AlertReason.HELD, AlertReason.UNSURE.of("likely")] == [one.reason for one in held]


def test_a_watch_that_rings_nowhere_only_keeps_a_record() -> None:
    """It has alerts without deliveries; nothing waits for nobody. A removed channel is none."""
    for channels in ((), ("gone",)):
        watch = watching(channels=channels, quiet="12:00-13:00", cap=1)
        planned = decided(matched(watch), hour={1: 5})
        assert (AlertKind.STORY, (), ()) == (planned.kind, planned.channels, planned.waits)
        unsure = decided(matched(watch, confidence=LIKELY))
        assert (None, (), AlertReason.NOWHERE) == (unsure.kind, unsure.waits, unsure.reason)


# --------------------------------------------------------------- quiet hours, caps and storms


@pytest.mark.parametrize(
    ("policy", "hour", "reason", "due"),
    [
        ({"quiet": "13:00-14:00", "zone": "Europe/Berlin"}, 0, "quiet hours: 13:00-14:00 Europe/Berlin", "2026-11-25 13:00"),
        ({"quiet": "13:00-14:00"}, 0, None, None),
        ({"cap": 3}, 2, None, None),
        ({"cap": 3}, 3, "cap of the hour reached: 3", "2026-11-25 13:00"),
        # The hour's end lies in quiet hours: told when they end.
        ({"cap": 3, "quiet": "13:00-15:00"}, 3, "cap of the hour reached: 3", "2026-11-25 15:00"),
    ],
)  # fmt: skip
def test_quiet_hours_and_caps_hold_and_then_summarise(
    policy: dict[str, Any], hour: int, reason: str | None, due: str | None
) -> None:
    """Nothing is dropped: it is due when they end."""
    watch = watching(channels=BOTH, **policy)
    planned = decided(matched(watch), hour={1: hour})
    if reason is None or due is None:
        assert (AlertKind.STORY, BOTH) == (planned.kind, planned.channels)
        return
    assert (None, reason, utc(due)) == (planned.kind, planned.reason, planned.due_at)
    assert [(name, HeldKind.SUMMARY) for name in BOTH] == [
        (w.channel, w.kind) for w in planned.waits
    ]


def test_a_digest_due_in_quiet_hours_waits_for_their_end() -> None:
    """A digest rings too."""
    watch = watching(digest="hourly", quiet="13:00-14:30")
    assert utc("2026-11-25 14:30") == decided(matched(watch)).due_at


def test_the_cap_counts_what_rings_in_the_hour() -> None:
    """Each watch by itself; what is over it is told in one summary when the hour ends."""
    ledger = Ledger(BOTH)
    for minute in range(0, 120, 7):
        now = utc("2026-11-25 12:00") + timedelta(minutes=minute)
        one, other = watching(cap=3), watching(2)
        ledger.plan([matched(one, minute), matched(other, minute)], now)
    rung = {pair for pair, entries in ledger.entries.items() if told(entries).rung}
    assert (6, 18) == tuple(sum(watch == n for watch, _ in rung) for n in (1, 2))
    dues = [one.due_at for one in ledger.waiting]
    assert [utc("2026-11-25 13:00")] * 6 + [utc("2026-11-25 14:00")] * 6 == dues


def test_a_storm_over_a_channel_is_told_when_it_is_over() -> None:
    """Whatever watches ring; another channel is not concerned. It ends a window after its last alert."""
    ledger = Ledger(BOTH, Brake(alerts=5, window=timedelta(minutes=10)))
    begun = utc("2026-11-25 12:00")
    for minute in range(12):
        watch = watching(minute, channels=("mail",))
        ledger.plan([matched(watch, minute)], begun + timedelta(minutes=minute))
    held = [one for one in ledger.waiting if one.channel == "mail"]
    assert list(range(5, 12)) == [one.pair[1] for one in held]
    assert {begun + timedelta(minutes=21)} == {one.due_at for one in held}
    (calm,) = ledger.plan([matched(watching(50, channels=("hook",)), 50)], begun)
    assert ("hook",) == calm.channels
    partly = watching(51, channels=BOTH)
    (half,) = ledger.plan([matched(partly, 51)], begun + timedelta(minutes=12))
    assert (AlertKind.STORY, ("hook",)) == (half.kind, half.channels)
    assert [("mail", HeldKind.STORM)] == [(w.channel, w.kind) for w in half.waits]
    later = begun + timedelta(minutes=22)
    assert 8 == len(ledger.release(later))
    (again,) = ledger.plan([matched(watching(52), 52)], later)
    assert (AlertKind.STORY, ("mail",)) == (again.kind, again.channels)


def test_a_long_storm_is_told_every_hour() -> None:
    """What it holds does not wait until it is over."""
    brake = Brake(alerts=2, window=timedelta(minutes=10))
    since = NOW - timedelta(minutes=55)
    log = Log(now=NOW, channels=BOTH, loads={"mail": Load(alerts=9, since=since)})
    (planned,) = plan([matched()], log, brake)
    assert (AlertReason.STORM, since + timedelta(hours=1)) == (planned.reason, planned.due_at)


def test_no_brake_is_no_brake() -> None:
    """A number of 0 lets everything through."""
    log = Log(now=NOW, channels=BOTH, loads={"mail": Load(alerts=10_000)})
    (planned,) = plan([matched()], log, Brake(alerts=0))
    assert AlertKind.STORY == planned.kind


# ------------------------------------------------------------------------------------- updates


def facts(*outlets: str, countries: str = "") -> dict[int, StoryFacts]:
    """What story 1 has come to."""
    return {1: StoryFacts(outlets=frozenset(outlets), countries=frozenset(countries.split()))}


def test_milestones_ring_once_each() -> None:
    """In the order in which they are reached; those passed when it rang are no news."""
    watch = watching(updates={"outlets": [2, 4], "sources": ["Reuters"], "countries": True})
    ledger = Ledger(BOTH)
    steps = [
        (facts("A", "B", countries="UA"), "first report of this story"),
        (facts("A", "B", "C", countries="UA"), AlertReason.RUNG),
        (facts("A", "B", "C", "D", countries="UA"), AlertReason.UPDATE.of("4 outlets")),
        (facts("A", "B", "C", "D", countries="UA PL"), AlertReason.UPDATE.of("country Poland")),
        (facts("A", "B", "C", "D", "reuters", countries="UA PL"), AlertReason.UPDATE.of("source Reuters")),
        (facts("A", "B", "C", "D", "reuters", countries="UA PL"), AlertReason.RUNG),
    ]  # fmt: skip
    reasons = [ledger.plan([matched(watch)], NOW, known)[0].reason for known, _ in steps]
    assert [reason for _, reason in steps] == reasons


def test_an_update_tells_all_that_is_new_at_once() -> None:
    """Of several numbers of outlets the largest; a smaller one that was passed does not ring later."""
    watch = watching(updates={"outlets": [2, 4], "sources": ["Reuters"]})
    planned = decided(
        matched(watch),
        Told(rung=True, reached=frozenset()),
        facts=facts("A", "B", "C", "Reuters"),
    )
    assert (AlertKind.UPDATE, ("mail",)) == (planned.kind, planned.channels)
    assert AlertReason.UPDATE.of("4 outlets, source Reuters") == planned.reason
    assert "4 outlets; 2 outlets; source Reuters" == planned.milestones


def test_updates_keep_to_quiet_hours_and_are_held_once() -> None:
    """A milestone that is held is not told again."""
    watch = watching(updates={"outlets": [2]}, quiet="12:30-13:00")
    ledger = Ledger(BOTH)
    ledger.plan([matched(watch)], NOW, facts("A"))
    later = NOW + timedelta(minutes=15)
    (held,) = ledger.plan([matched(watch)], later, facts("A", "B"))
    assert (None, "2 outlets") == (held.kind, held.milestones)
    assert [HeldKind.SUMMARY] == [wait.kind for wait in held.waits]
    for moment in (later, NOW + timedelta(hours=2)):
        (again,) = ledger.plan([matched(watch)], moment, facts("A", "B"))
        assert (None, (), AlertReason.RUNG) == (again.kind, again.waits, again.reason)


def test_a_policy_that_asks_for_updates_later_does_not_call_old_countries_new() -> None:
    """Nobody had looked when the story rang."""
    watch = watching(updates={"outlets": [2], "countries": True})
    before = told([Entry()])
    known = facts("A", "B", countries="UA PL")
    planned = decided(matched(watch), before, facts=known)
    assert AlertReason.UPDATE.of("2 outlets") == planned.reason
    after = told([Entry(), Entry(reached=planned.reached)])
    assert AlertReason.RUNG == decided(matched(watch), after, facts=known).reason


def test_no_update_of_what_has_not_rung_by_itself() -> None:
    """What was told in a digest or summary has no thread to continue."""
    watch = watching(updates={"outlets": [2]})
    for had in (Told(waits=True), Told(digest=True)):
        planned = decided(matched(watch, confidence=LIKELY), had, facts=facts("A", "B"))
        assert (None, (), AlertReason.HELD) == (planned.kind, planned.waits, planned.reason)


# --------------------------------------------------------------------------------------- mutes


def mute(kind: str, value: str, **about: Any) -> Mute:
    """A mute."""
    return Mute(id=1, kind=kind, value=value, created_at=NOW, **about)


@pytest.mark.parametrize(
    ("muted", "reason"),
    [
        (mute("watch", "1"), "muted: for good, watch w1"),
        (mute("watch", "2"), None),
        (mute("story", "1", until=NOW + timedelta(days=1)), "muted: until 2026-11-26 12:20 UTC, story 1"),
        (mute("story", "1", until=NOW), None),
        (mute("outlet", "gazette"), "muted: for good, outlet gazette"),
        (mute("outlet", "gazette", watch_id=1), "muted: for good, outlet gazette"),
        (mute("outlet", "gazette", watch_id=2), None),
        (mute("outlet", "Gaz"), None),
        (mute("entity", "person:ann"), "muted: for good, entity person:ann"),
        (mute("entity", "person:bob"), None),
    ],
)  # fmt: skip
def test_what_is_muted_is_silent_and_says_so(muted: Mute, reason: str | None) -> None:
    """By watch, story, outlet or entity, for all watches or one, until a time or for good."""
    one = matched(outlet="Gazette", named={"person:ann"})
    planned = decided(one, mutes=[muted])
    assert reason == (planned.reason if planned.kind is None else None)


def test_of_several_mutes_the_longest_is_told() -> None:
    """It is the one that has to be lifted."""
    short, long = mute("watch", "1", until=NOW + timedelta(days=1)), mute("story", "1")
    for mutes in ([short, long], [long, short]):
        assert "muted: for good, story 1" == decided(matched(), mutes=mutes).reason


def test_a_mute_of_one_outlet_lets_another_ring() -> None:
    """Also in the same story, and at the same time."""
    chunk = [matched(item=1, outlet="A"), matched(item=2, outlet="B")]
    log = Log(now=NOW, channels=BOTH, mutes=[mute("outlet", "A")])
    assert [None, AlertKind.STORY] == [one.kind for one in plan(chunk, log)]


# ------------------------------------------------------------------------------------- reasons


@pytest.mark.parametrize("reason", list(AlertReason))
def test_stored_reasons_name_their_rule(reason: AlertReason) -> None:
    """With details or without."""
    assert reason == rule_of(reason.of()) == rule_of(reason.of("some: detail"))
    assert rule_of("something of old") is None
