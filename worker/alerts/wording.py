"""Words and texts as readers get them: clean, short, safe to put anywhere."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from worker.mediatopics import LIKELY
from worker.model import Announcement, Article, Confidence, Evidence, Kind

# What Unicode keeps from being a character: no HTML may hold it.
_NOT_CHARACTERS = re.compile(
    "[\ufdd0-\ufdef"
    + "".join(chr(p * 0x10000 + n) for p in range(17) for n in (0xFFFE, 0xFFFF))
    + "]"
)
_JOINERS = "\u200c\u200d"  # needed in Persian and Indic words and in emoji
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_LONGEST_URL = 2_000
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+", re.IGNORECASE)
_MOST_NAMES = 12
_MOST_VARIANTS = 3
_MOST_SPANS = 100
LANGUAGES = {
    "ar": "Arabic",
    "be": "Belarusian",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "bs": "Bosnian",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "hy": "Armenian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "kk": "Kazakh",
    "ko": "Korean",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mk": "Macedonian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sq": "Albanian",
    "sr": "Serbian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


@lru_cache(4096)
def clean_character(character: str) -> str:
    """A space for any white space, ``""`` for what is unseen or turns text round, else itself."""
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in {"Cc", "Cs"} or (category == "Cf" and character not in _JOINERS):
        return ""
    if category == "Cn" and _NOT_CHARACTERS.match(character):
        return ""
    return character


def clean_line(text: str, limit: int) -> str:
    """A text as one line of at most ``limit`` code points, cut at a word with "…".

    Control characters, lone surrogates and marks that change the direction of text are removed:
    nothing a feed writes can start a new header line or disguise what it says.
    """
    # Far more than can be kept is not looked at: a headline may be a megabyte.
    start = text[: limit * 4 + 1000]
    if not start.isprintable():
        start = "".join(map(clean_character, start))
    line = " ".join(start.split())
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    space = head.rfind(" ")
    return (head[:space] if space > limit // 2 else head).rstrip() + "…"


def safe_url(url: str) -> str:
    """The URL when it can be shown and followed, else ``""``.

    Only http and https, no user name before the host, nothing unseen or blank in it; the host's
    name in ASCII, so that what is read is what is looked up.
    """
    if not url or len(url) > _LONGEST_URL:
        return ""
    if not url.isprintable() and "".join(map(clean_character, url)) != url:
        return ""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port  # ValueError: none that there can be
        named = _HOST.fullmatch(host.encode("idna").decode())
    except (ValueError, UnicodeError):
        return ""
    odd = " " in url or "\\" in url or "@" in parts.netloc
    if parts.scheme not in {"http", "https"} or named is None or odd:
        return ""
    if host.isascii():
        return url
    return urlunsplit(parts._replace(netloc=named[0] if port is None else f"{named[0]}:{port}"))


def host_of(url: str) -> str:
    """The host a safe URL leads to, as it is looked up: look-alike letters show as ``xn--``."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def language_name(code: str) -> str:
    """The English name of a language, the code itself where it is a rare one."""
    return LANGUAGES.get(code, clean_line(code, 20))


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC; one without a zone is taken for UTC."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first or last day there is
        return moment.replace(tzinfo=UTC)


def time_words(moment: datetime) -> str:
    """A time in UTC and, when it was given in another zone, as given."""
    utc = in_utc(moment)
    words = f"{_day(utc)}, {utc:%H:%M} UTC"
    offset = moment.utcoffset()
    if not offset:
        return words
    day = "" if moment.date() == utc.date() else f"{_day(moment)}, "
    return f"{words} ({day}{moment:%H:%M} {moment.tzname() or ''})".replace(" )", ")")


def _day(moment: datetime) -> str:
    return f"{moment.day} {_MONTHS.split()[moment.month - 1]} {moment.year}"


def headline(a: Announcement, limit: int = 300) -> str:
    """The article's headline, the beginning of its text when it has none."""
    for text in (a.article.title, a.article.text):
        line = clean_line(text, limit)
        if line:
            return line
    return "(no headline)"


def outlet_words(outlets: Sequence[str]) -> str:
    """How many outlets, and which: "3 outlets: A, B, C"."""
    names = _listed(_outlet_names(outlets))
    count = outlet_count(outlets)
    return f"{count}: {names}" if names else count


def outlet_count(outlets: Sequence[str]) -> str:
    """How many outlets: "3 outlets"."""
    return "1 outlet" if len(outlets) < 2 else f"{len(outlets)} outlets"


def outlet_names(outlets: Sequence[str]) -> list[str]:
    """Which outlets, and how many more where they are too many."""
    return _first(_outlet_names(outlets))


def _outlet_names(outlets: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(clean_line(outlet, 60) for outlet in outlets if outlet))


def _first(names: list[str]) -> list[str]:
    more = len(names) - _MOST_NAMES
    return [*names[:_MOST_NAMES], f"and {more} more"] if more > 0 else names


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown} and {more} more" if more > 0 else shown


def evidence_words(evidence: Evidence, article: Article) -> str:
    """What stands where: “Putin”, “Vladimir Putin” in the headline and 3 times in the text."""
    found = [
        *(article.title[max(0, start) : end] for start, end in evidence.title_spans[:_MOST_SPANS]),
        *(article.text[max(0, start) : end] for start, end in evidence.spans[:_MOST_SPANS]),
    ]
    lines = [clean_line(variant, 80) for variant in found or [evidence.value]]
    variants: dict[str, str] = {}
    for line in filter(None, lines):
        variants.setdefault(line.casefold(), line)
    shown = ", ".join(f"“{line}”" for line in list(variants.values())[:_MOST_VARIANTS])
    count = len(evidence.spans)
    places = ["in the headline"] if evidence.title_spans else []
    if count:
        places.append("in the text" if count == 1 else f"{count} times in the text")
    return f"{shown} {' and '.join(places)}".strip()


def mentioned(a: Announcement, kind: Kind) -> list[str]:
    """Who or what of this kind the article names, the most important first; doubt is said."""
    least = LIKELY if kind is Kind.TOPIC else 0.0
    found = sorted(
        (one for one in a.mentions if one.kind == kind and one.salience >= least),
        key=lambda one: -one.salience,
    )
    named = ((clean_line(one.name, 60), one.confidence) for one in found)
    return _first(
        [
            name if sure is Confidence.CERTAIN else f"{name} ({sure.value})"
            for name, sure in named
            if name
        ]
    )


def reasons(a: Announcement) -> list[tuple[str, str]]:
    """Why it matched: each clause that held, and what stands in the article for it."""
    most = _MOST_NAMES
    shown = [(clean_line(e.clause, 160), evidence_words(e, a.article)) for e in a.evidence[:most]]
    more = len(a.evidence) - most
    return [*shown, ("…", f"and {more} more")] if more > 0 else shown


def in_blocks(blocks: Iterable[str]) -> str:
    """The blocks of a plain text that are not empty, each after a blank line."""
    return "\n\n".join(filter(None, blocks)) + "\n"
