"""Rendering: what readers of an alert get, also when the feed means harm."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import worker.alerts.render as module
from worker.alerts.payload import LARGEST, encoded
from worker.alerts.render import html, message, payload, plain_text, snippet, subject
from worker.alerts.wording import safe_url
from worker.model import (
    Announcement,
    Article,
    Confidence,
    EventKind,
    Evidence,
    FeedEvent,
    Kind,
    Mention,
    Span,
)
from worker.watches.events import event_article

SCHEMA = json.loads(
    (Path(module.__file__).parent / "webhook.schema.json").read_text(encoding="utf-8")
)
TEXT = (
    "Delegations met in Geneva for a third day. Officials gave few details of the draft. "
    "Reporters waited in the rain outside the gate until late in the evening.\n\n"
    "President Vladimir Putin told state television that he saw no reason for haste. "
    "Putin added that the gas transit deal could be renewed before the winter.\n\n"
    "Kyiv has not commented so far. The talks go on tomorrow, a spokesman said. "
    "Neither side expects a quick result, and both have said that they would rather wait."
)


def spans(text: str, words: str, *, end: str = "") -> tuple[Span, ...]:
    """Every place of the words in the text, where ``end`` follows."""
    return tuple(found.span() for found in re.finditer(f"{words}(?={end})", text))


SAMPLE = Announcement(
    alert_id=311,
    delivery_id=902,
    message_id="alert-311-ops@tocsin.example",
    watch_id=4,
    watch_name="Putin and gas",
    query='person:"Vladimir Putin" AND gas',
    reason="first report of this story",
    story_id=57,
    item_id=1204,
    feed_name="newsroom-world",
    article=Article(
        title="Geneva: Putin in no hurry",
        text=TEXT,
        language="en",
        url="https://news.example/2026/geneva",
        outlet="The Newsroom",
        authors=("Ada Lund",),
        published=datetime(2026, 3, 20, 0, 30, tzinfo=timezone(timedelta(hours=2))),
    ),
    mentions=(
        Mention(
            kind=Kind.COUNTRY,
            key="UA",
            name="Ukraine",
            count=1,
            salience=0.2,
            in_title=False,
            confidence=Confidence.LIKELY,
            support="a place in it",
        ),
        Mention(
            kind=Kind.PERSON,
            key="person:vladimir-putin",
            name="Vladimir Putin",
            count=3,
            salience=0.61,
            in_title=True,
            support="full name",
        ),
    ),
    evidence=(
        Evidence(
            clause='person:"Vladimir Putin"',
            value="Putin",
            spans=(*spans(TEXT, "Vladimir Putin"), *spans(TEXT, "Putin", end=" added")),
            title_spans=((8, 13),),
        ),
        Evidence(clause="gas", value="gas", spans=spans(TEXT, "gas")),
    ),
    outlets=("The Newsroom", "Daily Post", "Le Courrier"),
    seen_at=datetime(2026, 3, 19, 22, 31, 5, tzinfo=UTC),
    alerted_at=datetime(2026, 3, 19, 22, 31, 9, tzinfo=UTC),
)


def sample(**article: Any) -> Announcement:
    """The sample with another article and, when the text changes, without evidence."""
    changed = replace(SAMPLE, article=replace(SAMPLE.article, **article))
    return replace(changed, evidence=()) if {"text", "title"} & set(article) else changed


def validate(event: dict[str, Any]) -> None:
    """Raise when an event is not what the schema says."""
    jsonschema.Draft202012Validator(
        SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(event)


# ------------------------------------------------------------------------------------ subject


def test_the_subject_says_who_and_what() -> None:
    """Watch, headline and how many outlets, the only one by its name; a test is marked."""
    assert subject(SAMPLE) == "Putin and gas: Geneva: Putin in no hurry (3 outlets)"
    assert subject(replace(SAMPLE, outlets=("Daily Post",))).endswith("no hurry (Daily Post)")
    assert subject(replace(SAMPLE, test=True)).startswith("[test] Putin and gas: ")


def test_a_missing_headline_is_made_up_for() -> None:
    """The text's beginning, or a plain word."""
    assert subject(sample(title=" \n")).startswith("Putin and gas: Delegations met in Geneva")
    assert subject(sample(title="", text="")) == "Putin and gas: (no headline) (3 outlets)"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("a\r\nBcc: x@y.example", "a Bcc: x@y.example"),
        ("a\x00\x1b[31mb", "a[31mb"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("a\u2028b\u2029c\x85d\u00a0e", "a b c d e"),
        ("\ud800x", "x"),
        ("\u0645\u06cc\u200c\u0631\u0648\u062f", "\u0645\u06cc\u200c\u0631\u0648\u062f"),
    ],
)
def test_headlines_are_one_clean_line(title: str, shown: str) -> None:
    """No new header line, no terminal codes, no turned text; joiners that words need stay."""
    assert subject(sample(title=title)) == f"Putin and gas: {shown} (3 outlets)"


