"""Tells channels, by the clock, that Tocsin is alive and how its feeds are."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from worker.alerts.heartbeat_form import summary
from worker.alerts.schedule import next_digest, read_schedule
from worker.observe import logger
from worker.store import heartbeats
from worker.store.notices import PlannedNotice, plan_notice

log = logger(__name__)


def announce_heartbeats(connection: Connection, *, now: datetime) -> list[int]:
    """Plan the heartbeats that are due. Gives delivery ids.

    After a stop a channel gets one, however many it missed: it tells of all the time since.
    """
    planned: list[int] = []
    for one in heartbeats.take(connection, now=now):
        schedule = str(one.channel.config["heartbeat"])
        zone = str(one.channel.config.get("zone") or "UTC")
        try:
            due = next_digest(one.told_at, read_schedule(schedule), ZoneInfo(zone))
        except (ValueError, KeyError, OSError) as error:  # stored before it was checked
            log.warning("no heartbeat", channel=one.channel.name, error=str(error))
            continue
        if due > now:
            continue
        beat = heartbeats.read_heartbeat(connection, one, schedule=schedule, zone=zone, now=now)
        notice = PlannedNotice(
            content=beat,
            once=f"heartbeat:{one.channel.id}:{due:%Y-%m-%dT%H:%M}",
            reason=f"heartbeat was due: {summary(beat)}",
            channels=(one.channel.name,),
        )
        planned += plan_notice(connection, notice).deliveries
        heartbeats.told(connection, one.channel.id, at=now)
    return planned
