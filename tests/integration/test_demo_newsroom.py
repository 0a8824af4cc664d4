"""The newsroom over real HTTP: feeds in every format, pages, validators, the clock."""

import json
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import feedparser
import httpx
import pytest
import trafilatura

from worker.demo.newsroom import Newsroom, Timeline
from worker.demo.outlets import OUTLETS, Format, Outlet
from worker.demo.pages import furniture
from worker.demo.piece import Piece, load_pieces
from worker.demo.thread import ServerThread

OUTLET = {outlet.slug: outlet for outlet in OUTLETS}
PIECE = {piece.slug: piece for piece in load_pieces()}


class Clock:
    """Unix seconds that move when told."""

    def __init__(self) -> None:
        self.now = 1_796_000_000.25

    def __call__(self) -> float:
        """The time."""
        return self.now


class Desk:
    """A newsroom, its clock, and a client that asks it."""

    def __init__(self, newsroom: Newsroom, clock: Clock, client: httpx.Client) -> None:
        self.newsroom = newsroom
        self.clock = clock
        self.client = client

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a path; underscores in header names stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(self.newsroom.url + path, headers=named)

    def play_to(self, seconds: float) -> None:
        """Start to play, if that is to do, and move the clock."""
        self.newsroom.play()
        self.clock.now += seconds - self.newsroom.elapsed


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """One client for all: making one takes longer than most tests."""
    with httpx.Client() as client:
        yield client


@pytest.fixture
def desk(client: httpx.Client) -> Iterator[Desk]:
    """A newsroom just opened, its clock standing still."""
    clock = Clock()
    with ServerThread(Newsroom(clock=clock)) as newsroom:
        yield Desk(newsroom, clock, client)


def entries(outlet: Outlet, answer: httpx.Response) -> list[dict[str, str]]:
    """URL, title and content of each entry, by a parser that had no part in writing them."""
    if outlet.format is Format.JSON:
        document = json.loads(answer.content)
        return [
            {"url": i["url"], "title": i["title"], "content": i.get("content_html", "")}
            for i in document["items"]
        ]
    parsed = feedparser.parse(answer.content, response_headers=dict(answer.headers))
    assert not parsed.bozo, parsed.get("bozo_exception")
    return [
        {
            "url": entry.link,
            "title": entry.title,
            "content": entry.content[0].value if "content" in entry else "",
        }
        for entry in parsed.entries
    ]


@pytest.mark.parametrize("slug", OUTLET)
def test_every_entry_comes_through(desk: Desk, slug: str) -> None:
    """After the last moment each feed holds every article of its outlet, and full text if it says."""
    outlet = OUTLET[slug]
    desk.play_to(60)
    for _ in range(outlet.stumbles):
        assert 500 == desk.get(outlet.feed_path).status_code
    found = entries(outlet, desk.get(outlet.feed_path))
    mine = [piece for piece in load_pieces() if piece.outlet == slug]
    urls = {desk.newsroom.url + piece.path(): piece.versions[-1].headline for piece in mine}
    assert urls == {entry["url"]: entry["title"] for entry in found}
    assert [outlet.full_text] * len(mine) == ["<p>" in entry["content"] for entry in found]


def test_feeds_are_what_they_say(desk: Desk) -> None:
    """Each XML format is named by feedparser; the JSON ones declare version 1.1."""
    versions = {Format.RSS2: "rss20", Format.RDF: "rss10", Format.ATOM: "atom10"}
    for outlet in OUTLETS:
        answer = desk.get(outlet.feed_path)
        if outlet.format is Format.JSON:
            assert "https://jsonfeed.org/version/1.1" == answer.json()["version"]
            assert all("content_html" in i or "content_text" in i for i in answer.json()["items"])
            continue
        parsed = feedparser.parse(answer.content)
        assert versions[outlet.format] == parsed.version
        assert (outlet.name, outlet.language) == (parsed.feed.title, parsed.feed.language)


