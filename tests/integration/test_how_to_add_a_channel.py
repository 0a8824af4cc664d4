"""The page on adding a channel, followed word for word in a copy of the code."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from worker.settings import Settings
from worker.supervisor import database_url, redis_url

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to-add-a-channel.md").read_text(encoding="utf-8")
BLOCKS = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
SAVED = re.compile(r"Save this as `([^`]+)`")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package and the tests, to which a channel can be added."""
    ignored = shutil.ignore_patterns("__pycache__", "integration", "quality")
    for name in ("worker", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    return tmp_path


def said(command: str, folder: Path, environ: Mapping[str, str]) -> str:
    """What a command of the page prints; it has to succeed."""
    words = shlex.split(command)
    if words[0] == "tocsin":
        words = ["python", "-m", "worker", *words[1:]]
    assert words[0] == "python", command
    done = subprocess.run(
        [sys.executable, *words[1:]],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_page_is_true(copy: Path, settings: Settings) -> None:
    """Its files are saved, its commands run, and the sample is heard at its port."""
    environ = {
        "PYTHONPATH": str(copy),
        "TOCSIN_DATABASE_URL": database_url(settings),
        "TOCSIN_REDIS_URL": redis_url(settings),
        "TOCSIN_DATA": str(copy / "data"),
    }
    ran = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as lamp:
        lamp.bind(("127.0.0.1", 0))
        lamp.settimeout(20)
        for block in BLOCKS.finditer(PAGE):
            language, text = block.groups()
            if language != "console":
                name = SAVED.findall(PAGE[: block.start()])[-1]
                free = text.replace("port: 5140", f"port: {lamp.getsockname()[1]}")
                (copy / name).write_text(free, encoding="utf-8")
                continue
            for command, expected in re.findall(
                r"^\$ (.*)\n((?:(?!\$ ).+\n)*)", text, re.MULTILINE
            ):
                printed = said(command, copy, environ)
                assert expected.strip() in printed
                ran.append(command)
        heard = lamp.recv(1000).decode()
    assert "test" in heard.casefold()
    assert len(ran) == 4
