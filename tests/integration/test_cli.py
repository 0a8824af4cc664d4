"""The command line as a user meets it: real processes, real servers, one line for every mistake."""

import json
import typing
from pathlib import Path

import pytest
import typer
from sqlalchemy import Engine

from tests.integration.command import Run, one_line
from tests.integration.newsstand import SECRET, Publisher, Receiver
from worker.cli import app
from worker.store.engine import run

ROOT = Path(__file__).parents[2]


def test_a_feed_is_added_listed_paused_polled_and_removed(
    tocsin: Run, publisher: Publisher
) -> None:
    """The life of a feed by command."""
    publisher.publish("one", "Первая новость", "Текст новости. " * 20)
    url = f"{publisher.url}/feed"
    assert (
        "Added press: Test Gazette, 1 items now.\n"
        == tocsin("feeds", "add", url, "--name", "press").stdout
    )
    polled = tocsin("feeds", "poll", "press").stdout
    assert "press: 1 new items (a silent baseline), 0 revised.\n" == polled
    assert "press is paused.\n" == tocsin("feeds", "pause", "press").stdout
    assert "press is active.\n" == tocsin("feeds", "resume", "press").stdout
    (feed,) = json.loads(tocsin("feeds", "list", "--json").stdout)
    assert ("press", "active", 200) == (feed["name"], feed["state"], feed["last_status"])
    shown = json.loads(tocsin("feeds", "show", "press", "--json").stdout)
    assert ["Первая новость"] == [item["entry"]["title"] for item in shown["items"]]
    assert "Removed press.\n" == tocsin("feeds", "remove", "press").stdout
    assert [] == json.loads(tocsin("feeds", "list", "--json").stdout)


def test_a_removed_feed_comes_back_knowing_its_items(tocsin: Run, publisher: Publisher) -> None:
    """Adding a feed again does not make its old items new."""
    publisher.publish("one", "Первая новость", "Текст новости. " * 20)
    url = f"{publisher.url}/feed"
    tocsin("feeds", "add", url, "--name", "press")
    tocsin("feeds", "poll", "press")
    tocsin("feeds", "remove", "press")
    tocsin("feeds", "add", url, "--name", "again")
    polled = tocsin("feeds", "poll", "again").stdout
    assert "again: 0 new items (a silent baseline), 0 revised.\n" == polled


def test_a_web_page_is_refused_as_a_feed(tocsin: Run, publisher: Publisher) -> None:
    """Nothing is stored of it."""
    publisher.state.feed_body = b"<!doctype html><html><body>Hello</body></html>"
    assert "this is a web page, not a feed" in one_line(
        tocsin("feeds", "add", f"{publisher.url}/feed")
    )
    assert [] == json.loads(tocsin("feeds", "list", "--json").stdout)


def test_the_same_feed_is_refused_twice(tocsin: Run, publisher: Publisher) -> None:
    """By URL and by name."""
    url = f"{publisher.url}/feed"
    tocsin("feeds", "add", url, "--name", "press")
    assert "is polled already" in one_line(tocsin("feeds", "add", url))
    other = url.replace("127.0.0.1", "localhost")
    taken = tocsin("feeds", "add", other, "--name", "press", "--no-check")
    assert "a feed named 'press' exists already" in one_line(taken)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("feeds", "show", "none"), "no feed 'none': see tocsin feeds list"),
        (("feeds", "add", "ftp://example.org/x"), "is not an http or https address"),
        (("feeds", "add", "http://x.org/", "--language", "en-US"), "language code; write 'en'"),
        (("feeds", "add", "http://x.org/", "--interval", "31d"), "is no time up to 30 days"),
        (("watches", "show", "none"), "no watch named 'none'"),
        (("watches", "add", "w", "storm", "-c", "nowhere"), "no channel named 'nowhere'"),
        (("channels", "test", "none"), "no channel named 'none'"),
        (("items", "show", "99"), "no item '99'"),
        (("items", "list", "--feed", "none"), "no feed 'none': see tocsin feeds list"),
        (("alerts", "show", "99"), "no alert 99"),
        (("alerts", "list", "--watch", "none"), "no watch named 'none'"),
        (("stories", "split", "99"), "no item 99: see tocsin items list"),
        (("stories", "list", "--since", "soon"), "--since 'soon' is no length of time"),
        (("watches", "mute", "--entity", "Putn"), "did you mean 'Vladimir Putin'"),
        (("watches", "mute", "--story", "99"), "no story 99: see tocsin stories list"),
        (("apply", "missing.yaml"), "missing.yaml does not exist"),
        (("worker", "nonsense"), "no queue named 'nonsense'"),
        (("items", "list", "--state", "nonsense"), "no state named 'nonsense'"),
    ],
)
def test_what_does_not_exist_is_named(tocsin: Run, arguments: tuple[str, ...], words: str) -> None:
    """Each mistake is one line that names the thing; exit code 2."""
    assert words in one_line(tocsin(*arguments))


