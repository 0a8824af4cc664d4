"""Read feedparser's own test files: Tocsin has to store what feedparser reads.

    python -m bench.feedparser_own FOLDER

FOLDER holds feedparser's ``tests`` (its folders ``wellformed``, ``encoding``, ``entities``; get them
from its repository). Each file is read by plain feedparser, and its result is reduced to what
Tocsin stores by ``projection`` below, which shares no code with ``worker.feeds``. Then Tocsin
reads the same bytes in three ways: with nothing known, with all entries but one known (one after
the other), and with feedparser on the whole document. All must be equal to the projection, field
by field, entry by entry.

A guid that is relative in the document stays relative in Tocsin (a feed that moves keeps its items);
it is compared as feedparser gives it, absolute.

As in feedparser's own tests, a file with ``http`` in its path is given the headers that its
comment names. Where bytes are broken, feedparser reads the whole file in another charset, and
Tocsin (``worker.charset``) the broken characters as such; there feedparser is given the text that
Tocsin decoded, and the report counts these files.
"""

import argparse
import calendar
import html
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import feedparser

from bench.report import Bar, report
from worker.feeds import parse
from worker.feeds.reading import NotAFeed, read_feed
from worker.markup import is_markup, one_line, visible_text
from worker.model import Entry, FeedDocument

URL = "http://127.0.0.1:8097/tests/feed.xml"
#: Later than any date of the files: none of them is in the future.
NOW = datetime(9990, 1, 1, tzinfo=UTC)
FOLDERS = ("wellformed", "encoding", "entities")
_HEADER = re.compile(rb"^Header:\s+([^:]+):(.*)$", re.MULTILINE)
_ZONES = {"MSK": 3, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "BST": 1, "WEST": 1, "JST": 9}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", type=int, default=10, help="how many differences to print")
    args = parser.parse_args()
    files = [path for name in FOLDERS for path in sorted((args.folder / name).rglob("*.xml"))]
    counts: Counter[str] = Counter()
    for path in files:
        told = check(path, counts)
        counts["different" if told else "equal"] += 1
        if told and counts["different"] <= args.show:
            print(path.relative_to(args.folder), *told, sep="\n    ")
    share = 100 * counts["equal"] / max(len(files), 1)
    print(
        f"{share:.2f} % of {len(files)} files equal; {counts['decoded']} of them hold broken bytes that"
        f" feedparser decodes differently; {counts['deltas']} readings of one entry alone"
    )
    figures = {name: float(value) for name, value in sorted(counts.items())}
    report("feedparser-own", {"files": len(files), **figures}, {"equal_percent": Bar(share, 100.0)})


def check(path: Path, counts: Counter[str]) -> list[str]:
    """What is different about one file."""
    body = path.read_bytes()
    headers = {
        name.decode().strip().lower(): value.decode().strip()
        for name, value in _HEADER.findall(body)
    }
    served = "http" in str(path.name) or "http" in path.parts
    kind = headers.get("content-type", "text/xml") if served else ""
    url = urljoin(URL, headers.get("content-location", "") if served else "")
    language = headers.get("content-language", "") if served else ""
    plain = plain_feedparser(body, url, kind, language, counts)
    expected = projection(plain, url)
    return list(differences(expected, body, url, kind, language, counts))


def plain_feedparser(body: bytes, url: str, kind: str, language: str, counts: Counter[str]) -> Any:
    """Feedparser's own result. Without a type it is told XML, which leaves the charset to the file."""
    plain = parsed(body, kind or "application/xml", url, language)
    try:
        text = parse.open_source(body, url=url, content_type=kind).text
    except NotAFeed:
        return plain
    decoded = parsed(
        text.encode("utf-8", "replace"), "application/xml; charset=utf-8", url, language
    )
    if fields(decoded) != fields(plain):
        counts["decoded"] += 1
        return decoded
    return plain


def parsed(body: bytes, kind: str, url: str, language: str) -> Any:
    headers = {"content-type": kind, "content-location": url}
    if language:
        headers["content-language"] = language
    return feedparser.parse(io.BytesIO(body), response_headers=headers)


