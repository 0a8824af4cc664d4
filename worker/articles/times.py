"""When a page says its article was published and modified."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from worker.articles.linked_data import LinkedData
from worker.articles.told import Told, printed_dates
from worker.moments import moment_of

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "article:published", "datepublished", "pubdate",
    "publishdate", "publish_date", "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.created", "dcterms.date",
    "dc.date", "date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:article:modified_time", "datemodified", "og:updated_time", "lastmod",
    "last-modified", "dcterms.modified", "dc.date.modified",
)  # fmt: skip
_DAY_IN_ADDRESS = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[/-]?(0?[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01]|(?<=/)[1-9](?=/))(?!\d)"
)
#: The first letters of months, unlike those of all others: English, German, French, Spanish, Russian, Ukrainian.
_MONTHS = (
    "jan|ene|янв|січ|jän", "feb|fév|fev|фев|лют", "mar|mär|мар|берез", "apr|avr|abr|апр|квіт", "may|mai|май|мая|трав",
    "jun|juin|июн|черв", "jul|juil|июл|лип", "aug|aoû|ago|авг|серп", "sep|сен|верес", "oct|okt|окт|жовт", "nov|ноя|листоп",
    "dec|dez|déc|dic|дек|груд",
)  # fmt: skip
_MONTH = re.compile("|".join(f"({names})" for names in _MONTHS), re.IGNORECASE)
_IN_WORDS = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+|of\s+)?([^\W\d_]{3,12})\.?,?\s+(?:de\s+|del\s+)?((?:19|20)\d\d)(?!\d)"
)
_AMERICAN = re.compile(r"([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)(?!\d)")
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?((?:19|20)\d\d)(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/.年]\s?(\d{1,2})[-/.月]\s?(\d{1,2})(?!\d)")


def moments_of(
    tree: Any, told: Told, data: LinkedData, url: str
) -> tuple[datetime | None, datetime | None]:
    """When the article was published and modified, in UTC. A time with a zone beats one without."""
    published = _best([data.text("datePublished"), *_all(told, _PUBLISHED), *told.times[:1]])
    modified = _best([data.text("dateModified"), *_all(told, _MODIFIED)])
    if published is None:
        printed = map(printed_day, printed_dates(tree))
        published = _best([data.text("dateCreated", "uploadDate"), _day_of(url), *printed])
    if modified and published and modified < published:
        modified = None
    return published, modified


def _all(told: Told, names: Iterable[str]) -> Iterator[str]:
    return (told.meta[name] for name in names if name in told.meta)


def _best(values: Iterable[str]) -> datetime | None:
    """The first moment; one of the same two days that names its zone is preferred."""
    first: datetime | None = None
    for value in values:
        moment = _moment(value)
        if moment is None:
            continue
        if first is None:
            first = moment
        if re.search(r"(?:Z|UTC|GMT|[+-]\d\d:?\d\d)\s*$", value) and abs(moment - first).days < 1:
            return moment
    return first


def _moment(value: str) -> datetime | None:
    value = value.strip()
    if value.isdigit() and len(value) in {10, 13}:
        return moment_of(datetime.fromtimestamp(int(value[:10]), UTC).isoformat())
    found = moment_of(re.sub(r"\s*(?:UTC|GMT)$", "+00:00", value))
    if found is None and value[:3].isalpha():
        try:
            found = moment_of(parsedate_to_datetime(value).isoformat())
        except (ValueError, TypeError, OverflowError):
            return None
    return found


def _day_of(url: str) -> str:
    """The day in an address: ".../2026/03/02/..."."""
    found = _DAY_IN_ADDRESS.search(urlsplit(url).path)
    return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else ""


def printed_day(text: str) -> str:
    """The day in a date as people write it, as ``YYYY-MM-DD``; ``""`` where it could be another.

    "2 March 2026", "March 2, 2026", "2. März 2026", "2 марта 2026", "02.03.2026", "2026/3/2"; but
    "02/03/2026" is March in London and February in New York.
    """
    if found := _YEAR_FIRST.search(text):
        return _day(found[1], int(found[2]), found[3])
    if found := _DOTTED.search(text):
        return _day(found[3], int(found[2]), found[1])
    if found := _IN_WORDS.search(text):
        return _day(found[3], _month(found[2]), found[1])
    if found := _AMERICAN.search(text):
        return _day(found[3], _month(found[1]), found[2])
    return ""


def _month(name: str) -> int:
    """The number of a month, 0 if it is none."""
    found = _MONTH.match(name)
    return (found.lastindex or 0) if found else 0


def _day(year: str, month: int, day: str) -> str:
    try:
        return date(int(year), month, int(day)).isoformat()
    except ValueError:
        return ""
