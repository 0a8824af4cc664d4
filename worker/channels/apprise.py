"""The chat channel: Slack, Discord, Telegram, Matrix, Teams, ntfy, Pushover and more, by Apprise.

Apprise knows how each service is spoken to; what is said is rendered here, and its requests go
out through ``Net`` (see ``guarded``). Services that Apprise reaches by anything but HTTP are
refused, since the address guard would not see them.
"""

import asyncio
import contextlib
import logging
import re
import sys
import time
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator

from worker.channels.answers import classify, heard, unanswered
from worker.channels.chat import Dialect, chat
from worker.channels.redaction import STRUCK, Redactor
from worker.channels.sender import ChannelConfig, Surroundings
from worker.model import Message, Receipt
from worker.net import NetError, in_thread

if TYPE_CHECKING:
    from worker.channels.guarded import Talk

_MEND = "see docs/channels.md for examples, and the pages of Apprise for each service"
#: Services that show Markdown in what Apprise calls plain text.
_SHOW_MARKDOWN = frozenset({"NotifyDiscord", "NotifyMattermost", "NotifyZulip"})
#: Services whose markup has no escapes: a backslash is shown, and what follows it works.
_NO_ESCAPES = frozenset({"NotifySlack", "NotifyGoogleChat"})
#: What ntfy shows as a message by its own settings, in bytes; a longer one becomes an attachment.
_NTFY_MOST = 4_096
#: Characters of Slack's blocks: a section and a header. It refuses longer ones.
_SLACK_BLOCK, _SLACK_HEADER = 3_000, 150
#: Seconds for logging out.
_LOG_OUT = 3.0
#: Modules that a plug-in speaking only HTTP by ``requests`` has no use for.
_OTHER_WAYS = ("smtplib", "socket", "subprocess", "ctypes")


class Apprise:
    """Sends alerts to the service that one Apprise URL names."""

    kind: ClassVar[str] = "apprise"

    class Config(ChannelConfig):
        """Which service."""

        usual_concurrency: ClassVar[int] = 1
        sends_mail: ClassVar[bool] = False

        url: SecretStr = Field(
            description="an Apprise URL, e.g. ntfys://my-topic or ${SLACK_URL}",
        )
        timeout: float = Field(30.0, gt=0, le=60, description="seconds for one attempt in all")

        @field_validator("url")
        @classmethod
        def _service(cls, value: SecretStr) -> SecretStr:
            _plugin(value.get_secret_value())
            return value

    def __init__(self, config: Config, surroundings: Surroundings) -> None:
        url = config.url.get_secret_value()
        self._name = surroundings.name
        self._net = surroundings.net
        self._now = surroundings.now
        self._plugin = _plugin(url)
        self._seconds = config.timeout
        self._strike = Redactor(_secrets(url))
        #: A plug-in keeps what it learned (a log-in, a pace): one attempt at a time.
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<Apprise {self._name!r} to {self._plugin.service_name}>"

    async def send(self, message: Message) -> Receipt:
        """Make one attempt; all targets of the URL have to take it."""
        from worker.channels.guarded import Talk

        until = time.monotonic() + self._seconds
        async with self._turn:
            talk = Talk(self._net, asyncio.get_running_loop(), until)
            try:
                async with asyncio.timeout(until - time.monotonic()):
                    taken = await in_thread(self._notify, message, talk)
            except TimeoutError:
                detail = (
                    f"timed out: {self._plugin.service_name}: not done in {self._seconds:.3g} s"
                )
                return Receipt(delivered=False, detail=detail, recoverable=True)
            except Exception as error:  # noqa: BLE001  a plug-in's mistake, of any kind
                detail = f"{self._plugin.service_name} failed: {type(error).__name__}"
                return Receipt(delivered=False, detail=detail, recoverable=True)
        return self._receipt(message, talk, taken=taken)

    async def close(self) -> None:
        """Let the plug-in go; some log out then."""
        from worker.channels.guarded import Talk

        talk = Talk(self._net, asyncio.get_running_loop(), time.monotonic() + _LOG_OUT)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOG_OUT):
                await in_thread(self._let_go, talk)

    def _let_go(self, talk: "Talk") -> None:
        from worker.channels.guarded import guarded

        with guarded(talk):
            del self._plugin

    def _notify(self, message: Message, talk: "Talk") -> bool:
        """Let the plug-in send, in its thread."""
        from worker.channels.guarded import guarded

        plugin = self._plugin
        dialect, declared = _dialect(plugin)
        most, most_title = _limits(plugin)
        joined = plugin.overflow_amalgamate_title
        said = chat(message, dialect, most=most, most_title=most_title, joined=joined)
        with guarded(talk):
            return bool(
                plugin.notify(
                    body=said.body, title=said.title, notify_type="info", body_format=declared
                )
            )

    def _receipt(self, message: Message, talk: "Talk", *, taken: bool) -> Receipt:
        """What came of it, by the last answer that was no success, else by the last."""
        test = message.payload["type"] == "test.ping"
        transcript = tuple(self._strike(line) for line in _lines(talk)) if test else ()
        results = [result for _, _, result in talk.said]
        bad = [one for one in results if isinstance(one, NetError) or one.status >= 300]
        decisive = results if taken or not bad else bad
        if not decisive:
            detail = f"{self._plugin.service_name} was asked nothing"
            return Receipt(delivered=taken, detail=detail, recoverable=not taken)
        if isinstance(decisive[-1], NetError):
            return unanswered(decisive[-1], transcript=transcript)
        receipt = classify(
            decisive[-1], now=self._now(), strike=self._strike, transcript=transcript
        )
        if receipt.delivered and not taken:  # a refusal in words, as Slack's "ok": false
            return replace(
                receipt, delivered=False, recoverable=True, detail=f"not taken: {receipt.detail}"
            )
        return receipt


