"""How many threads a process of Tocsin has."""

import os
import subprocess
import sys

#: A product large enough that a library with several threads would use them.
_MULTIPLY = """
import worker.cli
import numpy, psutil
numpy.ones((900, 900)) @ numpy.ones((900, 900))
print(psutil.Process().num_threads())
"""


def test_numpy_is_kept_to_one_thread_whoever_imports_it_first() -> None:
    """Workers fork beside whatever their commands have imported, and share the cores."""
    ours = {name: value for name, value in os.environ.items() if "_NUM_THREADS" not in name}
    done = subprocess.run(
        [sys.executable, "-c", _MULTIPLY], env=ours, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1"
