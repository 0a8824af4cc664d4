"""The picture of the demonstration: of each kind the first few, and nothing fetched from anywhere."""

from dataclasses import replace

from bench.picture import chosen, drawn
from worker.alerts.reasons import AlertReason
from worker.demo.events import BellRang, Closing, Event, NoticeRang, StayedSilent, StoryArrived

RING = BellRang(at=1.0, watch="Putin", outlet="Wire", headline="Talks", snippet="They <talk>.")
END = Closing(feeds=1, items=2, tagged=2, stories=2, alerts=1, deliveries={"email": 1})


def silent(reason: AlertReason, detail: str = "") -> StayedSilent:
    """A match that did not ring, by this rule."""
    return StayedSilent(
        at=2.0, watch="Putin", outlet="Wire", headline="Bread", reason=reason.of(detail)
    )


def test_of_each_kind_the_first_few_are_shown() -> None:
    """Rules that kept a match silent are kinds of their own, whatever their details."""
    quiet, cap = silent(AlertReason.QUIET, "22-07"), silent(AlertReason.CAP, "1")
    spike = NoticeRang(at=3.0, label="SPIKE", headline="7 stories in an hour")
    arrived = StoryArrived(at=0.5, outlet="Wire", language="en", headline="Talks")
    rings = [replace(RING, headline=f"Talks {number}") for number in range(5)]
    again = silent(AlertReason.QUIET, "x")
    events: list[Event] = [arrived, rings[0], *rings, quiet, cap, again, spike, spike, END]
    assert chosen(events) == [*rings[:3], quiet, cap, spike, END]


def test_the_picture_fetches_nothing() -> None:
    """Its words are text in it, and its font is whatever the reader has."""
    svg = drawn([RING, END])
    assert "They&#160;&lt;talk&gt;." in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "").replace(
        "https://www.textualize.io", ""
    )
    assert svg == drawn([RING, END])
