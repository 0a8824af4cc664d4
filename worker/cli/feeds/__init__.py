"""``tocsin feeds``: what is polled."""

from worker.cli.feeds import adding, changing, checking, exchange, showing
from worker.cli.feeds.app import app

__all__ = ["adding", "app", "changing", "checking", "exchange", "showing"]
