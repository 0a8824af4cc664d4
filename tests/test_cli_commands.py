"""The list of commands, and that asking for help loads none of them."""

import json
import subprocess
import sys

import pytest

from worker.cli.commands import COMMANDS, load

HEAVY = ("spacy", "trafilatura", "numpy", "sqlalchemy", "pydantic", "redis", "rq", "lxml", "worker.store", "worker.tagging")  # fmt: skip
LOOK = f"""
import json, sys
sys.argv = ["tocsin", *json.loads(sys.argv[1])]
from worker.cli import main
try:
    main()
except SystemExit:
    print(json.dumps([one for one in {HEAVY!r} if one in sys.modules]))
"""


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["-h"]])
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    """They answer at once."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, json.dumps(arguments)],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert "tocsin" in done.stdout.lower()
    assert [] == json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_listed_is_what_the_command_says(name: str) -> None:
    """The first line of its own help."""
    command = load(name)
    assert name == command.name
    assert COMMANDS[name].help == (command.help or "").splitlines()[0]
