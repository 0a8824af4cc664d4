"""Bytes to text when what a server or a document says of its charset may be wrong."""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

#: Labels that name a smaller set than what is sent under them (WHATWG Encoding Standard, 4.2).
_WIDER = {
    "ascii": "windows-1252",
    "iso8859-1": "windows-1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
#: Encodings whose text is plain ASCII bytes; all others are told from UTF-8 by their high bytes.
_SEVEN_BIT = re.compile(r"iso-?2022|hz|utf-?7", re.IGNORECASE)
#: Codecs of Python's that are no charsets of documents; some raise on any input.
_NO_CHARSETS = frozenset(
    {"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
    | {"raw_unicode_escape", "unicode_escape"}
)
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: "<?xm" in EBCDIC.
_EBCDIC = b"\x4c\x6f\xa7\x94"
_CYRILLIC = ("windows-1251", "koi8-u", "iso8859-5")
_HIGH = re.compile(r"[\u00c0-\u00ff]")
_LOWER_CYRILLIC = re.compile(r"[\u0430-\u044f\u0456\u0457\u0454\u0491]")
_SAMPLE = 20_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the charset it was read as, and what was wrong with the bytes or their label."""

    text: str
    charset: str
    problem: str = ""


def charset_of(content_type: str) -> str:
    """The ``charset`` parameter of a Content-Type header, ``""`` where absent."""
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    return found[1] if found else ""


def decode(body: bytes, declared: Iterable[str] = ()) -> Decoded:
    """Text of ``body``; ``declared`` are the labels it came with, the most trusted first.

    A byte order mark decides. Then UTF-8, when the bytes are UTF-8: text in another charset
    practically never is, while labels are often wrong. A few broken characters in a long UTF-8
    text are replaced. Then the declared labels, unless a Western label turns whole words into
    accented capitals, the mark of Cyrillic bytes. Never raises.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _replacing(body[len(mark) :], name)
    if wide := _wide(body):
        return _replacing(body, wide)
    labels = tuple(dict.fromkeys(filter(None, map(_known, declared))))
    if body.isascii():
        seven_bit = next(filter(_SEVEN_BIT.match, labels), "ascii")
        return _replacing(body, seven_bit)
    return _utf8(body, labels) or _legacy(body, labels)


def _wide(body: bytes) -> str:
    """The charset of XML in EBCDIC, or in two or four bytes a character without a mark, ``""`` for any other."""
    start = body[:4]
    if start in {b"<\0\0\0", b"\0\0\0<"}:
        return "utf-32-le" if start[0] else "utf-32-be"
    if start[1::2] == b"\0\0" and start[:1] == b"<" and start[2:3] in b"?!rf":
        return "utf-16-le"
    if start[::2] == b"\0\0" and start[1:2] == b"<" and start[3:4] in b"?!rf":
        return "utf-16-be"
    if start == _EBCDIC:
        named = re.search(r"encoding\s*=\s*[\"']([\w.:-]+)", body[:200].decode("cp037"))
        return (_known(named[1]) if named else "") or "cp037"
    return ""


def _known(label: str) -> str:
    """The codec's own name of a charset label, ``""`` if there is no such text codec."""
    try:
        name = codecs.lookup(label.strip()).name
        b"".decode(name)
    except (LookupError, ValueError):
        return ""
    if name in _NO_CHARSETS:
        return ""
    return _WIDER.get(name, name.replace("cp125", "windows-125"))


def _replacing(body: bytes, name: str) -> Decoded:
    text = body.decode(name, "replace")
    problem = f"bytes that are not {name}" if "\ufffd" in text else ""
    return Decoded(text, name, problem)


def _utf8(body: bytes, labels: tuple[str, ...]) -> Decoded | None:
    other = labels[0] if labels and labels[0] != "utf-8" else ""
    problem = f"declared {other}, read as utf-8" if other else ""
    try:
        return Decoded(body.decode("utf-8"), "utf-8", problem)
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = len(re.findall(r"[^\x00-\x7f\ufffd]", text))
    if broken * 20 > whole:
        return None
    return Decoded(text, "utf-8", f"{broken} broken characters in utf-8")


def _legacy(body: bytes, labels: tuple[str, ...]) -> Decoded:
    for name in labels:
        try:
            text = body.decode(name)
        except UnicodeError:
            continue
        if name == "windows-1252" and _is_mistaken_cyrillic(text):
            break
        problem = "" if name == labels[0] else f"declared {labels[0]}, read as {name}"
        return Decoded(text, name, problem)
    western = body.decode("windows-1252", "replace")
    name = _likeliest_cyrillic(body) if _is_mistaken_cyrillic(western) else "windows-1252"
    said = f"declared {labels[0]}" if labels else "no charset declared"
    return Decoded(body.decode(name, "replace"), name, f"{said}, read as {name}")


def _is_mistaken_cyrillic(text: str) -> bool:
    """Whether most words with accented letters are nothing but accented letters, and many are."""
    words = re.findall(r"[^\W\d_]{2,}", _high_part(text))
    accented = [word for word in words if _HIGH.search(word)]
    whole = sum(len(_HIGH.findall(word)) * 10 >= len(word) * 8 for word in accented)
    return whole >= 3 and whole * 2 > len(accented)


def _likeliest_cyrillic(body: bytes) -> str:
    """The Cyrillic charset that makes most letters small ones: the others mix up the cases."""
    sample = body if len(body) <= _SAMPLE else bytes(b for b in body if b > 127)[:_SAMPLE]

    def small(name: str) -> int:
        return len(_LOWER_CYRILLIC.findall(sample.decode(name, "replace")))

    return max(_CYRILLIC, key=small)


def _high_part(text: str) -> str:
    """The lines of a text that hold accented letters, at most a sample of them."""
    lines: list[str] = []
    size = 0
    for line in text.splitlines():
        if size > _SAMPLE:
            break
        if _HIGH.search(line):
            lines.append(line)
            size += len(line)
    return "\n".join(lines)
