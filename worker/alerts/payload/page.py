"""The reference page of the events, made from their schemas and examples."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from worker.alerts.payload.examples import enveloped, examples
from worker.alerts.payload.forms import thin
from worker.alerts.payload.models import CloudEvent, Thin
from worker.alerts.payload.schema import EVENTS, json_schema

_PAIR = re.compile(r"\[\s+(\d+),\s+(\d+)\s+\]")
Row = tuple[str, str, str]
_HEAD = """# Webhook events

Made from the models in `worker/alerts/payload/models.py` by `make schemas`. What is sent, and how
it is signed, is told in [webhooks](webhook.md). Each field is described where it comes first.
"""


def page() -> str:
    """The page as Markdown."""
    definitions = json_schema()["$defs"]
    told: set[str] = set()
    parts = [_HEAD]
    for kind, example in examples().items():
        model = EVENTS[kind]
        rows = [row for row in _rows(model.__name__, definitions) if row[0] not in told]
        told |= {path for path, _, _ in rows}
        parts += [f"## `{kind}`\n", f"{model.__doc__}\n", f"```json\n{_shown(example)}\n```\n"]
        if rows:
            parts.append(_table(rows))
    matched = examples()["alert.matched"]
    for title, model, shown in (
        ("Thin", Thin, thin(matched)),
        ("CloudEvents", CloudEvent, enveloped(matched)),
    ):
        rows = list(_rows(model.__name__, definitions))
        parts += [f"## {title}\n", f"{model.__doc__}\n", f"```json\n{_shown(shown)}\n```\n"]
        parts.append(_table(rows))
    return "\n".join(parts)


def _table(rows: Iterable[Row]) -> str:
    lines = (f"| `{path}` | {what} | {words} |" for path, what, words in rows)
    return "| Field | Type | Meaning |\n|---|---|---|\n" + "\n".join(lines) + "\n"


def _shown(example: Mapping[str, Any]) -> str:
    return _PAIR.sub(r"[\1, \2]", json.dumps(example, indent=2, ensure_ascii=False))


def _rows(name: str, definitions: dict[str, Any], at: str = "") -> Iterator[Row]:
    """The path, the type and the meaning of each field of a definition, and of what it holds."""
    for field, schema in definitions[name]["properties"].items():
        inner = schema.get("items", schema)
        held = inner.get("$ref", "").rpartition("/")[2]
        path = f"{at}{field}"
        if held and definitions[held]["type"] == "object":
            yield from _rows(held, definitions, f"{path}[]." if "items" in schema else f"{path}.")
        else:
            yield path, _type(schema, definitions), schema["description"]


def _type(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _type(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(each, definitions) for each in schema["anyOf"]))
    if schema.get("type") == "object":
        return "object"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const']).strip(chr(34))}`"
    if schema["type"] == "array":
        return f"list of {_type(schema['items'], definitions)}"
    return str(schema["type"])
