"""The child of a worker: it does many jobs, and a dead or outdated one is replaced."""

import json
import subprocess
import sys

SCRIPT = """
import json, os, signal, sys
import redis, rq
from rq.job import Job
from rq.serializers import JSONSerializer
from worker.queue import _Worker

connection = redis.Redis.from_url(sys.argv[1])
queue = rq.Queue("child-test", connection=connection, serializer=JSONSerializer)
kill = ("os.kill", [0, signal.SIGKILL])  # its own process group: the child is one of its own
calls = [("os.getpid", [])] * 3 + [kill] + [("os.getpid", [])] * 4
jobs = [queue.enqueue(name, args=args, result_ttl=60, failure_ttl=60) for name, args in calls]
worker = _Worker([queue], connection=connection, serializer=JSONSerializer, log_job_description=False)
asked = []


def shared():
    asked.append(1)
    return "old" if len(asked) < 7 else "new"


let_go = []
worker.before_job, worker.before_fork = shared, lambda: let_go.append(len(asked))
worker.work(burst=True, logging_level="CRITICAL")
worker.close()
ended = [Job.fetch(job.id, connection=connection, serializer=JSONSerializer) for job in jobs]
print(json.dumps([os.getpid(), let_go, [[job.get_status().value, job.return_value()] for job in ended]]))
"""


def test_a_child_does_many_jobs_and_is_replaced(redis_url: str) -> None:
    """Killed, it takes its job with it alone; with other things to share there is a fresh one."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, redis_url],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    worker, let_go, ended = json.loads(done.stdout.splitlines()[-1])
    states = [state for state, _ in ended]
    assert states == ["finished"] * 3 + ["failed"] + ["finished"] * 4
    first, second, third = ended[0][1], ended[4][1], ended[6][1]
    children = [child for _, child in ended]
    assert children == [first] * 3 + [None] + [second] * 2 + [third] * 2
    assert len({worker, first, second, third}) == 4
    # The first job, the one after the killed one, and the first with other things to share.
    assert let_go == [1, 5, 7]
