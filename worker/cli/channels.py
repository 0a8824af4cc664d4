"""``tocsin channels``: where alerts go."""

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.output import (
    CliError,
    JsonOption,
    ago,
    duration,
    load_settings,
    plain,
    print_json,
    print_table,
)
from worker.cli.when import end_of
from worker.cli.when import shown as when
from worker.environment import Environment
from worker.model import Announcement, Article, Channel, Evidence, Receipt

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from worker.store.lanes import LaneRecord

app = typer.Typer(
    no_args_is_help=True,
    help="Where alerts go: list, pause, resume, unsubscribed, resubscribe, test.",
)
ChannelName = Annotated[str, typer.Argument(metavar="NAME", help="The channel's name.")]
URL = re.compile(r"^(?P<scheme>\w+)://(?P<host>[^/?#]*)(?P<rest>.*)$", re.DOTALL)
SECRET = re.compile(r"secret|password|token|key|authorization", re.IGNORECASE)


@app.command("list")
def list_channels(as_json: JsonOption = False) -> None:
    """List channels: what keeps one back, and how many deliveries wait. Secrets are never shown.

    Example: `tocsin channels list`
    """
    from worker.store.lanes import lane_records
    from worker.store.watches import all_channels, all_watches
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = all_channels(connection)
        watches = all_watches(connection)
        lanes = lane_records(connection, [one.id for one in found])
    used = {one.name: sum(one.name in watch.channels for watch in watches) for one in found}
    now = datetime.now(UTC)
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "config": shown(one),
                    "watches": used[one.name],
                    "state": state_of(lanes[one.id], now),
                    **plain(lanes[one.id]),
                }
                for one in found
            ]
        )
        return
    print_table(
        ["name", "kind", "watches", "waiting", "dead", "state", "settings"],
        [
            [
                one.name,
                one.kind,
                str(used[one.name]),
                str(lanes[one.id].waiting),
                str(lanes[one.id].dead),
                state_of(lanes[one.id], now),
                ", ".join(f"{key}={value}" for key, value in shown(one).items()),
            ]
            for one in found
        ],
        empty="No channels yet: declare one under channels: in feeds.yaml, then tocsin apply",
    )


def state_of(lane: "LaneRecord", now: datetime) -> str:
    """What keeps a channel back, in words, or that nothing does."""
    if lane.removed_at:
        return f"removed {ago(lane.removed_at, now)}: nothing is sent there any more"
    if lane.disabled_at:
        return f"disabled {ago(lane.disabled_at, now)}: {lane.disabled_reason}"
    if lane.paused_at:
        return f"paused until {when(lane.paused_until) if lane.paused_until else 'it is resumed'}"
    circuit = lane.circuit
    if circuit.open_until and not circuit.since:
        return f"asked to wait until {when(circuit.open_until)}: {circuit.reason}"
    if circuit.open_until and circuit.since:
        again = ago(circuit.open_until, now) if circuit.open_until > now else "now"
        return f"no answer for {duration(now - circuit.since)}, probed {again}: {circuit.reason}"
    return "runs"


def shown(channel: Channel) -> dict[str, object]:
    """A channel's settings as they may be shown: secrets and credentials in URLs cut out."""
    return {
        key: "***" if SECRET.search(key) else _without_credentials(value)
        for key, value in channel.config.items()
    }


def _without_credentials(value: object) -> object:
    if isinstance(value, dict):  # headers: any of them may be a key
        return dict.fromkeys(value, "***")
    if isinstance(value, list):
        return [_without_credentials(each) for each in value]
    if isinstance(value, str):
        return URL.sub(_origin, value)
    return value


def _origin(found: re.Match[str]) -> str:
    """As much of a URL as is no key: the scheme, and the host of a web address."""
    if found["scheme"] not in {"http", "https"}:
        return f"{found['scheme']}://***"
    host = found["host"].rpartition("@")[2]
    return f"{found['scheme']}://{host}" + ("/***" if found["rest"].strip("/") else "")


