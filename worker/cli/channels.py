"""``tocsin channels``: where alerts go."""

import asyncio
import os
import re
from datetime import UTC, datetime
from typing import Annotated

import typer

from worker.cli.output import CliError, JsonOption, load_settings, print_json, print_table
from worker.model import Announcement, Article, Channel, Evidence, Receipt

app = typer.Typer(no_args_is_help=True, help="Where alerts go: list, test.")
URL = re.compile(r"^(?P<scheme>\w+)://(?P<host>[^/?#]*)(?P<rest>.*)$", re.DOTALL)
SECRET = re.compile(r"secret|password|token|key|authorization", re.IGNORECASE)


@app.command("list")
def list_channels(as_json: JsonOption = False) -> None:
    """List channels. Secrets are never shown.

    Example: `tocsin channels list`
    """
    from worker.store.watches import all_channels, all_watches
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = all_channels(connection)
        watches = all_watches(connection)
    used = {one.name: sum(one.name in watch.channels for watch in watches) for one in found}
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "config": shown(one),
                    "watches": used[one.name],
                }
                for one in found
            ]
        )
        return
    print_table(
        ["name", "kind", "watches", "settings"],
        [
            [
                one.name,
                one.kind,
                str(used[one.name]),
                ", ".join(f"{key}={value}" for key, value in shown(one).items()),
            ]
            for one in found
        ],
        empty="No channels yet: declare one under channels: in feeds.yaml, then tocsin apply",
    )


def shown(channel: Channel) -> dict[str, object]:
    """A channel's settings as they may be shown: secrets and credentials in URLs cut out."""
    return {
        key: "***" if SECRET.search(key) else _without_credentials(value)
        for key, value in channel.config.items()
    }


def _without_credentials(value: object) -> object:
    if isinstance(value, dict):  # headers: any of them may be a key
        return dict.fromkeys(value, "***")
    if isinstance(value, str):
        return URL.sub(_origin, value)
    return value


def _origin(found: re.Match[str]) -> str:
    """As much of a URL as is no key: the scheme, and the host of a web address."""
    if found["scheme"] not in {"http", "https"}:
        return f"{found['scheme']}://***"
    host = found["host"].rpartition("@")[2]
    return f"{found['scheme']}://{host}" + ("/***" if found["rest"].strip("/") else "")


@app.command("test")
def test_channel(name: Annotated[str, typer.Argument(help="The channel's name.")]) -> None:
    """Send a marked sample alert through a channel and say what the receiver answered.

    Example: `tocsin channels test desk-mail`
    """
    from worker import channels
    from worker.alerts.render import message
    from worker.net import Net
    from worker.store.watches import all_channels
    from worker.supervisor import open_store

    settings = load_settings()
    with open_store(settings) as engine, engine.connect() as connection:
        found = next((one for one in all_channels(connection) if one.name == name), None)
    if found is None:
        raise CliError(f"no channel named {name!r}: see tocsin channels list")
    channel = found

    async def send() -> Receipt:
        async with Net.from_settings(settings) as net:
            built = channels.build(channel, os.environ, net)
            return await built.send(message(sample(), settings.public_url))

    receipt = asyncio.run(send())
    if not receipt.delivered:
        raise CliError(f"{name} did not take it: {receipt.detail}")
    print(f"{name} took it: {receipt.detail}")


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
