"""What was held is released into digests: once, by channel and kind, in every form."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from tests.integration.command import Run
from tests.integration.newsstand import SECRET, Receiver
from tests.integration.reports import make_stories
from worker.announcing.digests import release_digests
from worker.demo.sinks import MailSink, mail_text
from worker.jobs import delivering, workplace
from worker.model import HeldKind, Spacing
from worker.queue import DELIVER, Queues
from worker.scheduler.sweep import Sweep
from worker.settings import Settings
from worker.store import alerts, held, watches
from worker.store.engine import dump_json, run
from worker.store.held import Holding

HOUR = timedelta(hours=1)


@pytest.fixture
def mailbox() -> Iterator[MailSink]:
    """A running mail server."""
    sink = MailSink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def stories(
    engine: Engine,
    settings: Settings,
    mailbox: MailSink,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> list[tuple[int, int]]:
    """Five stories that matched; two watches; channels for mail and a webhook."""
    monkeypatch.setenv("TOCSIN_TEST_SECRET", SECRET)
    mail: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": mailbox.port,
        "security": "none",
        "from": "tocsin@example.org",
        "to": ["ann@example.org"],
    }
    hook = {"url": f"{receiver.url}/hook", "secret": "${TOCSIN_TEST_SECRET}"}
    with engine.begin() as connection:
        watches.put_channel(connection, name="mail", kind="email", config=mail)
        watches.put_channel(connection, name="hook", kind="webhook", config=hook)
        for name in ("putin", "gas"):
            watches.put_watch(connection, name=name, query=name, channels=["mail", "hook"])
        made = make_stories(connection, 5)
        run(
            connection,
            """INSERT INTO match (watch_id, item_id, evidence)
               SELECT 1, item_id, CAST(:evidence AS jsonb) FROM article""",
            evidence=dump_json(
                [{"clause": "putin", "value": "Putin", "spans": [[0, 5]], "title_spans": []}]
            ),
        )
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(settings))
    return made


def hold(
    connection: Connection, watch_id: int, story: tuple[int, int], channel: str, **changes: Any
) -> None:
    """Hold a match that was due an hour ago."""
    values: dict[str, Any] = {
        "kind": HeldKind.DIGEST,
        "reason": "quiet hours",
        "due_at": datetime.now(UTC) - HOUR,
    }
    holding = Holding(
        watch_id=watch_id,
        story_id=story[0],
        item_id=story[1],
        channel=channel,
        **values | changes,
    )
    assert 1 == held.hold(connection, [holding])


def release(engine: Engine) -> list[int]:
    """Release what is due, in a transaction."""
    with engine.begin() as connection:
        return release_digests(connection, now=datetime.now(UTC))


def test_what_is_due_arrives_as_one_mail(
    engine: Engine, queues: Queues, stories: list[tuple[int, int]], mailbox: MailSink
) -> None:
    """Grouped by watch, each with evidence and why it was held; what is not due yet waits."""
    with engine.begin() as connection:
        for story in stories[:3]:
            hold(connection, 1, story, "mail")
        hold(connection, 2, stories[0], "mail", reason="cap of the hour reached")
        hold(connection, 2, stories[4], "mail", due_at=datetime.now(UTC) + HOUR)
    Sweep(engine=engine, queues=queues, spacing=Spacing()).release()
    assert 1 == queues.depths()[DELIVER]
    delivering.deliver([1])
    (mail,) = mailbox.mails
    assert () == mail.problems
    assert "Digest: 3 stories for 2 watches" == mail.message["Subject"]
    text = mail_text(mail.message)
    for words in (
        "putin (3 stories)",
        "gas (1 story)",
        "1. Report 2",
        "*Putin* spoke.",
        "quiet hours",
        "cap of the hour reached",
        "https://news.example/2",
    ):
        assert words in text
    assert "Report 4" not in text
    with engine.connect() as connection:
        (alert,) = alerts.list_alerts(connection)
        assert ("digest", "", 1) == (alert.kind, alert.watch, alert.sent)
        assert 4 == len(held.told_by(connection, alert.id))
        assert 1 == held.waiting(connection, 1)


def test_its_stories_stand_with_the_alert(
    engine: Engine, stories: list[tuple[int, int]], tocsin: Run
) -> None:
    """Whoever asks for the alert of a digest sees what was told; an alert of one story has no list."""
    with engine.begin() as connection:
        for story in stories[:2]:
            hold(connection, 1, story, "mail")
    release(engine)
    shown = tocsin("alerts", "show", "1").stdout
    assert "digest: 2 stories" in shown
    assert "  putin: story 2, Report 1\n    https://news.example/1\n" in shown
    assert re.search(r"rang +\w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+: ", shown)
    told = json.loads(tocsin("alerts", "show", "1", "--json").stdout)["stories"]
    assert [("putin", 2), ("putin", 1)] == [(one["watch"], one["story_id"]) for one in told]


def test_looking_back_begins_with_its_first_story(
    engine: Engine, stories: list[tuple[int, int]]
) -> None:
    """What a backfill found was all found just now: that would say nothing."""
    with engine.begin() as connection:
        run(connection, "UPDATE item SET seen_at = '2026-01-02 03:04Z' WHERE id = 1")
        for story in stories[:2]:
            hold(connection, 1, story, "mail", kind=HeldKind.BACKFILL)
    release(engine)
    with engine.connect() as connection:
        (row,) = run(connection, "SELECT reason, content FROM alert")
    assert "looking back: 2 stories" == row["reason"]
    assert row["content"]["since"].startswith("2026-01-02T03:04")


def test_a_receiver_gets_the_digest_as_json(
    engine: Engine, stories: list[tuple[int, int]], receiver: Receiver
) -> None:
    """Signed, with every story."""
    with engine.begin() as connection:
        for story in stories:
            hold(connection, 1, story, "hook", kind=HeldKind.STORM)
    delivering.deliver(release(engine))
    (sent,) = receiver.received
    assert "alert.digest" == sent["type"]
    data: Any = sent["data"]
    assert ("After the storm", 5) == (data["digest"]["title"], data["digest"]["story_count"])
    assert 5 == len(data["sections"][0]["stories"])


def test_each_channel_and_kind_has_its_own(engine: Engine, stories: list[tuple[int, int]]) -> None:
    """A story that waits for two channels is in both; a backfill is no part of a digest."""
    with engine.begin() as connection:
        hold(connection, 1, stories[0], "mail")
        hold(connection, 1, stories[0], "hook")
        hold(connection, 1, stories[0], "mail", kind=HeldKind.BACKFILL)
    assert 3 == len(release(engine))
    assert [] == release(engine)
    with engine.connect() as connection:
        rows = run(connection, "SELECT content ->> 'title' AS title FROM alert ORDER BY id")
        assert ["Digest", "Digest", "Looking back"] == sorted(row["title"] for row in rows)


def test_many_schedulers_release_once(engine: Engine, stories: list[tuple[int, int]]) -> None:
    """Whoever comes second finds nothing."""
    with engine.begin() as connection:
        for story in stories:
            hold(connection, 1, story, "mail")
    found: list[list[int]] = []
    threads = [threading.Thread(target=lambda: found.append(release(engine))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [0, 0, 0, 1] == sorted(len(one) for one in found)
    with engine.connect() as connection:
        assert 1 == len(alerts.list_alerts(connection))


def test_a_release_that_dies_has_released_nothing(
    engine: Engine, stories: list[tuple[int, int]]
) -> None:
    """The next one tells it all."""
    with engine.begin() as connection:
        hold(connection, 1, stories[0], "mail")
    with engine.connect() as connection, connection.begin() as transaction:
        assert 1 == len(release_digests(connection, now=datetime.now(UTC)))
        transaction.rollback()
    assert 1 == len(release(engine))


def test_an_update_arrives_in_the_thread_of_the_first_mail(
    engine: Engine, stories: list[tuple[int, int]], mailbox: MailSink, receiver: Receiver
) -> None:
    """With the first one's subject and a reference to it; a receiver is told which alert it continues."""
    story, item = stories[0]
    with engine.begin() as connection:
        for kind, once, reason in (("story", "", "first report"), ("update", "u", "5 outlets")):
            run(
                connection,
                """
                WITH made AS (
                    INSERT INTO alert (kind, once, watch_id, story_id, item_id, reason)
                    VALUES (:kind, :once, 1, :story, :item, :reason) RETURNING id
                )
                INSERT INTO delivery (alert_id, channel_id, message_id)
                SELECT made.id, channel.id, '<' || :kind || channel.name || '@tocsin>'
                FROM made CROSS JOIN channel
                """,
                kind=kind,
                once=once,
                story=story,
                item=item,
                reason=reason,
            )
    delivering.deliver([1, 2, 3, 4])
    first, update = sorted((one.message for one in mailbox.mails), key=lambda m: m["Message-ID"])
    assert f"Re: {first['Subject']}" == update["Subject"]
    assert first["Message-ID"] == update["References"] == update["In-Reply-To"]
    assert "New: 5 outlets" in mail_text(update)
    by_type: dict[Any, Any] = {one["type"]: one["data"] for one in receiver.received}
    assert {"first_alert": 1} == by_type["story.updated"]["update"]
    assert "update" not in by_type["alert.matched"]
