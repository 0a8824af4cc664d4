"""No secret comes out, wherever one stands: all that anybody can see is searched (see ``planted``)."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest
import redis
import structlog
from sqlalchemy import Engine

from tests.collector import Collector, value_of
from tests.integration.authority import server_context
from tests.integration.command import Run
from tests.integration.conftest import Processes
from tests.integration.outgoing import owe, send_all, webhook
from tests.integration.planted import (
    CHANNELS,
    FEEDS,
    MARK,
    PLANTED,
    SIGNING,
    Parrot,
    Places,
    catalogue,
    leaks,
    plant_files,
)
from tests.integration.test_observation import Shown
from worker.channels.webhook import Webhook
from worker.cli import checks
from worker.cli.output import load_settings
from worker.demo.sinks import MailSink
from worker.model import Message, Receipt
from worker.observe.logs import set_up_logging
from worker.settings import Settings
from worker.store.engine import open_engine, run
from worker.supervisor import database_url as database_url_of

pytestmark = pytest.mark.timeout(400)  # whole processes start, maybe on a busy machine

PAGES = ("/livez", "/readyz", "/metrics", "/else")


@pytest.fixture
def parrot() -> Iterator[Parrot]:
    """One that runs."""
    with Parrot() as running:
        yield running


@pytest.fixture
def keys(tmp_path: Path) -> tuple[str, ...]:
    """Keys in files, as nobody may see them."""
    return plant_files(tmp_path)


@pytest.fixture
def planted(tmp_path: Path, parrot: Parrot, keys: tuple[str, ...]) -> Iterator[Path]:
    """A catalogue, with the servers that it names."""
    assert keys
    sink = MailSink()
    sink.start()
    with Parrot(server_context(tmp_path, wants_client=True)) as certified:
        places = Places(url=parrot.url, tls_url=certified.url, mail_port=sink.port, folder=tmp_path)
        (tmp_path / "feeds.yaml").write_text(catalogue(places))
        yield tmp_path / "feeds.yaml"
    sink.stop()


@pytest.fixture
def servers(settings: Settings, redis_url: str) -> Iterator[dict[str, str]]:
    """Addresses of Postgres and Valkey with passwords; Valkey insists on its."""
    password = PLANTED["VALKEY_PASSWORD"]
    client = redis.Redis.from_url(redis_url)
    client.execute_command("ACL", "SETUSER", "ann", "on", f">{password}", "~*", "&*", "+@all")  # type: ignore[no-untyped-call]
    yield {
        "TOCSIN_DATABASE_URL": database_url_of(settings).replace(
            "postgres@", f"postgres:{PLANTED['DATABASE_PASSWORD']}@"
        ),
        "TOCSIN_REDIS_URL": redis_url.replace("://", f"://ann:{password}@"),
    }
    client.execute_command("ACL", "DELUSER", "ann")  # type: ignore[no-untyped-call]
    client.close()


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("apply", "feeds.yaml", "--dry-run"),
    ("doctor",),
    ("languages", "--json"),
    ("db", "roles"),
    ("watches", "feed", "putin"),
    ("feeds", "export", "-"),
    ("feeds", "export", "exported.yaml"),
    ("webhook", "schema"),
    *((*command, "--json")
      for command in (
          ("status",), ("feeds", "list"), ("feeds", "health"), ("watches", "list"), ("watches", "show", "putin"),
          ("channels", "list"), ("items", "list"), ("items", "show", "1"), ("stories", "list"), ("alerts", "list"),
          ("alerts", "show", "1"), ("deliveries", "list"), ("entities", "list"), ("explain", "1"),
          ("channels", "unsubscribed"), ("top",),
          *(("deliveries", "show", str(number)) for number in range(1, len(CHANNELS) + 1)),
          *(("feeds", "show", name) for name in FEEDS),
          *(("feeds", "check", name) for name in ("good", "denied", "certified", "halved", "garbled")),
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


def pages(shown: Shown) -> str:
    """What a process shows of itself, as Prometheus asks and as people do."""
    found = []
    for page in PAGES:
        for accept in ("*/*", "application/openmetrics-text"):
            headers, body = shown.ask_as(page, accept)
            found.append(f"{page} {headers} {body}")
    return "\n".join(found)


def traced(collector: Collector) -> str:
    """Every span with what it holds, and what it is of."""
    spans = [
        json.dumps([one.name, one.status.message, value_of(one)], default=str)
        for one in list(collector.spans)
    ]
    return "\n".join([json.dumps(collector.resource), *spans, *map(str, collector.spans)])


def attempted(engine: Engine) -> bool:
    """Whether every feed was asked and every channel tried, an event of a feed among what they got."""
    with engine.connect() as connection:
        (row,) = run(
            connection,
            """SELECT (SELECT count(DISTINCT channel_id) FROM attempt JOIN delivery
                              ON delivery.id = delivery_id) AS channels,
                      (SELECT count(*) FROM poll WHERE last_polled_at IS NOT NULL) AS polled,
                      (SELECT count(*) FROM alert WHERE kind = 'event') AS told""",
        )
    return bool(
        row["channels"] == len(CHANNELS) and row["polled"] == len(FEEDS) and row["told"] > 0
    )


def crash(process: subprocess.Popen[bytes]) -> None:
    """Have every Python process below one, and it, die of a signal that makes them say where they were."""
    root = psutil.Process(process.pid)
    for one in (*root.children(recursive=True), root):
        with contextlib.suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGABRT)
    process.wait(30)


def test_no_secret_comes_out(
    processes: Processes,
    tocsin: Run,
    planted: Path,
    keys: tuple[str, ...],
    servers: dict[str, str],
    engine: Engine,
    redis_url: str,
    tmp_path: Path,
    wait_until: Callable[..., None],
) -> None:
    """Logs at their most talkative, crashes, the database, Valkey, health, metrics, traces, all commands."""
    given = PLANTED | servers | {"SSL_CERT_FILE": str(tmp_path / "ca.pem")}
    log = {"TOCSIN_LOG_LEVEL": "debug", "TOCSIN_LOG_FORMAT": "json", "PYTHONFAULTHANDLER": "1"}
    polls = {"TOCSIN_POLL_FAILING_POLLS": "2", "TOCSIN_POLL_FAILURE_MAX": "1"}
    up, serve = Shown(), Shown()
    with Collector() as collector:
        otel = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_EXPORTER_OTLP_HEADERS": f"api-key={PLANTED['OTEL_KEY']}",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        more = given | log | polls | otel
        started = [
            processes.start("up", "--catalogue", str(planted), TOCSIN_HEALTH_LISTEN=up.listen, **more),
            processes.start("serve", TOCSIN_LISTEN="127.0.0.1:0", TOCSIN_HEALTH_LISTEN=serve.listen, **more),
        ]  # fmt: skip
        wait_until(lambda: up.status("/livez") == 200, seconds=100)
        said = {"the pages at first": pages(up)}
        wait_until(lambda: attempted(engine), seconds=200)
        wait_until(lambda: any(one.name == "deliver" for one in list(collector.spans)))
        said |= {"up": pages(up), "serve": pages(serve), "traces": traced(collector)}
    assert PLANTED["OTEL_KEY"] == collector.headers["api-key"]
    assert 'tocsin_deliveries_total{kind="exec",outcome="retried"}' in said["up"]
    said |= {"the database": stored(engine), "Valkey": queued(redis_url)}
    assert "putin" in said["the database"].lower()
    for command in both_ways(COMMANDS):
        done = tocsin(*command, **given)
        assert done.returncode in {0, 1, 2}, (command, done.stderr)
        assert "Traceback" not in done.stderr
        said[" ".join(command)] = done.stdout + done.stderr
    for process in started:
        crash(process)
    processes.end()
    for path in tmp_path.iterdir():
        if path.suffix in {".log", ".yaml", ".jsonl"}:
            said[path.name] = path.read_text(errors="replace")
    assert "Fatal Python error: Aborted" in said["process-0.log"]
    assert "feed.failing" in said["archive.jsonl"]
    found = {where: leaks(text, keys)[:3] for where, text in said.items()}
    assert {} == {where: places for where, places in found.items() if places}


@pytest.mark.parametrize("lost", ["TOCSIN_DATABASE_URL", "TOCSIN_REDIS_URL"])
@pytest.mark.parametrize("command", ["scheduler", "worker", "serve"])
def test_a_server_that_refuses_is_not_told_of_by_its_password(
    processes: Processes,
    servers: dict[str, str],
    command: str,
    lost: str,
    wait_until: Callable[..., None],
) -> None:
    """Neither in what a process logs before it ends or waits, nor on its pages."""
    refused = {
        "TOCSIN_DATABASE_URL": f"postgresql://ann:{MARK}@127.0.0.1:1/tocsin",
        "TOCSIN_REDIS_URL": servers["TOCSIN_REDIS_URL"].replace(
            PLANTED["VALKEY_PASSWORD"], f"{MARK}wrong"
        ),
    }
    shown = Shown()
    process = processes.start(
        command,
        TOCSIN_HEALTH_LISTEN=shown.listen,
        TOCSIN_LISTEN="127.0.0.1:0",
        TOCSIN_LOG_LEVEL="debug",
        **(servers | {lost: refused[lost]}),
    )
    seen = []

    def over() -> bool:
        seen.append(pages(shown))
        return process.poll() is not None or shown.status("/readyz") in {200, 503}

    wait_until(over, seconds=100)
    seen.append(pages(shown))
    processes.end()
    assert [] == leaks(processes.logs() + "".join(seen))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (f"-----BEGIN RSA PRIVATE KEY-----\n{MARK}\n-----END RSA PRIVATE KEY-----\n", "holds no RSA private key"),
        (MARK, "holds no RSA private key"),
        ("", "holds no RSA private key"),
        (None, "cannot be read: No such file or directory"),
    ],
)  # fmt: skip
def test_a_signing_key_that_cannot_be_used_is_not_quoted(
    tocsin: Run, tmp_path: Path, wrong: str | None, words: str
) -> None:
    """The channel and the key are named, in one line."""
    if wrong is not None:
        (tmp_path / "dkim.pem").write_text(wrong)
    dkim = f"{{selector: s, domain: example.org, key_file: {tmp_path}/dkim.pem}}"
    (tmp_path / "feeds.yaml").write_text(
        "channels:\n  - {name: mail, kind: email, host: 127.0.0.1, from: a@example.org, "
        f"to: b@example.org, dkim: {dkim}}}\n"
    )
    done = tocsin("apply", "feeds.yaml")
    assert 2 == done.returncode
    assert words in done.stderr
    assert [] == leaks(done.stdout + done.stderr)


def test_a_mistake_of_a_channel_is_logged_without_secrets(
    engine: Engine,
    settings: Settings,
    parrot: Parrot,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """What is raised may name the address, a header or the key: where it happened is told without."""
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    url = f"{parrot.url}/${{HOOK_PATH}}"
    webhook(engine, "hook", url, secret="${HOOK_KEY}", headers={"X-Key": "${HOOK_HEADER}"})
    owe(engine, 1, "hook")

    async def broken(self: Webhook, _message: Message) -> Receipt:
        raise RuntimeError(f"{self._url} {self._headers} {PLANTED['HOOK_KEY']}")

    monkeypatch.setattr(Webhook, "send", broken)
    set_up_logging(level="debug", style="json")
    send_all(engine, settings)
    said = capfd.readouterr().err
    assert '"event": "channel failed"' in said
    assert "in broken" in said
    assert "RuntimeError: " in said
    assert [] == leaks(said + stored(engine))
    structlog.reset_defaults()


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
