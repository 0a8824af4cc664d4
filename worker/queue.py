"""The only RQ of Tocsin: waking workers, and being one.

Valkey (or Redis) carries nothing but wake-up calls: jobs hold ids, as JSON. It may be emptied at
any moment; the sweep finds in Postgres what is owed and wakes again.
"""

import contextlib
import json
import logging
import math
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import redis
import rq
from rq import worker_registration
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException
from rq.worker import WorkerStatus

from worker.observe import facts, logger
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
# them answers at the last moment, a job ends well before JOB_SECONDS. Tagging leaves a worker of
# several queues soon, too.
BATCH = {FETCH: 20, TAG: 16, DELIVER: 20, RETAG: 50, RECOUNT: 1000}
JOB_SECONDS = 300
STAGES = (TAG, FETCH, DELIVER)
#: One job in so many is looked for in the queue listed last first, of those of an item's way.
OTHER_WAY = 4
# What the library says of a bad URL may quote a part of the password.
NOT_A_URL = (
    "TOCSIN_REDIS_URL is not a Redis URL: write redis://user:password@host:6379/0, rediss://... "
    "or unix:///path, with / and # in a password as %2F and %23"
)

MOST_JOBS = 200  # of one child; then a fresh one takes less memory
IDLE_SECONDS = 600.0  # a child that had no job for so long is let go
DONE, LAST = b".", b"!"  # what a child says after a job: it waits for the next, or ends
AWAY_SECONDS = 1.0  # before the next look for a Valkey that is away
BEAT_SECONDS = 5.0  # between the signs of life of a worker, however many jobs it does
TURN_SECONDS = 30  # in which a worker comes round, whether there is a job or not
JOB_TURN_SECONDS = 120.0  # in which a job says that it goes on

log = logger(__name__)


class QueueError(Exception):
    """Valkey cannot be used; the message is one line, names the mend, holds no password."""


class OutageError(Exception):
    """What a job needs is away; the message is one line that says what. The job is done again."""


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

    def wake(
        self,
        queue: str,
        ids: Iterable[int],
        *,
        batch: int | None = None,
        enough: int | None = None,
    ) -> bool:
        """Wake workers of a queue for these ids, ``batch`` a job. False when Valkey refused.

        ``enough`` jobs that wait there already will do. Failing is no loss: the sweep wakes again.
        """
        wanted, size = list(ids), batch or BATCH[queue]
        data = [
            rq.Queue.prepare_data(
                JOBS[queue],
                args=[wanted[start : start + size]],
                timeout=JOB_SECONDS,
                description=queue,
            )
            for start in range(0, len(wanted), size)
        ]
        if not data:
            return True
        try:
            if enough is not None and self._queues[queue].count >= enough:
                return True
            self._queues[queue].enqueue_many(data)
        except redis.RedisError as error:
            log.warning("could not wake workers", queue=queue, error=str(error))
            return False
        return True

    def depths(self) -> dict[str, int]:
        """How many jobs wait in each queue; empty when Valkey does not answer."""
        try:
            asked = self._connection.pipeline(transaction=False)
            for queue in self._queues.values():
                asked.llen(queue.key)
            return dict(zip(self._queues, asked.execute(), strict=True))
        except redis.RedisError:
            return {}

    def workers(self) -> dict[str, int]:
        """How many workers each queue has; empty when Valkey does not answer."""
        try:
            known = rq.Worker.all(connection=self._connection)
        except redis.RedisError:
            return {}
        names = [name for worker in known for name in set(worker.queue_names())]
        return {name: names.count(name) for name in JOBS}

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


_stop_asked = False


def stop_asked() -> bool:
    """Whether the job that runs in this process is to end soon and hand back the rest."""
    return _stop_asked


_more_jobs = False


def more_jobs_come() -> bool:
    """Whether this process is a child that does one job after the other."""
    return _more_jobs


def _ask_to_stop(_number: int = 0, _frame: Any = None) -> None:
    global _stop_asked  # noqa: PLW0603 - one process, one job
    _stop_asked = True


