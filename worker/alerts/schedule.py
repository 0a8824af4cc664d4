"""When digests are due and quiet hours end, by the wall clock of an IANA time zone.

Clocks that are put forward leave a gap: what is due in it is due when it ends. Clocks that are put
back show some times twice: what is due then is due the first time. So no day goes without its
digest, and none has two.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SCHEDULE_MEND = "write hourly, daily 08:00 or weekly monday 08:00"
QUIET_MEND = "write two times of day, as 22:00-07:00"

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a digest is due: each full hour (``at`` is ``None``), each day, or each week.

    ``weekday`` counts from 0, Monday; ``None`` for each day.
    """

    at: time | None = None
    weekday: int | None = None

    def __str__(self) -> str:
        if self.at is None:
            return "hourly"
        if self.weekday is None:
            return f"daily {self.at:%H:%M}"
        return f"weekly {DAYS[self.weekday]} {self.at:%H:%M}"


def read_schedule(text: str) -> Schedule:
    """``hourly``, ``daily 08:00``, ``weekly monday 08:00`` (or ``mon``). Raises ValueError."""
    match text.lower().split():
        case ["hourly"]:
            return Schedule()
        case ["daily", at]:
            return Schedule(at=_time(at))
        case ["weekly", day, at]:
            named = [n for n, one in enumerate(DAYS) if len(day) > 2 and one.startswith(day)]
            if len(named) == 1:
                return Schedule(at=_time(at), weekday=named[0])
    raise ValueError(SCHEDULE_MEND)


def _time(text: str) -> time:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(SCHEDULE_MEND)
    return time(int(found[1]), int(found[2]))


def read_quiet(text: str) -> tuple[time, time]:
    """Quiet hours as ``22:00-07:00``: when they begin and end. Raises ValueError."""
    begin, _, end = text.partition("-")
    found = _TIME.fullmatch(begin.strip()), _TIME.fullmatch(end.strip())
    if found[0] is None or found[1] is None:
        raise ValueError(QUIET_MEND)
    quiet = tuple(time(int(one[1]), int(one[2])) for one in found if one is not None)
    if quiet[0] == quiet[1]:
        raise ValueError("give them a beginning and an end that differ")
    return quiet[0], quiet[1]


def next_digest(after: datetime, schedule: Schedule, zone: ZoneInfo) -> datetime:
    """The first time later than ``after`` at which a digest is due, in UTC."""
    if schedule.at is None:
        return _next_full_hour(after, zone)
    for day in _days_from(after, zone):
        if schedule.weekday in {None, day.weekday()}:
            due = _moment(day, schedule.at, zone)
            if due > after:
                return due
    raise AssertionError("days do not end")  # pragma: no cover


def quiet_until(now: datetime, quiet: tuple[time, time], zone: ZoneInfo) -> datetime | None:
    """When the quiet hours end that ``now`` lies in, in UTC; ``None`` outside of them."""
    begin, end = quiet
    today = now.astimezone(zone).date()
    for day in (today - _DAY, today, today + _DAY):
        first = _moment(day, begin, zone)
        last = _moment(day if begin < end else day + _DAY, end, zone)
        if first <= now < last:
            return last
    return None


def _next_full_hour(after: datetime, zone: ZoneInfo) -> datetime:
    """The next time that clocks show a full hour; an hour that comes twice has its digest twice."""
    due = after.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
    while due.astimezone(zone).minute:
        due += _MINUTE
    return due


def _days_from(moment: datetime, zone: ZoneInfo) -> Iterator[date]:
    day = moment.astimezone(zone).date() - _DAY
    while True:
        yield day
        day += _DAY


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When clocks show a time for the first time on a day; in a gap, when it ends."""
    shown = datetime.combine(day, at, zone)
    moment = shown.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None):
        return moment
    return _end_of_gap(shown.replace(fold=1).astimezone(UTC), moment, zone)


def _end_of_gap(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The second at which clocks were put forward, between two times on either side of it."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
