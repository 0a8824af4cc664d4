"""A spike as its readers get it: the rate beside its normal, with a chart of the last two days."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from worker.alerts.bars import hours_in_html, hours_in_text, sparks
from worker.alerts.entries import entry_in_html, entry_in_text, title_of
from worker.alerts.page import RULE, SOFT, document, in_html, test_notice
from worker.alerts.payload import spike_payload
from worker.alerts.spikes import SpikeDecision
from worker.alerts.wording import clean_line, in_blocks, time_words
from worker.model import HourCount, Message, Notice, Spike

_MOST_STORIES = 10


def spike_message(n: Notice, spike: Spike) -> Message:
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
        text=_text(n, spike, name),
        html=_html(n, spike, name),
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


def _text(n: Notice, spike: Spike, name: str) -> str:
    listed = [
        entry_in_text(number, one) for number, one in enumerate(spike.stories[:_MOST_STORIES], 1)
    ]
    blocks = [
        "This is a test. Nothing has happened." if n.test else "",
        f"{name}: {_rate(spike)}",
        f"In the hour to {time_words(spike.at)}; {_reach(spike)}.",
        "\n\n".join(listed),
        "Stories by hour (UTC); what is right of | is more than normal:\n"
        + hours_in_text(spike.hours)
        if spike.hours
        else "",
        f"Watch: {name}\nQuery: {clean_line(spike.query, 500)}\nAlert {n.alert_id} by Tocsin",
    ]
    return in_blocks(blocks)


def _html(n: Notice, spike: Spike, name: str) -> str:
    style = "font-size:22px;line-height:1.3;margin:0 0 12px"
    listed = "".join(entry_in_html(one) for one in spike.stories[:_MOST_STORIES])
    rule = f'<hr class="tocsin-line" style="{RULE}">'
    parts = [
        test_notice(test=n.test),
        f'<p {SOFT}>{escape(name)}</p>\n<h1 style="{style}">{escape(_rate(spike))}</h1>',
        f"<p {SOFT}>In the hour to {escape(time_words(spike.at))}; {escape(_reach(spike))}.</p>",
        hours_in_html(spike.hours) if spike.hours else "",
        f"<p {SOFT}>Stories by hour (UTC). Shaded is what would be normal, red what is beyond.</p>",
        f'{rule}\n<ol style="padding-left:24px">{listed}</ol>' if listed else "",
        rule,
        (
            f"<p {SOFT}>Watch: <code>{in_html(spike.query, 500)}</code><br>"
            f"Alert {n.alert_id} by Tocsin</p>"
        ),
    ]
    return document(f"{name}: {_rate(spike)}", parts)
