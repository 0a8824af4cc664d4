"""OPML 2.0 (http://opml.org/spec2.opml): lists of feeds as readers exchange them. Pure.

Nested folders are tags with slashes: a feed in folder "Europe" of folder "News" has the tag
``News/Europe``. A feed with several tags stands in several folders.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from lxml import etree

from worker.markup import one_line


class OpmlError(ValueError):
    """The text is no OPML; the message is one line that names the place and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One feed of a list. ``tags`` are the folders it stands in."""

    url: str
    title: str = ""
    site_url: str = ""
    tags: tuple[str, ...] = ()


def read_opml(text: bytes) -> list[Outline]:
    """The feeds of an OPML document, each URL once, with all the folders it stands in.

    Entities are not expanded and nothing is fetched. Raises OpmlError.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        line = error.position[0] if error.position else 1
        what = one_line(str(error.msg or "it is empty"))
        raise OpmlError(f"line {line}: this is not XML ({what}): export it again") from None
    body = root.find("body") if root.tag == "opml" else None
    if body is None:
        raise OpmlError(f"line 1: this is <{root.tag}> and no OPML: export the feeds as OPML")
    found: dict[str, Outline] = {}
    for outline, folder in _walk(body, ""):
        url = (outline.get("xmlUrl") or "").strip()
        before = found.get(url)
        tags = (*(before.tags if before else ()), *_tags(outline, folder))
        found[url] = Outline(
            url=url,
            title=before.title if before else _title(outline),
            site_url=(outline.get("htmlUrl") or "").strip(),
            tags=tuple(dict.fromkeys(tags)),
        )
    return list(found.values())


def _walk(body: "etree._Element", folder: str) -> Iterator[tuple["etree._Element", str]]:
    """Every outline with a feed, and the folder it stands in. Depth costs no stack."""
    waiting = [(child, folder) for child in reversed(body)]
    while waiting:
        outline, inside = waiting.pop()
        if outline.tag != "outline":
            continue
        if (outline.get("xmlUrl") or "").strip():
            yield outline, inside
        name = _title(outline).replace("/", "-")
        below = "/".join(part for part in (inside, name) if part)
        waiting += [(child, below) for child in reversed(outline)]


def _title(outline: "etree._Element") -> str:
    return one_line(outline.get("title") or outline.get("text") or "")


def _tags(outline: "etree._Element", folder: str) -> Iterator[str]:
    """The folder, and the categories, which OPML separates by commas."""
    if folder:
        yield folder
    for category in (outline.get("category") or "").split(","):
        tag = one_line(category).strip("/")
        if tag:
            yield tag


def write_opml(feeds: Iterable[Outline], *, title: str) -> bytes:
    """An OPML 2.0 document, UTF-8. A feed stands in the folder of each of its tags."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = title
    body = SubElement(root, "body")
    folders: dict[str, Element] = {"": body}
    for feed in feeds:
        for tag in feed.tags or ("",):
            shown = feed.title or feed.url
            attributes = {"type": "rss", "text": shown, "title": shown, "xmlUrl": feed.url}
            if feed.site_url:
                attributes["htmlUrl"] = feed.site_url
            SubElement(_folder(folders, tag), "outline", attributes)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + written + b"\n"


def _folder(folders: dict[str, Element], tag: str) -> Element:
    """The folder of a tag, made with those it stands in where it is missing."""
    path = ""
    for name in filter(None, tag.split("/")):
        above, path = path, f"{path}/{name}" if path else name
        if path not in folders:
            folders[path] = SubElement(folders[above], "outline", {"text": name, "title": name})
    return folders[path]
