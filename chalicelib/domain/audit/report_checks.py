"""What the daily round has counted held against the entries: the reports of days, and what was owed at the last round.

A report is of entries that never change, so it must be exact. What was owed was read while others wrote: it must lie
within what they have moved meanwhile, which is nothing in a quiet shop. Imports reports and records.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct, field

from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.core import money
from chalicelib.domain.ledger.transfers import totals
from chalicelib.domain.records import DayReport, Entry, Outstanding
from chalicelib.domain.reports.days import flows_of

MARGIN_S = 900
"""Seconds by which a write can be older or younger than it says: as long as a Lambda runs."""

Moved = tuple[str, str, str, str]
"""The day of a report, and what was moved of which asset by which rule."""


class RoundCounts(Struct, frozen=True):
    """What was counted: all reports by their days, and the last that was owed (None: there is none)."""

    reports: tuple[DayReport, ...] = ()
    outstanding: Outstanding | None = None

    def report_at(self, instant: int) -> DayReport | None:
        """The report that has the entries of an instant."""
        place = bisect_right(self.reports, instant, key=lambda report: report.starts_at) - 1
        report = self.reports[place] if place >= 0 else None
        return report if report and instant < report.ends_at else None


class EntrySums(Struct):
    """The entries added up, in minor units: by report, and by asset before and during the round that read what is owed.

    Those of several processes are merged by adding.
    """

    moved: Counter[Moved] = field(default_factory=Counter)
    entries: Counter[Moved] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)

    def add(self, entry: Entry, counted: RoundCounts) -> None:
        """Add an entry."""
        if report := counted.report_at(entry.at):
            for flow in flows_of(entry):
                key = report.day, flow.what, flow.asset, flow.rule
                self.moved[key] += flow.amount
                self.entries[key] += 1
        outstanding = counted.outstanding
        if outstanding is None or entry.at > outstanding.made_at + MARGIN_S:
            return
        is_before = entry.at < outstanding.began_at - MARGIN_S
        for asset, amount in totals(entry.postings, entry.member).items():
            sums = self.before if is_before else self.given if amount > 0 else self.taken
            sums[asset] += amount

    def merge(self, other: EntrySums) -> None:
        """Add the sums of other entries."""
        for name in ("moved", "entries", "before", "given", "taken"):
            getattr(self, name).update(getattr(other, name))


def of_counted(counted: RoundCounts, sums: EntrySums) -> list[Finding]:
    """What is wrong with what the rounds have counted."""
    findings = [finding for report in counted.reports for finding in _of_report(report, sums)]
    return findings + (_of_outstanding(counted.outstanding, sums) if counted.outstanding else [])


def _of_report(report: DayReport, sums: EntrySums) -> list[Finding]:
    """The flows that a report has otherwise than the entries, or not at all."""
    says = {(report.day, flow.what, flow.asset, flow.rule): (flow.amount, flow.entries) for flow in report.flows}
    keys = says.keys() | {key for key in sums.moved if key[0] == report.day}
    return [
        Finding("report_differs", report.day, 0, _difference(key, says.get(key, (0, 0)), sums))
        for key in sorted(keys)
        if says.get(key) != (sums.moved[key], sums.entries[key])
    ]


def _difference(key: Moved, says: tuple[int, int], sums: EntrySums) -> str:
    _, what, asset, rule = key
    ours = f"{money.text(sums.moved[key], asset)} by {sums.entries[key]}"
    return f"{rule} {what}: the report has {money.text(says[0], asset)} by {says[1]} entries, there are {ours}"


def _of_outstanding(outstanding: Outstanding, sums: EntrySums) -> list[Finding]:
    """The assets of which more or less was owed than entries can explain."""
    findings = []
    for asset in sorted(outstanding.assets.keys() | sums.before.keys()):
        holding = outstanding.assets.get(asset)
        owed = holding.owed if holding else 0
        least, most = (sums.before[asset] + moved[asset] for moved in (sums.taken, sums.given))
        if not least <= owed <= most:
            text = f"{money.text(least, asset)} to {money.text(most, asset)}"
            detail = f"the round read {money.text(owed, asset)}, the entries come to {text}"
            findings.append(Finding("owed_differs", outstanding.day, 0, detail))
        elif holding and sum(holding.by_end) != owed + holding.debt:
            sums_to = money.text(sum(holding.by_end), asset)
            detail = f"by when it expires it comes to {sums_to}, not {money.text(owed + holding.debt, asset)}"
            findings.append(Finding("owed_differs", outstanding.day, 0, detail))
    return findings


def counted_of(records: Sequence[DayReport | Outstanding]) -> RoundCounts:
    """What was counted, of the records that say so in any order."""
    reports = sorted(
        (record for record in records if isinstance(record, DayReport)), key=lambda report: report.starts_at
    )
    owed = [record for record in records if isinstance(record, Outstanding)]
    return RoundCounts(tuple(reports), max(owed, key=lambda outstanding: outstanding.day, default=None))
