"""Floors under what is called one story, and the weights are those that the pairs give."""

import json

import pytest

from bench.labelled import PARTS, Pair, load
from bench.pairs import LEAST, Judge, Judged, figures, judge, strangers
from bench.weights import CLASSES, WEIGHTS, examples, fitted
from tests.models import SMALL
from worker.stories.likeness import TRAITS

REPORTS, PAIRS = load()


@pytest.fixture(scope="module")
def said() -> Judge:
    """What tells the reports apart."""
    return judge(REPORTS)


def of_part(part: str) -> list[Pair]:
    """The pairs of a part."""
    return [pair for pair in PAIRS if pair.a.part == part]


@pytest.mark.parametrize("part", PARTS)
def test_pairs_are_called_what_they_are_as_often_as_they_should_be(part: str, said: Judge) -> None:
    """Precision first; each kind has its own floor."""
    found = figures([Judged(pair, *said(pair.a, pair.b)) for pair in of_part(part)])
    assert {} == {name: found[name] for name, least in LEAST[part].items() if found[name] < least}


@pytest.mark.parametrize("part", PARTS)
def test_reports_of_unrelated_events_are_never_one_story(part: str, said: Judge) -> None:
    """Not one of thousands of pairs, many with the same president or the same kind of event."""
    asked, wrong = strangers([one for one in REPORTS if one.part == part], said)
    assert asked > 3_000
    assert [] == wrong


def test_the_weights_are_those_that_the_pairs_give() -> None:
    """Nobody has written them by hand: fitted anew they are the same."""
    reports = [one for one in REPORTS if one.part.endswith("dev")]
    pairs = [pair for pair in PAIRS if pair.a.part.endswith("dev")]
    again = fitted(list(examples(reports, pairs)))
    kept = json.loads(WEIGHTS.read_text("utf-8"))
    assert list(kept) == list(CLASSES[1:])
    for label, column in zip(kept, again.T.tolist(), strict=True):
        assert kept[label] == pytest.approx(
            dict(zip(TRAITS, column, strict=True)), abs=0.15 if SMALL else 0.002
        )
