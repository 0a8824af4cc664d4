"""Pages and entries to articles: golden pages, furniture in six languages, feed text, and limits."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.articles.extract import (
    NoArticle,
    article_from_entry,
    combine,
    extract_page,
)
from worker.articles.fullness import has_full_content
from worker.articles.furniture import _RIGHTS, _claims_rights, clean, is_credit, is_notice
from worker.articles.marks import split_credit
from worker.articles.page import page_tree
from worker.markup import paragraphs
from worker.model import Article, Entry, TextSource

DATA = Path(__file__).parent / "data" / "pages"
PAGES = sorted(DATA.glob("*.html"))
URL = "https://courier.example/story"
DAY = datetime(2026, 3, 2, tzinfo=UTC)
SENTENCE = "The ferry left the quay at six with forty passengers and a piano on board. "


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_is_read_as_written_down(path: Path) -> None:
    """Text without menus, notices, teasers, captions and credits; dates, authors, language."""
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    article = asdict(extract_page(path.read_bytes(), url=URL))
    article["text"] = article["text"].split("\n\n")
    for name in ("published", "modified"):
        article[name] = article[name] and article[name].isoformat()
    for name in ("authors", "captions", "credits"):
        article[name] = list(article[name])
    assert expected == {name: article[name] for name in expected}


def test_text_and_bytes_of_a_page_give_the_same_article() -> None:
    """A page may be given decoded."""
    body = (DATA / "en_news.html").read_bytes()
    assert extract_page(body) == extract_page(body.decode())


@pytest.mark.parametrize(
    "line",
    [
        "With reporting by AFP, Reuters, AP, and the BBC",
        "Additional reporting by Ann Other in Lisbon",
        "(Reporting by Ann Other; Editing by Ed Itor)",
        "AFP/Reuters",
        "(dpa, AFP)",
        "По материалам РИА Новости и Интерфакса",
        "С использованием материалов агентства Рейтер",
        "За матеріалами Укрінформу",
        "Джерело: Укрінформ",
        "Avec AFP et Reuters",
        "Con información de EFE",
        "Mit Informationen von dpa",
        "Photo: Dan Mast/AP",
        "Фото: ТАСС",
        "© Getty Images",
    ],
)
def test_credit_lines_are_told(line: str) -> None:
    """Who reported or took the picture, in six languages."""
    assert is_credit(line)


@pytest.mark.parametrize(
    "line",
    [
        "Read more: Ferry company adds a crossing",
        "ALSO READ",
        "You may also like...",
        "Читайте также: Мост откроют в мае",
        "Читайте також",
        "À lire aussi : Le tramway attendra",
        "Lea también: El puerto reabre",
        "Lesen Sie auch: Warum die Brücke gesperrt bleibt",
        "We use cookies to improve this page.",
        "Sign up for our morning newsletter.",
        "Подпишитесь на наш канал",
        "Підписуйтесь на нас",
        "Abonnez-vous à notre lettre du matin",
        "Suscríbete a nuestro boletín",
        "Abonnieren Sie unseren Newsletter",
        "© 2026 The Harbour Courier. All rights reserved.",
        "Todos los derechos reservados",
        "The post Ferry sails appeared first on Harbour Courier.",
    ],
)
def test_notices_are_told(line: str) -> None:
    """Teasers, subscriptions, cookies and footers, in six languages."""
    assert is_notice(line)


@pytest.mark.parametrize(
    "line",
    [
        "Related-party contracts will be reviewed by auditors.",
        "Read more books, the minister told pupils on Monday.",
        "Reuters reported on Monday that the talks had failed.",
        "AFP journalists saw smoke over the port.",
        "Subscribe to nobody's theory, the judge told the jury.",
        "Photographers were kept outside the hall.",
        "Sources close to the mayor denied it.",
        "Фото с места события опубликовал губернатор.",
        "По теме переговоров министр говорить отказался.",
        "Con el puerto cerrado, los barcos esperan.",
        "Mit dem Bau wird im Herbst begonnen.",
        "Avec lui, tout change, disent les électeurs.",
        "Источник в правительстве подтвердил эти сведения.",
    ],
)
def test_sentences_of_stories_are_kept(line: str) -> None:
    """Words that open a notice may open a sentence too."""
    assert (line,) == clean([line]).paragraphs


def test_what_follows_a_reporting_credit_is_the_outlets_own() -> None:
    """The credit line ends the story; a line like it in the middle does not."""
    story = [f"{SENTENCE}{n}" for n in range(6)]
    tail = ["With reporting by AFP", "16x9 Image", "Our reporters work in 23 countries."]
    assert tuple(story) == clean([*story, *tail]).paragraphs
    assert tuple(story) == clean([story[0], "With reporting by AFP", *story[1:]]).paragraphs


def test_a_repeated_title_is_no_paragraph() -> None:
    """A page that starts with its own headline does not say it twice."""
    assert clean(["Ferry SAILS", SENTENCE], "Ferry sails").paragraphs == (SENTENCE.strip(),)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Mayor Olga Brand (left) greets Captain Tom Reed", "a caption"),
        ("Captain Tom Reed at the quay. Dan Mast/AP", "a caption"),
        ("By Ann Other, Courier correspondent", "who wrote it, or when"),
        ("Бургомистр (слева) и капитан у причала", "a caption"),
        ("By Ann Other and Tom Reed, 2 March 2026", "who wrote it, or when"),
        ("Veröffentlicht am 2. März 2026 um 9:15 Uhr", "who wrote it, or when"),
        ("Автор: Анна Иная", "who wrote it, or when"),
        ("- Anzeige -", "a label of the page"),
        ("4 min read", "a label of the page"),
        ("The Courier's Ann Other contributed to this report.", "who reported or took the picture"),
    ],
)
def test_what_is_told_by_its_form_goes_with_the_reason(line: str, reason: str) -> None:
    """But it is the story where there is no other."""
    cleaned = clean([line, SENTENCE])
    assert [(one.line, one.reason) for one in cleaned.removed] == [(line, reason)]
    if reason != "who reported or took the picture":
        assert (line,) == clean([line]).paragraphs


@pytest.mark.parametrize(
    "line",
    [
        "Senator Ann Other (R) said on Monday that she would vote for it.",
        "By Monday the ferry had left the quay, the mayor said.",
        "2 March 2026 was a Monday, and the ferry sailed.",
        "Share prices fell.",
        "She contributed to the party's campaign, the report says.",
    ],
)
def test_sentences_that_look_like_forms_are_kept(line: str) -> None:
    """A party letter is no place in a picture, a day no date line."""
    assert (line, SENTENCE.strip()) == clean([line, SENTENCE]).paragraphs


@pytest.mark.parametrize(
    ("caption", "parts"),
    [
        ("The quay at dawn (Photo: A. Mast/AP)", ("The quay at dawn", "Photo: A. Mast/AP")),
        ("Der Kai. Foto: dpa", ("Der Kai.", "Foto: dpa")),
        ("Le quai © AFP", ("Le quai", "© AFP")),
        ("Причал. Фото: ТАСС", ("Причал.", "Фото: ТАСС")),
        ("A photo of the quay", ("A photo of the quay", "")),
        ("Smoke over the city. Olga Brand/AP", ("Smoke over the city.", "Olga Brand/AP")),
        ("The old quay. Daily Ledger / S. Akt", ("The old quay.", "Daily Ledger / S. Akt")),
        ("He sold half of it. Boats and/or nets", ("He sold half of it. Boats and/or nets", "")),
    ],
)
def test_credit_at_the_end_of_a_caption(caption: str, parts: tuple[str, str]) -> None:
    """The caption and whom the picture is from."""
    assert parts == split_credit(caption)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"", "the page is empty"),
        (b" \n\x00 ", "the page is empty"),
        (b"%PDF-1.7 <<x>>", "this is not a web page"),
        (b'{"a": 1}', "this is not a web page"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 20, "this is not a web page"),
        (b"<html><body><nav><a href='/'>Home</a></nav></body></html>", "no readable text on the page"),
        (
            b"<html><body><p>Please enable JavaScript and cookies to continue to the page.</p></body></html>",
            "the page asks for a browser or a human instead of showing the article",
        ),
    ],
)  # fmt: skip
def test_pages_without_an_article_are_refused(page: bytes, reason: str) -> None:
    """One line says why there is nothing to read."""
    with pytest.raises(NoArticle) as refusal:
        extract_page(page)
    assert reason == str(refusal.value)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_a_stray_control_character_leaves_a_page_readable(charset: str) -> None:
    """Some publishers' systems let one through."""
    page = f"<html><body><p>\x02{SENTENCE * 3}\x00</p></body></html>".encode(charset)
    assert extract_page(page).text == (SENTENCE * 3).strip()


