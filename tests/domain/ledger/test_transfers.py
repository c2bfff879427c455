"""Postings: what an account becomes by one, what time adds to it, what they sum to, how entries are chained; and what
is due less what was posted, as what is posted now. What rises again pays for a loss first.
"""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.ledger.accounts import LET_OFF, OWED, Account, Lot, Trace
from chalicelib.domain.ledger.transfers import (
    ADJUSTMENT,
    BREAKAGE,
    HANDED_OVER,
    LOSS,
    MAX_EXPLAINED,
    REDEMPTION,
    REFERRAL,
    WELCOME,
    Due,
    Posted,
    Posting,
    Why,
    account_of,
    difference,
    digest_of,
    is_reward,
    joined,
    link,
    moved,
    totals,
    transfer,
    unexplained,
    unrecovered,
    written_down,
)
from chalicelib.domain.records import Entry
from tests.world.builders import (
    ANNA,
    BEN,
    CASHBACK_ACCOUNT,
)

NOW = 1000
OF_ANNA = account_of("anna")
NO_TIMES = (VESTED_ALREADY, NO_EXPIRY)


def given(amount: int, vests_at: int = VESTED_ALREADY, expires_at: int = NO_EXPIRY) -> Posting:
    """Cashback for Anna; negative: taken back."""
    return transfer(CASHBACK_ACCOUNT, "anna", amount, "EUR/2", (vests_at, expires_at), Why("cashback"))


def expired(amount: int) -> Posting:
    return Posting(OF_ANNA, BREAKAGE, amount, "EUR/2", VESTED_ALREADY, NO_EXPIRY, Why("expired"))


def vested(amount: int) -> Posting:
    return Posting(OF_ANNA, OF_ANNA, amount, "EUR/2", VESTED_ALREADY, NO_EXPIRY, Why("vested"))


def revived(amount: int, expires_at: int) -> Posting:
    return Posting(BREAKAGE, OF_ANNA, amount, "EUR/2", VESTED_ALREADY, expires_at, Why("revived"))


def test_the_programmes_accounts_have_names_of_their_own() -> None:
    accounts = [CASHBACK_ACCOUNT, REFERRAL, WELCOME, ADJUSTMENT, REDEMPTION, BREAKAGE, LOSS]
    assert accounts == [
        f"programme:{name}"
        for name in ("cashback", "referral", "welcome", "adjustment", "redemption", "breakage", "loss")
    ]


@pytest.mark.parametrize(
    ("account", "gives"),
    [(CASHBACK_ACCOUNT, True), ("programme:points", True), (LOSS, False), (REDEMPTION, False), (OF_ANNA, False)],
)
def test_rewards_come_from_the_programmes_accounts_but_some(account: str, gives: bool) -> None:
    assert is_reward(account) == gives


@pytest.mark.parametrize(
    ("amount", "source", "destination"), [(7, CASHBACK_ACCOUNT, "member:anna"), (-7, "member:anna", CASHBACK_ACCOUNT)]
)
def test_a_transfer_moves_a_positive_amount_either_way(amount: int, source: str, destination: str) -> None:
    posting = transfer(CASHBACK_ACCOUNT, "anna", amount, "EUR/2", (1, 2), Why("cashback"))
    assert posting == Posting(source, destination, 7, "EUR/2", 1, 2, Why("cashback"))
    assert (posting.signed("anna"), posting.signed("ben")) == (amount, 0)


def test_a_posting_names_the_lot_that_it_fills() -> None:
    account, _ = moved(Account(), Posting(CASHBACK_ACCOUNT, OF_ANNA, 5, "EUR/2", 1500, 2000, Why("x")), "anna", NOW)
    assert account.lots == (Lot(5, 1500, 2000),)


def test_an_entry_names_as_many_lines_as_fit_into_an_item() -> None:
    assert MAX_EXPLAINED == 50


def test_a_reason_that_is_stored_says_its_rule_alone_where_there_is_no_more_to_say() -> None:
    assert msgspec.json.encode(Why("cashback")) == b'{"r":"cashback"}'
    assert (Why("cashback").base, Why("cashback").rate, Why("cashback").lines) == (0, "", ())


def test_what_is_due_is_as_much_as_will_have_been_posted() -> None:
    assert Due(Posted("anna", "cashback", CASHBACK_ACCOUNT, "EUR/2", *NO_TIMES, 7), Why("cashback")).amount == 7


def test_what_only_vests_moves_nothing() -> None:
    assert vested(5).signed("anna") == 0


