"""Alerts as the JSON that webhooks carry, and what describes it.

``models`` says what the fields are; ``webhook.schema.json`` and ``webhook.openapi.json`` in the
folder above are made from it by ``python -m worker.alerts.payload.generate``.
"""

from worker.alerts.payload.articles import payload
from worker.alerts.payload.fitting import LARGEST, encoded
from worker.alerts.payload.forms import cloud_event, thin
from worker.alerts.payload.notices import (
    digest_payload,
    disabled_payload,
    heartbeat_payload,
    spike_payload,
)

__all__ = [
    "LARGEST",
    "cloud_event",
    "digest_payload",
    "disabled_payload",
    "encoded",
    "heartbeat_payload",
    "payload",
    "spike_payload",
    "thin",
]
