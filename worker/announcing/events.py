"""Rings for what happened to feeds: asks the watches with an ``event:`` clause, plans alerts."""

from collections.abc import Sequence

from sqlalchemy import Connection

from worker.announcing.happenings import Happening, decide_happenings
from worker.model import AlertKind, Article, Brake, Entity, Kind, Match, StoryLine, Watch
from worker.store.alerts import EventAlert, OwedEvent, owed_events, plan_event_alerts
from worker.store.watches import all_watches
from worker.watches.context import Context
from worker.watches.events import asks_for_events, event_article
from worker.watches.matcher import Matcher
from worker.watches.query import Field


def announce_events(connection: Connection, *, brake: Brake = Brake()) -> list[int]:  # noqa: B008 - frozen
    """Plan the alerts of all that happened and was not announced yet. Gives new delivery ids.

    In one transaction: whatever dies meanwhile, each event rings once.
    """
    happened = owed_events(connection)
    if not happened:
        return []
    watches = [one for one in all_watches(connection, enabled_only=True) if asks_for_events(one)]
    by_id = {one.id: one for one in watches}
    events = {one.id: one for one in happened}
    wanted = [
        Happening(
            watch=by_id[watch_id],
            kind=AlertKind.EVENT,
            number=event_id,
            line=_line(events[event_id]),
            once=f"event:{watch_id}:{event_id}",
        )
        for watch_id, event_id in wanted_events(watches, happened)
    ]
    planned = decide_happenings(connection, wanted, brake)
    return plan_event_alerts(
        connection,
        [
            EventAlert(
                watch_id=one.watch.id,
                event_id=one.number,
                reason=decision.reason,
                channels=decision.channels,
            )
            for one, decision in zip(wanted, planned, strict=True)
            if decision.kind is not None
        ],
    )


def wanted_events(watches: Sequence[Watch], happened: Sequence[OwedEvent]) -> list[tuple[int, int]]:
    """Which watches want which of the events, as (watch id, event id). Pure."""
    matcher = Matcher(watches, _nobody)
    return [
        (match.watch_id, one.id)
        for one in happened
        for match in matcher.match(
            _article(one),
            (),
            context=Context(feed_name=one.feed_name, event=one.event.kind),
        )
        if _by_event(match)
    ]


def _article(one: OwedEvent) -> Article:
    return event_article(
        one.event, feed_name=one.feed_name, outlet=one.outlet, url=one.url, at=one.at
    )


def _line(one: OwedEvent) -> StoryLine:
    """What a digest says of it."""
    told = _article(one)
    return StoryLine(
        story_id=0,
        title=told.title,
        url=told.url,
        outlet=told.outlet,
        outlets=1,
        at=one.at,
        language=told.language,
        snippet=told.text,
    )


def _by_event(match: Match) -> bool:
    """Whether an ``event:`` clause held; words of a watch may stand in an event by chance."""
    return any(each.clause.casefold().startswith(f"{Field.EVENT}:") for each in match.evidence)


def _nobody(kind: Kind, name: str) -> Entity | None:  # noqa: ARG001 - a gazetteer's find
    """No entity: what happens to feeds names none."""
    return None
