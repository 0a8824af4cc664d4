"""``tocsin feeds import | export``: lists of feeds, in and out."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.feeds.app import app
from worker.cli.output import CliError, load_settings


@app.command("import")
def import_feeds(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OPML file.")],
    dry_run: Annotated[
        bool, typer.Option(help="Say what would be added, and add nothing.")
    ] = False,
) -> None:
    """Add the feeds of an OPML file; folders become tags. Those polled already are left alone.

    Example: `tocsin feeds import subscriptions.opml --dry-run`
    """
    from worker.catalogue import free_name, name_from_url, url_problem
    from worker.catalogue.opml import OpmlError, read_opml
    from worker.feeds.links import canonical_url
    from worker.store.feeds import all_feeds, put_feed
    from worker.supervisor import open_store

    try:
        outlines = read_opml(file.read_bytes())
    except OSError as error:
        raise CliError(f"cannot read {file}: {error.strerror}") from None
    except OpmlError as error:
        raise CliError(f"{file}: {error}") from None
    added = known = 0
    with open_store(load_settings()) as engine, engine.begin() as connection:
        living = all_feeds(connection)
        names = {feed.name for feed in living}
        urls = {canonical_url(url) for feed in living for url in (feed.url, *feed.aliases)}
        for outline in outlines:
            problem = url_problem(outline.url, raw=outline.url)
            if problem is not None:
                print(f"left out: {outline.title or outline.url}: {'; '.join(problem)}")
                continue
            if canonical_url(outline.url) in urls:
                known += 1
                continue
            name = free_name(name_from_url(outline.url), names)
            names.add(name)
            urls.add(canonical_url(outline.url))
            added += 1
            if dry_run:
                print(f"would add {name}: {outline.url}")
                continue
            put_feed(
                connection, name=name, url=outline.url, outlet=outline.title, tags=outline.tags
            )
    verb = "Would add" if dry_run else "Added"
    print(f"{verb} {added} feeds; {known} are polled already.")


@app.command("export")
def export_feeds(
    opml: Annotated[bool, typer.Option("--opml/--yaml", help="OPML 2.0, or feeds.yaml.")] = True,
    tag: Annotated[str, typer.Option(help="Only feeds with this tag.")] = "",
) -> None:
    """Write the feeds as OPML, or as a catalogue for tocsin apply, to standard output.

    A secret that the store keeps in clear is not written: standard error says what to set instead.

    Example: `tocsin feeds export --yaml > feeds.yaml`
    """
    from worker.catalogue import DeclaredHost, write_catalogue
    from worker.catalogue.opml import Outline, write_opml
    from worker.feeds.links import gate_name
    from worker.store.feeds import all_feeds
    from worker.store.hosts import declared_crawl_delays
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = [feed for feed in all_feeds(connection) if not tag or tag in feed.tags]
        delays = declared_crawl_delays(connection)
    if opml:
        outlines = (
            Outline(url=feed.url, title=feed.outlet or feed.title, tags=feed.tags) for feed in found
        )
        print(write_opml(outlines, title="Tocsin").decode(), end="")
        return
    asked = {gate_name(feed.url) for feed in found}
    spared = [
        DeclaredHost(name=name, crawl_delay=delay)
        for name, delay in delays.items()
        if not tag or name in asked
    ]
    text, withheld = write_catalogue(found, spared)
    print(text, end="")
    for one in withheld:
        print(one, file=sys.stderr)
