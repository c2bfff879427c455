"""Reconciles a connection with its storefront: sends what the storefront lists and the books lack as webhooks.

Each listed order becomes the delivery that its storefront would have sent. The API says first what that delivery would
change, without writing; only what would change is signed and posted to the connection's own webhook. So the books are
mended by the one path that writes orders, and a second run finds nothing. Imports the API's shapes, no behaviour.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.edge.api.reconcile import Checked, WouldCount
from chalicelib.edge.api.webhooks import Received
from infra.api import Api, ApiAnswer, ApiError, refusal
from infra.progress import ProgressLine
from infra.retrying_api import RetryingApi
from infra.signing import sign
from infra.storefront_orders import ListedOrder, OrderListError, files, shopify, woocommerce
from infra.storefront_orders.deliveries import TOPICS, OrderDelivery, Unusable, delivery_of
from infra.storefront_orders.pages import storefront

Ask = Callable[[], str]
"""Returns a secret when it is needed: from the environment, or typed."""

KNOWN, MISSING, DIFFERING, KEPT, IGNORED, FAILED = "known", "missing", "differing", "kept", "ignored", "failed"
DRIFT = frozenset({MISSING, DIFFERING})
BAD = frozenset({KEPT, FAILED})
DRIFTED = 3
"""The exit status where the books differed; where an order could not be reconciled it is 1."""

TOPIC_IN = {"shopify": "X-Shopify-Topic", "woocommerce": "X-WC-Webhook-Topic"}
"""The header of a delivery's topic; our own format states it in the body."""

THIS_ORDER_ONLY = frozenset({400, 413, 415, 422, 500})
"""Statuses of refusals that concern one order only; the next one is tried."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to compare: the orders of `file`, else those that the API at `store` lists, as far as changed `since`."""

    connection: str
    since: str
    file: Path | None
    store: str
    only_check: bool


@dataclass(slots=True)
class ReconcileTally:
    """The number of orders by outcome. `older`: listed orders from before `since`; `done`: all were compared."""

    only_check: bool
    counts: Counter[str] = field(default_factory=Counter)
    older: int = 0
    done: bool = False

    @property
    def status(self) -> int:
        """The program's: 0 where the books agree, DRIFTED where they did not, 1 where an order could not be read."""
        if any(self.counts[name] for name in BAD):
            return 1
        return DRIFTED if any(self.counts[name] for name in DRIFT) else 0

    def table(self) -> tuple[list[str], list[list[object]]]:
        """The counts under their names."""
        mended = "" if self.only_check else " (mended)"
        names = {KNOWN: KNOWN, MISSING: MISSING + mended, DIFFERING: DIFFERING + mended}
        names |= {name: name for name in (KEPT, IGNORED, FAILED)}
        return ["listed", *names.values()], [[self.counts.total(), *(self.counts[name] for name in names)]]


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """The outcome of one order, and what changed or why nothing could."""

    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionClient:
    """Ristourne's side of one connection."""

    api: RetryingApi
    connection: str
    kind: str
    secret: str

    def check(self, order: OrderDelivery) -> Checked:
        """What the delivery would change. Raises ApiError."""
        headers = {TOPIC_IN[self.kind]: order.topic} if self.kind in TOPIC_IN else {}
        answer = self.api.ask("POST", f"/v1/connections/{self.connection}/check", order.body, headers)
        return msgspec.convert(_good(answer), Checked)

    def send(self, order: OrderDelivery) -> Received:
        """Post the delivery as its storefront does. Raises ApiError."""
        headers = sign(self.kind, self.secret, order.body, order.topic, _now())
        answer = self.api.ask("POST", f"/webhooks/{self.connection}", order.body, headers)
        if answer.status == 401:
            raise ApiError(f"RISTOURNE_SECRET is not the secret of the connection {self.connection}", 401)
        return msgspec.convert(_good(answer), Received)


def run(plan: Plan, api: Api, secret: Ask, token: Ask, tally: ReconcileTally) -> None:
    """Compare every listed order and correct the books, unless the plan is only to check; counts into the tally.

    Raises ApiError where it cannot continue; what was corrected by then stays.
    """
    try:
        since = instant(plan.since)
        retrying = RetryingApi(api)
        kind = kind_of(plan.connection, retrying)
        listed = _listed(plan, kind, since, token)
        client = ConnectionClient(retrying, plan.connection, kind, "" if plan.only_check else secret())
        _compare(listed, client, since, tally)
    except OrderListError as error:
        raise ApiError(str(error)) from None


