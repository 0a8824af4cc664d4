"""The demonstration's catalogue, what it expects, and its verdict."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from worker.alerts.policy import read_policy
from worker.catalogue.reader import read_catalogue
from worker.channels import validate
from worker.demo.outlets import OUTLETS
from worker.demo.piece import load_pieces
from worker.demo.script import (
    CHANNELS,
    ENTITIES,
    MUTED,
    NAMES,
    NIGHT,
    PAPER,
    PULSE,
    SECRET_NAME,
    SECRET_REFERENCE,
    WATCHES,
    ExpectedAlert,
    Verdict,
    added,
    catalogue,
    expected,
    judge,
    judge_silence,
)
from worker.demo.wire import STORM_ALERTS, WALL, WIRE, judge_wire
from worker.model import Entry, Item, ItemState
from worker.store.tail import SilentMatch

URL = "http://127.0.0.1:9"
ONE = ExpectedAlert(
    watch="Putin in the news",
    story="call",
    urls=frozenset({f"{URL}/a/call", f"{URL}/b/call"}),
    channels=("console", "email"),
)
TWO = ExpectedAlert(
    watch="Ports lobby", story="ports", urls=frozenset({f"{URL}/a/ports"}), channels=("console",)
)
CALL = (ONE.watch, f"{URL}/a/call")
PORTS = (TWO.watch, f"{URL}/a/ports")


def test_the_catalogue_declares_everything() -> None:
    """The text is YAML with the agreed keys: every feed, entity, watch and channel."""
    text = catalogue(URL, "127.0.0.1", 2525, "http://127.0.0.1:8/hook", interval_seconds=0.5)
    document = yaml.safe_load(text)
    assert ["defaults", "feeds", "entities", "watches", "channels"] == list(document)
    assert {"interval": "0.5s"} == document["defaults"]
    assert [outlet.slug for outlet in OUTLETS] == [feed["name"] for feed in document["feeds"]]
    assert {URL + outlet.feed_path for outlet in OUTLETS} == {f["url"] for f in document["feeds"]}
    assert [dict(entity) for entity in ENTITIES] == document["entities"]
    assert [watch.query for watch in WATCHES] == [watch["query"] for watch in document["watches"]]
    assert [*CHANNELS, "console"] == [channel["kind"] for channel in document["channels"]]


def test_the_catalogue_is_accepted_as_it_is() -> None:
    """The system's own reader finds no mistake in it, queries and channels included."""
    text = catalogue(URL, "127.0.0.1", 2525, "http://127.0.0.1:8/hook")
    environ = {SECRET_NAME: "whsec_" + b64encode(bytes(24)).decode()}
    read = read_catalogue(text, filename="demo", environ=environ)
    channels = {
        channel.kind: validate(channel.kind, channel.config, environ) for channel in read.channels
    }
    assert {"console": [], "email": [], "webhook": []} == channels
    assert (len(OUTLETS), len(WATCHES)) == (len(read.feeds), len(read.watches))
    assert [*CHANNELS, WALL] == [channel.name for channel in read.channels]


def test_the_catalogue_holds_no_secret() -> None:
    """The webhook's secret stands there by the name of its environment variable."""
    document = yaml.safe_load(catalogue(URL, "127.0.0.1", 25, "http://127.0.0.1:8/hook"))
    (webhook,) = [c for c in document["channels"] if c["kind"] == "webhook"]
    assert SECRET_REFERENCE == webhook["secret"] == "${TOCSIN_DEMO_WEBHOOK_SECRET}"


def test_every_watch_uses_declared_channels_and_a_name_of_its_own() -> None:
    """At least six watches, told apart by name, none of which is part of another."""
    names = NAMES
    assert len(names) >= 6
    assert [] == [(a, b) for a in names for b in names if a is not b and a in b]
    assert {channel for watch in WATCHES for channel in watch.channels} <= {*CHANNELS, WALL}


def test_every_watch_rings_but_the_silent_one() -> None:
    """What is expected comes from the articles' headers; one watch finds nothing, one is muted.

    The one that makes a storm is judged by itself.
    """
    alerts = expected(URL)
    silent = {watch.name for watch in WATCHES} - {alert.watch for alert in alerts}
    assert {"Türkiye desk", MUTED, WIRE} == silent
    assert len(alerts) >= 20
    assert len(alerts) == len({(alert.watch, alert.story) for alert in alerts})


def test_a_syndicated_story_is_one_alert_with_four_causes() -> None:
    """Whichever outlet is read first may ring the bell, whichever is third brings the update."""
    alert, update = [alert for alert in expected(URL) if alert.story == "cable-patrols"]
    assert ["Cables at sea", "Cables at sea, update"] == [alert.watch, update.watch]
    assert alert.urls == update.urls
    assert 4 == len(alert.urls)
    assert all(url.startswith(URL + "/") for url in alert.urls)


def test_what_is_held_is_expected_in_its_digest() -> None:
    """With every story of it, by mail and webhook; so is a spike, which is of no article."""
    told = {(alert.watch, alert.story): alert for alert in expected(URL) if ", " in alert.watch}
    held = {pair: one for pair, one in told.items() if not pair[0].endswith("update")}
    assert {
        (f"{PAPER}, digest", "onze-novembre"),
        (f"{PAPER}, digest", "sulawesi-earthquake"),
        (f"{NIGHT}, summary", "kipchoge-berlin"),
        (f"{NIGHT}, summary", "school-drill"),
        (f"{PULSE}, spike", ""),
    } == held.keys()
    assert {("email", "webhook")} == {one.channels for one in held.values()}


