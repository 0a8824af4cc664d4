"""Every command by name: where it is and what it does, without importing any of them.

A command's module is imported when the command is asked for: most bring heavy libraries.
"""

import importlib
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from worker import __version__
from worker.memory import without_collection


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command or a group of commands is, and the first line of its help."""

    module: str
    name: str
    help: str
    panel: str = "Commands"


STAGES = "Each stage alone"
COMMANDS = {
    "demo": Place("system", "demo", "Play a recorded newsroom through the real system, and show the bell ringing."),
    "up": Place("running", "up", "Run everything in the foreground until Ctrl-C: servers, scheduler, workers."),
    "scheduler": Place("running", "run_scheduler", "Run a scheduler alone. Any number may run."),
    "worker": Place("running", "run_worker", "Run a worker of some queues, or of all. Any number may run."),
    "serve": Place("running", "run_server", "Serve watches as feeds, alerts and unsubscribing from mails over HTTP, at TOCSIN_LISTEN or 127.0.0.1:8373."),
    "apply": Place("system", "apply_catalogue", "Show what a feeds.yaml changes, and apply it in one transaction."),
    "status": Place("status", "show_status", "Show the whole system at a glance: feeds, workers, queues, lags, the last alert."),
    "top": Place("top", "top", "Watch the system at work: rates, lags, slow and failing feeds, the last alerts."),
    "tail": Place("tail", "tail", "Follow stories and alerts as they come, until Ctrl-C."),
    "explain": Place("explain", "explain", "Explain what became of a story's item: its whole way, and why it rang or did not."),
    "retag": Place("retag", "retag", "Tag stored articles anew, in the background, after an update or with new entities."),
    "languages": Place("languages", "languages", "Show how each language is read: by a model, by rules or by lists alone, and what would be better."),
    "doctor": Place("system", "doctor", "Check every dependency, setting and permission, and say the mend of what is wrong."),
    "db": Place("system", "database", "The database: upgrade, downgrade, roles, prune, index."),
    "feeds": Place("feeds", "app", "What is polled: add, import, list, show, check, pause, tag, release, export."),
    "watches": Place("watches", "app", "What to ring for: list, add, edit, mute, test, backfill, explain, show, remove."),
    "entities": Place("entities", "app", "Who and what is known by name: search, show, list, add, import, sync, merge, split."),
    "channels": Place("unsubscriptions", "app", "Where alerts go: list, pause, resume, unsubscribed, resubscribe, test."),
    "webhook": Place("webhook", "app", "What webhooks look like: schema, openapi."),
    "items": Place("items", "app", "The stories that came in: list, search, show."),
    "stories": Place("stories", "app", "Articles that report the same event: list, show, merge, split."),
    "alerts": Place("alerts", "app", "What rang, and what became of it: list, show."),
    "deliveries": Place("deliveries", "app", "What was sent where: list, show, replay, replay-dead."),
    "parse": Place("stages", "parse", "Parse a feed document (RSS, Atom, JSON Feed or news sitemap) into JSON.", STAGES),
    "extract": Place("stages", "extract", "Find the article in web pages: title, text, language, authors, section, dates, captions.", STAGES),
    "tag": Place("tagging", "tag", "Name the people, organizations, countries and topics of plain text or article JSON.", STAGES),
    "match": Place("stages", "match", "Match tagged documents, one JSON a line, against watches; one line for each match.", STAGES),
}  # fmt: skip


def load(name: str) -> Any:
    """A command, imported."""
    place = COMMANDS[name]
    with without_collection():  # what is imported stays
        module = importlib.import_module(f"worker.cli.{place.module}")
    found = getattr(module, place.name)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(
            add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown"
        )
        alone.command(name, rich_help_panel=place.panel)(found)
        found = alone
    made = typer.main.get_command(found)
    made.name = name
    return made


def _listed(name: str) -> TyperCommand:
    place = COMMANDS[name]
    return TyperCommand(
        name, help=place.help, rich_markup_mode="markdown", rich_help_panel=place.panel
    )


class Commands(TyperGroup):
    """Imports a command when it is asked for; lists all without importing any."""

    _listing = False

    @property
    def commands(self) -> MutableMapping[str, Any]:
        """Every command, imported."""
        return {name: load(name) for name in COMMANDS}

    @commands.setter
    def commands(self, _: object) -> None:
        """What the library would put here: there are no others."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        """Their names, in the order in which they are shown."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - as above
        """One of them."""
        if cmd_name not in COMMANDS:
            return None
        return _listed(cmd_name) if self._listing else load(cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help of all, from what is listed."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False


app = typer.Typer(
    name="tocsin",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Tocsin watches the news: it polls feeds, knows who, where and what each story is about, "
        "and rings by console, email, webhook or chat when a watched name appears.\n\n"
        "Start with `tocsin demo`, then `tocsin up`."
    ),
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"tocsin {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Nothing of its own; the options are handled where they are read."""