def _lines(talk: "Talk") -> list[str]:
    """The conversation as it may be shown: neither paths nor what was sent."""
    lines = []
    for method, url, result in talk.said:
        parts = urlsplit(url)
        lines.append(f"> {method} {parts.scheme}://{parts.netloc.rpartition('@')[2]}/{STRUCK}")
        lines += [f"< {result}"] if isinstance(result, NetError) else heard(result)
    return lines


def _dialect(plugin: Any) -> tuple[Dialect, str]:
    """What the body is written in, and what Apprise is told that it is."""
    usual = Dialect(plugin.resolve_format(None).value)
    if usual is Dialect.MARKDOWN and type(plugin).__name__ in _NO_ESCAPES:
        return Dialect.MRKDWN, usual.value
    if usual is Dialect.TEXT and type(plugin).__name__ in _SHOW_MARKDOWN:
        known = plugin.resolve_format("markdown").value
        return Dialect.MARKDOWN, known
    return usual, usual.value


def _limits(plugin: Any) -> tuple[int, int]:
    """The longest body and title: what Apprise knows, and where a service takes less than that."""
    body, title = plugin.body_maxlen, plugin.title_maxlen
    match type(plugin).__name__:
        case "NotifyNtfy":
            return min(body, _NTFY_MOST), title
        case "NotifyMatrix":  # an event holds the text twice, the second time with its tags
            return body // 5, title
        case "NotifySlack" if plugin.use_blocks:
            return min(body, _SLACK_BLOCK), min(title, _SLACK_HEADER)
        case _:
            return body, title


def _secrets(url: str) -> list[str]:
    """All of an Apprise URL but its scheme and a host that is a name: any of it may be a key."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    rest = url.partition("://")[2]
    parts = [unquote(part) for part in re.split(r"[/:@?&=#,]", rest)]
    return [url, *(part for part in parts if "." not in host or part.lower() != host)]


def _plugin(url: str) -> Any:
    """The plug-in of a URL. Raises ValueError (problem, mend), never with a part of the URL."""
    library = _library()
    found = library.Apprise.instantiate(
        url.strip(),
        asset=library.AppriseAsset(storage_mode="memory", http_redirects=False, async_mode=False),
        suppress_exceptions=True,
    )
    if not found:
        raise ValueError("is not a URL that Apprise knows", _MEND)
    module = sys.modules[type(found).__module__]
    if not hasattr(module, "requests") or any(hasattr(module, one) for one in _OTHER_WAYS):
        name = found.service_name
        raise ValueError(f"{name} is not reached by HTTP", "use another service, or kind: email")
    if type(found).__name__ == "NotifyTelegram":
        # It refuses Markdown in which one sign is left open, such as an underscore in a link.
        found.notify_format = "html"
    return found


@cache
def _library() -> Any:
    """Apprise, loaded when it is needed; its log names tokens, so it keeps none."""
    import apprise

    import worker.channels.guarded  # noqa: F401  from now on requests can be guarded

    logger = logging.getLogger("apprise")
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    return apprise
