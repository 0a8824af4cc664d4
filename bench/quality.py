"""Scores tagging and extraction against a folder of gold sets that comes with its own scorer.

The folder holds ``score.py`` and the sets it names: people-*.jsonl.gz, countries-*.jsonl.gz,
topics-*.jsonl.gz, pages/ and seed-*.json. Gold data is for measuring only and is no part of this
project. Every document goes through the commands a user would run: ``tocsin tag --jsonl`` and
``tocsin extract --jsonl``.
"""

import argparse
import gzip
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.report import Bar, report

TOCSIN = [sys.executable, "-m", "worker"]
#: The least that each set is to reach: what a reader may expect of the tags.
LEAST = {
    "people-en.people.f": 0.87,
    "people-en.people.precision": 0.84,
    "people-en.mentions.f": 0.83,
    "people-ru.people.f": 0.93,
    "countries-en.f": 0.935,
    "topics-en.bbc.top1": 0.88,
    "topics-en.ag.top1": 0.78,
    "pages.f1": 0.965,
}
#: The most that may go wrong with the seed article.
MOST = {"seed-en.failed": 0, "seed-en.skipped": 0}


def predict(gold: Path, folder: Path) -> Path:
    """Run the command over one set; the file of its predictions."""
    output = folder / f"{gold.name}.predicted.jsonl"
    if gold.is_dir():
        pages = sorted(str(page) for page in (gold / "html").iterdir())
        command, entered = [*TOCSIN, "extract", "--jsonl", *pages], ""
    else:
        raw = ["--clean"] if gold.name.startswith("seed-") else []  # a page as somebody copied it
        command, entered = [*TOCSIN, "tag", "--jsonl", *raw], documents(gold)
    with output.open("w", encoding="utf-8") as out:
        subprocess.run(command, input=entered, stdout=out, text=True, check=True)
    return output


def documents(gold: Path) -> str:
    """The documents of a set, one JSON object a line."""
    if gold.suffix == ".json":
        return json.dumps(json.loads(gold.read_text(encoding="utf-8"))) + "\n"
    with gzip.open(gold, "rt", encoding="utf-8") as lines:
        return lines.read()


def score(scorer: Path, kind: str, gold: Path, predicted: Path) -> Any:
    """The figures the scorer prints last."""
    done = subprocess.run(
        [sys.executable, str(scorer), kind, str(gold), str(predicted)],
        capture_output=True,
        text=True,
        check=True,
    )
    print(done.stdout)
    return json.loads(done.stdout.strip().splitlines()[-1])


def flat(value: Any, name: str = "") -> dict[str, float]:
    """Nested figures as one level, their names joined by dots."""
    if isinstance(value, dict):
        found: dict[str, float] = {}
        for key, inner in value.items():
            found |= flat(inner, f"{name}.{key}" if name else str(key))
        return found
    return {name: value} if isinstance(value, int | float) else {}


def main() -> None:
    """Score every set of the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path, help="folder with score.py and the sets")
    parser.add_argument("--only", help="only sets whose name begins so")
    options = parser.parse_args()
    scorer = options.gold / "score.py"
    figures: dict[str, float] = {}
    sets = sorted(options.gold.glob("*.jsonl.gz")) + sorted(options.gold.glob("seed-*.json"))
    if (options.gold / "pages").is_dir():
        sets.append(options.gold / "pages")
    with tempfile.TemporaryDirectory() as folder:
        for gold in sets:
            name = gold.name.partition(".")[0]
            if options.only and not name.startswith(options.only):
                continue
            kind = name.partition("-")[0]
            found = score(scorer, kind, gold, predict(gold, Path(folder)))
            figures |= {f"{name}.{what}": value for what, value in flat(found).items()}
    print(f"Python {platform.python_version()}")
    bars = {
        name: Bar(figures[name], bar, most=name in MOST)
        for name, bar in {**LEAST, **MOST}.items()
        if name in figures
    }
    report("quality", figures, bars)


if __name__ == "__main__":
    main()
