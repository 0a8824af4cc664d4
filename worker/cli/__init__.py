"""The ``tocsin`` command. One module a noun; heavy libraries load only in the commands using them."""

import gc
import logging
import os
import sys
from typing import Any

from worker import __version__


def __getattr__(name: str) -> Any:
    if name == "app":
        from worker.cli.commands import app

        return app
    raise AttributeError(name)


def main() -> None:
    """Run the command. Expected trouble is one line and exit code 2; nothing shows a traceback."""
    if sys.argv[1:] == ["--version"]:
        print(f"tocsin {__version__}")
        sys.exit(0)
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    from worker.cli.commands import app

    try:
        code = app(standalone_mode=False, prog_name="tocsin")
        sys.exit(code if isinstance(code, int) else 0)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from worker.cli.output import CliError
        from worker.cli.usage import ClickException, told

        if isinstance(error, CliError):
            _end(str(error), 2)
        if isinstance(error, ClickException):
            if words := told(error):
                _end(words, 2)
            sys.exit(2)
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
    finally:
        gc.freeze()  # the interpreter's last collection, half a second of work, would free it all


def _end(message: str, code: int) -> None:
    print(f"tocsin: {message}", file=sys.stderr)
    sys.exit(code)
