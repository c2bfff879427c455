"""Small worlds and one command in each: what the crash points are tried on. Each command has two or more.

Every request of the API comes with an Idempotency-Key; webhooks, the stream and the sweep come without.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from chalicelib.domain.commands import (
    AdjustBalance,
    AnchorMember,
    AwardPrize,
    CaptureHold,
    Command,
    CutBoards,
    EraseMember,
    Idempotency,
    MergeMembers,
    PlaceHold,
    PublishCuts,
    PublishProgramme,
    RecordActivity,
    RecordOrder,
    Redeem,
    ReleaseHold,
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
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.programme.document import Programme
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CONNECTION,
    DAY_S,
    DORA,
    NOW,
    PAID_AT,
    bought,
    claim,
    issue,
    line,
    order,
    programme_of,
    refund,
    settle,
    void,
)

WITHOUT_KEY = (RecordOrder, SettleReferrals, UpdateLevel, WriteDown, CutBoards, SettleBoard, AwardPrize, PublishCuts)
"""Commands that no API request carries: facts that are known change nothing, so they need no key."""

Step = tuple[Command, int]


class Story(Struct, frozen=True):
    """What happened `before`, each at its instant, and the command whose process dies, at `now`."""

    name: str
    before: tuple[Step, ...]
    command: Command
    now: int = NOW

    @property
    def key(self) -> Idempotency | None:
        """The request's key."""
        if isinstance(self.command, WITHOUT_KEY):
            return None
        return Idempotency("admin.proof", self.name, "digest")


def whole_programme() -> Programme:
    """A programme that uses what there is: several rules, limits, a budget, spending, referrals with reviews."""
    return programme_of(
        currencies=["JPY"],
        earn=[
            {"id": "goods", "percent": 5, "vest_days": 3, "expire_days": 30},
            {"id": "thanks", "amount": {"EUR": 2, "JPY": 100}, "expire_days": 60},
            {
                "id": "loyal",
                "percent": 2,
                "limits": [{"amount": {"EUR": 3, "JPY": 300}, "per": "month"}],
                "budget": {"EUR": 1000, "JPY": 90_000},
            },
        ],
        referral={
            "friends": 2,
            "percent": 10,
            "welcome": {"percent": 3},
            "review": {"threshold": 60, "weights": {"same-address": 70}},
        },
    )


def progressive() -> Programme:
    """A programme over several orders: points, a card, a goal, levels with gifts, and a campaign with a budget."""
    return programme_of(
        assets={"points": {}},
        earn=[
            {"id": "goods", "percent": 5, "vest_days": 3, "expire_days": 30},
            {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}},
            {
                "id": "review",
                "give": 20,
                "of": "points",
                "on": "review",
                "limits": [{"amount": 30, "per": "month"}],
                "budget": 400,
            },
        ],
        cards=[{"id": "card", "counts": {"orders": True}, "size": 3, "reward": {"give": 20, "of": "points"}}],
        goals=[
            {"id": "regular", "measure": "orders", "target": 3, "per": "quarter", "reward": {"amount": 2}},
            {"id": "weeks", "measure": "weeks", "target": 2, "badge": {"en": "Two weeks in a row"}},
        ],
        levels={
            "steps": [
                {"id": "green", "at": 0},
                {"id": "black", "at": 250, "multiply": {"leaves": 2}, "gift": {"give": 40, "of": "points"}},
            ],
            "counts": "at_once",
        },
        campaigns=[
            {"id": "winter", "starts": "2026-01-01", "ends": "2026-12-31", "multiply": {"leaves": 3}, "budget": 900}
        ],
    )


def boarded() -> Programme:
    """A programme with a leaderboard by month, which is settled at once, and prizes in two assets."""
    prizes = [{"give": 55, "of": "points"}, {"amount": 4, "vest_days": 3}]
    board = {"id": "best", "per": "month", "top": 3, "settle_days": 0, "prizes": prizes}
    return programme_of(
        assets={"points": {}}, earn=[{"id": "goods", "percent": 5}], referral={"percent": 10}, boards=[board]
    )


def later() -> Programme:
    """The version after it."""
    return programme_of(currencies=["JPY"], earn=[{"id": "goods", "percent": Decimal("2.5")}], clawback="loss")


