"""Postings: what an account becomes by one, what time adds to it, what they sum to, and how entries are chained."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.ledger.accounts import Account
from chalicelib.domain.ledger.lots import LET_OFF, OWED, Lot, Trace
from chalicelib.domain.ledger.transfers import (
    ADJUSTMENT,
    BREAKAGE,
    CASHBACK,
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
    digest_of,
    is_reward,
    link,
    moved,
    totals,
    transfer,
    written_down,
)
from chalicelib.domain.records import Entry

NOW = 1000
ANNA = account_of("anna")
NO_TIMES = (VESTED_ALREADY, NO_EXPIRY)


def given(amount: int, vests_at: int = VESTED_ALREADY, expires_at: int = NO_EXPIRY) -> Posting:
    """Cashback for Anna; negative: taken back."""
    return transfer(CASHBACK, "anna", amount, "EUR/2", (vests_at, expires_at), Why("cashback"))


def expired(amount: int) -> Posting:
    return Posting(ANNA, BREAKAGE, amount, "EUR/2", VESTED_ALREADY, NO_EXPIRY, Why("expired"))


def vested(amount: int) -> Posting:
    return Posting(ANNA, ANNA, amount, "EUR/2", VESTED_ALREADY, NO_EXPIRY, Why("vested"))


def revived(amount: int, expires_at: int) -> Posting:
    return Posting(BREAKAGE, ANNA, amount, "EUR/2", VESTED_ALREADY, expires_at, Why("revived"))


def test_the_programmes_accounts_have_names_of_their_own() -> None:
    accounts = [CASHBACK, REFERRAL, WELCOME, ADJUSTMENT, REDEMPTION, BREAKAGE, LOSS]
    assert accounts == [
        f"programme:{name}"
        for name in ("cashback", "referral", "welcome", "adjustment", "redemption", "breakage", "loss")
    ]


@pytest.mark.parametrize(
    ("account", "gives"),
    [(CASHBACK, True), ("programme:points", True), (LOSS, False), (REDEMPTION, False), (ANNA, False)],
)
def test_rewards_come_from_the_programmes_accounts_but_some(account: str, gives: bool) -> None:
    assert is_reward(account) == gives


@pytest.mark.parametrize(
    ("amount", "source", "destination"), [(7, CASHBACK, "member:anna"), (-7, "member:anna", CASHBACK)]
)
def test_a_transfer_moves_a_positive_amount_either_way(amount: int, source: str, destination: str) -> None:
    posting = transfer(CASHBACK, "anna", amount, "EUR/2", (1, 2), Why("cashback"))
    assert posting == Posting(source, destination, 7, "EUR/2", 1, 2, Why("cashback"))
    assert (posting.signed("anna"), posting.signed("ben")) == (amount, 0)


def test_a_posting_names_the_lot_that_it_fills() -> None:
    account, _ = moved(Account(), Posting(CASHBACK, ANNA, 5, "EUR/2", 1500, 2000, Why("x")), "anna", NOW)
    assert account.lots == (Lot(5, 1500, 2000),)


def test_an_entry_names_as_many_lines_as_fit_into_an_item() -> None:
    assert MAX_EXPLAINED == 50


def test_a_reason_that_is_stored_says_its_rule_alone_where_there_is_no_more_to_say() -> None:
    assert msgspec.json.encode(Why("cashback")) == b'{"r":"cashback"}'
    assert (Why("cashback").base, Why("cashback").rate, Why("cashback").lines) == (0, "", ())


def test_what_is_due_is_as_much_as_will_have_been_posted() -> None:
    assert Due(Posted("anna", "cashback", CASHBACK, "EUR/2", *NO_TIMES, 7), Why("cashback")).amount == 7


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
        after, said = written_down(account, "anna", "EUR/2", now)
        assert said == postings
        assert after.stored == account.stored + totals(said, "anna").get("EUR/2", 0)

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

    @pytest.mark.parametrize(("account", "traces"), [(ADJUSTMENT, ()), (CASHBACK, (Trace(-2, 1200, 1300),))])
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
