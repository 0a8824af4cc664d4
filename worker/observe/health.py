"""Whether a group of processes is well, over HTTP: ``/livez``, ``/readyz`` and ``/metrics``.

Answered by threads of their own, so that they answer while the work goes on, or goes on no more.
"""

import json
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import exposition

from worker.listening import CannotListenError
from worker.observe.board import Board
from worker.observe.probe import Probe

REQUEST_SECONDS = 5.0
LOOK_SECONDS = 0.1  # between looks whether to stop
STOPPING = "stopping"

#: Asks a part; raises an error that says in one line, without secrets, what is wrong.
Check = Callable[[], object]


class Health:
    """What is known of a group, and the server that tells it."""

    def __init__(self, listen: str, *, wedged_after: float = 120.0) -> None:
        """Take the place ``host:port`` or ``:port`` (0: any). Raises CannotListenError."""
        self.board = Board(wedged_after)
        self.stopping = False
        self._probes: dict[str, Probe[object]] = {}
        self._server = _Server(self, _bound(listen))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.socket.getsockname()[1])

    def check(self, part: str, check: Check) -> None:
        """Not ready without this part from now on."""
        self._probes[part] = Probe(check)

    def start(self) -> None:
        """Answer from now on."""
        threading.Thread(
            target=self._server.serve_forever, args=(LOOK_SECONDS,), name="health", daemon=True
        ).start()

    def stop(self) -> None:
        """Answer no more, and let the place go."""
        self._server.shutdown()
        self._server.server_close()

    def live(self) -> tuple[bool, dict[str, Any]]:
        """Whether every loop turns; with the state of each."""
        loops = self.board.loops()
        told = {
            loop.name: f"no turn for {loop.age:.0f} s" if loop.wedged else "turns" for loop in loops
        }
        return not any(loop.wedged for loop in loops), told

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether work is being done: every part answers, and every loop has begun and turns."""
        _, told = self.live()
        starting = {one.name: "starting" for one in self.board.loops() if not one.begun}
        parts = {**told, **starting, **self.parts()}
        if self.stopping:
            parts["process"] = STOPPING
        return set(parts.values()) <= {"turns", "ok"}, parts

    def parts(self) -> Mapping[str, str]:
        """What each part says: "ok", or what is wrong."""
        return {part: _asked(probe) for part, probe in list(self._probes.items())}


def _asked(probe: Probe[object]) -> str:
    try:
        probe.look()
    except Exception as error:  # noqa: BLE001 - it is told
        return (str(error).strip() or type(error).__name__).splitlines()[0]
    return "ok"


class _Server(ThreadingHTTPServer):
    """The server of one ``Health``, on a socket that listens already."""

    daemon_threads = True

    def __init__(self, health: Health, listening: socket.socket) -> None:
        super().__init__(("", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.health = health

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody who hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    timeout = REQUEST_SECONDS
    server: _Server
    server_version = "tocsin"
    sys_version = ""

    def do_GET(self) -> None:
        """One of three pages."""
        health = self.server.health
        match urlsplit(self.path).path:
            case "/livez":
                self._tell("live", *health.live())
            case "/readyz":
                self._tell("ready", *health.ready())
            case "/metrics":
                encode, kind = exposition.choose_encoder(self.headers.get("Accept", ""))
                self._answer(200, kind, encode(health.board.registry))
            case _:
                self._answer(404, "text/plain", b"There is /livez, /readyz and /metrics.\n")

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def _tell(self, word: str, fine: bool, parts: Mapping[str, Any]) -> None:
        body = json.dumps({word: fine, "parts": parts}, indent=2).encode() + b"\n"
        self._answer(200 if fine else 503, "application/json", body)

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Requests are asked every few seconds and are no news."""


def _bound(listen: str) -> socket.socket:
    """A socket that listens there. Raises CannotListenError."""
    place = urlsplit(f"//{listen}")
    port = place.port or 0
    try:
        if place.hostname is None and socket.has_dualstack_ipv6():
            return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
        family = socket.AF_INET6 if ":" in (place.hostname or "") else socket.AF_INET
        return socket.create_server((place.hostname or "", port), family=family)
    except OSError as error:
        raise CannotListenError(listen, error, "TOCSIN_HEALTH_LISTEN") from None