def stories() -> list[Story]:
    """All of them."""
    opened: list[Step] = [(PublishProgramme(whole_programme(), "", 0, 0, 0), 0), (issue(), NOW - 40 * DAY_S)]
    told = [*_orders(), *_settlements(), *_membership(), *_spending(), *_published()]
    progressing: list[Step] = [(PublishProgramme(progressive(), "", 0, 0, 0), 0), (issue(), NOW - 40 * DAY_S)]
    competing: list[Step] = [(PublishProgramme(boarded(), "", 0, 0, 0), 0)]
    return [
        *(_told(competing, name, before, command, at) for name, before, command, at in [*_boards(), *_cuts()]),
        *(_told(opened, name, before, command, at) for name, before, command, at in told),
        *(_told(progressing, name, before, command, at) for name, before, command, at in _progress()),
    ]


Told = tuple[str, Sequence[Command], Command, int]
"""A story's name, what happened before, the command, and how long after NOW it comes."""


def _told(opened: list[Step], name: str, before: Sequence[Command], command: Command, at: int) -> Story:
    if isinstance(command, PublishProgramme) and command.expected == 0:
        return Story(name, (), command, NOW)
    return Story(name, (*opened, *((earlier, NOW - 30 + i) for i, earlier in enumerate(before))), command, NOW + at)


def _rich(member: str = ANNA) -> list[Command]:
    """Somebody with lots that vest and expire at different times, in two assets."""
    return [
        order(f"{member}-1", member, at=PAID_AT - 20 * DAY_S),
        order(f"{member}-2", member, line(net=8000), currency="JPY", at=PAID_AT - 10 * DAY_S),
        order(f"{member}-3", member, line(net=3000), at=PAID_AT),
        AdjustBalance(member, "EUR/2", 700, "thank you"),
    ]


SPENT = 5
"""The number of the entry that spends something after that."""


def _hold(amount: int = 300, order_id: str = "", minutes: int = 60) -> PlaceHold:
    ref = f"{CONNECTION}/{order_id}" if order_id else ""
    return PlaceHold(ANNA, "h_1", "EUR/2", amount, ref, 9000, bool(order_id), minutes)


def _orders() -> list[Told]:
    friends_first = bought(BEN, prints=("address:9",))
    spent = Redeem(ANNA, "EUR/2", 600, f"{CONNECTION}/new", 9000)
    back = OrderFacts(refunds=refund("new", amount=4000).facts.refunds)
    return [
        ("a paid order", [], order("new", ANNA), 0),
        ("a friend's first order with a code", [], friends_first, 0),
        ("a paid order that captures a hold", [*_rich(), _hold(order_id="new")], order("new", ANNA, deduction=300), 0),
        ("a paid order whose hold ran out", [*_rich(), _hold(order_id="new")], order("new", ANNA), 7200),
        ("a cancelled order gives a hold back", [*_rich(), _hold(order_id="new")], void("new", ANNA, paid=False), 0),
        ("a refund of an order paid with balance", [*_rich(), spent, order("new", ANNA, deduction=600)],
         RecordOrder(CONNECTION, "new", back), 0),
        ("a cancelled order whose reward is spent", [*_rich(), Redeem(ANNA, "EUR/2", 900)], void(f"{ANNA}-1", ANNA), 0),
        ("a friend's order is cancelled", [bought(BEN), bought(CLEO), settle(BEN, CLEO)], void(f"of-{BEN}", BEN), 0),
        ("facts that wait for their payment", [], refund("new", amount=100), 0),
    ]  # fmt: skip