# ------------------------------------------------------------------------------------ snippet


def test_the_snippet_shows_the_evidence_in_whole_sentences() -> None:
    """The part with most different clauses, from a sentence's start to a sentence's end."""
    shown = snippet(SAMPLE)
    assert shown.text == (
        "President Vladimir Putin told state television that he saw no reason for haste. "
        "Putin added that the gas transit deal could be renewed before the winter. "
        "Kyiv has not commented so far. The talks go on tomorrow, a spokesman said."
    )
    assert [shown.text[slice(*span)] for span in shown.highlights] == [
        "Vladimir Putin",
        "Putin",
        "gas",
    ]


def test_a_cut_sentence_has_an_ellipsis() -> None:
    """Where no sentence ends near, words are kept whole and the cut is shown."""
    text = "word " * 200 + "needle" + " word" * 200
    evidence = (Evidence(clause="needle", value="needle", spans=spans(text, "needle")),)
    shown = snippet(replace(sample(text=text), evidence=evidence))
    assert re.fullmatch(r"…(word )+needle( word)+…", shown.text)
    assert 150 <= len(shown.text) <= 250
    assert [shown.text[slice(*span)] for span in shown.highlights] == ["needle"]


def test_without_evidence_in_the_text_it_begins_the_article() -> None:
    """Then nothing is highlighted."""
    shown = snippet(replace(SAMPLE, evidence=()))
    assert shown.text.startswith("Delegations met in Geneva for a third day. Officials")
    assert shown.highlights == ()


def test_without_text_it_is_the_headline() -> None:
    """With its own highlights."""
    bare = replace(SAMPLE, article=replace(SAMPLE.article, text=" "))
    shown = snippet(bare)
    assert shown.text == "Geneva: Putin in no hurry"
    assert [shown.text[slice(*span)] for span in shown.highlights] == ["Putin"]


def test_a_language_without_spaces_is_cut_anywhere() -> None:
    """A long Chinese text gives a snippet of ordinary length round the evidence."""
    text = "新闻报道内容" * 100 + "普京" + "新闻报道内容" * 100
    evidence = (Evidence(clause="普京", value="普京", spans=spans(text, "普京")),)
    shown = snippet(replace(sample(text=text), evidence=evidence))
    assert len(shown.text) < 300
    assert [shown.text[slice(*span)] for span in shown.highlights] == ["普京"]


# ------------------------------------------------------------------------------- text and HTML


def test_plain_text_says_all_that_matters() -> None:
    """Why, who, where, when and from whom; evidence between asterisks; links only with a URL."""
    text = plain_text(SAMPLE, address="https://tocsin.example/alerts/7-x")
    for line in (
        "Geneva: Putin in no hurry",
        "Read: https://news.example/2026/geneva",
        "The Newsroom · English · 19 Mar 2026, 22:30 UTC (20 Mar 2026, 00:30",
        "WHY YOU GET THIS",
        "Watch “Putin and gas”: first report of this story",
        "- gas",
        "  “gas” in the text",
        "Reported by: 3 outlets: The Newsroom, Daily Post, Le Courrier",
        "People: Vladimir Putin",
        "Countries: Ukraine (likely)",
        "Watch: Putin and gas",
        'Query: person:"Vladimir Putin" AND gas',
        "  tocsin watches mute 'Putin and gas' --story 57",
        "  tocsin watches mute 'Putin and gas' --until 1d",
        "This alert: https://tocsin.example/alerts/7-x",
    ):
        assert line in text.splitlines()
    variants = "“Putin”, “Vladimir Putin” in the headline and 2 times in the text"
    assert f'- person:"Vladimir Putin"\n  {variants}\n' in text
    assert "President *Vladimir Putin* told" in text
    assert "tocsin.example" not in plain_text(SAMPLE)


