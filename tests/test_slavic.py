"""People and organizations in Russian and Ukrainian texts, through the whole tagger."""

import pytest

from worker.model import Kind
from worker.tagging import Article, Tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """The tagger as it is shipped."""
    return Tagger()
