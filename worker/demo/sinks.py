"""Receivers for the demonstration's alerts: a real SMTP server and a webhook endpoint.

Both judge what they get with libraries that share no code with the sender: the standard
library's mail parser, ``standardwebhooks`` for signatures and ``jsonschema`` for payloads.
"""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import jsonschema
from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

#: A delivery as both channels show it: the watch, as ``called``, and the article's URL.
Pair = tuple[str, str]

_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")
_URL = re.compile(r"https?://[^\s<>\"')\]]+")


def called(watch: str, *, update: bool) -> str:
    """The watch's name; that of an update of a story which rang is marked."""
    return f"{watch}, update" if update else watch


def told(watch: str, kind: str) -> str:
    """The watch's name where a digest, a summary or a spike tells of it."""
    return f"{watch}, {kind}"


# ---------------------------------------------------------------------------------------- mail


@dataclass(frozen=True, slots=True)
class Mail:
    """One message received. ``received_at`` are Unix seconds; ``problems`` what is wrong."""

    message: EmailMessage
    recipients: tuple[str, ...]
    received_at: float
    problems: tuple[str, ...]

    @property
    def message_id(self) -> str:
        """The Message-ID, the same on every attempt at one delivery."""
        return str(self.message["Message-ID"] or "").strip()


def mail_text(message: EmailMessage) -> str:
    """The plain text of a message, "" when it has none."""
    part = message.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def check_mail(message: EmailMessage) -> tuple[str, ...]:
    """What a careful receiver would object to; empty when nothing. RFC 5322, RFC 2046."""
    problems: list[str] = []
    for name in ("Date", "From", "To", "Subject", "Message-ID"):
        found = message.get_all(name) or []
        if len(found) != 1 or not str(found[0]).strip():
            problems.append(f"{name}: {len(found)} of them, one is needed")
    date = message["Date"]
    if date is not None and getattr(date, "datetime", None) is None:
        problems.append(f"Date: {date!s} is no date")
    identity = str(message["Message-ID"] or "").strip()
    if identity and not _MESSAGE_ID.fullmatch(identity):
        problems.append(f"Message-ID: {identity} is not of the form <left@right>")
    sender = message["From"]
    if sender is not None and not any(address.domain for address in sender.addresses):
        problems.append(f"From: {sender!s} is no address")
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        if part is None or not str(part.get_content()).strip():
            problems.append(f"text/{kind}: no such part, or an empty one")
    return tuple(problems)


def read_mail(message: EmailMessage, watches: Collection[str], urls: Collection[str]) -> Pair:
    """Which watch and article a mail announces, from its plain text.

    The longest watch name it holds counts, and the first URL that is an article's. Raises
    ValueError when it names no known watch or no known article.
    """
    watch, found = _named(message, watches), _articles(message, urls)
    if not found:
        raise ValueError(f"mail {message['Subject']!s}: it gives the URL of no article")
    return called(watch, update=message["In-Reply-To"] is not None), found[0]


def read_mails(
    message: EmailMessage, watches: Collection[str], urls: Collection[str]
) -> list[Pair]:
    """All that a mail announces: one article, those of a digest, or a spike, which is of none.

    A digest is of one watch here. Raises ValueError as ``read_mail`` does.
    """
    subject = str(message["Subject"])
    if ": spike, " in subject:
        return [(told(_named(message, watches), "spike"), "")]
    kind = subject.partition(":")[0].lower()
    if kind in {"digest", "summary"}:
        watch = told(_named(message, watches), kind)
        return [(watch, url) for url in _articles(message, urls)]
    return [read_mail(message, watches, urls)]


def _named(message: EmailMessage, watches: Collection[str]) -> str:
    text = mail_text(message)
    named = [name for name in watches if name in text]
    if not named:
        raise ValueError(f"mail {message['Subject']!s}: it names no watch")
    return max(named, key=len)


def _articles(message: EmailMessage, urls: Collection[str]) -> list[str]:
    found = (url.rstrip(".,;:!?") for url in _URL.findall(mail_text(message)))
    return list(dict.fromkeys(url for url in found if url in urls))


class _Port(Controller):
    """A controller that learns which port it was given when it asked for any."""

    async def _listen(self) -> asyncio.AbstractServer:
        server: asyncio.AbstractServer = await super()._create_server()
        assert isinstance(server, asyncio.Server)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def _create_server(self) -> Any:
        return self._listen()


