"""What members are on their way to cannot change under the same id; everything else can."""

from typing import Any

import pytest

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.domain.programme.succession import fixed_of
from chalicelib.domain.rewards.progress.view import progress_of
from tests.domain.rewards.progress.shops import balance, bought, instant, play, reasons, shop
from tests.world.audit import findings
from tests.world.builders import ANNA, NOW, document, line, of_line, refund
from tests.world.memory import Memory

CARD = {"id": "coffee", "counts": {"orders": True}, "size": 5, "reward": {"amount": 3}}
GOAL = {"id": "regular", "measure": "orders", "target": 3, "per": "month", "reward": {"amount": 3}}
BOARD = {"id": "best", "measure": "spend", "per": "month", "top": 5}
WAY_OUT = "cannot change: members are on their way to it; give it another id, and leave the old one out"


BOTH = f"{WAY_OUT}; whoever has reached both in the running period gets both rewards"


def publish(first: dict[str, Any], *following: dict[str, Any]) -> Programme:
    """The programme that is in force when others follow a first one."""
    books = Memory(parse(document(**first)))
    for parts in following:
        books.publish(parse(document(**parts)), effective_at=NOW, now=NOW)
    in_force = books.history().at(NOW)
    assert in_force is not None
    return in_force.programme


@pytest.mark.parametrize(
    ("kind", "part", "change", "field"),
    [
        ("cards", CARD, {"size": 4}, "size"),
        ("cards", CARD, {"counts": {"per": {"EUR": 10}}}, "counts"),
        ("goals", GOAL, {"per": "week"}, "per"),
        ("goals", GOAL | {"reward": None, "badge": {"en": "B"}}, {"target": 4}, "target"),
        ("goals", GOAL, {"measure": "days"}, "measure"),
        ("boards", BOARD, {"measure": "orders"}, "measure"),
        ("boards", BOARD, {"per": "week"}, "per"),
    ],
)
def test_it_is_refused_with_the_way_out(kind: str, part: dict[str, Any], change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidProgramme) as raised:
        publish({kind: [part]}, {kind: [part | change]})
    assert raised.value.problems == [f"{kind}[0].{field} {WAY_OUT}"]


@pytest.mark.parametrize(("change", "field"), [({"target": 4}, "target"), ({"per": "year"}, "per")])
def test_the_way_out_says_that_both_goals_are_paid(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidProgramme) as raised:
        publish({"goals": [GOAL]}, {"goals": [GOAL | change]})
    assert raised.value.problems == [f"goals[0].{field} {BOTH}"]


def test_what_was_bought_before_a_goal_reaches_it_with_the_next_refund() -> None:
    """docs/programme.md: 95.00 bought in a month reach a goal of 80.00 that begins in it."""
    spend = {"measure": "spend", "per": "month", "reward": {"give": 5, "of": "points"}}
    books = play(shop(goals=[spend | {"id": "sp", "target": 90}]), bought("1", "2026-11-25", line(net=9_500)))
    new = parse(document(earn=[], timezone="UTC", assets={"points": {}}, goals=[spend | {"id": "sp2", "target": 80}]))
    books.publish(new, instant("2026-11-26"), instant("2026-11-25"))
    assert balance(books) == 5
    play(books, (refund("1", lines=of_line(net=100).lines), instant("2026-11-27")))
    assert balance(books) == 10
    assert findings(books, instant("2026-11-27")) == []


@pytest.mark.parametrize(
    ("kind", "part", "change"),
    [
        ("cards", CARD, {"reward": {"amount": 4}}),
        ("cards", CARD, {"id": "tea", "size": 4}),
        ("goals", GOAL, {"name": {"en": "Regular"}, "badge": {"en": "Regular"}}),
        ("goals", GOAL, {"id": "other", "target": 9}),
        ("boards", BOARD, {"top": 9, "settle_days": 3, "prizes": [{"amount": 4}]}),
        ("boards", BOARD, {"id": "other", "per": "week"}),
    ],
)
def test_the_rest_can_change(kind: str, part: dict[str, Any], change: dict[str, Any]) -> None:
    assert publish({kind: [part]}, {kind: [part | change]}) == parse(document(**{kind: [part | change]}))
    assert publish({kind: [part]}, {}) == parse(document())