def test_totals_are_by_asset_and_from_the_members_side() -> None:
    postings = [
        transfer(ADJUSTMENT, "anna", amount, asset, NO_TIMES, Why("x"))
        for amount, asset in ((5, "EUR/2"), (9, "JPY/0"), (-2, "EUR/2"))
    ]
    assert totals([*postings, vested(4)], "anna") == {"EUR/2": 3, "JPY/0": 9}
    assert totals([], "anna") == {}


class TestWrittenDown:
    def test_where_time_has_done_nothing_nothing_is_posted(self) -> None:
        account = Account((Lot(10, 1100, 1200),), debt=3)
        assert written_down(account, "anna", "EUR/2", NOW) == (account, [])

    @pytest.mark.parametrize(
        ("now", "postings"),
        [
            (1099, []),
            (1100, [vested(10)]),
            (1150, [vested(10), expired(5)]),
            (1200, [vested(10), expired(15)]),
        ],
    )
    def test_what_vested_is_said_and_what_expired_goes_to_breakage(self, now: int, postings: list[Posting]) -> None:
        account = Account((Lot(5, VESTED_ALREADY, 1150), Lot(10, 1100, 1200)))
        after, booked = written_down(account, "anna", "EUR/2", now)
        assert booked == postings
        assert after.stored == account.stored + totals(booked, "anna").get("EUR/2", 0)

    def test_a_second_time_says_nothing(self) -> None:
        after, _ = written_down(Account((Lot(10, 1100, 1200),)), "anna", "EUR/2", 1300)
        assert written_down(after, "anna", "EUR/2", 1300) == (after, [])


class TestMoved:
    def test_what_is_given_fills_a_lot(self) -> None:
        assert moved(Account(), given(5, 1100, 1200), "anna", NOW) == (
            Account((Lot(5, 1100, 1200),)),
            [given(5, 1100, 1200)],
        )

    def test_what_is_taken_leaves_its_own_lot(self) -> None:
        account = Account((Lot(5, VESTED_ALREADY, 1200), Lot(5, VESTED_ALREADY, 1300)))
        assert moved(account, given(-3, VESTED_ALREADY, 1300), "anna", NOW) == (
            Account((Lot(5, VESTED_ALREADY, 1200), Lot(2, VESTED_ALREADY, 1300))),
            [given(-3, VESTED_ALREADY, 1300)],
        )

    def test_what_time_did_comes_first(self) -> None:
        account = Account((Lot(5, 900, 1200), Lot(7, VESTED_ALREADY, 950)))
        after, postings = moved(account, given(1), "anna", NOW)
        assert postings == [vested(5), expired(7), given(1)]
        assert after.lots == (Lot(5, VESTED_ALREADY, 1200), Lot(1, VESTED_ALREADY, NO_EXPIRY))
        _, postings = moved(account, given(-1), "anna", NOW)
        assert postings == [vested(5), expired(7), given(-1)]

    def test_what_is_given_too_late_expires_at_once(self) -> None:
        after, postings = moved(Account(), given(5, VESTED_ALREADY, NOW), "anna", NOW)
        assert postings == [given(5, VESTED_ALREADY, NOW), expired(5)]
        assert after == Account(lapsed=(Lot(5, VESTED_ALREADY, NOW),))

    def test_what_is_given_too_late_pays_no_debt(self) -> None:
        after, _ = moved(Account(debt=9), given(5, VESTED_ALREADY, NOW), "anna", NOW)
        assert after.debt == 9

    def test_what_is_taken_of_an_expired_lot_comes_from_breakage(self) -> None:
        account = Account((Lot(10, VESTED_ALREADY, 900), Lot(10, VESTED_ALREADY, 2000)))
        after, postings = moved(account, given(-10, VESTED_ALREADY, 900), "anna", NOW)
        assert after == Account((Lot(10, VESTED_ALREADY, 2000),))
        assert postings == [expired(10), revived(10, 900), given(-10, VESTED_ALREADY, 900)]

    def test_what_was_spent_of_it_before_is_taken_of_the_others(self) -> None:
        account = Account((Lot(10, VESTED_ALREADY, 2000),), lapsed=(Lot(4, VESTED_ALREADY, 900),))
        after, postings = moved(account, given(-7, VESTED_ALREADY, 900), "anna", NOW)
        assert postings == [revived(4, 900), given(-7, VESTED_ALREADY, 900)]
        assert after == Account((Lot(7, VESTED_ALREADY, 2000),), traces=(Trace(-3, 900, 2000),))

    def test_a_loss_is_let_off_after_what_time_did(self) -> None:
        account = Account((Lot(7, VESTED_ALREADY, 950),), debt=9, traces=(Trace(-9, 900, OWED),))
        loss = transfer(LOSS, "anna", 9, "EUR/2", NO_TIMES, Why("written-off"))
        after, postings = moved(account, loss, "anna", NOW)
        assert postings == [expired(7), loss]
        assert (after.debt, after.traces) == (0, (Trace(-9, 900, LET_OFF),))

    def test_a_loss_is_settled_of_what_ends_first_and_nothing_is_revived_for_it(self) -> None:
        """Of a lot that never ends, or of what lapsed, nothing was earned again."""
        lots = Lot(5, VESTED_ALREADY, NOW + 1), Lot(9, VESTED_ALREADY, NO_EXPIRY)
        account = Account((Lot(7, VESTED_ALREADY, 950), *lots), lapsed=(Lot(3, VESTED_ALREADY, NO_EXPIRY),))
        settled = transfer(LOSS, "anna", -4, "EUR/2", NO_TIMES, Why("written-off"))
        after, postings = moved(account, settled, "anna", NOW)
        assert postings == [expired(7), settled]
        assert after.lots == (Lot(1, VESTED_ALREADY, NOW + 1), lots[1])

    @pytest.mark.parametrize(("account", "traces"), [(ADJUSTMENT, ()), (CASHBACK_ACCOUNT, (Trace(-2, 1200, 1300),))])
    def test_only_a_reward_that_is_taken_of_another_lot_leaves_a_trace(
        self, account: str, traces: tuple[Trace, ...]
    ) -> None:
        before = Account((Lot(5, VESTED_ALREADY, 1200), Lot(9, VESTED_ALREADY, 1300)))
        taken = transfer(account, "anna", -7, "EUR/2", (VESTED_ALREADY, 1200), Why("x"))
        after, _ = moved(before, taken, "anna", NOW)
        assert after == Account((Lot(7, VESTED_ALREADY, 1300),), traces=traces)

    def test_it_is_not_revived_twice(self) -> None:
        account = Account(lapsed=(Lot(4, VESTED_ALREADY, 900),))
        for _ in range(2):
            account, _ = moved(account, given(-4, VESTED_ALREADY, 900), "anna", NOW)
        assert account == Account(debt=4, traces=(Trace(-4, 900, OWED),))

    @pytest.mark.parametrize("amount", [5, -5])
    def test_the_account_holds_what_was_posted(self, amount: int) -> None:
        account = Account((Lot(5, 900, 1200), Lot(7, VESTED_ALREADY, 950)), lapsed=(Lot(2, VESTED_ALREADY, 900),))
        after, postings = moved(account, given(amount, VESTED_ALREADY, 900), "anna", NOW)
        assert after.stored == account.stored + totals(postings, "anna")["EUR/2"]


