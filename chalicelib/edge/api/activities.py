"""Handlers of activities: what members do beside buying, which the shop states once by its own reference."""

from __future__ import annotations

import re

from msgspec import Struct

from chalicelib.domain.commands import RecordActivity, WithdrawActivity
from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import iso
from chalicelib.domain.core.identity import member_id
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.records import Activity
from chalicelib.domain.rewards.activities import NAME
from chalicelib.domain.rewards.activity_recording import ActivityView, view_of
from chalicelib.edge.answers import ActivityAnswer, Money
from chalicelib.edge.idempotency import once
from chalicelib.edge.member_ids import new_member
from chalicelib.edge.messages import Request
from chalicelib.edge.request_checks import instant

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,63}")


class PostActivity(Struct, frozen=True, forbid_unknown_fields=True):
    """What a member did: the `activity` as rules name it (`on`), and your own `reference` of this one, an id.

    `at`: when it was; without it, now.
    """

    activity: str
    reference: str
    at: str | None = None


def record(request: Request, body: PostActivity) -> ActivityAnswer:
    """State an activity of a member, such as a review; a new member is made.

    It counts once per reference, so that it may be repeated; one that was withdrawn does not come back. What no rule
    names is recorded and gives nothing.
    """
    name = new_member(request.path["member"], request.now)
    _check(body.activity, body.reference)
    at = None if body.at is None else instant("at", body.at)
    return _answer(ActivityView(**once(request, RecordActivity(name, body.activity, body.reference, at))))


def withdraw(request: Request) -> ActivityAnswer:
    """Take an activity back, such as a review that was taken down: what it gave is taken back as by a refund."""
    name, activity, reference = member_id(request.path["member"]), request.path["activity"], request.path["reference"]
    _check(activity, reference)
    return _answer(ActivityView(**once(request, WithdrawActivity(name, activity, reference))))


def shown(activity: Activity) -> ActivityAnswer:
    """An activity as it is stored."""
    return _answer(view_of(activity))


def _check(activity: str, reference: str) -> None:
    if not re.fullmatch(NAME, activity):
        raise InvalidInput(
            "activity",
            "must be the name that rules give it, in lower-case letters, digits and dashes, such as review",
            activity,
        )
    if not _REFERENCE.fullmatch(reference):
        raise InvalidInput(
            "reference", "must be an id of 1 to 64 letters, digits and . _ : ~ - such as r-17", reference
        )


def _answer(activity: ActivityView) -> ActivityAnswer:
    return ActivityAnswer(
        member=activity.member,
        activity=activity.activity,
        reference=activity.reference,
        at=iso(activity.at),
        changed=activity.changed,
        withdrawn=activity.withdrawn,
        given=[Money(asset, amount, money.text(amount, asset)) for asset, amount in activity.given.items()],
        nothing_due=activity.nothing_due,
    )
