"""What the ledger moved in a day, by rule and asset, and the days that a round makes reports of.

A report is of the instants between the ends of two days, so that every entry is in one of them whatever becomes of the
programme's time zone. Imports the calendar, the ledger and records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from msgspec import Struct, field

from chalicelib.domain.core.calendar import Per, local_day, midnight, period_number
from chalicelib.domain.ledger.transfers import ADJUSTMENT, BREAKAGE, LOSS, REDEMPTION, account_of, is_reward
from chalicelib.domain.records import Conversion, DayReport, Entry, Flow, Group, Order

FIRST_DAYS = 31
"""Days before the first round that it makes reports of, and the most that a round catches up with."""

GIVEN, TAKEN_BACK = "given", "taken_back"
"""What a reward's rule gave to members, and what refunds took back of it."""

BY_ACCOUNT: Mapping[str, tuple[str, str]] = {
    REDEMPTION: ("given_back", "redeemed"),
    BREAKAGE: ("revived", "expired"),
    ADJUSTMENT: ("added", "removed"),
    LOSS: ("written_off", "recovered"),
}
"""What it is called that members get from an account of the programme, and that they give to it."""

FLOWS = (
    GIVEN,
    TAKEN_BACK,
    "redeemed",
    "given_back",
    "expired",
    "revived",
    "added",
    "removed",
    "written_off",
    "recovered",
)
"""Everything that a flow can be, in the order of reports."""


class Clicks(Struct, frozen=True):
    """The clicks that one of a link's counters has counted since the link exists."""

    amount: int


class Day(Struct):
    """A day that is being counted: the local day as text and as an ordinal, its instants, and the counts so far.

    `flows`: minor units and entries, by `what asset rule`.
    """

    day: str
    number: int
    starts_at: int
    ends_at: int
    flows: dict[str, tuple[int, int]] = field(default_factory=dict)
    orders: int = 0
    goods: int = 0
    friends: int = 0
    groups: int = 0

    def has(self, instant: int) -> bool:
        """Whether an instant is in it."""
        return self.starts_at <= instant < self.ends_at

    def add(self, record: Entry | Order | Conversion | Group, currency: str) -> None:
        """Count a record, if it is of this day; `currency` is the one whose goods are counted."""
        match record:
            case Entry() if self.has(record.at):
                for flow in flows_of(record):
                    name = f"{flow.what} {flow.asset} {flow.rule}"
                    amount, entries = self.flows.get(name, (0, 0))
                    self.flows[name] = amount + flow.amount, entries + flow.entries
            case Order(counted=counted) if counted and counted.day == self.number:
                self.orders += 1
                self.goods += counted.amounts.get(currency, 0)
            case Conversion() if record.live and self.has(record.at):
                self.friends += 1
            case Group() if not record.broken and self.has(record.at):
                self.groups += 1

    def report(self, asset: str, now: int) -> DayReport:
        """The report of the day, made at an instant; `asset` is that of the goods."""
        names = ((name.split(" "), sums) for name, sums in self.flows.items())
        flows = (Flow(what, asset, rule, *sums) for (what, asset, rule), sums in names)
        return DayReport(
            day=self.day,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            made_at=now,
            flows=tuple(sorted(flows, key=_place)),
            orders=self.orders,
            goods=self.goods,
            asset=asset,
            friends=self.friends,
            groups=self.groups,
        )


class PeriodReport(Struct):
    """The reports of a period's days added up: its number, and how many of its days have a report.

    `goods`: minor units by asset. `flows` are one for each asset, `what` and rule.
    """

    number: int
    days: int
    orders: int = 0
    friends: int = 0
    groups: int = 0
    clicks: int = 0
    goods: dict[str, int] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    def amount(self, what: str, asset: str) -> int:
        """What all rules together moved of an asset, in minor units."""
        return sum(flow.amount for flow in self.flows if (flow.what, flow.asset) == (what, asset))


def days_to_report(after: tuple[int, int], today: date, timezone: str) -> list[Day]:
    """The days that are over on a local day and have no report yet, at most FIRST_DAYS of them.

    `after`: the last day with a report (an ordinal; 0: none has) and the instant until which reports were made.
    """
    number, since = after
    first = date.fromordinal(number + 1) if number else today - timedelta(days=FIRST_DAYS)
    first = max(first, local_day(since, timezone))
    starts_at = since if number else midnight(first, timezone)
    days: list[Day] = []
    while first < today and len(days) < FIRST_DAYS:
        ends_at = midnight(first + timedelta(days=1), timezone)
        days.append(Day(first.isoformat(), first.toordinal(), starts_at, ends_at))
        first, starts_at = first + timedelta(days=1), ends_at
    return days


def flows_of(entry: Entry) -> Iterator[Flow]:
    """What an entry moved between its member and the programme, one for each rule, account and asset.

    Amounts that it moved there and back, as from one lot to another, cancel each other.
    """
    own = account_of(entry.member)
    sums: dict[tuple[str, str, str], int] = {}
    for posting in entry.postings:
        key = posting.other_side(own), posting.asset, posting.why.rule
        sums[key] = sums.get(key, 0) + posting.signed(entry.member)
    for (account, asset, rule), amount in sums.items():
        names = (GIVEN, TAKEN_BACK) if is_reward(account) else BY_ACCOUNT.get(account)
        if amount and names:
            yield Flow(names[amount < 0], asset, rule, abs(amount), 1)


def totals_of(reports: Iterable[DayReport]) -> list[Flow]:
    """The flows of several reports added up."""
    sums: dict[tuple[str, str, str], tuple[int, int]] = {}
    for flow in (flow for report in reports for flow in report.flows):
        key = flow.asset, flow.what, flow.rule
        amount, entries = sums.get(key, (0, 0))
        sums[key] = amount + flow.amount, entries + flow.entries
    return sorted((Flow(what, asset, rule, *counts) for (asset, what, rule), counts in sums.items()), key=_place)


def by_period(reports: Iterable[DayReport], first: date, last: date, per: Per) -> list[PeriodReport]:
    """The reports of each period from a day to another, both included; a period without reports has 0 days."""
    numbers = (period_number(per, first + timedelta(days=number)) for number in range((last - first).days + 1))
    days: dict[int, list[DayReport]] = {number: [] for number in numbers}
    for report in reports:
        days[period_number(per, date.fromisoformat(report.day))].append(report)
    return [_added_up(number, of_period) for number, of_period in days.items()]


def _added_up(number: int, reports: list[DayReport]) -> PeriodReport:
    period = PeriodReport(number, len(reports), flows=totals_of(reports))
    for report in reports:
        period.orders += report.orders
        period.friends += report.friends
        period.groups += report.groups
        period.clicks += report.clicks
        period.goods[report.asset] = period.goods.get(report.asset, 0) + report.goods
    return period


def _place(flow: Flow) -> tuple[str, int, str]:
    """Where a flow stands in a report."""
    return flow.asset, FLOWS.index(flow.what), flow.rule
