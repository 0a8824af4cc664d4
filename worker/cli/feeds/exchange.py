"""``tocsin feeds import | export``: lists of feeds, in and out."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.feeds.app import app
from worker.cli.output import CliError, load_settings

if TYPE_CHECKING:
    from worker.catalogue.opml import Outline
    from worker.store.feeds import NewFeed


@app.command("import")
def import_feeds(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OPML file.")],
    dry_run: Annotated[
        bool, typer.Option(help="Say what would be added, and add nothing.")
    ] = False,
) -> None:
    """Add the feeds of an OPML file; folders become tags. Those polled already are left alone.

    Of several forms of one address in the file the first counts. All feeds are added at once, or none.

    Example: `tocsin feeds import subscriptions.opml --dry-run`
    """
    from worker.catalogue.opml import OpmlError, read_opml
    from worker.store.feeds import add_feeds, all_addresses
    from worker.supervisor import open_store

    try:
        outlines = read_opml(file.read_bytes())
    except OSError as error:
        raise CliError(f"cannot read {file}: {error.strerror}") from None
    except OpmlError as error:
        raise CliError(f"{file}: {error}") from None
    with open_store(load_settings()) as engine, engine.begin() as connection:
        choice = _choose(outlines, all_addresses(connection))
        if not dry_run:
            added = add_feeds(connection, choice.new, pass_taken=True)
    for line in choice.left_out:
        print(f"left out: {line}")
    if dry_run:
        for feed in choice.new:
            print(f"would add {feed.name}: {feed.url}")
    # What somebody else added at this moment is polled as well.
    count = len(choice.new if dry_run else added)
    known = choice.known + len(choice.new) - count
    twice = f"; {choice.twice} stand in the file twice" if choice.twice else ""
    print(
        f"{'Would add' if dry_run else 'Added'} {count} feeds; {known} are polled already{twice}."
    )


@dataclass(slots=True)
class _Choice:
    """What of a file is to be added, and how much is not: polled already, or twice in the file."""

    new: list["NewFeed"] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    known: int = 0
    twice: int = 0


def _choose(outlines: "Iterable[Outline]", living: Mapping[str, Sequence[str]]) -> _Choice:
    """What is new; ``living`` are the names of the feeds there are, with their addresses."""
    from worker.catalogue import FreeNames, name_from_url, url_problem
    from worker.feeds.links import canonical_url
    from worker.store.feeds import NewFeed

    names = FreeNames(living)
    known = {canonical_url(url) for urls in living.values() for url in urls}
    chosen: set[str] = set()
    choice = _Choice()
    for outline in outlines:
        problem = url_problem(outline.url, raw=outline.url)
        address = canonical_url(outline.url)
        if problem is not None:
            choice.left_out.append(f"{outline.title or outline.url}: {'; '.join(problem)}")
        elif address in known:
            choice.known += 1
        elif address in chosen:
            choice.twice += 1
        else:
            chosen.add(address)
            name = names.take(name_from_url(outline.url))
            choice.new.append(
                NewFeed(name=name, url=outline.url, outlet=outline.title, tags=outline.tags)
            )
    return choice


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
