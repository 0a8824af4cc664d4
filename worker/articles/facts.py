"""What a page says of its article: title, authors, times, section, addresses, and whether it is free.

JSON-LD (schema.org) is believed first, then meta elements (OpenGraph, Dublin Core, Parse.ly), then
marked elements, then the address.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from worker.articles.forms import form_of
from worker.articles.linked_data import LinkedData, read_linked_data
from worker.markup import language_code, one_line, tree_paragraphs
from worker.model import Form
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
_AUTHOR = (
    "author",
    "article:author",
    "og:article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "byl",
    "dcterms.creator",
)
_SECTION = ("article:section", "og:article:section", "parsely-section", "section")
_OUTLET = ("og:site_name", "application-name", "dc.publisher", "dcterms.publisher")
_TITLE = (
    "og:title",
    "twitter:title",
    "parsely-title",
    "sailthru.title",
    "dc.title",
    "headline",
    "title",
)
_IMAGE = (
    "og:image:secure_url",
    "og:image",
    "og:image:url",
    "twitter:image",
    "twitter:image:src",
    "parsely-image-url",
)
_LANGUAGE = ("content-language", "og:locale", "language", "dc.language", "dcterms.language")
_DAY_IN_ADDRESS = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[/-]?(0?[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01]|(?<=/)[1-9](?=/))(?!\d)"
)
_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:byline|author)s?(?:[\s_-]?names?)?(?:$|[\s_-])", re.IGNORECASE
)
_BY = re.compile(
    r"^(?:written |words |story |reported )?(?:by|par|por|von|автор(?:ы|и)?|текст)[\s:]+",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:[,;|•·]|\s(?:and|und|et|y|и|та|і|&)\s)\s*")
_NO_NAME = re.compile(
    r"https?:|@|[/\\<>{}_]|\d{2}|\b(?:staff|admin|editor(?:ial)?|newsroom|redaktion|rédaction|redacción|редакция|редакція|published|updated)\b",
    re.IGNORECASE,
)
_WALLED = frozenset({"locked", "premium", "subscriber", "subscribers", "paid"})
_LONGEST_NAME, _MOST_AUTHORS = 80, 12
_LONGEST_HEAD = 250
_SEPARATED = re.compile(r"\s+[|·•:»–—-]+\s+")


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


@dataclass(slots=True)
class _Told:
    """What the elements of a page say, by the names they give it in small letters."""

    meta: dict[str, str]
    many: dict[str, list[str]]
    scripts: list[str]
    times: list[str]
    heads: list[str]
    title: str = ""
    language: str = ""
    canonical: str = ""

    def first(self, names: Iterable[str]) -> str:
        return next((self.meta[name] for name in names if self.meta.get(name)), "")


def page_facts(tree: Any, url: str) -> PageFacts:
    """The facts in the tree of a page that came from ``url``."""
    told = _told(tree)
    address = _address(told, url)
    data = read_linked_data(told.scripts, address or url)
    outlet = _outlet(told, data)
    title = _title(told, data, outlet)
    published, modified = _moments(told, data, url or address)
    return PageFacts(
        title=title,
        outlet=outlet or (urlsplit(url or address).hostname or "").removeprefix("www."),
        authors=_authors(tree, told, data, outlet),
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


def _told(tree: Any) -> _Told:
    told = _Told(meta={}, many={}, scripts=[], times=[], heads=[])
    for name in ("lang", "{http://www.w3.org/XML/1998/namespace}lang"):
        told.language = told.language or tree.get(name) or ""
    for element in tree.iter("meta", "link", "script", "time", "title", "h1"):
        tag = element.tag
        if tag == "meta":
            name = (
                element.get("property")
                or element.get("name")
                or element.get("itemprop")
                or element.get("http-equiv")
            )
            content = element.get("content")
            if name and content and content.strip():
                name = name.strip().lower()
                told.meta.setdefault(name, content)
                told.many.setdefault(name, []).append(content)
        elif tag == "script":
            if (element.get("type") or "").lower() == "application/ld+json" and element.text:
                told.scripts.append(element.text)
        elif tag == "link":
            if (element.get("rel") or "").lower() == "canonical":
                told.canonical = told.canonical or element.get("href") or ""
        elif tag == "time":
            moment, name = element.get("datetime"), (element.get("itemprop") or "").lower()
            if moment and name:
                told.meta.setdefault(name, moment)
            elif moment:
                told.times.append(moment)
        elif tag == "title":
            told.title = told.title or one_line("".join(element.itertext()))
        elif len(told.heads) < 5:
            told.heads.append(one_line(" ".join(tree_paragraphs(element))))
    return told


# ------------------------------------------------------------------------------------- addresses


def _address(told: _Told, url: str) -> str:
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


def _image(told: _Told, data: LinkedData, base: str) -> str:
    images = data.article.get("image")
    first = images[0] if isinstance(images, list) and images else images
    if isinstance(first, dict):
        first = first.get("url") or first.get("contentUrl")
    return _absolute(told.first(_IMAGE) or (first if isinstance(first, str) else ""), base)


# ----------------------------------------------------------------------------------------- names


def _outlet(told: _Told, data: LinkedData) -> str:
    named = told.first(_OUTLET[:1]) or data.text("publisher") or told.first(_OUTLET[1:])
    return one_line(named)[:120]


def _title(told: _Told, data: LinkedData, outlet: str) -> str:
    """The headline as the page prints it, if its head agrees, without the outlet's name."""
    named = one_line(
        told.first(_TITLE[:1]) or data.text("headline") or told.first(_TITLE[1:]) or told.title
    )
    for head in told.heads:
        if _is_headline(head, f"{named} {told.title}"):
            return head
    if not named:
        return told.heads[0] if told.heads else ""
    return _without_outlet(named, told.title, outlet)


