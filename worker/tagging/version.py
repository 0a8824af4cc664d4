"""Which tagger it was: code and data in one short word, kept with each article."""

import hashlib
from functools import cache
from pathlib import Path

#: Counted up whenever the same article may be tagged otherwise by the same data.
CODE = 17


@cache
def version(models: tuple[tuple[str, str], ...] = ()) -> str:
    """As "4-1f0c9a2b": the code's number and a hash of the shipped lists, and of what models are set."""
    digest = hashlib.sha256()
    for language, model in models:
        digest.update(f"{language}={model}\n".encode())
    files = (Path(__file__).parent / "data").rglob("*.[jy]*")
    for file in sorted(file for file in files if file.suffix in (".json", ".yaml")):
        digest.update(file.read_bytes())
    return f"{CODE}-{digest.hexdigest()[:8]}"
