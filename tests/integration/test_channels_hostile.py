"""What chat services get on the wire when a headline is hostile or an alert is long."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.integration.test_channels_apprise import (
    DISCORD,
    GOOGLE_CHAT,
    HOMESERVER,
    MATRIX,
    PUSHOVER,
    SLACK,
    TEAMS,
    TELEGRAM,
    TWILIO,
    Service,
    authority,
    deliver,
)
from tests.test_alerts_render import SAMPLE
from worker.alerts.render import message
from worker.model import Announcement, Message

HOSTILE = r"*b* _i_ ~s~ `c` <b>x</b> AT&T &lt; @channel @everyone <!here> <@U02> <users/all> [Bank](https://evil.example) | \ a\*b"
#: The same as text (``+`` is the unseen word joiner), and as each markup says it; an ampersand
#: and angle brackets are escaped in what Slack, Google Chat and HTML get.
AS_TEXT = r"*b* _i_ ~s~ `c` <+b>x<+/b> AT&T &lt; @+channel @+everyone <+!here> <+@+U02> <+users/all> [Bank]+(https://evil.example) | \ a\*b"
AS_MARKDOWN = r"**\*b\* \_i\_ \~s\~ \`c\` \<+b\>x\<+/b\> AT&T &lt; @+channel @+everyone \<+!here\> \<+@+U02\> \<+users/all\> \[Bank\]+(https://evil.example) \| \\ a\\\*b**"
AS_ENTITIES = r"*b* _i_ ~s~ `c` &lt;+b&gt;x&lt;+/b&gt; AT&amp;T &amp;lt; @+channel @+everyone &lt;+!here&gt; &lt;+@+U02&gt; &lt;+users/all&gt; [Bank]+(https://evil.example) | \ a\*b"
AS_MRKDWN = "*\u2217b\u2217 \u02cdi\u02cd \u223cs\u223c \u02cbc\u02cb &lt;+b&gt;x&lt;+/b&gt; AT&amp;T &amp;lt; @+channel @+everyone &lt;+!here&gt; &lt;+@+U02&gt; &lt;+users/all&gt; [Bank]+(https://evil.example) | \u2216 a\u2216\u2217b*"
MATTERMOST = "mmost://127.0.0.1:PORT/3ccdd113474722377935511fc85d3dd4"
ROCKET = "rocket://3ccdd113474722377935511fc85d3dd4/x@127.0.0.1:PORT/#c"
NTFY = "ntfy://127.0.0.1:PORT/my-topic"
GOTIFY = "gotify://127.0.0.1:PORT/AbCdEfGhIjKlMnO"

#: The text in what a service is sent.
TEXT: dict[str, Callable[[dict[str, Any]], str]] = {
    SLACK: lambda sent: sent["attachments"][0]["text"],
    f"{SLACK}?format=text": lambda sent: sent["attachments"][0]["text"],
    f"{SLACK}?blocks=yes": lambda sent: sent["attachments"][0]["blocks"][1]["text"]["text"],
    DISCORD: lambda sent: sent["content"],
    f"{DISCORD}?format=markdown": lambda sent: sent["embeds"][0]["description"],
    GOOGLE_CHAT: lambda sent: sent["text"],
    TELEGRAM: lambda sent: sent["text"],
    f"{TELEGRAM}?format=markdown": lambda sent: sent["text"],
    f"{TELEGRAM}?format=markdown&mdv=v2": lambda sent: sent["text"],
    MATRIX: lambda sent: sent["body"],
    f"{MATRIX}?format=html": lambda sent: sent["formatted_body"],
    TEAMS: lambda sent: sent["attachments"][0]["content"]["body"][-1]["text"],
    MATTERMOST: lambda sent: sent["text"],
    ROCKET: lambda sent: sent["text"],
    NTFY: lambda sent: sent["message"],
    GOTIFY: lambda sent: sent["message"],
    PUSHOVER: lambda sent: sent["message"],
    TWILIO: lambda sent: sent["Body"],
}


@pytest.fixture
def sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Announcement | Message], tuple[dict[str, Any], bytes]]:
    """The one message that a service at a URL is sent, read and as it came."""

    def send(url: str, told: Announcement | Message) -> tuple[dict[str, Any], bytes]:
        answers = {"slack": "ok", "matrix": HOMESERVER}
        service = Service(body=answers.get(url.partition(":")[0], '{"ok": true, "status": 1}'))
        tls = authority(tmp_path) if url == TEAMS else None
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem")) if tls else None
        receipt = deliver(service, url, told, patch=monkeypatch, tls=tls)
        assert receipt.delivered, receipt
        told_by = [one for one in service.seen if not url.startswith("matrix") or one[0] == "PUT"]
        ((_, _, headers, body),) = told_by
        form = headers["content-type"].startswith("application/x-www-form-urlencoded")
        return dict(parse_qsl(body.decode())) if form else json.loads(body), body

    return send


Sent = Callable[[str, Announcement | Message], tuple[dict[str, Any], bytes]]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (SLACK, AS_MRKDWN),
        (f"{SLACK}?format=text", AS_ENTITIES),
        (f"{SLACK}?blocks=yes", AS_MRKDWN),
        (DISCORD, AS_MARKDOWN),
        (f"{DISCORD}?format=markdown", AS_MARKDOWN),
        (GOOGLE_CHAT, AS_MRKDWN),
        (TELEGRAM, f"<b>{AS_ENTITIES}</b>"),
        (f"{TELEGRAM}?format=markdown", f"<b>{AS_ENTITIES}</b>"),
        (f"{TELEGRAM}?format=markdown&mdv=v2", f"<b>{AS_ENTITIES}</b>"),
        (MATRIX, AS_TEXT),
        (f"{MATRIX}?format=html", f"<b>{AS_ENTITIES}</b>"),
        (TEAMS, AS_MARKDOWN),
        (MATTERMOST, AS_MARKDOWN),
        (ROCKET, AS_MARKDOWN),
        (NTFY, AS_TEXT),
        (GOTIFY, AS_TEXT),
        (PUSHOVER, AS_TEXT),
    ],
)
def test_a_hostile_headline_is_text(url: str, shown: str, sent: Sent) -> None:
    """It calls nobody, hides no link and marks nothing up, after all that the plug-in makes of it."""
    text = TEXT[url](sent(url, replace(SAMPLE, article=replace(SAMPLE.article, title=HOSTILE)))[0])
    assert shown.replace("+", "\u2060") in text


@pytest.mark.parametrize(
    "url", [f"{TELEGRAM}?format=markdown", f"{TELEGRAM}?format=markdown&mdv=v2"]
)
def test_telegram_gets_no_markdown(url: str, sent: Sent) -> None:
    """One open sign in it, as in this link, and Telegram would refuse the alert for good."""
    article = replace(SAMPLE.article, url="https://news.example/a_b*c?x=1&y=2", title="Foo | Bar")
    told = sent(url, replace(SAMPLE, article=article))[0]
    assert told["parse_mode"] == "HTML"
    assert '<a href="https://news.example/a_b*c?x=1&amp;y=2">' in told["text"]


@pytest.mark.parametrize("line", ["> quoted", "# Title", "- item", "+ item"])
def test_lines_of_an_excerpt_begin_no_block_in_slack(line: str, sent: Sent) -> None:
    """Nor is a backslash shown."""
    told = replace(message(SAMPLE), excerpt=((f"first\n{line}", False),))
    text = TEXT[SLACK](sent(SLACK, told)[0])
    assert f"first\n\n\u2060{line}".replace(">", "&gt;") in text


#: Whether a text is short enough, by each service's own documentation and in its own measure.
LONGEST = {
    SLACK: lambda sent: len(sent["attachments"][0]["text"]) <= 40_000,
    f"{SLACK}?blocks=yes": lambda sent: [
        len(block["text"]["text"]) <= most
        for block, most in zip(sent["attachments"][0]["blocks"], (150, 3_000), strict=False)
    ] == [True, True],
    DISCORD: lambda sent: _utf16(sent["content"]) <= 2_000,
    f"{DISCORD}?format=markdown": lambda sent: (
        _utf16(sent["embeds"][0]["title"]) <= 256
        and _utf16(sent["embeds"][0]["description"]) <= 4_096
    ),
    TELEGRAM: lambda sent: _utf16(sent["text"]) <= 4_096,
    PUSHOVER: lambda sent: len(sent["message"]) <= 1_024 and len(sent["title"]) <= 250,
    NTFY: lambda sent: len(sent["message"].encode()) <= 4_096,
    MATTERMOST: lambda sent: (
        len(sent["text"]) <= 16_383
    ),
    ROCKET: lambda sent: (
        len(sent["text"]) <= 5_000
    ),
    TEAMS: lambda sent: len(TEXT[TEAMS](sent)) <= 1_000,
    GOOGLE_CHAT: lambda sent: len(sent["text"]) <= 4_096,
    TWILIO: lambda sent: len(sent["Body"]) <= 160,
}  # fmt: skip


def _utf16(text: str) -> int:
    """Length as JavaScript and Telegram count it."""
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("words", ["Some plain words ", "Слово & <b> *x* _y_ ", "\U0001f514 @all "])
@pytest.mark.parametrize("url", LONGEST)
def test_no_service_gets_more_than_it_takes(url: str, words: str, sent: Sent) -> None:
    """The longest alert that can be, after all that the plug-in makes of it, in one message."""
    told, _ = sent(url, _longest(words))
    assert LONGEST[url](told), told
    assert words.split(maxsplit=1)[0] in str(told)


@pytest.mark.parametrize("words", ["Some plain words ", "Слово & <b> *x* _y_ ", '\\"<&'])
@pytest.mark.parametrize("more", ["", "?format=html", "?format=markdown"])
def test_matrix_gets_no_event_that_is_too_large(more: str, words: str, sent: Sent) -> None:
    """64 KiB with all that stands in it, text and HTML."""
    _, body = sent(f"{MATRIX}{more}", _longest(words * 4))
    assert 8_000 < len(body) < 65_536


def _longest(words: str) -> Message:
    return replace(
        message(SAMPLE), bell=words * 20, headline=words * 40, excerpt=((words * 800, False),)
    )