def fields(result: Any) -> Any:
    return repr((result.version, result.feed, result.entries))


def differences(
    expected: dict[str, Any], body: bytes, url: str, kind: str, language: str, counts: Counter[str]
) -> Iterator[str]:
    """Each way of reading that does not give the expected document."""
    try:
        found = read_feed(body, url=url, content_type=kind, content_language=language, now=NOW)
        whole = parse.parse_feed(body, url=url, content_type=kind, content_language=language)
    except NotAFeed as refusal:
        counts["refused"] += 1
        if expected["entries"] or expected["version"]:
            yield f"refused: {refusal}"
        return
    assert found.document is not None
    counts["read"] += 1
    yield from unlike("cold", expected, shown(found.document, url))
    yield from unlike("whole", expected, shown(whole, url))
    for place, each in enumerate(found.entry_hashes):
        if len(expected["entries"]) != found.total:
            break
        known = frozenset(found.entry_hashes) - {each}
        part = read_feed(
            body,
            url=url,
            content_type=kind,
            content_language=language,
            now=NOW,
            known_entries=known,
        ).document
        assert part is not None
        counts["deltas"] += 1
        same = [
            entry
            for entry, other in zip(expected["entries"], found.entry_hashes, strict=True)
            if other == each
        ]
        yield from unlike(f"delta {place}", {**expected, "entries": same}, shown(part, url))


def unlike(way: str, expected: dict[str, Any], actual: dict[str, Any]) -> Iterator[str]:
    for key, value in expected.items():
        if key != "entries":
            if value != actual[key]:
                yield f"{way}: {key}: {actual[key]!r}, expected {value!r}"
            continue
        if len(value) != len(actual[key]):
            yield f"{way}: {len(actual[key])} entries, expected {len(value)}"
        for one, other in zip(value, actual[key], strict=False):
            yield from unlike(way, one, other)


def shown(document: FeedDocument, url: str) -> dict[str, Any]:
    """A document of Tocsin's in the projection's form; its relative guids as feedparser has them."""
    said = {key: getattr(document, key) for key in ("version", "title", "site_url", "language")}
    return {**said, "entries": [shown_entry(entry, url) for entry in document.entries]}


def shown_entry(entry: Entry, url: str) -> dict[str, Any]:
    data = asdict(entry)
    data.pop("date_rule")
    return {**data, "guid": urljoin(url, data["guid"])}


# ---------------------------------------------------------------- feedparser's result, reduced


def projection(result: Any, url: str) -> dict[str, Any]:
    """What Tocsin is to store of feedparser's result: its documented rules, written once more."""
    feed = result.feed
    language = code(raw(feed, "language"))
    entries = [project_entry(each, result.version, language, url) for each in result.entries]
    empty = {"authors", "categories", "enclosures", "language", "published", "updated"}
    return {
        "version": result.version,
        "title": title_of(feed),
        "site_url": web(raw(feed, "link"), url),
        "language": language,
        "entries": [
            entry
            for entry in entries
            if any(value for key, value in entry.items() if key not in empty and value != url)
        ],
    }


def project_entry(entry: Any, version: str, language: str, url: str) -> dict[str, Any]:
    published, updated = moment(entry, "published"), moment(entry, "updated")
    if published is None and not filled(entry, "published"):
        published = moment(entry, "created")
    if published is None and version.startswith("rss"):
        published = updated
    body, body_language = longest(entry)
    summary = as_html(dict.get(entry, "summary_detail"))
    said = raw(entry, "id")
    return {
        "guid": urljoin(url, said),
        "url": best_link(entry, url),
        "title": title_of(entry),
        "summary": summary,
        "content": "" if body == summary else body,
        "authors": authors_of(entry),
        "published": published,
        "updated": updated,
        "language": code(raw(entry, "language") or body_language) or language,
        "categories": unique(
            visible(str(tag.get("label") or tag.get("term") or ""))
            for tag in dict.get(entry, "tags") or ()
        ),
        "enclosures": files_of(entry, url),
    }


def raw(mapping: Any, key: str) -> str:
    """``dict.get``: feedparser's own answers for one key with another."""
    value = dict.get(mapping, key)
    return value if isinstance(value, str) else ""


