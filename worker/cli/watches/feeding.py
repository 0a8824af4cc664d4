"""``tocsin watches feed``: a watch as a feed for readers."""

import os
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from worker.alerts.addresses import Addresses
from worker.alerts.syndication import atom, json_feed
from worker.alerts.wording import safe_url
from worker.cli.output import CliError, load_settings
from worker.cli.watches.app import NameArgument, app, one_watch
from worker.store.syndication import feed_key, syndication_of


class Form(StrEnum):
    """How a feed is written."""

    ATOM = "atom"
    JSON = "json"


@app.command("feed")
def print_feed(
    name: NameArgument,
    form: Annotated[Form, typer.Option("--format", help="Atom 1.0 or JSON Feed 1.1.")] = Form.ATOM,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write this file, in one step.")
    ] = None,
    address: Annotated[
        str, typer.Option(help="Where readers will find the file: feeds name their own place.")
    ] = "",
    url: Annotated[
        bool, typer.Option("--url", help="Only say where tocsin serve has the feed.")
    ] = False,
) -> None:
    """Print what a watch told as a feed that any reader can follow: the last 100.

    Example: `tocsin watches feed "Vladimir Putin" --output /var/www/putin.atom`
    """
    from worker.serving import base_of
    from worker.supervisor import open_store

    if address and not safe_url(address):
        raise CliError(f"--address {address} is no address: write https://host/path")
    settings = load_settings()
    with open_store(settings) as engine, engine.begin() as connection:
        watch = one_watch(connection, name)
        if url:
            base = base_of(settings.public_url, settings.listen)
            print(Addresses(base, feed_key(connection)).feed(watch.id, form))
            return
        feed = syndication_of(connection, watch.id, url=address)
    assert feed is not None  # the watch was found in this transaction
    body = atom(feed) if form is Form.ATOM else json_feed(feed)
    if output is None:
        print(body.decode(), end="")
        return
    try:
        _replace(output, body)
    except OSError as error:
        raise CliError(f"{output} cannot be written: {error.strerror}") from None
    print(f"{output}: {len(feed.alerts)} entries.")


def _replace(path: Path, body: bytes) -> None:
    """Put a file in the place of another in one step: no reader sees half of it."""
    number, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(body)
        Path(made).chmod(0o644)
        Path(made).replace(path)
    except OSError:
        Path(made).unlink(missing_ok=True)
        raise
