"""The redis channel: messages as entries of a stream, for other systems to read."""

import asyncio
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from redis import asyncio as aioredis
from redis.exceptions import RedisError

from worker.alerts.payload import encoded
from worker.alerts.wording import clean_line
from worker.channels.answers import WORDS
from worker.channels.lines import conversation
from worker.channels.redaction import Redactor
from worker.channels.sender import ChannelConfig, Surroundings
from worker.channels.signing import webhook_id
from worker.model import Message, Receipt

_SCHEMES = {"redis", "rediss", "unix"}


class Redis:
    """Adds alerts to a stream of Redis or Valkey."""

    kind: ClassVar[str] = "redis"

    class Config(ChannelConfig):
        """Which server, which stream, and how long it may grow."""

        url: SecretStr = Field(description="e.g. rediss://user:password@redis.example.org:6379/0")
        stream: str = Field("tocsin:alerts", min_length=1, description="the key of the stream")
        longest: int = Field(
            100_000, ge=1, description="about how many entries the stream keeps; older ones go"
        )
        timeout: float = Field(10.0, gt=0, le=60, description="seconds for one attempt in all")

        @field_validator("url")
        @classmethod
        def _readable(cls, value: SecretStr) -> SecretStr:
            try:
                text = value.get_secret_value()
                good = urlsplit(text).scheme in _SCHEMES
                aioredis.ConnectionPool.from_url(text)
            except (ValueError, RedisError):
                good = False
            if not good:
                raise ValueError(
                    "is not a Redis URL",
                    "write redis://user:password@host:6379/0, rediss://... or unix:///path",
                )
            return value

    def __init__(self, config: Config, surroundings: Surroundings) -> None:
        self._name = surroundings.name
        self._stream, self._longest = config.stream, config.longest
        url = config.url.get_secret_value()
        password = urlsplit(url).password or ""
        self._strike = Redactor([url, password, *surroundings.secrets])
        self._seconds = config.timeout
        self._client: aioredis.Redis = aioredis.Redis.from_url(
            url, socket_timeout=config.timeout, socket_connect_timeout=config.timeout
        )

    def __repr__(self) -> str:
        return f"<Redis {self._name!r} to {self._stream}>"

    async def send(self, message: Message) -> Receipt:
        """Add one entry. It is delivered when the server says so; every failure is recoverable."""
        fields: dict[Any, Any] = {
            "id": webhook_id(message),
            "type": message.payload["type"],
            "event": encoded(message.payload).decode(),
        }
        try:
            async with asyncio.timeout(self._seconds):  # the client's own time is for each answer
                number: Any = await self._client.xadd(
                    self._stream, fields, maxlen=self._longest, approximate=True
                )
        except TimeoutError:
            detail = f"timed out: no answer in {self._seconds:g} s"
            return Receipt(delivered=False, detail=detail, recoverable=True)
        except (RedisError, OSError) as error:
            words = self._strike(clean_line(str(error), WORDS)) or type(error).__name__
            return Receipt(delivered=False, detail=words, recoverable=True)
        entry = number.decode()
        ours = [f"XADD {self._stream} MAXLEN ~ {self._longest} *"]
        ours += [f"{name} {value}" for name, value in fields.items()]
        return Receipt(
            delivered=True,
            detail=f"entry {entry} of {self._stream}",
            transcript=conversation(message, ours, [entry]),
        )

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()
