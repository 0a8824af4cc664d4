"""JSON Schema (2020-12) and OpenAPI 3.1 documents of the events, made from ``models``."""

from typing import Any

from pydantic import TypeAdapter

from worker.alerts.payload import models as m
from worker.alerts.payload.examples import enveloped, examples
from worker.alerts.payload.forms import thin
from worker.model import EventKind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: The model of each type of event.
EVENTS: dict[str, Any] = {
    "alert.matched": m.AlertMatched,
    "story.updated": m.StoryUpdated,
    "alert.spike": m.AlertSpike,
    "alert.digest": m.AlertDigest,
    **dict.fromkeys(EventKind, m.FeedEvent),
    "heartbeat": m.Heartbeat,
    "channel.disabled": m.ChannelDisabled,
    "test.ping": m.TestPing,
}
_BODIES = (*dict.fromkeys(EVENTS.values()), m.Thin, m.CloudEvent)


def json_schema() -> dict[str, Any]:
    """What any body is."""
    return {
        "$schema": DIALECT,
        "title": "Tocsin webhook",
        "description": "The body of a webhook, version 1: an event whole, thin, or as a CloudEvent.",
        "oneOf": [{"$ref": f"#/$defs/{model.__name__}"} for model in _BODIES],
        "$defs": _definitions("#/$defs/{model}"),
    }


def openapi() -> dict[str, Any]:
    """The webhooks as an OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tocsin webhooks",
            "version": str(m.VERSION),
            "description": "What a channel of kind webhook sends, signed by Standard Webhooks 1.0.0.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": DIALECT,
        "webhooks": {kind: _webhook(kind, example) for kind, example in examples().items()},
        "components": {
            "schemas": _definitions("#/components/schemas/{model}"),
            "parameters": {name: _parameter(name, words) for name, words in _HEADERS.items()},
        },
    }


_HEADERS = {
    "webhook-id": "The delivery's id, the same on every try: ignore one that you have had.",
    "webhook-timestamp": "When this try was made, in Unix seconds; refuse what is five minutes off.",
    "webhook-signature": "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body` under the secret; "
    "several, separated by spaces, while one secret replaces another.",
}
_ANSWERS = {
    "2XX": "Taken. What the answer says does not matter.",
    "410": "Gone: the channel is switched off.",
    "429": "Too many: it is tried again, and the channel slows down. Retry-After is honoured.",
    "default": "Not taken: it is tried again. Redirects are not followed.",
}


def _webhook(kind: str, example: dict[str, Any]) -> dict[str, Any]:
    model = EVENTS[kind]
    ref = "#/components/schemas/"
    return {
        "post": {
            "operationId": kind,
            "summary": model.__doc__,
            "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _HEADERS],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            "oneOf": [
                                {"$ref": f"{ref}{model.__name__}"},
                                {"$ref": f"{ref}{m.Thin.__name__}"},
                            ]
                        },
                        "examples": {
                            "whole": {"value": example},
                            "thin": {"value": thin(example)},
                        },
                    },
                    "application/cloudevents+json": {
                        "schema": {"$ref": f"{ref}{m.CloudEvent.__name__}"},
                        "example": enveloped(example),
                    },
                },
            },
            "responses": {status: {"description": words} for status, words in _ANSWERS.items()},
        }
    }


def _parameter(name: str, words: str) -> dict[str, Any]:
    kind = "integer" if name == "webhook-timestamp" else "string"
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": words,
        "schema": {"type": kind},
    }


def _definitions(ref_template: str) -> dict[str, Any]:
    """The schema of every model, by its name; no model allows fields that it does not have."""
    _, found = TypeAdapter.json_schemas(
        [(model.__name__, "serialization", TypeAdapter(model)) for model in _BODIES],
        ref_template=ref_template,
    )
    return {name: _tidied(name, schema) for name, schema in found["$defs"].items()}


def _tidied(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    tidy = {key: value for key, value in schema.items() if key != "title"}
    if tidy["type"] != "object":
        return tidy
    fields = {
        field: {key: value for key, value in each.items() if key != "title"}
        for field, each in tidy["properties"].items()
    }
    described = {"description": getattr(m, name).__doc__}
    return tidy | described | {"properties": fields, "additionalProperties": False}
