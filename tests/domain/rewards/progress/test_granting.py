"""A level set by hand: at least that one until it ends, with its gift, and without touching the counters."""

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.commands import MergeMembers, SetLevel, UpdateLevel
from chalicelib.domain.errors import InvalidInput, NotFound, Rejection
from chalicelib.domain.events import LevelChanged, OrderRecorded, ProgrammePublished, RewardPosted
from chalicelib.domain.programme.document import parse
from chalicelib.domain.records import Member
from tests.domain.rewards.progress.shops import balance, bought, instant, play, shop
from tests.world.audit import findings
from tests.world.builders import ANNA, BEN, document, line, refund
from tests.world.memory import Memory

LEVELS = {
    "steps": [
        {"id": "green", "at": 0},
        {"id": "black", "at": 200, "multiply": {"cashback": 2}, "gift": {"amount": 5}},
        {"id": "white", "at": 800, "multiply": {"cashback": 3}},
    ],
    "counts": "at_once",
}


def shop_with_levels() -> Memory:
    books = shop(earn=[{"id": "cashback", "percent": 5}], levels=LEVELS)
    return play(books, bought("1", "2026-11-02", line(net=10_000)))


def granting(level: str = "black", until: str = "") -> SetLevel:
    last = date.fromisoformat(until).toordinal() if until else 0
    return SetLevel(ANNA, level, last, "a guest of honour")


def test_it_multiplies_and_brings_its_gift_until_its_last_day() -> None:
    books = shop_with_levels()
    answer = books.execute(granting(until="2026-11-30"), instant("2026-11-03"))
    assert answer == {"member": ANNA, "level": "black", "last_day": "2026-11-30"}
    assert balance(books, "EUR/2") == 500 + 500
    assert books.events[-2:] == [
        RewardPosted(ANNA, "black", 500, "EUR/2", "level"),
        LevelChanged(ANNA, "green", "black"),
    ]
    play(books, bought("2", "2026-11-30", line(net=1000)), bought("3", "2026-12-01", line(net=1000)))
    assert balance(books, "EUR/2") == 1000 + 100 + 50
    assert findings(books, instant("2026-12-01")) == []


def test_it_does_not_multiply_what_was_bought_before_its_first_day_and_is_heard_of_late() -> None:
    """What an order earns is multiplied by the level before it, as of the day of its payment (docs/programme.md)."""
    books = shop_with_levels()
    books.execute(granting(), instant("2026-11-05"))
    late, _ = bought("2", "2026-11-04", line(net=10_000))
    on_the_day, _ = bought("3", "2026-11-05", line(net=10_000))
    books.execute(late, instant("2026-11-06"))
    assert balance(books, "EUR/2") == 500 + 500 + 500
    books.execute(on_the_day, instant("2026-11-06"))
    assert balance(books, "EUR/2") == 1500 + 1000
    assert findings(books, instant("2026-11-06")) == []


@pytest.mark.parametrize(
    ("again", "earned"), [("black", 1000), ("white", 1500)], ids=["the same goes on", "a higher one goes on"]
)
def test_set_again_it_holds_since_it_was_set_first(again: str, earned: int) -> None:
    books = shop_with_levels()
    books.execute(granting(until="2026-11-30"), instant("2026-11-03"))
    books.execute(granting(again), instant("2026-11-08"))
    before = balance(books, "EUR/2")
    late, _ = bought("2", "2026-11-07", line(net=10_000))
    books.execute(late, instant("2026-11-09"))
    assert balance(books, "EUR/2") - before == earned


