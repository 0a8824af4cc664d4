"""Documents are read in processes of their own, and what a document does there stays there."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import psutil
import pytest

from worker.feeds.refusal import NotAFeed
from worker.parsing.document import Read, Unread
from worker.parsing.pool import ParserPool, ReadingFailed

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


def with_pool(work: Callable[[ParserPool], Awaitable[Result]], **options: float) -> Result:
    """What ``work`` gives on a pool with these options."""

    async def run() -> Result:
        async with ParserPool(**options) as pool:  # type: ignore[arg-type]
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
