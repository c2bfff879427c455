"""The audit of conversions, activities, settled boards, undone redemptions and awards, and of what an order counts and
what points have paid for it: nothing is found in what is right, and each thing that is planted.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit import record_checks, wording
from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.commands import RecordActivity
from chalicelib.domain.ledger.transfers import (
    ADJUSTMENT,
    BREAKAGE,
    LOSS,
    REDEMPTION,
    REFERRAL,
    WELCOME,
    Posted,
    Posting,
    Why,
    transfer,
)
from chalicelib.domain.programme.document import Version
from chalicelib.domain.programme.history import history_of
from chalicelib.domain.records import (
    Activity,
    ActivityRef,
    BoardPeriod,
    Candidate,
    Conversion,
    Counted,
    Entry,
    Gift,
    Group,
    Member,
    Order,
    Place,
    Spent,
    Terms,
    Won,
    Worth,
)
from tests.world.builders import ANNA, BEN, CLEO, NOW, order, programme_of, refund, void
from tests.world.memory import Memory

EUR = "EUR/2"

# A conversion

FIRST, SECOND = Candidate(1, "shop/1", BEN, 500, "EUR"), Candidate(2, "shop/2", BEN, 900, "EUR")
CONVERSION = Conversion(ANNA, BEN, "shop/1", at=1, currency="EUR", base=500, candidates=(FIRST, SECOND))
GIFTED = replace(FIRST, gift=Gift(300, 0, 0, 500, ""))
GIVEN = Posted(BEN, "referral-welcome", WELCOME, EUR, 0, 0, 300)
LOST = Posted(BEN, "written-off", LOSS, EUR, 0, 0, 7)


@pytest.mark.parametrize(
    "conversion",
    [
        pytest.param(CONVERSION, id="it says what its first candidate does"),
        pytest.param(Conversion(ANNA, BEN, "shop/1", at=1, currency="EUR", base=500), id="from before candidates"),
        pytest.param(replace(CONVERSION, base=0, live=False, candidates=()), id="it counts no more"),
        pytest.param(replace(CONVERSION, candidates=(GIFTED,), posted=(GIVEN,)), id="its gift is posted"),
        pytest.param(replace(CONVERSION, posted=(LOST,)), id="what was lost of a gift stays"),
    ],
)
def test_a_conversion_is_right(conversion: Conversion) -> None:
    assert record_checks.of_conversion(conversion) == []


@pytest.mark.parametrize(
    "conversion",
    [
        pytest.param(replace(CONVERSION, base=501), id="another base"),
        pytest.param(replace(CONVERSION, base=501, live=False, candidates=()), id="a base where it counts no more"),
        pytest.param(
            replace(CONVERSION, order="shop/2", at=2, base=900, candidates=(SECOND, FIRST)), id="the later one first"
        ),
    ],
)
def test_a_conversion_that_says_something_else_than_its_candidates_is_found(conversion: Conversion) -> None:
    base = wording.amount_of(conversion.base, "EUR")
    text = f"it counts {conversion.order} with {base}, its candidates say something else"
    assert record_checks.of_conversion(conversion) == [Finding("candidates_differ", f"{ANNA} {BEN}", 0, text)]


@pytest.mark.parametrize(
    ("conversion", "text"),
    [
        pytest.param(
            replace(CONVERSION, candidates=(GIFTED,)),
            f"referral-welcome for {BEN}: 0.00 EUR posted, 3.00 EUR due",
            id="its gift was not posted",
        ),
        pytest.param(
            replace(CONVERSION, posted=(GIVEN, LOST)),
            f"referral-welcome for {BEN}: 3.00 EUR posted, 0.00 EUR due",
            id="a gift that is not due",
        ),
    ],
)
def test_a_welcome_gift_that_is_not_what_is_due_is_found(conversion: Conversion, text: str) -> None:
    assert record_checks.of_conversion(conversion) == [Finding("due_differs", f"{ANNA} {BEN}", 0, text)]


# An activity

REVIEW = {"id": "review", "give": 20, "of": "points", "on": "review", "limits": [{"amount": 30, "per": "member"}]}
EARNING = programme_of(earn=[REVIEW], assets={"points": {}})


def recorded(times: int = 1) -> Activity:
    """The last of some reviews, of which the second is cut by a limit."""
    books = Memory(EARNING)
    for number in range(times):
        books.execute(RecordActivity(ANNA, "review", f"r{number}", None))
    return books.find(ActivityRef(ANNA, "review", f"r{times - 1}"), Activity)


def on_activity(activity: Activity, since: int = 0) -> list[tuple[str, str]]:
    findings = record_checks.of_activity(activity, history_of([Version(1, since, EARNING)]))
    assert {(finding.where, finding.entry) for finding in findings} <= {(str(activity.ref), 0)}
    return [(finding.what, finding.detail) for finding in findings]


ONCE = recorded()
LOSS_OF_IT = replace(ONCE.posted[0], account=LOSS, rule="written-off", amount=5)
EMPTY = {"posted": (), "terms": replace(ONCE.terms, allowed=())}


@pytest.mark.parametrize(
    ("activity", "since"),
    [
        pytest.param(ONCE, 0, id="it gave what was due"),
        pytest.param(ONCE, NOW, id="under a version that began with it"),
        pytest.param(recorded(2), 0, id="it gave what a limit left"),
        pytest.param(replace(ONCE, posted=(*ONCE.posted, LOSS_OF_IT)), 0, id="what was lost of it stays"),
        pytest.param(replace(ONCE, withdrawn_at=NOW, **EMPTY), 0, id="it was withdrawn"),
        pytest.param(replace(ONCE, posted=(), terms=Terms()), 0, id="no programme was in force"),
    ],
)
def test_an_activity_is_right(activity: Activity, since: int) -> None:
    assert on_activity(activity, since) == []


@pytest.mark.parametrize(
    ("activity", "since", "details"),
    [
        pytest.param(
            ONCE.under(version=2), 0, [("terms_unknown", "the programme has no version 2")], id="terms that are not"
        ),
        pytest.param(
            ONCE, NOW + 1, [("terms_differ", "version 1 was not in force when it was")], id="terms that began too late"
        ),
        pytest.param(
            replace(ONCE, posted=()),
            0,
            [("due_differs", f"review for {ANNA}: 0 points posted, 20 points due")],
            id="nothing was posted",
        ),
        pytest.param(
            replace(ONCE, withdrawn_at=NOW, terms=replace(ONCE.terms, allowed=())),
            0,
            [("due_differs", f"review for {ANNA}: 20 points posted, 0 points due")],
            id="withdrawn, and not taken back",
        ),
        pytest.param(
            replace(ONCE, **EMPTY),
            0,
            [("allowance_differs", "limits were asked for nothing; its facts make 20 points by review")],
            id="a limit was not asked",
        ),
    ],
)
def test_an_activity_is_wrong(activity: Activity, since: int, details: list[tuple[str, str]]) -> None:
    assert on_activity(activity, since)[: len(details)] == details


# A settled board

BOARDS = programme_of(
    assets={"points": {}},
    boards=[
        {"id": "other", "top": 2},
        {"id": "best", "top": 2, "prizes": [{"give": 500, "of": "points"}]},
    ],
)
PRIZE = Posted(ANNA, "best", "programme:board", "points", 0, 0, 500)
PLACES = Place(ANNA, 1, 900, (PRIZE,)), Place(BEN, 2, 800)
SETTLED = BoardPeriod("best", 24322, settled_at=NOW, terms=1, places=PLACES)


@pytest.mark.parametrize(
    ("period", "details"),
    [
        pytest.param(SETTLED, [], id="right"),
        pytest.param(
            replace(SETTLED, places=(replace(PLACES[0], posted=True), PLACES[1])), [], id="a prize that was posted"
        ),
        pytest.param(BoardPeriod("best", 24322, places=PLACES[1:]), [], id="not settled yet"),
        pytest.param(
            replace(SETTLED, places=PLACES[1:]),
            [("prizes_differ", "its places have not what their scores and the programme make")],
            id="the first is missing",
        ),
        pytest.param(
            replace(SETTLED, terms=0), [("terms_unknown", "the programme has no version 0")], id="of no version"
        ),
        pytest.param(
            replace(SETTLED, terms=2), [("terms_unknown", "the programme has no version 2")], id="of one to come"
        ),
        pytest.param(
            replace(SETTLED, board="third"), [("terms_differ", "version 1 has no such board")], id="of no such board"
        ),
    ],
)
def test_what_is_wrong_with_a_settled_board_is_found(period: BoardPeriod, details: list[tuple[str, str]]) -> None:
    findings = record_checks.of_board(period, history_of([Version(1, 0, BOARDS)]))
    assert findings == [Finding(what, str(period.ref), 0, detail) for what, detail in details]


# A member's entries

Caused = tuple[str, tuple[Posting, ...]]


def moved(account: str, amount: int, why: Why = Why("rule"), asset: str = EUR) -> Posting:  # noqa: B008 (frozen)
    return transfer(account, ANNA, amount, asset, (0, 0), why)


def on_member(what: str, *caused: Caused, group: Group | None = None, **parts: Any) -> list[tuple[int, str]]:
    """Where and how the audit finds `what` in Anna's books, of entries with these causes and postings."""
    entries = [Entry(ANNA, number, NOW, cause, 1, postings) for number, (cause, postings) in enumerate(caused, start=1)]
    findings = record_checks.of_member(Member(ANNA, entries=len(entries), **parts), entries, [group] if group else [])
    return [(finding.entry, finding.detail) for finding in findings if finding.what == what]


