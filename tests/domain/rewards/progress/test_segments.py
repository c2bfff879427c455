"""Segments: what a member is scored by, the cuts of all buyers, and campaigns that are for a segment."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import permutations
from typing import Any

import pytest

from chalicelib.domain.commands import PublishCuts
from chalicelib.domain.core.calendar import period_number
from chalicelib.domain.decide import decide
from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.facts import Facts
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.programme.document import parse
from chalicelib.domain.programme.history import History
from chalicelib.domain.programme.segments import DEFAULTS, segments_of
from chalicelib.domain.records import Cuts, CutsRef, Member, Missing, ProgrammeListRef
from chalicelib.domain.rewards.progress.counters import DAYS
from chalicelib.domain.rewards.progress.cuts import MIN_BUYERS, Tally
from chalicelib.domain.rewards.progress.segments import (
    Measures,
    Scores,
    coarse,
    last_order_of,
    measures_of,
    scores_of,
    segment_of,
)
from tests.bench.what_if import CDNOW
from tests.bench.what_if import purchases as cdnow_purchases
from tests.domain.rewards.progress.shops import balance, bought, instant, play, shop
from tests.world.audit import findings
from tests.world.builders import ANNA, BEN, document, line, merge, refund, snapshot, void
from tests.world.memory import Memory
from tests.world.rfm import count, cuts_for, independent_scores, product_scores

POINTS = {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}
SUMMER = {"id": "summer", "starts": "2026-11-01", "ends": "2026-12-31", "multiply": {"leaves": 3}}
SEGMENTED = {"segments": {"champions": {"recency": [4, 5]}, "others": {}}}


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def measures(books: Memory, on: str, member: str = ANNA) -> Measures | None:
    programme = books.history().numbered(1).programme
    return measures_of(books.member(member), programme, date.fromisoformat(on))


class TestMeasures:
    def test_they_are_the_last_day_the_orders_and_the_kept_goods_of_thirteen_months(self) -> None:
        books = play(
            shop(**SEGMENTED),
            bought("1", "2025-10-31", line(net=1)),
            bought("2", "2025-11-01", line(net=10)),
            bought("3", "2026-11-20", line(net=100)),
        )
        assert measures(books, "2026-11-26") == Measures(day("2026-11-20"), 2, 110)
        assert findings(books, instant("2026-11-26")) == []

    @pytest.mark.parametrize(("on", "last"), [("2026-11-29", "2026-11-02"), ("2026-11-30", "2026-11-01")])
    def test_the_day_is_exact_for_four_weeks_then_it_is_the_first_of_its_month(self, on: str, last: str) -> None:
        books = play(shop(**SEGMENTED), bought("1", "2026-11-02"))
        measured = measures(books, on)
        assert measured
        assert measured.recency == day(last)

    def test_days_are_counted_only_where_the_programme_asks_for_them(self) -> None:
        books = play(shop(), bought("1", "2026-11-02"))
        assert DAYS not in books.member(ANNA).counts
        assert DAYS not in books.order("1").counted.amounts  # type: ignore[union-attr]
        measured = measures(books, "2026-11-02")
        assert measured
        assert measured.recency == day("2026-11-01")
        campaign = SUMMER | {"audience": {"segments": ["lost"]}}
        assert DAYS in play(shop(earn=[POINTS], campaigns=[campaign]), bought("1", "2026-11-02")).member(ANNA).counts

    def test_a_refund_gives_the_day_of_the_order_before(self) -> None:
        for cancelled, last in (("2", "2026-11-02"), ("1", "2026-11-20")):
            books = play(shop(**SEGMENTED), bought("1", "2026-11-02"), bought("2", "2026-11-20"))
            at = instant("2026-11-02" if cancelled == "1" else "2026-11-20")
            books.execute(void(cancelled, ANNA, at=at), instant("2026-11-25"))
            measured = measures(books, "2026-11-25")
            assert measured
            assert (measured.recency, measured.frequency) == (day(last), 1)

    def test_a_part_refund_lowers_the_money_alone(self) -> None:
        books = play(shop(**SEGMENTED), bought("1", "2026-11-02", line(net=900)))
        books.execute(refund("1", "r", amount=100), instant("2026-11-03"))
        assert measures(books, "2026-11-03") == Measures(day("2026-11-02"), 1, 800)

    def test_any_order_of_deliveries_gives_the_same(self) -> None:
        deliveries = [
            bought("1", "2026-08-03")[0],
            bought("2", "2026-11-10")[0],
            bought("3", "2026-11-20")[0],
            void("3", ANNA, at=instant("2026-11-20")),
            void("1", ANNA, at=instant("2026-08-03")),
        ]
        results = set()
        for arrived in permutations(deliveries):
            books = play(shop(**SEGMENTED), *((command, instant("2026-11-25")) for command in arrived))
            results.add(str(measures(books, "2026-11-26")))
        assert results == {str(Measures(day("2026-11-10"), 1, 10_000))}

    def test_without_a_live_order_there_are_none_and_long_ago_is_nothing_at_all(self) -> None:
        books = play(shop(**SEGMENTED), bought("1", "2024-11-02"))
        assert measures(books, "2026-11-26") == Measures(0, 0, 0)
        books.execute(void("1", ANNA, at=instant("2024-11-02")), instant("2026-11-26"))
        assert measures(books, "2026-11-26") is None

    @pytest.mark.parametrize(
        ("amount", "rounded"), [(-5, 0), (0, 0), (999, 999), (1000, 1000), (1499, 1490), (99_999, 99_900)]
    )
    def test_amounts_have_three_digits(self, amount: int, rounded: int) -> None:
        assert coarse(amount) == rounded


def tally_of(*values: int) -> Tally:
    counts = {value: values.count(value) for value in values}
    return Tally(counts, dict(counts), dict(counts))


@pytest.mark.parametrize(
    ("values", "scores"),
    [
        ((10, 20, 30, 40, 50), (1, 2, 3, 4, 5)),
        ((7, 7, 7, 7, 9), (1, 1, 1, 1, 5)),
        ((7, 7, 9, 9, 9), (1, 1, 3, 3, 3)),
        ((7, 7, 7), (1, 1, 1)),
        ((1, 2, 3, 4, 5, 6, 7), (1, 1, 2, 3, 3, 4, 5)),
    ],
)
def test_equal_values_have_the_score_of_the_first_of_them(values: tuple[int, ...], scores: tuple[int, ...]) -> None:
    cuts = cuts_for(tally_of(*values))
    assert tuple(scores_of(Measures(value, value, value), cuts).money for value in values) == scores


def test_a_value_that_no_buyer_had_is_scored_by_how_many_have_less() -> None:
    cuts = cuts_for(tally_of(10, 20, 30, 40, 50))
    between = [scores_of(Measures(value, 0, 0), cuts).recency for value in (9, 10, 11, 20, 21, 50, 51, 1000)]
    assert between == [1, 1, 2, 2, 3, 5, 5, 5]


def test_the_defaults_take_every_member() -> None:
    programme = parse(document())
    scores = [Scores(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)]
    names = {score: segment_of(score, programme) for score in scores}
    assert set(names.values()) == set(DEFAULTS)
    assert names[Scores(5, 5, 5)] == "champions"
    assert names[Scores(5, 5, 1)] == "loyal"
    assert names[Scores(5, 1, 3)] == "new"
    assert names[Scores(3, 1, 3)] == "promising"
    assert names[Scores(2, 4, 4)] == "at-risk"
    assert names[Scores(1, 1, 1)] == "lost"


def test_stated_segments_replace_the_defaults_and_the_first_that_fits_counts() -> None:
    programme = parse(document(segments={"best": {"money": [5, 5]}, "good": {"money": [4, 5]}}))
    assert list(segments_of(programme)) == ["best", "good"]
    assert [segment_of(Scores(1, 1, money), programme) for money in (3, 4, 5)] == ["", "good", "best"]


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        (
            {"segments": {"vip": {"recency": [0, 5]}}},
            "segments.vip.recency must be the lowest and the highest score, both from 1 to 5, got '[0, 5]'",
        ),
        (
            {"segments": {"vip": {"money": [4, 3]}}},
            "segments.vip.money must be the lowest and the highest score, both from 1 to 5, got '[4, 3]'",
        ),
        (
            {"segments": {"vip": {"frequency": [1, 6]}}},
            "segments.vip.frequency must be the lowest and the highest score, both from 1 to 5, got '[1, 6]'",
        ),
        (
            {"segments": {"At risk": {}}},
            "segments must have names of lower-case letters, digits and dashes, 40 at most, got 'At risk'",
        ),
        ({"segments": {f"s{n}": {} for n in range(21)}}, "segments must be at most 20, got 21"),
        (
            {"earn": [POINTS], "campaigns": [SUMMER | {"audience": {"segments": ["risk"]}}]},
            f"campaigns[0].audience.segments must name segments ({', '.join(DEFAULTS)}), got 'risk'",
        ),
    ],
)
def test_what_is_wrong_is_named(parts: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidProgramme) as refused:
        parse(document(**{"assets": {"points": {}}} | parts))
    assert list(refused.value.problems) == [problem]


def put_cuts(books: Memory, since: str) -> None:
    """Cuts by which nobody has more than one point for frequency and money, and whoever bought in November 5 for
    recency.
    """
    before = (day("2026-10-31"),) * 4
    books.execute(PublishCuts(day(since), 500, before, (9,) * 4, (10**9,) * 4, {}), instant(since) - 86_400)


class TestCampaigns:
    def books(self, *segments: str) -> Memory:
        return shop(earn=[POINTS], campaigns=[SUMMER | {"audience": {"segments": list(segments)}}])

    def test_it_holds_for_members_who_are_in_the_segment_before_the_order(self) -> None:
        books = play(self.books("lost"), bought("1", "2026-10-02", line(net=1000)))
        put_cuts(books, "2026-11-10")
        play(books, bought("2", "2026-11-11", line(net=1000)), bought("3", "2026-11-12", line(net=1000)))
        assert [books.order(name).terms.campaigns for name in "123"] == [(), ("summer",), ()]
        assert balance(books) == 10 + 30 + 10
        books.execute(refund("2", "r", amount=1000), instant("2026-11-13"))
        assert balance(books) == 20
        assert findings(books, instant("2026-11-13")) == []

    def test_it_holds_for_nobody_without_an_order_or_before_there_are_cuts(self) -> None:
        books = play(self.books(*DEFAULTS), bought("1", "2026-11-02"), bought("2", "2026-11-03"))
        put_cuts(books, "2026-11-10")
        play(books, bought("3", "2026-11-09"), bought("4", "2026-11-10", buyer=BEN), bought("5", "2026-11-10"))
        assert [books.order(name).terms.campaigns for name in "12345"] == [(), (), (), (), ("summer",)]

    def test_what_was_judged_stays_when_the_cuts_change(self) -> None:
        books = play(self.books("lost"), bought("1", "2026-10-02"))
        put_cuts(books, "2026-11-10")
        play(books, bought("2", "2026-11-11", line(net=1000)))
        put_cuts(books, "2026-11-12")
        books.execute(refund("2", "r", amount=500), instant("2026-11-13"))
        assert books.order("2").terms.campaigns == ("summer",)
        assert findings(books, instant("2026-11-13")) == []

    def test_cuts_are_asked_for_only_while_such_a_campaign_runs(self) -> None:
        books = self.books("lost")
        put_cuts(books, "2026-10-20")
        unread = History(books.history().effective_at, books.history().read, cuts=((1, day("2026-10-20")),))
        ordinary, asking = bought("1", "2026-10-25"), bought("2", "2026-11-02")
        for command, at in (ordinary, asking):
            books.decide(command, at)  # so that all but the cuts was read
            facts = Facts(books.read, unread)
            if command == ordinary[0]:
                assert decide(command, facts, at).changes
                continue
            with pytest.raises(Missing) as missing:
                decide(command, facts, at)
            assert missing.value.refs == {CutsRef(1)}


class TestVersions:
    def test_they_are_numbered_one_a_day_and_the_list_names_the_latest(self) -> None:
        books = shop()
        for since in ("2026-11-10", "2026-11-10", "2026-11-11", "2026-11-12", "2026-11-13"):
            put_cuts(books, since)
        assert [cuts.number for cuts in books.all(Cuts)] == [1, 2, 3, 4]
        listed = books.records[ProgrammeListRef()]
        assert listed.cuts == tuple(  # type: ignore[union-attr]
            (number, day(since)) for number, since in ((2, "2026-11-11"), (3, "2026-11-12"), (4, "2026-11-13"))
        )

    def test_they_are_in_force_from_their_day_until_they_are_too_old(self) -> None:
        books = shop()
        put_cuts(books, "2026-11-10")
        put_cuts(books, "2026-11-12")
        history = books.history()
        first, last = date(2026, 11, 10), date.fromordinal(day("2026-11-12") + 31)
        in_force = [
            history.cuts_on(date.fromordinal(number)) for number in range(first.toordinal() - 1, last.toordinal() + 1)
        ]
        assert [cuts.number if cuts else 0 for cuts in in_force] == [0, 1, 1, *[2] * 31, 0]

    def test_a_publication_keeps_them(self) -> None:
        books = shop()
        put_cuts(books, "2026-11-10")
        books.publish(parse(document(timezone="UTC", assets={"points": {}})), effective_at=instant("2026-11-11"))
        cuts = books.history().cuts_on(date(2026, 11, 12))
        assert cuts
        assert cuts.number == 1


class TestTally:
    def test_it_tells_nothing_of_fewer_buyers_or_days(self) -> None:
        november = 2026 * 12 + 10
        enough = Tally(frequency={1: MIN_BUYERS}, oldest=november)
        few = Tally(frequency={1: MIN_BUYERS - 1}, oldest=november)
        assert [tally.tells(date(2027, 5, 29)) for tally in (enough, few)] == [True, False]
        assert not enough.tells(date(2027, 5, 28))
        assert not Tally().tells(date(2027, 5, 29))

    def test_a_merged_member_is_counted_once(self) -> None:
        books = play(shop(**SEGMENTED), bought("1", "2026-11-02"), bought("2", "2026-11-03", buyer=BEN))
        books.execute(merge(BEN, ANNA), instant("2026-11-04"))
        tally, programme = Tally(), books.history().numbered(1).programme
        for member in books.all(Member):
            count(tally, member, programme, None, date(2026, 11, 5))
        assert (tally.frequency, tally.members) == ({2: 1}, {})

    def test_it_counts_the_members_of_segments_by_the_cuts_in_force(self) -> None:
        books = play(shop(**SEGMENTED), bought("1", "2026-11-02"), bought("2", "2024-01-03", buyer=BEN))
        put_cuts(books, "2026-11-10")
        tally, programme = Tally(), books.history().numbered(1).programme
        for member in books.all(Member):
            count(tally, member, programme, books.history().cuts_on(date(2026, 11, 10)), date(2026, 11, 10))
        assert tally.members == {"champions": 1, "others": 1}
        assert (tally.buyers, tally.oldest) == (1, 2026 * 12 + 10)


def a_log() -> Iterator[Snapshot]:
    """A log like CDNOW's: most customers buy little, some very often, and one purchase in fifty cost nothing."""
    rng = random.Random(1997)  # noqa: S311 (no secret)
    for _ in range(6000):
        on = date(1997 + rng.randrange(2), rng.randrange(1, 7), rng.randrange(1, 29)).isoformat()
        customer, cents = int(rng.paretovariate(0.3)) % 3000, int(rng.lognormvariate(8, 1))
        cents = cents if rng.random() > 0.02 else 0
        yield snapshot(line(net=cents), buyer=f"log.{customer}", currency="USD", at=instant(on))


