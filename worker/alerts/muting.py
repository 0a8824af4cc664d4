"""What is muted, and by what."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from worker.model import Mute


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What mutes are asked about: a match of a watch in an article of a story.

    ``named`` are the keys of those whom the article mentions.
    """

    watch_id: int
    watch_name: str
    story_id: int
    outlet: str = ""
    named: Collection[str] = frozenset()


def muted_by(subject: Subject, mutes: Iterable[Mute], now: datetime) -> str:
    """The mute that silences a match, in words; ``""`` where none does. The longest one counts."""
    silencing = [
        mute
        for mute in mutes
        if (mute.until is None or mute.until > now)
        and mute.watch_id in {None, subject.watch_id}
        and _concerns(mute, subject)
    ]
    if not silencing:
        return ""
    longest = max(silencing, key=lambda one: (one.until is None, one.until or now))
    return _words(longest, subject)


def _words(mute: Mute, subject: Subject) -> str:
    """``until 2026-11-27 08:00 UTC, outlet Reuters``."""
    until = f"until {mute.until:%Y-%m-%d %H:%M} UTC" if mute.until is not None else "for good"
    value = subject.watch_name if mute.kind == "watch" else mute.value
    return f"{until}, {mute.kind} {value}"


def _concerns(mute: Mute, subject: Subject) -> bool:
    match mute.kind:
        case "watch":
            return mute.value == str(subject.watch_id)
        case "story":
            return mute.value == str(subject.story_id)
        case "outlet":
            return mute.value.casefold() == subject.outlet.casefold()
        case _:
            return mute.value in subject.named