def loop_of(queues: Sequence[str]) -> str:
    """What the main loop of a worker of these queues is called."""
    return "+".join(one for one in queues if one not in {RETAG, RECOUNT})


def go_on(queue: str) -> None:
    """Say that a job of this queue is under way and gets on."""
    facts.turn(f"{queue}_job", JOB_TURN_SECONDS if queue in {FETCH, TAG} else JOB_SECONDS + 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A child that died over a job: which job of which ids, and what ended it, as SIGSEGV."""

    queue: str
    ids: Sequence[int]
    pid: int
    how: str


class _Queue(rq.Queue):
    """RQ's queue without a second list of what was taken: the sweep wakes again for what is lost."""

    @classmethod
    def lmove(cls, connection: Any, queue_key: str, timeout: int | None) -> Any:
        """Take a job."""
        return cls.lpop([queue_key], timeout, connection)


class _Patient(rq.worker.BaseWorker):
    """What is different in every worker of ours: a Valkey that is away for a while ends none.

    And a job is taken off Valkey before it is done. RQ would tell Valkey each step of it, and what
    became of it, by sixty commands, which nobody reads: Postgres knows what is owed.
    """

    queue_class = _Queue
    max_connection_wait_time = 3.0
    stopping = False
    _beat = -math.inf

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:  # noqa: ARG002 - RQ's signature
        """Say that we live, where somebody hears it, also to a Valkey that was emptied."""
        facts.turn(loop_of([queue.name for queue in self.queues]), 2.0 * TURN_SECONDS)
        now = time.monotonic()
        if now - self._beat < BEAT_SECONDS:
            return
        with (
            contextlib.suppress(redis.ConnectionError, redis.TimeoutError),
            self.connection.pipeline() as together,
        ):
            together.hset(self.key, mapping=self.serialize())
            worker_registration.register(self, together)
            together.expire(self.key, timeout or self.worker_ttl + 60)
            together.execute()
            self._beat = now

    def subscribe(self) -> None:
        """Do without RQ's command channel and its thread."""

    def check_for_suspension(self, burst: bool) -> None:
        """Do without RQ's way to suspend workers."""

    def set_state(self, state: str, pipeline: Any = None) -> None:  # noqa: ARG002 - RQ's signature
        """Keep in mind what we do."""
        self._state = state

    def set_shutdown_requested_date(self) -> None:
        """Tell nobody: whoever asked us to stop knows it."""

    def prepare_execution(self, job: Any) -> Execution:
        """Begin a job: take it off Valkey."""
        self.set_state(WorkerStatus.BUSY)
        with contextlib.suppress(redis.RedisError):
            self.connection.delete(job.key)
        return Execution(job.id, job.id, self.connection, self.name)

    def maintain_heartbeats(self, job: Any, execution: Any) -> None:  # noqa: ARG002 - RQ's signature
        """Say that we live while a job goes on."""
        self.heartbeat()

    def perform_job(self, job: Any, queue: Any, execution: Any) -> bool:  # noqa: ARG002 - RQ's signature
        """Do a job; what it fails of is logged. Whether this process can be trusted with the next."""
        try:
            with self.death_penalty_class(JOB_SECONDS, JobTimeoutException, job_id=job.id):
                job.perform()
        except OutageError as error:
            log.warning("job not done", queue=job.origin, error=str(error))
            time.sleep(AWAY_SECONDS)  # else all jobs that wait would fail of it within a moment
        except BaseException:  # noqa: BLE001 - as RQ does: the next job is another one
            self.handle_exception(job, *sys.exc_info())
            return False
        return True

    def close(self) -> None:
        """Let go what is kept between jobs."""


class _Worker(_Patient, rq.Worker):
    """RQ's forking worker, whose child does many jobs, one after the other.

    Each job in a child of its own would copy what the first article touches, some thousand pages,
    and open its connections anew. A child that dies or fails takes one job with it, as before.
    RQ's thread for remote commands, which makes forking unsafe, is left out: nothing sends any.
    """

    before_job: Callable[[], object] = staticmethod(lambda: None)
    before_fork: Callable[[], object] = staticmethod(lambda: None)
    when_idle: Callable[[], bool] = staticmethod(lambda: False)
    after_death: Callable[[Death], object] = staticmethod(lambda _: None)
    _child: "_Child | None" = None
    _jobs = 0

    def reorder_queues(self, reference_queue: Any) -> None:  # noqa: ARG002 - RQ's signature
        """Let a backlog of one stage not starve another."""
        self._jobs += 1
        stages = [queue for queue in self.queues if queue.name in STAGES]
        if self._jobs % OTHER_WAY == OTHER_WAY - 1:
            stages.reverse()
        rest = [queue for queue in self.queues if queue.name not in STAGES]
        self._ordered_queues = [*stages, *rest]

    def dequeue_job_and_maintain_ttl(self, *args: Any, **options: Any) -> Any:
        """Do what can be done ahead while no job waits, then wait for one."""
        with contextlib.suppress(redis.RedisError):
            keys = [queue.key for queue in self.queues]
            while not self.connection.exists(*keys) and self.when_idle():
                self.heartbeat()
        return super().dequeue_job_and_maintain_ttl(*args, **options)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Say that we live, and let a child go that nobody needs."""
        super().heartbeat(timeout, pipeline)
        child = self._child
        if child and not self.horse_pid and time.monotonic() - child.called > IDLE_SECONDS:
            self.close()

    def fork_work_horse(self, job: Any, queue: Any) -> None:
        """Bring up to date what children share, and give the job to one that shares it."""
        shared = self.before_job()
        child = self._child
        if child is not None and child.shared is not shared:
            self.close()
        call = json.dumps([queue.name, job.id, job.func_name, job.args]).encode() + b"\n"
        if self._child is None or not self._child.give(call):
            self.close()  # it died while it had nothing to do
            self._child = self._fork(shared)
            self._child.give(call)
        self._child.queue, self._child.ids = queue.name, job.args[0] if job.args else ()
        self._horse_pid = self._child.pid
        go_on(queue.name)

    def wait_for_horse(self) -> Any:
        """Wait until the child has done its job or is dead."""
        child = self._child
        if child is None:
            return None, None, None
        word = os.read(child.answers, 1)
        facts.rest(f"{child.queue}_job")
        if word != DONE:
            self._child = None
            how = _how(child.reap())
            if word != LAST:
                self.after_death(Death(queue=child.queue, ids=child.ids, pid=child.pid, how=how))
        return child.pid, os.EX_OK, None  # a death is our own affair, not RQ's

    def close(self) -> None:
        """End the child that waits for jobs, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.reap()

    def _fork(self, shared: object) -> "_Child":
        self.before_fork()
        theirs, calls = os.pipe()
        answers, ours = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(calls)
            os.close(answers)
            os.setpgrp()
            self._live(theirs, ours)
        os.close(theirs)
        os.close(ours)
        return _Child(pid, calls, answers, shared)

    def _live(self, calls: int, answers: int) -> NoReturn:
        """Be the child: do one job after the other until there are no more calls."""
        global _more_jobs  # noqa: PLW0603 - this is the child's own
        try:
            _more_jobs = True
            random.seed()
            self.setup_work_horse_signals()
            die_with_parent()
            self._is_horse = True
            with os.fdopen(calls, encoding="ascii") as lines:
                for count, line in enumerate(iter(lines.readline, ""), start=1):
                    fit = self._do(*json.loads(line)) and count < MOST_JOBS and not _stop_asked
                    os.write(answers, DONE if fit else LAST)
                    if not fit:
                        break
        except BaseException:  # noqa: BLE001 - nothing of this may go on in the parent's code
            os._exit(1)
        os._exit(0)

    def _do(self, queue: str, job_id: str, name: str, args: list[Any]) -> bool:
        """Do one job. Whether this process can be trusted with the next."""
        job = self.job_class.create(
            name,
            args,
            id=job_id,
            origin=queue,
            connection=self.connection,
            serializer=self.serializer,
        )
        begun = time.monotonic()
        fit = self.perform_job(job, queue, None)
        facts.measure("job_seconds", [time.monotonic() - begun], queue=queue)
        return fit

    def request_stop(self, signum: int, frame: Any) -> None:
        """Have the job at hand end soon, then stop for good."""
        self.stopping = True
        if self.horse_pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def setup_work_horse_signals(self) -> None:
        """A job is asked to stop, not killed: it hands back what it has not begun."""
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGTERM, _ask_to_stop)
        if self.stopping:  # asked between the fork and now
            _ask_to_stop()


