"""Work on many documents by several processes: order, errors, and what is loaded once."""

import os
from collections.abc import Iterator

import pytest

from worker.cli.crew import progress, work_on


def test_results_come_in_the_order_of_the_inputs() -> None:
    """However long each takes, and whoever does it."""
    written: list[tuple[int, int]] = []
    work_on(lambda n: (n * n, os.getpid()), range(200), written.append, processes=3)
    assert [square for square, _ in written] == [n * n for n in range(200)]
    assert written[0][1] == os.getpid()  # the first is done where the rest is forked from
    assert os.getpid() not in {process for _, process in written[1:]}


@pytest.mark.parametrize("processes", [1, 2])
def test_trouble_comes_after_all_results_before_it(processes: int) -> None:
    """An input that cannot be read, or worked on, ends the work in its turn."""

    def inputs() -> Iterator[int]:
        yield from range(5)
        raise ValueError("line 6")

    written: list[int] = []
    with pytest.raises(ValueError, match="line 6"):
        work_on(abs, inputs(), written.append, processes=processes)
    assert written == [0, 1, 2, 3, 4]

    written.clear()
    with pytest.raises(ZeroDivisionError):
        work_on(lambda n: 6 // n, [3, 2, 0, 1], written.append, processes=processes)
    assert written == [2, 3]


def test_a_reader_that_has_gone_ends_the_work() -> None:
    """A closed pipe is raised where the work was begun, and does not hang."""

    def write(result: int) -> None:
        if result == 3:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        work_on(abs, range(10_000), write, processes=2)


@pytest.mark.parametrize("inputs", [[], [7]])
def test_few_inputs_need_no_processes(inputs: list[int]) -> None:
    """None and one are done at once."""
    written: list[int] = []
    work_on(abs, inputs, written.append, processes=4)
    assert written == inputs


def test_without_a_terminal_there_is_no_progress_bar(capfd: pytest.CaptureFixture[str]) -> None:
    """Logs and pipes stay clean."""
    with progress(3) as advance:
        advance()
    assert capfd.readouterr() == ("", "")
