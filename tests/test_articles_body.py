"""The body found in one pass, and where it is not sure."""

import pytest

from worker.articles.body import find_body
from worker.articles.page import page_text, page_tree

SENTENCE = "The ferry left the quay at six with forty passengers and a piano on board"
STORY = tuple(f"{SENTENCE}, said witness number {n}." for n in range(6))
MARKED = "".join(f"<p>{line}</p>" for line in STORY)
TEASER = (
    f"<div><h3><a href='/x'>{SENTENCE}</a></h3><p>{SENTENCE} again and again, as before.</p></div>"
)


def body(markup: str) -> tuple[tuple[str, ...], float]:
    """What is found in a page with this body."""
    return find_body(page_tree(page_text(f"<html><body>{markup}</body></html>")))


@pytest.mark.parametrize(
    "markup",
    [
        f"<nav>Home</nav><article><h1>Ferry</h1><div>{MARKED}</div></article>",
        f"<form id='aspnet'><div class='story'>{MARKED}</div></form>",
        f"<div class='page has-sidebar'><div class='overlay'>{MARKED}</div></div>",
        f"<div style='display: none'><div>{MARKED}</div></div>",
        f"<div class='post'>{'<br><br>'.join(STORY)}</div>",
        f"<div class='articleBody'>{MARKED}<div class='newsletterSignup'><p>{SENTENCE}.</p></div></div>",
        f"<div>{MARKED}<aside><p>{SENTENCE}.</p></aside><div class='related-stories'>{TEASER}</div></div>",
        f"<div>{MARKED}</div><section>{TEASER * 5}</section>",
        f"<div>{MARKED}<ul><li><a href='/a'>Ferries</a></li><li><a href='/b'>Pianos</a></li></ul></div>",
        f"<div>{MARKED}<h3>More stories</h3></div>",
        f"<div>{MARKED}<p><a href='/x'>{SENTENCE}.</a></p></div>",
        f"<div>{MARKED}</div><div id='comments'>{MARKED * 5}</div>",
    ],
)
def test_the_story_is_found_whole_and_alone(markup: str) -> None:
    """Whatever it is wrapped in, and whatever stands beside it."""
    lines, sure = body(markup)
    assert STORY == tuple(line for line in lines if line != "Ferry")
    assert sure >= 0.9


def test_lists_tables_and_quotes_of_a_story_are_kept() -> None:
    """Each as a line of its own, a row as one."""
    extra = (
        "<blockquote class='twitter-tweet'><p>We sail on.</p></blockquote><h2>Who came</h2>"
        "<ul><li>Ann Other</li><li>Tom Reed</li></ul><table><tr><td>Cabins</td><td>40</td></tr></table>"
    )
    lines, _ = body(f"<article>{MARKED}{extra}</article>")
    assert lines[len(STORY) :] == ("We sail on.", "Who came", "Ann Other", "Tom Reed", "Cabins 40")


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "<p>Short.</p>",
        f"<div><div><section><div>{MARKED}</div></section></div></div><div><section><div>{MARKED}</div></section></div>",
        "".join(f"<div><div>{TEASER}</div></div>" for _ in range(9)),
    ],
)
def test_it_is_not_sure_where_nothing_stands_out(markup: str) -> None:
    """Two texts of a size, or a front page: somebody else has to look."""
    assert body(markup)[1] < 0.9


def test_text_inside_and_behind_inline_elements_is_kept() -> None:
    """Links, emphasis and what follows elements that are left out."""
    line = f"<p>{SENTENCE} <b>and</b> <a href='/x'>a cat</a><script>x()</script>, the <i>mayor</i> said.</p>"
    lines, _ = body(f"<article>{line}{MARKED}</article>")
    assert lines[0] == f"{SENTENCE} and a cat, the mayor said."
