"""What ``watches test`` found, on one screen."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.padding import Padding
from rich.text import Text

from worker.alerts.rehearsal import Count, Rehearsal, Sample
from worker.alerts.snippet import Snippet
from worker.alerts.wording import clean_line
from worker.cli.output import console
from worker.cli.watches.chart import bars
from worker.cli.watches.trial import Trial
from worker.durations import spell
from worker.watches.breadth import too_broad
from worker.watches.tree import Query, Spike


def show(
    trial: Trial,
    query: Query,
    length: timedelta,
    *,
    among: Sequence[datetime],
    mends: Sequence[str],
) -> None:
    """Print it: the chart, the numbers, what each clause finds, samples, and what to try."""
    shown = trial.new or trial.present
    whole = trial.extent
    spike = isinstance(query.root, Spike)
    out = console()
    out.print(Text(query.text, style="bold"), highlight=False)
    _print([f"{many(whole.articles, 'article')} of {many(whole.feeds, 'feed')} in {spell(length)}"])
    if shown.matches:
        out.print()
        counts = dict(shown.counts)
        if spike:
            counts = {at: Count(matches=one.matches) for at, one in counts.items()}
        for line in bars(counts, among, length):
            out.print(line, highlight=False)
        legend = "░ would be counted" if spike else "█ would ring  ░ told later, or not at all"
        _print(["", legend], style="dim")
    _print(["", *_numbers(shown, trial, spike=spike)])
    if len(trial.clauses) > 1 and whole.articles:
        _print(["", "What each clause finds alone:"])
        width = max(len(clean_line(clause, 60)) for clause in trial.clauses)
        _print(f"{clean_line(one, 60):<{width}}  {count}" for one, count in trial.clauses.items())
    if trial.new is not None:
        _show_change(trial, spike=spike)
    elif shown.samples:
        _print(["", "The newest:"])
        _show_samples(shown.samples)
    for mend in mends:
        _print(["", mend])


def _numbers(shown: Rehearsal, trial: Trial, *, spike: bool) -> list[str]:
    if not shown.matches:
        return ["Nothing matched."]
    matches = many(shown.matches, "match", "matches")
    stories = many(shown.stories, "story", "stories")
    if spike:
        return [
            f"{matches} in {stories} would be counted; it rings when their rate leaves its normal."
        ]
    lines = [f"{matches} in {stories}: {', '.join(_told(shown))}"]
    lines += [f"  {count:>4,}  {reason}" for reason, count in shown.reasons.most_common()]
    warning = too_broad(shown.matches, trial.extent.articles)
    return [*lines, warning] if warning else lines


def _told(shown: Rehearsal) -> list[str]:
    """What would have been sent through each channel."""
    said = [many(shown.alerts, "alert")]
    if shown.updates:
        said.append(many(shown.updates, "update"))
    if shown.digests:
        said.append(f"{many(shown.digests, 'digest')} of {many(shown.held, 'story', 'stories')}")
    if len(said) > 1:
        said[-1] += f"; {many(shown.messages, 'message')} by each channel"
    return said


def _show_change(trial: Trial, *, spike: bool) -> None:
    change, before, after = trial.difference, trial.present, trial.new
    assert after is not None
    added = many(change.added, "match", "matches")
    told = f"Against the present query: {added} more, {change.removed:,} fewer"
    _print(["", told])
    if not spike:
        alerts = f"alerts: {before.alerts} -> {after.alerts}"
        _print([f"{alerts}; messages: {before.messages} -> {after.messages}"])
    if change.added_samples:
        _print(["", "Only with the new query:"])
        _show_samples(change.added_samples)
    if change.removed_samples:
        _print(["", "Only with the present one:"])
        _show_samples(change.removed_samples)


def _show_samples(samples: Iterable[Sample]) -> None:
    for one in reversed(list(samples)):
        when = f"{one.seen_at.astimezone():%a %d %b %H:%M}"
        place = f"{when}  {clean_line(one.outlet, 40)}, item {one.item_id}"
        indented(Text(place, style="dim"))
        indented(Text(clean_line(one.title, 200), style="bold"))
        indented(highlighted(one.excerpt))


def indented(line: Text, by: int = 2) -> None:
    """Print a line; on a terminal what wraps of it stays as far to the right."""
    out = console()
    if out.is_terminal:
        out.print(Padding(line, (0, 0, 0, by), expand=False), highlight=False)
    else:
        print(" " * by + line.plain)


def highlighted(found: Snippet) -> Text:
    """A piece of text with its evidence in colour, between asterisks where there is none."""
    colour = console().is_terminal
    line = Text()
    for part, marked in found.pieces():
        if marked and not colour:
            line.append(f"*{part}*")
        else:
            line.append(part, style="bold yellow" if marked else "")
    return line


def sample_json(one: Sample) -> dict[str, Any]:
    """A sample for JSON, its text with the spans of what is highlighted."""
    return {
        "item": one.item_id,
        "story": one.story_id,
        "seen_at": one.seen_at,
        "outlet": one.outlet,
        "title": one.title,
        "url": one.url,
        "confidence": one.confidence.value,
        "announced": one.announced,
        "reason": one.reason,
        "excerpt": one.excerpt.text,
        "highlights": one.excerpt.highlights,
    }


def many(number: int, one: str, more: str = "") -> str:
    """A number of things: "1 match", "1,204 matches"."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _print(lines: Iterable[str], style: str = "") -> None:
    out = console()
    for line in lines:
        out.print(Text(line, style=style), highlight=False)
