"""What the demonstration shows while it plays: read from the database, again and again."""

import time
from datetime import datetime

from sqlalchemy import Connection

from worker.alerts.bars import sparks
from worker.alerts.digest_form import summary
from worker.alerts.reasons import AlertReason
from worker.alerts.render import snippet
from worker.alerts.spike_form import in_an_hour
from worker.demo.events import (
    BellRang,
    Note,
    NoticeRang,
    StayedSilent,
    StoryArrived,
    TagsFound,
)
from worker.demo.newsroom import Newsroom
from worker.demo.screen import Screen
from worker.demo.stage import LOOK_SECONDS, Stage
from worker.demo.wire import WIRE
from worker.model import AlertKind, Announcement, Digest, Feed, Item, Kind, Mention, Spike
from worker.store import tail
from worker.store.alerts import AlertRecord
from worker.store.articles import load_articles
from worker.store.deliveries import SentRecord, sent_deliveries
from worker.store.feeds import all_feeds
from worker.store.notices import Content, content_of
from worker.store.status import Status, read_status

LATEST_SECONDS = 120.0
NOTICES = 5  # a digest and a summary for each of two channels, and a spike
QUIET_SECONDS = 2.0


class Watcher:
    """Shows what happens in the database until the newsroom is done and nothing is owed."""

    def __init__(self, stage: Stage, screen: Screen, opened: datetime) -> None:
        self._stage = stage
        self._opened = opened
        self._silent: set[tuple[str, int]] = set()
        self._screen = screen
        self._ringing: dict[int, AlertRecord] = {}
        self._failing: set[str] = set()
        self._revisions: dict[int, int] = {}
        self._notices: list[str] = []

    def watch(self) -> None:
        """Look until it is quiet, at the longest ``LATEST_SECONDS``."""
        stage = self._stage
        with stage.engine.connect() as connection:
            place = tail.here(connection)
        deadline = time.monotonic() + LATEST_SECONDS
        quiet_since = time.monotonic()
        while time.monotonic() < deadline:
            with stage.engine.connect() as connection:
                news = tail.since(connection, place)
                self._show(news)
                self._ring(connection)
                self._keep_silent(tail.silent_matches(connection, self._opened))
                self._note_failures(all_feeds(connection))
                owed = _owed(read_status(connection))
            finished = stage.newsroom.finished and len(self._notices) >= NOTICES
            if news.happened or owed or self._ringing or not finished:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_SECONDS:
                return
            place = news.place
            time.sleep(LOOK_SECONDS)

    def _show(self, news: tail.News) -> None:
        for item in news.arrived:
            self._arrive(item)
        for tagged in news.tagged:
            if tagged.item.revision > self._revisions.get(tagged.item.id, 0):
                self._revisions[tagged.item.id] = tagged.item.revision
                self._arrive(tagged.item)
            self._screen.show(_tags(self._stage.at, tagged.item, tagged.mentions))
        for alert in news.alerts:
            if alert.watch != WIRE:
                self._ringing[alert.id] = alert

    def _arrive(self, item: Item) -> None:
        self._screen.show(
            StoryArrived(
                at=self._stage.at,
                outlet=item.outlet,
                language=item.entry.language,
                headline=item.entry.title,
                revision=item.revision,
                baseline=item.baseline,
            )
        )

    def _ring(self, connection: Connection) -> None:
        """Show the alerts whose deliveries have all been made."""
        if not self._ringing:
            return
        sent = sent_deliveries(connection, list(self._ringing))
        for alert_id, alert in list(self._ringing.items()):
            mine = [one for one in sent if one.alert_id == alert_id]
            if len(mine) == alert.sent + alert.pending + alert.dead:
                notice = content_of(connection, alert.id)
                if notice is None:
                    self._screen.show(self._bell(connection, alert, mine))
                else:
                    self._note(_notice(self._stage.at, notice, mine))
                del self._ringing[alert_id]

    def _note(self, notice: NoticeRang) -> None:
        """Show a notice; what comes to each channel by itself is shown once."""
        again = notice.headline in self._notices
        self._notices.append(notice.headline)
        by = ", ".join(notice.channels)
        text = f"{notice.headline}, by {by} too"
        self._screen.show(Note(at=notice.at, text=text) if again else notice)

    def _keep_silent(self, matches: list[tail.SilentMatch]) -> None:
        for one in matches:
            if (one.watch, one.item.id) in self._silent:
                continue
            self._silent.add((one.watch, one.item.id))
            if one.watch == WIRE and one.reason != AlertReason.STORM:
                continue
            self._screen.show(
                StayedSilent(
                    at=self._stage.at,
                    watch=one.watch,
                    outlet=one.item.outlet,
                    headline=one.item.entry.title,
                    reason=one.reason,
                )
            )

    def _bell(self, connection: Connection, alert: AlertRecord, sent: list[SentRecord]) -> BellRang:
        item_id = alert.item_id or 0
        article = load_articles(connection, [item_id])[item_id]
        cut = snippet(
            Announcement(
                alert_id=alert.id,
                delivery_id=0,
                message_id="",
                watch_id=0,
                watch_name=alert.watch,
                query=alert.query,
                reason=alert.reason,
                story_id=alert.story_id or 0,
                item_id=item_id,
                feed_name="",
                article=article,
                mentions=(),
                evidence=alert.evidence,
                outlets=(),
                seen_at=alert.planned_at,
                alerted_at=alert.planned_at,
            )
        )
        return BellRang(
            at=self._stage.at,
            watch=alert.watch,
            outlet=alert.outlet,
            headline=alert.title,
            snippet=cut.text,
            highlights=cut.highlights,
            channels=tuple(one.channel for one in sent),
            update=alert.kind == AlertKind.UPDATE,
            latency=max(waits(self._stage.newsroom, sent), default=None),
        )

    def _note_failures(self, feeds: list[Feed]) -> None:
        failing = {feed.outlet for feed in feeds if feed.failures}
        for name in sorted(failing - self._failing):
            self._screen.show(Note(at=self._stage.at, text=f"{name}: the feed fails"))
        for name in sorted(self._failing - failing):
            self._screen.show(Note(at=self._stage.at, text=f"{name}: the feed works again"))
        self._failing = failing


