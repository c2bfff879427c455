"""The audit finds nothing in books that the domain wrote, and the very thing that was changed in others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis.stateful import invariant
from msgspec.structs import replace

from chalicelib.domain import audit
from chalicelib.domain.audit import Finding
from chalicelib.domain.commands import AdjustBalance, PlaceHold, Redeem, ReviewBonus
from chalicelib.domain.counterparts import claims
from chalicelib.domain.holding import Account
from chalicelib.domain.ledger import Posting, Why
from chalicelib.domain.lots import MAX_LOTS, Lot
from chalicelib.domain.records import Entry, Hold, Member, Order, Posted
from tests.builders import ANNA, BEN, CLEO, NOW, bought, issue, line, order, programme, refund, settle
from tests.memory import Memory
from tests.proof.verify_world import World
from tests.properties.test_books import Shop, expect_right_books

EUR = "EUR/2"
AFTER_ALL = 10**10
"""When every hold has run out, whatever the clock of the one who wrote the books said."""

LIMITED = {"id": "cashback", "percent": 5, "limits": [{"amount": 6, "per": "member"}]}


def shop(**parts: Any) -> Memory:
    """Anna has referred Ben and Cleo, bought, sent a part back and spent something."""
    books = Memory(programme(referral={"percent": 10, "welcome": {"amount": 3}}, **parts))
    for command in (
        issue(),
        order("1", ANNA),
        refund("1", amount=2000),
        bought(BEN),
        bought(CLEO),
        settle(BEN, CLEO),
        AdjustBalance(ANNA, EUR, 300, "sorry"),
        Redeem(ANNA, EUR, 250, "shop/1"),
        PlaceHold(ANNA, "h_1", EUR, 100),
    ):
        books.execute(command)
    return books


def findings(books: Memory, now: int = NOW) -> list[Finding]:
    """Everything that the audit finds in whole books; what two records say differently too."""
    holds = {each.hold: each for each in books.all(Hold)}
    found = [each for one in books.all(Order) for each in audit.of_order(one, books.history())]
    for member in books.all(Member):
        found += audit.of_member(member, books.entries(member.member), books.groups(member.member))
        found += audit.of_account(member, holds)
    for hold in holds.values():
        found += audit.of_hold(hold, books.member(hold.member).accounts.get(hold.asset), now)
    sums: dict[tuple[str, ...], int] = {}
    for subject, amount in (each for record in books.records.values() for each in claims(record, now)):
        sums[subject] = sums.get(subject, 0) + amount
    return found + [Finding("differs", " ".join(each), 0, str(amount)) for each, amount in sums.items() if amount]


def of_anna(books: Memory, **changes: Any) -> list[tuple[str, int]]:
    """What is found wrong with Anna once parts of her books are others."""
    member = changes.get("member", books.member(ANNA))
    entries = changes.get("entries", books.entries(ANNA))
    groups = changes.get("groups", books.groups(ANNA))
    return [(each.what, each.entry) for each in audit.of_member(member, entries, groups)]


def of_order(books: Memory, **changes: Any) -> list[str]:
    """What is found wrong with Anna's order once some of it is other."""
    return [each.what for each in audit.of_order(replace(books.order("1"), **changes), books.history())]


def changed(entries: list[Entry], number: int, **parts: Any) -> list[Entry]:
    return [replace(each, **parts) if each.number == number else each for each in entries]


def test_right_books_have_no_findings() -> None:
    assert findings(shop()) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_shops_year_has_no_findings(seed: int) -> None:
    world = World(seed, members=8, orders=6)
    assert findings(world.books, world.now) == []


def test_books_have_no_findings_after_any_step() -> None:
    class Audited(Shop):
        @invariant()
        def the_books_are_right(self) -> None:
            assert findings(self.backend.books(), AFTER_ALL) == []

    expect_right_books(Audited, examples=15, steps=15)


def test_a_changed_amount_breaks_the_chain_and_the_balance() -> None:
    books = shop()
    (first,) = books.entries(ANNA)[0].postings
    entries = changed(books.entries(ANNA), 1, postings=(replace(first, amount=first.amount + 1),))
    assert of_anna(books, entries=entries) == [("chain_broken", 1), ("balance_differs", 0)]


@pytest.mark.parametrize("part", [{"at": 5}, {"cause": "shop/2"}, {"terms": 2}, {"label": "#9"}, {"chain": "x"}])
def test_nothing_of_an_entry_can_change(part: dict[str, Any]) -> None:
    books = shop()
    assert of_anna(books, entries=changed(books.entries(ANNA), 2, **part))[0] == ("chain_broken", 2)


