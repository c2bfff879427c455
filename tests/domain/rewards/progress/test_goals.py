"""Goals: what is reached in a period is given once, undone when the counter falls, and final when the time is over."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import Redeem
from chalicelib.domain.core.calendar import local_day, period_number
from chalicelib.domain.core.series import Series
from chalicelib.domain.programme.document import parse
from chalicelib.domain.records import Member, Won
from chalicelib.domain.rewards.progress.awards import (
    CARD,
    GOAL,
    LEVEL,
    UNNUMBERED,
    joined,
    judged,
    remembered,
    streak_of,
    unfounded,
)
from tests.domain.rewards.progress.shops import balance, bought, instant, play, reasons, shop
from tests.world.audit import findings
from tests.world.builders import ANNA, BEN, document, line, merge, order, refund, void

REGULAR = {"id": "regular", "measure": "orders", "target": 3, "per": "month", "reward": {"give": 50, "of": "points"}}


def with_goal(**parts: Any) -> Any:
    return shop(goals=[REGULAR | parts])


def test_the_third_order_of_a_month_reaches_it_once() -> None:
    books = play(with_goal(), *(bought(str(n), f"2026-11-0{n}") for n in range(1, 5)))
    assert (balance(books), reasons(books)) == (50, ["Goal reached: 3 orders in 2026-11."])
    play(books, *(bought(f"d{n}", f"2026-12-0{n}") for n in range(1, 4)))
    assert balance(books) == 100
    assert reasons(books)[-1] == "Goal reached: 3 orders in 2026-12."


def test_the_day_on_which_it_is_reached_is_the_shops_own() -> None:
    """It is 2 February at Greenwich, and 1 February in New York."""
    books = shop(goals=[REGULAR | {"target": 1}], timezone="America/New_York")
    books.execute(order("1", ANNA))
    assert [won.day for won in books.member(ANNA).won] == [date(2026, 2, 1).toordinal()]


def test_a_goal_of_spend_says_how_much() -> None:
    books = play(with_goal(measure="spend", target=100), bought("1", "2026-11-02"))
    assert reasons(books) == ["Goal reached: 100.00 EUR spent in 2026-11."]


def test_a_goal_of_spend_on_some_articles_counts_them_without_tax() -> None:
    books = with_goal(measure="spend", target=100, match={"products": ["tea"]})
    play(books, bought("1", "2026-11-02", line(product="tea", net=9_999, tax=2_000), line("2", net=5_000)))
    assert balance(books) == 0
    play(books, bought("2", "2026-11-02", line(product="tea", net=1, tax=0)))
    assert balance(books) == 50


def test_it_is_undone_when_an_order_is_cancelled_and_given_again() -> None:
    books = play(with_goal(), *(bought(str(n), f"2026-11-0{n}") for n in range(1, 4)))
    books.execute(void("2", ANNA, at=instant("2026-11-02")), instant("2026-11-05"))
    assert balance(books) == 0
    assert reasons(books)[-1] == "Reward of the goal regular taken back: your order 2 was refunded or changed."
    play(books, bought("4", "2026-11-06"))
    assert balance(books) == 50
    assert findings(books, instant("2026-11-06")) == []


def test_what_the_shop_is_generous_about_stays() -> None:
    books = play(with_goal(keep=True), *(bought(str(n), f"2026-11-0{n}") for n in range(1, 4)))
    books.execute(void("2", ANNA, at=instant("2026-11-02")), instant("2026-11-05"))
    assert balance(books) == 50
    assert findings(books, instant("2026-11-06")) == []


def test_a_late_order_counts_in_the_month_in_which_it_was_paid() -> None:
    books = play(with_goal(), bought("1", "2026-11-01"), bought("2", "2026-11-02"), bought("3", "2026-12-01"))
    assert balance(books) == 0
    late, _ = bought("late", "2026-11-30")
    books.execute(late, instant("2026-12-02"))
    assert balance(books) == 50


def test_what_a_month_gave_is_final_once_the_next_one_is_over() -> None:
    books = play(with_goal(), *(bought(str(n), f"2026-11-0{n}") for n in range(1, 4)))
    books.execute(void("1", ANNA, at=instant("2026-11-01")), instant("2027-01-01"))
    assert balance(books) == 50
    late = [bought(f"late-{n}", "2026-11-10")[0] for n in range(3)]
    for command in late:
        books.execute(command, instant("2027-01-02"))
    assert balance(books) == 50
    assert findings(books, instant("2027-01-02")) == []
    assert (books.member(ANNA).won, books.member(ANNA).awarded) == ((), {"goal points": 50})


def test_what_a_week_gave_is_final_once_the_next_one_is_over_and_so_its_member_stays_small() -> None:
    books = with_goal(target=1, per="week", badge={"en": "Regular"})
    play(books, *(bought(day, day) for day in ("2026-11-02", "2026-11-09", "2026-11-16")))
    assert [award.day for award in books.member(ANNA).won] == [
        date.fromisoformat(day).toordinal() for day in ("2026-11-09", "2026-11-16")
    ]
    assert (balance(books), books.member(ANNA).awarded) == (150, {"goal points": 50})
    for day in ("2026-11-02", "2026-11-09"):
        books.execute(refund(day, "r", amount=10_000), instant("2026-11-17"))
    assert (balance(books), books.member(ANNA).awarded) == (100, {"goal points": 50})
    assert findings(books, instant("2026-11-17")) == []


def test_a_streak_is_remembered_however_long_ago_it_was_for_it_is_given_once() -> None:
    books = play(with_goal(measure="weeks", target=2, per="all"), *(bought(d, d) for d in ("2025-11-03", "2025-11-10")))
    play(books, *(bought(day, day) for day in ("2026-11-02", "2026-11-09")))
    assert (balance(books), len(books.member(ANNA).won)) == (50, 1)


def published(books: Any, day: str, **parts: Any) -> None:
    """Another programme, in force from the noon of a day on."""
    fields = {"earn": [], "timezone": "UTC", "assets": {"points": {}}} | parts
    books.publish(parse(document(**fields)), effective_at=instant(day), now=instant(day))


def test_a_goal_that_begins_later_gives_nothing_for_the_month_before() -> None:
    books = play(shop(), bought("1", "2026-10-30"), bought("2", "2026-10-31"))
    published(books, "2026-11-01", goals=[REGULAR | {"target": 2}])
    play(books, bought("3", "2026-11-02"))
    assert balance(books) == 0


def test_an_order_from_before_there_were_goals_reaches_one_of_a_month_that_is_still_judged() -> None:
    books = shop()
    published(books, "2026-11-10", goals=[REGULAR | {"target": 1}])
    late, _ = bought("1", "2026-11-02")
    books.execute(late, instant("2026-11-11"))
    assert balance(books) == 50


def test_what_was_given_becomes_final_under_a_programme_without_goals_too() -> None:
    """By news of an order that counts for another buyer now: each of them is looked at."""
    books = play(with_goal(target=1), bought("1", "2026-11-02", buyer=BEN))
    published(books, "2026-11-10")
    play(books, bought("2", "2026-11-11", buyer=BEN))
    assert [award.number for award in books.member(BEN).won] == [period_number("month", date(2026, 11, 1))]
    moved, _ = bought("2", "2026-11-11", stamp_ms=instant("2026-11-12") * 1000)
    books.execute(moved, instant("2027-01-05"))
    assert (books.member(BEN).won, books.member(BEN).awarded) == ((), {"goal points": 50})


def test_an_order_reaches_the_goals_of_the_programme_that_it_was_paid_under_too() -> None:
    books = play(with_goal(target=2), bought("1", "2026-11-01"))
    published(books, "2026-11-10")
    late, _ = bought("2", "2026-11-02")
    books.execute(late, instant("2026-11-11"))
    assert (balance(books), reasons(books)) == (50, ["Goal reached: 2 orders in 2026-11."])
    books.execute(refund("2", "r", amount=10_000), instant("2026-11-12"))
    assert balance(books) == 0
    assert findings(books, instant("2026-11-12")) == []


def test_one_of_two_goals_is_undone_and_the_other_stays() -> None:
    goals = [REGULAR | {"target": 1}, REGULAR | {"id": "three"}]
    books = play(shop(goals=goals), *(bought(str(n), f"2026-11-0{n}") for n in range(1, 4)))
    assert balance(books) == 100
    books.execute(refund("3", "r", amount=10_000), instant("2026-11-05"))
    assert (balance(books), [award.name for award in books.member(ANNA).won]) == (50, ["regular"])
    assert findings(books, instant("2026-11-05")) == []


def test_a_reward_may_have_to_wait_and_a_badge_beside_it_does_not() -> None:
    reward = {"give": 50, "of": "points", "vest_days": 14}
    books = play(with_goal(target=1, reward=reward), bought("1", "2026-11-02"))
    assert [books.available(ANNA, "points", instant(day)) for day in ("2026-11-15", "2026-11-17")] == [0, 50]


def test_awards_of_several_periods_are_remembered_by_period() -> None:
    counts: dict[str, Series] = {"orders/m": (2026 * 12 + 7, 1, 1)}
    programme = with_goal(target=1).history().numbered(1).programme
    days = [date(2026, 9, 1), date(2026, 8, 31)]
    won = judged(Member(ANNA, counts=counts), programme, days, date(2026, 9, 2), instant("2026-09-02")).member.won
    assert [award.number for award in won] == [2026 * 12 + 7, 2026 * 12 + 8]


def test_a_month_that_has_not_begun_is_not_judged() -> None:
    counts: dict[str, Series] = {"orders/m": (2026 * 12 + 11, 9)}
    programme = with_goal(target=1).history().numbered(1).programme
    awarded = judged(Member(ANNA, counts=counts), programme, None, date(2026, 11, 30), instant("2026-11-30"))
    assert (awarded.member.won, awarded.postings) == ((), [])


def test_what_a_goal_gave_that_the_programme_has_no_more_stays_as_it_is() -> None:
    won = tuple(Won("gone", "goal", "week", number, 700_000 + number, "points", 50) for number in range(8))
    member = Member(ANNA, won=won)
    assert remembered(member, shop().history().numbered(1).programme, date(2026, 11, 2)) == member


@pytest.mark.parametrize(
    ("goal", "orders", "reached"),
    [
        ({"measure": "spend", "target": 300, "per": "month"}, [("2026-11-01", 15_000), ("2026-11-30", 15_000)], True),
        ({"measure": "spend", "target": 300, "per": "month"}, [("2026-11-01", 15_000), ("2026-12-01", 15_000)], False),
        ({"measure": "spend", "target": 300, "per": "quarter"}, [("2026-10-01", 15_000), ("2026-12-31", 15_000)], True),
        ({"measure": "spend", "target": 300, "per": "week"}, [("2026-11-22", 15_000), ("2026-11-23", 15_000)], False),
        ({"measure": "spend", "target": 300, "per": "week"}, [("2026-11-23", 15_000), ("2026-11-29", 15_000)], True),
        ({"measure": "spend", "target": 300, "per": "year"}, [("2026-01-01", 15_000), ("2026-12-31", 15_000)], True),
        ({"measure": "spend", "target": 300, "per": "all"}, [("2020-01-01", 15_000), ("2026-12-31", 15_000)], True),
        ({"measure": "orders", "target": 2, "per": "week"}, [("2026-11-23", 1), ("2026-11-23", 1)], True),
        ({"measure": "days", "target": 2, "per": "month"}, [("2026-11-23", 1), ("2026-11-23", 1)], False),
        ({"measure": "days", "target": 2, "per": "month"}, [("2026-11-23", 1), ("2026-11-24", 1)], True),
        (
            {"measure": "weeks", "target": 3, "per": "all"},
            [("2026-11-08", 1), ("2026-11-09", 1), ("2026-11-22", 1)],
            True,
        ),
        (
            {"measure": "weeks", "target": 3, "per": "all"},
            [("2026-11-02", 1), ("2026-11-15", 1), ("2026-11-23", 1)],
            False,
        ),
        ({"measure": "weeks", "target": 2, "per": "all"}, [("2026-12-31", 1), ("2027-01-04", 1)], True),
    ],
)
def test_a_goal_is_reached_in_whichever_order_orders_come(
    goal: dict[str, Any], orders: list[tuple[str, int]], reached: bool
) -> None:
    last = max(instant(day) for day, _ in orders)
    for permutation in permutations(orders):
        books = with_goal(**goal)
        for number, (day, net) in enumerate(permutation):
            books.execute(bought(str(number), day, line(net=net))[0], last)
        assert balance(books) == 50 * reached
        assert findings(books, last) == []


def categories(*names: str) -> Any:
    return [line(str(number), 100, labels=(f"category:{name}",)) for number, name in enumerate(names)]


def test_different_categories_are_counted_once_each() -> None:
    goal = {"measure": "categories", "target": 3, "per": "quarter"}
    books = play(
        with_goal(**goal),
        bought("1", "2026-10-01", *categories("tea", "cups")),
        bought("2", "2026-11-01", *categories("tea")),
    )
    assert balance(books) == 0
    play(books, bought("3", "2026-12-01", *categories("sweets")))
    assert balance(books) == 50
    books.execute(void("2", ANNA, *categories("tea"), at=instant("2026-11-01")), instant("2026-12-02"))
    assert balance(books) == 50
    books.execute(void("1", ANNA, *categories("tea", "cups"), at=instant("2026-10-01")), instant("2026-12-02"))
    assert balance(books) == 0
    assert findings(books, instant("2026-12-02")) == []


def of_categories(*orders: tuple[str, str], buyer: str = ANNA) -> tuple[Any, ...]:
    """An order of tea for each id and day."""
    return tuple(bought(order_id, day, *categories("tea"), buyer=buyer) for order_id, day in orders)


def test_the_audit_finds_a_category_that_a_member_has_not_and_one_too_many() -> None:
    books = play(with_goal(measure="categories", target=3, per="month"), *of_categories(("1", "2026-11-02")))
    member = books.member(ANNA)
    ((period, tally),) = member.distinct.items()
    ((category, _),) = tally.items()
    subject = ("distinct", ANNA, *period.rsplit(" ", 1), category)
    for counted, differs in ((0, 1), (2, -1)):
        books.records[member.ref] = replace(member, distinct={period: {category: counted}})
        assert findings(books, instant("2026-11-03")) == [f"{subject}: {differs}"]


@pytest.mark.parametrize("month", ["2026-12", "2027-01", "2027-02"])
@pytest.mark.parametrize("is_heard", [False, True], ids=["silent", "buys-again"])
def test_the_audit_finds_nothing_of_categories_of_earlier_months(month: str, is_heard: bool) -> None:
    """A member's record forgets them with the next order; the orders themselves keep them."""
    books = play(with_goal(measure="categories", target=3, per="month"), *of_categories(("1", "2026-11-02")))
    if is_heard:
        play(books, *of_categories(("2", f"{month}-01")))
    assert findings(books, instant(f"{month}-02")) == []


