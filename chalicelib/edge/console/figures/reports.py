"""Reports of days and months: what was given, redeemed, expired, taken back by rule; orders, goods, friends, clicks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import Per, local_day, months_later, period_name
from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme import assets
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import DayReport
from chalicelib.domain.reports.cost import PeriodCost, cost_of
from chalicelib.domain.reports.days import PeriodReport, by_period, totals_of
from chalicelib.edge.api import reports as api
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.figures import bars
from chalicelib.edge.console.part_names import rule_name
from chalicelib.edge.console.spreadsheets import as_csv, number
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import Words, marked
from chalicelib.store import reports, rounds

MONTHS = 12
"""Months that are shown where no period is asked for, with the running one."""

FLOWS = {
    "given": marked("Given"),
    "taken_back": marked("Taken back after refunds"),
    "redeemed": marked("Redeemed"),
    "given_back": marked("Given back of what was redeemed"),
    "expired": marked("Expired"),
    "revived": marked("Valid again after it had expired"),
    "added": marked("Added by hand"),
    "removed": marked("Removed by hand"),
    "written_off": marked("Debts written off"),
    "recovered": marked("Written-off debts recovered"),
}
"""What each thing that moves a balance is called."""

COUNTS = {
    "orders": marked("Orders"),
    "friends": marked("Friends who bought for the first time"),
    "groups": marked("Complete groups of friends"),
    "clicks": marked("Clicks on links"),
}
GOODS = marked("Purchases, less refunds")
"""What the file calls the figures that are of no rule."""

MAIN = ("given", "redeemed", "expired", "taken_back")
"""What has a column and a chart of its own."""


PERIOD = marked("Write a first and a last day, the first before the last, and %(most)s days together at the most.")

SHARES = {
    "cost": marked("of what customers bought was given to them"),
    "redeemed": marked("was redeemed, compared with what was given"),
}
"""The figures that say whether the programme pays, after their percent."""


class ReportQuery(Struct, frozen=True):
    """What the page's address asks for: the first and the last day, by what, and the asset of the charts."""

    first: date
    last: date
    per: Per
    asset: str


class CostShare(Struct, frozen=True):
    """A share that says whether the programme pays: `part` of `whole`, in minor units of the programme's currency; as
    percent in words, and that of the period before (empty: it had no report).
    """

    label: str
    percent: str
    part: int
    whole: int
    before: str


def show(visit: Visit) -> Reply:
    """The reports of `from`, `to` by `per` (`day`, `month`), charts of one `asset`, and what was moved by rule."""
    programme = visit.programme()
    if programme is None:
        return pages.page(visit, "reports.html", programme=None)
    try:
        asked, refused = _asked(visit, programme), None
    except InvalidInput as error:
        asked = ReportQuery(*api.period_of(visit.as_api(query={"to": ""}), programme), "day", _own(programme))
        refused = pages.refused_by(error, "period")
        if error.field in ("from", "to"):
            refused = pages.Refused("period", Phrase(PERIOD, {"most": api.MOST_DAYS}), "from")
    days = reports.reports(asked.first.isoformat(), asked.last.isoformat())
    periods, flows = by_period(days, asked.first, asked.last, asked.per), totals_of(days)
    sums = by_period(days, asked.first, asked.last, "all")[0]
    cost = cost_of(sums, programme)
    return pages.page(
        visit,
        "reports.html",
        refused,
        programme=programme,
        is_refused_period=refused is not None and refused.field == "from",
        is_counted=bool(days or rounds.current().began_at),
        asked=asked,
        assets=assets.ledger_names(programme),
        days=days,
        missing=(asked.last - asked.first).days + 1 - len(days),
        periods=periods,
        sums=sums,
        shares=list(_shares(visit, cost, _cost_before(asked, programme))),
        unpriced=[visit.words.name_of(asset, programme) for asset in cost.unpriced],
        own=_own(programme),
        length=(asked.last - asked.first).days + 1,
        names=[visit.words.period(asked.per, period.number) for period in periods],
        charts=list(_charts(visit, programme, asked, periods)),
        size=(bars.WIDTH, bars.HEIGHT),
        flows=flows,
        rules={flow.rule: rule_name(flow.rule, visit.words, programme) for flow in flows},
        labels=FLOWS,
        main=MAIN,
        zone=programme.timezone,
    )


