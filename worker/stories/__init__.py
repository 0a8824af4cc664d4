"""Stories: which articles, from any number of outlets, report the same event.

``features`` takes from an article what it is compared by, ``relate`` says what two articles are to
each other, and why. Pure; ``Rarity`` is what recent articles taught of how rare terms are.
"""

from worker.stories.features import Features, features
from worker.stories.near import SAME_STORY, decide_story, pack, sign, similarity, unpack
from worker.stories.rarity import Rarity, learn
from worker.stories.relation import Relation, RelationKind, relate

__all__ = [
    "SAME_STORY",
    "Features",
    "Rarity",
    "Relation",
    "RelationKind",
    "decide_story",
    "features",
    "learn",
    "pack",
    "relate",
    "sign",
    "similarity",
    "unpack",
]
