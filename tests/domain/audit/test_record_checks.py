"""The audit finds nothing in books that the domain wrote, and the very thing that was changed in others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis.stateful import invariant
from msgspec.structs import fields, replace

from chalicelib.domain.audit import record_checks
from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.commands import AdjustBalance, PlaceHold, Redeem, ReviewBonus
from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.ledger.accounts import MAX_LOTS, Account, HoldPart, Lot
from chalicelib.domain.ledger.transfers import (
    ADJUSTMENT,
    BREAKAGE,
    EXPIRED,
    LOSS,
    REDEEMED,
    REDEMPTION,
    REFERRAL,
    WRITTEN_OFF,
    Posted,
    Posting,
    Why,
    transfer,
)
from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.programme.document import Programme, Version
from chalicelib.domain.programme.history import history_of
from chalicelib.domain.records import Allowed, Converted, Entry, Group, Hold, Member, Order, Spent, Terms
from tests.proof.verify_world import World
from tests.properties.test_books import Shop, expect_right_books
from tests.world.audit import differences, findings, of_records
from tests.world.builders import (
    ANNA,
    BEN,
    CASHBACK_ACCOUNT,
    CLEO,
    CONNECTION,
    NOW,
    PAID_AT,
    bought,
    issue,
    line,
    order,
    programme_of,
    refund,
    settle,
    void,
)
from tests.world.memory import Memory

EUR = "EUR/2"
AFTER_ALL = 10**10
"""When every hold has run out, whatever the clock of the one who wrote the books said."""

LIMITED = {"id": "cashback", "percent": 5, "limits": [{"amount": 6, "per": "member"}]}


def shop(**parts: Any) -> Memory:
    """Anna has referred Ben and Cleo, bought, sent a part back and spent something."""
    books = Memory(programme_of(referral={"percent": 10, "welcome": {"amount": 3}}, **parts))
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


def of_anna(books: Memory, **changes: Any) -> list[tuple[str, int]]:
    """What is found wrong with Anna once parts of her books are others."""
    member = changes.get("member", books.member(ANNA))
    entries = changes.get("entries", books.entries(ANNA))
    groups = changes.get("groups", books.groups(ANNA))
    return [(finding.what, finding.entry) for finding in record_checks.of_member(member, entries, groups)]


def of_order(books: Memory, **changes: Any) -> list[str]:
    """What is found wrong with Anna's order once some of it is other."""
    changed_order = replace(books.order("1"), **in_terms(changes, books.order("1").terms))
    return [finding.what for finding in record_checks.of_order(changed_order, books.history())]


def in_terms(parts: dict[str, Any], terms: Terms) -> dict[str, Any]:
    """Parts of an order, those of its terms put into these."""
    names = {field.name for field in fields(Terms)}
    own = {name: part for name, part in parts.items() if name in names}
    return {name: part for name, part in parts.items() if name not in names} | {"terms": replace(terms, **own)}


def changed(entries: list[Entry], number: int, **parts: Any) -> list[Entry]:
    return [replace(entry, **parts) if entry.number == number else entry for entry in entries]


def test_right_books_have_no_findings() -> None:
    assert findings(shop()) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_shops_year_has_no_findings(seed: int) -> None:
    world = World(seed, members=8, orders=6)
    assert findings(world.books, world.now) == []


@pytest.mark.slow
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
    entries = [entry for entry in books.entries(ANNA) if entry.number != 2]
    assert of_anna(books, entries=entries) == [("entry_missing", 2), ("balance_differs", 0)]


def test_a_dropped_last_entry_is_missed() -> None:
    books = shop()
    entries = books.entries(ANNA)
    findings = of_anna(books, entries=entries[:-1])
    assert findings == [("entry_missing", len(entries)), ("balance_differs", 0)]


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
    assert "posting_misplaced" in {finding.what for finding in record_checks.of_member(member, [entry], [])}


