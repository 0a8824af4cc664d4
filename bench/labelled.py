"""The labelled reports that stories are scored on; the README beside them says what they are.

A family lists its pairs. A file of events needs none: the reports of one event are the same, those
of an event that ``follows`` another are its follow-ups, all others are different.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from worker.model import Article

FOLDER = Path(__file__).parents[1] / "tests" / "quality" / "stories"
PARTS = ("dev", "held", "outlets dev", "outlets held")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An article of the set. ``family`` is the file it stands in, ``part`` one of ``PARTS``."""

    id: str
    family: str
    part: str
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


def load(folder: Path = FOLDER) -> tuple[list[Report], list[Pair]]:
    """All reports and pairs of the set."""
    reports: list[Report] = []
    pairs: list[Pair] = []
    for paths, read in (
        (folder.glob("*.yaml"), _read_family),
        (folder.glob("outlets/*.yaml"), _read_events),
    ):
        for path in sorted(paths):
            found, listed = read(path.stem, yaml.safe_load(path.read_text("utf-8")))
            reports += found
            pairs += listed
    return reports, pairs


def _read_family(name: str, family: dict[str, Any]) -> tuple[list[Report], list[Pair]]:
    known: dict[str, Report] = {}
    for entry in family["reports"]:
        of = known[entry["of"]].article if "of" in entry else None
        known[entry["id"]] = Report(
            id=f"{name}/{entry['id']}",
            family=name,
            part=family["half"],
            article=_derived(entry, of) if of else _written(entry),
        )
    pairs = [
        Pair(known[a], known[b], label, kind)
        for label, kinds in family["pairs"].items()
        for kind, listed in kinds.items()
        for a, b in (pair.split() for pair in listed)
    ]
    return list(known.values()), pairs


def _read_events(name: str, family: dict[str, Any]) -> tuple[list[Report], list[Pair]]:
    follows: dict[str, str] = {
        event["id"]: event["follows"] for event in family["events"] if "follows" in event
    }
    reports = [
        (
            event["id"],
            Report(
                id=f"{name}/{event['id']}.{number}",
                family=name,
                part=f"outlets {family['half']}",
                article=_written(entry),
            ),
        )
        for event in family["events"]
        for number, entry in enumerate(event["reports"], start=1)
    ]
    pairs = []
    for (event, a), (other, b) in combinations(reports, 2):
        if event == other:
            pairs.append(Pair(a, b, "same", "independent"))
        elif event in _before(other, follows) or other in _before(event, follows):
            pairs.append(Pair(a, b, "follow-up", "follow-up"))
        else:
            pairs.append(Pair(a, b, "different", family["apart"]))
    return [one for _, one in reports], pairs


def _before(event: str, follows: dict[str, str]) -> Iterator[str]:
    """The events that led to one."""
    while event in follows:
        event = follows[event]
        yield event


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
