"""A bar for each day (or hour) of a stretch of time, in text."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from rich.text import Text

from worker.alerts.rehearsal import Count

BARS = 40
_HOURLY = timedelta(hours=48)


def stretch_of(moment: datetime, length: timedelta) -> datetime:
    """The local day a moment belongs to; the hour, where no more than two days are shown."""
    local = moment.astimezone()
    hour = 0 if length > _HOURLY else local.hour
    # Made anew, not replaced: where clocks change the day begins with another offset.
    return datetime(local.year, local.month, local.day, hour).astimezone()


def stretches(since: datetime, until: datetime) -> list[datetime]:
    """Every day, or hour, between two moments."""
    length = until - since
    step = timedelta(days=1) if length > _HOURLY else timedelta(hours=1)
    found, moment = [stretch_of(since, length)], since.astimezone(UTC)
    while (moment := moment + step) <= until:
        found.append(stretch_of(moment, length))
    return list(dict.fromkeys([*found, stretch_of(until, length)]))


def bars(counts: Mapping[datetime, Count], among: Sequence[datetime]) -> Iterator[Text]:
    """A line for each: full blocks for what would ring, light ones for the other matches."""
    most = max((one.matches for one in counts.values()), default=0)
    daily = len({moment.date() for moment in among}) == len(among)
    for moment in among:
        count = counts.get(moment, Count())
        width = _blocks(count.matches, most)
        ringing = min(width, _blocks(count.alerts, most))
        line = Text(f"  {moment:%a %d %b}  " if daily else f"  {moment:%a %H:%M}  ")
        line.append("█" * ringing, style="yellow")
        line.append("░" * (width - ringing), style="dim")
        line.append(f" {count.matches}" if count.matches else "·", style="" if width else "dim")
        yield line


def _blocks(number: int, most: int) -> int:
    """So many blocks that the largest number fills the line, and none but 0 is without."""
    if not number:
        return 0
    return max(1, round(number * min(BARS, most) / most))
