"""Referral of an order's buyer: who referred the person, and which of its orders converts it.

A friend is a person (`members/persons.py`), has one referrer, for ever, and converts with the earliest kept order that
qualifies. What it means for the referrer's books is settled later, from the conversion records (`settlement.py`); the
welcome gift is posted here, against the conversion. Reading order: `BuyerReferral.follow`, then `_referred` (whose
friend) and `candidate` (what an order states). Imports bonuses, the book, persons, records and the programme.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from operator import attrgetter

from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.events import Event, FriendConverted, FriendReferred
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger import transfers
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import (
    OF_WELCOME,
    REFUNDED_OR_CANCELLED,
    REFUNDED_OR_CHANGED,
    WELCOME,
    WRITTEN_OFF,
    Due,
    Posted,
    Why,
    difference,
    joined,
    unrecovered,
)
from chalicelib.domain.members import order_payments, persons
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import Kept, kept_of
from chalicelib.domain.programme.document import Version
from chalicelib.domain.programme.history import History
from chalicelib.domain.programme.referral import Referral
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import (
    Candidate,
    Code,
    CodeRef,
    Conversion,
    ConversionRef,
    Converted,
    Gift,
    Member,
    Order,
    OrderRef,
    order_ref,
)
from chalicelib.domain.rewards.referral import fraud_signals
from chalicelib.domain.rewards.referral.bonus import GIFT, bonus_base
from chalicelib.domain.rewards.referral.bonus import welcome as welcome_gift

CLAIMED_AFTER_S = 3600
"""The tolerance for a storefront's clock: an order paid at most so long before a claim still counts."""

MAX_CANDIDATES = 3
"""The most candidates of a conversion: once all are refunded, only a new order converts the friend."""

NO_CODE, SELF_REFERRAL, NOT_NEW, UNKNOWN_CODE = "no-code", "self-referral", "not-a-new-customer", "unknown-code"
MAY_REFER = "", NOT_NEW
"""Refusals that do not concern the order alone: whether it refers its buyer follows from the person's other orders."""

BEFORE_CLAIM = NO_CODE, UNKNOWN_CODE
"""Refusals of orders that were heard of before any claim of their person, which a later one does not let count."""

MOVED, OLDER, MERGED = "moved", "older", "merged"
"""Why a conversion's order counts no more, where it was not refunded: it is another customer's, an older order showed
that the friend was no new customer, or the friend turned out to be a friend already (or the referrer)."""

NOTES = {MOVED: transfers.HANDED_OVER, OLDER: transfers.NOT_NEW, MERGED: transfers.MERGED}
"""The notes of postings that take welcome gifts back, by reason."""


