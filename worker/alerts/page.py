"""An alert as HTML for mail: one column, inline styles, nothing fetched from anywhere."""

from collections.abc import Iterable
from html import escape

from worker.alerts.snippet import Snippet, snippet
from worker.alerts.wording import clean_line, facts, headline, host_of, reasons, safe_url
from worker.model import Announcement

# Mail readers that know prefers-color-scheme get dark colours; the others keep the inline ones.
DARK = (
    "@media (prefers-color-scheme: dark) {"
    ".tocsin-page{background:#16181b!important;color:#e8e8e8!important}"
    ".tocsin-soft{color:#a9b1ba!important}"
    ".tocsin-link{color:#8ab8ff!important}"
    ".tocsin-line{border-color:#3a3f45!important}}"
)
FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
SOFT = 'class="tocsin-soft" style="color:#5a6470;font-size:14px;line-height:1.5;margin:0 0 12px"'
LINK = 'class="tocsin-link" style="color:#0b57d0"'
MARK = "background:#ffe28a;color:#1a1a1a;padding:0 2px;border-radius:2px"
RULE = "border:0;border-top:1px solid #d5d9de;margin:20px 0"


def html(a: Announcement, public_url: str = "") -> str:
    """The alert as a whole HTML document. Everything that came from outside is escaped."""
    language = language_of(a.article.language)
    parts = [
        test_notice(test=a.test),
        f"<p><strong>New: {in_html(a.reason, 120)}</strong></p>" if a.update else "",
        f"<p {SOFT}>{in_html(a.watch_name, 100)}</p>",
        _headline(a, language),
        _snippet(a, language),
        _link(a),
        f'<hr class="tocsin-line" style="{RULE}">',
        _why(a),
        _facts(a),
        f'<hr class="tocsin-line" style="{RULE}">',
        _footer(a, public_url),
    ]
    return document(headline(a, 120), parts)


def language_of(code: str) -> str:
    """The attribute for a text in an article's own language; one that is no code is left out."""
    return f' lang="{code}"' if code.isascii() and code.isalpha() else ""


def document(title: str, parts: Iterable[str]) -> str:
    """A whole HTML document; ``parts`` are HTML, empty ones left out, ``title`` is not."""
    body = "\n".join(filter(None, parts))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="supported-color-schemes" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{DARK}</style>\n</head>\n"
        '<body class="tocsin-page" style="margin:0;padding:0;background:#ffffff;color:#1a1a1a">\n'
        f'<div class="tocsin-page" style="max-width:600px;margin:0 auto;padding:20px 16px;'
        f'background:#ffffff;color:#1a1a1a;{FONT};overflow-wrap:anywhere">\n'
        f"{body}\n</div>\n</body>\n</html>\n"
    )


def in_html(text: str, limit: int) -> str:
    """A text as one line of HTML."""
    return escape(clean_line(text, limit))


def test_notice(*, test: bool) -> str:
    """A line that says so, where nothing has happened."""
    if not test:
        return ""
    return '<p style="font-weight:bold;margin:0 0 12px">This is a test. Nothing has happened.</p>'


def _headline(a: Announcement, language: str) -> str:
    url, title = safe_url(a.article.url), escape(headline(a))
    if url:
        title = f'<a href="{escape(url)}" {LINK}>{title}</a>'
    style = "font-size:22px;line-height:1.3;margin:0 0 12px"
    return f'<h1 dir="auto"{language} style="{style}">{title}</h1>'


def _snippet(a: Announcement, language: str) -> str:
    shown = marked_up(snippet(a))
    style = "font-size:17px;line-height:1.5;margin:0 0 16px"
    return f'<p dir="auto"{language} style="{style}">{shown}</p>' if shown else ""


def marked_up(shown: Snippet) -> str:
    """A snippet in HTML, its evidence highlighted."""
    return "".join(
        f'<mark style="{MARK}">{escape(piece)}</mark>' if marked else escape(piece)
        for piece, marked in shown.pieces()
    )


def _link(a: Announcement) -> str:
    url = safe_url(a.article.url)
    if not url:
        return ""
    label = f"Read at {escape(host_of(url))}"
    return f'<p style="margin:0 0 12px"><a href="{escape(url)}" {LINK}>{label}</a></p>'


def _why(a: Announcement) -> str:
    items = "".join(
        f"<li><code>{escape(clause)}</code>{': ' if found else ''}"
        f'<span dir="auto">{escape(found)}</span></li>'
        for clause, found in reasons(a)
    )
    listed = f'<ul style="margin:4px 0 12px;padding-left:20px">{items}</ul>' if items else ""
    return (
        f'<div style="font-size:15px;line-height:1.5"><strong>Why you get this</strong>'
        f" ({in_html(a.reason, 120)})<br>{listed}</div>"
    )


def _facts(a: Announcement) -> str:
    lines = "<br>".join(
        f'<strong>{escape(label)}:</strong> <span dir="auto">{escape(words)}</span>'
        for label, words in facts(a)
    )
    return f"<p {SOFT}>{lines}</p>"


def _footer(a: Announcement, public_url: str) -> str:
    base = safe_url(public_url).rstrip("/")
    lines = [f"Watch: <code>{in_html(a.query, 500)}</code>", f"Alert {a.alert_id} by Tocsin"]
    if base:
        alert, watch = f"{base}/alerts/{a.alert_id}", f"{base}/watches/{a.watch_id}"
        lines.append(
            f'<a href="{escape(alert)}" {LINK}>This alert</a> · '
            f'<a href="{escape(watch)}" {LINK}>Change or mute this watch</a>'
        )
    return f"<p {SOFT}>{'<br>'.join(lines)}</p>"
