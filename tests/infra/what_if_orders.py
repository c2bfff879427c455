"""Orders for the tests of what-if: played into books by the engine itself, or written as a CSV file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.ledger.accounts import Account
from chalicelib.domain.ledger.transfers import Posting, is_reward
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Entry, Member
from chalicelib.store.codec import item_of
from chalicelib.what_if import books
from infra.audit.sources import pieces
from infra.what_if.answer import records
from tests.proof.verify_world import exported
from tests.world.builders import ANNA, CODE, issue, line, order, settle
from tests.world.memory import Memory

EUR = "EUR/2"
START = 1_735_689_600
"""2025-01-01T00:00:00Z: when the first orders are paid."""


class Bought(Struct, frozen=True):
    """An order of some lines (net in cents), so many seconds after START; `code`: whether it names Anna's code."""

    member: str
    after: int
    nets: tuple[int, ...] = (10_000,)
    code: bool = False

    @property
    def at(self) -> int:
        return START + self.after


def played(orders: Iterable[Bought], programme: Programme) -> Memory:
    """The books after the engine has heard of each order when it was paid, and settled each friend's at once."""
    memory = Memory(programme)
    memory.execute(issue(ANNA, CODE), START)
    exhausted: set[Any] = set()
    for number, bought in enumerate(orders):
        lines = [line(str(place), net, sku=f"S{place}") for place, net in enumerate(bought.nets)]
        parts = {"code": CODE} if bought.code else {}
        command = order(str(number), bought.member, *lines, at=bought.at, stamp_ms=bought.at * 1000, **parts)
        memory.exhausted = exhausted
        decision = memory.decide(command, bought.at)
        memory.commit(decision.changes)
        exhausted.update(decision.exhausted)
        memory.execute(settle(bought.member), bought.at)
    return memory


def read(memory: Memory, folder: Path, test_orders: bool = False) -> books.PastOrders:
    """The books as what-if reads them from an export."""
    path = folder / "export.ndjson"
    path.write_bytes(b"".join(exported(item_of(record)) for record in memory.records.values()))
    return books.read(records(pieces([path])), START + 3650 * DAY_S, test_orders)


def rewards(memory: Memory) -> Iterator[tuple[str, Posting]]:
    """The postings of rewards, each with its member."""
    for entry in memory.all(Entry):
        for posting in entry.postings:
            if is_reward(posting.source) or is_reward(posting.destination):
                yield entry.member, posting


def given(memory: Memory, asset: str = EUR) -> dict[str, int]:
    """What the programme has given each member in all of an asset, by the entries."""
    amounts: Counter[str] = Counter()
    for member, posting in rewards(memory):
        amounts[member] += posting.signed(member) if posting.asset == asset else 0
    return {member: amount for member, amount in amounts.items() if amount}


def by_rule(memory: Memory) -> dict[tuple[str, str], int]:
    """What each rule, card, goal and level has given of each asset, by the entries."""
    amounts: Counter[tuple[str, str]] = Counter()
    for member, posting in rewards(memory):
        amounts[posting.why.rule, posting.asset] += posting.signed(member)
    return {source: amount for source, amount in amounts.items() if amount}


def held(memory: Memory, end: int, asset: str = EUR) -> tuple[int, int]:
    """What all members can spend of an asset at an instant, and what they can spend later."""
    balances = [member.accounts.get(asset, Account()).balance(end) for member in memory.all(Member) if member.accounts]
    return sum(balance.available for balance in balances), sum(balance.pending for balance in balances)


def csv_file(folder: Path, rows: Sequence[Mapping[str, object]], columns: Sequence[str] = ()) -> Path:
    """A CSV file of rows, with the columns of the first unless others are named."""
    names = columns or list(rows[0])
    text = "\n".join([",".join(names), *(",".join(str(row.get(name, "")) for name in names) for row in rows)])
    path = folder / "orders.csv"
    path.write_text(f"{text}\n")
    return path
