"""What ``tocsin up`` uses at rest: 20 feeds of 30 items, every default, after the baseline.

Memory is the sum of proportional set sizes (shared pages counted once) of every process, servers
included; CPU is what they all used in the window, as a share of one core. The feed server is a
process of its own and is not counted.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import psutil
from aiohttp import web

from bench.report import Bar, report

FEEDS, ITEMS = 20, 30
WORDS = "the council met on monday to discuss a budget for roads schools and parks " * 3


def serve(ports: Any) -> None:
    """A feed server on a free port."""

    async def feed(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        items = "".join(
            f"<item><title>Report {n} of {name}</title><guid>{name}-{n}</guid>"
            f"<description>{WORDS} {name} {n}</description></item>"
            for n in range(ITEMS)
        )
        text = f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>"
        return web.Response(text=text, content_type="application/rss+xml")

    async def run() -> None:
        app = web.Application()
        app.add_routes([web.get("/{name}", feed)])
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.put(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


def processes(root: psutil.Process) -> list[psutil.Process]:
    """The whole tree."""
    return [root, *root.children(recursive=True)]


def called(process: psutil.Process) -> str:
    """What a process is, by how it was started."""
    return " ".join(process.cmdline()[1:5]).strip() or process.name()


def cpu_seconds(root: psutil.Process) -> dict[str, float]:
    """CPU used so far by the living tree, and by its children that were waited for."""
    used: dict[str, float] = defaultdict(float)
    for process in processes(root):
        times = process.cpu_times()
        used[called(process)] += times.user + times.system
        if process.pid != root.pid:
            used[called(process)] += times.children_user + times.children_system
    return used


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the window")
    window = parser.parse_args().seconds
    ports: Any = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(ports,), daemon=True)
    server.start()
    port = ports.get(timeout=20)
    folder = Path(tempfile.mkdtemp(prefix="tocsin-rest-"))
    folder.chmod(0o711)
    feeds = "".join(
        f"  - {{name: feed-{n}, url: 'http://127.0.0.1:{port}/feed-{n}'}}\n" for n in range(FEEDS)
    )
    (folder / "feeds.yaml").write_text(
        f"feeds:\n{feeds}channels:\n  - {{name: console, kind: console}}\n"
        "watches:\n  - {name: putin, query: 'person:\"Vladimir Putin\"', channels: [console]}\n"
    )
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
    environment = kept | {"TOCSIN_DATA": str(folder / "data"), "TOCSIN_NET_ALLOW": "127.0.0.0/8"}
    with (folder / "log").open("wb") as log:
        up = subprocess.Popen(
            [sys.executable, "-m", "worker", "up", "--catalogue", str(folder / "feeds.yaml")],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        wait_for_baseline(environment)
        time.sleep(10)
        root = psutil.Process(up.pid)
        begun, before = time.monotonic(), cpu_seconds(root)
        time.sleep(window)
        after, seconds = cpu_seconds(root), time.monotonic() - begun
        shares = {name: (used - before[name]) / seconds * 100 for name, used in after.items()}
        share = sum(shares.values())
        memory: dict[str, float] = defaultdict(float)
        for process in processes(root):
            memory[called(process)] += process.memory_full_info().pss / 1e6
        for name, megabytes in sorted(memory.items(), key=lambda pair: -pair[1]):
            print(f"{megabytes:8.1f} MB {shares[name]:6.2f} %  {name}")
        total = round(sum(memory.values()), 1)
        report(
            "rest",
            {"memory_mb": total, "cpu_percent_of_one_core": round(share, 2)},
            {
                "memory_mb": Bar(total, 1000, most=True),
                "cpu_percent_of_one_core": Bar(round(share, 2), 2, most=True),
            },
        )
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(15)
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def wait_for_baseline(environment: dict[str, str]) -> None:
    """Wait until every item of every feed is tagged."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        done = subprocess.run(
            [sys.executable, "-m", "worker", "status", "--json"],
            env=environment,
            capture_output=True,
            check=False,
        )
        if done.returncode == 0 and done.stdout:
            states = json.loads(done.stdout)["items_by_state"]
            if states.get("tagged", 0) == FEEDS * ITEMS:
                return
        time.sleep(2)
    raise SystemExit("the baseline was not tagged in time")


if __name__ == "__main__":
    main()
