"""A code that exists is read once a minute by a process, one that does not each time; its clicks are a sum."""

from collections import Counter
from random import Random

import pytest

from chalicelib import settings
from chalicelib.domain.records import Code
from chalicelib.store import clicks, code_cache, keys
from chalicelib.store.code_cache import CodeCache
from chalicelib.store.table import commit
from tests.world.builders import ANNA, CODE, NOW
from tests.world.meter import metered

pytestmark = pytest.mark.usefixtures("store")

OTHER = "00000000000X"


def reads(book: CodeCache, code: str, now: int, *, known: bool) -> int:
    with metered() as meter:
        assert book.has(code, now) is known
    return meter.read_round_trips


def test_a_code_is_remembered_for_as_long_as_the_cache_lasts() -> None:
    commit([Code(CODE, ANNA)])
    book, cache_s = CodeCache(), settings.cache_s()
    times = [NOW, NOW, NOW + cache_s - 1, NOW + cache_s, NOW + 2 * cache_s - 1]
    assert [reads(book, CODE, now, known=True) for now in times] == [1, 0, 0, 1, 0]


def test_a_code_that_nobody_has_is_not_remembered() -> None:
    book = CodeCache()
    assert [reads(book, CODE, NOW, known=False) for _ in range(2)] == [1, 1]
    commit([Code(CODE, ANNA)])
    assert reads(book, CODE, NOW, known=True) == 1


def test_the_codes_that_were_read_first_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_cache, "MAX_CODES", 1)
    commit([Code(CODE, ANNA), Code(OTHER, ANNA)])
    book = CodeCache()
    asked = [CODE, OTHER, OTHER, CODE, OTHER]
    assert [reads(book, code, NOW, known=True) for code in asked] == [1, 1, 0, 1, 1]


def test_clicks_are_counted_in_several_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clicks, "random", Random(1))  # noqa: S311 (no secret)
    with metered() as meter:
        for _ in range(40):
            clicks.count(CODE)
    counted = Counter(write.key[0] for write in meter.writes)
    assert len(counted) > keys.CLICK_SHARDS / 2
    assert max(counted.values()) < 10
    assert {write.units for write in meter.writes} == {1}
    assert len({pk for pk, _ in keys.clicks(CODE)}) == keys.CLICK_SHARDS
    with metered() as meter:
        assert (clicks.total(CODE), clicks.total(OTHER)) == (40, 0)
    assert meter.operations == ["BatchGetItem", "BatchGetItem"]
