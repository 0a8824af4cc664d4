"""Turns at hosts that all processes and machines share: kept in the store, asked for by ``Net``."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from worker.model import Spacing
from worker.net import NetError, Reason
from worker.observe import logger
from worker.store import hosts
from worker.store.engine import is_away, lead
from worker.store.hosts import HostDone

#: Seconds that a redirect waits for a turn which comes soon.
PATIENCE = 3.0
#: After so long a database that is away is asked again whose turn it is.
AWAY = timedelta(seconds=1)

log = logger(__name__)


class HostTurns:
    """One request at a time for a host, and a gap between two (see ``worker.net.Turns``)."""

    def __init__(
        self,
        engine: Engine,
        *,
        owner: str,
        lease: timedelta,
        spacing: Spacing,
        patience: float = PATIENCE,
    ) -> None:
        """``owner`` names this process; a turn it does not give back ends after ``lease``.

        A turn that comes within ``patience`` seconds is waited for.
        """
        self._patience = patience
        #: The hosts whose turns are taken and not given back.
        self.held: set[str] = set()
        self._engine = engine
        self._owner = owner
        self._lease = lease
        self._spacing = spacing

    async def take(self, host: str) -> None:
        """Take the turn at ``host``. NetError (host busy) says when to come back.

        A database that is away says nothing about the host: it is as if others asked it.
        """
        patience = asyncio.get_running_loop().time() + self._patience
        while (until := await asyncio.to_thread(self._asked, host)) is not None:
            wait = max(0.0, (until - datetime.now(UTC)).total_seconds())
            if asyncio.get_running_loop().time() + wait > patience:
                raise NetError(
                    Reason.HOST_BUSY, f"{host}: others ask it, or it wants a pause", until=until
                )
            await asyncio.sleep(wait)
        self.held.add(host)

    async def give_back(
        self, host: str, *, hold_until: datetime | None = None, limited: bool = False
    ) -> None:
        """End a turn (see ``worker.net.Turns``). Without the database it ends with its lease."""
        self.held.discard(host)
        done = HostDone(host=host, hold_until=hold_until, limited=limited)
        try:
            await asyncio.to_thread(self._give_back, done)
        except SQLAlchemyError as error:  # what was answered meanwhile is not lost by it
            if not is_away(error):
                raise
            log.warning("turn not given back", host=host, error=type(error).__name__)

    def _asked(self, host: str) -> datetime | None:
        try:
            return self._take(host)
        except SQLAlchemyError as error:
            if not is_away(error):
                raise
            raise NetError(
                Reason.HOST_BUSY,
                f"{host}: the database is away, nobody knows whose turn it is",
                until=datetime.now(UTC) + AWAY,
            ) from None

    def _take(self, host: str) -> datetime | None:
        with self._engine.begin() as connection:
            taken = hosts.take_hosts(
                connection, [host], owner=self._owner, lease=self._lease, gap=self._spacing.gap
            )
            until = taken[host]
            return None if until is None else until - lead(connection)

    def _give_back(self, done: HostDone) -> None:
        with self._engine.begin() as connection:
            if done.hold_until is not None:
                done = replace(done, hold_until=done.hold_until + lead(connection))
            hosts.give_back_hosts(connection, [done], owner=self._owner, spacing=self._spacing)
