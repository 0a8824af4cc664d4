"""The ``tocsin`` command. One module a noun; heavy libraries load only in the commands using them."""

import logging
import os
import sys

import typer

from worker import __version__
from worker.cli import (
    alerts,
    deliveries,
    entities,
    feeds,
    items,
    stages,
    stories,
    system,
    unsubscriptions,
    watches,
    webhook,
)
from worker.cli.output import CliError
from worker.cli.usage import ClickException, told

app = typer.Typer(
    name="tocsin",
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
    """Nothing of its own; the options are handled by their callbacks."""


system.mount(app)
app.add_typer(feeds.app, name="feeds")
app.add_typer(watches.app, name="watches")
app.add_typer(entities.app, name="entities")
app.add_typer(unsubscriptions.app, name="channels")
app.add_typer(webhook.app, name="webhook")
app.add_typer(items.app, name="items")
app.add_typer(stories.app, name="stories")
app.add_typer(alerts.app, name="alerts")
app.add_typer(deliveries.app, name="deliveries")
stages.mount(app)


def main() -> None:
    """Run the command. Expected trouble is one line and exit code 2; nothing shows a traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except CliError as error:
        _end(str(error), 2)
    except ClickException as error:
        if words := told(error):
            _end(words, 2)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("TOCSIN_LOG_LEVEL") == "debug":
            raise
        from worker.cli.trouble import explain

        expected = explain(error)
        if expected is not None:
            _end(expected, 2)
        detail = (str(error).strip() or "no message").splitlines()[0]
        _end(
            f"something unexpected went wrong: {type(error).__name__}: {detail}; "
            "TOCSIN_LOG_LEVEL=debug shows where",
            1,
        )


def _end(message: str, code: int) -> None:
    print(f"tocsin: {message}", file=sys.stderr)
    sys.exit(code)
