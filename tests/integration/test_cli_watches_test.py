"""``tocsin watches test``: a query tried on the articles of the past."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.integration.archive import Archive, putin
from tests.integration.command import Run, one_line
from worker.store.engine import run

DAY = timedelta(days=1)


@pytest.fixture
def archive(engine: Engine) -> Archive:
    """Two stories of Putin, one of them told twice and one in a baseline; and other news."""
    made = Archive(engine)
    helsinki = "The leaders met in Helsinki. Putin arrived late."
    first = made.add("Talks open", helsinki, ago=3 * DAY, mentions=(putin(helsinki),))
    made.add(
        "Talks opened",
        helsinki,
        ago=2 * DAY,
        feed="courier",
        mentions=(putin(helsinki),),
        story=made.story_of(first),
    )
    old = "Putin spoke in Sochi."
    made.add("A speech", old, ago=2 * DAY, mentions=(putin(old),), baseline=True)
    made.add("Storm over the bay", "A storm broke over the bay.", ago=2 * DAY)
    made.add("Storm again", "Another storm came.", ago=20 * DAY)
    return made


def tried(tocsin: Run, *arguments: str) -> dict[str, Any]:
    """What a trial tells as JSON."""
    done = tocsin("watches", "test", *arguments, "--json")
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_matches_stories_and_alerts_are_counted(tocsin: Run, archive: Archive) -> None:
    """A story rings once, a baseline never; days are counted apart; nothing is stored."""
    found = tried(tocsin, 'person:"Vladimir Putin"')
    assert (4, 3, 2, 1) == tuple(found[n] for n in ("articles", "matches", "stories", "alerts"))
    assert {
        "first report of this story": 1,
        "already rung for this story": 1,
        "was there when the feed was added": 1,
    } == found["reasons"]
    assert [(1, 1), (2, 0)] == [(one["matches"], one["alerts"]) for one in found["chart"]]
    (sample,) = found["samples"]
    assert ("Talks open", "Gazette", True) == tuple(
        sample[n] for n in ("title", "outlet", "announced")
    )
    ((start, end),) = sample["highlights"]
    assert "Putin" == sample["excerpt"][start:end]
    with archive.engine.connect() as connection:
        assert [] == run(connection, "SELECT * FROM match")


def test_how_far_back_is_asked(tocsin: Run, archive: Archive) -> None:
    """A length of time; nonsense is refused."""
    assert 1 == tried(tocsin, "storm")["matches"]
    assert 2 == tried(tocsin, "storm", "--since", "30d")["matches"]
    assert "--since 'soon' is no length of time" in one_line(
        tocsin("watches", "test", "storm", "--since", "soon")
    )


def test_a_screen_of_it(tocsin: Run, archive: Archive) -> None:
    """The chart, the numbers, the clauses, and the evidence between asterisks."""
    shown = tocsin("watches", "test", 'person:"Vladimir Putin" OR storm', "-n", "2").stdout
    assert "4 articles of 2 feeds in 7 d" in shown
    assert "█" in shown
    assert "░" in shown
    assert "4 matches in 3 stories: 2 alerts" in shown
    assert 'person:"Vladimir Putin"  3\nstorm                    1' in shown
    assert "A *storm* broke over the bay." in shown
    assert "*Putin* arrived late." in shown
    assert "Too broad" not in shown  # of four articles


def test_a_change_is_compared_with_the_present_query(tocsin: Run, archive: Archive) -> None:
    """What it adds and what it removes, with samples; the watch stays as it is."""
    tocsin("watches", "add", "putin", 'person:"Vladimir Putin"')
    change = tried(tocsin, "putin", "--query", "Helsinki OR storm")["change"]
    assert (1, 1) == (change["added"], change["removed"])
    assert ["Storm over the bay"] == [one["title"] for one in change["added_samples"]]
    assert ["A speech"] == [one["title"] for one in change["removed_samples"]]
    shown = tocsin("watches", "test", "putin", "--query", "Helsinki OR storm").stdout
    assert "1 match more, 1 fewer" in shown
    (watch,) = json.loads(tocsin("watches", "list", "--json").stdout)
    assert 'person:"Vladimir Putin"' == watch["query"]


def test_where_nothing_is_found_it_says_what_to_try(tocsin: Run, archive: Archive) -> None:
    """A name spelt nearly so; clauses that never meet; a store that does not go back so far."""
    misspelt = tocsin("watches", "test", 'person:"Vladimr Putin"').stdout
    assert "did you mean 'Vladimir Putin'" in misspelt
    apart = tocsin("watches", "test", 'person:"Vladimir Putin" AND storm').stdout
    assert "Each clause is found, but never all in one article" in apart
    recent = tocsin("watches", "test", "storm", "--since", "1h").stdout
    assert "No article came in that time: the store goes back to" in recent


def test_an_empty_store_says_so(tocsin: Run) -> None:
    """And what fills it."""
    shown = tocsin("watches", "test", "storm").stdout
    assert "The store holds no article yet: tocsin up polls the feeds." in shown


def test_a_wrong_query_is_shown_with_its_place(tocsin: Run) -> None:
    """As everywhere."""
    done = tocsin("watches", "test", "storm AND")
    assert (2, True) == (done.returncode, "^" in done.stderr)
    assert "no watch named 'none'" in one_line(
        tocsin("watches", "test", "none", "--query", "storm")
    )


def test_more_articles_than_one_batch(tocsin: Run, archive: Archive, engine: Engine) -> None:
    """All of them are read, in order, through the server's cursor."""
    with engine.begin() as connection:
        run(
            connection,
            """WITH made AS (
                   INSERT INTO item (feed_id, identity, fingerprint, state, seen_at)
                   SELECT 1, 'n' || n, '', 'tagged', now() - n * interval '1 minute'
                   FROM generate_series(1, 700) AS n RETURNING id)
               INSERT INTO article (item_id, title, text)
               SELECT id, 'A storm', 'A storm came.' FROM made""",
        )
    found = tried(tocsin, "storm", "-n", "1000")
    assert (704, 701) == (found["articles"], found["matches"])
    seen = [one["seen_at"] for one in found["samples"]]
    assert sorted(seen, reverse=True) == seen


