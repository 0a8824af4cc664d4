"""The child of a worker: it does many jobs, and a dead or outdated one is replaced."""

import json
import logging
import subprocess
import sys

import pytest
import redis
import rq
from rq.serializers import JSONSerializer

from worker import queue
from worker.queue import DELIVER, JOBS, TAG, Queues

SCRIPT = """
import json, os, signal, sys
import redis, rq
from rq.serializers import JSONSerializer
from worker.queue import OutageError, _Worker


def away():
    raise OutageError("Postgres: gone")


connection = redis.Redis.from_url(sys.argv[1])
queue = rq.Queue("child-test", connection=connection, serializer=JSONSerializer)
pid = ("os.system", ["echo $PPID"])
kill = ("os.kill", [0, signal.SIGKILL])  # its own process group: the child is one of its own
fail = ("builtins.int", [[7]])
calls = [pid] * 3 + [kill] + [pid] * 4 + [fail] + [pid, ("__main__.away", []), pid]
jobs = [queue.enqueue(name, args=args) for name, args in calls]
worker = _Worker(["child-test"], connection=connection, serializer=JSONSerializer, log_job_description=False)
asked = []


def shared():
    asked.append(1)
    return "old" if len(asked) < 7 else "new"


let_go, deaths = [], []
worker.before_job, worker.before_fork = shared, lambda: let_go.append(len(asked))
worker.after_death = deaths.append
worker.work(burst=True, logging_level="ERROR")
worker.close()
theirs = [queue.name, *(job.id for job in jobs)]
left = [key for key in map(bytes.decode, connection.keys()) if any(name in key for name in theirs)]
print(json.dumps([os.getpid(), let_go, [[one.how, one.ids] for one in deaths], left]))
"""


def worked(script: str, redis_url: str) -> "subprocess.CompletedProcess[str]":
    """What a process said that worked by this script; forks are best made outside of the tests'."""
    command = [sys.executable, "-c", script, redis_url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


def test_a_child_does_many_jobs_and_is_replaced(redis_url: str) -> None:
    """Killed or failing, it takes its job with it alone; with other things to share there is a fresh one."""
    done = worked(SCRIPT, redis_url)
    *told, last = done.stdout.splitlines()
    children = [line for line in told if line.isdecimal()]
    worker, let_go, deaths, left = json.loads(last)
    first, second, third, fourth = children[0], children[3], children[5], children[7]
    assert children == [first] * 3 + [second] * 2 + [third] * 2 + [fourth] * 2
    assert len({str(worker), first, second, third, fourth}) == 5
    # The first job, the one after the killed one, the first with other things to share, and the
    # one after the job that failed; an outage is no fault of the child.
    assert let_go == [1, 5, 7, 10]
    assert deaths == [["SIGKILL", 0]]
    assert 1 == done.stderr.count("TypeError: int() argument must be")
    (outage,) = (line for line in told if not line.isdecimal())
    assert "Postgres: gone" in outage
    assert left == [], "Valkey keeps nothing of jobs that are over"


ORDER = """
import sys
import redis, rq
from rq.serializers import JSONSerializer
from worker.queue import _Worker

options = {"connection": redis.Redis.from_url(sys.argv[1]), "serializer": JSONSerializer}
for name, jobs in {"retag": 1, "fetch": 3, "tag": 8}.items():
    for _ in range(jobs):
        rq.Queue(name, **options).enqueue("os.system", args=[f"echo {name}"])
worker = _Worker(["tag", "fetch", "retag"], log_job_description=False, **options)
worker.work(burst=True, logging_level="ERROR")
worker.close()
"""


def test_a_backlog_of_one_stage_starves_no_other(redis_url: str) -> None:
    """One job in four is sought in the other order; what is not of an item's way waits."""
    done = worked(ORDER, redis_url)
    begun = ["tag", "tag", "tag", "fetch"] * 2
    assert [*begun, "tag", "tag", "fetch", "retag"] == done.stdout.split()


@pytest.fixture
def caller(redis_url: str) -> queue._Caller:
    """A worker that does its jobs itself, and has introduced itself to Valkey."""
    connection = redis.Redis.from_url(redis_url)
    made = queue._Caller([DELIVER], connection=connection, serializer=JSONSerializer)
    made.register_birth()  # type: ignore[no-untyped-call]
    return made


def test_a_valkey_that_goes_away_during_a_job_harms_neither_job_nor_worker(
    caller: queue._Caller,
    queues: Queues,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The job goes on; it ends as it would have, and what it fails of is told."""
    monkeypatch.setitem(JOBS, DELIVER, "builtins.print")
    monkeypatch.setitem(JOBS, TAG, "builtins.int")
    queues.wake(DELIVER, [1])
    queues.wake(TAG, [1])
    names = [DELIVER, TAG]
    known = [
        rq.Queue(name, connection=caller.connection, serializer=JSONSerializer) for name in names
    ]
    jobs = [each.get_jobs()[0] for each in known]
    monkeypatch.setattr(caller, "connection", redis.Redis.from_url("redis://127.0.0.1:1/0"))
    with caplog.at_level(logging.ERROR, "rq.worker"):
        for job, each in zip(jobs, known, strict=True):
            caller.execute_job(job, each)
            caller.heartbeat()
    assert "[1]\n" == capsys.readouterr().out
    (failed,) = caplog.messages
    assert "TypeError: int() argument must be" in failed


def test_a_worker_is_known_again_to_a_valkey_that_was_emptied(
    caller: queue._Caller, queues: Queues, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown of workers is true again with the next sign of life."""
    assert 1 == queues.workers()[DELIVER]
    redis.Redis.from_url(redis_url).flushall()
    assert 0 == queues.workers()[DELIVER]
    monkeypatch.setattr(queue, "BEAT_SECONDS", 0.0)
    caller.heartbeat()
    assert 1 == queues.workers()[DELIVER]
