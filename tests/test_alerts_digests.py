"""What a digest holds: each story once for a watch, the most reported first, never too much."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from worker.alerts.digests import LISTED, MOST_LISTED, MOST_WATCHES, Waited, choose, make_digest
from worker.model import Digest, StoryLine

NOW = datetime(2026, 3, 19, 8, 0, tzinfo=UTC)


def waited(
    watch_id: int, story_id: int, *, item_id: int = 0, reason: str = "quiet hours"
) -> Waited:
    """A match that waited."""
    at = NOW - timedelta(minutes=story_id)
    return Waited(
        watch_id=watch_id, story_id=story_id, item_id=item_id or story_id, reason=reason, at=at
    )


def made(all_of_them: list[Waited], outlets: dict[int, int] | None = None) -> Digest:
    """The digest of what waited."""
    listed = choose(all_of_them, outlets or {})
    lines = {
        one.pair: StoryLine(
            story_id=one.story_id,
            title=f"Story {one.story_id}",
            url="",
            outlet="",
            outlets=1,
            at=NOW,
        )
        for one in listed
    }
    watches = {one.watch_id: (f"watch {one.watch_id}", "q") for one in all_of_them}
    return make_digest(all_of_them, listed, lines, watches, title="Digest", until=NOW)


def test_each_story_stands_once_under_each_watch_with_its_reason() -> None:
    """A story that waited twice for one watch is shown by its first match, and counted once in all."""
    digest = made(
        [
            waited(1, 7, item_id=70),
            waited(1, 7, item_id=71, reason="storm of alerts"),
            waited(2, 7, item_id=70, reason="cap of the hour reached"),
        ]
    )
    assert 1 == digest.total
    assert [(1, "quiet hours"), (2, "cap of the hour reached")] == [
        (section.watch_id, one.reason) for section in digest.sections for one in section.stories
    ]
    assert NOW - timedelta(minutes=7) == digest.since


def test_what_most_outlets_report_comes_first() -> None:
    """Then the newest; watches with most stories first."""
    digest = made([waited(1, 9), *(waited(2, n) for n in (1, 2, 3))], {2: 40, 1: 3, 3: 3})
    assert [2, 1] == [section.watch_id for section in digest.sections]
    assert [2, 3, 1] == [one.story_id for one in digest.sections[0].stories]


def test_of_very_many_stories_some_are_listed_and_all_are_counted() -> None:
    """A watch with a hundred stories lists thirty."""
    digest = made([waited(1, n) for n in range(1, 101)])
    (section,) = digest.sections
    assert (LISTED, 100, 100) == (len(section.stories), section.total, digest.total)


def test_after_a_storm_over_many_watches_a_mail_can_still_be_read() -> None:
    """Three stories for each of a hundred watches at least, and how many watches there are more."""
    digest = made([waited(watch, n) for watch in range(1, 301) for n in range(1, 11)])
    assert MOST_WATCHES == len(digest.sections)
    assert 200 == digest.more_watches
    assert MOST_LISTED >= sum(len(section.stories) for section in digest.sections)
    assert 10 == digest.total


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 20)), min_size=1))
def test_nothing_that_waited_is_lost(given_rows: list[tuple[int, int, int]]) -> None:
    """Every pair of watch and story is counted in its section, and listed where there is room."""
    rows = [waited(watch, story, item_id=story * 100 + item) for watch, story, item in given_rows]
    digest = made(rows)
    pairs = {(one.watch_id, one.story_id) for one in rows}
    assert pairs == {
        (section.watch_id, one.story_id) for section in digest.sections for one in section.stories
    }
    assert len(pairs) == sum(section.total for section in digest.sections)
