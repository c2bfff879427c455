"""Readers: while others write they read a member and its entries, strongly consistent, and compare the two.

Whatever entry the member's record counts must be there, numbered without a gap; what was posted up to it must be what
the record holds; what is held and what can be spent must not be negative through spending. Imports the store's views
of records and no rule of the ledger.
"""

from __future__ import annotations

import os
import time
from collections.abc import MutableSequence
from pathlib import Path

from chalicelib.domain.records import Entry, Member
from chalicelib.store import queries
from tests.proof import bank_world as world
from tests.proof.bank_world import Shared

PAGE = 500
PAUSE_S = 0.03
WHOLE = 50
"""Every so many reads of a member, all entries are read again; else those that came since the last time."""

READS, ENTRIES, VIOLATIONS = range(3)
COUNTERS = 3


def run(endpoint: str, seed: int, shared: Shared, counters: MutableSequence[int], complaints: Path) -> None:
    """Read one member after the other until the run is over."""
    os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = endpoint
    world.wait_patiently()
    chance = world.dice(seed)
    readers = {world.member(number): Reader(world.member(number)) for number in range(world.MEMBERS)}
    while not shared.is_over:
        time.sleep(PAUSE_S)
        reader = readers[world.some_member(chance)]
        before = reader.entries_read
        problems = reader.look()
        counters[READS] += 1
        counters[ENTRIES] += reader.entries_read - before
        counters[VIOLATIONS] += len(problems)
        if problems:
            with complaints.open("a") as file:
                file.writelines(f"{problem}\n" for problem in problems)


class Reader:
    """What a reader knows of one member: how many entries there were, and what they sum to by asset."""

    def __init__(self, member: str) -> None:
        self._member = member
        self._seen = 0
        self._sums: dict[str, int] = {}
        self._looks = 0
        self.entries_read = 0

    def look(self) -> list[str]:
        """Read and compare; what is wrong, in words."""
        self._looks += 1
        member = queries.member(self._member)
        if member is None:
            return [f"{self._member}: the record is gone"] if self._seen else []
        problems = (
            [f"{self._member}: {self._seen} entries became {member.entries}"] if member.entries < self._seen else []
        )
        if self._looks % WHOLE == 0:
            self._seen, self._sums = 0, {}
        return [*problems, *self._follow(member), *balances(member, self._sums)]

    def _follow(self, member: Member) -> list[str]:
        entries = entries_between(self._member, self._seen, member.entries)
        numbers = [entry.number for entry in entries]
        self.entries_read += len(entries)
        wanted = list(range(self._seen + 1, member.entries + 1))
        self._seen = member.entries
        for entry in entries:
            add(self._sums, entry)
        return [] if numbers == wanted else [f"{self._member}: entries {numbers} instead of {wanted}"]


def entries_between(member: str, after: int, last: int) -> list[Entry]:
    """The entries numbered from `after` + 1 to `last` that are there, in order."""
    entries: list[Entry] = []
    while last > after:
        page = queries.entries(member, min(PAGE, last - after), before=last + 1)
        entries += [entry for entry in page if entry.number > after]
        if not page or page[-1].number > last:
            break
        last = page[-1].number - 1
    return entries[::-1]


def add(sums: dict[str, int], entry: Entry) -> None:
    """An entry's effect on its member, by asset."""
    account = f"member:{entry.member}"
    for posting in entry.postings:
        effect = posting.amount * ((posting.destination == account) - (posting.source == account))
        sums[posting.asset] = sums.get(posting.asset, 0) + effect


def balances(member: Member, sums: dict[str, int]) -> list[str]:
    """Where the record holds something else than was posted, or something that cannot be."""
    problems = []
    for asset in sorted(member.accounts.keys() | sums.keys()):
        account = member.accounts.get(asset)
        lots = sum(lot.amount for lot in account.lots) if account else 0
        held = sum(part.amount for hold in account.holds for part in hold.parts) if account else 0
        debt = account.debt if account else 0
        if lots + held - debt != sums.get(asset, 0):
            problems.append(
                f"{member.member}: {lots} + {held} - {debt} stored, {sums.get(asset, 0)} posted at {member.entries}"
            )
        if min(lots, held, debt) < 0:
            problems.append(f"{member.member}: {lots} in lots, {held} held, {debt} owed")
    return problems