def _progress() -> list[Told]:
    """Orders that complete a card, reach a goal and a level, all at once, and what undoes that."""
    two: list[Command] = [order("1", ANNA, at=PAID_AT - 8 * DAY_S), order("2", ANNA, at=PAID_AT - DAY_S)]
    three = [*two, order("3", ANNA)]
    given = SetLevel(ANNA, "black", 0, "a friend of the house")
    until = SetLevel(ANNA, "black", local_day(NOW, "UTC").toordinal() + 7, "for a week")
    review, second = RecordActivity(ANNA, "review", "r1", NOW - 60), RecordActivity(ANNA, "review", "r2", NOW - 30)
    others: list[Command] = [order("b1", BEN, at=PAID_AT - DAY_S), order("b2", BEN)]
    return [
        ("an order that fills a card, reaches a goal and a level", two, order("3", ANNA), 0),
        ("an order under a level and a campaign", three, order("4", ANNA), 0),
        ("a refund that takes back a card, a goal, a gift and a boost", three, void("3", ANNA), 0),
        ("a refund of an order whose award is spent", [*three, Redeem(ANNA, "EUR/2", 200)], void("1", ANNA), 0),
        ("an order that turns out to be somebody else's", three, order("3", BEN, stamp_ms=5), 0),
        ("two accounts that fill a card together", [*two, *others], MergeMembers(ANNA, BEN), 0),
        ("a review", two, review, 0),
        ("a second review, beyond the limit of a month", [*two, review], second, 0),
        ("a review is taken down", [*two, review], WithdrawActivity(ANNA, "review", "r1"), 0),
        (
            "a review that was taken down was spent",
            [*two, review, AdjustBalance(ANNA, "points", -200, "a mug")],
            WithdrawActivity(ANNA, "review", "r1"),
            0,
        ),
        ("a level is set by hand", two, given, 0),
        ("a level by hand is taken back", [*two, given], SetLevel(ANNA, "", 0, "by mistake"), 0),
        ("a level that time has ended", three, UpdateLevel(ANNA), 800 * DAY_S),
        ("a level by hand that has ended", [*two, until], UpdateLevel(ANNA), 30 * DAY_S),
    ]


JANUARY = 2026 * 12


def _cuts() -> list[Told]:
    """The cuts that a round makes for segments."""
    first, second = (
        PublishCuts(day, 500, (1, 2, 3, 4), (1, 1, 2, 3), (10, 20, 30, 40), {}) for day in (739950, 739951)
    )
    return [("the first cuts", [], first, 0), ("the cuts of the next day", [first], second, 0)]


def _boards() -> list[Told]:
    """A round that makes cuts, a month that is over, and what its places have won."""
    sales: list[Command] = [order(f"of-{name}", name, at=PAID_AT - 10 * DAY_S) for name in (ANNA, BEN, CLEO)]
    many, few = (SeenScores("best", JANUARY + 1, (150, count, count)) for count in (40, 4))
    over = [*sales, CutBoards(NOW - 20, (SeenScores("best", JANUARY, ()),))]
    tied = SettleBoard("best", JANUARY, dict.fromkeys((ANNA, BEN, CLEO), 10_000))
    return [
        ("a round has counted scores", sales, CutBoards(NOW, (many,)), 0),
        ("a round has counted fewer than the one before", [CutBoards(NOW - 20, (many,))], CutBoards(NOW, (few,)), 0),
        ("a month is settled", over, SettleBoard("best", JANUARY, {ANNA: 10_000, BEN: 9000}), 0),
        ("a month is settled whose best are tied", over, tied, 0),
        ("a prize", [*over, tied], AwardPrize("best", JANUARY, BEN), 0),
        ("a prize of a member that was merged", [*over, tied, MergeMembers(ANNA, BEN)],
         AwardPrize("best", JANUARY, BEN), 0),
    ]  # fmt: skip


def _settlements() -> list[Told]:
    crowd = [f"shop.f{number:02}" for number in range(21)]
    pair: list[Command] = [bought(BEN), bought(CLEO), settle(BEN, CLEO)]
    suspicious: list[Command] = [bought(BEN, prints=("address:1",)), bought(CLEO, prints=("address:1",))]
    held: list[Command] = [*suspicious, settle(BEN, CLEO)]
    approved: list[Command] = [*held, ReviewBonus(ANNA, 1, "approve", "a household")]
    return [
        ("two friends make a bonus", [bought(BEN), bought(CLEO)], settle(BEN, CLEO), 0),
        ("a crowd of friends", [bought(friend) for friend in crowd], settle(*crowd), 0),
        ("a broken group is put together anew", [*pair, bought(DORA), settle(DORA), void(f"of-{BEN}", BEN)],
         settle(BEN), 0),
        ("a bonus that waits for a person", suspicious, settle(BEN, CLEO), 0),
        ("a held bonus is approved", held, ReviewBonus(ANNA, 1, "approve", "a household"), 0),
        ("an approved bonus is denied after it was spent", [*approved, Redeem(ANNA, "EUR/2", 1500)],
         ReviewBonus(ANNA, 1, "deny", "the same person"), 0),
    ]  # fmt: skip


