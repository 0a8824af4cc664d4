"""What readers of mails stopped: lists of a channel of which nothing is sent until that is lifted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from worker.store.engine import clean, run
from worker.store.lanes import FREE

REASON = "unsubscribed by its reader"
#: Whether a delivery, joined with its channel and its alert, is of such a list. The names of lists
#: are those that ``worker.alerts.render`` gives its messages.
UNSUBSCRIBED = """EXISTS (
    SELECT 1 FROM unsubscription WHERE unsubscription.channel = channel.name
      AND list_name = CASE WHEN alert.kind IN ('digest', 'heartbeat', 'channel') THEN alert.kind
                           ELSE 'watch-' || alert.watch_id END)"""
_WATCH = "coalesce((SELECT name FROM watch WHERE 'watch-' || watch.id = list_name), '')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscription:
    """A list of a channel that its reader stopped; ``watch`` is the name of the watch it is of, if any.

    ``recipient`` is ``""`` where several share the mails.
    """

    channel: str
    list_name: str
    recipient: str
    at: datetime
    watch: str


def put_unsubscription(
    connection: Connection, channel: str, list_name: str, recipient: str
) -> None:
    """Send nothing more of a list by a channel; one that is stopped already stays as it is."""
    run(
        connection,
        """INSERT INTO unsubscription (channel, list_name, recipient)
           VALUES (:channel, :list_name, :recipient) ON CONFLICT DO NOTHING""",
        channel=clean(channel),
        list_name=clean(list_name),
        recipient=clean(recipient),
    )


def lift_unsubscription(connection: Connection, channel: str, list_name: str) -> bool:
    """Send what comes of a list again; whether it was stopped."""
    return bool(
        run(
            connection,
            """DELETE FROM unsubscription WHERE channel = :channel AND list_name = :list_name
               RETURNING channel""",
            channel=channel,
            list_name=list_name,
        )
    )


def all_unsubscriptions(connection: Connection) -> list[Unsubscription]:
    """Whatever readers stopped, the latest first."""
    rows = run(
        connection,
        f"""SELECT channel, list_name, recipient, at, {_WATCH} AS watch FROM unsubscription
            ORDER BY at DESC, channel, list_name""",  # noqa: S608 - a constant
    )
    return [Unsubscription(**row) for row in rows]


def watch_of(connection: Connection, list_name: str) -> str:
    """The name of the watch that a list is of; ``""`` where it is of none."""
    (row,) = run(
        connection,
        f"SELECT {_WATCH} AS watch FROM (SELECT CAST(:name AS text) AS list_name) AS asked",  # noqa: S608
        name=list_name,
    )
    name: str = row["watch"]
    return name


def take_out_unsubscribed(connection: Connection) -> int:
    """End the deliveries that are due and that readers do not want; gives how many.

    Those of channels that are held or get no answer, too: nobody waits for them.
    """
    rows = run(
        connection,
        f"""
        WITH unwanted AS (
            SELECT delivery.id AS unwanted_id FROM delivery
            JOIN channel ON channel.id = channel_id JOIN alert ON alert.id = alert_id
            WHERE channel.name IN (SELECT channel FROM unsubscription)
              AND delivery.state = 'pending' AND next_attempt_at <= now() AND {FREE}
              AND {UNSUBSCRIBED}
            FOR UPDATE OF delivery SKIP LOCKED
        )
        UPDATE delivery SET state = 'unsubscribed', reason = :reason,
            lease_until = NULL, lease_owner = ''
        FROM unwanted WHERE id = unwanted_id RETURNING id
        """,  # noqa: S608 - constants
        reason=REASON,
    )
    return len(rows)
