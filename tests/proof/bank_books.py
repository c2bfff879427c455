"""What a run has left in the table, as plain rows for the checker: nothing here knows a rule.

Entries, orders, holds and stored answers are read by one scan. The member's record is read in every version that it
ever had, from the table's stream: so the order of holds, which need no entry, among entries is known, and each version
can be checked. Imports the store's items to decode with, the checker imports only the rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import msgspec
from msgspec import Struct

from chalicelib.domain import records
from chalicelib.store.items import Item, RecordItem
from tests.proof.bank_world import ASSET

NUMBER = re.compile(r"\d+")


class Move(Struct, frozen=True):
    """A posting: `amount` from `source` to `destination`; which lot it fills or empties, and why."""

    source: str
    destination: str
    amount: int
    expires_at: int = 0
    rule: str = ""
    note: str = ""


class EntryRow(Struct, frozen=True):
    """A ledger entry. `cause`: `shop/<order>`, `hold hold-<number>`, `adjustment`, `redemption` or `time`. `moves` are
    of money, `points` is what the member got of them for cards (negative: what was taken).
    """

    member: str
    number: int
    at: int
    cause: str
    moves: tuple[Move, ...]
    points: int = 0


class State(Struct, frozen=True):
    """A member's record in one version: how many entries it counts, what it holds in lots, owes, and has reserved, and
    how many live orders it counts.
    """

    version: int
    entries: int
    lots: int
    debt: int
    held: dict[str, int]
    live: int = 0

    @property
    def stored(self) -> int:
        """What the postings to and from the member must sum to."""
        return self.lots + sum(self.held.values()) - self.debt


class OrderRow(Struct, frozen=True):
    """An order's facts: paid, cancelled, the refunds by name, and which reward it remembers to have posted."""

    number: int
    paid: bool
    void: bool
    refunds: dict[str, int]
    posted: int


class HoldRow(Struct, frozen=True):
    """A hold's own record. `tied`: the order of the same number captures it when it is paid."""

    number: int
    member: str
    amount: int
    at: int
    until: int
    state: str
    captured: int
    ended_at: int
    tied: bool = False

    @property
    def ran_out(self) -> bool:
        """Whether time had ended it before anybody else did."""
        return self.state == "open" or self.ended_at >= self.until


class Books(Struct):
    """All rows. `answers`: what was stored for each Idempotency-Key."""

    entries: dict[str, list[EntryRow]]
    states: dict[str, list[State]]
    orders: dict[int, OrderRow]
    holds: dict[int, HoldRow]
    answers: dict[str, Any]


def watch(endpoint: str, table: str) -> None:
    """Let the table keep every version of its items."""
    client = boto3.client("dynamodb", endpoint_url=endpoint)
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    client.update_table(TableName=table, StreamSpecification=stream)
    client.close()


def collect(endpoint: str, table: str) -> Books:
    """Everything, once all is quiet."""
    books = Books({}, {}, {}, {}, {})
    stored = [item.record() for item in Item.scan(consistent_read=True) if isinstance(item, RecordItem)]
    notes = {(note.member, note.number): note.text for note in stored if isinstance(note, records.Note)}
    for record in stored:
        _sort_in(books, record, notes)
    for image in images(endpoint, table):
        member: records.Member = Item.from_raw_data(image).record()  # type: ignore[attr-defined]
        books.states.setdefault(member.member, []).append(state(member))
    for rows in books.entries.values():
        rows.sort(key=lambda row: row.number)
    for states in books.states.values():
        states.sort(key=lambda state: state.version)
    return books


def _sort_in(books: Books, record: object, notes: Mapping[tuple[str, int], str]) -> None:
    match record:
        case records.Entry():
            note = notes.get((record.member, record.number), "")
            books.entries.setdefault(record.member, []).append(entry(record, note))
        case records.Order():
            books.orders[int(record.order)] = order(record)
        case records.Hold():
            row = hold(record)
            books.holds[row.number] = row
        case records.Answer():
            books.answers[record.key] = msgspec.json.decode(record.body)


def entry(record: records.Entry, note: str = "") -> EntryRow:
    moves = (
        Move(
            posting.source,
            posting.destination,
            posting.amount,
            posting.expires_at,
            posting.why.rule,
            posting.why.note or note,
        )
        for posting in record.postings
        if posting.asset == ASSET
    )
    points = sum(posting.signed(record.member) for posting in record.postings if posting.asset != ASSET)
    return EntryRow(record.member, record.number, record.at, record.cause, tuple(moves), points)


def state(record: records.Member) -> State:
    """Of its money; of its counters the one that says how many live orders there are in all."""
    (_, live) = record.counts.get("orders/a", (0, 0))
    account = record.accounts.get(ASSET)
    if account is None:
        return State(record.version, record.entries, 0, 0, {}, live)
    held = {reserve.hold: sum(part.amount for part in reserve.parts) for reserve in account.holds}
    return State(record.version, record.entries, sum(lot.amount for lot in account.lots), account.debt, held, live)


def order(record: records.Order) -> OrderRow:
    snapshots = record.facts.sources.values()
    refunds = {name: refund.amount for name, refund in record.facts.refunds.items()}
    posted = sum(part.amount for part in record.posted if part.account == "programme:cashback")
    return OrderRow(
        int(record.order),
        any(snapshot.paid for snapshot in snapshots),
        any(snapshot.void for snapshot in snapshots),
        refunds,
        posted,
    )


def hold(record: records.Hold) -> HoldRow:
    number = int(NUMBER.findall(record.hold)[0])
    ended = record.state, record.captured, record.ended_at, record.order != ""
    return HoldRow(number, record.member, record.amount, record.at, record.until, *ended)


def images(endpoint: str, table: str) -> Iterator[dict[str, Any]]:
    """The member records in every version, from the table's stream."""
    client = boto3.client("dynamodbstreams", endpoint_url=endpoint)
    (stream,) = client.list_streams(TableName=table)["Streams"]
    arn = stream["StreamArn"]
    for shard in client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        asked = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = client.get_shard_iterator(**asked)["ShardIterator"]
        while iterator:
            reply = client.get_records(ShardIterator=iterator)
            written = [change["dynamodb"] for change in reply["Records"]]
            yield from (change["NewImage"] for change in written if change["Keys"]["sk"]["S"] == "MEMBER")
            iterator = reply.get("NextShardIterator") if written else None
    client.close()