def test_older_articles_are_there_before_play(desk: Desk) -> None:
    """Before play each feed holds its older articles alone, dated with the day they tell of."""
    assert not desk.newsroom.finished
    for outlet in OUTLETS:
        mine = {
            desk.newsroom.url + piece.path()
            for piece in load_pieces()
            if piece.outlet == outlet.slug and piece.visible is None
        }
        assert mine == {entry["url"] for entry in entries(outlet, desk.get(outlet.feed_path))}
    parsed = feedparser.parse(desk.get(OUTLET["meridian-wire"].feed_path).content)
    assert "2018-03-19" in {time.strftime("%Y-%m-%d", e.published_parsed) for e in parsed.entries}


def test_an_article_appears_at_its_moment(desk: Desk) -> None:
    """Neither feed nor page shows it sooner; then both do, dated now, and the moment is kept."""
    piece = PIECE["sulawesi-earthquake"]
    assert piece.visible is not None
    outlet, url = OUTLET[piece.outlet], desk.newsroom.url + piece.path()
    desk.play_to(piece.visible - 0.01)
    assert 404 == desk.get(piece.path()).status_code
    assert url not in {entry["url"] for entry in entries(outlet, desk.get(outlet.feed_path))}
    assert url not in desk.newsroom.publications
    desk.play_to(piece.visible + 0.01)
    assert 200 == desk.get(piece.path()).status_code
    parsed = feedparser.parse(desk.get(outlet.feed_path).content)
    assert url == parsed.entries[0].link
    moment = desk.newsroom.publications[url]
    assert pytest.approx(desk.clock.now - 0.01, abs=0.001) == moment
    published = parsedate_to_datetime(parsed.entries[0].published).timestamp()
    assert int(moment) == published


def test_an_edit_changes_feed_and_page(desk: Desk) -> None:
    """The revised version keeps URL and publication, and changes headline, text and update."""
    piece = PIECE["helsinki-talks"]
    first, later = piece.versions
    outlet, url = OUTLET[piece.outlet], desk.newsroom.url + piece.path()
    assert first.visible is not None
    assert later.visible is not None
    seen = []
    for moment, version in ((first.visible, first), (later.visible, later)):
        desk.play_to(moment + 0.1)
        entry = feedparser.parse(desk.get(outlet.feed_path).content).entries[0]
        page = desk.get(piece.path()).text
        assert (url, version.headline) == (entry.link, entry.title)
        assert version.paragraphs[2] in page
        seen.append((entry.id, entry.published, desk.newsroom.publications[url]))
        assert (version is later) == (entry.updated != entry.published)
    assert seen[0] == seen[1]


def test_everything_is_published_in_time() -> None:
    """The timeline lasts 15 to 20 seconds and its moments are in order."""
    timeline = Timeline.of(load_pieces())
    times = [moment.at for moment in timeline.moments]
    assert sorted(times) == times
    assert 15 <= timeline.duration <= 20
    assert len([moment for moment in timeline.moments if moment.first]) >= 25
    assert 0 == Timeline.of(()).duration


@pytest.mark.parametrize("slug", OUTLET)
def test_unchanged_feeds_and_pages_answer_304(desk: Desk, slug: str) -> None:
    """The validators sent come back as 304 without a body until something is published."""
    outlet = OUTLET[slug]
    moments = [m for m in desk.newsroom.timeline.moments if m.piece.outlet == slug]
    first = desk.get(outlet.feed_path)
    assert (outlet.etag, outlet.last_modified) == (
        "ETag" in first.headers,
        "Last-Modified" in first.headers,
    )
    known = {}
    if outlet.etag:
        known["If_None_Match"] = first.headers["ETag"]
    if outlet.last_modified:
        known["If_Modified_Since"] = first.headers["Last-Modified"]
    again = desk.get(outlet.feed_path, **known)
    assert (304, b"") == (again.status_code, again.content)
    desk.play_to(moments[0].at + 0.1)
    for _ in range(outlet.stumbles):
        desk.get(outlet.feed_path)
    assert 200 == desk.get(outlet.feed_path, **known).status_code


def test_a_page_answers_304_too(desk: Desk) -> None:
    """A page with the entity tag it was given is not sent again."""
    path = PIECE["roast-turkey"].path()
    page = desk.get(path)
    again = desk.get(path, If_None_Match=f'"other", W/{page.headers["ETag"]}')
    assert (304, b"") == (again.status_code, again.content)


