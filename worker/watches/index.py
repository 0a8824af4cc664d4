"""Programs filed under what an article must have for them to hold.

Each program is filed under the rarest of what it cannot do without, counted in programs that ask
for it, with what else it wants beside. Of most, that says all: whether they hold, and how surely, is
read off the rows for all at once. The others are left to be tried.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worker.watches.keys import ALWAYS, NEVER
from worker.watches.program import All, Any, Close, Compared, Fact, Not, Program, Terms, Words
from worker.watches.sightings import FAILS, Sightings
from worker.watches.tree import Measure

Need = tuple[int, ...]
"""Keys of which an article that matches has at least one."""
Cost = Callable[[Need], float]
"""How many programs have a need: the fewer, the better to file under."""

_STEP = 2000
"""So many programs are filed between two chances to do something else."""
_MOST = 64
"""A program stands in so many rows for each key it is filed under, before its third need is left out."""
_TOLD = 3
"""So many needs a row tells of."""


class Demand(NamedTuple):
    """What a program asks of an article: of each need one key at least, and none of the ``bans``.

    ``whole``: it asks for nothing else.
    """

    needs: tuple[Need, ...]
    bans: Need = ()
    whole: bool = True


_UNTOLD = Demand((), whole=False)


def demand(program: Program, cost: Cost = len) -> Demand:
    """What a program asks for; of alternatives, by the cheapest that each needs."""
    match program:
        case Words() | Terms() | Fact():
            return Demand(((program.key,),))
        case Not(part):
            return Demand((), (part.key,)) if isinstance(part, Words | Terms | Fact) else _UNTOLD
        case Compared():
            needed = program.of and not _holds_at_zero(program)
            return Demand(((program.of.key,),), whole=False) if program.of and needed else _UNTOLD
        case Close(parts):
            return Demand(tuple(_either(part, cost).needs[0] for part in parts), whole=False)
        case Any():
            return _either(program, cost)
        case All():
            found = [demand(part, cost) for part in program]
            return Demand(
                tuple(need for one in found for need in one.needs),
                tuple(key for one in found for key in one.bans),
                all(one.whole for one in found),
            )


def _either(parts: Iterable[Program], cost: Cost) -> Demand:
    """One of several holds: nothing is needed if one of them needs nothing."""
    found = [demand(part, cost) for part in parts]
    if not all(one.needs for one in found):
        return _UNTOLD
    needed = dict.fromkeys(key for one in found for key in min(one.needs, key=cost))
    whole = all(one.whole and len(one.needs) == 1 and not one.bans for one in found)
    return Demand((tuple(needed),), whole=whole)


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
    """Which programs hold, or may hold, in an article.

    What is filed lies in long rows of numbers, not in objects: a processor finds what is side by
    side much sooner than what is strewn about the memory. Under each key there are programs, each with
    two keys that it needs besides and one that it bans.
    """

    def __init__(self) -> None:
        self._always: list[int] = []
        self._starts = self._programs = self._seconds = self._thirds = self._bans = _frozen([])
        self._whole = np.zeros(0, np.bool_)

    def filing(self, programs: Sequence[tuple[int, Program]], keys: int) -> Iterator[None]:
        """File programs under their numbers, bit by bit: done when this has come to its end."""
        asked: Counter[int] = Counter()
        for count, (_, program) in enumerate(programs, 1):
            for branch in _branches(program):
                for need in demand(branch).needs:
                    asked.update(need)
            if count % _STEP == 0:
                yield
        rows = _Rows(asked)
        for count, (number, program) in enumerate(programs, 1):
            rows.add(number, program)
            if count % _STEP == 0:
                yield
        self._always = rows.always
        order = np.argsort(_frozen(rows.keys), kind="stable")
        self._starts = np.searchsorted(_frozen(rows.keys)[order], np.arange(keys + 1)).astype("i4")
        yield
        self._programs, self._seconds, self._thirds, self._bans = (
            _frozen(one)[order] for one in (rows.programs, rows.seconds, rows.thirds, rows.bans)
        )
        self._whole = np.array(rows.whole, np.bool_)[order]

    def look(self, seen: Sightings) -> tuple[dict[int, int], set[int]]:
        """The programs that hold in an article, by their grade; those to be tried, and no others may."""
        ranks = np.frombuffer(seen.ranks, np.int8)
        starts = self._starts[seen.found]
        counts = self._starts[seen.found + 1] - starts
        ends = counts.cumsum()
        # The places of all rows, one after another: each row's count up from where it starts.
        places = np.repeat(starts - ends + counts, counts) + np.arange(counts.sum())
        grades = np.minimum(np.repeat(ranks[seen.found], counts), ranks[self._seconds[places]])
        places, grades = _kept(grades != FAILS, places, grades)
        grades = np.minimum(grades, ranks[self._thirds[places]])
        places, grades = _kept(
            (grades != FAILS) & (ranks[self._bans[places]] == FAILS), places, grades
        )
        whole, programs = self._whole[places], self._programs[places]
        found: dict[int, int] = {}
        for number, grade in zip(programs[whole].tolist(), grades[whole].tolist(), strict=True):
            if grade > found.get(number, FAILS):
                found[number] = grade
        return found, {*self._always, *programs[~whole].tolist()}


class _Rows:
    """What an index holds, in the making."""

    def __init__(self, asked: Mapping[int, int]) -> None:
        self._asked = asked
        self.always: list[int] = []
        self.keys, self.programs = array("i"), array("i")
        self.seconds, self.thirds, self.bans = array("i"), array("i"), array("i")
        self.whole = bytearray()

    def _cost(self, need: Need) -> float:
        return sum(self._asked.get(key, 0) for key in need)

    def add(self, number: int, program: Program) -> None:
        """Put a program, or each of its alternatives, under its rarest need."""
        told = [demand(branch, self._cost) for branch in _branches(program)]
        if not all(one.needs for one in told):
            self.always.append(number)
            return
        whole, rows = True, list[tuple[int, ...]]()
        for asked in told:
            needs = sorted(asked.needs, key=self._cost)
            first, second, third = [*needs, (ALWAYS,), (ALWAYS,)][:3]
            bans = asked.bans or (NEVER,)
            if len(second) * len(third) > _MOST:
                third, whole = (ALWAYS,), False
            whole &= asked.whole and len(needs) <= _TOLD and len(bans) == 1
            rows += product(first, second, third, bans[:1])
        for key, second_key, third_key, ban in rows:
            self.keys.append(key)
            self.programs.append(number)
            self.seconds.append(second_key)
            self.thirds.append(third_key)
            self.bans.append(ban)
            self.whole.append(whole)


def _kept(
    those: npt.NDArray[np.bool_], places: npt.NDArray[np.int64], grades: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8]]:
    return places[those], grades[those]


def _frozen(numbers: Sequence[int]) -> npt.NDArray[np.int32]:
    return np.array(numbers, np.int32)


def _branches(program: Program) -> Sequence[Program]:
    return program if isinstance(program, Any) else (program,)