def awkward_pages() -> Iterator[bytes]:
    """Pages that break parsers."""
    paragraph = f"<p>{SENTENCE * 3}</p>".encode()
    yield b"<html><body>" + b"<div>" * 3_000 + paragraph
    yield b"<html><body><p>" + b"<b>" * 3_000 + paragraph
    yield b"<" * 100_000
    yield b'<?xml version="1.0" encoding="utf-16"?><html><body>' + paragraph * 3
    yield b'<script type="application/ld+json">' + b"[" * 50_000 + b"</script>" + paragraph * 3
    yield b"<html><frameset><frame></frameset></html>"


def test_awkward_pages_are_read_or_refused() -> None:
    """Nesting without end, wrong declarations and debris raise nothing but NoArticle."""
    for page in awkward_pages():
        try:
            assert extract_page(page).text
        except NoArticle:
            continue


def test_a_huge_page_is_cut_instead_of_read_for_minutes() -> None:
    """Past the most elements a page can sensibly have, the rest is left out, the start is not."""
    tree = page_tree(b"<html><body><p>The start</p>" + b"<i></i>" * 60_000 + b"</body></html>")
    assert (sum(1 for _ in tree.iter()), tree.findtext(".//p")) == (20_000, "The start")


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 3000))
def test_damaged_pages_are_read_or_refused(noise: bytes, place: int) -> None:
    """Any bytes in the middle of a page leave storable text or NoArticle."""
    body = (DATA / "de_news.html").read_bytes()
    try:
        article = extract_page(body[:place] + noise + body[place:])
    except NoArticle:
        return
    assert "\x00" not in article.text
    assert article.text.encode()


