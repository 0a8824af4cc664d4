"""How fast alerts are delivered, beside plain httpx, with one receiver hanging, and how soon.

Real servers, a real worker process, receivers in processes of their own that check every
signature. The figures are of the receivers: from the first receipt to the last. The peer sends
as many signed bodies of the same size, as many at once, over kept connections, and keeps no record.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import Engine
from standardwebhooks import Webhook

from bench.folders import own_folder
from bench.outgoing import (
    SECRET,
    feed_and_receiver,
    make_alerts,
    owe,
    payload,
    receive_mails,
    receive_webhooks,
    started,
)
from bench.report import Bar, report
from worker.embedded import DataFolder, EmbeddedPostgres, EmbeddedValkey
from worker.queue import DELIVER, Queues
from worker.store import watches
from worker.store.engine import open_engine, run
from worker.store.schema import upgrade

CONCURRENCY = 8
HEALTHY = 9


def read(url: str) -> Any:
    """What a receiver tells."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def wait_for(url: str, wanted: dict[str, int], seconds: float = 240) -> dict[str, list[float]]:
    """When each of the things came that are waited for. Ends the run when some do not."""
    deadline = time.monotonic() + seconds
    while any(read(f"{url}/count").get(name, 0) < n for name, n in wanted.items()):
        if time.monotonic() > deadline:
            raise SystemExit(f"not all came: {read(f'{url}/count')} of {wanted}")
        time.sleep(0.2)
    told = read(f"{url}/stats")
    assert told["wrong"] == 0, told["wrong"]
    got: dict[str, list[float]] = told["got"]
    assert {name: len(times) for name, times in got.items()} == wanted
    return got


def rate(times: list[float]) -> float:
    """How many a second, from the first to the last."""
    return (len(times) - 1) / (max(times) - min(times))


@contextlib.contextmanager
def servers(folder: Path) -> Iterator[dict[str, str]]:
    """Postgres and Valkey, and the environment that names them."""
    postgres = EmbeddedPostgres(DataFolder(folder / "pg"))
    valkey = EmbeddedValkey(DataFolder(folder / "vk"))
    try:
        postgres.folder.hold()
        valkey.folder.hold()
        upgrade(postgres.start())
        valkey.start()
        yield environment() | {
            "TOCSIN_DATABASE_URL": postgres.url,
            "TOCSIN_REDIS_URL": valkey.url,
            "TOCSIN_NET_ALLOW": "127.0.0.0/8",
            "TOCSIN_LOG_FORMAT": "json",
            "BENCH_SECRET": SECRET,
        }
    finally:
        valkey.stop()
        postgres.stop()


def environment() -> dict[str, str]:
    """Ours without what would set Tocsin up."""
    return {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}


class Worker:
    """One worker process that delivers, woken like any other."""

    def __init__(self, engine: Engine, env: dict[str, str], folder: Path) -> None:
        self.engine = engine
        self._queues = Queues(env["TOCSIN_REDIS_URL"])
        with (folder / "worker.log").open("ab") as log:
            command = [sys.executable, "-m", "worker", "worker", "deliver"]
            self.process = psutil.Popen(command, env=env, stdout=log, stderr=log)
        time.sleep(5)

    def deliver(
        self, channels: list[int], url: str, wanted: dict[str, int]
    ) -> tuple[dict[str, list[float]], float]:
        """When each alert came, and the CPU milliseconds that this process took for one."""
        with self.engine.begin() as connection:
            owe(connection, channels)
        before = self.process.cpu_times()
        self._queues.wake(DELIVER, [0])
        got = wait_for(url, wanted)
        after = self.process.cpu_times()
        seconds = after.user + after.system - before.user - before.system
        return got, seconds * 1000 / sum(wanted.values())

    def stop(self) -> None:
        self._queues.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)


def channel(engine: Engine, name: str, kind: str, **config: Any) -> int:
    """A channel."""
    with engine.begin() as connection:
        return watches.put_channel(connection, name=name, kind=kind, config=config)


def hook(engine: Engine, name: str, url: str) -> int:
    """A webhook channel."""
    return channel(engine, name, "webhook", url=url, secret="${BENCH_SECRET}")


# ------------------------------------------------------------------------------------ throughput


