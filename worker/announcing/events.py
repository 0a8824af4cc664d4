"""Rings for what happened to feeds: asks the watches with an ``event:`` clause, plans alerts."""

from collections.abc import Sequence

from sqlalchemy import Connection

from worker.model import Entity, Kind, Match, Watch
from worker.store.alerts import OwedEvent, owed_events, plan_event_alerts
from worker.store.watches import all_watches
from worker.watches.context import Context
from worker.watches.events import asks_for_events, event_article
from worker.watches.matcher import Matcher
from worker.watches.query import Field

REASON = "it happened to a feed"


def announce_events(connection: Connection) -> list[int]:
    """Plan the alerts of all that happened and was not announced yet. Gives new delivery ids.

    In one transaction: whatever dies meanwhile, each event rings once.
    """
    happened = owed_events(connection)
    if not happened:
        return []
    watches = [one for one in all_watches(connection, enabled_only=True) if asks_for_events(one)]
    wanted = wanted_events(watches, happened)
    return plan_event_alerts(connection, wanted, reason=REASON) if wanted else []


def wanted_events(watches: Sequence[Watch], happened: Sequence[OwedEvent]) -> list[tuple[int, int]]:
    """Which watches want which of the events, as (watch id, event id). Pure."""
    matcher = Matcher(watches, _nobody)
    return [
        (match.watch_id, one.id)
        for one in happened
        for match in matcher.match(
            event_article(
                one.event, feed_name=one.feed_name, outlet=one.outlet, url=one.url, at=one.at
            ),
            (),
            context=Context(feed_name=one.feed_name, event=one.event.kind),
        )
        if _by_event(match)
    ]


def _by_event(match: Match) -> bool:
    """Whether an ``event:`` clause held; words of a watch may stand in an event by chance."""
    return any(each.clause.casefold().startswith(f"{Field.EVENT}:") for each in match.evidence)


def _nobody(kind: Kind, name: str) -> Entity | None:  # noqa: ARG001 - a gazetteer's find
    """No entity: what happens to feeds names none."""
    return None
