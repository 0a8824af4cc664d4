"""``tocsin explain``: an item's whole way, and why it rang or did not."""

from worker.cli.explain.command import explain, tell

__all__ = ["explain", "tell"]
