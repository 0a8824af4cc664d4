"""How the chaos suite judges a run."""

from dataclasses import replace

from bench.chaos.judgement import NOTHING, Stored, Struck, judge, recoveries
from bench.chaos.newsroom import Piece, Received

PIECE = Piece(number=0, host=0, at=100.0, title="t", text="x", watch="zorvak", has_page=False,
              poison=False, date="")  # fmt: skip
PIECES = {n: replace(PIECE, number=n, at=100.0 + n) for n in range(3)}
STORED = [Stored(n, "tagged", "", 1) for n in PIECES]
RECEIVED = [Received(n, "zorvak", f"id{n}", 101.0 + n) for n in PIECES]


def wrongs(
    pieces: dict[int, Piece] = PIECES,
    stored: list[Stored] = STORED,
    received: list[Received] = RECEIVED,
    asked: dict[str, list[float]] | None = None,
) -> dict[str, float]:
    """What was wrong, and how often."""
    found = judge(pieces, stored, received, [], asked or {}, gap=1.0)
    return {name: found.figures[name] for name in NOTHING if found.figures[name]}


def test_a_run_without_fault() -> None:
    """Everything once."""
    assert {} == wrongs()


def test_what_is_lost_or_doubled_is_told_apart() -> None:
    """Items and alerts, and copies of one delivery, which are no wrong."""
    assert {"items_lost": 1} == wrongs(stored=STORED[1:])
    assert {"items_stored_twice": 1} == wrongs(stored=[*STORED, STORED[0]])
    assert {"items_not_tagged": 1} == wrongs(stored=[Stored(0, "fetched", "", 0), *STORED[1:]])
    assert {"items_tagged_twice": 1} == wrongs(stored=[Stored(0, "tagged", "", 2), *STORED[1:]])
    assert {"alerts_missing": 1} == wrongs(received=RECEIVED[1:])
    assert {} == wrongs(received=[*RECEIVED, RECEIVED[0]])
    assert {"alerts_twice": 1} == wrongs(received=[*RECEIVED, replace(RECEIVED[0], identity="b")])
    assert {"alerts_unexpected": 1} == wrongs(received=[*RECEIVED, replace(RECEIVED[0], watch="w")])
    shared = [RECEIVED[0], replace(RECEIVED[1], identity="id0"), RECEIVED[2]]
    assert {"copies_with_other_ids": 1} == wrongs(received=shared)


def test_a_poison_has_to_fail_with_the_reason() -> None:
    """One that was tagged, or given up for another reason, is none."""
    pieces = PIECES | {0: replace(PIECE, poison=True, watch="")}
    failed = Stored(0, "failed", "poison: its worker died 3 times", 0)
    given = {"pieces": pieces, "received": RECEIVED[1:]}
    assert {} == wrongs(stored=[failed, *STORED[1:]], **given)  # type: ignore[arg-type]
    other = replace(failed, reason="given up after 4 attempts")
    assert {"poisons_not_isolated": 1} == wrongs(stored=[other, *STORED[1:]], **given)  # type: ignore[arg-type]


def test_two_requests_to_one_host_too_near() -> None:
    """Hosts count apart."""
    assert {} == wrongs(asked={"a": [1.0, 2.0], "b": [1.5]})
    assert {"asked_too_soon": 1} == wrongs(asked={"a": [1.0, 1.5, 2.6]})


def test_recovery_is_from_the_end_of_a_fault_to_the_first_story_published_since() -> None:
    """Without the time in which a later fault let nothing flow."""
    struck = [
        Struck("killed", 100.5, 100.5),
        Struck("paused", 101.0, 101.5, away=True),
        Struck("late", 200.0, 200.0),
    ]
    assert [1.0, 1.5] == [seconds for _, seconds in recoveries(PIECES, RECEIVED, struck)]
    assert [(struck[0], None)] == recoveries(PIECES, [], struck[:1])