def test_the_audit_finds_nothing_of_the_categories_of_two_members_that_were_merged() -> None:
    books = with_goal(measure="categories", target=3, per="month")
    play(books, *of_categories(("1", "2026-11-02")), *of_categories(("2", "2026-11-02"), buyer=BEN))
    books.execute(merge(BEN), instant("2026-11-03"))
    assert findings(books, instant("2026-11-03")) == []


def test_the_category_of_what_is_no_goods_does_not_count() -> None:
    """Gift cards: "no minimum, level or stamp counts them" (docs/storefronts.md)."""
    gift_card = line("gift", 5000, labels=("category:gifts",), earns=False)
    books = with_goal(measure="categories", target=3, per="quarter")
    play(books, bought("1", "2026-11-01", *categories("tea", "mugs"), gift_card))
    assert (balance(books), [len(tally) for tally in books.member(ANNA).distinct.values()]) == (0, [2])
    play(books, bought("2", "2026-11-02", line("gift", 5000, labels=("category:gifts",))))
    assert balance(books) == 50
    assert findings(books, instant("2026-11-02")) == []


def test_a_member_of_many_categories_has_a_record_of_bounded_size() -> None:
    books = with_goal(measure="categories", target=31, per="year")
    play(books, *(bought(str(n), "2026-11-01", *categories(*(f"{n}-{k}" for k in range(10)))) for n in range(12)))
    (tally,) = books.member(ANNA).distinct.values()
    assert (len(tally), balance(books)) == (62, 50)
    for n in range(12):
        lines = categories(*(f"{n}-{k}" for k in range(10)))
        books.execute(void(str(n), ANNA, *lines, at=instant("2026-11-01")), instant("2026-11-02"))
    assert (books.member(ANNA).distinct, balance(books)) == ({}, 0)


