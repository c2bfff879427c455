"""What the audit says of records that only just agree, or disagree: findings to the letter, and none too many."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain import audit
from chalicelib.domain.audit import Finding
from chalicelib.domain.calendar import NEVER
from chalicelib.domain.holding import Account, Held
from chalicelib.domain.ledger import (
    ADJUSTMENT,
    BREAKAGE,
    CASHBACK,
    EXPIRED,
    LOSS,
    REDEEMED,
    REDEMPTION,
    REFERRAL,
    WRITTEN_OFF,
    Posting,
    Why,
    transfer,
)
from chalicelib.domain.lots import MAX_LOTS, Lot
from chalicelib.domain.orders import OrderFacts
from chalicelib.domain.programme import History, Programme, Version
from chalicelib.domain.records import Allowed, Converted, Entry, Group, Hold, Member, Order, Posted, Spent
from tests.builders import ANNA, BEN, CLEO, CONNECTION, NOW, PAID_AT, line, order, programme, refund, void

EUR = "EUR/2"
WHERE = f"{CONNECTION}/1"

Caused = tuple[str, Posting]


# A member


def given(amount: int, expires_at: int = NEVER, account: str = ADJUSTMENT) -> Caused:
    """Euros from (negative: to) an account of the programme, in an entry of the cause that fits."""
    cause = "referral" if account in (REFERRAL, BREAKAGE) else "adjustment"
    return cause, transfer(account, ANNA, amount, EUR, (NEVER, expires_at), Why(EXPIRED if amount < 0 else "given"))


def chained(*caused: Caused) -> list[Entry]:
    """Anna's entries, one for each posting, linked as they must be."""
    entries: list[Entry] = []
    for cause, posting in caused:
        entry = Entry(ANNA, len(entries) + 1, NOW, cause, 1, (posting,))
        entries.append(replace(entry, chain=entry.linked(entries[-1].chain if entries else "")))
    return entries


def of_anna(*caused: Caused, groups: tuple[Group, ...] = (), **parts: Any) -> list[Finding]:
    """The findings on Anna, whose record says `parts` and counts her entries and groups right unless they do."""
    entries = chained(*caused)
    head = entries[-1].chain if entries else ""
    counted = {"groups": len(groups), "bonuses": len(groups)}
    member = Member(ANNA, entries=len(entries), head=head, **counted | parts)
    return audit.of_member(member, entries, groups)


def holding(*lots: Lot, **parts: Any) -> dict[str, Account]:
    return {EUR: Account(lots, **parts)}


def group(number: int = 1, amount: int = 0, expires_at: int = NEVER, **parts: Any) -> Group:
    """A group of two, which has posted an amount of euros."""
    posted = (Posted(ANNA, "referral-bonus", REFERRAL, EUR, NEVER, expires_at, amount),) if amount else ()
    return Group(ANNA, number, (BEN, CLEO), 1, NOW, posted=posted, **parts)


@pytest.mark.parametrize(
    ("caused", "parts"),
    [
        pytest.param([], {"accounts": holding()}, id="an account that was never used"),
        pytest.param([given(1)], {"accounts": holding(Lot(1, NEVER, NEVER))}, id="a cent"),
        pytest.param(
            [given(MAX_LOTS)],
            {"accounts": holding(*(Lot(1, NEVER, NOW + each) for each in range(MAX_LOTS)))},
            id="as many lots as there may be",
        ),
        pytest.param([given(5), given(-5, account=BREAKAGE)], {}, id="a bonus came when something expired"),
        pytest.param([], {"groups": (group(2), group(1))}, id="groups in any order"),
        pytest.param([], {"groups": (group(broken=True),), "bonuses": 0}, id="a broken group holds no bonus"),
    ],
)
def test_a_member_is_right(caused: list[Caused], parts: dict[str, Any]) -> None:
    assert of_anna(*caused, **parts) == []


@pytest.mark.parametrize(
    ("parts", "what", "detail"),
    [
        pytest.param(
            {"accounts": {"JPY/0": Account((Lot(7, NEVER, NEVER),))}},
            "balance_differs",
            "the account holds 7 JPY, the entries come to 0 JPY",
            id="a balance without entries",
        ),
        pytest.param(
            {"accounts": holding(Lot(0, NEVER, NEVER))},
            "lot_not_positive",
            "a lot of EUR/2 holds nothing or less",
            id="a lot of nothing",
        ),
        pytest.param(
            {"accounts": holding(holds=(Held("h_1", NOW, (Lot(0, NEVER, NEVER),)),))},
            "lot_not_positive",
            "a lot of EUR/2 holds nothing or less",
            id="a held part of nothing",
        ),
    ],
)
def test_a_member_is_wrong(parts: dict[str, Any], what: str, detail: str) -> None:
    assert of_anna(**parts) == [Finding(what, ANNA, 0, detail)]


