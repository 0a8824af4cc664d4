"""What webhooks carry: as published, never large, and honest about what is left out."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate as validate_openapi
from typer.testing import CliRunner

from worker.alerts.payload import (
    LARGEST,
    cloud_event,
    encoded,
    thin,
)
from worker.alerts.payload.examples import enveloped, event_of, examples
from worker.alerts.payload.generate import generated
from worker.alerts.payload.models import EventType
from worker.alerts.payload.schema import EVENTS, json_schema, openapi
from worker.cli import app
from worker.model import (
    Announcement,
    Article,
    Digest,
    DigestSection,
    EventKind,
    Evidence,
    FeedEvent,
    FeedTrouble,
    Heartbeat,
    HourCount,
    Kind,
    Mention,
    Notice,
    Spike,
    StoryLine,
    Update,
)

AT = datetime(2026, 3, 19, 22, 31, tzinfo=UTC)
EXAMPLES = examples()
CLOUDEVENTS = json.loads((Path(__file__).parent / "data" / "cloudevents.schema.json").read_text())


def validator(schema: dict[str, Any]) -> Any:
    """A validator that checks formats, too."""
    kind = jsonschema.Draft202012Validator
    kind.check_schema(schema)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


@cache
def published() -> Any:
    """A validator of what is published."""
    return validator(json_schema())


# ------------------------------------------------------------------------------- documents


@pytest.mark.parametrize("path", generated(), ids=lambda path: path.name)
def test_what_is_made_from_the_models_is_up_to_date(path: Path) -> None:
    """The schemas and the page are what the models say; ``make schemas`` writes them anew."""
    assert path.read_text(encoding="utf-8") == generated()[path]


def test_the_openapi_document_is_one() -> None:
    """OpenAPI 3.1 with a webhook for each type of event, each with what it carries."""
    document = openapi()
    validate_openapi(document)
    assert list(document["webhooks"]) == list(EXAMPLES)
    for kind, webhook in document["webhooks"].items():
        content = webhook["post"]["requestBody"]["content"]
        shown = content["application/json"]["examples"]["whole"]["value"]
        assert shown["type"] == kind
        whole = content["application/json"]["schema"]["oneOf"][0]["$ref"].rpartition("/")[2]
        validator({**json_schema(), "oneOf": [{"$ref": f"#/$defs/{whole}"}]}).validate(shown)


def test_each_type_of_event_has_an_example() -> None:
    """All types there are: those of the schema, of the thin form, and each event of a feed."""
    assert set(EXAMPLES) == set(EVENTS) == set(get_args(EventType))
    assert {kind.value for kind in EventKind} < set(EXAMPLES)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_examples_follow_the_schema(kind: str) -> None:
    """Whole, thin and as a CloudEvent; only one of the bodies described fits each."""
    example = EXAMPLES[kind]
    assert kind == example["type"]
    for body in (example, thin(example), enveloped(example), enveloped(thin(example))):
        published().validate(json.loads(encoded(body)))


@pytest.mark.parametrize(
    "broken",
    [
        lambda event: {**event, "extra": 1},
        lambda event: {**event, "version": 2},
        lambda event: {**event, "type": "alert.other"},
        lambda event: {**event, "timestamp": "2026-03-19T25:31:09Z"},
        lambda event: {**event, "data": {**event["data"], "extra": 1}},
        lambda event: {k: v for k, v in event.items() if k != "version"},
        lambda event: {**event, "data": {k: v for k, v in event["data"].items() if k != "cut"}},
    ],
)
@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_schema_is_strict(kind: str, broken: Any) -> None:
    """An unknown field, a missing one or a wrong value is refused in every event."""
    with pytest.raises(jsonschema.ValidationError):
        published().validate(broken(EXAMPLES[kind]))


# ------------------------------------------------------------------------------- other forms


def test_a_thin_event_has_ids_and_a_way_to_the_rest() -> None:
    """No text of the article, no query, no names."""
    assert thin(EXAMPLES["alert.matched"]) == {
        "type": "alert.matched",
        "version": 1,
        "timestamp": "2026-03-19T22:31:09Z",
        "thin": True,
        "data": {
            "alert_id": 311,
            "test": False,
            "watch_id": 4,
            "story_id": 57,
            "item_id": 1204,
            "feed": None,
            "url": "https://news.example/2026/geneva",
            "more": "tocsin alerts show 311",
        },
    }
    of_feed = thin(EXAMPLES["feed.gone"])["data"]
    assert (of_feed["feed"], of_feed["story_id"]) == ("gazette", None)
    assert all(len(encoded(thin(each))) < 500 for each in EXAMPLES.values())


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_cloudevent_follows_the_specification(kind: str) -> None:
    """Required attributes, names as allowed, and the data of the plain event."""
    event = json.loads(encoded(enveloped(EXAMPLES[kind])))
    validator(CLOUDEVENTS).validate(event)
    assert (event["type"], event["data"]) == (kind, EXAMPLES[kind]["data"])
    assert event["source"] == "/tocsin/tocsin.example"


def test_the_source_of_a_cloudevent_is_always_a_reference() -> None:
    """Whatever the part of a message's id after the @ holds."""
    odd = cloud_event(
        EXAMPLES["heartbeat"], identity="msg_1", message_id='<a@b c\r\n"{ä>', subject="heartbeat"
    )
    validator(CLOUDEVENTS).validate(odd)
    assert odd["source"] == "/tocsin/bc"


