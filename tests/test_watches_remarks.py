"""Queries that can be read, but perhaps otherwise than they were meant."""

import pytest

from worker.watches.query import parse_query
from worker.watches.remarks import remarks


@pytest.mark.parametrize(
    ("query", "remark"),
    [
        ("gas and oil", "and is searched as a word; the operator is AND"),
        ("country:UA (gas or oil)", "or is searched as a word; the operator is OR"),
        ("coal -(gas not oil)", "not is searched as a word; the operator is NOT"),
        ("person:Vladimir Putin", 'write person:"Vladimir Putin"'),
        ("country:UA OR (org:European Central Bank gas)", 'write org:"European Central Bank"'),
        ("gas (country:UA OR RU)", "write country:(UA OR RU)."),
        ('person:"Xi Jinping" | "Joe Biden"', 'write person:("Xi Jinping" OR "Joe Biden").'),
        ("spike(lang:en OR fr) > 3", "write lang:(en OR fr)."),
        ("'peace talks' UA", "double quotes; 'peace begins none"),
        ("gas oil OR coal", "read as (gas AND oil) OR coal."),
    ],
)
def test_what_is_seldom_meant_is_remarked(query: str, remark: str) -> None:
    """One sentence, with what to write instead."""
    (found,) = remarks(parse_query(query))
    assert remark in found


@pytest.mark.parametrize(
    "query",
    [
        'gas "and" oil',
        "and",
        "gas OR oil",
        "(gas oil) OR coal",
        "person:Putin gas",
        "person:Putin AND Ukraine",
        'person:"Vladimir Putin" Ukraine',
        "country:UA Kyiv",
        "country:UA OR ceasefire",
        "country:(UA|RU) OR Kyiv",
        "person:Putin OR war",
        "o'clock rock'n'roll 'tis",
    ],
)
def test_plain_queries_are_not_remarked(query: str) -> None:
    """What is written as documented is taken as meant."""
    assert remarks(parse_query(query)) == ()
