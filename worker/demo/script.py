"""The demonstration's script: its catalogue, the alerts it must bring, and the verdict.

The truth is declared: the header of each article names the watches it must ring. Nothing here
asks the matcher, so a fault in it cannot hide.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import yaml

from worker.demo.outlets import OUTLETS, Outlet
from worker.demo.piece import Piece, load_pieces
from worker.demo.sinks import called, told
from worker.demo.wire import WALL, WIRE

#: The environment variable that holds the webhook's secret.
SECRET_NAME = "TOCSIN_DEMO_WEBHOOK_SECRET"  # noqa: S105 - a name, not a secret

#: What the catalogue says in place of the secret.
SECRET_REFERENCE = "${" + SECRET_NAME + "}"

#: The watch that is muted before the newsroom opens.
MUTED = "Tennis desk"

CHANNELS = ("console", "email", "webhook")

#: Watches that are added when the newsroom opens: told by digest, in quiet hours, and for a rate.
PAPER, NIGHT, PULSE = "Morning paper", "Night desk", "Kremlin pulse"
BY_MAIL = ("email", "webhook")


@dataclass(frozen=True, slots=True)
class DemoWatch:
    """One watch of the demonstration. Its name stands in no article, so a mail can be told by it."""

    name: str
    query: str
    channels: tuple[str, ...] = CHANNELS
    policy: Mapping[str, Any] = field(default_factory=dict)


WATCHES: tuple[DemoWatch, ...] = (
    DemoWatch("Putin in the news", 'person:"Vladimir Putin"'),
    DemoWatch("Summit pair", 'person:"Vladimir Putin" AND person:"Donald Trump"'),
    DemoWatch("Kenyan athletics", "country:KE AND topic:sport"),
    # It tells again of a story that three outlets have.
    DemoWatch("Cables at sea", '"undersea cable"', policy={"updates": {"outlets": [3]}}),
    DemoWatch("Quakes for real", "earthquake AND NOT drill"),
    DemoWatch("Oskeland files", 'person:"Maren Oskeland"'),
    DemoWatch("Ports lobby", 'org:"Northern Ports Alliance"'),
    DemoWatch("Eclipse headlines", "title:eclipse"),
    DemoWatch(
        "Floods in western Europe",
        "(floods OR inondations OR inundaciones OR Hochwasser)"
        " AND (country:FR OR country:ES OR country:DE)",
    ),
    # A rewrite and a report of another outlet's own join the story, a follow-up is one of its own.
    DemoWatch("Ships ablaze", "ferry NEAR/8 fire"),
    DemoWatch("Trump at length", 'mentions(person:"Donald Trump") >= 4'),
    # After the first alert of an hour the others wait for its end.
    DemoWatch("High water", "Hochwasser OR inondations OR inundaciones", policy={"cap": 1}),
    DemoWatch(MUTED, 'person:"Еліна Світоліна"'),
    # Nothing may ring this one: the only turkey in the newsroom is roasted.
    DemoWatch("Türkiye desk", "country:TR"),
    DemoWatch(WIRE, "tag:demo", channels=(WALL,)),
)


def added(opens: datetime, due: datetime) -> tuple[DemoWatch, ...]:
    """The watches to be added when the newsroom opens.

    A digest, and the end of quiet hours, are ``due`` while it is open: the clock is the real one.
    """
    quiet = f"{opens:%H:%M}-{due:%H:%M}"
    return (
        DemoWatch(PAPER, "tsunami OR armistice", BY_MAIL, {"digest": f"daily {due:%H:%M}"}),
        DemoWatch(NIGHT, "drill OR marathon", BY_MAIL, {"quiet": quiet}),
        DemoWatch(PULSE, 'spike(person:"Vladimir Putin") > 3', BY_MAIL),
    )


#: Under which heading what a watch held is told while the newsroom is open.
_TOLD = {PAPER: "digest", NIGHT: "summary"}
#: Every watch, by name.
NAMES = (*(watch.name for watch in WATCHES), *_TOLD, PULSE)

#: People and organizations no shipped list knows.
ENTITIES: tuple[Mapping[str, Any], ...] = (
    {
        "kind": "person",
        "name": "Maren Oskeland",
        "aliases": ["Марен Оскеланд"],
        "countries": ["NO"],
    },
    {
        "kind": "organization",
        "name": "Northern Ports Alliance",
        "aliases": ["Alliance of Northern Ports"],
        "countries": ["NL"],
    },
)

_HEADING = """\
# The demonstration's newsroom: every feed is served from this machine while it runs.
# The same keys make a feeds.yaml of your own.
"""


def _feed(outlet: Outlet, newsroom_url: str) -> dict[str, Any]:
    return {
        "name": outlet.slug,
        "url": newsroom_url + outlet.feed_path,
        "outlet": outlet.name,
        "language": outlet.language,
        "tags": ["demo", outlet.format.name.lower()],
    }


def catalogue(
    newsroom_url: str,
    smtp_host: str,
    smtp_port: int,
    webhook_url: str,
    *,
    webhook_secret: str = SECRET_REFERENCE,
    interval_seconds: float = 1.0,
) -> str:
    """The text of the demonstration's feeds.yaml.

    ``webhook_secret`` is written as given: leave the reference to the environment in place and
    set ``SECRET_NAME`` there. ``interval_seconds`` is the time between polls of each feed.
    """
    document = {
        "defaults": {"interval": f"{interval_seconds:g}s"},
        "feeds": [_feed(outlet, newsroom_url) for outlet in OUTLETS],
        "entities": [dict(entity) for entity in ENTITIES],
        "watches": [
            {"name": watch.name, "query": watch.query, "channels": list(watch.channels)}
            | dict(watch.policy)
            for watch in WATCHES
        ],
        "channels": [
            {"name": "console", "kind": "console"},
            {
                "name": "email",
                "kind": "email",
                "host": smtp_host,
                "port": smtp_port,
                "security": "none",
                "from": "tocsin@newsroom.example",
                "to": ["desk@newsroom.example"],
            },
            {"name": "webhook", "kind": "webhook", "url": webhook_url, "secret": webhook_secret},
            {"name": WALL, "kind": "console"},
        ],
    }
    body = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)
    return _HEADING + body


# ------------------------------------------------------------------------------------ expected


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAlert:
    """One alert that must come, once, by each of ``channels``.

    ``urls`` are the articles of the story that may cause it: whichever is tagged first.
    """

    watch: str
    story: str
    urls: frozenset[str]
    channels: tuple[str, ...]


def expected(newsroom_url: str, pieces: Sequence[Piece] | None = None) -> tuple[ExpectedAlert, ...]:
    """Every alert the demonstration must bring, in the order of watches and stories.

    Raises ValueError when an article names a watch that does not exist.
    """
    pieces = load_pieces() if pieces is None else pieces
    channels = {
        called(watch.name, update=update): watch.channels
        for watch in WATCHES
        for update in (False, True)
    }
    channels |= {told(name, kind): BY_MAIL for name, kind in _TOLD.items()}
    channels[told(PULSE, "spike")] = BY_MAIL
    causes: dict[tuple[str, str], set[str]] = {(told(PULSE, "spike"), ""): {""}}
    for piece in pieces:
        updates = (called(name, update=True) for name in piece.updates)
        later = (told(name, _TOLD[name]) for name in piece.held if name in _TOLD)
        for ring in (*piece.rings, *updates, *later):
            if ring not in channels:
                raise ValueError(f"{piece.slug}: there is no watch named {ring!r}")
            causes.setdefault((ring, piece.story), set()).add(newsroom_url + piece.path())
    order = list(channels)
    return tuple(
        ExpectedAlert(
            watch=watch, story=story, urls=frozenset(causes[watch, story]), channels=channels[watch]
        )
        for watch, story in sorted(causes, key=lambda cause: (order.index(cause[0]), cause[1]))
    )


# ------------------------------------------------------------------------------------- silence


def judge_silence(
    newsroom_url: str,
    silent: Iterable[tuple[str, str, str]],
    pieces: Sequence[Piece] | None = None,
) -> tuple[str, ...]:
    """What was not as expected of the matches that did not ring, as (watch name, URL, reason).

    An article may stay silent because its story has rung, where its header says that it rings; or
    because of the rule that its header names.
    """
    pieces = load_pieces() if pieces is None else pieces
    due = {
        (watch, newsroom_url + piece.path()): rule
        for piece in pieces
        for watch, rule in piece.held.items()
    }
    may = {(watch, newsroom_url + piece.path()): _RUNG for piece in pieces for watch in piece.rings}
    found = {(watch, url): reason for watch, url, reason in silent}
    wrong = [
        f"silent: {watch}: {url}: {reason}"
        for (watch, url), reason in found.items()
        if not reason.startswith((may | due).get((watch, url), "\0"))
    ]
    return (
        *wrong,
        *(f"not held: {watch}: {url}" for watch, url in due if (watch, url) not in found),
    )


_RUNG = "already rung"


# ------------------------------------------------------------------------------------- verdict


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was not as expected, one line each; all empty when the run was right."""

    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether every expected alert, and no other, came through every channel exactly once."""
        return not (self.missing or self.extra or self.duplicated)

    @property
    def complaints(self) -> tuple[str, ...]:
        """All lines, each with what it is."""
        return (
            *(f"missing: {line}" for line in self.missing),
            *(f"extra: {line}" for line in self.extra),
            *(f"more than once: {line}" for line in self.duplicated),
        )


def judge(
    alerts: Sequence[ExpectedAlert],
    received_by_channel: Mapping[str, Iterable[tuple[str, str]]],
) -> Verdict:
    """Compare the deliveries of each channel, as (watch name, article URL), with the truth.

    A second article of a story that already rang counts as a duplicate. A channel that appears
    in no expectation may receive nothing.
    """
    missing: list[str] = []
    extra: list[str] = []
    duplicated: list[str] = []
    channels = dict.fromkeys(name for alert in alerts for name in alert.channels)
    for channel in dict.fromkeys((*channels, *received_by_channel)):
        due = [alert for alert in alerts if channel in alert.channels]
        cause = {(alert.watch, url): alert for alert in due for url in alert.urls}
        counts: Counter[tuple[str, str]] = Counter()
        for watch, url in received_by_channel.get(channel, ()):
            alert = cause.get((watch, url))
            if alert is None:
                extra.append(f"{channel}: {watch}: {url}")
            else:
                counts[alert.watch, alert.story] += 1
        for alert in due:
            times = counts[alert.watch, alert.story]
            if times == 0:
                missing.append(f"{channel}: {alert.watch}: {alert.story}")
            elif times > 1:
                duplicated.append(f"{channel}: {alert.watch}: {alert.story} ({times} times)")
    return Verdict(tuple(missing), tuple(extra), tuple(duplicated))