def _is_headline(head: str, named: str) -> bool:
    """Whether most words of a printed heading stand in what the page's head calls the article."""
    words = re.findall(r"\w+", head.casefold())
    shared = set(words) & set(re.findall(r"\w+", named.casefold()))
    return len(words) > 1 and len(head) <= _LONGEST_HEAD and 2 * len(shared) >= len(set(words))


def _without_outlet(named: str, title: str, outlet: str) -> str:
    parts = _SEPARATED.split(named)
    if len(parts) < 2:
        return named
    tail = named[: named.rindex(parts[-1])].rstrip(" |·•:»–—-")
    if _letters(parts[-1]) == _letters(outlet):
        return tail
    # Without a name for the outlet: what stands behind every headline is short and stands there in the title too.
    return (
        tail if not outlet and len(parts[-1].split()) <= 3 and title.endswith(parts[-1]) else named
    )


def _letters(text: str) -> str:
    return re.sub(r"\W|^the\b", "", text.casefold())


def _crumb(data: LinkedData, title: str) -> str:
    """The last step above the page in its breadcrumbs."""
    above = [name for name in data.crumbs if name.casefold() != title.casefold()]
    return above[-1] if len(above) > 1 else ""


def _authors(tree: Any, told: _Told, data: LinkedData, outlet: str) -> tuple[str, ...]:
    stated = list(data.texts(data.article.get("author"))) or list(
        data.texts(data.article.get("creator"))
    )
    names = _names(stated, outlet)
    for name in _AUTHOR:
        names = names or _names(told.many.get(name, ()), outlet)
    return names or _names(_bylines(tree), outlet)


def _bylines(tree: Any) -> Iterator[str]:
    """Names in elements that say they hold an author's."""
    for element in tree.iter("a", "span", "p", "div", "address"):
        marked = element.get("rel") == "author" or element.get("itemprop") == "author"
        if marked or _BYLINE.search(element.get("class") or ""):
            text = one_line(" ".join(tree_paragraphs(element)))
            if 0 < len(text) <= _LONGEST_NAME:
                yield text
                return


def _names(values: Iterable[str], outlet: str) -> tuple[str, ...]:
    """The people (or agencies) among the values, one by one."""
    found: dict[str, str] = {}
    for value in values:
        for part in _AND.split(_BY.sub("", one_line(value))):
            name = _BY.sub("", part).strip(" .,-–—")
            if (
                not 1 < len(name) <= _LONGEST_NAME
                or _NO_NAME.search(name)
                or _letters(name) == _letters(outlet)
            ):
                continue
            found.setdefault(name.casefold(), name)
    return tuple(found.values())[:_MOST_AUTHORS]


# ----------------------------------------------------------------------------------------- times


def _moments(told: _Told, data: LinkedData, url: str) -> tuple[datetime | None, datetime | None]:
    """When the article was published and modified, in UTC. A time with a zone beats one without."""
    published = _best([data.text("datePublished"), *_all(told, _PUBLISHED), *told.times[:1]])
    modified = _best([data.text("dateModified"), *_all(told, _MODIFIED)])
    if published is None:
        published = _best([data.text("dateCreated", "uploadDate"), _day_of(url)])
    if modified and published and modified < published:
        modified = None
    return published, modified


def _all(told: _Told, names: Iterable[str]) -> Iterator[str]:
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


# ------------------------------------------------------------------------------------------ free


def _is_walled(told: _Told, data: LinkedData) -> bool:
    free = str(data.article.get("isAccessibleForFree", "")).lower()
    tier = told.first(("article:content_tier", "og:article:content_tier")).strip().lower()
    return (
        free in {"false", "http://schema.org/false", "https://schema.org/false", "no"}
        or tier in _WALLED
    )


def _number(value: str) -> int:
    return int(value) if value.isdecimal() and len(value) < 7 else 0
