"""The matcher of a worker, kept as the database has it without a pause.

Of watches that have changed, only those are compiled, over the others. When many have, or names have
become known, all are compiled anew: a few at once, many bit by bit between jobs, while the matcher at
hand goes on.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from worker.jobs.workplace import Bench
from worker.model import Watch
from worker.observe import logger
from worker.store import feeds, watches
from worker.store.versions import WATCH, Versions
from worker.tagging import Tagger
from worker.watches.matcher import Making, Matcher

log = logger(__name__)

AT_ONCE = 3_000
"""So many watches are compiled while a job waits: a fraction of a second."""
MOST_CHANGED = 1_000
"""So many changed watches lie over the others before all are compiled together again."""
SLICE = 0.2
"""So many seconds of compiling come between two jobs."""
