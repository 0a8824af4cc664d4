"""Random newsrooms for tests of planning: watches with policies, and articles of stories that match them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from worker.alerts.plan import Candidate
from worker.model import AlertKind, Brake, Confidence, Match, Policy, Watch

CHANNELS = ("mail", "hook")
BEGIN = datetime(2026, 3, 28, 20, tzinfo=UTC)
"""The evening before clocks are put forward in Berlin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An article: of which story, by which outlet, and how sure each watch is of it (``None``: not at all).

    Or, by its ``kind``, an event of a feed or a spike, each another.
    """

    story: int
    outlet: str
    sure: tuple[Confidence | None, ...]
    baseline: bool
    edited: bool
    kind: AlertKind = AlertKind.STORY


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Watches, and articles in chunks, each some time after the one before."""

    watches: tuple[Watch, ...]
    brake: Brake
    chunks: tuple[tuple[timedelta, tuple[Arrival, ...]], ...]

    def candidates(self, chunk: tuple[Arrival, ...], first_item: int) -> list[Candidate]:
        """What a chunk's articles match; items are numbered from ``first_item``."""
        return [
            Candidate(
                watch=watch,
                match=Match(watch_id=watch.id, evidence=(), confidence=confidence),
                item_id=first_item + n,
                story_id=one.story,
                outlet=one.outlet,
                baseline=one.baseline,
                edited=one.edited,
            )
            if one.kind is AlertKind.STORY
            else Candidate(
                watch=watch,
                match=Match(watch_id=watch.id, evidence=()),
                kind=one.kind,
                item_id=0,
                story_id=-first_item - n,
                outlet=one.outlet,
            )
            for n, one in enumerate(chunk)
            for watch, confidence in zip(self.watches, one.sure, strict=True)
            if confidence is not None
        ]


policies = st.builds(
    Policy,
    floor=st.sampled_from(Confidence),
    digest=st.sampled_from(["", "", "hourly", "daily 02:30"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]),
    quiet=st.sampled_from(["", "", "22:00-07:00", "02:15-02:45"]),
    cap=st.sampled_from([None, None, 1, 2]),
    outlets=st.sampled_from([(), (2,), (2, 3)]),
    sources=st.sampled_from([(), ("B",)]),
)
brakes = st.builds(Brake, alerts=st.sampled_from([0, 1, 3, 60]))
rarely = st.sampled_from([False, False, False, True])


KINDS = (AlertKind.STORY, AlertKind.STORY, AlertKind.EVENT, AlertKind.SPIKE)


@st.composite
def scenarios(
    draw: st.DrawFn, *, stories: int = 3, chunks: int = 8, kinds: tuple[AlertKind, ...] = KINDS
) -> Scenario:
    """A newsroom of up to three watches."""
    watches = tuple(
        Watch(
            id=number,
            name=f"w{number}",
            query="x",
            channels=draw(st.sampled_from([("mail",), CHANNELS, ()])),
            policy=draw(policies),
        )
        for number in range(1, draw(st.integers(1, 3)) + 1)
    )
    arrivals = st.builds(
        Arrival,
        story=st.integers(1, stories),
        outlet=st.sampled_from("ABC"),
        sure=st.tuples(*(st.none() | st.sampled_from(Confidence) for _ in watches)),
        baseline=rarely,
        edited=rarely,
        kind=st.sampled_from(kinds),
    )
    chunk = st.tuples(
        st.sampled_from([0, 1, 7, 40, 300]).map(lambda minutes: timedelta(minutes=minutes)),
        st.lists(arrivals, min_size=1, max_size=4).map(tuple),
    )
    return Scenario(
        watches=watches,
        brake=draw(brakes),
        chunks=tuple(draw(st.lists(chunk, max_size=chunks))),
    )
