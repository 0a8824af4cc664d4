"""Variables, and files that hold the value of one."""

from pathlib import Path

import pytest

from worker.catalogue import fill
from worker.environment import LARGEST, Environment, VariableError, of_no_secrets


def held(tmp_path: Path, content: bytes, **variables: str) -> Environment:
    """An environment whose KEY is held by a file."""
    path = tmp_path / "key"
    path.write_bytes(content)
    return Environment({"KEY_FILE": str(path)} | variables)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"tell nobody", "tell nobody"),
        (b"tell nobody\n", "tell nobody"),
        (b"tell nobody\r\n", "tell nobody"),
        (b" two\nlines\n\n", " two\nlines\n"),
        ("\u00fcber".encode(), "\u00fcber"),
    ],
)
def test_a_file_holds_the_value(tmp_path: Path, content: bytes, value: str) -> None:
    """All of it counts but the newline it ends with."""
    environ = held(tmp_path, content)
    assert value == environ["KEY"]
    assert f"Bearer {value}" == fill("Bearer ${KEY}", environ)
    assert "KEY" in environ
    assert {"KEY", "KEY_FILE"} == set(environ)
    assert 2 == len(environ)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfe", "is not text in UTF-8"),
        (b"x" * (LARGEST + 1), "is too large for a secret"),
    ],
)
def test_what_cannot_be_a_secret_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    """One line names the variable and the file."""
    with pytest.raises(VariableError) as caught:
        held(tmp_path, content)["KEY"]
    assert f"KEY_FILE: {tmp_path / 'key'} {problem}" == caught.value.problem


@pytest.mark.parametrize("path", ["missing", ".", "a\x00b"])
def test_an_unreadable_file_is_named(tmp_path: Path, path: str) -> None:
    """So is a folder, or what is no path at all."""
    with pytest.raises(VariableError, match=r"KEY_FILE: .* cannot be read \(.*set KEY itself"):
        Environment({"KEY_FILE": f"{tmp_path}/{path}"})["KEY"]


def test_both_are_a_mistake(tmp_path: Path) -> None:
    """Nobody has to guess which counts; an empty variable is none."""
    with pytest.raises(VariableError) as caught:
        held(tmp_path, b"tell nobody", KEY="other")["KEY"]
    assert "KEY and KEY_FILE are both set; unset one of them" == str(caught.value)
    assert "tell nobody" == held(tmp_path, b"tell nobody", KEY="")["KEY"]


def test_a_new_secret_counts_at_once(tmp_path: Path) -> None:
    """Nothing keeps what the file held before."""
    environ = held(tmp_path, b"old")
    assert "old" == environ["KEY"]
    (tmp_path / "key").write_text("new")
    assert "new" == environ["KEY"]


def test_credentials_of_systemd(tmp_path: Path) -> None:
    """A relative path is looked for where systemd puts credentials; an absolute one is itself."""
    (tmp_path / "pager").write_text("tell nobody")
    environ = Environment({"CREDENTIALS_DIRECTORY": str(tmp_path), "KEY_FILE": "pager"})
    assert ("tell nobody", f"file {tmp_path / 'pager'}") == (environ["KEY"], environ.origin("KEY"))
    assert Path("/run/key") == Environment({**environ, "KEY_FILE": "/run/key"}).file("KEY")


def test_origins_show_no_values(tmp_path: Path) -> None:
    """Where a value comes from, never what it is."""
    environ = held(tmp_path, b"tell nobody", TOKEN="nor this")
    assert "environment" == environ.origin("TOKEN")
    assert "not set" == environ.origin("OTHER")
    assert "nor this" not in repr(environ)


def test_others_of_the_environment_stay_away_from_strangers() -> None:
    """What reads a stranger's document gets what Python needs, and no secret."""
    ours = {
        "PATH": "/bin",
        "PYTHONPATH": "/srv",
        "LC_ALL": "C",
        "PAGER": "x",
        "TOCSIN_REDIS_URL": "y",
    }
    assert {"PATH": "/bin", "PYTHONPATH": "/srv", "LC_ALL": "C"} == of_no_secrets(ours)