@pytest.mark.parametrize(
    ("kind", "part", "change"), [("cards", CARD, {"size": 4}), ("goals", GOAL, {"target": 4, "measure": "days"})]
)
def test_an_id_that_was_of_another_one_does_not_come_back(kind: str, part: dict[str, Any], change: Any) -> None:
    """A goal that one version leaves out came back under its id with another target in the next."""
    books = Memory(parse(document(**{kind: [part]})))
    books.publish(parse(document()), effective_at=NOW, now=NOW)
    with pytest.raises(InvalidProgramme) as raised:
        books.publish(parse(document(**{kind: [part | change]})), effective_at=NOW + 1, now=NOW)
    assert len(raised.value.problems) == 1
    assert raised.value.problems[0].startswith(f"{kind}[0].id {part['id']} stood for another card, goal or board")
    books.publish(parse(document(**{kind: [part]})), effective_at=NOW + 1, now=NOW)
    assert books.history().newest == 3


IN_USD = {"currency": "USD", "currencies": ["EUR"]}
SPEND = {"id": "sp", "measure": "spend", "target": 80, "per": "month", "reward": {"give": 5, "of": "points"}}
HAS_COUNTED = (
    "cannot go on as spend: it has counted EUR, and what is spent counts in USD now; give it another id, and leave the "
    "old one out"
)


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("goals", SPEND),
        ("goals", SPEND | {"per": "week", "reward": None, "badge": {"en": "B"}}),
        ("boards", BOARD),
        ("boards", BOARD | {"per": "quarter"}),
    ],
)
@pytest.mark.parametrize("gap", [False, True])
def test_what_counts_what_is_spent_takes_another_id_with_another_currency(
    kind: str, part: dict[str, Any], gap: bool
) -> None:
    """A goal of 80.00 EUR was one of 80.00 USD: whoever had reached it lost its reward by buying once more."""
    points: dict[str, Any] = {"assets": {"points": {}}}
    books = Memory(parse(document(**points, **{kind: [part]})))
    if gap:
        books.publish(parse(document(**points, **IN_USD)), effective_at=NOW, now=NOW)
    with pytest.raises(InvalidProgramme) as raised:
        books.publish(parse(document(**points, **IN_USD, **{kind: [part]})), effective_at=NOW, now=NOW)
    assert raised.value.problems == [f"{kind}[0].measure {HAS_COUNTED}"]
    other = part | {"id": "other"}
    books.publish(parse(document(**points, **IN_USD, **{kind: [other]})), effective_at=NOW, now=NOW)
    books.publish(parse(document(**points, **{kind: [part]})), effective_at=NOW, now=NOW)


def test_a_goals_reward_stays_when_the_currency_changes_and_goes_with_what_it_was_given_for() -> None:
    books = play(shop(goals=[SPEND]), bought("1", "2026-11-25", line(net=9_500)))
    parts: dict[str, Any] = {"earn": [], "timezone": "UTC", "assets": {"points": {}}, "goals": [SPEND | {"id": "sp2"}]}
    books.publish(parse(document(**parts, **IN_USD)), instant("2026-11-26"), instant("2026-11-25"))
    play(books, bought("2", "2026-11-27", line(net=100)))
    play(books, (refund("1", lines=of_line(net=100).lines), instant("2026-11-27")))
    assert (balance(books), findings(books, instant("2026-11-27"))) == (5, [])
    play(books, (refund("1", "r2", lines=of_line(net=2_000).lines), instant("2026-11-27")))
    assert (balance(books), findings(books, instant("2026-11-27"))) == (0, [])


def test_a_reward_that_was_promised_to_stay_cannot_be_made_to_go() -> None:
    """docs/programme.md: `keep`: what was reached stays, whatever is refunded. The next purchase took it back."""
    with pytest.raises(InvalidProgramme) as raised:
        publish({"goals": [GOAL | {"keep": True}]}, {"goals": [GOAL]})
    (problem,) = raised.value.problems
    assert problem.startswith("goals[0].keep must stay true: whoever has reached it was told that its reward stays; ")
    with pytest.raises(InvalidProgramme) as refused:
        publish({"goals": [GOAL | {"keep": True}]}, {}, {"goals": [GOAL]})
    assert refused.value.problems == [problem]
    kept = publish({"goals": [GOAL]}, {"goals": [GOAL | {"keep": True}]})
    assert kept.goals[0].keep
    assert (
        publish({"goals": [GOAL | {"keep": True}]}, {"goals": [GOAL | {"keep": True}], "name": "Other"}).goals[0].keep
    )


