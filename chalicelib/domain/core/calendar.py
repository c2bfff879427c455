"""Local calendar arithmetic: the instants at which local days, months and years begin, and the constants of time.

Standard library only. Customers are promised days, not instants: a balance that expires "on 31 March" can be spent
until the midnight after it, whatever daylight saving did in between.
"""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Border = Literal["month", "year"]
Period = Literal["day", "week", "month", "year"]
"""The periods of limits."""

Per = Literal["day", "week", "month", "quarter", "year", "all"]
"""What can be counted by; `all` is one period, number 0."""

DAY_S = 86_400
"""The seconds of a day, where no local day is meant."""

SHORTEST_MONTH = 28
"""The days that every month has."""

VESTED_ALREADY = 0
"""The `vests_at` of an amount that can be spent at once."""

NO_EXPIRY = 0
"""The `expires_at` (or the end by idleness) of an amount that does not expire."""

AWAITED = 253_402_300_799
"""The `vests_at` of an amount whose delivery is awaited: the last second of the year 9999."""


_zone = lru_cache(ZoneInfo)


@lru_cache(4096)
def local_day(instant: int, timezone: str) -> date:
    """The local day of an instant (seconds since 1970). Cached: a decision asks it of the same few instants."""
    return datetime.fromtimestamp(instant, _zone(timezone)).date()


@lru_cache(4096)
def midnight(day: date, timezone: str) -> int:
    """The first second of a local day."""
    return int(datetime.combine(day, time(), _zone(timezone)).timestamp())


def start_of_day(instant: int, days_later: int, timezone: str) -> int:
    """The first second of the local day `days_later` after the one of `instant`."""
    return midnight(local_day(instant, timezone) + timedelta(days=days_later), timezone)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day: one month after 31 January is 28 (or 29) February."""
    years, month = divmod(day.month - 1 + months, 12)
    if day.day <= SHORTEST_MONTH:
        return date(day.year + years, month + 1, day.day)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))


def last_day(day: date, border: Border) -> date:
    """The last day of the month or year that a day is in."""
    return date(day.year, 12, 31) if border == "year" else months_later(day.replace(day=1), 1) - timedelta(days=1)


def period_of(instant: int, period: Period, timezone: str) -> str:
    """The name of the local day, ISO week, month or year of an instant: `2026-02-02`, `2026-W06`, `2026-02`, `2026`."""
    return _name_of(local_day(instant, timezone), period)


@lru_cache(4096)
def _name_of(day: date, period: Period) -> str:
    return period_name(period, period_number(period, day))


def period_number(per: Per, day: date) -> int:
    """The number of the period that a day is in; those of one kind follow each other without a gap."""
    match per:
        case "day":
            return day.toordinal()
        case "week":
            return (day.toordinal() - 1) // 7
        case "month":
            return day.year * 12 + day.month - 1
        case "quarter":
            return day.year * 4 + (day.month - 1) // 3
        case "year":
            return day.year
        case "all":
            return 0


def period_name(per: Per, number: int) -> str:
    """A period as people write it: `2026-11-26`, `2026-W48`, `2026-11`, `2026-Q4`, `2026`; empty for `all`."""
    match per:
        case "day":
            return date.fromordinal(number).isoformat()
        case "week":
            return date.fromordinal(number * 7 + 1).strftime("%G-W%V")
        case "month":
            return f"{number // 12}-{number % 12 + 1:02d}"
        case "quarter":
            return f"{number // 4}-Q{number % 4 + 1}"
        case "year":
            return str(number)
        case "all":
            return ""


def first_day(per: Per, number: int) -> date:
    """The first day of a period; `all` has none. Raises ValueError."""
    match per:
        case "day":
            return date.fromordinal(number)
        case "week":
            return date.fromordinal(number * 7 + 1)
        case "month":
            return date(number // 12, number % 12 + 1, 1)
        case "quarter":
            return date(number // 4, number % 4 * 3 + 1, 1)
        case "year":
            return date(number, 1, 1)
        case "all":
            raise ValueError("a period without borders has no first day")


def number_of(per: Per, name: str) -> int:
    """The number of the period that `period_name` calls so. Raises ValueError."""
    if per == "week":
        year, _, week = name.partition("-W")
        return period_number(per, date.fromisocalendar(int(year), int(week), 1))
    if per == "quarter":
        year, _, quarter = name.partition("-Q")
        return period_number(per, date(int(year), int(quarter) * 3, 1))
    if per == "all":
        return 0
    return period_number(per, date.fromisoformat(f"{name}-01-01"[:10]))


def iso(instant: int) -> str:
    """An instant as RFC 3339 in UTC, the form of every time in the API."""
    return datetime.fromtimestamp(instant, ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")
