"""``tocsin watches``: what to ring for."""

from worker.cli.watches import changing, explaining, muting, showing, testing
from worker.cli.watches.app import app

__all__ = ["app", "changing", "explaining", "muting", "showing", "testing"]
