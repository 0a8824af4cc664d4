"""The newsroom's pages: an article with everything a real site puts round it.

Each outlet has one of the templates in ``templates/``; the words round the text come from
``phrases.yaml`` in the outlet's language. Teasers name other stories, also watched people:
whatever reads these pages must not take them for the article.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

import yaml

from worker.demo.outlets import Outlet
from worker.demo.syndication import Published


@cache
def load_phrases() -> Mapping[str, Mapping[str, Any]]:
    """The words round an article: language to name to phrase or list of phrases."""
    text = (files("worker.demo") / "phrases.yaml").read_text(encoding="utf-8")
    phrases: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return phrases


@cache
def load_template(name: str) -> Template:
    """One of the page templates, by file stem."""
    return Template(
        (files("worker.demo") / "templates" / f"{name}.html").read_text(encoding="utf-8")
    )


def furniture(language: str) -> tuple[str, ...]:
    """Every phrase that stands on a page of that language and belongs to no article."""
    words: list[str] = []
    for phrase in load_phrases()[language].values():
        words.extend(phrase if isinstance(phrase, list) else [phrase])
    return tuple(words)


def _links(labels: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<li><a href="{escape(url)}">{escape(label)}</a></li>' for url, label in labels)


def _linked_data(outlet: Outlet, entry: Published) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": entry.headline,
        "datePublished": entry.published.isoformat(),
        "dateModified": entry.updated.isoformat(),
        "author": {"@type": "Person", "name": entry.author},
        "publisher": {"@type": "Organization", "name": outlet.name},
    }
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def render_page(
    outlet: Outlet,
    entry: Published,
    *,
    feed_url: str,
    caption: str,
    credit: str,
    teasers: Iterable[tuple[str, str]],
) -> bytes:
    """The page of one article as UTF-8 HTML; ``teasers`` are (URL, headline) of other stories."""
    phrases = load_phrases()[outlet.language]
    words = {name: escape(text) for name, text in phrases.items() if isinstance(text, str)}
    sections = ((f"/{outlet.slug}/section/{n}", word) for n, word in enumerate(phrases["menu"]))
    small_print = ((f"/{outlet.slug}/page/{n}", word) for n, word in enumerate(phrases["footer"]))
    fields = words | {
        "published_word": words["published"],
        "language": outlet.language,
        "slug": outlet.slug,
        "outlet": escape(outlet.name),
        "motto": escape(outlet.motto),
        "headline": escape(entry.headline),
        "author": escape(entry.author),
        "summary": escape(entry.summary),
        "url": escape(entry.url),
        "feed": escape(feed_url),
        "published": entry.published.isoformat(timespec="seconds"),
        "updated": entry.updated.isoformat(timespec="seconds"),
        "when": entry.published.strftime("%Y-%m-%d %H:%M UTC"),
        "caption": escape(caption),
        "credit": escape(credit),
        "body": "\n".join(f"<p>{escape(text, quote=False)}</p>" for text in entry.paragraphs),
        "menu": _links(sections),
        "footer": _links(small_print),
        "teasers": _links(teasers),
        "linked_data": _linked_data(outlet, entry),
    }
    return load_template(outlet.template).substitute(fields).encode()


def render_front(outlet: Outlet, entries: Iterable[Published], *, feed_url: str) -> bytes:
    """The outlet's front page: its headlines, and where its feed is."""
    headlines = _links((entry.url, entry.headline) for entry in entries)
    menu = _links((f"/{outlet.slug}/", word) for word in load_phrases()[outlet.language]["menu"])
    return (
        f'<!DOCTYPE html>\n<html lang="{outlet.language}"><head><meta charset="utf-8">'
        f"<title>{escape(outlet.name)}</title>"
        f'<link rel="alternate" type="{FEED_TYPES[outlet.format.value]}" href="{escape(feed_url)}">'
        f"</head><body><h1>{escape(outlet.name)}</h1><nav><ul>{menu}</ul></nav>"
        f"<main><ul>{headlines}</ul></main></body></html>\n"
    ).encode()


#: What a front page calls the type of its feed.
FEED_TYPES = {
    "RSS 2.0": "application/rss+xml",
    "RSS 1.0": "application/rdf+xml",
    "Atom 1.0": "application/atom+xml",
    "JSON Feed 1.1": "application/feed+json",
}
