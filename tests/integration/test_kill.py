"""Alerts arrive whatever is killed: the short form of ``make kill-deliveries``."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.kill import BARS, WITHHELD, Plan, carry_out, targets

pytestmark = pytest.mark.timeout(300)  # whole systems start and are killed, maybe on a busy machine

PLAN = Plan(seed=89, alerts=60, kills=5, lease=3, workers=1, gap=(0.1, 0.6))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder that the account of a root's Postgres can reach."""
    made = Path(tempfile.mkdtemp(prefix="tocsin-kill-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_every_alert_arrives_and_a_second_copy_has_the_first_ones_id(folder: Path) -> None:
    """A whole system; workers, Valkey and Postgres are killed while alerts go to five channels."""
    assert {"worker", "valkey", "postgres", "session"} == set(targets(PLAN))
    outcome = carry_out(PLAN, folder)
    assert not outcome.wrong
    assert dict.fromkeys(BARS, 0) == {name: outcome.figures[name] for name in BARS}
    assert 300 == outcome.figures["owed"]
    assert 5 == sum(n for name, n in outcome.figures.items() if name.startswith("killed_"))
    # Receivers that hang up over what they have taken get it again; the seed has some of them.
    assert outcome.figures[WITHHELD] > 0
