"""What goes wrong in the chaos suite: each fault strikes, lasts a while, and ends."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg
import redis

from bench.chaos.parts import FAKETIME, Crew, Servers
from bench.chaos.wires import ALL, NEWSROOM, POSTGRES, VALKEY, Wires, address_of
from bench.chaos.wires import why_not as no_wires

AGAIN_SECONDS = 60.0  # in which whatever was killed has to be there again
STUTTER = 0.1  # seconds that a slow disk stands still, and goes on
DISK = "3g"


@dataclass
class World:
    """All that can be struck."""

    crew: Crew
    servers: Servers
    rng: Random
    machines: int
    wires: Wires | None = None
    disk: Path | None = None


Strike = Callable[[World, float], None]


@dataclass(frozen=True)
class Fault:
    """A fault: how often of all, how long it lasts, what it needs, whether nothing can flow meanwhile."""

    name: str
    weight: int
    strike: Strike
    seconds: tuple[float, float] = (0.0, 0.0)
    away: bool = False
    needs: str = ""


# ----------------------------------------------------------------------------------- processes


def _kill(kind: str) -> Strike:
    def strike(world: World, _seconds: float) -> None:
        deadline = time.monotonic() + AGAIN_SECONDS
        while not (found := world.crew.running(kind)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {kind} is there")
            time.sleep(0.1)
        world.crew.kill([world.rng.choice(found)])

    return strike


# ------------------------------------------------------------------------------------- servers


@contextmanager
def _stopped(world: World, server: str) -> Iterator[None]:
    frozen = world.servers.processes(server)
    for process in frozen:
        with contextlib.suppress(Exception):
            process.suspend()
    try:
        yield
    finally:
        for process in reversed(frozen):
            with contextlib.suppress(Exception):
                process.resume()


def _pause(server: str) -> Strike:
    def strike(world: World, seconds: float) -> None:
        with _stopped(world, server):
            time.sleep(seconds)

    return strike


def _stutter(world: World, seconds: float) -> None:
    """A slow disk, as Postgres feels it: half of the time nothing of it goes on."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with _stopped(world, "postgres"):
            time.sleep(STUTTER)
        time.sleep(STUTTER)


def _kill_server(server: str, number: int) -> Strike:
    def strike(world: World, _seconds: float) -> None:
        pid = (world.servers.postgres if server == "postgres" else world.servers.valkey).pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    return strike


def _kill_session(world: World, _seconds: float) -> None:
    found = []
    for process in world.servers.processes("postgres"):
        with contextlib.suppress(Exception):
            if " tocsin " in " ".join(process.cmdline()):
                found.append(process)
    if found:
        world.rng.choice(found).kill()


def _cut_sessions(world: World, _seconds: float) -> None:
    with contextlib.suppress(psycopg.Error), psycopg.connect(world.servers.postgres.url) as at:
        at.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE pid <> pg_backend_pid() AND application_name = 'tocsin'"""
        )


def _flush(world: World, _seconds: float) -> None:
    with contextlib.suppress(redis.RedisError):
        client = redis.Redis.from_url(world.servers.valkey.url)
        client.flushall()
        client.close()


def _fill_disk(world: World, seconds: float) -> None:
    assert world.disk is not None
    filler = world.disk / "filler"
    try:
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 22))
        until = time.monotonic() + seconds
        while time.monotonic() < until:  # what is freed meanwhile is taken, too
            with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(bytes(1 << 12))
            time.sleep(0.2)
    finally:
        filler.unlink(missing_ok=True)


# ------------------------------------------------------------------------------------- network


def _lossy(server: str, share: int) -> Strike:
    def strike(world: World, seconds: float) -> None:
        assert world.wires is not None
        machine = address_of(world.rng.randrange(world.machines) + 1)
        world.wires.lose(machine, server, share)
        time.sleep(seconds)
        world.wires.lose(machine, server, 0)

    return strike


def _all_lossy(world: World, seconds: float) -> None:
    assert world.wires is not None
    world.wires.lose(ALL, ALL, 30)
    time.sleep(seconds)
    world.wires.lose(ALL, ALL, 0)


def _lose_machine(world: World, seconds: float) -> None:
    """All its processes and its wire are gone at once: whoever it talked to hears nothing."""
    number = world.rng.randrange(world.machines) + 1
    if world.wires is not None:
        world.wires.lose(address_of(number), ALL, 100)
    world.crew.lose(number)
    time.sleep(seconds)
    if world.wires is not None:
        world.wires.lose(address_of(number), ALL, 0)
    world.crew.return_(number)


# -------------------------------------------------------------------------------------- clocks


def _jump(world: World, seconds: float) -> None:
    """The clock of one machine is an hour off for a while, and right again."""
    offset = world.rng.choice([-3600, -60, 60, 3600])
    world.crew.clock.write_text(f"{offset:+d}s\n")
    time.sleep(seconds)
    world.crew.clock.write_text("+0s\n")


WIRES, TMPFS, FAKED = "wires", "a disk of its own", "libfaketime"
FAULTS = (
    Fault("scheduler killed", 7, _kill("scheduler")),
    Fault("worker killed", 7, _kill("worker")),
    Fault("child of worker killed", 12, _kill("child")),
    Fault("deliver killed", 8, _kill("deliver")),
    Fault("parse process killed", 5, _kill("parser")),
    Fault("machine lost", 4, _lose_machine, (3, 8)),
    Fault("Valkey emptied", 8, _flush),
    Fault("Valkey killed", 5, _kill_server("valkey", signal.SIGKILL)),
    Fault("Valkey paused", 4, _pause("valkey"), (1, 6)),
    Fault("Postgres restarted", 4, _kill_server("postgres", signal.SIGINT)),
    Fault("Postgres killed", 4, _kill_server("postgres", signal.SIGKILL)),
    Fault("Postgres session killed", 4, _kill_session),
    Fault("Postgres connections cut", 6, _cut_sessions),
    Fault("Postgres paused", 4, _pause("postgres"), (1, 6), away=True),
    Fault("disk slow", 3, _stutter, (2, 5)),
    Fault("disk full", 3, _fill_disk, (1, 4), away=True, needs=TMPFS),
    Fault("machine cut off", 4, _lossy(ALL, 100), (2, 8), needs=WIRES),
    Fault("machine cut off from Postgres", 3, _lossy(POSTGRES, 100), (2, 8), needs=WIRES),
    Fault("machine cut off from Valkey", 3, _lossy(VALKEY, 100), (2, 8), needs=WIRES),
    Fault("machine cut off from the world", 3, _lossy(NEWSROOM, 100), (2, 8), needs=WIRES),
    Fault("30 % of all packets lost", 3, _all_lossy, (2, 5), needs=WIRES),
    Fault("clock jumped", 4, _jump, (2, 6), needs=FAKED),
)
#: What the suite of several machines strikes with.
NETWORK = ("machine", "30 %", "clock")
#: What the short form strikes with.
KILLS = ("killed", "emptied", "connections cut")


def missing(tmpfs: bool) -> dict[str, str]:
    """What faults may need and this machine does not have, and why."""
    found = {}
    if why := no_wires():
        found[WIRES] = why
    if not tmpfs:
        found[TMPFS] = "mounting a tmpfs needs root"
    if not FAKETIME.exists():
        found[FAKED] = "libfaketime is not there (Debian: apt install faketime)"
    return found


@contextmanager
def own_disk(folder: Path) -> Iterator[bool]:
    """A small file system of its own at ``folder``, where that can be had; says whether it is."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0711", "tocsin-chaos", str(folder)]
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(command, capture_output=True, check=False).returncode
    )
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)
