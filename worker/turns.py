"""Turns at hosts that all processes and machines share: kept in the store, asked for by ``Net``."""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from worker.model import Spacing
from worker.net import DaemonThreads, NetError, Reason, Together
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
    """One request at a time for a host, and a gap between two (see ``worker.net.Turns``).

    What tasks ask in the same moment, the store is asked at once.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        owner: str,
        lease: timedelta,
        spacing: Spacing,
        threads: DaemonThreads,
        patience: float = PATIENCE,
    ) -> None:
        """``owner`` names this process; a turn it does not give back ends after ``lease``.

        A turn that comes within ``patience`` seconds is waited for. The store is asked by
        ``threads``.
        """
        self._patience = patience
        #: The hosts whose turns are taken and not given back.
        self.held: set[str] = set()
        self._engine = engine
        self._owner = owner
        self._lease = lease
        self._spacing = spacing
        self._takes = Together(self._take, threads, common=is_away)
        self._returns = Together(self._give_back, threads, common=is_away)

    async def take(self, host: str) -> None:
        """Take the turn at ``host``. NetError (host busy) says when to come back.

        A database that is away says nothing about the host: it is as if others asked it.
        """
        patience = asyncio.get_running_loop().time() + self._patience
        while (wait := await self._asked(host)) is not None:
            if asyncio.get_running_loop().time() + wait.total_seconds() > patience:
                raise NetError(
                    Reason.HOST_BUSY,
                    f"{host}: others ask it, or it wants a pause",
                    until=datetime.now(UTC) + wait,
                )
            await asyncio.sleep(wait.total_seconds())
        self.held.add(host)

    async def give_back(
        self, host: str, *, hold_until: datetime | None = None, limited: bool = False
    ) -> None:
        """End a turn (see ``worker.net.Turns``). Without the database it ends with its lease."""
        self.held.discard(host)
        done = HostDone(host=host, hold_until=hold_until, limited=limited)
        try:
            await self._returns.call(done)
        except SQLAlchemyError as error:  # what was answered meanwhile is not lost by it
            if not is_away(error):
                raise
            log.warning("turn not given back", host=host, error=type(error).__name__)

    async def _asked(self, host: str) -> timedelta | None:
        try:
            return await self._takes.call(host)
        except SQLAlchemyError as error:
            if not is_away(error):
                raise
            raise NetError(
                Reason.HOST_BUSY,
                f"{host}: the database is away, nobody knows whose turn it is",
                until=datetime.now(UTC) + AWAY,
            ) from None

    def _take(self, asked: Sequence[str]) -> list[timedelta | None]:
        """How long each waits; of those that ask one host the first may have its turn."""
        twice = [host for host, times in Counter(asked).items() if times > 1]
        with self._engine.begin() as connection:
            first = self._taken(connection, set(asked))
            later = self._taken(connection, twice) if twice else {}
        return [first.pop(host) if host in first else later[host] for host in asked]

    def _taken(self, connection: Connection, names: Collection[str]) -> dict[str, timedelta | None]:
        return hosts.take_hosts(
            connection, names, owner=self._owner, lease=self._lease, gap=self._spacing.gap
        )

    def _give_back(self, done: Sequence[HostDone]) -> Sequence[None]:
        with self._engine.begin() as connection:
            if any(one.hold_until for one in done):
                ahead = lead(connection)
                done = [
                    replace(one, hold_until=one.hold_until and one.hold_until + ahead)
                    for one in done
                ]
            hosts.give_back_hosts(connection, done, owner=self._owner, spacing=self._spacing)
        return [None] * len(done)