@pytest.mark.parametrize("cause", ["adjustment", "redemption", "time", "referral", "hold h_1", "nonsense"])
def test_cashback_has_an_order_as_its_cause(cause: str) -> None:
    entry = replace(shop().entries(ANNA)[0], cause=cause)
    assert "posting_misplaced" in {
        finding.what for finding in record_checks.of_member(Member(ANNA, entries=1), [entry], [])
    }


def test_an_amount_is_positive() -> None:
    posting = Posting("programme:cashback", f"member:{ANNA}", 0, EUR, 0, 0, Why("cashback"))
    entry = Entry(ANNA, 1, NOW, "shop/1", 1, (posting,))
    assert "amount_not_positive" in {
        finding.what for finding in record_checks.of_member(Member(ANNA, entries=1), [entry], [])
    }


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
    many = tuple(Lot(1, 0, NOW + number) for number in range(MAX_LOTS))
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
    (finding,) = record_checks.of_member(books.member(ANNA), books.entries(ANNA), [wrong])
    assert (finding.what, finding.where) == ("bonus_differs", f"{ANNA} group 1")
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
    (finding,) = record_checks.of_order(replace(books.order("1"), posted=posted[1:]), books.history())
    assert finding.detail == f"cashback for {ANNA}: 0.00 EUR posted, 4.00 EUR due"


def test_edited_facts_are_seen() -> None:
    books = shop()
    facts = order("1", ANNA, line(net=20_000)).facts
    assert of_order(books, facts=books.order("1").facts.merge(replace(facts, refunds={}))) == [
        "count_differs",
        "due_differs",
    ]


def test_other_terms_are_seen() -> None:
    books = shop()
    assert of_order(books, version=0) == ["count_differs", "due_differs"]
    assert of_order(books, version=2) == ["terms_unknown"]
    books.publish(programme_of(earn=[]), effective_at=NOW, now=NOW)
    assert of_order(books, version=2) == ["terms_differ"]


def test_a_conversion_says_what_the_order_makes_of_it() -> None:
    books = shop()
    bens = books.order(f"of-{BEN}")
    assert bens.conversion
    for part in ({"base": 9_999}, {"currency": "USD"}, {"friend": CLEO}):
        wrong = replace(bens, conversion=replace(bens.conversion, **part))
        assert "conversion_differs" in [finding.what for finding in record_checks.of_order(wrong, books.history())]


def test_what_limits_left_is_what_was_asked_of_them() -> None:
    books = shop(earn=[LIMITED])
    assert findings(books) == []
    (allowed,) = books.order("1").terms.allowed
    assert of_order(books, allowed=(replace(allowed, wanted=allowed.wanted + 1),)) == ["allowance_differs"]
    assert of_order(books, allowed=()) == ["allowance_differs"]
    assert of_order(books, allowed=(replace(allowed, amount=1),)) == ["due_differs"]


def test_an_order_that_nobody_paid_has_posted_nothing() -> None:
    books = Memory(programme_of())
    books.execute(order("1", ANNA, paid=False))
    given = Posted(ANNA, "cashback", "programme:cashback", EUR, 0, 0, 500)
    assert of_order(books) == []
    assert of_order(books, posted=(given,)) == ["due_differs"]


@pytest.mark.parametrize("wrong", [{"state": "released"}, {"amount": 99}, {"member": BEN}, {"until": NOW + 1}], ids=str)
def test_a_hold_has_its_parts_and_they_have_a_hold(wrong: dict[str, Any]) -> None:
    books = shop()
    (hold,) = books.all(Hold)
    books.records[hold.ref] = replace(hold, **wrong)
    assert (of_records(books), len(differences(books)) > 0) == ([], True)


WHERE = f"{CONNECTION}/1"

Caused = tuple[str, Posting]


# A member


def given(amount: int, expires_at: int = NO_EXPIRY, account: str = ADJUSTMENT) -> Caused:
    """Euros from (negative: to) an account of the programme, in an entry of the cause that fits."""
    cause = "referral" if account in (REFERRAL, BREAKAGE) else "adjustment"
    return cause, transfer(
        account, ANNA, amount, EUR, (VESTED_ALREADY, expires_at), Why(EXPIRED if amount < 0 else "given")
    )


