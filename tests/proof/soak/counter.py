"""Where orders are begun, paid and changed: the shop's own book of sales, and what it tells of each."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate

from chalicelib.domain.core.identity import GUEST, guest_id, is_guest
from chalicelib.domain.orders.facts import OrderFacts
from tests.proof.soak import sales
from tests.proof.soak.club import Club
from tests.proof.soak.hub import Hub
from tests.proof.soak.programmes import CURRENCIES, UNNAMED
from tests.proof.soak.sales import CHANGES, STOREFRONT, TILL, WOO, Sale
from tests.proof.soak.senders import Senders

RECENT = 400
"""Orders that something still happens to."""

MOST_TOLD = 8
"""Orders of one customer that are told again after a merge."""

_WEIGHTS = list(accumulate(weight for _, weight in CHANGES))


class Counter:
    def __init__(self, hub: Hub, senders: Senders, club: Club) -> None:
        self._hub = hub
        self._senders = senders
        self._club = club
        self.sales: list[Sale] = []

    def buys(self) -> None:
        """A new order, mostly paid at once."""
        random = self._hub.random
        currency = random.choice(CURRENCIES) if random.random() < 0.45 else "EUR"
        currency = UNNAMED if random.random() < 0.05 else currency
        buyer = "" if random.random() < 0.02 else self._club.member()
        if buyer and random.random() < 0.15:
            # Somebody who did not log in: the storefront knows the e-mail only.
            buyer = guest_id(self._club.mailbox(buyer))
        connection = random.choices((STOREFRONT, TILL, WOO), (65, 20, 15))[0]
        self._opens(connection, buyer, currency, paid=random.random() < 0.9)

    def begins(self, buyer: str, currency: str, deduction: int) -> Sale:
        """An order that is not paid yet, and will be paid with some balance."""
        return self._opens(STOREFRONT, buyer, currency, paid=False, deduction=deduction)

    def pays(self, sale: Sale) -> None:
        """The buyer pays, or gives up."""
        change = sales.pay if self._hub.random.random() < 0.85 else sales.cancel
        self._tell(sale, change)

    def changes(self) -> None:
        """Something happens to one of the newest orders, or to any."""
        if not self.sales:
            return
        random = self._hub.random
        newest = len(self.sales) - 1
        oldest = 0 if random.random() < 0.1 else max(0, newest - RECENT)
        change, _ = CHANGES[bisect(_WEIGHTS, random.random() * _WEIGHTS[-1])]
        self._tell(self.sales[random.randint(oldest, newest)], change)

    def tells_again(self, merged: str, survivor: str) -> None:
        """The orders of a customer who was merged are told again as the kept one's."""
        for sale in [sale for sale in self.sales if sale.buyer[2] == merged][-MOST_TOLD:]:
            self._senders.deliver(sale.statements, sale.state(int(self._hub.now * 1000), buyer=survivor))

    def _opens(self, connection: str, buyer: str, currency: str, **parts: object) -> Sale:
        random = self._hub.random
        sale = sales.opened(connection, f"o{len(self.sales)}", int(self._hub.now), currency, random)
        self.sales.append(sale)
        opening = sale.state(
            int(self._hub.now) * 1000,
            buyer=buyer,
            code=self._club.some_code() if random.random() < 0.4 else "",
            email_hash=self._email_of(buyer),
            prints=(f"address:{random.randrange(40)}",) if random.random() < 0.3 else (),
            **parts,
        )
        self._senders.deliver(sale.statements, opening)
        return sale

    def _email_of(self, buyer: str) -> str:
        """A guest is known by it; of an account a storefront tells it often, sometimes one that another has too."""
        if is_guest(buyer):
            return buyer.removeprefix(GUEST)
        return self._club.hash_of(buyer) if buyer and self._hub.random.random() < 0.5 else ""

    def _tell(self, sale: Sale, change: sales.Change) -> None:
        changed = change(sale, int(self._hub.now * 1000), self._hub.random)
        for facts in [changed] if isinstance(changed, OrderFacts) else changed:
            self._senders.deliver(sale.statements, facts)
