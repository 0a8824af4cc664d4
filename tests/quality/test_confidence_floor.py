"""Floors under how sure mentions are, on labelled articles written for this purpose."""

from pathlib import Path

import pytest

from bench.confidence import LEAST, Judged, figures, judge, read_articles
from worker.tagging import load_tagger

FILES = sorted((Path(__file__).parent / "confidence").glob("*.yaml"))


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    """Every labelled name."""
    tagger = load_tagger()
    return [one for file in FILES for one in judge(tagger, read_articles(file))]


def test_the_articles_are_many_and_half_of_them_traps() -> None:
    """In eight languages."""
    articles = [one for file in FILES for one in read_articles(file)]
    assert len(articles) >= 340
    assert {"en", "de", "fr", "es", "it", "pl", "ru", "uk"} == {
        a.article.language for a in articles
    }
    traps = [
        one for one in articles if all(label.value == "possible" for label in one.labels.values())
    ]
    assert 0.4 <= len(traps) / len(articles) <= 0.6


@pytest.mark.parametrize("what", LEAST)
def test_mentions_are_as_sure_as_they_should_be(judged: list[Judged], what: str) -> None:
    """Certain is right, what is meant is found, and traps are held."""
    assert figures(judged)[what] >= LEAST[what]