async def peer(url: str, count: int) -> None:
    """Plain httpx: signs and posts, at the same concurrency, and does nothing else."""
    body, signer = payload(), Webhook(SECRET)
    left = iter(range(count))

    async def send(client: httpx.AsyncClient) -> None:
        for number in left:
            at = datetime.now(UTC)
            headers = {
                "content-type": "application/json",
                "webhook-id": f"msg_{number}",
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": signer.sign(f"msg_{number}", at, body.decode()),
            }
            answer = await client.post(url, content=body, headers=headers)
            assert answer.status_code == 204

    async with httpx.AsyncClient() as client:
        await asyncio.gather(*(send(client) for _ in range(CONCURRENCY)))


def throughput(count: int, folder: Path) -> dict[str, float]:
    """Webhooks and mails a second, and what one hanging receiver costs the others."""
    web, web_ports = started(receive_webhooks)
    mail, mail_ports = started(receive_mails)
    url = f"http://127.0.0.1:{web_ports.get(timeout=30)}"
    smtp, mails = mail_ports.get(timeout=30), f"http://127.0.0.1:{mail_ports.get(timeout=30)}"
    figures: dict[str, float] = {}
    try:
        with servers(folder) as env:
            engine = open_engine(env["TOCSIN_DATABASE_URL"])
            with engine.begin() as connection:
                make_alerts(connection, count)
            asyncio.run(peer(f"{url}/hook/peer", count))
            figures["peer_webhooks_per_s"] = rate(wait_for(url, {"peer": count})["peer"])
            working = Worker(engine, env, folder)
            got, cpu = working.deliver(
                [hook(engine, "one", f"{url}/hook/one")], url, {"one": count}
            )
            figures |= {"webhooks_per_s": rate(got["one"]), "cpu_ms_a_webhook": cpu}
            box = channel(
                engine, "mail", "email", host="127.0.0.1", port=smtp, security="none",
                to="ann@example.org", **{"from": "tocsin@example.org"},
            )  # fmt: skip
            got, cpu = working.deliver([box], mails, {"mail": count})
            figures |= {"mails_per_s": rate(got["mail"]), "cpu_ms_a_mail": cpu}
            figures |= isolation(working, url, count)
            working.stop()
            engine.dispose()
    finally:
        web.kill()
        mail.kill()
    return figures


