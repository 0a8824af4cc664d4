"""``tocsin watches test``: what a query would have found and rung for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from worker.cli.output import JsonOption, load_settings, plain, print_json
from worker.cli.watches import hints, report
from worker.cli.watches.app import app, one_watch
from worker.cli.watches.chart import stretches
from worker.cli.watches.trial import Trial, progress, run_trial
from worker.cli.when import how_long
from worker.model import Watch
from worker.store.history import extent
from worker.store.watches import find_watch
from worker.watches.query import Query
from worker.watches.remarks import remarks
from worker.watches.resolve import read_query


@app.command("test")
def try_watch(
    which: Annotated[
        str, typer.Argument(metavar="QUERY|NAME", help="A query, or the name of a watch.")
    ],
    since: Annotated[str, typer.Option(help="How far back, as 7d or 12h.")] = "7d",
    query: Annotated[
        str | None, typer.Option(help="Another query for the watch: what would it change?")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=0, max=1000, help="How many samples are shown.")
    ] = 5,
    as_json: JsonOption = False,
) -> None:
    """Try a query on the articles that came in: what it finds, and what would have rung.

    Nothing is stored, nothing rings. With the name of a watch and --query it tells what the change
    adds and what it removes.

    Examples: `tocsin watches test 'person:"Vladimir Putin" AND country:UA' --since 30d`,
    `tocsin watches test putin --query 'person:"Vladimir Putin" AND NOT topic:sport'`
    """
    from worker.supervisor import open_store

    length = how_long(since)
    now, settings = datetime.now(UTC), load_settings()
    with open_store(settings) as engine, engine.connect() as connection:
        find = hints.known_names(connection)
        if query is not None:
            watch = one_watch(connection, which)
            tested = [watch, replace(watch, query=query)]
        else:
            tested = [find_watch(connection, which) or Watch(id=0, name="", query=which)]
        read = [read_query(one.query, find) for one in tested]
        total = extent(connection, now - length).articles
        with progress(total) as advance:
            trial = run_trial(
                connection,
                find,
                tested,
                since=length,
                now=now,
                keep=limit,
                brake=settings.brake,
                advance=advance,
            )
        mends = [*remarks(read[-1]), *hints.mends(connection, trial, read[-1], find)]
    if as_json:
        print_json(_as_json(trial, read, since=length, now=now, mends=mends))
        return
    report.show(
        trial,
        read[-1],
        length,
        among=stretches(now - length, now),
        mends=mends,
    )


def _as_json(
    trial: Trial, tested: list[Query], *, since: timedelta, now: datetime, mends: list[str]
) -> dict[str, Any]:
    shown = trial.new or trial.present
    found = {
        "query": tested[-1].text,
        "since": now - since,
        "until": now,
        "articles": trial.extent.articles,
        "feeds": trial.extent.feeds,
        "matches": shown.matches,
        "stories": shown.stories,
        "alerts": shown.alerts,
        "updates": shown.updates,
        "digests": shown.digests,
        "held": shown.held,
        "messages": shown.messages,
        "reasons": dict(shown.reasons),
        "clauses": trial.clauses,
        "chart": [
            {"from": begun, "matches": count.matches, "alerts": count.alerts}
            for begun, count in sorted(shown.counts.items())
        ],
        "samples": [report.sample_json(one) for one in reversed(shown.samples)],
        "hints": mends,
    }
    if trial.new is not None:
        change = trial.difference
        found["change"] = {
            "query": tested[0].text,
            "matches": trial.present.matches,
            "alerts": trial.present.alerts,
            "messages": trial.present.messages,
            "added": change.added,
            "removed": change.removed,
            "added_samples": [report.sample_json(one) for one in reversed(change.added_samples)],
            "removed_samples": [
                report.sample_json(one) for one in reversed(change.removed_samples)
            ],
        }
    shown_json: dict[str, Any] = plain(found)
    return shown_json
