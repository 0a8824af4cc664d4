"""The commands that run Tocsin: all of it, or a part."""

import asyncio
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.output import CliError, load_settings
from worker.memory import give_back, without_collection
from worker.settings import Settings

QUEUE_CHOICES = ("fetch", "tag", "deliver")
#: The loops that have to turn for a process to be live.
SCHEDULER_LOOPS = ("poll", "write", "sweep")
OUTBOX_LOOPS = ("deliver", "outbox")


def _log_to_stderr(settings: Settings) -> None:
    from worker.observe import set_up_logging

    set_up_logging(level=settings.log_level, style=settings.log_format)


def up(
    catalogue: Annotated[
        Path | None, typer.Option(help="The feeds.yaml to apply at start.")
    ] = None,
) -> None:
    """Run everything in the foreground until Ctrl-C: servers, scheduler, workers.

    Applies feeds.yaml first. Uses the bundled Postgres and Valkey unless TOCSIN_DATABASE_URL and
    TOCSIN_REDIS_URL name others.

    Example: `TOCSIN_DATA=/srv/tocsin tocsin up --catalogue feeds.yaml`
    """
    from worker.cli.catalogue import apply_to_store, find_catalogue, read_file
    from worker.health import need_database, need_valkey, pipe_for_children, up_shown
    from worker.queue import Queues
    from worker.store.engine import plain_errors
    from worker.store.schema import upgrade
    from worker.supervisor import Servers, Supervisor, database_url, redis_url
    from worker.tagging.models import models_of

    settings = load_settings()
    _log_to_stderr(settings)
    path = find_catalogue(catalogue or settings.catalogue)
    declared = read_file(path)
    models_of(settings.models)  # what cannot be used is said now, not by a worker
    stop = _stop_on_signals()
    servers = Servers(settings)
    supervisor: Supervisor | None = None
    loops = ("supervisor", *SCHEDULER_LOOPS, "fetch", "tag", *OUTBOX_LOOPS)
    servers.hold()  # first of all: a second one says one line
    with up_shown(settings, (*loops, "serve") if settings.listen else loops) as health:
        try:
            servers.start()
            running = servers.settings
            with plain_errors():
                upgrade(database_url(running))
            Queues(redis_url(running)).ping()
            servers.forget_claims()
            if health is not None:
                need_database(health, database_url(running), tell_figures=True)
                need_valkey(health, redis_url(running))
            supervisor = Supervisor(running, servers, pipe=pipe_for_children())
            if running.listen:
                supervisor.commands = (*supervisor.commands, ("serve",))
            supervisor.start()  # before the catalogue is applied: loading models takes longest
            changes = apply_to_store(running, declared)
            _greet(running, path, changes.summary())
            supervisor.watch(stop)
            print("Stopping.", file=sys.stderr)
        finally:
            if health is not None:
                health.stopping = True
            try:
                if supervisor is not None:
                    supervisor.stop()
            finally:
                servers.stop()


def _greet(settings: Settings, path: Path, changes: str) -> None:
    from worker.store.status import read_status
    from worker.supervisor import open_store

    with open_store(settings) as engine, engine.connect() as connection:
        now = read_status(connection)
    print(
        f"Tocsin watches {now.feeds} feed{'s' * (now.feeds != 1)} with {now.watches} "
        f"watch{'es' * (now.watches != 1)} "
        f"({path}: {changes}). Ctrl-C stops it.\n"
        "In another terminal: tocsin tail, tocsin status, tocsin alerts list.",
        file=sys.stderr,
        flush=True,
    )


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask(_number: int, _frame: object) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup's wish
            signal.signal(number, ask)
    return stop


def run_scheduler() -> None:
    """Run a scheduler alone. Any number may run.

    Example: `TOCSIN_DATABASE_URL=postgresql://... TOCSIN_REDIS_URL=redis://... tocsin scheduler`
    """
    with without_collection():
        from worker.health import need_database, need_valkey, shown
        from worker.jobs.workplace import new_owner
        from worker.queue import Queues
        from worker.scheduler import Scheduler
        from worker.store.engine import open_engine
        from worker.store.schema import require_schema
        from worker.supervisor import database_url, redis_url, stop_with_parent

    settings = _with_both_urls()
    _log_to_stderr(settings)
    give_back()
    stop_with_parent()
    require_schema(database_url(settings))
    engine = open_engine(database_url(settings))
    queues = Queues(redis_url(settings))

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await Scheduler(settings, engine, queues, owner=new_owner()).run(stop)

    with shown(settings, SCHEDULER_LOOPS) as health:
        if health is not None:
            need_database(health, database_url(settings), tell_figures=True)
            need_valkey(health, redis_url(settings))
        asyncio.run(run())
    engine.dispose()


