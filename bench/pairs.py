"""Scores what Tocsin calls one story against labelled pairs of articles.

The pairs lie in tests/quality/stories, written for this project; see its README. Half of their
events may be looked at while rules are written (dev), the others give the figures that count (held).
The reports are also given their stories one after the other, as they would come.
"""

import argparse
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import NamedTuple, Protocol

from bench.labelled import PARTS, Pair, Report, load
from bench.report import Bar, report
from worker.store.stories import COMPARED, OF_STORY
from worker.stories import (
    Candidate,
    Features,
    Rarity,
    Relation,
    decide_story,
    features,
    keys_of,
    relate,
)
from worker.tagging import load_tagger

HOUR = timedelta(hours=1)
LABELS = ("same", "follow-up", "different")
#: The least that the pairs are to reach, in families of variants and among reports of outlets.
LEAST = {
    "dev": {
        "same.precision": 0.98,
        "recall.copy": 0.97,
        "recall.cut copy": 0.97,
        "recall.rewrite": 0.80,
        "recall.translation": 0.85,
        "follow-up.recall": 0.60,
    },
    "outlets dev": {
        "same.precision": 0.98,
        "recall.independent": 0.20,
        "follow-up.recall": 0.60,
    },
}
LEAST |= {part.replace("dev", "held"): least for part, least in LEAST.items()}


class Judged(NamedTuple):
    """A pair and what Tocsin calls it."""

    pair: Pair
    said: str
    why: str


class Said(NamedTuple):
    """What two reports are to each other, and why."""

    label: str
    why: str


class Judge(Protocol):
    """Tells two reports apart, as if they had come so far ``apart`` where that is given."""

    def __call__(self, a: Report, b: Report, apart: timedelta | None = None) -> Said:
        """What the one is to the other."""


def judge(reports: Iterable[Report]) -> Judge:
    """What tells two of these reports apart, as on a first day: nothing learned of what is rare."""
    known, rarity = read_features(reports), Rarity()

    def said(a: Report, b: Report, apart: timedelta | None = None) -> Said:
        earlier, later = (known[one.id] for one in sorted((a, b), key=_moment))
        if apart is not None:
            later = later.published(earlier.at + apart)
        relation = relate(earlier, later, rarity)
        return Said(relation.kind.value, f"{relation.reason}, {relation.score:.2f}")

    return said


def read_features(reports: Iterable[Report]) -> dict[str, Features]:
    """The features of each report by its id."""
    tagger = load_tagger()
    return {one.id: features(one.article, tagger.tag(one.article), _moment(one)) for one in reports}


def _moment(one: Report) -> datetime:
    assert one.article.published is not None
    return one.article.published


def precision(judged: Sequence[Judged]) -> float:
    """The share of pairs called the same that are."""
    right, called = hits(judged)
    return right / called if called else 1.0


def hits(judged: Sequence[Judged]) -> tuple[int, int]:
    """How many pairs called the same are, and how many are called so."""
    called = [one for one in judged if one.said == "same"]
    return sum(one.pair.label == "same" for one in called), len(called)


def interval(right: int, of: int) -> tuple[float, float]:
    """Where a share lies with 95 % certainty (Wilson, 1927)."""
    if not of:
        return 0.0, 1.0
    z = 1.96
    middle = (right + z * z / 2) / (of + z * z)
    half = z / (of + z * z) * math.sqrt(right * (of - right) / of + z * z / 4)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def recall(judged: Sequence[Judged], label: str = "same") -> float:
    """The share of pairs of a label that are called so."""
    labelled = [one for one in judged if one.pair.label == label]
    return sum(one.said == label for one in labelled) / len(labelled) if labelled else 1.0


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """Everything that is told of one half."""
    lowest, highest = interval(*hits(judged))
    found = {
        "pairs": float(len(judged)),
        "same.precision": precision(judged),
        "same.precision from": lowest,
        "same.precision to": highest,
    }
    found |= {f"{label}.recall": recall(judged, label) for label in LABELS}
    for kind in sorted({one.pair.kind for one in judged if one.pair.label == "same"}):
        found[f"recall.{kind}"] = recall([one for one in judged if one.pair.kind == kind])
    for kind in sorted({one.pair.kind for one in judged if one.pair.label != "same"}):
        asked = [one for one in judged if one.pair.kind == kind]
        found[f"wrongly same.{kind}"] = sum(one.said == "same" for one in asked) / len(asked)
    return {name: round(value, 4) for name, value in found.items()}


def strangers(reports: Sequence[Report], said: Judge) -> tuple[int, list[str]]:
    """How many pairs of reports of different files there are, and which are called the same."""
    asked = [(a, b) for a, b in combinations(reports, 2) if a.family != b.family]
    return len(asked), [f"{a.id} {b.id}" for a, b in asked if said(a, b).label == "same"]


