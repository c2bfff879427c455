"""What is true at the end of a simulated life: everything is settled, told once more, and recomputed from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import reduce
from operator import attrgetter

from msgspec.structs import replace

from chalicelib.domain.audit import report_checks
from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.audit.report_checks import EntrySums
from chalicelib.domain.commands import EraseMember, MergeMembers, RecordOrder
from chalicelib.domain.errors import Conflict
from chalicelib.domain.ledger.transfers import REDEEMED, WRITTEN_OFF
from chalicelib.domain.orders.facts import OrderFacts, Snapshot
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import (
    Conversion,
    DayReport,
    Entry,
    Order,
    Outstanding,
    ProgrammeList,
    ProgrammeVersion,
    Record,
    Ref,
    Terms,
)
from tests.proof import invariants, oracle
from tests.proof.soak import programmes
from tests.proof.soak.club import Request
from tests.proof.soak.hub import Violation
from tests.proof.soak.programmes import JUDGED, LIMITED
from tests.proof.soak.progress import check_progress
from tests.proof.soak.promises import check_activities, check_requests, check_spending
from tests.proof.soak.sales import Sale
from tests.proof.soak.shelf import Shelf
from tests.proof.soak.watch import Watch
from tests.world import audit

GIFT = "referral-welcome"


def check_end(
    shelf: Shelf, sales: list[Sale], requests: list[Request], watch: Watch, segments: Mapping[Ref, str], now: int
) -> int:
    """Everything below; returns how many statements were told once more. `watch` has seen every commit; `segments` are
    those that buyers were in when their orders were first valued.
    """
    invariants.check_settled(shelf, programmes.NEEDED)
    check_requests(shelf, requests)
    check_spending(shelf, requests)
    check_activities(shelf, requests)
    for sale in sales:
        check_facts(shelf, sale)
        check_posted(shelf, sale, shelf.history())
    check_progress(shelf, [(sale, paid_state(sale)) for sale in sales], watch, segments, now)
    check_gifts(shelf, sales)
    check_requests_again(shelf, requests, now)
    check_audit(shelf, now)
    check_counterparts(shelf, now)
    told = sum(told_again(shelf, sale, now) for sale in sales)
    check_reference(shelf, sales)
    return told


def check_audit(shelf: Shelf, now: int) -> None:
    """The product's own audit finds nothing in these books."""
    findings = [*audit.of_records(shelf, now), *_of_rounds(shelf)]
    if findings:
        raise Violation(f"the audit finds {findings[:5]}")


def _of_rounds(shelf: Shelf) -> list[Finding]:
    """What `verify` finds in what rounds have counted."""
    counted, sums = report_checks.counted_of([*shelf.all(DayReport), *shelf.all(Outstanding)]), EntrySums()
    if counted.reports or counted.outstanding:
        for entry in shelf.all(Entry):
            sums.add(entry, counted)
    return report_checks.of_counted(counted, sums)


def check_counterparts(shelf: Shelf, now: int) -> None:
    """What stands in two records is the same in both, as `verify` reads it."""
    differing = audit.differences(shelf, now)
    if differing:
        raise Violation(f"two records differ: {dict(list(differing.items())[:5])}")


def check_requests_again(shelf: Shelf, requests: list[Request], now: int) -> None:
    """A merge once more changes nothing, and of two erasures the second one nothing."""
    for request in requests:
        command = request.command
        if isinstance(command, EraseMember) and (changes := shelf.decide(command, now).changes):
            shelf.commit(changes)
        if request.was_done and isinstance(command, EraseMember | MergeMembers):
            _again(shelf, command, now)


def _again(shelf: Shelf, command: EraseMember | MergeMembers, now: int) -> None:
    try:
        changes = shelf.decide(command, now).changes
    except Conflict:
        # The survivor has been merged into a third member since, which is said.
        changes = ()
    if changes:
        raise Violation(f"{command}, told again, changed {changes}")


def check_facts(shelf: Shelf, sale: Sale) -> None:
    """The order's facts are the join of all that was said, and nothing was lost."""
    merged = reduce(OrderFacts.merge, (facts.remembered() for facts in sale.statements.facts))
    known = _order(shelf, sale).facts
    # The trash takes its stamp from what was heard before it.
    if replace(known, trashed=0) != replace(merged, trashed=0) or bool(known.trashed) != sale.trashed:
        raise Violation(f"{sale.statements.ref} lost facts")


