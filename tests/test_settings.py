"""Settings from the environment."""

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from worker.environment import VariableError
from worker.settings import Settings, default_data_directory, is_secret, secret_origins


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env of the developer's is read."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("6h", timedelta(hours=6)),
        ("1d", timedelta(days=1)),
        ("0.5", timedelta(seconds=0.5)),
    ],
)
def test_durations_are_written_as_people_do(
    monkeypatch: pytest.MonkeyPatch, written: str, length: timedelta
) -> None:
    """With a unit, or as seconds."""
    monkeypatch.setenv("TOCSIN_POLL_INTERVAL", written)
    assert length == Settings().poll_interval


def test_an_empty_variable_is_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """``TOCSIN_DATA=`` must not put a database into whatever folder one stands in."""
    monkeypatch.setenv("TOCSIN_DATA", "")
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "")
    assert (default_data_directory(), None) == (Settings().data, Settings().database_url)


def test_networks_and_ports_are_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comma separated, blanks allowed."""
    monkeypatch.setenv("TOCSIN_NET_ALLOW", "10.1.0.0/16, fd00::/8")
    monkeypatch.setenv("TOCSIN_NET_PORTS", "80,443, 8080")
    settings = Settings()
    assert (ip_network("10.1.0.0/16"), ip_network("fd00::/8")) == settings.net_allow
    assert (80, 443, 8080) == settings.net_ports


@pytest.mark.parametrize(
    ("written", "fine"),
    [
        ("http://proxy.example:3128", True),
        ("socks5h://ann:p%40ss@[::1]:1080", True),
        ("proxy.example:3128", False),
        ("ftp://proxy.example", False),
        ("http://", False),
    ],
)
def test_proxies_are_urls(monkeypatch: pytest.MonkeyPatch, written: str, fine: bool) -> None:
    """What cannot be a proxy is refused at the start, and a password in it is not shown."""
    monkeypatch.setenv("TOCSIN_NET_PROXY", written)
    if fine:
        assert written == Settings().net_proxy.get_secret_value()
        assert written not in repr(Settings())
    else:
        with pytest.raises(ValidationError):
            Settings()


def test_nonsense_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting that is wrong is the one the error names."""
    monkeypatch.setenv("TOCSIN_LEASE", "soon")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert [("lease",)] == [error["loc"] for error in refused.value.errors()]


def test_passwords_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by repr nor by JSON."""
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "postgresql://user:hunter2@db/tocsin")
    settings = Settings()
    assert "hunter2" not in repr(settings) + settings.model_dump_json()


SECRETS = ["database_url", "redis_url", "net_proxy"]


@pytest.mark.parametrize("setting", SECRETS)
@pytest.mark.parametrize("dotenv", [False, True])
def test_a_secret_setting_may_be_held_by_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str, dotenv: bool
) -> None:
    """Named by the environment or by .env; said without showing it."""
    url = "http://user:hunter2@host:1"
    held = tmp_path / "held"
    held.write_text(f"{url}\n")
    name = f"TOCSIN_{setting.upper()}"
    if dotenv:
        (tmp_path / ".env").write_text(f"{name}_FILE={held}\n")
    else:
        monkeypatch.setenv(f"{name}_FILE", str(held))
    assert url == getattr(Settings(), setting).get_secret_value()
    assert {name: f"file {held}"} == secret_origins()


def test_the_environment_wins_over_a_file_that_dotenv_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As with every other setting."""
    (tmp_path / "held").write_text("redis://held/0")
    (tmp_path / ".env").write_text(
        "TOCSIN_REDIS_URL_FILE=held\nTOCSIN_DATABASE_URL=postgresql://a/b\n"
    )
    monkeypatch.setenv("TOCSIN_REDIS_URL", "redis://other/0")
    found = Settings().redis_url
    assert found is not None
    assert "redis://other/0" == found.get_secret_value()
    assert {
        "TOCSIN_DATABASE_URL": ".env",
        "TOCSIN_REDIS_URL": "environment",
    } == secret_origins()


def test_a_setting_and_its_file_are_too_much(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Both set is an error that names both."""
    (tmp_path / "held").write_text("redis://held/0")
    monkeypatch.setenv("TOCSIN_REDIS_URL", "redis://other/0")
    monkeypatch.setenv("TOCSIN_REDIS_URL_FILE", str(tmp_path / "held"))
    with pytest.raises(VariableError, match="TOCSIN_REDIS_URL and TOCSIN_REDIS_URL_FILE are both"):
        Settings()


def test_every_password_is_a_secret_setting() -> None:
    """A setting that may hold a password can be held by a file."""
    assert SECRETS == [name for name, field in Settings.model_fields.items() if is_secret(field)]
    suspicious = re.compile("url|proxy|password|token|secret|key")
    named = {name for name in Settings.model_fields if suspicious.search(name)}
    assert {*SECRETS, "public_url"} == named


def test_how_long_things_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """As lengths of time, or for ever; articles and alerts are, unless somebody says otherwise."""
    kept = Settings().retention
    assert (None, None, timedelta(days=7)) == (kept.items, kept.alerts, kept.pages)
    monkeypatch.setenv("TOCSIN_KEEP_ITEMS", "400d")
    monkeypatch.setenv("TOCSIN_KEEP_PAGES", "Forever")
    monkeypatch.setenv("TOCSIN_PRUNE_AT", "never")
    kept = Settings().retention
    assert (timedelta(days=400), None) == (kept.items, kept.pages)
    assert Settings().prune_at is None


def test_articles_stay_while_stories_look_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others are compared with is not deleted."""
    monkeypatch.setenv("TOCSIN_KEEP_ITEMS", "30d")
    monkeypatch.setenv("TOCSIN_STORY_WINDOW", "40d")
    assert timedelta(days=80) == Settings().retention.items


@pytest.mark.parametrize(
    ("name", "value"),
    [("KEEP_ITEMS", "7d"), ("KEEP_ALERTS", "1h"), ("KEEP_PAGES", "0"), ("PRUNE_AT", "25:00")],
)
def test_too_short_a_time_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Stories would ring twice, rates would be wrong."""
    monkeypatch.setenv(f"TOCSIN_{name}", value)
    with pytest.raises(ValidationError, match="write"):
        Settings()


@pytest.mark.parametrize("url", ["news.example.org", "ftp://news.example", "https://", "https://a@b.example", "https://n.example/?a=1", "https://n.example:99999"])  # fmt: skip
def test_a_public_address_is_one(url: str) -> None:
    """Mails would link to it: what cannot be followed is refused, and said how to write it."""
    with pytest.raises(ValidationError, match=r"write where it is reached, as https://news"):
        Settings.model_validate({"public_url": url})
    assert Settings.model_validate({"public_url": " https://n.example/desk "}).public_url == (
        "https://n.example/desk"
    )
