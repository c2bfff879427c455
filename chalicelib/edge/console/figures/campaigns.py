"""Campaigns of the programme in force: when, for whom, what they multiply and cost so far, and what one has brought."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.errors import NotFound
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import Budget, BudgetRef, DayReport
from chalicelib.domain.reports.campaign_effect import SHOWN, Amounts, CampaignReport
from chalicelib.domain.reports.days import GIVEN, TAKEN_BACK, totals_of
from chalicelib.edge import process
from chalicelib.edge.answers import ProgrammeAnswer
from chalicelib.edge.api import programme as programme_api
from chalicelib.edge.api.reports import MOST_DAYS
from chalicelib.edge.console import background, pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.part_names import earning_names, segment_names
from chalicelib.edge.messages import Reply
from chalicelib.store import calculations, reports, table
from chalicelib.store.calculations import Calculation, CalculationReplaced

MOST_SHARES = 1_000
"""So many shares of budgets are read for a page: ten requests. A campaign whose shares are beyond shows no use."""


class CampaignRow(Struct, frozen=True):
    """A campaign with its `state` (`runs`, `waits` for its first day, `over`) and its audience's levels by their names.

    `budget` is in minor units of `asset` (None: no budget), and so is `used`: how much of it is taken at this moment
    (None: not read). `rules` hold with the campaign only. `given`: what it and they gave in the reported days, less
    what refunds took back, in minor units by asset.
    """

    campaign: Campaign
    state: str
    levels: list[str]
    asset: str
    budget: int | None
    used: int | None
    rules: list[str]
    given: dict[str, int]


def show(visit: Visit) -> Reply:
    """The campaigns, those that run first."""
    programme = visit.programme()
    if programme is None:
        return pages.page(visit, "campaigns.html", programme=None)
    days, rows = _rows(visit, programme, programme.campaigns)
    order = ("runs", "waits", "over")
    return pages.page(
        visit,
        "campaigns.html",
        rows=sorted(rows, key=lambda row: (order.index(row.state), row.campaign.starts)),
        days=days,
        **_context(visit, programme),
    )


def look(visit: Visit) -> Reply:
    """A campaign, and what it has brought, as it was worked out last. Raises NotFound."""
    programme, campaign = _campaign(visit)
    calculation = calculations.latest(calculations.of_campaign(campaign.id), visit.now)
    report = calculation.report if calculation else None
    is_live = calculation is not None and calculation.is_live(visit.now)
    failure = ""
    if calculation and not (is_live or report):
        failure = background.failure(visit, calculation, f"ristourne campaign report {campaign.id}")
    return pages.page(
        visit,
        "campaign.html",
        row=_rows(visit, programme, (campaign,))[1][0],
        calculation=calculation,
        is_live=is_live,
        failure=failure,
        report=report,
        asset=money.asset_of(programme.currency),
        extra=_extra(report) if report else None,
        rows=_figures(visit, report, programme) if report else [],
        **_context(visit, programme),
    )


def _context(visit: Visit, programme: Programme) -> dict[str, Any]:
    """What both pages show of the programme besides their campaigns."""
    return {
        "programme": programme,
        "is_counted": True,
        "coming": _coming(visit),
        "rule_names": earning_names(visit.words, programme),
        "segment_names": segment_names(visit.words, programme),
        "zone": programme.timezone,
    }


def work_out(visit: Visit) -> Reply:
    """Have it worked out what a campaign has brought, unless that is on its way. Raises NotFound."""
    _, campaign = _campaign(visit)
    ref = background.new_ref(visit, calculations.of_campaign(campaign.id))
    with suppress(CalculationReplaced):  # the page says how far the other one is
        background.start(visit, Calculation(ref, visit.name, visit.now))
    return pages.redirect(f"{visit.path('campaigns', campaign.id)}#brought")


def _coming(visit: Visit) -> ProgrammeAnswer | None:
    """The newest version of the programme, while it does not hold yet: a campaign may be ended by it."""
    newest = programme_api.show(visit.as_api(query={}))
    return newest if newest.number > newest.in_force else None


def _campaign(visit: Visit) -> tuple[Programme, Campaign]:
    """The programme in force, and the campaign of it that the path names. Raises NotFound."""
    programme, name = visit.programme_in_force(), visit.request.path["campaign"]
    campaign = next((campaign for campaign in programme.campaigns if campaign.id == name), None)
    if campaign is None:
        raise NotFound("there is no campaign %(campaign)s in the programme", campaign=name)
    return programme, campaign


def _extra(report: CampaignReport) -> int | None:
    """What all who could get something have bought more by it than without, in minor units; None where no effect is
    shown.
    """
    effect = report.effect
    return effect.difference * effect.treated if effect.verdict == SHOWN else None


def _figures(visit: Visit, report: CampaignReport, programme: Programme) -> list[tuple[str, str, str]]:
    """The rows of the table of a report: what it is, of those who could get something, and of those held out."""
    words, treated, held_out = visit.words, report.treated, report.held_out

    def amounts(sums: Amounts) -> str:
        texts = [words.amount(amount, asset, programme) for asset, amount in sorted(sums.items())]
        return " + ".join(texts) or words.number(0)

    return [
        (words.gettext("Orders"), words.number(treated.orders), words.number(held_out.orders)),
        (words.gettext("Buyers"), words.number(treated.buyers), words.number(held_out.buyers)),
        (words.gettext("Goods"), amounts(treated.spend), amounts(held_out.spend)),
        (words.gettext("Given, less what refunds took back"), amounts(report.cost), "\N{EN DASH}"),
    ]


def _rows(
    visit: Visit, programme: Programme, campaigns: tuple[Campaign, ...]
) -> tuple[list[DayReport], list[CampaignRow]]:
    """The reports that are counted, and a row for each of some campaigns of the programme."""
    days = _days(visit, programme) if campaigns else []
    used = _used(programme, campaigns, process.engine().history(visit.now))
    return days, [_row(visit, campaign, programme, days, used.get(campaign.id)) for campaign in campaigns]


def _days(visit: Visit, programme: Programme) -> list[DayReport]:
    """The reports since the first campaign began, at most those of a year."""
    today = local_day(visit.now, programme.timezone)
    first = max(min(campaign.starts for campaign in programme.campaigns), today - timedelta(days=MOST_DAYS))
    return reports.reports(first.isoformat(), today.isoformat())


def _used(programme: Programme, campaigns: tuple[Campaign, ...], history: History) -> dict[str, int]:
    """How much of its budget each campaign has taken, less what refunds gave back, in minor units of its asset."""
    refs: list[BudgetRef] = []
    for campaign in campaigns:
        asset = campaign.asset(programme.currency, programme)
        shares = history.shares_of(campaign.id, asset) if campaign.budget is not None else 0
        if len(refs) + shares <= MOST_SHARES:
            refs += [BudgetRef(campaign.id, asset, number) for number in range(shares)]
    used = dict.fromkeys((ref.rule for ref in refs), 0)
    for share in table.load(refs).values():
        if isinstance(share, Budget):
            used[share.rule] += share.given
    return used


def _row(
    visit: Visit, campaign: Campaign, programme: Programme, days: list[DayReport], used: int | None
) -> CampaignRow:
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
        used,
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
