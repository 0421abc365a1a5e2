"""When something runs next: by an interval, or by a cron expression on the wall clock of a site.

A cron expression is what people read on the clock, so both changes of the clock have a rule of their own:
the hour that does not exist: what was to run in it runs once, at its end; what runs every hour is not missed there;
the hour that comes twice: what names its hour runs the first time only; what runs every hour runs in both.
"""

from datetime import datetime, timedelta

import pytz
from croniter import CroniterError, croniter

#: no clock is changed by more than this
CHANGE = timedelta(hours=3)
#: an expression that fits no day within so many years never runs
YEARS = 9


def check(expression):
    """:raises ValueError: it is no cron expression of five fields, or one that never comes"""
    if len(expression.split()) != 5:
        raise ValueError("it needs five fields")
    try:
        by_cron(expression, "UTC", datetime(2024, 1, 1))
    except (CroniterError, KeyError) as error:
        raise ValueError("a field is out of its range, or such a time never comes") from error


def by_interval(planned, interval, after):
    """The first of ``planned``, ``planned + interval``, … that comes after a moment.

    What was missed meanwhile does not come again: there is one next time, not many.

    :param timedelta interval: of real time, whatever clocks say
    """
    return planned + interval * max(0, (after - planned) // interval + 1)


def by_cron(expression, zone, after):
    """The first time after a moment that an expression names on the clocks of a zone.

    :param str zone: name of a time zone, like Europe/Berlin
    :param datetime after: naive UTC
    :return: naive UTC
    """
    clock, every_hour = pytz.timezone(zone), expression.split()[1] == "*"
    local = pytz.utc.localize(after).astimezone(clock).replace(tzinfo=None)
    times = croniter(expression, local - CHANGE, max_years_between_matches=YEARS)
    found = found_wall = None
    while True:
        wall = times.get_next(datetime)
        if found and wall > found_wall + CHANGE:
            return found
        for moment in _moments(clock, wall, every_hour):
            if moment > after and (not found or moment < found):
                found, found_wall = moment, wall


def _moments(clock, wall, every_hour):
    """The moments (naive UTC) at which the clock shows a time, as far as something is to run then."""
    try:
        return [_utc(clock.localize(wall, is_dst=None))]
    except pytz.AmbiguousTimeError:
        both = sorted(_utc(clock.localize(wall, is_dst=summer)) for summer in (True, False))
        return both if every_hour else both[:1]
    except pytz.NonExistentTimeError:
        return [] if every_hour else [_end_of_gap(clock, wall)]


def _end_of_gap(clock, wall):
    while True:
        wall = wall.replace(second=0, microsecond=0) + timedelta(minutes=1)
        try:
            return _utc(clock.localize(wall, is_dst=None))
        except pytz.NonExistentTimeError:
            continue


def _utc(moment):
    return moment.astimezone(pytz.utc).replace(tzinfo=None)
