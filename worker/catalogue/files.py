"""Which catalogue file is meant, and its text: the only part that touches the disk."""

from collections.abc import Collection, Mapping
from pathlib import Path

import worker
from worker.catalogue.declared import Catalogue
from worker.catalogue.destinations import ValidateChannel
from worker.catalogue.mistakes import CatalogueError, Mistake
from worker.catalogue.reader import SECTIONS, read_catalogue

NAME = "feeds.yaml"


def shipped_catalogue() -> Path:
    """The catalogue that comes with Tocsin: inside the package, or beside it in a checkout."""
    package = Path(worker.__file__).parent
    packaged = package / NAME
    return packaged if packaged.exists() else package.parent / NAME


def find_catalogue(named: Path | None = None) -> Path:
    """The file to read: the one named, else ./feeds.yaml, else the shipped one."""
    if named is not None:
        return named
    here = Path(NAME)
    return here if here.exists() else shipped_catalogue()


def read_file(
    path: Path,
    *,
    environ: Mapping[str, str],
    kinds: Collection[str] | None = None,
    validate_channel: ValidateChannel | None = None,
    sections: Collection[str] = SECTIONS,
) -> Catalogue:
    """Read a catalogue file; see ``read_catalogue``. Raises CatalogueError, also without a file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise CatalogueError(
            str(path), [Mistake(line, 1, "not UTF-8 text", "save the file as UTF-8")]
        ) from None
    except OSError as error:
        problem = f"cannot be read: {(error.strerror or type(error).__name__).lower()}"
        raise CatalogueError(
            str(path), [Mistake(0, 0, problem, "name the file, or run where feeds.yaml stands")]
        ) from None
    return read_catalogue(
        text,
        filename=str(path),
        environ=environ,
        known_kinds=kinds,
        validate_channel=validate_channel,
        sections=sections,
    )