def _notice(at: float, told: Content, sent: list[SentRecord]) -> NoticeRang:
    label, headline, lines = "SPIKE", "", list[str]()
    match told:
        case Digest():
            label = told.title.upper()
            headline = summary(told)
            lines = [
                f"{story.title} ({story.reason})"
                for part in told.sections
                for story in part.stories
            ]
        case Spike():
            headline = f"{told.watch_name}: {in_an_hour(told.observed, told.normal)}"
            lines = [f"the last {len(told.hours)} hours: {sparks(told.hours)}"]
    channels = tuple(one.channel for one in sent)
    return NoticeRang(at=at, label=label, headline=headline, lines=tuple(lines), channels=channels)


def _owed(status: Status) -> int:
    """How many rows somebody still has to work on."""
    items = status.items_by_state
    return (
        items.get("discovered", 0)
        + items.get("fetched", 0)
        + status.deliveries_by_state.get("pending", 0)
    )


def _tags(at: float, item: Item, mentions: tuple[Mention, ...]) -> TagsFound:
    def names(kind: Kind, most: int) -> tuple[str, ...]:
        return tuple(mention.name for mention in mentions if mention.kind is kind)[:most]

    return TagsFound(
        at=at,
        headline=item.entry.title,
        people=names(Kind.PERSON, 5),
        organizations=names(Kind.ORGANIZATION, 4),
        countries=names(Kind.COUNTRY, 6),
        topics=names(Kind.TOPIC, 2),
    )


def waits(newsroom: Newsroom, sent: list[SentRecord]) -> list[float]:
    """Seconds from publication to delivery."""
    published = newsroom.publications
    return [one.sent_at.timestamp() - published[one.url] for one in sent if one.url in published]
