"""``tocsin watches mute``, ``unmute`` and ``mutes``; how a watch rings, by options."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.integration.archive import Archive, putin
from tests.integration.command import Run, one_line

TEXT = "Putin arrived in Helsinki."


@pytest.fixture
def store(tocsin: Run, engine: Engine) -> Run:
    """Two watches, and a story of the Gazette that names Putin."""
    Archive(engine).add("Talks open", TEXT, mentions=(putin(TEXT),))
    tocsin("watches", "add", "storms", "storm")
    tocsin("watches", "add", "putin", 'person:"Vladimir Putin"')
    return tocsin


def mutes(tocsin: Run) -> list[dict[str, Any]]:
    """What is muted, as JSON tells."""
    found: list[dict[str, Any]] = json.loads(tocsin("watches", "mutes", "--json").stdout)
    return found


def test_a_watch_is_muted_until_a_time_and_unmuted(store: Run) -> None:
    """Muting it again sets another time; lists and the watch itself show it."""
    store("watches", "mute", "storms", "--until", "2h")
    said = store("watches", "mute", "storms", "--until", "3d").stdout
    assert said.startswith("Muted 'storms' until ")
    (one,) = mutes(store)
    assert ("watch", "storms") == (one["kind"], one["watch"])
    left = datetime.fromisoformat(one["until"]) - datetime.now(UTC)
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)
    listed = {w["name"]: w["muted"] for w in json.loads(store("watches", "list", "--json").stdout)}
    assert {"storms": True, "putin": False} == listed
    assert "storms (muted)" in store("watches", "show", "storms").stdout
    assert "Unmuted watch storms.\n" == store("watches", "unmute", "storms").stdout
    assert [] == mutes(store)
    assert "'storms' is not muted" in one_line(store("watches", "unmute", "storms"))


def test_a_story_an_outlet_or_an_entity_is_muted(store: Run) -> None:
    """For one watch or for all; by names as people write them, kept as stories have them."""
    story = store("watches", "mute", "putin", "--story", "1").stdout
    assert "Muted story 1 (Talks open) for 'putin' until it is unmuted.\n" == story
    store("watches", "mute", "--outlet", "gazette")
    store("watches", "mute", "--entity", "Putin")
    found = [(one["kind"], one["value"], one["watch"]) for one in mutes(store)]
    assert [
        ("story", "1", "putin"),
        ("outlet", "Gazette", ""),
        ("entity", "person:vladimir-putin", ""),
    ] == found
    listed = store("watches", "mutes").stdout
    assert "all watches" in listed
    assert "entity Vladimir Putin" in listed
    assert "muted:     story 1 until it is unmuted" in store("watches", "show", "putin").stdout
    assert (
        "Unmuted outlet Gazette.\nUnmuted story 1 (Talks open).\n"
        == store("watches", "unmute", "2", "putin").stdout
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mute",), "name a watch, or what is muted for all"),
        (("mute", "none"), "no watch named 'none'"),
        (("mute", "storms", "--until", "soon"), "--until 'soon' is no moment: write 2h, 3d"),
        (("mute", "storms", "--until", "2020-01-01"), "is over already: it was Wed 2020-01-01"),
        (("mute", "storms", "--story", "99"), "no story 99"),
        (("mute", "--outlet", "Gazete"), "did you mean Gazette?"),
        (("mute", "--entity", "Vladimr Putin"), "did you mean 'Vladimir Putin'"),
        (("mute", "storms", "--story", "1", "--outlet", "Gazette"), "mute one at a time"),
        (("unmute", "7"), "no mute 7"),
    ],
)
def test_what_cannot_be_muted_is_named(store: Run, arguments: tuple[str, ...], words: str) -> None:
    """One line with the mend."""
    assert words in one_line(store("watches", *arguments))
    assert [] == mutes(store)


def test_how_a_watch_rings_is_set_by_options(store: Run) -> None:
    """Told in words; what is not named stays; none takes it away."""
    options = ("--digest", "daily 8:00", "--zone", "Europe/Berlin", "--update-at", "5, 20")
    added = store("watches", "add", "floods", "flood", *options).stdout
    assert "Tells of certain and likely matches in a digest, daily 08:00; again when 5, 20" in added
    edited = store("watches", "edit", "floods", "--cap", "10", "--update-source", "Gazette").stdout
    assert "now tells of certain and likely matches in a digest, daily 08:00; at most 10" in edited
    shown = json.loads(store("watches", "show", "floods", "--json").stdout)["watch"]["policy"]
    assert ("daily 08:00", "Europe/Berlin", 10) == (shown["digest"], shown["zone"], shown["cap"])
    assert ([5, 20], ["Gazette"]) == (shown["outlets"], shown["sources"])
    store("watches", "edit", "floods", "--digest", "none", "--update-at", "none", "--cap", "none")
    shown = json.loads(store("watches", "show", "floods", "--json").stdout)["watch"]["policy"]
    assert ("", None, [], ["Gazette"]) == tuple(
        shown[name] for name in ("digest", "cap", "outlets", "sources")
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--floor", "sure"), "--floor is 'sure': write certain, likely or possible"),
        (("--digest", "dayly"), "--digest is 'dayly': write hourly"),
        (("--zone", "Europe/Berln"), "did you mean 'Europe/Berlin'?"),
        (("--quiet", "22-7"), "--quiet is '22-7': write two times of day"),
        (("--update-at", "1"), "--update-at holds '1': write numbers from 2"),
    ],
)
def test_a_wrong_option_is_named(store: Run, arguments: tuple[str, ...], words: str) -> None:
    """With what would be right."""
    assert words in one_line(store("watches", "edit", "storms", *arguments))


def test_a_switch_keeps_how_a_watch_rings(store: Run) -> None:
    """Disabling and enabling change nothing else."""
    store("watches", "edit", "storms", "--cap", "3")
    store("watches", "disable", "storms")
    store("watches", "enable", "storms")
    watch = json.loads(store("watches", "show", "storms", "--json").stdout)["watch"]
    assert (3, True) == (watch["policy"]["cap"], watch["enabled"])
