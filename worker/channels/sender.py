"""What a channel is to the rest of Tocsin, and what it is given to work with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Protocol, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from worker.alerts.schedule import read_schedule
from worker.channels.unsubscribe import Unsubscribing
from worker.delivery.rate import read_rate
from worker.model import Message, Receipt
from worker.net import Net


class ChannelError(ValueError):
    """A channel that cannot be used as configured; one line that names channel and mend."""


class UnknownKindError(ChannelError):
    """No channel of this kind exists."""


class MissingVariableError(ChannelError):
    """A ``${NAME}`` in a channel's configuration has no value in the environment."""


class BadConfigError(ChannelError):
    """A key of a channel's configuration is missing, unknown or wrong."""


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _not_empty(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("is an empty list", "give at least one")
    return values


_T = TypeVar("_T")
#: A value, or a list of at least one.
OneOrMore = Annotated[tuple[_T, ...], BeforeValidator(_as_list), AfterValidator(_not_empty)]


class ChannelConfig(BaseModel):
    """A channel's keys in feeds.yaml. Unknown keys are mistakes; ``description`` is the mend.

    A validator says what is wrong and how to mend it as ``ValueError(problem, mend)``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    #: Attempts under way at once where the configuration does not say; a kind may have its own.
    usual_concurrency: ClassVar[int] = 4
    #: Whether messages need their text and HTML, which are costly.
    sends_mail: ClassVar[bool] = True

    concurrency: int | None = Field(
        None, ge=1, le=100, description="attempts under way at once in one process, 1 to 100"
    )
    rate: str = Field("", description="the most attempts in a time in one process, e.g. 60/min")
    heartbeat: str = Field(
        "", description="when to say that all is well: hourly, daily 08:00 or weekly monday 08:00"
    )
    zone: str = Field("UTC", description="the time zone of that, e.g. Europe/Berlin")

    @property
    def at_once(self) -> int:
        """Attempts that may be under way at once."""
        return self.concurrency or self.usual_concurrency

    @field_validator("rate")
    @classmethod
    def _rate(cls, value: str) -> str:
        try:
            if value:
                read_rate(value)
        except ValueError as error:
            raise ValueError(f"is {value!r}", str(error)) from None
        return value

    @field_validator("heartbeat")
    @classmethod
    def _schedule(cls, value: str) -> str:
        try:
            return str(read_schedule(value)) if value else ""
        except ValueError as error:
            raise ValueError(f"is {value!r}", str(error)) from None

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):
            mend = "write an IANA name, as Europe/Berlin or UTC"
            raise ValueError(f"{value!r} is not a time zone", mend) from None
        return value


def own_clock() -> datetime:
    """What time it is by this machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every channel gets beside its configuration.

    ``name`` is the channel's own name; ``unsubscribing`` where readers stop what comes, none
    where this Tocsin has no public URL. ``secrets`` are the values of the variables that the
    configuration refers to. ``now`` tells the time, also where this machine's clock is wrong.
    """

    name: str
    net: Net
    unsubscribing: Unsubscribing | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    now: Callable[[], datetime] = own_clock


async def close(sender: "Sender") -> None:
    """Let go what a sender keeps, if it keeps anything."""
    closing = getattr(sender, "close", None)
    if closing is not None:
        await closing()


class Sender(Protocol):
    """A channel ready to send. A module of this package that defines one is a channel.

    One is built for a channel and its configuration and kept. ``send`` is called up to
    ``Config.at_once`` times at the same time. One that keeps connections defines
    ``async def close(self) -> None``, which lets them go; it is called once, after the last attempt.
    """

    #: The word after ``kind:`` in feeds.yaml.
    kind: ClassVar[str]
    Config: ClassVar[type[ChannelConfig]]

    def __init__(self, config: Any, surroundings: Surroundings) -> None: ...

    async def send(self, message: Message) -> Receipt:
        """Make one attempt. Failures are classified in the receipt and never raised."""
        ...
