"""Channels that feed other systems: files, programs, streams."""

import asyncio
import contextlib
import fcntl
import json
import multiprocessing
import os
import resource
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.test_alerts_render import SAMPLE
from worker.alerts.render import message
from worker.channels import BadConfigError, build
from worker.channels.sender import close
from worker.model import Channel, Message, Receipt
from worker.net import Net

TOLD = message(SAMPLE)
PING = message(replace(SAMPLE, test=True))
HOSTILE = message(
    replace(SAMPLE, article=replace(SAMPLE.article, title="One\nTwo\r\u2028Three \x00 \ud800"))
)


def deliver(kind: str, *told: Message, **config: Any) -> list[Receipt]:
    """Receipts of messages sent one after the other through one channel."""

    async def run() -> list[Receipt]:
        async with Net() as net:
            sender = build(Channel(id=1, name="desk", kind=kind, config=config), os.environ, net)
            try:
                return [await sender.send(each) for each in told or (TOLD,)]
            finally:
                await close(sender)

    return asyncio.run(run())


def many(count: int, first: int = 1) -> list[Message]:
    """Messages of as many deliveries."""
    return [replace(TOLD, delivery_id=first + number) for number in range(count)]


def ids(*files: Path) -> list[str]:
    """The ids of every line; each line must be whole."""
    return [json.loads(line)["id"] for file in files for line in file.read_bytes().splitlines()]


def test_a_file_gets_one_line_each(tmp_path: Path) -> None:
    """The event of webhooks and its id, whatever stands in a title."""
    path = tmp_path / "alerts.jsonl"
    receipts = deliver("file", TOLD, HOSTILE, path=str(path))
    assert all(receipt.delivered for receipt in receipts)
    lines = path.read_text(encoding="utf-8").split("\n")
    assert len(lines) == 3
    assert lines[-1] == ""
    event = json.loads(lines[0])
    assert event["type"] == "alert.matched"
    assert event["id"].startswith(f"msg_{TOLD.delivery_id}_")


def test_files_rotate_and_lose_nothing(tmp_path: Path) -> None:
    """A new file is begun before one grows too large; the oldest go."""
    path = tmp_path / "alerts.jsonl"
    size = len(json.dumps(TOLD.payload)) / 1e6
    deliver("file", *many(20), path=str(path), megabytes=size * 4, keep=3)
    files = sorted(tmp_path.iterdir())
    assert [each.name for each in files] == ["alerts.jsonl"] + [
        f"alerts.jsonl.{place}" for place in (1, 2, 3)
    ]
    assert max(each.stat().st_size for each in files) <= size * 4e6
    kept = ids(*reversed(files))
    assert kept == sorted(kept, key=lambda one: int(one.split("_")[1]))
    assert kept[-1].startswith("msg_20_")


def _append(path: str, first: int) -> None:
    receipts = deliver("file", *many(40, first), path=path, megabytes=0.03, keep=1000)
    sys.exit(0 if all(receipt.delivered for receipt in receipts) else 1)


def test_several_processes_share_a_file(tmp_path: Path) -> None:
    """While others append and rotate, no line is lost, torn or written twice."""
    path = tmp_path / "alerts.jsonl"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append, args=(str(path), first)) for first in (1, 101, 201)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    files = list(tmp_path.iterdir())
    assert len(files) > 5
    assert len(ids(*files)) == len(set(ids(*files))) == 120


def test_a_torn_line_ends_before_the_next(tmp_path: Path) -> None:
    """What a dead writer left stands alone; the next line is whole."""
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"id": "msg_', encoding="utf-8")
    deliver("file", path=str(path))
    torn, whole = path.read_text(encoding="utf-8").splitlines()
    assert torn == '{"id": "msg_'
    assert json.loads(whole)["type"] == "alert.matched"


