"""What a page says of its article: title, authors, times, section, addresses, and whether it is free.

JSON-LD (schema.org) is believed first, then meta elements (OpenGraph, Dublin Core, Parse.ly), then
marked elements, then the address.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from worker.articles.forms import form_of
from worker.articles.linked_data import LinkedData, read_linked_data
from worker.articles.names import authors_of, outlet_of, title_of
from worker.articles.times import moments_of
from worker.articles.told import Told, told_by
from worker.markup import language_code, one_line
from worker.model import Form

_SECTION = ("article:section", "og:article:section", "parsely-section", "section")
_IMAGE = (
    "og:image:secure_url",
    "og:image",
    "og:image:url",
    "twitter:image",
    "twitter:image:src",
    "parsely-image-url",
)
_LANGUAGE = ("content-language", "og:locale", "language", "dc.language", "dcterms.language")
_WALLED = frozenset({"locked", "premium", "subscriber", "subscribers", "paid"})


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page says of its article; ``""``, ``()`` and None where it says nothing.

    ``walled``: it says that it is not free. ``text`` is the article as its linked data hold it,
    ``words`` how many they say it has.
    """

    title: str = ""
    outlet: str = ""
    authors: tuple[str, ...] = ()
    section: str = ""
    canonical: str = ""
    image: str = ""
    language: str = ""
    published: datetime | None = None
    modified: datetime | None = None
    form: Form = Form.ARTICLE
    walled: bool = False
    text: str = ""
    words: int = 0


def page_facts(tree: Any, url: str) -> PageFacts:
    """The facts in the tree of a page that came from ``url``."""
    told = told_by(tree)
    address = _address(told, url)
    data = read_linked_data(told.scripts, address or url)
    outlet = outlet_of(told, data)
    host = (urlsplit(url or address).hostname or "").removeprefix("www.")
    title = title_of(told, data, outlet, host)
    published, modified = moments_of(tree, told, data, url or address)
    return PageFacts(
        title=title,
        outlet=outlet or host,
        authors=authors_of(tree, told, data, outlet),
        section=one_line(
            told.first(_SECTION) or data.text("articleSection") or _crumb(data, title)
        ),
        canonical=address,
        image=_image(told, data, url or address),
        language=language_code(told.language or told.first(_LANGUAGE) or data.text("inLanguage")),
        published=published,
        modified=modified,
        form=form_of(url or address, title, data.kinds, told.meta.get("og:type", "")),
        walled=_is_walled(told, data),
        text=data.text("articleBody"),
        words=_number(data.text("wordCount")),
    )


def _address(told: Told, url: str) -> str:
    """The address the page calls its own; a front page's is none of an article's."""
    for value in (told.canonical, told.meta.get("og:url", "")):
        found = _absolute(value, url)
        if found and (urlsplit(found).path.strip("/") or not urlsplit(url).path.strip("/")):
            return found
    return ""


def _absolute(value: str, base: str) -> str:
    if not value.strip():
        return ""
    try:
        found = urljoin(base, value.strip())
        parts = urlsplit(found)
    except ValueError:
        return ""
    return found if parts.scheme in {"http", "https"} and parts.hostname else ""


def _image(told: Told, data: LinkedData, base: str) -> str:
    images = data.article.get("image")
    first = images[0] if isinstance(images, list) and images else images
    if isinstance(first, dict):
        first = first.get("url") or first.get("contentUrl")
    return _absolute(told.first(_IMAGE) or (first if isinstance(first, str) else ""), base)


def _crumb(data: LinkedData, title: str) -> str:
    """The last step above the page in its breadcrumbs."""
    above = [name for name in data.crumbs if name.casefold() != title.casefold()]
    return above[-1] if len(above) > 1 else ""


def _is_walled(told: Told, data: LinkedData) -> bool:
    free = str(data.article.get("isAccessibleForFree", "")).lower()
    tier = told.first(("article:content_tier", "og:article:content_tier")).strip().lower()
    return (
        free in {"false", "http://schema.org/false", "https://schema.org/false", "no"}
        or tier in _WALLED
    )


def _number(value: str) -> int:
    return int(value) if value.isdecimal() and len(value) < 7 else 0
