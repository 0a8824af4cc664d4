"""A digest as its readers get it: contents with bars, then the stories of each watch."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from worker.alerts import commands, plain
from worker.alerts.bars import html_bar, text_bar
from worker.alerts.entries import entries_in_html, entry_in_text, title_of
from worker.alerts.page import (
    Head,
    box,
    code,
    document,
    footer,
    heading,
    link,
    own_links,
    rule,
    section,
    soft,
)
from worker.alerts.payload import digest_payload
from worker.alerts.wording import clean_line, time_words
from worker.model import Digest, DigestSection, Message, Notice

_MOST_ON_SCREEN = 10
# Stories of each watch, and watches: the first that is small enough counts.
_SIZES = ((99, 999), (15, 999), (8, 999), (4, 999), (2, 999), (1, 999), (1, 40), (1, 20), (1, 10))
LARGEST_PAGE = 100_000
"""Bytes of HTML: Gmail cuts a mail at 102 kB."""


def digest_message(n: Notice, digest: Digest, address: str = "") -> Message:
    """The notice in every form that channels send."""
    told = summary(digest)
    return Message(
        delivery_id=n.delivery_id,
        message_id=n.message_id,
        attempt=n.attempt,
        at=n.alerted_at,
        list_name="digest",
        watch_name=None,
        subject=clean_line(f"{'[test] ' if n.test else ''}{told}", 140),
        text=_text(n, digest, address),
        html=_html(n, digest, address),
        payload=digest_payload(n, digest),
        bell="TEST" if n.test else "DIGEST",
        headline=told,
        excerpt=(("\n".join(_on_screen(digest)), False),),
        source=_span(digest),
    )


def summary(digest: Digest) -> str:
    """Like "Digest: 12 stories for 3 watches"."""
    watches = len(digest.sections) + digest.more_watches
    only = clean_line(digest.sections[0].watch_name, 60) if watches == 1 else ""
    for_whom = only or f"{watches} watches"
    return (
        f"{clean_line(digest.title, 60)}: {how_many(digest.total, digest.sections)} for {for_whom}"
    )


def how_many(count: int, sections: Sequence[DigestSection]) -> str:
    """Like "12 stories", or "12 alerts" where spikes and events of feeds are among them."""
    stories = all(story.story_id for one in sections for story in one.stories)
    one, many = ("story", "stories") if stories else ("alert", "alerts")
    return f"1 {one}" if count == 1 else f"{count} {many}"


def _span(digest: Digest) -> str:
    return f"{time_words(digest.since)} to {time_words(digest.until)}"


def _name(section: DigestSection) -> str:
    return clean_line(section.watch_name, 60) or f"watch {section.watch_id}"


def _more(section: DigestSection) -> str:
    more = section.total - len(section.stories)
    return f"and {more} more" if more > 0 else ""


def _more_watches(digest: Digest) -> str:
    return f"and {digest.more_watches} more watches" if digest.more_watches else ""


def _on_screen(digest: Digest) -> list[str]:
    lines = [
        f"{_name(section)}: {title_of(one)}"
        for section in digest.sections
        for one in section.stories
    ]
    more = digest.total - _MOST_ON_SCREEN
    shown = lines[:_MOST_ON_SCREEN]
    return [*shown, f"and {more} more"] if len(lines) > _MOST_ON_SCREEN and more > 0 else shown


def _text(n: Notice, digest: Digest, address: str) -> str:
    blocks = [
        "This is a test. Nothing has happened." if n.test else "",
        plain.title(summary(digest)),
        plain.wrapped(_span(digest)),
        _contents(digest),
        *(_section(one) for one in digest.sections),
        _more_watches(digest),
    ]
    footer = [
        plain.wrapped(_why(n)),
        *plain.commands(_commands(digest)),
        *(f"{label}: {url}" for label, url in own_links(address)),
        f"Alert {n.alert_id} by Tocsin",
    ]
    return plain.page(blocks, footer)


def _why(n: Notice) -> str:
    return (
        "These stories matched your watches and did not ring by themselves; "
        f"why they come now: {clean_line(n.reason, 120)}."
    )


def _commands(digest: Digest) -> list[tuple[str, str]]:
    if len(digest.sections) == 1:
        only = digest.sections[0]
        return commands.of_watch(only.watch_name, only.query)
    return commands.of_digest()


def _contents(digest: Digest) -> str:
    if len(digest.sections) < 2:
        return ""
    names = [clean_line(_name(one), 36) for one in digest.sections]
    width, largest = max(map(plain.columns, names)), max(one.total for one in digest.sections)
    return "\n".join(
        f"{name}{' ' * (width - plain.columns(name))}  {one.total:4}  "
        f"{text_bar(one.total, largest)}"
        for name, one in zip(names, digest.sections, strict=True)
    )


def _section(one: DigestSection) -> str:
    head = f"{_name(one)} ({how_many(one.total, [one])})"
    entries = [entry_in_text(number, line) for number, line in enumerate(one.stories, 1)]
    lines = [f"{head}\n{'-' * plain.columns(head)}", *entries, _more(one)]
    return "\n\n".join(line for line in lines if line)


def _html(n: Notice, digest: Digest, address: str) -> str:
    """As much of it as Gmail shows without a click; the text part has all of it."""
    for stories, watches in _SIZES:
        kept = [replace(one, stories=one.stories[:stories]) for one in digest.sections[:watches]]
        more = digest.more_watches + len(digest.sections) - len(kept)
        shown = replace(digest, sections=tuple(kept), more_watches=more)
        page = _page(n, shown, address)
        if len(page.encode()) <= LARGEST_PAGE:
            break
    return page


def _page(n: Notice, digest: Digest, address: str) -> str:
    parts = [
        heading(summary(digest)),
        soft(escape(_span(digest)), "margin:0"),
        _contents_in_html(digest),
        *(_section_in_html(one) for one in digest.sections),
        soft(_more_watches(digest)) if digest.more_watches else "",
        box(f"<strong>Why you get this</strong><br>{escape(_why(n))}"),
        footer(n.alert_id, _commands(digest), address),
    ]
    head = Head("Digest", "dg", test=n.test)
    preview = "; ".join(_on_screen(digest)[:3])
    return document(summary(digest), head, parts, preview=preview)


def _contents_in_html(digest: Digest) -> str:
    """The watches with how many stories each has, in a number and a bar."""
    if len(digest.sections) < 2:
        return ""
    largest = max(one.total for one in digest.sections)
    cell = 'style="padding:4px 12px 4px 0;font-size:15px;line-height:1.3;vertical-align:middle"'
    number = 'align="right" style="padding:4px 10px 4px 0;font-size:15px;white-space:nowrap"'
    rows = "".join(
        f'<tr><th scope="row" align="left" width="45%" {cell[:-1]};font-weight:400">'
        f"{link(f'#watch-{one.watch_id}', _name(one))}</th>"
        f'<td {number}>{one.total}</td><td width="40%">{html_bar(one.total, largest)}</td></tr>'
        for one in digest.sections
    )
    label = "Stories by watch"
    return (
        f'<table aria-label="{label}" width="100%" cellspacing="0" cellpadding="0" border="0" '
        f'style="margin:16px 0 0">{rows}</table>'
    )


def _section_in_html(one: DigestSection) -> str:
    more = _more(one)
    return (
        f"{rule()}\n{section(_name(one), place=f'watch-{one.watch_id}', count=how_many(one.total, [one]))}\n"
        f"{soft(code(one.query), 'margin:0')}\n{entries_in_html(one.stories)}"
        + (f"\n{soft(escape(more))}" if more else "")
    )
