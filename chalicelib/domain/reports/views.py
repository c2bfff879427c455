"""Reports, what is owed and lists of members as pages, the API and the operator's command show them, each with when it
was counted.

Pure functions of the records and the programme. Imports money, assets and the other modules of reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import iso
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import DayReport, Flow, Holding, Listed, MemberList, Outstanding
from chalicelib.domain.reports.days import totals_of
from chalicelib.domain.reports.outstanding import ENDS, own_worth


class Moved(Struct, frozen=True):
    """What one rule moved of an asset: `what` is `given`, `taken_back`, `redeemed`, `given_back` (of what was
    redeemed), `expired`, `revived` (of what had expired), `added` or `removed` (by hand), `written_off`, `recovered`.
    """

    what: str
    asset: str
    rule: str
    amount: int
    text: str
    entries: int


class DayView(Struct, frozen=True):
    """A local day that is over: what moved between two instants, orders that were paid on it and their kept goods,
    friends who bought, groups of friends that were complete, and clicks on links since the count before.
    """

    day: str
    starts_at: str
    ends_at: str
    counted_at: str
    orders: int
    goods: int
    goods_text: str
    friends: int
    groups: int
    clicks: int
    moved: list[Moved]


class ReportView(Struct, frozen=True):
    """The days of a period that have a report, and their sums; `missing` are the days that have none (yet)."""

    first: str
    last: str
    orders: int
    friends: int
    groups: int
    clicks: int
    moved: list[Moved]
    days: list[DayView]
    missing: list[str]


class Ending(Struct, frozen=True):
    """What expires within `days` (null: later, or never, as `text` says) and not within the days of the row before."""

    days: int | None
    text: str
    amount: int
    amount_text: str


class OwedView(Struct, frozen=True):
    """What members have of an asset. `owed` is available, pending and held, less `debt`, which is what could not be
    taken back so far; `worth` is `owed` in the programme's currency (null: it has no price).
    """

    asset: str
    available: int
    pending: int
    held: int
    debt: int
    owed: int
    text: str
    worth: str | None
    members: int
    endings: list[Ending]


class OutstandingView(Struct, frozen=True):
    """What is owed to all members, as a round has read it between two instants."""

    day: str
    began_at: str
    counted_at: str
    assets: list[OwedView]


class ListedView(Struct, frozen=True):
    """A member in a list: live orders and kept goods of the last 12 closed months and this one, kept goods of all time,
    the day (or the month) of the last live order, scores (0: none), and what the member has.
    """

    member: str
    orders: int
    goods: int
    goods_text: str
    kept: int
    kept_text: str
    last_order: str
    scores: list[int]
    owed: list[str]


class ListView(Struct, frozen=True):
    """A part of a list of members, who is in it, how many there are in all (a list has the first thousand), and when a
    round read them; `next` is the cursor of the part after it, null on the last.
    """

    name: str
    rule: str
    total: int
    day: str
    began_at: str
    counted_at: str
    members: list[ListedView]
    next: str | None


def report_of(reports: Sequence[DayReport], first: date, last: date) -> ReportView:
    """The reports of the days from one to another, both included."""
    days = {(first + timedelta(days=number)).isoformat(): None for number in range((last - first).days + 1)}
    known = {report.day for report in reports}
    return ReportView(
        first=first.isoformat(),
        last=last.isoformat(),
        orders=sum(report.orders for report in reports),
        friends=sum(report.friends for report in reports),
        groups=sum(report.groups for report in reports),
        clicks=sum(report.clicks for report in reports),
        moved=_moved(totals_of(reports)),
        days=[_day(report) for report in reports],
        missing=[day for day in days if day not in known],
    )


def owed_of(outstanding: Outstanding, programme: Programme) -> OutstandingView:
    """What was owed; its worth is by the programme that is given."""
    assets = [_owed(asset, holding, programme) for asset, holding in outstanding.assets.items()]
    return OutstandingView(outstanding.day, iso(outstanding.began_at), iso(outstanding.made_at), assets)


def list_of(page: MemberList, rows: Sequence[Listed], start: int, limit: int, programme: Programme) -> ListView:
    """`limit` of the rows of a list from a place on; `page` is any page of it."""
    end = start + limit
    return ListView(
        name=page.list,
        rule=page.rule,
        total=page.total,
        day=page.day,
        began_at=iso(page.began_at),
        counted_at=iso(page.made_at),
        members=[listed(row, money.asset_of(programme.currency)) for row in rows[start:end]],
        next=str(end) if len(rows) > end else None,
    )


def listed(row: Listed, asset: str) -> ListedView:
    """A row with its goods as text of their asset."""
    owed = [money.text(amount, name) for name, amount in row.owed.items()]
    return ListedView(
        member=row.member,
        orders=row.orders,
        goods=row.goods,
        goods_text=money.text(row.goods, asset),
        kept=row.kept,
        kept_text=money.text(row.kept, asset),
        last_order=row.last_order,
        scores=list(row.scores),
        owed=owed,
    )


def _day(report: DayReport) -> DayView:
    return DayView(
        day=report.day,
        starts_at=iso(report.starts_at),
        ends_at=iso(report.ends_at),
        counted_at=iso(report.made_at),
        orders=report.orders,
        goods=report.goods,
        goods_text=money.text(report.goods, report.asset),
        friends=report.friends,
        groups=report.groups,
        clicks=report.clicks,
        moved=_moved(report.flows),
    )


def _moved(flows: Iterable[Flow]) -> list[Moved]:
    return [
        Moved(flow.what, flow.asset, flow.rule, flow.amount, money.text(flow.amount, flow.asset), flow.entries)
        for flow in flows
    ]


def _owed(asset: str, holding: Holding, programme: Programme) -> OwedView:
    endings = [
        Ending(days, text, amount, money.text(amount, asset))
        for (days, text), amount in zip(_ends(), holding.by_end, strict=True)
    ]
    return OwedView(
        asset=asset,
        available=holding.available,
        pending=holding.pending,
        held=holding.held,
        debt=holding.debt,
        owed=holding.owed,
        text=money.text(holding.owed, asset),
        worth=_worth(holding.owed, asset, programme),
        members=holding.members,
        endings=endings,
    )


def _worth(amount: int, asset: str, programme: Programme) -> str | None:
    """What an amount is worth in the programme's currency; None where there is no price."""
    worth = own_worth(amount, asset, programme)
    return None if worth is None else money.text(worth, money.asset_of(programme.currency))


def _ends() -> list[tuple[int | None, str]]:
    """The days until something expires by which it is divided, each as text too."""
    first = [(days, f"within {days} days") for days in ENDS]
    return [*first, (None, "later"), (None, "never")]
