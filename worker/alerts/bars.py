"""Bars that show numbers: signs in text, and boxes in HTML that every mail reader draws."""

from collections.abc import Sequence

from worker.alerts.style import bar, tone
from worker.alerts.wording import in_utc
from worker.model import HourCount

_WIDTH = 36  # signs of the longest bar
_HEIGHT = 96  # pixels of the highest
_SPARKS = "▁▂▃▄▅▆▇█"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def text_bar(value: float, largest: float, width: int = 20) -> str:
    """A bar as long as the value's share of the largest; what is not nought has at least one sign."""
    if value <= 0 or largest <= 0:
        return ""
    return "#" * max(1, round(min(1.0, value / largest) * width))


def html_bar(value: float, largest: float) -> str:
    """The same as a box that fills its share of the width."""
    share = min(1.0, value / largest) if largest > 0 else 0.0
    css = f"height:12px;width:{max(1, round(share * 100))}%;font-size:0;line-height:0"
    return f"<div {bar('b1', f'{css};border-radius:2px')}>&nbsp;</div>"


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
    if not hours:
        return ""
    largest = _largest(hours)
    columns = "".join(f"<td {_CELL}>{_column(one, largest)}</td>" for one in hours)
    style = "padding:4px 0 0;font-size:11px;line-height:1.2;white-space:nowrap;overflow:hidden"
    parts = [hours[start : start + 12] for start in range(0, len(hours), 12)]
    marks = "".join(
        f'<td colspan="{len(part)}" {tone("sf", style)}>{_hour(part[0])}</td>' for part in parts
    )
    return (
        f'<table role="img" aria-label="{_in_words(hours)}" width="100%" cellspacing="0" '
        'cellpadding="0" border="0" style="table-layout:fixed;border-collapse:collapse;'
        f'margin:14px 0 8px"><tr>{columns}</tr><tr>{marks}</tr></table>'
    )


_CELL = f'valign="bottom" style="height:{_HEIGHT}px;padding:0 1px 0 0;vertical-align:bottom"'


def _in_words(hours: Sequence[HourCount]) -> str:
    last, most = hours[-1], max(hours, key=lambda one: one.stories)
    return (
        f"Stories by hour: {last.stories} in the last one, where up to {last.high:.0f} are normal; "
        f"the most were {most.stories}, at {_hour(most)}"
    )


def _column(one: HourCount, largest: float) -> str:
    if not one.covered:
        return ""
    within, height = min(one.stories, one.high), _HEIGHT / largest
    parts = (("b2", one.stories - within), ("b3", one.high - one.stories), ("b1", within))
    return "".join(
        f"<div {bar(colour, f'height:{pixels}px;font-size:0;line-height:0')}></div>"
        for colour, stories in parts
        if (pixels := round(stories * height)) > 0
    )


def _largest(hours: Sequence[HourCount]) -> float:
    return max((max(one.stories, one.high) for one in hours), default=0) or 1


def _hour(one: HourCount) -> str:
    begun = in_utc(one.hour)
    return f"{_DAYS[begun.weekday()]} {begun:%H:%M}"
