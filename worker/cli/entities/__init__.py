"""``tocsin entities``: who and what Tocsin knows by name."""

from worker.cli.entities import changing, showing, syncing
from worker.cli.entities.app import app

__all__ = ["app", "changing", "showing", "syncing"]
