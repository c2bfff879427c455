"""What members are on their way to cannot change under the same id; everything else can."""

from typing import Any

import pytest

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme.document import parse
from tests.world.builders import NOW, document
from tests.world.memory import Memory

CARD = {"id": "coffee", "counts": {"orders": True}, "size": 5, "reward": {"amount": 3}}
GOAL = {"id": "regular", "measure": "orders", "target": 3, "per": "month", "reward": {"amount": 3}}
BOARD = {"id": "best", "measure": "spend", "per": "month", "top": 5}
WAY_OUT = "cannot change: members are on their way to it; give it another id, and leave the old one out"


def publish(first: dict[str, Any], second: dict[str, Any]) -> None:
    books = Memory(parse(document(**first)))
    books.publish(parse(document(**second)), effective_at=NOW, now=NOW)


@pytest.mark.parametrize(
    ("kind", "part", "change", "field"),
    [
        ("cards", CARD, {"size": 4}, "size"),
        ("cards", CARD, {"counts": {"per": {"EUR": 10}}}, "counts"),
        ("goals", GOAL, {"target": 4}, "target"),
        ("goals", GOAL, {"per": "week"}, "per"),
        ("goals", GOAL, {"measure": "days"}, "measure"),
        ("boards", BOARD, {"measure": "orders"}, "measure"),
        ("boards", BOARD, {"per": "week"}, "per"),
    ],
)
def test_it_is_refused_with_the_way_out(kind: str, part: dict[str, Any], change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidProgramme) as raised:
        publish({kind: [part]}, {kind: [part | change]})
    assert raised.value.problems == [f"{kind}[0].{field} {WAY_OUT}"]


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
    publish({kind: [part]}, {kind: [part | change]})
    publish({kind: [part]}, {})


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