class TestChain:
    ENTRY = Entry("anna", 2, NOW, "shop/1", 3, (given(5),), "#1")

    def test_a_link_is_128_bits_of_text(self) -> None:
        assert len(link("", "x")) == 22
        assert set(link("", "x")) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    def test_a_text_is_linked_to_its_salt(self) -> None:
        assert digest_of("why", "salt") == link("salt", "why") != digest_of("why", "pepper")

    def test_links_never_change(self) -> None:
        """They stand in tables: another way to compute them would break every chain there is."""
        assert link("", "x") == "jwcNLUvTXOWBZMRQGe4xuQ"
        assert self.ENTRY.linked("head") == "uUlC_lRE9LFnArpVUQ1XYg"

    @pytest.mark.parametrize(
        "changed",
        [
            replace(ENTRY, member="ben"),
            replace(ENTRY, number=3),
            replace(ENTRY, at=NOW + 1),
            replace(ENTRY, cause="shop/2"),
            replace(ENTRY, terms=4),
            replace(ENTRY, postings=(given(6),)),
            replace(ENTRY, postings=()),
            replace(ENTRY, label="#2"),
        ],
        ids=["member", "number", "at", "cause", "terms", "amount", "postings", "label"],
    )
    def test_whatever_is_changed_breaks_the_link(self, changed: Entry) -> None:
        assert changed.linked("head") != self.ENTRY.linked("head")

    def test_another_past_breaks_the_link(self) -> None:
        assert self.ENTRY.linked("head") != self.ENTRY.linked("")

    def test_what_is_not_said_is_not_linked(self) -> None:
        assert replace(self.ENTRY, chain="x", version=9).linked("head") == self.ENTRY.linked("head")


def posted(
    amount: int, rule: str = "cashback", account: str = CASHBACK_ACCOUNT, member: str = ANNA, expires: int = 0
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
    ("before", "due", "rest"),
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
def test_a_rise_pays_for_the_loss_first(before: list[Posted], due: list[Posted], rest: list[Posted]) -> None:
    remaining = unrecovered(before, [unexplained(part) for part in due])
    assert [part.posted for part in remaining] == rest
