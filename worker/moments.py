"""Moments as documents write them (ISO 8601, RFC 3339), read as UTC."""

from datetime import UTC, datetime


def moment_of(value: str) -> datetime | None:
    """An ISO 8601 date or time as UTC, ``None`` if it is none or before 1990."""
    try:
        moment = datetime.fromisoformat(value.strip())
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return aware if aware.year >= 1990 else None
