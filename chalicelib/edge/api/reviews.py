"""Handlers of groups of friends and of reviews: list them, decide one."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.domain.commands import ReviewBonus
from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import iso
from chalicelib.domain.core.identity import member_id
from chalicelib.domain.errors import InvalidInput, no_member
from chalicelib.domain.ledger import transfers
from chalicelib.domain.programme.document import Version
from chalicelib.domain.records import Conversion, ConversionRef, Group, Ref, Review
from chalicelib.domain.rewards.referral import fraud_signals
from chalicelib.domain.rewards.referral.bonus import bonus
from chalicelib.domain.rewards.referral.groups import PENDING_REVIEW, bases_of, state_of
from chalicelib.domain.rewards.referral.settlement import Reviewed
from chalicelib.edge import cursors, process, security_log
from chalicelib.edge.answers import FriendAnswer, GroupAnswer, GroupPage, Money, ReviewAnswer, ReviewPage, SignalAnswer
from chalicelib.edge.idempotency import once
from chalicelib.edge.messages import ADMIN, Request
from chalicelib.edge.request_checks import SALT_BYTES, check_reason
from chalicelib.store.dynamodb import queries

REVIEWS, GROUPS = "reviews", "groups"
"""The lists, as their cursors name them; of the groups a member's, too."""

_PLACE = re.compile(r"([0-9]{1,11})/([0-9]{1,8})/(\S{1,100})")
_NUMBER = re.compile(r"[1-9][0-9]{0,7}")

Conversions = dict[Ref, Conversion]


