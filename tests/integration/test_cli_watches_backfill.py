"""``tocsin watches backfill``: what came before a watch, told in one digest and never again."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.integration.archive import Archive, putin
from tests.integration.command import Run, one_line
from worker.alerts.reasons import AlertReason
from worker.announcing.digests import release_digests
from worker.cli.watches import backfilling
from worker.store.engine import run

TEXT = "Putin arrived in Helsinki."
DAY = timedelta(days=1)


@pytest.fixture
def archive(engine: Engine, tocsin: Run) -> Archive:
    """Three stories of Putin, one of two items, one of a baseline, one too old; and a watch."""
    made = Archive(engine)
    first = made.add("Talks open", TEXT, ago=3 * DAY, mentions=(putin(TEXT),))
    story = made.story_of(first)
    made.add("Talks", TEXT, ago=2 * DAY, feed="courier", mentions=(putin(TEXT),), story=story)
    made.add("Speech", TEXT, ago=DAY, mentions=(putin(TEXT),), baseline=True)
    made.add("Long ago", TEXT, ago=50 * DAY, mentions=(putin(TEXT),))
    made.add("Storm", "A storm came.", ago=DAY)
    tocsin("watches", "add", "putin", 'person:"Vladimir Putin"')
    return made


def filled(tocsin: Run, *arguments: str) -> dict[str, Any]:
    """A backfill of the last thirty days, as JSON tells."""
    done = tocsin("watches", "backfill", "putin", "--since", "30d", "--json", *arguments)
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rows(archive: Archive, sql: str) -> list[dict[str, Any]]:
    """What the database says."""
    with archive.engine.connect() as connection:
        return run(connection, sql)


def test_a_dry_run_tells_and_stores_nothing(tocsin: Run, archive: Archive) -> None:
    """Matches, stories, and how many would be told."""
    done = tocsin("watches", "backfill", "putin", "--since", "30d", "--dry-run").stdout
    assert "3 matches in 2 stories of 4 articles in 30 d." in done
    assert "2 stories would be told in one digest by console." in done
    assert [] == rows(archive, "SELECT * FROM match")
    assert [] == rows(archive, "SELECT * FROM held")


def test_stories_are_told_in_one_digest_and_never_again(
    tocsin: Run, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each match is on record; one alert tells of all; a second backfill has nothing left."""
    found = filled(tocsin)
    assert (3, 2, 2) == tuple(found[name] for name in ("matches", "stories", "told"))
    assert "2 held" in tocsin("watches", "show", "putin").stdout
    assert {"found by a backfill"} == {one["reason"] for one in rows(archive, "TABLE match")}
    with archive.engine.begin() as connection:
        release_digests(connection, now=datetime.now(UTC))
    capsys.readouterr()  # its log
    (watch,) = json.loads(tocsin("watches", "list", "--json").stdout)
    assert (3, 0, True) == (
        watch["matches_of_week"],
        watch["held"],
        watch["last_rang_at"] is not None,
    )
    (alert,) = rows(archive, "SELECT kind FROM alert")
    assert "digest" == alert["kind"]
    assert 1 == len(rows(archive, "SELECT * FROM delivery"))
    again = filled(tocsin)
    assert (3, 0, 2) == tuple(again[name] for name in ("matches", "told", "held"))
    said = tocsin("watches", "backfill", "putin", "--since", "30d").stdout
    assert f"2 not told: {AlertReason.HELD.value}\nNothing is left to tell." in said
    assert 2 == len(rows(archive, "SELECT * FROM held"))


def test_a_story_that_rang_is_not_told(tocsin: Run, archive: Archive) -> None:
    """Whichever article it rang for; what is on record of it stays."""
    with archive.engine.begin() as connection:
        run(
            connection,
            """INSERT INTO alert (kind, watch_id, story_id, item_id, reason)
               VALUES ('story', 1, 1, 1, 'first report of this story')""",
        )
        run(
            connection,
            """INSERT INTO match (watch_id, item_id, announced, reason)
               VALUES (1, 1, true, 'first report of this story')""",
        )
    found = filled(tocsin)
    assert (1, 1) == (found["told"], found["rung"])
    reasons = {one["item_id"]: one["reason"] for one in rows(archive, "TABLE match")}
    assert {
        1: "first report of this story",
        2: AlertReason.RUNG.value,
        3: "found by a backfill",
    } == reasons


def test_what_cannot_be_filled_is_refused(
    tocsin: Run, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many stories, a disabled watch, a spike, nonsense."""

    def refused(name: str, since: str = "30d") -> str:
        return one_line(tocsin("watches", "backfill", name, "--since", since))

    monkeypatch.setattr(backfilling, "MOST_STORIES", 1)
    assert "2 stories are too many for a digest" in refused("putin")
    assert 2 == filled(tocsin, "--anyway", "--dry-run")["told"]
    assert "--since 'soon' is no length of time" in refused("putin", "soon")
    tocsin("watches", "disable", "putin")
    assert "'putin' is disabled: tocsin watches enable putin" in refused("putin")
    tocsin("watches", "add", "rate", "spike(storm) > 3")
    assert "'rate' rings for a rate" in refused("rate")
