"""Other forms of an event: thin, and in the envelope of CloudEvents 1.0."""

import re
from collections.abc import Mapping
from typing import Any

from worker.alerts.payload import models as m

_NOT_IN_HOSTS = re.compile(r"[^A-Za-z0-9.-]")


def thin(event: Mapping[str, Any]) -> dict[str, Any]:
    """The ids of an event, and how to get the rest: for receivers that are to see no more."""
    data = event["data"]
    alert, watch, story = data["alert"], data.get("watch"), data.get("story")
    article, feed = data.get("article"), data.get("feed")
    ids: m.ThinData = {
        "alert_id": alert["id"],
        "test": alert["test"],
        "watch_id": watch["id"] if watch else None,
        "story_id": story["id"] if story else None,
        "item_id": article["item_id"] if article else None,
        "feed": feed["name"] if feed else None,
        "url": (article or feed or {}).get("url"),
        "more": f"tocsin alerts show {alert['id']}",
    }
    return {
        "type": event["type"],
        "version": event["version"],
        "timestamp": event["timestamp"],
        "thin": True,
        "data": ids,
    }


def cloud_event(
    event: Mapping[str, Any], *, identity: str, message_id: str, subject: str
) -> m.CloudEvent:
    """The event in the envelope of CloudEvents 1.0; ``identity`` is the ``webhook-id``.

    The source is the name of this Tocsin in the ids of its messages: with the id it is unique.
    """
    host = _NOT_IN_HOSTS.sub("", message_id.rpartition("@")[2])[:80]
    return {
        "specversion": "1.0",
        "id": identity,
        "source": f"/tocsin/{host}",
        "type": event["type"],
        "time": event["timestamp"],
        "subject": subject,
        "datacontenttype": "application/json",
        "tocsinversion": m.VERSION,
        "data": event["data"],
    }
