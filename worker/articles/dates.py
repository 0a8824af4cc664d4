"""When a page says it was published and modified."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from worker.moments import moment_of

_ARTICLE = re.compile(r"(?:Article|Posting|Report|Page)$")
_PUBLISHED = (
    "datePublished", "article:published_time", "og:article:published_time", "pubdate",
    "parsely-pub-date", "sailthru.date", "date", "dc.date.issued", "dcterms.created",
)  # fmt: skip
_MODIFIED = (
    "dateModified", "article:modified_time", "og:article:modified_time", "og:updated_time",
    "lastmod", "last-modified", "dcterms.modified",
)  # fmt: skip
_MOST_NODES = 2_000


def page_dates(tree: Any) -> tuple[datetime | None, datetime | None]:
    """When the article in an HTML tree was published and last modified, in UTC.

    Read from JSON-LD (schema.org), then meta elements, then marked ``time`` elements. A time
    without zone is taken as UTC, a date without time as its midnight. Years before 1990 are none.
    """
    told: dict[str, datetime] = {}
    for name, value in (*_linked_data(tree), *_meta(tree), *_times(tree)):
        moment = moment_of(value)
        if moment is not None:
            told.setdefault(name, moment)
    return _first(told, _PUBLISHED), _first(told, _MODIFIED)


def _first(told: dict[str, datetime], names: tuple[str, ...]) -> datetime | None:
    return next((told[name.lower()] for name in names if name.lower() in told), None)


def _meta(tree: Any) -> Iterator[tuple[str, str]]:
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        yield name.strip().lower(), element.get("content") or ""


def _times(tree: Any) -> Iterator[tuple[str, str]]:
    for element in tree.iter("time"):
        name = element.get("itemprop") or ("pubdate" if element.get("pubdate") is not None else "")
        yield name.strip().lower(), element.get("datetime") or ""


def _linked_data(tree: Any) -> Iterator[tuple[str, str]]:
    for script in tree.iter("script"):
        if (script.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            data = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _articles(data):
            for key in ("datePublished", "dateModified"):
                yield key.lower(), str(node.get(key) or "")


def _articles(data: Any) -> Iterator[dict[str, Any]]:
    """The nodes of a JSON-LD value that are articles, in breadth-first order."""
    queue = [data]
    for count, node in enumerate(queue):
        if count > _MOST_NODES:
            return
        if isinstance(node, list):
            queue.extend(node)
        elif isinstance(node, dict):
            kinds = node.get("@type")
            if any(
                _ARTICLE.search(str(kind))
                for kind in (kinds if isinstance(kinds, list) else [kinds])
            ):
                yield node
            queue.extend(node.get(key) for key in ("@graph", "mainEntity", "mainEntityOfPage"))
