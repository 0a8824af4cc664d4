"""Moments to come, as people write them: "2h", "3d", "2026-12-01 08:00", "tomorrow 08:00"."""

import re
from datetime import UTC, date, datetime, time, timedelta

from worker.cli.output import CliError
from worker.durations import parse_duration

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_WEEKS = re.compile(r"(\d+)\s*w", re.IGNORECASE)
MEND = "write 2h, 3d, 2026-12-01, 2026-12-01 08:00 or tomorrow 08:00"


def moment_to_come(text: str, now: datetime) -> datetime | None:
    """The moment that ``text`` says, by the local clock; ``None`` when it says none.

    A day without a time begins at midnight; a time without a day is the next one there is.
    """
    words = text.strip().lower()
    weeks = _WEEKS.fullmatch(words)
    length = timedelta(weeks=int(weeks[1][:5])) if weeks else parse_duration(words)
    try:
        if length is not None and not words.isdigit():  # 2026 is no number of seconds here
            return now + length
        day, _, clock = (
            words.replace("t", " ", 1).partition(" ")
            if words[:1].isdigit()
            else words.partition(" ")
        )
        if _CLOCK.fullmatch(day) and not clock:
            return _next(day, now)
        on, at = _day(day, now.astimezone().date()), _clock(clock or "00:00")
        return datetime.combine(on, at).astimezone() if on and at else None
    except (ValueError, OverflowError):
        return None


def end_of(until: str) -> datetime | None:
    """What ``--until`` says; ``None`` where it is not given. CliError if it is no moment to come."""
    if not until:
        return None
    now = datetime.now(UTC)
    moment = moment_to_come(until, now)
    if moment is None:
        raise CliError(f"--until {until!r} is no moment: {MEND}")
    if moment <= now:
        raise CliError(f"--until {until!r} is over already: it was {shown(moment)}")
    return moment


def _day(word: str, today: date) -> date | None:
    if word in {"today", "tomorrow"}:
        return today + timedelta(days=word == "tomorrow")
    named = [number for number, name in enumerate(_DAYS) if word and name.startswith(word[:9])]
    if len(word) >= 3 and len(named) == 1:
        return today + timedelta(days=(named[0] - today.weekday() - 1) % 7 + 1)
    return date.fromisoformat(word)


def _clock(word: str) -> time | None:
    found = _CLOCK.fullmatch(word.strip())
    return time(int(found[1]), int(found[2])) if found else None


def _next(clock: str, now: datetime) -> datetime | None:
    at, today = _clock(clock), now.astimezone().date()
    if at is None:
        return None
    soonest = datetime.combine(today, at).astimezone()
    return (
        soonest if soonest > now else datetime.combine(today + timedelta(days=1), at).astimezone()
    )


def how_long(since: str) -> timedelta:
    """A length of time as an option gives it. CliError if it is none."""
    length = parse_duration(since)
    if not length or length > timedelta(days=3650):
        raise CliError(f"--since {since!r} is no length of time: write 12h, 7d or 30d")
    return length


def shown(moment: datetime, *, seconds: bool = False) -> str:
    """A moment by the local clock, with its zone: "Wed 2026-11-25 13:30 CET"."""
    clock = "%H:%M:%S" if seconds else "%H:%M"
    return moment.astimezone().strftime(f"%a %Y-%m-%d {clock} %Z")
