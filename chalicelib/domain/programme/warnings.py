"""What a programme may say and probably does not mean: percents below 1, which may be meant as shares, and a landing
page on a host that is nobody's.

A warning refuses nothing. Imports the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chalicelib.domain.core import money

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Phrase
    from chalicelib.domain.programme.document import Programme

EXAMPLES = ("example", "invalid", "test", "example.com", "example.net", "example.org")
"""Hosts that are reserved for examples and tests (RFC 2606), with all below them."""


def warnings(programme: Programme) -> Iterator[Phrase]:
    """A sentence for each thing that is allowed and probably not meant."""
    from chalicelib.domain.core.phrases import Phrase

    for path, percent in _percents(programme):
        if percent is not None and 0 < percent < 1:
            values = {"path": path, "percent": money.plain(percent), "meant": money.plain(percent * 100)}
            yield Phrase(
                "%(path)s is %(percent)s, less than one percent; for %(meant)s percent write %(meant)s", values
            )
    host = urlsplit(programme.landing.page).hostname or ""
    if f".{host}".endswith(tuple(f".{name}" for name in EXAMPLES)):
        yield Phrase(
            "landing.page is on %(host)s, which is reserved for examples: links of members would lead nowhere; "
            "write the address of a page of your shop",
            {"host": host},
        )


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
