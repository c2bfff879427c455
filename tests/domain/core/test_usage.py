"""What was used in each of the latest periods: how it is packed, what is remembered of it, and what it costs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import msgspec
import pytest

from chalicelib.domain.core.calendar import DAY_S, Period, number_of, period_of
from chalicelib.domain.core.usage import Usage, counted, joined, of_buckets, remembered, used_in

NOW = int(datetime(2026, 2, 12, 12, tzinfo=UTC).timestamp())
TODAY = date(2026, 2, 12).toordinal()


def day(number: int) -> str:
    """The bucket of a day of February."""
    return f"a EUR/2 day 2026-02-{number:02d}"


def in_days(*numbers: int, now: int = NOW, before: Usage | None = None) -> Usage:
    """5 cents used on each of some days of February, one after the other."""
    usage = before or {}
    for number in numbers:
        usage = counted(usage, day(number), 5, now)
    return usage


@pytest.mark.parametrize("period", ["day", "week", "month", "year"])
def test_periods_are_numbered_without_a_gap(period: Period) -> None:
    """Over the ends of years of 52 and of 53 weeks, and of a leap year."""
    numbers = [number_of(period, period_of(NOW + days * DAY_S, period, "UTC")) for days in range(-3000, 3000)]
    assert {later - number for number, later in pairwise(numbers)} <= {0, 1}
    assert len(set(numbers)) == {"day": 6000, "week": 858, "month": 198, "year": 18}[period]


def test_a_series_is_its_first_period_and_an_amount_for_each_from_there() -> None:
    assert in_days(10, 12) == {"a EUR/2 day": (TODAY - 2, 5, 0, 5)}
    assert counted({}, "a EUR/2 member", 7, NOW) == {"a EUR/2 member": (0, 7)}
    assert counted({}, "a EUR/2 year 2026", 7, NOW) == {"a EUR/2 year": (2026, 7)}


def test_each_rule_asset_and_kind_of_period_has_its_own() -> None:
    buckets = ["a EUR/2 day 2026-02-12", "a USD/2 day 2026-02-12", "b EUR/2 day 2026-02-12", "a EUR/2 month 2026-02"]
    usage: Usage = {}
    for number, bucket in enumerate(buckets, 1):
        usage = counted(usage, bucket, number, NOW)
    assert [used_in(usage, bucket) for bucket in buckets] == [1, 2, 3, 4]
    assert used_in(usage, "b EUR/2 month 2026-02") == 0
    assert used_in(usage, "a EUR/2 day 2026-02-11") == 0


def test_what_is_given_back_is_not_used_any_more_and_an_empty_series_is_gone() -> None:
    usage = counted(in_days(10, 11, 12), day(12), -3, NOW)
    assert usage == {"a EUR/2 day": (TODAY - 2, 5, 5, 2)}
    usage = counted(counted(usage, day(12), -9, NOW), day(10), -5, NOW)
    assert usage == {"a EUR/2 day": (TODAY - 1, 5)}
    assert counted(usage, day(11), -5, NOW) == {}


def test_of_days_the_last_eight_are_remembered() -> None:
    assert in_days(4, 5, 12) == {"a EUR/2 day": (TODAY - 7, 5, 0, 0, 0, 0, 0, 0, 5)}
    assert in_days(12, 4) == {"a EUR/2 day": (TODAY, 5)}


def test_a_day_in_the_future_yields_to_one_that_is_not() -> None:
    """Some storefront's clock is ahead. Tomorrow is today already in some time zone."""
    usage = in_days(28)
    assert usage == {"a EUR/2 day": (TODAY + 16, 5)}
    assert in_days(27, before=usage) == {"a EUR/2 day": (TODAY + 15, 5, 5)}
    assert in_days(12, before=usage) == {"a EUR/2 day": (TODAY, 5)}
    assert in_days(13, before=usage) == {"a EUR/2 day": (TODAY + 1, 5)}
    assert in_days(13, 12) == {"a EUR/2 day": (TODAY, 5, 5)}
    assert in_days(14, 12) == {"a EUR/2 day": (TODAY, 5)}


def test_two_are_joined_period_by_period() -> None:
    first, second = in_days(10, 11), counted(in_days(11, 12), "b EUR/2 member", 3, NOW)
    both = {"a EUR/2 day": (TODAY - 2, 5, 10, 5), "b EUR/2 member": (0, 3)}
    assert joined(first, second) == both
    assert joined(second, first) == both
    assert joined({}, first) == joined(first, {}) == first


@pytest.mark.parametrize(
    ("days", "remembers"),
    [
        (0, {"day", "week", "month", "year", "member"}),
        (8, {"day", "week", "month", "year", "member"}),
        (9, {"week", "month", "year", "member"}),
        (31, {"week", "month", "year", "member"}),
        (32, {"month", "year", "member"}),
        (108, {"month", "year", "member"}),
        (109, {"year", "member"}),
        (1053, {"year", "member"}),
        (1054, {"member"}),
        (9999, {"member"}),
    ],
)
def test_series_are_forgotten_once_their_last_period_is_too_old(days: int, remembers: set[str]) -> None:
    """Of February 12, 2026: eight days, until February 20; four weeks, until March 15; three months, until May; two
    years, until December 31, 2028. What is used in all has no age.
    """
    buckets = {"a X day 2026-02-12": 1, "a X week 2026-W07": 1, "a X month 2026-02": 1, "a X year 2026": 1}
    usage = remembered(of_buckets({**buckets, "a X member": 1}), NOW + days * DAY_S)
    assert {name.rpartition(" ")[2] for name in usage} == remembers


def test_an_earlier_release_had_an_amount_for_each_bucket() -> None:
    stored = {day(3): 1, day(4): 2, day(5): 3, day(12): 4, "a EUR/2 week 2026-W06": 5, "a EUR/2 member": 6, day(11): 0}
    week = date(2026, 2, 2).toordinal() // 7
    assert of_buckets(stored) == {
        "a EUR/2 day": (TODAY - 7, 3, 0, 0, 0, 0, 0, 0, 4),
        "a EUR/2 week": (week, 5),
        "a EUR/2 member": (0, 6),
    }
    assert of_buckets({day(3): 0}) == {}


def test_a_limit_for_each_day_costs_about_sixty_bytes() -> None:
    """An earlier release took 1,521: 40 days under their whole names."""
    usage: Usage = {}
    for number in range(50):
        now = NOW + number * DAY_S
        usage = counted(usage, f"cashback EUR/2 day {period_of(now, 'day', 'UTC')}", 500, now)
    assert len(msgspec.json.encode(usage)) == 63
