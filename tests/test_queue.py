"""Workers outlive a Valkey that goes away."""

import logging
from typing import Any

import pytest
import redis
from psycopg.errors import DiskFull, UndefinedTable
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from worker import queue
from worker.jobs.workplace import at_work
from worker.queue import OutageError, QueueError

URL = "redis://127.0.0.1:1/0"


class Made:
    """A worker that loses its Valkey while it works; the last of three is asked to stop."""

    count = 0

    def __init__(self, **_options: Any) -> None:
        Made.count += 1
        self.stopping = False
        if Made.count == 2:
            raise redis.ConnectionError("refused")

    def work(self, **_options: Any) -> None:
        if Made.count < 3:
            raise redis.ConnectionError("closed by server")
        self.stopping = True

    def close(self) -> None:
        """Nothing is kept."""


def test_a_worker_whose_valkey_goes_away_works_again_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither losing it at work nor not finding it at once ends the process."""
    monkeypatch.setattr(queue, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr(Made, "count", 0)
    queue._work(URL, Made)  # type: ignore[arg-type]
    assert 3 == Made.count


def test_a_valkey_that_is_not_there_at_the_start_is_said_in_one_line() -> None:
    """Whoever starts a worker wants to know it at once."""
    with pytest.raises(QueueError, match=r"cannot be reached: .*TOCSIN_REDIS_URL is right$"):
        queue.answer_calls(URL, queue.DELIVER)


def test_a_lost_connection_is_logged_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A traceback of somebody else's library tells an operator nothing; other ones stay."""
    logger = logging.getLogger("test of the queue")
    logger.addFilter(queue._in_one_line)
    for error in (redis.ConnectionError("refused"), KeyError("ours")):
        logger.error("quitting...", exc_info=error)
    lost, ours = caplog.records
    assert ("quitting... refused", None) == (lost.getMessage(), lost.exc_info)
    assert ours.exc_info is not None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            OperationalError("SELECT", {}, OSError("server closed\nprobably")),
            "Postgres: server closed",
        ),
        (DBAPIError("SELECT", {}, DiskFull("no space")), "Postgres: no space"),
    ],
    ids=["away", "full"],
)
def test_a_job_says_in_one_line_that_the_database_is_away(error: Exception, expected: str) -> None:
    """It is done again; where it was says nothing."""
    with pytest.raises(OutageError, match=f"^{expected}$"), at_work():
        raise error


def test_a_mistake_of_a_job_stays_one() -> None:
    """With all that is known of where it was."""
    with pytest.raises(ProgrammingError), at_work():
        raise ProgrammingError("SELECT", {}, UndefinedTable("no such table"))
