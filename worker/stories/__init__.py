"""Stories: which articles, from any number of outlets, report the same event.

``features`` takes from an article what it is compared by, ``relate`` says what two articles are to
each other, and why; ``decide_story`` which story an article joins, of those that ``keys_of`` find.
Pure; ``Rarity`` is what recent articles taught of how rare terms are.
"""

from worker.stories.decision import Candidate, Decision, decide_story
from worker.stories.features import Features, features
from worker.stories.keys import keys_of
from worker.stories.rarity import Rarity, learn
from worker.stories.relation import Relation, RelationKind, compare, relate
from worker.stories.weighed import Weighed

__all__ = [
    "Candidate",
    "Decision",
    "Features",
    "Rarity",
    "Relation",
    "RelationKind",
    "Weighed",
    "compare",
    "decide_story",
    "features",
    "keys_of",
    "learn",
    "relate",
]
