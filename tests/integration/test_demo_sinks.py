"""The receivers: real mail and real requests, good ones kept, bad ones named."""

import base64
import json
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from worker.demo.sinks import MailSink, WebhookSink, check_mail, read_mail
from worker.demo.thread import ServerThread

SECRET = "whsec_" + base64.b64encode(b"a secret of the demonstration 00").decode()
SCHEMA = {
    "type": "object",
    "required": ["type", "data"],
    "properties": {"type": {"const": "alert"}, "data": {"type": "object"}},
}
URL = "http://127.0.0.1:9/harbour-post/call"
PAYLOAD = {
    "type": "alert",
    "data": {"watch": {"name": "Putin in the news"}, "article": {"url": URL}},
}


def letter(text: str = f"Watch: Putin in the news\n{URL}\n") -> EmailMessage:
    """A mail nobody can object to."""
    message = EmailMessage()
    message["From"] = "Tocsin <tocsin@newsroom.example>"
    message["To"] = "desk@newsroom.example"
    message["Subject"] = "Путин in the news"
    message["Date"] = datetime(2026, 11, 1, tzinfo=UTC)
    message["Message-ID"] = "<1.2@newsroom.example>"
    message.set_content(text)
    message.add_alternative("<p>Putin</p>", subtype="html")
    return message


# ---------------------------------------------------------------------------------------- mail


@pytest.fixture
def mail_sink() -> Iterator[MailSink]:
    """An open mail sink."""
    sink = MailSink()
    sink.start()
    yield sink
    sink.stop()


def post(sink: MailSink, *messages: EmailMessage) -> None:
    """Send by SMTP."""
    with smtplib.SMTP(sink.host, sink.port, timeout=5) as smtp:
        for message in messages:
            smtp.send_message(message)


def test_a_mail_is_kept_and_understood(mail_sink: MailSink) -> None:
    """What is sent over SMTP comes out parsed, without objections, as watch and article."""
    post(mail_sink, letter())
    (mail,) = mail_sink.mails
    assert "Путин in the news" == mail.message["Subject"]
    assert ("desk@newsroom.example",) == mail.recipients
    assert ("<1.2@newsroom.example>", (), 0) == (
        mail.message_id,
        mail_sink.problems,
        mail_sink.duplicates,
    )
    assert [("Putin in the news", URL)] == mail_sink.deliveries(["Putin in the news"], [URL])


def test_a_digest_is_understood_as_all_its_stories(mail_sink: MailSink) -> None:
    """And a spike as of no article."""
    other = f"{URL}-2"
    digest = letter(f"Summary: 2 stories for Night desk\n1. One\n   {URL}\n2. Two\n   {other}\n")
    spike = letter("Night desk: 7 stories in an hour, normal is 0")
    for message, subject in (
        (digest, "Summary: 2 stories for Night desk"),
        (spike, "Night desk: spike, 7 stories in an hour"),
    ):
        del message["Subject"]
        message["Subject"] = subject
    post(mail_sink, digest, spike)
    assert [
        ("Night desk, summary", URL),
        ("Night desk, summary", other),
        ("Night desk, spike", ""),
    ] == mail_sink.deliveries(["Night desk"], [URL, other])


def test_a_mail_sent_twice_is_counted(mail_sink: MailSink) -> None:
    """The Message-ID tells a repetition, also over a new connection."""
    post(mail_sink, letter(), letter())
    post(mail_sink, letter())
    assert 2 == mail_sink.duplicates
    assert 3 == len(mail_sink.mails)


def test_objections_name_the_mail(mail_sink: MailSink) -> None:
    """A mail without a date is kept, and the sink says what is wrong with which."""
    message = letter()
    del message["Date"]
    post(mail_sink, message)
    assert ("mail Путин in the news: Date: 0 of them, one is needed",) == mail_sink.problems


def test_a_mail_that_cannot_be_judged_is_an_extra_delivery(mail_sink: MailSink) -> None:
    """It is not passed over: it stands among the deliveries with the reason."""
    post(mail_sink, letter("nothing of use"))
    assert [("(no watch)", "mail Путин in the news: it names no watch")] == mail_sink.deliveries(
        ["Putin in the news"], [URL]
    )


def test_a_sink_may_be_closed_twice_or_unopened() -> None:
    """Closing what is not open does nothing."""
    sink = MailSink()
    sink.stop()
    sink.start()
    sink.stop()
    sink.stop()
    assert [] == sink.mails


