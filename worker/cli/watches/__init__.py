"""``tocsin watches``: what to ring for."""

from worker.cli.watches import changing, showing, testing
from worker.cli.watches.app import app

__all__ = ["app", "changing", "showing", "testing"]
