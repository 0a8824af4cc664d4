"""A digest as its readers get it: contents with bars, then the stories of each watch."""

from html import escape

from worker.alerts.bars import html_bar, text_bar
from worker.alerts.entries import entry_in_html, entry_in_text, title_of
from worker.alerts.page import LINK, RULE, SOFT, document, in_html, test_notice
from worker.alerts.payload import digest_payload
from worker.alerts.wording import clean_line, in_blocks, time_words
from worker.model import Digest, DigestSection, Message, Notice

_MOST_ON_SCREEN = 10


def digest_message(n: Notice, digest: Digest) -> Message:
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
        text=_text(n, digest),
        html=_html(n, digest),
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
    return f"{clean_line(digest.title, 60)}: {_stories(digest.total)} for {for_whom}"


def _stories(count: int) -> str:
    return "1 story" if count == 1 else f"{count} stories"


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


def _text(n: Notice, digest: Digest) -> str:
    blocks = [
        "This is a test. Nothing has happened." if n.test else "",
        summary(digest),
        _span(digest),
        _contents(digest),
        *(_section(section) for section in digest.sections),
        _more_watches(digest),
        f"Alert {n.alert_id} by Tocsin ({clean_line(n.reason, 120)})",
    ]
    return in_blocks(blocks)


def _contents(digest: Digest) -> str:
    if len(digest.sections) < 2:
        return ""
    width = max(len(_name(section)) for section in digest.sections)
    largest = max(section.total for section in digest.sections)
    return "\n".join(
        f"{_name(section):{width}}  {section.total:4}  {text_bar(section.total, largest)}"
        for section in digest.sections
    )


def _section(section: DigestSection) -> str:
    head = f"{_name(section)} ({_stories(section.total)})"
    entries = [entry_in_text(number, one) for number, one in enumerate(section.stories, 1)]
    lines = [f"{head}\n{'-' * len(head)}", *entries, _more(section)]
    return "\n\n".join(line for line in lines if line)


def _html(n: Notice, digest: Digest) -> str:
    style = "font-size:22px;line-height:1.3;margin:0 0 12px"
    parts = [
        test_notice(test=n.test),
        f'<h1 style="{style}">{escape(summary(digest))}</h1>\n<p {SOFT}>{escape(_span(digest))}</p>',
        _contents_in_html(digest),
        *(_section_in_html(section) for section in digest.sections),
        f"<p {SOFT}>{_more_watches(digest)}</p>" if digest.more_watches else "",
        (
            f'<hr class="tocsin-line" style="{RULE}">\n'
            f"<p {SOFT}>Alert {n.alert_id} by Tocsin ({in_html(n.reason, 120)})</p>"
        ),
    ]
    return document(summary(digest), parts)


def _contents_in_html(digest: Digest) -> str:
    if len(digest.sections) < 2:
        return ""
    largest = max(section.total for section in digest.sections)
    cell = 'style="padding:2px 12px 2px 0;font-size:15px"'
    rows = "".join(
        f'<tr><td {cell}><a href="#watch-{section.watch_id}" {LINK}>{escape(_name(section))}</a></td>'
        f"<td {cell}>{section.total}</td><td {cell}>{html_bar(section.total, largest)}</td></tr>"
        for section in digest.sections
    )
    return f'<table cellspacing="0" cellpadding="0">{rows}</table>'


def _section_in_html(section: DigestSection) -> str:
    style = "font-size:18px;line-height:1.3;margin:0 0 8px"
    name, more = escape(_name(section)), escape(_more(section))
    listed = "".join(entry_in_html(one) for one in section.stories)
    return (
        f'<hr class="tocsin-line" style="{RULE}">\n'
        f'<h2 id="watch-{section.watch_id}" style="{style}">'
        f'<a name="watch-{section.watch_id}"></a>{name} ({_stories(section.total)})</h2>\n'
        f"<p {SOFT}><code>{in_html(section.query, 500)}</code></p>\n"
        f'<ol style="padding-left:24px">{listed}</ol>' + (f"\n<p {SOFT}>{more}</p>" if more else "")
    )