@pytest.mark.parametrize(
    ("name", "value"),
    [("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("LEASE", "0s"), ("POLL_INTERVAL_MIN", "never")],
)
def test_a_wrong_setting_is_named(tocsin: Run, name: str, value: str) -> None:
    """Nothing is silently taken for something else."""
    assert f"TOCSIN_{name}: " in one_line(tocsin("status", **{f"TOCSIN_{name}": value}))


def test_words_of_settings_may_be_in_capitals(tocsin: Run) -> None:
    """Other programs write log levels so."""
    assert 0 == tocsin("status", TOCSIN_LOG_LEVEL="WARNING").returncode


def test_numbers_beyond_the_database_are_refused(tocsin: Run) -> None:
    """In our words, not in the database's."""
    for arguments in (("alerts", "show", "9" * 20), ("items", "list", "-n", "9" * 20)):
        assert f"'{'9' * 20}' is too large: at most" in one_line(tocsin(*arguments))
    assert "STORY '0' is too small: at least 1" in one_line(tocsin("stories", "show", "0"))


def test_every_number_that_is_none_is_told_in_one_line(tocsin: Run) -> None:
    """Of every command: which argument or option it is, what was given, and whose help to read."""
    tried = 0
    for name, command in commands(typer.main.get_command(app)):
        path = name.split()[1:]
        for one in getattr(command, "params", ()):
            kind = one.type_descriptor.annotation
            if int not in {kind, *typing.get_args(kind)}:
                continue
            given = [one.opts[-1], "x"] if one.param_type_name == "option" else ["x", "x"]
            line = one_line(tocsin(*path, *given))
            assert f"'x' is no whole number; see {name} --help" in line
            tried += 1
    assert 15 < tried


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("stories", "lsit"), "no such command 'lsit': did you mean 'list'"),
        (("nonsense",), "no such command 'nonsense'; see tocsin --help"),
        (("items", "show"), "missing argument 'ID|URL'; see tocsin items show --help"),
        (("stories", "list", "--limti", "3"), "no such option: --limti (Possible options: --limit"),
        (("stories", "list", "more"), "got unexpected extra argument(s) (more)"),
        (("items", "list", "-n"), "option '-n' requires an argument"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(
    tocsin: Run, arguments: tuple[str, ...], words: str
) -> None:
    """Commands, options and arguments that there are not or are missing."""
    assert words in one_line(tocsin(*arguments))


def test_a_group_alone_shows_its_help(tocsin: Run) -> None:
    """No error line beside it."""
    done = tocsin("stories")
    assert ("", True) == (done.stderr, "merge" in done.stdout)


def test_a_wrong_query_shows_the_place(tocsin: Run) -> None:
    """A caret stands under the mistake, and nothing is stored."""
    done = tocsin("watches", "add", "w", "storm AND")
    assert 2 == done.returncode
    lines = done.stderr.splitlines()
    assert "storm AND" in lines[1]
    assert "^" in lines[2]
    assert [] == json.loads(tocsin("watches", "list", "--json").stdout)


def test_an_unreachable_database_is_one_line_without_the_password(tocsin: Run) -> None:
    """The password of the URL is not shown."""
    url = "postgresql://user:hunter2@127.0.0.1:1/none"
    line = one_line(tocsin("status", TOCSIN_DATABASE_URL=url))
    assert "the database cannot be reached" in line
    assert "hunter2" not in line


def test_an_empty_database_names_the_upgrade(tocsin: Run, empty_database_url: str) -> None:
    """A worker does not start on a schema it does not know; the upgrade mends it."""
    line = one_line(tocsin("worker", "deliver", TOCSIN_DATABASE_URL=empty_database_url))
    assert "run tocsin db upgrade" in line
    line = one_line(tocsin("status", TOCSIN_DATABASE_URL=empty_database_url))
    assert "run tocsin db upgrade" in line
    upgraded = tocsin("db", "upgrade", TOCSIN_DATABASE_URL=empty_database_url)
    assert "from empty to" in upgraded.stdout


def test_a_catalogue_is_applied_whole_or_not_at_all(
    tocsin: Run, tmp_path: Path, engine: Engine
) -> None:
    """All mistakes at once with their places; a good file shows its diff; --prune removes."""
    path = tmp_path / "feeds.yaml"
    path.write_text(
        "feeds:\n  - {name: good, url: https://example.org/a}\n  - {name: Bad Name, url: nonsense}\n"
        "watches:\n  - {name: w, query: 'person:', channels: [nowhere]}\n",
        encoding="utf-8",
    )
    refused = tocsin("apply", "feeds.yaml")
    assert 2 == refused.returncode
    places = [line.split(": ")[0] for line in refused.stderr.splitlines()]
    assert 4 <= len(places)
    assert [] == json.loads(tocsin("feeds", "list", "--json").stdout)
    good = "feeds:\n  - {name: good, url: https://example.org/a}\n"
    path.write_text(good, encoding="utf-8")
    assert "+ feed good" in tocsin("apply", "feeds.yaml", "--dry-run").stdout
    assert [] == json.loads(tocsin("feeds", "list", "--json").stdout)
    tocsin("apply", "feeds.yaml")
    assert "nothing to change" in tocsin("apply", "feeds.yaml").stdout
    path.write_text("feeds:\n  - {name: other, url: https://example.org/b}\n", encoding="utf-8")
    assert "- feed good" in tocsin("apply", "feeds.yaml", "--prune").stdout
    with engine.connect() as connection:
        left = run(connection, "SELECT name FROM feed WHERE removed_at IS NULL")
    assert [{"name": "other"}] == left


def test_a_channel_test_reaches_the_receiver_and_shows_no_secret(
    tocsin: Run, tmp_path: Path, receiver: Receiver
) -> None:
    """The sample is signed and marked as a test; lists keep the secret to themselves."""
    (tmp_path / "feeds.yaml").write_text(
        "channels:\n  - name: hook\n    kind: webhook\n"
        f"    url: {receiver.url}/hook\n    secret: ${{TOCSIN_TEST_SECRET}}\n",
        encoding="utf-8",
    )
    tocsin("apply", "feeds.yaml")
    assert 0 == tocsin("channels", "test", "hook").returncode
    assert 1 == len(receiver.received)
    listed = tocsin("channels", "list", "--json").stdout + tocsin("channels", "list").stdout
    assert SECRET not in listed
    assert "***" in listed


def test_doctor_finds_what_is_wrong(tocsin: Run) -> None:
    """All is well on the test's servers; an unreachable Valkey is named with its mend."""
    well = tocsin("doctor")
    assert 0 == well.returncode
    assert "reading feeds: a process that reads documents started" in well.stdout
    ill = tocsin("doctor", TOCSIN_REDIS_URL="redis://127.0.0.1:1")
    assert 1 == ill.returncode
    assert "FAIL valkey" in ill.stdout
    assert "TOCSIN_REDIS_URL" in ill.stdout
    lost = tocsin("doctor", TOCSIN_CATALOGUE="missing.yaml")
    assert "FAIL feeds.yaml: missing.yaml does not exist" in lost.stdout


def test_languages_are_told_with_what_reads_them(tocsin: Run) -> None:
    """Each with its tier, as a table and as JSON."""
    told = {one["language"]: one for one in json.loads(tocsin("languages", "--json").stdout)}
    assert ("model", "rules", "gazetteer only") == tuple(
        told[x]["tier"] for x in ("ru", "pl", "th")
    )
    assert "tocsin[fr]" in tocsin("languages").stdout


def test_a_model_that_is_not_there_stops_what_would_use_it(tocsin: Run) -> None:
    """One line names the setting, the model and the mend."""
    for command in (("languages",), ("up",), ("worker", "tag"), ("tag",)):
        refused = tocsin(*command, TOCSIN_MODELS="nl=no_such_model")
        assert 2 == refused.returncode
        assert "TOCSIN_MODELS: no_such_model is no spaCy pipeline" in refused.stderr
        assert 1 == len(refused.stderr.strip().splitlines())
    assert "no_such_model" in tocsin("doctor", TOCSIN_MODELS="nl=no_such_model").stdout


def test_status_is_json_when_asked(tocsin: Run) -> None:
    """Everything a monitor needs, in one object."""
    status = json.loads(tocsin("status", "--json").stdout)
    assert {"deliver": 0, "fetch": 0, "recount": 0, "retag": 0, "tag": 0} == status["queues"]
    assert (0, 0) == (status["feeds"], status["alerts"])


def commands(group: object, path: str = "tocsin") -> list[tuple[str, object]]:
    """Every command with its whole name."""
    assert isinstance(group, typer.core.TyperGroup)
    found: list[tuple[str, object]] = []
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            found += commands(command, f"{path} {name}")
        else:
            found.append((f"{path} {name}", command))
    return found


def test_every_command_is_documented_and_has_an_example() -> None:
    """docs/commands.md names each command; each help ends in an example."""
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    found = commands(typer.main.get_command(app))
    assert 25 <= len(found)
    assert [] == [name for name, _ in found if f"### `{name}`" not in page]
    assert [] == [name for name, one in found if "xample" not in (getattr(one, "help", "") or "")]