def test_watches_of_the_clock_are_due_while_it_plays() -> None:
    """A digest at that minute, quiet hours that end then; their queries can be read."""
    opens = datetime(2026, 11, 25, 23, 59, 40, tzinfo=UTC)
    paper, night, _ = added(opens, opens + timedelta(seconds=80))
    assert {"digest": "daily 00:01"} == paper.policy
    assert {"quiet": "23:59-00:01"} == night.policy
    assert "23:59-00:01" == read_policy(night.policy).quiet


def silent(reason: str) -> SilentMatch:
    """A match of the watch that makes a storm, which did not ring."""
    entry = Entry(url=URL)
    item = Item(
        id=1,
        feed_id=1,
        feed_name="f",
        outlet="",
        identity="1",
        fingerprint="1",
        entry=entry,
        state=ItemState.TAGGED,
        seen_at=datetime.now(UTC),
    )
    return SilentMatch(watch=WIRE, item=item, reason=reason)


def test_the_storm_is_braked_after_so_many() -> None:
    """Which ring is chance; how many is not, and the rest waits."""
    rung = [(WIRE, f"{URL}/{n}") for n in range(STORM_ALERTS)]
    waits, other = silent("storm of alerts"), silent("already rung for this story")
    assert () == judge_wire(rung, [waits, other])
    assert ("wall: the brake held nothing",) == judge_wire(rung, [other])
    assert ("wall: 27 of 28 alerts, not 28",) == judge_wire([*rung[1:], rung[1]], [waits])
    assert ("wall: quiet hours",) == judge_wire(rung, [waits, silent("quiet hours")])


def test_silence_is_judged_by_its_reasons() -> None:
    """What is held must be, by the rule that is declared; what has rung may be silent."""
    first = replace(
        load_pieces()[0], slug="one", rings=("Ports lobby",), held={"Tennis desk": "muted"}
    )
    url = URL + first.path()
    muted = ("Tennis desk", url, "muted: until tomorrow")
    rung = ("Ports lobby", url, "already rung for this story")
    assert () == judge_silence(URL, [muted, rung], [first])
    assert (f"not held: Tennis desk: {url}",) == judge_silence(URL, [rung], [first])
    for watch, _, reason in (("Tennis desk", url, "quiet hours"), ("Nobody", url, "muted")):
        wrong = judge_silence(
            URL, [(watch, url, reason), muted][: 1 + (watch == "Nobody")], [first]
        )
        assert wrong == (f"silent: {watch}: {url}: {reason}",)


def test_a_ring_for_no_watch_is_an_error() -> None:
    """A misspelt watch in an article's header is named, not ignored."""
    piece = replace(load_pieces()[0], rings=("Nobody",))
    with pytest.raises(ValueError, match=r"there is no watch named 'Nobody'"):
        expected(URL, [piece])


def test_all_that_was_expected_is_right() -> None:
    """Each alert once by each of its channels, by any article of its story, in any order."""
    received = {"email": [(ONE.watch, f"{URL}/b/call")], "console": [PORTS, CALL], "webhook": []}
    verdict = judge([ONE, TWO], received)
    assert Verdict() == verdict
    assert verdict.right
    assert () == verdict.complaints


@pytest.mark.parametrize(
    ("received", "complaint"),
    [
        ({"console": [CALL, PORTS]}, "missing: email: Putin in the news: call"),
        (
            {"console": [CALL, PORTS], "email": [CALL, CALL]},
            "more than once: email: Putin in the news: call (2 times)",
        ),
        (
            {"console": [CALL, PORTS, (ONE.watch, f"{URL}/b/call")], "email": [CALL]},
            "more than once: console: Putin in the news: call (2 times)",
        ),
        (
            {"console": [CALL, PORTS], "email": [CALL, PORTS]},
            f"extra: email: Ports lobby: {URL}/a/ports",
        ),
        (
            {"console": [CALL, PORTS], "email": [CALL], "webhook": [CALL]},
            f"extra: webhook: Putin in the news: {URL}/a/call",
        ),
        (
            {"console": [CALL, PORTS, (ONE.watch, f"{URL}/a/ports")], "email": [CALL]},
            f"extra: console: Putin in the news: {URL}/a/ports",
        ),
    ],
    ids=["missing", "twice", "twice by another outlet", "wrong channel", "no channel", "wrong"],
)
def test_each_fault_is_named(received: dict[str, list[tuple[str, str]]], complaint: str) -> None:
    """What is missing, extra or came twice is said with channel, watch and story or URL."""
    verdict = judge([ONE, TWO], received)
    assert (complaint,) == verdict.complaints
    assert not verdict.right


def test_silence_is_not_right_when_alerts_are_due() -> None:
    """Nothing received at all is one complaint for each alert and channel."""
    alerts = expected(URL)
    assert sum(len(alert.channels) for alert in alerts) == len(judge(alerts, {}).missing)
