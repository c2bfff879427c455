"""Nothing that a published programme promises is gone before it can be spent.

For every document that is accepted, whenever its version begins, an order is paid and the goods arrive, a reward can be
spent for at least the rest of a local day, or is still awaited and then does not expire.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from chalicelib.domain.core.calendar import AWAITED, NO_EXPIRY, start_of_day
from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme.document import Programme, rewards_of
from chalicelib.domain.programme.sale import NOT_REVIEWED, lifetime, lifetime_problems
from tests.world.builders import programme_of

DAY_S = 86_400

ZONES = [
    "UTC",
    "Europe/Paris",
    "America/Santiago",  # the clocks change at midnight
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Havana",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",
    "Pacific/Kiritimati",
]

days = st.integers(0, 400)
dates = st.dates(date(2026, 1, 1), date(2028, 12, 31))
instants = st.integers(
    int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2028, 12, 31, tzinfo=UTC).timestamp())
)

rules = st.fixed_dictionaries(
    {"percent": st.just(Decimal(5))},
    optional={
        "vest_days": st.sampled_from([0, 1, 14, 30, 60]),
        "vest_date": dates.map(date.isoformat),
        "expire_days": st.sampled_from([1, 15, 30, 31, 90, 365]),
        "expire_months": st.sampled_from([1, 2, 12]),
        "expire_end": st.sampled_from(["month", "year"]),
        "expire_from": st.sampled_from(["payment", "vesting"]),
    },
)
ordered = st.tuples(rules, st.sampled_from([{}, {"vest_on": "payment"}, {"vest_on": "delivery"}])).map(
    lambda parts: parts[0] | parts[1]
)


def accepted(parts: dict[str, Any], begins: int) -> Programme | None:
    """The programme, if it could be published to hold from then on."""
    try:
        programme = programme_of(**parts)
    except InvalidProgramme:
        return None
    return None if lifetime_problems(programme, begins, begins) else programme


@given(ordered, rules, ordered, st.sampled_from(ZONES), instants, days, st.integers(0, DAY_S), st.none() | days, days)
@example({"percent": 5, "vest_date": "2027-01-15", "expire_days": 30}, {"percent": 5}, {"percent": 5}, "Europe/Paris",
         1_795_600_000, 0, 0, None, 0)  # fmt: skip
@example({"percent": 5, "vest_on": "delivery", "vest_days": 14, "expire_days": 30}, {"percent": 5}, {"percent": 5},
         "Europe/Paris", 1_795_600_000, 0, 0, 20, 0)  # fmt: skip
def test_nothing_expires_before_it_can_be_spent(
    earn: dict[str, Any],
    referral: dict[str, Any],
    welcome: dict[str, Any],
    zone: str,
    begins: int,
    days_later: int,
    seconds_later: int,
    delivered_after: int | None,
    waited: int,
) -> None:
    """Nor before a person let it be given, if it waited for one (0 days: for nobody)."""
    parts = {"earn": [{"id": "a", **earn}], "referral": {**referral, "welcome": welcome}, "timezone": zone}
    programme = accepted(parts, begins)
    assume(programme is not None)
    assert programme
    paid_at = begins + days_later * DAY_S + seconds_later
    delivered_at = 0 if delivered_after is None else paid_at + (delivered_after - 3) * DAY_S
    for rule in rewards_of(programme).values():
        allowed_at = paid_at + waited * DAY_S if waited else NOT_REVIEWED
        vests_at, expires_at = lifetime(rule, paid_at, delivered_at, zone, allowed_at)
        if expires_at == NO_EXPIRY:
            continue
        assert vests_at != AWAITED
        assert expires_at >= start_of_day(max(vests_at, paid_at, allowed_at), 1, zone)


@given(st.sampled_from(ZONES), instants, st.integers(1, 400), days)
def test_no_programme_is_refused_whose_every_reward_can_be_spent(
    zone: str, begins: int, lasts: int, waits: int
) -> None:
    """What is refused for its date is refused for an order that really would lose it."""
    date_of = (datetime.fromtimestamp(begins, UTC) + timedelta(days=waits)).date().isoformat()
    parts = {"percent": Decimal(5), "vest_date": date_of, "expire_days": lasts}
    programme = programme_of(earn=[{"id": "a", **parts}], timezone=zone)
    vests_at, expires_at = lifetime(programme.earn[0], begins, 0, zone)
    assert bool(lifetime_problems(programme, begins, begins)) == (expires_at <= vests_at)