def test_pieces_of_chosen_lines() -> None:
    goal = {"measure": "pieces", "target": 4, "per": "month", "match": {"skus": ["BOWL"]}}
    lines = line("1", 900, quantity=9), line("2", 300, quantity=3, sku="BOWL")
    books = play(with_goal(**goal), bought("1", "2026-11-01", *lines))
    assert balance(books) == 0
    play(books, bought("2", "2026-11-02", line("2", 100, sku="BOWL")))
    assert balance(books) == 50


def test_a_streak_is_undone_when_its_week_falls_empty() -> None:
    goal = {"measure": "weeks", "target": 3, "per": "all"}
    books = play(with_goal(**goal), *(bought(day, day) for day in ("2026-11-02", "2026-11-09", "2026-11-16")))
    assert (balance(books), reasons(books)) == (50, ["Goal reached: 3 weeks in a row."])
    assert streak_of(books.member(ANNA), local_day(instant("2026-11-26"), "UTC")) == 3
    books.execute(refund("2026-11-09", "r", amount=10_000), instant("2026-11-17"))
    assert balance(books) == 0
    assert streak_of(books.member(ANNA), local_day(instant("2026-11-26"), "UTC")) == 1
    play(books, *(bought(day, day) for day in ("2026-11-23", "2026-11-30")))
    assert balance(books) == 50
    assert findings(books, instant("2026-11-30")) == []


