"""Which watches are too broad, and how that is said."""

import pytest

from worker.watches.breadth import too_broad


@pytest.mark.parametrize(
    ("matched", "looked_at", "warned"),
    [(0, 0, False), (40, 200, False), (41, 200, True), (199, 199, False), (2, 5000, False)],
)
def test_more_than_a_fifth_is_too_broad(matched: int, looked_at: int, *, warned: bool) -> None:
    """A fifth is allowed, and of less than 200 articles nothing is said."""
    assert warned == bool(too_broad(matched, looked_at))


def test_the_warning_has_the_share_and_the_mend() -> None:
    """How much it is, and what to do."""
    warning = too_broad(1312, 5000)
    assert "26% of all articles match" in warning
    assert "Narrow it" in warning
