"""The systemd units: hardened, true to the code, judged by systemd itself where it is there."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deployment import DEPLOY, commands, variables

UNITS = DEPLOY / "systemd"
SERVICES = sorted(UNITS.glob("*.service"), key=lambda path: path.name)
HARDENING = UNITS / "tocsin-.service.d" / "hardening.conf"
# What systemd-analyze says of a service at most (0 is a wall, 10 an open door): with servers of its
# own tocsin.service needs more.
EXPOSURE = {"tocsin.service": 2.0}
EXPOSURE_OF_PARTS = 1.3
NEEDED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "MemoryDenyWriteExecute": "yes",
    "CapabilityBoundingSet": "",
    "SystemCallFilter": "@system-service",
    "PrivateUsers": "yes",
    "ProcSubset": "pid",
}


def settings(path: Path) -> list[tuple[str, str]]:
    """The lines ``Name=value`` of a unit."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)


def instance(path: Path) -> str:
    """The name of a unit, with an instance where it is a template."""
    return path.name.replace("@.", "@tag-1.")


def test_each_part_is_hardened() -> None:
    """One drop-in holds for every service but tocsin.service, which has its own."""
    found = settings(HARDENING)
    assert [] == [one for one in NEEDED.items() if one not in found]
    parts = [path for path in SERVICES if path.name != "tocsin.service"]
    assert 5 == len(parts)
    assert [] == [path for path in parts if not path.name.startswith("tocsin-")]
    loosened = [
        (path.name, key)
        for path in parts
        for key, _ in settings(path)
        if key in dict(found) and key not in {"Environment", "EnvironmentFile"}
    ]
    assert [] == loosened


def test_secrets_come_as_credentials() -> None:
    """Root's files are handed over by systemd; no unit names a secret itself."""
    found = settings(HARDENING)
    loaded = {value.split(":")[0] for key, value in found if key == "LoadCredential"}
    named = re.findall(r"(\w+)_FILE=%d/(\w+)", HARDENING.read_text(encoding="utf-8"))
    assert {"database_url", "redis_url"} == loaded == {file for _, file in named}
    assert [] == [name for name, file in named if name != f"TOCSIN_{file.upper()}"]


@pytest.mark.parametrize("path", [*SERVICES, HARDENING], ids=lambda path: path.name)
def test_settings_are_those_of_the_code(path: Path) -> None:
    """Each variable TOCSIN_... of a unit is a setting."""
    named = re.findall(r"\b(TOCSIN_[A-Z0-9_]+)=", path.read_text(encoding="utf-8"))
    assert set() == set(named) - variables()


def arguments(path: Path, folder: Path, name: str = "") -> list[str]:
    """What a unit calls ``tocsin`` with: its own ExecStart, run with another program in its place."""
    (line,) = [value for key, value in settings(path) if key == "ExecStart"]
    program = folder / "tocsin"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    line = line.replace("/opt/tocsin/.venv/bin/tocsin", str(program))
    line = line.replace("%i", name).replace("$$", "$")
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_it_runs_a_command_there_is(path: Path, tmp_path: Path) -> None:
    """The command stands in the code."""
    words = arguments(path, tmp_path, "1")
    assert {words[0], " ".join(words[:2])} & commands()


@pytest.mark.parametrize(
    ("name", "queues"),
    [
        ("1", []),
        ("fetch-1", ["fetch"]),
        ("tag-12", ["tag"]),
        ("fetch-deliver-1", ["fetch", "deliver"]),
    ],
)
def test_a_workers_instance_names_its_queues(name: str, queues: list[str], tmp_path: Path) -> None:
    """tocsin-worker@tag-2 is the second worker of one queue; a number alone serves all."""
    path = UNITS / "tocsin-worker@.service"
    assert ["worker", *queues] == arguments(path, tmp_path, name)


def analyze(*words: str) -> str | None:
    """What systemd-analyze says with our units in its path; ``None`` where it is not installed."""
    program = shutil.which("systemd-analyze")
    if program is None:
        return None
    path = {"SYSTEMD_UNIT_PATH": f"{UNITS}:/usr/lib/systemd/system:/lib/systemd/system"}
    done = subprocess.run(
        [program, "--no-pager", *words],
        env=dict(os.environ) | path,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_systemd_finds_them_right_and_tight(path: Path) -> None:
    """No remark on any line and little exposure; without systemd, no setting stands twice."""
    said = analyze("verify", "--man=no", "--recursive-errors=no", str(UNITS / instance(path)))
    judged = analyze("security", "--offline=true", instance(path))
    if said is None or judged is None:
        once = [key for key, _ in settings(path) if key.startswith("Protect")]
        assert len(once) == len(set(once))
        return
    ours = [line for line in said.splitlines() if str(UNITS) in line or path.name in line]
    assert [] == [line for line in ours if "is not executable" not in line]
    exposure = float(re.findall(r"Overall exposure level for .*: ([\d.]+)", judged)[0])
    assert exposure <= EXPOSURE.get(path.name, EXPOSURE_OF_PARTS)
