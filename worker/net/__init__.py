"""The only outbound HTTP: every feed, page and webhook goes through one guarded client.

``Net`` is libcurl on the event loop, under an address guard. Each address is checked at the moment
of connecting (so a name that changes its address between check and use gains nothing), redirects
are followed here, bodies are read under a deadline and byte budgets, and no cookies are kept. It
decides nothing about retries: whatever goes wrong is one ``NetError`` with a named reason.
"""

from worker.net.agent import user_agent
from worker.net.ask import Ask, ask_of, check_header
from worker.net.client import ANSWER_BYTES, Net, tls_context
from worker.net.errors import NetError, Reason
from worker.net.guard import AddressGuard, is_public
from worker.net.limits import Limits
from worker.net.target import host_of
from worker.net.thread import DaemonThreads, in_thread
from worker.net.together import Together
from worker.net.turns import Turns

__all__ = [
    "ANSWER_BYTES",
    "AddressGuard",
    "Ask",
    "DaemonThreads",
    "Limits",
    "Net",
    "NetError",
    "Reason",
    "Together",
    "Turns",
    "ask_of",
    "check_header",
    "host_of",
    "in_thread",
    "is_public",
    "tls_context",
    "user_agent",
]
