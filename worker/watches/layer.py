"""Some watches, compiled together."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from enum import Enum, auto

from worker.model import Confidence, Evidence, Match, Watch
from worker.watches.evaluation import CONFIDENCES, evidence, grade
from worker.watches.index import Index
from worker.watches.keys import Keys
from worker.watches.program import Compiler, Program
from worker.watches.query import Find, QueryError
from worker.watches.reading import Reading
from worker.watches.resolve import Reader
from worker.watches.sightings import FAILS, Sightings
from worker.watches.tree import AllOf, AnyOf, Compare, Measure, Node, NoneOf, Spike

_STEP = 500
"""So many watches are compiled between two chances to do something else."""


class Asks(Enum):
    """What a watch has to be told: when it can be matched."""

    ARTICLE = auto()
    """The article alone."""
    OUTLETS = auto()
    """Also how many outlets the story has."""
    RATE = auto()
    """It counts how often its query holds, and is matched to be counted."""


def asks(root: Node) -> Asks:
    """What a query asks for."""
    if isinstance(root, Spike):
        return Asks.RATE
    return Asks.OUTLETS if _counts_outlets(root) else Asks.ARTICLE


def _counts_outlets(node: Node) -> bool:
    match node:
        case Compare():
            return node.measure is Measure.OUTLETS
        case NoneOf(part):
            return _counts_outlets(part)
        case AllOf(parts) | AnyOf(parts):
            return any(_counts_outlets(part) for part in parts)
    return False


class Layer:
    """Compiled watches, never changed once they are. One program serves all watches of one query.

    ``problems`` holds, by watch id, the queries that cannot be used. ``ids`` are the watches of
    which no layer below has a say any more.
    """

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self.problems: dict[int, QueryError] = {}
        self.ids = frozenset(ids)
        self.keys = Keys()
        self.programs: list[Program] = []
        self.watches: list[int | list[int]] = []  # by program
        self.indexes: dict[Asks, Index] = {}

    def compiling(
        self, watches: Iterable[Watch], find: Find, languages: Iterable[str] = ()
    ) -> Iterator[None]:
        """Compile watches, bit by bit: the layer is ready when this has come to its end.

        The stems of some ``languages`` are worked out now, of others with their first article.
        """
        reader, compiler = Reader(find), Compiler(self.keys)
        numbers: dict[str, int] = {}
        numbers_of: dict[Asks, list[int]] = {sort: [] for sort in Asks}
        for count, watch in enumerate(watches, 1):
            number = numbers.get(watch.query)
            if number is not None:
                self._share(number, watch.id)
                continue
            try:
                query = reader.read(watch.query)
            except QueryError as problem:
                self.problems[watch.id] = problem
                continue
            number = numbers[watch.query] = len(self.programs)
            self.programs.append(compiler.compile(query.root))
            self.watches.append(watch.id)
            numbers_of[asks(query.root)].append(number)
            if count % _STEP == 0:
                yield
        self.keys.done()
        for sort, those in numbers_of.items():
            if those:
                index = Index()
                filed = [(number, self.programs[number]) for number in those]
                yield from index.filing(filed, self.keys.count)
                self.indexes[sort] = index
        for language in languages:
            self.keys.vocabulary.prepare(language)
            yield

    def _share(self, number: int, watch_id: int) -> None:
        had = self.watches[number]
        if isinstance(had, int):
            self.watches[number] = [had, watch_id]
        else:
            had.append(watch_id)

    def read_ahead(self, language: str, runs: Iterable[str]) -> None:
        """Look up what stands in articles in a language, which is remembered."""
        known = self.keys.vocabulary.known(language)
        for one in runs:
            known[one]

    def match(
        self, reading: Reading, sorts: Iterable[Asks], without: AbstractSet[int] = frozenset()
    ) -> list[Match]:
        """The watches of some sorts that match, but for some of them."""
        rows: list[tuple[int, tuple[Evidence, ...], Confidence]] = []
        seen, held = self._held(reading, sorts)
        for number, found in held.items():
            pieces, sure = evidence(self.programs[number], seen), CONFIDENCES[found]
            ids = self.watches[number]
            if isinstance(ids, int):
                rows.append((ids, pieces, sure))
            else:
                rows += [(watch_id, pieces, sure) for watch_id in ids]
        return [
            *map(Match._make, (row for row in rows if row[0] not in without) if without else rows)
        ]

    def sure(
        self, reading: Reading, sorts: Iterable[Asks], without: AbstractSet[int] = frozenset()
    ) -> dict[int, Confidence]:
        """By id how surely each of the same watches matches."""
        found: dict[int, Confidence] = {}
        for number, graded in self._held(reading, sorts)[1].items():
            ids = self.watches[number]
            if isinstance(ids, int):
                found[ids] = CONFIDENCES[graded]
            else:
                found |= dict.fromkeys(ids, CONFIDENCES[graded])
        return {one: found[one] for one in found if one not in without} if without else found

    def _held(self, reading: Reading, sorts: Iterable[Asks]) -> tuple[Sightings, dict[int, int]]:
        """The programs of some sorts that hold, each with its grade."""
        seen, held = Sightings(reading, self.keys), dict[int, int]()
        for sort in sorts:
            found, doubtful = self.indexes[sort].look(seen)
            held |= found
            for number in doubtful:
                graded = grade(self.programs[number], seen)
                if graded != FAILS:
                    held[number] = graded
        return seen, held