def chained(*caused: Caused) -> list[Entry]:
    """Anna's entries, one for each posting, linked as they must be."""
    entries: list[Entry] = []
    for cause, posting in caused:
        entry = Entry(ANNA, len(entries) + 1, NOW, cause, 1, (posting,))
        entries.append(replace(entry, chain=entry.linked(entries[-1].chain if entries else "")))
    return entries


def findings_on_anna(*caused: Caused, groups: tuple[Group, ...] = (), **parts: Any) -> list[Finding]:
    """The findings on Anna, whose record says `parts` and counts her entries and groups right unless they do."""
    entries = chained(*caused)
    head = entries[-1].chain if entries else ""
    counted = {"groups": len(groups), "bonuses": len(groups)}
    member = Member(ANNA, entries=len(entries), head=head, **counted | parts)
    return record_checks.of_member(member, entries, groups)


def holding(*lots: Lot, **parts: Any) -> dict[str, Account]:
    return {EUR: Account(lots, **parts)}


def group(number: int = 1, amount: int = 0, expires_at: int = NO_EXPIRY, **parts: Any) -> Group:
    """A group of two, which has posted an amount of euros."""
    posted = (Posted(ANNA, "referral-bonus", REFERRAL, EUR, VESTED_ALREADY, expires_at, amount),) if amount else ()
    return Group(ANNA, number, (BEN, CLEO), 1, NOW, posted=posted, **parts)


@pytest.mark.parametrize(
    ("caused", "parts"),
    [
        pytest.param([], {"accounts": holding()}, id="an account that was never used"),
        pytest.param([given(1)], {"accounts": holding(Lot(1, VESTED_ALREADY, NO_EXPIRY))}, id="a cent"),
        pytest.param(
            [given(MAX_LOTS)],
            {"accounts": holding(*(Lot(1, VESTED_ALREADY, NOW + number) for number in range(MAX_LOTS)))},
            id="as many lots as there may be",
        ),
        pytest.param([given(5), given(-5, account=BREAKAGE)], {}, id="a bonus came when something expired"),
        pytest.param([], {"groups": (group(2), group(1))}, id="groups in any order"),
        pytest.param([], {"groups": (group(broken=True),), "bonuses": 0}, id="a broken group holds no bonus"),
    ],
)
def test_a_member_is_right(caused: list[Caused], parts: dict[str, Any]) -> None:
    assert findings_on_anna(*caused, **parts) == []


@pytest.mark.parametrize(
    ("parts", "what", "detail"),
    [
        pytest.param(
            {"accounts": {"JPY/0": Account((Lot(7, VESTED_ALREADY, NO_EXPIRY),))}},
            "balance_differs",
            "the account holds 7 JPY, the entries come to 0 JPY",
            id="a balance without entries",
        ),
        pytest.param(
            {"accounts": holding(Lot(0, VESTED_ALREADY, NO_EXPIRY))},
            "lot_not_positive",
            "a lot of EUR/2 holds nothing or less",
            id="a lot of nothing",
        ),
        pytest.param(
            {"accounts": holding(holds=(HoldPart("h_1", NOW, (Lot(0, VESTED_ALREADY, NO_EXPIRY),)),))},
            "lot_not_positive",
            "a lot of EUR/2 holds nothing or less",
            id="a held part of nothing",
        ),
    ],
)
def test_a_member_is_wrong(parts: dict[str, Any], what: str, detail: str) -> None:
    assert findings_on_anna(**parts) == [Finding(what, ANNA, 0, detail)]


def test_of_groups_that_are_not_counted_the_first_ten_are_named() -> None:
    member, groups = Member(ANNA, groups=1, bonuses=11), [group(number) for number in range(1, 12)]
    text = "1 groups are counted, there are [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"
    assert record_checks.of_member(member, [], groups) == [Finding("group_missing", ANNA, 0, text)]


