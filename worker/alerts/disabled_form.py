"""That a channel was disabled, as its readers get it by another channel: what, why and the mend."""

from html import escape

from worker.alerts import commands, plain
from worker.alerts.page import Head, box, document, footer, heading, table
from worker.alerts.payload import disabled_payload
from worker.alerts.wording import clean_line, time_words
from worker.model import Disabled, Message, Notice

_WHY = (
    "The receiver has said that it never wants to hear from Tocsin again. Nothing more is sent "
    "there; what is owed waits until the channel is resumed. You get this because yours is "
    "another channel of the same Tocsin."
)


def disabled_message(n: Notice, disabled: Disabled) -> Message:
    """The notice in every form that channels send."""
    told = _headline(disabled)
    return Message(
        delivery_id=n.delivery_id,
        message_id=n.message_id,
        attempt=n.attempt,
        at=n.alerted_at,
        list_name="channel",
        watch_name=None,
        subject=clean_line(f"{'[test] ' if n.test else ''}Tocsin needs you: {told}", 140),
        text=_text(n, disabled),
        html=_html(n, disabled),
        payload=disabled_payload(n, disabled),
        bell=f"{'TEST' if n.test else 'CHANNEL'} {clean_line(disabled.channel, 60)}",
        headline=told,
        excerpt=((clean_line(disabled.reason, 300), False),),
        source=time_words(disabled.at),
    )


def _headline(disabled: Disabled) -> str:
    return f"channel {clean_line(disabled.channel, 60)} is disabled, its receiver is gone"


def _facts(disabled: Disabled) -> list[tuple[str, str]]:
    return [
        ("Channel", f"{clean_line(disabled.channel, 60)} ({clean_line(disabled.kind, 40)})"),
        ("Since", time_words(disabled.at)),
        ("The receiver's answer", clean_line(disabled.reason, 300)),
        ("Deliveries that wait", str(disabled.waiting)),
    ]


def _text(n: Notice, disabled: Disabled) -> str:
    blocks = [
        "This is a test. Nothing has happened." if n.test else "",
        plain.title(f"Tocsin needs you: {_headline(disabled)}"),
        "\n".join(plain.labelled(_facts(disabled))),
    ]
    foot = [
        plain.wrapped(_WHY),
        *plain.commands(commands.of_channel(disabled.channel)),
        f"Alert {n.alert_id} by Tocsin",
    ]
    return plain.page(blocks, foot)


def _html(n: Notice, disabled: Disabled) -> str:
    parts = [
        heading(_headline(disabled)),
        table(_facts(disabled)),
        box(f"<strong>Why you get this</strong><br>{escape(_WHY)}"),
        footer(n.alert_id, commands.of_channel(disabled.channel)),
    ]
    head = Head("Channel", "al", disabled.channel, test=n.test)
    return document(
        f"Tocsin needs you: {_headline(disabled)}", head, parts, preview=disabled.reason
    )
