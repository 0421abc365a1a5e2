"""Schedules on the clocks of a plant, through both changes of the clock."""

from datetime import datetime, timedelta

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st
from sync_protocol import times

BERLIN = "Europe/Berlin"


def runs(expression, first, count, zone=BERLIN):
    """``count`` times after a wall-clock time, as people there read them, with what they are ahead of UTC."""
    clock = pytz.timezone(zone)
    moment = clock.localize(datetime.fromisoformat(first)).astimezone(pytz.utc).replace(tzinfo=None)
    found = []
    for _run in range(count):
        moment = times.by_cron(expression, zone, moment)
        found.append(pytz.utc.localize(moment).astimezone(clock).strftime("%m-%d %H:%M %z"))
    return found


def test_every_morning_at_six_is_six_in_summer_and_in_winter():
    assert runs("0 6 * * *", "2026-10-24 05:00", 3) == ["10-24 06:00 +0200", "10-25 06:00 +0100", "10-26 06:00 +0100"]
    assert runs("0 6 * * *", "2026-03-28 06:00", 2) == ["03-29 06:00 +0200", "03-30 06:00 +0200"]


def test_what_was_to_run_in_the_hour_that_does_not_exist_runs_once_at_its_end():
    assert runs("30 2 * * *", "2026-03-28 00:00", 3) == ["03-28 02:30 +0100", "03-29 03:00 +0200", "03-30 02:30 +0200"]
    assert runs("10,50 2 * * *", "2026-03-28 12:00", 3) == [
        "03-29 03:00 +0200", "03-30 02:10 +0200", "03-30 02:50 +0200"]  # fmt: skip


def test_what_runs_in_the_hour_that_comes_twice_runs_the_first_time_only():
    assert runs("30 2 * * *", "2026-10-24 12:00", 2) == ["10-25 02:30 +0200", "10-26 02:30 +0100"]


def test_what_runs_every_hour_runs_in_both_and_misses_none():
    assert runs("30 * * * *", "2026-10-25 01:00", 4) == [
        "10-25 01:30 +0200", "10-25 02:30 +0200", "10-25 02:30 +0100", "10-25 03:30 +0100"]  # fmt: skip
    assert runs("30 * * * *", "2026-03-29 01:00", 2) == ["03-29 01:30 +0100", "03-29 03:30 +0200"]
    assert runs("*/20 * * * *", "2026-10-25 01:40", 7)[-1] == "10-25 03:00 +0100"


def test_a_plant_on_the_other_half_of_the_earth():
    # Lord Howe changes its clock by half an hour
    assert runs("15 2 * * *", "2026-10-03 12:00", 1, "Australia/Lord_Howe") == ["10-04 02:30 +1100"]
    assert runs("45 1 * * *", "2026-04-04 12:00", 2, "Australia/Lord_Howe") == [
        "04-05 01:45 +1100", "04-06 01:45 +1030"]  # fmt: skip


@given(
    st.sampled_from(["*/7 * * * *", "30 2 * * *", "15 */2 * * *", "0 6-8 * * 1-5", "5 * * * *", "0 0 29 2 *"]),
    st.sampled_from([BERLIN, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)),
)
def test_the_next_time_is_later_and_none_lies_between(expression, zone, after):
    following = times.by_cron(expression, zone, after)
    assert following > after
    between = after + (following - after) / 2
    assert times.by_cron(expression, zone, between) == following


def test_of_a_night_that_the_server_was_down_one_run_is_left():
    planned, every = datetime(2026, 11, 25, 22), timedelta(minutes=15)
    assert times.by_interval(planned, every, datetime(2026, 11, 26, 6, 7)) == datetime(2026, 11, 26, 6, 15)
    assert times.by_interval(planned, every, planned) == planned + every
    assert times.by_interval(planned, every, planned - timedelta(hours=1)) == planned


@pytest.mark.parametrize(
    "expression", ["", "x", "0 6 * *", "0 6 * * * *", "61 * * * *", "0 0 30 2 *", "@daily", "h * * * *"]
)
def test_what_never_comes_is_refused(expression):
    with pytest.raises(ValueError):
        times.check(expression)