def together(reports: Sequence[Report], pairs: Sequence[Pair]) -> list[Judged]:
    """What the pairs are called where the reports come one after the other and get their stories.

    Each is compared with what shares a key, with three of a story at most, as the store does it.
    """
    known, rarity = read_features(reports), Rarity()
    keys = {one.id: set(keys_of(known[one.id], rarity)) for one in reports}
    story_of: dict[str, int] = {}
    follows: set[tuple[int, int]] = set()
    places: dict[str, Candidate] = {}
    for place, one in enumerate(sorted(reports, key=_moment)):
        shared = {other: len(keys[one.id] & keys[other]) for other in story_of}
        near = sorted((other for other in shared if shared[other]), key=shared.__getitem__)[::-1]
        seen: Counter[int] = Counter()
        related: list[tuple[Candidate, Relation]] = []
        for other in near:
            seen[story_of[other]] += 1
            if seen[story_of[other]] <= OF_STORY and len(related) < COMPARED:
                related.append((places[other], relate(known[other], known[one.id], rarity)))
        decision = decide_story(related)
        story_of[one.id] = place if decision.story_id is None else decision.story_id
        if decision.follows is not None:
            follows.add((decision.follows, story_of[one.id]))
        places[one.id] = Candidate(item_id=place, story_id=story_of[one.id], features=known[one.id])
    return [
        Judged(pair, _place(story_of[pair.a.id], story_of[pair.b.id], follows), "")
        for pair in pairs
    ]


def _place(story: int, other: int, follows: set[tuple[int, int]]) -> str:
    """What two stories are to each other."""
    if story == other:
        return "same"
    return "different" if follows.isdisjoint({(story, other), (other, story)}) else "follow-up"


def show(part: str, judged: Sequence[Judged]) -> None:
    """Print a part's confusion, kinds and languages."""
    lowest, highest = interval(*hits(judged))
    print(f"\n{part}: {len(judged)} pairs")
    print(f"  precision {precision(judged):.3f} ({lowest:.3f} to {highest:.3f} with 95 %)")
    counts = Counter((one.pair.label, one.said) for one in judged)
    print(f"  {'labelled':<12}" + "".join(f"{said:>12}" for said in LABELS) + "   called so")
    for label in LABELS:
        print(f"  {label:<12}" + "".join(f"{counts[label, said]:>12}" for said in LABELS))
    print(f"  {'kind':<16}{'label':<12}{'pairs':>6}{'right':>8}{'called same':>13}")
    for label, kind in sorted({(o.pair.label, o.pair.kind) for o in judged}, key=_by_label):
        of = [one for one in judged if one.pair.kind == kind and one.pair.label == label]
        right = sum(one.said == label for one in of) / len(of)
        called = sum(one.said == "same" for one in of)
        print(f"  {kind:<16}{label:<12}{len(of):>6}{right:>8.3f}{called:>13}")
    print(f"  {'language':<28}{'pairs':>6}{'precision':>11}{'recall of same':>16}")
    for language in sorted({one.pair.languages for one in judged}):
        of = [one for one in judged if one.pair.languages == language]
        print(f"  {language:<28}{len(of):>6}{precision(of):>11.3f}{recall(of):>16.3f}")


def _by_label(named: tuple[str, str]) -> tuple[int, str]:
    return LABELS.index(named[0]), named[1]


def score(
    part: str, reports: Sequence[Report], pairs: Sequence[Pair], said: Judge
) -> dict[str, float]:
    """Print what is said of a part's pairs; gives its figures."""
    judged = [Judged(pair, *said(pair.a, pair.b)) for pair in pairs]
    show(part, judged)
    asked, wrong = strangers(reports, said)
    print(f"  of {asked} pairs of unrelated reports {len(wrong)} are called the same")
    pressed = [Judged(one.pair, *said(one.pair.a, one.pair.b, HOUR)) for one in judged]
    print(f"  all an hour apart: precision {precision(pressed):.3f}, recall {recall(pressed):.3f}")
    put = together(reports, pairs)
    right, called = hits(put)
    own = [one for one in put if one.pair.kind == "independent"]
    print(
        f"  come one after the other: {right} of {called} pairs put into one story are, of"
        f" {recall(put):.3f} found; own reports {recall(own):.3f};"
        f" follow-ups linked {recall(put, 'follow-up'):.3f}"
    )
    return figures(judged) | {
        "in stories.precision": round(precision(put), 4),
        "in stories.recall": round(recall(put), 4),
        "in stories.recall.independent": round(recall(own), 4),
        "in stories.follow-up.recall": round(recall(put, "follow-up"), 4),
        "an hour apart.precision": round(precision(pressed), 4),
        "unrelated": asked,
        "unrelated called same": len(wrong),
    }


def show_errors(reports: Sequence[Report], pairs: Sequence[Pair], said: Judge) -> None:
    """Print each pair that is called wrongly."""
    for pair in pairs:
        label, why = said(pair.a, pair.b)
        if label != pair.label:
            print(f"  {pair.label} ({pair.kind}), called {label} ({why}):")
            print(f"    {pair.a.id}  {pair.b.id}")
    print("\n".join(f"  unrelated, called same: {pair}" for pair in strangers(reports, said)[1]))


def main() -> None:
    """Score every part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="list what went wrong in dev")
    options = parser.parse_args()
    reports, pairs = load()
    said = judge(reports)
    told: dict[str, float] = {}
    for part in PARTS:
        of = [one for one in reports if one.part == part]
        asked = [pair for pair in pairs if pair.a.part == part]
        told |= {f"{part}.{name}": value for name, value in score(part, of, asked, said).items()}
        if options.errors and part.endswith("dev"):
            show_errors(of, asked, said)
    bars = {
        f"{part}.{name}": Bar(told[f"{part}.{name}"], bar)
        for part, least in LEAST.items()
        for name, bar in least.items()
    }
    report("stories", told, bars)


if __name__ == "__main__":
    main()
