"""Scores how sure mentions are, on our own labelled articles: short ones, about half of them traps.

    python -m bench.confidence tests/quality/confidence [--errors]

Each ``*.yaml`` there is a list of ``[language, title, text, {name: label}]``. ``certain``: a reader is sure
that the one of this name is meant; ``likely``: they may be; ``possible``: the word stands there and they
are not meant, so that a mention may be listed or be none at all.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.report import Bar, report
from worker.model import Article, Confidence, Kind
from worker.tagging import Tagger, entity_key, load_tagger

_KINDS = (Kind.PERSON, Kind.ORGANIZATION, Kind.COUNTRY)
#: The least that is asked for.
LEAST = {"precision of certain": 0.97, "recall of certain and likely": 0.92, "traps held": 0.9}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A short article, and how sure a reader is of each name."""

    article: Article
    labels: Mapping[str, Confidence]


@dataclass(frozen=True, slots=True)
class Judged:
    """One name of one article: what the reader says, and the tagger (``None``: no mention)."""

    title: str
    name: str
    wanted: Confidence
    found: Confidence | None
    support: str = ""

    @property
    def is_trap(self) -> bool:
        """Whether nobody is to be rung for it."""
        return self.wanted is Confidence.POSSIBLE

    @property
    def counts(self) -> bool:
        """Whether it was found likely or certain."""
        return self.found is not None and self.found is not Confidence.POSSIBLE


def read_articles(file: Path) -> list[Labelled]:
    """The articles of one file."""
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [
        Labelled(
            Article(title=title, text=text, language=language),
            {name: Confidence(label) for name, label in labels.items()},
        )
        for language, title, text, labels in rows
    ]


def judge(tagger: Tagger, articles: Sequence[Labelled]) -> Iterator[Judged]:
    """Each labelled name; and each person of note found certain whom nobody labelled, as a trap."""
    for one in articles:
        found = {m.key: m for m in tagger.tag(one.article) if m.kind in _KINDS}
        for name, wanted in one.labels.items():
            mention = found.pop(_key(tagger, name), None)
            told = (mention.confidence, mention.support) if mention else (None, "")
            yield Judged(one.article.title, name, wanted, *told)
        for mention in found.values():
            known = mention.kind is Kind.PERSON and tagger.find(Kind.PERSON, mention.key)
            if known and mention.confidence is Confidence.CERTAIN:
                yield Judged(
                    one.article.title,
                    mention.name,
                    Confidence.POSSIBLE,
                    mention.confidence,
                    mention.support,
                )


def _key(tagger: Tagger, name: str) -> str:
    known = (tagger.find(kind, name) for kind in _KINDS)
    return next((one.key for one in known if one), entity_key(Kind.PERSON, name))


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """How often what is certain is meant, what is meant is found, and a trap is held."""
    certain = [one for one in judged if one.found is Confidence.CERTAIN]
    meant = [one for one in judged if not one.is_trap]
    clear = [one for one in meant if one.wanted is Confidence.CERTAIN]
    traps = [one for one in judged if one.is_trap]
    right = sum(one.wanted is Confidence.CERTAIN for one in certain)
    return {
        "precision of certain": right / len(certain),
        "recall of certain and likely": sum(one.counts for one in meant) / len(meant),
        "recall of certain": sum(one.found is Confidence.CERTAIN for one in clear) / len(clear),
        "traps held": sum(not one.counts for one in traps) / len(traps),
    }


def main() -> None:
    """Score every file of the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with the labelled articles")
    parser.add_argument("--errors", action="store_true", help="print each name that went wrong")
    options = parser.parse_args()
    tagger, judged = load_tagger(), []
    shown: dict[str, float] = {}
    for file in sorted(options.folder.glob("*.yaml")):
        found = list(judge(tagger, read_articles(file)))
        shown |= {f"{file.stem}.{what}": value for what, value in figures(found).items()}
        judged += found
    for one in judged:
        if options.errors and one.is_trap == one.counts:
            print(f"{one.title}: {one.name} is {one.found or 'not found'}, {one.support}")
    whole = figures(judged)
    report("confidence", shown | whole, {what: Bar(whole[what], LEAST[what]) for what in LEAST})


if __name__ == "__main__":
    main()
