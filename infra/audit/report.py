"""What an audit says: how much was looked at, what is wrong, and the programme's accounts as an accountant wants them.

Pure: from a tally to data, and from data to lines of text. Imports money and ledger only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.core import money
from chalicelib.domain.ledger import transfers
from infra.audit.accumulator import KEPT, Tally

SHOWN = 20

KINDS = {
    "entries": "Entry",
    "members": "Member",
    "orders": "Order",
    "groups": "Group",
    "conversions": "Conversion",
    "holds": "Hold",
}
"""What is counted, and the record that it is."""

ACCOUNTS = {
    "cashback": transfers.CASHBACK,
    "referral bonuses": transfers.REFERRAL,
    "welcome gifts": transfers.WELCOME,
    "adjustments": transfers.ADJUSTMENT,
    "redeemed": transfers.REDEMPTION,
    "expired unspent": transfers.BREAKAGE,
    "written off": transfers.LOSS,
}
"""The programme's accounts as a shop names them."""


class Line(Struct, frozen=True):
    """An account of the programme in one asset, in minor units: given to members, taken back, and the difference."""

    account: str
    asset: str
    given: int
    taken: int
    net: int


class Owed(Struct, frozen=True):
    """What the shop owes its members in one asset, in minor units: lots and what holds have set apart, less debts.

    `unbalanced`: what this differs from the programme's accounts by; 0 in books that are right and at rest.
    """

    asset: str
    lots: int
    held: int
    debts: int
    net: int
    unbalanced: int


class Report(Struct, frozen=True):
    """The result. `wrong` counts all findings, `findings` are the first of them, the first wrong entry before all."""

    right: bool
    wrong: int
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    accounts: tuple[Line, ...]
    owed: tuple[Owed, ...]
    seconds: float
    live: bool = False

    @property
    def items(self) -> int:
        """All that was read."""
        return sum(self.counts.values())


def reported(tally: Tally, findings: Sequence[Finding], wrong: int, seconds: float, live: bool) -> Report:
    """The result of a tally."""
    lines, owed = tuple(_lines(tally)), []
    for asset in sorted({each.asset for each in lines} | tally.holdings.keys()):
        net = sum(each.net for each in lines if each.asset == asset)
        owed.append(_owed(tally, asset, net))
    counts = {name: tally.counts[kind] for name, kind in KINDS.items()}
    counts["other"] = sum(tally.counts.values()) - sum(counts.values())
    return Report(not wrong, wrong, tuple(findings[:KEPT]), counts, lines, tuple(owed), round(seconds, 3), live)


def _lines(tally: Tally) -> Iterator[Line]:
    flows = tally.out.keys() | tally.back.keys()
    order = list(ACCOUNTS.values())
    for account, asset in sorted(flows, key=lambda each: (each[1], order.index(each[0]) if each[0] in order else 99)):
        given, taken = tally.out[account, asset], tally.back[account, asset]
        yield Line(account, asset, given, taken, given - taken)


def _owed(tally: Tally, asset: str, net: int) -> Owed:
    found = tally.holdings.get(asset)
    if found is None:
        return Owed(asset, 0, 0, 0, 0, net)
    stored = found.lots + found.held - found.debt
    return Owed(asset, found.lots, found.held, found.debt, stored, net - stored)


def text(report: Report) -> list[str]:
    """The result in lines."""
    rate = int(report.items / report.seconds) if report.seconds else 0
    lines = [", ".join(f"{count:,} {name}" for name, count in report.counts.items() if count)]
    lines += [f"{report.items:,} items in {report.seconds:.1f} s, {rate:,} a second", "", *_table(report), ""]
    if report.right:
        return [*lines, "The books are right."]
    lines += [f"{each.what:<20} {_where(each)}: {each.detail}".rstrip(": ") for each in report.findings[:SHOWN]]
    lines += [f"... and {report.wrong - SHOWN} more"] if report.wrong > SHOWN else []
    first = next((each for each in report.findings if each.entry), None)
    where = f"; the first wrong entry is {_where(first)}" if first else ""
    return [*lines, "", f"The books are WRONG: {report.wrong} finding{'s' * (report.wrong > 1)}{where}."]


def _where(found: Finding) -> str:
    return f"entry {found.entry} of {found.where}" if found.entry else found.where


def _table(report: Report) -> Iterator[str]:
    names = {account: name for name, account in ACCOUNTS.items()}
    rows: list[tuple[str, ...]] = [("", "asset", "given", "taken", "net")]
    for each in report.accounts:
        sums = (money.text(amount, each.asset) for amount in (each.given, each.taken, each.net))
        rows.append((names.get(each.account, each.account), each.asset, *sums))
    for one in report.owed:
        rows.append(("owed to members", one.asset, "", "", money.text(one.net, one.asset)))
        rows.append(("  of it set apart by holds", one.asset, "", "", money.text(one.held, one.asset)))
        rows.append(("  less debts", one.asset, "", "", money.text(-one.debts, one.asset)))
        if one.unbalanced:
            rows.append(
                (
                    "moved while it was read" if report.live else "NOT BALANCED",
                    one.asset,
                    "",
                    "",
                    money.text(one.unbalanced, one.asset),
                )
            )
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        left, right = row[:2], row[2:]
        cells = [each.ljust(width) for each, width in zip(left, widths, strict=False)]
        yield "  ".join([*cells, *(each.rjust(width) for each, width in zip(right, widths[2:], strict=True))]).rstrip()
