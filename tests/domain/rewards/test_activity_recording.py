"""Activities through decide(): once per reference, within limits and budgets, withdrawn, merged, and audited."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit import record_checks
from chalicelib.domain.commands import EraseMember, RecordActivity, Redeem, WithdrawActivity, WriteDown
from chalicelib.domain.core.usage import of_buckets
from chalicelib.domain.errors import Conflict, InvalidInput, InvalidProgramme, NotFound
from chalicelib.domain.events import ActivityRecorded, ActivityWithdrawn, BalanceExpired, RewardPosted
from chalicelib.domain.ledger.accounts import Account, Balance
from chalicelib.domain.members.merging import MAX_MERGED
from chalicelib.domain.members.statements import why
from chalicelib.domain.records import Activity, ActivityRef, Budget, BudgetRef, Member, MemberRef
from tests.world.audit import findings
from tests.world.builders import ANNA, BEN, CLEO, DAY_S, NOW, merge, order, programme_of
from tests.world.memory import Memory, Stale

POINTS = {"points": {"worth": Decimal("0.05")}}
REVIEW = {"id": "review", "give": 20, "of": "points", "on": "review"}


def shop_of(*rules: dict[str, Any], **parts: Any) -> Memory:
    """20 points for a review, or what the rules say."""
    named = [
        {"id": f"rule-{number}", "give": 20, "of": "points", "on": "review"} | rule for number, rule in enumerate(rules)
    ]
    earn = named or [{"id": "review", "give": 20, "of": "points", "on": "review"}]
    return Memory(programme_of(earn=earn, **{"assets": POINTS} | parts))


def review(
    reference: str = "r-17", member: str = ANNA, at: int | None = None, activity: str = "review"
) -> RecordActivity:
    return RecordActivity(member, activity, reference, at)


def withdraw(reference: str = "r-17", member: str = ANNA) -> WithdrawActivity:
    return WithdrawActivity(member, "review", reference)


def points(shop: Memory, member: str = ANNA, now: int = NOW) -> int:
    return shop.available(member, "points", now)


def told(shop: Memory, reference: str = "r-17", member: str = ANNA) -> Activity:
    return shop.find(ActivityRef(member, "review", reference), Activity)


def test_it_is_given_once_for_a_reference() -> None:
    shop = shop_of()
    answer = shop.execute(review())
    assert answer == {
        "member": ANNA,
        "activity": "review",
        "reference": "r-17",
        "at": NOW,
        "changed": True,
        "withdrawn": False,
        "given": {"points": 20},
        "nothing_due": "",
    }
    assert shop.events[-2:] == [
        ActivityRecorded(ANNA, "review", "r-17"),
        RewardPosted(ANNA, "review", 20, "points", "activity review r-17"),
    ]
    assert shop.execute(review(), NOW + DAY_S) == answer | {"changed": False}
    shop.execute(review("r-18"))
    shop.execute(review(member=BEN))
    assert (points(shop), points(shop, BEN)) == (40, 20)
    assert findings(shop) == []


@pytest.mark.parametrize(
    ("first", "second", "when"),
    [
        (None, NOW - 5, "without a time"),
        (NOW - 5, None, "at 2026-02-02T02:39:55Z"),
        (NOW - 5, NOW - 6, "at 2026-02-02T02:39:55Z"),
    ],
)
def test_another_time_for_the_same_reference_is_refused(first: int | None, second: int | None, when: str) -> None:
    shop = shop_of()
    shop.execute(review(at=first))
    assert told(shop).stated_at == (first or 0)
    before = dict(shop.records)
    with pytest.raises(Conflict) as refused:
        shop.execute(review(at=second))
    assert str(refused.value) == f"review r-17 was stated before, {when}; repeat that, or use another reference"
    assert shop.records == before
    assert shop.execute(review(at=first), NOW + 9)["changed"] is False


def test_a_time_is_at_most_a_little_in_the_future() -> None:
    shop = shop_of()
    assert shop.execute(review(at=NOW + 300))["changed"] is True
    with pytest.raises(InvalidInput, match="at must be 2026-02-02T02:45:00Z or before, got '2026-02-02T02:45:01Z'"):
        shop.execute(review("r-18", at=NOW + 301))


def test_the_programme_in_force_then_decides() -> None:
    shop = shop_of()
    shop.publish(
        programme_of(earn=[{"id": "review", "give": 50, "of": "points", "on": "review"}], assets=POINTS), NOW, NOW
    )
    shop.execute(review(at=NOW - 1))
    assert (points(shop), told(shop).terms.version) == (20, 1)
    shop.execute(review("r-18", at=NOW))
    assert (points(shop), told(shop, "r-18").terms.version) == (70, 2)
    assert findings(shop) == []


def test_what_it_gives_lasts_from_when_it_was() -> None:
    shop = shop_of({"vest_days": 2, "expire_days": 10})
    shop.execute(review(at=NOW - DAY_S))
    assert shop.balance(ANNA, "points") == Balance(0, 20, 0)
    assert points(shop, now=NOW + DAY_S) == 20
    shop.execute(WriteDown(ANNA), NOW + 11 * DAY_S)
    assert shop.events[-1] == BalanceExpired(ANNA, 20, "points")
    assert findings(shop) == []


@pytest.mark.parametrize(
    ("open_shop", "activity", "nothing_due"),
    [
        (Memory, "review", "no programme was in force then"),
        (shop_of, "newsletter", "no rule gives anything for newsletter"),
    ],
    ids=["no programme", "no rule"],
)
def test_what_no_rule_names_is_recorded_and_says_why(
    open_shop: Callable[[], Memory], activity: str, nothing_due: str
) -> None:
    shop, statement = open_shop(), RecordActivity(ANNA, activity, "r-17")
    answer = shop.execute(statement)
    assert (answer["changed"], answer["given"], answer["nothing_due"]) == (True, {}, nothing_due)
    assert shop.execute(statement) == answer | {"changed": False}
    assert shop.member(ANNA) == Member(ANNA, version=1)
    assert findings(shop) == []


def test_a_rule_that_comes_later_gives_nothing_for_what_was_stated_before() -> None:
    shop = Memory(programme_of(assets=POINTS))
    shop.execute(review())
    shop.publish(
        programme_of(earn=[{"id": "review", "give": 5, "of": "points", "on": "review"}], assets=POINTS), NOW, NOW
    )
    assert shop.execute(review(), NOW + 1)["changed"] is False
    assert points(shop) == 0


def test_several_rules_for_one_activity_add_up_or_the_best_counts() -> None:
    rules = [{"give": 20}, {"give": 30}, {"give": 3, "of": "EUR"}]
    for combine, given in (("sum", {"points": 50, "EUR/2": 300}), ("best", {"points": 30, "EUR/2": 300})):
        shop = shop_of(*rules, combine=combine)
        assert shop.execute(review())["given"] == given
        assert findings(shop) == []


class TestLimits:
    def test_so_many_times_a_month(self) -> None:
        shop = shop_of({"limits": [{"times": 2, "per": "month"}]})
        for reference, balance in (("1", 20), ("2", 40), ("3", 40)):
            answer = shop.execute(review(reference))
            assert points(shop) == balance
        assert answer["nothing_due"] == "the limit of the rule rule-0 is reached: per month"
        assert shop.member(ANNA).used == of_buckets({"rule-0 # month 2026-02": 2})
        shop.execute(review("4", at=NOW - 10 * DAY_S))
        assert points(shop) == 60
        assert findings(shop) == []

    def test_a_withdrawal_gives_a_time_back(self) -> None:
        shop = shop_of({"limits": [{"times": 1, "per": "member"}]})
        shop.execute(review("1"))
        shop.execute(withdraw("1"))
        assert shop.member(ANNA).used == {}
        shop.execute(review("2"))
        assert points(shop) == 20
        shop.execute(withdraw("2"))
        assert shop.execute(review("3"))["given"] == {"points": 20}
        assert findings(shop) == []

    def test_amounts_and_times_are_counted_apart(self) -> None:
        shop = shop_of({"limits": [{"amount": 50, "per": "month"}, {"times": 3, "per": "month"}]})
        given = [shop.execute(review(str(number)))["given"].get("points", 0) for number in range(4)]
        assert given == [20, 20, 10, 0]
        assert shop.member(ANNA).used == of_buckets({"rule-0 points month 2026-02": 50, "rule-0 # month 2026-02": 3})
        assert findings(shop) == []

    def test_what_a_limit_left_nothing_of_is_no_time(self) -> None:
        shop = shop_of({"limits": [{"amount": 20, "per": "day"}, {"times": 2, "per": "month"}]})
        for reference in ("1", "2"):
            shop.execute(review(reference))
        assert shop.execute(review("3", at=NOW - DAY_S))["given"] == {"points": 20}

    def test_a_budget_is_never_overrun_and_gets_back_what_is_withdrawn(self) -> None:
        shop = shop_of({"budget": 50})
        references = [str(number) for number in range(30)]
        for reference in references:
            shop.execute(review(reference))
        assert sum(budget.given for budget in shop.all(Budget)) == points(shop) <= 50
        for reference in references:
            shop.execute(withdraw(reference))
        assert [budget.given for budget in shop.all(Budget) if budget.given] == []
        assert points(shop) == 0
        assert findings(shop) == []

    @pytest.mark.parametrize("limit", [{"times": 2, "per": "month"}, {"times": 2, "per": "month", "amount": 1}])
    def test_orders_are_not_limited_by_times(self, limit: dict[str, Any]) -> None:
        for rule in ({"id": "a", "percent": 5}, {"id": "a", "give": 5, "of": "points"}):
            with pytest.raises(InvalidProgramme) as refused:
                programme_of(earn=[rule | {"limits": [limit]}], assets=POINTS)
            assert [problem.partition(";")[0] for problem in refused.value.problems] == [
                "earn[0].limits[0].times must stand in a rule with on, for an activity"
            ]

    def test_a_limit_says_what_it_counts(self) -> None:
        with pytest.raises(InvalidProgramme) as refused:
            programme_of(earn=[{"id": "a", "percent": 5, "limits": [{"per": "month"}]}])
        assert refused.value.problems == ["earn[0].limits[0].amount must be given"]


class TestWithdrawal:
    def test_what_it_gave_is_taken_back_for_good(self) -> None:
        shop = shop_of()
        shop.execute(review())
        answer = shop.execute(withdraw(), NOW + 60)
        assert (answer["changed"], answer["withdrawn"], answer["given"]) == (True, True, {})
        assert answer["nothing_due"] == "it was withdrawn at 2026-02-02T02:41:00Z"
        assert shop.events[-2] == ActivityWithdrawn(ANNA, "review", "r-17")
        assert points(shop) == 0
        entry = shop.entries(ANNA)[-1]
        assert [why(posting, entry) for posting in entry.postings] == ["Points taken back: your review was withdrawn."]
        before = dict(shop.records)
        assert shop.execute(review(), NOW + 90) == answer | {"changed": False}
        assert shop.execute(withdraw(), NOW + 90) == answer | {"changed": False}
        assert shop.records == before
        assert findings(shop) == []

    def test_what_nobody_has_stated_is_not_withdrawn(self) -> None:
        shop = shop_of()
        shop.execute(review())
        for command in (withdraw("r-18"), withdraw(member=BEN), WithdrawActivity(ANNA, "birthday", "r-17")):
            with pytest.raises(NotFound, match=r"has no activity .* with the reference"):
                shop.execute(command)

    @pytest.mark.parametrize(("clawback", "debt"), [("negative", 15), ("loss", 0)])
    def test_what_was_spent_is_owed_or_lost(self, clawback: str, debt: int) -> None:
        shop = shop_of(clawback=clawback)
        shop.execute(review())
        shop.execute(Redeem(ANNA, "points", 15))
        answer = shop.execute(withdraw())
        assert (answer["given"], answer["nothing_due"]) == ({}, "it was withdrawn at 2026-02-02T02:40:00Z")
        assert shop.member(ANNA).accounts["points"] == Account(debt=debt)
        assert sum(posted.amount for posted in told(shop).posted) == 15 - debt
        assert findings(shop) == []
        shop.execute(review("r-18"))
        assert points(shop) == 20 - debt

    def test_what_expired_is_not_taken_a_second_time(self) -> None:
        shop = shop_of({"expire_days": 1})
        shop.execute(review())
        later = NOW + 5 * DAY_S
        shop.execute(WriteDown(ANNA), later)
        shop.execute(withdraw(), later)
        assert shop.balance(ANNA, "points", later) == Balance(0, 0, 0)
        assert findings(shop) == []


class TestMerge:
    def test_a_merged_members_activities_reach_the_survivor(self) -> None:
        shop = shop_of()
        shop.execute(order("1", BEN))
        shop.execute(review())
        shop.execute(merge(ANNA, BEN))
        shop.execute(review("r-18"))
        assert points(shop, BEN) == 40
        assert told(shop, "r-18", BEN).member == BEN
        assert findings(shop) == []

    def test_a_reference_that_was_told_of_either_is_given_once(self) -> None:
        shop = shop_of()
        shop.execute(order("1", BEN))
        shop.execute(review())
        shop.execute(merge(ANNA, BEN))
        before = dict(shop.records)
        for member in (ANNA, BEN):
            answer = shop.execute(review(member=member))
            assert (answer["changed"], answer["member"]) == (False, ANNA)
        assert shop.records == before

    def test_what_was_told_of_all_merged_members_is_read_at_once(self) -> None:
        shop = shop_of()
        for member in (ANNA, BEN, CLEO):
            shop.execute(order(member, member))
        for other in (BEN, CLEO):
            shop.execute(merge(other))
        shop.decide(review())
        assert shop.round_trips == 2
        assert len([ref for ref in shop.read if isinstance(ref, ActivityRef)]) == 3

    def test_through_a_chain_of_merges(self) -> None:
        shop = shop_of()
        for name in (BEN, CLEO):
            shop.execute(order(f"of-{name}", name))
        shop.execute(review())
        shop.execute(merge(ANNA, BEN))
        shop.execute(merge(BEN, CLEO))
        assert shop.member(CLEO).merged == (ANNA, BEN)
        assert shop.execute(review(member=CLEO))["changed"] is False
        assert points(shop, CLEO) == 20

    def test_it_is_withdrawn_by_either_id_from_who_has_it_now(self) -> None:
        for member in (ANNA, BEN):
            shop = shop_of()
            shop.execute(order("1", BEN))
            shop.execute(review())
            shop.execute(merge(ANNA, BEN))
            shop.execute(withdraw(member=member))
            assert (points(shop, BEN), told(shop).posted) == (0, ())
            assert findings(shop) == []

    def test_what_both_were_given_before_goes_one_after_the_other(self) -> None:
        shop = shop_of()
        for member in (ANNA, BEN):
            shop.execute(review(member=member))
        shop.execute(merge(ANNA, BEN))
        for balance, changed in ((20, True), (0, True), (0, False)):
            assert shop.execute(withdraw(member=BEN))["changed"] is changed
            assert points(shop, BEN) == balance
        assert findings(shop) == []

    def test_a_merge_at_the_same_moment_is_seen(self) -> None:
        shop = shop_of()
        shop.execute(order("1", BEN))
        shop.execute(review())
        late = shop.decide(review(member=BEN))
        shop.execute(merge(ANNA, BEN))
        with pytest.raises(Stale):
            shop.commit(late.changes)
        assert shop.execute(review(member=BEN))["changed"] is False

    def test_the_latest_merged_members_are_remembered(self) -> None:
        shop = shop_of()
        shop.execute(review())
        before = tuple(f"shop.m{number}" for number in range(MAX_MERGED))
        shop.records[MemberRef(ANNA)] = replace(shop.member(ANNA), merged=before)
        shop.execute(order("1", BEN))
        shop.execute(merge(BEN))
        assert shop.member(ANNA).merged == (*before[1:], BEN)


def test_what_was_stated_before_any_programme_can_be_withdrawn() -> None:
    shop = Memory()
    assert shop.execute(review())["nothing_due"] == "no programme was in force then"
    answer = shop.execute(withdraw())
    assert (answer["changed"], answer["withdrawn"]) == (True, True)
    assert shop.execute(withdraw())["changed"] is False


def test_of_two_that_state_it_at_once_one_wins() -> None:
    shop = shop_of()
    first, second = shop.decide(review()), shop.decide(review())
    shop.commit(first.changes)
    with pytest.raises(Stale):
        shop.commit(second.changes)


def test_what_a_withdrawal_gives_back_to_several_budgets_is_read_at_once() -> None:
    shop = shop_of({"budget": 5000}, {"budget": 5000})
    shop.execute(review())
    assert points(shop) == 40
    shop.decide(withdraw())
    asked = shop.round_trips
    assert len([ref for ref in shop.read if isinstance(ref, BudgetRef)]) == 2
    plain = shop_of({}, {})
    plain.execute(review())
    plain.decide(withdraw())
    assert asked == plain.round_trips + 1


def test_it_is_read_at_once() -> None:
    shop = shop_of({"budget": 5000})
    shop.execute(review())
    assert shop.round_trips == 1
    shop.execute(withdraw())
    assert shop.round_trips == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"posted": ()},
        {"withdrawn_at": NOW},
        {"at": NOW - 10 * DAY_S},
    ],
    ids=["posted less", "withdrawn", "before the programme"],
)
def test_the_audit_finds_what_is_wrong(wrong: dict[str, Any]) -> None:
    shop = shop_of({"limits": [{"times": 2, "per": "month"}]})
    shop.publish(programme_of(earn=[{"id": "a", "give": 1, "of": "points", "on": "review"}], assets=POINTS), NOW, NOW)
    shop.execute(review())
    assert record_checks.of_activity(told(shop), shop.history()) == []
    assert record_checks.of_activity(replace(told(shop), **wrong), shop.history()) != []


def test_an_erasure_leaves_activities_which_name_no_person() -> None:
    shop = shop_of()
    shop.execute(review())
    before = told(shop)
    shop.execute(EraseMember(ANNA, hashes=True))
    assert told(shop) == before
    assert findings(shop) == []
