"""What is known of an article beside itself and who and what it names."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Context:
    """Where an article came from, and when it is looked at.

    ``feed_name`` is what ``feed:`` is compared with, ``tags`` are that feed's, ``event`` is the kind
    of what happened to the feed where the article tells of that. ``outlets`` is how many outlets
    the story has; None: not known yet. ``now`` is what ``published > -2d`` counts from.
    """

    feed_name: str = ""
    tags: tuple[str, ...] = ()
    event: str = ""
    outlets: int | None = None
    now: datetime | None = None


NO_CONTEXT = Context()
"""Nothing is known beside the article."""