def test_a_badge_needs_no_reward() -> None:
    books = play(
        shop(goals=[{"id": "explorer", "measure": "categories", "target": 2, "badge": {"en": "Explorer"}}]),
        bought("1", "2026-11-01", *categories("tea", "cups")),
    )
    assert [award.name for award in books.member(ANNA).won] == ["explorer"]
    books.execute(void("1", ANNA, *categories("tea", "cups"), at=instant("2026-11-01")), instant("2026-11-02"))
    assert books.member(ANNA).won == ()


def test_two_accounts_that_both_reached_it_keep_both_rewards_while_it_is_reached() -> None:
    books = with_goal(target=1)
    play(books, bought("1", "2026-11-01"), bought("2", "2026-11-02", buyer=BEN))
    books.execute(merge(BEN), instant("2026-11-03"))
    assert balance(books) == 100
    books.execute(refund("2", "r", amount=10_000), instant("2026-11-04"))
    assert balance(books) == 100
    books.execute(refund("1", "r", amount=10_000), instant("2026-11-04"))
    assert balance(books) == 0
    assert findings(books, instant("2026-11-04")) == []


def test_an_order_that_turns_out_to_be_somebody_elses_counts_for_that_one() -> None:
    books = play(with_goal(target=1), bought("1", "2026-11-01"))
    moved, _ = bought("1", "2026-11-01", buyer=BEN, stamp_ms=5)
    books.execute(moved, instant("2026-11-02"))
    assert (balance(books), balance(books, member=BEN)) == (0, 50)
    assert findings(books, instant("2026-11-02")) == []


