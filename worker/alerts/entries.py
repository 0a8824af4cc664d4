"""Stories as entries of a list: in text and in HTML."""

from collections.abc import Iterable
from html import escape

from worker.alerts.page import dotted, foreign, link_of_title, marked_up, soft
from worker.alerts.plain import wrapped
from worker.alerts.snippet import Snippet
from worker.alerts.wording import clean_line, host_of, safe_url, time_words
from worker.model import StoryLine

_TITLE = 200
_PASSAGE = 600


def title_of(one: StoryLine) -> str:
    """The headline as one line."""
    return clean_line(one.title, _TITLE) or "(no headline)"


def source_of(one: StoryLine) -> list[str]:
    """Who reports it first, who else, and when."""
    outlet, more = clean_line(one.outlet, 60), one.outlets - 1
    others = "1 more outlet" if more == 1 else f"{more} more outlets"
    return [part for part in (outlet, others if more > 0 else "", time_words(one.at)) if part]


def entry_in_text(number: int, one: StoryLine) -> str:
    """A numbered entry of a few lines."""
    shown, indent = _snippet(one), "    "
    excerpt = "".join(f"*{part}*" if marked else part for part, marked in shown.pieces())
    url, reason = safe_url(one.url), clean_line(one.reason, 100)
    lines = [
        wrapped(title_of(one), indent, first=f"{number:2}. "),
        wrapped(" · ".join(source_of(one)), indent),
        wrapped(f"Did not ring: {reason}", indent) if reason else "",
        wrapped(excerpt, indent) if excerpt else "",
        f"{indent}{url}" if url else "",
    ]
    return "\n".join(line for line in lines if line)


def entry_in_html(one: StoryLine) -> str:
    """An entry as a list item."""
    url, told, language = safe_url(one.url), title_of(one), one.language
    title = link_of_title(url, told, "lk")
    shown = _snippet(one)
    style = "margin:4px 0 0;font-size:15px;line-height:1.5"
    excerpt = (
        f'<p {foreign(language, shown.text)} style="{style}">{marked_up(shown)}</p>'
        if shown.text
        else ""
    )
    reason = clean_line(one.reason, 100)
    why = f"<br>Did not ring: {escape(reason)}" if reason else ""
    return (
        '<li style="margin:0 0 18px">'
        f'<strong {foreign(language, told)} style="font-size:16px;line-height:1.35">{title}</strong>'
        f"{soft(dotted([*source_of(one), host_of(url)]) + why, 'margin:2px 0 0')}{excerpt}</li>"
    )


def entries_in_html(stories: Iterable[StoryLine]) -> str:
    """Stories as a numbered list."""
    listed = "".join(entry_in_html(one) for one in stories)
    return f'<ol style="margin:12px 0 0;padding-left:26px">{listed}</ol>' if listed else ""


def _snippet(one: StoryLine) -> Snippet:
    if clean_line(one.snippet, _PASSAGE) == one.snippet:
        return Snippet(one.snippet, one.highlights)
    return Snippet(clean_line(one.snippet, _PASSAGE))