def test_of_many_wrong_balances_the_first_by_name_is_told() -> None:
    accounts = {f"X{number}/0": Account((Lot(1, VESTED_ALREADY, NO_EXPIRY),)) for number in reversed(range(100, 200))}
    text = "the account holds 1 X100, the entries come to 0 X100"
    assert findings_on_anna(accounts=accounts) == [Finding("balance_differs", ANNA, 0, text)]


@pytest.mark.parametrize(
    ("entries", "groups", "where", "more"),
    [
        pytest.param([], [group(amount=5)], f"{ANNA} group 1", "-0.05", id="no entry gave it"),
        pytest.param(
            [given(5, account=REFERRAL), given(7, NOW, REFERRAL)],
            [group(1, 5), group(2, 6, NOW)],
            f"{ANNA} group 2",
            "0.01",
            id="the group whose lot it is",
        ),
        pytest.param([], [group(1, 5), group(2, 6)], ANNA, "-0.11", id="two groups in one lot"),
        pytest.param([given(5, account=REFERRAL)], [group()], ANNA, "0.05", id="no group says so"),
    ],
)
def test_a_bonus_that_differs_names_its_group_if_that_is_clear(
    entries: list[Caused], groups: list[Group], where: str, more: str
) -> None:
    lots = tuple(Lot(posting.amount, posting.vests_at, posting.expires_at) for _, posting in entries)
    findings = findings_on_anna(*entries, groups=tuple(groups), accounts=holding(*lots))
    text = f"from {REFERRAL} the entries give {more} EUR more than it says"
    assert findings == [Finding("bonus_differs", where, 0, text)]


# An order

PLAIN = programme_of(earn=[])
LIMITS = {"limits": [{"amount": 100, "per": "member"}]}
TWO_LIMITED_RULES = programme_of(earn=[{"id": "a", "percent": 10} | LIMITS, {"id": "b", "percent": 5} | LIMITS])
REFERRING = programme_of(earn=[], referral={"percent": 10, "qualifies": {"minimum": 50}, "welcome": {"amount": 3}})

PAID = order("1", ANNA).facts
UNPAID = order("1", ANNA, paid=False).facts
CANCELLED = void("1", ANNA, paid=False).facts
SMALL = order("1", ANNA, line(net=4999)).facts


def spent(amount: int = 300) -> tuple[Spent, ...]:
    return (Spent(ANNA, EUR, amount, VESTED_ALREADY, NO_EXPIRY),)


def redeemed(*amounts: int, account: str = REDEMPTION, rule: str = REDEEMED) -> tuple[Posted, ...]:
    """What an order has posted, each amount to a lot of its own."""
    return tuple(
        Posted(ANNA, rule, account, EUR, VESTED_ALREADY, NOW * index, amount) for index, amount in enumerate(amounts)
    )


def allowed(*grants: tuple[str, int, int]) -> tuple[Allowed, ...]:
    """What limits left of some rules: the rule, what was wanted, what was given."""
    return tuple(Allowed(ANNA, rule, EUR, wanted, amount, "member", ()) for rule, wanted, amount in grants)


def converted(base: int, *, live: bool = True, friend: str = ANNA, currency: str = "EUR") -> Converted:
    return Converted(CLEO, friend, base, live, currency)


def findings_on_order(facts: OrderFacts, only: Programme, since: int = 0, **parts: Any) -> list[Finding]:
    """The findings on an order under the only programme that there ever was."""
    subject = Order(CONNECTION, "1", facts=facts, **in_terms(parts, Terms(version=1)))
    return record_checks.of_order(subject, history_of([Version(1, since, only)]))