def test_a_streak_is_reached_by_another_run_where_its_own_falls_empty() -> None:
    goal = {"measure": "weeks", "target": 2, "per": "all"}
    weeks = ("2026-09-07", "2026-09-14", "2026-10-05", "2026-10-12")
    deliveries = [bought(day, day)[0] for day in weeks] + [refund("2026-09-07", "r", amount=10_000)]
    for permutation in permutations(deliveries):
        books = with_goal(**goal)
        for command in permutation:
            books.execute(command, instant("2026-10-13"))
        assert balance(books) == 50
        assert findings(books, instant("2026-10-13")) == []


def test_a_streak_is_given_once_by_its_earliest_run_whatever_completes_several() -> None:
    """The week between joins three: two runs of two weeks at once."""
    for weeks in permutations(("2026-08-31", "2026-09-07", "2026-09-14")):
        books = with_goal(measure="weeks", target=2, per="all")
        for day in weeks:
            books.execute(bought(day, day)[0], instant("2026-09-15"))
        assert balance(books) == 50
        if weeks[2] == "2026-09-07":
            assert [award.number for award in books.member(ANNA).won] == [period_number("week", date(2026, 9, 7))]


def test_a_longer_streak_is_not_reached_by_a_shorter_one() -> None:
    two = {"id": "two", "measure": "weeks", "target": 2, "reward": {"give": 50, "of": "points"}}
    goals = [two, two | {"id": "three", "target": 3, "keep": True}]
    books = play(shop(goals=goals), *(bought(day, day) for day in ("2026-11-02", "2026-11-09", "2026-11-10")))
    assert balance(books) == 50
    play(books, bought("3", "2026-11-16"))
    assert balance(books) == 100


