"""Room for large bodies: what all answers of a client hold together is bounded."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

#: Bytes of a body from which it needs a place.
SMALL = 1 << 20


class Room:
    """Hands out places for ``most`` bytes together; who finds no room waits, in order.

    Made inside an event loop, and used there; only places may be let go of anywhere.
    """

    def __init__(self, most: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._most = self._left = most
        self._waiting: deque[tuple[Place, Callable[[], None]]] = deque()

    def place(self, size: int, then: Callable[[], None]) -> "Place":
        """A place of this size, or of all there is. Where it must wait, ``then`` is called later."""
        place = Place(self, min(size, self._most))
        if self._waiting or place.size > self._left:
            self._waiting.append((place, then))
        else:
            self._grant(place)
        return place

    def free(self, size: int) -> None:
        """Have room again in a moment; called from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._freed, size)

    def forget(self, place: "Place") -> None:
        """No longer keep a place for who waits for it."""
        self._waiting = deque(each for each in self._waiting if each[0] is not place)
        self.free(0)

    def _freed(self, size: int) -> None:
        self._left += size
        while self._waiting and self._waiting[0][0].size <= self._left:
            place, then = self._waiting.popleft()
            self._grant(place)
            then()

    def _grant(self, place: "Place") -> None:
        self._left -= place.size
        place.granted = True


class Place:
    """A part of the room; it is free again as soon as nobody holds this object any more."""

    __slots__ = ("_room", "granted", "size")

    def __init__(self, room: Room, size: int) -> None:
        self._room = room
        self.size = size
        self.granted = False

    def shrink(self, size: int) -> None:
        """Keep no more than ``size`` bytes of it."""
        if size < self.size:
            self._room.free(self.size - size)
            self.size = size

    def leave(self) -> None:
        """Wait no longer, if it does."""
        if not self.granted:
            self._room.forget(self)

    def __del__(self) -> None:
        if self.granted:
            self._room.free(self.size)
