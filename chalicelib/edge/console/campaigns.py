"""Campaigns of the programme in force: when, for whom, what they multiply and cost so far."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import DayReport
from chalicelib.domain.reports.days import GIVEN, TAKEN_BACK, totals_of
from chalicelib.edge.api.reports import MOST_DAYS
from chalicelib.edge.console import pages
from chalicelib.edge.console.visit import Visit
from chalicelib.edge.messages import Reply
from chalicelib.store import reports


class CampaignRow(Struct, frozen=True):
    """A campaign with its `state` (`runs`, `waits` for its first day, `over`) and its audience's levels by their names.

    `budget` is in minor units of `asset` (None: no budget). `rules` hold with the campaign only. `given`: what it and
    they gave in the reported days, less what refunds took back, in minor units by asset.
    """

    campaign: Campaign
    state: str
    levels: list[str]
    asset: str
    budget: int | None
    rules: list[str]
    given: dict[str, int]


def show(visit: Visit) -> Reply:
    """The campaigns, those that run first."""
    programme = visit.programme()
    if programme is None:
        return pages.page(visit, "campaigns.html", programme=None)
    days = _days(visit, programme) if programme.campaigns else []
    rows = [_row(visit, campaign, programme, days) for campaign in programme.campaigns]
    order = ("runs", "waits", "over")
    return pages.page(
        visit,
        "campaigns.html",
        programme=programme,
        is_counted=True,
        rows=sorted(rows, key=lambda row: (order.index(row.state), row.campaign.starts)),
        days=days,
        zone=programme.timezone,
    )


def _days(visit: Visit, programme: Programme) -> list[DayReport]:
    """The reports since the first campaign began, at most those of a year."""
    today = local_day(visit.now, programme.timezone)
    first = max(min(campaign.starts for campaign in programme.campaigns), today - timedelta(days=MOST_DAYS))
    return reports.reports(first.isoformat(), today.isoformat())


def _row(visit: Visit, campaign: Campaign, programme: Programme, days: list[DayReport]) -> CampaignRow:
    rules = [rule.id for rule in programme.earn if rule.campaign == campaign.id]
    steps = programme.levels.steps if programme.levels else ()
    names = {step.id: visit.words.name(step.name, step.id) for step in steps}
    asset = campaign.asset(programme.currency, programme)
    return CampaignRow(
        campaign,
        _state(visit, campaign, programme),
        [names.get(level, level) for level in campaign.audience.levels],
        asset,
        campaign.minor(campaign.budget, asset, programme),
        rules,
        _given({campaign.id, *rules}, [day for day in days if day.day >= campaign.starts.isoformat()]),
    )


def _state(visit: Visit, campaign: Campaign, programme: Programme) -> str:
    if campaign.is_running(visit.now, programme.timezone):
        return "runs"
    return "waits" if local_day(visit.now, programme.timezone) < campaign.starts else "over"


def _given(rules: set[str], days: list[DayReport]) -> dict[str, int]:
    """What rules gave in days less what refunds took back, in minor units by asset."""
    given: dict[str, int] = {}
    signs = {GIVEN: 1, TAKEN_BACK: -1}
    for flow in totals_of(days):
        if flow.rule in rules and flow.what in signs:
            given[flow.asset] = given.get(flow.asset, 0) + signs[flow.what] * flow.amount
    return given