# ------------------------------------------------------------------------------------- entries

ENTRY = Entry(
    url=URL,
    title="Ferry sails &amp; returns",
    summary="<p>At six.</p><p>Caf&eacute; open.</p>",
    authors=("Tom Reed",),
    published=DAY.replace(hour=9),
    language="en-GB",
)


def test_feed_text_becomes_paragraphs_with_entities_decoded() -> None:
    """HTML of an entry comes out as plain text, and the note is kept."""
    article = article_from_entry(ENTRY, outlet="Courier", note="HTTP 403")
    assert article == Article(
        title="Ferry sails & returns",
        text="At six.\n\nCafé open.",
        language=article.language,
        url=URL,
        outlet="Courier",
        authors=("Tom Reed",),
        published=ENTRY.published,
        source=TextSource.FEED_SUMMARY,
        note="HTTP 403",
    )


def test_feed_content_gives_its_captions_and_credits_apart() -> None:
    """Full content is preferred to the summary and cleaned like a page."""
    content = (
        f"<figure><img src='x'><figcaption>The quay (Photo: AP)</figcaption></figure><p>{SENTENCE}</p>"
        f"<p>{SENTENCE}</p><p>With reporting by AFP</p><p>The post X appeared first on Y.</p>"
    )
    article = article_from_entry(replace(ENTRY, content=content))
    assert article.text == f"{SENTENCE.strip()}\n\n{SENTENCE.strip()}"
    assert article.captions == ("The quay",)
    assert article.credits == ("Photo: AP", "With reporting by AFP")
    assert article.source == TextSource.FEED_CONTENT


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        ("<p>The ferry sailed.</p><p><a href='/x'>Read more</a></p>", "The ferry sailed."),
        ("The ferry sailed. Continue reading Ferry sails", "The ferry sailed."),
        ("The ferry sailed and [&#8230;]", "The ferry sailed and"),
        ("The ferry sailed and…", "The ferry sailed and…"),
        ("The pupils want to learn more.", "The pupils want to learn more."),
        ("Об этом мэр рассказал подробнее", "Об этом мэр рассказал подробнее"),
    ],
)
def test_invitations_to_read_on_are_no_part_of_feed_text(summary: str, text: str) -> None:
    """Links behind a teaser go, the ends of sentences stay."""
    assert text == article_from_entry(Entry(title="x", summary=summary)).text


def test_charset_of_a_page_may_be_declared_by_its_header_alone() -> None:
    """Where neither bytes nor the page tell, the Content-Type does."""
    text = "Zażółć gęślą jaźń, powiedział burmistrz miasta nad zatoką w poniedziałek."
    page = f"<html><body><p>{text}</p></body></html>".encode("iso-8859-2")
    assert text == extract_page(page, content_type="text/html; charset=iso-8859-2").text


