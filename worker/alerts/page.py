"""What mails are built of in HTML: a card in the middle, inline styles, nothing fetched from anywhere."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from worker.alerts.snippet import Snippet
from worker.alerts.style import bar, dark_sheet, tone
from worker.alerts.wording import clean_line, host_of, safe_url

_FONT = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace"
_TABLE = 'role="presentation" cellpadding="0" cellspacing="0" border="0"'
# Narrow screens give the words the room that the card's margins take elsewhere.
_SHEET = (
    "@media (max-width:520px){.in{padding:20px 16px 18px!important}.out{padding:0!important}"
    ".cd{border-radius:0!important}.h1{font-size:22px!important}}" + dark_sheet()
)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above everything: the kind of message in a word, its colour, whose it is."""

    kind: str
    colour: str
    name: str = ""
    test: bool = False


def document(title: str, head: Head, parts: Iterable[str], *, preview: str = "") -> str:
    """A whole HTML document; ``parts`` are HTML, empty ones left out, the other texts are not.

    ``preview`` is what lists of mails show after the subject.
    """
    body = "\n".join(filter(None, [_banner(head), *parts]))
    hidden = "display:none;max-height:0;overflow:hidden;mso-hide:all"
    return (
        '<!doctype html>\n<html lang="en" dir="ltr">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="supported-color-schemes" content="light dark">\n'
        '<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">\n'
        f"<title>{escape(title)}</title>\n"
        f"<style>:root{{color-scheme:light dark}}{_SHEET}</style>\n</head>\n"
        f"<body {tone('pg', 'margin:0;padding:0;width:100%;-webkit-text-size-adjust:100%')}>\n"
        f'<div style="{hidden}">{in_html(preview, 200)}</div>\n'
        f'<div role="article" aria-label="{escape(title)}" lang="en" dir="ltr">\n'
        f'<table {_TABLE} width="100%" {tone("pg")}><tr>'
        f'<td class="out" align="center" style="padding:24px 12px">\n'
        f'<table {_TABLE} width="640" {tone("cd", "width:100%;max-width:640px;border-radius:12px")}>'
        f"<tr><td {bar(head.colour, 'height:4px;font-size:0;line-height:0')}>&nbsp;</td></tr>\n"
        '<tr><td class="in" align="left" style="padding:26px 32px 24px;text-align:left;'
        f'font-size:16px;line-height:1.5;overflow-wrap:anywhere;word-break:break-word;{_FONT}">\n'
        f"{body}\n</td></tr></table>\n</td></tr></table>\n</div>\n</body>\n</html>\n"
    )


def _banner(head: Head) -> str:
    name = f'<span {tone("sf")}> &nbsp;<span dir="auto">{in_html(head.name, 100)}</span></span>'
    kind = "font-size:12px;letter-spacing:.08em;text-transform:uppercase;font-weight:700"
    line = (
        f'<p style="margin:0 0 10px;font-size:14px;line-height:1.4">'
        f"<strong {tone(head.colour, kind)}>{escape(head.kind)}</strong>{name if head.name else ''}</p>"
    )
    if not head.test:
        return line
    box = "margin:0 0 16px;padding:10px 14px;border-radius:8px;font-size:15px;font-weight:600"
    return f"<p {tone('ts', box)}>This is a test. Nothing has happened.</p>\n{line}"


def in_html(text: str, limit: int) -> str:
    """A text as one line of HTML."""
    return escape(clean_line(text, limit))


def foreign(language: str, text: str) -> str:
    """The attributes of a text in its own language and direction; no code of a language is left out."""
    code = f' lang="{language}"' if language.isascii() and language.isalpha() else ""
    return f'dir="{direction_of(text)}"{code}'


def direction_of(text: str) -> str:
    """Which way a text runs: as its first letter that has a direction does."""
    kinds = map(unicodedata.bidirectional, text)
    return "rtl" if next((one for one in kinds if one in "LRAL"), "L") in {"R", "AL"} else "ltr"


def _side(text: str) -> str:
    """On which side a text of its own begins; the card around it has all begin on the left."""
    return "text-align:right" if direction_of(text) == "rtl" else "text-align:left"


def heading(title: str, *, url: str = "", language: str = "en") -> str:
    """What it is about, in the largest type; a link where there is a URL."""
    style = "margin:0 0 8px;font-size:25px;line-height:1.25;font-weight:700"
    style += f";letter-spacing:-.01em;{_side(title)}"
    shown = link_of_title(url, title)
    return f'<h1 class="h1" {foreign(language, title)} style="{style}">{shown}</h1>'


def link_of_title(url: str, title: str, colour: str = "hd") -> str:
    """A headline, as a link where there is a URL."""
    shown = escape(title)
    css = "text-decoration:none"
    return f'<a href="{escape(url)}" {tone(colour, css)}>{shown}</a>' if url else shown


def section(title: str, *, place: str = "", count: str = "") -> str:
    """The heading of a part, with what it counts; ``place`` is where a link of the contents leads."""
    style = "margin:24px 0 4px;font-size:19px;line-height:1.3;font-weight:700"
    # Some mail readers know places by their name alone.
    mark, anchor = (f'id="{place}" ', f'<a name="{place}"></a>') if place else ("", "")
    css = "font-weight:400;font-size:15px"
    more = f" <span {tone('sf', css)}>{escape(count)}</span>" if count else ""
    return f'<h2 {mark}style="{style}">{anchor}<span dir="auto">{escape(title)}</span>{more}</h2>'