# ------------------------------------------------------------------------------- size

_PART = st.one_of(
    st.sampled_from(
        ["x", "\U0001f514", '"\\', "\ud800", "\x00", " ", "Ж ", "\u202e", "é\u0301", "</b>", "\n"]
    ),
    st.text(max_size=8),
)
_TEXT = st.builds(lambda part, times: part * times, _PART, st.sampled_from([0, 1, 30, 600, 9000]))
_MANY = st.sampled_from([0, 1, 3, 60])
_URL = st.builds("https://e.example/{}".format, _TEXT)
_NUMBER = st.floats()


def _of(draw: st.DrawFn, make: Any) -> tuple[Any, ...]:
    """Very many of one, so that nothing but cutting helps."""
    return (make(),) * draw(_MANY)


def _line(draw: st.DrawFn) -> StoryLine:
    spans = draw(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), max_size=60))
    return StoryLine(
        story_id=draw(st.integers(0, 2**63)), title=draw(_TEXT), url=draw(_URL),
        outlet=draw(_TEXT), outlets=draw(st.integers(1, 9999)), at=AT, language=draw(_TEXT),
        snippet=draw(_TEXT), highlights=tuple((a, b) for a, b in spans), reason=draw(_TEXT),
    )  # fmt: skip


@st.composite
def announcements(draw: st.DrawFn) -> Announcement:
    """An alert of an article or a feed whose every text may be long and odd."""
    mention = Mention(
        kind=Kind.PERSON, key=draw(_TEXT), name=draw(_TEXT), count=3, salience=draw(_NUMBER),
        in_title=True, support=draw(_TEXT),
    )  # fmt: skip
    evidence = Evidence(
        clause=draw(_TEXT), value=draw(_TEXT), spans=((0, 9), (20, 40)), title_spans=((0, 3),)
    )
    told = Announcement(
        alert_id=1, delivery_id=2, message_id="<a@b>", watch_id=3, watch_name=draw(_TEXT),
        query=draw(_TEXT), reason=draw(_TEXT), story_id=4, item_id=5, feed_name=draw(_TEXT),
        article=Article(
            title=draw(_TEXT), text=draw(_TEXT), url=draw(_URL), outlet=draw(_TEXT),
            language=draw(_TEXT), authors=_of(draw, lambda: draw(_TEXT)), note=draw(_TEXT),
        ),
        mentions=_of(draw, lambda: mention), evidence=_of(draw, lambda: evidence),
        outlets=_of(draw, lambda: draw(_TEXT)), seen_at=AT, alerted_at=AT,
        test=draw(st.booleans()),
    )  # fmt: skip
    event = FeedEvent(kind=draw(st.sampled_from(EventKind)), detail=draw(_TEXT))
    update = Update(first_alert_id=9, first_title=draw(_TEXT))
    changes: list[dict[str, Any]] = [{}, {"event": event}, {"update": update}]
    return replace(told, **draw(st.sampled_from(changes)))


