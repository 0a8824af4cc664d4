"""The only outbound HTTP: every feed, page and webhook goes through one guarded client.

``Net`` is httpx over aiohttp's connections. It checks each address at the moment of connecting
(so a name that changes its address between check and use gains nothing), follows redirects
itself, reads bodies under a deadline and byte budgets, and keeps no cookies. It decides nothing
about retries: whatever goes wrong is one ``NetError`` with a named reason.
"""

from worker.net.answer import retry_after
from worker.net.client import ANSWER_BYTES, MAX_REDIRECTS, Net, tls_context, user_agent
from worker.net.errors import NetError, Reason
from worker.net.guard import AddressGuard, is_public
from worker.net.thread import in_thread

__all__ = [
    "ANSWER_BYTES",
    "MAX_REDIRECTS",
    "AddressGuard",
    "Net",
    "NetError",
    "Reason",
    "in_thread",
    "is_public",
    "retry_after",
    "tls_context",
    "user_agent",
]