class BuyerReferral:
    """Whose friend an order's buyer is, while one decision works it out: changed conversions, other orders and events.

    Members change in `books`, and the welcome gift is posted there.
    """

    def __init__(self, ref: OrderRef, books: Books, facts: Facts) -> None:
        self.events: list[Event] = []
        self._name = str(ref)
        self._books = books
        self._facts = facts
        self._conversions: dict[ConversionRef, Conversion] = {}
        self._orders: dict[str, Order] = {}
        self._introduced = False

    @property
    def records(self) -> list[Conversion | Order]:
        """The conversions and other orders that changed."""
        changed: list[Conversion | Order] = []
        for ref, conversion in self._conversions.items():
            before = self._facts.find(ref, Conversion) if conversion.version else None
            changed += [conversion] if conversion != before and conversion.order else []
        others = (order for name, order in self._orders.items() if name != self._name)
        return changed + [order for order in others if order != self._facts.find(order.ref, Order)]

    def follow(self, order: Order, stored: Order | None, bought: Snapshot, version: Version | None) -> Order:
        """The order after updating its buyer's referral: its person, whose friend that is, and which order converts it.

        The person and a code's refusal are decided once for each buyer; minima over facts (the first order, the
        converting one) are computed anew with each delivery.
        """
        before = stored.bought if stored and stored.facts.paid_at else None
        previous, is_decided = "", False
        if stored and before and (named := stored.terms.root or before.buyer):
            previous = persons.final(named, self._books)
            is_decided = bool(stored.terms.version) and before.buyer == bought.buyer
            self._introduced = is_decided and _introduces_alike(stored, before, bought, version)
        self._orders[self._name] = order
        if not is_valued(bought, version):
            if previous:
                self._leave(previous, "")
        elif is_decided:
            self._orders[self._name] = order.of_person(previous, bought.buyer)
            self._join(previous, bought, version, shown="")
        else:
            root = persons.identified(bought.buyer, bought.email_hash, self._books) if bought.buyer else ""
            self._orders[self._name] = order.under(root="" if root == bought.buyer else root)
            if previous not in ("", root):
                self._leave(previous, MOVED)
            if root:
                self._join(root, bought, version, shown=bought.email_hash)
        for ref in self._conversions:
            self._settle(ref, bought)
        return self._orders[self._name]

    def merge(self, survivor: str, merged: str, members: AbstractSet[str]) -> None:
        """Merge two persons: the survivor is the root of both, and gets the other's orders.

        If anybody has referred one of them, the survivor is the one that was referred first. `members`: all members of
        the merged person; a referral between these is dropped.
        """
        before, other = self._books.member(survivor), self._books.member(merged)
        names = self._others(other)
        root = before
        for first in other.firsts:
            root = persons.with_first(root, first.order, first.at)
        if _was_no_new_customer(root, self._facts.history):
            root = self._referred_anew(root, [*self._others(before), *names])
        if root.referrer and not members.isdisjoint(self._names_of_referrer(root)):
            root = unreferred(root)
        self._books.put(replace(unreferred(other), person=survivor, firsts=(), was_root=True))
        self._attribute(before, root, MERGED)
        for name in names:
            self._adopt(name, survivor)
        for ref in self._conversions:
            self._settle(ref, Snapshot(0, ""))

    def _adopt(self, name: str, survivor: str) -> None:
        """Attribute an order of the merged person to the survivor."""
        self._unlist(name, MERGED)
        order = self._orders[name]
        bought = order.bought
        self._orders[name] = order.of_person(survivor, bought.buyer if bought else "")
        self._state(name, self._books.member(survivor))

    def _join(self, name: str, bought: Snapshot, version: Version | None, shown: str) -> None:
        """Update a person by its order; `shown`: the hash of the order's e-mail, empty if it was checked before."""
        before = self._books.member(name)
        root = persons.with_first(before, self._name, bought.at)
        rule = version.programme.referral if version else None
        if not self._introduced or root.firsts != before.firsts:
            if rule and (bought.code or not rule.qualifies.first_order):
                self._orders[self._name] = self._judged(self._orders[self._name], root, bought, shown)
            if bought.code or root.referrer:
                root = self._referred(before, root, bought.at)
        if rule and root.referrer and self._is_of_referrer(shown, root):
            self._orders[self._name] = self._orders[self._name].under(refused=SELF_REFERRAL)
        root = self._attribute(before, root, OLDER)
        if root.referrer or self._orders[self._name].conversion:
            self._state(self._name, root)

    def _judged(self, order: Order, root: Member, bought: Snapshot, shown: str) -> Order:
        """The order with the refusal of its code, or that it has none, where later orders count too: one from before a
        claim must not convert by a later delivery. Decided once, without other orders.
        """
        if is_claimed(root) or order.terms.refused not in MAY_REFER:
            return order
        if not bought.code:
            return order.under(refused=NO_CODE)
        code = self._facts.find(CodeRef(bought.code), Code)
        if code is None:
            return order.under(refused=UNKNOWN_CODE)
        is_self = is_own(code, root) or self._is_of_referrer(shown, referred(root, code, bought.at))
        return order.under(refused=SELF_REFERRAL) if is_self else order

    def _is_of_referrer(self, email_hash: str, root: Member) -> bool:
        """Whether an e-mail is that of a person's own referrer."""
        name = persons.anchored(email_hash, self._books)
        return name not in ("", root.member) and name in self._names_of_referrer(root)

    def _names_of_referrer(self, root: Member) -> set[str]:
        """The ids of a person's referrer: the member, its root, and those that it was merged into."""
        owner = self._books.owner(root.referrer)
        names = {root.referrer, root.referrer_root, owner.member, persons.final(owner.member, self._books)}
        return names - {""}

    def _leave(self, name: str, reason: str) -> None:
        """Remove the order from a person: it is another person's, or a test; its code does not count here."""
        before = self._books.member(name)
        root = persons.without_first(before, self._name)
        if not is_claimed(before) and (before.by == self._name or is_first(before, self._name)):
            others = self._others(before)
            for other in others:
                root = persons.with_first(root, other, self._orders[other].facts.paid_at)
            root = self._referred_anew(root, others)
        self._attribute(before, root, reason)
        self._unlist(self._name, reason)

    def _referred(self, before: Member, root: Member, at: int) -> Member:
        """The person with the referrer of its earliest order with a valid code, in whichever order they are received.

        A claim stays. The other orders are read only where the referring one may have lost its claim.
        """
        if is_claimed(root):
            return root
        if before.by == self._name or _was_no_new_customer(root, self._facts.history):
            return self._referred_anew(root, [*self._others(before), self._name])
        if root.by and (root.referred_at, root.by) < (at, self._name):
            return root
        return self._by_code(root, self._name)

    def _referred_anew(self, root: Member, names: Iterable[str]) -> Member:
        """The person with the referrer of the earliest of some orders with a valid code."""
        root = unreferred(root)
        for name in sorted(set(names), key=lambda name: (self._orders[name].facts.paid_at, name)):
            root = root if root.referrer else self._by_code(root, name)
        return root

    def _by_code(self, root: Member, name: str) -> Member:
        """The person with the owner of an order's code as referrer, if the code is valid; else unchanged."""
        order = self._orders[name]
        bought = order.facts.view
        version = self._facts.history.at(bought.at) if bought else None
        rule = version.programme.referral if version else None
        if not (bought and bought.code and rule and is_valued(bought, version) and order.terms.refused in MAY_REFER):
            return root
        counts = is_first(root, name) or not rule.qualifies.first_order
        self._orders[name] = order.under(refused="" if counts else NOT_NEW)
        code = self._facts.find(CodeRef(bought.code), Code) if counts else None
        if code is None or is_own(code, root):
            return root
        return replace(referred(root, code, bought.at), by=name)

    def _attribute(self, before: Member, root: Member, reason: str) -> Member:
        """The person after storing its referral; where that changed, its other orders become candidates of the new
        conversion. A referrer that was merged into the new one is the same, and stays.
        """
        if before.referrer and root.referrer not in ("", before.referrer) and self._is_same(before, root):
            root = replace(root, referrer=before.referrer, referrer_root=before.referrer_root)
        self._books.put(root)
        if _referral(root) == _referral(before):
            return root
        if root.referrer not in ("", before.referrer):
            self.events.append(FriendReferred(root.member, root.referrer))
        for name in self._others(before):
            self._unlist(name, reason)
            self._state(name, root)
        return root

    def _is_same(self, before: Member, root: Member) -> bool:
        """Whether the referrers of a person before and now are one member, by a merge."""
        return self._books.owner(before.referrer).member == self._books.owner(root.referrer).member

    def _others(self, before: Member) -> list[str]:
        """The names of the person's other stored orders: its earliest ones, the one that referred it, and candidates of
        its conversion.
        """
        names = [*(first.order for first in before.firsts), *([before.by] if before.by else [])]
        if before.referrer:
            names += [listed.order for listed in self._conversion(before.referrer, before).candidates]
        others = dict.fromkeys(name for name in names if name != self._name)
        self._facts.need(*(order_ref(name) for name in others))
        return [name for name in others if self._order(name)]

    def _state(self, name: str, root: Member) -> None:
        """Add an order to the candidates of its person's conversion, update it there, or remove it."""
        order = self._order(name)
        assert order, f"{name} is named by {root.member} and has no record"
        fresh = candidate(order, root, self._facts.history)
        self._unlist(name, OLDER if fresh else "")
        if fresh:
            self._list(name, root, fresh)

    def _list(self, name: str, root: Member, fresh: Candidate) -> None:
        conversion = self._conversion(root.referrer, root)
        listed = {known.order: known for known in conversion.candidates} | {name: fresh}
        ranked = ranking(listed.values())
        self._convert(name, Converted(root.referrer, root.member, fresh.base, True, fresh.currency))
        for beyond in ranked[MAX_CANDIDATES:]:
            order = self._order(beyond.order)
            self._convert(beyond.order, ended(order.conversion) if order else None)
        self._put(replace(conversion, candidates=tuple(ranked[:MAX_CANDIDATES]), reason=""))
        if not root.converting:
            self._books.put(replace(self._books.member(root.member), converting=name))

    def _unlist(self, name: str, reason: str) -> None:
        order = self._order(name)
        past = order.conversion if order else None
        if past is None or not past.live:
            return
        conversion = self._conversion(past.referrer, self._books.member(past.friend))
        self._convert(name, ended(past))
        others = tuple(listed for listed in conversion.candidates if listed.order != name)
        self._put(replace(conversion, candidates=others, reason=reason))

    def _settle(self, ref: ConversionRef, bought: Snapshot) -> None:
        """Update a conversion from its first candidate, and post the difference of its welcome gift."""
        conversion = self._conversions[ref]
        before = self._facts.find(ref, Conversion) if conversion.version else None
        fresh = stating(conversion)
        if before is None or _statement(fresh) != _statement(before):
            fresh = replace(fresh, todo=1)
        if fresh.live and fresh.order == self._name:
            known = before.prints if before and before.order == fresh.order else ()
            fresh = replace(fresh, prints=_prints(known, bought, self._facts.history))
        if fresh.live != bool(before and before.live):
            self.events.append(FriendConverted(fresh.friend, fresh.referrer, fresh.live))
        self._put(self._welcomed(fresh, bought))

    def _welcomed(self, conversion: Conversion, bought: Snapshot) -> Conversion:
        """The conversion after posting the difference of its welcome gift."""
        due, owner = welcome(conversion, self._name)
        names = {part.member for part in conversion.posted} | {owner}
        if owner and len(names) > 1 and len({self._books.owner(name).member for name in names}) == 1:
            # One was merged into the other: nothing moves to another customer.
            owner = ""
        due = (*due, *unrecovered(conversion.posted, due))
        note = note_of(conversion, bought)
        for member, change in difference(conversion.posted, due, note, owner):
            why = replace(change.why, note=OF_WELCOME) if change.why.rule == WRITTEN_OFF else change.why
            self._books.move(member, [replace(change, why=why)])
        return replace(conversion, posted=joined((part.posted for part in due), self._books.write_off(OF_WELCOME)))

    def _conversion(self, referrer: str, root: Member) -> Conversion:
        """The conversion of a person, or a new one; a person without `converting` has none, so it is not read."""
        ref = ConversionRef(referrer, root.member)
        if ref not in self._conversions:
            stored = self._facts.find(ref, Conversion) if root.converting else None
            # Whether a new one is live its candidates say.
            new = Conversion(referrer, root.member, "")
            self._conversions[ref] = self._upgraded(stored, root) if stored else new
        return self._conversions[ref]

    def _upgraded(self, conversion: Conversion, root: Member) -> Conversion:
        """A conversion of an earlier release with its order as candidate, and the gift that this order posted."""
        if conversion.candidates or not conversion.live:
            return conversion
        order, at = self._order(conversion.order), (conversion.at, conversion.order, root.member)
        only = Candidate(*at, conversion.base, conversion.currency)
        if order is None:
            return replace(conversion, candidates=(only,))
        stored = self._facts.find(order.ref, Order)
        computed = candidate(stored, root, self._facts.history) if stored else None
        gifts = tuple(posted for posted in order.posted if posted.account == WELCOME)
        rest = tuple(posted for posted in order.posted if posted.account != WELCOME)
        self._orders[conversion.order] = replace(order, posted=rest)
        return replace(conversion, candidates=(computed or only,), posted=gifts)

    def _order(self, name: str) -> Order | None:
        if name not in self._orders:
            stored = self._facts.find(order_ref(name), Order)
            if stored is None:
                return None
            self._orders[name] = stored
        return self._orders[name]

    def _convert(self, name: str, conversion: Converted | None) -> None:
        self._orders[name] = replace(self._orders[name], conversion=conversion)

    def _put(self, conversion: Conversion) -> None:
        self._conversions[conversion.ref] = conversion