def test_a_name_nobody_knows_is_noted_when_a_watch_is_added(tocsin: Run) -> None:
    """The watch is stored: stories may still name it."""
    added = tocsin("watches", "add", "w", 'person:"Vladimr Putin"').stdout
    assert "Note: Nobody is known as 'Vladimr Putin': did you mean 'Vladimir Putin'" in added
    assert "Note" not in tocsin("watches", "edit", "w", "--query", 'person:"Vladimir Putin"').stdout


def test_a_watch_that_is_too_broad_is_noted_when_it_is_added(
    tocsin: Run, archive: Archive, engine: Engine
) -> None:
    """By a sample of the last week's articles; of a few articles nothing is said."""
    assert "Too broad" not in tocsin("watches", "add", "early", "storm").stdout
    with engine.begin() as connection:
        run(
            connection,
            """WITH made AS (
                   INSERT INTO item (feed_id, identity, fingerprint, state, seen_at)
                   SELECT 1, 'n' || n, '', 'tagged', now() - n * interval '30 minutes'
                   FROM generate_series(1, 240) AS n RETURNING id)
               INSERT INTO article (item_id, title, text)
               SELECT id, CASE WHEN id % 3 = 0 THEN 'A storm' ELSE 'A calm' END, '' FROM made""",
        )
    added = tocsin("watches", "add", "late", "storm").stdout
    assert "Note: Too broad: 3" in added
    assert "Too broad" not in tocsin("watches", "edit", "late", "--query", "Helsinki").stdout


def test_the_policy_of_a_watch_says_what_would_be_sent(tocsin: Run, archive: Archive) -> None:
    """Digests instead of alerts; outlets are counted as the story grew."""
    tocsin("watches", "add", "putin", 'person:"Vladimir Putin" OR storm', "--digest", "hourly")
    found = tried(tocsin, "putin")
    assert (0, 2, 2) == (found["alerts"], found["digests"], found["held"])
    assert (
        "0 alerts, 2 digests of 2 stories; 2 messages by each channel"
        in tocsin("watches", "test", "putin").stdout
    )
    many = tried(tocsin, 'person:"Vladimir Putin" AND outlets >= 2')
    assert (["Talks opened"], 1) == ([one["title"] for one in many["samples"]], many["matches"])


def test_a_spike_watch_tells_what_it_would_count(tocsin: Run, archive: Archive) -> None:
    """It rings for a rate and not for a story."""
    shown = tocsin("watches", "test", 'spike(person:"Vladimir Putin") > 3').stdout
    assert "3 matches in 2 stories would be counted; it rings when their rate" in shown
    assert "░ would be counted" in shown
    assert "█" not in shown


def test_a_watch_for_events_is_told_that_no_article_is_one(tocsin: Run, archive: Archive) -> None:
    """Another word or a longer time would not help."""
    shown = tocsin("watches", "test", "event:failing").stdout
    assert "event: rings for what happens to feeds" in shown
    assert "--since" not in shown
