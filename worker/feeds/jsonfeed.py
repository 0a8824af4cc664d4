"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/) to a feed document."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from worker.feeds.dates import text_dates
from worker.feeds.links import web_url
from worker.feeds.refusal import NotAFeed
from worker.markup import language_code, one_line, storable, visible_text
from worker.model import Enclosure, Entry, FeedDocument
from worker.moments import moment_of

_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/(1(?:\.\d+)?)/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFeed:
    """A JSON Feed without entries, its raw items, and what all of them share."""

    frame: FeedDocument
    items: list[dict[str, Any]]
    url: str
    authors: tuple[str, ...]


def parse_json_feed(text: str, *, url: str, problem: str = "") -> FeedDocument:
    """Parse a JSON Feed; ``problem`` is what is already known to be wrong with it.

    Raises NotAFeed if the text is no JSON or is JSON of another kind. Items that are no objects
    are left out.
    """
    opened = open_json_feed(text, url=url, problem=problem)
    return replace(opened.frame, entries=tuple(json_entry(item, opened) for item in opened.items))


def open_json_feed(text: str, *, url: str, problem: str = "") -> OpenedFeed:
    """The same with the items as they stand."""
    try:
        data = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise NotAFeed(f"this looks like JSON but cannot be read: {error}") from None
    version = _VERSION.fullmatch(_text(data, "version")) if isinstance(data, dict) else None
    if version is None:
        raise NotAFeed('this is JSON but not a JSON Feed (no "version" of jsonfeed.org)')
    if not isinstance(data.get("items"), list):
        problem = problem or 'it has no list of "items"'
    frame = FeedDocument(
        version="json" + version[1].replace(".", ""),
        title=one_line(_text(data, "title")),
        site_url=web_url(_text(data, "home_page_url"), url),
        language=language_code(_text(data, "language")),
        problem=problem,
    )
    items = [item for item in _list(data, "items") if isinstance(item, dict)]
    return OpenedFeed(frame=frame, items=items, url=url, authors=_authors(data))


def json_entry(item: Mapping[str, Any], opened: OpenedFeed) -> Entry:
    """One item of a JSON Feed as an entry."""
    base = opened.url
    plain = _text(item, "content_text")
    link = web_url(_text(item, "url"), base) or web_url(_text(item, "external_url"), base)
    published, updated = _text(item, "date_published"), _text(item, "date_modified")
    dates = text_dates(published, updated, {when: moment_of(when) for when in (published, updated)})
    return Entry(
        guid=one_line(_text(item, "id")),
        url=link,
        title=visible_text(_text(item, "title")),
        summary=_escaped(_text(item, "summary")),
        content=_text(item, "content_html").strip() or _escaped(plain),
        authors=_authors(item) or opened.authors,
        published=dates.published,
        updated=dates.updated,
        language=language_code(_text(item, "language")) or opened.frame.language,
        categories=tuple(filter(None, (_string(tag) for tag in _list(item, "tags")))),
        enclosures=tuple(_enclosures(item, base)),
        date_rule=dates.rule,
    )


def _enclosures(item: Mapping[str, Any], base: str) -> Iterator[Enclosure]:
    for part in _list(item, "attachments"):
        if isinstance(part, dict) and (url := web_url(_text(part, "url"), base)):
            size = part.get("size_in_bytes")
            length = size if isinstance(size, int) and 0 < size < 10**15 else 0
            yield Enclosure(url=url, type=one_line(_text(part, "mime_type")), length=length)


def _string(value: object) -> str:
    """Texts as they are and numbers written out; anything else is ``""``."""
    if isinstance(value, str):
        return storable(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else ""


def _text(data: Mapping[str, Any], key: str) -> str:
    return _string(data.get(key))


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    return value if isinstance(value, list) else []


def _escaped(plain: str) -> str:
    """Plain text as HTML, its blank lines as paragraphs."""
    parts = [html.escape(part.strip(), quote=False) for part in re.split(r"\n\s*\n", plain)]
    parts = [part for part in parts if part]
    return parts[0] if len(parts) == 1 else "".join(f"<p>{part}</p>" for part in parts)


def _authors(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Version 1.1 has a list of authors, 1.0 one author."""
    people = [*_list(data, "authors"), data.get("author")]
    names = (one_line(_text(person, "name")) for person in people if isinstance(person, dict))
    return tuple(dict.fromkeys(filter(None, names)))
