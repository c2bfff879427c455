"""A buyer as somebody's friend: whose, and what the order makes of it for the referrer.

A friend is a person (`members/persons.py`), has one referrer, for ever, and converts with the earliest kept order that
qualifies. What it means for the referrer's books is settled later, from the conversion records (`claims.py`); the
welcome gift is posted here, against the conversion. Reading order: `Friends.follow`, then `_referred` (whose friend)
and `candidate` (what an order states). Imports cashback, the book, persons, records and the programme.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as Collection

from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.events import Event, FriendConverted, FriendReferred
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger import transfers
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.difference import difference, joined, unrecovered
from chalicelib.domain.ledger.transfers import OF_WELCOME, WELCOME, WRITTEN_OFF, Due, Posted, Why
from chalicelib.domain.members import order_payments, persons
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import Kept, kept
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
"""A friend may have paid so long before a claim by the storefront's clock; what is older was no friend's order."""

MAX_CANDIDATES = 3
"""Orders that a conversion remembers: beyond so many dead ones the friend converts with the next new order only."""

NO_CODE, SELF_REFERRAL, NOT_NEW, UNKNOWN_CODE = "no-code", "self-referral", "not-a-new-customer", "unknown-code"
MAY_REFER = "", NOT_NEW
"""Refusals that say nothing of an order alone: whether it refers its buyer follows from the person's other orders."""

MOVED, OLDER, MERGED = "moved", "older", "merged"
"""Why a conversion's order counts no more, where it was not refunded: it is another customer's, an older order showed
that the friend was no new customer, or the friend turned out to be a friend already (or the referrer)."""

NOTES = {MOVED: transfers.HANDED_OVER, OLDER: transfers.NOT_NEW, MERGED: transfers.MERGED}
"""The notes of welcome gifts that are taken back for these reasons."""

REFUNDED_OR_CANCELLED, REFUNDED_OR_CHANGED = "refunded or cancelled", "refunded or changed"