@pytest.mark.parametrize(
    ("facts", "only", "parts"),
    [
        pytest.param(refund("1", amount=5).facts, PLAIN, {"version": 0}, id="only a refund was heard of"),
        pytest.param(UNPAID, PLAIN, {"spent": spent(), "posted": redeemed(-300)}, id="unpaid, the balance is spent"),
        pytest.param(UNPAID, PLAIN, {"spent": spent(), "posted": redeemed(-100)}, id="unpaid, a part came back"),
        pytest.param(UNPAID, PLAIN, {"spent": spent()}, id="unpaid, the balance came back"),
        pytest.param(UNPAID, PLAIN, {"posted": redeemed(0)}, id="unpaid, nothing was posted and that was said"),
        pytest.param(CANCELLED, PLAIN, {"since": NOW}, id="cancelled unpaid, no terms had to be in force"),
        pytest.param(PAID, PLAIN, {"since": PAID_AT}, id="paid in the first second of its terms"),
        pytest.param(order("1", "").facts, programme_of(), {}, id="nobody bought it"),
        pytest.param(
            *(void("1", ANNA).facts, PLAIN, {"posted": redeemed(5, account=LOSS, rule=WRITTEN_OFF)}),
            id="what could not be taken back stays a loss",
        ),
        pytest.param(
            *(SMALL, REFERRING, {"conversion": converted(0, live=False)}),
            id="no gift for a conversion that counts no more",
        ),
        pytest.param(
            *(PAID, PLAIN, {"conversion": converted(0, live=False, friend=BEN, currency="USD")}),
            id="a dead conversion was another buyer's in another currency",
        ),
        pytest.param(
            *(order("1", ANNA, line(net=20)).facts, TWO_LIMITED_RULES, {"allowed": allowed(("a", 2, 0), ("b", 1, 0))}),
            id="limits left nothing",
        ),
    ],
)
def test_an_order_is_right(facts: OrderFacts, only: Programme, parts: dict[str, Any]) -> None:
    assert findings_on_order(facts, only, **parts) == []


@pytest.mark.parametrize(
    ("facts", "parts", "what", "detail"),
    [
        pytest.param(PAID, {"version": 2}, "terms_unknown", "the programme has no version 2", id="terms that are not"),
        pytest.param(
            *(PAID, {"since": PAID_AT + 1}, "terms_differ", "version 1 was not in force when it was paid"),
            id="terms that began too late",
        ),
        pytest.param(
            *(UNPAID, {"posted": redeemed(-1)}, "due_differs"),
            f"redemption for {ANNA}: -0.01 EUR posted, 0.00 EUR due",
            id="unpaid, a cent was taken that nobody spent",
        ),
        pytest.param(
            *(UNPAID, {"spent": spent(), "posted": redeemed(-200, -101)}, "due_differs"),
            f"redemption for {ANNA}: -1.01 EUR posted, 0.00 EUR due",
            id="unpaid, two lots gave a cent too much",
        ),
        pytest.param(
            *(UNPAID, {"spent": spent(), "posted": redeemed(1)}, "due_differs"),
            f"redemption for {ANNA}: 0.01 EUR posted, 0.00 EUR due",
            id="unpaid, a cent too much came back",
        ),
        pytest.param(
            *(UNPAID, {"spent": spent(), "posted": redeemed(-5, account=CASHBACK_ACCOUNT, rule="a")}, "due_differs"),
            f"a for {ANNA}: -0.05 EUR posted, 0.00 EUR due",
            id="unpaid, something was taken as cashback",
        ),
        pytest.param(
            *(CANCELLED, {"spent": spent(), "posted": redeemed(-300)}, "due_differs"),
            f"redemption for {ANNA}: -3.00 EUR posted, 0.00 EUR due",
            id="cancelled unpaid, the balance has not come back",
        ),
    ],
)
def test_an_order_is_wrong(facts: OrderFacts, parts: dict[str, Any], what: str, detail: str) -> None:
    assert findings_on_order(facts, PLAIN, **parts) == [Finding(what, WHERE, 0, detail)]


