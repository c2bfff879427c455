"""The history of versions: which is in force, what is not read yet, and what the list says for all of them."""

from __future__ import annotations

import pytest

from chalicelib.domain.programme.document import Version
from chalicelib.domain.programme.history import History, history_of, sole
from chalicelib.domain.records import Cuts, Missing, ProgrammeList, ProgrammeListRef, ProgrammeRef
from tests.world.builders import NOW, programme_of
from tests.world.memory import Memory

FIRST, SECOND = (Version(number, effective_at, programme_of()) for number, effective_at in ((1, 100), (2, 200)))


def test_a_version_holds_from_its_instant_until_the_next_ones() -> None:
    history = history_of([SECOND, FIRST])
    assert [history.number_at(instant) for instant in (99, 100, 199, 200, 999)] == [0, 1, 1, 2, 2]
    assert [history.at(instant) for instant in (99, 100, 199, 200, 999)] == [None, FIRST, FIRST, SECOND, SECOND]
    assert (history.numbered(2), history.newest) == (SECOND, 2)


def test_a_version_that_was_not_read_is_asked_for() -> None:
    history = history_of([SECOND], ProgrammeList(2, (100, 200)))
    assert (history.at(99), history.at(200), history.newest) == (None, SECOND, 2)
    for ask in (lambda: history.at(199), lambda: history.numbered(1)):
        with pytest.raises(Missing) as missing:
            ask()
        assert missing.value.refs == {ProgrammeRef(1)}


@pytest.mark.parametrize("effective_at", [(100,), (100, 201)])
def test_a_version_that_the_list_does_not_have_is_none_of_the_history(effective_at: tuple[int, ...]) -> None:
    """A restore takes it away, and the next one has its number."""
    history = history_of([FIRST, SECOND], ProgrammeList(3, effective_at))
    assert (list(history.read), history.at(100)) == ([1], FIRST)


def test_cuts_that_the_list_does_not_have_are_none_of_the_history() -> None:
    """A restore to before they were made takes them away, and others get their number."""
    first, other = (Cuts(1, day, NOW, 600, (1,), (1,), (1,)) for day in (739_900, 739_901))
    history = history_of([FIRST], ProgrammeList(2, (100,), cuts=((1, other.day),)), [first])
    assert history.cuts_read == {}
    assert history_of([FIRST], ProgrammeList(2, (100,), cuts=((1, other.day),)), [other]).cuts_read == {1: other}


def test_before_the_first_publication_there_is_none() -> None:
    assert (History().newest, History().at(NOW)) == (0, None)


def test_a_programme_by_itself_is_the_first_version_and_in_force_from_the_beginning() -> None:
    programme = programme_of()
    history = sole(programme)
    assert [history.at(instant) for instant in (0, NOW)] == [Version(1, 0, programme)] * 2
    assert history.newest == 1


def test_a_list_that_an_earlier_release_wrote_is_completed_once() -> None:
    """With what no version may change; the versions are read for it."""
    shop = Memory()
    for number in range(5):
        shop.publish(programme_of(earn=[{"id": f"r{number}", "percent": 1}]), NOW + number)
    listed = shop.find(ProgrammeListRef(), ProgrammeList)
    shop.records[ProgrammeListRef()] = ProgrammeList(listed.version, listed.effective_at)
    shop.publish(programme_of(earn=[{"id": "r5", "percent": 1}]), NOW + 5)
    assert shop.round_trips == 2
    shop.publish(programme_of(earn=[{"id": "r6", "percent": 1}]), NOW + 6)
    assert shop.round_trips == 1
