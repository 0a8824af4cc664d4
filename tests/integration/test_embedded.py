"""The bundled servers beside other people's."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from worker.embedded import (
    LARGEST_LOG,
    DataFolder,
    EmbeddedPostgres,
    EmbeddedValkey,
    _stop_leftover,
)


def test_a_reused_process_id_is_left_in_peace(tmp_path: Path) -> None:
    """What a stale pid file names may be anybody's by now; only what works in our folder is ours."""
    name = Path(psutil.Process(os.getpid()).name()).name
    pid_file = tmp_path / "pid"
    ours = tmp_path / "data"
    ours.mkdir()
    for place, survives in ((tmp_path, True), (ours, False)):
        with subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(60)"], cwd=place
        ) as one:
            pid_file.write_text(f"{one.pid}\n")
            _stop_leftover(pid_file, name, ours)
            assert survives == (one.poll() is None)
            one.kill()


def test_a_long_log_is_put_aside_while_the_server_writes(tmp_path: Path) -> None:
    """One former file is kept; the server's next lines stand in an empty one."""
    server = EmbeddedPostgres(DataFolder(tmp_path))
    server.bound_log()  # there is none yet
    with server.log.open("ab", buffering=0) as writing:  # as a server has it open
        for number in (1, 2):
            writing.write(b"%d\n" % number)
            server.bound_log()
            assert f"{number}\n" == server.log.read_text()
            os.truncate(server.log, LARGEST_LOG + 1)
            server.bound_log()
            assert 0 == server.log.stat().st_size
            former = server.log.with_name("postgres.log.1")
            assert former.read_bytes().startswith(b"%d\n" % number)
    assert {"postgres.log", "postgres.log.1"} == {one.name for one in tmp_path.iterdir()}


def test_our_servers_are_told_by_the_folder_they_work_in(
    postgres: EmbeddedPostgres, valkey: EmbeddedValkey
) -> None:
    """So a server that was left behind is found: its pid file and its folder both name it."""
    for server, word in ((postgres, "postgres"), (valkey, "valkey")):
        assert server.pid is not None
        process = psutil.Process(server.pid)
        data = server.folder.path / word
        assert word in process.name()
        assert Path(process.cwd()).samefile(data)
        names = [data / "postmaster.pid", data / "pid"]
        (pid_file,) = [one for one in names if one.exists()]
        assert str(server.pid) == pid_file.read_text().splitlines()[0]