def test_a_dropped_entry_is_missed() -> None:
    books = shop()
    entries = [each for each in books.entries(ANNA) if each.number != 2]
    assert of_anna(books, entries=entries) == [("entry_missing", 2), ("balance_differs", 0)]


def test_a_dropped_last_entry_is_missed() -> None:
    books = shop()
    entries = books.entries(ANNA)
    found = of_anna(books, entries=entries[:-1])
    assert found == [("entry_missing", len(entries)), ("balance_differs", 0)]


def test_an_inserted_entry_is_seen() -> None:
    books = shop()
    entries = books.entries(ANNA)
    more = replace(entries[-1], number=len(entries) + 1, postings=())
    more = replace(more, chain=more.linked(entries[-1].chain))
    assert of_anna(books, entries=[*entries, more]) == [("entry_unknown", len(entries) + 1)]
    assert of_anna(books, entries=[*entries, entries[0]]) == [("entry_repeated", 2), ("balance_differs", 0)]


def test_a_chain_that_was_made_anew_ends_in_another_head() -> None:
    books = shop()
    entries = books.entries(ANNA)
    last = replace(entries[-1], label="#9")
    last = replace(last, chain=last.linked(entries[-2].chain))
    assert of_anna(books, entries=[*entries[:-1], last]) == [("head_differs", len(entries))]


def test_an_entry_of_somebody_else_is_seen() -> None:
    books = shop()
    entry = replace(books.entries(ANNA)[0], member=BEN)
    assert ("entry_foreign", 1) in of_anna(books, entries=[entry, *books.entries(ANNA)[1:]])


@pytest.mark.parametrize(
    ("source", "destination", "rule"),
    [
        ("programme:cashback", "programme:loss", "cashback"),
        (f"member:{ANNA}", f"member:{BEN}", "cashback"),
        (f"member:{ANNA}", f"member:{ANNA}", "cashback"),
        ("programme:referral", f"member:{ANNA}", "cashback"),
        ("programme:mint", f"member:{ANNA}", "cashback"),
    ],
)
def test_a_posting_between_the_wrong_accounts_is_seen(source: str, destination: str, rule: str) -> None:
    member = Member(ANNA, entries=1)
    entry = Entry(ANNA, 1, NOW, "shop/1", 1, (Posting(source, destination, 5, EUR, 0, 0, Why(rule)),))
    assert "posting_misplaced" in {each.what for each in audit.of_member(member, [entry], [])}


@pytest.mark.parametrize("cause", ["adjustment", "redemption", "time", "referral", "hold h_1", "nonsense"])
def test_cashback_has_an_order_as_its_cause(cause: str) -> None:
    entry = replace(shop().entries(ANNA)[0], cause=cause)
    assert "posting_misplaced" in {each.what for each in audit.of_member(Member(ANNA, entries=1), [entry], [])}


def test_an_amount_is_positive() -> None:
    posting = Posting("programme:cashback", f"member:{ANNA}", 0, EUR, 0, 0, Why("cashback"))
    entry = Entry(ANNA, 1, NOW, "shop/1", 1, (posting,))
    assert "amount_not_positive" in {each.what for each in audit.of_member(Member(ANNA, entries=1), [entry], [])}


def account(books: Memory, **parts: Any) -> Member:
    """Anna with another account."""
    member = books.member(ANNA)
    return replace(member, accounts={EUR: replace(member.accounts[EUR], **parts)})


def test_a_cent_more_in_a_lot_is_seen() -> None:
    books = shop()
    (lot,) = books.member(ANNA).accounts[EUR].lots
    assert of_anna(books, member=account(books, lots=(replace(lot, amount=lot.amount + 1),))) == [
        ("balance_differs", 0)
    ]


def test_lots_are_positive_and_few() -> None:
    books = shop()
    (lot,) = books.member(ANNA).accounts[EUR].lots
    below = account(books, lots=(replace(lot, amount=lot.amount + 5), Lot(-5, 0, 9 * NOW)))
    assert of_anna(books, member=below) == [("lot_not_positive", 0)]
    many = tuple(Lot(1, 0, NOW + each) for each in range(MAX_LOTS))
    assert of_anna(books, member=account(books, lots=(replace(lot, amount=lot.amount - MAX_LOTS), *many))) == [
        ("lots_too_many", 0)
    ]
    owing = account(books, lots=(replace(lot, amount=lot.amount - 7),), debt=-7)
    assert of_anna(books, member=owing) == [("debt_negative", 0)]


