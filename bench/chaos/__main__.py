"""Whether anything is lost, doubled or late while parts, servers, networks and clocks fail.

A newsroom publishes with known truth; schedulers, workers and deliverers run on several machines
(network namespaces, where this machine permits them; see ``wires``) against one Postgres and one
Valkey, as whoever runs them would start them; faults strike at random, by the seed. At the end what
is stored and what arrived is held against what was published.
"""

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import redis
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bench.chaos import wires
from bench.chaos.faults import (
    FAKED,
    FAULTS,
    KILLS,
    NETWORK,
    WIRES,
    Fault,
    World,
    missing,
    own_disk,
)
from bench.chaos.judgement import NOTHING, RECOVERY_SECONDS, Stored, Struck, Verdict, judge
from bench.chaos.newsroom import Newsroom, Rate
from bench.chaos.parts import Crew, Part, Servers
from bench.folders import own_folder
from bench.outgoing import SECRET
from bench.report import Bar, report, show
from worker.store.engine import open_engine, run

LAYOUTS: dict[str, tuple[tuple[str, ...], ...]] = {
    # What runs on each machine.
    "mixed": (("scheduler", "worker tag fetch"), ("scheduler", "worker tag fetch", "worker deliver"),
              ("worker deliver",)),
    "small": (("scheduler", "worker tag fetch", "worker deliver"),),
    "machines": (("scheduler",), ("scheduler",), *[("worker tag fetch", "worker deliver")] * 3),
}  # fmt: skip
GAP = 0.25
READY_SECONDS = 180.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is published and struck, and with what."""

    seed: int
    seconds: float
    faults: int
    items: int
    layout: str = "mixed"
    only: tuple[str, ...] = ()
    hosts: int = 10
    poisons: int = 2
    lease: int = 10
    settle_seconds: float = 420.0
    wired: bool = True


def carry_out(plan: Plan, folder: Path) -> Verdict:
    """Run it once."""
    with ExitStack() as stack:
        on_own_disk = stack.enter_context(own_disk(folder / "data"))
        lacking = missing(on_own_disk)
        wired = plan.wired and WIRES not in lacking
        if not wired:
            lacking.setdefault(WIRES, "left out by choice")
        layout = LAYOUTS[plan.layout]
        hosts = [wires.host(n) if wired else f"127.0.77.{n + 1}" for n in range(plan.hosts)]
        servers_at = [wires.NEWSROOM, wires.POSTGRES, wires.VALKEY]
        laid = wires.Wires(len(layout), [*servers_at, *hosts]) if wired else None
        if laid is not None:
            stack.callback(laid.close)
        newsroom = stack.enter_context(
            Newsroom(plan.seed, hosts, wires.NEWSROOM if wired else "127.0.77.100")
        )
        servers = Servers(folder / "data", wired)
        stack.callback(servers.stop)
        servers.start()
        crew = _crew(plan, folder, servers, laid, clocked=0 if FAKED in lacking else 2)
        world = World(crew, servers, Random(f"{plan.seed}/faults"), len(layout), laid,
                      folder / "data" if on_own_disk else None)  # fmt: skip
        return _play(plan, world, newsroom, lacking)


def _crew(
    plan: Plan, folder: Path, servers: Servers, laid: wires.Wires | None, *, clocked: int
) -> Crew:
    # As installed: each start would compile everything again where bytecode is not written.
    left_out = ("TOCSIN_", "PYTHONDONTWRITEBYTECODE")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
    environment = kept | servers.urls | {
        "TOCSIN_DATA": str(folder / "none"),
        "TOCSIN_NET_ALLOW": "127.0.0.0/8,10.77.0.0/16",
        "TOCSIN_LEASE": str(plan.lease),
        "TOCSIN_PRELOAD": "ru",  # what the newsroom writes, as an operator would have it
        "TOCSIN_LOG_FORMAT": "json",
        "TOCSIN_POLL_INTERVAL": "2",
        "TOCSIN_POLL_INTERVAL_MIN": "1",
        "TOCSIN_POLL_INTERVAL_MAX": "3",
        "TOCSIN_POLL_FAILURE_MAX": "4",
        "TOCSIN_NET_TIMEOUT": "8",
        "TOCSIN_HOST_GAP": str(GAP),
        "TOCSIN_STORM_ALERTS": "0",
        "BENCH_SECRET": SECRET,
    }  # fmt: skip
    layout = LAYOUTS[plan.layout]
    parts = [
        Part(f"{number}-{command.replace(' ', '-')}", number, command.split())
        for number, commands in enumerate(layout, start=1)
        for command in commands
    ]
    spaces = {n: laid.namespace(n) for n in range(1, len(layout) + 1)} if laid else {}
    return Crew(folder, servers, parts, environment, spaces, clocked)


def _play(plan: Plan, world: World, newsroom: Newsroom, lacking: dict[str, str]) -> Verdict:
    engine = open_engine(world.servers.postgres.url, size=1)
    try:
        _prepare(world, newsroom)
        world.crew.start()
        _wait(lambda: _polled(engine, plan.hosts), "not every feed was polled", world)
        _wait(lambda: _all_work(world.crew), "not every worker came up", world)
        _count_tagging(engine)
        publishing = newsroom.publish(
            Rate(items=plan.items, seconds=plan.seconds, poisons=plan.poisons)
        )
        struck = _strike(plan, world, lacking)
        publishing.join()
        settled = _settle(plan, engine, newsroom)
        stored = _stored(engine)
    finally:
        engine.dispose()
        world.crew.stop()
    verdict = judge(newsroom.pieces, stored, newsroom.received, struck, newsroom.asked, gap=GAP)
    ended = world.crew.ended_by_themselves
    verdict.figures |= {
        "items": len(newsroom.pieces),
        "faults": len(struck),
        "received": len(newsroom.received),
        "other_messages": newsroom.others,
        "signed_at_another_time": newsroom.forged,
        "ended_by_themselves": ended.total(),
        "ended_at_start": world.crew.ended_at_start,
        "starts_again": world.crew.restarts,
        "settled_after_seconds": settled,
        "kinds_left_out": sum(one.needs in lacking for one in FAULTS),
    }
    verdict.wrong += [f"ended by itself: {name} {n} times" for name, n in ended.items()]
    verdict.wrong += [f"left out: {need}: {why}" for need, why in lacking.items()]
    names = Counter(one.name for one in struck)
    verdict.figures |= {f"struck {name}": float(n) for name, n in sorted(names.items())}
    return verdict


def _prepare(world: World, newsroom: Newsroom) -> None:
    """The schema, and the catalogue."""
    path = world.crew.folder / "feeds.yaml"
    path.write_text(newsroom.catalogue())
    local = {"TOCSIN_DATABASE_URL": world.servers.postgres.url}
    for command in (["db", "upgrade"], ["apply", str(path)]):
        subprocess.run(
            [sys.executable, "-m", "worker", *command],
            env=dict(world.crew.environment) | local,
            check=True,
            stdout=subprocess.DEVNULL,
        )


def _wait(condition: Callable[[], bool], problem: str, world: World) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{problem}: see {world.crew.folder}")
        time.sleep(0.2)


def _ask(engine: Engine, sql: str) -> list[dict[str, Any]]:
    with engine.begin() as connection:
        return run(connection, sql)


def _polled(engine: Engine, feeds: int) -> bool:
    found = _ask(engine, "SELECT count(*) AS n FROM poll WHERE first_polled_at IS NOT NULL")
    return bool(found[0]["n"] >= feeds)


def _all_work(crew: Crew) -> bool:
    client = redis.Redis.from_url(crew.servers.valkey.url)
    with closing(client):
        return client.scard("rq:workers") >= sum(one.arguments[0] == "worker" for one in crew.parts)


def _count_tagging(engine: Engine) -> None:
    """Have Postgres itself count how often each item becomes tagged."""
    _ask(
        engine,
        """CREATE TABLE times_tagged (item_id bigint);
           CREATE FUNCTION count_tagged() RETURNS trigger LANGUAGE plpgsql AS
               'BEGIN INSERT INTO times_tagged VALUES (new.id); RETURN new; END';
           CREATE TRIGGER count_tagged AFTER UPDATE ON item FOR EACH ROW
               WHEN (old.state <> 'tagged' AND new.state = 'tagged')
               EXECUTE FUNCTION count_tagged()""",
    )


def chosen(plan: Plan, lacking: dict[str, str]) -> list[Fault]:
    """The faults, in their order."""
    can = [
        one
        for one in FAULTS
        if one.needs not in lacking
        and (not plan.only or any(word in one.name for word in plan.only))
    ]
    weights = [one.weight for one in can]
    return Random(plan.seed).choices(can, weights, k=plan.faults) if plan.faults else []


def _strike(plan: Plan, world: World, lacking: dict[str, str]) -> list[Struck]:
    """Let faults strike one after the other, spread over the time that is published."""
    rng = Random(f"{plan.seed}/when")
    faults = [(one, rng.uniform(*one.seconds)) for one in chosen(plan, lacking)]
    struck: list[Struck] = []
    begun = time.monotonic()
    spare = max(plan.seconds - sum(seconds for _, seconds in faults), 0.0)
    for number, (fault, seconds) in enumerate(faults):
        done = sum(each for _, each in faults[:number])
        due = begun + done + spare * (number + rng.random()) / (len(faults) + 1)
        time.sleep(max(0.0, due - time.monotonic()))
        at = time.monotonic()
        fault.strike(world, seconds)
        struck.append(Struck(fault.name, at, time.monotonic(), fault.away))
        print(
            f"{number + 1:4} of {len(faults)}  {at - begun:6.1f} s  {fault.name}", file=sys.stderr
        )
    return struck


def _settle(plan: Plan, engine: Engine, newsroom: Newsroom) -> float:
    """Wait until nothing is owed; gives the seconds that took."""
    begun = time.monotonic()
    owed = """SELECT (SELECT count(*) FROM item) AS items,
        (SELECT count(*) FROM item WHERE state IN ('discovered', 'fetched'))
        + (SELECT count(*) FROM delivery WHERE state = 'pending') AS owed"""
    while time.monotonic() - begun < plan.settle_seconds:
        try:
            (now,) = _ask(engine, owed)
            if now["items"] >= len(newsroom.pieces) and not now["owed"]:
                break
        except SQLAlchemyError:
            pass
        time.sleep(0.5)
    seconds = round(time.monotonic() - begun, 1)
    time.sleep(2)  # whatever should not come has the time to
    return seconds


def _stored(engine: Engine) -> list[Stored]:
    rows = _ask(
        engine,
        """SELECT substring(url FROM '/news/([0-9]+)')::int AS number, state, reason,
               (SELECT count(*) FROM times_tagged WHERE item_id = item.id)::int AS tagged
           FROM item""",
    )
    return [Stored(**row) for row in rows]


# --------------------------------------------------------------------------------------- command


def main() -> None:
    """Run it once."""
    parser = argparse.ArgumentParser(prog="bench.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--items", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--machines",
        action="store_true",
        help="two schedulers and three workers on a machine each; their faults only",
    )
    parser.add_argument(
        "--only", action="append", default=[], help="faults with this in their name"
    )
    parser.add_argument("--kills", action="store_true", help="kills only")
    parser.add_argument("--keep", action="store_true", help="keep the folder with logs")  # fmt: skip
    options = parser.parse_args()
    only = tuple(options.only) or (NETWORK if options.machines else KILLS if options.kills else ())
    plan = Plan(
        seed=options.seed,
        seconds=options.minutes * 60,
        faults=options.faults,
        items=options.items,
        layout="machines" if options.machines else "mixed",
        only=only,
    )
    with own_folder("chaos", keep=options.keep) as folder:
        verdict = carry_out(plan, folder)
    show(verdict.figures, verdict.wrong)
    figures = verdict.figures
    bars = {name: Bar(figures[name], 0, most=True) for name in NOTHING}
    bars["recovery"] = Bar(figures.get("recovery_max_seconds", 0.0), RECOVERY_SECONDS, most=True)
    bars["faults"] = Bar(figures["faults"], plan.faults)
    bars["items"] = Bar(figures["items"], plan.items)
    report("chaos-machines" if options.machines else "chaos", figures, bars)
    sys.exit(not all(bar.ok for bar in bars.values()))


if __name__ == "__main__":
    main()
