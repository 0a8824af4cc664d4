"""Places to listen at that cannot be had."""

import os


class CannotListenError(Exception):
    """A place to listen at cannot be had; the message is one line and names the mend."""

    def __init__(self, listen: str, error: OSError, variable: str) -> None:
        """``listen``: ``host:port`` or ``:port``, which ``variable`` of the environment names."""
        # A name that leads nowhere has a number that is not the system's.
        number = error.errno or 0
        words = os.strerror(number) if number > 0 else error.strerror or "no such place"
        super().__init__(f"cannot listen at {listen}: {words}; name another place in {variable}")
