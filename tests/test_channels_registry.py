"""Finding channels, filling in their variables, and naming the mistakes in their configuration."""

import base64
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import worker.channels
from worker.channels import (
    BadConfigError,
    ChannelError,
    MissingVariableError,
    Problem,
    UnknownKindError,
    build,
    channel_kinds,
    configure,
    validate,
)
from worker.channels.answers import kept_words
from worker.channels.redaction import Redactor
from worker.cli.channels import shown
from worker.environment import Environment
from worker.model import Channel, Receipt
from worker.net import Net

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MAIL = {"host": "smtp.example.org", "from": "tocsin@example.org", "to": "ann@example.org"}

NEW_CHANNEL = """
from worker.channels.sender import ChannelConfig
from worker.model import Receipt


class Silence:
    kind = "silence"

    class Config(ChannelConfig):
        depth: int

    def __init__(self, config, surroundings):
        self.shown = f"<Silence {config.depth} of {surroundings.name!r}>"

    def __repr__(self):
        return self.shown

    async def send(self, announcement):
        return Receipt(delivered=True, detail="nothing done")
"""


def channel(kind: str, **config: Any) -> Channel:
    """A channel as the catalogue declares it."""
    return Channel(id=1, name="desk", kind=kind, config=config)


def test_channels_are_found_by_their_files() -> None:
    """Every module that defines a channel is one; the other modules are not."""
    assert list(channel_kinds()) == [
        "apprise", "console", "email", "exec", "file", "redis", "webhook"
    ]  # fmt: skip


