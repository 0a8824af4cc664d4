"""Plays the newsroom through a real Tocsin and judges what arrived.

Starts the newsroom, the sinks and ``tocsin up`` on a temporary folder, watches its database while
the stories come out, and compares what the receivers got with the declared truth.
"""

import contextlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from worker.alerts.policy import read_policy
from worker.demo.archive import file_archive
from worker.demo.events import Closing, Note
from worker.demo.screen import Screen, latencies
from worker.demo.script import NAMES, added, expected, judge, judge_silence
from worker.demo.sinks import Pair, called
from worker.demo.stage import Stage, mute, set_stage, wait_until_ready
from worker.demo.watcher import LATEST_SECONDS, Watcher, waits
from worker.demo.wire import WALL, WIRE, judge_wire
from worker.store import tail, watches
from worker.store.deliveries import sent_deliveries
from worker.store.status import read_status

HOUR_SECONDS = 3600.0
DUE_SECONDS = 15.0  # from the opening until what is to be in the digest has been tagged


def play(*, keep: bool = False, screen: Screen | None = None) -> int:
    """Play it and show it. Gives the exit code: 0 only when all was as expected."""
    screen = screen or Screen()
    screen.show(Note(at=0.0, text="starting Postgres, Valkey, a newsroom, a mail sink, a webhook"))
    with set_stage() as stage:
        wait_until_ready(stage)
        screen.show(Note(at=stage.at, text="every feed has been read once, in silence"))
        screen.show(Note(at=stage.at, text=mute(stage)))
        _await_hour(stage, screen)
        screen.show(Note(at=stage.at, text=file_archive(stage)))
        _add_watches(stage)
        screen.show(Note(at=stage.at, text="the newsroom opens"))
        opened = datetime.now(UTC)
        stage.newsroom.play()
        Watcher(stage, screen, opened).watch()
        closing = _verdict(stage, opened)
        screen.show(closing)
        if keep:
            _keep(stage)
    return 1 if closing.complaints else 0


def _await_hour(stage: Stage, screen: Screen) -> None:
    """Let a full hour that is near pass: the cap of a watch counts by hours of the clock."""
    left = HOUR_SECONDS - time.time() % HOUR_SECONDS
    if left < LATEST_SECONDS:
        screen.show(Note(at=stage.at, text=f"waiting {left:.0f} s: caps count by full hours"))
        time.sleep(left + 1)


def _add_watches(stage: Stage) -> None:
    """Add the watches that tell by the clock, whose digest and quiet hours end in a minute or so."""
    opens = datetime.now(UTC)
    due = opens + timedelta(
        seconds=min(max(DUE_SECONDS, stage.at / 2), LATEST_SECONDS / 2), minutes=1
    )
    due = due.replace(second=0, microsecond=0)
    with stage.engine.begin() as connection:
        for one in added(opens, due):
            watches.put_watch(
                connection,
                name=one.name,
                query=one.query,
                channels=one.channels,
                policy=read_policy(one.policy),
            )


# ------------------------------------------------------------------------------------ verdict


def _verdict(stage: Stage, opened: datetime) -> Closing:
    with stage.engine.connect() as connection:
        status = read_status(connection)
        silent = tail.silent_matches(connection, opened)
        sent = sent_deliveries(connection)
    newsroom = stage.newsroom
    printed = _printed(stage.folder / "console.txt")
    received = {
        "console": [pair for pair in printed if pair[0] != WIRE],
        "email": stage.mails.deliveries(NAMES, newsroom.publications),
        "webhook": stage.hooks.deliveries(),
    }
    verdict = judge(expected(newsroom.url), received)
    wall = [pair for pair in printed if pair[0] == WIRE]
    storm = judge_wire(wall, [one for one in silent if one.watch == WIRE])
    unheard = judge_silence(
        newsroom.url,
        [(one.watch, one.item.entry.url, one.reason) for one in silent if one.watch != WIRE],
    )
    received[WALL] = wall
    return Closing(
        feeds=status.feeds,
        items=status.items,
        tagged=status.items_by_state.get("tagged", 0),
        stories=status.stories,
        alerts=status.alerts,
        silent=len(silent),
        deliveries={channel: len(pairs) for channel, pairs in received.items()},
        latencies=latencies(waits(newsroom, sent)),
        complaints=(
            *verdict.complaints,
            *unheard,
            *storm,
            *stage.mails.problems,
            *stage.hooks.failures,
        ),
    )


def _printed(console: Path) -> list[Pair]:
    """Watch and address of every alert the console channel printed, one a line."""
    return [
        (called(told.partition(": ")[0], update=update), told.rpartition(" | ")[2])
        for line in _lines(console)
        for update, bell in ((False, " ALERT "), (True, " UPDATE "))
        for told in line.split(bell, 1)[1:]
    ]


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").splitlines()


def _keep(stage: Stage) -> None:
    """Leave everything running until Ctrl-C, and say what to try."""
    data = stage.environment["TOCSIN_DATA"]
    print(
        f"\nIt goes on running until Ctrl-C. Try in another terminal:\n"
        f"  export TOCSIN_DATA={data}\n"
        "  tocsin status\n"
        "  tocsin alerts list\n"
        "  tocsin alerts show 1\n"
        "  tocsin items list --mention 'Vladimir Putin'\n"
        "  tocsin watches add storms 'storm OR flood'\n"
        f"The alerts as the console channel printed them: {stage.folder / 'console.txt'}\n"
        f"Log: {stage.folder / 'log.jsonl'}   (since {datetime.now(UTC):%H:%M:%S} UTC)",
        flush=True,
    )
    with contextlib.suppress(KeyboardInterrupt):
        while stage.system.poll() is None:
            time.sleep(0.5)
