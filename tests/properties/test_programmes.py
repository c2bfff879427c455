"""Shops with programmes that are valid and unusual: nothing fails, the books agree after each step, what is heard twice
changes nothing, what is given back takes all with it that it had brought, and sentences have nothing for machines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import (
    AnchorMember,
    AwardPrize,
    ClaimReferral,
    Command,
    CutBoards,
    EraseMember,
    IssueCode,
    PlaceHold,
    PublishCuts,
    PublishProgramme,
    RecordActivity,
    RecordOrder,
    Redeem,
    ReviewBonus,
    SeenScores,
    SetLevel,
    SettleBoard,
    SettleReferrals,
    UndoEntry,
    UpdateLevel,
    UpdateMember,
    WithdrawActivity,
    WriteDown,
)
from chalicelib.domain.core.calendar import first_day, local_day, midnight, period_number
from chalicelib.domain.core.identity import new_code
from chalicelib.domain.core.phrases import written
from chalicelib.domain.core.series import Series
from chalicelib.domain.errors import Rejection
from chalicelib.domain.ledger.transfers import is_reward
from chalicelib.domain.members.statements import reason, why
from chalicelib.domain.orders.facts import Dispute, Line, OrderFacts, Refund, RefundLine, Snapshot
from chalicelib.domain.programme.assets import ledger_names
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.warnings import warnings
from chalicelib.domain.records import Conversion, Member
from chalicelib.domain.rewards import offers, summary
from chalicelib.domain.rewards.changes import changes
from chalicelib.domain.rewards.progress import boards
from chalicelib.domain.rewards.progress.view import progress_of
from chalicelib.edge import words
from tests.world.audit import findings
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CONNECTION,
    DAY_S,
    DORA,
    NOW,
    adjust,
    capture,
    issue,
    merge,
    release,
)
from tests.world.memory import Memory
from tests.world.programmes import ACTIVITIES, SKUS, drawn, succeeding

MEMBERS = (ANNA, BEN, CLEO, DORA)
CODES = {ANNA: new_code(b"anna-abc"), BEN: new_code(b"ben-abcd")}
WORDINGS = [words.of("en"), words.of("fr")]
STEPS, SEEDS = 25, 25

NOT_PLAYED = {
    AnchorMember,
    ClaimReferral,
    EraseMember,
    IssueCode,
    PublishProgramme,
    ReviewBonus,
    UndoEntry,
    UpdateMember,
}
"""Commands that these shops give before they open, or not at all."""

FOR_MACHINES = re.compile(r"[a-z]/\d|%\(|\bNone\b|\bDecimal\b|\dE[-+]\d|  |^\s*$")
"""What no person should read: the ledger's name of an asset, or what a sentence was not filled with."""