def check_posted(shelf: Shelf, sale: Sale, history: History) -> None:
    """What was posted for the order is what the oracle makes of the shop's own knowledge."""
    order = _order(shelf, sale)
    posted: Counter[str] = Counter()
    for part in order.posted:
        if part.rule not in (REDEEMED, WRITTEN_OFF):
            posted[part.rule] += part.amount
    due = _due(sale, order.terms, history)
    if sale.is_ambiguous and order.facts.is_gone():
        due = {}
    limited = {rule: (posted.pop(rule, 0), due.pop(rule, 0)) for rule in LIMITED}
    if posted != due or not all(0 <= amount <= most for amount, most in limited.values()):
        raise Violation(f"{order.ref} posted {posted} and of limits {limited}, the oracle says {due}")


def _due(sale: Sale, terms: Terms, history: History) -> dict[str, int]:
    version = history.at(sale.paid_at) if sale.paid_at else None
    if version is None or not sale.buyer[2]:
        return {}
    programme, judged = version.programme, (terms.level, terms.campaigns)
    due = oracle.rewards(paid_state(sale), sale.refunds, sale.disputes, programme, *judged)
    return {rule: amount for rule, amount in due.items() if amount}


def check_gifts(shelf: Shelf, sales: list[Sale]) -> None:
    """A friend has the welcome gift of the order that counts, as the oracle makes it of the shop's own knowledge."""
    by_name = {str(sale.statements.ref): sale for sale in sales}
    for conversion in shelf.all(Conversion):
        posted = sum(part.amount for part in conversion.posted if part.rule != WRITTEN_OFF)
        due = _gift(by_name[conversion.order], shelf.history()) if conversion.live else 0
        if posted != due:
            raise Violation(f"{conversion.ref} has posted a gift of {posted}, the oracle says {due}")


def _gift(sale: Sale, history: History) -> int:
    version = history.at(sale.paid_at)
    assert version
    return oracle.gift(paid_state(sale), sale.refunds, sale.disputes, version.programme)


def paid_state(sale: Sale) -> Snapshot:
    """The order as far as it was paid, by what the shop itself knows."""
    paid = oracle.paid_state(sale.snapshot, sale.settled)
    return replace(oracle.once_paid(paid, sale.paid_total, sale.paid_parts), void=paid.void or sale.deleted)


def told_again(shelf: Shelf, sale: Sale, now: int) -> int:
    """Every statement of an order once more: none may change anything. Returns how many there were."""
    for facts in sale.statements.facts:
        decision = shelf.told(RecordOrder(sale.statements.connection, sale.statements.order, facts), now)
        if decision.changes:
            raise Violation(f"{sale.statements.ref}, told again, changed {decision.changes}")
    return len(sale.statements.facts)


def check_reference(shelf: Shelf, sales: list[Sale]) -> None:
    """The same facts delivered once, in order, without faults, give the same cashback on every order.

    But for orders in a trash: whether they are gone depends on the order of deliveries, by decision.
    """
    reference = Shelf()
    for record in published(shelf):
        reference.put(record.ref, record)
    for sale in sales:
        for facts in sale.statements.facts:
            told = RecordOrder(sale.statements.connection, sale.statements.order, facts)
            if changes := reference.told(told, max(sale.paid_at, _newest_stamp(facts))).changes:
                reference.commit(changes)
        if sale.is_ambiguous:
            continue
        faulty, fault_free = (_without_referral(_order(books, sale)) for books in (shelf, reference))
        if faulty != fault_free:
            raise Violation(f"{sale.statements.ref} posted {faulty}, and without faults {fault_free}")


def _newest_stamp(facts: OrderFacts) -> int:
    """The newest instant that the facts of a delivery state, in seconds: it cannot have come before that."""
    return max(facts.stamps(), default=0) // 1000


def published(shelf: Shelf) -> list[Record]:
    """The programme versions of the run."""
    return [*shelf.all(ProgrammeList), *sorted(shelf.all(ProgrammeVersion), key=attrgetter("number"))]


def _without_referral(order: Order) -> dict[tuple[str, str], tuple[int, int, int]]:
    return {
        (part.rule, part.asset): (part.amount, part.vests_at, part.expires_at)
        for part in order.posted
        if part.rule not in (GIFT, *JUDGED, REDEEMED, WRITTEN_OFF)
    }


def _order(shelf: Shelf, sale: Sale) -> Order:
    order = shelf.records.get(sale.statements.ref)
    if not isinstance(order, Order):
        raise Violation(f"{sale.statements.ref} is not there")
    return order
