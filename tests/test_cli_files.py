"""Files that a user names: what is wrong with one is told in one line."""

from pathlib import Path

import pytest

from worker.cli.catalogue import read_file
from worker.cli.files import text_file
from worker.cli.output import CliError


def test_a_mark_at_the_beginning_is_no_text(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfZ\xc3\xbcrich")
    assert text_file(tmp_path / "a") == "Zürich"


def test_what_is_no_text_is_told_with_the_mend(tmp_path: Path) -> None:
    """No word of Python's in it."""
    (tmp_path / "a").write_bytes("Zürich".encode("latin-1"))
    for path, told in (
        (tmp_path / "a", "it is not UTF-8 at byte 1; save it as UTF-8"),
        (tmp_path, "Is a directory; name a file that can be"),
    ):
        with pytest.raises(CliError) as refusal:
            text_file(path)
        assert str(refusal.value) == f"cannot read {path}: {told}"


def test_a_catalogue_that_is_not_there_is_told_as_that(tmp_path: Path) -> None:
    """It is the first thing a new user gets wrong."""
    with pytest.raises(CliError, match=r"none\.yaml does not exist: name a feeds\.yaml that does"):
        read_file(tmp_path / "none.yaml")
