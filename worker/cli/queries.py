"""Checking a query all the way: its grammar, and the names it uses."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.tagging import Tagger
    from worker.watches.query import Query


def check_query(text: str) -> "Query":
    """Parse a query and look up what it names. Raises QueryError."""
    from worker.watches.query import parse_query
    from worker.watches.resolve import resolve_query

    return resolve_query(parse_query(text), _tagger().find)


@cache
def _tagger() -> "Tagger":
    """The shipped gazetteer, read once, when the first query is checked; no model is loaded."""
    from worker.tagging import load_tagger

    return load_tagger()
