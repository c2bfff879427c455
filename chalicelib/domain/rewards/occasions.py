"""Birthdays and anniversaries of the first order: activities that the daily round states, so that rules may give gifts.

A birthday is stated once a year, an anniversary once for each, under a reference that says which; what was stated is
an activity in the table, so a round that comes twice or late states nothing twice. Imports commands, counters, records.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta

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
    named = {rule.activity for rule in programme.earn if rule.activity}
    days = [today - timedelta(days=late) for late in range(LATE_DAYS)]
    commands = [*_birthdays(member, profile, days), *_anniversaries(member, programme, days)]
    return [
        command
        for command in commands
        if command.activity in named and ActivityRef(command.member, command.activity, command.reference) not in known
    ]


def _birthdays(member: Member, profile: Profile | None, days: list[date]) -> Iterator[RecordActivity]:
    for day in days:
        if profile and profile.birthday in _names(day):
            yield RecordActivity(member.member, BIRTHDAY, str(day.year))


def _anniversaries(member: Member, programme: Programme, days: list[date]) -> Iterator[RecordActivity]:
    """Those of the person's first paid order, while there is an order that is kept."""
    paid_at = member.firsts[0].at if member.firsts else 0
    if not paid_at or counters.amount_in(member, counters.ORDERS, "all", 0) <= 0:
        return
    first = local_day(paid_at, programme.timezone)
    for day in days:
        if day.year > first.year and first.strftime("%m-%d") in _names(day):
            yield RecordActivity(member.member, ANNIVERSARY, str(day.year - first.year))


def _names(day: date) -> set[str]:
    """A day as month and day; the 28th of February of a year that has no 29th is that one too."""
    is_last = (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3
    return {day.strftime("%m-%d"), *(["02-29"] if is_last else [])}
