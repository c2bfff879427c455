"""The draft that was tried last on the shop's own orders: one item with the draft, its run's progress, and the result.

A run belongs to one draft and one version in force (`digest_of`). At most one is live: it begins by a conditional
write, and everything that it writes later asserts that it still is the run of the item. A run that has not written for
STALL_S is dead, whatever became of its function, and may be replaced. Nothing deletes the item; the table does, after
KEPT_S.
"""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import Struct
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.errors import LostRace
from chalicelib.store import keys
from chalicelib.store.dynamodb.dynamodb_errors import reason_of, unavailable_on_error
from chalicelib.store.user_items import WhatIfItem
from chalicelib.what_if.summary import Trial

WAITING, READING, DRAFT, CURRENT, DONE, FAILED = "waiting", "reading", "draft", "current", "done", "failed"
"""The states of a run: its function is called; it reads; it values the orders under the draft, then under the version
in force; it has ended.
"""

ENDED = (DONE, FAILED)

STALL_S = 180
"""A run that has written nothing for so long is dead: a working one writes every few seconds."""

KEPT_S = 30 * DAY_S

_LOST = "ConditionalCheckFailedException"


class Run(Struct, frozen=True):
    """A draft that is or was tried: its `digest`, its source, and the newest version that its author had seen.

    `count` orders of `total` are valued in the state; of items that are read the total is not known (0). `seen_at`:
    when it wrote last. `failure`: why it failed, a word of the function's.
    """

    id: str
    digest: str
    source: str
    expected: int
    user: str
    at: int
    state: str = WAITING
    count: int = 0
    total: int = 0
    seen_at: int = 0
    failure: str = ""
    result: Trial | None = None

    def is_live(self, now: int) -> bool:
        """Whether it is on its way."""
        return self.state not in ENDED and now - self.seen_at < STALL_S

    def is_dead(self, now: int) -> bool:
        """Whether it has stopped without a word."""
        return self.state not in ENDED and not self.is_live(now)


class RunReplaced(LostRace):
    """Another run has begun since, or this one has ended."""


def digest_of(source: str, version: int) -> str:
    """What names a draft that is compared with a version in force (0: none is)."""
    return hashlib.sha256(f"{version}\n{source}".encode()).hexdigest()[:32]


@unavailable_on_error()
def latest(now: int) -> Run | None:
    """The run that began last, None where there is none or it is forgotten."""
    try:
        item = WhatIfItem.get(*keys.WHAT_IF, consistent_read=True)
    except WhatIfItem.DoesNotExist:
        return None
    return _run(item) if now < item.ttl else None


@unavailable_on_error()
def begin(run: Run) -> None:
    """Write a run down before its function is called. Raises RunReplaced while another one is live, and for a form that
    was sent twice.
    """
    item = WhatIfItem(
        *keys.WHAT_IF,
        run=run.id,
        digest=run.digest,
        source=run.source,
        expected=run.expected,
        user=run.user,
        at=run.at,
        state=WAITING,
        seen_at=run.at,
        ttl=run.at + KEPT_S,
    )
    is_over = WhatIfItem.state.is_in(*ENDED) | (WhatIfItem.seen_at <= run.at - STALL_S)
    free = WhatIfItem.run.does_not_exist() | ((WhatIfItem.run != run.id) & is_over)
    try:
        item.save(free, add_version_condition=False)
    except PutError as error:
        if reason_of(error) == _LOST:
            raise RunReplaced from error
        raise


@unavailable_on_error()
def claim(run: str, now: int) -> Run:
    """Begin to work on a run; it, as it was written down. Raises RunReplaced where somebody did before, as Lambda may
    call a function twice for one event.
    """
    _update(run, [WhatIfItem.state.set(READING), WhatIfItem.seen_at.set(now)], WhatIfItem.state == WAITING)
    return _run(WhatIfItem.get(*keys.WHAT_IF, consistent_read=True))


@unavailable_on_error()
def cancel(run: str, why: str, now: int) -> None:
    """Write down why a run was not begun. Raises RunReplaced where it was all the same."""
    _update(run, _failed(why, now), WhatIfItem.state == WAITING)


@unavailable_on_error()
def proceed(run: str, state: str, count: int, total: int, now: int) -> None:
    """Write down how far a run is. Raises RunReplaced."""
    progress: list[Action] = [
        WhatIfItem.state.set(state),
        WhatIfItem.passed.set(count),
        WhatIfItem.total.set(total),
        WhatIfItem.seen_at.set(now),
    ]
    _update(run, progress)


@unavailable_on_error()
def finish(run: str, result: Trial, now: int) -> None:
    """Write down what came of a run. Raises RunReplaced."""
    _update(run, [WhatIfItem.state.set(DONE), WhatIfItem.result.set(result), WhatIfItem.seen_at.set(now)])


@unavailable_on_error()
def fail(run: str, why: str, now: int) -> None:
    """Write down why a run failed. Raises RunReplaced."""
    _update(run, _failed(why, now))


def _failed(why: str, now: int) -> list[Action]:
    return [WhatIfItem.state.set(FAILED), WhatIfItem.failure.set(why), WhatIfItem.seen_at.set(now)]


def _update(run: str, actions: list[Action], condition: Condition | None = None) -> None:
    is_ours = (WhatIfItem.run == run) & ~WhatIfItem.state.is_in(*ENDED)
    try:
        WhatIfItem(*keys.WHAT_IF).update(
            actions=actions,
            condition=is_ours if condition is None else is_ours & condition,
            add_version_condition=False,
        )
    except UpdateError as error:
        if reason_of(error) == _LOST:
            raise RunReplaced from error
        raise


def _run(item: WhatIfItem) -> Run:
    return Run(
        item.run,
        item.digest,
        item.source or "",
        item.expected,
        item.user,
        item.at,
        item.state,
        item.passed,
        item.total,
        item.seen_at,
        item.failure or "",
        msgspec.convert(item.result, Trial) if item.result else None,
    )
