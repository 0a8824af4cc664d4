"""The page of an alert: valid, readable in light and dark, harmless whatever strangers wrote."""

import base64
import hashlib
import re
from dataclasses import replace
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.audits import ARTICLES, AUDIT, pages
from bench.mails import LINE
from tests.test_alerts_mails import Shown, _walk, contrast
from worker.alert_page.form import POLICY, page
from worker.alerts.addresses import Addresses, guarded, number_of
from worker.model import Evidence

PAGES = pages()
OURS = {
    "html", "head", "meta", "title", "style", "body", "main", "p", "strong", "span", "h1", "h2", "a",
    "blockquote", "mark", "dl", "dt", "dd", "code", "ul", "ol", "li", "br", "footer",
}  # fmt: skip
HOSTILE = "</title></style><script>alert(1)</script><img src=x onerror=y>\x00\u202e\ud800\"' &amp;"
TEXT = st.text(max_size=40) | st.just(HOSTILE)
URL = st.sampled_from(
    ["javascript:alert(1)", 'https://news.example/"onclick="x', "https://a@evil.example/", "data:x"]
)


def parsed(html: str) -> Element:
    """The page as the strict parser of the HTML standard sees it; it raises for any error."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert isinstance(tree, Element)
    return tree


def check(html: str) -> Element:
    """Only our own elements, no handlers, no styles in elements, links to the web alone."""
    tree = parsed(html)
    assert {str(one.tag) for one in tree.iter()} <= OURS
    for one in tree.iter():
        assert not [key for key in one.attrib if key.startswith("on") or key in {"style", "src"}]
    for one in tree.iter("a"):
        link = urlsplit(one.get("href", ""))
        assert link.scheme in {"http", "https"}
        assert "@" not in link.netloc
    return tree


def words(tree: Element) -> str:
    """All that is read, with single spaces."""
    body = tree.find("body")
    assert body is not None
    return " ".join(" ".join(body.itertext()).split())


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_valid_and_run_nothing(name: str) -> None:
    """The policy allows the one style sheet, by its digest, and nothing else."""
    tree = check(PAGES[name])
    sheet = (tree.findtext("head/style") or "").encode()
    digest = base64.b64encode(hashlib.sha256(sheet).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in POLICY
    assert POLICY.startswith("default-src 'none'")
    assert "unsafe" not in POLICY
    assert tree.get("lang") == "en"


def test_the_audit_is_told() -> None:
    """What matched, where and why; the story with its outlets; each try. Not what receivers said."""
    said = words(parsed(PAGES["page-alert"]))
    for part in (
        "Geneva: Putin in no hurry over the gas transit deal",
        'Query person:"Vladimir Putin" AND gas',
        "certain: first report of this story",
        "“Putin”, “Vladimir Putin” in the headline and 2 times in the text",
        "Vladimir Putin (person), certain: full name, gazetteer",
        "The story 3 outlets",
        "xn--b1amnebsh.example",
        "and 66 more",
        "desk-hook (webhook): sent",
        "Try 1, 19 Mar 2026, 14:20 UTC: not taken, status 503, after 0.21 s",
        "tocsin alerts show 311",
    ):
        assert part in said
    assert "ann@desk.example" not in said
    assert "No channel: nothing was sent." in words(parsed(PAGES["page-bare"]))
    assert "What it told of" in words(parsed(PAGES["page-digest"]))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_all_words_can_be_read(name: str, dark: bool) -> None:
    """Every word has at least the contrast that WCAG AA asks for."""
    tree = parsed(PAGES[name])
    light, _, night = (tree.findtext("head/style") or "").partition("prefers-color-scheme:dark")
    rules = dict(re.findall(r"\.([\w-]+)\{([^}]*)\}", light))
    if dark:
        for colour, declared in re.findall(r"\.([\w-]+)\{([^}]*)\}", night):
            rules[colour] = f"{rules.get(colour, '')};{declared}"
    body = tree.find("body")
    assert body is not None
    shown = list(_walk(body, Shown("", "", "", 16, bold=False), rules))
    assert len(shown) > 4
    for one in shown:
        assert contrast(one.ink, one.ground) >= 4.5, one


@settings(max_examples=60)
@given(text=TEXT, name=TEXT, url=URL, language=TEXT)
def test_no_words_from_outside_do_harm(text: str, name: str, url: str, language: str) -> None:
    """Whatever stands in titles, names, queries, languages and addresses."""
    assert AUDIT.article is not None
    evidence = (Evidence(clause=text, value=name, spans=((0, 3),)),)
    found = replace(
        AUDIT,
        alert=replace(
            AUDIT.alert, title=text, url=url, outlet=name, watch=name, query=text, reason=text,
            evidence=evidence,
        ),
        article=replace(AUDIT.article, title=text, text=text, language=language, url=url),
        mentions=tuple(replace(one, name=name, spans=((0, 2),)) for one in AUDIT.mentions),
        story_title=text,
        deliveries=tuple((replace(one, channel=name, kind=text), lane) for one, lane in AUDIT.deliveries),
    )  # fmt: skip
    line = replace(LINE, title=text, outlet=name, url=url, language=language)
    articles = [replace(ARTICLES[0], title=text, url=url, outlet=name, language=language)]
    check(page(found, articles, [(name, line)]))


def test_addresses_cannot_be_made_up() -> None:
    """Another number, another kind of page or another key asks for another code."""
    name = guarded(b"key", "alert", 7)
    assert number_of(b"key", "alert", name) == 7
    assert number_of(b"other", "alert", name) is None
    assert number_of(b"key", "feed", name) is None
    assert number_of(b"key", "alert", f"8{name[1:]}") is None
    assert Addresses("https://t.example/", b"key").alert(7) == f"https://t.example/alerts/{name}"
    assert Addresses("", b"key").alert(7) == ""
