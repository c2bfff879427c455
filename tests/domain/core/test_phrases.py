"""Values of sentences that are written by a programme's names."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.core.phrases import Amount, InProgramme, Named, Phrase, Title, day_count, decimal_count, written
from chalicelib.edge import words
from tests.world.builders import programme


@pytest.mark.parametrize(
    ("parts", "title"),
    [
        ({"assets": {"leaves": {"name": {"en": "tea leaves"}}}}, "Tea leaves"),
        ({"assets": {"leaves": {"name": {"en": "leaves"}}}}, "Leaves"),
        ({"assets": {"leaves": {}}}, "Points"),
        ({}, "Points"),
    ],
)
def test_a_title_is_the_shops_name_and_begins_a_sentence(parts: dict[str, Any], title: str) -> None:
    rules = programme(**parts)
    value = Title(Named("asset", "leaves"), Phrase("Points"))
    assert written(value, words.of("en"), rules) == title
    assert written(value) == written(value, words.of("en")) == "Points"


def test_a_value_of_another_programme_is_written_by_its_names() -> None:
    old = programme(assets={"leaves": {"name": {"en": "tea leaves"}}})
    value = InProgramme(Phrase("%(amount)s", {"amount": Amount(5, "leaves")}), old)
    assert written(value, words.of("en"), programme()) == "5\N{NO-BREAK SPACE}tea leaves"
    assert written(value) == "5 leaves"


def test_a_goal_without_a_name_is_called_by_its_badge() -> None:
    goal = {"id": "regular", "measure": "orders", "target": 3, "badge": {"en": "Regular guest"}}
    other = {"id": "often", "measure": "orders", "target": 9, "reward": {"amount": 1}}
    rules = programme(goals=[other, goal | {"id": "named", "name": {"en": "Three"}}, goal])
    called = [written(Named("goal", name), words.of("en"), rules) for name in ("regular", "named", "often", "none")]
    assert called == ["Regular guest", "Three", "often", "none"]


def test_days_and_decimals_are_counted_in_one_or_many() -> None:
    assert [written(day_count(number)) for number in (1, 2)] == ["1 day", "2 days"]
    assert [written(decimal_count(number)) for number in (1, 2)] == ["1 decimal", "2 decimals"]
    assert written(day_count(2), words.of("fr")) == "2 jours"
