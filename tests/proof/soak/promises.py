"""What clients were told must be in the books: once if it was done, not at all if it was refused."""

from __future__ import annotations

from collections import Counter

from chalicelib.domain.commands import AdjustBalance, CaptureHold, PlaceHold, Redeem, ReleaseHold
from chalicelib.domain.records import Hold, HoldRef, Order
from tests.proof import invariants
from tests.proof.soak.club import Request
from tests.proof.soak.hub import Violation
from tests.proof.soak.shelf import Shelf


def check_requests(shelf: Shelf, requests: list[Request]) -> None:
    """Every request was answered, and the books say what its answer said."""
    by_hand = invariants.posted_by_hand(shelf)
    for request in requests:
        command = request.command
        match command:
            case AdjustBalance():
                kept = by_hand[command.reason] == request.was_done
            case PlaceHold():
                kept = (HoldRef(command.hold) in shelf.records) == request.was_done
            case CaptureHold():
                kept = not request.was_done or shelf.find(HoldRef(command.hold), Hold).state == "captured"
            case ReleaseHold():
                kept = not request.was_done or shelf.find(HoldRef(command.hold), Hold).state == "released"
            case _:
                kept = True
        if not request.endings or not kept:
            raise Violation(f"{command} was answered {request.endings}, and the books say something else")


def check_spending(shelf: Shelf, requests: list[Request]) -> None:
    """A hold ends once; what was redeemed at once, and what orders were paid with, adds up to the last minor unit."""
    done = [each.command for each in requests if each.was_done]
    ended = Counter(each.hold for each in done if isinstance(each, CaptureHold | ReleaseHold))
    if ended and max(ended.values()) > 1:
        raise Violation(f"holds that ended twice: {[hold for hold, times in ended.items() if times > 1]}")
    redeemed = [each for each in done if isinstance(each, Redeem)]
    if _at_once(redeemed) != invariants.spent_at_once(shelf):
        raise Violation("redemptions that name no order do not add up")
    paid = _on_orders(redeemed, shelf.all(Hold))
    for order in shelf.all(Order):
        if sum(spent.amount for spent in order.spent) != paid[str(order.ref)]:
            raise Violation(f"{order.ref} was paid with {order.spent}, asked for were {paid[str(order.ref)]}")


def _at_once(redeemed: list[Redeem]) -> Counter[tuple[str, str]]:
    spent: Counter[tuple[str, str]] = Counter()
    for each in redeemed:
        if not each.order:
            spent[each.member, each.asset] += each.amount
    return spent


def _on_orders(redeemed: list[Redeem], holds: list[Hold]) -> Counter[str]:
    """What balances have paid for each order, as its clients know."""
    paid: Counter[str] = Counter()
    for each in redeemed:
        paid[each.order] += each.amount
    for hold in holds:
        paid[hold.order] += hold.captured
    return paid
