"""Which watches are too broad, and how that is said."""

import pytest

from worker.watches.breadth import too_broad


@pytest.mark.parametrize(
    ("matched", "looked_at", "warned"),
    [(0, 0, False), (10, 10, False), (49, 49, False), (20, 100, False), (21, 100, True)],
)
def test_more_than_a_fifth_is_too_broad(matched: int, looked_at: int, *, warned: bool) -> None:
    """A fifth is allowed; a handful of articles tells nothing."""
    assert warned == bool(too_broad(matched, looked_at))


def test_the_warning_has_the_figures_and_the_mend() -> None:
    """The counts, the share and the time stand in it, and what to do."""
    warning = too_broad(1312, 5000, since="the last 30 days")
    assert "1,312 of the 5,000 articles of the last 30 days (26%)" in warning
    assert "Narrow it" in warning
