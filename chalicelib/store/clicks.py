"""How often the links of referral codes were followed: counters beside the records, which no decision looks at."""

from __future__ import annotations

import random

from chalicelib.store import keys
from chalicelib.store.dynamodb.dynamodb_errors import unavailable_on_error
from chalicelib.store.items import ClicksItem


@unavailable_on_error()
def count(code: str) -> None:
    """Add one to a random one of the counters of a code's clicks."""
    counter = ClicksItem(*random.choice(keys.clicks(code)))  # noqa: S311 (a spread, no secret)
    counter.update(actions=[ClicksItem.clicked.add(1), ClicksItem.kind.set(ClicksItem)], add_version_condition=False)


@unavailable_on_error()
def total(code: str) -> int:
    """The number of clicks of a code's link: the sum of its counters."""
    return sum(counter.clicked for counter in ClicksItem.batch_get(keys.clicks(code)))
