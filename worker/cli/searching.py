"""``tocsin items search``: the archive, asked in the query language of watches."""

import math
from datetime import UTC, datetime
from time import monotonic
from typing import Annotated, Any

import typer
from rich.text import Text

from worker.alerts.rehearsal import Sample
from worker.alerts.wording import clean_line
from worker.cli.output import (
    CliError,
    JsonOption,
    LimitOption,
    console,
    load_settings,
    print_json,
)
from worker.cli.when import how_long, shown
from worker.search import Found
from worker.watches.tree import Field, Query, Spike

SECONDS = 0.15
"""So long a search goes on, unless it is to go through everything."""


def search_items(
    query: Annotated[str, typer.Argument(help="A query, as a watch has one.")],
    since: Annotated[
        str, typer.Option(help="Only what came in this time, as 7d or 12h.", show_default="all")
    ] = "",
    until: Annotated[
        str, typer.Option(help="Only what came longer ago than this.", show_default="now")
    ] = "",
    limit: LimitOption = 20,
    everything: Annotated[
        bool, typer.Option("--all", help="Go on to the end, however long it takes.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Search all articles with the query language of watches, the newest first.

    What it finds is what a watch with this query would match, whether it would ring or not. A search
    that has not found enough in 0.15 s ends and says how far it came; --all goes on.

    Examples: `tocsin items search 'person:"Vladimir Putin" AND drone*'`,
    `tocsin items search '"grain deal" AND country:UA' --since 90d -n 5`
    """
    from worker.cli.watches.hints import known_names
    from worker.search import search
    from worker.supervisor import open_store
    from worker.watches.resolve import read_query

    now = datetime.now(UTC)
    with open_store(load_settings()) as engine, engine.begin() as connection:
        find = known_names(connection)
        read = read_query(query, find)
        _refuse(read)
        deadline = math.inf if everything else monotonic() + SECONDS
        found = search(
            connection,
            find,
            read,
            since=now - how_long(since) if since else None,
            until=now - how_long(until) if until else None,
            limit=limit,
            is_over=lambda: monotonic() > deadline,
        )
    if as_json:
        print_json(_as_json(read, found))
        return
    _show(found)


def _refuse(query: Query) -> None:
    if isinstance(query.root, Spike):
        raise CliError("spike(...) asks for a rate: search for what stands in the brackets")
    if any(clause.field is Field.EVENT for clause in query.clauses()):
        raise CliError("event: asks for what happens to feeds, which is no article")


def _show(found: Found) -> None:
    from worker.cli.watches.report import highlighted, indented

    out = console()
    for one in found.samples:
        out.print(Text(_place(one), style="dim"), highlight=False)
        indented(Text(clean_line(one.title, 200), style="bold"))
        indented(highlighted(one.excerpt))
        if one.url:
            indented(Text(one.url, style="dim"))
    out.print(Text(_told(found), style="dim"), highlight=False)


def _place(one: Sample) -> str:
    sure = "" if one.confidence.value == "certain" else f", {one.confidence.value}"
    return f"{shown(one.seen_at)}  {clean_line(one.outlet, 40)}, item {one.item_id}{sure}"


def _told(found: Found) -> str:
    """How far the search went, in a line."""
    from worker.cli.watches.report import many

    told = many(len(found.samples), "article") if found.samples else "Nothing matched"
    if found.back_to is None:
        return f"{told}: nothing in the store comes near it."
    if found.whole:
        return f"{told}; all that came in was searched."
    why = (
        ""
        if found.enough
        else f", in {found.read:,} articles that came near it: --all goes on, --until from there"
    )
    return f"{told}; searched back to {shown(found.back_to)}{why}."


def _as_json(query: Query, found: Found) -> dict[str, Any]:
    from worker.cli.watches.report import sample_json

    samples = [sample_json(one) for one in found.samples]
    for one in samples:  # nothing was planned
        del one["announced"], one["reason"]
    return {
        "query": query.text,
        "read": found.read,
        "whole": found.whole,
        "searched_back_to": found.back_to,
        "items": samples,
    }
