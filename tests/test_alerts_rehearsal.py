"""What a watch would have rung for, by its policy."""

from datetime import UTC, datetime, timedelta

from worker.alerts.rehearsal import Past, Rehearsal, StoriesSoFar
from worker.model import Article, Brake, Confidence, Evidence, Kind, Match, Mention, Policy, Watch

START = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
MATCH = Match(watch_id=1, evidence=(Evidence(clause="storm", value="storm"),))


def past(
    number: int, *, story: int | None = None, outlet: str = "Gazette", country: str = ""
) -> Past:
    """The article of an hour."""
    mention = Mention(
        kind=Kind.COUNTRY, key=country, name=country, count=1, salience=1.0, in_title=True
    )
    return Past(
        item_id=number,
        story_id=story,
        feed_name="gazette",
        tags=(),
        baseline=False,
        revision=0,
        seen_at=START + number * HOUR,
        article=Article(title="A storm", text="A storm came.", outlet=outlet),
        mentions=(mention,) if country else (),
    )


def rehearsed(articles: list[Past], policy: Policy, match: Match = MATCH) -> Rehearsal:
    """A rehearsal of a watch on articles that all match."""
    watch = Watch(id=1, name="storms", query="storm", policy=policy)
    made = Rehearsal(
        watch=watch, stretch=lambda moment: moment.replace(hour=0), keep=3, brake=Brake()
    )
    so_far = StoriesSoFar()
    for one in articles:
        made.take(one, match, so_far.with_this(one))
    made.end()
    return made


def test_each_story_rings_once_and_one_without_a_number_is_its_own() -> None:
    """Of the samples those that ring are kept, the newest."""
    found = rehearsed([past(1, story=5), past(2, story=5), past(3), past(4)], Policy())
    assert (4, 3, 3, 3) == (found.matches, found.stories, found.alerts, found.messages)
    assert {"first report of this story": 3, "already rung for this story": 1} == found.reasons
    assert [1, 3, 4] == [one.item_id for one in found.samples]
    (count,) = found.counts.values()
    assert (4, 3) == (count.matches, count.alerts)


def test_digests_count_as_messages_and_what_they_hold_as_stories() -> None:
    """A digest at eight in the morning: one of the first day, one of the next."""
    articles = [past(1, story=1), past(1, story=2), past(20, story=3)]
    found = rehearsed(articles, Policy(digest="daily 08:00"))
    assert (0, 2, 3, 2) == (found.alerts, found.digests, found.held, found.messages)
    assert {"the watch is told by digest": 3} == found.reasons


def test_unsure_matches_go_into_the_usual_digest() -> None:
    """What is only possible is listed."""
    likely = Match(watch_id=1, evidence=(), confidence=Confidence.LIKELY)
    possible = Match(watch_id=1, evidence=(), confidence=Confidence.POSSIBLE)
    unsure = rehearsed([past(1)], Policy(), likely)
    assert (0, 1) == (unsure.alerts, unsure.digests)
    listed = rehearsed([past(1)], Policy(), possible)
    assert (0, 0) == (listed.alerts, listed.digests)
    assert {"possible only: listed": 1} == listed.reasons


def test_updates_come_when_a_story_reaches_a_milestone() -> None:
    """The second outlet, a named source, a new country."""
    articles = [
        past(1, story=1, country="FR"),
        past(2, story=1, outlet="Courier"),
        past(3, story=1, outlet="Courier", country="DE"),
    ]
    found = rehearsed(articles, Policy(outlets=(2,), countries=True))
    assert (1, 2, 3) == (found.alerts, found.updates, found.messages)


def test_a_cap_and_quiet_hours_hold_what_a_summary_tells() -> None:
    """Ten stories at once, three an hour."""
    found = rehearsed([past(1, story=n) for n in range(10)], Policy(cap=3))
    assert (3, 1, 7) == (found.alerts, found.digests, found.held)
    night = rehearsed([past(1), past(2)], Policy(quiet="06:00-10:00"))
    assert (0, 1, 2) == (night.alerts, night.digests, night.held)


def test_the_stories_longest_not_heard_of_are_forgotten() -> None:
    """So it stays small."""
    so_far = StoriesSoFar(most=2)
    for number in (1, 2, 3):
        so_far.with_this(past(number, story=number))
    again = so_far.with_this(past(4, story=3, outlet="Courier"))
    assert {"Gazette", "Courier"} == again.outlets
    assert {"Gazette"} == so_far.with_this(past(5, story=1)).outlets
