"""The labelled pairs of reports are what their README says."""

import re
from collections import Counter

import pytest

from bench.labelled import PARTS, Pair, load
from bench.pairs import LABELS

REPORTS, PAIRS = load()
KINDS = {
    "same": {"copy", "cut copy", "rewrite", "independent", "translation"},
    "follow-up": {"follow-up"},
    "different": {"same people", "same place", "same template", "same topic"},
}


def words(pair: Pair) -> tuple[Counter[str], Counter[str]]:
    """The words of both reports."""
    return tuple(  # type: ignore[return-value]
        Counter(re.findall(r"\w+", f"{one.article.title} {one.article.text}".casefold()))
        for one in (pair.a, pair.b)
    )


def test_labels_and_kinds_are_those_of_the_readme() -> None:
    """A label that the scorer does not count would be a pair lost."""
    assert set(KINDS) == set(LABELS)
    assert all(pair.kind in KINDS[pair.label] for pair in PAIRS)


def test_no_pair_is_listed_twice_or_of_one_report() -> None:
    """Neither the same way round nor the other."""
    listed = Counter(frozenset({pair.a.id, pair.b.id}) for pair in PAIRS)
    assert [ids for ids, times in listed.items() if times > 1 or len(ids) < 2] == []


def test_a_pair_lies_in_one_part_and_dev_and_held_have_each_kind() -> None:
    """Figures of one part could not be trusted if the other had taught the rules."""
    assert all(pair.a.part == pair.b.part for pair in PAIRS)
    for part in ("dev", "held"):
        kinds = {pair.kind for pair in PAIRS if pair.a.part == part}
        assert set.union(*KINDS.values()) - {"same place"} <= kinds


def test_events_told_by_several_outlets_are_many_in_dev_and_held() -> None:
    """Thirty and more each, with what lies near them, none of them in both."""
    assert {pair.a.part for pair in PAIRS} == set(PARTS)
    told: dict[str, set[str]] = {"outlets dev": set(), "outlets held": set()}
    for pair in PAIRS:
        if pair.a.part in told and pair.label == "same":
            told[pair.a.part].add(pair.a.id.rpartition(".")[0])
    assert min(map(len, told.values())) >= 30
    for part in told:
        kinds = {pair.kind for pair in PAIRS if pair.a.part == part}
        assert kinds == {"independent", "follow-up"} | KINDS["different"]


def test_every_report_is_asked_for() -> None:
    """A report of no pair is written for nothing."""
    asked = {one.id for pair in PAIRS for one in (pair.a, pair.b)}
    assert {one.id for one in REPORTS} - asked == set()


@pytest.mark.parametrize(
    "pair",
    [pair for pair in PAIRS if pair.kind == "rewrite" and pair.a.article.language != "zh"],
    ids=lambda pair: f"{pair.a.id} {pair.b.id.rpartition('/')[2]}",
)
def test_a_rewrite_has_other_words(pair: Pair) -> None:
    """Else it would be a near copy, which is easy."""
    left, right = words(pair)
    kept = (left & right).total() / min(left.total(), right.total())
    assert kept <= 0.75