class Page(HTMLParser):
    """What a browser would see: tags in balance, attributes, and the text."""

    VOID = frozenset({"meta", "br", "hr"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag and what it asks for."""
        self.seen.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened last."""
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data


TAGS = {
    *("html", "head", "meta", "title", "style", "body", "div", "p", "h1", "a", "mark", "hr"),
    *("br", "strong", "span", "ul", "li", "code", "h2", "blockquote", "table", "tr", "td"),
}
ATTRIBUTES = {
    *("lang", "charset", "name", "content", "class", "style", "dir", "href", "role", "width"),
    *("aria-label", "align", "border", "cellpadding", "cellspacing"),
}


def test_html_says_the_same() -> None:
    """Headline linked, evidence marked, why and facts below; both colour schemes declared."""
    page = html(SAMPLE, address="https://tocsin.example/alerts/7-x")
    seen = Page(page)
    for words in ("Geneva: Putin in no hurry", "Read at news.example", "first report", "Ukraine"):
        assert words in seen.text
    assert page.count("<mark") == 3
    assert 'content="light dark"' in page
    assert "width=device-width" in page
    assert set(seen.links) == {
        "https://news.example/2026/geneva",
        "https://tocsin.example/alerts/7-x",
    }


def test_html_in_another_direction() -> None:
    """Texts run in their own direction and say their language."""
    page = html(sample(title="سلام", text="سلام", language="fa"))
    assert '<h1 class="h1" dir="rtl" lang="fa"' in page
    assert '<blockquote dir="rtl" lang="fa"' in page


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://bank.example@evil.example/",
        "https://news.example/a\r\nb",
        "https://news.example/\u202egnp",
        "http://[broken",
        "https:///path",
        "//news.example/a",
        "https://news.example\\@evil.example",
        "https://news.example/" + "a" * 3000,
    ],
)
def test_a_dubious_link_is_left_out(url: str) -> None:
    """Only plain web addresses are shown, in every form of the alert."""
    assert safe_url(url) == ""
    dubious = sample(url=url)
    assert Page(html(dubious)).links == []
    assert "Read:" not in plain_text(dubious)
    assert payload(dubious)["data"]["article"]["url"] is None


# ------------------------------------------------------------------------------------ forms


def test_what_is_no_mail_can_do_without_its_forms() -> None:
    """All else is the same."""
    whole, short = message(SAMPLE), message(SAMPLE, mail=False)
    assert (short.text, short.html) == ("", "")
    assert replace(short, text=whole.text, html=whole.html) == whole


# ------------------------------------------------------------------------------------ payload


@pytest.mark.parametrize("kind", EventKind)
def test_what_happens_to_a_feed_has_a_payload_of_its_own(kind: EventKind) -> None:
    """Its type is the event's, it names the feed and says what happened; the schema holds."""
    event = FeedEvent(kind=kind, detail="it answered 500 ten times")
    article = event_article(
        event, feed_name="gazette", outlet="Gazette", url="https://g.example/f", at=SAMPLE.seen_at
    )
    told = replace(SAMPLE, event=event, article=article, feed_name="gazette", evidence=())
    sent = payload(told)
    validate(sent)
    assert kind.value == sent["type"]
    assert {"name": "gazette", "outlet": "Gazette", "url": "https://g.example/f"} == sent["data"][
        "feed"
    ]
    assert event.detail == sent["data"]["event"]["detail"]
    assert "Gazette" in subject(told)
    for shown in (plain_text(told), html(told)):
        assert event.detail in shown
        assert kind.value in shown


def test_the_schema_is_strict() -> None:
    """An unknown field or a missing one is refused."""
    event = payload(SAMPLE)
    validate(event)
    with pytest.raises(jsonschema.ValidationError):
        validate({**event, "extra": 1})
    with pytest.raises(jsonschema.ValidationError):
        validate({**event, "data": {k: v for k, v in event["data"].items() if k != "story"}})
    with pytest.raises(jsonschema.ValidationError):
        validate({**event, "version": 2})
    with pytest.raises(jsonschema.ValidationError):
        validate({**event, "timestamp": "yesterday"})


def test_the_payload_says_how_sure_it_is() -> None:
    """Of the match, of each clause and of each mention, so that a receiver can have its own floor."""
    clauses = tuple(replace(one, confidence=Confidence.POSSIBLE) for one in SAMPLE.evidence)
    event = payload(replace(SAMPLE, evidence=clauses, confidence=Confidence.LIKELY))
    validate(event)
    assert event["data"]["confidence"] == "likely"
    assert {one["confidence"] for one in event["data"]["evidence"]} == {"possible"}
    assert [
        (one["name"], one["confidence"], one["support"]) for one in event["data"]["mentions"]
    ] == [
        ("Vladimir Putin", "certain", "full name"),
        ("Ukraine", "likely", "a place in it"),
    ]


