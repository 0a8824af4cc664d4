"""What a page says of its article: title, authors, times, section, addresses, form, and walls."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from worker.articles.extract import extract_page
from worker.articles.facts import PageFacts, page_facts
from worker.articles.forms import form_of
from worker.articles.page import page_text, page_tree
from worker.articles.times import printed_day
from worker.articles.walls import asks_for_money
from worker.model import Form

URL = "https://www.courier.example/world/2026/03/02/ferry-stays"
STORY = "".join(
    f"<p>The ferry left the quay at six with forty passengers and {n} pianos on board, the mayor said.</p>"
    for n in range(6)
)
NINE = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


def facts(head: str = "", body: str = "", url: str = URL) -> PageFacts:
    """Of a page with this head and body."""
    page = f"<html lang='en-GB'><head>{head}</head><body>{body}</body></html>"
    return page_facts(page_tree(page_text(page)), url)


def linked(**values: Any) -> str:
    """A script with the JSON-LD of one news article."""
    node = {"@context": "https://schema.org", "@type": "NewsArticle"} | values
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def meta(**values: str) -> str:
    """Meta elements; double underscores are colons."""
    return "".join(
        f'<meta property="{name.replace("__", ":")}" content="{value}">'
        for name, value in values.items()
    )


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        (meta(og__title="Ferry stays | Courier", og__site_name="Courier"), "", "Ferry stays"),
        (meta(og__title="Ferry stays - The Courier", og__site_name="Courier"), "", "Ferry stays"),
        (
            meta(og__title="Ferry stays - for now", og__site_name="Courier"),
            "",
            "Ferry stays - for now",
        ),
        ("<title>Ferry stays | Daily Ledger</title>", "", "Ferry stays"),
        (meta(og__title="Ferry stays│Courier.example", og__site_name="CE"), "", "Ferry stays"),
        (meta(og__title="轮渡将继续运行-信使报", og__site_name="信使报"), "", "轮渡将继续运行"),
        (meta(og__title="Old ferry stays"), "<h1>Harbour Old ferry stays</h1>", "Old ferry stays"),
        ("<title>The Courier</title>", "<h1>Ferry stays for winter</h1>", "Ferry stays for winter"),
        (linked(headline="Ferry stays"), "", "Ferry stays"),
        (
            "<title>FERRY STAYS | Courier</title>",
            "<h1>Courier</h1><h1>Ferry Stays</h1>",
            "Ferry Stays",
        ),
        ("", "<h1>Ferry stays</h1>", "Ferry stays"),
    ],
)
def test_title_is_the_headline_without_the_outlet(head: str, body: str, title: str) -> None:
    """Whatever the page holds: OpenGraph, JSON-LD, title or a printed headline."""
    assert title == facts(head, body).title


@pytest.mark.parametrize(
    ("head", "body", "authors"),
    [
        (linked(author={"@type": "Person", "name": "Ingrid Salt"}), "", ("Ingrid Salt",)),
        (
            linked(author=[{"name": "Ann Other"}, {"name": "Tom Reed"}]),
            "",
            ("Ann Other", "Tom Reed"),
        ),
        (linked(author="By Ann Other and Tom Reed"), "", ("Ann Other", "Tom Reed")),
        (meta(author="Ann Other, Reuters"), "", ("Ann Other", "Reuters")),
        (
            meta(article__author="https://social.example/ann") + meta(author="Ann Other"),
            "",
            ("Ann Other",),
        ),
        (meta(author="Courier", og__site_name="The Courier"), "", ()),
        (meta(author="newsroom@courier.example"), "", ()),
        ("", "<p class='byline'>By Ann Other</p>", ("Ann Other",)),
        ("", "<p class='byline'>Veröffentlicht vonChris Jung</p>", ("Chris Jung",)),
        (meta(author="Byron Parker"), "", ("Byron Parker",)),
        ("", "<p class='comment-author'>Troll</p><p class='author'>Ann Other</p>", ("Ann Other",)),
        ("", "<div class='article-author'>Автор: Анна Иная</div>", ("Анна Иная",)),
        ("", "<a rel='author' href='/ann'>Ann Other</a>", ("Ann Other",)),
    ],
)
def test_authors_are_named_one_by_one(head: str, body: str, authors: tuple[str, ...]) -> None:
    """Without "By", addresses and the outlet itself."""
    assert authors == facts(head, body).authors


def test_references_in_linked_data_are_followed() -> None:
    """An author may stand elsewhere in the graph; an article among others is told by its address."""
    graph = {
        "@graph": [
            {"@type": "Person", "@id": "#ann", "name": "Ann Other"},
            {
                "@type": "NewsArticle",
                "url": "https://courier.example/else",
                "headline": "Something else",
            },
            {
                "@type": "NewsArticle",
                "url": URL,
                "headline": "Ferry stays",
                "author": {"@id": "#ann"},
            },
        ]
    }
    found = facts(f'<script type="application/ld+json">{json.dumps(graph)}</script>')
    assert ("Ferry stays", ("Ann Other",)) == (found.title, found.authors)


@pytest.mark.parametrize(
    ("head", "body", "published"),
    [
        (linked(datePublished="2026-03-02T10:15:00+01:00"), "", NINE),
        (linked(datePublished="2026-03-02T10:15:00") + meta(article__published_time="2026-03-02T10:15:00+0100"), "", NINE),
        (meta(article__published_time="2026-03-02 09:15:00 UTC"), "", NINE),
        (meta(pubdate="Mon, 02 Mar 2026 10:15:00 +0100"), "", NINE),
        (meta(publish_date="1772442900"), "", NINE),
        ("", "<time itemprop='datePublished' datetime='2026-03-02T09:15Z'>today</time>", NINE),
        ("", "<time datetime='2026-03-02T09:15Z'>today</time>", NINE),
        ("", "", NINE.replace(hour=0, minute=0)),
        ("", "<p class='post-date'>7. März 2026</p>", NINE.replace(hour=0, minute=0)),
        (linked(datePublished="0000-00-00"), "", NINE.replace(hour=0, minute=0)),
    ],
)  # fmt: skip
def test_published_is_read_with_its_zone(head: str, body: str, published: datetime) -> None:
    """From linked data, meta and time elements, at last the address; a named zone is believed first."""
    assert published == facts(head, body).published


@pytest.mark.parametrize(
    "text",
    [
        "2 March 2026", "2nd of March 2026, 10:15", "March 2, 2026", "Mon, Mar 2 2026", "2. März 2026", "2 mars 2026",
        "2 de marzo de 2026", "2 марта 2026 года", "2 березня 2026", "02.03.2026 | 10:15", "2026/3/2", "2026年3月2日",
    ],
)  # fmt: skip
def test_printed_dates_are_read(text: str) -> None:
    """As people write them, in seven languages."""
    assert printed_day(text) == "2026-03-02"


@pytest.mark.parametrize("text", ["02/03/2026", "32 March 2026", "2 Smarch 2026", "March 2026", ""])
def test_what_may_be_another_day_is_none(text: str) -> None:
    """A date that depends on the country is not guessed at."""
    assert not printed_day(text)


def test_a_printed_date_is_the_last_resort() -> None:
    """Where neither head, time element nor address tell."""
    page = "<p class='comment-date'>1 May 2020</p><p class='post-date'>7. März 2026</p>"
    found = facts("", page, "https://www.courier.example/ferry").published
    assert found == datetime(2026, 3, 7, tzinfo=UTC)


def test_modified_never_comes_before_published() -> None:
    """What a template fills in with nonsense is left out."""
    times = {"datePublished": "2026-03-02T09:15Z", "dateModified": "2026-03-02T11:00Z"}
    assert NINE.replace(hour=11, minute=0) == facts(linked(**times)).modified
    assert facts(linked(**times | {"dateModified": "2020-01-01"})).modified is None


def test_section_addresses_image_and_language() -> None:
    """Relative addresses are made absolute; a canonical address of the front page is none."""
    found = facts(
        '<link rel="canonical" href="/world/ferry"><meta property="og:image" content="/a.jpg">'
        + meta(article__section="World", og__site_name="The Courier")
    )
    assert ("https://www.courier.example/world/ferry", "https://www.courier.example/a.jpg") == (
        found.canonical,
        found.image,
    )
    assert ("World", "The Courier", "en") == (found.section, found.outlet, found.language)
    assert not facts('<link rel="canonical" href="/">').canonical
    assert (
        facts(linked(image={"url": "https://cdn.example/b.jpg"})).image
        == "https://cdn.example/b.jpg"
    )
    assert facts(linked(articleSection=["Sport", "Rowing"])).section == "Sport"


def test_the_last_step_above_the_page_is_its_section() -> None:
    """Where nothing else names it."""
    crumbs = {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "name": name}
            for n, name in enumerate(("Home", "Europe", "Ferry stays"))
        ],
    }
    head = f'<script type="application/ld+json">{json.dumps(crumbs)}</script>'
    assert facts(head + meta(og__title="Ferry stays")).section == "Europe"


@pytest.mark.parametrize(
    ("url", "title", "kinds", "og_type", "form"),
    [
        (URL, "Ferry stays", "", "article", Form.ARTICLE),
        (URL, "Ferry stays", "LiveBlogPosting", "", Form.LIVE),
        ("https://x.example/world/live/2026/mar/02/vote", "Vote", "", "", Form.LIVE),
        ("https://x.example/live/vote?page=with:block-5f3a9c", "Vote", "", "", Form.LIVE_UPDATE),
        ("https://x.example/liveblog/vote#post-22791", "Vote", "", "", Form.LIVE_UPDATE),
        (URL, "Vote: live updates", "", "", Form.LIVE),
        (URL, "Live music returns to the harbour", "", "", Form.ARTICLE),
        ("https://x.example/olive/oil", "Olive oil", "", "", Form.ARTICLE),
        ("https://x.example/in-pictures/storm", "Storm", "", "", Form.GALLERY),
        (URL, "Storm", "ImageGallery", "", Form.GALLERY),
        ("https://x.example/news/videos/storm", "Storm", "", "", Form.VIDEO),
        (URL, "Storm", "", "video.other", Form.VIDEO),
    ],
)
def test_pages_that_are_no_plain_articles_are_told(
    url: str, title: str, kinds: str, og_type: str, form: Form
) -> None:
    """By type, address or headline; a word that only looks like it does not count."""
    assert form == form_of(url, title, frozenset(filter(None, [kinds])), og_type)


@pytest.mark.parametrize(
    "line",
    [
        "Subscribe to continue reading.",
        "To continue reading, log in or create an account.",
        "This article is for subscribers only.",
        "Cet article est réservé aux abonnés.",
        "Il vous reste 75% de cet article à lire.",
        "Jetzt weiterlesen",
        "Contenido exclusivo para suscriptores",
        "Доступно только по подписке",
        "Лише для передплатників",
    ],
)
def test_walls_are_told(line: str) -> None:
    """In six languages."""
    assert asks_for_money(line)


@pytest.mark.parametrize(
    "line",
    [
        "Sign up for our morning newsletter.",
        "The union asked its members to subscribe to the fund.",
        "Подпишитесь на наш канал",
    ],
)
def test_offers_are_no_walls(line: str) -> None:
    """Whoever offers a newsletter holds nothing back."""
    assert not asks_for_money(line)


@pytest.mark.parametrize(
    ("head", "tail", "walled", "cut"),
    [
        ("", "", False, ""),
        (linked(isAccessibleForFree="False"), "", True, ""),
        (meta(article__content_tier="locked"), "<p>The council then</p>", True, "a sentence is cut off at its end"),
        ("", "<p>Subscribe to continue reading.</p>", True, "the page asks to subscribe"),
        ("", "<p>The mayor, who had come by bus, said that…</p>", False, "it ends in an ellipsis"),
        (linked(wordCount=900), "", False, "108 of the 900 words the page counts"),
    ],
)  # fmt: skip
def test_walls_and_cut_texts_are_said(head: str, tail: str, walled: bool, cut: str) -> None:
    """A reader learns that, and why, the text is not the whole."""
    page = f"<html><head>{head}</head><body><article>{STORY}{tail}</article></body></html>"
    article = extract_page(page, url=URL)
    assert (walled, cut) == (article.walled, article.cut)


def test_a_text_only_linked_data_hold_is_used() -> None:
    """A page that scripts fill in is read all the same."""
    text = "The ferry left the quay at six with forty passengers and a piano on board. " * 6
    page = f"<html><head>{linked(headline='Ferry', articleBody=text)}</head><body></body></html>"
    assert text.strip() == extract_page(page, url=URL).text


def test_a_gallery_is_what_stands_under_its_pictures() -> None:
    """Its captions are its text, behind what leads into them; credits stay apart."""
    pictures = "".join(
        f"<figure><img src='{n}.jpg'><figcaption>The ferry on day {n} of the storm, seen from the old quay. "
        "Photo: Dan Mast/AP</figcaption></figure>"
        for n in range(3)
    )
    page = f"<html><body><main><h1>The storm</h1><div class='gallery'>{pictures}</div></main></body></html>"
    article = extract_page(page, url="https://courier.example/in-pictures/storm")
    assert article.form is Form.GALLERY
    assert article.text.startswith(
        "The ferry on day 0 of the storm, seen from the old quay.\n\nThe ferry on day 1"
    )
    assert (article.captions, article.credits) == ((), ("Photo: Dan Mast/AP",))


def test_a_live_blog_is_read_with_all_its_posts() -> None:
    """Each with its heading, and told to be one."""
    posts = "".join(
        f"<article class='post' id='post-{n}'><time datetime='2026-03-02T0{n}:00Z'>0{n}:00</time>"
        f"<h2>Update {n}</h2><p>The council heard witness number {n}, who had seen the ferry leave at six.</p></article>"
        for n in range(8)
    )
    page = f"<html><head><title>Vote: live updates</title></head><body><main>{posts}</main></body></html>"
    article = extract_page(page, url="https://courier.example/vote")
    assert article.form is Form.LIVE
    assert all(f"Update {n}" in article.text and f"number {n}," in article.text for n in range(8))
