"""Files that a user names."""

from pathlib import Path

from worker.cli.output import CliError


def text_file(path: Path, what: str = "file") -> str:
    """All of a file of UTF-8 text; ``what`` is to be named where there is none. Raises CliError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise CliError(f"{path} does not exist: name a {what} that does") from None
    except OSError as error:
        raise CliError(f"cannot read {path}: {error.strerror}; name a file that can be") from None
    except UnicodeDecodeError as error:
        raise CliError(
            f"cannot read {path}: it is not UTF-8 at byte {error.start}; save it as UTF-8"
        ) from None
