"""Wherever a secret may stand one is planted; none of them may come out again.

The whole system runs into success and failure: refusals, wrong passwords, servers that say back what
they were sent. Then everything that anybody can see is searched.
"""

import base64
import os
import re
import stat
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import redis
import yaml
from aiohttp import web
from sqlalchemy import Engine

from tests.integration.command import Run
from tests.integration.conftest import Processes
from tests.integration.newsstand import Served
from worker.cli import checks
from worker.cli.output import load_settings
from worker.store.engine import open_engine, run

pytestmark = pytest.mark.timeout(300)  # whole processes start, maybe on a busy machine

#: What every planted secret holds; none is a word of anything else.
MARK = "c4nary"
SIGNING = (
    "whsec_" + base64.b64encode(f"{MARK} that signs, 32 bytes long!!!!".encode()[:40]).decode()
)
#: The variables that hold secrets, and what they hold.
PLANTED = {
    "HOOK_KEY": SIGNING,
    **{
        name: f"{MARK}{number}{name.lower().replace('_', '')}"
        for number, name in enumerate(
            (
                "HOOK_PATH", "HOOK_HEADER", "MAIL_PASSWORD", "REDIS_PASSWORD", "CHAT_PASSWORD", "PAGER_TOKEN",
                "FEED_PASSWORD", "FEED_BEARER", "FEED_KEY", "FEED_HEADER", "FEED_USERINFO", "PROXY_PASSWORD",
            )
        )
    },
}  # fmt: skip
FEED = "<rss version='2.0'><channel><title>Gazette</title><language>ru</language>{items}</channel></rss>"
ITEM = (
    "<item><title>Путин прибыл {n}</title><guid>{n}</guid><description>Владимир Путин прибыл в "
    "Казань, {n}.</description></item>"
)