class Friends:
    """What one order changes for its buyer as a friend: records of conversions and of other orders, and events.

    Members change in `books`; so does the welcome gift.
    """

    def __init__(self, ref: OrderRef, books: Books, facts: Facts) -> None:
        self.events: list[Event] = []
        self._mine = str(ref)
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
        others = (order for name, order in self._orders.items() if name != self._mine)
        return changed + [order for order in others if order != self._facts.find(order.ref, Order)]

    def follow(self, order: Order, stored: Order | None, bought: Snapshot, version: Version | None) -> Order:
        """The order after its news were followed: its person, whose friend that is, and which order converts it.

        The person, and a code's refusal, are taken once for each buyer; what is a minimum over facts (which order came
        first, which one counts) is acted on whenever it is learned.
        """
        before = stored.facts.view() if stored and stored.facts.paid_at else None
        left = (stored.terms.root or before.buyer) if stored and before else ""
        taken = bool(stored and stored.terms.version and before and before.buyer == bought.buyer)
        self._introduced = taken and _introduces_alike(stored, before, bought, version)
        if left:
            left = persons.final(left, self._books)
        self._orders[self._mine] = order
        if not is_valued(bought, version):
            if left:
                self._leave(left, "")
        elif taken:
            self._orders[self._mine] = order.under(root="" if left == bought.buyer else left)
            self._join(left, bought, version, shown="")
        else:
            root = persons.identified(bought.buyer, bought.email_hash, self._books) if bought.buyer else ""
            self._orders[self._mine] = order.under(root="" if root == bought.buyer else root)
            if left not in ("", root):
                self._leave(left, MOVED)
            if root:
                self._join(root, bought, version, shown=bought.email_hash)
        for ref in self._conversions:
            self._settle(ref, bought)
        return self._orders[self._mine]

    def merge(self, survivor: str, merged: str, members: Collection[str]) -> None:
        """Two persons are one: the first one's root stands for both, and the second one's orders are its own.

        `members`: who is now one person with them; a referral between these never was one.
        """
        was, other = self._books.own(survivor), self._books.own(merged)
        names = self._others(other, other)
        root = was if was.referrer or not other.referrer else _as_referred(was, other)
        for first in other.firsts:
            root = persons.with_first(root, first.order, first.at)
        if _unless_new(root, self._facts.history) != root:
            root = self._referred_anew(root, [*self._others(was, root), *names])
        if root.referrer and not members.isdisjoint(self._names_of_referrer(root)):
            root = unreferred(root)
        self._books.put(replace(unreferred(other), person=survivor, firsts=(), was_root=True))
        self._attribute(was, root, MERGED)
        for name in names:
            self._unlist(name, MERGED)
            order = self._orders[name]
            bought = order.facts.view()
            own = bought is not None and bought.buyer == survivor
            self._orders[name] = order.under(root="" if own else survivor)
            self._state(name, self._books.own(survivor))
        for ref in self._conversions:
            self._settle(ref, Snapshot(0, ""))

    def _join(self, name: str, bought: Snapshot, version: Version | None, shown: str) -> None:
        """The person learns from the order; `shown`: the hash of the e-mail it brings, where that is looked at."""
        was = self._books.own(name)
        root = persons.with_first(was, self._mine, bought.at)
        rule = version.programme.referral if version else None
        if not self._introduced or root.firsts != was.firsts:
            if rule:
                self._orders[self._mine] = judged(self._orders[self._mine], root, bought, rule, self._facts)
            root = self._referred(was, root, bought.at)
        if rule and self._is_of_referrer(shown, root):
            self._orders[self._mine] = self._orders[self._mine].under(refused=SELF_REFERRAL)
        self._attribute(was, root, OLDER)
        self._state(self._mine, root)

    def _is_of_referrer(self, email_hash: str, root: Member) -> bool:
        """Whether an e-mail is known as the one of a person's own referrer."""
        name = persons.anchored(email_hash, self._books)
        return name not in ("", root.member) and root.referrer != "" and name in self._names_of_referrer(root)

    def _names_of_referrer(self, root: Member) -> set[str]:
        """The ids of a person's referrer: its own, its root, and those that it was merged into since."""
        owner = self._books.of(root.referrer)
        names = {root.referrer, root.referrer_root, owner.member, persons.final(persons.root_of(owner), self._books)}
        return names - {""}

    def _leave(self, name: str, reason: str) -> None:
        """The order turned out to be another person's, or a test: not this one's first, and its code did not count."""
        was = self._books.own(name)
        root = persons.without_first(was, self._mine)
        if not is_claimed(was) and (was.by == self._mine or is_first(was, self._mine)):
            others = self._others(was, root)
            for other in others:
                root = persons.with_first(root, other, self._orders[other].facts.paid_at)
            root = self._referred_anew(root, others)
        self._attribute(was, root, reason)
        self._unlist(self._mine, reason)

    def _referred(self, was: Member, root: Member, at: int) -> Member:
        """The person as the friend of whom its earliest order with a code that counts names, whenever that is heard.

        A claim stays. The other orders are read only where the one that refers may not do so any more.
        """
        if is_claimed(root):
            return root
        if was.by == self._mine or _unless_new(root, self._facts.history) != root:
            return self._referred_anew(root, [*self._others(was, root), self._mine])
        if root.by and (root.referred_at, root.by) < (at, self._mine):
            return root
        return self._by_code(root, self._mine)

    def _referred_anew(self, root: Member, names: Iterable[str]) -> Member:
        """The person as the friend of whom the earliest of these orders names that has a code that counts."""
        root = unreferred(root)
        for name in sorted(set(names), key=lambda name: (self._orders[name].facts.paid_at, name)):
            root = root if root.referrer else self._by_code(root, name)
        return root

    def _by_code(self, root: Member, name: str) -> Member:
        """The person as the friend of the owner of an order's code, if that counts; else as it is."""
        order = self._orders[name]
        bought = order.facts.view()
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

    def _attribute(self, was: Member, root: Member, reason: str) -> None:
        """Write down whose friend a person is now, and since when; where that changed, the other orders follow."""
        self._books.put(root)
        if _referral(root) == _referral(was):
            return
        if root.referrer not in ("", was.referrer):
            self.events.append(FriendReferred(root.member, root.referrer))
        for name in self._others(was, root):
            self._unlist(name, reason)
            self._state(name, root)

    def _others(self, was: Member, root: Member) -> list[str]:
        """The person's other orders that are known: those that could convert it so far, and the earliest ones."""
        names = [first.order for first in (*root.firsts, *was.firsts)] + [name for name in (was.by, root.by) if name]
        if was.referrer:
            names += [listed.order for listed in self._conversion(was.referrer, was).candidates]
        others = dict.fromkeys(name for name in names if name != self._mine)
        self._facts.need(*(order_ref(name) for name in others))
        return [name for name in others if self._order(name)]

    def _state(self, name: str, root: Member) -> None:
        """Put an order among the candidates of its person, change it there, or take it out."""
        order = self._order(name)
        assert order, f"{name} is named by {root.member} and has no record"
        fresh = candidate(order, root, self._facts.history)
        past = order.conversion if order.conversion and order.conversion.live else None
        if past and (fresh is None or (past.referrer, past.friend) != (root.referrer, root.member)):
            self._unlist(name, OLDER if fresh else "")
            past = None
        if fresh and (past is None or not self._said(order, root, fresh)):
            self._list(name, root, fresh)

    def _said(self, order: Order, root: Member, fresh: Candidate) -> bool:
        """Whether the order as it is stored made the same of its buyer."""
        stored = self._facts.find(order.ref, Order)
        return stored is not None and candidate(stored, root, self._facts.history) == fresh

    def _list(self, name: str, root: Member, fresh: Candidate) -> None:
        conversion = self._conversion(root.referrer, root)
        listed = {one.order: one for one in conversion.candidates} | {name: fresh}
        ranked = ranking(listed.values())
        self._convert(name, Converted(root.referrer, root.member, fresh.base, True, fresh.currency))
        for beyond in ranked[MAX_CANDIDATES:]:
            order = self._order(beyond.order)
            self._convert(beyond.order, ended(order.conversion) if order else None)
        self._put(replace(conversion, candidates=tuple(ranked[:MAX_CANDIDATES]), reason=""))
        if not root.converting:
            self._books.put(replace(self._books.own(root.member), converting=name))

    def _unlist(self, name: str, reason: str) -> None:
        order = self._order(name)
        past = order.conversion if order else None
        if past is None or not past.live:
            return
        conversion = self._conversion(past.referrer, self._books.own(past.friend))
        self._convert(name, ended(past))
        left = tuple(listed for listed in conversion.candidates if listed.order != name)
        self._put(replace(conversion, candidates=left, reason=reason))

    def _settle(self, ref: ConversionRef, bought: Snapshot) -> None:
        """Let a conversion say which order counts, and post what its welcome gift differs by."""
        conversion = self._conversions[ref]
        before = self._facts.find(ref, Conversion) if conversion.version else None
        fresh = stating(conversion)
        if before is None or _statement(fresh) != _statement(before):
            fresh = replace(fresh, todo=1)
        if fresh.live and fresh.order == self._mine and (bought.prints or not fresh.prints):
            fresh = replace(fresh, prints=_prints(fresh, bought, self._facts.history))
        if fresh.live != bool(before and before.live):
            self.events.append(FriendConverted(fresh.friend, fresh.referrer, fresh.live))
        self._put(self._welcomed(fresh, bought))

    def _welcomed(self, conversion: Conversion, bought: Snapshot) -> Conversion:
        """The conversion after posting what its welcome gift differs by."""
        due, owner = welcome(conversion, self._mine)
        due = (*due, *unrecovered(conversion.posted, due))
        note = note_of(conversion, bought)
        for member, change in difference(conversion.posted, due, note, owner):
            why = replace(change.why, note=OF_WELCOME) if change.why.rule == WRITTEN_OFF else change.why
            self._books.move(member, [replace(change, why=why)])
        return replace(conversion, posted=joined((part.posted for part in due), self._books.write_off(OF_WELCOME)))

    def _conversion(self, referrer: str, root: Member) -> Conversion:
        """The record of a person as a referrer's friend; a person without `converting` has none, so it is not read."""
        ref = ConversionRef(referrer, root.member)
        if ref not in self._conversions:
            stored = self._facts.find(ref, Conversion) if root.converting else None
            empty = Conversion(referrer, root.member, "", live=False)
            self._conversions[ref] = self._upgraded(stored, root) if stored else empty
        return self._conversions[ref]

    def _upgraded(self, conversion: Conversion, root: Member) -> Conversion:
        """A record from before candidates: its order is the only one, and hands over the gift that it posted."""
        if conversion.candidates or not conversion.live:
            return conversion
        order, at = self._order(conversion.order), (conversion.at, conversion.order, root.member)
        only = Candidate(*at, conversion.base, conversion.currency)
        if order is None:
            return replace(conversion, candidates=(only,))
        stored = self._facts.find(order.ref, Order)
        stated = candidate(stored, root, self._facts.history) if stored else None
        gifts = tuple(posted for posted in order.posted if posted.account == WELCOME)
        rest = tuple(posted for posted in order.posted if posted.account != WELCOME)
        self._orders[conversion.order] = replace(order, posted=rest)
        return replace(conversion, candidates=(stated or only,), posted=gifts)

    def _order(self, name: str) -> Order | None:
        if name not in self._orders:
            stored = self._facts.find(order_ref(name), Order)
            if stored is None:
                return None
            self._orders[name] = stored
        return self._orders[name]

    def _convert(self, name: str, said: Converted | None) -> None:
        self._orders[name] = replace(self._orders[name], conversion=said)

    def _put(self, conversion: Conversion) -> None:
        self._conversions[conversion.ref] = conversion


