"""The product's own audit of all books in memory: every record by itself, and what two of them claim of each other."""

from __future__ import annotations

from chalicelib.domain.audit import progress_checks, record_checks
from chalicelib.domain.audit.cross_checks import claims
from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.records import Activity, BoardPeriod, Conversion, Member, Order
from tests.world.builders import NOW
from tests.world.memory import Memory


def findings(books: Memory, now: int = NOW) -> list[str]:
    """All that the audit finds wrong at an instant, in words; nothing in right books."""
    differing = (f"{subject}: {amount}" for subject, amount in differences(books, now).items())
    return [*(f"{finding.what}: {finding.detail}" for finding in of_records(books, now)), *differing]


def of_records(books: Memory, now: int = NOW) -> list[Finding]:
    """What is wrong with a record by itself."""
    history = books.history()
    listed: list[Finding] = []
    for order in books.all(Order):
        listed += (*record_checks.of_order(order, history), *progress_checks.of_terms(order, history))
    for activity in books.all(Activity):
        listed += record_checks.of_activity(activity, history)
    for period in books.all(BoardPeriod):
        listed += record_checks.of_board(period, history)
    for conversion in books.all(Conversion):
        listed += record_checks.of_conversion(conversion)
    for member in books.all(Member):
        listed += record_checks.of_member(member, books.entries(member.member), books.groups(member.member))
        listed += progress_checks.of_awards(member, history, now)
    return listed


def differences(books: Memory, now: int = NOW) -> dict[tuple[str, ...], int]:
    """What the claims of all records leave, by subject; nothing where both sides of each say the same."""
    sums: dict[tuple[str, ...], int] = {}
    for record in books.records.values():
        for subject, amount in claims(record, now):
            sums[subject] = sums.get(subject, 0) + amount
    return {subject: amount for subject, amount in sums.items() if amount}