def test_a_streak_stands_by_the_run_that_reached_it_whatever_is_heard_of_earlier_weeks() -> None:
    books = with_goal(measure="weeks", target=2, per="all")
    for day in ("2026-10-05", "2026-10-12", "2026-09-07", "2026-09-14"):
        books.execute(bought(day, day)[0], instant("2026-10-13"))
    assert [award.number for award in books.member(ANNA).won] == [period_number("week", date(2026, 10, 12))]
    assert len(reasons(books)) == 1


@pytest.mark.parametrize(("received_on", "points"), [("2026-07-12", 0), ("2026-07-13", 50)])
def test_a_streak_is_final_once_its_first_week_is_forgotten(received_on: str, points: int) -> None:
    """27 weeks are remembered, the running one included: that of 5 January until Sunday, 12 July."""
    goal = {"measure": "weeks", "target": 2, "per": "all"}
    books = play(with_goal(**goal), *(bought(day, day) for day in ("2026-01-05", "2026-01-12")))
    books.execute(refund("2026-01-05", "r", amount=10_000), instant(received_on))
    assert balance(books) == points


def test_a_streak_stays_when_only_its_weeks_are_forgotten() -> None:
    goal = {"measure": "weeks", "target": 2, "per": "all"}
    books = play(with_goal(**goal), *(bought(day, day) for day in ("2026-01-05", "2026-01-12", "2026-07-15")))
    assert balance(books) == 50


@pytest.mark.parametrize(("on", "weeks"), [("2026-11-16", 3), ("2026-11-23", 3), ("2026-11-30", 0)])
def test_a_streak_runs_until_a_whole_week_is_empty(on: str, weeks: int) -> None:
    books = play(shop(goals=[REGULAR | {"measure": "weeks", "per": "all"}]))
    play(books, *(bought(day, day) for day in ("2026-10-19", "2026-11-02", "2026-11-09", "2026-11-16")))
    assert streak_of(books.member(ANNA), date.fromisoformat(on)) == weeks


def test_a_streak_that_the_shop_is_generous_about_is_not_given_twice() -> None:
    goal = {"measure": "weeks", "target": 2, "per": "all", "keep": True}
    books = play(with_goal(**goal), *(bought(day, day) for day in ("2026-09-07", "2026-09-14")))
    books.execute(refund("2026-09-07", "r", amount=10_000), instant("2026-09-20"))
    play(books, *(bought(day, day) for day in ("2026-10-05", "2026-10-12")))
    assert balance(books) == 50


def test_two_accounts_reach_it_together_in_the_month_before_their_merge() -> None:
    books = play(
        with_goal(target=2), bought("1", "2026-10-30"), bought("2", "2026-10-31", buyer=BEN), bought("3", "2026-11-01")
    )
    books.execute(merge(BEN), instant("2026-11-02"))
    assert (balance(books), reasons(books)) == (50, ["Goal reached: 2 orders in 2026-10."])
    assert findings(books, instant("2026-11-02")) == []


@pytest.mark.parametrize(
    "parts",
    [
        {"goals": [REGULAR | {"target": 1}]},
        {"cards": [{"id": "card", "counts": {"orders": True}, "size": 1, "reward": {"give": 50, "of": "points"}}]},
        {"levels": {"steps": [{"id": "none", "at": 0}, {"id": "gold", "at": 1, "gift": {"give": 50, "of": "points"}}]}},
    ],
    ids=["goal", "card", "level"],
)
def test_an_award_of_points_expires_as_the_points_do(parts: Any) -> None:
    expiring = {"assets": {"points": {"name": {"en": "points"}, "worth": {"EUR": 0.05}, "expire_months": 12}}}
    books = play(shop(**expiring, **parts), bought("1", "2026-11-02"))

    assert balance(books) == 50
    assert books.balance(ANNA, "points", instant("2027-11-01")).available == 50
    assert books.balance(ANNA, "points", instant("2027-11-04")).available == 0


