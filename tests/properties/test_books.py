"""A shop's random life: orders, refunds, cancellations, revivals, claims, settlements that run late, twice or in part.

After every step:

1. the ledger sums to zero per asset, members' stored accounts on one side, the programme's derived ones on the other;
2. each member's stored accounts equal the sum of the postings to and from them;
3. a member's entries are numbered without gaps and chained, and the member names the last link;
4. each order has posted what it remembers to have posted;
5. each order, stated again as it is stored, changes nothing;
   and what it spent of balances is at most what was spent on it;
   a hold in force has its parts in the account, one that ended has none; budgets and members' uses are what orders
   and activities have of them, and no budget is overrun;
6. a conversion is in at most one live group, and says so; it is live if and only if its order says so;

and, on a copy in which what is left to settle has been settled:

7. the number of live groups = floor(live conversions / N), and those within the limit hold a bonus;
8. the referrer's `live`, `open` and `bonuses` agree with the conversions;
9. every bonus names its conversions, and what groups have posted is what the ledger holds.
"""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from chalicelib.domain.commands import (
    AdjustBalance,
    Command,
    PublishProgramme,
    RecordActivity,
    ReviewBonus,
    WithdrawActivity,
    WriteDown,
)
from chalicelib.domain.errors import Rejection
from chalicelib.domain.programme.document import Programme
from tests.properties.backends import Backend, InMemory, in_empty_table
from tests.properties.invariants import budgets_are_not_overrun, check
from tests.world.builders import (
    ANNA,
    CODE,
    DORA,
    NOW,
    OTHER_CODE,
    PAID_AT,
    capture,
    claim,
    disputed,
    hold,
    issue,
    line,
    merge,
    order,
    programme_of,
    redeem,
    refund,
    release,
    settle,
)

FRIENDS = tuple(f"shop.f{number}" for number in range(5))

friends = st.sampled_from((*FRIENDS, ANNA))
codes = st.sampled_from([CODE, CODE, OTHER_CODE])
seconds = st.integers(0, 2)

referral_rules = st.fixed_dictionaries(
    {"friends": st.integers(1, 3), "qualifies": st.sampled_from([{}, {"first_order": False}, {"minimum": 40}])},
    optional={
        "limit": st.just(1),
        "welcome": st.sampled_from([{"amount": 3}, {"percent": 2}]),
        "vest_days": st.just(10),
        "velocity": st.just({"bonuses": 2, "days": 1}),
        "review": st.sampled_from([{}, {"threshold": 60}]),
    },
) | st.builds(lambda needed: {"friends": needed, "percent": None, "amount": 7}, st.integers(1, 3))
reviews = st.fixed_dictionaries(
    {"id": st.just("review"), "give": st.just(40), "of": st.just("points"), "on": st.just("review")},
    optional={
        "limits": st.sampled_from([[{"times": 1, "per": "day"}], [{"amount": 70, "per": "month"}]]),
        "budget": st.just(300),
        "vest_days": st.just(2),
    },
)
earn_rules = st.fixed_dictionaries(
    {"vest_days": st.sampled_from([0, 3]), "expire_days": st.sampled_from([30, 4])},
    optional={
        "limits": st.sampled_from([[{"amount": {"EUR": 4, "USD": 1}, "per": "month"}]]),
        "budget": st.just({"EUR": 20, "USD": 1}),
    },
)
policies = st.fixed_dictionaries(
    {"clawback": st.sampled_from(["negative", "loss"])},
    optional={"inactive_days": st.just(12), "spending": st.just({"return_days": 2, "hold_minutes": 2000})},
)
LEAVES = {"id": "leaves", "give": 3, "of": "points", "per": {"EUR": 1, "USD": 1}}
assets = st.sampled_from(["EUR/2", "EUR/2", "points"])
prints = st.sampled_from([(), (), ("card:x",), ("card:x", "device:y")])


