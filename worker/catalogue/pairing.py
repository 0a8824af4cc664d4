"""Which stored feed a declared one is, and in what order feeds can take new names and URLs.

Names and URLs are unique in the store at every moment, also inside a transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from worker.catalogue.declared import DeclaredFeed
from worker.model import Feed

Pair = tuple[DeclaredFeed, Feed | None]
Move = tuple[DeclaredFeed, Feed]


def pair_feeds(declared: Sequence[DeclaredFeed], stored: Sequence[Feed]) -> list[Pair]:
    """Each declared feed with the stored one of its name, else of its URL if nobody claims that.

    A URL that a stored feed has moved away from is still its own, and the declared feed says where
    it is now. The order is one in which each can be changed: whoever frees a name or URL comes before
    whoever takes it. Feeds that are to swap theirs come last; ``conflicts`` tells of them.
    """
    names = {feed.name: feed for feed in stored}
    claimed = {feed.name for feed in declared}
    unclaimed = [feed for feed in stored if feed.name not in claimed]
    urls = {feed.url: feed for feed in unclaimed}
    pairs: list[Pair] = [(feed, names.get(feed.name) or urls.get(feed.url)) for feed in declared]
    pairs = [_where_now(*pair) for pair in _by_former_url(pairs, unclaimed)]
    new = [(feed, old) for feed, old in pairs if old is None]
    ready, stuck = _free_and_stuck([(feed, old) for feed, old in pairs if old is not None])
    return [*new, *ready, *stuck]


def _by_former_url(pairs: Sequence[Pair], unclaimed: Iterable[Feed]) -> Iterator[Pair]:
    """The pairs; a feed that none was found for gets the one that had its URL before, if any."""
    taken = {old.id for _, old in pairs if old is not None}
    former = {alias: feed for feed in unclaimed for alias in feed.aliases}
    for feed, old in pairs:
        had = former.get(feed.url)
        if old is None and had is not None and had.id not in taken:
            taken.add(had.id)
            yield feed, had
        else:
            yield feed, old


def _where_now(feed: DeclaredFeed, old: Feed | None) -> Pair:
    if old is not None and has_moved(feed.url, old):
        return replace(feed, moved_to=old.url), old
    return feed, old


def has_moved(url: str, feed: Feed) -> bool:
    """Whether a declared address is one that the stored feed has moved away from since.

    One that it had left before its present address was declared is asked for anew.
    """
    if url == feed.url or url not in feed.aliases:
        return False
    if not feed.declared:
        return True
    since = feed.aliases.index(feed.declared_url) if feed.declared_url in feed.aliases else None
    return since is not None and url in feed.aliases[since:]


def conflicts(pairs: Iterable[Pair], stored: Iterable[Feed], *, removed: set[int]) -> Iterator[str]:
    """Why feeds cannot become what is declared: one line each, with the mend."""
    pairs = list(pairs)
    moves = [(feed, old) for feed, old in pairs if old is not None]
    paired = {old.id for _, old in moves}
    kept = {feed.url: feed.name for feed in stored if feed.id not in paired | removed}
    for feed, _ in pairs:
        if feed.address in kept:
            other = kept[feed.address]
            yield (
                f"feed {feed.name}: its address is that of feed {other}, which is not declared; "
                f"use --prune, or: tocsin feeds remove {other}"
            )
    moved = {feed.moved_to: feed.name for feed, _ in moves if feed.moved_to}
    for feed, _ in pairs:
        if feed.url in moved and not feed.moved_to:
            other = moved[feed.url]
            yield f"feed {feed.name}: feed {other} has moved to its address; remove one of them"
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
            if held_names.get(new.name, old.id) == held_urls.get(new.address, old.id) == old.id
        ]
        if not ready:
            break
        free.extend(ready)
        done = {old.id for _, old in ready}
        waiting = [(new, old) for new, old in waiting if old.id not in done]
    return free, waiting
