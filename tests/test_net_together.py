"""Calls of many tasks that are made in one go."""

import asyncio
from collections.abc import Sequence
from contextlib import closing

import pytest

from worker.net import DaemonThreads, Together


def asked(values: Sequence[int], *, common: bool = False) -> tuple[list[object], list[list[int]]]:
    """What comes of values asked at once, of which 13 is refused, and the batches made of them."""
    made: list[list[int]] = []

    def work(batch: Sequence[int]) -> list[int]:
        made.append([*batch])
        if 13 in batch:
            raise ValueError
        return [2 * one for one in batch]

    async def ask() -> list[object]:
        with closing(DaemonThreads(1, "work")) as threads:
            together = Together(work, threads, common=lambda _: common)
            calls = [together.call(value) for value in values]
            return [*await asyncio.gather(*calls, return_exceptions=True)]

    return asyncio.run(ask()), made


def test_what_comes_in_one_moment_is_one_call() -> None:
    """Each gets its own answer."""
    assert ([2, 4, 6], [[1, 2, 3]]) == asked([1, 2, 3])


def test_one_that_fails_takes_no_other_with_it() -> None:
    """Those of its batch are tried alone."""
    (one, bad, two), made = asked([1, 13, 2])
    assert (2, 4) == (one, two)
    assert isinstance(bad, ValueError)
    assert [[1, 13, 2], [1], [13], [2]] == made


def test_an_error_that_is_common_to_all_is_told_to_all() -> None:
    """A server that is away is not asked for each."""
    answers, made = asked([1, 13], common=True)
    assert all(isinstance(one, ValueError) for one in answers)
    assert [[1, 13]] == made


def test_what_comes_while_others_are_made_is_made_after_them() -> None:
    """Also where nobody waits for the first any more."""
    made: list[list[int]] = []

    async def ask() -> int:
        loop, begun, go_on = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

        def work(batch: Sequence[int]) -> list[int]:
            made.append([*batch])
            loop.call_soon_threadsafe(begun.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)
            return [*batch]

        with closing(DaemonThreads(1, "work")) as threads:
            together = Together(work, threads, common=lambda _: True)
            first = asyncio.create_task(together.call(1))
            await begun.wait()
            later = [asyncio.create_task(together.call(number)) for number in (2, 3)]
            await asyncio.sleep(0)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            go_on.set()
            return sum(await asyncio.gather(*later))

    assert 5 == asyncio.run(ask())
    assert [[1], [2, 3]] == made
