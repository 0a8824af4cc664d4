"""Nothing is lost, doubled or forgotten whatever is killed: the short form of ``make chaos``."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.chaos.__main__ import Plan, carry_out, chosen
from bench.chaos.faults import KILLS
from bench.chaos.judgement import NOTHING

pytestmark = pytest.mark.timeout(300)  # whole systems start and are killed, maybe on a busy machine

PLAN = Plan(seed=203, seconds=6, faults=4, items=30, only=KILLS, hosts=3, poisons=1, lease=5,
            layout="small", wired=False)  # fmt: skip


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder that the account of a root's Postgres can reach."""
    made = Path(tempfile.mkdtemp(prefix="tocsin-chaos-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_all_arrives_once_while_parts_and_servers_are_killed(folder: Path) -> None:
    """A newsroom publishes with known truth, one item of it poisonous; what arrives is held against it."""
    struck = [fault.name for fault in chosen(PLAN, {})]
    assert {"Postgres killed", "child of worker killed", "scheduler killed", "Valkey emptied"} == {
        *struck
    }
    verdict = carry_out(PLAN, folder)
    assert dict.fromkeys(NOTHING, 0) == {name: verdict.figures[name] for name in NOTHING}
    assert (30, 4) == (verdict.figures["items"], verdict.figures["faults"])
    assert verdict.figures["alerts_owed"] > 5