def test_what_is_remembered_of_a_part_is_the_same_in_every_release() -> None:
    """Lists of versions have these digests: under others each card, goal and board would need another id."""
    rules = parse(document(cards=[CARD], goals=[GOAL | {"keep": True}], boards=[BOARD]))
    assert fixed_of(rules) == {
        "coffee": "046bc59807e1",
        "regular": "2d03834a3681",
        "regular keep": "true",
        "best": "eb806e698e16",
        "best currency": "EUR",
    }


@pytest.mark.parametrize("refunded", ["1", "2"])
def test_what_the_version_in_force_keeps_stays_whichever_order_is_refunded(refunded: str) -> None:
    """docs/programme.md: `keep`: what was reached stays. A refund of an order from before that version took it back."""
    goal = GOAL | {"target": 2, "reward": {"give": 5, "of": "points"}}
    books = play(shop(goals=[goal]), bought("1", "2026-11-24"))
    later = parse(document(earn=[], timezone="UTC", assets={"points": {}}, goals=[goal | {"keep": True}]))
    books.publish(later, instant("2026-11-25"), instant("2026-11-24"))
    play(books, bought("2", "2026-11-26"), (refund(refunded, lines=of_line().lines), instant("2026-11-27")))
    assert balance(books) == 5
    assert findings(books, instant("2026-11-27")) == []


LEVELS = {
    "measure": "orders",
    "counts": "at_once",
    "steps": [{"id": "start", "at": 0}, {"id": "gold", "at": 1, "gift": {"give": 40, "of": "points"}}],
}


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (
            {"cards": [CARD | {"id": "gold", "size": 1, "reward": {"give": 7, "of": "points"}}]},
            "Stamp card full: gold, 1 stamp.",
        ),
        (
            {"goals": [GOAL | {"id": "gold", "target": 2, "per": "year", "reward": {"give": 7, "of": "points"}}]},
            "Goal reached: 2 orders in 2026.",
        ),
    ],
    ids=["card", "goal"],
)
def test_what_takes_the_id_of_a_level_leaves_its_gift_alone(part: dict[str, Any], reason: str) -> None:
    """A card took the level's gift back with the next order, and a goal of the year was never rewarded."""
    books = play(shop(levels=LEVELS), bought("1", "2026-11-25"))
    new = parse(document(earn=[], timezone="UTC", assets={"points": {}}, **part))
    books.publish(new, instant("2026-11-26"), instant("2026-11-25"))
    before = progress_of(books.member(ANNA), new, instant("2026-11-26"))
    assert [(card.stamps, card.completed) for card in before.cards] in ([], [(0, 0)])
    assert [goal.reached for goal in before.goals] in ([], [False])
    play(books, bought("2", "2026-11-27"))
    assert (balance(books), reasons(books)) == (47, ["Gift for your level: gold, 2026.", reason])
    assert findings(books, instant("2026-11-27")) == []


def test_a_level_that_takes_the_id_of_a_goal_gives_its_gift_all_the_same() -> None:
    goal = GOAL | {"id": "gold", "target": 1, "per": "year", "reward": {"give": 7, "of": "points"}}
    books = play(shop(goals=[goal]), bought("1", "2026-11-25"))
    new = parse(document(earn=[], timezone="UTC", assets={"points": {}}, levels=LEVELS))
    books.publish(new, instant("2026-11-26"), instant("2026-11-25"))
    play(books, bought("2", "2026-11-27"))
    assert (balance(books), reasons(books)) == (
        47,
        ["Goal reached: 1 order in 2026.", "Gift for your level: gold, 2026."],
    )
    assert findings(books, instant("2026-11-27")) == []


@pytest.mark.parametrize(("kind", "part"), [("cards", CARD), ("goals", GOAL), ("boards", BOARD)])
def test_an_asset_is_not_called_like_what_was_counted_before(kind: str, part: dict[str, Any]) -> None:
    """Levels that measured it began with the stamps of the card."""
    books = Memory(parse(document(**{kind: [part]})))
    books.publish(parse(document()), effective_at=NOW, now=NOW)
    with pytest.raises(InvalidProgramme) as raised:
        books.publish(parse(document(assets={part["id"]: {}})), effective_at=NOW + 1, now=NOW)
    text = "must not have the id of an earlier card, goal or board, under which something else was counted"
    assert raised.value.problems == [f"assets.{part['id']} {text}; give it another name"]
