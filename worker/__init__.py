"""Tocsin: a self-hosted news monitor that reads feeds and rings when a watched name appears."""

import os

__version__ = "0.1.0"

# numpy and its like count processors when they are loaded, which any import may do, and then keep a
# thread for each. Here processes share the cores: such threads would only wait for each other, and
# forking beside them is unsafe.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
