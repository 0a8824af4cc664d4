"""Dates of entries: read, and put right where they cannot stand, with the rule that was used.

The rules, as ``Entry.date_rule`` names them:

* ``no zone``: a date without a zone, or without a time, is taken for UTC.
* ``before 1990``: a date before the web's first feeds (mostly 1 January 1970, a zero) is none.
* ``future``: a date more than five minutes ahead of the poll is none; were it kept, the entry
  would stand above fresh news until its time came. An entry without a date counts from when it
  was first seen.
* ``unreadable``: there is a text where the date should be, and nobody knows what it means.
* ``missing``: there is no date at all.

The rule is that of the publication's date, or of the update's where it stands in for it.
"""

import calendar
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from feedparser.datetimes import _parse_date

from worker.markup import storable
from worker.model import Entry

#: How far ahead of ours the clock of a server may be.
AHEAD = timedelta(minutes=5)
#: Hours from UTC of zone names used in feeds that feedparser takes for UTC.
_ZONES = {"MSK": 3, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "BST": 1, "WEST": 1, "JST": 9}
_ZONED = re.compile(
    r"\d:\d{2}.*?(?:[+-]\d{1,2}(?::?\d{2})?|\dZ|\b(?!AM\b|PM\b)[A-Z][A-Z/_+-]*)\s*(?:\(.*\))?\s*$",
    re.IGNORECASE | re.DOTALL,
)
#: No date is longer; a text that is might take long to look through.
_LONGEST = 100
#: RFC 822 without its zone.
_BARE = re.compile(
    r"\s*(?:[A-Za-z]{2,9}\.?,?\s+)?\d{1,2}\s+[A-Za-z]{3,9}\.?\s+\d{4}\s+\d{1,2}:\d{2}(?::\d{2})?\s*",
    re.ASCII,
)
#: Dates as nearly every feed writes them, with a zone that leaves no doubt.
_RFC822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?([0-9]{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" (199[0-9]|20[0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC|Z|([+-])([01][0-9])([0-5][0-9]))"
)
_W3C = re.compile(
    r"(?:199[0-9]|20[0-9]{2})-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:Z|[+-][01][0-9]:[0-5][0-9])"
)
_MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of one entry and the rule that they were put right by (``""``: none was)."""

    published: datetime | None
    updated: datetime | None
    rule: str


def read_date(text: str) -> datetime | time.struct_time | None:
    """A date as feedparser reads it, in UTC; a moment already where no rule can apply to it."""
    try:
        plain = _plain_date(text)
    except ValueError:  # no such day
        plain = None
    read: time.struct_time | None = _parse_date(text) if plain is None else None
    return plain or read


def _plain_date(text: str) -> datetime | None:
    """A date in full, ``None`` where it is written in any other way. Raises ValueError."""
    if _W3C.fullmatch(text):
        return datetime.fromisoformat(text).astimezone(UTC)
    found = _RFC822.fullmatch(text)
    if not found:
        return None
    day, month, year, hour, minute, second, sign, ahead, minutes = found.groups()
    moment = datetime(
        int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC
    )
    if sign is None:
        return moment
    away = timedelta(hours=int(ahead), minutes=int(minutes))
    return moment - away if sign == "+" else moment + away


def entry_dates(raw: Mapping[str, Any], *, only_one: bool) -> Dates:
    """The dates of a feedparser entry. ``only_one``: what it calls updated is the publication's.

    That is so in RSS, where the one date an entry has may be a ``dc:date``.
    """
    updated, updated_rule = _date(raw, "updated")
    published, rule = _date(raw, "published")
    if published is None and rule in {"missing", "unreadable"}:
        created, created_rule = _date(raw, "created")
        if created_rule != "missing":
            published, rule = created, created_rule
    if published is None and updated_rule != "missing":
        rule = updated_rule if rule == "missing" or updated else rule
        published = updated if only_one else None
    return Dates(published, updated, rule)


def text_dates(published: str, updated: str, moments: Mapping[str, datetime | None]) -> Dates:
    """The dates of an entry from texts in ISO 8601 that were read as ``moments``."""
    rules = {text: _rule(text, moments[text]) for text in (published, updated)}
    rule = rules[updated] if rules[published] == "missing" else rules[published]
    return Dates(moments[published], moments[updated], rule)


def settle(entry: Entry, now: datetime) -> Entry:
    """The entry without dates that lie ahead of ``now``."""
    latest = now + AHEAD
    published, updated = entry.published, entry.updated
    if published is not None and published > latest:
        published = None
    if updated is not None and updated > latest:
        updated = None
    if published is entry.published and updated is entry.updated:
        return entry
    return replace(entry, published=published, updated=updated, date_rule="future")


def _date(raw: Mapping[str, Any], key: str) -> tuple[datetime | None, str]:
    """A date as feedparser read it, in UTC, and its rule. ``dict.get``: see ``parse._text``."""
    parts = dict.get(raw, f"{key}_parsed")  # type: ignore[call-overload]
    if isinstance(parts, datetime):
        return parts, ""
    value = dict.get(raw, key)  # type: ignore[call-overload]
    text = storable(value) if isinstance(value, str) else ""
    if parts is None and _BARE.fullmatch(text):  # feedparser gives up without a zone
        parts = _parse_date(f"{text.strip()} GMT")
    if parts is None:
        return None, "unreadable" if text.strip() else "missing"
    if parts[0] < 1990:
        return None, "before 1990"
    zone = text.rpartition(" ")[2].upper()
    try:
        seconds = calendar.timegm(parts) - 3600 * _ZONES.get(zone, 0)
        moment = datetime.fromtimestamp(seconds, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None, "unreadable"
    return moment, "" if _has_zone(text) else "no zone"


def _has_zone(text: str) -> bool:
    return len(text) < _LONGEST and _ZONED.search(text) is not None


def _rule(text: str, moment: datetime | None) -> str:
    if not text.strip():
        return "missing"
    if moment is not None:
        return "" if _has_zone(text) else "no zone"
    year = re.match(r"\s*(\d{4})-", text)
    return "before 1990" if year and int(year[1]) < 1990 else "unreadable"
