"""Birthdays and anniversaries of the first order: activities that the daily round states, so that rules may give gifts.

A birthday is stated once a year, an anniversary once for each, under a reference that says which; what was stated is
an activity in the table, so a round that comes twice or late states nothing twice. Imports commands, counters, records.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import lru_cache

from chalicelib.domain.commands import RecordActivity
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import ActivityRef, Member, Profile
from chalicelib.domain.rewards.progress import counters

BIRTHDAY, ANNIVERSARY = "birthday", "anniversary"

LATE_DAYS = 7
"""So long after its day an occasion is stated that no round came for, or whose birthday was told late."""


def due(
    member: Member, profile: Profile | None, known: Collection[ActivityRef], programme: Programme, today: date
) -> list[RecordActivity]:
    """The activities to state of a member today: those of the last days that rules name and that are not known."""
    if member.alias:
        return []
    years, named = _years(today, LATE_DAYS), programme.earning_by
    commands: list[RecordActivity] = []
    if BIRTHDAY in named and profile and profile.birthday in years:
        commands.append(RecordActivity(member.member, BIRTHDAY, str(years[profile.birthday])))
    if ANNIVERSARY in named and (passed := _anniversary(member, programme, years)):
        commands.append(RecordActivity(member.member, ANNIVERSARY, str(passed)))
    return [
        command for command in commands if ActivityRef(command.member, command.activity, command.reference) not in known
    ]


def _anniversary(member: Member, programme: Programme, years: Mapping[str, int]) -> int:
    """Which anniversary of the person's first paid order was in the last days, while there is an order that is kept; 0
    for none.
    """
    paid_at = member.firsts[0].at if member.firsts else 0
    if not paid_at or counters.amount_in(member, counters.ORDERS, "all", 0) <= 0:
        return 0
    first = local_day(paid_at, programme.timezone)
    return max(years.get(first.isoformat()[5:], first.year) - first.year, 0)


@lru_cache(8)
def _years(today: date, days: int) -> Mapping[str, int]:
    """The years of so many days up to today, by month and day; the 28th of February of a year that has no 29th is that
    one too.
    """
    years: dict[str, int] = {}
    for day in (today - timedelta(days=late) for late in range(days)):
        years[day.isoformat()[5:]] = day.year
        if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3:
            years["02-29"] = day.year
    return years
