"""A spike as its readers get it: the rate beside its normal, with a chart of the last two days."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from worker.alerts import commands, plain
from worker.alerts.bars import hours_in_html, hours_in_text, sparks
from worker.alerts.entries import entries_in_html, entry_in_text, title_of
from worker.alerts.page import Head, document, footer, heading, own_links, section, soft, why
from worker.alerts.payload import spike_payload
from worker.alerts.spikes import SpikeDecision
from worker.alerts.wording import clean_line, time_words
from worker.model import HourCount, Message, Notice, Spike, StoryLine

_MOST_STORIES = 10
_LEGEND = (
    "Stories by hour (UTC), one column each. Pale is what would be normal, red what is beyond it; "
    "no column where nothing was read."
)


def spike_message(n: Notice, spike: Spike, address: str = "") -> Message:
    """The notice in every form that channels send."""
    name = clean_line(spike.watch_name, 60) or f"watch {spike.watch_id}"
    mark = "[test] " if n.test else ""
    return Message(
        delivery_id=n.delivery_id,
        message_id=n.message_id,
        attempt=n.attempt,
        at=n.alerted_at,
        list_name=f"watch-{spike.watch_id}",
        watch_name=spike.watch_name,
        subject=clean_line(f"{mark}{name}: spike, {_rate(spike)}", 140),
        text=_text(n, spike, name, address),
        html=_html(n, spike, name, address),
        payload=spike_payload(n, spike),
        bell=f"{'TEST' if n.test else 'SPIKE'} {name}",
        headline=_rate(spike),
        excerpt=((sparks(spike.hours), False), *_headlines(spike)),
        source=f"{_reach(spike)} · {time_words(spike.at)}",
    )


def rate_lines(
    decision: SpikeDecision, hours: Sequence[HourCount], since: datetime | None = None
) -> list[tuple[str, str]]:
    """How a spike watch stands, for its owner: labels and what is said.

    ``since``: how far back it is counted, where more of the past is still to be counted.
    """
    rate, level = in_an_hour(decision.observed, decision.normal), decision.level.value
    told = [
        ("rate:", f"{rate} for {level}; score {decision.score:.1f}: {decision.reason.value}"),
        ("48 hours:", sparks(hours)),
    ]
    if since is not None:
        told.append(("its past:", f"counted back to {time_words(since)}, and further right now"))
    return told


def spike_line(spike: Spike) -> StoryLine:
    """What a digest says of a spike that did not ring: the rate, the last two days, what it is about."""
    headlines = "; ".join(title_of(one) for one in spike.stories[:3])
    return StoryLine(
        story_id=0,
        title=f"Spike: {_rate(spike)}",
        url="",
        outlet="",
        outlets=0,
        at=spike.at,
        snippet=clean_line(f"{sparks(spike.hours)} {headlines}", 300),
    )


def _rate(spike: Spike) -> str:
    return in_an_hour(spike.observed, spike.normal)


def in_an_hour(observed: int, normal: float) -> str:
    """Like "42 stories in an hour, normal is 10"."""
    stories = "1 story" if observed == 1 else f"{observed} stories"
    return f"{stories} in an hour, normal is {_number(normal)}"


def _number(count: float) -> str:
    return f"{count:.0f}" if count >= 10 else f"{count:.1f}".removesuffix(".0")


def _reach(spike: Spike) -> str:
    return (
        f"score {spike.score:.1f} (the watch asks for {clean_line(spike.bound, 20)}); "
        f"up to {_number(spike.high)} would be normal for {clean_line(spike.level, 60)}"
    )


def _headlines(spike: Spike) -> list[tuple[str, bool]]:
    return [(f"\n{title_of(one)}", False) for one in spike.stories[:3]]


def _text(n: Notice, spike: Spike, name: str, address: str) -> str:
    listed = [
        entry_in_text(number, one) for number, one in enumerate(spike.stories[:_MOST_STORIES], 1)
    ]
    chart = "Stories by hour (UTC); what is right of | is more than normal:\n"
    blocks = [
        "This is a test. Nothing has happened." if n.test else "",
        plain.title(f"{name}: {_rate(spike)}"),
        plain.wrapped(f"In the hour to {time_words(spike.at)}; {_reach(spike)}."),
        "\n\n".join(listed),
        chart + hours_in_text(spike.hours) if spike.hours else "",
    ]
    about = [("Watch", name), ("Query", clean_line(spike.query, 500))]
    footer = [
        *plain.labelled(about),
        *plain.commands(commands.of_watch(spike.watch_name, spike.query)),
        *(f"{label}: {url}" for label, url in own_links(address)),
        f"Alert {n.alert_id} by Tocsin",
    ]
    return plain.page(blocks, footer)


def _html(n: Notice, spike: Spike, name: str, address: str) -> str:
    stories = spike.stories[:_MOST_STORIES]
    parts = [
        heading(_rate(spike)),
        soft(
            f"In the hour to {escape(time_words(spike.at))}; {escape(_reach(spike))}.", "margin:0"
        ),
        hours_in_html(spike.hours),
        soft(_LEGEND, "margin:0;font-size:13px") if spike.hours else "",
        section("Stories of this hour") if stories else "",
        entries_in_html(stories),
        why(name, "the rate of its stories has left its own normal", spike.query),
        footer(n.alert_id, commands.of_watch(spike.watch_name, spike.query), address),
    ]
    head = Head("Spike", "al", name, test=n.test)
    preview = "; ".join(title_of(one) for one in stories[:3])
    return document(f"{name}: {_rate(spike)}", head, parts, preview=preview)
