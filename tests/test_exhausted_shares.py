"""Exhausted shares of budgets are remembered for as long as the cache lasts, by the process that has seen them."""

from __future__ import annotations

import pytest

from chalicelib import settings
from chalicelib.domain.commands import PublishProgramme, RecordOrder
from chalicelib.domain.records import Budget, BudgetRef, Member, MemberRef
from chalicelib.engine import Engine, ExhaustedShares
from chalicelib.store import table
from tests.world.builders import ANNA, BEN, NOW, order, programme_of, void
from tests.world.faults import conflict, failing_writes, intercepted
from tests.world.meter import metered

FIRST, SECOND = (BudgetRef("cashback", "EUR/2", 0), 1600), (BudgetRef("cashback", "EUR/2", 1), 1600)


def test_one_is_known_from_when_it_was_seen_until_the_cache_is_old() -> None:
    shares, cache_s = ExhaustedShares(), settings.cache_s()
    assert list(shares.known(NOW)) == []
    shares.remember([FIRST], NOW)
    shares.remember([FIRST, SECOND], NOW + 1)
    assert list(shares.known(NOW + cache_s - 1)) == [FIRST, SECOND]
    assert list(shares.known(NOW + cache_s)) == [SECOND]
    assert list(shares.known(NOW + cache_s + 1)) == []


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """16 cents, one in each share."""
    rule = {"id": "cashback", "percent": 5, "budget": {"EUR": "0.16"}}
    engine.execute(PublishProgramme(programme_of(earn=[rule]), "", 0, 0, 0), 0)
    return engine


def reads(shop: Engine, command: RecordOrder, now: int) -> int:
    with metered() as meter:
        shop.execute(command, now)
    return meter.read_round_trips


def given() -> int:
    refs = [BudgetRef("cashback", "EUR/2", number) for number in range(16)]
    return sum(share.given for share in table.load(refs).values() if isinstance(share, Budget))


def balance(name: str) -> int:
    member = table.load([MemberRef(name)])[MemberRef(name)]
    assert isinstance(member, Member)
    return member.accounts["EUR/2"].balance(NOW).available if member.accounts else 0


def test_after_its_end_an_order_reads_once(shop: Engine) -> None:
    for number in range(24):
        shop.execute(order(str(number), ANNA), NOW)
    assert (given(), balance(ANNA)) == (16, 16)
    assert reads(shop, order("a", ANNA), NOW) == 1
    later = NOW + settings.cache_s()
    shop.history(later)
    assert reads(shop, order("b", ANNA), later) == 2


def test_what_a_refund_gives_back_is_missed_for_as_long_as_the_cache_lasts(shop: Engine) -> None:
    for number in range(24):
        shop.execute(order(str(number), ANNA), NOW)
    shop.execute(void("0", ANNA), NOW)
    back = 16 - given()
    shop.execute(order("a", BEN), NOW)
    assert (back, balance(BEN)) == (16, 0)
    later = NOW + settings.cache_s()
    shop.execute(order("b", BEN, at=later), later)
    assert (given(), balance(BEN)) == (16, back)


def test_what_was_not_written_is_not_remembered(shop: Engine) -> None:
    """An order that is due the whole budget loses a race; the shares that it would have used up are read again."""
    with intercepted(failing_writes(1, conflict())):
        shop.execute(order("0", ANNA), NOW)
    assert (given(), balance(ANNA)) == (16, 16)
