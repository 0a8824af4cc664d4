"""What tests of ``deploy/`` share: where its files are, and what the code offers to name there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import yaml

from worker.cli import app
from worker.observe.metrics import HISTOGRAM, METRICS, Metric
from worker.settings import Settings, is_secret, variable_of

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"


def documents(path: Path) -> list[dict[str, Any]]:
    """The documents of a YAML file."""
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def commands() -> set[str]:
    """Every command of ``tocsin``, as ``db upgrade``."""

    def below(command: Any, words: tuple[str, ...]) -> Iterator[str]:
        for name, one in getattr(command, "commands", {}).items():
            yield from below(one, (*words, name))
        if not hasattr(command, "commands"):
            yield " ".join(words)

    return set(below(typer.main.get_command(app), ()))


def variables() -> set[str]:
    """Every variable of a setting, also those that name the file of a secret."""
    names = {variable_of(name) for name in Settings.model_fields}
    files = {
        f"{variable_of(name)}_FILE" for name, one in Settings.model_fields.items() if is_secret(one)
    }
    return names | files


def series() -> dict[str, Metric]:
    """Every name that a query may ask for: a histogram has three."""
    found: dict[str, Metric] = {}
    for metric in METRICS:
        parts = ("_bucket", "_sum", "_count") if metric.kind == HISTOGRAM else ("",)
        found |= {f"{metric.name}{part}": metric for part in parts}
    return found
