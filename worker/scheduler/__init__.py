"""The scheduler: polls feeds that are due, stores what is new, and sweeps up what is owed.

    claim due feeds -> GET -> read -> plan -> [transaction: new items + next polls] -> wake workers

``loop`` claims and keeps the pace, ``asking`` brings one answer, ``poll`` and ``verdict`` say
purely what it means, ``storing`` and ``writer`` store many polls at once, ``sweep`` wakes workers
for what a crash left behind. Any number of schedulers may run: a feed is claimed with SKIP LOCKED
and a lease.
"""

from worker.scheduler.loop import Scheduler

__all__ = ["Scheduler"]
