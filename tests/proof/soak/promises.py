"""What clients were told must be in the books: once if it was done, not at all if it was refused."""

from __future__ import annotations

from collections import Counter

from chalicelib.domain.commands import (
    AdjustBalance,
    CaptureHold,
    Command,
    MergeMembers,
    PlaceHold,
    RecordActivity,
    Redeem,
    ReleaseHold,
    UndoEntry,
    WithdrawActivity,
)
from chalicelib.domain.ledger.transfers import LOSS, digest_of
from chalicelib.domain.records import Activity, Hold, HoldRef, Order, ReversalRef
from tests.proof import invariants
from tests.proof.soak.club import Request
from tests.proof.soak.hub import Violation
from tests.proof.soak.programmes import REVIEW
from tests.proof.soak.shelf import Shelf
from tests.properties.invariants import survivor


def check_requests(shelf: Shelf, requests: list[Request]) -> None:
    """Every request was answered, and the books say what its answer said."""
    by_hand = invariants.posted_by_hand(shelf)
    for request in requests:
        command = request.command
        if isinstance(command, AdjustBalance):
            kept = by_hand[digest_of(command.reason, command.salt)] == request.was_done
        elif isinstance(command, PlaceHold):
            kept = (HoldRef(command.hold) in shelf.records) == request.was_done
        else:
            kept = not request.was_done or _is_done(shelf, command)
        if not request.endings or not kept:
            raise Violation(f"{command} was answered {request.endings}, and the books say something else")


def _is_done(shelf: Shelf, command: Command) -> bool:
    """Whether the books show that a command was done."""
    match command:
        case CaptureHold():
            return shelf.find(HoldRef(command.hold), Hold).state == "captured"
        case ReleaseHold():
            return shelf.find(HoldRef(command.hold), Hold).state == "released"
        case MergeMembers():
            return survivor(shelf, command.survivor) == survivor(shelf, command.merged)
        case RecordActivity():
            # One of a member that was merged stands with the survivor.
            owner, name = survivor(shelf, command.member), (command.activity, command.reference)
            known = [activity for activity in shelf.all(Activity) if (activity.activity, activity.reference) == name]
            return owner in {survivor(shelf, activity.member) for activity in known}
        case UndoEntry():
            return ReversalRef(command.member, command.entry) in shelf.records
        case _:
            return True


def check_activities(shelf: Shelf, requests: list[Request]) -> None:
    """Each review that was stated stands once; it gives what its version says or a limit leaves, and no more."""
    done = [request.command for request in requests if request.was_done]
    names = {command.reference for command in done if isinstance(command, RecordActivity)}
    withdrawn = {command.reference for command in done if isinstance(command, WithdrawActivity)}
    activities = [activity for activity in shelf.all(Activity) if activity.activity == REVIEW["on"]]
    if Counter(activity.reference for activity in activities) != Counter(names):
        raise Violation(f"the reviews {names} were stated, and there are {activities}")
    for activity in activities:
        version = shelf.history().at(activity.at)
        rules = {rule.id for rule in version.programme.earn} if version else set()
        most = REVIEW["give"] if REVIEW["id"] in rules and activity.reference not in withdrawn else 0
        given = sum(posted.amount for posted in activity.posted if posted.account != LOSS)
        if bool(activity.withdrawn_at) != (activity.reference in withdrawn) or not 0 <= given <= most:
            raise Violation(f"{activity} gives {given}, at the most {most} are due")
        if given < most and not any(grant.limit for grant in activity.terms.allowed):
            raise Violation(f"{activity} gives {given} of {most}, and no limit is reached")
    check_limits(activities)


def check_limits(activities: list[Activity]) -> None:
    """Nobody got more for reviews in all than one member may, nor all of them more than the budget."""
    given: Counter[str] = Counter()
    for activity in activities:
        given[activity.member] += sum(posted.amount for posted in activity.posted if posted.account != LOSS)
    if max(given.values(), default=0) > REVIEW["limits"][1]["amount"] or given.total() > REVIEW["budget"]:
        raise Violation(f"reviews gave {given.most_common(3)}, and {given.total()} in all")


def check_spending(shelf: Shelf, requests: list[Request]) -> None:
    """A hold ends once; what was redeemed at once, and what orders were paid with, adds up to the last minor unit."""
    done = [request.command for request in requests if request.was_done]
    ended = Counter(command.hold for command in done if isinstance(command, CaptureHold | ReleaseHold))
    if ended and max(ended.values()) > 1:
        raise Violation(f"holds that ended twice: {[hold for hold, times in ended.items() if times > 1]}")
    redeemed = [command for command in done if isinstance(command, Redeem)]
    if _at_once(redeemed, shelf) != invariants.spent_at_once(shelf):
        raise Violation("redemptions that name no order do not add up")
    undone = {(command.member, command.entry) for command in done if isinstance(command, UndoEntry)}
    back = invariants.given_back_by_hand(shelf)
    if back != {(name, entry): _spent_in(shelf, name, entry) for name, entry in undone}:
        raise Violation(f"redemptions that were undone do not add up: {undone} and {back}")
    paid = _on_orders(redeemed, shelf.all(Hold))
    for order in shelf.all(Order):
        if sum(spent.amount for spent in order.spent) != paid[str(order.ref)]:
            raise Violation(f"{order.ref} was paid with {order.spent}, asked for were {paid[str(order.ref)]}")


def _spent_in(shelf: Shelf, name: str, entry: int) -> int:
    """What an entry has redeemed."""
    return sum(posting.amount for posting in shelf.entries(name)[entry - 1].redeemed())


def _at_once(redeemed: list[Redeem], shelf: Shelf) -> Counter[tuple[str, str]]:
    spent: Counter[tuple[str, str]] = Counter()
    for command in redeemed:
        if not command.order:
            spent[survivor(shelf, command.member), command.asset] += command.amount
    return spent


def _on_orders(redeemed: list[Redeem], holds: list[Hold]) -> Counter[str]:
    """What balances have paid for each order, as its clients know."""
    paid: Counter[str] = Counter()
    for command in redeemed:
        paid[command.order] += command.amount
    for hold in holds:
        paid[hold.order] += hold.captured
    return paid
