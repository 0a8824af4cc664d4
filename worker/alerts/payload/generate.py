"""Write what is made from the models: ``python -m worker.alerts.payload.generate``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker.alerts.payload.page import page
from worker.alerts.payload.schema import json_schema, openapi

_FOLDER = Path(__file__).parent.parent
_PAGE = _FOLDER.parent.parent / "docs" / "webhook-events.md"


def generated() -> Mapping[Path, str]:
    """Each file, and what it should hold."""
    return {
        _FOLDER / "webhook.schema.json": _text(json_schema()),
        _FOLDER / "webhook.openapi.json": _text(openapi()),
        _PAGE: page(),
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all files."""
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
