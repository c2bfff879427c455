"""What is worked out of all orders in the background: what a draft would have given, and what a campaign has brought.

A calculation has a subject, and one item for each subject with its progress and its result: a new one replaces what was
there. Of a subject at most one is live: it begins by a conditional write, and everything that it writes later asserts
that it still is the calculation of the item. One that has not written for STALL_S is dead, whatever became of its
function, and may be replaced. Nothing deletes the item; the table does, after KEPT_S.
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
from chalicelib.domain.reports.campaign_effect import CampaignReport
from chalicelib.store import keys
from chalicelib.store.dynamodb.dynamodb_errors import CONDITION_FAILED, reason_of, unavailable_on_error
from chalicelib.store.user_items import CalculationItem
from chalicelib.what_if.summary import Trial

WHAT_IF = "what-if"
"""The subject of a draft that is tried: the shop tries one at a time."""

_CAMPAIGN = "campaign#"

WAITING, READING, DRAFT, CURRENT, DONE, FAILED = "waiting", "reading", "draft", "current", "done", "failed"
"""The states of a calculation: its function is called; it reads; of a draft, it values the orders under the draft, then
under the version in force; it has ended.
"""

ENDED = (DONE, FAILED)

STALL_S = 180
"""A calculation that has written nothing for so long is dead: a working one writes every few seconds."""

KEPT_S = 30 * DAY_S


class CalculationRef(Struct, frozen=True):
    """Names a calculation: its subject, and its id among all that the subject ever had."""

    subject: str
    id: str

    @property
    def campaign(self) -> str:
        """The id of the campaign that it is about, empty for a draft."""
        return self.subject.removeprefix(_CAMPAIGN) if self.subject.startswith(_CAMPAIGN) else ""


class Calculation(Struct, frozen=True):
    """A calculation that was begun by a user, and how far it is.

    Of a draft: its `source`, the newest version that its author had seen, the `digest` that names it beside the version
    in force (`digest_of`), and whether its campaigns that are to come are looked at on past days. `count` orders of
    `total` are valued in the state; of items that are read the total is not known (0). `seen_at`: when it wrote last.
    `failure`: why it failed, a word of the function's.
    """

    ref: CalculationRef
    user: str
    at: int
    source: str = ""
    expected: int = 0
    digest: str = ""
    state: str = WAITING
    count: int = 0
    total: int = 0
    seen_at: int = 0
    failure: str = ""
    trial: Trial | None = None
    report: CampaignReport | None = None
    on_past_days: bool = False

    def is_live(self, now: int) -> bool:
        """Whether it is on its way."""
        return self.state not in ENDED and now - self.seen_at < STALL_S


class CalculationReplaced(LostRace):
    """Another calculation of the subject has begun since, or this one has ended."""


def of_campaign(campaign: str) -> str:
    """The subject of what a campaign has brought."""
    return f"{_CAMPAIGN}{campaign}"


def digest_of(source: str, version: int, *, on_past_days: bool = False) -> str:
    """What names a draft that is compared with a version in force (0: none is)."""
    named = f"{version}{' on past days' * on_past_days}\n{source}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


@unavailable_on_error()
def latest(subject: str, now: int) -> Calculation | None:
    """The calculation of a subject that began last, None where there is none or it is forgotten."""
    try:
        item = CalculationItem.get(keys.CALCULATIONS, subject, consistent_read=True)
    except CalculationItem.DoesNotExist:
        return None
    return _calculation(item) if now < item.ttl else None


@unavailable_on_error()
def begin(calculation: Calculation) -> None:
    """Write a calculation down before its function is called. Raises CalculationReplaced while another one of its
    subject is live, and for a form that was sent twice.
    """
    ref, now = calculation.ref, calculation.at
    item = CalculationItem(
        keys.CALCULATIONS,
        ref.subject,
        run=ref.id,
        digest=calculation.digest or None,
        source=calculation.source or None,
        expected=calculation.expected,
        on_past_days=int(calculation.on_past_days),
        user=calculation.user,
        at=now,
        state=WAITING,
        seen_at=now,
        ttl=now + KEPT_S,
    )
    is_over = CalculationItem.state.is_in(*ENDED) | (CalculationItem.seen_at <= now - STALL_S)
    free = CalculationItem.run.does_not_exist() | ((CalculationItem.run != ref.id) & is_over)
    try:
        item.save(free, add_version_condition=False)
    except PutError as error:
        if reason_of(error) == CONDITION_FAILED:
            raise CalculationReplaced from error
        raise


@unavailable_on_error()
def claim(ref: CalculationRef, now: int) -> Calculation:
    """Begin to work on a calculation; it, as it was written down. Raises CalculationReplaced where somebody did before,
    as Lambda may call a function twice for one event.
    """
    actions: list[Action] = [CalculationItem.state.set(READING), CalculationItem.seen_at.set(now)]
    _update(ref, actions, CalculationItem.state == WAITING)
    return _calculation(CalculationItem.get(keys.CALCULATIONS, ref.subject, consistent_read=True))


@unavailable_on_error()
def cancel(ref: CalculationRef, why: str, now: int) -> None:
    """Write down why a calculation was not begun. Raises CalculationReplaced where it was all the same."""
    _update(ref, _failed(why, now), CalculationItem.state == WAITING)


@unavailable_on_error()
def proceed(ref: CalculationRef, state: str, count: int, total: int, now: int) -> None:
    """Write down how far a calculation is. Raises CalculationReplaced."""
    progress: list[Action] = [
        CalculationItem.state.set(state),
        CalculationItem.passed.set(count),
        CalculationItem.total.set(total),
        CalculationItem.seen_at.set(now),
    ]
    _update(ref, progress)


@unavailable_on_error()
def finish(ref: CalculationRef, result: Trial | CampaignReport, now: int) -> None:
    """Write down what came of a calculation. Raises CalculationReplaced."""
    state, written = CalculationItem.state.set(DONE), CalculationItem.result.set(result)
    _update(ref, [state, written, CalculationItem.seen_at.set(now)])


@unavailable_on_error()
def fail(ref: CalculationRef, why: str, now: int) -> None:
    """Write down why a calculation failed. Raises CalculationReplaced."""
    _update(ref, _failed(why, now))


def _failed(why: str, now: int) -> list[Action]:
    return [CalculationItem.state.set(FAILED), CalculationItem.failure.set(why), CalculationItem.seen_at.set(now)]


def _update(ref: CalculationRef, actions: list[Action], condition: Condition | None = None) -> None:
    is_ours = (CalculationItem.run == ref.id) & ~CalculationItem.state.is_in(*ENDED)
    try:
        CalculationItem(keys.CALCULATIONS, ref.subject).update(
            actions=actions,
            condition=is_ours if condition is None else is_ours & condition,
            add_version_condition=False,
        )
    except UpdateError as error:
        if reason_of(error) == CONDITION_FAILED:
            raise CalculationReplaced from error
        raise


def _calculation(item: CalculationItem) -> Calculation:
    ref = CalculationRef(str(item.sk), item.run)
    return Calculation(
        ref=ref,
        user=item.user,
        at=item.at,
        source=item.source or "",
        expected=item.expected,
        digest=item.digest or "",
        state=item.state,
        count=item.passed,
        total=item.total,
        seen_at=item.seen_at,
        failure=item.failure or "",
        trial=msgspec.convert(item.result, Trial) if item.result and not ref.campaign else None,
        report=msgspec.convert(item.result, CampaignReport) if item.result and ref.campaign else None,
        on_past_days=bool(item.on_past_days),
    )
