"""``tocsin deliveries`` and what keeps channels back, from a user's side."""

import json
import re
from collections.abc import Callable

import pytest
from aiohttp import web
from sqlalchemy import Engine

from tests.integration import outgoing
from tests.integration.command import Run
from tests.integration.newsstand import SECRET, Receiver
from tests.integration.outgoing import answering, owe, rows, states, webhook
from worker.settings import Settings
from worker.store import watches


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_TEST_SECRET", SECRET)


@pytest.fixture
def send_all(
    engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> Callable[[], None]:
    """Sends what is due; what that logs is not the commands' output."""

    def send() -> None:
        outgoing.send_all(engine, settings)
        capsys.readouterr()

    return send


def test_a_dead_delivery_is_shown_and_sent_again_with_the_same_id(
    tocsin: Run, engine: Engine, send_all: Callable[[], None], receiver: Receiver
) -> None:
    """List, show and replay; the receiver sees the id it has seen before."""
    receiver.answer = answering(503)
    webhook(engine, "hook", receiver.url)
    owe(engine, 2, "hook")
    rows(engine, "UPDATE delivery SET attempts = 9")
    send_all()
    assert {("hook", "dead"): 2} == states(engine)
    listed = json.loads(tocsin("deliveries", "list", "--state", "dead", "--json").stdout)
    assert [2, 1] == [one["id"] for one in listed]
    assert listed[0]["reason"].startswith("given up after 10 tries: 503")
    shown = tocsin("deliveries", "show", "1").stdout
    assert "dead: given up after 10 tries" in shown
    assert "try 10" in shown
    receiver.answer = None
    replayed = tocsin("deliveries", "replay", "1")
    assert 0 == replayed.returncode
    assert replayed.stdout.startswith("Delivery 1 is sent again by hook, as <")
    send_all()
    assert {("hook", "dead"): 1, ("hook", "sent"): 1} == states(engine)
    assert 2 == receiver.ids.count(next(one for one in receiver.ids if one.startswith("msg_1_")))


def test_all_that_was_given_up_goes_out_again(
    tocsin: Run, engine: Engine, send_all: Callable[[], None], receiver: Receiver
) -> None:
    """Of one channel, or of all; what is older stays."""
    for name in ("hook", "other"):
        webhook(engine, name, receiver.url)
    owe(engine, 3, "hook", "other")
    rows(engine, "UPDATE delivery SET state = 'dead'")
    rows(engine, "UPDATE delivery SET owed_at = now() - interval '9 days' WHERE id <= 2")
    done = tocsin("deliveries", "replay-dead", "--since", "3d", "--channel", "hook")
    assert "2 deliveries are sent again.\n" == done.stdout
    done = tocsin("deliveries", "replay-dead", "--since", "3d", "--json")
    assert 2 == len(json.loads(done.stdout)["replayed"])
    send_all()
    assert 4 == len(receiver.ids)
    assert {"dead": 2, "sent": 4} == {
        state: sum(n for (_, found), n in states(engine).items() if found == state)
        for state in ("dead", "sent")
    }


def test_a_channel_is_paused_and_resumed(
    tocsin: Run, engine: Engine, send_all: Callable[[], None], receiver: Receiver
) -> None:
    """The list tells what keeps it back and how many wait."""
    webhook(engine, "hook", receiver.url)
    owe(engine, 3, "hook")
    assert (
        "hook is held until it is resumed; 3 wait.\n" == tocsin("channels", "pause", "hook").stdout
    )
    send_all()
    assert {("hook", "pending"): 3} == states(engine)
    assert "paused until it is resumed" in tocsin("channels", "list").stdout
    paused = json.loads(tocsin("channels", "pause", "hook", "--until", "2h", "--json").stdout)
    assert paused["paused_until"] is not None
    resumed = tocsin("channels", "resume", "hook").stdout
    assert resumed.startswith("hook runs (paused until ")
    assert resumed.endswith(" before); 3 waiting go out.\n")
    send_all()
    assert {("hook", "sent"): 3} == states(engine)
    (listed,) = json.loads(tocsin("channels", "list", "--json").stdout)
    assert ("runs", 0, 0) == (listed["state"], listed["waiting"], listed["dead"])


def test_a_channel_without_answers_says_so(
    tocsin: Run, engine: Engine, send_all: Callable[[], None]
) -> None:
    """How long, when it is tried next, and what the last attempt said."""
    webhook(engine, "hook", "http://127.0.0.1:9")
    owe(engine, 6, "hook")
    send_all()
    (listed,) = json.loads(tocsin("channels", "list", "--json").stdout)
    assert listed["state"].startswith("no answer for ")
    assert "probed in " in listed["state"]
    assert "connection failed" in listed["state"]


def test_a_test_that_is_not_taken_ends_with_1(
    tocsin: Run, engine: Engine, receiver: Receiver
) -> None:
    """The conversation is printed, no secret in it, and nothing is kept."""
    receiver.answer = answering(500)
    webhook(engine, "hook", receiver.url)
    done = tocsin("channels", "test", "hook")
    assert 1 == done.returncode
    assert "did not take it: 500" in done.stdout
    assert any(line.startswith("> webhook-id: msg_0") for line in done.stdout.splitlines())
    assert any(line.startswith("< ") for line in done.stdout.splitlines())
    assert SECRET not in done.stdout
    assert ["test.ping"] == [one["type"] for one in receiver.received]
    as_json = json.loads(tocsin("channels", "test", "hook", "--json").stdout)
    assert (False, 500) == (as_json["delivered"], as_json["status"])
    assert [] == rows(engine, "SELECT * FROM alert")


def test_a_status_and_its_words_are_shown_once(
    tocsin: Run, engine: Engine, send_all: Callable[[], None], receiver: Receiver
) -> None:
    """The line of a try ends with what was answered; what does not fit there follows."""

    async def refuse() -> web.Response:
        return web.Response(status=503, text="down " * 75 + "for good" if long else "down")

    receiver.answer = refuse
    webhook(engine, "hook", receiver.url)
    for long in (False, True):
        owe(engine, 1, "hook")
        send_all()
        lines = tocsin("deliveries", "show", "2" if long else "1").stdout.splitlines()
        (at,) = (number for number, line in enumerate(lines) if line.startswith("  try 1"))
        assert re.search(r" s: 503 in \d\.\d\d s: down", lines[at])
        assert [line.endswith("down for good") for line in lines[at + 1 :]] == [True] * long


def test_credentials_among_arguments_are_not_listed(tocsin: Run, engine: Engine) -> None:
    """A program's arguments may hold an address with a password."""
    command = ["/usr/bin/curl", "--data", "@-", "https://ann:hunter2@pager.example/hunter2"]
    with engine.begin() as connection:
        watches.put_channel(connection, name="curl", kind="exec", config={"command": command})
    for form in ((), ("--json",)):
        listed = tocsin("channels", "list", *form).stdout
        assert "https://pager.example/***" in listed
        assert "hunter2" not in listed


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("deliveries", "show", "9"), "no delivery 9: see tocsin deliveries list"),
        (("deliveries", "replay", "9"), "no delivery 9: see tocsin deliveries list"),
        (("deliveries", "list", "--state", "lost"), "'lost' is not one of"),
        (("deliveries", "replay-dead", "--since", "x"), "--since 'x' is no length of time"),
        (("channels", "pause", "none"), "no channel named 'none'"),
        (("channels", "resume", "none"), "no channel named 'none'"),
    ],
)
def test_mistakes_are_one_line(tocsin: Run, call: tuple[str, ...], said: str) -> None:
    """With the mend, and exit code 2."""
    done = tocsin(*call)
    assert 2 == done.returncode
    assert said in done.stderr
    assert 1 == done.stderr.count("\n")
