"""The console channel: a panel on a terminal, one plain line elsewhere."""

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from worker.alerts.render import message
from worker.channels import build
from worker.model import Announcement, Article, Channel, Evidence, Receipt
from worker.net import Net


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Whether this is a terminal: yes."""
        return True


class Latin(io.TextIOWrapper):
    """A stream that cannot take every character."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="latin-1")


class Closed(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, _text: str) -> int:
        """Fail as a closed pipe does."""
        raise BrokenPipeError(32, "Broken pipe")


def announcement(title: str = "Trump defends his call", **changes: Any) -> Announcement:
    """An alert whose evidence stands in the text."""
    at = datetime(2026, 3, 20, 10, 0, tzinfo=UTC)
    article = Article(
        title=title, text="He called Putin on Tuesday.", url="https://news.example/1",
        outlet="Example News", published=at,
    )  # fmt: skip
    given = Announcement(
        alert_id=7, delivery_id=9, message_id="<a7.d9@tocsin.example.org>", watch_id=3,
        watch_name="Vladimir Putin", query="putin", reason="first report", story_id=1, item_id=2,
        feed_name="example", article=article, mentions=(), outlets=("Example News", "Other"),
        evidence=(Evidence(clause="putin", value="Putin", spans=((10, 15),)),), seen_at=at,
        alerted_at=at,
    )  # fmt: skip
    return replace(given, **changes)


def printed(
    monkeypatch: pytest.MonkeyPatch, stream: Any, given: Announcement, **config: Any
) -> Receipt:
    """The receipt of printing one alert on a stream."""
    made = build(Channel(id=1, name="console", kind="console", config=config), {}, Net())
    monkeypatch.setattr("sys.stdout", stream)
    receipt = asyncio.run(made.send(message(given)))
    monkeypatch.undo()
    return receipt


def test_one_line_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log file gets one line an alert, with time, watch, title, passage, outlets and link."""
    stream = io.StringIO()
    assert printed(monkeypatch, stream, announcement()).delivered
    line = stream.getvalue()
    assert line.startswith("2026-03-20T10:00:00Z ALERT ")
    assert line.endswith("https://news.example/1\n")
    assert line.count("\n") == 1
    for part in ("Vladimir Putin", "Trump defends", "called Putin on", "Example News, Other"):
        assert part in line


def test_panel_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets a panel with the name that fired highlighted."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    assert printed(monkeypatch, stream, announcement()).delivered
    shown = stream.getvalue()
    assert "╭" in shown
    assert "\x1b[1;30;43mPutin\x1b[0m" in shown


def test_style_wins_over_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain on a terminal when asked for."""
    stream = Terminal()
    printed(monkeypatch, stream, announcement(), style="plain")
    assert "\x1b" not in stream.getvalue()


def test_titles_cannot_steer_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Escape sequences, line breaks and markup of a feed are text or nothing."""
    title = "a\x1b]0;owned\x07b\r\nc [bold]d[/bold] [/]"
    for stream in (io.StringIO(), Terminal()):
        assert printed(monkeypatch, stream, announcement(title, watch_name=title)).delivered
        shown = stream.getvalue()
        assert "\x1b]0" not in shown
        assert "\x07" not in shown
        assert "[bold]d" in shown


def test_a_stream_that_cannot_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters a stream cannot take become question marks; the alert still rings."""
    stream = Latin()
    receipt = printed(monkeypatch, stream, announcement("Путин"))
    stream.seek(0)
    assert receipt.delivered
    assert "?????" in stream.read()


def test_a_closed_pipe_is_recoverable(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nobody reads standard output the alert is kept for later."""
    receipt = printed(monkeypatch, Closed(), announcement())
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail == "standard output: [Errno 32] Broken pipe"


def test_a_test_alert_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """What 'channels test' sends cannot be taken for news."""
    stream = io.StringIO()
    printed(monkeypatch, stream, announcement(test=True))
    assert " TEST " in stream.getvalue()
