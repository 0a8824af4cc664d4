"""Variables of the environment, each of which may be held by a file: ``NAME_FILE`` beside ``NAME``.

That is how container and service managers hand over secrets. A relative path is looked for in
systemd's ``$CREDENTIALS_DIRECTORY`` where there is one. The file is read whenever the value is
asked for: nothing here keeps it.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

SUFFIX = "_FILE"
#: Bytes of the largest file that is read: more is no secret.
LARGEST = 65_536


class VariableError(KeyError):
    """A variable that has no value: ``problem`` and the ``mend``."""

    def __init__(self, problem: str, mend: str) -> None:
        self.problem = problem
        self.mend = mend
        super().__init__(problem, mend)

    def __str__(self) -> str:
        return f"{self.problem}; {self.mend}"


class Environment(Mapping[str, str]):
    """``variables`` (by default the process's), and under ``NAME`` what the file ``NAME_FILE`` holds.

    Asking for a variable raises KeyError when it is not set, and VariableError, which names the
    variable and never its value, when its file cannot be read or both are set.
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = os.environ if variables is None else variables

    def __repr__(self) -> str:
        return f"<Environment of {len(self._variables)} variables>"

    def __contains__(self, name: object) -> bool:
        return name in self._variables or (isinstance(name, str) and self.file(name) is not None)

    def __iter__(self) -> Iterator[str]:
        yield from self._variables
        for name in self._variables:
            held = name.removesuffix(SUFFIX)
            if held != name and held not in self._variables and self.file(held) is not None:
                yield held

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, name: str) -> str:
        path = self.file(name)
        if path is None:
            return self._variables[name]
        if self._variables.get(name):
            raise VariableError(f"{name} and {name}{SUFFIX} are both set", "unset one of them")
        return _read(f"{name}{SUFFIX}", path, name)

    def file(self, name: str) -> Path | None:
        """The file that is said to hold a variable; ``None`` where none is."""
        written = self._variables.get(f"{name}{SUFFIX}")
        if not written:
            return None
        return Path(self._variables.get("CREDENTIALS_DIRECTORY") or "") / written

    def origin(self, name: str) -> str:
        """Where the value of a variable comes from, in words: never what it is."""
        path = self.file(name)
        if path is not None:
            return f"file {path}"
        return "environment" if name in self._variables else "not set"


def _read(variable: str, path: Path, name: str) -> str:
    """The text of a file without the newline it ends with."""
    mend = f"name a file that this account can read, or set {name} itself"
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = getattr(error, "strerror", None) or "no path"
        raise VariableError(f"{variable}: {path} cannot be read ({why})", mend) from None
    if len(raw) > LARGEST:
        raise VariableError(f"{variable}: {path} is too large for a secret", mend)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise VariableError(f"{variable}: {path} is not text in UTF-8", mend) from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise VariableError(
            f"{variable}: {path} is empty", f"write the secret into it, or unset {variable}"
        )
    return text


#: What a process of ours needs of the environment that opens what strangers wrote.
_NEEDED = frozenset({"PATH", "HOME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV"})
_NEEDED_BEGIN = ("PYTHON", "LC_", "LD_", "DYLD_", "MALLOC_", "COVERAGE_")


def of_no_secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that Python needs to run; none that holds a password of ours."""
    return {
        name: value
        for name, value in variables.items()
        if name in _NEEDED or name.startswith(_NEEDED_BEGIN)
    }
