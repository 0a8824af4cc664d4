"""What the demonstration shows: plain lines for logs, colour for terminals, figures at the end."""

import io
import re

import pytest
from rich.console import Console

from worker.demo.events import (
    BellRang,
    Closing,
    Event,
    Latencies,
    Note,
    NoticeRang,
    StayedSilent,
    StoryArrived,
    TagsFound,
)
from worker.demo.screen import Screen, clean, latencies, mark, merge

SNIPPET = "wished Vladimir Putin well after the Russian leader had secured another six years"
EVENTS: tuple[Event, ...] = (
    Note(at=0, text="the newsroom begins to publish"),
    StoryArrived(at=1.2, outlet="La Gazette des ponts", language="fr", headline="Une  crue"),
    StoryArrived(at=2, outlet="Volna", language="ru", headline="Лёд", baseline=True),
    StoryArrived(at=8, outlet="Ledger", language="en", headline="Talks end", revision=1),
    TagsFound(
        at=8.5,
        headline="Talks end",
        people=("Donald Trump", "Vladimir Putin", "Sauli Niinisto", "Angela Merkel"),
        organizations=("Northern Ports Alliance",),
        countries=("US", "RU", "FI"),
        topics=("arts, culture, entertainment and media",),
    ),
    TagsFound(at=8.6, headline="Nothing here"),
    BellRang(
        at=9,
        watch="Putin in the news",
        outlet="Ledger",
        headline="Talks end",
        snippet=SNIPPET,
        highlights=((7, 21),),
        channels=("console", "email"),
        latency=0.84,
    ),
)
DIGEST = NoticeRang(
    at=60,
    label="DIGEST",
    headline="Digest: 2 stories for Morning paper",
    lines=("Talks end (the watch is told by digest)", "Une  crue"),
    channels=("email",),
)
CLOSING = Closing(
    feeds=14,
    items=47,
    tagged=47,
    stories=44,
    alerts=21,
    deliveries={"console": 21, "email": 20},
    latencies=Latencies(p50=0.8, p95=2.25, count=41),
)
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def shown(*events: Event, colour: bool, width: int = 80) -> str:
    """What a screen of that width writes."""
    out = io.StringIO()
    system = "truecolor" if colour else None
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system=system,  # type: ignore[arg-type]
        legacy_windows=False,
        highlight=False,
        _environ={},
    )
    screen = Screen(console)
    for event in events:
        screen.show(event)
    return out.getvalue()


def test_plain_output_is_one_line_an_event() -> None:
    """Each event is one line, however long, without control codes, and says all it knows."""
    text = shown(*EVENTS, colour=False)
    lines = text.splitlines()
    assert len(EVENTS) == len(lines)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    assert "   0.0s  note    the newsroom begins to publish" == lines[0]
    assert "   2.0s  story   Volna (ru) | Лёд | older" == lines[2]
    assert lines[3].endswith("Talks end | edited, version 2")
    assert "people: Donald Trump, Vladimir Putin, Sauli Niinisto, Angela Merkel |" in lines[4]
    assert "wished *Vladimir Putin* well" in lines[6]
    assert lines[6].endswith("| console, email | 0.8 s")


@pytest.mark.parametrize("width", [80, 120])
def test_colour_keeps_within_the_terminal(width: int) -> None:
    """No line is wider than the terminal, nothing is lost, and chips are not broken."""
    text = shown(*EVENTS, CLOSING, colour=True, width=width)
    bare = ESCAPES.sub("", text)
    assert ESCAPES.search(text)
    assert max(len(line) for line in bare.splitlines()) <= width
    for name in ("Sauli Niinisto", "Northern Ports Alliance", "La Gazette des ponts"):
        assert any(name in line for line in bare.splitlines())
    assert "nothing found" in bare
    assert "edited, version 2" in bare