def referred(root: Member, code: Code, at: int) -> Member:
    """The person with a code's owner as referrer."""
    other = code.root if code.root != code.member else ""
    return replace(root, referrer=code.member, referrer_root=other, referred_at=at, by="")


def unreferred(root: Member) -> Member:
    """The person without a referrer."""
    return replace(root, referrer="", referrer_root="", referred_at=0, by="")


def is_claimed(root: Member) -> bool:
    """Whether the person was referred by a claim, which no order replaces."""
    return bool(root.referrer and not root.by)


def is_first(root: Member, order: str) -> bool:
    """Whether an order is the person's earliest one."""
    return bool(root.firsts) and root.firsts[0].order == order


def is_own(code: Code, root: Member) -> bool:
    """Whether a code belongs to the person itself, or to a member that was merged into it."""
    return not {code.member, code.root}.isdisjoint((root.member, *root.merged))


def candidate(order: Order, root: Member, history: History) -> Candidate | None:
    """The candidate that an order is for its person's conversion; None if it cannot convert."""
    bought = order.bought
    version = history.at(bought.at) if bought else None
    rule = version.programme.referral if version else None
    if not (bought and version and rule and is_valued(bought, version) and bought.buyer and root.referrer):
        return None
    if order.terms.refused == SELF_REFERRAL or not _in_time(order, bought.at, root, rule):
        return None
    bought = order_payments.by_books(bought, order)
    kept = kept_of(bought)
    if not qualifies(bought, kept, version, rule):
        return None
    sale = Sale(bought.currency, bought.at, version.programme, bought.delivered_at)
    due = welcome_gift(bought.buyer, rule.welcome, kept, sale) if rule.welcome else None
    gift = _gift(due) if due else None
    return Candidate(bought.at, str(order.ref), bought.buyer, bonus_base(rule, kept), bought.currency, gift)