def test_declared_language_is_used_where_the_text_says_too_little() -> None:
    """Short text is not guessed at."""
    assert article_from_entry(Entry(title="OK", language="uk-UA")).language == "uk"


def test_an_entry_of_a_title_alone_has_no_text() -> None:
    """Nothing is made up."""
    assert not article_from_entry(Entry(title="Ferry sails")).text


@pytest.mark.parametrize(
    ("content", "full"),
    [
        (f"<p>{SENTENCE * 10}</p>", True),
        (f"<p>{SENTENCE * 2}</p>" * 3, True),
        (f"<p>{SENTENCE}</p>", False),
        (f"<p>{SENTENCE * 20}</p><p>And then [&#8230;]</p>", False),
        (f"{SENTENCE * 20} ...", False),
        (f"<p>{SENTENCE * 20}</p><p><a href='/x'>Read more</a></p>", False),
        (f"<p>{SENTENCE * 20}</p><p><a href='/x'>Читать далее →</a></p>", False),
        ("<p>Share this article</p>" * 50, False),
        ("", False),
    ],
)
def test_full_content_is_told_from_a_teaser(content: str, full: bool) -> None:
    """Long or several paragraphs, and not cut off."""
    assert full == has_full_content(replace(ENTRY, content=content))


RIGHTS = (
    "all rights reserved", "все права защищены", "усі права захищені", "tous droits réservés", "todos los derechos reservados",
    "alle rechte vorbehalten", "ALL R\u0131GHT\u017f RESERVED", "TODOS LOS DERECHOS RESERVADOS", "ВСІ ПРАВА ЗАХИЩЕНІ", "© 2026", " ",
)  # fmt: skip


@given(st.lists(st.sampled_from(RIGHTS) | st.text(max_size=9), max_size=4).map("".join))
def test_a_fast_look_misses_no_claim_of_rights(line: str) -> None:
    """In capitals, with letters that only look like others, anywhere in a line."""
    assert bool(_RIGHTS.search(line)) == _claims_rights(line)


@given(st.lists(st.sampled_from((SENTENCE, SENTENCE[:80], SENTENCE[:79], "<p>", "</p>", "&#8230;")), max_size=16).map("".join))  # fmt: skip
def test_paragraphs_that_are_known_are_judged_as_those_that_are_not(content: str) -> None:
    """Short contents need no look; the paragraphs of others may be given."""
    entry = replace(ENTRY, content=content)
    assert has_full_content(entry) == has_full_content(entry, paragraphs(content))


def test_a_summary_is_never_the_whole() -> None:
    """However long, a summary does not spare the page."""
    assert not has_full_content(Entry(summary=SENTENCE * 50))


PAGE = Article(title="Ferry sails at dawn", text=SENTENCE * 9, published=DAY, language="en")


def test_page_text_is_used_and_the_feed_fills_the_gaps() -> None:
    """Author, address and the hour of publication come from the feed."""
    article = combine(ENTRY, PAGE, outlet="Courier", note="not shown")
    assert (PAGE.text, PAGE.title) == (article.text, article.title)
    assert (URL, ("Tom Reed",), ENTRY.published) == (
        article.url,
        article.authors,
        article.published,
    )
    assert (article.source, article.outlet, article.note) == (TextSource.PAGE, "Courier", "")


def test_without_a_page_the_feed_text_is_used_and_says_why() -> None:
    """The note names the reason."""
    article = combine(ENTRY, None, outlet="Courier", note="HTTP 403")
    assert (article.note, article.source) == ("HTTP 403", TextSource.FEED_SUMMARY)


def test_a_page_that_was_cut_short_loses_to_the_feed() -> None:
    """Behind a pay wall the feed may hold more."""
    entry = replace(ENTRY, content=f"<p>{SENTENCE * 30}</p>")
    article = combine(entry, PAGE, outlet="")
    assert article.source == TextSource.FEED_CONTENT
    assert article.note == "the page holds less of the text than the feed"


def test_a_page_title_that_has_nothing_of_the_feeds_is_not_believed() -> None:
    """A logo or a section name is no headline."""
    article = combine(ENTRY, replace(PAGE, title="Welcome"), outlet="")
    assert article.title == "Ferry sails & returns"
