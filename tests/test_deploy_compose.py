"""compose.yaml: valid by the published schema, closed where it can be, true to the code."""

import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import DEPLOY, commands, documents, variables

COMPOSE = DEPLOY / "compose.yaml"
PARTS = ("scheduler", "worker-fetch", "worker-tag", "worker-deliver", "serve")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file with its anchors followed."""
    return documents(COMPOSE)[0]


def test_the_published_schema_takes_it() -> None:
    """The Compose specification's own schema."""
    checker = Path(sys.executable).with_name("check-jsonschema")
    judged = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", COMPOSE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == judged.returncode, judged.stdout


def test_the_schema_would_notice() -> None:
    """A misspelt key is refused, so a file that is taken is right."""
    checker = Path(sys.executable).with_name("check-jsonschema")
    judged = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", "-"],
        input=json.dumps({"services": {"one": {"image": "a", "read-only": True}}}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert 1 == judged.returncode


def test_every_service_is_closed_and_bounded(compose: dict[str, Any]) -> None:
    """Read-only root, no capabilities by default, no way to new privileges, limits on all."""
    for name, service in compose["services"].items():
        assert service["read_only"], name
        assert ["ALL"] == service["cap_drop"], name
        assert ["no-new-privileges:true"] == service["security_opt"], name
        assert {"cpus", "memory", "pids"} == set(service["deploy"]["resources"]["limits"]), name
        assert ("postgres" == name) == ("cap_add" in service)


def test_only_what_asks_the_web_has_a_way_out(compose: dict[str, Any]) -> None:
    """The databases, the migration and the tagging workers cannot reach anything outside."""
    assert compose["networks"]["inside"] == {"internal": True}
    without = {n for n, one in compose["services"].items() if one["networks"] == ["inside"]}
    assert {"postgres", "valkey", "migrate", "catalogue", "worker-tag"} == without


def test_nothing_starts_before_what_it_needs(compose: dict[str, Any]) -> None:
    """Postgres answers, then the schema is brought up, then the parts start."""
    services = compose["services"]
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for part in PARTS:
        waits = services[part]["depends_on"]
        assert "service_completed_successfully" == waits["migrate"]["condition"]
        assert "service_healthy" == waits["valkey"]["condition"]
    for server in ("postgres", "valkey"):
        assert "healthcheck" in services[server]


def test_published_ports_are_those_of_this_machine(compose: dict[str, Any]) -> None:
    """Nothing is reached from elsewhere unless somebody puts a proxy before it."""
    ports = [port for one in compose["services"].values() for port in one.get("ports", [])]
    assert ports
    assert [] == [port for port in ports if not port.startswith("127.0.0.1:")]


def test_commands_and_settings_are_those_of_the_code(compose: dict[str, Any]) -> None:
    """Each part runs a command there is, with settings there are, and secrets by file."""
    known = commands()
    for name, service in compose["services"].items():
        if not service["image"].startswith("${TOCSIN_IMAGE"):
            continue
        words = service["command"]
        assert {words[0], " ".join(words[:2])} & known, name
        assert [] == [one for one in service["environment"] if one not in variables()], name
        assert {"database_url", "redis_url"} <= set(service["secrets"]), name


def test_every_file_that_is_mounted_is_there_or_made(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    """Configs stand in the repository; secrets are made by secrets.sh, once, closed to others."""
    for name, one in compose["configs"].items():
        path = one["file"].removeprefix("${TOCSIN_FEEDS:-").removesuffix("}")
        assert (DEPLOY / path).is_file(), name
    script = shutil.copy(DEPLOY / "secrets.sh", tmp_path)
    subprocess.run([script], check=True)
    made = {path: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    for one in compose["secrets"].values():
        assert (tmp_path / one["file"]).stat().st_size
    assert 0o700 == stat.S_IMODE((tmp_path / "secrets").stat().st_mode)
    password = made[tmp_path / "secrets" / "postgres_password"]
    assert 48 == len(password)
    assert f"postgresql://tocsin:{password}@postgres:5432/tocsin" in made.values()
    subprocess.run([script], check=True)
    assert made == {path: path.read_text() for path in (tmp_path / "secrets").iterdir()}


def test_the_bundled_valkey_takes_its_file(tmp_path: Path) -> None:
    """What secrets.sh writes for Valkey is read by a real one: password on, appendonly on."""
    script = shutil.copy(DEPLOY / "secrets.sh", tmp_path)
    subprocess.run([script], check=True)
    lines = (tmp_path / "secrets" / "valkey.conf").read_text().splitlines()
    told = dict(line.split(" ", 1) for line in lines)
    assert "yes" == told["appendonly"]
    assert "noeviction" == told["maxmemory-policy"]
    address = (tmp_path / "secrets" / "redis_url").read_text()
    assert f"redis://:{told['requirepass']}@valkey:6379/0" == address
