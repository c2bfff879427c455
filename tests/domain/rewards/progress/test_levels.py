"""Levels: a function of the counters and the day, whose multiplier is that of the level before the order."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.audit import progress_checks
from chalicelib.domain.commands import RecordActivity
from chalicelib.domain.core.calendar import number_of
from chalicelib.domain.core.series import Series, added
from chalicelib.domain.events import LevelChanged
from chalicelib.domain.programme.awards import MAX_GRACE_DAYS
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.domain.records import Granted, Member
from chalicelib.domain.rewards.progress.levels import (
    better_granted,
    counted_by,
    is_remembered,
    level_of,
    score,
    turning_days,
)
from tests.domain.rewards.progress.shops import balance, bought, instant, play, reasons, shop
from tests.world.audit import findings
from tests.world.builders import ANNA, BEN, document, line, merge, refund, void

GREEN, BLACK = {"id": "green", "at": 0}, {"id": "black", "at": 200, "multiply": {"cashback": Decimal("1.5")}}
WHITE = {"id": "white", "at": 800, "multiply": {"cashback": 2}}
EARN = [{"id": "cashback", "percent": 5}]


def with_levels(*steps: dict[str, Any], **parts: Any) -> Any:
    levels = {"steps": list(steps or (GREEN, BLACK)), "counts": "at_once"} | parts
    return shop(earn=EARN, levels=levels)


def test_the_multiplier_is_that_of_the_level_before_the_order() -> None:
    books = play(with_levels(), bought("1", "2026-11-02", line(net=20_000)))
    assert balance(books, "EUR/2") == 1000
    play(books, bought("2", "2026-11-03", line(net=10_000)))
    assert balance(books, "EUR/2") == 1750
    assert reasons(books)[-1] == "Cashback: 5% of 100.00 EUR, times 1.5 for level black, on your order 2."
    assert [event for event in books.events if isinstance(event, LevelChanged)] == [
        LevelChanged(ANNA, "", "black"),
    ]


def test_an_orders_multiplier_never_changes() -> None:
    books = play(
        with_levels(), bought("1", "2026-11-02", line(net=20_000)), bought("2", "2026-11-03", line(net=10_000))
    )
    books.execute(void("1", ANNA, line(net=20_000), at=instant("2026-11-02")), instant("2026-11-04"))
    assert books.member(ANNA).level == "green"
    assert balance(books, "EUR/2") == 750
    books.execute(refund("2", "r", amount=5000), instant("2026-11-05"))
    assert balance(books, "EUR/2") == 375
    assert findings(books, instant("2026-11-05")) == []


def test_points_are_multiplied_inside_their_one_rounding() -> None:
    """1 for each 1.00 at x 1.5 on 19.99 is 28: where words have two meanings, the one that holds."""
    steps = [{"id": "black", "at": 0, "multiply": {"leaves": Decimal("1.5")}}]
    books = shop(earn=[{"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}], levels={"steps": steps})
    play(books, bought("1", "2026-11-02", line(net=1999)))
    assert balance(books) == 28


@pytest.mark.parametrize(("decimals", "step"), [(0, 120), (2, 120), (4, 120)])
def test_a_level_is_measured_in_an_asset_of_any_decimals(decimals: int, step: int) -> None:
    """The counter of an asset with decimals is named `miles/2`: what follows the slash is no period."""
    books = shop(
        assets={"miles": {"decimals": decimals}},
        earn=[{"id": "flown", "give": 1, "of": "miles", "per": {"EUR": 1}}],
        levels={"measure": "miles", "per": "rolling", "steps": [GREEN, {"id": "black", "at": step}]},
        cards=[{"id": "flights", "counts": {"orders": True}, "size": 2, "reward": {"amount": 1}}],
    )
    play(books, bought("1", "2026-11-02", line(net=7000)))
    assert books.member(ANNA).level == "green"
    play(books, bought("2", "2026-11-03", line(net=5000)))
    assert books.member(ANNA).level == "black"
    assert findings(books, instant("2026-11-03")) == []


def test_a_cap_holds_after_the_multiplier() -> None:
    steps = [{"id": "black", "at": 0, "multiply": {"cashback": 2}}]
    books = shop(earn=[{"id": "cashback", "percent": 5, "cap": 8}], levels={"steps": steps})
    play(books, bought("1", "2026-11-02", line(net=10_000)), bought("2", "2026-11-02", line(net=5000)))
    assert reasons(books) == [
        "Cashback: 5% of 100.00 EUR, times 2 for level black, on your order 1, up to the limit per order.",
        "Cashback: 5% of 50.00 EUR, times 2 for level black, on your order 2.",
    ]
    assert balance(books, "EUR/2") == 800 + 500


def test_closed_months_only_is_the_default_above_half_more() -> None:
    books = play(
        shop(earn=EARN, levels={"steps": [GREEN, {"id": "white", "at": 100, "multiply": {"cashback": 2}}]}),
        bought("1", "2026-11-02", line(net=20_000)),
        bought("2", "2026-11-30", line(net=10_000)),
        bought("3", "2026-12-01", line(net=10_000)),
    )
    assert balance(books, "EUR/2") == 1000 + 500 + 1000


@pytest.mark.parametrize("per", ["year", "rolling"])
@pytest.mark.parametrize("grace", [0, 10, 30, 31, 92])
def test_no_grace_lets_the_running_month_multiply(per: str, grace: int) -> None:
    """So that who buys, reaches a level, buys at its multiplier and returns the first order has gained nothing."""
    white = {"id": "white", "at": 100, "multiply": {"cashback": 3}, "gift": {"amount": 5}}
    books = play(
        shop(earn=EARN, levels={"steps": [GREEN, white], "per": per, "grace_days": grace}),
        bought("1", "2026-05-04", line(net=10_000)),
        bought("2", "2026-05-04", line(net=50_000)),
        bought("3", "2026-05-20", line(net=10_000)),
    )
    assert (balance(books, "EUR/2"), books.member(ANNA).level) == (500 + 2500 + 500, "green")
    play(books, bought("4", "2026-06-01", line(net=10_000)))
    assert (balance(books, "EUR/2"), books.member(ANNA).level) == (3500 + 1500 + 500, "white")
    assert findings(books, instant("2026-06-01")) == []


@pytest.mark.parametrize("per", ["year", "rolling", "lifetime"])
def test_an_order_that_is_heard_late_finds_no_later_month(per: str) -> None:
    levels = {"steps": [GREEN, {"id": "white", "at": 100, "multiply": {"cashback": 2}}], "per": per}
    books = play(shop(earn=EARN, levels=levels), bought("1", "2026-06-05", line(net=20_000)))
    late, _ = bought("2", "2026-05-25", line(net=10_000))
    books.execute(late, instant("2026-06-05"))
    assert books.order("2").terms.level == "green"
    assert balance(books, "EUR/2") == 1000 + 500


@pytest.mark.parametrize(
    ("per", "day", "level"),
    [
        ("year", "2026-12-31", "black"),
        ("year", "2027-12-31", "black"),  # the better of this year and the last one
        ("year", "2028-01-01", "green"),
        ("rolling", "2027-05-31", "black"),  # the last 12 closed months and this one
        ("rolling", "2027-06-01", "green"),
        ("lifetime", "2029-01-01", "black"),
    ],
)
def test_how_long_a_level_stands(per: str, day: str, level: str) -> None:
    books = play(with_levels(per=per), bought("1", "2026-05-10", line(net=20_000)))
    play(books, bought("later", day, line(net=100)))
    assert books.order("later").terms.level == level


@pytest.mark.parametrize(("day", "level"), [("2028-01-30", "black"), ("2028-01-31", "green")])
def test_a_level_is_kept_for_days_of_grace(day: str, level: str) -> None:
    books = play(with_levels(grace_days=30), bought("1", "2026-05-10", line(net=20_000)))
    play(books, bought("later", day, line(net=100)))
    assert books.order("later").terms.level == level


def test_news_of_an_order_that_counts_what_it_did_say_no_change_of_level_that_time_alone_made() -> None:
    """That is for the daily round; the next order that counts something says it too."""
    books = play(with_levels(per="rolling"), bought("1", "2026-01-10", line(net=20_000)))
    changes = [event for event in books.events if isinstance(event, LevelChanged)]
    later = instant("2027-02-05")
    delivered, _ = bought("1", "2026-01-10", line(net=20_000), stamp_ms=2, delivered_at=instant("2026-01-12"))
    books.execute(delivered, later)
    assert books.order("1").facts.view
    assert ([event for event in books.events if isinstance(event, LevelChanged)], books.member(ANNA).level) == (
        changes,
        "black",
    )
    play(books, bought("2", "2027-02-05", line(net=100)))
    assert books.member(ANNA).level == "green"


def test_levels_by_orders_and_by_points_earned() -> None:
    orders = with_levels(GREEN, {"id": "black", "at": 2}, measure="orders")
    play(orders, *(bought(str(n), "2026-11-02", line(net=100)) for n in range(2)))
    assert orders.member(ANNA).level == "black"
    steps = [GREEN, {"id": "black", "at": 30}]
    points = shop(
        earn=[{"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 10}}],
        levels={"measure": "points", "steps": steps},
    )
    play(points, bought("1", "2026-11-02", line(net=29_900)))
    assert points.member(ANNA).level == "green"
    play(points, bought("2", "2026-11-02", line(net=1000)))
    assert points.member(ANNA).level == "black"
    assert findings(points, instant("2026-11-02")) == []


def test_of_an_asset_levels_count_what_orders_earned_and_no_card_goal_gift_or_activity() -> None:
    """15 leaves for each order with the campaign; 90 of the gift, 70 of the card, 80 of the goal, 20 of the review."""
    earn = [
        {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 10}},
        {"id": "review", "give": 20, "of": "points", "on": "review"},
    ]
    award = {"of": "points"}
    books = shop(
        earn=earn,
        levels={"measure": "points", "steps": [GREEN | {"gift": award | {"give": 90}}, {"id": "black", "at": 31}]},
        cards=[{"id": "card", "counts": {"orders": True}, "size": 2, "reward": award | {"give": 70}}],
        goals=[{"id": "goal", "measure": "orders", "target": 2, "reward": award | {"give": 80}}],
        campaigns=[{"id": "k", "starts": "2026-11-01", "ends": "2026-11-30", "multiply": {"leaves": Decimal("1.5")}}],
    )
    play(books, *(bought(str(n), "2026-11-02", line(net=10_000)) for n in range(2)))
    assert findings(books, instant("2026-11-02")) == []
    books.execute(RecordActivity(ANNA, "review", "r1"), instant("2026-11-02"))
    assert (balance(books), books.member(ANNA).counts["points/a"]) == (30 + 90 + 70 + 80 + 20, (0, 30))
    assert books.member(ANNA).level == "green"
    play(books, bought("3", "2026-11-03", line(net=1000)))
    assert (books.member(ANNA).counts["points/a"], books.member(ANNA).level) == ((0, 31), "black")


def test_a_gift_is_given_once_per_level_and_year_and_follows_the_counter() -> None:
    gift = BLACK | {"gift": {"amount": 5}, "multiply": {}}
    books = play(with_levels(GREEN, gift), bought("1", "2026-11-02", line(net=20_000)))
    assert balance(books, "EUR/2") == 1500
    assert "Gift for your level: black, 2026." in reasons(books)
    play(books, bought("2", "2026-11-03", line(net=100)))
    assert balance(books, "EUR/2") == 1505
    books.execute(refund("1", "r", amount=10_000), instant("2026-11-04"))
    assert balance(books, "EUR/2") == 505
    assert "Gift for the level black taken back with your order 1: the level is not reached any more." in reasons(books)
    play(books, bought("3", "2026-11-05", line(net=10_000)))
    assert balance(books, "EUR/2") == 1505
    assert findings(books, instant("2026-11-05")) == []
    # The level stands through the next year, by what was bought in the last one; so it is given again.
    play(books, bought("4", "2027-01-05", line(net=100)))
    assert balance(books, "EUR/2") == 1505 + 505


def test_a_level_without_a_gift_is_no_award_and_no_change_is_told_of_none() -> None:
    books = play(with_levels(), bought("1", "2026-11-02", line(net=20_000)), bought("2", "2026-11-03", line(net=100)))
    assert books.member(ANNA).won == ()
    assert {type(event).__name__ for event in books.events} == {
        *("ProgrammePublished", "OrderRecorded", "RewardPosted", "LevelChanged")
    }


def test_a_gift_of_a_level_by_closed_months_comes_with_the_level() -> None:
    gift = BLACK | {"gift": {"amount": 5}, "multiply": {}}
    books = play(with_levels(GREEN, gift, counts="next_month"), bought("1", "2026-11-02", line(net=20_000)))
    assert balance(books, "EUR/2") == 1000
    play(books, bought("2", "2026-12-01", line(net=100)))
    assert balance(books, "EUR/2") == 1005 + 500


def test_a_gift_that_begins_this_year_is_not_given_for_the_last_one() -> None:
    """A goal of last year is no gift of the level, although both are of a year."""
    gift = {"steps": [GREEN, BLACK | {"gift": {"amount": 5}}], "counts": "at_once"}
    goal = {"id": "yearly", "measure": "orders", "target": 1, "per": "year", "reward": {"amount": 1}}
    books = play(shop(earn=EARN, goals=[goal]), bought("1", "2025-11-02", line(net=25_000)))
    draft = document(earn=EARN, goals=[goal], levels=gift, timezone="UTC", assets={"points": {}})
    books.publish(parse(draft), effective_at=instant("2026-01-01"), now=instant("2026-01-01"))
    play(books, bought("2", "2026-01-05", line(net=100)))
    assert [reason for reason in reasons(books) if reason.startswith("Gift")] == ["Gift for your level: black, 2026."]


def test_a_gift_is_given_by_the_levels_in_force_alone() -> None:
    gift = BLACK | {"gift": {"amount": 5}}
    books = play(with_levels(GREEN, gift), bought("1", "2026-11-02", line(net=10_000)))
    without = document(earn=EARN, timezone="UTC", assets={"points": {}})
    books.publish(parse(without), effective_at=instant("2026-11-10"), now=instant("2026-11-10"))
    late, _ = bought("2", "2026-11-03", line(net=10_000))
    books.execute(late, instant("2026-11-11"))
    assert balance(books, "EUR/2") == 1000


GIFT = {"amount": 5}
GIFTED = {"id": "black", "at": 200, "gift": GIFT}


def republished(books: Any, day: str, **parts: Any) -> None:
    """Another version of the programme, in force from noon of a day."""
    parts = {"earn": EARN, "timezone": "UTC", "assets": {"points": {}}} | parts
    books.publish(parse(document(**parts)), effective_at=instant(day), now=instant(day))


def levels_by(*steps: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"steps": list(steps), "counts": "at_once"} | parts


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"levels": levels_by(GREEN)},
        {"levels": levels_by(GREEN, {"id": "black", "at": 200})},
        {"levels": levels_by(GREEN, GIFTED | {"id": "gold"})},
        {"levels": levels_by(GREEN, GIFTED | {"at": 300})},
        {"levels": levels_by(GREEN, GIFTED, measure="orders")},
        {"levels": levels_by(GREEN, GIFTED), "currency": "USD", "currencies": ["EUR"]},
    ],
    ids=[
        "no levels",
        "no such level",
        "no gift",
        "another id",
        "a higher level",
        "another measure",
        "another currency",
    ],
)
class TestGiftsOfEarlierVersions:
    """A gift is judged by the version that gave it, as an order is valued "for ever, under the version that was in
    force when it was paid; redeliveries and refunds of it too" (docs/programme.md).
    """

    @pytest.fixture
    def books(self, parts: dict[str, Any]) -> Any:
        """A buyer of 210.00 in a level from 200.00, of which the programme has another opinion since."""
        books = play(with_levels(GREEN, GIFTED), bought("1", "2026-11-02", line(net=21_000)))
        assert balance(books, "EUR/2") == 1050 + 500
        republished(books, "2026-11-10", **parts)
        return books

    def test_it_stays_when_more_is_bought_and_is_not_given_again(self, books: Any) -> None:
        play(books, bought("2", "2026-11-11", line(net=1000)))
        assert balance(books, "EUR/2") == 1050 + 500 + 50
        assert findings(books, instant("2026-11-11")) == []

    def test_it_goes_with_the_goods_that_it_was_given_for(self, books: Any) -> None:
        books.execute(refund("1", "r", amount=21_000), instant("2026-11-11"))
        assert balance(books, "EUR/2") == 0
        assert "Gift for the level black taken back with your order 1: the level is not reached any more." in reasons(
            books
        )
        assert findings(books, instant("2026-11-11")) == []

    def test_it_stays_while_enough_of_them_is_kept(self, books: Any) -> None:
        books.execute(refund("1", "r", amount=1000), instant("2026-11-11"))
        assert balance(books, "EUR/2") == 1000 + 500
        assert findings(books, instant("2026-11-11")) == []


@pytest.mark.parametrize("year", ["2026", "2027"], ids=["this year's", "last year's"])
def test_a_gift_that_stands_by_a_version_that_asks_for_less_stands_by_it_from_then_on(year: str) -> None:
    """It is not taken and given anew, and a version that asks for more again takes nothing."""
    books = play(with_levels(GREEN, GIFTED), bought("1", "2026-11-02", line(net=21_000)))
    (given,) = books.member(ANNA).won
    republished(books, "2026-11-10", levels=levels_by(GREEN, GIFTED | {"at": 100}))
    books.execute(refund("1", "r", amount=9000), instant(f"{year}-11-11" if year == "2026" else "2027-01-11"))
    own = [award for award in books.member(ANNA).won if award.number == 2026]
    assert own == [replace(given, version=2)]
    assert not any("taken back: the level" in reason for reason in reasons(books))
    republished(books, f"{year}-12-01", levels=levels_by(GREEN, GIFTED | {"at": 300}))
    play(books, bought("2", f"{year}-12-02", line(net=100)))
    assert [award for award in books.member(ANNA).won if award.number == 2026] == own
    assert findings(books, instant(f"{year}-12-02")) == []


def test_gifts_of_two_members_that_are_one_now_stay_while_either_is_reached() -> None:
    """Anna's was given from 200.00, Ben's from 100.00; together they have kept 150.00, and 1000.00 is asked for now."""
    books = play(with_levels(GREEN, GIFTED), bought("1", "2026-11-02", line(net=20_000)))
    republished(books, "2026-11-10", levels=levels_by(GREEN, GIFTED | {"at": 100}))
    play(books, bought("2", "2026-11-11", line(net=10_000), buyer=BEN))
    republished(books, "2026-11-20", levels=levels_by(GREEN, GIFTED | {"at": 1000}))
    books.execute(merge(BEN), instant("2026-11-21"))
    books.execute(refund("1", "r", amount=15_000), instant("2026-11-22"))
    assert balance(books, "EUR/2") == 250 + 500 + 500 + 500
    books.execute(refund("1", "s", amount=5000), instant("2026-11-23"))
    books.execute(refund("2", "t", amount=100), instant("2026-11-23"))
    assert balance(books, "EUR/2") == 495
    assert findings(books, instant("2026-11-23")) == []


def test_the_audit_leaves_out_a_gift_of_a_version_that_it_has_not_read() -> None:
    books = play(with_levels(GREEN, GIFTED), bought("1", "2026-11-02", line(net=21_000)))
    anna, history = books.member(ANNA), books.history()
    newer = replace(anna, won=tuple(replace(award, version=2) for award in anna.won))
    assert progress_checks.of_awards(newer, history, instant("2026-11-02")) == []


def test_a_gift_stays_where_a_later_version_asks_for_less_and_that_is_reached() -> None:
    books = play(with_levels(GREEN, GIFTED), bought("1", "2026-11-02", line(net=21_000)))
    republished(books, "2026-11-10", levels=levels_by(GREEN, GIFTED | {"at": 100}))
    books.execute(refund("1", "r", amount=9000), instant("2026-11-11"))
    assert balance(books, "EUR/2") == 600 + 500
    books.execute(refund("1", "s", amount=9000), instant("2026-11-12"))
    assert balance(books, "EUR/2") == 150
    assert findings(books, instant("2026-11-12")) == []


@pytest.mark.parametrize(
    ("step", "more"),
    [
        ({"id": "gold", "at": 200, "gift": {"amount": 7}}, 700),
        ({"id": "gold", "at": 205, "gift": GIFT}, 500),
        ({"id": "gold", "at": 200, "gift": GIFT}, 0),
    ],
    ids=["another gift", "another level", "the same by another id"],
)
def test_only_another_gift_or_level_gives_once_more_in_a_year(step: dict[str, Any], more: int) -> None:
    books = play(with_levels(GREEN, GIFTED), bought("1", "2026-11-02", line(net=21_000)))
    republished(books, "2026-11-10", levels=levels_by(GREEN, step))
    play(books, bought("2", "2026-11-11", line(net=1000)))
    assert balance(books, "EUR/2") == 1050 + 500 + 50 + more
    # In the next year the level stands by what was bought in this one, whatever it is called now.
    play(books, bought("3", "2027-01-11", line(net=1000)))
    assert balance(books, "EUR/2") == 1050 + 500 + 100 + more + step["gift"]["amount"] * 100
    assert findings(books, instant("2027-01-11")) == []


def test_a_gift_from_before_versions_were_remembered_is_judged_by_the_programme_in_force() -> None:
    books = play(with_levels(GREEN, GIFTED), bought("1", "2026-11-02", line(net=21_000)))
    anna = books.member(ANNA)
    assert [(award.name, award.version) for award in anna.won] == [("black", 1)]
    books.records[anna.ref] = replace(anna, won=tuple(replace(award, version=0) for award in anna.won))
    republished(books, "2026-11-10", levels=levels_by(GREEN, GIFTED | {"at": 300}))
    play(books, bought("2", "2026-11-11", line(net=1000)))
    assert balance(books, "EUR/2") == 1050 + 50


def test_a_gift_from_before_versions_were_remembered_stands_by_the_one_in_force_from_then_on() -> None:
    books = play(with_levels(GREEN, GIFTED), bought("1", "2026-11-02", line(net=21_000)))
    anna = books.member(ANNA)
    books.records[anna.ref] = replace(anna, won=tuple(replace(award, version=0) for award in anna.won))
    republished(books, "2026-11-10", levels=levels_by(GREEN, GIFTED | {"at": 100}))
    play(books, bought("2", "2026-11-11", line(net=1000)))
    assert [(award.name, award.version) for award in books.member(ANNA).won] == [("black", 2)]


def test_a_gift_of_last_year_rests_on_what_was_bought_until_its_end() -> None:
    """What was bought this year has a gift of its own, and keeps none of an order that went back."""
    books = play(with_levels(GREEN, GIFTED), bought("1", "2026-11-02", line(net=21_000)))
    play(books, bought("2", "2027-01-11", line(net=21_000)))
    assert balance(books, "EUR/2") == 2 * (1050 + 500)
    books.execute(refund("1", amount=21_000), instant("2027-02-01"))
    assert balance(books, "EUR/2") == 1050 + 500
    assert findings(books, instant("2027-02-01")) == []


@pytest.mark.parametrize(("day", "available"), [("2027-12-31", 0), ("2028-01-01", 500)])
def test_a_gift_stays_for_good_after_the_end_of_the_next_year(day: str, available: int) -> None:
    """Though what a level for life was reached with is known for ever."""
    books = play(with_levels(GREEN, GIFTED, per="lifetime"), bought("1", "2026-11-02", line(net=21_000)))
    books.execute(refund("1", amount=21_000), instant(day))
    assert balance(books, "EUR/2") == available
    assert findings(books, instant(day)) == []


def test_the_version_by_which_a_gift_stands_is_that_of_the_gift_alone() -> None:
    card = {"id": "coffee", "counts": {"orders": True}, "size": 1, "reward": {"amount": 1}}
    books = with_levels(GREEN, GIFTED)
    republished(books, "2026-11-01", levels=levels_by(GREEN, GIFTED), cards=[card])
    play(books, bought("1", "2026-11-02", line(net=21_000)), bought("2", "2026-11-03", line(net=1000)))
    assert {(award.name, award.version) for award in books.member(ANNA).won} == {("coffee", 0), ("black", 2)}


def test_an_order_under_a_programme_without_levels_says_that_its_buyer_has_none_any_more() -> None:
    books = play(with_levels(), bought("1", "2026-11-02", line(net=20_000)))
    without = document(earn=EARN, timezone="UTC", assets={"points": {}})
    books.publish(parse(without), effective_at=instant("2026-11-10"), now=instant("2026-11-10"))
    play(books, bought("2", "2026-11-11", line(net=10_000)))
    changes = [event for event in books.events if isinstance(event, LevelChanged)]
    assert (changes[-1], books.member(ANNA).level) == (LevelChanged(ANNA, "black", ""), "")


def test_a_gift_stays_when_only_time_ends_the_level() -> None:
    gift = BLACK | {"gift": {"amount": 5}, "multiply": {}}
    books = play(with_levels(GREEN, gift, per="rolling"), bought("1", "2026-01-10", line(net=20_000)))
    play(books, bought("2", "2027-01-05", line(net=100)))
    assert balance(books, "EUR/2") == 1500 + 505
    play(books, bought("3", "2027-02-05", line(net=100)))
    assert (books.member(ANNA).level, balance(books, "EUR/2")) == ("green", 1500 + 510)


def test_a_gift_stays_where_later_orders_reach_the_level_without_the_first() -> None:
    gift = BLACK | {"gift": {"amount": 5}, "multiply": {}}
    books = play(
        with_levels(GREEN, gift, per="rolling"),
        bought("1", "2026-11-02", line(net=20_000)),
        bought("2", "2026-12-03", line(net=20_000)),
    )
    books.execute(void("1", ANNA, line(net=20_000), at=instant("2026-11-02")), instant("2026-12-04"))
    assert (books.member(ANNA).level, balance(books, "EUR/2")) == ("black", 1000 + 500)
    books.execute(void("2", ANNA, line(net=20_000), at=instant("2026-12-03")), instant("2026-12-05"))
    assert (books.member(ANNA).level, balance(books, "EUR/2")) == ("green", 0)
    assert findings(books, instant("2026-12-05")) == []


def test_a_gift_of_last_year_follows_a_refund_in_the_year_after() -> None:
    gift = BLACK | {"gift": {"amount": 5}, "multiply": {}}
    books = play(with_levels(GREEN, gift), bought("1", "2026-12-31", line(net=20_000)))
    assert balance(books, "EUR/2") == 1500
    books.execute(refund("1", "r", amount=20_000), instant("2027-01-02"))
    assert balance(books, "EUR/2") == 0
    assert findings(books, instant("2027-01-02")) == []


def test_a_gift_is_final_once_what_it_rested_on_is_forgotten() -> None:
    """Sixteen months are remembered; a gift of January rests on those of the January before."""
    gift = {"id": "black", "at": 120, "gift": {"amount": 5}}
    books = with_levels(GREEN, gift, per="rolling")
    for name, day, net in (
        ("1", "2024-01-20", 10_000),
        ("2", "2024-06-10", 10_000),
        ("3", "2025-01-05", 1),
        ("4", "2025-12-20", 1),
    ):
        play(books, bought(name, day, line(net=net)))
    assert balance(books, "EUR/2") == 500 + 500 + 2 * 500
    assert findings(books, instant("2025-12-20")) == []


@given(
    counts=st.lists(st.integers(0, 300), min_size=28, max_size=28),
    per=st.sampled_from(["year", "rolling"]),
    grace=st.sampled_from([0, 1, 30, 92]),
    counted=st.sampled_from(["at_once", "next_month"]),
    begin=st.integers(0, 400),
    length=st.integers(0, 330),
)
def test_between_turning_days_a_level_stays_as_it_is(
    counts: list[int], per: str, grace: int, counted: str, begin: int, length: int
) -> None:
    levels = {"steps": [GREEN, BLACK, WHITE], "per": per, "grace_days": grace, "counts": counted}
    programme = parse(document(earn=EARN, levels=levels))
    assert programme.levels
    first_month, euros = 2025 * 12, [100 * amount for amount in counts]
    years = {year: sum(euros[(year - 2025) * 12 :][:12]) for year in (2025, 2026, 2027)}
    member = Member(ANNA, counts={"EUR/m": (first_month, *euros), "EUR/y": (2025, *years.values())})
    first = date(2025, 2, 1) + timedelta(days=begin)
    every_day = [first + timedelta(days=days) for days in range(length + 1)]
    turning = turning_days(programme.levels, first, every_day[-1])
    levels_then, levels_ever = (
        {step.id for day in days if (step := level_of(member, programme, day))} for days in (turning, every_day)
    )
    assert levels_then == levels_ever


def levels_of(*steps: dict[str, Any], **parts: Any) -> Programme:
    return parse(document(earn=EARN, levels={"steps": list(steps or (GREEN, BLACK)), "counts": "at_once"} | parts))


@pytest.mark.parametrize(("first", "last"), [(date(2026, 11, 5), date(2026, 11, 10)), (date(2026, 10, 1),) * 2])
def test_a_level_can_change_by_time_when_a_month_begins_or_began_so_many_days_before(first: date, last: date) -> None:
    """1 October and 40 days are 10 November; the first day is looked at once."""
    levels = levels_of(grace_days=40).levels
    assert levels
    assert sorted(turning_days(levels, first, last)) == sorted({first, last})


def test_all_beginnings_of_months_are_turning_days_and_so_are_the_ends_of_the_grace_after_them() -> None:
    levels = levels_of(grace_days=10).levels
    assert levels
    days = sorted(turning_days(levels, date(2026, 10, 25), date(2026, 12, 5)))
    assert days == [date(2026, 10, 25), date(2026, 11, 1), date(2026, 11, 11), date(2026, 12, 1)]


@pytest.mark.parametrize(
    ("parts", "day", "remembered"),
    [
        ({"per": "lifetime"}, date(2000, 1, 1), True),
        # Three years are remembered, and a level of a year rests on the one before too.
        ({"per": "year"}, date(2025, 1, 1), True),
        ({"per": "year"}, date(2024, 12, 31), False),
        ({"per": "year", "grace_days": 10}, date(2025, 1, 11), True),
        ({"per": "year", "grace_days": 10}, date(2025, 1, 10), False),
        # Seventeen months are remembered, since July 2025; a level of July 2026 rests on those since then.
        ({"per": "rolling"}, date(2026, 7, 1), True),
        ({"per": "rolling"}, date(2026, 6, 30), False),
        ({"per": "rolling", "grace_days": 10}, date(2026, 7, 11), True),
        ({"per": "rolling", "grace_days": 10}, date(2026, 7, 10), False),
    ],
)
def test_what_a_level_on_a_day_rests_on_may_be_forgotten(parts: dict[str, Any], day: date, remembered: bool) -> None:
    levels = levels_of(**parts).levels
    assert levels
    assert is_remembered(levels, day, date(2026, 11, 2)) == remembered


@pytest.mark.parametrize("per", ["lifetime", "year", "rolling"])
def test_all_that_a_level_rests_on_is_remembered_on_its_day_whatever_the_grace_is(per: str) -> None:
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(4 * 366)]
    longest = 0 if per == "lifetime" else MAX_GRACE_DAYS
    levels = levels_of(per=per, grace_days=longest).levels
    assert levels
    assert [day for day in days if not is_remembered(levels, day, day)] == []


def test_the_longest_grace_still_has_the_month_that_it_goes_back_to() -> None:
    """92 days before 2 April 2027 it is 31 December 2026, whose twelve closed months begin with December 2025."""
    books = play(with_levels(per="rolling", grace_days=92), bought("1", "2025-12-31", line(net=20_000)))
    assert books.order("1").terms.level == "green"
    play(books, bought("2", "2027-04-02", line(net=100)), bought("3", "2027-04-03", line(net=100)))
    assert [books.order(number).terms.level for number in ("2", "3")] == ["black", "green"]
    assert findings(books, instant("2027-04-03")) == []


def test_the_highest_level_that_is_reached_holds_and_below_the_first_there_is_none() -> None:
    programme, day = levels_of(GREEN, BLACK), date(2026, 11, 1)
    members = [Member(ANNA, counts={"EUR/y": (2025, amount, amount)}) for amount in (-1, 0, 19_999, 20_000)]
    steps = [level_of(member, programme, day) for member in members]
    assert [step.id if step else "" for step in steps] == ["", "green", "green", "black"]


@pytest.mark.parametrize(
    ("per", "day", "months", "grace", "scores"),
    [
        # What was bought in the running month counts next month, whatever the grace is.
        *(("year", "2026-05-20", {"2026-05": 600}, grace, (600, 0)) for grace in (0, 10, 30, 31, 92)),
        *(("rolling", "2026-05-20", {"2026-05": 600}, grace, (600, 0)) for grace in (0, 10, 30, 31, 92)),
        ("lifetime", "2026-05-20", {"2026-05": 600}, 0, (600, 0)),
        *((per, "2026-06-01", {"2026-05": 600}, 30, (600, 600)) for per in ("year", "rolling")),
        ("lifetime", "2026-06-01", {"2026-05": 600}, 0, (600, 600)),
        # An order that is heard in June and was paid in May finds what there was before May.
        ("year", "2026-05-25", {"2026-04": 50, "2026-05": 7, "2026-06": 600}, 0, (657, 50)),
        ("year", "2026-05-25", {"2026-04": 50, "2026-05": 7, "2026-06": 600}, 92, (657, 50)),
        ("year", "2026-12-31", {"2025-02": 1, "2026-11": 30, "2026-12": 7, "2027-01": 5}, 0, (37, 30)),
        ("lifetime", "2026-12-31", {"2025-02": 1, "2026-12": 7, "2027-01": 5}, 0, (13, 1)),
        ("lifetime", "2026-05-25", {"2026-04": 50, "2026-05": 7, "2026-06": 600}, 0, (657, 50)),
        ("rolling", "2026-05-25", {"2026-04": 50, "2026-05": 7, "2026-06": 600}, 0, (57, 50)),
        ("rolling", "2026-05-25", {"2026-04": 50, "2026-05": 7, "2026-06": 600}, 30, (57, 50)),
        # A year counts to the end of the next one, twelve closed months to the end of the month after them.
        ("year", "2026-12-31", {"2025-05": 80, "2026-12": 3}, 0, (80, 80)),
        ("year", "2027-01-01", {"2025-05": 80, "2026-12": 3}, 0, (3, 3)),
        ("rolling", "2026-05-31", {"2025-05": 80, "2025-12": 3}, 0, (83, 83)),
        ("rolling", "2026-06-01", {"2025-05": 80, "2025-12": 3}, 0, (3, 3)),
        # Within the grace what has left the period stands.
        ("year", "2027-01-30", {"2025-05": 80, "2026-12": 3}, 30, (80, 80)),
        ("year", "2027-01-31", {"2025-05": 80, "2026-12": 3}, 30, (3, 3)),
        ("rolling", "2026-06-30", {"2025-05": 80, "2025-12": 3}, 30, (83, 83)),
        ("rolling", "2026-07-01", {"2025-05": 80, "2025-12": 3}, 30, (3, 3)),
        # It adds nothing to it that was never in one period with it.
        ("year", "2027-01-10", {"2025-05": 80, "2027-01": 5}, 30, (80, 80)),
        ("rolling", "2026-06-10", {"2025-05": 80, "2026-06": 5}, 30, (80, 80)),
        # Nor does a grace of more than a month forget what was reached since its first day.
        ("rolling", "2026-06-01", {"2025-05": 80, "2026-05": 20}, 92, (100, 80)),
        ("rolling", "2026-08-31", {"2025-05": 80, "2026-05": 20}, 92, (100, 80)),
        ("rolling", "2026-09-01", {"2025-05": 80, "2026-05": 20}, 92, (20, 20)),
        ("year", "2026-03-01", {"2024-05": 90, "2026-01": 3, "2026-02": 4}, 92, (90, 90)),
        ("year", "2026-04-05", {"2024-05": 90, "2026-01": 3, "2026-02": 4}, 92, (7, 7)),
    ],
)
def test_a_level_counts_the_months_of_its_period_and_its_grace(
    per: str, day: str, months: dict[str, int], grace: int, scores: tuple[int, int]
) -> None:
    """Of euros by month: what the levels see of them on a day, at once and by closed months."""
    counts: dict[str, Series] = {}
    for month, amount in months.items():
        for name, number in (("EUR/m", number_of("month", month)), ("EUR/y", int(month[:4])), ("EUR/a", 0)):
            counts[name] = added(counts.get(name, ()), number, 100 * amount, 0)
    member, seen = Member(ANNA, counts=counts), []
    for counted in ("at_once", "next_month"):
        programme = levels_of(per=per, grace_days=grace, counts=counted)
        assert programme.levels
        seen.append(score(member, programme, programme.levels, date.fromisoformat(day)) / 100)
    assert tuple(seen) == scores


FIRST_DAY = date(2025, 1, 1)
DAYS = st.integers(0, 900).map(lambda days: FIRST_DAY + timedelta(days=days))


def counts_on(bought_on: date, day: date, per: str, counted: str, year: int) -> bool:
    """Whether what was bought on a day counts on another one, of a level by year in one of its years."""
    month = day.replace(day=1)
    if counted == "next_month" and bought_on >= month:
        return False
    if per == "rolling":
        return month.replace(year=month.year - 1) <= bought_on and bought_on.replace(day=1) <= month
    return per == "lifetime" or bought_on.year == year


@given(
    orders=st.lists(st.tuples(DAYS, st.integers(1, 300)), max_size=12),
    day=DAYS,
    per=st.sampled_from(["year", "rolling", "lifetime"]),
    grace=st.sampled_from([0, 1, 10, 30, 31, 92]),
    counted=st.sampled_from(["at_once", "next_month"]),
)
def test_what_counts_on_a_day_is_the_most_of_any_day_of_its_grace(
    orders: list[tuple[date, int]], day: date, per: str, grace: int, counted: str
) -> None:
    """Worked out a second time, order by order and day by day."""
    grace = 0 if per == "lifetime" else grace
    counts: dict[str, Series] = {}
    for bought_on, amount in orders:
        month = bought_on.year * 12 + bought_on.month - 1
        for name, number in (("EUR/m", month), ("EUR/y", bought_on.year), ("EUR/a", 0)):
            counts[name] = added(counts.get(name, ()), number, amount, 0)
    programme = levels_of(per=per, grace_days=grace, counts=counted)
    assert programme.levels
    of_days = [
        sum(amount for bought_on, amount in orders if counts_on(bought_on, back, per, counted, year))
        for back in (day - timedelta(days=days) for days in range(grace + 1))
        for year in (back.year, back.year - 1)
    ]
    assert score(Member(ANNA, counts=counts), programme, programme.levels, day) == max(of_days)


@pytest.mark.parametrize(("until", "level"), [(0, "gold"), (date(2026, 11, 5), "gold"), (date(2026, 11, 4), "green")])
def test_a_level_that_was_set_by_hand_holds_to_its_last_day_and_counts_for_nothing_after_it(
    until: Any, level: str
) -> None:
    """Not even for a level that is reached by a single cent."""
    programme = levels_of(GREEN, {"id": "cent", "at": Decimal("0.01")}, {"id": "gold", "at": 900})
    member = Member(ANNA, granted=Granted("gold", until.toordinal() if until else 0, 1, "reason"))
    step = level_of(member, programme, date(2026, 11, 5))
    assert step
    assert step.id == level


@pytest.mark.parametrize(
    ("first", "second", "better"),
    [
        (None, None, None),
        (("black", 0), None, 1),
        (None, ("black", 0), 2),
        (("black", 0), ("gold", 20), 2),
        (("gold", 20), ("black", 0), 1),
        (("gold", 20), ("gold", 21), 2),
        (("gold", 21), ("gold", 20), 1),
        (("gold", 20), ("gold", 20), 1),
        (("gold", 21), ("gold", 0), 2),  # for good is longer than any day
        (("gold", 0), ("gold", 21), 1),
        (("gold", 9), ("green", 0), 2),  # an ended one is worth nothing, not even as much as the level from 0 on
        (("green", 0), ("gold", 9), 1),
        (("green", 10), ("gold", 9), 1),
        (("silver", 0), ("green", 20), 2),  # of a name that no level has any more
    ],
)
def test_of_two_levels_set_by_hand_a_merged_member_keeps_the_higher_or_else_the_longer(
    first: tuple[str, int] | None, second: tuple[str, int] | None, better: int | None
) -> None:
    """On the 10th; the numbers are days of that month, 0 is for good."""
    programme = levels_of(GREEN, BLACK, {"id": "gold", "at": 900})
    annas, bens = (given_by_hand(*granted) if granted else None for granted in (first, second))
    members = [Member(name, granted=granted) for name, granted in ((ANNA, annas), (BEN, bens))]
    expected = {1: annas, 2: bens, None: None}[better]
    assert better_granted(members[0], members[1], programme, date(2026, 11, 10)) is expected


@pytest.mark.parametrize("programme", [None, parse(document(earn=EARN))])
def test_without_levels_the_longer_of_two_that_were_set_by_hand_is_kept(programme: Programme | None) -> None:
    shorter, longer = given_by_hand("gold", 20), given_by_hand("green", 0)
    anna, ben = Member(ANNA, granted=shorter), Member(BEN, granted=longer)
    day = date(2026, 11, 10)
    assert better_granted(anna, ben, programme, day) is longer
    assert better_granted(ben, anna, programme, day) is longer


def given_by_hand(level: str, until: int) -> Granted:
    return Granted(level, date(2026, 11, until).toordinal() if until else 0, 1, "reason")


@pytest.mark.parametrize(
    ("per", "counts", "periods"),
    [
        ("rolling", "at_once", ("month",)),
        ("rolling", "next_month", ("month",)),
        ("year", "at_once", ("year",)),
        ("year", "next_month", ("year", "month")),
        ("lifetime", "at_once", ("all",)),
        ("lifetime", "next_month", ("all", "month")),
    ],
)
def test_closed_months_are_kept_only_for_levels_that_look_at_them(
    per: str, counts: str, periods: tuple[str, ...]
) -> None:
    levels = levels_of(per=per, counts=counts).levels
    assert levels
    assert counted_by(levels) == periods


def test_two_accounts_have_one_level_once_they_are_merged() -> None:
    books = play(
        with_levels(), bought("1", "2026-11-02", line(net=12_000)), bought("2", "2026-11-02", line(net=9000), buyer=BEN)
    )
    assert books.member(ANNA).level == "green"
    books.execute(merge(BEN), instant("2026-11-03"))
    assert books.member(ANNA).level == "black"
    books.execute(refund("2", "r", amount=9000), instant("2026-11-04"))
    assert books.member(ANNA).level == "green"
    assert findings(books, instant("2026-11-05")) == []


def test_a_level_that_is_published_later_counts_what_was_bought_before() -> None:
    books = play(shop(earn=EARN), bought("1", "2026-11-02", line(net=25_000)))
    levels = {"steps": [GREEN, BLACK], "counts": "at_once"}
    later = parse(document(earn=EARN, timezone="UTC", assets={"points": {}}, levels=levels))
    books.publish(later, effective_at=instant("2026-11-03"), now=instant("2026-11-02"))
    play(books, bought("2", "2026-11-04", line(net=10_000)))
    assert balance(books, "EUR/2") == 1250 + 750
    # A refund of an order of before is valued under its own version, and lowers the level all the same.
    books.execute(refund("1", "r", amount=25_000), instant("2026-11-05"))
    assert (books.member(ANNA).level, balance(books, "EUR/2")) == ("green", 750)
    assert findings(books, instant("2026-11-05")) == []


def test_a_planted_level_of_an_order_is_found() -> None:
    books = play(with_levels(), bought("1", "2026-11-02", line(net=20_000)))
    books.records[books.order("1").ref] = books.order("1").under(level="black")
    assert [text.partition(":")[0] for text in findings(books, instant("2026-11-03"))] == ["due_differs"]


def test_an_order_that_was_paid_earlier_on_the_same_day_still_counts() -> None:
    books = play(with_levels(), bought("1", "2026-11-02", line(net=20_000), stamp_ms=2))
    earlier, _ = bought("1", "2026-11-02", line(net=20_000), stamp_ms=1)
    snapshot = replace(earlier.facts.sources["order"], at=instant("2026-11-02") - 3600)
    books.execute(replace(earlier, facts=replace(earlier.facts, sources={"order": snapshot})), instant("2026-11-03"))
    assert books.order("1").facts.paid_at == snapshot.at
    assert books.member(ANNA).counts["EUR/a"] == (0, 20_000)
    assert findings(books, instant("2026-11-03")) == []