def soft(content: str, css: str = "margin:0 0 14px") -> str:
    """A paragraph, given as HTML, of what matters less."""
    return f"<p {tone('sf', f'font-size:14px;line-height:1.5;{css}')}>{content}</p>"


def dotted(words: Iterable[str]) -> str:
    """Words beside each other, each in its own direction."""
    return " · ".join(f'<span dir="auto">{escape(word)}</span>' for word in words if word)


def quotation(shown: Snippet, language: str) -> str:
    """A passage with its evidence highlighted."""
    if not shown.text:
        return ""
    side = "right" if direction_of(shown.text) == "rtl" else "left"
    css = f"margin:16px 0 18px;padding:2px 0;padding-{side}:14px;border-style:solid;border-width:0"
    css += f";border-{side}-width:3px;font-size:17px;line-height:1.55;{_side(shown.text)}"
    return (
        f"<blockquote {foreign(language, shown.text)} {tone('qt', css)}>"
        f"{marked_up(shown)}</blockquote>"
    )


def marked_up(shown: Snippet) -> str:
    """A snippet in HTML, its evidence highlighted."""
    css = "padding:1px 3px;border-radius:3px;font-weight:600"
    return "".join(
        f"<mark {tone('mk', css)}>{escape(piece)}</mark>" if marked else escape(piece)
        for piece, marked in shown.pieces()
    )


def button(url: str, label: str = "Read at") -> str:
    """A link that says which host it leads to."""
    if not url:
        return ""
    css = "display:inline-block;padding:10px 18px;border-radius:8px;font-size:15px;font-weight:600"
    return (
        f'<p style="margin:0 0 18px"><a href="{escape(url)}" {tone("bt", f"{css};text-decoration:none")}>'
        f"{escape(label)} {escape(host_of(url))}</a></p>"
    )


def chips(rows: Iterable[tuple[str, str, Sequence[str]]]) -> str:
    """Names as small labels, in rows of a label, a colour and names."""
    lines = []
    for label, colour, names in rows:
        css = "display:inline-block;margin:0 4px 6px 0;padding:2px 10px;border-radius:12px"
        css += ";font-size:13px;line-height:1.5"
        shown = " ".join(
            f'<span dir="auto" {tone(colour, css)}>{escape(name)}</span>' for name in names
        )
        head = f"<span {tone('sf', 'font-size:13px')}>{escape(label)}:</span>"
        lines.append(f'<p style="margin:0 0 2px;line-height:1.7">{head} {shown}</p>')
    return "\n".join(lines)


def box(content: str) -> str:
    """HTML in a box."""
    css = "margin:20px 0 0;padding:14px 16px;border-radius:8px;font-size:14px;line-height:1.5"
    return f"<div {tone('bx', css)}>{content}</div>"


def why(watch_name: str, said: str, query: str, more: str = "") -> str:
    """Why this comes: the watch, what is said of it, ``more`` as HTML, and its query."""
    title = '<h2 style="margin:0 0 4px;font-size:14px;line-height:1.4">Why you get this</h2>'
    name = f'Watch <strong dir="auto">{in_html(watch_name, 100)}</strong>'
    asked = f'<p style="margin:8px 0 0">Query: {code(query)}</p>'
    return box(f"{title}{name}: {escape(said)}{more}{asked}")


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Labels with what belongs to each."""
    css = "padding:5px 12px 5px 0;font-weight:400;vertical-align:top"
    lines = "".join(
        f'<tr><th scope="row" align="left" {tone("sf", css)}>{escape(label)}</th>'
        f'<td style="padding:5px 0;vertical-align:top">{escape(words)}</td></tr>'
        for label, words in rows
    )
    style = "font-size:15px;line-height:1.4;margin:4px 0 0"
    return f'<table cellspacing="0" cellpadding="0" border="0" style="{style}">{lines}</table>'


def code(text: str, limit: int = 500) -> str:
    """A query or a command, to be read and copied."""
    return f'<code dir="ltr" style="font-size:13px;{_MONO}">{in_html(text, limit)}</code>'


def link(url: str, label: str) -> str:
    """A link within words."""
    return f'<a href="{escape(url)}" {tone("lk")}>{escape(label)}</a>'


def rule() -> str:
    """A line across."""
    return f"<hr {tone('ln', 'border-width:1px 0 0;border-style:solid;margin:22px 0 16px')}>"


def footer(alert_id: int, commands: Sequence[tuple[str, str]], address: str = "") -> str:
    """How to change what comes: commands with what each is for, and where the alert is shown."""
    rows = "".join(f"<br>{escape(label)}: {code(command)}" for label, command in commands)
    lines = f"<p {tone('sf', 'font-size:13px;line-height:1.7;margin:0')}>"
    links = [link(url, label) for label, url in own_links(address)]
    said = " · ".join([*links, f"Alert {alert_id} by Tocsin"])
    return f"{rule()}\n{lines}{said}{rows}</p>"


def own_links(address: str) -> list[tuple[str, str]]:
    """The link to the alert's own page, where there is one: label and URL."""
    url = safe_url(address)
    return [("This alert", url)] if url else []
