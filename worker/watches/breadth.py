"""Whether a watch asks for too much to be read by anybody."""

LIMIT = 0.2
"""The share of all articles above which a watch is too broad."""
FEWEST = 50
"""Articles below which a share says nothing."""


def too_broad(matched: int, looked_at: int, *, since: str = "the last 7 days") -> str:
    """The warning for a watch that matches too large a share of the articles looked at.

    ``matched`` of ``looked_at`` articles; ``since`` names the time they are of. ``""`` when the
    share is no more than ``LIMIT``, or too few articles were looked at to tell.
    """
    if looked_at < FEWEST or matched <= LIMIT * looked_at:
        return ""
    return (
        f"This query is broad: it matches {matched:,} of the {looked_at:,} articles of {since} "
        f"({matched / looked_at:.0%}). Narrow it, for example with title:, a second word, "
        "a country or outlets >= 3, or let the watch send a digest."
    )
