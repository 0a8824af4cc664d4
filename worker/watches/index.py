"""Programs filed under what an article must have for them to hold.

Each program is filed under the rarest of what it cannot do without, counted in programs that ask
for it. Those that share it are parted once more by what else each of them needs, so that few are
tried that do not match.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from worker.watches.program import All, Any, Close, Compared, Fact, Program, Terms, Words
from worker.watches.tree import Measure

Key = int | str
"""A word's number, a pair of words (see ``pair``), or a term."""
Need = tuple[Key, ...]
"""An article that matches has at least one of these."""

_STEP = 2000
"""So many programs are filed between two chances to do something else."""


def pair(first: int, second: int) -> int:
    """The key of two words in a row."""
    return (first + 1) << 32 | second


Cost = Callable[[Need], float]
"""How many articles, or programs, have a need: the smaller, the better to file under."""

# Facts and kinds of mentions that many articles have, and how many times more than others.
_COMMON = {"lang": 1000.0, "topic=": 200.0, "country=": 100.0, "tag": 100.0, "outlet": 50.0}


def usual(need: Need) -> float:
    """The cost of a need by what it is, before programs are counted."""
    return sum(
        _COMMON.get(key.partition("\t")[0], 1.0) if isinstance(key, str) else 2.0 for key in need
    )


def needs(program: Program, cost: Cost = usual) -> list[Need]:
    """What a program cannot do without: of each one at least."""
    match program:
        case Words():
            return _needs_of_words(program.numbers)
        case Terms() | Fact():
            return [program.terms]
        case Compared():
            return [program.of.terms] if program.of and not _holds_at_zero(program) else []
        case Close(parts):
            return [_either(part, cost) for part in parts]
        case All():
            return [need for part in program for need in needs(part, cost)]
        case Any():
            found = _either(program, cost)
            return [found] if found else []
    return []


def _either(parts: Iterable[Program], cost: Cost) -> Need:
    """What is needed for one of several to hold: of each the cheapest; nothing if one has none."""
    found = [needs(part, cost) for part in parts]
    return tuple(key for each in found for key in min(each, key=cost)) if all(found) else ()


def _needs_of_words(numbers: tuple[int, ...]) -> list[Need]:
    if len(numbers) == 1:
        return [numbers]
    return [(pair(first, second),) for first, second in pairwise(numbers)]


def _holds_at_zero(compared: Compared) -> bool:
    """Whether it holds where what is counted is not there at all."""
    return compared.measure in {Measure.MENTIONS, Measure.SALIENCE} and holds(
        0.0, compared.operator, compared.number
    )


def holds(value: float, operator: str, number: float) -> bool:
    """Whether a comparison holds."""
    match operator:
        case ">":
            return value > number
        case ">=":
            return value >= number
        case "<":
            return value < number
        case "<=":
            return value <= number
    return value == number


class Index:
    """Which programs may hold where an article has some keys.

    What is filed lies in three long rows of numbers, not in objects: a processor finds what is
    side by side much sooner than what is strewn about the memory. Under each key's row there are
    programs, each with the number of the key it needs besides, 0 for none.
    """

    def __init__(self) -> None:
        self.always: list[int] = []
        self.pairs: frozenset[int] = frozenset()
        self.firsts: frozenset[int] = frozenset()
        self._rows: dict[Key, int] = {}
        self._numbers: dict[Key, int] = {}
        self._starts = np.zeros(1, np.int64)
        self._programs = np.zeros(0, np.int64)
        self._besides = np.zeros(0, np.int64)

    def filing(self, programs: Sequence[tuple[int, Program]]) -> Iterator[None]:
        """File programs under their numbers, bit by bit: done when this has come to its end."""
        asked: Counter[Key] = Counter()
        for count, (_, program) in enumerate(programs, 1):
            for branch in _branches(program):
                for need in needs(branch):
                    asked.update(need)
            if count % _STEP == 0:
                yield
        shelves: dict[Key, list[tuple[int, Need]]] = {}
        for count, (number, program) in enumerate(programs, 1):
            for branch in _branches(program):
                self._shelve(number, branch, asked, shelves)
            if count % _STEP == 0:
                yield
        yield from self._file(shelves)
        keys = self._rows.keys() | self._numbers.keys()
        self.pairs = frozenset(key for key in keys if isinstance(key, int) and key >> 32)
        self.firsts = frozenset((key >> 32) - 1 for key in self.pairs)

    def _shelve(
        self,
        number: int,
        program: Program,
        asked: Mapping[Key, int],
        shelves: dict[Key, list[tuple[int, Need]]],
    ) -> None:
        """Put a program under its rarest need, with the next rarest beside it."""

        def cost(need: Need) -> float:
            return sum(asked.get(key, 0) for key in need)

        wanted = sorted(needs(program, cost), key=cost)
        if not wanted:
            self.always.append(number)
            return
        entry = number, (wanted[1] if wanted[1:] else ())
        for key in wanted[0]:
            shelves.setdefault(key, []).append(entry)

    def _file(self, shelves: Mapping[Key, list[tuple[int, Need]]]) -> Iterator[None]:
        starts, programs, besides = array("q", [0]), array("q"), array("q")
        for row, (key, shelf) in enumerate(shelves.items()):
            self._rows[key] = row
            for number, also in shelf:
                for other in also:
                    programs.append(number)
                    besides.append(self._numbers.setdefault(other, len(self._numbers) + 1))
                if not also:
                    programs.append(number)
                    besides.append(0)
            starts.append(len(programs))
            if row % _STEP == 0:
                yield
        self._starts, self._programs, self._besides = map(_frozen, (starts, programs, besides))

    def candidates(self, keys: AbstractSet[Key]) -> set[int]:
        """The programs that may hold where an article has these keys, and no others can."""
        rows = np.array([self._rows[key] for key in keys & self._rows.keys()], np.int64)
        there = np.zeros(len(self._numbers) + 1, np.bool_)
        there[[0, *(self._numbers[key] for key in keys & self._numbers.keys())]] = True
        starts = self._starts[rows]
        counts = self._starts[rows + 1] - starts
        ends = counts.cumsum()
        # The places of all rows, one after another: each row's count up from where it starts.
        places = np.repeat(starts - ends + counts, counts) + np.arange(counts.sum())
        found = self._programs[places[there[self._besides[places]]]]
        return {*self.always, *found.tolist()}


def _frozen(numbers: array[int]) -> npt.NDArray[np.int64]:
    return np.array(numbers, np.int64)


def _branches(program: Program) -> Collection[Program]:
    return program if isinstance(program, Any) else (program,)
