"""``python -m worker`` is ``tocsin``."""

from worker.cli import main

main()
