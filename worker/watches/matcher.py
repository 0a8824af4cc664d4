"""Which watches an article matches: all watches at once.

Each watch is filed under what any matching article must have. One pass over the article's words,
mentions and facts gives the candidates, and only those are evaluated: the cost grows with what
matches, not with the number of watches.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter

from worker.model import Article, Match, Mention, Watch
from worker.watches.context import NO_CONTEXT, Context
from worker.watches.layer import Asks, Layer
from worker.watches.query import Find, QueryError
from worker.watches.reading import Reading


class Some:
    """Watches of some sorts, in layers; what a layer says of a watch holds for those below."""

    def __init__(self, layers: Sequence[Layer], sorts: Sequence[Asks]) -> None:
        self._layers = layers
        self._sorts = sorts

    def __bool__(self) -> bool:
        return any(sort in layer.indexes for layer in self._layers for sort in self._sorts)

    def match(
        self, article: Article, mentions: Sequence[Mention], *, context: Context = NO_CONTEXT
    ) -> tuple[Match, ...]:
        """Every watch the article matches, with the evidence, by watch id.

        Watches that ask for the number of outlets are left out while that is not known.
        """
        if not self:
            return ()
        reading = Reading(article, mentions, context)
        found: list[Match] = []
        above: set[int] = set()
        for layer in self._layers:
            for sort in self._sorts:
                if sort is not Asks.OUTLETS or context.outlets is not None:
                    found.extend(layer.match(reading, sort, above))
            above |= layer.ids if layer is not self._layers[-1] else set()
        return tuple(sorted(found, key=attrgetter("watch_id")))


class Matcher(Some):
    """All watches, compiled. Disabled ones match too: whether they ring is planned later.

    ``problems`` holds, by watch id, the queries that cannot be used; the others are unharmed.
    ``counting`` are only the watches that ask for the number of outlets, ``spiking`` those that
    ring for a rate: what its query holds for is matched, to be counted, and by ``spiking`` alone.
    """

    def __init__(self, watches: Iterable[Watch], find: Find) -> None:
        layer = Layer()
        with no_collection():
            for _ in layer.compiling(watches, find):
                pass
        self._stack((layer,))

    def _stack(self, layers: Sequence[Layer]) -> None:
        super().__init__(layers, (Asks.ARTICLE, Asks.OUTLETS))
        self.counting = Some(layers, (Asks.OUTLETS,))
        self.spiking = Some(layers, (Asks.RATE,))

    @property
    def problems(self) -> Mapping[int, QueryError]:
        """By watch id, the queries that cannot be used."""
        found: dict[int, QueryError] = {}
        for layer in reversed(self._layers):
            for watch_id in found.keys() & layer.ids:
                del found[watch_id]
            found |= layer.problems
        return found


@contextmanager
def no_collection() -> Iterator[None]:
    """Without the garbage collector, which would look through everything made, again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
