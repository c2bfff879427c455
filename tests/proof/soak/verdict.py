"""What is true at the end of a simulated life: everything is settled, told once more, and recomputed from outside."""

from __future__ import annotations

from functools import reduce
from operator import attrgetter

from msgspec.structs import replace

from chalicelib.domain import audit
from chalicelib.domain.audit import Finding
from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.ledger import REDEEMED, WRITTEN_OFF
from chalicelib.domain.orders import OrderFacts
from chalicelib.domain.programme import History
from chalicelib.domain.records import Conversion, Hold, Member, Order, ProgrammeList, ProgrammeVersion, Record
from tests.memory import name_of
from tests.proof import invariants, oracle
from tests.proof.soak import programmes
from tests.proof.soak.club import Request
from tests.proof.soak.hub import Violation
from tests.proof.soak.programmes import LIMITED
from tests.proof.soak.promises import check_requests, check_spending
from tests.proof.soak.sales import Sale
from tests.proof.soak.shelf import Shelf

GIFT = "referral-welcome"


def check_end(shelf: Shelf, sales: list[Sale], requests: list[Request], now: int) -> int:
    """Everything below; returns how many statements were told once more."""
    invariants.check_settled(shelf, programmes.NEEDED)
    check_requests(shelf, requests)
    check_spending(shelf, requests)
    for sale in sales:
        check_facts(shelf, sale)
        check_posted(shelf, sale, shelf.history())
    check_gifts(shelf, sales)
    check_audit(shelf, now)
    told = sum(told_again(shelf, sale, now) for sale in sales)
    check_reference(shelf, sales)
    return told


def check_audit(shelf: Shelf, now: int) -> None:
    """The product's own audit finds nothing in these books."""
    holds = {each.hold: each for each in shelf.all(Hold)}
    found: list[Finding] = []
    for member in shelf.all(Member):
        found += audit.of_member(member, shelf.entries(member.member), shelf.groups(member.member))
        found += audit.of_account(member, holds)
    for conversion in shelf.all(Conversion):
        found += audit.of_conversion(conversion)
    for order in shelf.all(Order):
        found += audit.of_order(order, shelf.history())
    for hold in holds.values():
        found += audit.of_hold(hold, shelf.member(hold.member).accounts.get(hold.asset), now)
    if found:
        raise Violation(f"the audit finds {found[:5]}")


def check_facts(shelf: Shelf, sale: Sale) -> None:
    """The order's facts are the join of all that was said, and nothing was lost."""
    said = reduce(OrderFacts.merge, (each.remembered() for each in sale.statements.said))
    if _order(shelf, sale).facts != said:
        raise Violation(f"{sale.statements.ref} lost facts")


def check_posted(shelf: Shelf, sale: Sale, history: History) -> None:
    """What was posted for the order is what the oracle makes of the shop's own knowledge."""
    order = _order(shelf, sale)
    posted = {each.rule: each.amount for each in order.posted if each.rule not in (REDEEMED, WRITTEN_OFF)}
    due = _due(order, sale, history)
    limited, most = posted.pop(LIMITED, 0), due.pop(LIMITED, 0)
    if posted != due or not 0 <= limited <= most:
        raise Violation(f"{order.ref} posted {posted} and {limited}, the oracle says {due} and up to {most}")


def _due(order: Order, sale: Sale, history: History) -> dict[str, int]:
    version = history.at(sale.paid_at) if sale.paid_at else None
    if version is None or not sale.snapshot.buyer:
        return {}
    due = oracle.rewards(
        replace(sale.snapshot, paid_total=sale.paid_total), sale.refunds, sale.disputes, version.programme
    )
    return {rule: amount for rule, amount in due.items() if amount}


def check_gifts(shelf: Shelf, sales: list[Sale]) -> None:
    """A friend has the welcome gift of the order that counts, as the oracle makes it of the shop's own knowledge."""
    by_name = {str(sale.statements.ref): sale for sale in sales}
    for conversion in shelf.all(Conversion):
        posted = sum(each.amount for each in conversion.posted if each.rule != WRITTEN_OFF)
        due = _gift(by_name[conversion.order], shelf.history()) if conversion.live else 0
        if posted != due:
            raise Violation(f"{conversion.ref} has posted a gift of {posted}, the oracle says {due}")


def _gift(sale: Sale, history: History) -> int:
    version = history.at(sale.paid_at)
    assert version
    return oracle.gift(
        replace(sale.snapshot, paid_total=sale.paid_total), sale.refunds, sale.disputes, version.programme
    )


def told_again(shelf: Shelf, sale: Sale, now: int) -> int:
    """Every statement of an order once more: none may change anything. Returns how many there were."""
    for said in sale.statements.said:
        decision = shelf.decide(RecordOrder(sale.statements.connection, sale.statements.order, said), now)
        if decision.changes:
            raise Violation(f"{sale.statements.ref}, told again, changed {decision.changes}")
    return len(sale.statements.said)


def check_reference(shelf: Shelf, sales: list[Sale]) -> None:
    """The same facts delivered once, in order, without faults, give the same cashback on every order."""
    reference = Shelf()
    for record in published(shelf):
        reference.put(name_of(record), record)
    for sale in sales:
        for said in sale.statements.said:
            told = RecordOrder(sale.statements.connection, sale.statements.order, said)
            if changes := reference.decide(told, sale.paid_at).changes:
                reference.commit(changes)
        here, there = (_without_referral(_order(books, sale)) for books in (shelf, reference))
        if here != there:
            raise Violation(f"{sale.statements.ref} posted {here}, and without faults {there}")


def published(shelf: Shelf) -> list[Record]:
    """The programme versions of the run."""
    return [*shelf.all(ProgrammeList), *sorted(shelf.all(ProgrammeVersion), key=attrgetter("number"))]


def _without_referral(order: Order) -> dict[tuple[str, str], tuple[int, int, int]]:
    return {
        (each.rule, each.asset): (each.amount, each.vests_at, each.expires_at)
        for each in order.posted
        if each.rule not in (GIFT, LIMITED, REDEEMED, WRITTEN_OFF)
    }


def _order(shelf: Shelf, sale: Sale) -> Order:
    order = shelf.records.get(sale.statements.ref)
    if not isinstance(order, Order):
        raise Violation(f"{sale.statements.ref} is not there")
    return order
