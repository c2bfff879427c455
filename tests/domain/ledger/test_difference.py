"""What is due less what was posted is what is posted now; what rises again pays for a loss first."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.ledger.difference import difference, joined, unexplained, unrecovered
from chalicelib.domain.ledger.transfers import CASHBACK, HANDED_OVER, LOSS, REDEMPTION, REFERRAL, Due, Posted, Why
from tests.world.builders import ANNA, BEN


def posted(
    amount: int, rule: str = "cashback", account: str = CASHBACK, member: str = ANNA, expires: int = 0
) -> Posted:
    return Posted(member, rule, account, "EUR/2", 0, expires, amount)


def moves(before: list[Posted], after: list[Posted], reason: Why | None = None) -> list[tuple[str, int, str, str]]:
    due = [Due(part, reason) if reason else unexplained(part) for part in after]
    whys = [(posting.why, posting.signed(member)) for member, posting in difference(before, due, "note")]
    return [(why.rule, amount, why.note, why.rate) for why, amount in whys]


class TestDifference:
    def test_equal_sides_need_no_posting(self) -> None:
        assert moves([posted(5)], [posted(5)]) == []

    def test_a_rise_is_given_with_its_reason_and_noted_as_one(self) -> None:
        assert moves([posted(5)], [posted(7)], Why("cashback", rate="5")) == [("cashback", 2, "raised", "5")]
        assert moves([posted(5)], [posted(6)], Why("cashback", rate="5")) == [("cashback", 1, "raised", "5")]
        assert moves([], [posted(7)], Why("cashback", rate="5")) == [("cashback", 7, "", "5")]

    def test_a_rise_of_a_bonus_for_friends_is_no_rise_of_an_order(self) -> None:
        assert moves([posted(5, "b", REFERRAL)], [posted(7, "b", REFERRAL)]) == [("b", 2, "", "")]

    def test_a_fall_is_taken_with_its_note(self) -> None:
        assert moves([posted(7)], [posted(5)], Why("cashback", rate="5")) == [("cashback", -2, "note", "5")]
        assert moves([posted(7)], []) == [("cashback", -7, "note", "")]

    def test_a_balance_that_goes_back_is_noted_too(self) -> None:
        spent = posted(-7, "redemption", REDEMPTION)
        assert moves([spent], []) == [("redemption", 7, "note", "")]

    def test_another_lot_is_another_posting_and_what_is_given_stands_first(self) -> None:
        assert moves([posted(5)], [posted(5, expires=9)]) == [("cashback", 5, "", ""), ("cashback", -5, "moved", "")]
        assert moves([posted(5, "a"), posted(1, "b")], [posted(9, "b")]) == [
            ("b", 8, "raised", ""),
            ("a", -5, "note", ""),
        ]

    def test_a_rise_of_what_balance_paid_or_of_a_loss_is_no_rise_of_a_reward(self) -> None:
        spent = [posted(-amount, "redemption", REDEMPTION) for amount in (7, 5)]
        assert moves(spent[:1], spent[1:]) == [("redemption", 2, "note", "")]
        lost = [posted(amount, "written-off", LOSS) for amount in (5, 7)]
        assert moves(lost[:1], lost[1:]) == [("written-off", 2, "", "")]

    def test_what_is_given_stands_before_what_is_taken_of_a_rule_that_stands_first(self) -> None:
        assert moves([posted(9, "a"), posted(1, "b")], [posted(5, "a"), posted(4, "b")]) == [
            ("b", 3, "raised", ""),
            ("a", -4, "note", ""),
        ]

    def test_only_what_stands_in_another_lot_of_the_same_reward_has_moved(self) -> None:
        later = replace(posted(5), vests_at=7)
        assert moves([posted(5)], [later]) == [("cashback", 5, "", ""), ("cashback", -5, "moved", "")]
        assert moves([posted(5)], [replace(later, amount=4)]) == [("cashback", 4, "", ""), ("cashback", -5, "note", "")]
        assert moves([posted(5, "a")], [posted(5, "b")]) == [("b", 5, "", ""), ("a", -5, "note", "")]

    def test_members_do_not_mix(self) -> None:
        assert difference([posted(5)], [unexplained(posted(5, member=BEN))])[0][0] == BEN

    @pytest.mark.parametrize(
        ("before", "after", "notes"),
        [
            ([posted(5, member=BEN)], [], [HANDED_OVER]),
            ([posted(5)], [], ["note"]),
            ([], [posted(5, member=BEN)], [""]),
            ([posted(5, "written-off", LOSS, member=BEN)], [], ["note"]),
        ],
        ids=["another's reward", "the owner's", "given to another", "another's loss"],
    )
    def test_rewards_of_others_are_taken_because_the_order_is_the_owners(
        self, before: list[Posted], after: list[Posted], notes: list[str]
    ) -> None:
        due = [unexplained(part) for part in after]
        assert [posting.why.note for _, posting in difference(before, due, "note", ANNA)] == notes

    def test_what_is_joined_is_one_for_each_lot(self) -> None:
        assert joined((posted(5), posted(1, "b")), (posted(2), posted(-1, "b"))) == (posted(7),)


LOST = posted(5, "written-off", LOSS)


@pytest.mark.parametrize(
    ("before", "due", "left"),
    [
        ([LOST], [], [LOST]),
        ([LOST, posted(1)], [], [LOST]),
        ([LOST], [posted(2)], [posted(3, "written-off", LOSS)]),
        ([LOST], [posted(5)], []),
        ([LOST], [posted(9)], []),
        ([LOST, posted(3)], [posted(3)], [LOST]),
        ([LOST, posted(3)], [posted(4)], [posted(4, "written-off", LOSS)]),
        ([LOST], [posted(5, member=BEN)], [LOST]),
        ([posted(3)], [posted(9)], []),
        ([LOST, posted(-4, "redemption", REDEMPTION)], [], [posted(1, "written-off", LOSS)]),
        ([LOST], [posted(-4, "redemption", REDEMPTION), posted(6)], [posted(3, "written-off", LOSS)]),
    ],
)
def test_a_rise_pays_for_the_loss_first(before: list[Posted], due: list[Posted], left: list[Posted]) -> None:
    remaining = unrecovered(before, [unexplained(part) for part in due])
    assert [part.posted for part in remaining] == left
