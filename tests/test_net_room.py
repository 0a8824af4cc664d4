"""Large bodies take their place in a room that all answers of a client share."""

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable

from hypothesis import given
from hypothesis import strategies as st

from worker.net.answer import WAIT, Answer
from worker.net.limits import Limits
from worker.net.room import SMALL, Place, Room

MEGABYTE = bytes(1 << 20)


def in_room(most: int, work: Callable[[Room], Awaitable[None]]) -> None:
    """Run ``work`` with a room of this size."""

    async def run() -> None:
        await work(Room(most))

    asyncio.run(run())


async def a_moment() -> None:
    """Let what was let go of be given back."""
    for _ in range(3):
        await asyncio.sleep(0)


def test_who_finds_no_room_waits_in_order() -> None:
    """A small one does not overtake a large one; each is told once."""

    async def work(room: Room) -> None:
        told: list[str] = []
        first = room.place(8, lambda: told.append("first"))
        large = room.place(9, lambda: told.append("large"))
        small = room.place(1, lambda: told.append("small"))
        assert (True, False, False) == (first.granted, large.granted, small.granted)
        first.shrink(2)
        await a_moment()
        assert [] == told
        del first
        await a_moment()
        assert (["large", "small"], True, True) == (told, large.granted, small.granted)

    in_room(10, work)


def test_more_than_there_is_takes_all_there_is() -> None:
    """A body that is allowed to be larger than the room is read alone."""

    async def work(room: Room) -> None:
        all_of_it = room.place(99, lambda: None)
        assert all_of_it.granted
        assert not room.place(1, lambda: None).granted

    in_room(10, work)


def test_who_leaves_lets_those_behind_go_on() -> None:
    """A transfer that is cut off while it waits is passed over."""

    async def work(room: Room) -> None:
        told: list[str] = []
        first = room.place(5, lambda: None)
        gone = room.place(9, lambda: told.append("gone"))
        behind = room.place(5, lambda: told.append("behind"))
        gone.leave()
        await a_moment()
        assert (["behind"], True, True) == (told, first.granted, behind.granted)

    in_room(10, work)


def test_a_place_is_let_go_of_in_any_thread() -> None:
    """Polls end in the thread that stores them."""

    async def work(room: Room) -> None:
        held = [room.place(10, lambda: None)]
        waits = room.place(10, lambda: None)
        thread = threading.Thread(target=held.clear)
        thread.start()
        await asyncio.to_thread(thread.join)
        await a_moment()
        assert waits.granted

    in_room(10, work)


@given(
    st.lists(st.tuples(st.sampled_from(["take", "leave", "drop", "shrink"]), st.integers(1, 15)))
)
def test_no_more_is_held_than_there_is_and_nobody_waits_for_nothing(
    steps: list[tuple[str, int]],
) -> None:
    """Whatever comes and goes, in whatever order."""

    async def work(room: Room) -> None:
        places: list[Place] = []
        for what, number in steps:
            if what == "take":
                places.append(room.place(number, lambda: None))
            elif places:
                one = places[number % len(places)]
                if what == "leave" and not one.granted:
                    one.leave()
                    places.remove(one)
                elif what == "drop" and one.granted:
                    places.remove(one)
                elif what == "shrink" and one.granted:
                    one.shrink(number)
                del one
            await a_moment()
            held = sum(one.size for one in places if one.granted)
            waiting = [one for one in places if not one.granted]
            assert held <= 10
            assert not waiting or waiting[0].size + held > 10

    in_room(10, work)


def answer(room: Room) -> Answer:
    """An answer whose head has come."""
    made = Answer(Limits(), 4 * SMALL, room=room)
    made.head(b"HTTP/1.1 200 OK\r\n")
    return made


def test_a_large_body_waits_while_its_clock_stands_still() -> None:
    """The bytes that came too early come again; the deadline is later by as much as it waited."""

    async def work(room: Room) -> None:
        one, other = answer(room), answer(room)
        for _ in range(2):
            assert one.data(MEGABYTE + b"x") is None
        assert one.place is not None
        assert other.data(MEGABYTE + b"x") is None
        resumed = asyncio.Event()
        other.resume = resumed.set
        async with asyncio.timeout(0.05) as other.deadline:
            assert WAIT == other.data(b"y") == other.data(b"y")
            await asyncio.sleep(0.1)
            one.finish()
            one.forget()
            await asyncio.wait_for(resumed.wait(), 5)
            assert other.data(b"y") is None
        assert 0.1 <= other.waited < 5
        assert MEGABYTE + b"xy" == other.finish()
        assert 1 == other.wire - len(MEGABYTE + b"x")

    in_room(4 * SMALL, work)


def test_a_body_keeps_its_place_as_long_as_it_is_held() -> None:
    """And no more of it than it takes."""

    async def work(room: Room) -> None:
        one = answer(room)
        for _ in range(2):
            one.data(MEGABYTE + b"x")
        body, place = one.finish(), one.place
        one.forget()
        assert place is not None
        assert (len(body), 2 * SMALL + 2) == (place.size, len(body))
        await a_moment()
        assert room.place(SMALL, lambda: None).granted
        waits = room.place(4 * SMALL, lambda: None)
        del body, place, one
        gc.collect()
        await a_moment()
        assert waits.granted

    in_room(4 * SMALL, work)