def instant(text: str) -> datetime:
    """A moment with its offset. Raises OrderListError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 - without an offset, so it is refused below
    if moment.tzinfo is None:
        raise OrderListError(
            f"--since must be a date and time with its offset such as 2026-11-01T00:00:00Z, got {text!r}"
        )
    return moment


def kind_of(connection: str, api: RetryingApi) -> str:
    """The kind of a connection that can be reconciled. Raises OrderListError, ApiError."""
    rows = _good(api.ask("GET", "/v1/connections"))["connections"]
    kinds = {row["id"]: row["kind"] for row in rows}
    if connection not in kinds:
        raise OrderListError(f"there is no connection {connection}; there are: {', '.join(kinds) or 'none'}")
    kind: str = kinds[connection]
    if kind not in TOPICS:
        raise OrderListError(
            f"{connection} is a {kind} connection, whose payments are no orders; have {kind} send its events again"
        )
    return kind


def _listed(plan: Plan, kind: str, since: datetime, token: Ask) -> Iterator[ListedOrder]:
    if plan.file:
        return files.read(plan.file)
    if kind == "standard":
        raise OrderListError("a standard storefront has no API that is known here; export its orders and use --file")
    store = RetryingApi(storefront(plan.store))
    return {"shopify": shopify.orders, "woocommerce": woocommerce.orders}[kind](store, since, token())


def _compare(listed: Iterator[ListedOrder], client: ConnectionClient, since: datetime, tally: ReconcileTally) -> None:
    progress = ProgressLine(sys.stderr)
    try:
        for listed_order in listed:
            _compare_one(listed_order, client, since, tally, progress)
            progress.show(f"{tally.counts.total()} orders, {sum(tally.counts[name] for name in DRIFT)} differ")
        tally.done = True
    finally:
        progress.clear()
        if tally.counts.total() > tally.counts[KNOWN]:
            print()
    if tally.older:
        print(f"orders last changed before --since, left out: {tally.older}", file=sys.stderr)


def _compare_one(
    listed: ListedOrder, client: ConnectionClient, since: datetime, tally: ReconcileTally, progress: ProgressLine
) -> None:
    name, outcome = listed.where, OrderOutcome(FAILED)
    try:
        order = delivery_of(client.kind, listed)
        if order.changed_at and order.changed_at < since:
            tally.older += 1
            return
        name = f"{client.connection}/{order.order} {order.label}".rstrip()
        outcome = examine(order, client, only_check=tally.only_check)
    except Unusable as error:
        outcome = OrderOutcome(FAILED, str(error))
    tally.counts[outcome.name] += 1
    if outcome.name != KNOWN:
        progress.clear()
        print(f"{outcome.name:<9}  {name}  {outcome.text}".rstrip(), flush=True)


def examine(order: OrderDelivery, client: ConnectionClient, *, only_check: bool) -> OrderOutcome:
    """Compare one order and correct the books, unless `only_check`. Raises ApiError where every order would fail."""
    try:
        checked = client.check(order)
        if checked.result != "recorded":
            return _as(checked.result, checked.reason)
        if not only_check:
            sent = client.send(order)
            if sent.result != "recorded":  # somebody was faster, or the table is busy
                return _as(sent.result, sent.reason)
        return OrderOutcome(DIFFERING if checked.known else MISSING, change(checked))
    except ApiError as error:
        if error.status not in THIS_ORDER_ONLY:
            raise
        return OrderOutcome(FAILED, str(error))


def change(checked: Checked) -> str:
    """The changes to the books by an order, in words."""
    moved = [f"{posting.member} {posting.text} ({posting.why})" for posting in checked.postings]
    moved += [f"{friend.friend} {_counting(friend)}" for friend in checked.friends]
    return "; ".join(moved) or f"no posting: {checked.reason or 'its rewards stay the same'}"


def _counting(change: WouldCount) -> str:
    if change.counts:
        return f"counts as a friend of {change.referrer}"
    return f"counts as a friend of {change.referrer} no more ({change.why})"


def _as(result: str, reason: str) -> OrderOutcome:
    return OrderOutcome(KNOWN if result == "unchanged" else result, reason)


def _good(answer: ApiAnswer) -> Any:
    """What a good answer says. Raises ApiError for any other."""
    if not 200 <= answer.status < 300:
        raise refusal(answer)
    return answer.json


def _now() -> int:
    return int(time.time())