class PostReview(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's verdict on a bonus, and the reason that the statement will show; `undo` takes back an earlier one."""

    verdict: Literal["approve", "deny", "undo"]
    reason: Annotated[str, Meta(max_length=200)]


def show(request: Request) -> ReviewPage:
    """Bonuses that wait for a person, newest first; with `?all=1` those that were decided too.

    Query: `limit` (1 to 100), `cursor`, `all`.
    """
    limit = cursors.limit(request)
    decided, before = _wants_decided(request), _place(request)
    reviews = [
        review for review in queries.reviews(decided=decided) if before is None or queries.review_order(review) < before
    ]
    page = reviews[:limit]
    shown = _answers(page, request, decided=decided)
    has_more = len(reviews) > limit
    return ReviewPage(
        shown, cursors.after("/".join(map(str, queries.review_order(page[-1]))), REVIEWS) if has_more else None
    )


def find(request: Request) -> ReviewAnswer | None:
    """One bonus that was held, decided or not; None where there is none of that referrer and number."""
    asked = request.path["member"], request.path["number"]
    reviews = [review for review in queries.reviews(decided=True) if (review.referrer, str(review.number)) == asked]
    return next(iter(_answers(reviews, request, decided=True)), None)


def decide(request: Request, body: PostReview) -> Reviewed:
    """Approve a bonus, deny it, or take an earlier verdict back; what follows is posted at once.

    Needs an Idempotency-Key. A verdict that stands already changes nothing.
    """
    return judge(request, body)


def judge(request: Request, body: PostReview, seen: str = "") -> Reviewed:
    """The verdict of whoever was shown the bonus in the state `seen`; in another one nothing is done. Empty: in any."""
    check_reason(body.reason, in_statement=True)
    number = request.path["number"]
    if not _NUMBER.fullmatch(number):
        raise InvalidInput("number", "must be the number of a group, such as 1", number)
    salt = secrets.token_urlsafe(SALT_BYTES)
    member, by = member_id(request.path["member"]), security_log.caller(request)
    command = ReviewBonus(member, int(number), body.verdict, body.reason.strip(), salt, by, seen)
    return Reviewed(**once(request, command))


def groups(request: Request) -> GroupPage:
    """A member's groups of friends, newest first, with their orders and what was posted. Query: `limit`, `cursor`."""
    referrer = member_id(request.path["member"])
    limit = cursors.limit(request)
    page = queries.groups(referrer, limit, cursors.number(request, GROUPS, referrer))
    if not page and queries.member(referrer) is None:
        raise no_member(referrer)
    friends = queries.conversions_of(page)
    shown = [_group(group, friends, with_signals=request.caller.role == ADMIN) for group in page]
    has_more = len(page) == limit and page[-1].number > 1
    return GroupPage(referrer, shown, cursors.after(page[-1].number, GROUPS, referrer) if has_more else None)


def _answers(page: list[Review], request: Request, *, decided: bool) -> list[ReviewAnswer]:
    """Reviews as the API shows them; without `decided` only those whose groups still wait for a verdict."""
    groups = queries.groups_of(page)
    friends = queries.conversions_of(groups.values())
    with_groups = [
        (review, groups[review.referrer, review.number])
        for review in page
        if (review.referrer, review.number) in groups
    ]
    return [
        _review(review, group, friends, request)
        for review, group in with_groups
        if decided or group.review == PENDING_REVIEW
    ]


def _wants_decided(request: Request) -> bool:
    flag = request.query.get("all", "0")
    if flag not in ("0", "1"):
        raise InvalidInput("all", "must be 1, or 0, or left out", flag)
    return flag == "1"


def _place(request: Request) -> tuple[int, int, str] | None:
    match = _PLACE.fullmatch(cursors.place(request, REVIEWS, form=_PLACE))
    return (int(match[1]), int(match[2]), match[3]) if match else None


def _review(review: Review, group: Group, friends: Conversions, request: Request) -> ReviewAnswer:
    version = process.engine().of_history(lambda history: history.numbered(group.terms), request.now)
    rule = version.programme.referral
    return ReviewAnswer(
        referrer=group.referrer,
        group=group.number,
        state=state_of(group),
        held_at=iso(review.at),
        signals=_signals(group),
        score=fraud_signals.score(group.signals),
        threshold=rule.review.threshold if rule and rule.review else 0,
        friends=_friends(group, friends),
        bonus=_at_stake(group, friends, version),
        verdict=review.verdict,
        reason=review.reason,
        decided_at=iso(review.decided_at) if review.decided_at else None,
    )


def _group(group: Group, friends: Conversions, *, with_signals: bool) -> GroupAnswer:
    return GroupAnswer(
        number=group.number,
        state=state_of(group),
        at=iso(group.at),
        friends=_friends(group, friends),
        signals=_signals(group) if with_signals else [],
        posted=_sums((posted.asset, posted.amount) for posted in group.posted if posted.account == transfers.REFERRAL),
    )


def _friends(group: Group, friends: Conversions) -> list[FriendAnswer]:
    return [_friend(conversion) for conversion in _conversions(group, friends)]


def _conversions(group: Group, friends: Conversions) -> list[Conversion]:
    refs = (ConversionRef(group.referrer, friend) for friend in group.friends)
    return [friends[ref] for ref in refs if ref in friends]


def _friend(conversion: Conversion) -> FriendAnswer:
    base = _money(money.asset_of(conversion.currency), conversion.base)
    return FriendAnswer(conversion.friend, conversion.order, iso(conversion.at), conversion.live, base)


def _signals(group: Group) -> list[SignalAnswer]:
    return [SignalAnswer(*signal) for signal in group.signals]


def _at_stake(group: Group, friends: Conversions, version: Version) -> list[Money]:
    """The worth of a group's bonus, whatever the verdict; empty for a broken group."""
    rule = version.programme.referral
    if rule is None or group.broken:
        return []
    bases = bases_of(_conversions(group, friends))
    dues = bonus(group.referrer, rule.of_rank(group.rank), bases, group.at, version.programme)
    return _sums((due.posted.asset, due.amount) for due in dues)


def _sums(amounts: Iterable[tuple[str, int]]) -> list[Money]:
    sums: dict[str, int] = {}
    for asset, amount in amounts:
        sums[asset] = sums.get(asset, 0) + amount
    return [_money(asset, amount) for asset, amount in sorted(sums.items())]


def _money(asset: str, amount: int) -> Money:
    return Money(asset, amount, money.text(amount, asset))
