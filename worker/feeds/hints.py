"""What a server's headers say about when to ask again, and whether a body is the same again."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from worker.model import Response

#: RFC 9111, 1.2.2: a larger number of seconds counts as this one.
_MOST_SECONDS = 2**31
_DIRECTIVE = re.compile(r'\s*([\w-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,;]*)))?\s*(?:,|$)')
#: Of a longer header no more is read: it comes from a stranger, and is read where all feeds are polled.
_LONGEST = 500


def cache_max_age(response: Response) -> timedelta | None:
    """How long the answer stays fresh from now on, ``None`` where nothing useful is said.

    ``Cache-Control: max-age`` less ``Age``; without it ``Expires`` less ``Date`` (RFC 9111, 4.2).
    ``no-cache`` and ``no-store`` say that there is nothing to wait for.
    """
    control, expires = response.header("cache-control")[:_LONGEST], response.header("expires")
    if not control and not expires:
        return None
    directives = {
        found[1].lower(): found[2] or found[3] or "" for found in _DIRECTIVE.finditer(control)
    }
    if {"no-cache", "no-store"} & directives.keys():
        return None
    if "max-age" in directives:
        fresh = _seconds(directives["max-age"])
    else:
        fresh = _between(response.header("date"), expires)
    if fresh is None:
        return None
    left = fresh - (_seconds(response.header("age")) or timedelta())
    return left if left > timedelta() else None


def retry_after(response: Response, now: datetime) -> timedelta | None:
    """The wait a ``Retry-After`` header asks for (RFC 9110, 10.2.3: seconds or a date).

    ``None`` where there is none, or it cannot be read, or its time has passed.
    """
    value = response.header("retry-after").strip()
    if not value:
        return None
    wait = _seconds(value)
    if wait is None:
        moment = _http_date(value)
        wait = moment - now if moment else None
    return wait if wait and wait > timedelta() else None


def body_hash(body: bytes) -> bytes:
    """The SHA-256 of a body: the same bytes need not be parsed again."""
    return hashlib.sha256(body).digest()


def _seconds(value: str) -> timedelta | None:
    digits = value.strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    return timedelta(seconds=min(int(digits[:11]), _MOST_SECONDS))


def _between(start: str, end: str) -> timedelta | None:
    last = _http_date(end) if start else None
    first = _http_date(start) if last else None
    return last - first if first and last else None


def _http_date(value: str) -> datetime | None:
    """A date in any of the three formats of RFC 9110, 5.6.7, in UTC."""
    try:
        moment = parsedate_to_datetime(value[:_LONGEST])
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
