"""``tocsin explain``: an item's way, and why it rang or did not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.integration.archive import Archive, putin
from tests.integration.command import Run, one_line
from tests.integration.newsstand import Publisher
from worker.alerts.plan import Candidate, Planned, Wait
from worker.alerts.reasons import AlertReason
from worker.announcing.digests import release_digests
from worker.model import AlertKind, Evidence, HeldKind, Match, Watch
from worker.store import outbox, watches
from worker.store.decisions import save_decisions
from worker.store.engine import run
from worker.store.unsubscriptions import put_unsubscription
from worker.traces import trace_of

TEXT = "Putin arrived in Helsinki."


@pytest.fixture
def archive(engine: Engine) -> Archive:
    """A story of two outlets that rang for a watch, once, and did not arrive by mail."""
    made = Archive(engine)
    first = made.add("Talks open", TEXT, mentions=(putin(TEXT),), ago=timedelta(hours=3))
    story = made.story_of(first)
    second = made.add("Talks", TEXT, feed="courier", mentions=(putin(TEXT),), story=story)
    with engine.begin() as connection:
        watches.put_channel(connection, name="console", kind="console", config={})
        watch = watches.put_watch(
            connection, name="putin", query='person:"Vladimir Putin"', channels=["console"]
        )
        evidence = (Evidence(clause='person:"Vladimir Putin"', value="Putin", spans=((0, 5),)),)
        match = Match(watch_id=watch, evidence=evidence)
        save_decisions(
            connection,
            [
                Planned(
                    candidate=decided_about(match, first, story),
                    reason=AlertReason.FIRST_REPORT,
                    kind=AlertKind.STORY,
                    channels=("console",),
                ),
                Planned(candidate=decided_about(match, second, story), reason=AlertReason.RUNG),
            ],
        )
    return made


def decided_about(match: Match, item_id: int, story_id: int) -> Candidate:
    """A match in an item of a story."""
    watch = Watch(id=match.watch_id, name="", query="")
    return Candidate(watch=watch, match=match, item_id=item_id, story_id=story_id)


def explained(tocsin: Run, *arguments: str) -> dict[str, Any]:
    """An explanation as JSON."""
    done = tocsin("explain", *arguments, "--json")
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def outcomes(told: dict[str, Any]) -> dict[str, str]:
    """Watch -> what became of the item there."""
    return {one["watch"]: one["outcome"] for one in told["watches"]}


def test_what_rang_is_told_with_its_delivery(tocsin: Run, archive: Archive) -> None:
    """The watch, its evidence, the alert, and each delivery with what became of it."""
    with archive.engine.begin() as connection:
        run(connection, "UPDATE delivery SET state = 'dead', reason = 'answered 410'")
    told = explained(tocsin, "1")
    assert ({"putin": "rang"}, True) == (outcomes(told), told["rang"])
    assert "It did not arrive by console: answered 410." == told["silence"]
    shown = tocsin("explain", "1").stdout
    assert "● putin  rang (certain): first report of this story (alert 1)" in shown
    assert '+ person:"Vladimir Putin"  “Putin” in the text' in shown
    assert "console: dead" in shown


def test_what_its_reader_did_not_want_is_told_so(tocsin: Run, archive: Archive) -> None:
    """It rang, and was not sent; nothing is claimed of it."""
    with archive.engine.begin() as connection:
        (watch,) = run(connection, "SELECT id FROM watch")
        put_unsubscription(connection, "console", f"watch-{watch['id']}", "")
        lease = timedelta(seconds=60)
        assert [] == outbox.claim(connection, lambda _: 9, owner="a", lease=lease)[1]
    told = explained(tocsin, "1")
    assert ({"putin": "rang"}, True) == (outcomes(told), told["rang"])
    assert "It was not sent by console: unsubscribed by its reader." == told["silence"]
    shown = tocsin("explain", "1").stdout
    assert "console: unsubscribed, no attempt, unsubscribed by its reader" in shown


def test_a_second_report_is_told_which_alert_rang_for_its_story(
    tocsin: Run, archive: Archive
) -> None:
    """And that it is why this one did not."""
    told = explained(tocsin, "2")
    assert {"putin": "matched, did not ring"} == outcomes(told)
    assert (
        "'putin' matched: already rung for this story: alert 1, by item 1 of Gazette."
        == told["silence"]
    )
    shown = tocsin("explain", "2").stdout
    assert "1, 2 items, begun by item 1; Gazette, Courier" in shown


def test_an_alert_of_its_story_is_not_told_as_part_of_another_reason(
    tocsin: Run, archive: Archive
) -> None:
    """What was muted was not silent because the story had rung."""
    with archive.engine.begin() as connection:
        run(connection, "UPDATE match SET reason = 'muted: for good' WHERE item_id = 2")
    silence = explained(tocsin, "2")["silence"]
    assert "'putin' matched: muted: for good; its story had rung: alert 1, by item 1 of" in silence


def test_an_item_is_found_by_other_forms_of_its_address(tocsin: Run, archive: Archive) -> None:
    """Its number, its link, with www and tracking; its guid; its page's own address."""
    url = explained(tocsin, "1")["item"]["entry"]["url"]
    with archive.engine.begin() as connection:
        run(
            connection,
            "UPDATE article SET canonical = 'https://gazette.example/talks' WHERE item_id = 1",
        )
        run(connection, "UPDATE item SET identity = 'guid:tag:gazette,1' WHERE id = 1")
        # What a poll would have worked out of the link.
        run(connection, "UPDATE item SET guid = 'tag:gazette,1' WHERE id = 1")
    forms = [
        url,
        url.replace("http://", "https://www.") + "?utm_source=mail",
        "https://gazette.example/talks",
        "tag:gazette,1",
    ]
    assert [1, 1, 1, 1] == [explained(tocsin, form)["item"]["id"] for form in forms]


