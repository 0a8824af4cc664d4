"""Bars that show numbers: signs in text, and boxes in HTML that every mail reader draws."""

from collections.abc import Sequence

from worker.alerts.wording import in_utc
from worker.model import HourCount

_WIDTH = 36  # signs of the longest bar
_HEIGHT = 96  # pixels of the highest
_SPARKS = "▁▂▃▄▅▆▇█"
_BAR, _BEYOND, _BAND = "#5b7da8", "#c62828", "#dfe6ee"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def text_bar(value: float, largest: float, width: int = 20) -> str:
    """A bar as long as the value's share of the largest; what is not nought has at least one sign."""
    if value <= 0 or largest <= 0:
        return ""
    return "#" * max(1, round(min(1.0, value / largest) * width))


def html_bar(value: float, largest: float, pixels: int = 160) -> str:
    """The same as a box."""
    share = min(1.0, value / largest) if largest > 0 else 0.0
    return (
        f'<div style="background:{_BAR};height:10px;'
        f'width:{max(2, round(share * pixels))}px;font-size:0">&nbsp;</div>'
    )


def sparks(hours: Sequence[HourCount]) -> str:
    """Hours in one short line, a sign each."""
    largest = max((one.stories for one in hours), default=0) or 1
    return "".join(
        _SPARKS[min(7, one.stories * 8 // largest)] if one.covered else "·" for one in hours
    )


def hours_in_text(hours: Sequence[HourCount]) -> str:
    """A line an hour: its stories as a bar; ``|`` is where more begins than is normal."""
    largest = _largest(hours)
    return "\n".join(_hour_line(one, largest) for one in hours)


def _hour_line(one: HourCount, largest: float) -> str:
    if not one.covered:
        return f"{_hour(one)}  (nothing was read)"
    bar = text_bar(one.stories, largest, _WIDTH).ljust(_WIDTH + 1)
    edge = min(_WIDTH, round(one.high / largest * _WIDTH))
    return f"{_hour(one)}  {bar[:edge]}|{bar[edge:].rstrip()} {one.stories}"


def hours_in_html(hours: Sequence[HourCount]) -> str:
    """A column an hour: its stories, red where beyond the normal band, which is shaded."""
    largest = _largest(hours)
    columns = "".join(f"<td {_CELL}>{_column(one, largest)}</td>" for one in hours)
    marks = "".join(
        f'<td colspan="{len(part)}" style="padding:2px 0 0;font-size:11px;color:#5a6470">'
        f"{_hour(part[0])}</td>"
        for part in (hours[start : start + 8] for start in range(0, len(hours), 8))
    )
    return (
        '<table role="img" aria-label="Stories by hour" cellspacing="0" cellpadding="0" '
        f'style="border-collapse:collapse;margin:0 0 12px"><tr>{columns}</tr><tr>{marks}</tr></table>'
    )


_CELL = f'valign="bottom" style="height:{_HEIGHT}px;padding:0 1px 0 0;vertical-align:bottom"'


def _column(one: HourCount, largest: float) -> str:
    if not one.covered:
        return ""
    within, height = min(one.stories, one.high), _HEIGHT / largest
    parts = (
        (_BEYOND, one.stories - within),
        (_BAND, one.high - one.stories),
        (_BAR, within),
    )
    return "".join(
        f'<div style="width:9px;height:{pixels}px;background:{colour};font-size:0;line-height:0">'
        "</div>"
        for colour, stories in parts
        if (pixels := round(stories * height)) > 0
    )


def _largest(hours: Sequence[HourCount]) -> float:
    return max((max(one.stories, one.high) for one in hours), default=0) or 1


def _hour(one: HourCount) -> str:
    begun = in_utc(one.hour)
    return f"{_DAYS[begun.weekday()]} {begun:%H:%M}"