def judged(order: Order, root: Member, bought: Snapshot, rule: Referral, facts: Facts) -> Order:
    """The order with what speaks against its code, or against its having none. Decided once, without other orders."""
    if is_claimed(root) or order.terms.refused not in MAY_REFER:
        return order
    if not bought.code:
        # Where later orders count too, one from before a claim must not convert when more is heard of it.
        return order if rule.qualifies.first_order else order.under(refused=NO_CODE)
    code = facts.find(CodeRef(bought.code), Code)
    if code is None:
        return order.under(refused=UNKNOWN_CODE)
    return order.under(refused=SELF_REFERRAL) if is_own(code, root) else order


def referred(root: Member, code: Code, at: int) -> Member:
    """The person as the friend of a code's owner."""
    other = code.root if code.root != code.member else ""
    return replace(root, referrer=code.member, referrer_root=other, referred_at=at, by="")


def unreferred(root: Member) -> Member:
    """The person as nobody's friend."""
    return replace(root, referrer="", referrer_root="", referred_at=0, by="")


def _as_referred(root: Member, other: Member) -> Member:
    """The person as the friend of another person's referrer."""
    parts = (other.referrer, other.referrer_root, other.referred_at, other.by)
    named = dict(zip(("referrer", "referrer_root", "referred_at", "by"), parts, strict=True))
    return replace(root, **named)