def test_of_groups_that_are_not_counted_the_first_ten_are_named() -> None:
    member, groups = Member(ANNA, groups=1, bonuses=11), [group(each) for each in range(1, 12)]
    text = "1 groups are counted, there are [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"
    assert audit.of_member(member, [], groups) == [Finding("group_missing", ANNA, 0, text)]


def test_of_many_wrong_balances_the_first_by_name_is_told() -> None:
    accounts = {f"X{each}/0": Account((Lot(1, NEVER, NEVER),)) for each in reversed(range(100, 200))}
    text = "the account holds 1 X100, the entries come to 0 X100"
    assert of_anna(accounts=accounts) == [Finding("balance_differs", ANNA, 0, text)]


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
    lots = tuple(posting.lot() for _, posting in entries)
    found = of_anna(*entries, groups=tuple(groups), accounts=holding(*lots))
    text = f"from {REFERRAL} the entries give {more} EUR more than it says"
    assert found == [Finding("bonus_differs", where, 0, text)]


# Holds

HOLD = Hold("h_1", ANNA, EUR, 100, NOW, NOW + 3600)
DESCRIBED = f"{ANNA}'s until {NOW + 3600}"


def apart(amount: int = 100) -> Account:
    return Account(holds=(Held("h_1", NOW + 3600, (Lot(amount, NEVER, NEVER),)),))


@pytest.mark.parametrize(
    ("hold", "said"),
    [
        pytest.param(None, "nowhere", id="no record"),
        pytest.param(replace(HOLD, amount=99), f"open, of 99 EUR/2, {DESCRIBED}", id="another amount"),
        pytest.param(replace(HOLD, asset="USD/2"), f"open, of 100 USD/2, {DESCRIBED}", id="another asset"),
    ],
)
def test_parts_whose_hold_says_otherwise_are_described(hold: Hold | None, said: str) -> None:
    found = audit.of_account(Member(ANNA, accounts={EUR: apart()}), {"h_1": hold} if hold else {})
    text = f"1.00 EUR are set apart for h_1, which is {said}"
    assert found == [Finding("parts_without_hold", ANNA, 0, text)]


@pytest.mark.parametrize(
    ("hold", "amount", "now", "what", "detail"),
    [
        pytest.param(HOLD, 99, NOW, "hold_without_parts", "it holds 100, and 99 are set apart", id="a cent short"),
        pytest.param(
            *(HOLD, 101, HOLD.until, "hold_without_parts", "it holds 100, and 101 are set apart"),
            id="run out, not written down, a cent over",
        ),
        pytest.param(
            *(replace(HOLD, state="captured"), 100, NOW, "parts_without_hold"),
            "it was captured, and 100 are still set apart",
            id="captured",
        ),
    ],
)
def test_a_hold_and_its_parts_differ(hold: Hold, amount: int, now: int, what: str, detail: str) -> None:
    assert audit.of_hold(hold, apart(amount), now) == [Finding(what, "h_1", 0, detail)]


# An order

PLAIN = programme(earn=[])
LIMITS = {"limits": [{"amount": 100, "per": "member"}]}
LIMITED = programme(earn=[{"id": "a", "percent": 10} | LIMITS, {"id": "b", "percent": 5} | LIMITS])
REFERRING = programme(earn=[], referral={"percent": 10, "qualifies": {"minimum": 50}, "welcome": {"amount": 3}})

PAID = order("1", ANNA).facts
UNPAID = order("1", ANNA, paid=False).facts
CANCELLED = void("1", ANNA, paid=False).facts
SMALL = order("1", ANNA, line(net=4999)).facts


def spent(amount: int = 300) -> tuple[Spent, ...]:
    return (Spent(ANNA, EUR, amount, NEVER, NEVER),)


def redeemed(*amounts: int, account: str = REDEMPTION, rule: str = REDEEMED) -> tuple[Posted, ...]:
    """What an order has posted, each amount to a lot of its own."""
    return tuple(Posted(ANNA, rule, account, EUR, NEVER, NOW * index, amount) for index, amount in enumerate(amounts))