SPENT: Caused = "redemption", (moved(REDEMPTION, -250),)
BACK: Caused = "undo 1", (moved(REDEMPTION, 250),)


@pytest.mark.parametrize(
    ("caused", "details"),
    [
        pytest.param([SPENT, BACK], [], id="all of it, once"),
        pytest.param([SPENT, ("undo 1", (*BACK[1], moved(BREAKAGE, 40)))], [], id="beside what had expired meanwhile"),
        pytest.param(
            [("undo 9", (moved(REDEMPTION, 250, Why("rule", of=BEN)), moved(REDEMPTION, 1)))],
            [],
            id="of a member that was merged",
        ),
        pytest.param([SPENT, ("adjustment", (moved(ADJUSTMENT, 9),))], [], id="nothing was undone"),
        pytest.param(
            [SPENT, ("undo 1", (moved(REDEMPTION, 249),))],
            [(2, "it gives back 2.49 EUR, what it undoes came to -2.50 EUR")],
            id="a cent less",
        ),
        pytest.param(
            [SPENT, BACK, BACK],
            [(3, "it gives back 2.50 EUR, what it undoes came to nothing")],
            id="twice",
        ),
        pytest.param(
            [("shop/1", SPENT[1]), BACK],
            [(2, "it gives back 2.50 EUR, what it undoes came to nothing")],
            id="what an order was paid with",
        ),
        pytest.param(
            [("adjustment", (moved(ADJUSTMENT, -251),)), BACK],
            [(2, "it gives back 2.50 EUR, what it undoes came to -2.51 EUR")],
            id="another amount",
        ),
    ],
)
def test_what_undoes_a_redemption_gives_back_what_that_took(
    caused: list[Caused], details: list[tuple[int, str]]
) -> None:
    assert on_member("undo_differs", *caused) == details


