"""Which watches an article matches: all watches at once.

Each watch is filed under what any matching article must have. One pass over the article's words,
mentions and facts gives the candidates, and only those are evaluated: the cost grows with what
matches, not with the number of watches.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from operator import attrgetter

from worker.memory import without_collection
from worker.model import Article, Confidence, Match, Mention, Watch
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
        found = [
            match
            for layer, sorts, above in self._asked(context)
            for match in layer.match(reading, sorts, above)
        ]
        return tuple(sorted(found, key=attrgetter("watch_id")))

    def sure(
        self, article: Article, mentions: Sequence[Mention], *, context: Context = NO_CONTEXT
    ) -> dict[int, Confidence]:
        """By id how surely each of the same watches matches: without evidence, for what only counts."""
        if not self:
            return {}
        reading = Reading(article, mentions, context)
        found: dict[int, Confidence] = {}
        for layer, sorts, above in self._asked(context):
            found |= layer.sure(reading, sorts, above)
        return found

    def _asked(self, context: Context) -> Iterator[tuple[Layer, list[Asks], AbstractSet[int]]]:
        """The layers that have a say, the sorts to look for there, the watches of which others have."""
        above: frozenset[int] = frozenset()
        for layer in self._layers:
            sorts = [sort for sort in self._sorts if sort in layer.indexes]
            if context.outlets is None and Asks.OUTLETS in sorts:
                sorts.remove(Asks.OUTLETS)
            if sorts:
                yield layer, sorts, above
            above |= layer.ids


class Matcher(Some):
    """All watches, compiled. Disabled ones match too: whether they ring is planned later.

    ``problems`` holds, by watch id, the queries that cannot be used; the others are unharmed.
    ``counting`` are only the watches that ask for the number of outlets, ``spiking`` those that
    ring for a rate: what its query holds for is matched, to be counted, and by ``spiking`` alone.
    """

    def __init__(
        self,
        watches: Iterable[Watch],
        find: Find,
        *,
        base: Layer | None = None,
        gone: Iterable[int] = (),
    ) -> None:
        """With a ``base``, what is compiled there counts but for ``watches`` and what is ``gone``."""
        changed = list(watches) if base else []
        self._base = base or _made(Layer(), watches, find)
        self._over: dict[int, Watch | None] = {watch.id: watch for watch in changed}
        self._over.update(dict.fromkeys(gone))
        layers = [self._base]
        if self._over:
            layers.insert(0, _made(Layer(self._over), changed, find))
        super().__init__(layers, (Asks.ARTICLE, Asks.OUTLETS))
        self.counting = Some(layers, (Asks.OUTLETS,))
        self.spiking = Some(layers, (Asks.RATE,))

    def read_ahead(self, articles: Iterable[Article]) -> None:
        """Look up the words of some articles: what others share with them they will find looked up."""
        for article in articles:
            reading = Reading(article, (), NO_CONTEXT)
            for layer in self._layers:
                layer.read_ahead(reading.language, reading.words.runs)

    def changed(self, watches: Iterable[Watch], gone: Iterable[int], find: Find) -> "Matcher":
        """A matcher in which some watches are new or others than they were, and some gone.

        It costs as much as has changed since all were compiled: ``changes`` watches in all.
        """
        over = {**self._over, **dict.fromkeys(gone), **{watch.id: watch for watch in watches}}
        kept = [watch for watch in over.values() if watch]
        lost = [watch_id for watch_id, watch in over.items() if watch is None]
        return Matcher(kept, find, base=self._base, gone=lost)

    @property
    def changes(self) -> int:
        """How many watches have changed since all were compiled together."""
        return len(self._over)

    @property
    def problems(self) -> Mapping[int, QueryError]:
        """By watch id, the queries that cannot be used."""
        found: dict[int, QueryError] = {}
        for layer in reversed(self._layers):
            found = {one: why for one, why in found.items() if one not in layer.ids}
            found |= layer.problems
        return found


class Making:
    """A matcher in the making, bit by bit, so that something else can be done in between."""

    def __init__(self, watches: Iterable[Watch], find: Find, languages: Iterable[str] = ()) -> None:
        self._layer, self._find = Layer(), find
        self._steps = self._layer.compiling(watches, find, languages)

    def go_on(self, is_over: Callable[[], bool]) -> Matcher | None:
        """Go on until ``is_over`` says so; the matcher once it is done."""
        with without_collection():  # it would look through everything made, again and again
            for _ in self._steps:
                if is_over():
                    return None
        return Matcher((), self._find, base=self._layer)


def _made(layer: Layer, watches: Iterable[Watch], find: Find) -> Layer:
    with without_collection():
        deque(layer.compiling(watches, find), maxlen=0)
    return layer