def _gift(due: Due) -> Gift:
    """A welcome gift as a candidate remembers it."""
    return Gift(due.amount, due.posted.vests_at, due.posted.expires_at, due.why.base, due.why.rate)


def _in_time(order: Order, at: int, root: Member, rule: Referral) -> bool:
    """Whether an order was paid after its person was referred, and within the programme's window.

    A claim has the time of our clock; an order with a code has the storefront's, as all orders do.
    """
    if is_claimed(root):
        early = order.terms.refused in BEFORE_CLAIM or at < root.referred_at - CLAIMED_AFTER_S
    else:
        early = (at, str(order.ref)) < (root.referred_at, root.by)
    return not early and at <= root.referred_at + rule.window_days * DAY_S


def is_valued(bought: Snapshot, version: Version | None) -> bool:
    """Whether an order counts: paid, not split into others, and no test unless the programme counts tests."""
    is_test = bought.test and version is not None and not version.programme.test_orders
    return bought.paid and not (is_test or bought.split)


def qualifies(bought: Snapshot, kept: Kept, version: Version, rule: Referral) -> bool:
    """Whether the kept part of an order suffices to convert its buyer, partly paid in its currencies."""
    goods = kept.goods_with_balance(rule.base.tax)
    paid_in_money = kept.goods(rule.base.tax) > 0
    enough = paid_in_money and version.programme.reaches(rule.qualifies.minimum, goods, bought.currency)
    return enough and bought.currency in version.programme.all_currencies


