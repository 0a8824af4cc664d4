"""What carrying a job costs: commands of Valkey to wake for it and to do it, and CPU.

A real worker does jobs that do nothing, each woken for by itself, from a bundled Valkey of its own.
"""

import argparse
import multiprocessing
import os
import resource
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import redis

from bench.report import Bar, report
from worker import queue
from worker.embedded import DataFolder, EmbeddedValkey
from worker.queue import DELIVER, FETCH, RECOUNT, RETAG, TAG, Queues

WORKERS = {"tag": [TAG, RECOUNT, RETAG], "fetch": [FETCH], "deliver": [DELIVER]}
OURS = {"client", "config", "info", "lindex"}  # commands of the counting itself
MOST = 8.0  # commands to do a job
PATIENCE_SECONDS = 120.0


def serve(url: str, queues: Sequence[str], used: Any) -> None:
    """Be a worker until it is asked to stop; then say what CPU it and its children took."""
    if queues == [DELIVER]:
        queue.answer_calls(url, DELIVER)
    else:
        queue.work(
            url,
            queues,
            before_job=lambda: None,
            before_fork=lambda: None,
            when_idle=lambda: False,
            after_death=lambda _: None,
        )
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    used.put(sum(one.ru_utime + one.ru_stime for one in both))


def counted(client: redis.Redis) -> dict[str, int]:
    """How often each command was called since this was last asked."""
    stats: Any = client.info("commandstats")
    client.config_resetstat()
    calls = {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in stats.items()}
    return {name: times for name, times in calls.items() if name.split("|")[0] not in OURS}


def cpu_seconds(client: redis.Redis) -> float:
    """What Valkey used so far."""
    info: Any = client.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


def wait_until(condition: Callable[[], object]) -> None:
    """Look every now and then whether it is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("the worker does not do its jobs")
        time.sleep(0.05)


def measure(url: str, queues: Sequence[str], jobs: int) -> dict[str, float]:
    """Wake a worker ``jobs`` times while it stands still, then have it do them one by one."""
    client, waker = redis.Redis.from_url(url), Queues(url)
    client.flushall()
    used: Any = multiprocessing.Queue()
    worker = multiprocessing.Process(target=serve, args=(url, queues, used), daemon=True)
    worker.start()
    pid, name = worker.pid or 0, queues[0]

    def done() -> bool:
        return client.lindex(f"rq:queue:{name}", -1) is None

    wait_until(lambda: waker.workers().get(name))
    waker.wake(name, [0])
    wait_until(done)
    time.sleep(1)  # it has its child, if it needs one, and waits
    os.kill(pid, signal.SIGSTOP)
    counted(client)
    for number in range(jobs):
        waker.wake(name, [number])
    woken, before = counted(client), cpu_seconds(client)
    os.kill(pid, signal.SIGCONT)
    wait_until(done)
    time.sleep(1)
    did, valkey = counted(client), cpu_seconds(client) - before
    print(f"worker {name}, commands to do {jobs} jobs: {did}")
    worker.terminate()
    seconds = used.get(timeout=PATIENCE_SECONDS)
    worker.join(PATIENCE_SECONDS)
    waker.close()
    client.close()
    return {
        "commands to wake": round(sum(woken.values()) / jobs, 2),
        "commands to do": round(sum(did.values()) / jobs, 2),
        "ms of Valkey": round(1000 * valkey / jobs, 3),
        "ms of the worker": round(1000 * seconds / jobs, 3),
    }


def main() -> None:
    """Measure each kind of worker."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    jobs = parser.parse_args().jobs
    queue.JOBS.update(dict.fromkeys(queue.JOBS, "builtins.len"))
    folder = Path(tempfile.mkdtemp(prefix="tocsin-calls-"))
    folder.chmod(0o711)
    server = EmbeddedValkey(DataFolder(folder))
    try:
        server.folder.hold()
        server.start()
        costs = {name: measure(server.url, queues, jobs) for name, queues in WORKERS.items()}
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    figures = {f"{name}, {what}": n for name, cost in costs.items() for what, n in cost.items()}
    dearest = max(cost["commands to do"] for cost in costs.values())
    report("calls", figures, {"commands to do a job": Bar(dearest, MOST, most=True)})


if __name__ == "__main__":
    main()
