"""Checking a query all the way: its grammar, and the names it uses."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from worker.model import Topic

if TYPE_CHECKING:
    from worker.tagging import Tagger
    from worker.watches.query import Query


def check_query(text: str, topics: Sequence[Topic] = ()) -> "Query":
    """Parse a query and look up what it names, the user's own topics too. Raises QueryError."""
    from worker.watches.resolve import read_query, with_topics

    return read_query(text, with_topics(_tagger().find, topics))


@cache
def _tagger() -> "Tagger":
    """The shipped gazetteer, read once, when the first query is checked; no model is loaded."""
    from worker.tagging import load_tagger

    return load_tagger()
