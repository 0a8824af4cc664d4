"""When digests are due and quiet hours end."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.alerts.schedule import (
    DAYS,
    Schedule,
    next_digest,
    quiet_until,
    read_quiet,
    read_schedule,
)

ZONES = sorted(one for one in available_timezones() if "/" in one or one == "UTC")
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")

times = st.times().map(lambda one: one.replace(second=0, microsecond=0, fold=0))
moments = st.datetimes(
    min_value=datetime(1996, 1, 1),  # noqa: DTZ001 - hypothesis gives it its zone
    max_value=datetime(2037, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
zones = st.sampled_from(ZONES).map(ZoneInfo)
by_day = st.builds(Schedule, at=times, weekday=st.none() | st.integers(0, 6))


def utc(text: str) -> datetime:
    """A time in UTC, as "2026-03-29 01:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant", "shown"),
    [
        ("hourly", Schedule(), "hourly"),
        ("daily 8:00", Schedule(at=time(8)), "daily 08:00"),
        ("Daily  23:59", Schedule(at=time(23, 59)), "daily 23:59"),
        ("weekly mon 07:30", Schedule(at=time(7, 30), weekday=0), "weekly monday 07:30"),
        ("weekly Sunday 07:30", Schedule(at=time(7, 30), weekday=6), "weekly sunday 07:30"),
    ],
)
def test_schedules_are_read_as_people_write_them(written: str, meant: Schedule, shown: str) -> None:
    """They are shown in one way, which is read as the same again."""
    assert (meant, shown) == (read_schedule(written), str(read_schedule(written)))
    assert meant == read_schedule(shown)


@pytest.mark.parametrize(
    "written", ["", "daily", "daily 24:00", "daily 8", "weekly 08:00", "weekly t 08:00", "monthly"]
)
def test_other_words_are_no_schedule(written: str) -> None:
    """What would do is said."""
    with pytest.raises(ValueError, match="write hourly, daily 08:00 or weekly monday 08:00"):
        read_schedule(written)


@pytest.mark.parametrize("written", ["", "22:00", "22-7", "7:00-7:00", "25:00-07:00"])
def test_quiet_hours_need_two_times(written: str) -> None:
    """Two that differ."""
    with pytest.raises(ValueError, match=r"write two times of day|that differ"):
        read_quiet(written)


@pytest.mark.parametrize(
    ("after", "schedule", "zone", "due"),
    [
        ("2026-11-25 06:59", "daily 08:00", BERLIN, "2026-11-25 07:00"),
        ("2026-11-25 07:00", "daily 08:00", BERLIN, "2026-11-26 07:00"),
        ("2026-07-25 06:00", "daily 08:00", BERLIN, "2026-07-26 06:00"),
        # Clocks go from 02:00 to 03:00 on 29 March 2026 at 01:00 UTC: 02:30 is not shown.
        ("2026-03-28 12:00", "daily 02:30", BERLIN, "2026-03-29 01:00"),
        ("2026-03-29 01:00", "daily 02:30", BERLIN, "2026-03-30 00:30"),
        # Clocks go back from 03:00 to 02:00 on 25 October 2026: 02:30 is shown twice.
        ("2026-10-24 12:00", "daily 02:30", BERLIN, "2026-10-25 00:30"),
        ("2026-10-25 00:30", "daily 02:30", BERLIN, "2026-10-26 01:30"),
        ("2026-11-25 00:00", "weekly monday 08:00", NEW_YORK, "2026-11-30 13:00"),
        ("2026-10-25 00:15", "hourly", BERLIN, "2026-10-25 01:00"),
        ("2026-10-25 01:00", "hourly", BERLIN, "2026-10-25 02:00"),
        ("2026-11-25 00:15", "hourly", ZoneInfo("Asia/Kolkata"), "2026-11-25 00:30"),
        # The 30th of December 2011 was left out there.
        ("2011-12-29 19:00", "daily 08:00", ZoneInfo("Pacific/Apia"), "2011-12-30 10:00"),
        ("2011-12-30 10:00", "daily 08:00", ZoneInfo("Pacific/Apia"), "2011-12-30 18:00"),
    ],
)
def test_digests_come_by_the_wall_clock(
    after: str, schedule: str, zone: ZoneInfo, due: str
) -> None:
    """Also on the days on which clocks are moved."""
    assert utc(due) == next_digest(utc(after), read_schedule(schedule), zone)