def test_a_watch_that_was_added_later_would_match_now(tocsin: Run, archive: Archive) -> None:
    """It says that it came too late; one that was disabled says that."""
    tocsin("watches", "add", "helsinki", "Helsinki")
    told = explained(tocsin, "1", "--watch", "helsinki")
    assert {"helsinki": "would match now"} == outcomes(told)
    assert "the watch was added after the item was tagged" in told["silence"]
    tocsin("watches", "disable", "helsinki")
    assert "the watch is disabled" in explained(tocsin, "1", "--watch", "helsinki")["silence"]


def test_what_nearly_matched_names_the_clause_that_failed(tocsin: Run, archive: Archive) -> None:
    """A watch of which nothing holds is not told of, unless it is asked for."""
    tocsin("watches", "add", "paris", 'person:"Vladimir Putin" AND Paris')
    tocsin("watches", "add", "floods", "flood")
    assert {"putin": "rang", "paris": "nearly matched"} == outcomes(explained(tocsin, "1"))
    shown = tocsin("watches", "explain", "paris", "1").stdout
    assert "· paris  nearly matched: missing: Paris (not in title or text)" in shown
    assert "- Paris  not in title or text" in shown
    assert "'paris' does not match it; missing: Paris (not in title or text)." in shown
    assert "'floods' does not match it" in tocsin("watches", "explain", "floods", "1").stdout