def test_adding_a_channel_is_adding_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new file in the package is a channel at once, and can be built by its kind."""
    (tmp_path / "silence.py").write_text(NEW_CHANNEL, encoding="utf-8")
    monkeypatch.setattr(worker.channels, "__path__", [*worker.channels.__path__, str(tmp_path)])
    channel_kinds.cache_clear()
    try:
        assert "silence" in channel_kinds()
        assert repr(build(channel("silence", depth="3"), {}, Net())) == "<Silence 3 of 'desk'>"
    finally:
        channel_kinds.cache_clear()
        sys.modules.pop("worker.channels.silence", None)


def test_every_channel_and_key_is_documented() -> None:
    """Each kind has its section in docs/channels.md, and each key stands in it."""
    text = (Path(__file__).parent.parent / "docs" / "channels.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `(\w+)`.*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert list(channel_kinds()) == sorted(sections)
    for kind, sender in channel_kinds().items():
        for name, field in sender.Config.model_fields.items():
            assert f"| `{field.alias or name}` |" in sections[kind], f"{kind}: {name}"
            assert field.description, f"{kind}: {name} says nothing about itself"


def test_variables_are_filled_in_everywhere() -> None:
    """Variables in lists and inside longer texts are filled in, also where a number is wanted."""
    environ = {"HOST": "mail", "PORT": "2525", "ANN": "ann@example.org"}
    config = MAIL | {"host": "${HOST}.example.org", "port": "${PORT}", "to": ["${ANN}"]}
    made = build(channel("email", **config), environ, Net())
    assert repr(made) == "<Email 'desk' by mail.example.org:2525>"


def test_unset_variable_names_channel_and_variable() -> None:
    """One line says which variable of which channel is missing, and where it stands."""
    keys = {"url": "https://a.example/", "secret": [SECRET, "${NEW_SECRET}"]}
    with pytest.raises(MissingVariableError) as caught:
        build(channel("webhook", **keys), {}, Net())
    assert str(caught.value) == (
        "channel 'desk': secret.1: ${NEW_SECRET} is not set in the environment; "
        "set NEW_SECRET, or NEW_SECRET_FILE, or write the value"
    )


def test_a_variable_may_be_held_by_a_file(tmp_path: Path) -> None:
    """``NAME_FILE`` beside ``NAME``; a file that is not there is named with the variable."""
    held = tmp_path / "secret"
    held.write_text(f"{SECRET}\n")
    one = channel("webhook", url="https://a.example/", secret="${HOOK}")
    environ = Environment({"HOOK_FILE": str(held)})
    assert SECRET == configure(one, environ).model_dump()["secret"][0].get_secret_value()
    held.unlink()
    with pytest.raises(MissingVariableError) as caught:
        build(one, environ, Net())
    assert str(caught.value) == (
        f"channel 'desk': secret: HOOK_FILE: {held} cannot be read (No such file or directory); "
        "name a file that this account can read, or set HOOK itself"
    )


def test_unknown_kind_suggests_the_nearest() -> None:
    """A misspelt kind is answered with the right one."""
    with pytest.raises(
        UnknownKindError, match="unknown kind of channel 'emial'; did you mean 'email'"
    ):
        build(channel("emial"), {}, Net())
    assert issubclass(UnknownKindError, ChannelError)


@pytest.mark.parametrize(
    ("kind", "config", "expected"),
    [
        ("email", MAIL, []),
        ("console", {}, []),
        ("console", {"style": "loud"}, [("style",)]),
        ("email", MAIL | {"hots": "x"}, [("hots",)]),
        ("email", {}, [("host",), ("from",), ("to",)]),
        ("email", MAIL | {"to": ["ann@example.org", "bob"]}, [("to", 1)]),
        ("email", MAIL | {"to": []}, [("to",)]),
        ("email", MAIL | {"to": "ann@example.org, bob@example.org"}, [("to",)]),
        ("email", MAIL | {"from": "a@b.example\r\nBcc: x@y.example"}, [("from",)]),
        ("email", MAIL | {"from": "postmaster"}, [("from",)]),
        ("email", MAIL | {"to": "ann@bücher.example"}, [("to",)]),
        ("email", MAIL | {"port": 0}, [("port",)]),
        ("email", MAIL | {"security": "ssl"}, [("security",)]),
        ("email", MAIL | {"ca_file": "/nowhere.pem"}, [("ca_file",)]),
        ("email", MAIL | {"username": "ann"}, [()]),
        ("email", MAIL | {"username": "a", "password": "b", "security": "none"}, [()]),
        ("email", MAIL | {"username": "a", "password": "ключ"}, [("password",)]),
        ("email", MAIL | {"port": "${PORT}", "host": ""}, [("port",), ("host",)]),
        ("webhook", {"url": "ftp://a.example", "secret": SECRET}, [("url",)]),
        ("webhook", {"url": "http://[", "secret": SECRET}, [("url",)]),
        ("webhook", {"url": "https://a.example", "secret": 7}, [("secret",)]),
        ("webhook", {"url": "https://a.example", "secret": ["${A}", "${B}"]},
         [("secret", 0), ("secret", 1)]),
    ],
)  # fmt: skip
def test_mistakes_are_named_all_at_once(kind: str, config: Any, expected: list[Any]) -> None:
    """Every mistake comes with its place, a problem and a mend, each of one line."""
    problems = validate(kind, config, {})
    assert [problem.path for problem in problems] == expected
    for problem in problems:
        assert problem.problem
        assert problem.mend
        assert "\n" not in problem.problem + problem.mend


def test_mistakes_never_show_values() -> None:
    """A mistyped secret is described, not repeated."""
    keys = {"url": "https://a.example", "secret": "hunter2", "passwort": "hunter3"}
    assert "hunter" not in str(validate("webhook", keys, {}))
    with pytest.raises(BadConfigError) as caught:
        build(channel("webhook", **keys), {}, Net())
    assert "hunter" not in str(caught.value)


def test_a_misspelt_key_suggests_the_right_one() -> None:
    """The mend of an unknown key names the nearest and all others."""
    assert validate("email", MAIL | {"usernam": "x"}, {}) == [
        Problem(
            ("usernam",),
            "unknown key 'usernam'",
            "did you mean 'username'? the keys are concurrency, rate, heartbeat, zone, host, port, "
            "security, username, password, from, to, timeout, ca_file, dkim, pace",
        )
    ]


def test_each_kind_has_its_own_concurrency_unless_told() -> None:
    """A terminal takes one line at a time; what the file says counts everywhere."""
    assert configure(channel("console"), {}).at_once == 1
    assert configure(channel("email", **MAIL), {}).at_once == 2
    assert configure(channel("console", concurrency=3), {}).at_once == 3


@pytest.mark.parametrize(
    ("config", "problem", "mend"),
    [
        ({"rate": "fast"}, "is 'fast'", "write a number and s, min, h or d, e.g. 60/min or 10/s"),
        ({"concurrency": 0}, "should be greater than or equal to 1", "concurrency: attempts under"),
    ],
)
def test_a_wrong_pace_is_named(config: Any, problem: str, mend: str) -> None:
    """What is wrong with it, and how it is written."""
    (found,) = validate("console", config)
    assert (found.path, found.problem) == (tuple(config), problem)
    assert found.mend.startswith(mend)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"url": "https://ann:pw@a.example/hooks/1?k=2"}, {"url": "https://a.example/***"}),
        ({"url": "https://a.example/"}, {"url": "https://a.example"}),
        ({"url": "slack://TOKEN_A/TOKEN_B"}, {"url": "slack://***"}),
        ({"url": "${SLACK_URL}"}, {"url": "${SLACK_URL}"}),
        ({"secret": "whsec_x"}, {"secret": "***"}),
        ({"headers": {"X-Any": "abc"}}, {"headers": {"X-Any": "***"}}),
        ({"host": "smtp.example.org"}, {"host": "smtp.example.org"}),
    ],
)
def test_what_is_shown_of_a_configuration(
    config: dict[str, object], expected: dict[str, object]
) -> None:
    """Neither secrets nor the parts of URLs that may be some."""
    assert expected == shown(Channel(id=1, name="desk", kind="webhook", config=config))


@pytest.mark.parametrize(
    ("kind", "config", "path"),
    [
        ("webhook", {"url": "https://a.example", "secret": SECRET, "headers": {"X-Key": "${K}"}},
         ("headers", "X-Key")),
        ("apprise", {"url": "${K}"}, ("url",)),
    ],
)  # fmt: skip
def test_secrets_may_stand_in_variables(
    kind: str, config: dict[str, object], path: tuple[str, ...]
) -> None:
    """Unset, only the variable is missed; set, its value is judged."""
    (unset,) = validate(kind, config, {})
    assert (unset.path, unset.problem) == (path, "${K} is not set in the environment")
    assert validate(kind, config, {"K": "ntfys://my-topic"}) == []
    (bad,) = validate(kind, config, {"K": "a\nb"})
    assert bad.path[0] == path[0]


def test_secrets_are_struck_out_however_they_are_said_back() -> None:
    """In base64 too, wherever they begin in it, and before words are cut; other words stay."""
    strike = Redactor(["hunter2secret"])
    for before in ("", "a", "ann:", "anna:"):
        coded = base64.b64encode(f"{before}hunter2secret".encode()).decode()
        assert coded[-12:] not in strike(f"you sent {coded}")
        assert "Authorization: Basic ***" in strike(f"Authorization: Basic {coded}")
    said = b"x" * (Receipt.ANSWER_BYTES - 8) + b" hunter2secret"
    assert "hunter" not in kept_words(said, strike)
    assert "authorization failed for ann" == strike("authorization failed for ann")