@given(after=moments, schedule=by_day, zone=zones)
@example(
    after=utc("2018-11-03 12:00"), schedule=Schedule(at=time(0)), zone=ZoneInfo("America/Sao_Paulo")
)
def test_each_day_has_one_digest(after: datetime, schedule: Schedule, zone: ZoneInfo) -> None:
    """None is left out and none comes twice: a day's is due on that day, or when a gap ends."""
    days = []
    for _ in range(20):
        due = next_digest(after, schedule, zone)
        assert due > after
        # Whoever asks in between is told of the same one.
        assert due == next_digest(after + (due - after) / 2, schedule, zone)
        shown = due.astimezone(zone)
        if (shown.hour, shown.minute) == (schedule.at.hour, schedule.at.minute):  # type: ignore[union-attr]
            assert not shown.fold
            days.append(shown.date())
        else:  # in a gap: clocks did not show it
            before = (due - timedelta(seconds=1)).astimezone(zone)
            assert before.replace(tzinfo=None) < shown.replace(tzinfo=None) - timedelta(seconds=1)
            at = before.replace(hour=schedule.at.hour, minute=schedule.at.minute)  # type: ignore[union-attr]
            days.append(at.date() if at > before else (before + timedelta(days=1)).date())
        after = due
    step = timedelta(days=1 if schedule.weekday is None else 7)
    assert [step] * 19 == [later - day for day, later in pairwise(days)]
    assert schedule.weekday is None or {schedule.weekday} == {day.weekday() for day in days}


@given(after=moments, zone=zones)
def test_hourly_digests_are_about_an_hour_apart(after: datetime, zone: ZoneInfo) -> None:
    """They come at full hours; only where clocks are moved by half an hour is the gap another."""
    for _ in range(30):
        due = next_digest(after, Schedule(), zone)
        assert 0 == due.astimezone(zone).minute
        assert timedelta() < due - after <= timedelta(hours=2)
        after = due


@given(now=moments, begin=times, end=times, zone=zones)
def test_quiet_hours_end_at_their_end(
    now: datetime, begin: time, end: time, zone: ZoneInfo
) -> None:
    """What is held in them is told when they are over, and is not quiet then."""
    if begin == end:
        return
    until = quiet_until(now, (begin, end), zone)
    shown = now.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0).time()
    inside = begin <= shown < end if begin < end else shown >= begin or shown < end
    if until is None:
        plain = {(now + timedelta(hours=h)).astimezone(zone).utcoffset() for h in (-30, 30)}
        assert not inside or len(plain) > 1
        return
    assert now < until <= now + timedelta(hours=49)
    again = quiet_until(until, (begin, end), zone)
    assert again is None or until < again
    assert quiet_until(until - timedelta(seconds=1), (begin, end), zone) == until


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-25 20:59", None),
        ("2026-11-25 21:00", "2026-11-26 06:00"),
        ("2026-11-26 05:59", "2026-11-26 06:00"),
        ("2026-11-26 06:00", None),
    ],
)
def test_quiet_hours_pass_midnight(now: str, until: str | None) -> None:
    """From ten at night to seven in the morning, in Berlin."""
    quiet = read_quiet("22:00-07:00")
    assert (utc(until) if until else None) == quiet_until(utc(now), quiet, BERLIN)


def test_days_are_named_in_full() -> None:
    """Seven of them, Monday first, as ``date.weekday`` counts."""
    assert ("monday", 7, "sunday") == (DAYS[0], len(DAYS), DAYS[-1])