class MailSink:
    """An SMTP server on 127.0.0.1, in a thread of its own, that keeps what it is sent."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self._controller = _Port(self, hostname="127.0.0.1", port=0)
        self._open = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002 - aiosmtpd calls it so
        """Keep one message; aiosmtpd's hook after DATA."""
        content = envelope.original_content or b""
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(Mail(message, tuple(envelope.rcpt_tos), time.time(), check_mail(message)))
        return "250 OK"

    def start(self) -> None:
        """Open the server; ``host`` and ``port`` say where."""
        self._controller.start()
        self._open = True

    def stop(self) -> None:
        """Close the server; a second call does nothing."""
        if self._open:
            self._open = False
            self._controller.stop()

    @property
    def host(self) -> str:
        """The address it listens on."""
        return str(self._controller.hostname)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._controller.port)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the messages received, each with its subject."""
        return tuple(
            f"mail {mail.message['Subject']!s}: {problem}"
            for mail in tuple(self.mails)
            for problem in mail.problems
        )

    @property
    def duplicates(self) -> int:
        """How many messages had a Message-ID that was received before."""
        return _repeats(mail.message_id for mail in tuple(self.mails))

    def deliveries(self, watches: Collection[str], urls: Collection[str]) -> list[Pair]:
        """Watch and article of every mail, in the order received.

        A mail that names none stands there with the reason in their place: it fits no
        expectation, so the verdict names it.
        """
        pairs: list[Pair] = []
        for mail in tuple(self.mails):
            try:
                pairs += read_mails(mail.message, watches, urls)
            except ValueError as error:
                pairs.append(("(no watch)", str(error)))
        return pairs


def _repeats(values: Any) -> int:
    return sum(count - 1 for count in Counter(values).values())


# ------------------------------------------------------------------------------------ webhooks


@dataclass(frozen=True, slots=True)
class Hook:
    """One request accepted. ``received_at`` are Unix seconds."""

    webhook_id: str
    payload: Mapping[str, Any]
    received_at: float

    @property
    def pairs(self) -> list[Pair]:
        """The watch's name and the article's URL, of a digest each; a spike is of no article."""
        data, kind = self.payload["data"], self.payload["type"]
        if kind == "alert.digest":
            title = str(data["digest"]["title"]).lower()
            return [
                (told(str(part["watch"]["name"]), title), str(story["url"]))
                for part in data["sections"]
                for story in part["stories"]
            ]
        name = str(data["watch"]["name"])
        if kind == "alert.spike":
            return [(told(name, "spike"), "")]
        return [(called(name, update=kind == "story.updated"), str(data["article"]["url"]))]


class WebhookSink:
    """An endpoint on 127.0.0.1 that accepts only what is signed and follows the schema.

    Answers 204; 401 for a bad signature (Standard Webhooks 1.0.0), 400 for a payload that does
    not follow ``schema``. ``failures`` says what was refused and why.
    """

    def __init__(self, secret: str, schema: Mapping[str, Any]) -> None:
        self.hooks: list[Hook] = []
        self.failures: list[str] = []
        self.url = ""
        self._webhook = Webhook(secret)
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        self._validator = kind(schema, format_checker=kind.FORMAT_CHECKER)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Open the endpoint on a free port; ``url`` says where."""
        application = web.Application()
        application.router.add_post("/hook", self._receive)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._runner = runner
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"

    async def stop(self) -> None:
        """Close the endpoint; a second call does nothing."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        identity = request.headers.get("webhook-id", "")
        try:
            self._webhook.verify(body, dict(request.headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            return self._refuse(401, identity, f"bad signature: {error}")
        try:
            payload = json.loads(body)
            self._validator.validate(payload)
            hook = Hook(identity, payload, time.time())
            _ = hook.pairs
        except json.JSONDecodeError as error:
            return self._refuse(400, identity, f"not JSON: {error}")
        except jsonschema.ValidationError as error:
            return self._refuse(400, identity, f"{error.json_path}: {error.message}")
        except (KeyError, TypeError) as error:
            return self._refuse(400, identity, f"names no watch or article: {error!r}")
        self.hooks.append(hook)
        return web.Response(status=204)

    def _refuse(self, status: int, identity: str, reason: str) -> web.Response:
        self.failures.append(f"webhook {identity or '(no id)'}: {reason}")
        return web.Response(status=status, text=f"{reason}\n")

    @property
    def duplicates(self) -> int:
        """How many requests had a webhook-id that was accepted before."""
        return _repeats(hook.webhook_id for hook in tuple(self.hooks))

    def deliveries(self) -> list[Pair]:
        """Watch and article of every accepted request, in the order received."""
        return [pair for hook in tuple(self.hooks) for pair in hook.pairs]
