"""``tocsin watches``: what to ring for."""

from worker.cli.watches import (
    backfilling,
    changing,
    explaining,
    feeding,
    muting,
    showing,
    testing,
)
from worker.cli.watches.app import app

__all__ = [
    "app",
    "backfilling",
    "changing",
    "explaining",
    "feeding",
    "muting",
    "showing",
    "testing",
]
