"""The audit of an alert in HTML: no scripts, no pictures, nothing fetched, light and dark, any width."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape

from worker.alerts import commands
from worker.alerts.page import direction_of, dotted, foreign, in_html
from worker.alerts.snippet import excerpt
from worker.alerts.style import dark_sheet, light_sheet
from worker.alerts.wording import (
    clean_line,
    evidence_words,
    host_of,
    language_name,
    outlet_count,
    safe_url,
    time_words,
)
from worker.model import AlertKind, Evidence, Mention, StoryLine
from worker.store.audit import Audit, StoryArticle
from worker.store.deliveries import AttemptRecord, DeliveryRecord

_KINDS = {
    AlertKind.UPDATE: ("Update", "up"),
    AlertKind.EVENT: ("Feed", "fe"),
    AlertKind.DIGEST: ("Digest", "dg"),
    AlertKind.HEARTBEAT: ("Heartbeat", "ok"),
}
_SHEET = (
    ":root{color-scheme:light dark}*{box-sizing:border-box}body{margin:0;padding:24px 12px;"
    "font:16px/1.5 -apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
    "overflow-wrap:anywhere}main{max-width:720px;margin:0 auto;padding:26px 32px;border-radius:12px}"
    "h1{font-size:25px;line-height:1.25;margin:0 0 8px}h2{font-size:19px;margin:28px 0 8px}"
    "p{margin:0 0 10px}.kind{font-size:14px}.kind strong{letter-spacing:.08em;text-transform:uppercase}"
    "blockquote{margin:16px 0;padding:2px 0;padding-inline-start:14px;font-size:17px;"
    "border-inline-start:3px solid}mark{padding:1px 3px;border-radius:3px;font-weight:600}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0 0 12px}dd{margin:0}"
    "ul,ol{margin:0;padding-left:22px}li{margin:0 0 10px}li ul{margin:4px 0 0}li li{margin:0}"
    "code{font:13px/1.5 ui-monospace,Menlo,Consolas,monospace}a{text-underline-offset:2px}"
    "footer{margin:28px 0 0;font-size:14px}"
    "@media(max-width:520px){body{padding:0}main{padding:20px 16px;border-radius:0}dl{display:block}"
    "dd{margin:0 0 8px}h1{font-size:22px}}" + light_sheet() + dark_sheet()
)
_HASH = base64.b64encode(hashlib.sha256(_SHEET.encode()).digest()).decode()
#: Nothing may be run, fetched, framed or sent; the one style sheet is known by its digest.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(
    found: Audit, articles: Sequence[StoryArticle], told: Sequence[tuple[str, StoryLine]]
) -> str:
    """The whole document; ``articles`` are those of its story, ``told`` what a notice lists."""
    title = clean_line(found.alert.title, 120) or "(no headline)"
    parts = [
        _head(found),
        _passage(found),
        _why(found),
        _story(found, articles),
        _listed(told),
        _deliveries([one for one, _ in found.deliveries]),
        _foot(found),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{_SHEET}</style>\n</head>\n"
        f'<body class="pg">\n<main class="cd">\n{"".join(parts)}</main>\n</body>\n</html>\n'
    )


def _head(found: Audit) -> str:
    alert, article = found.alert, found.article
    word, colour = _KINDS.get(AlertKind(alert.kind), ("Alert", "al"))
    watch = f' <span class="sf">{in_html(alert.watch, 100)}</span>' if alert.watch else ""
    language = article.language if article else ""
    title = clean_line(alert.title, 300) or "(no headline)"
    url = safe_url(alert.url)
    source = [
        clean_line(alert.outlet, 80),
        language_name(language),
        time_words(article.published) if article and article.published else "",
        host_of(url),
    ]
    return (
        f'<p class="kind"><strong class="{colour}">{word}</strong>{watch}</p>\n'
        f"<h1 {foreign(language, title)}>{_link(url, title, 'hd')}</h1>\n"
        f'<p class="sf">{dotted(source)}</p>\n'
    )


def _passage(found: Audit) -> str:
    article = found.article
    if article is None or not article.text.strip():
        return ""
    shown = excerpt(article, found.alert.evidence)
    marked = "".join(
        f'<mark class="mk">{escape(piece)}</mark>' if hit else escape(piece)
        for piece, hit in shown.pieces()
    )
    of = foreign(article.language, shown.text)
    return f'<blockquote class="qt" {of}>{marked}</blockquote>\n'


def _why(found: Audit) -> str:
    alert, match = found.alert, found.match
    facts = [("Query", _code(alert.query))] if alert.query else []
    if found.seen_at:
        facts.append(("Seen", time_words(found.seen_at)))
    if match:
        said = f"{time_words(match.matched_at)}, {match.confidence.value}: {match.reason}"
        facts.append(("Matched", in_html(said, 400)))
    facts.append(("Rang", in_html(f"{time_words(alert.planned_at)}: {alert.reason}", 400)))
    held = _list(_evidence(found, one) for one in alert.evidence)
    return f"<h2>Why it rang</h2>\n{_facts(facts)}{held}"


def _evidence(found: Audit, one: Evidence) -> str:
    words = evidence_words(one, found.article) if found.article else one.value
    said = f"{_code(one.clause)} ({one.confidence.value})<br>{in_html(words, 400)}"
    return said + _list(in_html(_mention(each), 400) for each in found.mentions_of(one)[:12])


def _mention(one: Mention) -> str:
    rests = ", ".join(word for word in (one.support, one.found_by) if word)
    return f"{one.name} ({one.kind.value}), {one.confidence.value}{f': {rests}' if rests else ''}"


def _story(found: Audit, articles: Sequence[StoryArticle]) -> str:
    if not found.alert.story_id:
        return ""
    more = found.articles - len(articles)
    rest = f"<p>and {more} more</p>\n" if more > 0 else ""
    title = clean_line(found.story_title, 200)
    return (
        f'<h2>The story <span class="sf">{outlet_count(found.outlets)}</span></h2>\n'
        f'<p dir="{direction_of(title)}">{escape(title)}</p>\n'
        + _list(map(_article, articles), "ol")
        + rest
    )


def _article(one: StoryArticle) -> str:
    title, url = clean_line(one.title, 200) or "(no headline)", safe_url(one.url)
    source = [clean_line(one.outlet, 80), language_name(one.language), time_words(one.at)]
    shown = f"<span {foreign(one.language, title)}>{_link(url, title)}</span>"
    return f'{shown}<br><span class="sf">{dotted([*source, host_of(url)])}</span>'


def _listed(told: Sequence[tuple[str, StoryLine]]) -> str:
    if not told:
        return ""
    lines = []
    for watch, one in told[:100]:
        title, url = clean_line(one.title, 200) or "(no headline)", safe_url(one.url)
        source = [clean_line(watch, 80), clean_line(one.outlet, 80), time_words(one.at)]
        shown = f"<span {foreign(one.language, title)}>{_link(url, title)}</span>"
        lines.append(f'{shown}<br><span class="sf">{dotted([*source, host_of(url)])}</span>')
    return f"<h2>What it told of</h2>\n{_list(lines, 'ol')}"


def _deliveries(deliveries: Sequence[DeliveryRecord]) -> str:
    """What became of it. What receivers said stays with the operator: they name their users."""
    lines = [
        f'<strong dir="auto">{in_html(one.channel, 80)}</strong> ({in_html(one.kind, 20)}): {one.state.value}'
        + _list(_attempt(each) for each in one.attempts[-20:])
        for one in deliveries
    ]
    return f"<h2>Deliveries</h2>\n{_list(lines) or '<p>No channel: nothing was sent.</p>'}"


def _attempt(one: AttemptRecord) -> str:
    status = f", status {one.status}" if one.status is not None else ""
    how = "taken" if one.delivered else "not taken"
    return f"Try {one.number}, {time_words(one.at)}: {how}{status}, after {one.elapsed:.2f} s"


def _foot(found: Audit) -> str:
    alert = found.alert
    offered = [("All of it", f"tocsin alerts show {alert.id}")]
    if alert.watch:
        offered += commands.of_story(alert.watch, alert.query, alert.story_id or 0)
    rows = "".join(f"<br>{escape(label)}: {_code(command)}" for label, command in offered)
    return f'<footer class="sf">Alert {alert.id} by Tocsin{rows}</footer>\n'


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f'<dt class="sf">{label}</dt><dd>{html}</dd>\n' for label, html in facts)
    return f"<dl>\n{rows}</dl>\n"


def _list(lines: Iterable[str], kind: str = "ul") -> str:
    rows = "".join(f"<li>{line}</li>\n" for line in lines)
    return f"<{kind}>\n{rows}</{kind}>\n" if rows else ""


def _link(url: str, words: str, colour: str = "lk") -> str:
    shown = escape(words)
    return (
        f'<a class="{colour}" rel="noreferrer" href="{escape(url)}">{shown}</a>' if url else shown
    )


def _code(text: str) -> str:
    return f'<code dir="ltr">{in_html(text, 500)}</code>'
