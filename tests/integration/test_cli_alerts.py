"""``tocsin alerts show``: one alert's life, from what matched to what each receiver said."""

import json
import re

import pytest
from sqlalchemy import Engine

from bench.outgoing import QUERY, make_alerts, owe
from tests.integration.command import Run
from tests.integration.newsstand import SECRET, Receiver
from tests.integration.outgoing import answering, rows, send_all, webhook
from worker.settings import Settings

TIME = r"\w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+"


@pytest.fixture
def sent(
    engine: Engine,
    settings: Settings,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An alert that one receiver refused once and then took; another channel is paused."""
    monkeypatch.setenv("TOCSIN_TEST_SECRET", SECRET)
    hook, quiet = webhook(engine, "hook", receiver.url), webhook(engine, "quiet", receiver.url)
    with engine.begin() as connection:
        make_alerts(connection, 1)
        owe(connection, [hook, quiet])
    rows(engine, "UPDATE channel SET paused_at = now() WHERE name = 'quiet' RETURNING id")
    rows(
        engine,
        """UPDATE match SET confidence = 'likely', evidence = jsonb_set(jsonb_set(evidence,
               '{0,title_spans}', '[[0, 5]]'), '{0,confidence}', '"likely"') RETURNING item_id""",
    )
    receiver.answer = answering(503)
    send_all(engine, settings)
    rows(engine, "UPDATE delivery SET next_attempt_at = now() RETURNING id")
    receiver.answer = None
    send_all(engine, settings)
    capsys.readouterr()


@pytest.mark.usefixtures("sent")
def test_an_alerts_life_stands_on_one_screen(tocsin: Run, engine: Engine) -> None:
    """What matched and how sure it is, why it rang, its story, each delivery with its attempts."""
    text = " ".join(tocsin("alerts", "show", "1", COLUMNS="300").stdout.split())
    assert text.startswith("putin: Putin arrives, report 0 address https://news.example/0")
    assert "story 1: Putin arrives, report 0" in text
    assert "outlets 1: The Gazette" in text
    assert re.search(rf"matched {TIME}, likely: first report of this story", text)
    assert (
        f"held {QUERY}, likely: “Putin”, “Vladimir Putin” in the headline and in the text" in text
    )
    assert "Vladimir Putin 0 (person Q0), certain: full name, gazetteer" in text
    assert re.search(rf"rang {TIME}: first report of this story", text)
    taken, waiting = text.split("Delivery ")[1:]
    assert taken.startswith("1 by hook (webhook) state sent: delivered: 204")
    assert "channel runs" in taken
    assert re.search(rf"try 1 {TIME}, \d\.\d\d s: 503", taken)
    assert re.search(rf"try 2 {TIME}, \d\.\d\d s: 204", taken)
    assert "channel paused until it is resumed" in waiting
    assert "try 1" not in waiting
    rows(engine, "UPDATE channel SET removed_at = now() WHERE name = 'quiet' RETURNING id")
    text = " ".join(tocsin("alerts", "show", "1", COLUMNS="300").stdout.split())
    assert re.search(r"channel removed .*: nothing is sent there any more", text)


@pytest.mark.usefixtures("sent")
def test_programs_get_all_of_it(tocsin: Run) -> None:
    """The same as JSON, with the words found and whom they name."""
    told = json.loads(tocsin("alerts", "show", "1", "--json").stdout)
    (evidence,) = told["alert"]["evidence"]
    assert (["Putin", "Vladimir Putin"], ["title", "text"]) == (
        evidence["found"],
        evidence["fields"],
    )
    assert {"kind": "person", "key": "Q0", "name": "Vladimir Putin 0", "confidence": "certain",
            "support": "full name", "found_by": "gazetteer"} in evidence["mentions"]  # fmt: skip
    assert "likely" == told["match"]["confidence"]
    assert {"id": 1, "title": "Putin arrives, report 0", "outlets": ["The Gazette"]} == told[
        "story"
    ]
    taken, waiting = told["deliveries"]
    assert [(503, False), (204, True)] == [
        (one["status"], one["delivered"]) for one in taken["attempts"]
    ]
    assert ("sent", "runs") == (taken["state"], taken["lane"]["state"])
    assert ("pending", "paused until it is resumed") == (waiting["state"], waiting["lane"]["state"])
