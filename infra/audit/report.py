"""The report of an audit: counts, findings, and the programme's accounts in an accountant's terms.

Pure: from a tally to data, and from data to lines of text. Imports money and ledger only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.core import money
from chalicelib.domain.ledger import transfers
from chalicelib.domain.programme import kinds
from chalicelib.domain.rewards.progress import awards, prizes
from infra.audit.accumulator import KEPT, AuditTally

SHOWN = 20

KINDS = {
    "entries": "Entry",
    "members": "Member",
    "orders": "Order",
    "groups": "Group",
    "conversions": "Conversion",
    "holds": "Hold",
}
"""The class of records of each count."""

ACCOUNTS = {
    **{kind.name: kind.account for kind in kinds.KINDS},
    "referral bonuses": transfers.REFERRAL,
    "welcome gifts": transfers.WELCOME,
    "full stamp cards": f"{transfers.PROGRAMME}{awards.CARD}",
    "goals": f"{transfers.PROGRAMME}{awards.GOAL}",
    "gifts for levels": f"{transfers.PROGRAMME}{awards.LEVEL}",
    "campaigns": kinds.CAMPAIGN,
    "prizes of leaderboards": prizes.ACCOUNT,
    "adjustments": transfers.ADJUSTMENT,
    "redeemed": transfers.REDEMPTION,
    "expired unspent": transfers.BREAKAGE,
    "written off": transfers.LOSS,
    "moved by merges": transfers.MERGE,
}
"""The programme's accounts by the names that a shop uses."""


class AccountRow(Struct, frozen=True):
    """An account of the programme in one asset, in minor units: given to members, taken back, and the difference."""

    account: str
    asset: str
    given: int
    taken: int
    net: int


class Owed(Struct, frozen=True):
    """The shop's liability to its members in one asset, in minor units: lots and parts of holds, less debts.

    `unbalanced`: the difference from the programme's accounts; 0 in correct books that nobody writes meanwhile.
    """

    asset: str
    lots: int
    held: int
    debts: int
    net: int
    unbalanced: int


class Report(Struct, frozen=True):
    """The result of an audit. `wrong` counts all findings; `findings` has the first of them, wrong entries first."""

    right: bool
    wrong: int
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    accounts: tuple[AccountRow, ...]
    owed: tuple[Owed, ...]
    seconds: float
    live: bool = False

    @property
    def items(self) -> int:
        """The number of items that were read."""
        return sum(self.counts.values())


def report_of(tally: AuditTally, findings: Sequence[Finding], wrong: int, seconds: float, *, live: bool) -> Report:
    """The report of a tally."""
    accounts, owed = tuple(_account_rows(tally)), []
    for asset in sorted({row.asset for row in accounts} | tally.holdings.keys()):
        net = sum(row.net for row in accounts if row.asset == asset)
        owed.append(_owed(tally, asset, net))
    counts = {name: tally.counts[kind] for name, kind in KINDS.items()}
    counts["other"] = sum(tally.counts.values()) - sum(counts.values())
    return Report(not wrong, wrong, tuple(findings[:KEPT]), counts, accounts, tuple(owed), round(seconds, 3), live)


def _account_rows(tally: AuditTally) -> Iterator[AccountRow]:
    flows = tally.out.keys() | tally.back.keys()
    order = list(ACCOUNTS.values())
    for account, asset in sorted(flows, key=lambda flow: (flow[1], order.index(flow[0]) if flow[0] in order else 99)):
        given, taken = tally.out[account, asset], tally.back[account, asset]
        yield AccountRow(account, asset, given, taken, given - taken)


def _owed(tally: AuditTally, asset: str, net: int) -> Owed:
    holdings = tally.holdings.get(asset)
    if holdings is None:
        return Owed(asset, 0, 0, 0, 0, net)
    stored = holdings.lots + holdings.held - holdings.debt
    return Owed(asset, holdings.lots, holdings.held, holdings.debt, stored, net - stored)


def text(report: Report) -> list[str]:
    """The report as lines of text."""
    rate = int(report.items / report.seconds) if report.seconds else 0
    lines = [", ".join(f"{count:,} {name}" for name, count in report.counts.items() if count)]
    lines += [f"{report.items:,} items in {report.seconds:.1f} s, {rate:,} a second", "", *_table(report), ""]
    if report.right:
        return [*lines, "The books are right."]
    lines += [
        f"{finding.what:<20} {_where(finding)}: {finding.detail}".rstrip(": ") for finding in report.findings[:SHOWN]
    ]
    lines += [f"... and {report.wrong - SHOWN} more"] if report.wrong > SHOWN else []
    first = next((finding for finding in report.findings if finding.entry), None)
    where = f"; the first wrong entry is {_where(first)}" if first else ""
    return [*lines, "", f"The books are WRONG: {report.wrong} finding{'s' * (report.wrong > 1)}{where}."]


def _where(finding: Finding) -> str:
    return f"entry {finding.entry} of {finding.where}" if finding.entry else finding.where


def _table(report: Report) -> Iterator[str]:
    names = {account: name for name, account in ACCOUNTS.items()}
    rows: list[tuple[str, ...]] = [("", "asset", "given", "taken", "net")]
    for row in report.accounts:
        sums = (money.text(amount, row.asset) for amount in (row.given, row.taken, row.net))
        rows.append((names.get(row.account, row.account), row.asset, *sums))
    for owed in report.owed:
        rows.append(("owed to members", owed.asset, "", "", money.text(owed.net, owed.asset)))
        rows.append(("  of it set apart by holds", owed.asset, "", "", money.text(owed.held, owed.asset)))
        rows.append(("  less debts", owed.asset, "", "", money.text(-owed.debts, owed.asset)))
        if owed.unbalanced:
            rows.append(
                (
                    "moved while it was read" if report.live else "NOT BALANCED",
                    owed.asset,
                    "",
                    "",
                    money.text(owed.unbalanced, owed.asset),
                )
            )
    widths = [max(len(cells[column]) for cells in rows) for column in range(5)]
    for cells in rows:
        texts, numbers = cells[:2], cells[2:]
        padded = [cell.ljust(width) for cell, width in zip(texts, widths, strict=False)]
        yield "  ".join(
            [*padded, *(cell.rjust(width) for cell, width in zip(numbers, widths[2:], strict=True))]
        ).rstrip()