def isolation(working: Worker, url: str, count: int) -> dict[str, float]:
    """The other nine's throughput with the tenth hanging, as a share of that without it."""
    others = [hook(working.engine, f"h{n}", f"{url}/hook/h{n}") for n in range(HEALTHY)]
    hanging = hook(working.engine, "hanging", f"{url}/hang/x")
    wanted = {f"h{n}": count // 2 for n in range(HEALTHY)}
    with working.engine.begin() as connection:
        run(connection, "DELETE FROM alert WHERE id % 2 = 0")
    rates: dict[str, list[float]] = {"alone": [], "beside": []}
    for _ in range(2):
        for name, channels in (("alone", others), ("beside", [hanging, *others])):
            got, _ = working.deliver(channels, url, wanted)
            rates[name].append(rate([at for times in got.values() for at in times]))
    alone, beside = max(rates["alone"]), max(rates["beside"])
    return {
        "nine_webhooks_per_s": alone,
        "nine_beside_a_hanging_one_per_s": beside,
        "lost_to_a_hanging_one_percent": (1 - beside / alone) * 100,
    }


# --------------------------------------------------------------------------------------- latency


def latency(rounds: int, folder: Path, *, pages: bool) -> dict[str, float]:
    """From the feed server's answer with a story to the receipt of its webhook, the system idle.

    With ``pages`` each story is read on its page, which the host allows a second after its feed.
    """
    both, ports = started(partial(feed_and_receiver, pages=pages))
    url = f"http://127.0.0.1:{ports.get(timeout=30)}"
    (folder / "feeds.yaml").write_text(
        f"feeds:\n  - {{name: gazette, url: '{url}/feed'}}\n"
        f"channels:\n  - {{name: hook, kind: webhook, url: '{url}/hook', secret: '${{BENCH_SECRET}}'}}\n"
        f"watches:\n  - {{name: putin, query: '{QUERY_YAML}', channels: [hook]}}\n"
    )
    env = environment() | {
        "TOCSIN_DATA": str(folder / "data"),
        "TOCSIN_NET_ALLOW": "127.0.0.0/8",
        # Polls of the feed must not take the turns at its host from the pages.
        "TOCSIN_POLL_INTERVAL": "5" if pages else "1",
        "TOCSIN_POLL_INTERVAL_MIN": "4" if pages else "0.5",
        "TOCSIN_POLL_INTERVAL_MAX": "5" if pages else "1",
        "TOCSIN_HOST_GAP": "1" if pages else "0.01",
        "TOCSIN_STORM_ALERTS": "0",
        "BENCH_SECRET": SECRET,
    }
    with (folder / "up.log").open("wb") as log:
        up = subprocess.Popen(
            [sys.executable, "-m", "worker", "up", "--catalogue", str(folder / "feeds.yaml")],
            env=env, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        time.sleep(25)
        lags: list[float] = []
        for number in range(rounds):
            urllib.request.urlopen(f"{url}/publish", data=b"", timeout=10).close()
            deadline = time.monotonic() + 120
            while len(read(f"{url}/stats")["received"]) <= number:
                if time.monotonic() > deadline:
                    raise SystemExit(f"story {number} did not ring: see {folder}/up.log")
                time.sleep(0.05)
            told = read(f"{url}/stats")
            assert len(told["received"]) == len(told["published"]) == number + 1
            lags.append(told["received"][-1] - told["published"][-1])
            time.sleep(0.5)
        trace(told, EmbeddedPostgres(DataFolder(folder / "data")).url)
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(20)
        both.kill()
    lags = lags[3:]  # the first of a new system
    name = "poll_to_receipt_with_page" if pages else "poll_to_receipt"
    return {
        f"{name}_p50_ms": statistics.median(lags) * 1000,
        f"{name}_p99_ms": sorted(lags)[max(0, -(-99 * len(lags) // 100) - 1)] * 1000,
    }


STAGES = """
    SELECT extract(epoch FROM item.seen_at)::float8 AS stored,
        extract(epoch FROM alert.planned_at)::float8 AS planned
    FROM alert JOIN item ON item.id = alert.item_id ORDER BY alert.id
"""
SLOWEST = 5


def trace(told: dict[str, list[float]], url: str) -> None:
    """Where the time of the slowest stories went, in ms: each moment is of the stage's transaction."""
    engine = open_engine(url, size=1)
    with engine.connect() as connection:
        rows = run(connection, STAGES)
    engine.dispose()
    clock = time.time() - time.monotonic()
    ways = [
        (published + clock, row["stored"], row["planned"], received + clock)
        for published, received, row in zip(told["published"], told["received"], rows, strict=True)
    ]
    ways.sort(key=lambda way: way[0] - way[-1])
    print("published to stored, to planned, to received (ms), at (s) since the first")
    first = min(way[0] for way in ways)
    for way in (*ways[:SLOWEST], ways[len(ways) // 2]):
        steps = (f"{(b - a) * 1000:8.1f}" for a, b in pairwise(way))
        print(*steps, f"{way[0] - first:8.1f}")


QUERY_YAML = 'person:"Vladimir Putin"'


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=2000, help="alerts of each part")
    parser.add_argument("--rounds", type=int, default=100, help="stories published, one by one")
    parser.add_argument("--only", choices=("throughput", "latency"), default="")
    parser.add_argument(
        "--pages", action="store_true", help="stories have pages, at the host of their feed"
    )
    parser.add_argument("--keep", action="store_true", help="keep the folder with logs")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    with own_folder("deliver", keep=options.keep) as folder:
        if options.only != "latency":
            figures |= throughput(options.alerts, folder)
        if options.only != "throughput":
            figures |= latency(options.rounds, folder, pages=options.pages)
    figures = {name: round(value, 1) for name, value in figures.items()}
    if "webhooks_per_s" in figures:
        ratio = figures["webhooks_per_s"] / figures["peer_webhooks_per_s"]
        figures["of_the_peer"] = round(ratio, 2)
    bars = {
        "webhooks_per_s": (400, False),
        "mails_per_s": (100, False),
        "lost_to_a_hanging_one_percent": (10, True),
        "poll_to_receipt_p50_ms": (100, True),
        "poll_to_receipt_p99_ms": (400, True),
    }
    for name, value in figures.items():
        print(f"{value:10.1f}  {name}")
    report(
        "deliver",
        figures,
        {
            name: Bar(figures[name], bar, most)
            for name, (bar, most) in bars.items()
            if name in figures
        },
    )


if __name__ == "__main__":
    main()