def is_claimed(root: Member) -> bool:
    """Whether the person is a friend by a claim, which no order undoes or replaces."""
    return bool(root.referrer and not root.by)


def is_first(root: Member, order: str) -> bool:
    """Whether an order is the person's earliest one."""
    return root.firsts[:1] != () and root.firsts[0].order == order


def is_own(code: Code, root: Member) -> bool:
    """Whether a code belongs to the person itself."""
    return root.member in (code.member, code.root)


def candidate(order: Order, root: Member, history: History) -> Candidate | None:
    """What an order makes of its person as a friend: an order that can convert it, or None."""
    bought = order.facts.view()
    version = history.at(bought.at) if bought else None
    rule = version.programme.referral if version else None
    if not (bought and version and rule and is_valued(bought, version) and bought.buyer and root.referrer):
        return None
    if order.terms.refused == SELF_REFERRAL or not _in_time(order, bought.at, root, rule):
        return None
    bought = order_payments.by_books(bought, order)
    left = kept(bought)
    if not qualifies(bought, left, version, rule):
        return None
    sale = Sale(bought.currency, bought.at, version.programme, bought.delivered_at)
    due = welcome_gift(bought.buyer, rule.welcome, left, sale) if rule.welcome else None
    gift = _gift(due) if due else None
    return Candidate(bought.at, str(order.ref), bought.buyer, bonus_base(rule, left), bought.currency, gift)


