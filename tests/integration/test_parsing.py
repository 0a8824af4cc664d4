"""Documents are read in processes of their own, and what a document does there stays there."""

import asyncio
import gc
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
import structlog

from worker.cli import checks
from worker.cli.output import CliError
from worker.feeds.refusal import NotAFeed
from worker.parsing import pool as pools
from worker.parsing.document import Read, Unread
from worker.parsing.frames import HEAD, READY
from worker.parsing.pool import CHILD, NoReader, ParserPool, ReadingFailed
from worker.settings import Settings

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Result = TypeVar("Result")


def feed(title: str, *, entries: int = 1, text: str = "Text") -> Unread:
    """A small feed whose entries have this title."""
    items = "".join(
        f"<item><guid>{number}</guid><title>{title}</title><description>{text}</description></item>"
        for number in range(entries)
    )
    body = f"<rss version='2.0'><channel><title>Feed</title>{items}</channel></rss>".encode()
    return Unread(body=body, url="http://example.org/feed", now=NOW)


def with_pool(work: Callable[[ParserPool], Awaitable[Result]], **options: Any) -> Result:
    """What ``work`` gives on a pool with these options."""

    async def run() -> Result:
        async with ParserPool(**options) as pool:
            return await work(pool)

    return asyncio.run(run())


def titles(read: Read) -> list[str]:
    """The titles of the entries that were read."""
    assert read.reading.document is not None
    return [entry.title for entry in read.reading.document.entries]


def children() -> list[psutil.Process]:
    """The reading processes of this one."""
    return [one for one in psutil.Process().children() if "worker.parsing.child" in one.cmdline()]


async def started(pool: ParserPool) -> psutil.Process:
    """The pool's first child, at rest."""
    await pool.read(feed("first"))
    return children()[0]


def test_documents_are_read_and_answers_find_their_way() -> None:
    """Many at once come back each to the one who asked; no child is left afterwards."""

    async def work(pool: ParserPool) -> list[list[str]]:
        reads = await asyncio.gather(*(pool.read(feed(f"title {n}")) for n in range(100)))
        assert 2 == len(children())
        return [titles(read) for read in reads]

    assert [[f"title {n}"] for n in range(100)] == with_pool(work)
    assert [] == children()


def test_children_can_be_there_before_the_first_document() -> None:
    """As many as work side by side, and no more once documents come."""

    async def work(pool: ParserPool) -> None:
        pool.start()
        await asyncio.gather(*(pool.read(feed(f"title {n}")) for n in range(30)))
        assert 3 == len(children())

    with_pool(work, processes=3)


def test_what_is_no_feed_is_named_as_such() -> None:
    """The child's refusal is the parent's."""

    async def work(pool: ParserPool) -> None:
        page = Unread(body=b"<html><p>Hello", url="http://example.org/", now=NOW)
        with pytest.raises(NotAFeed, match="web page"):
            await pool.read(page)

    with_pool(work)


def test_the_whole_text_of_an_article_is_recognised_in_the_child() -> None:
    """An entry with a long content says so; a short one does not."""

    async def work(pool: ParserPool) -> list[frozenset[int]]:
        long = feed("long", text="A sentence of some length that goes on for a while. " * 40)
        body = long.body.replace(b"description>", b"encoded>").replace(
            b"<encoded>", b"<encoded xmlns='http://purl.org/rss/1.0/modules/content/'>"
        )
        whole = Unread(body=body, url=long.url, now=NOW)
        return [(await pool.read(one)).full for one in (whole, feed("short"))]

    assert [frozenset({0}), frozenset()] == with_pool(work)


def test_a_reading_that_takes_too_long_is_ended_and_the_others_go_on() -> None:
    """The document fails by name; those sent to the same child behind it are read elsewhere."""

    async def work(pool: ParserPool) -> None:
        child = await started(pool)
        child.send_signal(signal.SIGSTOP)
        stuck = asyncio.create_task(pool.read(feed("stuck")))
        await asyncio.sleep(0)
        others = [asyncio.create_task(pool.read(feed(f"other {n}"))) for n in range(20)]
        assert 20 == len(await asyncio.gather(*others))
        assert not stuck.done()
        with pytest.raises(ReadingFailed, match="reading took over 3 s"):
            await stuck
        assert not child.is_running()
        assert ["after"] == titles(await pool.read(feed("after")))

    with_pool(work, processes=1, seconds=3)


