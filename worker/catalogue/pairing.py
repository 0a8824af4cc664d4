"""Which stored feed a declared one is, and in what order feeds can take new names and URLs.

Names and URLs are unique in the store at every moment, also inside a transaction.
"""

from collections.abc import Iterable, Iterator, Sequence

from worker.catalogue.declared import DeclaredFeed
from worker.model import Feed

Pair = tuple[DeclaredFeed, Feed | None]
Move = tuple[DeclaredFeed, Feed]


def pair_feeds(declared: Sequence[DeclaredFeed], stored: Sequence[Feed]) -> list[Pair]:
    """Each declared feed with the stored one of its name, else of its URL if nobody claims that.

    The order is one in which each can be changed: whoever frees a name or URL comes before
    whoever takes it. Feeds that are to swap theirs come last; ``conflicts`` tells of them.
    """
    names = {feed.name: feed for feed in stored}
    claimed = {feed.name for feed in declared}
    urls = {feed.url: feed for feed in stored if feed.name not in claimed}
    pairs = [(feed, names.get(feed.name) or urls.get(feed.url)) for feed in declared]
    new = [(feed, old) for feed, old in pairs if old is None]
    free, stuck = _free_and_stuck([(feed, old) for feed, old in pairs if old is not None])
    return [*new, *free, *stuck]


def conflicts(pairs: Iterable[Pair], stored: Iterable[Feed], *, removed: set[int]) -> Iterator[str]:
    """Why feeds cannot become what is declared: one line each, with the mend."""
    pairs = list(pairs)
    moves = [(feed, old) for feed, old in pairs if old is not None]
    paired = {old.id for _, old in moves}
    kept = {feed.url: feed.name for feed in stored if feed.id not in paired | removed}
    for feed, _ in pairs:
        if feed.url in kept:
            other = kept[feed.url]
            yield (
                f"feed {feed.name}: its address is that of feed {other}, which is not declared; "
                f"use --prune, or: tocsin feeds remove {other}"
            )
    for feed, _ in _free_and_stuck(moves)[1]:
        yield f"feed {feed.name}: feeds cannot swap names or addresses; apply a third one between"


def _free_and_stuck(moves: Sequence[Move]) -> tuple[list[Move], list[Move]]:
    """The moves in an order in which each finds its name and URL free, and those with none."""
    free: list[Move] = []
    waiting = list(moves)
    while waiting:
        held_names = {old.name: old.id for _, old in waiting}
        held_urls = {old.url: old.id for _, old in waiting}
        ready = [
            (new, old)
            for new, old in waiting
            if held_names.get(new.name, old.id) == held_urls.get(new.url, old.id) == old.id
        ]
        if not ready:
            break
        free.extend(ready)
        waiting = [move for move in waiting if move not in ready]
    return free, waiting