@pytest.fixture
def little_room() -> Iterator[None]:
    """Files of this process may have 5,000 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("little_room")
def test_a_line_without_room_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """A full disk is tried again and leaves no half line."""
    path = tmp_path / "alerts.jsonl"
    receipts = deliver("file", *many(20), path=str(path))
    delivered = [receipt.delivered for receipt in receipts]
    assert delivered.index(False) > 0
    assert receipts[-1].recoverable
    assert "File too large" in receipts[-1].detail
    assert len(ids(path)) == delivered.count(True)


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """A missing folder is named, and tried again."""
    (receipt,) = deliver("file", path=str(tmp_path / "no" / "alerts.jsonl"))
    assert not receipt.delivered
    assert receipt.recoverable
    assert receipt.detail == f"{tmp_path}/no/alerts.jsonl: No such file or directory"


def test_a_file_that_another_program_holds(tmp_path: Path) -> None:
    """It is waited for, not for ever, and what was given up is not written afterwards."""
    path = tmp_path / "alerts.jsonl"
    with path.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        (receipt,) = deliver("file", path=str(path), timeout=0.2)
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail == f"{path}: not written in 0.2 s"
    deliver("file", path=str(path))
    assert len(ids(path)) == 1


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A pipe or a device keeps nothing, and would get the line at every try."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (receipt,) = deliver("file", path=str(pipe))
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail == f"{pipe}: Not a regular file"


def program(folder: Path, script: str) -> str:
    """A program of a shell script."""
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_program_gets_the_event_and_no_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its arguments as they stand, its own variables, none of ours."""
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "postgresql://secret")
    run = program(tmp_path, f'cat > {tmp_path}/in; env > {tmp_path}/env; echo "$1" "$TOKEN"')
    (receipt,) = deliver(
        "exec", HOSTILE, command=[run, "$(id); a b"], environment={"TOKEN": "sesame-1234"}
    )
    assert (receipt.delivered, receipt.status) == (True, 0)
    assert receipt.answer == "$(id); a b ***"
    assert "sesame-1234" not in repr(receipt)
    assert json.loads((tmp_path / "in").read_bytes())["id"].startswith("msg_")
    variables = (tmp_path / "env").read_text(encoding="utf-8")
    assert "TOKEN=sesame-1234" in variables
    assert "postgresql" not in variables


@pytest.mark.parametrize(
    ("script", "delivered", "recoverable", "detail"),
    [
        ("exit 0", True, False, "exit code 0"),
        ("echo busy >&2; exit 75", False, True, "exit code 75: busy"),
        ("exit 1", False, True, "exit code 1"),
        ("exit 65", False, False, "exit code 65"),
        ("kill -9 $$", False, True, "killed by signal 9"),
        ("yes | head -c 1000000; exit 3", False, True, "exit code 3: y y"),
        ("sleep 60 & exit 0", True, False, "exit code 0"),
    ],
)
def test_exit_codes(
    tmp_path: Path, script: str, delivered: bool, recoverable: bool, detail: str
) -> None:
    """0 is delivered, 65 is final, all else is tried again; output neither blocks nor piles up."""
    (receipt,) = deliver("exec", command=program(tmp_path, script))
    assert (receipt.delivered, receipt.recoverable) == (delivered, recoverable)
    assert receipt.detail.startswith(detail)
    assert len(receipt.answer.encode()) <= Receipt.ANSWER_BYTES


def test_a_program_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    """After the time allowed the whole group is gone."""
    run = program(tmp_path, f"echo ringing; sleep 300 & echo $! > {tmp_path}/child; wait")
    (receipt,) = deliver("exec", command=run, timeout=0.5)
    assert (receipt.delivered, receipt.recoverable, receipt.status) == (False, True, None)
    assert receipt.detail == "no end in 0.5 s: killed: ringing"
    assert receipt.answer == "ringing"
    child = int((tmp_path / "child").read_text(encoding="utf-8"))
    for _ in range(100):
        if not _alive(child):
            break
        time.sleep(0.05)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2]
    except OSError:
        return False
    return state != "Z"


