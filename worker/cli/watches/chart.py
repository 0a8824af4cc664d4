"""A bar for each hour, day, week or month of a stretch of time, in text."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import groupby

from rich.text import Text

from worker.alerts.rehearsal import Count

BARS = 40
QUIET = 8
"""So many stretches in a row without a match have a line each; of more, the first and the last."""
_DAY = timedelta(days=1)
#: The longest time that is shown by the hour, day and week; longer ones are shown by the month.
_HOURLY, _DAILY, _WEEKLY = 2 * _DAY, 45 * _DAY, 400 * _DAY


def stretch_of(moment: datetime, length: timedelta) -> datetime:
    """The hour, day, week or month a moment belongs to, by the local clock, where so much is shown."""
    local = moment.astimezone()
    day, hour = local.date(), 0
    if length <= _HOURLY:
        hour = local.hour
    elif length > _WEEKLY:
        day = day.replace(day=1)
    elif length > _DAILY:
        day -= _DAY * day.weekday()
    # Made anew, not replaced: where clocks change the day begins with another offset.
    return datetime.combine(day, time(hour)).astimezone()


def stretches(since: datetime, until: datetime) -> list[datetime]:
    """Every one between two moments."""
    length = until - since
    step = timedelta(hours=1) if length <= _HOURLY else _DAY
    found, moment = [stretch_of(since, length)], since.astimezone(UTC)
    while (moment := moment + step) <= until:
        found.append(stretch_of(moment, length))
    return list(dict.fromkeys([*found, stretch_of(until, length)]))


def bars(
    counts: Mapping[datetime, Count], among: Sequence[datetime], length: timedelta
) -> Iterator[Text]:
    """A line for each: full blocks for what would ring, light ones for the other matches.

    A long time without a match is told in one line.
    """
    most = max((one.matches for one in counts.values()), default=0)
    shape, unit = _shape(length)
    for matched, run in groupby(among, key=lambda one: counts.get(one, Count()).matches > 0):
        moments = list(run)
        left_out = 0 if matched or len(moments) <= QUIET else len(moments) - 2
        for number, moment in enumerate(moments):
            if not left_out or number in (0, len(moments) - 1):
                yield _bar(f"  {moment:{shape}}  ", counts.get(moment, Count()), most)
            elif number == 1:
                yield Text(f"  ... {left_out} {unit} without a match ...", style="dim")


def _shape(length: timedelta) -> tuple[str, str]:
    """How a stretch is written, and what several are called."""
    if length <= _HOURLY:
        return "%a %H:%M", "hours"
    if length <= _DAILY:
        return "%a %d %b", "days"
    return ("from %d %b", "weeks") if length <= _WEEKLY else ("%b %Y", "months")


def _bar(label: str, count: Count, most: int) -> Text:
    width = _blocks(count.matches, most)
    ringing = min(width, _blocks(count.alerts, most))
    line = Text(label)
    line.append("█" * ringing, style="yellow")
    line.append("░" * (width - ringing), style="dim")
    return line.append(f" {count.matches}" if count.matches else "·", style="" if width else "dim")


def _blocks(number: int, most: int) -> int:
    """So many blocks that the largest number fills the line, and none but 0 is without."""
    if not number:
        return 0
    return max(1, round(number * min(BARS, most) / most))