def allowed(*stated: tuple[str, int, int]) -> tuple[Allowed, ...]:
    """What limits left of some rules: the rule, what was wanted, what was given."""
    return tuple(Allowed(ANNA, rule, EUR, wanted, amount, "member", ()) for rule, wanted, amount in stated)


def converted(base: int, *, live: bool = True, friend: str = ANNA, currency: str = "EUR") -> Converted:
    return Converted(CLEO, friend, base, live, currency)


def of_order(facts: OrderFacts, only: Programme, since: int = 0, **parts: Any) -> list[Finding]:
    """The findings on an order under the only programme that there ever was."""
    stated = Order(CONNECTION, "1", facts=facts, **{"terms": 1} | parts)
    return audit.of_order(stated, History((Version(1, since, only),)))


@pytest.mark.parametrize(
    ("facts", "only", "parts"),
    [
        pytest.param(refund("1", amount=5).facts, PLAIN, {"terms": 0}, id="only a refund was heard of"),
        pytest.param(UNPAID, PLAIN, {"spent": spent(), "posted": redeemed(-300)}, id="unpaid, the balance is spent"),
        pytest.param(UNPAID, PLAIN, {"spent": spent(), "posted": redeemed(-100)}, id="unpaid, a part came back"),
        pytest.param(UNPAID, PLAIN, {"spent": spent()}, id="unpaid, the balance came back"),
        pytest.param(UNPAID, PLAIN, {"posted": redeemed(0)}, id="unpaid, nothing was posted and that was said"),
        pytest.param(CANCELLED, PLAIN, {"since": NOW}, id="cancelled unpaid, no terms had to be in force"),
        pytest.param(PAID, PLAIN, {"since": PAID_AT}, id="paid in the first second of its terms"),
        pytest.param(order("1", "").facts, programme(), {}, id="nobody bought it"),
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
            *(order("1", ANNA, line(net=20)).facts, LIMITED, {"allowed": allowed(("a", 2, 0), ("b", 1, 0))}),
            id="limits left nothing",
        ),
    ],
)
def test_an_order_is_right(facts: OrderFacts, only: Programme, parts: dict[str, Any]) -> None:
    assert of_order(facts, only, **parts) == []


@pytest.mark.parametrize(
    ("facts", "parts", "what", "detail"),
    [
        pytest.param(PAID, {"terms": 2}, "terms_unknown", "the programme has no version 2", id="terms that are not"),
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
            *(UNPAID, {"spent": spent(), "posted": redeemed(-5, account=CASHBACK, rule="a")}, "due_differs"),
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
    assert of_order(facts, PLAIN, **parts) == [Finding(what, WHERE, 0, detail)]


@pytest.mark.parametrize(
    ("facts", "only", "said", "made"),
    [
        pytest.param(PAID, REFERRING, 9999, "10000 EUR", id="another base"),
        pytest.param(SMALL, REFERRING, 4999, "4999 EUR, and it does not qualify", id="a cent below the minimum"),
        pytest.param(PAID, PLAIN, 10_000, "0 EUR, and it does not qualify", id="no referral in the programme"),
    ],
)
def test_a_conversion_is_wrong(facts: OrderFacts, only: Programme, said: int, made: str) -> None:
    gift = redeemed(300, account="programme:welcome", rule="referral-welcome") if only is REFERRING else ()
    found = of_order(facts, only, conversion=converted(said), posted=gift)
    text = f"it counts {said} EUR for {ANNA}; its facts make {made}"
    assert found == [Finding("conversion_differs", WHERE, 0, text)]


def test_what_limits_were_asked_for_is_told_in_order() -> None:
    stated = allowed(("a", 1001, 1000), ("b", 500, 500))
    given = redeemed(1000, account=CASHBACK, rule="a") + redeemed(500, account=CASHBACK, rule="b")
    text = "limits were asked for [500, 1001], its facts make [500, 1000]"
    assert of_order(PAID, LIMITED, allowed=stated, posted=given) == [Finding("allowance_differs", WHERE, 0, text)]


@pytest.mark.parametrize("amount", [-1, 1001], ids=["less than nothing", "more than was wanted"])
def test_limits_leave_between_nothing_and_all(amount: int) -> None:
    stated = allowed(("a", 1000, amount), ("b", 500, 500))
    given = redeemed(amount, account=CASHBACK, rule="a") + redeemed(500, account=CASHBACK, rule="b")
    text = "limits were asked for [500, 1000], its facts make [500, 1000]"
    assert of_order(PAID, LIMITED, allowed=stated, posted=given) == [Finding("allowance_differs", WHERE, 0, text)]
