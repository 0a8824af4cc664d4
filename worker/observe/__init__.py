"""What Tocsin tells of itself: logs, metrics, and whether it is well.

Any process states facts (``facts``). They go to the process of its group that shows them
(``board``, ``health``), by a pipe where that is another one (``pipe``): a process that is killed
leaves nothing behind.
"""

from worker.observe.logs import logger, set_up_logging

__all__ = ["logger", "set_up_logging"]
