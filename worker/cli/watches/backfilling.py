"""``tocsin watches backfill``: what a watch would have found, told in one digest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy import Connection

from worker.alerts.reasons import AlertReason
from worker.alerts.rehearsal import StoriesSoFar
from worker.cli.output import CliError, JsonOption, load_settings, print_json
from worker.cli.watches import hints
from worker.cli.watches.app import NameArgument, app, one_watch
from worker.cli.watches.report import many
from worker.cli.watches.trial import matches_in, progress
from worker.cli.when import how_long
from worker.durations import spell
from worker.model import Confidence, Watch
from worker.store.backfills import Found, keep_matches, told_stories
from worker.store.held import lock_planning
from worker.store.history import extent, past_articles
from worker.watches.matcher import Matcher
from worker.watches.query import Find
from worker.watches.resolve import read_query
from worker.watches.tree import Spike

#: More stories than these are no digest that anybody reads.
MOST_STORIES = 500
_MOST_MATCHES = 20_000  # what is kept in memory


@dataclass(slots=True, kw_only=True)
class Backfill:
    """What a backfill found: matches, the item to speak for each story told, and why not others."""

    articles: int
    found: list[Found] = field(default_factory=list)
    tell: dict[int, int] = field(default_factory=dict)
    silent: dict[int, str] = field(default_factory=dict)

    @property
    def stories(self) -> int:
        """How many stories matched."""
        return len({one.story_id for one in self.found})

    def silenced(self, reason: AlertReason) -> int:
        """How many stories are not told for a reason."""
        return sum(one == reason for one in self.silent.values())


@app.command("backfill")
def backfill(
    name: NameArgument,
    since: Annotated[str, typer.Option(help="How far back, as 30d or 12h.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be told.")
    ] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help=f"Also more than {MOST_STORIES} stories.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Look for a watch in the articles that came before it, and tell of them in one digest.

    Matches are recorded as if the watch had been there. Each story is told once, also where it came
    with a feed just added; stories the watch has rung for, or that wait for a digest, are not told
    again. Run it again and nothing is told twice.

    Example: `tocsin watches backfill putin --since 30d --dry-run`
    """
    from worker.supervisor import open_store

    length = how_long(since)
    with open_store(load_settings()) as engine:
        with engine.connect() as connection:
            watch = one_watch(connection, name)
            if not watch.enabled:
                raise CliError(f"{name!r} is disabled: tocsin watches enable {name}")
            done = _look(connection, watch, length)
        if len(done.tell) > MOST_STORIES and not anyway:
            raise CliError(
                f"{len(done.tell)} stories are too many for a digest: narrow the query (tocsin "
                "watches test), give a shorter --since, or --anyway"
            )
        if not dry_run and done.found:
            with engine.begin() as connection:
                lock_planning(connection)  # what is planned meanwhile counts as well
                done = _not_told(done, told_stories(connection, watch.id))
                keep_matches(connection, watch, done.found, tell=done.tell, silent=done.silent)
    if as_json:
        print_json(_as_json(watch, done, dry_run=dry_run))
        return
    print("\n".join(_in_words(watch, done, length, dry_run=dry_run)))


def _look(connection: Connection, watch: Watch, length: timedelta) -> Backfill:
    """Everything the watch matches since then; of each story the surest match, or the first, speaks."""
    find = hints.known_names(connection)
    if isinstance(read_query(watch.query, find).root, Spike):
        raise CliError(f"{watch.name!r} rings for a rate: nothing of the past can be told")
    since = datetime.now(UTC) - length
    done = Backfill(articles=extent(connection, since).articles)
    best: dict[int, tuple[int, int]] = {}
    with progress(done.articles) as advance:
        for one in _matches(connection, watch, find, since, advance):
            done.found.append(one)
            if len(done.found) > _MOST_MATCHES:
                raise CliError(
                    f"more than {_MOST_MATCHES} matches: narrow the query (tocsin watches test)"
                )
            rank = one.match.confidence.rank
            if one.story_id not in best or rank > best[one.story_id][0]:
                best[one.story_id] = rank, one.item_id
    least = min(watch.policy.floor.rank, Confidence.LIKELY.rank)  # what a digest would hold
    for story_id, (rank, item_id) in best.items():
        if rank >= least:
            done.tell[story_id] = item_id
        else:
            done.silent[story_id] = AlertReason.LISTED.value
    return _not_told(done, told_stories(connection, watch.id))


def _matches(
    connection: Connection, watch: Watch, find: Find, since: datetime, advance: Callable[[], None]
) -> Iterator[Found]:
    matcher, so_far = Matcher([watch], find), StoriesSoFar()
    for batch in past_articles(connection, since):
        for past in batch:
            outlets = len(so_far.with_this(past).outlets)
            match = matches_in(matcher, past, outlets=outlets).get(watch.id)
            if match is not None and past.story_id is not None:
                yield Found(item_id=past.item_id, story_id=past.story_id, match=match)
            advance()


def _not_told(done: Backfill, told: dict[int, str]) -> Backfill:
    """Without the stories that the watch has told of, or will."""
    for story_id in done.tell.keys() & told.keys():
        del done.tell[story_id]
    done.silent |= {one.story_id: told[one.story_id] for one in done.found if one.story_id in told}
    return done


def _in_words(watch: Watch, done: Backfill, length: timedelta, *, dry_run: bool) -> list[str]:
    matches = many(len(done.found), "match", "matches")
    stories, told = many(done.stories, "story", "stories"), many(len(done.tell), "story", "stories")
    lines = [f"{matches} in {stories} of {many(done.articles, 'article')} in {spell(length)}."]
    lines += [
        f"  {count} not told: {reason.value}"
        for reason in (AlertReason.RUNG, AlertReason.HELD, AlertReason.LISTED)
        if (count := done.silenced(reason))
    ]
    if not done.tell:
        lines.append("Nothing is left to tell.")
    elif not watch.channels:
        verb = "would be recorded" if dry_run else "recorded"
        lines.append(f"{told} {verb}, and told nowhere: the watch has no channel.")
    else:
        verb = "would be told" if dry_run else "will be told"
        lines.append(f"{told} {verb} in one digest by {', '.join(watch.channels)}.")
    return lines


def _as_json(watch: Watch, done: Backfill, *, dry_run: bool) -> dict[str, object]:
    return {
        "watch": watch.name,
        "articles": done.articles,
        "matches": len(done.found),
        "stories": done.stories,
        "told": len(done.tell),
        "rung": done.silenced(AlertReason.RUNG),
        "held": done.silenced(AlertReason.HELD),
        "listed": done.silenced(AlertReason.LISTED),
        "channels": watch.channels,
        "dry_run": dry_run,
    }
