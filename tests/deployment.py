"""What tests of ``deploy/`` share: where its files are, and what the code offers to name there."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
import yaml

from worker.cli import app
from worker.settings import Settings, is_secret, variable_of

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
# What the rest of the code is about to offer.
COMING = {"TOCSIN_HEALTH_LISTEN", "db prune"}


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

    return set(below(typer.main.get_command(app), ())) | COMING


def variables() -> set[str]:
    """Every variable of a setting, also those that name the file of a secret."""
    names = {variable_of(name) for name in Settings.model_fields}
    files = {
        f"{variable_of(name)}_FILE" for name, one in Settings.model_fields.items() if is_secret(one)
    }
    return names | files | COMING


@dataclass(frozen=True)
class Shown:
    """A metric that processes show."""

    labels: tuple[str, ...]


def metrics() -> dict[str, Shown]:
    """Every metric, by name."""
    plain = (
        "items_tagged_total alerts_planned_total publish_to_seen_seconds seen_to_tagged_seconds"
        " facts_lost_total database_up valkey_up feeds_overdue hosts_limited deliveries_dead"
        " circuits_open last_story_age_seconds"
    )
    labelled = {
        "polls_total": ("outcome",),
        "items_seen_total": ("kind",),
        "deliveries_total": ("kind", "outcome"),
        "retries_total": ("stage",),
        "failures_total": ("stage", "reason"),
        "tagged_to_delivered_seconds": ("kind",),
        "job_seconds": ("queue",),
        "model_info": ("language", "model", "version"),
        "build_info": ("version",),
        "loop_turn_age_seconds": ("loop",),
        "loop_turn_limit_seconds": ("loop",),
        "queue_jobs": ("queue",),
        "queue_waiting": ("queue",),
        "queue_lag_seconds": ("queue",),
        "items": ("state",),
        "feeds": ("state",),
    }
    named = {name: Shown(()) for name in plain.split()}
    named |= {name: Shown(labels) for name, labels in labelled.items()}
    return {f"tocsin_{name}": one for name, one in named.items()}


def series() -> dict[str, Shown]:
    """Every name that a query may ask for: histograms have three."""
    found = metrics()
    for name in [name for name in found if name.endswith("_seconds")]:
        found |= {f"{name}_{part}": found[name] for part in ("bucket", "sum", "count")}
    return found
