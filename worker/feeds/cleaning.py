"""HTML of feeds cleaned as feedparser cleans it, only faster.

feedparser runs each HTML value twice through an SGML parser written in Python: once to make
links absolute, once to sanitize. Both treat a value token by token, so a value that consists of
nothing but text, known entities and tags of ordinary shape can be cleaned by looking at each tag
once. Everything else is given to feedparser's own two functions; both ways give the same value.
"""

import re
from functools import lru_cache
from html.entities import name2codepoint

from feedparser.html import _BaseHTMLProcessor, _cp1252
from feedparser.sanitizer import _HTMLSanitizer, _sanitize_html
from feedparser.urls import RelativeURIResolver, make_safe_absolute_uri, resolve_relative_uris

from worker.feeds.links import ABSOLUTE

_TAGS = re.compile(r"(<[^<>]*>)")
_TAG = re.compile(
    r"""<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z-]*(?:=(?:"[^"<>]*"|'[^'<>"]*'))?)*)\s*(/?)>"""
)
_ATTRIBUTE = re.compile(r"""([a-zA-Z][a-zA-Z-]*)(=?)(?:"([^"]*)"|'([^']*)')?""")
_REFERENCE = re.compile(r"&(#?\w*;?)")
_NUMBER = re.compile(r"#(?:[1-9]\d{2,5}|[xX][0-9a-fA-F]{2,5});")
_HEXADECIMAL = re.compile("&#[xX][0-9a-fA-F]+;")
_LOOSE_NUMBER = re.compile(r"&#(?!\d+;|x[0-9a-fA-F]+;)")
_COMMENT = re.compile("<!--[^<>-]*-->")
_NAMES = frozenset(f"{name};" for name in (*name2codepoint, "apos"))
#: A tag with an absolute address in it: what stands before that, the address, and what follows.
_ADDRESSED = re.compile(
    r"""(<[a-zA-Z][a-zA-Z0-9]*(?:\s+[a-zA-Z][a-zA-Z-]*(?:=(?:"[^"<>]*"|'[^'<>"]*'))?)*?\s+(?:href|src)=(["']))"""
    rf"""({ABSOLUTE.pattern})(\2[^<>]*>)"""
)
_STAND_IN = "https://any.invalid/"
_BARE = re.compile(r"&(?!#\d+;|#x[0-9a-fA-F]+;|\w+;)")
_HIGH = re.compile("[\x80-\x9f]")
_VOID = _BaseHTMLProcessor.elements_no_end_tag
_ELEMENTS = _HTMLSanitizer.acceptable_elements
_ATTRIBUTES = _HTMLSanitizer.acceptable_attributes
_LINKS = RelativeURIResolver.relative_uris
#: Elements that change how what follows them is read.
_SWITCHES = frozenset({"script", "style", "applet", "svg", "math"})
_SANITIZER = _HTMLSanitizer("utf-8", "text/html")


def clean_html(source: str, base: str) -> str:
    """What feedparser makes of an HTML value found under ``base``, an absolute URL."""
    if "<" not in source and "&" not in source:
        return source.strip().replace("\r\n", "\n")
    quick = _quick(source, base)
    if quick is not None:
        return quick
    resolved = resolve_relative_uris(source, base, "utf-8", "text/html")
    cleaned: str = _sanitize_html(resolved, "utf-8", "text/html")
    return cleaned


def mended(text: str) -> str:
    """A value with UTF-8 that was taken for Latin-1, and Windows' characters, put right."""
    if text.isascii():
        return text
    try:
        meant = text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        meant = text
    if meant.isprintable() or not _HIGH.search(meant):
        return meant
    return meant.translate(_cp1252)