def _gift(due: Due) -> Gift:
    """A welcome gift as a candidate remembers it."""
    return Gift(due.amount, due.posted.vests_at, due.posted.expires_at, due.why.base, due.why.rate)


def _in_time(order: Order, at: int, root: Member, rule: Referral) -> bool:
    """Whether an order is not from before its person was referred, nor from after the window that began then.

    A claim bears the time of our clock; the order that brought a code that of the storefront's, as all orders do.
    """
    if is_claimed(root):
        early = order.terms.refused == NO_CODE or at < root.referred_at - CLAIMED_AFTER_S
    else:
        early = (at, str(order.ref)) < (root.referred_at, root.by)
    return not early and at <= root.referred_at + rule.window_days * DAY_S


def is_valued(bought: Snapshot, version: Version | None) -> bool:
    """Whether an order makes its buyer a customer and can earn: it was paid, and is no test, or tests count too."""
    return bought.paid and not (bought.test and version is not None and not version.programme.test_orders)


def qualifies(bought: Snapshot, left: Kept, version: Version, rule: Referral) -> bool:
    """Whether enough of an order was kept to convert its buyer, some of it paid in money of a named currency."""
    goods = left.goods_with_balance(rule.base.tax)
    paid_in_money = left.goods(rule.base.tax) > 0
    enough = paid_in_money and version.programme.reaches(rule.qualifies.minimum, goods, bought.currency)
    return enough and version.programme.rewards(bought.currency)


def ended(past: Converted | None) -> Converted | None:
    """What stays in an order that converts nobody any more: whose it was."""
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
    """Why a welcome gift is taken back, as a note for the statement."""
    if conversion.reason:
        return NOTES[conversion.reason]
    return REFUNDED_OR_CANCELLED if bought.void else REFUNDED_OR_CHANGED


def reviewed(version: Version | None) -> bool:
    """Whether bonuses of that programme can be held for review."""
    return bool(version and version.programme.referral and version.programme.referral.review)


def _unless_new(root: Member, history: History) -> Member:
    """The person without a referral by an order's code, where an older order shows that it was no new customer then."""
    version = history.at(root.referred_at) if root.by else None
    rule = version.programme.referral if version else None
    if rule and rule.qualifies.first_order and not is_first(root, root.by):
        return unreferred(root)
    return root


def ranking(listed: Iterable[Candidate]) -> list[Candidate]:
    """The candidates as they count: the earliest paid first; of equal ones the one with the smaller name."""
    return sorted(listed, key=lambda one: (one.at, one.order))


def stating(conversion: Conversion) -> Conversion:
    """The conversion saying what its first candidate says."""
    if not conversion.candidates:
        return replace(conversion, base=0, live=False)
    first = conversion.candidates[0]
    said = {"at": first.at, "currency": first.currency, "base": first.base, "live": True}
    return replace(conversion, order=first.order, **said)


def _referral(root: Member) -> tuple[str, str, int, str]:
    return root.referrer, root.referrer_root, root.referred_at, root.by


def _introduces_alike(stored: Order | None, before: Snapshot | None, bought: Snapshot, version: Version | None) -> bool:
    """Whether an order's record said the same of how its buyer was referred, and was valued under the same version."""
    if stored is None or before is None or version is None or stored.terms.version != version.number:
        return False
    return is_valued(before, version) and (before.code, before.at) == (bought.code, bought.at)


def _statement(conversion: Conversion) -> tuple[str, int, str, int, bool]:
    return conversion.order, conversion.at, conversion.currency, conversion.base, conversion.live


def _prints(conversion: Conversion, bought: Snapshot, history: History) -> tuple[str, ...]:
    """What the order tells of the friend, where the programme looks at it; an e-mail is told once."""
    if not reviewed(history.at(bought.at)):
        return ()
    email = [known for known in conversion.prints if known.startswith("email:") and not bought.email_hash]
    return fraud_signals.of_friend((*bought.prints, *email), bought.email_hash)
