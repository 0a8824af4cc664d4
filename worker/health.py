"""What makes a group of processes well: its loops turn, and its servers answer.

A process that was started by another of ours hands its facts there; one that was not shows its
own, where TOCSIN_HEALTH_LISTEN says so.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from worker import __version__
from worker.listening import CannotListenError
from worker.observe import facts, logger, tracing
from worker.observe.pipe import Pipe, sink_of
from worker.observe.probe import NoAnswer, Probe
from worker.queue import QueueError, Queues
from worker.settings import OFF, Settings
from worker.store.engine import StoreError, open_engine, plain_errors
from worker.store.figures import figures
from worker.store.schema import current_revision, latest_revision

if TYPE_CHECKING:
    from worker.observe.board import Figure
    from worker.observe.health import Health

#: Where ``tocsin up`` shows how it is, unless told otherwise.
UP = "127.0.0.1:9464"
FIGURES_SECONDS = 5.0
#: Reading figures takes a fiftieth of the time at most, however long each reading takes.
SPARE = 50.0

log = logger(__name__)


class NotWellError(Exception):
    """A part is not as it must be; the message is one line."""


def reports_to_parent() -> bool:
    """Hand facts to the process that started us, if it asked for them."""
    sink = sink_of(os.environ)
    if sink is not None:
        facts.send_to(sink, spans=sink.spans)
    return sink is not None


def is_shown(settings: Settings) -> bool:
    """Whether this process is to show how it is."""
    return settings.health_listen not in {"", OFF}


def takes_facts(settings: Settings) -> bool:
    """Whether this process is to do something with facts: show them, or export traces."""
    return is_shown(settings) or tracing.is_wanted(os.environ)


def pipe_for_children() -> Pipe | None:
    """The pipe by which children hand us their facts, if anybody takes ours."""
    if not facts.are_shown():
        return None
    return Pipe(facts.hand_on, spans=facts.spans_are_wanted())


@contextmanager
def shown(settings: Settings, loops: Sequence[str] = ()) -> Iterator["Health | None"]:
    """Show how this process is, and the loops it is to run, where that is wanted and no parent does.

    Raises CannotListenError.
    """
    if facts.are_shown() or reports_to_parent():
        yield None
        return
    health = _health(settings, settings.health_listen) if is_shown(settings) else None
    with showing(health, loops):
        yield health


def _health(settings: Settings, listen: str) -> "Health":
    from worker.observe.health import Health  # most processes show nothing

    return Health(listen, wedged_after=settings.wedged_after.total_seconds())


@contextmanager
def up_shown(settings: Settings, loops: Sequence[str]) -> Iterator["Health | None"]:
    """The same for ``tocsin up``, which is shown unless that is switched off.

    Where nobody named the place and somebody else has it, that is said and does no harm.
    """
    health = None
    if settings.health_listen != OFF:
        try:
            health = _health(settings, settings.health_listen or UP)
        except CannotListenError as error:
            if settings.health_listen:
                raise
            log.warning("metrics and health are not served", error=str(error))
    with showing(health, loops):
        yield health


@contextmanager
def showing(health: "Health | None", loops: Sequence[str]) -> Iterator[None]:
    """Take the facts of this process meanwhile: to answer who asks, and to export traces."""
    takers: list[facts.Sink] = []
    with ExitStack() as stack:
        exporter = tracing.exporter(os.environ)
        if exporter is not None:
            stack.callback(exporter.close)
            takers.append(exporter.take)
        if health is not None:
            health.board.expect(*loops)
            takers.append(health.board.take)
            stack.callback(health.stop)
        if takers:
            stack.callback(facts.send_to, None)
            facts.send_to(_to_all(takers), spans=exporter is not None)
        if health is not None:
            facts.show("build_info", 1, version=__version__)
            health.start()
            log.info("health served", port=health.port)
        yield


def _to_all(takers: Sequence[facts.Sink]) -> facts.Sink:
    def take(fact: facts.Fact) -> None:
        for taker in takers:
            taker(fact)

    return take


def need_database(health: "Health", url: str, *, tell_figures: bool) -> None:
    """Not ready without the database; ``tell_figures``: show also what it knows of the work."""
    engine = open_engine(url, size=1)

    def ask() -> None:
        try:
            with plain_errors(), engine.connect() as connection:
                found = current_revision(connection)
        except StoreError as error:
            raise NotWellError(str(error)) from None
        if found != latest_revision():
            raise NotWellError(f"its schema is {found or 'empty'}, needed is {latest_revision()}")

    def read() -> "list[Figure]":
        with engine.connect() as connection:
            return list(figures(connection))

    health.check("database", ask)
    kept = Probe(read, fresh=FIGURES_SECONDS, spare=SPARE)

    def tell() -> "Iterator[Figure]":
        well = health.parts()["database"] == "ok"
        yield "tocsin_database_up", {}, float(well)
        if well and tell_figures:
            try:
                yield from kept.look()
            except (NoAnswer, SQLAlchemyError) as error:
                log.warning("figures of the store not read", error=type(error).__name__)

    health.board.figures.append(tell)


def need_valkey(health: "Health", url: str) -> None:
    """Not ready without Valkey."""
    queues = Queues(url)

    def ask() -> None:
        try:
            queues.ping()
        except QueueError as error:
            raise NotWellError(str(error)) from None

    health.check("valkey", ask)
    jobs = Probe(queues.depths)

    def tell() -> "Iterator[Figure]":
        well = health.parts()["valkey"] == "ok"
        yield "tocsin_valkey_up", {}, float(well)
        if well:
            try:
                for queue, depth in jobs.look().items():
                    yield "tocsin_queue_jobs", {"queue": queue}, depth
            except NoAnswer:
                log.warning("queues not read in time")

    health.board.figures.append(tell)
