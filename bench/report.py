"""What every benchmark prints last: one JSON object with its figures and bars."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """A figure that has to reach a bar; ``most``: the bar is the highest allowed value."""

    value: float
    bar: float
    most: bool = False

    @property
    def ok(self) -> bool:
        """Whether it was reached."""
        return self.value <= self.bar if self.most else self.value >= self.bar


def show(figures: Mapping[str, float], wrong: Sequence[str]) -> None:
    """Print every figure, and the first of what is wrong."""
    for line in wrong[:40]:
        print(line, file=sys.stderr)
    for name, value in figures.items():
        print(f"{value:10}  {name}")


def report(name: str, figures: dict[str, float], bars: dict[str, Bar]) -> None:
    """Print the JSON line."""
    shown = {what: {"value": b.value, "bar": b.bar, "ok": b.ok} for what, b in bars.items()}
    print(json.dumps({"bench": name, "figures": figures, "bars": shown}))
