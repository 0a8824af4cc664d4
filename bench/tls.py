"""What one poll costs the client: a GET answered 304 on a new connection, with and without TLS.

``Net`` (address guard, turns at hosts, budgets and all) beside a plain ``httpx.AsyncClient``, over
TLS with a full handshake each (the server keeps no sessions and gives no tickets) and over plain
HTTP. The server is nginx on loopback, in processes of its own that are not counted; each host is
an address of its own. CPU is user and system time of this process, all its threads included.
The sides take turns; the median of the rounds counts.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx

from bench.report import Bar, report
from worker.net import Net

HOSTS = [f"127.0.7.{number}" for number in range(1, 51)]
ETAG = '"5f2c-61a8"'
NGINX = """\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_timeout 0;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
    ssl_session_cache off;
    ssl_session_tickets off;
    server {{
{listen}
        location / {{
            add_header ETag '{etag}' always;
            add_header Cache-Control max-age=300 always;
            return 304;
        }}
    }}
}}
"""
Side = Callable[[list[str]], Awaitable[float]]


def certificate(folder: Path) -> None:
    """A made-up authority's certificate for all addresses, ECDSA as most publishers have."""
    names = ",".join(f"IP:{host}" for host in HOSTS)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=bench", "-addext", f"subjectAltName={names}",
         "-out", folder / "cert.pem", "-keyout", folder / "key.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether the server listens."""
    with contextlib.suppress(OSError), socket.create_connection((HOSTS[0], port), 1):
        return True
    return False


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[tuple[int, int]]:
    """A server on all addresses: its ports for http and https."""
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    plain, tls = free_port(), free_port()
    listen = "\n".join(
        f"        listen {host}:{plain} backlog=4096; listen {host}:{tls} ssl backlog=4096;"
        for host in HOSTS
    )
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, listen=listen, etag=ETAG))
    server = subprocess.Popen([binary, "-p", folder, "-e", folder / "error.log", "-c", config])
    try:
        deadline = time.monotonic() + 10
        while not (answers(plain) and answers(tls)):
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"nginx does not start: {(folder / 'error.log').read_text()}")
            time.sleep(0.02)
        yield plain, tls
    finally:
        server.terminate()
        server.wait()


async def crowd(urls: list[str], ask: Callable[[str], Awaitable[int]], at_once: int) -> float:
    """CPU seconds of asking all URLs, ``at_once`` at the same time; every answer is a 304."""
    rest = iter(urls)

    async def one() -> None:
        for url in rest:
            status = await ask(url)
            assert status == 304, status

    began = time.process_time()
    await asyncio.gather(*(one() for _ in range(at_once)))
    return time.process_time() - began


async def by_net(urls: list[str]) -> float:
    """Tocsin's client."""
    async with Net(allow=["127.0.7.0/24"], concurrency=50) as net:

        async def ask(url: str) -> int:
            return (await net.get(url, etag=ETAG.encode())).status

        await crowd(urls[:100], ask, 50)
        return await crowd(urls, ask, 50)


async def by_httpx(urls: list[str]) -> float:
    """Plain httpx, at the concurrency that costs it least."""
    async with httpx.AsyncClient(trust_env=True) as client:

        async def ask(url: str) -> int:
            return (await client.get(url, headers={"if-none-match": ETAG})).status_code

        await crowd(urls[:100], ask, 10)
        return await crowd(urls, ask, 10)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polls", type=int, default=3000, help="polls a round")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    sides: dict[str, Side] = {"net": by_net, "httpx": by_httpx}
    spent: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate(folder)
        os.environ["SSL_CERT_FILE"] = str(folder / "cert.pem")
        with nginx(folder) as (plain, tls):
            for _ in range(arguments.rounds):
                for scheme, port in (("http", plain), ("https", tls)):
                    urls = [
                        f"{scheme}://{HOSTS[n % len(HOSTS)]}:{port}/feed/{n}.xml"
                        for n in range(arguments.polls)
                    ]
                    for side, ask in sides.items():
                        took = asyncio.run(ask(urls)) / arguments.polls * 1000  # type: ignore[arg-type]
                        spent.setdefault(f"{scheme}_{side}", []).append(took)
    figures = {f"{key}_cpu_ms": round(statistics.median(all_), 4) for key, all_ in spent.items()}
    for key, value in figures.items():
        print(f"{key:24} {value:8.4f} ms a poll")
    ratios = {
        f"{scheme}_ratio": figures[f"{scheme}_net_cpu_ms"] / figures[f"{scheme}_httpx_cpu_ms"]
        for scheme in ("http", "https")
    }
    figures |= {key: round(value, 3) for key, value in ratios.items()}
    report("tls", figures, {"https_ratio": Bar(figures["https_ratio"], 0.6, most=True)})


if __name__ == "__main__":
    main()