@st.composite
def notices(draw: st.DrawFn) -> Notice:
    """A spike, a digest or a heartbeat of which the same is true."""
    line = _line(draw)
    trouble = FeedTrouble(name=draw(_TEXT), problem=draw(_TEXT), since=AT)
    hour = HourCount(hour=AT, stories=9, low=draw(_NUMBER), high=draw(_NUMBER))
    section = DigestSection(
        watch_id=4, watch_name=draw(_TEXT), query=draw(_TEXT), stories=_of(draw, lambda: line),
        total=draw(st.integers(0, 999)),
    )  # fmt: skip
    spike = Spike(
        watch_id=4, watch_name=draw(_TEXT), query=draw(_TEXT), at=AT, observed=4,
        score=draw(_NUMBER), bound=draw(_TEXT), normal=draw(_NUMBER), low=draw(_NUMBER),
        high=draw(_NUMBER), level=draw(_TEXT), hours=_of(draw, lambda: hour),
        stories=_of(draw, lambda: line),
    )  # fmt: skip
    digest = Digest(
        title=draw(_TEXT), since=AT, until=AT, sections=_of(draw, lambda: section), total=7,
        more_watches=draw(st.integers(0, 3)),
    )  # fmt: skip
    beat = Heartbeat(
        channel=draw(_TEXT), schedule=draw(_TEXT), zone=draw(_TEXT), since=AT, until=AT, watches=1,
        matches=2, alerts=3, feeds=4, healthy=5, failing=_of(draw, lambda: trouble),
        silent=_of(draw, lambda: trouble), last_item_at=AT - timedelta(seconds=5),
    )  # fmt: skip
    return Notice(
        alert_id=1, delivery_id=2, message_id=f"<a@{draw(_TEXT)}>", reason=draw(_TEXT),
        alerted_at=AT, content=draw(st.one_of(st.just(spike), st.just(digest), st.just(beat))),
    )  # fmt: skip


def _checked(told: Announcement | Notice) -> dict[str, Any]:
    """The event, valid and small in every form."""
    sent = event_of(told)
    envelope = cloud_event(
        sent, identity="msg_" + "9" * 40, message_id=told.message_id, subject="watch-" + "9" * 19
    )
    for body in (sent, thin(sent), envelope):
        raw = encoded(body)
        assert len(raw) < LARGEST
        published().validate(json.loads(raw))
    event: dict[str, Any] = json.loads(encoded(sent))
    return event


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []


@settings(max_examples=60, deadline=None)
@given(st.one_of(announcements(), notices()))
def test_an_event_is_always_small_valid_and_says_what_was_cut(told: Announcement | Notice) -> None:
    """However long, odd and many the things that strangers write are."""
    event = _checked(told)
    ends = [text for text in _texts(event["data"]) if text.endswith("…")]
    assert event["data"]["cut"] == sorted(set(event["data"]["cut"]))
    assert event["data"]["cut"] or not ends
    for text in _texts(event):
        assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e]", text) or text in _snippets(event)


def _snippets(event: dict[str, Any]) -> list[str]:
    """Excerpts as they were stored, which are clean when they are made."""
    lists = [event["data"], *event["data"].get("sections", ())]
    return [one["snippet"]["text"] for each in lists for one in each.get("stories", ())]


@pytest.mark.parametrize(
    ("changes", "cut"),
    [
        ({"watch_name": "w" * 121}, ["watch.name"]),
        ({"watch_name": "w" * 120}, []),
        ({"query": "q" * 1001}, ["watch.query"]),
        ({"outlets": ("A",) * 21}, ["story.outlets"]),
        ({"article": Article(title="t" * 401, text="")}, ["article.title"]),
        ({"article": Article(title="", text="word " * 900)}, []),
        ({"article": Article(title="t", text="", url=f"https://e.example/{'x' * 1999}")}, []),
    ],
)
def test_what_is_cut_is_named(changes: dict[str, Any], cut: list[str]) -> None:
    """At the limits of each field, also where the whole would be small enough."""
    told = Announcement(
        alert_id=1, delivery_id=2, message_id="<a@b>", watch_id=3, watch_name="w", query="q",
        reason="r", story_id=4, item_id=5, feed_name="f", article=Article(title="t", text=""),
        mentions=(), evidence=(), outlets=("A",), seen_at=AT, alerted_at=AT,
    )  # fmt: skip
    assert _checked(replace(told, **changes))["data"]["cut"] == cut


@pytest.mark.parametrize(("command", "document"), [("schema", json_schema), ("openapi", openapi)])
def test_the_documents_can_be_had_from_the_command(command: str, document: Any) -> None:
    """``tocsin webhook schema`` and ``openapi`` print what is published, and nothing else."""
    result = CliRunner().invoke(app, ["webhook", command])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == document()