@pytest.mark.parametrize("since", ["yesterday", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_date_that_says_nothing_brings_the_feed(desk: Desk, since: str) -> None:
    """A malformed or old If-Modified-Since is answered with the whole feed."""
    path = OUTLET["le-quai"].feed_path
    assert 200 == desk.get(path, If_Modified_Since=since).status_code


def test_one_feed_fails_after_play_begins_and_recovers(desk: Desk) -> None:
    """Its first poll finds it well, the next ones after the start of play fail, then it is back."""
    (outlet,) = [outlet for outlet in OUTLETS if outlet.stumbles]
    statuses = [desk.get(outlet.feed_path).status_code]
    desk.play_to(5)
    statuses += [desk.get(outlet.feed_path).status_code for _ in range(outlet.stumbles + 2)]
    assert [200, *[500] * outlet.stumbles, 200, 200] == statuses
    assert outlet.stumbles == desk.newsroom.log.failures


def test_requests_are_counted(desk: Desk) -> None:
    """The log tells polls, 304s, pages and requests for nothing apart."""
    feed, page = OUTLET["volna"].feed_path, PIECE["roast-turkey"].path()
    tag = desk.get(feed).headers["ETag"]
    desk.get(feed, If_None_Match=tag)
    desk.get(page)
    missing = [desk.get(p).status_code for p in ("/volna/none", "/none/rss.xml", "/none/")]
    log = desk.newsroom.log
    assert [404, 404, 404] == missing
    assert (2, 1, 1, 3) == (log.polls, log.not_modified, log.pages, log.missing)
    assert {"volna": 2} == log.by_feed
    assert {desk.newsroom.url + page: 1} == log.by_page


def test_a_front_page_tells_of_its_feed(desk: Desk) -> None:
    """A reader can find the feed from the outlet's front page, which is no feed itself."""
    for outlet in OUTLETS:
        front = desk.get(f"/{outlet.slug}/")
        assert front.headers["Content-Type"].startswith("text/html")
        assert f'href="{desk.newsroom.feeds[outlet.slug]}"' in front.text


def readable(piece: Piece, html: bytes) -> str:
    """What trafilatura finds on a page."""
    found = trafilatura.extract(
        html, include_comments=False, include_tables=False, favor_precision=True
    )
    assert found is not None, piece.slug
    return str(found)


@pytest.mark.parametrize("slug", OUTLET)
def test_an_extractor_finds_the_text_and_nothing_round_it(desk: Desk, slug: str) -> None:
    """An independent extractor gets at least nine words in ten, and no menu, notice, teaser or footer."""
    desk.play_to(60)
    for piece in (piece for piece in load_pieces() if piece.outlet == slug):
        html = desk.get(piece.path()).content
        found = readable(piece, html)
        version = piece.versions[-1]
        whole = [p for p in version.paragraphs if p in " ".join(found.split())]
        share = sum(len(p) for p in whole) / sum(len(p) for p in version.paragraphs)
        assert share >= 0.9, piece.slug
        stray = [phrase for phrase in furniture(OUTLET[slug].language)[:-3] if phrase in found]
        assert [] == stray, piece.slug
        others = [p for p in load_pieces() if p is not piece]
        assert [] == [p.slug for p in others if p.versions[-1].headline in found], piece.slug
        page = html.decode()
        assert all(text in page for text in ("<figcaption", "cookie", "newsletter", "footer"))


def test_teasers_name_the_watched_on_pages_of_others(desk: Desk) -> None:
    """Somebody watched stands on the page of an article that does not mention him."""
    desk.play_to(PIECE["school-drill"].visible or 0)
    page = desk.get(PIECE["school-drill"].path()).text
    assert "Putin" in page


def test_the_thread_ends_when_the_server_cannot_start() -> None:
    """A server that fails to open leaves no thread behind and says why."""

    class Broken:
        async def start(self) -> None:
            raise OSError("port in use")

        async def stop(self) -> None:
            raise AssertionError("never opened")

    thread = ServerThread(Broken())
    with pytest.raises(OSError, match="port in use"):
        thread.start()
    thread.stop()
    assert thread._thread is None
