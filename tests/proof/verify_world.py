"""A small shop's year, lived by the real domain, and its table as DynamoDB exports it, as often as is wanted.

Every name in it carries MARK. A copy of the world is the same items under another mark: names differ, and so do the
links of every member's chain, which are made anew. Budgets and the programme are the shop's, and stand once.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
from msgspec.structs import replace

from chalicelib.domain.commands import (
    AdjustBalance,
    CaptureHold,
    ClaimReferral,
    Command,
    IssueCode,
    PlaceHold,
    RecordOrder,
    Redeem,
    ReleaseHold,
    SettleReferrals,
    WriteDown,
)
from chalicelib.domain.errors import Rejection
from chalicelib.domain.orders.facts import Line, OrderFacts, Refund, RefundLine, Snapshot
from chalicelib.domain.records import Budget, Conversion, Entry, Member, ProgrammeList, ProgrammeVersion, Record
from chalicelib.store.codec import item_of
from tests.world.builders import CONNECTION, DAY_S, programme_of
from tests.world.memory import Memory

MARK = "QQQQQQ"
START = 1_735_700_000
YEAR_DAYS = 365

Item = dict[str, dict[str, str]]

RULES: dict[str, Any] = {
    "timezone": "Europe/Paris",
    "earn": [
        {
            "id": "cashback",
            "percent": 5,
            "rates": [{"match": {"categories": ["shoes"]}, "percent": 8}],
            "vest_days": 14,
            "expire_days": 200,
            "limits": [{"amount": 20, "per": "month"}],
        },
        {"id": "delivery", "amount": 1, "minimum": 60, "budget": 100_000, "expire_days": 90},
    ],
    "referral": {"friends": 2, "percent": 10, "welcome": {"amount": 3, "expire_days": 90}, "window_days": 60},
}


class World:
    """Members who refer each other, buy, send back, spend and forget."""

    def __init__(self, seed: int = 1, members: int = 20, orders: int = 9) -> None:
        self.books = Memory(programme_of(**RULES))
        self.now = START
        self._random = Random(seed)  # noqa: S311 (a shop's life, no secret)
        self._members = [f"{CONNECTION}.{MARK}-{number}" for number in range(members)]
        self._number = 0
        self._live(orders * members)

    def _live(self, orders: int) -> None:
        for number, member in enumerate(self._members):
            self._do(IssueCode(member, f"{MARK}{number}"))
        for friend in self._members[3:]:
            self._do(ClaimReferral(friend, f"{MARK}{self._random.randrange(3)}"))
        for _ in range(orders):
            self.now += YEAR_DAYS * DAY_S // orders
            self._buy(self._random.choice(self._members))
            self._referrals_follow()
            self._something_else(self._random.choice(self._members))

    def _buy(self, member: str) -> None:
        draw, self._number = self._random, self._number + 1
        order, stamp = f"{MARK}-{self._number}", self.now * 1000
        lines = tuple(_line(draw, number) for number in range(draw.randint(1, 4)))
        bought = Snapshot(
            stamp, "EUR", self.now, paid=True, name=f"#{self._number}", buyer=member, lines=lines, shipping_net=490
        )
        self._do(RecordOrder(CONNECTION, order, OrderFacts({"order": bought})))
        if draw.random() < 0.15:
            self.now += 60
            back = Refund(lines=(RefundLine(lines[0].id, 1),)) if draw.random() < 0.7 else Refund(amount=1500)
            self._do(RecordOrder(CONNECTION, order, OrderFacts({}, {f"{MARK}r{self._number}": back})))
        if draw.random() < 0.03:
            void = replace(bought, stamp_ms=stamp + 90_000, void=True)
            self._do(RecordOrder(CONNECTION, order, OrderFacts({"order": void})))

    def _referrals_follow(self) -> None:
        waiting = [conversion for conversion in self.books.all(Conversion) if conversion.todo]
        for conversion in waiting:
            self._do(SettleReferrals(conversion.referrer, (conversion.friend,)))

    def _something_else(self, member: str) -> None:
        draw, hold = self._random, f"h_{MARK}{self._number}"
        match draw.randrange(8):
            case 0:
                self._do(AdjustBalance(member, "EUR/2", draw.randint(50, 300), "a kind word"))
            case 1:
                self._do(Redeem(member, "EUR/2", draw.randint(50, 400)))
            case 2:
                self._do(WriteDown(member))
            case 3 | 4:
                order = f"{CONNECTION}/{MARK}-{self._number}" if draw.random() < 0.5 else ""
                self._do(PlaceHold(member, hold, "EUR/2", draw.randint(50, 300), order))
                if draw.random() < 0.6:
                    self._do(CaptureHold(member, hold, None))
                elif draw.random() < 0.5:
                    self._do(ReleaseHold(member, hold))

    def _do(self, command: Command) -> None:
        try:
            self.books.execute(command, self.now)
        except Rejection:
            return


def _line(draw: Random, number: int) -> Line:
    quantity, net = draw.randint(1, 3), draw.randint(300, 6000)
    labels = (f"category:{draw.choice(['shoes', 'shirts', 'tea'])}", "tag:new")
    return Line(f"{13_000_000 + number}", f"p{draw.randrange(500)}", f"SKU-{number}", quantity, net, net // 5, labels)


def shop_items(records: list[Record], copies: int) -> Iterator[Item]:
    """What stands once, however many copies there are: the programme, and what all copies took of its budgets."""
    for record in records:
        if isinstance(record, ProgrammeList | ProgrammeVersion):
            yield item_of(record)
        if isinstance(record, Budget):
            yield item_of(replace(record, given=record.given * copies))


class Template:
    """The lines of one copy, with MARK where its own mark goes."""

    def __init__(self, records: list[Record]) -> None:
        own = [record for record in records if not isinstance(record, Budget | ProgrammeList | ProgrammeVersion)]
        chained = [record for record in own if isinstance(record, Entry | Member)]
        self._plain = b"".join(exported(item_of(record)) for record in own if record not in chained)
        entries = sorted((record for record in own if isinstance(record, Entry)), key=lambda entry: entry.number)
        self._members = [
            (member, [_Linked(entry) for entry in entries if entry.member == member.member])
            for member in own
            if isinstance(member, Member)
        ]
        self._last = {member.member: exported(item_of(member)) for member, _ in self._members}
        self.entries, self.items = len(entries), len(own)

    def copy(self, number: int) -> bytes:
        """The lines of one copy: each member's entries and groups lie together, as a scan gives them."""
        mark, lines = f"{number:06d}".encode(), [self._plain]
        for member, entries in self._members:
            head = b""
            for entry in entries:
                text, head = entry.after(head, mark)
                lines.append(text)
            lines.append(self._last[member.member].replace(member.head.encode() or b"\0", head))
        return b"".join(lines).replace(MARK.encode(), mark)


class _Linked:
    """An entry's line, and what its link is made of."""

    def __init__(self, entry: Entry) -> None:
        fields = (entry.member, entry.number, entry.at, entry.cause, entry.terms, entry.postings, entry.label)
        self._fields = msgspec.json.encode(fields)
        self._line = exported(item_of(entry))
        self._chain = entry.chain.encode()

    def after(self, head: bytes, mark: bytes) -> tuple[bytes, bytes]:
        """The line that follows a link, and its own link. MARK is still in the line."""
        content = b'["' + head + b'",' + self._fields.replace(MARK.encode(), mark) + b"]"
        chain = urlsafe_b64encode(hashlib.blake2b(content, digest_size=16).digest()).rstrip(b"=")
        return self._line.replace(self._chain, chain), chain


def exported(item: Item) -> bytes:
    """A line of an export."""
    return msgspec.json.encode({"Item": item}) + b"\n"


def export(records: list[Record], copies: int) -> Iterator[bytes]:
    """The whole export of many copies, piece by piece."""
    template = Template(records)
    yield b"".join(map(exported, shop_items(records, copies)))
    yield from map(template.copy, range(copies))