class Shop(RuleBasedStateMachine):
    """Anna and Dora refer; up to five friends buy, each twice at most, and spend what they get. Days pass."""

    start: ClassVar[Callable[[Programme], Backend]] = InMemory

    def __init__(self) -> None:
        super().__init__()
        self.stamp_ms = 1
        self.known: list[tuple[str, str]] = []
        self.holds: list[tuple[str, str]] = []
        self.now = NOW

    @initialize(
        rules=referral_rules, earn=earn_rules, policy=policies, crowd=st.integers(0, len(FRIENDS)), reward=reviews
    )
    def open_shop(
        self,
        rules: dict[str, Any],
        earn: dict[str, Any],
        policy: dict[str, Any],
        crowd: int,
        reward: dict[str, Any],
    ) -> None:
        """Some friends have bought and are settled."""
        self.programme = programme_of(
            currencies=["USD"],
            earn=[
                {"id": "cashback", "percent": 5, **earn},
                {"id": "thanks", "amount": {"EUR": 1, "USD": 1}},
                LEAVES,
                reward,
            ],
            referral={"percent": 10, **rules},
            assets={"points": {"worth": {"EUR": Decimal("0.05"), "USD": Decimal("0.061")}, "expire_days": 20}},
            **policy,
        )
        self.needed: int = rules["friends"]
        self.backend = type(self).start(self.programme)
        self.backend.execute(issue())
        self.backend.execute(issue(DORA, OTHER_CODE))
        for friend in FRIENDS[:crowd]:
            self.buys(friend, 1, 5000, CODE, 0, ())
        self.the_stream_runs(ANNA)

    @rule(
        buyer=friends,
        number=st.integers(1, 2),
        net=st.sampled_from([3000, 5000]),
        code=st.sampled_from([CODE, CODE, "", OTHER_CODE]),
        later=seconds,
        known=prints,
    )
    def buys(self, buyer: str, number: int, net: int, code: str, later: int, known: tuple[str, ...]) -> None:
        """Or the same delivery comes again."""
        order_id = f"{buyer}-{number}"
        self.known.append((order_id, buyer))
        parts = {"code": code, "at": PAID_AT + later, "prints": known, "stamp_ms": self.stamp_ms}
        self.execute(order(order_id, buyer, line(net=net), **parts))

    @precondition(lambda self: self.known)
    @rule(data=st.data(), void=st.booleans())
    def is_cancelled_or_revived(self, data: st.DataObject, void: bool) -> None:
        self.is_stated(data, 0, void=void)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), age=seconds, paid=st.booleans(), currency=st.sampled_from(["EUR", "USD"]))
    def is_changed(self, data: st.DataObject, age: int, paid: bool, currency: str) -> None:
        """Now, or late and thus older than what is known."""
        self.is_stated(data, age, paid=paid, currency=currency)

    def is_stated(self, data: st.DataObject, age: int, **parts: Any) -> None:
        self.stamp_ms += 1
        order_id, buyer = data.draw(st.sampled_from(self.known))
        stamp_ms = max(self.stamp_ms - age, 1)
        self.execute(order(order_id, buyer, line(net=6000), at=PAID_AT, stamp_ms=stamp_ms, **parts))

    @precondition(lambda self: self.known)
    @rule(data=st.data(), refund_id=st.sampled_from(["r1", "r2"]), amount=st.sampled_from([1000, 9000]))
    def is_refunded(self, data: st.DataObject, refund_id: str, amount: int) -> None:
        order_id, _ = data.draw(st.sampled_from(self.known))
        self.execute(refund(order_id, refund_id, amount=amount))

    @rule(referrer=st.sampled_from([ANNA, ANNA, DORA]))
    def the_stream_runs(self, referrer: str) -> None:
        self.execute(settle(*FRIENDS, referrer=referrer))

    @rule(friend=friends, code=codes)
    def claims(self, friend: str, code: str) -> None:
        self.execute(claim(friend, code))

    @rule(referrer=st.sampled_from([ANNA, DORA]), some=st.lists(st.sampled_from(FRIENDS), max_size=3))
    def the_stream_runs_in_part(self, referrer: str, some: list[str]) -> None:
        self.execute(settle(*some, referrer=referrer))

    @rule(merged=friends, survivor=friends)
    def are_merged(self, merged: str, survivor: str) -> None:
        """Two members turn out to be one person."""
        self.execute(merge(merged, survivor))

    @rule(member=friends, amount=st.sampled_from([-300, -1, 200]))
    def is_adjusted(self, member: str, amount: int) -> None:
        self.execute(AdjustBalance(member, "EUR/2", amount, "by hand"))

    @rule(
        member=friends,
        amount=st.sampled_from([50, 150, 400]),
        pays=st.none() | st.tuples(friends, st.integers(1, 2)),
        on_paid=st.booleans(),
        asset=assets,
    )
    def holds_some(self, member: str, amount: int, pays: tuple[str, int] | None, on_paid: bool, asset: str) -> None:
        """For an order or for none."""
        name = f"h{len(self.holds)}"
        self.holds.append((name, member))
        placed = hold(amount, name, member, order=self.order_of(pays), capture_on_paid=bool(pays) and on_paid)
        self.execute(replace(placed, asset=asset))

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), amount=st.sampled_from([None, 50, 100, 0]))
    def captures_or_releases(self, data: st.DataObject, amount: int | None) -> None:
        name, member = data.draw(st.sampled_from(self.holds))
        self.execute(release(name, member) if amount == 0 else capture(amount, name, member))

    @rule(
        member=friends,
        amount=st.sampled_from([1, 99, 350]),
        pays=st.none() | st.tuples(friends, st.integers(1, 2)),
        asset=assets,
    )
    def redeems(self, member: str, amount: int, pays: tuple[str, int] | None, asset: str) -> None:
        self.execute(replace(redeem(amount, member, order=self.order_of(pays)), asset=asset))

    @rule(member=friends, reference=st.sampled_from(["1", "2"]), day=st.sampled_from([None, NOW, NOW - 90_000]))
    def writes_a_review(self, member: str, reference: str, day: int | None) -> None:
        """Or the same statement comes again."""
        self.execute(RecordActivity(member, "review", reference, day))

    @rule(member=friends, reference=st.sampled_from(["1", "2"]))
    def withdraws_a_review(self, member: str, reference: str) -> None:
        self.execute(WithdrawActivity(member, "review", reference))

    @rule(cents=st.sampled_from([1, 9]))
    def points_change_their_price(self, cents: int) -> None:
        """From now on: orders were paid before, and what is held or spent pays what it did."""
        number = self.backend.books().history().newest
        points = replace(self.programme.assets["points"], worth=Decimal(cents) / 100)
        changed = replace(self.programme, assets={"points": points})
        self.execute(PublishProgramme(changed, "", number, self.now, lead_s=0))

    def order_of(self, pays: tuple[str, int] | None) -> str:
        """An order that may be known already, or come later, or never."""
        if pays is None:
            return ""
        self.known.append((f"{pays[0]}-{pays[1]}", pays[0]))
        return f"shop/{pays[0]}-{pays[1]}"

    @precondition(lambda self: self.known)
    @rule(data=st.data(), amount=st.sampled_from([1000, 6000]), taken=st.booleans(), closed=st.booleans())
    def is_disputed(self, data: st.DataObject, amount: int, taken: bool, closed: bool) -> None:
        self.stamp_ms += 1
        order_id, _ = data.draw(st.sampled_from(self.known))
        self.execute(disputed(order_id, amount, self.stamp_ms, taken=taken, closed=closed))

    @rule(hours=st.sampled_from([1, 30, 80, 400]))
    def time_passes(self, hours: int) -> None:
        self.now += hours * 3600

    @rule(member=friends)
    def is_written_down(self, member: str) -> None:
        self.execute(WriteDown(member))

    @rule(
        referrer=st.sampled_from([ANNA, DORA]),
        group=st.integers(1, 3),
        verdict=st.sampled_from(["approve", "deny", "undo"]),
    )
    def is_reviewed(self, referrer: str, group: int, verdict: Any) -> None:
        self.execute(ReviewBonus(referrer, group, verdict, "a look at it"))

    @invariant()
    def the_books_are_right(self) -> None:
        books = self.backend.books()
        check(books, self.needed, self.now)
        budgets_are_not_overrun(books, self.programme)
        budgets_are_not_overrun(books, self.programme, "points")

    def execute(self, command: Command) -> None:
        with suppress(Rejection):
            self.backend.execute(command, self.now)


def expect_right_books(shop: type[Shop], examples: int, steps: int) -> None:
    """Every invariant after every step of every run; the first that fails is raised with the shortest run to it."""
    run_state_machine_as_test(shop, settings=settings(max_examples=examples, stateful_step_count=steps))


def test_the_books_are_right_after_every_step() -> None:
    expect_right_books(Shop, examples=120, steps=25)


@pytest.mark.usefixtures("moto_table")
def test_the_table_is_right_after_every_step() -> None:
    class ShopInTable(Shop):
        start = in_empty_table

    expect_right_books(ShopInTable, examples=4, steps=12)
