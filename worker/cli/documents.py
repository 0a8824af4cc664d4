"""Articles, mentions and matches as JSON on standard input and output, one line or one file each.

A document is ``{"id", "title"?, "text", "lang"?}``; unknown fields are ignored. Spans count code
points. Whatever is wrong with one is a CliError that names its place.
"""

import gzip
import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

from worker.cli.output import CliError, plain
from worker.mediatopics import BROADER
from worker.model import Article, Confidence, Evidence, FeedDocument, Kind, Mention, Span, Watch

STDIN = "-"
_TAGGABLE = re.compile(r"^[^.].*\.(?:txt|json|jsonl)(?:\.gz)?$")


def named(source: str) -> str:
    """How a source is called in errors."""
    return "standard input" if source == STDIN else source


def stem(source: str) -> str:
    """What a document is called: its file name without ``.gz`` and the kind of file it is."""
    if source == STDIN:
        return STDIN
    name = PurePath(source).name.removesuffix(".gz")
    return re.sub(r"\.(?:html?|txt|json)$", "", name)


def feed_of(document: Mapping[str, Any]) -> str:
    """The name of the feed a document came from, for ``feed:`` in queries."""
    value = document.get("feed")
    return value if isinstance(value, str) else ""


def read_bytes(source: str) -> bytes:
    """All of a file (gunzipped if it is gzip) or of standard input. Raises CliError."""
    try:
        body = sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()
        return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise CliError(f"{named(source)}: damaged gzip data; compress it again") from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise CliError(f"{named(source)}: {reason}; name a file, or '-' to read stdin") from None


def read_text(source: str) -> str:
    """All of a file or standard input as UTF-8 text. Raises CliError."""
    try:
        return read_bytes(source).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CliError(
            f"{named(source)}: not UTF-8 at byte {error.start}; convert it to UTF-8"
        ) from None


def files_in(folder: Path) -> list[Path]:
    """The texts and article JSON in a folder and its folders, in the order of their names."""
    found = (path for path in folder.rglob("*") if path.is_file() and _TAGGABLE.search(path.name))
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def count_lines(source: str) -> int | None:
    """How many documents a file of JSON lines holds, None where only reading tells."""
    if source == STDIN or not Path(source).is_file():
        return None
    return sum(bool(line.strip()) for line in read_bytes(source).splitlines())


