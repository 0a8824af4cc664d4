"""What is written as feeds.yaml is read as the same feeds again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from worker.catalogue import (
    Catalogue,
    DeclaredFeed,
    DeclaredHost,
    Withheld,
    read_catalogue,
    write_catalogue,
)
from worker.model import Feed, FeedOptions, FeedState

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TEXT = st.one_of(
    st.sampled_from(["null", "yes", "~", "1.50", "${x}", "$${", "- a", "a: b", "'", "№ 1", "😀"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=9),
)
LENGTH = st.integers(5, 30 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
MAYBE_LENGTH = st.none() | LENGTH
HEADERS = st.dictionaries(
    st.sampled_from(["Accept-Language", "X-One", "X-Two"]), st.sampled_from(["de", "${A}", "no"])
)
LOGIN = st.sampled_from([("", "", ""), ("me", "${A}", ""), ("me", "", ""), ("", "", "x${A}")])


@st.composite
def stored_feeds(draw: st.DrawFn, number: int) -> Feed:
    """A feed as feeds.yaml can declare it."""
    user, password, bearer = draw(LOGIN)
    shortest, longest = sorted([draw(LENGTH), draw(LENGTH)])
    bounded = draw(st.booleans())
    return Feed(
        id=number,
        name=f"feed-{number}",
        url=draw(st.sampled_from(["https://p.example/{}", "http://p.example/{}?k=${{A}}"])).format(
            number
        ),
        next_poll_at=NOW,
        outlet=draw(st.just("") | TEXT),
        language=draw(st.sampled_from(["", "no", "de"])),
        tags=tuple(draw(st.lists(TEXT, max_size=3, unique=True))),
        state=draw(st.sampled_from([FeedState.ACTIVE, FeedState.PAUSED])),
        interval=None if bounded else draw(MAYBE_LENGTH),
        backfill=draw(st.integers(0, 999)),
        options=FeedOptions(
            headers=draw(HEADERS),
            user=user,
            password=password,
            bearer=bearer,
            proxy=draw(st.sampled_from(["", "none", "http://a:${A}@p.example:1"])),
            certificate=draw(st.sampled_from(["", "/a b/c.pem", "${A}.pem"])),
            robots=draw(st.booleans()),
            flood_gate=draw(st.booleans()),
            crawl_delay=draw(MAYBE_LENGTH),
            silent_after=draw(MAYBE_LENGTH),
            interval_min=shortest if bounded else None,
            interval_max=longest if bounded else None,
        ),
    )


def read(text: str) -> Catalogue:
    """The catalogue a text declares."""
    return read_catalogue(text, filename="feeds.yaml", environ={"A": "a"})


@given(st.integers(0, 3).flatmap(lambda n: st.tuples(*(stored_feeds(one) for one in range(n)))))
def test_what_is_written_is_read_again(stored: tuple[Feed, ...]) -> None:
    """Whatever a feed has: texts that look like something else, references, options, paces."""
    text, withheld = write_catalogue(stored)
    assert () == withheld
    expected = [
        DeclaredFeed(
            name=feed.name,
            url=feed.url,
            outlet=feed.outlet,
            language=feed.language,
            tags=feed.tags,
            interval=feed.interval,
            backfill=feed.backfill,
            paused=True if feed.state is FeedState.PAUSED else None,
            options=feed.options,
        )
        for feed in stored
    ]
    assert expected == list(read(text).feeds)


def test_hosts_are_written_with_their_delays() -> None:
    """As they are declared."""
    hosts = tuple(
        DeclaredHost(name=name, crawl_delay=timedelta(seconds=seconds))
        for name, seconds in (("a.example", 90), ("b.example:81", 0.25))
    )
    assert hosts == read(write_catalogue((), hosts)[0]).hosts


def test_each_secret_in_clear_has_a_variable_of_its_own() -> None:
    """Also where two names would make the same one."""
    feed = Feed(id=1, name="a", url="https://a.example/", next_poll_at=NOW)
    one = replace(feed, options=FeedOptions(headers={"B-Password": "1"}))
    two = replace(feed, name="a-b", options=FeedOptions(user="me", password="2"))

    text, withheld = write_catalogue([one, two])

    assert (
        Withheld("FEED_A_B_PASSWORD", "a", "header B-Password"),
        Withheld("FEED_A_B_PASSWORD_2", "a-b", "password"),
    ) == withheld
    assert "B-Password: ${FEED_A_B_PASSWORD}" in text
    assert "password: ${FEED_A_B_PASSWORD_2}" in text


def test_a_retired_feed_is_declared_as_paused() -> None:
    """What is gone is not polled elsewhere either."""
    feed = Feed(id=1, name="a", url="https://a.example/", next_poll_at=NOW, state=FeedState.RETIRED)
    assert True is read(write_catalogue([feed])[0]).feeds[0].paused
