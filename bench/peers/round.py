"""What one round of one subject of the polling benchmark brought."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Round:
    """``polls`` done in ``wall`` seconds; CPU seconds of the poller's tree and of Postgres."""

    polls: int
    wall: float
    cpu: float
    database_cpu: float = 0.0

    @property
    def per_second(self) -> float:
        """Polls per second."""
        return self.polls / self.wall

    @property
    def cpu_ms(self) -> float:
        """CPU of the poller, milliseconds a poll."""
        return self.cpu / self.polls * 1000

    @property
    def database_ms(self) -> float:
        """CPU of Postgres, milliseconds a poll."""
        return self.database_cpu / self.polls * 1000