def test_a_reader_that_was_killed_once_is_replaced_and_nobody_notices() -> None:
    """A child killed by somebody else costs no document."""

    async def work(pool: ParserPool) -> list[str]:
        child = await started(pool)
        child.send_signal(signal.SIGSTOP)
        read = asyncio.create_task(pool.read(feed("again")))
        await asyncio.sleep(0.05)
        child.kill()
        return titles(await read)

    assert ["again"] == with_pool(work, processes=1)


def test_a_document_that_kills_its_readers_fails_by_name() -> None:
    """The second child that dies of it is the last; the error says how it died."""

    async def work(pool: ParserPool) -> None:
        read = asyncio.create_task(pool.read(feed("deadly", entries=3000)))
        while not read.done():
            for child in pool._children:
                if child.tasks:
                    child.process.kill()
            await asyncio.sleep(0.01)
        with pytest.raises(ReadingFailed, match="its reader died of it"):
            await read

    with_pool(work, processes=1)


def test_a_document_that_needs_too_much_memory_fails_by_name() -> None:
    """The bound is the child's; the next document is read."""

    async def work(pool: ParserPool) -> None:
        with pytest.raises(ReadingFailed, match="memory"):
            await pool.read(feed("large", entries=9000, text="long text " * 200))
        assert ["after"] == titles(await pool.read(feed("after")))

    with_pool(work, megabytes=30)


def test_nothing_of_a_document_is_kept() -> None:
    """Neither it nor its answer, once somebody has that."""

    async def work(pool: ParserPool) -> None:
        assert ["large"] * 3000 == titles(await pool.read(feed("large", entries=3000)))
        await asyncio.sleep(0.1)
        gc.collect()
        assert [] == [one for one in gc.get_objects() if isinstance(one, Unread | Read)]

    with_pool(work)


def test_a_child_that_grew_makes_way_for_another() -> None:
    """What a large document took is the system's again."""

    async def work(pool: ParserPool) -> None:
        child = await started(pool)
        await pool.read(feed("large", entries=9000, text="long text " * 20))
        await asyncio.to_thread(child.wait, 5)
        assert ["after"] == titles(await pool.read(feed("after")))

    with_pool(work, processes=1)


def test_children_that_helped_out_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are there while others are slow, and for a while after."""
    monkeypatch.setattr(pools, "LINGER_SECONDS", 0.5)

    async def work(pool: ParserPool) -> None:
        child = await started(pool)
        child.send_signal(signal.SIGSTOP)
        reads = [asyncio.create_task(pool.read(feed(f"{number}"))) for number in range(9)]
        await asyncio.wait(reads, return_when=asyncio.FIRST_COMPLETED)
        assert 2 == len(children())
        child.send_signal(signal.SIGCONT)
        await asyncio.gather(*reads)
        assert 2 == len(children())
        await asyncio.sleep(1.5)
        assert 1 == len(children())
        assert ["after"] == titles(await pool.read(feed("after")))

    with_pool(work, processes=1)


BROKEN = [
    pytest.param(("/nowhere/python",), "No such file or directory", id="no interpreter"),
    pytest.param((sys.executable, "-c", "raise SystemExit(3)"), "exit code 3", id="it ends"),
    pytest.param(
        ("/bin/sh", "-c", 'ulimit -v 20000 && exec "$@" 2>/dev/null', "sh", *CHILD),
        "exit code|SIG",
        id="too little memory",
    ),
    pytest.param((sys.executable, "-c", "input()"), "exit code 1", id="it is something else"),
    pytest.param(
        ("/bin/sh", "-c", "exec sleep 60"), "it says nothing for 0.2 s", id="it says nothing"
    ),
]


@pytest.mark.parametrize(("command", "why"), BROKEN)
def test_a_reader_that_does_not_start_is_named(
    command: tuple[str, ...], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that wait fail after some tries, later ones at once."""
    monkeypatch.setattr(pools, "RESTART_SECONDS", 0.01)
    monkeypatch.setattr(pools, "START_SECONDS", 0.2 if "says" in why else 60)
    named = f"^the process that reads documents does not start: .*({why})"

    async def work(pool: ParserPool) -> None:
        waiting = [asyncio.create_task(pool.read(feed(f"{n}"))) for n in range(5)]
        for read in waiting:
            with pytest.raises(NoReader, match=named):
                await read
        with pytest.raises(NoReader, match=named):
            async with asyncio.timeout(0.05):
                await pool.read(feed("later"))

    with_pool(work, command=command)