class UnusualShop:
    """A shop in which a seed says what happens; `now` is its clock."""

    def __init__(self, seed: int) -> None:
        self.document, self.programme = drawn(seed)
        self.random = Random(seed)  # noqa: S311 (it must be repeatable, not secret)
        self.books, self.now, self.count = Memory(), NOW, 0
        self.books.publish(self.programme, 0, NOW)
        self.happened: Counter[str] = Counter()
        self.orders: dict[str, Snapshot] = {}
        self.holds: list[tuple[str, str]] = []
        self.activities: list[tuple[str, str, str]] = []
        for member, code in CODES.items():
            self.books.execute(issue(member, code), NOW)

    def do(self, command: Command) -> Any:
        """A command; what storefronts and the stream say is never refused, and once more it changes nothing."""
        try:
            answer = self.books.execute(command, self.now)
        except Rejection as refused:
            if isinstance(command, RecordOrder | SettleReferrals):
                raise AssertionError(command) from refused
            raise
        self.happened[type(command).__name__] += 1
        if not isinstance(command, RecordOrder | SettleReferrals):
            return answer
        assert self.books.decide(command, self.now).changes == ()
        return answer

    def step(self) -> None:
        """Something happens that may be refused, and the stream does what follows."""
        self.count += 1
        acts = [self.buy] * 8 + [self.befall] * 5 + [self.activity] * 3 + [self.hold, self.end_hold] * 2 + [self.spend]
        acts += [self.withdraw, self.by_hand, self.passes, self.passes, self.judge, self.cut, self.award]
        if self.random.random() < 0.1:
            acts = [self.join, self.publish]
        with suppress(Rejection):
            self.random.choice(acts)()
        self.follow()

    def lines(self) -> Iterator[Line]:
        """One to three lines, some of which cost or earn nothing."""
        draw = self.random
        for place in range(1, draw.randint(2, 4)):
            net, tax = draw.choice((0, 1, 99, 1999, 2190, 12_345, 500_000)), draw.choice((0, 0, 190))
            labels = draw.choice(((), ("category:tea",), ("category:0", "tag:new")))
            product, sku, pieces = draw.choice(("p1", "p2")), draw.choice(SKUS), draw.randint(1, 3)
            yield Line(str(place), product, sku, pieces, net, tax, labels, draw.random() < 0.9)

    def buy(self) -> None:
        """An order, now or heard of late, in a currency of the programme or in another one."""
        draw = self.random
        at = self.now - draw.choice((0, 0, 3600, 40 * DAY_S))
        facts = {"paid": True, "buyer": draw.choice(MEMBERS), "code": draw.choice(("", *CODES.values()))}
        currency = draw.choice((self.programme.currency, *self.programme.all_currencies, "GBP"))
        delivered_at = draw.choice((0, at, at + 5 * DAY_S))
        order = Snapshot(self.now * 1000, currency, at, **facts, lines=tuple(self.lines()), delivered_at=delivered_at)
        self.orders[f"o{self.count}"] = order
        self.do(RecordOrder(CONNECTION, f"o{self.count}", OrderFacts({"order": order})))

    def befall(self) -> None:
        """A line or money goes back, an order is cancelled, revived, disputed, or told of again."""
        name = self.random.choice(list(self.orders) or ["o0"])
        order = self.orders.get(name) or Snapshot(1, self.programme.currency, self.now)
        stamp = self.now * 1000 + self.count
        told = (
            OrderFacts({}, {f"r{self.count}": Refund(lines=(RefundLine("1", 1, None, None),))}),
            OrderFacts({}, {f"r{self.count}": Refund(amount=150, currency=order.currency)}),
            OrderFacts({"order": replace(order, stamp_ms=stamp, void=True)}),
            OrderFacts({"order": replace(order, stamp_ms=stamp)}),
            OrderFacts(disputes={"d1": Dispute(stamp, 300, order.currency, taken=True)}),
            OrderFacts({"order": order}),
        )
        self.do(RecordOrder(CONNECTION, name, self.random.choice(told)))

    def activity(self) -> None:
        """An activity that the programme rewards, if it does any."""
        names = [rule.activity for rule in self.programme.earn if rule.activity] or list(ACTIVITIES)
        self.activities.append((self.random.choice(MEMBERS), self.random.choice(names), f"r{self.count}"))
        self.do(RecordActivity(*self.activities[-1]))

    def withdraw(self) -> None:
        """An activity is taken back."""
        self.do(WithdrawActivity(*self.random.choice(self.activities or [(ANNA, "review", "r0")])))

    def usable(self) -> list[tuple[str, str, int]]:
        """What a member has of an asset, of all one at random, if anybody has anything."""
        held = [
            (member, asset, amount)
            for member in MEMBERS
            for asset in ledger_names(self.programme)
            if (amount := self.books.available(member, asset, self.now)) > 0
        ]
        return self.random.sample(held, min(1, len(held)))

    def hold(self) -> None:
        """All or half of a balance is held."""
        for member, asset, amount in self.usable():
            self.holds.append((member, f"h{self.count}"))
            self.do(PlaceHold(member, f"h{self.count}", asset, max(amount // self.random.choice((1, 2)), 1)))

    def end_hold(self) -> None:
        """A hold is spent, in whole or in part, or given back."""
        for member, hold in self.random.sample(self.holds, min(1, len(self.holds))):
            ends = capture(None, hold, member), capture(1, hold, member), release(hold, member)
            self.do(self.random.choice(ends))

    def spend(self) -> None:
        """Half of a balance is spent, on an order or on none."""
        for member, asset, amount in self.usable():
            order = self.random.choice(("", *(f"{CONNECTION}/{name}" for name in self.orders)))
            self.do(Redeem(member, asset, max(amount // 2, 1), order))

    def by_hand(self) -> None:
        """An amount is given or taken by hand."""
        asset = self.random.choice(ledger_names(self.programme))
        self.do(adjust(self.random.choice((500, -3)), self.random.choice(MEMBERS), asset))

    def judge(self) -> None:
        """A level is given or taken by hand."""
        steps = self.programme.levels.steps if self.programme.levels else ()
        until = self.random.choice((0, self.today().toordinal() + 10))
        self.do(
            SetLevel(self.random.choice(MEMBERS), self.random.choice(["", *(step.id for step in steps)]), until, "x")
        )

    def cut(self) -> None:
        """Segments begin."""
        self.do(PublishCuts(self.today().toordinal(), 500, (10, 20, 30, 40), (1, 2, 3, 4), (1, 2, 3, 4), {}))

    def award(self) -> None:
        """The running period of a board ends and is settled, and its prizes are given."""
        for board in self.random.sample(self.programme.boards, min(1, len(self.programme.boards))):
            number, scores, packed = period_number(board.per, self.today()), dict[str, int](), Series()
            for member in self.books.all(Member):
                if score := boards.score_of(member, board, self.programme, number):
                    scores[member.member], packed = score, boards.with_score(packed, score)
            self.do(CutBoards(self.now, (SeenScores(board.id, number, packed),)))
            if board.per == "all":
                continue
            over = first_day(board.per, number + 1) + timedelta(days=board.settle_days)
            self.now = max(self.now, midnight(over, self.programme.timezone))
            self.do(SettleBoard(board.id, number, scores))
            for name in scores:
                self.do(AwardPrize(board.id, number, name))

    def passes(self) -> None:
        """Time passes, and what it has done is written down."""
        self.now += self.random.choice((1, 7200, DAY_S, 4 * DAY_S, 15 * DAY_S, 40 * DAY_S))
        for member in self.books.all(Member):
            with suppress(Rejection):
                self.do(WriteDown(member.member))
                self.do(UpdateLevel(member.member))

    def join(self) -> None:
        """Two members turn out to be one."""
        self.do(merge(*self.random.sample(MEMBERS, 2)))

    def publish(self) -> None:
        """Another programme takes effect, a minute later."""
        document, programme = succeeding(self.document, self.count)
        self.books.publish(programme, self.now + 60, self.now)
        check_words(
            written(phrase, wording, programme) for wording in WORDINGS for phrase in changes(self.programme, programme)
        )
        self.document, self.programme = document, programme
        self.now += 60

    def follow(self) -> None:
        """What the stream does for friends' orders."""
        waiting: dict[str, list[str]] = {}
        for conversion in self.books.all(Conversion):
            if conversion.todo:
                waiting.setdefault(conversion.referrer, []).append(conversion.friend)
        for referrer, friends in waiting.items():
            self.do(SettleReferrals(referrer, tuple(friends)))

    def today(self) -> Any:
        """The shop's local day."""
        return local_day(self.now, self.programme.timezone)


def check_words(texts: Iterator[str]) -> None:
    """Texts that a person can read."""
    assert [text for text in texts if FOR_MACHINES.search(text)] == []


def check_programme(programme: Programme, now: int) -> None:
    """What owners and shoppers read of a programme, in each language."""
    steps = programme.levels.steps if programme.levels else ()
    phrases = [
        *summary.sentences(programme, now),
        *warnings(programme, local_day(now, programme.timezone)),
        *(phrase for level in ("", *(step.id for step in steps)) for phrase in offers.earning(programme, level)),
        *offers.paying(programme),
        *offers.referring(programme, 0),
        *offers.running(programme, "", [campaign.id for campaign in programme.campaigns]),
    ]
    check_words(written(phrase, wording, programme) for wording in WORDINGS for phrase in phrases)


def texts_of(view: Any) -> Iterator[str]:
    """All texts of a view."""
    for name in getattr(view, "__struct_fields__", ()):
        value = getattr(view, name)
        if name == "text":
            yield value
        for part in value if isinstance(value, tuple) else (value,):
            yield from texts_of(part)


def check_members(shop: UnusualShop) -> None:
    """What members read of their progress and in their statements; an asset without a name is called by its own."""
    for member in shop.books.all(Member):
        postings = [(posting, entry) for entry in shop.books.entries(member.member) for posting in entry.postings]
        for wording in WORDINGS:
            check_words(texts_of(progress_of(member, shop.programme, shop.now, wording)))
            check_words(written(reason(*row), wording, shop.programme) for row in postings)
        check_words(why(*row) for row in postings)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_books_agree_whatever_the_programme_says(seed: int) -> None:
    shop = UnusualShop(seed)
    check_programme(shop.programme, shop.now)
    for _ in range(STEPS):
        shop.step()
        assert findings(shop.books, shop.now) == []
    check_programme(shop.programme, shop.now)
    check_members(shop)


def test_all_that_can_happen_does() -> None:
    happened: Counter[str] = Counter()
    for seed in range(SEEDS):
        shop = UnusualShop(seed)
        for _ in range(STEPS):
            shop.step()
        happened += shop.happened
    assert {command for command in get_args(Command) if not happened[command.__name__]} == NOT_PLAYED


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_given_back_takes_all_that_it_brought(seed: int) -> None:
    """But for the gift of the level that everybody has, and for goals that are kept."""
    shop = UnusualShop(seed)
    for _ in range(STEPS // 2):
        shop.count += 1
        with suppress(Rejection):
            shop.random.choice((shop.buy, shop.buy, shop.befall, shop.activity))()
        shop.follow()
    for name, order in shop.orders.items():
        void = replace(order, stamp_ms=shop.now * 1000 + 999, void=True)
        shop.do(RecordOrder(CONNECTION, name, OrderFacts({"order": void})))
        shop.follow()
    for row in shop.activities:
        with suppress(Rejection):
            shop.do(WithdrawActivity(*row))
    programme = shop.programme
    kept = {goal.id for goal in programme.goals if goal.keep}
    kept |= {programme.levels.steps[0].id} if programme.levels else set()
    given: Counter[tuple[str, str]] = Counter()
    for member in shop.books.all(Member):
        assert (member.counts, member.distinct) == ({}, {})
        for posting in (posting for entry in shop.books.entries(member.member) for posting in entry.postings):
            if is_reward(posting.source) or is_reward(posting.destination):
                given[posting.why.rule, posting.asset] += posting.signed(member.member)
    assert [name for name, amount in given.items() if amount and name[0] not in kept] == []
    assert findings(shop.books, shop.now) == []
