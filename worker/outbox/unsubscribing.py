"""Where readers see alerts and stop what comes, for this Tocsin."""

from sqlalchemy import Connection

from worker.alerts.addresses import Addresses
from worker.channels.unsubscribe import Unsubscribing
from worker.settings import Settings
from worker.store.secrets import secret_of
from worker.store.syndication import feed_key


def unsubscribing_of(connection: Connection, settings: Settings) -> Unsubscribing | None:
    """None where there is no public URL. The key is made at the first call and kept in Postgres."""
    if not settings.public_url:
        return None
    return Unsubscribing(settings.public_url, secret_of(connection, "unsubscribe"))


def addresses_of(connection: Connection, settings: Settings) -> Addresses:
    """Nowhere where there is no public URL."""
    base = settings.public_url
    return Addresses(base, feed_key(connection) if base else b"")
