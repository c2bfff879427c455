"""Campaigns that begin after a log's last order, looked at as if they had run on days in which orders were paid.

Which days these are follows from the campaign and the orders: the same days of the latest year of which all orders are
there, or else as many days up to the last order's. Imports the programme, the calendar and the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.core.phrases import CalendarDay, Named, Phrase
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.warnings import overlaps
from chalicelib.what_if.log import Log

Days = tuple[date, date]
"""The first and the last day of a campaign."""


def moved(programme: Programme, log: Log) -> Programme:
    """The programme with the campaigns that are to come on past days."""
    first, last = (local_day(at, programme.timezone) for at in (min(log.at), max(log.at)))
    days = [past_days((campaign.starts, campaign.ends), first, last) for campaign in programme.campaigns]
    campaigns = (
        replace(campaign, starts=starts, ends=ends)
        for campaign, (starts, ends) in zip(programme.campaigns, days, strict=True)
    )
    return replace(programme, campaigns=tuple(campaigns))


def past_days(days: Days, first: date, last: date) -> Days:
    """The days of a campaign among those from the first to the last order's; its own where these have begun."""
    starts, ends = days
    if starts <= last:
        return days
    length = ends - starts
    for year in range(starts.year - 1, first.year - 1, -1):
        begin = _in_year(starts, year)
        if first <= begin and begin + length <= last:
            return begin, begin + length
    return last - length, last


def moved_days(draft: Programme, on_past_days: Programme) -> dict[str, Days]:
    """The days on which those campaigns of a draft were looked at that were moved, by their ids."""
    own = {campaign.id: campaign.starts for campaign in draft.campaigns}
    return {
        campaign.id: (campaign.starts, campaign.ends)
        for campaign in on_past_days.campaigns
        if campaign.starts != own[campaign.id]
    }


def sentences(days: dict[str, Days]) -> Iterator[Phrase]:
    """A sentence for each campaign that was moved."""
    for campaign, (first, last) in days.items():
        yield Phrase(
            "Campaign %(campaign)s is looked at as if it had run from %(first)s to %(last)s.",
            {"campaign": Named("rule", campaign), "first": CalendarDay(first), "last": CalendarDay(last)},
        )


def overlapping(draft: Programme, days: dict[str, Days]) -> Iterator[Phrase]:
    """A sentence for each rule that campaigns multiply together on the days on which they were looked at."""
    campaigns = (
        replace(campaign, starts=days[campaign.id][0], ends=days[campaign.id][1]) if campaign.id in days else campaign
        for campaign in draft.campaigns
    )
    first = min((starts for starts, _ in days.values()), default=date.max)
    return overlaps(replace(draft, campaigns=tuple(campaigns)), first)


def _in_year(day: date, year: int) -> date:
    """The same day of another year; the 28th of February of one that has no 29th."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(year, 2, 28) if is_leap_day else day.replace(year=year)