@app.command("pause")
def pause_channel(
    name: ChannelName,
    until: Annotated[
        str, typer.Option(help="2h, 3d, 2026-12-01, tomorrow 08:00; else until it is resumed.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Hold what goes to a channel; nothing is lost, and all of it goes out in order afterwards.

    What is under way ends; whatever has not begun a second later waits.

    Example: `tocsin channels pause desk-mail --until "tomorrow 08:00"`
    """
    from worker.store.lanes import pause
    from worker.supervisor import open_store

    ends = end_of(until)
    with open_store(load_settings()) as engine, engine.begin() as connection:
        found, lane = _lane(connection, name)
        pause(connection, found.id, ends)
    if as_json:
        print_json({"name": name, "paused_until": ends, "waiting": lane.waiting})
        return
    print(f"{name} is held until {when(ends) if ends else 'it is resumed'}; {lane.waiting} wait.")


@app.command("resume")
def resume_channel(name: ChannelName, as_json: JsonOption = False) -> None:
    """Let a channel run that was paused, was disabled since its receiver is gone, or got no answer.

    What waits goes out in order, from now.

    Example: `tocsin channels resume desk-mail`
    """
    from worker.queue import DELIVER
    from worker.store.lanes import resume
    from worker.supervisor import open_store, queues_of

    settings = load_settings()
    with open_store(settings) as engine, engine.begin() as connection:
        found, lane = _lane(connection, name)
        resume(connection, found.id)
    if queues := queues_of(settings):
        queues.wake(DELIVER, [0])
        queues.close()
    before = state_of(lane, datetime.now(UTC))
    if as_json:
        print_json({"name": name, "before": before, "waiting": lane.waiting})
        return
    print(f"{name} runs ({before} before); {lane.waiting} waiting go out.")


def _lane(connection: "Connection", name: str) -> "tuple[Channel, LaneRecord]":
    """The channel of this name and its lane. CliError where there is none."""
    from worker.store.lanes import lane_records
    from worker.store.watches import all_channels

    found = next((one for one in all_channels(connection) if one.name == name), None)
    if found is None:
        raise CliError(f"no channel named {name!r}: see tocsin channels list")
    return found, lane_records(connection, [found.id])[found.id]


@app.command("test")
def send_sample(name: ChannelName, as_json: JsonOption = False) -> None:
    """Send a marked sample through a channel, and print the conversation with the receiver.

    A webhook gets an event of type test.ping. It is no alert and is not kept. A channel that is paused or disabled is tested all the same. The
    exit code is 1 when it was not taken.

    Example: `tocsin channels test desk-mail`
    """
    from worker import channels
    from worker.alerts.render import message
    from worker.net import Net
    from worker.store.engine import now_of
    from worker.supervisor import open_store

    settings = load_settings()
    with open_store(settings) as engine, engine.connect() as connection:
        channel, _ = _lane(connection, name)
        now = now_of(connection)

    async def send() -> Receipt:
        async with Net.from_settings(settings) as net:
            built = channels.build(channel, Environment(), net, now=lambda: now)
            try:
                return await built.send(message(sample()))
            finally:
                await channels.close(built)

    try:
        receipt = asyncio.run(send())
    except channels.ChannelError as error:
        raise CliError(str(error)) from None
    if as_json:
        print_json({"channel": name, **plain(receipt)})
    else:
        for line in receipt.transcript:
            print(line)
        print(f"{name} {'took it' if receipt.delivered else 'did not take it'}: {receipt.detail}")
    if not receipt.delivered:
        raise typer.Exit(1)


def sample() -> Announcement:
    """A sample alert that nobody can mistake for news."""
    now = datetime.now(UTC)
    stamp = f"{now:%Y%m%d%H%M%S%f}"
    text = (
        "This is a test of a Tocsin channel, not news. If you can read it, alerts of the "
        "watches that use this channel arrive here."
    )
    start = text.index("test")
    return Announcement(
        alert_id=0,
        delivery_id=0,
        message_id=f"<test-{stamp}@tocsin.local>",
        watch_id=0,
        watch_name="channel test",
        query="test",
        reason="asked for by tocsin channels test",
        story_id=0,
        item_id=0,
        feed_name="tocsin",
        article=Article(
            title="TEST: this is not news",
            text=text,
            language="en",
            url="https://example.org/tocsin-channel-test",
            outlet="Tocsin",
            published=now,
        ),
        mentions=(),
        evidence=(Evidence(clause="test", value="test", spans=((start, start + 4),)),),
        outlets=("Tocsin",),
        seen_at=now,
        alerted_at=now,
        test=True,
    )
