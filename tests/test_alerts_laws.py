"""What holds of planning whatever comes: nothing twice, nothing lost, nothing without its reason."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tests.alert_scenarios import BEGIN, CHANNELS, Arrival, Scenario, policies, rarely, scenarios
from worker.alerts.ledger import Ledger, Waiting
from worker.alerts.milestones import StoryFacts
from worker.alerts.plan import Planned
from worker.alerts.reasons import AlertReason, rule_of
from worker.alerts.schedule import quiet_until, read_quiet
from worker.model import AlertKind, Brake, Confidence, HeldKind, Policy, Watch

RINGS = {
    AlertReason.FIRST_REPORT, AlertReason.SURER, AlertReason.UPDATE, AlertReason.EVENT, AlertReason.SPIKE,
}  # fmt: skip
HOLDS = {
    AlertReason.IN_DIGEST, AlertReason.UNSURE, AlertReason.QUIET, AlertReason.CAP, AlertReason.STORM,
}  # fmt: skip


class Played:
    """A scenario played to its end, digests released as they are due."""

    def __init__(self, scenario: Scenario) -> None:
        self.ledger = Ledger(CHANNELS, scenario.brake)
        self.planned: list[tuple[datetime, Planned]] = []
        self.again: list[Planned] = []
        self.released: list[Waiting] = []
        self.scenario = scenario
        outlets: dict[int, set[str]] = {}
        now, item = BEGIN, 1
        for wait, chunk in scenario.chunks:
            now += wait
            self.released += self.ledger.release(now)
            for one in chunk:
                outlets.setdefault(one.story, set()).add(one.outlet)
            facts = {story: StoryFacts(outlets=frozenset(o)) for story, o in outlets.items()}
            candidates = scenario.candidates(chunk, item)
            self.planned += [(now, one) for one in self.ledger.plan(candidates, now, facts)]
            self.again += self.ledger.plan(candidates, now, facts)
            item += len(chunk)
        self.waiting = list(self.ledger.waiting)
        self.released += self.ledger.release(now + timedelta(days=30))

    @property
    def decisions(self) -> Iterator[Planned]:
        return (one for _, one in self.planned)


@given(scenarios())
def test_planning_again_with_its_own_log_plans_nothing(scenario: Scenario) -> None:
    """Whatever was decided, the same matches at the same time neither ring nor wait again."""
    assert [] == [one for one in Played(scenario).again if one.kind or one.waits]


@given(scenarios())
def test_no_alert_without_a_match_that_may_ring(scenario: Scenario) -> None:
    """Sure enough for its watch, and news."""
    for one in Played(scenario).decisions:
        candidate = one.candidate
        if one.kind is not None:
            assert not candidate.baseline
            assert not candidate.edited
        if one.kind is AlertKind.STORY:
            assert candidate.match.confidence.rank >= candidate.watch.policy.floor.rank
            assert not candidate.watch.policy.digest


@given(scenarios())
def test_every_decision_has_a_reason_of_its_kind(scenario: Scenario) -> None:
    """What rings, what waits and what is silent are told apart by their rules."""
    for one in Played(scenario).decisions:
        rule = rule_of(one.reason)
        assert rule is not None
        if one.kind is not None:
            assert rule in RINGS
        elif one.waits:
            assert rule in HOLDS
            assert one.due_at is not None
        else:
            assert rule not in RINGS | HOLDS


@given(scenarios())
def test_a_story_rings_once_for_a_watch(scenario: Scenario) -> None:
    """At once or in a summary; and no milestone is told twice."""
    rang: Counter[object] = Counter()
    milestones: Counter[object] = Counter()
    for one in Played(scenario).decisions:
        deferred = any(wait.kind in {HeldKind.SUMMARY, HeldKind.STORM} for wait in one.waits)
        if one.milestones:
            milestones.update((one.candidate.pair, name) for name in one.milestones.split("; "))
        elif one.kind is not None or deferred:
            rang[one.candidate.pair] += 1
    assert {1} >= set(rang.values())
    assert {1} >= set(milestones.values())


@given(scenarios())
def test_a_spike_and_an_event_that_do_not_ring_wait(scenario: Scenario) -> None:
    """Unless the watch is told nowhere; a spike waits for no digest."""
    for one in Played(scenario).decisions:
        candidate = one.candidate
        if candidate.kind is AlertKind.STORY or one.kind is not None:
            continue
        assert bool(one.waits) == bool(candidate.watch.channels)
        if candidate.kind is AlertKind.SPIKE:
            assert HeldKind.DIGEST not in {wait.kind for wait in one.waits}


@given(scenarios())
def test_caps_are_never_exceeded(scenario: Scenario) -> None:
    """In no hour, by stories, updates, spikes and events of feeds together."""
    hours = Counter(
        (one.candidate.watch, now.replace(minute=0))
        for now, one in Played(scenario).planned
        if one.kind is not None and one.candidate.watch.channels
    )
    for (watch, _), count in hours.items():
        assert watch.policy.cap is None or count <= watch.policy.cap


@given(scenarios())
def test_storms_let_no_more_through_than_the_brake(scenario: Scenario) -> None:
    """In no window, over no channel."""
    brake = scenario.brake
    rang = [
        (now, channel)
        for now, one in Played(scenario).planned
        if one.kind is not None
        for channel in one.channels
    ]
    for begun, channel in rang:
        lately = [c for now, c in rang if begun <= now < begun + brake.window and c == channel]
        assert not brake.alerts or len(lately) <= brake.alerts


@given(scenarios())
def test_nothing_held_is_lost_and_nothing_is_released_twice(scenario: Scenario) -> None:
    """What waited comes out once, unless it rang after all before its digest."""
    played = Played(scenario)
    held = [
        (one.candidate.pair, wait.channel, wait.kind, one.milestones)
        for one in played.decisions
        for wait in one.waits
    ]
    came = Counter((one.pair, one.channel, one.kind, one.milestones) for one in played.released)
    assert {1} >= set(came.values())
    assert len(held) == len(set(held))
    assert set(came) <= set(held)
    louder = {
        one.candidate.pair
        for one in played.decisions
        if not one.milestones
        and (one.kind is not None or any(w.kind is not HeldKind.DIGEST for w in one.waits))
    }
    for pair, channel, kind, milestones in set(held) - set(came):
        assert (HeldKind.DIGEST, "") == (kind, milestones)
        assert pair in louder, (pair, channel)


@given(scenarios())
def test_nothing_is_due_in_the_past_or_in_quiet_hours(scenario: Scenario) -> None:
    """What is held for the end of quiet hours does not ring in them."""
    for now, one in Played(scenario).planned:
        policy = one.candidate.watch.policy
        for wait in one.waits:
            assert wait.due_at > now
            if policy.quiet and wait.kind is not HeldKind.STORM:
                quiet, zone = read_quiet(policy.quiet), ZoneInfo(policy.zone)
                assert quiet_until(wait.due_at, quiet, zone) is None
        if one.kind is not None and policy.quiet and one.candidate.watch.channels:
            assert quiet_until(now, read_quiet(policy.quiet), ZoneInfo(policy.zone)) is None


@st.composite
def one_story(draw: st.DrawFn) -> tuple[Watch, list[Arrival], list[Arrival]]:
    """A watch, and the articles of one story in two orders."""
    policy = replace(draw(policies), outlets=(), sources=())
    watch = Watch(id=1, name="w", query="x", channels=CHANNELS, policy=policy)
    arrivals = draw(
        st.lists(
            st.builds(
                Arrival,
                story=st.just(1),
                outlet=st.sampled_from("ABC"),
                sure=st.tuples(st.sampled_from(Confidence)),
                baseline=rarely,
                edited=rarely,
            ),
            min_size=1,
            max_size=6,
        )
    )
    return watch, arrivals, draw(st.permutations(arrivals))


def outcome(watch: Watch, chunks: list[tuple[Arrival, ...]]) -> tuple[object, object]:
    """Which watch and story have rung, and what waits for whom, after articles at one time."""
    still = timedelta()
    scenario = Scenario(
        watches=(watch,), brake=Brake(), chunks=tuple((still, chunk) for chunk in chunks)
    )
    played = Played(scenario)
    rung = {one.candidate.pair for one in played.decisions if one.kind is not None}
    return rung, {(one.pair, one.channel, one.kind, one.due_at) for one in played.waiting}


@given(one_story(), st.data())
def test_the_order_of_a_storys_articles_changes_nothing(
    orders: tuple[Watch, list[Arrival], list[Arrival]], data: st.DataObject
) -> None:
    """Nor does it matter which of them come together."""
    watch, first, second = orders
    cut = data.draw(st.integers(0, len(second)))
    parts = [tuple(part) for part in (second[:cut], second[cut:]) if part]
    assert outcome(watch, [(one,) for one in first]) == outcome(watch, parts)


def test_the_laws_are_tried_on_scenarios_that_matter() -> None:
    """A newsroom in which each kind of decision comes about."""
    sure, likely, possible = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE
    arrivals = [(1, sure), (1, sure), (2, likely), (2, sure), (3, possible), (4, sure), (5, sure)]
    chunk = tuple(
        Arrival(story=story, outlet="A", sure=(one,), baseline=False, edited=False)
        for story, one in arrivals
    )
    watch = Watch(id=1, name="w", query="x", channels=CHANNELS, policy=Policy(cap=2))
    scenario = Scenario(
        watches=(watch,), brake=Brake(), chunks=tuple((timedelta(), (one,)) for one in chunk)
    )
    reasons = [rule_of(one.reason) for one in Played(scenario).decisions]
    assert [
        AlertReason.FIRST_REPORT, AlertReason.RUNG, AlertReason.UNSURE, AlertReason.SURER,
        AlertReason.LISTED, AlertReason.CAP, AlertReason.CAP,
    ] == reasons  # fmt: skip
    assert 4 == len(Played(scenario).waiting)
