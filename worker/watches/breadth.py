"""Whether a watch asks for too much to be read by anybody."""

LIMIT = 0.2
"""The share of all articles above which a watch is too broad."""
FEWEST = 200
"""Articles of which a share tells something: of fewer, one day's event makes up a fifth."""


def too_broad(matched: int, looked_at: int) -> str:
    """The warning for a watch that matches ``matched`` of ``looked_at`` articles of late.

    ``""`` when that is no more than the share ``LIMIT``, or there are too few to tell.
    """
    if looked_at < FEWEST or matched <= LIMIT * looked_at:
        return ""
    return (
        f"Too broad: {matched / looked_at:.0%} of all articles match. "
        "Narrow it with title:, another word, a country or outlets >= 3, or let it send a digest."
    )
