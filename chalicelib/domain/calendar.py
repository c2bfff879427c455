"""Days as the shop's customers live them: instants at the borders of local days. Standard library only."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

NEVER = 0
"""The instant of something that does not expire, and of something that has vested already."""


def start_of_day(instant: int, days_later: int, timezone: str) -> int:
    """The first second of the local day `days_later` after the one of `instant`; both in seconds since 1970."""
    zone = ZoneInfo(timezone)
    day = datetime.fromtimestamp(instant, zone).date() + timedelta(days=days_later)
    return int(datetime.combine(day, time(), zone).timestamp())


def vests_at(instant: int, days: int, timezone: str) -> int:
    """When a reward of that instant can be spent: at once, or from the start of the day `days` later."""
    return start_of_day(instant, days, timezone) if days else NEVER


def expires_at(instant: int, days: int | None, timezone: str) -> int:
    """When it is gone: the instant after the last second of the day `days` later, or NEVER."""
    return NEVER if days is None else start_of_day(instant, days + 1, timezone)


def iso(instant: int) -> str:
    """RFC 3339 in UTC, as the API writes every time."""
    return datetime.fromtimestamp(instant, ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")
