"""What a programme gives, in English sentences, and warnings, for `programme check`; reads no table."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import written
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.rewards import summary


def sentences(programme: Programme, now: int) -> Iterator[str]:
    """What an order that is paid now earns in each currency, what friends bring, and what else there is to win."""
    return (written(sentence) for sentence in summary.sentences(programme, now))


def warnings(programme: Programme) -> Iterator[str]:
    """What is allowed and probably not meant: percents below 1, which may be meant as shares."""
    for path, percent in _percents(programme):
        if percent is not None and 0 < percent < 1:
            meant = money.plain(percent * 100)
            yield f"{path} is {money.plain(percent)}, less than one percent; for {meant} percent write {meant}"


def _percents(programme: Programme) -> Iterator[tuple[str, Decimal | None]]:
    """Every percent of the document by its path."""
    for index, rule in enumerate(programme.earn):
        yield f"earn[{index}].percent", getattr(rule, "percent", None)
        for number, rate in enumerate(getattr(rule, "rates", ())):
            yield f"earn[{index}].rates[{number}].percent", rate.percent
    if programme.referral:
        yield "referral.percent", programme.referral.percent
        if programme.referral.welcome:
            yield "referral.welcome.percent", programme.referral.welcome.percent
    yield "spending.max_percent", programme.spending.max_percent
