"""Fuzz what reads strangers' bytes: feeds, pages, queries, configuration, answers.

Coverage leads the way where atheris is installed; elsewhere, and with ``--plain``, inputs are changed at
random from a seed. Each target runs in a process of its own with a bound on its memory; an input
that takes too long counts as found. What is found is written to a folder, and once mended it belongs into
``tests/data/fuzz/TARGET``.
"""

import argparse
import hashlib
import importlib.util
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from bench.fuzzing import LONGEST, TARGETS, inputs
from bench.report import Bar, report

#: Seconds of CPU for one input, and megabytes for all of a process.
SLOW, MEMORY = 10, 3000
TOKENS = (
    b"<", b">", b"</", b"<!", b"<![CDATA[", b"]]>", b"&#0;", b"&#x10FFFF;", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b'"', b"'", b"(", b")", b"${", b"}", b"\n  - ", b": ", b" OR ", b" NEAR/3 ", b"NOT ", b"-", b"99999999999999999999",
    b"\xf0\x9f\x98\x80", b"\xd8\x00", b"xml:base='//'", b"&a;", b"*a", b"&a", b"!!python/object", b"{", b"[" * 50,
)  # fmt: skip


def changed(rng: random.Random, known: "tuple[bytes, ...] | list[bytes]") -> bytes:
    """An input made from one or two others by a few changes."""
    raw = bytearray(rng.choice(known))
    for _ in range(rng.randint(1, 6)):
        place = rng.randint(0, len(raw))
        match rng.randrange(6):
            case 0:
                raw[place:place] = rng.choice(TOKENS)
            case 1:
                del raw[place : place + rng.randint(1, 30)]
            case 2:
                raw[place : place + 1] = bytes([rng.randrange(256)])
            case 3:
                other = rng.choice(known)
                begin = rng.randint(0, len(other))
                raw[place:place] = other[begin : begin + rng.randint(1, 200)]
            case 4:
                raw[place:place] = raw[place : place + rng.randint(1, 40)] * rng.randint(1, 20)
            case _:
                del raw[place:]
    return bytes(raw[:LONGEST])


class TooSlow(Exception):  # noqa: N818 - says what it means
    """An input that takes longer than it may."""


def _alarm(_number: int, _frame: object) -> None:
    raise TooSlow(f"over {SLOW} s")


def try_one(name: str, raw: bytes) -> str:
    """What is wrong with what a target does with an input, in words; ``""`` if nothing is."""
    signal.signal(signal.SIGVTALRM, _alarm)
    signal.setitimer(signal.ITIMER_VIRTUAL, SLOW)
    try:
        TARGETS[name].run(raw)
    except Exception:  # noqa: BLE001 - whatever goes wrong is what is looked for
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ""


def plainly(
    name: str, seconds: float, seed: int, folder: Path, told: "multiprocessing.Queue[int]"
) -> None:
    """Change inputs at random for a time; one line on each kind of thing found."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY << 20, MEMORY << 20))
    rng = random.Random(f"{seed}/{name}")
    known = inputs(name)
    for raw in known[:4]:  # what is loaded only once does not count
        TARGETS[name].run(raw)
    kinds: set[str] = set()
    runs, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        raw = known[runs] if runs < len(known) else changed(rng, known)
        runs += 1
        wrong = try_one(name, raw)
        kind = "".join(wrong.splitlines()[-4:])[:300]
        if wrong and kind not in kinds:
            kinds.add(kind)
            path = _keep(folder, name, raw)
            print(f"{name}: {path}\n{wrong}", file=sys.stderr)
    told.put(runs)
    told.put(len(kinds))


def _keep(folder: Path, name: str, raw: bytes) -> Path:
    path = folder / f"{name}-{hashlib.sha256(raw).hexdigest()[:12]}"
    path.write_bytes(raw)
    return path


def by_coverage(names: Sequence[str], bound: str, seed: int, folder: Path) -> tuple[int, int]:
    """Have atheris look, in a process of its own: it ends with the first thing it finds.

    The first byte of an input says whose it is; ``bound`` is the option of libFuzzer that ends the run. With a
    number of runs, and as hashes of texts are fixed, a run does nearly the same each time.
    """
    with tempfile.TemporaryDirectory() as corpus:
        for place, name in enumerate(names):
            for number, raw in enumerate(inputs(name)):
                (Path(corpus) / f"{name}-{number}").write_bytes(bytes([place]) + raw)
        command = [
            sys.executable,
            "-m",
            "bench.fuzz",
            "--led",
            ",".join(names),
            str(folder),
            corpus,
        ]
        command += [bound, f"-seed={seed + 1}", f"-max_len={LONGEST}", f"-timeout={SLOW}"]
        command += [
            f"-rss_limit_mb={MEMORY}",
            f"-artifact_prefix={folder}/",
            "-print_final_stats=1",
        ]
        environment = os.environ | {"PYTHONHASHSEED": "0"}
        done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, check=False)
    said = done.stderr.decode(errors="replace")
    runs = [line.split()[-1] for line in said.splitlines() if "number_of_executed_units" in line]
    if done.returncode:
        print(f"{', '.join(names)}: {said[-3000:]}", file=sys.stderr)
    return int(runs[0]) if runs else 0, int(done.returncode != 0)


def led_by_atheris(names: Sequence[str], folder: Path, arguments: list[str]) -> None:
    """The process that atheris takes over: everything of ours that is imported in it is watched.

    It does not itself write down the input of an exception, so that is done here.
    """
    import atheris

    with atheris.instrument_imports(include=["worker", "bench.fuzzing"]):
        for module in [
            each for each in sys.modules if each.startswith(("worker", "bench.fuzzing"))
        ]:
            del sys.modules[module]
        from bench.fuzzing import TARGETS as WATCHED

    def run(raw: bytes) -> None:
        name = names[raw[0] % len(names)] if raw else names[0]
        try:
            WATCHED[name].run(raw[1:])
        except Exception:
            _keep(folder, name, raw[1:])
            raise

    atheris.Setup([sys.argv[0], *arguments], run)
    atheris.Fuzz()


def main() -> None:
    """Fuzz each target for its share of the time."""
    if sys.argv[1:2] == ["--led"]:
        led_by_atheris(sys.argv[2].split(","), Path(sys.argv[3]), sys.argv[4:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="for all targets together")
    parser.add_argument("--target", choices=tuple(TARGETS), action="append")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plain", action="store_true", help="without atheris, even if it is there")
    parser.add_argument("--found", type=Path, default=Path("fuzz-found"), help="a folder for finds")
    given = parser.parse_args()
    given.found.mkdir(exist_ok=True)
    names = given.target or list(TARGETS)
    seconds = given.minutes * 60 / len(names)
    led = not given.plain and importlib.util.find_spec("atheris") is not None
    figures: dict[str, float] = {"led_by_coverage": float(led)}
    wrong = 0
    for name in names:
        if led:
            bound = f"-max_total_time={int(seconds)}"
            runs, found = by_coverage([name], bound, given.seed, given.found)
        else:
            told: multiprocessing.Queue[int] = multiprocessing.Queue()
            child = multiprocessing.Process(
                target=plainly, args=(name, seconds, given.seed, given.found, told)
            )
            child.start()
            child.join()
            runs, found = (0, 1) if child.exitcode else (told.get(timeout=5), told.get(timeout=5))
        print(f"{name:<10} {runs:>8} inputs in {seconds:.0f} s, {found} found")
        figures[f"inputs_of_{name}"] = runs
        wrong += found
    report("fuzz", figures, {"found": Bar(wrong, 0, most=True)})
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
