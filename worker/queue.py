"""The only RQ of Tocsin: waking workers, and being one.

Valkey (or Redis) carries nothing but wake-up calls: jobs hold ids, as JSON. It may be emptied at
any moment; the sweep finds in Postgres what is owed and wakes again.
"""

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import redis
import rq
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer

from worker.observe import logger
from worker.processes import die_with_parent

FETCH, TAG, DELIVER, RETAG, RECOUNT = "fetch", "tag", "deliver", "retag", "recount"
JOBS = {
    FETCH: "worker.jobs.fetching.fetch_pages",
    TAG: "worker.jobs.tagging.tag_items",
    DELIVER: "worker.jobs.delivering.deliver",
    RETAG: "worker.jobs.retagging.retag_items",
    RECOUNT: "worker.jobs.recounting.recount",
}
# Ids of one job. What waits for other people's servers comes in smaller lots: even when each of
# them answers at the last moment, a job ends well before JOB_SECONDS.
BATCH = {FETCH: 20, TAG: 50, DELIVER: 20, RETAG: 50, RECOUNT: 1000}
JOB_SECONDS = 300
KEPT_FAILURES_SECONDS = 3600
# What the library says of a bad URL may quote a part of the password.
NOT_A_URL = (
    "TOCSIN_REDIS_URL is not a Redis URL: write redis://user:password@host:6379/0, rediss://... "
    "or unix:///path, with / and # in a password as %2F and %23"
)

AWAY_SECONDS = 1.0  # before the next look for a Valkey that is away

log = logger(__name__)


class QueueError(Exception):
    """Valkey cannot be used; the message is one line, names the mend, holds no password."""


class Queues:
    """The queues of one Valkey, from the side that wakes workers. Safe to share by threads."""

    def __init__(self, url: str) -> None:
        """``url``: redis://, rediss:// or unix://. Raises QueueError when it is none of these."""
        try:
            self._connection = redis.Redis.from_url(
                url, socket_timeout=5, socket_connect_timeout=5, health_check_interval=30
            )
        except ValueError:
            raise QueueError(NOT_A_URL) from None
        self._queues = {
            name: rq.Queue(name, connection=self._connection, serializer=JSONSerializer)
            for name in JOBS
        }

    def ping(self) -> None:
        """Raise QueueError unless Valkey answers."""
        try:
            self._connection.ping()
        except redis.RedisError as error:
            raise QueueError(
                f"Valkey or Redis cannot be reached: {error}; check that it runs and "
                "TOCSIN_REDIS_URL is right"
            ) from None

    def wake(self, queue: str, ids: Iterable[int], *, batch: int | None = None) -> bool:
        """Wake workers of a queue for these ids, ``batch`` a job. False when Valkey refused.

        Failing is no loss: the sweep wakes again.
        """
        wanted, size = list(ids), batch or BATCH[queue]
        data = [
            rq.Queue.prepare_data(
                JOBS[queue],
                args=[wanted[start : start + size]],
                timeout=JOB_SECONDS,
                result_ttl=0,
                failure_ttl=KEPT_FAILURES_SECONDS,
                description=queue,
            )
            for start in range(0, len(wanted), size)
        ]
        if not data:
            return True
        try:
            self._queues[queue].enqueue_many(data)
        except redis.RedisError as error:
            log.warning("could not wake workers", queue=queue, error=str(error))
            return False
        return True

    def depths(self) -> dict[str, int]:
        """How many jobs wait in each queue; empty when Valkey does not answer."""
        try:
            return {name: queue.count for name, queue in self._queues.items()}
        except redis.RedisError:
            return {}

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


_stop_asked = False


def stop_asked() -> bool:
    """Whether the job that runs in this process is to end soon and hand back the rest."""
    return _stop_asked


def _ask_to_stop(_number: int = 0, _frame: Any = None) -> None:
    global _stop_asked  # noqa: PLW0603 - one process, one job
    _stop_asked = True


