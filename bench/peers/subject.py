"""Who is measured: a poller that can be given all feeds anew, and polls them all once."""

from typing import Protocol

from bench.peers.newsagent import Newsagent
from bench.peers.round import Round


class Subject(Protocol):
    """One poller. ``name`` stands in the table and in the JSON line."""

    name: str

    def cold(self, agent: Newsagent) -> Round:
        """Forget everything, be given every feed, poll each once."""

    def warm(self, agent: Newsagent, new: int) -> Round:
        """Poll each feed again; ``new`` items are there that were not. SystemExit if lost."""

    def stop(self) -> None:
        """End what runs."""


def expect(subject: str, what: str, wanted: int, found: int) -> None:
    """Stop the benchmark where a poller did not do the work: SystemExit."""
    if wanted != found:
        raise SystemExit(f"{subject}: {what}: {wanted} expected, {found} found")
