"""From when until when a reward can be spent, as its rule says it. Imports the calendar and the programme."""

from __future__ import annotations

from datetime import date, timedelta

from chalicelib.domain.calendar import AWAITED, NEVER, last_day, local_day, midnight, months_later, start_of_day
from chalicelib.domain.programme import Reward


def lifetime(rule: Reward, paid_at: int, delivered_at: int, timezone: str) -> tuple[int, int]:
    """The instants from which and until before which a reward can be spent (NEVER: already; for good).

    `delivered_at` 0: not delivered yet; a reward that vests on delivery then vests in a time that is AWAITED.
    """
    return _vests_at(rule, paid_at, delivered_at, timezone), _expires_at(rule, paid_at, timezone)


def _vests_at(rule: Reward, paid_at: int, delivered_at: int, timezone: str) -> int:
    vests_at = NEVER
    if rule.vest_on == "delivery":
        if not delivered_at:
            return AWAITED
        vests_at = delivered_at
    if rule.vest_days:
        vests_at = start_of_day(vests_at or paid_at, rule.vest_days, timezone)
    if rule.vest_date and local_day(vests_at or paid_at, timezone) < rule.vest_date:
        vests_at = midnight(rule.vest_date, timezone)
    return vests_at


def _expires_at(rule: Reward, paid_at: int, timezone: str) -> int:
    """The instant after the last second of the last day."""
    if rule.expire_months is None and rule.expire_end is None:
        return NEVER if rule.expire_days is None else start_of_day(paid_at, rule.expire_days + 1, timezone)
    return midnight(_last(rule, local_day(paid_at, timezone)) + timedelta(days=1), timezone)


def _last(rule: Reward, day: date) -> date:
    """The last day on which the reward can be spent."""
    day = months_later(day, rule.expire_months or 0) + timedelta(days=rule.expire_days or 0)
    return last_day(day, rule.expire_end) if rule.expire_end else day
