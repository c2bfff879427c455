"""Stamp cards: every `size` stamps give the reward; returned stamps take the latest rewards back first."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.orders.facts import Line, RefundLine
from chalicelib.domain.programme.document import parse
from chalicelib.domain.records import Member, Won
from chalicelib.domain.rewards.progress.awards import CARD, GOAL, judged
from tests.domain.rewards.progress.shops import balance, bought, instant, play, reasons, shop
from tests.world.audit import findings
from tests.world.builders import ANNA, BEN, document, line, merge, redeem, refund, void
from tests.world.memory import Memory

COFFEE = {
    "id": "coffee",
    "counts": {"pieces": {"categories": ["coffee"]}},
    "size": 5,
    "reward": {"give": 100, "of": "points"},
}


def cups(count: int, line_id: str = "1") -> Any:
    return line(line_id, 300 * count, quantity=count, labels=("category:coffee",))


def test_the_fifth_piece_gives_the_reward_and_says_so() -> None:
    books = play(shop(cards=[COFFEE]), bought("1", "2026-11-02", cups(3)))
    assert (balance(books), reasons(books)) == (0, [])
    play(books, bought("2", "2026-11-03", cups(2), line("2", 999)))
    assert (balance(books), reasons(books)) == (100, ["Stamp card full: coffee, 5 stamps."])


def test_one_order_can_fill_it_more_than_once() -> None:
    books = play(shop(cards=[COFFEE]), bought("1", "2026-11-02", cups(12)))
    assert balance(books) == 200
    play(books, bought("2", "2026-11-03", cups(3)))
    assert balance(books) == 300


def test_each_card_says_its_own_size_and_gives_beside_others_and_goals() -> None:
    tea = COFFEE | {"id": "tea", "counts": {"pieces": {"categories": ["tea"]}}, "size": 3}
    goal = {"id": "regular", "measure": "orders", "target": 1, "per": "month", "reward": {"give": 10, "of": "points"}}
    books = play(shop(cards=[COFFEE, tea], goals=[goal]), bought("1", "2026-11-01", line("1", 100)))
    pots = line("2", 900, quantity=3, labels=("category:tea",))
    play(books, bought("2", "2026-11-02", cups(4), pots))
    assert (balance(books), reasons(books)[1:]) == (110, ["Stamp card full: tea, 3 stamps."])
    play(books, bought("3", "2026-11-03", cups(1)))
    assert (balance(books), reasons(books)[2:]) == (210, ["Stamp card full: coffee, 5 stamps."])
    assert {award.name for award in books.member(ANNA).won} == {"regular", "coffee", "tea"}
    assert findings(books, instant("2026-11-03")) == []


def test_no_stamp_fills_no_card() -> None:
    books = play(shop(cards=[COFFEE | {"size": 1}]), bought("1", "2026-11-02", line("1", 100)))
    assert balance(books) == 0


def test_of_what_one_order_has_filled_the_stamps_that_stay_keep_their_share() -> None:
    books = play(shop(cards=[COFFEE]), bought("1", "2026-11-02", cups(5)), bought("2", "2026-11-03", cups(17)))
    assert balance(books) == 400
    for name, returned, stamps, points in (("a", 5, 17, 300), ("b", 5, 12, 200), ("c", 2, 10, 200), ("d", 1, 9, 100)):
        books.execute(refund("2", name, lines=(RefundLine("1", returned),)), instant("2026-11-04"))
        assert (stamps_of_anna(books), balance(books)) == (stamps, points)
        assert findings(books, instant("2026-11-04")) == []
    books.execute(refund("1", "e", lines=(RefundLine("1", 5),)), instant("2026-11-05"))
    assert (stamps_of_anna(books), balance(books)) == (4, 0)
    first = play(shop(cards=[COFFEE]), bought("1", "2026-11-02", cups(12)))
    first.execute(refund("1", "r", lines=(RefundLine("1", 3),)), instant("2026-11-03"))
    assert (stamps_of_anna(first), balance(first)) == (9, 100)
    assert findings(books, instant("2026-11-05")) == []


def stamps_of_anna(books: Memory) -> int:
    return books.member(ANNA).counts["coffee/a"][1]


def test_a_returned_piece_takes_its_stamp_and_the_last_reward() -> None:
    books = play(shop(cards=[COFFEE]), bought("1", "2026-11-02", cups(5)), bought("2", "2026-11-03", cups(5)))
    assert balance(books) == 200
    piece = RefundLine("1", 1)
    books.execute(refund("1", "r1", lines=(piece,)), instant("2026-11-04"))
    assert balance(books) == 100
    assert reasons(books)[-1] == "Reward of the stamp card coffee taken back: your order 1 was refunded or changed."
    play(books, bought("3", "2026-11-05", cups(1)))
    assert balance(books) == 200
    assert findings(books, instant("2026-11-05")) == []


def test_a_cancelled_order_un_completes_the_card() -> None:
    books = play(shop(cards=[COFFEE]), bought("1", "2026-11-02", cups(12)))
    books.execute(void("1", ANNA, cups(12), at=instant("2026-11-02")), instant("2026-11-04"))
    assert balance(books) == 0
    assert books.member(ANNA).counts == {}
    assert findings(books, instant("2026-11-05")) == []


def test_money_back_without_a_line_takes_no_stamp_until_all_of_it_is_back() -> None:
    books = play(shop(cards=[COFFEE]), bought("1", "2026-11-02", cups(5)))
    books.execute(refund("1", "r1", amount=1000), instant("2026-11-03"))
    assert balance(books) == 100
    books.execute(refund("1", "r2", amount=500), instant("2026-11-04"))
    assert balance(books) == 0


def test_a_reward_that_was_spent_is_owed_once_its_stamps_are_gone() -> None:
    card = COFFEE | {"reward": {"amount": 3}}
    books = play(shop(cards=[card]), bought("1", "2026-11-02", cups(5)))
    books.execute(redeem(300), instant("2026-11-03"))
    books.execute(void("1", ANNA, cups(5), at=instant("2026-11-02")), instant("2026-11-04"))
    assert balance(books, "EUR/2") == -300
    play(books, bought("2", "2026-11-05", cups(5)))
    assert balance(books, "EUR/2") == 0


@pytest.mark.parametrize(
    ("counts", "stamps"),
    [({"orders": True}, 3), ({"per": {"EUR": 10}}, 3 * (1800 // 1000)), ({"pieces": {"skus": ["MUG"]}}, 18)],
)
def test_orders_sums_or_pieces_put_stamps_on_it(counts: dict[str, Any], stamps: int) -> None:
    card = COFFEE | {"counts": counts, "size": 1, "reward": {"give": 1, "of": "points"}}
    books = play(shop(cards=[card]), *(bought(str(n), "2026-11-02", cups(6)) for n in range(3)))
    assert balance(books) == stamps


def test_what_the_catalogue_says_of_a_line_counts_too() -> None:
    books = shop(cards=[COFFEE], catalogue=[{"skus": ["MUG"], "categories": ["coffee"]}])
    play(books, bought("1", "2026-11-02", line("1", 1000, quantity=5)))
    assert balance(books) == 100
    assert findings(books, instant("2026-11-02")) == []


def test_the_order_of_deliveries_does_not_matter() -> None:
    deliveries = [
        bought("1", "2026-11-02", cups(4)),
        bought("2", "2026-11-03", cups(7)),
        (refund("2", "r1", lines=(RefundLine("1", 3),)), instant("2026-11-04")),
        (void("1", ANNA, cups(4), at=instant("2026-11-02")), instant("2026-11-04")),
    ]
    outcomes = []
    for permutation in permutations(deliveries):
        books = shop(cards=[COFFEE])
        for command, _ in (*permutation, permutation[0]):
            books.execute(command, instant("2026-11-05"))
        assert findings(books, instant("2026-11-05")) == []
        outcomes.append((balance(books), books.member(ANNA).counts))
    assert outcomes == [outcomes[0]] * len(outcomes)
    assert outcomes[0][0] == 0


def test_only_the_latest_rewards_can_be_taken_back() -> None:
    """What was given long ago is final: six rewards of a card are remembered apart."""
    reward = {"give": 100, "of": "points", "vest_days": 1, "expire_days": 90}
    books = shop(cards=[COFFEE | {"reward": reward}])
    play(books, *(bought(str(n), "2026-11-02", cups(5)) for n in range(10)))
    assert balance(books) == 1000
    for n in range(10):
        books.execute(void(str(n), ANNA, cups(5), at=instant("2026-11-02")), instant("2026-11-03"))
    assert balance(books) == 400
    assert books.member(ANNA).won == (Won("coffee", "card", "all", 4, date(2026, 11, 2).toordinal()),)
    assert books.member(ANNA).awarded == {"card points": 400}
    assert findings(books, instant("2026-11-03")) == []
    play(books, *(bought(f"again-{n}", "2026-11-04", cups(5)) for n in range(5)))
    assert balance(books) == 500
    assert findings(books, instant("2026-11-04")) == []


def test_six_rewards_of_a_card_can_all_be_taken_back() -> None:
    books = play(shop(cards=[COFFEE]), *(bought(str(n), "2026-11-02", cups(5)) for n in range(6)))
    for n in range(6):
        books.execute(void(str(n), ANNA, cups(5), at=instant("2026-11-02")), instant("2026-11-03"))
    assert (balance(books), books.member(ANNA).won) == (0, ())


def test_a_goal_reached_often_is_no_card_whose_first_rewards_are_forgotten() -> None:
    goals = [
        {"id": f"g{n}", "measure": "orders", "target": 1, "per": "month", "reward": {"give": 1, "of": "points"}}
        for n in range(9)
    ]
    books = play(shop(goals=goals), bought("1", "2026-11-02"))
    books.execute(refund("1", "r", amount=10_000), instant("2026-11-03"))
    assert balance(books) == 0


def test_a_card_that_only_the_merged_account_has_filled_is_the_survivors() -> None:
    books = play(shop(cards=[COFFEE]), bought("1", "2026-11-02", line("1", 100)))
    play(books, bought("2", "2026-11-02", cups(5), buyer=BEN))
    books.execute(merge(BEN), instant("2026-11-03"))
    assert balance(books) == 100
    play(books, bought("3", "2026-11-04", cups(5)))
    assert balance(books) == 200
    assert [award.number for award in books.member(ANNA).won] == [1, 2]
    assert findings(books, instant("2026-11-04")) == []


def test_the_stamps_of_two_accounts_fill_one_card_once_they_are_merged() -> None:
    books = shop(cards=[COFFEE])
    play(books, bought("1", "2026-11-02", cups(8)), bought("2", "2026-11-02", cups(7), buyer=BEN))
    assert (balance(books), balance(books, member=BEN)) == (100, 100)
    books.execute(merge(BEN), instant("2026-11-03"))
    assert (balance(books), balance(books, member=BEN)) == (300, 0)
    assert findings(books, instant("2026-11-03")) == []
    books.execute(refund("2", "r1", lines=(RefundLine("1", 7),)), instant("2026-11-04"))
    assert balance(books) == 100
    play(books, bought("3", "2026-11-05", cups(2), buyer=BEN))
    assert balance(books) == 200
    assert findings(books, instant("2026-11-05")) == []


def test_the_books_find_a_planted_stamp() -> None:
    books = play(shop(cards=[COFFEE]), bought("1", "2026-11-02", cups(6)))
    member = books.member(ANNA)
    books.records[member.ref] = replace(member, counts=member.counts | {"coffee/a": (0, 7)})
    assert findings(books, instant("2026-11-03")) == [f"('counted', '{ANNA}', 'coffee/a', '0'): -1"]


def test_the_books_find_an_award_that_nothing_gave() -> None:
    books = play(shop(cards=[COFFEE]), bought("1", "2026-11-02", cups(6)))
    member = books.member(ANNA)
    books.records[member.ref] = replace(member, won=())
    assert [text.partition(":")[0] for text in findings(books, instant("2026-11-03"))] == ["awards_differ"]


def test_the_free_coffee_is_no_stamp() -> None:
    """The tenth coffee is a line of 0.00: nobody has bought it (odoo's pos_loyalty leaves these lines out too)."""
    cup = {"quantity": 4, "labels": ("category:coffee",)}
    books = shop(cards=[COFFEE])
    play(books, bought("1", "2026-11-26", line("1", 0, **cup), line("2", 800, **cup)))
    assert (balance(books), stamps_of_anna(books)) == (0, 4)


@pytest.mark.parametrize("lines", [[line("1", 0)], [line("1", 5000, earns=False)]], ids=["free", "a gift card"])
def test_an_order_without_goods_that_cost_something_is_no_order(lines: list[Line]) -> None:
    books = shop(cards=[COFFEE | {"counts": {"orders": True}, "size": 1}])
    play(books, bought("1", "2026-11-26", *lines))
    assert balance(books) == 0
    play(books, bought("2", "2026-11-26", line("1", 1)))
    assert balance(books) > 0


def test_a_card_with_nothing_new_leaves_all_awards_as_they_are_and_where_they_are() -> None:
    """In another order the member's record would be written with each order."""
    card = {"id": "cups", "counts": {"orders": True}, "size": 2, "reward": {"amount": 4}}
    goal = {"id": "often", "measure": "orders", "target": 2, "reward": {"amount": 3}}
    programme = parse(document(cards=[card], goals=[goal]))
    won = (Won("cups", CARD, "all", 1, 1, "EUR/2", 400), Won("often", GOAL, "all", 0, 1, "EUR/2", 300))
    member = Member(ANNA, won=won, counts={"cups/a": (0, 3), "orders/a": (0, 3)})
    awarded = judged(member, programme, None, date(2026, 11, 2), instant("2026-11-02"))
    assert (awarded.member, awarded.postings) == (member, [])
