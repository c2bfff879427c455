"""The accumulator of an audit: counts, findings, the programme's accounts, and the sums that join records.

Tallies of several processes are merged by adding; the order of the items does not matter to any of them.

The join: each claim (`domain/audit/cross_checks.py`) adds its amount, times a hash of its subject under a key that is
drawn for this run, modulo 2**128, to one of BUCKETS sums. Where all claims cancel every sum is zero; where they do not,
a sum is zero with a probability of at most 2**-64 (amounts are below 2**64), and nobody who does not know the key can
aim at it. So two sides of any size are compared in constant memory; a second look at the buckets that are not zero says
where.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from hashlib import blake2b

from msgspec import Struct, field

from chalicelib.domain.audit.cross_checks import DISTINCT, claims
from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.audit.report_checks import EntrySums
from chalicelib.domain.ledger.transfers import account_of
from chalicelib.domain.records import Entry, Member, Ref

BUCKETS = 4096
MASK = 2**128 - 1
KEPT = 1000
"""Findings that one tally keeps; all are counted."""

Subject = tuple[str, ...]
Flow = tuple[str, str]
"""A programme account and an asset."""


class Suspect(Struct, frozen=True):
    """A finding, and the record to read again on a live table (None: it cannot be read)."""

    finding: Finding
    ref: Ref | None = None


class AssetHoldings(Struct):
    """All members' balances of an asset, in minor units: lots, parts of holds, and debts."""

    lots: int = 0
    held: int = 0
    debt: int = 0


class AuditTally(Struct):
    """The totals of an audit. `out` and `back`: what the programme's accounts gave to members and received from them.
    `sums`: of the join's buckets. `counted`: what daily rounds must have counted.
    """

    counts: Counter[str] = field(default_factory=Counter)
    suspects: list[Suspect] = field(default_factory=list)
    wrong: int = 0
    out: Counter[Flow] = field(default_factory=Counter)
    back: Counter[Flow] = field(default_factory=Counter)
    holdings: dict[str, AssetHoldings] = field(default_factory=dict)
    sums: dict[int, int] = field(default_factory=dict)
    orphans: set[str] = field(default_factory=set)
    counted: EntrySums = field(default_factory=EntrySums)

    def merge(self, other: AuditTally) -> None:
        """Add another tally to this one."""
        self.counts.update(other.counts)
        self.out.update(other.out)
        self.back.update(other.back)
        for asset, holdings in other.holdings.items():
            self._hold(asset, holdings.lots, holdings.held, holdings.debt)
        for bucket, amount in other.sums.items():
            self.sums[bucket] = (self.sums.get(bucket, 0) + amount) & MASK
        self.suspects = (self.suspects + other.suspects)[: KEPT * 10]
        self.wrong += other.wrong
        self.orphans |= other.orphans
        self.counted.merge(other.counted)

    def suspect(self, findings: Collection[Finding], ref: Ref | None) -> None:
        """Add the findings about a record."""
        self.wrong += len(findings)
        if len(self.suspects) < KEPT:
            self.suspects += (Suspect(finding, ref) for finding in findings)

    def open_buckets(self) -> set[int]:
        """The buckets whose sum is not zero."""
        return {bucket for bucket, amount in self.sums.items() if amount}

    def flows(self, entry: Entry) -> None:
        """Add an entry to the programme's accounts."""
        member_account = account_of(entry.member)
        for posting in entry.postings:
            other = posting.other_side(member_account)
            if other != member_account:
                side = self.back if posting.destination == other else self.out
                side[other, posting.asset] += posting.amount

    def holds(self, member: Member) -> None:
        """Add a member's balances."""
        for asset, account in member.accounts.items():
            in_holds = sum(part.amount for part in account.holds)
            self._hold(asset, account.stored - in_holds + account.debt, in_holds, account.debt)

    def _hold(self, asset: str, lots: int, held: int, debt: int) -> None:
        holdings = self.holdings.setdefault(asset, AssetHoldings())
        holdings.lots += lots
        holdings.held += held
        holdings.debt += debt


class Joiner:
    """Adds claims into the sums of a tally, under this run's key."""

    def __init__(self, tally: AuditTally, key: bytes, now: int) -> None:
        self._sums = tally.sums
        self._key = key
        self._now = now

    def add(self, record: object) -> None:
        """Add all claims of a record."""
        sums = self._sums
        for subject, amount in claims(record, self._now):
            bucket, weight = weight_of(subject, self._key)
            sums[bucket] = (sums.get(bucket, 0) + amount * weight) & MASK


def weight_of(subject: Subject, key: bytes) -> tuple[int, int]:
    """The bucket of a subject, and what an amount of it weighs there."""
    digest = blake2b("\0".join(subject).encode(), digest_size=18, key=key).digest()
    # A record has only so many different things, so that of these less is often right: they fill no other's buckets.
    own = BUCKETS if subject[0] == DISTINCT else 0
    return own + int.from_bytes(digest[16:], "big") % BUCKETS, int.from_bytes(digest[:16], "big")