@dataclass
class _Child:
    """A child from the side of its worker: where it hears of jobs and says that they are done."""

    pid: int
    calls: int
    answers: int
    shared: object
    called: float = field(default_factory=time.monotonic)
    queue: str = ""
    ids: Sequence[int] = ()

    def give(self, call: bytes) -> bool:
        """Call it to a job. False when it is dead."""
        self.called = time.monotonic()
        try:
            while call:
                call = call[os.write(self.calls, call) :]
        except BrokenPipeError:
            return False
        return True

    def reap(self) -> int | None:
        """Let it end, if it has not. Gives its status, where that is known."""
        os.close(self.calls)
        os.close(self.answers)
        with contextlib.suppress(ChildProcessError):
            return os.waitpid(self.pid, 0)[1]
        return None


class _Caller(_Patient, rq.SimpleWorker):
    """RQ's worker that does jobs in its own process: for jobs that only pass something on."""

    def request_stop(self, signum: int, frame: Any) -> None:
        """Stop for good."""
        self.stopping = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def _how(status: int | None) -> str:
    """What ended a process, by what ``os.waitpid`` says of it."""
    if status is None:
        return "unknown"
    if not os.WIFSIGNALED(status):
        return f"exit code {os.waitstatus_to_exitcode(status)}"
    number = os.WTERMSIG(status)
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


