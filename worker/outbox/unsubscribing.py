"""Where readers of mails stop what comes, for this Tocsin."""

from sqlalchemy import Connection

from worker.channels.unsubscribe import Unsubscribing
from worker.settings import Settings
from worker.store.secrets import secret_of


def unsubscribing_of(connection: Connection, settings: Settings) -> Unsubscribing | None:
    """None where there is no public URL. The key is made at the first call and kept in Postgres."""
    if not settings.public_url:
        return None
    return Unsubscribing(settings.public_url, secret_of(connection, "unsubscribe"))
