"""Floors under the people found by rule, on news texts written for this purpose."""

from pathlib import Path

import pytest
import yaml

from worker.model import Article, Kind
from worker.tagging import Tagger, load_tagger

TEXTS = sorted((Path(__file__).parents[1] / "data" / "names").glob("*.yaml"))


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A tagger with what Tocsin ships."""
    return load_tagger()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_people_found_by_rule_are_right_and_most_are_found(tagger: Tagger, path: Path) -> None:
    """Who is not certain is left out: precision stands above recall."""
    right = wrong = missed = 0
    for case in yaml.safe_load(path.read_text("utf-8")):
        article = Article(title="", text=case["text"], language=path.stem)
        found = {one.name for one in tagger.tag(article) if one.kind is Kind.PERSON}
        expected = set(case["people"])
        right += len(found & expected)
        wrong += len(found - expected)
        missed += len(expected - found)
    assert right / (right + wrong) >= 0.95
    assert right / (right + missed) >= 0.85
