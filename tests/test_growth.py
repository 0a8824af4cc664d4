"""What strangers write takes time that grows with it, not with its square."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import trafilatura

from worker.articles.extract import NoArticle, extract_page
from worker.articles.fullness import cut_off
from worker.articles.furniture import judge
from worker.model import Article
from worker.tagging.document import read_document

#: A hostile text is made so many times as long, and may take so many times as long as before.
LONGER, ALLOWED = 8, 24


def cpu_seconds(run: Callable[[str], object], text: str) -> float:
    """The least of three runs."""
    took = []
    for _ in range(3):
        begun = time.process_time()
        run(text)
        took.append(time.process_time() - begun)
    return min(took)


def document(text: str) -> object:
    """Lay an article out."""
    return read_document(Article(title="T", text=text))


def ends(text: str) -> object:
    """Whether a text is cut off."""
    return cut_off(text + "x")


def names(text: str) -> object:
    """A line that ends as a credit would, of a word that could be parted into many."""
    return judge([f"A line of a story. {text[:140]}/{text[:40]}!"] * (len(text) // 140))


HOSTILE: dict[str, tuple[Callable[[str], object], str]] = {
    "line breaks before what may be a credit": (document, "\n"),
    "lines of brackets before what may be a credit": (document, "(\n"),
    "full stops that do not end a line": (ends, "."),
    "a word before a slash": (names, "a"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_with_the_text(name: str) -> None:
    """Of a square, a text eight times as long would take 64 times as long."""
    run, part = HOSTILE[name]
    length = 4_000 // len(part)
    cpu_seconds(run, part)  # what is loaded only once does not count
    short = cpu_seconds(run, part * length)
    assert cpu_seconds(run, part * length * LONGER) <= ALLOWED * max(short, 0.0005)


@pytest.mark.parametrize(("blocks", "asked"), [(20, [True, False]), (6_100, [True])])
def test_a_page_of_very_many_blocks_is_read_by_the_fast_algorithm_alone(
    monkeypatch: pytest.MonkeyPatch, blocks: int, asked: list[bool]
) -> None:
    """The others compare each block with all."""
    extraction, told = trafilatura.bare_extraction, []

    def noted(tree: Any, *, fast: bool, **rest: Any) -> Any:
        told.append(fast)
        return extraction(tree, fast=fast, **rest)

    monkeypatch.setattr(trafilatura, "bare_extraction", noted)
    with suppress(NoArticle):
        extract_page(f"<html><head>{'<p>a</p>' * blocks}</head><body>b</body></html>".encode())
    assert told == asked