@pytest.mark.parametrize(
    ("until", "again", "gift"),
    [("2026-12-31", "black", 500), ("", "white", 0)],
    ids=["set again after its end", "raised"],
)
def test_a_gift_of_last_year_stays_when_a_level_is_set_again(until: str, again: str, gift: int) -> None:
    """Level white has no gift of its own, and is above black: black's of the new year comes with either."""
    books = shop_with_levels()
    books.execute(granting(until=until), instant("2026-11-03"))
    assert balance(books, "EUR/2") == 1000
    books.execute(granting(again), instant("2027-01-10"))
    assert balance(books, "EUR/2") == 1500
    play(books, bought("2", "2027-01-11", line(net=100)))
    assert [(award.number, award.amount) for award in books.member(ANNA).won] == [(2026, 500), (2027, 500)]
    assert findings(books, instant("2027-01-11")) == []


def test_one_that_has_ended_begins_anew_when_it_is_set_again() -> None:
    books = shop_with_levels()
    books.execute(granting(until="2026-11-03"), instant("2026-11-03"))
    books.execute(granting(), instant("2026-11-08"))
    before = balance(books, "EUR/2")
    late, _ = bought("2", "2026-11-07", line(net=10_000))
    books.execute(late, instant("2026-11-09"))
    assert balance(books, "EUR/2") - before == 500


@pytest.mark.parametrize(
    ("until", "again", "since"),
    [
        ("2026-11-30", "2026-11-30", "2026-11-03"),
        ("2026-11-30", "2026-12-01", "2026-12-01"),
        ("", "2028-02-01", "2026-11-03"),
    ],
    ids=["on its last day", "the day after it", "without an end"],
)
def test_one_that_has_not_ended_goes_on_when_it_is_set_again(until: str, again: str, since: str) -> None:
    books = shop_with_levels()
    books.execute(granting(until=until), instant("2026-11-03"))
    books.execute(granting("white"), instant(again))
    granted = books.member(ANNA).granted
    assert granted is not None
    assert (granted.level, date.fromordinal(granted.day)) == ("white", date.fromisoformat(since))


def test_what_is_bought_can_lift_above_it_and_never_below() -> None:
    books = shop_with_levels()
    books.execute(granting(), instant("2026-11-03"))
    play(books, bought("2", "2026-11-04", line(net=80_000)))
    assert books.member(ANNA).level == "white"


def test_an_empty_level_takes_it_back_with_its_gift() -> None:
    books = shop_with_levels()
    books.execute(granting(), instant("2026-11-03"))
    assert books.execute(granting(""), instant("2026-11-04"))["level"] == "green"
    assert balance(books, "EUR/2") == 500
    assert findings(books, instant("2026-11-04")) == []


def test_what_is_taken_back_leaves_nothing_behind_and_has_no_last_day() -> None:
    books = shop_with_levels()
    books.execute(granting(), instant("2026-11-03"))
    answer = books.execute(granting("", until="2026-11-30"), instant("2026-11-04"))
    assert (answer["last_day"], books.member(ANNA).granted) == ("", None)


def test_setting_it_again_gives_nothing_twice_and_tells_nobody() -> None:
    books = shop_with_levels()
    books.execute(granting(), instant("2026-11-03"))
    told = list(books.events)
    assert books.execute(granting(), instant("2026-11-03"))["level"] == "black"
    assert (balance(books, "EUR/2"), books.events) == (1000, told)


def test_it_can_end_on_the_day_on_which_it_is_set() -> None:
    books = shop_with_levels()
    assert books.execute(granting(until="2026-11-03"), instant("2026-11-03"))["level"] == "black"


@pytest.mark.parametrize(
    ("command", "error", "text"),
    [
        (
            granting("gold"),
            InvalidInput,
            "level must be one of green, black, white, or empty to take back",
        ),
        (granting(until="2026-11-02"), InvalidInput, "last_day must be 2026-11-03 or later"),
        (SetLevel("shop.nobody", "black", 0, "x"), NotFound, "there is no member shop.nobody"),
    ],
)
def test_what_cannot_be_set_is_refused(command: SetLevel, error: type[Rejection], text: str) -> None:
    with pytest.raises(error, match=text):
        shop_with_levels().execute(command, instant("2026-11-03"))


