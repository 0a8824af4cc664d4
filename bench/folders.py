"""A benchmark's own folder, which is gone when it ends unless it is to be looked into."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_folder(bench: str, *, keep: bool = False) -> Iterator[Path]:
    """A new folder, which other users may enter as servers do; one that is kept is named."""
    folder = Path(tempfile.mkdtemp(prefix=f"tocsin-{bench}-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        if keep:
            print(folder, file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
