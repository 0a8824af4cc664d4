"""Fits the weights of ``worker.stories.likeness`` on the pairs that may be looked at.

    python -m bench.weights           # what weights fitted on other families say of each family
    python -m bench.weights --write   # and write those fitted on all

A multinomial logistic regression with a penalty on large weights. Each pair is asked twice: as on a
first day, and as after many articles, whose terms are those of all other families. Different events
are asked once more as if they had come on the same day: a clock alone must not tell them apart.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.labelled import Pair, Report, load
from bench.pairs import interval, read_features
from worker.stories import Features, Rarity, Weighed, learn
from worker.stories.likeness import TRAITS, traits
from worker.stories.weighed import Common

WEIGHTS = Path(__file__).parents[1] / "worker" / "stories" / "weights.json"
CLASSES = ("different", "same", "follow-up")
COPIES = {"copy", "cut copy"}
PENALTY = 1.0
FOLDS = 9
MANY = 20_000
"""Articles that terms were counted in, where terms are known."""
WEIGHT = {"rewrite": 0.3, "translation": 0.3, "stranger": 0.3, "pressed": 0.3}
"""What a pair counts: rewrites are told by their facts alone, strangers are many."""
ASKED = (0.3, 0.4, 0.5, 0.55, 0.6, 0.7, 0.8)

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]


class Example(NamedTuple):
    """A pair as it was asked: on a ``first`` day, once terms are ``known``, or ``pressed``."""

    families: frozenset[str]
    kind: str
    label: str
    asked: str
    values: tuple[float, ...] | None


def examples(reports: Sequence[Report], pairs: Sequence[Pair]) -> Iterator[Example]:
    """All pairs of the reports that are no copies, and those of different families."""
    taken = read_features(reports)
    first = Rarity()
    known = {
        family: _known([taken[one.id] for one in reports if one.family != family])
        for family in {one.family for one in reports}
    }
    for pair in pairs:
        if pair.kind in COPIES:
            continue
        earlier, later = sorted((taken[pair.a.id], taken[pair.b.id]), key=lambda one: one.at)
        families = frozenset({pair.a.family})
        for asked, rarity in (("first", first), ("known", known[pair.a.family])):
            values = _values(earlier, later, rarity)
            yield Example(families, pair.kind, pair.label, asked, values)
            if pair.label == "different":
                yield Example(families, pair.kind, pair.label, "pressed", _pressed(values))
    for a, b in combinations(reports, 2):
        if a.family != b.family:
            values = _pressed(_values(taken[a.id], taken[b.id], first))
            families = frozenset({a.family, b.family})
            yield Example(families, "stranger", "different", "first", values)


def _known(seen: Sequence[Features]) -> Rarity:
    """The rarity after many articles like these."""
    counts = learn(Rarity(), seen).counts.astype(np.float64) * MANY / len(seen)
    return Rarity(MANY, counts.astype(np.uint16))


def _values(earlier: Features, later: Features, rarity: Rarity) -> tuple[float, ...] | None:
    return traits(Common(Weighed(earlier, rarity), Weighed(later, rarity)))


def _pressed(values: tuple[float, ...] | None) -> tuple[float, ...] | None:
    """The same pair, had both come within hours."""
    if values is None:
        return None
    named = dict(zip(TRAITS, values, strict=True))
    named |= {
        "same day": 1.0,
        "told again": 0.0,
        "newer day": 0.0,
        "hours on": 0.0,
        "a day on": 0.0,
    }
    return tuple(named.values())


def fitted(some: Sequence[Example]) -> Matrix:
    """A column of weights for ``same`` and one for ``follow-up``, against ``different`` (Newton)."""
    asked = [one for one in some if one.values is not None]
    rows = np.array([one.values for one in asked])
    hit = np.array([[one.label == name for name in CLASSES[1:]] for one in asked], float)
    counts = np.array(
        [WEIGHT.get("pressed" if one.asked == "pressed" else one.kind, 1.0) for one in asked]
    )
    penalty = np.full(len(TRAITS), PENALTY)
    penalty[-1] = 1e-3
    weights: Matrix = np.zeros((len(TRAITS), 2))
    for _ in range(30):
        likely = chances(rows, weights)
        slope = rows.T @ (counts[:, None] * (likely - hit)) + penalty[:, None] * weights
        bend = np.block(
            [
                [
                    (rows * (counts * likely[:, i] * ((i == j) - likely[:, j]))[:, None]).T @ rows
                    + (i == j) * np.diag(penalty)
                    for j in range(2)
                ]
                for i in range(2)
            ]
        )
        step = np.linalg.solve(bend, slope.T.ravel()).reshape(2, -1).T
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def chances(rows: Matrix, weights: Matrix) -> Matrix:
    """The chances of ``same`` and ``follow-up`` for each row."""
    raised = np.exp(rows @ weights)
    found: Matrix = raised / (1 + raised.sum(1, keepdims=True))
    return found


def crossed(every: Sequence[Example]) -> list[tuple[Example, float, float]]:
    """Each example's chances by weights that were fitted without its families."""
    families = sorted({family for one in every for family in one.families})
    told: list[tuple[Example, float, float]] = []
    for fold in range(FOLDS):
        left_out = frozenset(families[fold::FOLDS])
        weights = fitted([one for one in every if one.families.isdisjoint(left_out)])
        for one in every:
            if min(one.families) in left_out:
                likely = (
                    (0.0, 0.0)
                    if one.values is None
                    else chances(np.array([one.values]), weights)[0].tolist()
                )
                told.append((one, *likely))
    return told


def show(told: Sequence[tuple[Example, float, float]]) -> None:
    """Print what the chances call the same from where on, and what follow-ups."""
    for asked in ("first", "known", "pressed"):
        of = [one for one in told if one[0].asked == asked]
        for least in ASKED:
            called = [one for one, same, _ in of if same >= least]
            right = sum(one.label == "same" for one in called)
            own = [same >= least for one, same, _ in of if one.kind == "independent"]
            lowest, highest = interval(right, len(called))
            wrong = Counter(one.kind for one in called if one.label != "same")
            after = [one for one, same, later in of if same < 0.5 and later >= least]
            named = sum(one.label == "follow-up" for one in after)
            all_after = sum(one.label == "follow-up" for one, _, _ in of)
            print(
                f"{asked:<8}{least:.2f}  same {right} of {len(called)} ({lowest:.3f}-{highest:.3f})"
                f", own reports {sum(own)} of {len(own)}, wrong {dict(wrong)};"
                f" follow-ups {named} of {all_after}, called so {len(after)}"
            )


def main() -> None:
    """Fit and show, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the weights to the package")
    write = parser.parse_args().write
    reports, pairs = load()
    every = list(
        examples(
            [one for one in reports if one.part.endswith("dev")],
            [pair for pair in pairs if pair.a.part.endswith("dev")],
        )
    )
    show(crossed(every))
    weights = fitted(every).round(3)
    for trait, (same, follow_up) in zip(TRAITS, weights.tolist(), strict=True):
        print(f"{trait:<18}{same:>8.2f}{follow_up:>8.2f}  {TRAITS[trait]}")
    if write:
        columns = {
            label: dict(zip(TRAITS, column, strict=True))
            for label, column in zip(CLASSES[1:], weights.T.tolist(), strict=True)
        }
        WEIGHTS.write_text(json.dumps(columns, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