GOAL = Won("regular", "goal", "month", 24322, 1, "points", 1)
OF_GOAL: Caused = "shop/1", (moved("programme:goal", 1, asset="points"),)


MANY_ASSETS = ("points", *(f"tea-{number}" for number in range(20)))
"""So many that chance hardly ever puts the first of them first."""


def gave(kind: str, entries: int, awards: int) -> str:
    """What is told of awards of a kind."""
    return f"for {kind} the entries give {entries} points, its awards come to {awards} points"


@pytest.mark.parametrize(
    ("caused", "parts", "details"),
    [
        pytest.param([OF_GOAL], {"won": (GOAL,)}, [], id="as much as its awards"),
        pytest.param([OF_GOAL], {"awarded": {"goal points": 1}}, [], id="as much as awards of before"),
        pytest.param([OF_GOAL], {}, [(0, gave("goals", 1, 0))], id="no award"),
        pytest.param(
            [],
            {"won": (GOAL,)},
            [(0, gave("goals", 0, 1))],
            id="no entry",
        ),
        pytest.param(
            [],
            {"awarded": {f"{kind} {asset}": 1 for kind in ("level", "goal", "card") for asset in MANY_ASSETS}},
            [(0, gave("cards", 0, 1))],
            id="the first by name is told",
        ),
    ],
)
def test_entries_gave_what_the_awards_say(
    caused: list[Caused], parts: dict[str, Any], details: list[tuple[int, str]]
) -> None:
    assert on_member("awards_differ", *caused, **parts) == details


BONUS = Group(ANNA, 1, (BEN, CLEO), 1, NOW, posted=(Posted(ANNA, "referral-bonus", REFERRAL, EUR, 0, 0, 900),))