def filled(mapping: Any, key: str) -> bool:
    return dict.get(mapping, f"{key}_parsed") is not None


def visible(text: str) -> str:
    return visible_text(text) if is_markup(text) else one_line(text)


def unique(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, values)))


def title_of(mapping: Any) -> str:
    detail = dict.get(mapping, "title_detail") or {}
    is_plain = detail.get("type") == "text/plain" and not is_markup(detail["value"])
    return one_line(detail["value"]) if is_plain else visible(raw(mapping, "title"))


def as_html(detail: Mapping[str, Any] | None) -> str:
    """A text as HTML: what is plain text is escaped where it would be taken for HTML."""
    value = str((detail or {}).get("value") or "").strip()
    is_plain = detail is not None and detail.get("type") == "text/plain"
    return html.escape(value, quote=False) if is_plain and is_markup(value) else value


def longest(entry: Any) -> tuple[str, str]:
    kinds = {"text/html", "application/xhtml+xml", "text/plain"}
    contents = [each for each in dict.get(entry, "content") or () if str(each.get("type")) in kinds]
    if not contents:
        return "", ""
    most = max(contents, key=lambda each: len(each.get("value") or ""))
    return as_html(most), most.get("language") or ""


def moment(entry: Any, key: str) -> datetime | None:
    """Feedparser's time, with the zones it does not know; none before 1990."""
    parts = dict.get(entry, f"{key}_parsed")
    if parts is None or parts[0] < 1990:
        return None
    zone = raw(entry, key).rpartition(" ")[2].upper()
    try:
        return datetime.fromtimestamp(calendar.timegm(parts) - 3600 * _ZONES.get(zone, 0), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def web(link: str, url: str) -> str:
    """A link to a page, absolute; any other is none."""
    link = "".join(link.split())
    try:
        absolute = urljoin(url, link) if link else ""
    except ValueError:
        return ""
    return absolute if absolute.lower().startswith(("http://", "https://")) else ""


def best_link(entry: Any, url: str) -> str:
    links = [
        link["href"]
        for link in dict.get(entry, "links") or ()
        if link.get("href") and link.get("rel") in {"alternate", "related"}
    ]
    tried = (raw(entry, "feedburner_origlink"), raw(entry, "link"), *links)
    return next(filter(None, (web(link, url) for link in tried)), "")


def files_of(entry: Any, url: str) -> tuple[dict[str, Any], ...]:
    files: dict[str, dict[str, Any]] = {}
    for link in dict.get(entry, "links") or ():
        address = web(link.get("href") or "", url) if link.get("rel") == "enclosure" else ""
        size = (link.get("length") or "").strip()
        length = int(size) if re.fullmatch("[0-9]{1,15}", size) else 0
        if address:
            kind = one_line(link.get("type") or "")
            files.setdefault(address, {"url": address, "type": kind, "length": length})
    return tuple(files.values())


def authors_of(entry: Any) -> tuple[str, ...]:
    """Names: feedparser's, except where it cuts "address (name)" or "name <address>" wrongly."""
    source = visible(raw(entry, "author"))
    names = [
        name_of(visible(str(each.get("name") or ""))) for each in dict.get(entry, "authors") or ()
    ]
    if with_address(source):
        names = [name for name in names if name not in source] + [name_of(source)]
    return unique(names)


def with_address(text: str) -> str:
    """The name in "address (name)", "name (address)" or "name <address>"."""
    for form in (r"\S+@\S+\s*\(([^()]+)\)", r"([^<>()]+?)\s*[<(]\S+@\S+[>)]"):
        if found := re.fullmatch(form, text):
            return found[1].strip()
    return ""


def name_of(text: str) -> str:
    return with_address(text) or ("" if re.fullmatch(r"\S+@\S+", text) else text)


def code(tag: str) -> str:
    found = re.match(r"\s*([a-zA-Z]{2})(?![a-zA-Z])", tag)
    odd = {"ua": "uk", "cz": "cs", "jp": "ja", "iw": "he", "in": "id"}
    return odd.get(found[1].lower(), found[1].lower()) if found else ""


if __name__ == "__main__":
    main()