def _membership() -> list[Told]:
    profile = UpdateMember(ANNA, "anna@shop.example", "hash-anna", "Anna", "fr", {"news": True})
    return [
        ("a new member's profile", [], profile_of(BEN), 0),
        ("an e-mail that a code carries too", [profile_of(ANNA)], profile, 0),
        ("an account of a guest who bought", [order("1", "guest.hash-ben")], profile_of(BEN), 0),
        (
            "two accounts that are one person's",
            [*_rich(), *_rich(BEN), bought(CLEO), settle(CLEO)],
            MergeMembers(ANNA, BEN),
            0,
        ),
        (
            "a guest and the account that were both referred",
            [bought("guest.hash-ben"), bought(BEN)],
            MergeMembers(BEN, "guest.hash-ben"),
            0,
        ),
        ("an order of a merged member", [order("1", BEN), MergeMembers(ANNA, BEN)], refund("1", amount=4000), 0),
        ("an e-mail from before anchors", [order("1", BEN)], AnchorMember(BEN, "hash-ben"), 0),
        (
            "an e-mail from before anchors that is a guest's",
            [order("1", "guest.hash-ben"), UpdateMember(BEN, locale="fr")],
            AnchorMember(BEN, "hash-ben"),
            0,
        ),
        ("a first code", [], issue(BEN, "BENSCODE"), 0),
        ("a code there is already", [], issue(ANNA, "ANOTHER"), 0),
        ("a claim", [], claim(BEN), 0),
        ("a claim of a known member", [profile_of(BEN)], claim(BEN, email_hash="hash-ben"), 0),
        ("a profile is erased", [profile_of(BEN)], EraseMember(BEN), 0),
        (
            "a member's data are erased",
            [profile, AdjustBalance(ANNA, "EUR/2", 5, "sorry")],
            EraseMember(ANNA, entries=(1,), hashes=True),
            0,
        ),
        ("a credit by hand", [issue(BEN, "BENSCODE")], AdjustBalance(BEN, "EUR/2", 500, "sorry"), 0),
        ("a debit by hand after lots expired", _rich(), AdjustBalance(ANNA, "EUR/2", -100, "mistake"), 25 * DAY_S),
        ("a lot has vested", _rich()[2:3], WriteDown(ANNA), 5 * DAY_S),
        ("lots and a hold have run out", [*_rich(), _hold()], WriteDown(ANNA), 70 * DAY_S),
    ]


def _spending() -> list[Told]:
    tied = [*_rich(), PlaceHold(ANNA, "h_1", "EUR/2", 500, f"{CONNECTION}/new", 9000), order("new", ANNA)]
    return [
        ("a hold", _rich(), _hold(), 0),
        ("a hold for an order, beside one that ran out", [*_rich(), _hold(minutes=1)],
         PlaceHold(ANNA, "h_2", "EUR/2", 200, f"{CONNECTION}/new", 9000, True), 600),
        ("a hold is captured", [*_rich(), _hold()], CaptureHold(ANNA, "h_1"), 0),
        ("a part of a hold is captured for a refunded order", [*tied, refund("new", amount=5000)],
         CaptureHold(ANNA, "h_1", 200), 0),
        ("a hold is released", [*_rich(), _hold()], ReleaseHold(ANNA, "h_1"), 0),
        ("a hold is released into a debt", [*_rich(), _hold(900), void(f"{ANNA}-1", ANNA), void(f"{ANNA}-3", ANNA)],
         ReleaseHold(ANNA, "h_1"), 0),
        ("a redemption", _rich(), Redeem(ANNA, "EUR/2", 400), 0),
        ("a redemption for a refunded order", [*_rich(), order("new", ANNA), refund("new", amount=5000)],
         Redeem(ANNA, "EUR/2", 650, f"{CONNECTION}/new", 10_000), 0),
        ("a redemption is undone", [*_rich(), Redeem(ANNA, "EUR/2", 400)], UndoEntry(ANNA, SPENT, "x"), 0),
        ("a captured hold is undone", [*_rich(), _hold(), CaptureHold(ANNA, "h_1", 200)],
         UndoEntry(ANNA, SPENT, "x"), 60),
    ]  # fmt: skip


def _published() -> list[Told]:
    return [
        ("the first programme", [], PublishProgramme(whole_programme(), "name: Club", 0, None, 120), 0),
        ("a later version", _rich(), PublishProgramme(later(), "name: Club", 1, NOW + DAY_S, 120), 0),
    ]


def profile_of(member: str) -> UpdateMember:
    """A profile."""
    return UpdateMember(member, f"{member}@shop.example", f"hash-{member}", member, "en", {})
