"""What the elements of a page say of its article, by the names they give it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from worker.markup import one_line, tree_paragraphs

_AUTHOR = re.compile(
    r"(?:^|[\s_-])(?:byline|author|autor|auteur|verfasser|writer|redakteur)s?(?:[\s_-]?names?)?(?:$|[\s_-])|[a-z](?:Author|Byline)(?:Name)?\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:^|[\s_-])(?:(?:pub(?:lish(?:ed)?)?|post(?:ed)?|entry|article|news|story)?[\s_-]?(?:date|datum|fecha|time|timestamp)|published|posted[\s_-]?on|veröffentlicht|dateline)(?:$|[\s_-])",
    re.IGNORECASE,
)
_OTHERS = re.compile(r"comment|related|teaser|sidebar|footer|widget|avatar|list", re.IGNORECASE)
_LONGEST_NAME = 80
_MOST, _MOST_LOOKED = 5, 40


@dataclass(slots=True)
class Told:
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
        """What the first of these names says that says anything."""
        return next((self.meta[name] for name in names if self.meta.get(name)), "")


def told_by(tree: Any) -> Told:
    """What the head of a page and its marked elements say."""
    told = Told(meta={}, many={}, scripts=[], times=[], heads=[])
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


def printed_names(tree: Any) -> list[str]:
    """The texts of elements that say they hold an author's name."""
    return list(_printed(tree, "author", _AUTHOR))


def printed_dates(tree: Any) -> list[str]:
    """The texts of elements that say they hold a date."""
    return list(_printed(tree, "datePublished", _DATE))


def _printed(tree: Any, what: str, names: re.Pattern[str]) -> Iterator[str]:
    found = looked = 0
    for element in tree.iter("a", "span", "p", "div", "address", "li", "td", "small", "em"):
        name = element.get("class") or element.get("id")
        marked = element.get("itemprop") == what or (
            what == "author" and element.get("rel") == what
        )
        if not marked and not (name and _is_named(name[:_LONGEST_NAME], names)):
            continue
        text = element.get("content") or one_line(" ".join(tree_paragraphs(element)))
        looked += 1
        if 0 < len(text) <= _LONGEST_NAME:
            found += 1
            yield text
        if found >= _MOST or looked >= _MOST_LOOKED:
            return


@lru_cache(maxsize=20_000)
def _is_named(name: str, names: re.Pattern[str]) -> bool:
    return bool(names.search(name)) and not _OTHERS.search(name)
