"""What of a query is judged by titles and figures, before a text is read."""

import pytest

from worker.watches.query import parse_query
from worker.watches.sifting import sifted
from worker.watches.writing import write


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("title:gas", "title:gas"),
        ("title:gas oil", "title:gas"),
        ("title:gas NOT title:oil", "title:gas AND NOT title:oil"),
        ("title:gas NOT oil", "title:gas"),
        ("mentions(person:Putin) >= 2 drone", "mentions(person:Putin) >= 2"),
        ("salience(country:UA) > 0.5 OR title:gas", "salience(country:UA) > 0.5 OR title:gas"),
    ],
)
def test_titles_and_figures_are_kept(query: str, told: str) -> None:
    """And what needs the text is left out, which only lets more through."""
    kept = sifted(parse_query(query).root)
    assert kept is not None
    assert told == write(kept)


@pytest.mark.parametrize(
    "query",
    ["gas", "title:gas OR oil", "gas NOT title:oil", "person:Putin", "gas NOT (title:gas oil)"],
)
def test_nothing_is_kept_that_says_too_little(query: str) -> None:
    """Of alternatives all have to be told, of an opposite the whole."""
    assert sifted(parse_query(query).root) is None
