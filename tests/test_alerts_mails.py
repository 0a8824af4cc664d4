"""The HTML of every kind of mail: valid, readable in light and dark, by ear and without pictures."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.mails import ALERT, BEAT, DIGEST, LINE, SPIKE, TROUBLE, notice, samples
from worker.alerts.page import direction_of
from worker.alerts.plain import WIDTH, columns, wrapped
from worker.alerts.render import message
from worker.alerts.style import TONES
from worker.alerts.wording import host_of, safe_url
from worker.model import Confidence, Evidence, FeedTrouble, Message

MAILS = samples()


def parsed(html: str) -> Element:
    """The page as the strict parser of the HTML standard sees it; it raises for any error."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert isinstance(tree, Element)
    return tree


@dataclass(frozen=True)
class Shown:
    """Words as they are seen: their colours, size in pixels and weight."""

    words: str
    ink: str
    ground: str
    size: float
    bold: bool


def shown(page: Element, *, dark: bool) -> Iterator[Shown]:
    """All words of a page with the colours that the cascade gives them."""
    sheet = page.findtext("head/style") or ""
    rules = dict(
        re.findall(r"\.([\w-]+)\{([^}]*)\}", sheet.partition("prefers-color-scheme:dark")[2])
    )
    body = page.find("body")
    assert body is not None
    yield from _walk(body, Shown("", "", "", 16, bold=False), rules if dark else {})


def _walk(element: Element, outer: Shown, dark: dict[str, str]) -> Iterator[Shown]:
    declared = _declared(element.get("style", ""))
    for name in element.get("class", "").split():
        declared |= _declared(dark.get(name, "").replace("!important", ""))
    if declared.get("display") == "none":
        return
    here = Shown(
        "",
        declared.get("color", outer.ink),
        declared.get("background", outer.ground),
        float(declared.get("font-size", f"{outer.size}px").removesuffix("px")),
        bold=int(
            declared.get(
                "font-weight", 700 if outer.bold or element.tag in {"strong", "h1", "h2"} else 400
            )
        )
        >= 700,
    )
    if element.text and element.text.strip():
        yield replace(here, words=element.text.strip())
    for child in element:
        yield from _walk(child, here, dark)
        if child.tail and child.tail.strip():
            yield replace(here, words=child.tail.strip())


def _declared(style: str) -> dict[str, str]:
    pairs = (one.partition(":") for one in style.split(";") if ":" in one)
    return {name.strip(): value.strip() for name, _, value in pairs}


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# -------------------------------------------------------------------------------- readable


