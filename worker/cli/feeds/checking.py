"""``tocsin feeds check``: what a feed offers, and what is wrong with it."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.feeds.app import app
from worker.cli.output import CliError, JsonOption, load_settings, print_json
from worker.environment import Environment

if TYPE_CHECKING:
    from worker.feeds.check import Report


@app.command("check")
def check_feed(
    url: Annotated[str, typer.Argument(metavar="URL|FEED", help="An address, or a feed's name.")],
    as_json: JsonOption = False,
) -> None:
    """Say what a feed offers and what is wrong with it. Asks for it twice, a moment apart.

    Example: `tocsin feeds check https://feeds.bbci.co.uk/news/world/rss.xml`
    """
    address = url if "://" in url else _address_of(url)
    report = asyncio.run(_check(address))
    if as_json:
        print_json({"url": address, "offers": dict(report.offers), "problems": report.problems})
        return
    for label, words in report.offers:
        print(f"{label + ':':<12}{words}")
    for problem in report.problems:
        print(f"problem:    {problem}")
    if not report.problems:
        print("No problems.")


def _address_of(name: str) -> str:
    from worker.cli.feeds.app import one_feed
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        return one_feed(connection, name).url


async def _check(url: str) -> "Report":
    from worker.catalogue import VariableError, fill
    from worker.feeds import check
    from worker.feeds.reading import read_feed
    from worker.net import Net

    settings = load_settings()
    try:
        filled = fill(url, Environment())
    except VariableError as error:
        raise CliError(str(error)) from None
    now = datetime.now(UTC)
    async with Net.from_settings(settings) as net:
        first = await net.get(filled)
        if first.status != 200:
            raise CliError(f"{url} answered {first.status}: check the URL")
        kind = first.header("content-type")
        read = read_feed(first.body, url=first.url, content_type=kind, now=now)
        etag, modified = first.headers.get("etag"), first.headers.get("last-modified")
        again = None
        if etag or modified:
            await asyncio.sleep(settings.host_gap.total_seconds())
            again = await net.get(filled, etag=etag, last_modified=modified)
    assert read.document is not None
    return check.check_feed(first, read.document, again, now=now, limits=settings.poll_limits)
