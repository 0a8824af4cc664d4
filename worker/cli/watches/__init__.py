"""``tocsin watches``: what to ring for."""

from worker.cli.watches import changing, explaining, showing, testing
from worker.cli.watches.app import app

__all__ = ["app", "changing", "explaining", "showing", "testing"]
