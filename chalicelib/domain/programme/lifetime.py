"""From when until when a reward can be spent, as its rule says it. Imports the calendar, the programme and errors.

Of a programme that was published, nothing expires before it can be spent: what the rules alone decide is refused when
it is checked or published (`gone_too_soon`), and where the delivery decides, the expiry counts from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from chalicelib.domain.core.calendar import (
    AWAITED,
    NO_EXPIRY,
    VESTED_ALREADY,
    last_day,
    local_day,
    midnight,
    months_later,
    start_of_day,
)
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme.document import Programme, rewards_of
from chalicelib.domain.programme.rules import Lasting

NOT_REVIEWED = 0
"""The `allowed_at` of a reward that waited for no person's verdict."""


def lifetime(
    rule: Lasting, paid_at: int, delivered_at: int, timezone: str, allowed_at: int = NOT_REVIEWED
) -> tuple[int, int]:
    """The instants of a reward's vesting (or VESTED_ALREADY) and expiry (or NO_EXPIRY), in seconds.

    `delivered_at` 0: not delivered yet; a reward that vests on delivery then vests in a time that is AWAITED.
    `allowed_at`: when a person approved it, or NOT_REVIEWED; its expiry counts from then at the earliest, so that a
    reward that waited long has not expired when it is posted.
    """
    vests_at, since = _vests_at(rule, paid_at, delivered_at, timezone), max(paid_at, allowed_at)
    if rule.expire_from == "vesting":
        if vests_at == AWAITED:
            # What is still awaited cannot expire: the day that the expiry counts from is not known yet.
            return vests_at, NO_EXPIRY
        since = max(since, vests_at)
    if rule.expire_months is None and rule.expire_end is None:
        return vests_at, NO_EXPIRY if rule.expire_days is None else start_of_day(since, rule.expire_days + 1, timezone)
    # The instant after the last second of the last day.
    return vests_at, midnight(_last(rule, local_day(since, timezone)) + timedelta(days=1), timezone)


def gone_too_soon(programme: Programme, effective_at: int, now: int) -> list[InvalidInput]:
    """The problems of rewards that are gone before their `vest_date` if an order is paid when the version begins.

    That order waits longest: where its reward lasts long enough, every later one's does. Idleness counts from when we
    hear of the order, so from `now` at the earliest.
    """
    problems: list[InvalidInput] = []
    for path, rule in rewards_of(programme).items():
        if rule.vest_date:
            problems += _expired(path, rule, programme.timezone, effective_at)
            problems += _idle(path, rule, programme, max(effective_at, now))
    return problems


def _expired(path: str, rule: Lasting, timezone: str, paid_at: int) -> Iterator[InvalidInput]:
    vests_at, expires_at = lifetime(rule, paid_at, paid_at, timezone)
    if not NO_EXPIRY < expires_at <= vests_at:
        return
    field = next(name for name in ("expire_days", "expire_months", "expire_end") if getattr(rule, name) is not None)
    yield InvalidInput(
        f"{path}.{field}",
        "must last beyond vest_date %(vest_date)s for an order of %(day)s, or be counted from it "
        "(expire_from: vesting)",
        getattr(rule, field),
        vest_date=str(rule.vest_date),
        day=str(local_day(paid_at, timezone)),
    )


def _idle(path: str, rule: Lasting, programme: Programme, paid_at: int) -> Iterator[InvalidInput]:
    zone, days = programme.timezone, programme.inactive_days
    if days is not None and start_of_day(paid_at, days + 1, zone) <= lifetime(rule, paid_at, paid_at, zone)[0]:
        yield InvalidInput(
            f"{path}.vest_date",
            "must come before inactive_days end for an order of %(day)s",
            rule.vest_date,
            day=str(local_day(paid_at, zone)),
        )


def _vests_at(rule: Lasting, paid_at: int, delivered_at: int, timezone: str) -> int:
    vests_at = VESTED_ALREADY
    if rule.vest_on == "delivery":
        if not delivered_at:
            return AWAITED
        vests_at = delivered_at
    if rule.vest_days:
        vests_at = start_of_day(vests_at or paid_at, rule.vest_days, timezone)
    if rule.vest_date and local_day(vests_at or paid_at, timezone) < rule.vest_date:
        vests_at = midnight(rule.vest_date, timezone)
    return vests_at


def _last(rule: Lasting, day: date) -> date:
    """The last day on which the reward can be spent."""
    day = months_later(day, rule.expire_months or 0) + timedelta(days=rule.expire_days or 0)
    return last_day(day, rule.expire_end) if rule.expire_end else day