def test_a_level_that_time_has_ended_is_told_once() -> None:
    books = shop_with_levels()
    books.execute(granting(until="2026-11-30"), instant("2026-11-03"))
    books.execute(UpdateLevel(ANNA), instant("2026-11-30"))
    assert (books.member(ANNA).level, books.written) == ("black", ())
    for _ in range(2):
        books.execute(UpdateLevel(ANNA), instant("2026-12-01"))
    assert (books.member(ANNA).level, books.written) == ("green", ())
    told = [event for event in books.events if not isinstance(event, RewardPosted | OrderRecorded | ProgrammePublished)]
    assert told == [
        *(LevelChanged(ANNA, "", "green"), LevelChanged(ANNA, "green", "black"), LevelChanged(ANNA, "black", "green"))
    ]
    assert findings(books, instant("2026-12-01")) == []


def test_the_level_of_nobody_cannot_be_told() -> None:
    with pytest.raises(NotFound, match=r"there is no member shop\.nobody"):
        shop_with_levels().execute(UpdateLevel("shop.nobody"), instant("2026-11-03"))


def test_before_any_programme_is_in_force_there_is_no_level() -> None:
    books = Memory()
    books.commit((Member(ANNA),))
    books.execute(UpdateLevel(ANNA), instant("2026-11-03"))
    assert (books.written, books.events) == ((), [])
    with pytest.raises(NotFound, match="the programme has no levels"):
        books.execute(granting(), instant("2026-11-03"))


def test_without_levels_none_can_be_set() -> None:
    books: Any = play(shop(), bought("1", "2026-11-02"))
    with pytest.raises(NotFound, match="the programme has no levels"):
        books.execute(granting(), instant("2026-11-03"))


@pytest.mark.parametrize(("survivor", "merged"), [(ANNA, BEN), (BEN, ANNA)])
def test_the_gifts_of_two_members_that_are_merged_are_judged_together(survivor: str, merged: str) -> None:
    """One had it by hand for some days, the other by an order that is refunded then: of one person both were due."""
    books = play(shop_with_levels(), bought("3", "2026-11-02", line(net=1000), buyer=BEN))
    books.execute(SetLevel(BEN, "black", date(2026, 11, 10).toordinal(), "a guest of honour"), instant("2026-11-03"))
    play(books, bought("2", "2026-11-12", line(net=20_000)))
    books.execute(MergeMembers(survivor, merged), instant("2026-11-13"))
    books.execute(refund("2", "r", amount=20_000), instant("2026-11-14"))
    rewards_of_orders, gifts = 500 + 50, 500 + 500
    assert balance(books, "EUR/2", survivor) == rewards_of_orders + gifts
    assert findings(books, instant("2026-11-14")) == []


def test_a_new_versions_goal_of_weeks_waits_for_the_next_order() -> None:
    """A level by hand changes no order: it brings its gift alone, and `verify` finds nothing else under its entry."""
    steps = [{"id": "green", "at": 0}, {"id": "black", "at": 200, "gift": {"amount": 5}}]
    levels, weeks = {"steps": steps}, {"id": "twice", "measure": "weeks", "target": 2, "badge": {"en": "Twice"}}
    books = play(shop(levels=levels, goals=[weeks]), bought("1", "2026-11-02"))
    once = weeks | {"id": "once", "target": 1, "reward": {"amount": 3}}
    following = parse(document(earn=[], timezone="UTC", assets={"points": {}}, levels=levels, goals=[once]))
    books.publish(following, instant("2026-11-03"), instant("2026-11-02"))
    books.execute(granting(), instant("2026-11-04"))
    assert balance(books, "EUR/2") == 500
    assert findings(books, instant("2026-11-04")) == []
    play(books, bought("2", "2026-11-05"))
    assert balance(books, "EUR/2") == 500 + 300
    assert findings(books, instant("2026-11-05")) == []