def _quick(source: str, base: str) -> str | None:
    """The cleaned value where every part of it has an ordinary shape."""
    if "&#3" in source:
        source = source.replace("&#39;", "'").replace("&#34;", '"')
    pieces = _TAGS.split(source)
    texts = "\x00".join(pieces[::2])
    if not _is_plain(texts):
        return None
    if "&#" in texts:
        pieces[::2] = [
            _HEXADECIMAL.sub(lambda found: found[0].lower(), text) for text in pieces[::2]
        ]
    for place in range(1, len(pieces), 2):
        tag = pieces[place]
        cleaned = _link_tag(tag, base) if "=" in tag else _tag_of_many(tag, base)
        if cleaned is None:
            return None
        pieces[place] = cleaned
    whole = "".join(pieces).strip()
    return whole.replace("\r\n", "\n") if "\r" in whole else whole


def _is_plain(text: str) -> bool:
    """Whether a text without tags comes out of the parser as it went in."""
    if "<" in text:
        return False
    return "&" not in text or all(map(_is_known, set(_REFERENCE.findall(text))))


def _is_known(reference: str) -> bool:
    if not reference or reference in _NAMES:
        return True
    if not _NUMBER.fullmatch(reference):
        return False
    digits = reference[1:-1].lower()
    number = int(digits[1:], 16) if digits[0] == "x" else int(digits)
    return not 128 <= number < 160


def _link_tag(tag: str, base: str) -> str | None:
    """A cleaned tag with attributes. Tags that differ in nothing but an address are alike."""
    found = _ADDRESSED.fullmatch(tag)
    if found is None:
        return _tag_of_many(tag, base)
    before, _, address, after = found.groups()
    form = _form(before, after, base)
    if form is None or "&#" in address:
        return _tag(tag, base)
    return form.replace(_STAND_IN, _BARE.sub("&amp;", address) if "&" in address else address)


@lru_cache(maxsize=4096)
def _form(before: str, after: str, base: str) -> str | None:
    """A cleaned tag with ``_STAND_IN`` for an address; ``None`` where each tells by itself."""
    return None if _STAND_IN in before + after else _tag(f"{before}{_STAND_IN}{after}", base)


@lru_cache(maxsize=4096)
def _tag_of_many(tag: str, base: str) -> str | None:
    """The same for a tag that may well come again."""
    return _tag(tag, base)


def _tag(tag: str, base: str) -> str | None:
    """A cleaned tag, ``""`` where it is to go, ``None`` where it has no ordinary shape."""
    found = _TAG.fullmatch(tag)
    if found is None:
        return tag if _COMMENT.fullmatch(tag) else None
    closing, name, attributes, slash = found.groups()
    name = name.lower()
    if name in _SWITCHES or (slash and (closing or name not in _VOID)) or (closing and attributes):
        return None
    if name not in _ELEMENTS:
        return ""
    if closing:
        return "" if name in _VOID else f"</{name}>"
    kept = _attributes(name, attributes, base) if attributes else ""
    if kept is None:
        return None
    return f"<{name}{kept} />" if name in _VOID else f"<{name}{kept}>"


def _attributes(name: str, source: str, base: str) -> str | None:
    kept: list[str] = []
    pairs = {
        key.lower(): double or single if equals else key
        for key, equals, double, single in _ATTRIBUTE.findall(source)
    }
    for key in sorted(pairs):
        if key not in _ATTRIBUTES:
            continue
        value = pairs[key]
        if '"' in value or _LOOSE_NUMBER.search(value):
            return None
        cleaned = _value(name, key, value, base)
        if cleaned is not None:
            kept.append(f' {key}="{cleaned}"')
    return "".join(kept)


def _value(name: str, key: str, value: str, base: str) -> str | None:
    """The value of an attribute in either pass; ``None`` where nothing is left of it."""
    if key == "style":
        style = _SANITIZER.sanitize_style(_BARE.sub("&amp;", value))
        return style or None
    if key in {"rel", "type"}:
        value = value.lower()
    plain = key in {"href", "src"} and ABSOLUTE.fullmatch(value) is not None
    if not plain and (name, key) in _LINKS:
        value = make_safe_absolute_uri(base, value.strip()) or value
    value = _BARE.sub("&amp;", value) if "&" in value else value
    return make_safe_absolute_uri(value) if key == "href" and not plain else value