class _Patient(rq.worker.BaseWorker):
    """What is different in every worker of ours: a Valkey that is away for a while ends none."""

    max_connection_wait_time = 3.0
    stopping = False

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Say that we live, where somebody hears it; the next one is not far."""
        with contextlib.suppress(redis.ConnectionError, redis.TimeoutError):
            super().heartbeat(timeout, pipeline)

    def subscribe(self) -> None:
        """Do without RQ's command channel and its thread."""


class _Worker(_Patient, rq.Worker):
    """RQ's forking worker, without the thread that makes forking unsafe.

    That thread only serves RQ's remote commands, which nothing here sends.
    """

    before_job: Callable[[], None] = staticmethod(lambda: None)
    when_idle: Callable[[], bool] = staticmethod(lambda: False)

    def dequeue_job_and_maintain_ttl(self, *args: Any, **options: Any) -> Any:
        """Do what can be done ahead while no job waits, then wait for one."""
        with contextlib.suppress(redis.RedisError):
            while not any(queue.count for queue in self.queues) and self.when_idle():
                self.heartbeat()
        return super().dequeue_job_and_maintain_ttl(*args, **options)

    def fork_work_horse(self, job: Any, queue: Any) -> None:
        """Bring up to date what the child is to share, then fork."""
        self.before_job()
        super().fork_work_horse(job, queue)

    def request_stop(self, signum: int, frame: Any) -> None:
        """Have the job at hand end soon, then stop for good."""
        self.stopping = True
        if self.horse_pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def main_work_horse(self, job: Any, queue: Any) -> None:
        """Run one job in the child; it is asked to stop when the worker dies."""
        die_with_parent()
        super().main_work_horse(job, queue)

    def setup_work_horse_signals(self) -> None:
        """A job is asked to stop, not killed: it hands back what it has not begun."""
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGTERM, _ask_to_stop)
        if self.stopping:  # asked between the fork and now
            _ask_to_stop()


class _Caller(_Patient, rq.SimpleWorker):
    """RQ's worker that does jobs in its own process: for jobs that only pass something on."""

    def request_stop(self, signum: int, frame: Any) -> None:
        """Stop for good."""
        self.stopping = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def work(
    url: str,
    queues: Sequence[str],
    *,
    before_job: Callable[[], None],
    when_idle: Callable[[], bool],
) -> None:
    """Be a worker of ``queues`` until a signal ends it; the first listed queue goes first.

    ``before_job`` is called in this process before it forks for a job, ``when_idle`` while there is
    none, for as long as it says that there is more to do. Lost connections are waited out. Raises QueueError when ``url`` is no Redis URL.
    """

    def make(**options: Any) -> _Worker:
        worker = _Worker(list(queues), **options)
        worker.before_job, worker.when_idle = before_job, when_idle
        return worker

    _work(url, make)


def answer_calls(url: str, queue: str) -> None:
    """Do the jobs of a queue in this process until a signal ends it; otherwise as ``work``."""
    _work(url, lambda **options: _Caller([queue], **options))


def _work(url: str, make: Callable[..., "_Worker | _Caller"]) -> None:
    """Have workers made and work, one after the other, until one is asked to stop."""
    theirs = logging.getLogger("rq.worker")
    theirs.setLevel(logging.ERROR)
    theirs.addFilter(_in_one_line)
    worker = None
    with contextlib.suppress(StopRequested):
        while worker is None or not worker.stopping:
            try:
                worker = _made(url, make)
                worker.work(logging_level="ERROR")
            except redis.RedisError as error:
                if worker is None:
                    raise QueueError(
                        f"Valkey or Redis cannot be reached: {error}; check that it runs and "
                        "TOCSIN_REDIS_URL is right"
                    ) from None
                log.warning("Valkey is away", error=str(error))
                time.sleep(AWAY_SECONDS)


def _made(url: str, make: Callable[..., "_Worker | _Caller"]) -> "_Worker | _Caller":
    try:
        connection = redis.Redis.from_url(url)
    except ValueError:
        raise QueueError(NOT_A_URL) from None
    return make(connection=connection, serializer=JSONSerializer, log_job_description=False)


def _in_one_line(record: logging.LogRecord) -> bool:
    """A lost connection is said without its traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, redis.RedisError):
        record.msg, record.args, record.exc_info = f"{record.getMessage()} {error}", (), None
    return True
