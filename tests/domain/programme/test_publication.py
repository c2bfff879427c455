"""A programme version is numbered, immutable, and in force from an instant that no cache can miss."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.commands import PublishProgramme
from chalicelib.domain.errors import InvalidInput, InvalidProgramme, VersionMismatch
from chalicelib.domain.events import ProgrammePublished
from chalicelib.domain.records import ProgrammeList, ProgrammeListRef, ProgrammeRef, ProgrammeVersion
from tests.world.builders import NOW, programme_of
from tests.world.memory import Memory, Stale

LEAD_S = 120


def publish(expected: int, effective_at: int | None = None) -> PublishProgramme:
    return PublishProgramme(programme_of(), "name: Club", expected, effective_at, LEAD_S)


@pytest.mark.parametrize(
    ("asked_at", "effective_at"), [(None, NOW), (0, 0), (NOW + 500, NOW + 500)], ids=["now", "past", "later"]
)
def test_the_first_version_may_begin_at_any_time(asked_at: int | None, effective_at: int) -> None:
    shop = Memory()
    assert shop.execute(publish(0, asked_at)) == {"number": 1, "effective_at": effective_at}
    assert shop.events == [ProgrammePublished(1, effective_at)]
    assert shop.history().at(effective_at - 1) is None


@pytest.mark.parametrize(
    ("asked_at", "effective_at"), [(None, NOW + LEAD_S), (NOW + LEAD_S, NOW + LEAD_S), (NOW + 900, NOW + 900)]
)
def test_a_later_version_begins_when_every_reader_knows_of_it(asked_at: int | None, effective_at: int) -> None:
    shop = Memory(programme_of())
    assert shop.execute(publish(1, asked_at)) == {"number": 2, "effective_at": effective_at}


@pytest.mark.parametrize("asked_at", [0, NOW, NOW + LEAD_S - 1])
def test_sooner_is_refused_with_the_earliest_instant(asked_at: int) -> None:
    with pytest.raises(InvalidInput, match="effective_at must be 2026-02-02T02:42:00Z or later, got"):
        Memory(programme_of()).execute(publish(1, asked_at))


def test_a_version_that_was_planned_by_mistake_is_replaced_by_a_newer_one() -> None:
    shop = Memory(programme_of())
    shop.execute(publish(1, NOW + 1000))
    shop.execute(publish(2))
    numbers = [version.number for at in (NOW, NOW + LEAD_S, NOW + 2000) if (version := shop.history().at(at))]
    assert numbers == [1, 3, 3]


@pytest.mark.parametrize("expected", [0, 2])
def test_who_did_not_read_the_newest_version_is_refused(expected: int) -> None:
    with pytest.raises(VersionMismatch, match=f"the newest version is 1, not {expected}; read it and publish again"):
        Memory(programme_of()).execute(publish(expected))


def test_of_two_that_publish_at_once_one_wins() -> None:
    shop = Memory(programme_of())
    first, second = shop.decide(publish(1)), shop.decide(publish(1))
    shop.commit(first.changes)
    with pytest.raises(Stale):
        shop.commit(second.changes)


def test_a_version_is_kept_as_its_author_wrote_it() -> None:
    shop = Memory()
    shop.execute(publish(0))
    assert shop.find(ProgrammeRef(1), ProgrammeVersion).source == "name: Club"


DATED = programme_of(earn=[{"id": "a", "percent": 5, "vest_date": "2026-06-01", "expire_days": 30}])
"""NOW is in February."""


@pytest.mark.parametrize("effective_at", [None, 0, NOW + 80 * 86400], ids=["now", "past", "too soon"])
def test_a_reward_that_would_be_gone_before_it_can_be_spent_is_not_published(effective_at: int | None) -> None:
    shop = Memory()
    with pytest.raises(InvalidProgramme) as refused:
        shop.execute(PublishProgramme(DATED, "name: Club", 0, effective_at, LEAD_S))
    assert [problem.partition(" must ")[0] for problem in refused.value.problems] == ["earn[0].expire_days"]
    assert shop.events == []


def test_it_is_published_when_it_begins_so_late_that_every_order_can_spend_it() -> None:
    shop = Memory()
    shop.execute(PublishProgramme(DATED, "name: Club", 0, NOW + 100 * 86400, LEAD_S))
    assert shop.find(ProgrammeRef(1), ProgrammeVersion).number == 1


POINTS = {"points": {"name": {"en": "leaves"}, "worth": {"EUR": Decimal("0.05")}, "decimals": 1}}


def publishing(shop: Memory, assets: dict[str, Any]) -> list[str]:
    """The problems of publishing a programme with these assets; none where it is published."""
    try:
        shop.publish(programme_of(assets=assets))
    except InvalidProgramme as refused:
        return refused.problems
    return []


def test_an_asset_that_members_may_hold_is_not_removed() -> None:
    (problem,) = publishing(Memory(programme_of(assets=POINTS)), {})
    assert problem.startswith("assets.points must stay in the document, since members may hold it; to end it, remove")


@pytest.mark.parametrize("decimals", [0, 2])
def test_the_decimals_of_an_asset_stay(decimals: int) -> None:
    (problem,) = publishing(Memory(programme_of(assets=POINTS)), {"points": POINTS["points"] | {"decimals": decimals}})
    assert problem == (
        f"assets.points.decimals must stay 1, since members may hold it, got {decimals}; give an asset of another name "
        "its own decimals"
    )


def test_what_else_an_asset_says_may_change_and_another_may_come() -> None:
    shop = Memory(programme_of(), programme_of(assets=POINTS))
    assert publishing(shop, {"points": {"decimals": 1, "worth": Decimal("0.04")}, "stars": {}}) == []
    assert publishing(shop, {"points": {"decimals": 1}})[0].startswith("assets.stars must stay")


GOAL = {"id": "often", "measure": "orders", "target": 3, "reward": {"amount": 3}}
BUDGETED = {"id": "cashback", "percent": 5, "budget": 5000}


@pytest.mark.parametrize(
    ("listed", "is_fixed", "shares"), [(None, False, 16), (None, True, 16), ({"cashback EUR/2": 25}, False, 25)]
)
def test_a_list_of_an_earlier_release_learns_what_is_fixed_and_keeps_the_shares_that_it_says(
    listed: dict[str, int] | None, is_fixed: bool, shares: int
) -> None:
    """Other shares of a budget than those that orders have taken from would give it out twice."""
    shop = Memory(programme_of(earn=[BUDGETED], goals=[GOAL]))
    now_listed = shop.find(ProgrammeListRef(), ProgrammeList)
    shop.records[ProgrammeListRef()] = ProgrammeList(
        1, (0,), shares=listed, fixed=now_listed.fixed if is_fixed else None
    )
    with pytest.raises(InvalidProgramme) as refused:
        shop.publish(programme_of(earn=[BUDGETED], goals=[GOAL | {"target": 4}]))
    assert [problem.partition(" ")[0] for problem in refused.value.problems] == ["goals[0].target"]
    shop.publish(programme_of(earn=[BUDGETED]))
    relisted = shop.find(ProgrammeListRef(), ProgrammeList)
    assert relisted.shares == {"cashback EUR/2": shares}
    assert relisted.fixed == now_listed.fixed


def test_what_any_version_had_is_fixed_for_all_later_ones() -> None:
    shop = Memory(programme_of(goals=[GOAL]), programme_of(), programme_of(goals=[GOAL | {"id": "other"}]))
    assert sorted(shop.find(ProgrammeListRef(), ProgrammeList).fixed or ()) == ["often", "other"]
    with pytest.raises(InvalidProgramme, match=r"^goals\[0\]\.id often stood for another "):
        shop.publish(programme_of(goals=[GOAL | {"target": 9}, GOAL | {"id": "other"}]))


def test_a_later_version_is_published_without_reading_all_before_it() -> None:
    shop = Memory(programme_of(), programme_of())
    shop.decide(publish(2))
    assert set(shop.read) == {ProgrammeListRef()}


def test_those_of_an_earlier_release_are_read_at_once_and_no_others() -> None:
    shop = Memory(programme_of(), programme_of())
    shop.records[ProgrammeListRef()] = ProgrammeList(1, (0, 0))
    shop.decide(publish(2))
    assert set(shop.read) == {ProgrammeListRef(), ProgrammeRef(1), ProgrammeRef(2)}
    assert shop.round_trips == 2