def ended(past: Converted | None) -> Converted | None:
    """An order's conversion without its worth, for an order that converts nobody any more."""
    return replace(past, base=0, live=False) if past else None


def welcome(conversion: Conversion, cause: str) -> tuple[tuple[Due, ...], str]:
    """The welcome gift that is due for a conversion, and whose it is; `cause`: the order that is looked at."""
    if not conversion.candidates:
        return (), ""
    first = conversion.candidates[0]
    if first.gift is None:
        return (), first.member
    gift, elsewhere = first.gift, () if first.order == cause else (first.order,)
    times = gift.vests_at, gift.expires_at
    posted = Posted(first.member, GIFT, WELCOME, money.asset_of(first.currency), *times, gift.amount)
    return (Due(posted, Why(GIFT, gift.base, gift.rate, parties=elsewhere)),), first.member


def note_of(conversion: Conversion, bought: Snapshot) -> str:
    """The note of a posting that takes a welcome gift back."""
    if conversion.reason:
        return NOTES[conversion.reason]
    return REFUNDED_OR_CANCELLED if bought.void else REFUNDED_OR_CHANGED


def _was_no_new_customer(root: Member, history: History) -> bool:
    """Whether an older order shows that a person who was referred by a code was no new customer."""
    version = history.at(root.referred_at) if root.by else None
    rule = version.programme.referral if version else None
    return bool(rule and rule.qualifies.first_order and not is_first(root, root.by))


