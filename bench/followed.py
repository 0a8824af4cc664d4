"""A watch as a feed, followed by newsboat as its user would: nothing doubled, nothing lost.

Needs newsboat (Debian: apt install newsboat). The same is checked with the library ``reader`` by the tests.
"""

import argparse
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from worker.alerts.syndication import (
    ATOM_TYPE,
    JSON_TYPE,
    SyndicatedAlert,
    Syndication,
    atom,
    json_feed,
)

FORMS = {"atom": (ATOM_TYPE, atom), "json": (JSON_TYPE, json_feed)}
AT = datetime(2026, 3, 20, 10, 0, 5, tzinfo=UTC)
STORY = SyndicatedAlert(
    key="watch/4/story/7", title="Putin & Xi meet", url="https://news.example/1?a=1&b=2",
    lead="They met.", language="en", outlets=("Example News", "Other"), names=("Vladimir Putin",),
    told="In a digest", reason="the watch is told by digest", told_at=AT, published=AT - timedelta(minutes=5),
)  # fmt: skip
OTHERS = (
    replace(STORY, key="watch/4/story/8", title="<b>Пожар</b> & <3", url="https://новости.example/пожар", language="ru"),
    replace(STORY, key="watch/4/event:4:3", title="one.example is gone", url="", outlets=(), names=(), published=None),
)  # fmt: skip
TITLES = {"Putin & Xi meet", "‹b>Пожар‹/b> & <3", "one.example is gone"}
LATER = replace(
    STORY, told="Rang", title="Putin & Xi agree", told_at=AT + timedelta(hours=1),
    updates=((AT + timedelta(hours=2), "update: 5 outlets"),),
)  # fmt: skip


class Published(HTTPServer):
    """Serves one feed in both forms at a port of its own."""

    alerts: tuple[SyndicatedAlert, ...] = (STORY, *OTHERS)

    def url(self, form: str) -> str:
        """Where it is read."""
        return f"http://127.0.0.1:{self.server_address[1]}/putin.{form}"

    def written(self, form: str) -> tuple[str, bytes]:
        """Content type and body."""
        kind, render = FORMS[form]
        feed = Syndication(
            watch_id=4, watch_name="Putin", query='person:"Vladimir Putin"', source="urn:tocsin:ab",
            url=self.url(form), made_at=AT, alerts=self.alerts,
        )  # fmt: skip
        return kind, render(feed)


class _Handler(BaseHTTPRequestHandler):
    server: Published

    def do_GET(self) -> None:
        kind, body = self.server.written(self.path.rpartition(".")[2])
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def published() -> Iterator[Published]:
    """A feed that is served while the context lasts."""
    with Published(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _followed(newsboat: str, folder: Path) -> list[tuple[str, str, str, str]]:
    """Newsboat reloads; what its cache holds then: id, title, link and content of each entry."""
    done = subprocess.run(
        [newsboat, f"-u{folder}/urls", f"-c{folder}/cache.db", f"-C{folder}/config", "-x", "reload"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"newsboat reload: {done.returncode} {done.stdout} {done.stderr}")
    with closing(sqlite3.connect(folder / "cache.db")) as cache:
        return cache.execute(
            "SELECT guid, title, url, content FROM rss_item ORDER BY id"
        ).fetchall()


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    newsboat = shutil.which("newsboat")
    if newsboat is None:
        print("followed: needs newsboat (Debian: apt install newsboat)", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as made, published() as server:
        folder = Path(made)
        (folder / "config").write_text("")
        (folder / "urls").write_text(f"{server.url('atom')}\n")
        first = _followed(newsboat, folder)
        server.alerts = (LATER, *OTHERS)
        second = _followed(newsboat, folder)
    checks = {
        "every entry is there with its title": {title for _, title, _, _ in first} == TITLES,
        "an entry links to its article": "https://news.example/1?a=1&b=2" in {one[2] for one in first},
        "its text is there": any("They met." in one[3] for one in first),
        "an entry that changed is no second one": {one[0] for one in first} == {one[0] for one in second} and len(second) == len(first),
        "its new title is there": "Putin & Xi agree" in {title for _, title, _, _ in second},
        "what became of it is there": any("update: 5 outlets" in one[3] for one in second),
    }  # fmt: skip
    for said, holds in checks.items():
        print(f"{'yes' if holds else 'NO ':3} {said}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