@pytest.mark.parametrize("colour", [False, True])
def test_an_update_and_a_silence_are_told_apart_from_a_ring(colour: bool) -> None:
    """Each has its own label; a silence says by which rule."""
    update = BellRang(at=1, watch="Cables", outlet="Ledger", headline="x", snippet="y", update=True)
    silence = StayedSilent(
        at=2, watch="Cables", outlet="Ledger", headline="x", reason="cap of the hour reached: 1"
    )
    text = ESCAPES.sub("", shown(update, silence, colour=colour))
    assert "MORE" in text
    assert "RING" not in text
    assert "silent" in text
    assert "cap of the hour reached: 1" in text


def test_the_bell_is_seen() -> None:
    """In colour the matched words of the snippet have a style of their own."""
    text = shown(EVENTS[-1], colour=True, width=120)
    assert re.search(r"\x1b\[[0-9;]*43m?[0-9;]*m?Vladimir Putin\x1b", text)
    assert " RING " in ESCAPES.sub("", text)


@pytest.mark.parametrize("colour", [False, True])
def test_the_closing_table_has_every_figure(colour: bool) -> None:
    """Feeds to latencies are there, and a good run says so."""
    text = ESCAPES.sub("", shown(CLOSING, colour=colour))
    for name, figure in (
        ("feeds", "14"),
        ("stories", "44"),
        ("deliveries by email", "20"),
        ("p50", "0.8 s"),
        ("p95", "2.2 s"),
    ):
        assert any(name in line and figure in line for line in text.splitlines())
    assert "every expected alert, and no other" in text


@pytest.mark.parametrize("colour", [False, True])
def test_a_bad_run_names_what_is_wrong(colour: bool) -> None:
    """Complaints are listed in place of the good word."""
    closing = Closing(
        feeds=1, items=0, tagged=0, stories=0, alerts=0, complaints=("missing: email: a: b",)
    )
    text = ESCAPES.sub("", shown(closing, colour=colour))
    assert "not as expected" in text
    assert "missing: email: a: b" in text
    assert "every expected alert" not in text
    assert "p50" not in text


def test_news_cannot_steer_the_terminal() -> None:
    """Control characters, line breaks and text that overrides direction become blanks."""
    assert "a [31mb c d" == clean("a\x1b[31mb\nc\u202ed")
    hostile = StoryArrived(at=0, outlet="o", language="en", headline="x\x1b]0;t\x07\r\ny[bold]")
    text = shown(hostile, colour=False)
    assert 1 == len(text.splitlines())
    assert "[bold]" in text
    assert "\x1b" not in text


def test_highlights_are_joined_and_kept_inside() -> None:
    """Overlapping spans become one, those outside the text are cut or dropped."""
    assert [(0, 5), (7, 9)] == merge([(3, 5), (-2, 4), (7, 99), (9, 9)], 9)
    assert "*ab*c*d*" == mark("abcd", [(0, 2), (3, 9)])
    assert "abcd" == mark("abcd", [])


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [
        ([], None),
        ([2.0], Latencies(p50=2.0, p95=2.0, count=1)),
        ([4.0, 1.0, 3.0, 2.0], Latencies(p50=2.0, p95=4.0, count=4)),
        ([float(n) for n in range(1, 101)], Latencies(p50=50.0, p95=95.0, count=100)),
    ],
)
def test_latencies_are_nearest_ranks(seconds: list[float], wanted: Latencies | None) -> None:
    """The median and the 95th percentile are values that were measured."""
    assert wanted == latencies(seconds)


def test_a_digest_is_shown_with_what_it_tells() -> None:
    """On one line in a log; on a terminal each story on its own."""
    plain = "  60.0s  DIGEST  Digest: 2 stories for Morning paper | Talks end (the watch is told by digest) | Une  crue | email"
    assert plain == shown(DIGEST, colour=False, width=200).strip("\n")
    coloured = ESCAPES.sub("", shown(DIGEST, colour=True))
    assert "Talks end (the watch is told by digest)\n" in "\n".join(
        line.strip() for line in coloured.splitlines()
    )
