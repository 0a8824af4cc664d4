"""What one request may cost, as one value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds on one request; going over each of them is an error of its own name.

    ``seconds`` are for everything: connecting, all redirects, the whole body. ``body`` are bytes
    after decompression, ``compressed`` bytes of a compressed body as sent. Past ``ratio_from``
    bytes a body may be ``ratio`` times what was sent. ``header_bytes`` and ``header_lines`` are
    for all headers of one answer together, ``redirects`` the most that are followed.
    """

    seconds: float = 30.0
    body: int = 32_000_000
    compressed: int = 8_000_000
    ratio: int = 100
    ratio_from: int = 1_000_000
    header_bytes: int = 65_536
    header_lines: int = 256
    redirects: int = 5