LOGS: dict[str, Iterable[Snapshot]] = {"generated": list(a_log())}
if CDNOW.exists():  # make bench fetches it
    LOGS["cdnow"] = list(cdnow_purchases(CDNOW))


@pytest.mark.parametrize("log", list(LOGS))
def test_scores_equal_those_of_an_independent_computation(log: str) -> None:
    purchases, today = LOGS[log], date(1998, 6, 30)
    tally, scores = product_scores(purchases, today)
    assert scores == independent_scores(purchases, today)
    assert len(scores) > MIN_BUYERS
    assert tally.tells(today)


def test_a_month_has_the_number_that_the_tally_takes() -> None:
    assert period_number("month", date(2026, 11, 26)) == 2026 * 12 + 10


NOVEMBER = 2026 * 12 + 10


@pytest.mark.parametrize(
    ("counts", "last", "exact"),
    [
        ({}, None, False),
        ({"orders/m": (NOVEMBER, 1), "orders/d": (day("2026-11-20"), 1)}, "2026-11-20", True),
        ({"orders/m": (NOVEMBER, 1), "orders/d": (day("2026-11-01"), 1)}, "2026-11-01", True),
        ({"orders/m": (NOVEMBER, 1)}, "2026-11-01", False),
        # An order of November that was paid before days were counted.
        ({"orders/m": (NOVEMBER - 1, 1, 1), "orders/d": (day("2026-10-31"), 1)}, "2026-11-01", False),
        # All orders of November are refunded.
        ({"orders/m": (NOVEMBER - 1, 1, 0)}, "2026-10-01", False),
        ({"orders/m": (NOVEMBER - 20, 1)}, None, False),
    ],
)
def test_the_last_order_is_known_by_its_day_or_else_by_its_month(
    counts: dict[str, Any], last: str | None, exact: bool
) -> None:
    member = Member(ANNA, counts=counts)
    assert last_order_of(member, date(2026, 11, 26)) == (day(last) if last else 0, exact)