def test_what_is_excluded_is_told_apart_from_what_is_missing(tocsin: Run, archive: Archive) -> None:
    """A part of alternatives counts as one; two parts amiss are not near."""
    tocsin("watches", "add", "calm", 'person:"Vladimir Putin" AND NOT Helsinki')
    tocsin("watches", "add", "places", "(Helsinki OR Oslo) AND (country:FR OR country:DE)")
    tocsin("watches", "add", "far", "Helsinki AND Paris AND Rome")
    told = explained(tocsin, "1")
    assert {"putin": "rang", "calm": "nearly matched", "places": "nearly matched"} == outcomes(told)
    why = {one["watch"]: one["why"] for one in told["watches"]}
    assert "missing: NOT Helsinki (the article has it)" == why["calm"]
    assert "missing: country:(FR OR DE) (not mentioned)" == why["places"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("held", "tocsin feeds release gazette lets them ring"),
        ("failed", "It was given up: answered 500."),
        ("fetched", "It is not tagged yet. The last attempt: answered 500;"),
        ("discovered", "Its page is not fetched yet."),
    ],
)
def test_an_item_on_its_way_says_what_it_waits_for(
    tocsin: Run, archive: Archive, state: str, words: str
) -> None:
    """Each state in plain words."""
    with archive.engine.begin() as connection:
        run(
            connection,
            """UPDATE item SET state = :state, reason = 'answered 500', tagged_at = NULL,
                   story_id = NULL WHERE id = 1""",
            state=state,
        )
        run(connection, "DELETE FROM article WHERE item_id = 1")
        run(connection, "DELETE FROM match WHERE item_id = 1")
    assert words in explained(tocsin, "1")["silence"]


def test_a_baseline_says_why_it_is_silent(tocsin: Run, archive: Archive) -> None:
    """What was there when the feed was added never rings."""
    old = archive.add("Old", TEXT, mentions=(putin(TEXT),), baseline=True)
    with archive.engine.begin() as connection:
        match = Match(watch_id=1, evidence=())
        about = decided_about(match, old, archive.story_of(old))
        save_decisions(connection, [Planned(candidate=about, reason=AlertReason.BASELINE)])
    assert "what is old news never rings" in explained(tocsin, str(old))["silence"]


def test_an_unknown_address_tells_of_the_feeds_that_might_have_brought_it(
    tocsin: Run, archive: Archive, publisher: Publisher
) -> None:
    """A feed that fails explains it; a site without a feed is to be added."""
    tocsin("feeds", "add", f"{publisher.url}/feed", "--name", "press", "--no-check")
    publisher.state.feed_status = 500
    tocsin("feeds", "poll", "press")
    shown = tocsin("explain", f"{publisher.url}/news/missed").stdout
    assert "No item has this address" in shown
    assert "press: failing (1)" in shown
    assert "what it published since was not seen yet" in shown
    (feed,) = explained(tocsin, f"{publisher.url}/news/missed")["feeds"]
    assert "press" == feed["name"]
    other = tocsin("explain", "http://me:word@nowhere.example:8080/story").stdout
    assert "No feed of nowhere.example is polled" in other
    assert "tocsin feeds add http://nowhere.example:8080/" in other
    of_feed = tocsin("explain", "http://gazette.example/unknown").stdout
    assert "It may come with a later poll" in of_feed


def test_an_item_is_found_by_a_large_number_and_by_its_own_trace_alone(
    tocsin: Run, archive: Archive
) -> None:
    """A number that no item has is said so, and so is the trace of a notice with the same number."""
    with archive.engine.begin() as connection:
        run(connection, "SELECT setval(pg_get_serial_sequence('item', 'id'), 99999)")
    number = archive.add("Late", TEXT)
    assert 100_000 == number
    told = explained(tocsin, "100000")
    assert number == told["item"]["id"]
    assert number == explained(tocsin, told["trace"])["item"]["id"]
    assert "no item 99999: see" in one_line(tocsin("explain", "99999"))
    of_a_notice = trace_of(number, datetime.now(UTC))
    assert f"no item {of_a_notice}: see" in one_line(tocsin("explain", of_a_notice))


def test_nonsense_is_refused(tocsin: Run) -> None:
    """One line with the mend."""
    for nonsense in ("x", "", "-1", "http://[x", "https://a b/c"):
        refused = one_line(tocsin("explain", "--", nonsense))
        assert f"{nonsense!r} is neither an item's number nor a URL" in refused
    assert "no item 99: see tocsin items list" in one_line(tocsin("explain", "99"))
    assert "no watch named 'none'" in one_line(tocsin("explain", "99", "--watch", "none"))