def test_a_secret_among_the_arguments_is_struck_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that names what it was called with tells nobody the value of a variable."""
    run = program(tmp_path, 'echo "unknown: $1"; exit 2')
    monkeypatch.setenv("PAGER_TOKEN", "sesame-1234")
    (receipt,) = deliver("exec", command=[run, "--token=${PAGER_TOKEN}"])
    assert receipt.detail == "exit code 2: unknown: --token=***"
    assert receipt.answer == "unknown: --token=***"


def test_a_program_that_is_not_there() -> None:
    """It is named, and tried again."""
    (receipt,) = deliver("exec", command="/nonexistent/page")
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail == "/nonexistent/page: No such file or directory"


def test_a_stream_gets_one_entry_each(redis_url: str) -> None:
    """Id, type and event, trimmed to about the length wanted."""
    stream = f"alerts-{os.getpid()}"
    receipts = deliver("redis", *many(3), TOLD, url=redis_url, stream=stream)
    assert all(receipt.delivered for receipt in receipts)
    with redis.Redis.from_url(redis_url) as client:
        entries: Any = client.xrange(stream)
        client.delete(stream)
    assert len(entries) == 4
    assert receipts[0].detail == f"entry {entries[0][0].decode()} of {stream}"
    fields = entries[-1][1]
    assert fields[b"id"].startswith(f"msg_{TOLD.delivery_id}_".encode())
    assert fields[b"type"] == b"alert.matched"
    assert json.loads(fields[b"event"]) == TOLD.payload


def test_a_stream_is_kept_short(redis_url: str) -> None:
    """Old entries go, about as many as are too many."""
    stream = f"short-{os.getpid()}"
    deliver("redis", *many(350), url=redis_url, stream=stream, longest=50)
    with redis.Redis.from_url(redis_url) as client:
        length: Any = client.xlen(stream)
        client.delete(stream)
    assert 50 <= length < 250


def test_a_server_that_is_away_is_tried_again() -> None:
    """Without the password of its URL."""
    (receipt,) = deliver("redis", url="redis://tocsin:sesame-1234@127.0.0.1:1/0")
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert "sesame" not in repr(receipt)


def slow_stream(seconds: float, **config: Any) -> tuple[Receipt, float, int]:
    """An attempt at a server that takes so long for each answer: what came of it, when, what was added."""
    added = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal added
        with contextlib.closing(writer):
            while asked := await reader.read(65_536):
                added += asked.count(b"XADD")
                await asyncio.sleep(seconds)
                writer.write(b"+OK\r\n" * asked.count(b"\r\n$6\r\nCLIENT") or b"+OK\r\n")

    async def run() -> tuple[Receipt, float, int]:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
        async with Net() as net, server:
            sender = build(
                Channel(id=1, name="bus", kind="redis", config={"url": url} | config), {}, net
            )
            begun = time.monotonic()
            receipt = await sender.send(TOLD)
            elapsed = time.monotonic() - begun
            await close(sender)
        return receipt, elapsed, added

    return asyncio.run(run())


@pytest.mark.parametrize("seconds", [0.4, 30.0])
def test_a_server_that_is_slow_has_one_time_for_all(seconds: float) -> None:
    """However many answers a connection takes; and the entry is asked for once at the most."""
    receipt, elapsed, added = slow_stream(seconds, timeout=0.6)
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail == "timed out: no answer in 0.6 s"
    assert elapsed < seconds + 5
    assert added <= 1


def test_a_key_of_another_kind_is_told(redis_url: str) -> None:
    """The server's words stand in the receipt."""
    key = f"text-{os.getpid()}"
    with redis.Redis.from_url(redis_url) as client:
        client.set(key, "text")
        (receipt,) = deliver("redis", url=redis_url, stream=key)
        client.delete(key)
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert "wrong kind of value" in receipt.detail


def test_a_test_shows_the_conversation(tmp_path: Path, redis_url: str) -> None:
    """What was given and what came back; of an alert no such copy is kept."""
    path, stream = tmp_path / "alerts.jsonl", f"tried-{os.getpid()}"
    run = program(tmp_path, "echo rung; exit 0")
    tried: dict[str, dict[str, Any]] = {
        "file": {"path": str(path)},
        "exec": {"command": [run, "-q"]},
        "redis": {"url": redis_url, "stream": stream},
    }
    said = {}
    for kind, config in tried.items():
        test, alert = deliver(kind, PING, TOLD, **config)
        said[kind] = test.transcript
        assert alert.transcript == ()
    (line,) = said["file"]
    assert line == f"> {path.read_text(encoding='utf-8').splitlines()[0]}"
    assert said["exec"] == (f"> {run} -q", line, "< rung")
    first, identity, kind_of, event, entry = said["redis"]
    assert first == f"> XADD {stream} MAXLEN ~ 100000 *"
    assert identity.removeprefix("> id ") == json.loads(line[2:])["id"]
    assert kind_of == "> type test.ping"
    assert json.loads(event.removeprefix("> event ")) == PING.payload
    with redis.Redis.from_url(redis_url) as client:
        entries: Any = client.xrange(stream)
        client.delete(stream)
    assert entry == f"< {entries[0][0].decode()}"


@pytest.mark.parametrize(
    ("kind", "config", "words"),
    [
        ("file", {"path": "alerts.jsonl"}, "path: is not an absolute path; write it from / on"),
        ("exec", {"command": ["page", "-q"]}, "command: does not begin with a full path"),
        ("exec", {"command": "/bin/true", "environment": {"A=B": "c"}}, "'A=B' cannot be set"),
        ("redis", {"url": "http://:sesame-1234@a.example"}, "url: is not a Redis URL"),
    ],
)
def test_mistakes_are_told_with_their_mend(kind: str, config: dict[str, Any], words: str) -> None:
    """One line, no secret."""
    with pytest.raises(BadConfigError) as raised:
        deliver(kind, **config)
    assert words in str(raised.value)
    assert "sesame" not in str(raised.value)