def test_the_ratio_is_the_standards() -> None:
    """Black on white is 21, a colour on itself 1, and a known grey is just enough."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#123456", "#123456") == 1
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", MAILS)
def test_all_words_can_be_read(name: str, dark: bool) -> None:
    """Every word has at least the contrast that WCAG AA asks for, large ones too."""
    words = list(shown(parsed(MAILS[name].html), dark=dark))
    assert len(words) > 8
    for one in words:
        if one.words == "\N{NO-BREAK SPACE}":
            continue
        assert contrast(one.ink, one.ground) >= 4.5, one


def test_dark_changes_every_colour_that_is_used() -> None:
    """No words keep their light colours on a dark ground."""
    light = {
        (one.words, one.ink)
        for mail in MAILS.values()
        for one in shown(parsed(mail.html), dark=False)
    }
    dark = {
        (one.words, one.ink)
        for mail in MAILS.values()
        for one in shown(parsed(mail.html), dark=True)
    }
    marked = {TONES["mk"].ink}
    assert {ink for _, ink in light & dark} <= marked


@pytest.mark.parametrize("one", [TONES["b1"], TONES["b2"]])
def test_bars_stand_out(one: Any) -> None:
    """Against the card, as WCAG asks for graphics; what is beyond normal differs from what is within."""
    assert contrast(one.ground, TONES["cd"].ground) >= 3
    assert contrast(one.dark_ground, TONES["cd"].dark_ground) >= 3


# ------------------------------------------------------------------------------------ valid


@pytest.mark.parametrize("name", MAILS)
def test_html_is_valid_and_fetches_nothing(name: str) -> None:
    """The strict parser finds no error; there is no picture, script, form, frame or foreign style."""
    page = parsed(MAILS[name].html)
    tags = {one.tag for one in page.iter() if isinstance(one.tag, str)}
    assert not tags & {
        "img",
        "svg",
        "script",
        "link",
        "iframe",
        "object",
        "form",
        "input",
        "video",
        "base",
    }
    assert "url(" not in MAILS[name].html
    assert "@import" not in MAILS[name].html
    assert not [
        key for one in page.iter() for key in one.attrib if key.startswith("on") or key == "src"
    ]
    ids = [one.get("id") for one in page.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    wanted = {
        str(one.get("href"))[1:] for one in page.iter("a") if str(one.get("href")).startswith("#")
    }
    assert wanted <= set(ids)


@pytest.mark.parametrize("name", MAILS)
def test_mails_can_be_heard(name: str) -> None:
    """Language and direction are given, tables for layout say so, others have labels, one h1 comes first."""
    page = parsed(MAILS[name].html)
    assert (page.get("lang"), page.get("dir")) == ("en", "ltr")
    assert (page.findtext("head/title") or "").strip()
    for table in page.iter("table"):
        heads = [cell.get("scope") for cell in table.iter("th")]
        if table.get("role") not in {"presentation", "img"}:
            assert heads, "a table of data names its rows"
            assert set(heads) == {"row"}
        if table.get("role") == "img":
            assert "Stories by hour: " in table.get("aria-label", "")
    assert next(one.tag for one in page.iter() if one.tag in {"h1", "h2"}) == "h1"
    assert len(list(page.iter("h1"))) == 1
    for link in page.iter("a"):
        assert "".join(link.itertext()).strip() or link.get("name"), "a link has words"
    schemes = {one.get("name"): one.get("content") for one in page.iter("meta")}
    assert schemes["color-scheme"] == "light dark"


def test_a_text_in_another_script_says_its_language_and_direction() -> None:
    """So that it is laid out and read aloud as what it is; the words around it stay English."""
    page = parsed(MAILS["rtl"].html)
    (title,) = page.iter("h1")
    (passage,) = page.iter("blockquote")
    assert [(one.get("lang"), one.get("dir")) for one in (title, passage)] == [("fa", "rtl")] * 2
    assert direction_of("123 – سلام") == "rtl"
    assert direction_of("«Putin» سلام") == "ltr"
    assert direction_of("🔥 42") == "ltr"


@pytest.mark.parametrize(("watches", "stories"), [(1, 30), (20, 25), (100, 5)])
def test_a_long_digest_stays_below_what_gmail_cuts(watches: int, stories: int) -> None:
    """Fewer stories of each watch are listed then, and how many there are more; the text has them all."""
    sections = tuple(
        replace(DIGEST.sections[0], watch_id=n, stories=(LINE,) * stories, total=stories)
        for n in range(watches)
    )
    mail = message(
        notice(replace(DIGEST, sections=sections, total=500, more_watches=0), "daily 08:00")
    )
    assert len(mail.html.encode()) < 102_000
    assert mail.text.count("https://www.news.example/") == watches * stories
    listed = mail.html.count("<li ")
    assert min(30, listed) == 30
    cut = listed < watches * stories
    assert ("more</p>" in mail.html or "more watches" in mail.html) == cut


# ------------------------------------------------------------------------------------- text


@pytest.mark.parametrize("name", MAILS)
def test_text_fits_any_reader(name: str) -> None:
    """Lines have at most 72 columns; only links, commands and charts may be longer."""
    for line in MAILS[name].text.splitlines():
        whole = re.search(r"https?://|tocsin |[#|]", line) or " " not in line.strip()
        assert columns(line) <= WIDTH or whole, line


@given(st.text(), st.sampled_from(["", "    "]))
def test_wrapping_loses_no_words(text: str, indent: str) -> None:
    """Whatever the script: the same letters in the same order, in lines that fit."""
    lines = wrapped(text, indent).splitlines() or [""]
    assert "".join("".join(lines).split()) == "".join(text.replace("\0", "").split())


def test_chinese_is_wrapped_between_signs() -> None:
    """Signs take two columns each, and nothing else breaks them."""
    lines = wrapped("新闻报道内容" * 20).splitlines()
    assert {columns(line) for line in lines[:-1]} == {72}
    assert "".join(lines) == "新闻报道内容" * 20


# ----------------------------------------------------------------------------------- hostile

_PIECES = st.sampled_from(
    [
        *(
            "<script>alert(1)</script>",
            "</style>",
            "</title>",
            "<!--",
            "-->",
            "]]>",
            '"><img src=x>',
        ),
        *("' onmouseover='x", "&#x3c;b&#x3e;", "&amp;lt;", "{{7*7}}", "=?utf-8?q?=0D=0ABcc:_x?="),
        *(
            "\r\nBcc: x@evil.example",
            "\n.\n",
            "\x00",
            "\x1b[2J",
            "\u202e",
            "\u2066",
            "\u2028",
            "\ud800",
        ),
        *(
            "https://evil.example/pixel.gif",
            "javascript:alert(1)",
            "🔥",
            "سلام",
            "普京",
            "Putin",
            " ",
        ),
        *("\ufdfd" * 5, "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤", "a" * 300, "'; rm -rf ~; '", "$(id)", "`id`", "%s%n", "--\n", "-- \n"),
    ]
)
_TEXT = st.lists(_PIECES | st.text(max_size=20), max_size=5).map("".join)
_URLS = st.sampled_from(
    [
        *(
            "https://news.example/a?b=1&c=<x>",
            "javascript:alert(1)",
            "https://bank.example@evil.example/",
        ),
        *(
            "https://аррӏе.com/",
            "https://xn--80ak6aa92e.com/",
            "data:text/html,x",
            "//evil.example/",
        ),
        *(
            'https://news.example/"onclick="x',
            "https://ex%61mple.com/",
            "http://[::1]/",
            "https://a\tb.example",
        ),
        *(
            "vbscript:x",
            " https://news.example/",
            "HTTPS://NEWS.example/A",
            "https://news.example:99999/",
        ),
    ]
) | st.text(max_size=40)


@st.composite
def hostile(draw: st.DrawFn) -> Message:
    """A mail of any kind whose every word comes from somebody who means harm."""

    def text() -> str:
        return draw(_TEXT)

    line = replace(
        LINE,
        title=text(),
        outlet=text(),
        snippet=text(),
        highlights=(),
        url=draw(_URLS),
        language=text(),
        reason=text(),
    )
    match draw(st.sampled_from(["alert", "digest", "spike", "heartbeat"])):
        case "alert":
            article = replace(
                ALERT.article,
                title=text(),
                text=text(),
                outlet=text(),
                url=draw(_URLS),
                language=text(),
                note=text(),
            )
            evidence = (Evidence(clause=text(), value=text(), spans=((0, 3),)),)
            mentions = tuple(replace(one, name=text()) for one in ALERT.mentions)
            told: Any = replace(
                ALERT,
                article=article,
                evidence=evidence,
                mentions=mentions,
                watch_name=text(),
                query=text(),
                reason=text(),
                outlets=(text(), text()),
                feed_name=text(),
            )
        case "digest":
            section = replace(DIGEST.sections[0], watch_name=text(), query=text(), stories=(line,))
            told = notice(
                replace(DIGEST, title=text(), sections=(section, DIGEST.sections[1])), text()
            )
        case "spike":
            told = notice(
                replace(
                    SPIKE,
                    watch_name=text(),
                    query=text(),
                    level=text(),
                    bound=text(),
                    stories=(line,),
                ),
                text(),
            )
        case _:
            feed = FeedTrouble(name=text(), problem=text())
            told = notice(
                replace(
                    TROUBLE,
                    channel=text(),
                    schedule=text(),
                    zone=text(),
                    failing=(feed,),
                    last_outlet=text(),
                ),
                text(),
            )
    return message(told, draw(st.sampled_from(["", "https://tocsin.example", "javascript:x"])))


@settings(max_examples=150)
@given(hostile())
def test_no_words_from_outside_do_harm(mail: Message) -> None:
    """Valid HTML of our own tags, links only to the web and as shown, one clean line of subject."""
    page = parsed(mail.html)
    tags = {str(one.tag) for one in page.iter()}
    assert not tags & {"img", "svg", "script", "form", "iframe", "b"}
    assert not [key for one in page.iter() for key in one.attrib if key.startswith("on")]
    for one in page.iter("a"):
        link = one.get("href", "")
        if link and not link.startswith("#"):
            assert urlsplit(link).scheme in {"http", "https"}
            assert urlsplit(link).netloc.isascii()
            assert "@" not in urlsplit(link).netloc
    assert not re.search(
        r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", mail.subject
    )
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", mail.text
    )
    assert mail.text.count("\n-- \n") == 1


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://аррӏе.com/login", "xn--80ak6aa92e.com"),
        ("https://www.bücher.example:8443/a", "xn--bcher-kva.example"),
        ("https://www.news.example/a", "news.example"),
        ("http://[2001:db8::1]:8080/a", "2001:db8::1"),
    ],
)
def test_a_host_is_shown_as_it_is_looked_up(url: str, host: str) -> None:
    """Letters that look like others do not pass for them; what is shown is what is followed."""
    mail = message(replace(ALERT, article=replace(ALERT.article, url=url)))
    assert host_of(safe_url(url)) == host
    assert f"Read at {host}" in unescape(mail.html)
    assert f"Read: {safe_url(url)}" in mail.text
    assert safe_url(url).isascii()


@pytest.mark.parametrize(
    "url",
    [
        "https://ex%61mple.com/",
        "https://a_b\u3002example/",
        "https://exa mple.com",
        "https:///x",
        "https://\u200d.example/",
    ],
)
def test_a_host_that_cannot_be_shown_is_no_link(url: str) -> None:
    """Rather than one that leads elsewhere than it seems to."""
    assert host_of(safe_url(url)) in {"", "a_b.example"}


def test_commands_are_safe_to_paste() -> None:
    """Names with signs that a shell knows are quoted; one that no line can show is not offered."""
    named = message(replace(ALERT, watch_name="'; rm -rf ~; $(id)")).text
    assert """tocsin watches mute ''"'"'; rm -rf ~; $(id)' --until 1d""" in named
    assert "tocsin watches mute" not in message(replace(ALERT, watch_name="a\nb")).text


def test_doubt_is_said() -> None:
    """A match that is not sure says so where it says why; a sure one says nothing of it."""
    doubtful = message(replace(ALERT, confidence=Confidence.LIKELY))
    for shown in (doubtful.text, doubtful.html):
        assert "first report of this story; likely to be meant" in " ".join(shown.split())
    assert "to be meant" not in MAILS["alert"].html


def test_a_healthy_heartbeat_asks_for_nothing() -> None:
    """No commands, and a colour of its own."""
    mail = message(notice(BEAT, "daily 08:00"))
    assert "Tocsin is well" in mail.text
    assert "tocsin feeds health" not in mail.text
    assert "tocsin feeds health" in message(notice(TROUBLE, "daily 08:00")).text