def test_a_reader_that_starts_again_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried all the time, ever more rarely and at most so often, and said in the log once."""
    monkeypatch.setattr(pools, "RESTART_SECONDS", 0.01)
    monkeypatch.setattr(pools, "RESTART_MOST", 0.1)
    tries, mended = tmp_path / "tries", tmp_path / "mended"
    script = f'echo >> {tries}; test -e {mended} || exit 3; exec "$@"'

    async def work(pool: ParserPool) -> list[str]:
        with pytest.raises(NoReader):
            await pool.read(feed("too early"))
        await asyncio.sleep(0.5)
        assert 3 < len(tries.read_bytes()) < 20
        mended.touch()
        while True:
            try:
                return titles(await pool.read(feed("again")))
            except NoReader:
                await asyncio.sleep(0.05)

    with structlog.testing.capture_logs() as logged:
        command = ("/bin/sh", "-c", script, "sh", *CHILD)
        assert ["again"] == with_pool(work, command=command, processes=1)
    assert [
        "the process that reads documents does not start",
        "the process that reads documents starts again",
    ] == [one["event"] for one in logged]


UNFIT = [
    pytest.param({}, "exit code 3; see what .*python.* -c 'import worker.parsing.child' says"),
    pytest.param({"READING_SECONDS": 0.1}, "no process has read a document in 0.1 s; see what"),
]


@pytest.mark.parametrize(("patch", "said"), UNFIT)
def test_the_doctor_sees_that_reading_processes_do_not_start(
    monkeypatch: pytest.MonkeyPatch, patch: dict[str, float], said: str
) -> None:
    """And says how to see why, in one line."""
    broken = (sys.executable, "-c", "raise SystemExit(3)")
    monkeypatch.setattr(pools, "RESTART_SECONDS", 0.01)
    monkeypatch.setattr(pools, "ParserPool", partial(ParserPool, command=broken))
    for name, value in patch.items():
        monkeypatch.setattr(checks, name, value)
    with pytest.raises(CliError, match=said) as told:
        checks._reading(Settings())
    assert "\n" not in str(told.value)


def test_the_doctor_sees_that_reading_processes_start() -> None:
    """One is started, and reads a document."""
    assert "started and read one in" in checks._reading(Settings())


def test_readers_die_with_a_parent_that_is_killed() -> None:
    """Kill -9 of the process that reads leaves nothing behind."""
    code = (
        "import asyncio, sys\n"
        "from tests.integration.test_parsing import children, feed\n"
        "from worker.parsing.pool import ParserPool\n"
        "async def main():\n"
        "    async with ParserPool() as pool:\n"
        "        await asyncio.gather(*(pool.read(feed('x')) for _ in range(20)))\n"
        "        print(*(one.pid for one in children()), flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        orphans = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        os.kill(parent.pid, signal.SIGKILL)
    assert 2 == len(orphans)
    _, alive = psutil.wait_procs(orphans, timeout=10)
    assert [] == alive


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 1])
def test_a_reader_whose_parent_dies_ends_without_a_word(share: float) -> None:
    """Whenever it is: before a document, within its lengths or it, or while the answer is made."""
    unread = feed("x")
    header = pickle.dumps(replace(unread, body=b""))
    told = HEAD.pack(len(header), len(unread.body)) + header + unread.body
    ours, theirs = socket.socketpair()
    with (
        ours,
        theirs,
        subprocess.Popen(
            [sys.executable, "-m", "worker.parsing.child", str(theirs.fileno()), "5", "256"],
            pass_fds=[theirs.fileno()],
            stderr=subprocess.PIPE,
        ) as child,
    ):
        theirs.close()
        assert READY == ours.recv(len(READY))
        ours.sendall(told[: round(share * len(told))])
        ours.close()
        assert child.stderr is not None
        assert b"" == child.stderr.read()
        assert 0 == child.wait(10)