def ranking(listed: Iterable[Candidate]) -> list[Candidate]:
    """The candidates sorted by time of payment, then by name; the first one counts."""
    return sorted(listed, key=lambda entry: (entry.at, entry.order))


def stating(conversion: Conversion) -> Conversion:
    """The conversion with the fields of its first candidate; not live without one."""
    if not conversion.candidates:
        return replace(conversion, base=0, live=False)
    first = conversion.candidates[0]
    fields = {"at": first.at, "currency": first.currency, "base": first.base, "live": True}
    return replace(conversion, order=first.order, **fields)


_referral = attrgetter("referrer", "referrer_root", "referred_at", "by")
"""Who has referred a person, since when and by which order."""


def _introduces_alike(stored: Order, before: Snapshot, bought: Snapshot, version: Version | None) -> bool:
    """Whether a delivery leaves the order's code and time unchanged, under the same programme version."""
    if version is None or stored.terms.version != version.number:
        return False
    return is_valued(before, version) and (before.code, before.at) == (bought.code, bought.at)


def _statement(conversion: Conversion) -> tuple[str, int, str, int, bool]:
    return conversion.order, conversion.at, conversion.currency, conversion.base, conversion.live


def _prints(known: Iterable[str], bought: Snapshot, history: History) -> tuple[str, ...]:
    """The prints of a conversion's order, if the programme has reviews: those of a delivery, and of what it does not
    say those that are `known` from earlier ones. So a session without a card hides none that a charge has told.
    """
    version = history.at(bought.at)
    if version is None or not version.programme.reviews_bonuses:
        return ()
    fresh = fraud_signals.of_friend(bought.prints, bought.email_hash)
    kinds = {fingerprint.partition(":")[0] for fingerprint in fresh}
    earlier = (fingerprint for fingerprint in known if fingerprint.partition(":")[0] not in kinds)
    return tuple(sorted((*fresh, *earlier)))