def forms(secret: str) -> Iterator[str]:
    """A secret as it may be written: plain, in a URL, in base64 wherever it begins there."""
    yield secret
    yield urllib.parse.quote(secret, safe="")
    for before in range(3):  # what of it does not depend on what is round it
        coded = base64.b64encode(b"x" * before + secret.encode()).decode()
        yield coded[4 * -(-before // 3) : 4 * ((before + len(secret)) // 3)]
    yield secret.removeprefix("whsec_")


FORMS = tuple({form for secret in PLANTED.values() for form in forms(secret)})


def leaks(text: str) -> list[str]:
    """The places of a text in which a secret stands, each with what is round it."""
    found = [MARK, *FORMS]
    places = (match for form in found for match in re.finditer(re.escape(form), text))
    return [text[max(0, place.start() - 80) : place.end() + 40] for place in places]


class Parrot(Served):
    """A server that says back all it is sent: address, headers and body."""

    def __init__(self) -> None:
        super().__init__()
        self.polls = 0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/feed{rest:.*}", self._feed),
            web.route("*", "/{rest:.*}", self._say),
        ]

    async def _feed(self, _request: web.Request) -> web.Response:
        self.polls += 1
        items = "".join(ITEM.format(n=n) for n in range(min(self.polls, 5)))
        return web.Response(text=FEED.format(items=items), content_type="application/rss+xml")

    async def _say(self, request: web.Request) -> web.Response:
        heads = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
        said = f"{request.method} {request.path_qs}\n{heads}\n\n{await request.text()}"
        return web.Response(status=401 if "denied" in request.path else 400, text=said)


@pytest.fixture
def parrot() -> Iterator[Parrot]:
    """One that runs."""
    with Parrot() as running:
        yield running


def catalogue(url: str, program: Path) -> str:
    """Feeds and channels with a secret in each place, most of which fail."""
    host = url.removeprefix("http://")
    nowhere = "127.0.0.1:1"
    mail = {
        "kind": "email",
        "from": "a@example.org",
        "to": "b@example.org",
        "security": "starttls",
        "timeout": 3,
    }
    feeds: list[dict[str, object]] = [
        {"name": "good", "url": f"{url}/feed?key=${{FEED_KEY}}", "language": "ru"},
        {"name": "denied", "url": f"{url}/denied/${{FEED_KEY}}", "bearer": "${FEED_BEARER}"},
        {"name": "basic", "url": f"{url}/denied", "user": "ann", "password": "${FEED_PASSWORD}"},
        {"name": "header", "url": f"{url}/other", "headers": {"X-Api-Key": "${FEED_HEADER}"}},
        {"name": "inside", "url": f"http://ann:${{FEED_USERINFO}}@{host}/userinfo"},
        {"name": "refused", "url": f"http://{nowhere}/${{FEED_KEY}}"},
        {"name": "proxied", "url": f"{url}/p", "proxy": f"http://ann:${{PROXY_PASSWORD}}@{nowhere}"},
    ]  # fmt: skip
    channels: list[dict[str, object]] = [
        {"name": "hook", "kind": "webhook", "url": f"{url}/${{HOOK_PATH}}", "secret": "${HOOK_KEY}",
         "headers": {"X-Key": "${HOOK_HEADER}"}},
        {"name": "hook-refused", "kind": "webhook", "url": f"http://{nowhere}/${{HOOK_PATH}}",
         "secret": "${HOOK_KEY}"},
        {"name": "mail", "host": "127.0.0.1", "port": 1, "username": "ann",
         "password": "${MAIL_PASSWORD}", **mail},
        {"name": "stream", "kind": "redis", "url": f"redis://ann:${{REDIS_PASSWORD}}@{nowhere}/0", "timeout": 2},
        {"name": "chat", "kind": "apprise", "url": f"json://ann:${{CHAT_PASSWORD}}@{host}/${{HOOK_PATH}}"},
        {"name": "pager", "kind": "exec", "command": [str(program)], "environment": {"TOKEN": "${PAGER_TOKEN}"}},
    ]  # fmt: skip
    names = [one["name"] for one in channels]
    watches = [{"name": "putin", "query": 'person:"Vladimir Putin"', "channels": names}]
    return yaml.safe_dump({"feeds": feeds, "channels": channels, "watches": watches})


@pytest.fixture
def planted(tmp_path: Path, parrot: Parrot) -> Path:
    """A catalogue and a program that shouts its secret and fails."""
    program = tmp_path / "pager"
    program.write_text('#!/bin/sh\necho "token $TOKEN refused" >&2\necho "$TOKEN"\nexit 1\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "feeds.yaml").write_text(catalogue(parrot.url, program))
    return tmp_path / "feeds.yaml"


FEEDS = ("good", "denied", "basic", "header", "inside", "refused", "proxied")
CHANNELS = ("hook", "hook-refused", "mail", "stream", "chat", "pager")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("apply", "feeds.yaml", "--dry-run"),
    ("doctor",),
    ("languages", "--json"),
    ("db", "roles"),
    ("watches", "feed", "putin"),
    ("feeds", "export", "-"),
    ("feeds", "export", "exported.yaml"),
    *((*command, "--json")
      for command in (
          ("status",), ("feeds", "list"), ("feeds", "health"), ("watches", "list"), ("watches", "show", "putin"),
          ("channels", "list"), ("items", "list"), ("items", "show", "1"), ("stories", "list"), ("alerts", "list"),
          ("alerts", "show", "1"), ("deliveries", "list"), ("entities", "list"), ("explain", "1"),
          *(("deliveries", "show", str(number)) for number in range(1, 8)),
          *(("feeds", "show", name) for name in FEEDS),
          *(("feeds", "check", name) for name in FEEDS[:2]),
          *(("channels", "test", name) for name in CHANNELS),
      )),
)  # fmt: skip


def both_ways(commands: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Each command as JSON and as a person reads it."""
    for command in commands:
        yield command
        if command[-1] == "--json":
            yield command[:-1]


def stored(engine: Engine) -> str:
    """Every row of every table, but the table of secrets that Tocsin makes for itself."""
    with engine.connect() as connection:
        tables = run(
            connection,
            "SELECT relname FROM pg_stat_user_tables WHERE relname <> 'secret'",
        )
        rows = [
            f"{table['relname']}: {row['line']}"
            for table in tables
            for row in run(connection, f"SELECT t::text AS line FROM {table['relname']} AS t")
        ]
    return "\n".join(rows)


def queued(url: str) -> str:
    """Every key of Valkey with what it holds."""
    client = redis.Redis.from_url(url)
    held = [repr((key, client.dump(key))) for key in client.scan_iter()]
    client.close()
    return "\n".join(held)


def test_no_secret_comes_out(
    processes: Processes,
    tocsin: Run,
    planted: Path,
    engine: Engine,
    redis_url: str,
    tmp_path: Path,
    wait_until: Callable[..., None],
) -> None:
    """Logs at their most talkative, the database, Valkey, and every command in both its forms."""
    log = {"TOCSIN_LOG_LEVEL": "debug", "TOCSIN_LOG_FORMAT": "json"}
    log["TOCSIN_HEALTH_LISTEN"] = "127.0.0.1:0"
    processes.start("up", "--catalogue", str(planted), **PLANTED, **log)

    def attempted() -> bool:
        with engine.connect() as connection:
            rows = run(
                connection,
                """SELECT (SELECT count(DISTINCT channel_id) FROM attempt JOIN delivery
                                  ON delivery.id = delivery_id) AS channels,
                          (SELECT count(*) FROM poll WHERE last_polled_at IS NOT NULL) AS polled""",
            )
        return bool(rows[0]["channels"] == len(CHANNELS) and rows[0]["polled"] == len(FEEDS))

    wait_until(attempted, seconds=150)
    said = {"the database": stored(engine), "Valkey": queued(redis_url)}
    assert "putin" in said["the database"].lower()
    for command in both_ways(COMMANDS):
        done = tocsin(*command, **PLANTED)
        assert done.returncode in {0, 1, 2}, (command, done.stderr)
        assert "Traceback" not in done.stderr
        said[" ".join(command)] = done.stdout + done.stderr
    processes.end()
    for path in tmp_path.iterdir():
        if path.suffix in {".log", ".yaml"}:
            said[path.name] = path.read_text(errors="replace")
    assert {} == {where: leaks(text)[:3] for where, text in said.items() if leaks(text)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"TOCSIN_DATABASE_URL": f"postgresql://ann:{MARK}@127.0.0.1:1/tocsin"},
        {"TOCSIN_DATABASE_URL": f"postgresql://ann:{MARK}@127.0.0.1:{MARK}/tocsin"},
        {"TOCSIN_DATABASE_URL": f"mysql://ann:{MARK}@127.0.0.1/tocsin"},
        {"TOCSIN_DATABASE_URL": f"postgresql:/ann:{MARK}@127.0.0.1"},
        {"TOCSIN_DATABASE_URL": f"postgresql://127.0.0.1:1/tocsin?password={MARK}"},
        {"TOCSIN_DATABASE_URL": f"postgresql://127.0.0.1:1/tocsin?no_such={MARK}"},
        {"TOCSIN_REDIS_URL": f"redis://:{MARK}@127.0.0.1:1/0"},
        {"TOCSIN_REDIS_URL": f"redis://:{MARK}@127.0.0.1:{MARK}/0"},
        {"TOCSIN_REDIS_URL": f"nonsense://:{MARK}@127.0.0.1"},
        {"TOCSIN_REDIS_URL": f"redis://127.0.0.1:1/0?no_such={MARK}"},
        {"TOCSIN_NET_PROXY": f"ftp://ann:{MARK}@127.0.0.1"},
        {"TOCSIN_NET_PROXY": f"http://ann:{MARK}@127.0.0.1:1"},
        {"TOCSIN_NET_PROXY": f"http://ann:{MARK}@[/"},
    ],
    ids=lambda wrong: " ".join(wrong.values()),
)
def test_settings_that_do_not_work_are_not_quoted(
    tocsin: Run,
    parrot: Parrot,
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, str],
) -> None:
    """Refused, misspelt or of no such server: the variable is named, its value is not."""
    proxy = "TOCSIN_NET_PROXY" in wrong
    checking = (("feeds", "check", f"{parrot.url}/feed"),)
    for command in (
        checking if proxy else (("status", "--json"), ("db", "upgrade"), ("worker", "deliver"))
    ):
        done = tocsin(*command, **wrong)
        assert [] == leaks(done.stdout + done.stderr)
        assert "Traceback" not in done.stderr
    with monkeypatch.context() as patch:
        for name, value in wrong.items():
            patch.setenv(name, value)
        found = [] if proxy else doctor_says()
    assert [] == leaks(" ".join(found))


def doctor_says() -> list[str]:
    """What the doctor has to say of the servers, without loading models for it."""
    said = []
    for check in (checks._data, checks._secrets, checks._database, checks._valkey):
        try:
            said.append(check(load_settings()))
        except Exception as error:  # noqa: BLE001 - as the doctor does
            said.append(checks._words(error))
    return said


def test_a_wrong_password_is_not_quoted(tocsin: Run, engine: Engine, database_url: str) -> None:
    """What Postgres says of it may be shown, as it names the user alone."""
    with engine.begin() as connection:
        run(connection, "SELECT 1")
    wrong = database_url.replace("postgres@", f"nobody_such:{MARK}@")
    done = tocsin("status", TOCSIN_DATABASE_URL=wrong)
    assert 2 == done.returncode
    assert "nobody_such" in done.stderr
    assert [] == leaks(done.stdout + done.stderr)
    made = open_engine(wrong)
    assert [] == leaks(repr(made) + str(made.url))
    made.dispose()


def test_the_search_finds_what_it_looks_for() -> None:
    """Plain, quoted for a URL, and inside of a basic authorization."""
    secret = PLANTED["FEED_PASSWORD"]
    coded = base64.b64encode(f"ann:{secret}".encode()).decode()
    for text in (f"x{secret}y", f"Basic {coded}", f"a={urllib.parse.quote(SIGNING, safe='')}"):
        assert leaks(text)
    assert [] == leaks(os.linesep.join(("nothing", "to", "see")))
