"""Random orders, delivered in any permutation and with any duplication.

Against the clean sequence (every statement once, in the order in which the storefront made them), for the same order:

1. the order ends with the same facts, and has posted the same;
2. every member's balance is the same, now and at any later time;
3. the buyer is somebody's friend with the same base and currency, or is not, and the referrer's bonus is the same;
4. all invariants of `invariants.py` hold after every delivery.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.core.identity import is_guest
from chalicelib.domain.ledger.accounts import Balance
from chalicelib.domain.ledger.transfers import Posted
from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Conversion, Member, Order
from chalicelib.domain.rewards.progress.awards import CARD
from tests.properties.backends import Backend, InMemory, in_empty_table
from tests.properties.invariants import check, copy, settle_all
from tests.world.builders import ANNA, CONNECTION, DAY_S, NOW, PAID_AT, issue, order, programme_of
from tests.world.memory import Memory
from tests.world.strategies import CURRENCIES, facts

PROGRAMME = programme_of(
    currencies=["JPY"],
    combine="best",
    assets={"points": {}},
    cards=[{"id": "card", "counts": {"pieces": {"categories": ["sale"]}}, "size": 2, "reward": {"amount": 3}}],
    goals=[
        {"id": "month", "measure": "spend", "target": 40, "per": "month", "reward": {"give": 7, "of": "points"}},
        {"id": "days", "measure": "days", "target": 2, "badge": {"en": "Twice"}},
    ],
    # No level multiplies and no campaign has an audience or a budget: these are judged once, by what came before.
    levels={"steps": [{"id": "low", "at": 0}, {"id": "high", "at": 60, "gift": {"amount": 2}}], "per": "lifetime"},
    earn=[
        {
            "id": "goods",
            "percent": 5,
            "rates": [{"match": {"categories": ["sale"]}, "percent": 1}],
            "vest_days": 14,
            "expire_days": 60,
        },
        {
            "id": "thanks",
            "amount": {"EUR": 1, "JPY": 120},
            "minimum": {"EUR": 10, "JPY": 500},
            "base": {"tax": True, "shipping": True},
        },
        {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 2, "JPY": 300}},
        {"id": "basket", "ladder": [{"at": 20, "amount": 1}, {"at": 60, "percent": 4}]},
    ],
    campaigns=[
        {"id": "winter", "starts": "2026-02-01", "ends": "2026-02-02", "multiply": {"leaves": 3, "basket": 2}},
        {"id": "over", "starts": "2026-01-01", "ends": "2026-02-01", "multiply": {"leaves": 5}},
    ],
    referral={
        "friends": 1,
        "percent": 10,
        "qualifies": {"minimum": {"EUR": 5, "JPY": 1}},
        "welcome": {"percent": 3, "vest_days": 2},
    },
)
INSTANTS = (NOW, NOW + 3 * DAY_S, NOW + 11 * DAY_S, NOW + 20 * DAY_S, NOW + 90 * DAY_S)


@dataclass(frozen=True)
class Shuffled:
    """The statements of one order, and the same with repetitions in some order."""

    clean: list[OrderFacts]
    delivered: list[OrderFacts]
    has_bought_before: bool


@st.composite
def shuffled(draw: st.DrawFn) -> Shuffled:
    clean = draw(st.lists(facts(), min_size=1, max_size=4))
    again = draw(st.lists(st.sampled_from(clean), max_size=3))
    return Shuffled(clean, draw(st.permutations(clean + again)), draw(st.booleans()))


@dataclass(frozen=True)
class Outcome:
    facts: OrderFacts
    posted: tuple[Posted, ...]
    balances: dict[tuple[str, str], list[Balance]]
    live: set[tuple[str, str, int, str]]
    counters: dict[str, dict[str, tuple[int, ...]]]
    awards: dict[str, dict[tuple[str, int], tuple[int, int]]]
    levels: dict[str, str]


def outcome(backend: Backend, deliveries: list[OrderFacts], has_bought_before: bool) -> Outcome:
    backend.execute(issue())
    if has_bought_before:
        backend.execute(order("before", "shop.ben", at=PAID_AT - 5 * DAY_S))
    for delivery in deliveries:
        backend.execute(RecordOrder(CONNECTION, "1", delivery))
        check(backend.books(), needed=1)
    backend.execute(order("after", "shop.ben", at=PAID_AT + DAY_S))
    books = copy(backend.books())
    settle_all(books)
    names = [member.member for member in books.all(Member)]
    balances = {
        (name, currency): [books.balance(name, asset, now) for now in INSTANTS]
        for name in names
        for currency, asset in ((currency, PROGRAMME_ASSETS[currency]) for currency in (*CURRENCIES, "points"))
    }
    (stored,) = [bought for bought in books.all(Order) if bought.order == "1"]
    person = {member.member: person_of(member, books) for member in books.all(Member)}
    live = {
        (conversion.referrer, person[conversion.friend], conversion.base, conversion.currency)
        for conversion in books.all(Conversion)
        if conversion.live
    }
    return Outcome(
        stored.facts,
        stored.posted,
        {key: held for key, held in balances.items() if any(map(worth_something, held))},
        live,
        {member.member: member.counts for member in books.all(Member) if member.counts},
        {member.member: awards_of(member) for member in books.all(Member) if member.won},
        {member.member: member.level for member in books.all(Member) if member.counts},
    )


def awards_of(member: Member) -> dict[tuple[str, int], tuple[int, int]]:
    """By card, or goal or level and period: the last number, and the sum. A card that is full twice at once is given
    as one award.
    """
    awards: dict[tuple[str, int], tuple[int, int]] = {}
    for award in member.won:
        key = award.name, 0 if award.kind == CARD else award.number
        assert award.kind == CARD or key not in awards, "a goal or a level is awarded once in a period"
        number, amount = awards.get(key, (0, 0))
        awards[key] = max(number, award.number), amount + award.amount
    return awards


def person_of(member: Member, books: Memory) -> str:
    """One name for a person, an account's if there is one: which member is the root is who showed the e-mail first."""
    root = member.person or member.member
    names = (other.member for other in books.all(Member) if root in (other.member, other.person))
    return min(names, key=lambda name: (is_guest(name), name))


PROGRAMME_ASSETS = {"EUR": "EUR/2", "USD": "USD/2", "JPY": "JPY/0", "points": "points"}


def worth_something(balance: Balance) -> bool:
    return balance != Balance(0, 0, 0)


def expect_convergence(start: Callable[[Programme], Backend], story: Shuffled) -> None:
    clean = outcome(start(PROGRAMME), story.clean, story.has_bought_before)
    assert outcome(start(PROGRAMME), story.delivered, story.has_bought_before) == clean
    assert (ANNA, "EUR") in clean.balances or not any(currency == "EUR" for *_, currency in clean.live)


@settings(max_examples=300)
@given(shuffled())
def test_any_delivery_order_ends_in_the_same_books(story: Shuffled) -> None:
    expect_convergence(InMemory, story)


@pytest.mark.usefixtures("moto_table")
@settings(max_examples=8)
@given(shuffled())
def test_any_delivery_order_ends_in_the_same_table(story: Shuffled) -> None:
    expect_convergence(in_empty_table, story)
