"""How lists are printed where no terminal is."""

import pytest

from worker.cli.output import print_table


def test_cells_stand_under_each_other_however_wide_their_letters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A row is a line; a Chinese letter takes two places, a bell none, and nothing is markup."""
    rows = [["北京", "two  words"], ["a", "[bold]x\a"], ["", ""]]
    print_table(["name", "what\nis said"], rows, empty="None.")
    assert [
        "name  what is said",
        "北京  two words",
        "a     [bold]x",
        "",
    ] == capsys.readouterr().out.splitlines()


def test_what_holds_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """In a sentence, without the header."""
    print_table(["name"], [], empty="None yet.")
    assert "None yet.\n" == capsys.readouterr().out
