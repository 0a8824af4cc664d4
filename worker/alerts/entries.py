"""Stories as entries of a list: in text and in HTML."""

from html import escape

from worker.alerts.page import LINK, SOFT, language_of, marked_up
from worker.alerts.snippet import Snippet
from worker.alerts.wording import clean_line, safe_url, time_words
from worker.model import StoryLine

_TITLE = 200


def title_of(one: StoryLine) -> str:
    """The headline as one line."""
    return clean_line(one.title, _TITLE) or "(no headline)"


def source_of(one: StoryLine) -> str:
    """Who reports it, when, and why it stands here."""
    outlet = clean_line(one.outlet, 60)
    more = one.outlets - 1
    others = "1 more outlet" if more == 1 else f"{more} more outlets"
    who = " and ".join(part for part in (outlet, others if more > 0 else "") if part)
    parts = (who, time_words(one.at), clean_line(one.reason, 100))
    return " · ".join(part for part in parts if part)


def entry_in_text(number: int, one: StoryLine) -> str:
    """A numbered entry of a few lines."""
    shown = _snippet(one)
    excerpt = "".join(f"*{part}*" if marked else part for part, marked in shown.pieces())
    lines = [f"{number}. {title_of(one)}", source_of(one), excerpt, safe_url(one.url)]
    return "\n   ".join(line for line in lines if line)


def entry_in_html(one: StoryLine) -> str:
    """An entry as a list item."""
    url, title, language = safe_url(one.url), escape(title_of(one)), language_of(one.language)
    if url:
        title = f'<a href="{escape(url)}" {LINK}>{title}</a>'
    shown = marked_up(_snippet(one))
    style = "font-size:15px;line-height:1.5"
    excerpt = f'<div dir="auto"{language} style="{style}">{shown}</div>' if shown else ""
    return (
        f'<li style="margin:0 0 12px"><strong dir="auto"{language}>{title}</strong>'
        f"{excerpt}<p {SOFT}>{escape(source_of(one))}</p></li>"
    )


def _snippet(one: StoryLine) -> Snippet:
    return Snippet(one.snippet, one.highlights)