@pytest.mark.parametrize(
    ("facts", "only", "base", "made"),
    [
        pytest.param(PAID, REFERRING, 9999, "100.00 EUR{}", id="another base"),
        pytest.param(SMALL, REFERRING, 4999, "49.99 EUR{}, and it does not qualify", id="a cent below the minimum"),
        pytest.param(PAID, PLAIN, 10_000, "0.00 EUR{}, and it does not qualify", id="no referral in the programme"),
        pytest.param(
            *(
                order("1", ANNA, test=True).facts,
                REFERRING,
                10_000,
                "100.00 EUR{}, and it does not qualify",
            ),
            id="a test",
        ),
    ],
)
def test_a_conversion_is_wrong(facts: OrderFacts, only: Programme, base: int, made: str) -> None:
    gift = redeemed(300, account="programme:welcome", rule="referral-welcome") if only is REFERRING else ()
    findings = findings_on_order(facts, only, conversion=converted(base), posted=gift)
    text = f"it counts {money.text(base, 'EUR/2')} for {ANNA}; its facts make {made.format(f' for {ANNA}')}"
    assert findings == [Finding("conversion_differs", WHERE, 0, text)]


def test_a_conversion_is_of_the_person_not_of_the_account_that_bought() -> None:
    gift = redeemed(300, account="programme:welcome", rule="referral-welcome")

    def on_order(friend: str) -> list[str]:
        books = {"conversion": converted(10_000, friend=friend), "posted": gift, "root": BEN}
        return [finding.detail for finding in findings_on_order(PAID, REFERRING, **books)]

    assert on_order(BEN) == []
    assert on_order(ANNA) == [f"it counts 100.00 EUR for {ANNA}; its facts make 100.00 EUR for {BEN}"]


def test_a_lot_with_another_expiry_is_told_beside_the_one_that_is_due() -> None:
    """It read `0.00 EUR posted, 5.00 EUR due`, where 5.00 EUR had been posted."""
    (due,) = redeemed(500, account=CASHBACK_ACCOUNT, rule="cashback")
    wrong = replace(due, expires_at=1_800_000_000)
    (finding,) = findings_on_order(PAID, programme_of(), posted=(wrong,))
    assert finding == Finding(
        "due_differs",
        WHERE,
        0,
        f"cashback for {ANNA}: 0.00 EUR posted, 5.00 EUR due (at once, for good); "
        "5.00 EUR posted, 0.00 EUR due (at once, until 2027-01-15T08:00:00Z)",
    )


def test_of_two_rules_that_posted_nothing_the_first_is_told_alone() -> None:
    grants = allowed(("a", 1000, 1000), ("b", 500, 500))
    (finding,) = findings_on_order(PAID, TWO_LIMITED_RULES, allowed=grants)
    assert finding.detail == f"a for {ANNA}: 0.00 EUR posted, 10.00 EUR due"


def test_what_limits_were_asked_for_is_told_in_order() -> None:
    grants = allowed(("b", 500, 500), ("a", 1001, 1000))
    given = redeemed(1000, account=CASHBACK_ACCOUNT, rule="a") + redeemed(500, account=CASHBACK_ACCOUNT, rule="b")
    text = "limits were asked for 10.01 EUR by a, 5.00 EUR by b; its facts make 10.00 EUR by a, 5.00 EUR by b"
    assert findings_on_order(PAID, TWO_LIMITED_RULES, allowed=grants, posted=given) == [
        Finding("allowance_differs", WHERE, 0, text)
    ]


@pytest.mark.parametrize("amount", [-1, 1001], ids=["less than nothing", "more than was wanted"])
def test_limits_leave_between_nothing_and_all(amount: int) -> None:
    grants = allowed(("a", 1000, amount), ("b", 500, 500))
    given = redeemed(amount, account=CASHBACK_ACCOUNT, rule="a") + redeemed(500, account=CASHBACK_ACCOUNT, rule="b")
    text = "limits were asked for 10.00 EUR by a, 5.00 EUR by b; its facts make 10.00 EUR by a, 5.00 EUR by b"
    assert findings_on_order(PAID, TWO_LIMITED_RULES, allowed=grants, posted=given) == [
        Finding("allowance_differs", WHERE, 0, text)
    ]
