"""Feed documents that the hostile server has printed: good ones, to be spoilt."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

OLD = datetime(2024, 3, 1, 12, tzinfo=UTC)
PROLOG = '<?xml version="1.0" encoding="utf-8"?>'


def item(
    number: int,
    *,
    title: str = "",
    guid: str | None = None,
    link: str | None = None,
    date: str | None = None,
    text: str = "",
) -> str:
    """One item; what is ``""`` on purpose is left out."""
    guid = f"story-{number}" if guid is None else guid
    link = f"https://paper.example/story/{number}" if link is None else link
    date = format_datetime(OLD + timedelta(hours=number)) if date is None else date
    parts = {"guid": guid, "link": link, "pubDate": date}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items() if value)
    return (
        f"<item><title>{title or f'Report number {number}'}</title>{inner}"
        f"<description>{text or f'What happened in place number {number}, in short.'}</description>"
        "</item>"
    )


def rss(*items: str, prolog: str = PROLOG, head: str = "") -> str:
    """A document of these items, or of three."""
    shown = "".join(items or (item(1), item(2), item(3)))
    return (
        f'{prolog}<rss version="2.0"><channel><title>Paper</title>'
        f"<link>https://paper.example/</link><description>News</description>{head}{shown}"
        "</channel></rss>"
    )
