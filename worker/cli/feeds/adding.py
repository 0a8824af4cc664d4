"""``tocsin feeds add``: one more feed, found on its site where need be."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.feeds.app import app
from worker.cli.output import CliError, ago, clip, load_settings
from worker.model import Feed, FeedDocument

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from worker.net import Net

#: Where feeds are looked for on a site whose page names none.
COMMON_PATHS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")


LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed that was read: where it was asked for, where it was found, and what it holds."""

    asked: str
    url: str
    document: FeedDocument


@app.command("add")
def add_feed(
    url: Annotated[
        str, typer.Argument(metavar="URL|SITE", help="The feed, or a page of its site.")
    ],
    name: Annotated[str, typer.Option(help="A short name; else made from the URL.")] = "",
    outlet: Annotated[str, typer.Option(help="Who publishes it; else the feed's title.")] = "",
    language: Annotated[str, typer.Option(help="Its language, where entries do not say.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag; may be given again.")] = None,
    interval: Annotated[str, typer.Option(help="Poll it every 15m; else by its rhythm.")] = "",
    backfill: Annotated[
        int,
        typer.Option(
            min=0, max=10_000, help="How many of its present items count as new and may ring."
        ),
    ] = 0,
    check: Annotated[bool, typer.Option(help="Read the feed once before adding it.")] = True,
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Add it although another feed offers mostly the same."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option(help="Show what would be stored, and add nothing.")
    ] = False,
) -> None:
    """Add a feed, after reading it once. Its present items are a silent baseline.

    A feed that is polled already is refused, also under another form of its address, and unless
    --anyway is given one whose entries another feed mostly offers too.

    Example: `tocsin feeds add https://feeds.bbci.co.uk/news/world/rss.xml --name bbc-world`
    """
    from worker.catalogue import (
        FreeNames,
        language_problem,
        name_from_url,
        name_problem,
        url_problem,
    )
    from worker.store.feeds import all_feeds, put_feed
    from worker.supervisor import open_store

    problem = (
        url_problem(url, raw=url)
        or (name_problem(name) if name else None)
        or (language_problem(language) if language else None)
    )
    if problem is not None:
        raise CliError("; ".join(problem))
    every = _interval(interval)
    settings = load_settings()
    found = asyncio.run(_find(url)) if check else None
    final = found.asked if found else url
    with open_store(settings) as engine, engine.begin() as connection:
        living = all_feeds(connection)
        _refuse_known(living, {url, final, found.url if found else url})
        if found is not None and not anyway:
            _refuse_mirror(connection, living, found)
        taken = {feed.name for feed in living}
        if name in taken:
            raise CliError(f"a feed named {name!r} exists already: take another --name")
        chosen = name or FreeNames(taken).take(name_from_url(final))
        if not dry_run:
            put_feed(
                connection,
                name=chosen,
                url=final,
                outlet=outlet,
                language=language,
                tags=tag or (),
                interval=every,
                backfill=backfill,
            )
    document = found.document if found else None
    what = f": {document.title}, {len(document.entries)} items now" if document else ""
    print(f"{'Would add' if dry_run else 'Added'} {chosen}{what}.")
    if document is not None and final != url:
        print(f"  found at {final}")
    if document is not None and dry_run:
        _print_offer(document)


def _interval(text: str) -> timedelta | None:
    from worker.catalogue import LONGEST
    from worker.durations import parse_duration

    parsed = parse_duration(text) if text else None
    if text and (not parsed or parsed > LONGEST):
        raise CliError(f"--interval {text!r} is no time up to 30 days: write 30s, 15m, 6h or 1d")
    return parsed


def _refuse_known(living: Iterable[Feed], urls: set[str]) -> None:
    """CliError if one of the addresses is polled already, also under another form of it."""
    from worker.feeds.links import canonical_url

    wanted = {canonical_url(url) for url in urls}
    for feed in living:
        known = {canonical_url(one) for one in (feed.url, *feed.aliases)}
        if wanted & known:
            raise CliError(f"{feed.url} is polled already, as {feed.name}: see tocsin feeds list")


def _refuse_mirror(connection: "Connection", living: Iterable[Feed], found: Found) -> None:
    """CliError if an active feed offers mostly the same entries."""
    from worker.feeds.identity import mark_entry
    from worker.feeds.mirror import SAMPLE, is_mirror, likely, traces
    from worker.store.items import feeds_with

    offered = traces([mark_entry(entry) for entry in found.document.entries])
    few = feeds_with(connection, offered[:SAMPLE])
    alike = feeds_with(connection, offered, likely(few.items(), total=len(offered)))
    same = max(alike, key=lambda feed_id: alike[feed_id], default=0)
    if is_mirror(alike.get(same, 0), total=len(offered)):
        other = next(feed for feed in living if feed.id == same)
        raise CliError(
            f"{found.url} offers the same as {other.name} ({other.url}): {alike[same]} of its "
            f"{len(offered)} entries are there; add it all the same with --anyway"
        )


def _print_offer(document: FeedDocument) -> None:
    newest = sorted(
        (entry for entry in document.entries if entry.published),
        key=lambda entry: entry.published or LONG_AGO,
        reverse=True,
    )
    print(f"  format:   {document.version}, language {document.language or 'not said'}")
    for entry in (newest or list(document.entries))[:3]:
        print(f"  item:     {ago(entry.published)}: {clip(entry.title, 80)}")


async def _find(url: str) -> Found:
    """Read the feed at a URL, or the one its page leads to. Raises CliError, NotAFeed, NetError."""
    from worker.feeds.refusal import NotAFeed
    from worker.net import Net, NetError

    async with Net.from_settings(load_settings()) as net:
        try:
            return await _read(net, url)
        except NotAFeed as refusal:
            named = refusal.feeds
            if not refusal.page:
                raise
        if len(named) == 1:
            return await _read(net, named[0])
        if named:
            listed = "".join(f"\n  tocsin feeds add {one}" for one in named)
            raise CliError(f"{url} is a page that names {len(named)} feeds; choose one:{listed}")
        for path in COMMON_PATHS:
            try:
                return await _read(net, _beside(url, path))
            except (CliError, NotAFeed, NetError):
                continue
    raise CliError(
        f"{url}: this is a web page, not a feed; it names none: give the feed's own address"
    )


def _beside(url: str, path: str) -> str:
    from urllib.parse import urljoin

    return urljoin(url, path)


async def _read(net: "Net", url: str) -> Found:
    from worker.feeds.parse import parse_feed

    response = await net.get(url)
    if response.status != 200:
        raise CliError(f"{url} answered {response.status}: check the URL, or use --no-check")
    kind = response.header("content-type")
    document = parse_feed(response.body, url=response.url, content_type=kind)
    return Found(asked=url, url=response.url, document=document)