def test_a_huge_alert_is_cut_to_fit() -> None:
    """Ten thousand characters everywhere still make less than 20 kB, and say so."""
    long = "\U0001f514 " * 5000
    many = tuple(replace(SAMPLE.mentions[0], name=long, key=f"{n}{long}") for n in range(200))
    clause = replace(SAMPLE.evidence[0], clause=long, value=long)
    huge = replace(
        SAMPLE,
        watch_name=long,
        query=long,
        mentions=many,
        evidence=(clause,) * 200,
        outlets=(long,) * 200,
        article=replace(SAMPLE.article, title=long, text=long, authors=(long,) * 50, note=long),
    )
    event = payload(huge)
    validate(event)
    assert len(encoded(event)) <= LARGEST
    assert {"article.title", "mentions", "evidence", "evidence.clause"} <= set(event["data"]["cut"])
    assert event["data"]["story"]["outlet_count"] == 200
    assert payload(SAMPLE)["data"]["cut"] == []


# ------------------------------------------------------------------------------------ hostility

_NASTY = st.text(
    st.one_of(
        st.sampled_from("\r\n\t\0\x1b<>&\"'`=\u202e\u2066\u200f\ud800. ́普\U0001f514"),
        st.characters(),
    ),
    max_size=60,
)
_LONG = st.builds(lambda part, times: part * times, _NASTY, st.sampled_from([1, 1, 200]))
_HTML = st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=https://evil.example/p.gif onerror=x>',
        "</style></title></p></div><svg onload=x>",
        "&lt;b&gt;",
    ]
)
_TEXTS = st.one_of(_LONG, _HTML, st.builds("{}{}".format, _NASTY, _HTML))
_SPANS = st.lists(st.tuples(st.integers(-5, 400), st.integers(-5, 400)), max_size=6).map(tuple)


@st.composite
def hostile(draw: st.DrawFn) -> Announcement:
    """An alert in which every text is a stranger's."""
    article = Article(
        title=draw(_TEXTS),
        text=draw(_TEXTS),
        language=draw(st.sampled_from(["", "en", '"><b', "fa"])),
        url=draw(st.one_of(_TEXTS, st.builds("https://a.example/{}".format, _TEXTS))),
        outlet=draw(_NASTY),
        authors=(draw(_NASTY),),
        published=draw(st.one_of(st.none(), st.datetimes(), st.datetimes(timezones=st.just(UTC)))),
        note=draw(_NASTY),
    )
    evidence = Evidence(
        clause=draw(_TEXTS), value=draw(_TEXTS), spans=draw(_SPANS), title_spans=draw(_SPANS)
    )
    return replace(
        SAMPLE,
        watch_name=draw(_TEXTS),
        query=draw(_TEXTS),
        reason=draw(_NASTY),
        feed_name=draw(_NASTY),
        article=article,
        mentions=(replace(SAMPLE.mentions[0], name=draw(_TEXTS), salience=draw(st.floats())),),
        evidence=(evidence, *SAMPLE.evidence),
        outlets=(draw(_NASTY), draw(_NASTY)),
        test=draw(st.booleans()),
    )


@settings(max_examples=60, deadline=None)
@given(hostile())
def test_no_input_breaks_a_rendering(a: Announcement) -> None:
    """One header line, balanced HTML of our tags alone, sane highlights, a valid small payload."""
    line = subject(a)
    assert 0 < len(line) <= 140
    assert re.fullmatch(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+", line)
    line.encode()
    plain_text(a, "https://tocsin.example").encode()
    page = html(a, "https://tocsin.example")
    page.encode()
    seen = Page(page)
    assert seen.open == []
    assert set(seen.seen) <= TAGS
    assert seen.attributes <= ATTRIBUTES
    assert all(re.match(r"https?://", link) for link in seen.links)
    shown = snippet(a)
    assert len(shown.text) <= 500
    ends = [place for span in shown.highlights for place in span]
    assert sorted(set(ends)) == ends
    assert all(0 <= place <= len(shown.text) for place in ends)
    event = payload(a)
    validate(event)
    assert len(encoded(event)) <= LARGEST