def run_server() -> None:
    """Serve watches as feeds, alerts and unsubscribing from mails over HTTP, at TOCSIN_LISTEN or 127.0.0.1:8373.

    Part of tocsin up where TOCSIN_LISTEN is set. Addresses: tocsin watches feed NAME --url.

    Example: `TOCSIN_DATABASE_URL=postgresql://... TOCSIN_LISTEN=0.0.0.0:8373 tocsin serve`
    """
    from worker.health import need_database, shown
    from worker.serving import LISTEN, Server, serve
    from worker.supervisor import open_store, stop_with_parent

    settings = load_settings()
    _log_to_stderr(settings)
    stop_with_parent()
    listen = settings.listen or LISTEN

    async def run(server: Server) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await serve(server, listen, stop)

    with open_store(settings) as engine, shown(settings, ("serve",)) as health:
        if health is not None:
            url = engine.url.render_as_string(hide_password=False)
            need_database(health, url, tell_figures=False)
        asyncio.run(run(Server(engine, settings.public_url)))


def run_worker(
    queues: Annotated[
        list[str] | None,
        typer.Argument(metavar="[QUEUE]...", help="fetch, tag, deliver; all when none is named."),
    ] = None,
) -> None:
    """Run a worker of some queues, or of all. Any number may run.

    Example: `tocsin worker tag`
    """
    with without_collection():
        from worker.health import need_database, need_valkey, reports_to_parent, shown, takes_facts
        from worker.jobs.delivering import outbox_running
        from worker.jobs.warmth import keep_warm, warm_up, work_ahead
        from worker.jobs.workplace import Workplace, bury, prepare
        from worker.queue import DELIVER, RECOUNT, RETAG, TAG, answer_calls, work
        from worker.store.engine import plain_errors
        from worker.store.schema import require_schema
        from worker.supervisor import database_url, redis_url, stop_with_parent

    wanted = queues or ["deliver", "tag", "fetch"]
    for queue in wanted:
        if queue not in QUEUE_CHOICES:
            raise CliError(f"no queue named {queue!r}: there are {', '.join(QUEUE_CHOICES)}")
    settings = _with_both_urls()
    _log_to_stderr(settings)
    require_schema(database_url(settings))
    stop_with_parent()
    others = [queue for queue in wanted if queue != DELIVER]
    takes = not reports_to_parent() and takes_facts(settings)
    if others and (DELIVER in wanted or takes):
        _run_apart(settings, others, delivers=DELIVER in wanted)
        return
    place = Workplace(settings)
    if not others:
        with closing(place), shown(settings, OUTBOX_LOOPS) as health, outbox_running(place):
            if health is not None:
                need_database(health, database_url(settings), tell_figures=False)
                need_valkey(health, redis_url(settings))
            answer_calls(redis_url(settings), DELIVER)
        return
    if TAG in wanted:
        # Last: what is of the past waits for what is new.
        wanted = [*wanted, RECOUNT, RETAG]
    with plain_errors():
        warm_up(place, wanted)
    prepare(place)
    work(
        redis_url(settings),
        wanted,
        before_job=partial(keep_warm, place, wanted),
        before_fork=place.close,
        when_idle=partial(work_ahead, place, wanted),
        after_death=partial(bury, place),
    )


def _run_apart(settings: Settings, others: Sequence[str], *, delivers: bool) -> None:
    """Run what forks for its jobs in a process without threads; beside it what has some.

    Those are the process that delivers, and this one, which shows how they are.
    """
    from worker.health import need_database, need_valkey, pipe_for_children, shown
    from worker.queue import loop_of
    from worker.supervisor import Servers, Supervisor, database_url, redis_url

    stop = _stop_on_signals()
    commands = [("worker", *others)]
    loops = ["supervisor", loop_of(others)]
    if delivers:
        commands.insert(0, ("worker", "deliver"))
        loops += OUTBOX_LOOPS
    with shown(settings, loops) as health:
        if health is not None:
            need_database(health, database_url(settings), tell_figures=False)
            need_valkey(health, redis_url(settings))
        pipe = pipe_for_children()
        supervisor = Supervisor(settings, Servers(settings), commands=commands, pipe=pipe)
        try:
            supervisor.start()
            supervisor.watch(stop)
        finally:
            if health is not None:
                health.stopping = True
            supervisor.stop()


def _with_both_urls() -> Settings:
    settings = load_settings()
    for name, value in (
        ("TOCSIN_DATABASE_URL", settings.database_url),
        ("TOCSIN_REDIS_URL", settings.redis_url),
    ):
        if value is None:
            raise CliError(f"{name} is not set: name your server, or run everything with tocsin up")
    return settings