@pytest.mark.parametrize(("day", "given"), [("2026-11-01", 300), ("2026-10-01", 300), ("2026-09-30", 0)])
def test_an_order_that_is_heard_of_when_its_period_and_the_next_are_over_reaches_no_goal(day: str, given: int) -> None:
    goal = {"id": "often", "measure": "orders", "target": 1, "per": "month", "reward": {"amount": 3}}
    books = shop(goals=[goal])
    late, _ = bought("1", day)
    books.execute(late, instant("2026-11-02"))
    assert balance(books, "EUR/2") == given
    assert findings(books, instant("2026-11-02")) == []


def test_a_merge_numbers_only_cards_anew_though_another_award_has_the_name_of_one() -> None:
    """A level that took the id of an old card: its gift stays one of its year, and the goal's one of its month."""
    anna = Member(ANNA, won=(Won("gold", CARD, "all", 3, 1), Won("tea", CARD, "all", 2, 1)))
    others = (Won("gold", LEVEL, "year", 2026, 1), Won("tea", GOAL, "month", 24_322, 1), Won("tea", CARD, "all", 1, 1))
    survivor, merged = joined(anna, Member(BEN, won=others))
    assert survivor.won == (*anna.won, *others[:2], Won("tea", CARD, "all", 3, 1))
    assert merged.won == ()
    _, anew = joined(Member(BEN, won=others[:2]), anna)
    survivor, _ = joined(Member(BEN, won=others[:2]), anna)
    assert (survivor.won, anew.won) == ((*others[:2], *anna.won), ())


@pytest.mark.parametrize(("times", "marked"), [(1, 0), (6, 0), (7, 1)])
def test_of_a_card_six_awards_are_remembered_apart_beside_goals_that_are_final(times: int, marked: int) -> None:
    """The seventh last one stays as a mark of how often the card was full, and gives nothing any more."""
    cards = tuple(Won("cups", CARD, "all", number, 1, "EUR/2", 400) for number in range(1, times + 1))
    old = Won("often", GOAL, "month", 24_000, 1, "EUR/2", 300)
    member = remembered(Member(ANNA, won=(old, *cards)), parse(document()), date(2026, 11, 2))
    marks = tuple(Won("cups", CARD, "all", number, 1) for number in range(1, marked + 1))
    assert member.won == (*marks, *cards[marked:])
    assert member.awarded == {"goal EUR/2": 300} | ({"card EUR/2": 400 * marked} if marked else {})


@pytest.mark.parametrize(
    "parts",
    [
        {"goals": [{"id": "often", "measure": "orders", "target": 1, "reward": {"amount": 5}}]},
        {"cards": [{"id": "cups", "counts": {"orders": True}, "size": 1, "reward": {"amount": 5}}]},
        {"levels": {"steps": [{"id": "green", "at": 0}, {"id": "black", "at": 50, "gift": {"amount": 5}}]}},
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_what_was_spent_of_an_award_is_the_shops_loss_where_the_order_itself_gave_nothing(
    parts: dict[str, Any],
) -> None:
    """docs/programme.md, `clawback: loss`: what was spent of returned orders is let off."""
    books = play(shop(clawback="loss", **parts), bought("1", "2026-11-02", line(net=10_000)))
    assert balance(books, "EUR/2") == 500
    books.execute(Redeem(ANNA, "EUR/2", 500), instant("2026-11-03"))
    books.execute(refund("1", "r", amount=10_000), instant("2026-11-04"))
    assert (balance(books, "EUR/2"), reasons(books)[-1]) == (
        0,
        "Let off by the shop: this had been spent before it was taken back.",
    )
    assert findings(books, instant("2026-11-04")) == []


def test_the_audit_does_not_take_the_gift_of_a_level_for_an_award_of_the_card_that_has_its_id() -> None:
    card = {"id": "gold", "counts": {"orders": True}, "size": 5, "reward": {"amount": 4}}
    programme, day = parse(document(cards=[card])), date(2026, 11, 2)
    gift = Member(ANNA, won=(Won("gold", LEVEL, "year", 2026, 1, "EUR/2", 500),))
    assert unfounded(gift, programme, day, UNNUMBERED) == []
    stamped = Won("gold", CARD, "all", 1, 1, "EUR/2", 400)
    assert unfounded(Member(ANNA, won=(stamped,)), programme, day, UNNUMBERED) == [stamped]
    assert unfounded(Member(ANNA, won=(stamped,), counts={"gold/a": (0, 5)}), programme, day, UNNUMBERED) == []
