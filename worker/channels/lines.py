"""One message as one line of JSON, for receivers that speak neither HTTP nor mail."""

from collections.abc import Iterable

from worker.alerts.payload import encoded
from worker.channels.signing import webhook_id
from worker.model import Message


def line_of(message: Message) -> bytes:
    """The event that webhooks carry, with the delivery's ``id`` first; no line break in or after it.

    The id is the ``webhook-id`` of the delivery: the same on every attempt.
    """
    return encoded({"id": webhook_id(message), **message.payload})


def conversation(message: Message, ours: Iterable[str], theirs: Iterable[str]) -> tuple[str, ...]:
    """What was said, a line each, for the receipt of a test; of anything else nothing is kept."""
    if message.payload["type"] != "test.ping":
        return ()
    return (*(f"> {line}" for line in ours), *(f"< {line}" for line in theirs))