def as_file(visit: Visit) -> Reply:
    """The same figures as a file, a row for each period and figure: of an amount with its asset and rule."""
    programme = visit.programme_in_force()
    asked = _asked(visit, programme)
    days = reports.reports(asked.first.isoformat(), asked.last.isoformat())
    columns = (
        marked("Period"),
        marked("Days counted"),
        marked("Movement"),
        marked("Currency or points"),
        marked("Rule"),
        marked("Amount"),
        marked("Entries"),
    )
    return as_csv(visit, "reports", columns, _rows(visit.words, programme, asked, days))


def _asked(visit: Visit, programme: Programme) -> ReportQuery:
    """What the address asks for. Raises InvalidInput."""
    query = visit.request.query
    per: Per = "month" if query.get("per") == "month" else "day"
    if query.get("per", "") not in ("", per):
        raise InvalidInput("per", "must be day or month", query["per"])
    asset = query.get("asset") or _own(programme)
    if asset not in (known := assets.ledger_names(programme)):
        raise InvalidInput("asset", "must be one of %(names)s", asset, names=tuple(known))
    days = {name: query.get(name, "") for name in ("from", "to")}
    if per == "month" and not days["from"]:
        yesterday = local_day(visit.now, programme.timezone) - timedelta(days=1)
        last = api.day_of(days["to"] or None, "to", yesterday)
        days["from"] = months_later(last.replace(day=1), 1 - MONTHS).isoformat()
    return ReportQuery(*api.period_of(visit.as_api(query=days), programme), per, asset)


def _own(programme: Programme) -> str:
    return money.asset_of(programme.currency)


def _cost_before(asked: ReportQuery, programme: Programme) -> PeriodCost:
    """What as many days before the period cost."""
    first, last = asked.first - (asked.last - asked.first) - timedelta(days=1), asked.first - timedelta(days=1)
    days = reports.reports(first.isoformat(), last.isoformat())
    return cost_of(by_period(days, first, last, "all")[0], programme)


def _shares(visit: Visit, cost: PeriodCost, before: PeriodCost) -> Iterator[CostShare]:
    """What the programme costs of the goods, and how much of what it gave was redeemed; none without goods."""
    parts = (
        (SHARES["cost"], (cost.given, cost.goods), (before.given, before.goods)),
        (SHARES["redeemed"], (cost.redeemed, cost.given), (before.redeemed, before.given)),
    )
    for label, now, then in parts:
        if now[1] > 0:
            past = visit.words.percent(*then) if then[1] > 0 else ""
            yield CostShare(visit.words.gettext(label), visit.words.percent(*now), *now, past)


def _charts(
    visit: Visit, programme: Programme, asked: ReportQuery, periods: list[PeriodReport]
) -> Iterator[bars.Chart]:
    """A chart of each figure that is anything but 0: orders, and what was moved of the asset."""
    words, names = visit.words, [visit.words.period(asked.per, period.number) for period in periods]
    series = {words.gettext(marked("Orders")): [(period.orders, words.number(period.orders)) for period in periods]}
    for what in MAIN:
        amounts = [period.amount(what, asked.asset) for period in periods]
        series[words.gettext(FLOWS[what])] = [
            (amount, words.amount(amount, asked.asset, programme)) for amount in amounts
        ]
    labelled = words.gettext(marked("%(period)s: %(value)s"))
    for title, values in series.items():
        pairs = zip(names, values, strict=True)
        texts = [labelled % {"period": name, "value": text} for name, (_, text) in pairs]
        made = bars.chart(title, [value for value, _ in values], texts)
        if made.bars:
            yield made


def _rows(
    words: Words, programme: Programme, asked: ReportQuery, days: list[DayReport]
) -> Iterator[tuple[object, ...]]:
    for period in by_period(days, asked.first, asked.last, asked.per):
        if not period.days:
            continue
        start = (period_name(asked.per, period.number), period.days)
        for figure, label in COUNTS.items():
            yield (*start, words.gettext(label), None, None, getattr(period, figure), None)
        for asset, amount in period.goods.items():
            name = words.name_of(asset, programme)
            yield (*start, words.gettext(GOODS), name, None, number(amount, asset), None)
        for flow in period.flows:
            name, rule = words.name_of(flow.asset, programme), rule_name(flow.rule, words, programme)
            what = words.gettext(FLOWS[flow.what])
            yield (*start, what, name, rule, number(flow.amount, flow.asset), flow.entries)