def test_of_a_merged_member_the_survivors_books_have_what_its_groups_gave() -> None:
    counted = {"groups": 1, "bonuses": 1}
    assert len(on_member("bonus_differs", group=BONUS, **counted)) == 1
    assert on_member("bonus_differs", group=BONUS, alias=BEN, **counted) == []
    of_ben: Caused = "referral", (moved(REFERRAL, 900, Why("referral-bonus", of=BEN)),)
    assert on_member("bonus_differs", of_ben) == []


# An order

PLAIN = programme_of(timezone="UTC", earn=[])
DAY = 739_649
"""The local day of the payment, 2 February 2026, as an ordinal."""

COUNTED = Counted(ANNA, DAY, {"orders": 1, "EUR": 10_000})
PAID = order("1", ANNA).facts


def on_order(what: str, subject: Order) -> list[str]:
    findings = record_checks.of_order(subject, history_of([Version(1, 0, PLAIN)]))
    assert {(finding.where, finding.entry) for finding in findings} <= {(str(subject.ref), 0)}
    return [finding.detail for finding in findings if finding.what == what]


@pytest.mark.parametrize(
    ("facts", "counted"),
    [
        pytest.param(PAID, COUNTED, id="what its facts make"),
        pytest.param(PAID, None, id="nothing, from before there were counters"),
        pytest.param(PAID, replace(COUNTED, day=DAY - 1), id="by the day on which it was heard, if that was earlier"),
    ],
)
def test_an_order_counts_right(facts: Any, counted: Counted | None) -> None:
    assert on_order("count_differs", Order("shop", "1", facts=facts, terms=Terms(version=1), counted=counted)) == []


RIGHT = f"1 order, 100.00 EUR on 2026-02-02 for {ANNA}"
NOT_LIVE = f"it counts for {ANNA}, and nothing is live"


@pytest.mark.parametrize(
    ("facts", "counted", "text"),
    [
        pytest.param(
            PAID,
            replace(COUNTED, amounts={"orders": 1, "EUR": 9999}),
            f"it counts 1 order, 99.99 EUR on 2026-02-02 for {ANNA}; its facts make {RIGHT}",
            id="a cent less",
        ),
        pytest.param(
            PAID,
            replace(COUNTED, day=DAY + 1),
            f"it counts 1 order, 100.00 EUR on 2026-02-03 for {ANNA}; its facts make {RIGHT}",
            id="a day later",
        ),
        pytest.param(
            PAID.merge(refund("1", amount=10_000).facts),
            COUNTED,
            f"it counts {RIGHT}; its facts make nothing",
            id="all of it was refunded",
        ),
        pytest.param(void("1", ANNA, paid=False).facts, COUNTED, NOT_LIVE, id="nobody has paid"),
        pytest.param(order("1", ANNA, currency="USD").facts, COUNTED, NOT_LIVE, id="in a currency without rules"),
        pytest.param(order("1", ANNA, test=True).facts, COUNTED, NOT_LIVE, id="a test"),
    ],
)
def test_an_order_counts_wrong(facts: Any, counted: Counted, text: str) -> None:
    subject = Order("shop", "1", facts=facts, terms=Terms(version=1), counted=counted)
    assert on_order("count_differs", subject) == [text]


@pytest.mark.parametrize(
    ("asset", "worth", "details"),
    [
        pytest.param(EUR, None, [], id="money is worth itself"),
        pytest.param("points", Worth(EUR, 500), [], id="points of a price"),
        pytest.param("points", Worth(EUR, 0), [], id="points of no price"),
        pytest.param("points", None, ["100 points of shop.anna paid nothing that is known"], id="nobody knows"),
        pytest.param(EUR, Worth(EUR, 1), ["1.00 EUR of shop.anna paid 0.01 EUR"], id="twice"),
        pytest.param("points", Worth("points", 1), ["100 points of shop.anna paid 1 points"], id="points"),
        pytest.param("points", Worth(EUR, -1), ["100 points of shop.anna paid -0.01 EUR"], id="less"),
    ],
)
def test_what_points_have_paid_must_be_money(asset: str, worth: Worth | None, details: list[str]) -> None:
    subject = Order("shop", "1", facts=PAID, terms=Terms(version=1), spent=(Spent(ANNA, asset, 100, 0, 0, worth),))
    assert on_order("worth_differs", subject) == details
