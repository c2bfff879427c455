"""Values of sentences that are written by a programme's names."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.core.phrases import (
    ENGLISH,
    Amount,
    InProgramme,
    Instant,
    Named,
    Phrase,
    Title,
    day_count,
    decimal_count,
    written,
)
from chalicelib.edge import words
from tests.world.builders import NOW, programme_of


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
    programme = programme_of(**parts)
    value = Title(Named("asset", "leaves"), Phrase("Points"))
    assert written(value, words.of("en"), programme) == title
    assert written(value) == written(value, words.of("en")) == "Points"


def test_a_value_of_another_programme_is_written_by_its_names() -> None:
    old = programme_of(assets={"leaves": {"name": {"en": "tea leaves"}}})
    value = InProgramme(Phrase("%(amount)s", {"amount": Amount(5, "leaves")}), old)
    assert written(value, words.of("en"), programme_of()) == "5\N{NO-BREAK SPACE}tea leaves"
    assert written(value) == "5 leaves"


def test_a_goal_without_a_name_is_called_by_its_badge() -> None:
    goal = {"id": "regular", "measure": "orders", "target": 3, "badge": {"en": "Regular guest"}}
    other = {"id": "often", "measure": "orders", "target": 9, "reward": {"amount": 1}}
    programme = programme_of(goals=[other, goal | {"id": "named", "name": {"en": "Three"}}, goal])
    called = [written(Named("goal", name), words.of("en"), programme) for name in ("regular", "named", "often", "none")]
    assert called == ["Regular guest", "Three", "often", "none"]


def test_days_and_decimals_are_counted_in_one_or_many() -> None:
    assert [written(day_count(number)) for number in (1, 2)] == ["1 day", "2 days"]
    assert [written(decimal_count(number)) for number in (1, 2)] == ["1 decimal", "2 decimals"]
    assert written(day_count(2), words.of("fr")) == "2 jours"


def test_an_instant_is_of_the_day_that_it_is_in_the_programmes_zone() -> None:
    """20 to 3 in the night of 2 February at Greenwich."""
    programme = programme_of(timezone="America/New_York")
    assert written(Instant(NOW), words.of("en"), programme).startswith("1 February 2026, 9:40")
    assert written(Instant(NOW), words.of("en")).startswith("2 February 2026, 2:40")


def test_the_english_of_the_api_has_ids_and_of_names_in_several_languages_the_english_one() -> None:
    programme = programme_of(assets={"leaves": {"name": {"en": "leaves"}}})
    assert written(Title(Named("asset", "leaves"), Phrase("Points")), ENGLISH, programme) == "Points"
    names = {"fr": "feuilles", "en": "leaves"}
    assert [ENGLISH.name(names), ENGLISH.name({"fr": "feuilles"}), ENGLISH.name({}, "tea")] == [
        "leaves",
        "feuilles",
        "tea",
    ]