def read_lines(source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The documents of a file of JSON lines with their places ("FILE line 3"), as they come."""
    if source == STDIN:
        yield from _documents(sys.stdin.buffer, source)
        return
    yield from _documents(read_bytes(source).splitlines(), source)


def _documents(lines: Iterable[bytes], source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            place = f"{named(source)} line {number}"
            yield place, parse_document(line, place)


def parse_document(line: bytes | str, place: str) -> dict[str, Any]:
    """One JSON object. Raises CliError."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "not UTF-8 JSON"
        raise CliError(f"{place}: not JSON ({reason}); write one object a line") from None
    if not isinstance(value, dict):
        raise CliError(f'{place}: not a JSON object; write {{"id": ..., "text": ...}}')
    return value


# ------------------------------------------------------------------------------- reading JSON


def article_from(document: Mapping[str, Any], place: str, *, language: str = "") -> Article:
    """The article of a document; ``language`` is for one that names none. Raises CliError."""
    if "text" not in document:
        raise CliError(f'{place}: no \'text\'; a document is {{"id": ..., "text": ...}}')
    stated = _string(document, "lang", place) or _string(document, "language", place)
    authors = document.get("authors")
    return Article(
        title=_string(document, "title", place),
        text=_string(document, "text", place),
        language=stated or language,
        url=_string(document, "url", place),
        outlet=_string(document, "outlet", place),
        authors=tuple(map(str, authors)) if isinstance(authors, list) else (),
    )


def _string(document: Mapping[str, Any], key: str, place: str) -> str:
    value = document.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise CliError(f"{place}: '{key}' is not a string; put it in double quotes")
    # Half of a surrogate pair is no character and cannot be written out again.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def mentions_from(document: Mapping[str, Any], place: str) -> tuple[Mention, ...]:
    """The mentions of a document that ``tocsin tag`` wrote. Raises CliError."""
    try:
        return tuple(
            _mention(kind, one)
            for group, kind in GROUPS.items()
            for outer in document.get(group, ())
            for one in (outer, *outer.get("narrower", ()))
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise CliError(f"{place}: not tagged as by tocsin tag; run it through that first") from None


def _mention(kind: Kind, one: Mapping[str, Any]) -> Mention:
    spans, title_spans = _spans(one.get("spans", ())), _spans(one.get("title_spans", ()))
    return Mention(
        kind=kind,
        key=str(one["code"] if kind in {Kind.COUNTRY, Kind.TOPIC} else one["key"]),
        name=str(one["name"]),
        count=int(one.get("count", len(spans) + len(title_spans))),
        salience=float(one["score"] if kind is Kind.TOPIC else one.get("salience", 0.0)),
        in_title=bool(one.get("in_title", title_spans)),
        spans=spans,
        title_spans=title_spans,
        confidence=Confidence(one.get("confidence", Confidence.CERTAIN)),
        support=str(one.get("support", "")),
    )


def _spans(value: Iterable[Any]) -> tuple[Span, ...]:
    return tuple((int(start), int(end)) for start, end in value)


# ------------------------------------------------------------------------------- writing JSON

GROUPS = {
    "people": Kind.PERSON,
    "organizations": Kind.ORGANIZATION,
    "countries": Kind.COUNTRY,
    "topics": Kind.TOPIC,
}


def write_line(value: Any) -> None:
    """One JSON line on standard output, in UTF-8 wherever it goes, at once."""
    _write(json.dumps(value, ensure_ascii=False))


def write_pretty(value: Any) -> None:
    """One JSON document on standard output, indented."""
    _write(json.dumps(value, ensure_ascii=False, indent=2))


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def feed_json(document: FeedDocument) -> dict[str, Any]:
    """A feed document as JSON can hold it: times in ISO 8601, ``ttl`` in seconds."""
    shown: dict[str, Any] = plain(asdict(document))
    return shown


def article_json(article: Article, *, document_id: str) -> dict[str, Any]:
    """An article with an id, times in ISO 8601."""
    return {"id": document_id, **plain(asdict(article))}


def tags_json(
    article: Article,
    mentions: Iterable[Mention],
    *,
    document_id: Any,
    with_text: bool,
    spanned: str | None = None,
) -> dict[str, Any]:
    """What ``tocsin tag`` prints; ``with_text`` adds what ``tocsin match`` needs.

    ``spanned`` is the text that spans count in, where that is not the article's.
    """
    texts = article.title, article.text if spanned is None else spanned
    mentions = tuple(mentions)
    shown: dict[str, Any] = {"id": document_id, "language": article.language}
    if with_text:
        shown |= {"title": article.title, "text": article.text}
        shown |= {"url": article.url, "outlet": article.outlet}
    for group, kind in GROUPS.items():
        ofkind = [one for one in mentions if one.kind is kind]
        if kind is Kind.TOPIC:
            shown[group] = list(_topics_json(texts, ofkind, with_text=with_text))
        else:
            shown[group] = [_mention_json(one, with_text=with_text) for one in ofkind]
    return shown


def _topics_json(
    texts: tuple[str, str], topics: Sequence[Mention], *, with_text: bool
) -> Iterator[dict[str, Any]]:
    """Topics of the top level, best first, each with the words for it and the narrower ones in it."""
    for topic in topics:
        if topic.key not in BROADER:
            inner = [one for one in topics if BROADER.get(one.key) == topic.key]
            narrower = [_topic_json(texts, one, with_text=with_text) for one in inner]
            shown = _topic_json(texts, topic, with_text=with_text)
            yield {**shown, "narrower": narrower} if narrower else shown


def _topic_json(texts: tuple[str, str], topic: Mention, *, with_text: bool) -> dict[str, Any]:
    places = zip(texts, (topic.title_spans, topic.spans), strict=True)
    words = (text[slice(*span)].casefold() for text, spans in places for span in spans)
    shown: dict[str, Any] = {"code": topic.key, "name": topic.name}
    shown["score"] = round(topic.salience, 4)
    shown |= {"confidence": topic.confidence.value, "support": topic.support}
    if topic.spans or topic.title_spans:
        shown["words"] = list(dict.fromkeys(words))
        shown["spans"] = [list(span) for span in topic.spans]
    if with_text:
        shown["title_spans"] = [list(span) for span in topic.title_spans]
    return shown


def _mention_json(mention: Mention, *, with_text: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": mention.name, "key": mention.key}
    if mention.kind is Kind.COUNTRY:
        shown = {"code": mention.key, "name": mention.name}
    shown |= {"count": mention.count, "salience": round(mention.salience, 4)}
    shown |= {"confidence": mention.confidence.value, "support": mention.support}
    if mention.kind is not Kind.COUNTRY or with_text:
        shown["in_title"] = mention.in_title
    shown["spans"] = [list(span) for span in mention.spans]
    if with_text:
        shown["title_spans"] = [list(span) for span in mention.title_spans]
    return shown


def match_json(
    watch: Watch, evidence: Iterable[Evidence], article: Article, *, document_id: Any
) -> dict[str, Any]:
    """What ``tocsin match`` prints for one watch and one document."""
    return {
        "id": document_id,
        "watch": watch.name,
        "query": watch.query,
        "channels": list(watch.channels),
        "title": article.title,
        "url": article.url,
        "evidence": [plain(asdict(one)) for one in evidence],
    }
