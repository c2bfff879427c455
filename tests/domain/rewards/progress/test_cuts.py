"""Cuts of segments are numbered and named in the list of versions, once for a day."""

from chalicelib.domain.commands import PublishCuts
from chalicelib.domain.facts import Facts
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import Cuts, ProgrammeList, ProgrammeListRef, Record
from chalicelib.domain.rewards.progress.cuts import publish
from tests.world.builders import NOW

DAY = 739_560
COMMAND = PublishCuts(DAY, 500, (DAY - 9,) * 4, (1, 2, 3, 4), (100, 200, 300, 400), {"loyal": 7})


def published(listed: ProgrammeList | None) -> tuple[Record, ...]:
    return publish(COMMAND, Facts({ProgrammeListRef(): listed}, History(())), NOW).changes


def test_a_version_says_what_it_was_made_of() -> None:
    cuts = Cuts(1, DAY, NOW, 500, (DAY - 9,) * 4, (1, 2, 3, 4), (100, 200, 300, 400), members={"loyal": 7})
    assert published(ProgrammeList()) == (ProgrammeList(cuts=((1, DAY),)), cuts)


def test_the_first_may_come_before_any_programme() -> None:
    assert published(None) == published(ProgrammeList())


def test_a_day_has_one_version() -> None:
    assert published(ProgrammeList(cuts=((4, DAY),))) == ()
    listed, cuts = published(ProgrammeList(cuts=((4, DAY - 1),)))
    assert isinstance(listed, ProgrammeList)
    assert isinstance(cuts, Cuts)
    assert (listed.cuts, cuts.number) == (((4, DAY - 1), (5, DAY)), 5)
