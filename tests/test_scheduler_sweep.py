"""What the scheduler's sweep writes into the log."""

from worker.scheduler.sweep import Tally


def test_what_waits_is_told_at_once_and_then_in_sum() -> None:
    """The log is not filled while something waits, and nothing is lost from its numbers."""
    tally = Tally()
    said = [tally.add(2, 1, second) for second in range(0, 121, 20)]
    assert [(2, 1), None, None, (6, 3), None, None, (6, 3)] == said


def test_without_news_nothing_is_told() -> None:
    """However long ago the last line is."""
    tally = Tally()
    assert [None, None] == [tally.add(0, 0, 0.0), tally.add(0, 0, 3600.0)]
    assert (1, 0) == tally.add(1, 0, 3600.5)
    assert None is tally.add(0, 0, 7200.0)
