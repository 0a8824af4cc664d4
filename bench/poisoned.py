"""``tocsin``, in which some texts kill the process that works on them, as a fault in a library would.

For tests and the chaos suite: ``python -m bench.poisoned worker tag``.
"""

import os
import select
import signal
import time
from typing import Any

from worker.cli import main
from worker.jobs import fetching
from worker.model import Article, Item
from worker.tagging import Tagger

#: In a title: whoever tags it dies of a bad access to memory.
CRASHES = "poisonous"
#: In a page's address: whoever fetches it is killed, as for want of memory.
EATS_MEMORY = "bottomless"

_tag, _fetch = Tagger.tag, fetching._fetch_one  # noqa: SLF001 - what dies is inside


def _tag_or_die(self: Tagger, article: Article) -> Any:
    if CRASHES in article.title:
        os.kill(os.getpid(), signal.SIGSEGV)
    return _tag(self, article)


async def _fetch_or_die(place: Any, net: Any, item: Item, robots: Any) -> Any:
    if EATS_MEMORY in item.entry.url:
        os.kill(os.getpid(), signal.SIGKILL)
    return await _fetch(place, net, item, robots)


def _sleep(seconds: Any) -> None:
    select.select([], [], [], seconds)


if __name__ == "__main__":
    if "faketime" in os.environ.get("LD_PRELOAD", ""):
        # libfaketime 0.9.10 that leaves the monotonic clock alone refuses the call that sleep makes.
        time.sleep = _sleep
    Tagger.tag = _tag_or_die  # type: ignore[method-assign]
    fetching._fetch_one = _fetch_or_die  # noqa: SLF001 - as above
    main()
