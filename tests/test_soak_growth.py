"""How the soak reads growth out of samples."""

from bench.growth import Line, Sample, bounds, lines, part_of, slope
from bench.steady import story


def test_no_outlier_moves_a_slope() -> None:
    """A spike now and then is no growth; a steady rise under noise is."""
    flat = [(n / 120, 100.0 + (900.0 if n % 10 == 3 else n % 2)) for n in range(120)]
    assert abs(slope(flat)) < 1
    rising = [(hours, value + 50 * hours) for hours, value in flat]
    assert 48 < slope(rising) < 52


def test_what_comes_while_it_warms_up_does_not_count() -> None:
    """Caches fill in the beginning; a part that ends early is judged by what there is of it."""
    samples = [
        Sample(30.0 * n, {"threads of x": min(n, 10.0)} | ({"files of y": 3.0} if n < 15 else {}))
        for n in range(40)
    ]
    assert [
        Line("files of y", 3.0, 3.0, 0.0),
        Line("threads of x", 10.0, 10.0, 0.0),
    ] == lines(samples, warm=300.0)
    assert 1.5 == lines(samples, warm=0.0)[1].first


def test_each_part_is_named_by_its_command() -> None:
    """A child of a worker counts with the worker."""
    python = ["python", "-m", "worker"]
    assert "worker tag" == part_of("python", [*python, "worker", "tag"])
    assert "scheduler" == part_of("python", [*python, "scheduler"])
    assert "readers of documents" == part_of(
        "python", ["python", "-m", "worker.parsing.child", "5"]
    )
    assert "postgres" == part_of("postgres", ["postgres: tocsin idle"])


def test_what_must_not_grow_has_a_bound() -> None:
    """Rows of articles may become more, each of them not larger."""
    assert bounds(Line("mb of table article", 1, 2, 1)) is None
    assert 100.0 == bounds(Line("bytes a row of table article", 1000, 1000, 0))
    for name in (
        "mb of table feed",
        "keys of valkey",
        "connections of postgres",
        "pss_mb of scheduler",
    ):
        assert bounds(Line(name, 1, 1, 0)) is not None


def test_stories_differ_and_stay_the_same() -> None:
    """Every story is another one, and the same whenever it is asked for."""
    assert 200 == len({story(n) for n in range(200)})
    assert story(7) == story(7)
