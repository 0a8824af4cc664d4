"""An alert for a story or of what happened to a feed, as mails show it: in plain text and in HTML."""

from collections.abc import Sequence

from worker.alerts import commands, plain
from worker.alerts.page import (
    Head,
    button,
    chips,
    code,
    document,
    dotted,
    footer,
    heading,
    in_html,
    own_links,
    quotation,
    soft,
    why,
)
from worker.alerts.snippet import snippet
from worker.alerts.wording import (
    clean_line,
    headline,
    host_of,
    language_name,
    mentioned,
    outlet_count,
    outlet_names,
    outlet_words,
    reasons,
    safe_url,
    time_words,
)
from worker.model import Announcement, Confidence, Kind

_KINDS = (
    ("People", "cp", Kind.PERSON),
    ("Organizations", "co", Kind.ORGANIZATION),
    ("Countries", "cc", Kind.COUNTRY),
    ("Topics", "ct", Kind.TOPIC),
)


# ------------------------------------------------------------------------------------------ text


def plain_text(a: Announcement, address: str = "") -> str:
    """The alert for a text mail or a terminal; evidence in the snippet stands between asterisks."""
    excerpt = "".join(f"*{part}*" if marked else part for part, marked in snippet(a).pieces())
    url = safe_url(a.article.url)
    blocks = [
        "This is a test. Nothing has happened." if a.test else "",
        plain.wrapped(f"New: {clean_line(a.reason, 120)}") if a.update else "",
        plain.title(headline(a)),
        plain.wrapped(" · ".join(_source(a))),
        plain.wrapped(excerpt, "    "),
        f"{'Read' if a.event is None else 'The feed'}: {url}" if url else "",
        _why_in_text(a),
        "\n".join(plain.labelled([*_known_in_text(a), *_seen(a)])),
    ]
    return plain.page(blocks, _footer_in_text(a, address))


def _why_in_text(a: Announcement) -> str:
    said = plain.wrapped(f"Watch “{clean_line(a.watch_name, 100)}”: {_reason(a)}")
    lines = [said]
    for clause, found in reasons(a):
        lines.append(plain.wrapped(clause, "  ", first="- "))
        lines += [plain.wrapped(found, "  ")] if found else []
    return plain.part("Why you get this", lines)


def _known_in_text(a: Announcement) -> list[tuple[str, str]]:
    if a.event is not None:
        return []
    named = [(label, ", ".join(mentioned(a, kind))) for label, _, kind in _KINDS]
    return [
        ("Reported by", outlet_words(a.outlets)),
        *((label, who) for label, who in named if who),
    ]


def _footer_in_text(a: Announcement, address: str) -> list[str]:
    links = own_links(address)
    return [
        *plain.labelled(
            [("Watch", clean_line(a.watch_name, 100)), ("Query", clean_line(a.query, 500))]
        ),
        *plain.commands(_commands(a)),
        *(f"{label}: {url}" for label, url in links),
        f"Alert {a.alert_id} by Tocsin",
    ]


def _reason(a: Announcement) -> str:
    """Why it rings, with the doubt where there is any."""
    doubt = "" if a.confidence is Confidence.CERTAIN else f"; {a.confidence.value} to be meant"
    return f"{clean_line(a.reason, 120)}{doubt}"


def _source(a: Announcement) -> list[str]:
    """Who reports it, in which language, and when."""
    article = a.article
    if a.event is not None:
        return [clean_line(a.feed_name, 80), a.event.kind.value, time_words(a.seen_at)]
    words = (
        clean_line(article.outlet or a.feed_name, 80),
        language_name(article.language),
        time_words(article.published) if article.published else "",
    )
    return [word for word in words if word]


def _seen(a: Announcement) -> list[tuple[str, str]]:
    """When it was seen, and what is to be said of its text."""
    note = clean_line(a.article.note, 200)
    seen = [] if a.event is not None else [("Seen", time_words(a.seen_at))]
    return [*seen, ("Note", note)] if note else seen


def _commands(a: Announcement) -> list[tuple[str, str]]:
    more = commands.of_feeds() if a.event is not None else []
    return [*more, *commands.of_story(a.watch_name, a.query, a.story_id)]


# ------------------------------------------------------------------------------------------ HTML


def html(a: Announcement, address: str = "") -> str:
    """The alert as a whole HTML document. Everything that came from outside is escaped."""
    shown, url, language = snippet(a), safe_url(a.article.url), a.article.language
    parts = [
        _new(a),
        heading(headline(a), url=url, language=language),
        soft(dotted([*_source(a), host_of(url)]), "margin:0"),
        quotation(shown, language),
        button(url, "Read at" if a.event is None else "The feed at"),
        _reported(a),
        chips(_mentioned(a)),
        _why(a),
        _known(a),
        footer(a.alert_id, _commands(a), address),
    ]
    title = headline(a, 120)
    return document(title, _head(a), parts, preview=shown.text)


def _head(a: Announcement) -> Head:
    kind, colour = ("Update", "up") if a.update else ("Alert", "al")
    if a.event is not None:
        kind, colour = "Feed", "fe"
    return Head(kind, colour, a.watch_name, test=a.test)


def _new(a: Announcement) -> str:
    if a.update is None:
        return ""
    style = "margin:0 0 10px;font-size:16px;line-height:1.4"
    return f'<p style="{style}"><strong>New: {in_html(a.reason, 120)}</strong></p>'


def _reported(a: Announcement) -> str:
    """The outlet of this article, and the others."""
    if a.event is not None or len(a.outlets) < 2:
        return ""
    return chips([(outlet_count(a.outlets), "cg", outlet_names(a.outlets))])


def _mentioned(a: Announcement) -> list[tuple[str, str, Sequence[str]]]:
    rows = ((label, colour, mentioned(a, kind)) for label, colour, kind in _KINDS)
    return [row for row in rows if row[2]]


def _why(a: Announcement) -> str:
    rows = "".join(
        f'<li style="margin:4px 0 0">{code(clause)}'
        + (f"<br>{in_html(found, 400)}" if found else "")
        + "</li>"
        for clause, found in reasons(a)
    )
    listed = f'<ul style="margin:6px 0 0;padding-left:18px">{rows}</ul>' if rows else ""
    return why(a.watch_name, _reason(a), a.query, listed)


def _known(a: Announcement) -> str:
    lines = "<br>".join(f"{label}: {in_html(words, 250)}" for label, words in _seen(a))
    return soft(lines, "margin:14px 0 0;font-size:13px") if lines else ""
