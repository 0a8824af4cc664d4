"""Scores what Tocsin calls one story against labelled pairs of articles.

The pairs lie in tests/quality/stories, written for this project; see its README. Half of their
events may be looked at while rules are written (dev), the others give the figures that count (held).
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import yaml

from bench.report import Bar, report
from worker.model import Article
from worker.stories import Rarity, features, relate
from worker.tagging import load_tagger

FOLDER = Path(__file__).parents[1] / "tests" / "quality" / "stories"
HOUR = timedelta(hours=1)
LABELS = ("same", "follow-up", "different")
#: The least that the pairs are to reach, in each half.
LEAST = {
    "same.precision": 0.98,
    "recall.copy": 0.97,
    "recall.cut copy": 0.97,
    "recall.rewrite": 0.80,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An article of the set. ``family`` is the file it stands in."""

    id: str
    family: str
    half: str
    article: Article


class Pair(NamedTuple):
    """Two reports and what a careful reader calls them."""

    a: Report
    b: Report
    label: str
    kind: str

    @property
    def languages(self) -> str:
        """The languages of both, one where they agree."""
        return "-".join(sorted({self.a.article.language, self.b.article.language}))


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


def load(folder: Path = FOLDER) -> tuple[list[Report], list[Pair]]:
    """All reports and pairs of the set."""
    reports: list[Report] = []
    pairs: list[Pair] = []
    for path in sorted(folder.glob("*.yaml")):
        family = yaml.safe_load(path.read_text("utf-8"))
        known: dict[str, Report] = {}
        for entry in family["reports"]:
            of = known[entry["of"]].article if "of" in entry else None
            known[entry["id"]] = Report(
                id=f"{path.stem}/{entry['id']}",
                family=path.stem,
                half=family["half"],
                article=_derived(entry, of) if of else _written(entry),
            )
        reports += known.values()
        pairs += [
            Pair(known[a], known[b], label, kind)
            for label, kinds in family["pairs"].items()
            for kind, listed in kinds.items()
            for a, b in (pair.split() for pair in listed)
        ]
    return reports, pairs


def _written(entry: dict[str, Any]) -> Article:
    return Article(
        title=entry["title"],
        text=entry["text"].strip(),
        language=entry["language"],
        outlet=entry["outlet"],
        published=entry["published"].astimezone(UTC),
    )


def _derived(entry: dict[str, Any], of: Article) -> Article:
    """A copy of a report: its first paragraphs, another outlet's lines around them."""
    kept = of.text.split("\n\n")[: entry.get("paragraphs")]
    parts = [entry.get("before", "").strip(), *kept, entry.get("after", "").strip()]
    return replace(
        of,
        title=entry.get("title", of.title),
        text="\n\n".join(part for part in parts if part),
        outlet=entry["outlet"],
        published=entry["published"].astimezone(UTC),
    )


def judge(reports: Iterable[Report]) -> Judge:
    """What tells two of these reports apart, as on a first day: nothing learned of what is rare."""
    tagger, rarity = load_tagger(), Rarity()
    known = {
        one.id: features(one.article, tagger.tag(one.article), _moment(one)) for one in reports
    }

    def said(a: Report, b: Report, apart: timedelta | None = None) -> Said:
        earlier, later = (known[one.id] for one in sorted((a, b), key=_moment))
        if apart is not None:
            later = later.published(earlier.at + apart)
        relation = relate(earlier, later, rarity)
        return Said(relation.kind.value, f"{relation.reason}, {relation.score:.2f}")

    return said


def _moment(one: Report) -> datetime:
    assert one.article.published is not None
    return one.article.published


def precision(judged: Sequence[Judged]) -> float:
    """The share of pairs called the same that are."""
    called = [one for one in judged if one.said == "same"]
    return sum(one.pair.label == "same" for one in called) / len(called) if called else 1.0


def recall(judged: Sequence[Judged], label: str = "same") -> float:
    """The share of pairs of a label that are called so."""
    labelled = [one for one in judged if one.pair.label == label]
    return sum(one.said == label for one in labelled) / len(labelled) if labelled else 1.0


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """Everything that is told of one half."""
    found = {"pairs": float(len(judged)), "same.precision": precision(judged)}
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


def show(half: str, judged: Sequence[Judged]) -> None:
    """Print a half's confusion, kinds and languages."""
    print(f"\n{half}: {len(judged)} pairs")
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


def main() -> None:
    """Score both halves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="list what went wrong in dev")
    options = parser.parse_args()
    reports, pairs = load()
    said = judge(reports)
    told: dict[str, float] = {}
    for half in ("dev", "held"):
        judged = [Judged(pair, *said(pair.a, pair.b)) for pair in pairs if pair.a.half == half]
        show(half, judged)
        asked, wrong = strangers([one for one in reports if one.half == half], said)
        print(f"  of {asked} pairs of unrelated reports {len(wrong)} are called the same")
        pressed = [Judged(one.pair, *said(one.pair.a, one.pair.b, HOUR)) for one in judged]
        print(
            f"  all an hour apart: precision {precision(pressed):.3f}, recall {recall(pressed):.3f}"
        )
        told |= {f"{half}.{name}": value for name, value in figures(judged).items()}
        told[f"{half}.an hour apart.precision"] = round(precision(pressed), 4)
        told |= {f"{half}.unrelated": asked, f"{half}.unrelated called same": len(wrong)}
        if options.errors and half == "dev":
            for one in judged:
                if one.said != one.pair.label:
                    print(f"  {one.pair.label} ({one.pair.kind}), called {one.said} ({one.why}):")
                    print(f"    {one.pair.a.id}  {one.pair.b.id}")
            print("\n".join(f"  unrelated, called same: {pair}" for pair in wrong))
    bars = {
        f"{half}.{name}": Bar(told[f"{half}.{name}"], bar)
        for half in ("dev", "held")
        for name, bar in LEAST.items()
    }
    report("stories", told, bars)


if __name__ == "__main__":
    main()
