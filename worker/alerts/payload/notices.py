"""Spikes, digests and heartbeats as webhook events."""

from collections.abc import Sequence
from typing import Any

from worker.alerts.payload import models as m
from worker.alerts.payload.articles import alert_of, excerpt_of, watch_of
from worker.alerts.payload.fitting import Fitting, fitted, framed, number, time_of
from worker.alerts.snippet import Snippet
from worker.model import (
    Digest,
    DigestSection,
    Disabled,
    FeedTrouble,
    Heartbeat,
    HourCount,
    Notice,
    Spike,
    StoryLine,
)


def spike_payload(n: Notice, spike: Spike) -> dict[str, Any]:
    """A rate that has left its normal."""
    return fitted(lambda fit: framed("alert.spike", n.alerted_at, _spike(n, spike, fit)))


def digest_payload(n: Notice, digest: Digest) -> dict[str, Any]:
    """What did not ring by itself."""
    return fitted(lambda fit: framed("alert.digest", n.alerted_at, _digest(n, digest, fit)))


def heartbeat_payload(n: Notice, beat: Heartbeat) -> dict[str, Any]:
    """A sign of life."""
    return fitted(lambda fit: framed("heartbeat", n.alerted_at, _heartbeat(n, beat, fit)))


def disabled_payload(n: Notice, disabled: Disabled) -> dict[str, Any]:
    """A channel whose receiver is gone."""
    return fitted(lambda fit: framed("channel.disabled", n.alerted_at, _disabled(n, disabled, fit)))


def _spike(n: Notice, spike: Spike, fit: Fitting) -> m.SpikeData:
    return {
        "alert": alert_of(n, fit),
        "watch": watch_of(spike.watch_id, spike.watch_name, spike.query, fit),
        "spike": {
            "at": time_of(spike.at),
            "observed": spike.observed,
            "normal": number(spike.normal),
            "low": number(spike.low),
            "high": number(spike.high),
            "score": number(spike.score),
            "bound": fit.line("spike.bound", spike.bound, 20),
            "level": fit.line("spike.level", spike.level),
        },
        "hours": [_hour(one) for one in spike.hours[-m.MOST_HOURS :]],
        "stories": [
            _entry(one, fit, "stories")
            for one in fit.first("stories", spike.stories, m.MOST_STORIES)
        ],
        "cut": fit.fields(),
    }


def _hour(one: HourCount) -> m.Hour:
    return {
        "hour": time_of(one.hour),
        "stories": one.stories,
        "low": number(one.low),
        "high": number(one.high),
        "covered": one.covered,
    }


def _digest(n: Notice, digest: Digest, fit: Fitting) -> m.DigestData:
    if digest.more_watches:
        fit.note("sections")
    return {
        "alert": alert_of(n, fit),
        "digest": {
            "title": fit.line("digest.title", digest.title),
            "since": time_of(digest.since),
            "until": time_of(digest.until),
            "story_count": digest.total,
            "watch_count": len(digest.sections) + digest.more_watches,
        },
        "sections": [
            _section(one, fit) for one in fit.first("sections", digest.sections, m.MOST_SECTIONS)
        ],
        "cut": fit.fields(),
    }


def _section(section: DigestSection, fit: Fitting) -> m.Section:
    field = "sections.stories"
    if section.total > len(section.stories):
        fit.note(field)
    return {
        "watch": watch_of(
            section.watch_id, section.watch_name, section.query, fit, "sections.watch"
        ),
        "story_count": section.total,
        "stories": [
            _entry(one, fit, field) for one in fit.first(field, section.stories, m.MOST_ENTRIES)
        ],
    }


def _entry(one: StoryLine, fit: Fitting, at: str) -> m.Entry:
    return {
        "story_id": one.story_id,
        "title": fit.line(f"{at}.title", one.title, m.TITLE) or "(no headline)",
        "url": fit.link(f"{at}.url", one.url),
        "outlet": fit.line(f"{at}.outlet", one.outlet),
        "outlet_count": one.outlets,
        "at": time_of(one.at),
        "language": fit.line(f"{at}.language", one.language, m.LANGUAGE),
        "snippet": excerpt_of(Snippet(one.snippet, one.highlights), fit, f"{at}.snippet"),
        "reason": fit.line(f"{at}.reason", one.reason),
    }


def _heartbeat(n: Notice, beat: Heartbeat, fit: Fitting) -> m.HeartbeatData:
    return {
        "alert": alert_of(n, fit),
        "heartbeat": {
            "channel": fit.line("heartbeat.channel", beat.channel),
            "schedule": fit.line("heartbeat.schedule", beat.schedule),
            "zone": fit.line("heartbeat.zone", beat.zone),
            "since": time_of(beat.since),
            "until": time_of(beat.until),
            "well": beat.well,
            "watches": beat.watches,
            "matches": beat.matches,
            "alerts": beat.alerts,
            "held": beat.held,
            "dead": beat.dead,
            "feeds": beat.feeds,
            "healthy": beat.healthy,
            "last_item_at": time_of(beat.last_item_at) if beat.last_item_at else None,
        },
        "failing": _feeds("failing", beat.failing, fit),
        "silent": _feeds("silent", beat.silent, fit),
        "cut": fit.fields(),
    }


def _disabled(n: Notice, disabled: Disabled, fit: Fitting) -> m.DisabledData:
    return {
        "alert": alert_of(n, fit),
        "channel": {
            "name": fit.line("channel.name", disabled.channel),
            "kind": fit.line("channel.kind", disabled.kind),
            "reason": fit.line("channel.reason", disabled.reason, m.TITLE),
            "at": time_of(disabled.at),
            "waiting": disabled.waiting,
        },
        "cut": fit.fields(),
    }


def _feeds(field: str, feeds: Sequence[FeedTrouble], fit: Fitting) -> list[m.Trouble]:
    return [
        {
            "name": fit.line(f"{field}.name", one.name),
            "problem": fit.line(f"{field}.problem", one.problem, m.TITLE),
            "since": time_of(one.since) if one.since else None,
        }
        for one in fit.first(field, feeds, m.MOST_FEEDS)
    ]