def test_a_bonus_that_is_a_cent_off_is_seen() -> None:
    books = shop()
    (group,) = books.groups(ANNA)
    (posted,) = group.posted
    wrong = replace(group, posted=(replace(posted, amount=posted.amount + 1),))
    (found,) = audit.of_member(books.member(ANNA), books.entries(ANNA), [wrong])
    assert (found.what, found.where) == ("bonus_differs", f"{ANNA} group 1")
    assert of_anna(books, groups=[replace(group, posted=())]) == [("bonus_differs", 0)]


def test_groups_and_bonuses_are_counted() -> None:
    books = shop()
    (group,) = books.groups(ANNA)
    assert ("group_missing", 0) in of_anna(books, groups=[])
    assert of_anna(books, groups=[replace(group, limited=True)]) == [("bonuses_miscounted", 0)]
    assert of_anna(books, groups=[replace(group, review="denied")]) == [("bonuses_miscounted", 0)]


def test_a_denied_bonus_is_not_counted() -> None:
    books = shop()
    books.execute(ReviewBonus(ANNA, 1, "deny", "a look at it"))
    assert of_anna(books) == []


def test_an_order_that_posted_something_else_is_seen() -> None:
    books = shop()
    posted = books.order("1").posted
    assert of_order(books, posted=(replace(posted[0], amount=posted[0].amount + 1), *posted[1:])) == ["due_differs"]
    assert of_order(books, posted=posted[1:]) == ["due_differs"]
    assert of_order(books, posted=(*posted, Posted(ANNA, "gift", "programme:cashback", EUR, 0, 0, 1))) == [
        "due_differs"
    ]


def test_the_finding_says_what_was_posted_and_what_is_due() -> None:
    books = shop()
    posted = books.order("1").posted
    (found,) = audit.of_order(replace(books.order("1"), posted=posted[1:]), books.history())
    assert found.detail == f"cashback for {ANNA}: 0.00 EUR posted, 4.00 EUR due"


def test_edited_facts_are_seen() -> None:
    books = shop()
    facts = order("1", ANNA, line(net=20_000)).facts
    assert of_order(books, facts=books.order("1").facts.merge(replace(facts, refunds={}))) == ["due_differs"]


def test_other_terms_are_seen() -> None:
    books = shop()
    assert of_order(books, terms=0) == ["due_differs"]
    assert of_order(books, terms=2) == ["terms_unknown"]
    books.publish(programme(earn=[]), effective_at=NOW, now=NOW)
    assert of_order(books, terms=2) == ["terms_differ"]


def test_a_conversion_says_what_the_order_makes_of_it() -> None:
    books = shop()
    bens = books.order(f"of-{BEN}")
    assert bens.conversion
    for part in ({"base": 9_999}, {"currency": "USD"}, {"friend": CLEO}):
        wrong = replace(bens, conversion=replace(bens.conversion, **part))
        assert "conversion_differs" in [each.what for each in audit.of_order(wrong, books.history())]


def test_what_limits_left_is_what_was_asked_of_them() -> None:
    books = shop(earn=[LIMITED])
    assert findings(books) == []
    (allowed,) = books.order("1").allowed
    assert of_order(books, allowed=(replace(allowed, wanted=allowed.wanted + 1),)) == ["allowance_differs"]
    assert of_order(books, allowed=()) == ["allowance_differs"]
    assert of_order(books, allowed=(replace(allowed, amount=1),)) == ["due_differs"]


def test_an_order_that_nobody_paid_has_posted_nothing() -> None:
    books = Memory(programme())
    books.execute(order("1", ANNA, paid=False))
    given = Posted(ANNA, "cashback", "programme:cashback", EUR, 0, 0, 500)
    assert of_order(books) == []
    assert of_order(books, posted=(given,)) == ["due_differs"]


def test_a_hold_has_its_parts_and_they_have_a_hold() -> None:
    books = shop()
    (hold,), member = books.all(Hold), books.member(ANNA)
    mine = member.accounts[EUR]
    assert [each.what for each in audit.of_hold(hold, replace(mine, holds=()), NOW)] == ["hold_without_parts"]
    assert [each.what for each in audit.of_hold(hold, None, NOW)] == ["hold_without_parts"]
    assert [each.what for each in audit.of_hold(replace(hold, amount=99), mine, NOW)] == ["hold_without_parts"]
    assert audit.of_hold(hold, Account(), hold.until) == []
    ended = replace(hold, state="released")
    assert [each.what for each in audit.of_hold(ended, mine, NOW)] == ["parts_without_hold"]
    assert audit.of_hold(ended, None, NOW) == []
    for wrong in ({}, {"h_1": ended}, {"h_1": replace(hold, amount=99)}, {"h_1": replace(hold, member=BEN)}):
        assert [each.what for each in audit.of_account(member, wrong)] == ["parts_without_hold"]