@pytest.mark.parametrize(
    ("header", "value", "problem"),
    [
        ("Message-ID", None, "Message-ID: 0 of them, one is needed"),
        ("Message-ID", "1234", "Message-ID: 1234 is not of the form <left@right>"),
        ("From", None, "From: 0 of them, one is needed"),
        ("From", "nobody", "From: nobody is no address"),
        ("Date", "soon", "Date: soon is no date"),
    ],
)
def test_headers_are_checked(header: str, value: str | None, problem: str) -> None:
    """Date, From and Message-ID must be there once, and be what they are."""
    message = letter()
    del message[header]
    if value is not None:
        message[header] = value
    assert (problem,) == check_mail(message)


def test_both_parts_are_needed() -> None:
    """Text alone, or an empty text, is objected to."""
    plain = letter()
    plain.clear_content()
    plain.set_content("only text")
    assert ("text/html: no such part, or an empty one",) == check_mail(plain)
    assert ("text/plain: no such part, or an empty one",) == check_mail(letter(" \n"))


def test_the_article_is_told_from_other_links() -> None:
    """Only a URL of a known article counts, and the longest of several watch names."""
    text = f"See http://127.0.0.1:1/mute. Floods in Europe: <{URL}>, {URL}-more"
    watches = ["Floods", "Floods in Europe", "Putin in the news"]
    assert ("Floods in Europe", URL) == read_mail(letter(text), watches, [URL])


@pytest.mark.parametrize(
    ("text", "message"),
    [(URL, "it names no watch"), ("Floods http://x.example/", "it gives the URL of no article")],
)
def test_a_mail_that_says_nothing_is_an_error(text: str, message: str) -> None:
    """Without watch or article a mail cannot be judged, and that is said."""
    with pytest.raises(ValueError, match=message):
        read_mail(letter(text), ["Floods"], [URL])


# ------------------------------------------------------------------------------------ webhooks


@pytest.fixture
def hooks() -> Iterator[WebhookSink]:
    """An open webhook endpoint."""
    with ServerThread(WebhookSink(SECRET, SCHEMA)) as sink:
        yield sink


def signed(body: bytes, *, identity: str = "msg_1", secret: str = SECRET) -> dict[str, str]:
    """The headers of Standard Webhooks for a body."""
    now = datetime.now(UTC)
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(identity, now, body.decode()),
    }


def test_a_signed_payload_is_accepted(hooks: WebhookSink) -> None:
    """204, and watch and article are known; a repeated id is counted."""
    body = json.dumps(PAYLOAD).encode()
    answers = [httpx.post(hooks.url, content=body, headers=signed(body)) for _ in range(2)]
    assert [204, 204] == [answer.status_code for answer in answers]
    assert [("Putin in the news", URL)] * 2 == hooks.deliveries()
    assert (1, [], "msg_1") == (hooks.duplicates, hooks.failures, hooks.hooks[0].webhook_id)


def test_bad_signatures_are_refused(hooks: WebhookSink) -> None:
    """A wrong secret, a changed body, no signature or a malformed one: 401, and it is recorded."""
    body = json.dumps(PAYLOAD).encode()
    other = "whsec_" + base64.b64encode(b"another").decode()
    attempts = [
        (body, signed(body, secret=other)),
        (body + b" ", signed(body)),
        (body, {}),
        (body, signed(body) | {"webhook-signature": "nonsense"}),
        (b"\xff", signed(body)),
    ]
    with httpx.Client() as client:
        answers = [client.post(hooks.url, content=b, headers=h) for b, h in attempts]
    assert [401] * len(attempts) == [answer.status_code for answer in answers]
    assert len(attempts) == len(hooks.failures)
    assert [] == hooks.hooks
    assert "webhook msg_1: bad signature: No matching signature found" == hooks.failures[0]
    assert SECRET not in " ".join(hooks.failures)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json", "not JSON: "),
        (b'{"type": "other", "data": {}}', "$.type: 'alert' was expected"),
        (b'{"type": "alert", "data": {"watch": {}}}', "names no watch or article"),
        (b'{"type": "alert", "data": {"watch": 3}}', "names no watch or article"),
    ],
)
def test_a_payload_off_the_schema_is_refused(hooks: WebhookSink, body: bytes, reason: str) -> None:
    """A well signed request whose content is wrong gets 400 and the place is named."""
    answer = httpx.post(hooks.url, content=body, headers=signed(body))
    assert 400 == answer.status_code
    assert reason in answer.text
    assert [True] == [reason in failure for failure in hooks.failures]
