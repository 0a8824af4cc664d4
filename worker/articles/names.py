"""The title, the outlet and the authors of a page's article."""

import re
from collections.abc import Iterable
from typing import Any

from worker.articles.linked_data import LinkedData
from worker.articles.told import Told, printed_names
from worker.markup import one_line

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
_BY = re.compile(
    r"^(?i:(?:written |words |story |reported |posted |published |veröffentlicht |eingestellt |publié |publicado )?"
    r"(?:by|par|por|von|автор(?:ы|и)?|текст))(?:[\s:]+|(?<=[a-zа-я])(?=[A-ZА-ЯЄІЇҐ]))"
)
_AND = re.compile(r"\s*(?:[,;|•·]|\s(?:and|und|et|y|и|та|і|&)\s)\s*")
_NO_NAME = re.compile(
    r"https?:|@|[/\\<>{}_]|\d{2}|\b(?:staff|admin|editor(?:ial)?|newsroom|redaktion|rédaction|redacción|редакция|редакція|published|posted|updated|unknown|anonymous|wordpress\w*|news service\w*)\b",
    re.IGNORECASE,
)
_LONGEST_NAME, _MOST_AUTHORS = 80, 12
_LONGEST_HEAD = 250
_SEPARATED = re.compile(
    r"\s+[|│｜·•:»–—-]+\s+|\s*[|│｜_]\s*|(?<=[\u3000-\u9fff！？])-(?=[\u3000-\u9fff])"
)
#: A headline of more words than this is found in a longer one.
_KICKER = 2
#: A name of more letters than this is known as part of a longer one.
_SHORT_NAME = 3


def outlet_of(told: Told, data: LinkedData) -> str:
    """What the outlet calls itself, ``""`` where it does not."""
    named = told.first(_OUTLET[:1]) or data.text("publisher") or told.first(_OUTLET[1:])
    return one_line(named)[:120]


def title_of(told: Told, data: LinkedData, outlet: str, host: str) -> str:
    """The headline as the page prints it, if its head agrees, without the outlet's name."""
    named = one_line(
        told.first(_TITLE[:1]) or data.text("headline") or told.first(_TITLE[1:]) or told.title
    )
    plain = _without_outlet(named, told.title, outlet, host)
    for head in told.heads:
        if len(plain.split()) > _KICKER and plain.casefold() in head.casefold():
            return plain  # the heading has a kicker before it, or a subtitle behind
        if _is_headline(head, f"{named} {told.title}"):
            return head
    only = told.heads[0] if len(told.heads) == 1 else ""
    is_said = told.first(_TITLE[:1]) or data.text("headline")
    return (
        only if not is_said and len(only.split()) > 1 and _is_name(plain, outlet) else plain or only
    )


def _is_name(title: str, outlet: str) -> bool:
    """Whether a title is no article's, but what every page of the outlet is called."""
    return not title or len(title.split()) <= 2 or _letters(title) == _letters(outlet)


def _is_headline(head: str, named: str) -> bool:
    """Whether most words of a printed heading stand in what the page's head calls the article."""
    words = re.findall(r"\w+", head.casefold())
    shared = set(words) & set(re.findall(r"\w+", named.casefold()))
    return len(words) > 1 and len(head) <= _LONGEST_HEAD and 2 * len(shared) >= len(set(words))


def _without_outlet(named: str, title: str, outlet: str, host: str) -> str:
    """A title without what stands behind every title of the outlet: its name, or nearly so."""
    parts = _SEPARATED.split(named)
    last = _letters(parts[-1])
    if len(parts) < 2 or not last:
        return named
    tail = named[: named.rindex(parts[-1])].rstrip(" |│｜·•:»–—-_")
    name = _letters(outlet)
    if last == name or (len(last) > _SHORT_NAME and (last in name or last in _letters(host))):
        return tail
    # Without a name for the outlet: what stands behind every headline is short and stands there in the title too.
    is_short = len(parts[-1].split()) <= 3 and title.endswith(parts[-1])
    return tail if not outlet and is_short else named


def _letters(text: str) -> str:
    return re.sub(r"\W|^the\b", "", text.casefold())


def authors_of(tree: Any, told: Told, data: LinkedData, outlet: str) -> tuple[str, ...]:
    """Who wrote it, one by one; not the outlet itself."""
    stated = list(data.texts(data.article.get("author"))) or list(
        data.texts(data.article.get("creator"))
    )
    names = _names(stated, outlet)
    for name in _AUTHOR:
        names = names or _names(told.many.get(name, ()), outlet)
    return names or _names(printed_names(tree)[:1], outlet)


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
