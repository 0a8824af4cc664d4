"""``tocsin tail`` while the database is away."""

import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from worker.cli.tail import patiently


def test_it_waits_for_the_database_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    """Said once, on standard error: what stands on standard output are stories."""
    answers = [OperationalError("", {}, Exception("gone"))] * 3
    waited: list[float] = []

    def look() -> str:
        if answers:
            raise answers.pop()
        return "news"

    assert "news" == patiently(look, waited.append)
    assert 3 == len(waited)
    out, err = capsys.readouterr()
    assert ("", "tocsin: the database is away; waiting for it\n") == (out, err)


def test_what_no_waiting_mends_is_raised() -> None:
    """A schema that is not this version's stays so."""

    def look() -> None:
        raise ProgrammingError("", {}, Exception("no such table"))

    with pytest.raises(ProgrammingError):
        patiently(look, lambda _: None)
