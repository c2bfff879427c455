"""A referrer's conversions that wait to be settled."""

import pytest

from chalicelib.domain.records import Conversion
from chalicelib.store import unfinished
from chalicelib.store.table import commit
from tests.world.builders import ANNA, BEN
from tests.world.meter import metered

pytestmark = pytest.mark.usefixtures("store")


def conversion(friend: str, at: int = 0, todo: int = 1, referrer: str = ANNA) -> Conversion:
    return Conversion(referrer, friend, f"shop/{friend}", at=at, currency="EUR", base=100, live=True, todo=todo)


def test_unsettled_friends_are_found_in_every_shard_the_earliest_first() -> None:
    waiting = [conversion(f"shop.{number}", at=1000 - number) for number in range(40)]
    done = [conversion(f"shop.{number}", todo=0) for number in range(40, 60)]
    commit([*waiting, *done, conversion("shop.99", referrer=BEN)])
    with metered() as meter:
        friends = unfinished.friends(ANNA)
    assert friends == [record.friend for record in reversed(waiting)]
    assert set(meter.operations) == {"Query"}


def test_nobody_has_work() -> None:
    commit([conversion("shop.1", todo=0)])
    assert unfinished.friends(ANNA) == unfinished.friends("shop.nobody") == []