def test_what_waits_for_a_digest_says_until_when_and_what_told_it(
    tocsin: Run, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    """First it waits, then the digest's alert and deliveries are told."""
    tocsin("watches", "add", "late", "Helsinki", "--digest", "daily 08:00")
    with archive.engine.begin() as connection:
        (late,) = [one for one in watches.all_watches(connection) if one.name == "late"]
        about = Candidate(
            watch=late, match=Match(watch_id=late.id, evidence=()), item_id=1, story_id=1
        )
        due = datetime.now(UTC) + timedelta(hours=9)
        wait = Wait(channel="console", kind=HeldKind.DIGEST, due_at=due)
        reason = AlertReason.IN_DIGEST.of("daily 08:00")
        save_decisions(connection, [Planned(candidate=about, reason=reason, waits=(wait,))])
    told = explained(tocsin, "1", "--watch", "late")
    assert {"late": "waits"} == outcomes(told)
    assert f"'late' has not told of it yet: {reason}; to be told by console" in told["silence"]
    with archive.engine.begin() as connection:
        run(connection, "UPDATE held SET due_at = now() - interval '1 second'")
    with archive.engine.begin() as connection:
        release_digests(connection, now=datetime.now(UTC))
    capsys.readouterr()  # its log
    shown = tocsin("explain", "1", "--watch", "late").stdout
    assert f"● late  told by digest (certain): {reason} (alert 2)" in shown
    assert "console: pending" in shown


def test_an_update_is_told_at_the_item_that_caused_it(tocsin: Run, archive: Archive) -> None:
    """And not as a story that had rung."""
    with archive.engine.begin() as connection:
        (watch,) = watches.all_watches(connection)
        about = Candidate(
            watch=watch, match=Match(watch_id=watch.id, evidence=()), item_id=2, story_id=1
        )
        save_decisions(
            connection,
            [
                Planned(
                    candidate=about,
                    reason=AlertReason.UPDATE.of("2 outlets"),
                    kind=AlertKind.UPDATE,
                    channels=("console",),
                    milestones="2 outlets",
                )
            ],
        )
    (told,) = explained(tocsin, "2")["watches"]
    assert ("rang", "update of a story that has rung: 2 outlets (alert 2)") == (
        told["outcome"],
        told["why"],
    )
    assert "alert 1" in explained(tocsin, "1")["watches"][0]["why"]


def test_why_an_item_joined_its_story_is_told(tocsin: Run, archive: Archive) -> None:
    """Which item it is like, how, and how much; an earlier story that is taken up again."""
    with archive.engine.begin() as connection:
        run(connection, "INSERT INTO story (title) VALUES ('Before')")
        run(connection, "UPDATE story SET follows = 2 WHERE id = 1")
        run(
            connection,
            """INSERT INTO story_item (item_id, story_id, outlet, reason, near, figures)
               VALUES (2, 1, 'Courier', 'near copy', 1, '{"score": 0.8312}')
               ON CONFLICT (item_id) DO UPDATE SET reason = excluded.reason, near = 1,
                   figures = excluded.figures""",
        )
    story = explained(tocsin, "2")["story"]
    assert ("near copy", 1, 0.8312, 2) == tuple(
        story[name] for name in ("joined", "near", "score", "follows")
    )
    shown = tocsin("explain", "2").stdout
    assert "1, 2 items, begun by item 1, joined for item 1: near copy (0.83); Gazette" in shown
    assert "it takes up story 2 again" in shown


def test_of_very_many_watches_the_nearest_are_told(
    tocsin: Run, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What rang, what came near and what would match now, though each cannot be looked at."""
    with archive.engine.begin() as connection:
        run(
            connection,
            """INSERT INTO watch (name, query, channels)
               SELECT 'w' || n, '"item ' || n || '" AND gas', '[]' FROM generate_series(1, 3000) AS n""",
        )
        for name, query in (("late", "Helsinki"), ("near", "Helsinki AND Putin AND gas")):
            watches.put_watch(connection, name=name, query=query, channels=[])
    told = explained(tocsin, "1")
    assert {"putin": "rang", "late": "would match now", "near": "nearly matched"} == outcomes(told)
    (near,) = (one for one in told["watches"] if one["watch"] == "near")
    assert "missing: gas (not in title or text)" == near["why"]
