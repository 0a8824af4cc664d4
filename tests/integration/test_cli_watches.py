"""``tocsin watches``: added, changed, switched off and on, removed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command import Run, one_line

DECLARED = """\
channels:
  - {name: console, kind: console}
watches:
  - {name: storms, query: storm, channels: [console]}
"""


@pytest.fixture
def storms(tocsin: Run) -> Run:
    """A store with a watch."""
    tocsin("watches", "add", "storms", "storm")
    return tocsin


def watches(tocsin: Run) -> list[dict[str, Any]]:
    """Every watch, as JSON tells."""
    found: list[dict[str, Any]] = json.loads(tocsin("watches", "list", "--json").stdout)
    return found


def test_an_edit_says_what_it_changed(storms: Run) -> None:
    """The name, the query and the channels; whatever was not named stays."""
    done = storms("watches", "edit", "storms", "--query", "storm OR flood", "--rename", "weather")
    told = ["Changed 'storms':", "  name: storms -> weather", "  query: storm -> storm OR flood"]
    assert told == done.stdout.splitlines()
    (watch,) = watches(storms)
    now = (watch["name"], watch["query"], watch["channels"], watch["enabled"])
    assert ("weather", "storm OR flood", ["console"], True) == now


def test_what_is_seldom_meant_is_remarked(storms: Run) -> None:
    """The watch is changed all the same, and a new one is added."""
    edited = storms("watches", "edit", "storms", "--query", "storm and flood").stdout
    assert "Note: and is searched as a word; the operator is AND, in capitals." in edited
    added = storms("watches", "add", "floods", "country:UA OR RU").stdout
    assert "write country:(UA OR RU)" in added
    assert ["country:UA OR RU", "storm and flood"] == sorted(w["query"] for w in watches(storms))


def test_an_edit_that_changes_nothing_says_so(storms: Run) -> None:
    """It is no mistake."""
    assert (
        "'storms' is so already.\n"
        == storms("watches", "edit", "storms", "--query", "storm").stdout
    )


def test_a_wrong_edit_changes_nothing(storms: Run) -> None:
    """A wrong query beside a good name, a taken name, an unknown channel."""
    storms("watches", "add", "floods", "flood")
    before = watches(storms)
    wrong = storms("watches", "edit", "storms", "--rename", "weather", "--query", "storm AND")
    assert (2, "^" in wrong.stderr) == (wrong.returncode, True)
    taken = storms("watches", "edit", "storms", "--rename", "floods")
    assert "a watch named 'floods' exists already" in one_line(taken)
    assert "no channel named 'desk'" in one_line(storms("watches", "edit", "storms", "-c", "desk"))
    assert "nothing to change" in one_line(storms("watches", "edit", "storms"))
    assert before == watches(storms)


def test_a_misspelt_watch_is_guessed(storms: Run) -> None:
    """The mend names it."""
    assert "did you mean storms?" in one_line(storms("watches", "edit", "storm", "--query", "x"))
    storms("watches", "add", "Floods in western Europe", "flood")
    assert "did you mean Floods in western" in one_line(storms("watches", "show", "floods"))


def test_watches_are_disabled_and_enabled(storms: Run) -> None:
    """Several at once; all of them or none."""
    storms("watches", "add", "floods", "flood")
    assert "no watch named" in one_line(storms("watches", "disable", "storms", "nonsense"))
    assert [True, True] == [watch["enabled"] for watch in watches(storms)]
    told = storms("watches", "disable", "storms", "floods").stdout
    assert "'storms' is disabled.\n'floods' is disabled.\n" == told
    assert [False, False] == [watch["enabled"] for watch in watches(storms)]
    assert "'storms' is disabled already.\n" == storms("watches", "disable", "storms").stdout
    assert "'storms' is enabled.\n" == storms("watches", "enable", "storms").stdout
    assert [False, True] == [watch["enabled"] for watch in watches(storms)]


def test_what_feeds_yaml_sets_again_is_said(tocsin: Run, tmp_path: Path) -> None:
    """An edit and a switch of a declared watch last until the file is applied."""
    (tmp_path / "feeds.yaml").write_text(DECLARED, encoding="utf-8")
    tocsin("apply", "feeds.yaml")
    edited = tocsin("watches", "edit", "storms", "--query", "flood").stdout
    assert "feeds.yaml declares it: tocsin apply sets what the file says again." in edited
    assert "feeds.yaml declares it" in tocsin("watches", "disable", "storms").stdout
    tocsin("apply", "feeds.yaml")
    (watch,) = watches(tocsin)
    assert ("storm", True) == (watch["query"], watch["enabled"])
    renamed = tocsin("watches", "edit", "storms", "--rename", "weather").stdout
    assert "feeds.yaml declares 'storms': tocsin apply adds that again." in renamed
    tocsin("apply", "feeds.yaml")
    assert ["storms", "weather"] == [watch["name"] for watch in watches(tocsin)]
