"""Which watches ask for a rate of stories: those whose whole query is ``spike(...) > 3``."""

from worker.model import Entity, Kind
from worker.watches.query import QueryError, parse_query
from worker.watches.tree import Spike


def spike_of(query: str) -> Spike | None:
    """What a spike watch asks for; ``None`` for another query and for one that cannot be read."""
    try:
        root = parse_query(query, _any_topic).root
    except QueryError:
        return None
    return root if isinstance(root, Spike) else None


def _any_topic(kind: Kind, name: str) -> Entity:
    """Whether a topic is known does not matter here."""
    return Entity(kind=kind, key=name, name=name)
