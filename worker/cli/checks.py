"""What ``tocsin doctor`` checks: each dependency, setting and permission, with its mend."""

import asyncio
import contextlib
import os
import platform
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from worker.catalogue import referred
from worker.cli.catalogue import find_catalogue, read_file
from worker.cli.output import CliError
from worker.cli.trouble import explain
from worker.environment import Environment
from worker.model import Channel
from worker.settings import Settings, secret_origins

LOW_DISK_BYTES = 1_000_000_000
#: Seconds in which a process that reads documents must have read one.
READING_SECONDS = 30
_FEED = b"<rss version='2.0'><channel><title>A</title><item><title>B</title></item></channel></rss>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing checked; ``detail`` says what was found, or what is wrong and how to mend it."""

    name: str
    ok: bool
    detail: str


def run_checks(settings: Settings) -> Iterator[Check]:
    """Check everything; one failing check does not hide the others."""
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("python", _python),
        ("data folder", _data),
        ("secrets", _secrets),
        ("database", _database),
        ("valkey", _valkey),
        ("reading feeds", _reading),
        ("feeds.yaml", _catalogue),
        ("channels", _channels),
        ("language models", _models),
        ("tagging anew", _retags),
        ("public address", _public_url),
    )
    for name, check in checks:
        try:
            yield Check(name=name, ok=True, detail=check(settings))
        except Exception as error:  # noqa: BLE001 - the doctor reports whatever is wrong
            yield Check(name=name, ok=False, detail=_words(error))


def _words(error: Exception) -> str:
    if isinstance(error, CliError):
        return str(error)
    return explain(error) or f"{type(error).__name__}: {error}"


def _python(_settings: Settings) -> str:
    return f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def _data(settings: Settings) -> str:
    if settings.database_url is not None and settings.redis_url is not None:
        return "not used: both servers are named by URL"
    with contextlib.suppress(OSError):
        settings.data.mkdir(parents=True, exist_ok=True)
    if not settings.data.is_dir() or not os.access(settings.data, os.W_OK):
        raise CliError(
            f"{settings.data} cannot be written to: set TOCSIN_DATA to a folder of yours"
        )
    free = shutil.disk_usage(settings.data).free
    if free < LOW_DISK_BYTES:
        raise CliError(f"only {free // 1_000_000} MB free at {settings.data}: make room")
    return f"{settings.data}, {free // 1_000_000_000} GB free"


def _secrets(_settings: Settings) -> str:
    found = [f"{name} from {origin}" for name, origin in secret_origins().items()]
    return ", ".join(found) or "none set"


def _database(settings: Settings) -> str:
    from worker.store.engine import lead, run
    from worker.store.schema import current_revision, latest_revision
    from worker.supervisor import open_store

    with open_store(settings) as engine, engine.connect() as connection:
        version = run(connection, "SHOW server_version")[0]["server_version"]
        found = current_revision(connection)
        behind = lead(connection).total_seconds()
    if found != latest_revision():
        raise CliError(
            f"schema {found or 'empty'}, needed {latest_revision()}: run tocsin db upgrade"
        )
    if behind:
        raise CliError(
            f"this machine's clock is {abs(behind):.0f} s {'behind' if behind > 0 else 'ahead of'} "
            "that of Postgres: have both kept right (NTP)"
        )
    kind = "yours" if settings.database_url else "bundled"
    return f"Postgres {version} ({kind}), schema {found}"


def _valkey(settings: Settings) -> str:
    from worker.supervisor import queues_of

    queues = queues_of(settings)
    if queues is None:
        return "bundled, not running now (tocsin up starts it)"
    try:
        queues.ping()
    except Exception:
        if settings.redis_url is None:
            return "bundled, not running now (tocsin up starts it)"
        raise
    return "answers"


def _reading(settings: Settings) -> str:
    from worker.parsing.document import Unread
    from worker.parsing.pool import NoReader, ParserPool, ReadingFailed

    async def read() -> None:
        async with ParserPool(
            processes=1, seconds=settings.parse_timeout, megabytes=settings.parse_memory
        ) as pool:
            await pool.read(Unread(body=_FEED, url="http://example.org/", now=datetime.now(UTC)))

    begun = time.monotonic()
    try:
        asyncio.run(asyncio.wait_for(read(), READING_SECONDS))
    except (NoReader, TimeoutError) as error:
        why = str(error) or f"no process has read a document in {READING_SECONDS} s"
        shown = shlex.join([sys.executable, "-c", "import worker.parsing.child"])
        raise CliError(f"{why}; see what {shown} says") from None
    except ReadingFailed as error:
        raise CliError(f"{error}: raise TOCSIN_PARSE_MEMORY or TOCSIN_PARSE_TIMEOUT") from None
    return (
        f"a process that reads documents started and read one in {time.monotonic() - begun:.1f} s"
    )


def _catalogue(settings: Settings) -> str:
    path = find_catalogue(settings.catalogue)
    declared = read_file(path)
    return f"{path}: feeds {len(declared.feeds)}, watches {len(declared.watches)}"


def _channels(settings: Settings) -> str:
    from worker import channels
    from worker.net import Net
    from worker.store.watches import all_channels
    from worker.supervisor import open_store

    with open_store(settings) as engine, engine.connect() as connection:
        found = all_channels(connection)
    for channel in found:
        channels.build(channel, Environment(), Net.from_settings(settings))
    return ", ".join(map(_channel, found)) or "none stored yet"


def _channel(channel: Channel) -> str:
    """A channel's name and kind, and where each variable it refers to comes from."""
    environ = Environment()
    origins = [f"{name} from {environ.origin(name)}" for name in referred(channel.config)]
    return f"{channel.name} ({', '.join([channel.kind, *origins])})"


def _models(settings: Settings) -> str:
    from worker.tagging import load_tagger
    from worker.tagging.tiers import Tier, tiers

    tagger = load_tagger(models=settings.models)
    tagger.preload(("en", "ru"))
    loaded = [
        f"{one.language} {one.model}" for one in tiers(settings.models) if one.tier is Tier.MODEL
    ]
    return f"{', '.join(loaded)} loaded, Python {sys.version_info.major}.{sys.version_info.minor}"


def _retags(settings: Settings) -> str:
    from worker.store import retags
    from worker.supervisor import open_store

    with open_store(settings) as engine, engine.connect() as connection:
        failed, waiting = retags.failed(connection, limit=100), retags.left(connection)
    if failed:
        item_id, reason = failed[0]
        count = f"{len(failed)}{' or more' if len(failed) == 100 else ''}"
        raise CliError(
            f"{count} items kept their tags; the newest is {item_id}: {reason}; "
            "tocsin retag --since 30d --all tries again, tocsin retag --stop leaves them so"
        )
    return f"{waiting} items wait" if waiting else "nothing waits"


def _public_url(settings: Settings) -> str:
    return (
        settings.public_url or "not set (TOCSIN_PUBLIC_URL); mails link to no page of their alert"
    )
