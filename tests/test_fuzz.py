"""What strangers write goes wrong in the documented ways alone: a short form of ``make fuzz``."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from bench.fuzz import by_coverage, changed, try_one
from bench.fuzzing import TARGETS, inputs


@pytest.mark.parametrize("name", TARGETS)
def test_known_inputs_do_no_harm(name: str) -> None:
    """The seeds, and each input that did once."""
    assert {} == {raw[:200]: wrong for raw in inputs(name) if (wrong := try_one(name, raw))}


@pytest.mark.parametrize("name", TARGETS)
@seed(7)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(rng=st.randoms(use_true_random=False), noise=st.binary(max_size=200))
def test_changed_inputs_do_no_harm(name: str, rng: object, noise: bytes) -> None:
    """Changes of the seeds, and noise."""
    known = [*TARGETS[name].seeds[:6], noise]
    assert not try_one(name, changed(rng, known))  # type: ignore[arg-type]
    assert not try_one(name, noise)


if find_spec("atheris") is not None:

    def test_a_short_run_led_by_coverage_finds_nothing(tmp_path: Path) -> None:
        """All targets in one process, by a seed and for so many inputs: nearly the same each time."""
        runs, found = by_coverage([*TARGETS], "-runs=600", 7, tmp_path)
        assert (found, runs >= 600) == (0, True)
