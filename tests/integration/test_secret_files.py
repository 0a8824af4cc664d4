"""Secrets that files hold: commands and processes find them there, and nobody else sees them."""

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.integration.command import Run, one_line
from tests.integration.conftest import Processes
from tests.integration.newsstand import SECRET, Receiver
from worker.settings import Settings
from worker.supervisor import database_url, redis_url

CANARY = "canary-of-the-database"


@pytest.fixture
def held(settings: Settings, tmp_path: Path) -> dict[str, str]:
    """Both servers by file, and nothing of them in the environment."""
    (tmp_path / "database").write_text(
        database_url(settings).replace("postgres@", f"postgres:{CANARY}@") + "\n"
    )
    (tmp_path / "redis").write_text(redis_url(settings) + "\n")
    return {
        "TOCSIN_DATABASE_URL": "",
        "TOCSIN_DATABASE_URL_FILE": str(tmp_path / "database"),
        "TOCSIN_REDIS_URL": "",
        "TOCSIN_REDIS_URL_FILE": str(tmp_path / "redis"),
    }


def test_commands_find_secrets_in_files(
    tocsin: Run, held: dict[str, str], tmp_path: Path, receiver: Receiver
) -> None:
    """Servers and a channel's key; the doctor says where each comes from and never what it is."""
    (tmp_path / "hook").write_text(SECRET)
    (tmp_path / "feeds.yaml").write_text(
        f"channels: [{{name: hook, kind: webhook, url: {receiver.url}/hook, secret: '${{HOOK}}'}}]\n"
    )
    held |= {"HOOK_FILE": str(tmp_path / "hook")}
    applied = tocsin("apply", "feeds.yaml", **held)
    assert 0 == applied.returncode, applied.stderr
    assert 0 == tocsin("channels", "test", "hook", **held).returncode
    assert 1 == len(receiver.received)
    seen = tocsin("doctor", **held).stdout
    assert f"TOCSIN_DATABASE_URL from file {tmp_path / 'database'}" in seen
    assert f"hook (webhook, HOOK from file {tmp_path / 'hook'})" in seen
    assert CANARY not in seen
    assert SECRET not in seen


def test_a_file_that_cannot_be_read_is_named(tocsin: Run, held: dict[str, str]) -> None:
    """One line with the variable and the mend; both a value and a file are one too many."""
    lost = one_line(tocsin("status", **(held | {"TOCSIN_REDIS_URL_FILE": "/nowhere/redis"})))
    assert "TOCSIN_REDIS_URL_FILE: /nowhere/redis cannot be read" in lost
    assert "name a file that this account can read, or set TOCSIN_REDIS_URL itself" in lost
    both = one_line(tocsin("status", **(held | {"TOCSIN_DATABASE_URL": "postgresql://a/b"})))
    assert "TOCSIN_DATABASE_URL and TOCSIN_DATABASE_URL_FILE are both set" in both


def test_no_process_shows_what_a_file_holds(
    processes: Processes,
    held: dict[str, str],
    tmp_path: Path,
    wait_until: Callable[..., None],
) -> None:
    """Neither in its environment nor in its command line, with all parts at work.

    Those that read documents know not even where the files are.
    """
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    held["TOCSIN_HEALTH_LISTEN"] = "127.0.0.1:0"
    up = processes.start("up", TOCSIN_CATALOGUE=str(tmp_path / "feeds.yaml"), **held)
    root = psutil.Process(up.pid)

    def commands() -> dict[int, list[str]]:
        return {one.pid: one.cmdline() for one in [root, *root.children(recursive=True)]}

    wait_until(lambda: sum("worker.parsing.child" in words for words in commands().values()) >= 2)
    for pid, words in commands().items():
        environ = psutil.Process(pid).environ()
        assert CANARY not in " ".join(words) + repr(environ)
        if "worker.parsing.child" in words:
            assert not {name for name in environ if name.startswith("TOCSIN_")}
