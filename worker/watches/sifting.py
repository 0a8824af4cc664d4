"""What of a query can be judged without an article's text.

Numbers of the archive's index tell neither where a word stands nor how often something is named. To
read an article's text for that is a waste: title and mentions are enough, and much shorter.
"""

from worker.watches.query import wants_something
from worker.watches.tree import AllOf, AnyOf, Clause, Compare, Field, Measure, Node, NoneOf

_FIGURES = {Measure.MENTIONS, Measure.SALIENCE}


def sifted(root: Node) -> Node | None:
    """What holds in each article that a query matches, and asks for title and mentions alone.

    None where nothing is left that says more than the index does.
    """
    kept = _kept(root)
    return kept if kept is not None and wants_something(kept) else None


def _kept(node: Node) -> Node | None:
    match node:
        case Clause():
            return node if node.field is Field.TITLE else None
        case Compare():
            return node if node.measure in _FIGURES else None
        case AllOf(parts):
            kept = [one for part in parts if (one := _kept(part)) is not None]
            return AllOf(tuple(kept)) if len(kept) > 1 else kept[0] if kept else None
        case AnyOf(parts):
            whole = [one for part in parts if (one := _kept(part)) is not None]
            return AnyOf(tuple(whole)) if len(whole) == len(parts) else None
        case NoneOf(part):
            # The opposite of a part of what is asked would be too much.
            return node if _kept(part) == part else None
    return None
