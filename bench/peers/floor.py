"""The fetch floor: ``ab`` asks for the same answers and does nothing with them."""

import re
import resource
import shutil
import subprocess
import urllib.request

from bench.peers.newsagent import CHANGING, Newsagent
from bench.peers.round import Round

AT_ONCE = 40
MISSING = "ab is not installed (Debian: apt install apache2-utils; macOS: comes with the system)"


def floor(agent: Newsagent, *, warm: bool) -> Round:
    """As many requests as there are feeds, on new connections; warm: 85 % of them answered 304.

    ``ab`` asks for one URL over and over, so the floor knows no DNS, no many hosts, no parsing.
    """
    if shutil.which("ab") is None:
        raise SystemExit(MISSING)
    changed = round(agent.feeds * CHANGING) if warm else agent.feeds
    with urllib.request.urlopen(agent.url(0)) as response:
        etag = response.headers["ETag"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = _ask(agent.url(0), changed)
    if warm:
        wall += _ask(agent.url(0), agent.feeds - changed, "-H", f"If-None-Match: {etag}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Round(polls=agent.feeds, wall=wall, cpu=used)


def _ask(url: str, requests: int, *more: str) -> float:
    command = ["ab", "-q", "-n", str(requests), "-c", str(min(AT_ONCE, requests)), *more, url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    failed = re.search(r"Failed requests:\s+(\d+)", done.stdout)
    taken = re.search(r"Time taken for tests:\s+([\d.]+)", done.stdout)
    assert failed is not None
    assert taken is not None
    if int(failed[1]):
        raise SystemExit(f"ab: {failed[1]} requests failed")
    return float(taken[1])