def work(
    url: str,
    queues: Sequence[str],
    *,
    before_job: Callable[[], object],
    before_fork: Callable[[], object],
    when_idle: Callable[[], bool],
    after_death: Callable[[Death], object],
) -> None:
    """Be a worker of ``queues`` until a signal ends it.

    The first listed queue goes first, but for one job in four, so that a backlog in one does not
    keep the others waiting until it is done; what is not of an item's way goes last.

    ``before_job`` is called in this process before each job; where it gives another thing than
    before, the job gets a fresh child. ``before_fork`` lets go what a child must not inherit.
    ``when_idle`` is called while there is no job, for as long as it says that there is more to do;
    ``after_death`` when a child has died over its job. Lost connections are waited out. Raises
    QueueError when ``url`` is no Redis URL.
    """

    def make(**options: Any) -> _Worker:
        worker = _Worker(list(queues), **options)
        worker.before_job, worker.before_fork = before_job, before_fork
        worker.when_idle, worker.after_death = when_idle, after_death
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
                with contextlib.closing(worker):
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
        connection = redis.Redis.from_url(url, socket_connect_timeout=5, **_kept_alive(url))
    except ValueError:
        raise QueueError(NOT_A_URL) from None
    return make(
        connection=connection,
        serializer=JSONSerializer,
        log_job_description=False,
        worker_ttl=TURN_SECONDS + 15,  # which it takes off again for how long it waits for a job
    )


def _kept_alive(url: str) -> dict[str, Any]:
    """Options by which a server is noticed that a network no longer reaches, where there is one."""
    if url.startswith("unix:"):
        return {}
    names = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 3, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 15_000}
    known = {getattr(socket, name): value for name, value in names.items() if hasattr(socket, name)}
    return {"socket_keepalive": True, "socket_keepalive_options": known}


def _in_one_line(record: logging.LogRecord) -> bool:
    """What is away for a while is said without its traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, redis.RedisError):
        record.msg, record.args, record.exc_info = f"{record.getMessage()} {error}", (), None
    return True
