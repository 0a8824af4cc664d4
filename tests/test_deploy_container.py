"""The container image, as far as it can be judged without building it."""

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.deployment import DEPLOY, ROOT, commands
from worker.observe.health import Health

DOCKERFILE = DEPLOY / "container" / "Dockerfile"


def stages() -> list[str]:
    """The text of each stage."""
    return re.split(r"^(?=FROM )", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]


def test_hadolint_finds_nothing() -> None:
    """The linter of Dockerfiles and the shell in them has no remark, not even one of style."""
    hadolint = Path(sys.executable).with_name("hadolint")
    judged = subprocess.run(
        [hadolint, "--failure-threshold", "style", DOCKERFILE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (judged.returncode, judged.stdout + judged.stderr)


def test_what_runs_is_pinned_by_hash_and_bears_no_builder() -> None:
    """Both stages stand on one base; the last runs nothing as root and gets only what was built."""
    build, last = stages()
    assert "pip install --no-deps --require-hashes -r requirements.lock" in build
    assert ["FROM ${BASE} AS build", "FROM ${BASE}"] == [
        one.splitlines()[0] for one in (build, last)
    ]
    assert not re.search(r"^(RUN|ADD) ", last, re.MULTILINE)
    assert ["--from=build /opt/tocsin /opt/tocsin"] == re.findall(r"^COPY (.*)", last, re.MULTILINE)


def test_it_runs_as_nobody() -> None:
    """An account by number, which Kubernetes can check not to be root."""
    user, group = re.findall(r"^USER (\d+):(\d+)$", stages()[1], re.MULTILINE)[0]
    assert int(user) > 1000 < int(group)


def probed(port: int) -> int:
    """How the image's own health check ends, asked of another port."""
    (probe,) = re.findall(r"^    CMD (\[.*\])$", stages()[1], re.MULTILINE)
    python, *words = json.loads(probe)
    assert "python" == python
    words = [word.replace(":9464/", f":{port}/") for word in words]
    done = subprocess.run([sys.executable, *words], capture_output=True, check=False)
    return done.returncode


def test_the_health_check_tells_a_wedged_process_from_a_live_one() -> None:
    """It fails where a loop stands still, and where nobody answers."""
    health = Health("127.0.0.1:0", wedged_after=0)
    health.start()
    port = health.port
    live = probed(port)
    health.board.take(["turn", "poll", [0], {}])
    wedged = probed(port)
    health.stop()
    assert (0, 1, 1) == (live, wedged, probed(port))


def test_what_is_copied_is_there_and_let_into_the_build() -> None:
    """Every path that the build copies exists, and .dockerignore lets it in and nothing else."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        path
        for words in re.findall(r"^COPY (?!--from)(.*)", stages()[0], re.MULTILINE)
        for path in words.split()[:-1]
    }
    assert copied == let_in
    assert [] == [path for path in copied if not (ROOT / path).exists()]
    assert "*" in lines


def test_what_the_documentation_runs_in_it_exists() -> None:
    """The entry point is the command, so arguments alone are given."""
    assert 'ENTRYPOINT ["tocsin"]' in stages()[1]
    assert "db upgrade" in commands()
