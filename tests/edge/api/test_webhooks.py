"""Webhooks end to end: what earns, what is refused, what is kept, and that nothing personal stays behind."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest

from chalicelib.domain.errors import Busy, InvalidInput, Rejection, Unavailable, Unprocessable
from chalicelib.edge import cursors, process
from chalicelib.edge.api.deliveries import DELIVERIES
from chalicelib.edge.messages import MAX_BODY_BYTES
from chalicelib.edge.storefronts import UnreadableDelivery, shopify, signatures
from chalicelib.engine import Engine
from chalicelib.settings import MAX_DELIVERY_BYTES
from chalicelib.store import deliveries, secrets
from infra.signing import sign
from tests.edge.conftest import PROGRAMME, SHOPIFY_SECRET, STANDARD_SECRET, STRIPE_SECRET, WOO_SECRET, Answer, Shop
from tests.world import senders


def iso(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()


def shopify_body(now: int) -> Any:
    return senders.shopify_order(processed_at=iso(now), updated_at=iso(now))


def woocommerce_body(now: int) -> Any:
    moment = iso(now).partition("+")[0]
    return senders.woocommerce_order(date_paid_gmt=moment, date_modified_gmt=moment)


def stripe_body(now: int) -> Any:
    return senders.stripe_session(created=now) | {"created": now}


def standard_body(now: int) -> Any:
    return senders.standard_order(paid_at=iso(now), updated_at=iso(now))


KINDS: dict[str, tuple[str, str, Callable[[int], Any], str]] = {
    "shopify": (SHOPIFY_SECRET, "orders/paid", shopify_body, "acme.115310627314723954"),
    "woocommerce": (WOO_SECRET, "order.updated", woocommerce_body, "acme.26"),
    "stripe": (STRIPE_SECRET, "", stripe_body, "acme.cus_1"),
    "standard": (STANDARD_SECRET, "", standard_body, "acme.42"),
}
"""Secret, topic, body of a paid order, and who bought."""

PERSONAL = ("ana@example.com", "joao@example.com", "bob+spam@gmail.com")

FORGED = "whsec_Zm9yZ2VkIGJ5IHNvbWVib2R5IGVsc2U="


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, shop: Shop) -> str:
    """Each kind of storefront, connected as `acme` to a shop with a programme."""
    name: str = request.param
    assert shop.publish().status == 200
    assert shop.connect("acme", name, KINDS[name][0]).status == 200
    return name


def deliver(shop: Shop, kind: str, secret: str = "", topic: str | None = None, body: Any = None) -> Answer:
    own, usual, make, _ = KINDS[kind]
    payload = make(shop.now) if body is None else body
    return shop.send("acme", kind, secret or own, usual if topic is None else topic, payload)


def guest_order(shop: Shop, number: int, email: str | None) -> Any:
    return shop.order(number, None, email=email)


def kept_ids(shop: Shop) -> list[str]:
    listed = shop.call("GET", "/v1/deliveries", key=shop.admin).json
    return [delivery["id"] for delivery in listed["deliveries"]]


def replay(shop: Shop, delivery: str) -> Answer:
    return shop.call("POST", f"/v1/deliveries/{delivery}/replay", {}, shop.admin)


def test_a_paid_order_earns(shop: Shop, kind: str) -> None:
    assert deliver(shop, kind).json == {"result": "recorded"}
    assert shop.available(KINDS[kind][3]) > 0


def test_a_duplicate_changes_nothing(shop: Shop, kind: str) -> None:
    body = KINDS[kind][2](shop.now)
    deliver(shop, kind, body=body)
    before = shop.items()
    assert deliver(shop, kind, body=body).status == 200
    assert shop.items() == before


def invoice_bodies(now: int) -> tuple[Any, Any]:
    """An invoice of 120.00 with 20.00 tax as events state it since API version 2025-03-31, and who paid it."""
    invoice = {"id": "in_1", "status": "paid", "customer": "cus_1", "currency": "eur", "total": 12_000}
    paid = {"amount_paid": 12_000, "total_taxes": [{"amount": 2_000}]}
    payment = {"id": "inpay_1", "invoice": "in_1", "currency": "eur", "status": "paid", "amount_paid": 12_000}
    by_intent = {"payment": {"type": "payment_intent", "payment_intent": "pi_1"}}
    return (
        senders.stripe_event("invoice.paid", invoice | paid, now),
        senders.stripe_event("invoice_payment.paid", payment | by_intent, now),
    )


@pytest.mark.parametrize("invoice_first", [True, False])
def test_an_invoice_waits_for_who_paid_it_and_the_other_way_round(shop: Shop, invoice_first: bool) -> None:
    """stripe/stripe-dotnet#3149: an event's invoice does not name its payments any more."""
    assert shop.publish().status == 200
    assert shop.connect("acme", "stripe", STRIPE_SECRET).status == 200
    first, second = invoice_bodies(shop.now) if invoice_first else reversed(invoice_bodies(shop.now))
    waits = "the invoice and who paid it are not both known yet"
    assert deliver(shop, "stripe", body=first).json == {"result": "recorded", "reason": waits}
    assert shop.available("acme.cus_1") == 0
    assert deliver(shop, "stripe", body=second).json == {"result": "recorded"}
    earned = shop.available("acme.cus_1")
    assert earned > 0
    before = shop.items()
    for body in (first, second):
        assert deliver(shop, "stripe", body=body).json == {"result": "unchanged"}
    assert shop.items() == before


def test_a_payment_of_an_invoice_that_could_not_be_recorded_is_made_up_for_by_the_redelivery(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shop.publish().status == 200
    assert shop.connect("acme", "stripe", STRIPE_SECRET).status == 200
    invoice, payment = invoice_bodies(shop.now)
    deliver(shop, "stripe", body=payment)
    execute = Engine.execute

    def busy_with_orders(engine: Engine, command: Any, *arguments: Any) -> Any:
        if command.order == "pi_1":
            raise Busy("others are writing the same records")
        return execute(engine, command, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "execute", busy_with_orders)
        assert deliver(shop, "stripe", body=invoice).status == 503
    assert shop.available("acme.cus_1") == 0
    assert deliver(shop, "stripe", body=invoice).json == {"result": "recorded"}
    assert shop.available("acme.cus_1") > 0


def test_a_forged_delivery_and_an_unknown_connection_look_alike_and_leave_no_trace(shop: Shop, kind: str) -> None:
    before = shop.items()
    forged = deliver(shop, kind, secret=FORGED)
    headers = sign(kind, KINDS[kind][0], b"{}", KINDS[kind][1], shop.now)
    unknown = shop.request("POST", "/webhooks/nobody", headers, b"{}")
    assert forged.problem == (401, "unauthenticated")
    assert (forged.status, forged.headers, forged.body) == (unknown.status, unknown.headers, unknown.body)
    assert "sign the body byte for byte" in forged.json["detail"]
    body = KINDS[kind][2](shop.now)
    unsigned, neither = (shop.call("POST", f"/webhooks/{name}", body) for name in ("acme", "nobody"))
    assert unsigned.problem == (401, "unauthenticated")
    assert (unsigned.status, unsigned.headers, unsigned.body) == (neither.status, neither.headers, neither.body)
    assert shop.items() == before


@pytest.mark.parametrize("given", [{}, {"X-Shopify-Hmac-Sha256": ""}, {"X-Shopify-Topic": "orders/paid"}])
def test_a_delivery_without_a_signature_is_told_in_which_headers_one_can_stand(
    open_shop: Shop, given: dict[str, str]
) -> None:
    answer = open_shop.request("POST", "/webhooks/acme", given, b"{}")
    assert answer.problem == (401, "unauthenticated")
    assert answer.json["detail"] == (
        "no signature came with it: one of the headers X-Shopify-Hmac-SHA256, X-WC-Webhook-Signature, "
        "Stripe-Signature, webhook-signature, svix-signature must have it"
    )


@pytest.mark.parametrize("name", signatures.HEADERS)
def test_a_signature_in_any_of_the_senders_headers_is_one_that_came(open_shop: Shop, name: str) -> None:
    answer = open_shop.request("POST", "/webhooks/acme", {name: "x"}, b"{}")
    assert answer.problem == (401, "unauthenticated")
    assert answer.json["detail"].startswith("the signature does not match: ")


def test_a_body_that_was_changed_on_the_way_is_forged(shop: Shop, kind: str) -> None:
    body = json.dumps(KINDS[kind][2](shop.now)).encode()
    headers = sign(kind, KINDS[kind][0], body, KINDS[kind][1], shop.now)
    assert shop.request("POST", "/webhooks/acme", headers, body + b" ").problem == (401, "unauthenticated")


def test_6_mb_are_still_read(shop: Shop, kind: str) -> None:
    body = json.dumps(KINDS[kind][2](shop.now)).encode()
    assert deliver(shop, kind, body=body.ljust(MAX_DELIVERY_BYTES)).json == {"result": "recorded"}


def test_more_than_6_mb_are_kept_by_size_and_digest_and_never_refused(shop: Shop, kind: str) -> None:
    """A storefront ends a subscription after a few refusals (Shopify 8, WooCommerce 5):
    https://shopify.dev/changelog/updates-to-webhook-retry-mechanism
    """
    body = json.dumps(KINDS[kind][2](shop.now)).encode().ljust(MAX_DELIVERY_BYTES + 1)
    answer = deliver(shop, kind, body=body)
    assert (answer.status, answer.json["result"]) == (202, "kept")
    (listed,) = shop.call("GET", "/v1/deliveries", key=shop.admin).json["deliveries"]
    assert listed["reason"] == "the body must be at most 6291456 bytes, got 6291457"
    assert (listed["bytes"], listed["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert listed["whole"] is False
    (item,) = [item for item in shop.items() if item["k"]["S"].startswith("delivery")]
    assert "b" not in item
    refused = replay(shop, listed["id"])
    assert refused.problem == (422, "unprocessable")
    assert "reconcile" in refused.detail


def test_a_forged_body_of_any_size_leaves_no_trace(shop: Shop, kind: str) -> None:
    before = shop.items()
    for size in (MAX_BODY_BYTES + 1, MAX_DELIVERY_BYTES + 1):
        assert deliver(shop, kind, secret=FORGED, body=b" " * size).problem == (401, "unauthenticated")
    assert shop.items() == before


def test_the_other_routes_take_256_kb(open_shop: Shop) -> None:
    body = b'{"display_name": "Ana"}'
    at_the_edge = body.ljust(MAX_BODY_BYTES)
    assert open_shop.call("PUT", "/v1/members/acme.1", at_the_edge, open_shop.storefront).status == 200
    beyond = open_shop.call("PUT", "/v1/members/acme.1", at_the_edge + b" ", open_shop.storefront)
    assert beyond.problem == (413, "too_large")


def test_a_check_takes_what_a_delivery_takes(open_shop: Shop) -> None:
    body = json.dumps(open_shop.order(1)).encode().ljust(MAX_DELIVERY_BYTES)
    sent: dict[str, Any] = {"key": open_shop.admin, "X_Shopify_Topic": "orders/paid"}
    assert open_shop.call("POST", "/v1/connections/acme/check", body, **sent).json["result"] == "recorded"
    too_large = open_shop.call("POST", "/v1/connections/acme/check", body + b" ", **sent).json
    assert (too_large["result"], too_large["reason"]) == ("kept", "the body must be at most 6291456 bytes, got 6291457")


def shopify_lines(count: int) -> list[Any]:
    """Lines in the shape of a recorded order, 900 bytes each: 499 of them, as many as Shopify allows, are 446 kB
    (https://shopify.dev/changelog/draft-order-line-item-limit).
    """
    filling = [{"name": f"property {number}", "value": "x" * 150} for number in range(4)]
    return [
        senders.shopify_line(id=13_000_000_000_000 + number, price="10.00", properties=filling)
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [250, 251, 499, 2000])
def test_an_order_of_many_lines_earns_on_all_of_them(open_shop: Shop, count: int) -> None:
    order = open_shop.order(1, 1) | {"line_items": shopify_lines(count)}
    assert open_shop.hear(order).json == {"result": "recorded"}
    assert open_shop.available("acme.1") == count * 50
    before = open_shop.items()
    assert open_shop.hear(order).json == {"result": "unchanged"}
    assert open_shop.items() == before


def test_a_state_that_is_older_than_what_is_known_is_told_so(open_shop: Shop) -> None:
    newer = open_shop.order(1, 1) | {"updated_at": "2026-05-04T12:00:00Z"}
    assert open_shop.hear(newer).json == {"result": "recorded"}
    answer = open_shop.hear(newer | {"updated_at": "2026-05-04T11:30:00Z", "line_items": []})
    reason = "a newer state of the order is known, of 2026-05-04T12:00:00Z"
    assert answer.json == {"result": "unchanged", "reason": reason}


def test_an_order_of_more_than_2000_lines_is_kept_with_its_reason(open_shop: Shop) -> None:
    order = open_shop.order(1, 1) | {"line_items": shopify_lines(2001)}
    assert open_shop.hear(order).json == {"result": "kept", "reason": "line_items must have at most 2000 entries"}
    (listed,) = open_shop.call("GET", "/v1/deliveries", key=open_shop.admin).json["deliveries"]
    assert listed["whole"] is True
    assert listed["bytes"] > 1_500_000


def test_both_live_secrets_are_good_and_a_retired_one_is_not(shop: Shop, kind: str) -> None:
    first = KINDS[kind][0]
    second, third = "whsec_dGhlIHNlY29uZCBzZWNyZXQgb2Ygb3Vycw==", "whsec_YW5kIHRoZSB0aGlyZCBzZWNyZXQgb2Ygb3Vycw=="
    assert shop.rotate("acme", second) == 2
    assert [deliver(shop, kind, secret).status for secret in (first, second)] == [200, 200]
    assert shop.rotate("acme", third) == 2
    assert [deliver(shop, kind, secret).status for secret in (first, second, third)] == [401, 200, 200]
    assert shop.rotate("acme", third, retire_old=True) == 1
    assert [deliver(shop, kind, secret).status for secret in (second, third)] == [401, 200]


@pytest.mark.parametrize(
    ("kind", "topic", "body"),
    [
        ("shopify", "products/update", {"id": 1}),
        ("woocommerce", "product.updated", {"id": 1}),
        ("stripe", "", senders.stripe_event("invoice.finalized", {"id": "in_1"})),
        ("standard", "", {"type": "shop.opened", "data": {}}),
    ],
    indirect=["kind"],
)
def test_an_unknown_topic_is_ignored_and_counted(
    shop: Shop, kind: str, topic: str, body: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    before = shop.items()
    answer = deliver(shop, kind, topic=topic, body=body)
    assert (answer.status, answer.json["result"]) == (200, "ignored")
    assert shop.items() == before
    counted = [line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "UnknownTopic" in line]
    assert [(line["UnknownTopic"], line["connection"]) for line in counted] == [(1, "acme")]
    (metric,) = counted[0]["_aws"]["CloudWatchMetrics"]
    assert metric["Dimensions"] == [["stage"], ["stage", "connection"]]
    assert metric["Metrics"] == [{"Name": "UnknownTopic", "Unit": "Count"}]


@pytest.mark.parametrize("kind", ["shopify", "woocommerce", "standard"], indirect=True)
def test_a_time_that_is_ahead_is_told_and_counted(shop: Shop, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    ahead = KINDS[kind][2](shop.now + 7200)
    answer = deliver(shop, kind, body=ahead)
    assert (answer.status, answer.json["result"]) == (200, "recorded")
    assert answer.json["reason"] == "a time in it is ahead of our clock: it counts as of its arrival"
    assert '"StampAhead":1' in capsys.readouterr().out
    assert deliver(shop, kind, body=ahead).json["result"] == "unchanged"


@pytest.mark.parametrize(
    "topic",
    [
        "customers/create",
        "customers/update",
        "orders/edited",
    ],
)
def test_topics_that_shopify_insists_on_are_acknowledged_and_not_counted(
    open_shop: Shop, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = open_shop.hear({"id": 1, "customer": {"email": PERSONAL[0]}}, topic)
    assert (answer.status, answer.json["result"]) == (200, "ignored")
    assert "UnknownTopic" not in capsys.readouterr().out


def test_the_unsigned_form_with_which_woocommerce_greets_is_answered_200(shop: Shop) -> None:
    shop.connect("woo", "woocommerce", WOO_SECRET)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = shop.request("POST", "/webhooks/woo", form, b"webhook_id=7")
    assert (answer.status, answer.json["result"]) == (200, "ignored")
    assert shop.request("POST", "/webhooks/woo", form, b"webhook_id=7&id=1").status == 401


def test_a_ping_to_another_kind_is_forged(open_shop: Shop) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert open_shop.request("POST", "/webhooks/acme", form, b"webhook_id=7").status == 401


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{}", "id is missing"),
        (b"[]", "the document must be an object, got"),
        (b"null", "the document must be an object, got"),
        (b"", "the body must be JSON"),
        (b"{", "the body must be JSON"),
        (b"\xff\xfe", "the body must be JSON"),
        (b"[" * 100_000, "the "),
        (b'{"id":' * 20_000, "the body must be JSON"),
    ],
)
def test_an_authentic_body_that_cannot_be_read_is_kept_with_its_reason(
    open_shop: Shop, body: bytes, reason: str
) -> None:
    answer = open_shop.hear(body)
    assert (answer.status, answer.json["result"]) == (202, "kept")
    (listed,) = open_shop.call("GET", "/v1/deliveries", key=open_shop.admin).json["deliveries"]
    assert (listed["connection"], listed["topic"], listed["bytes"]) == ("acme", "orders/paid", len(body))
    assert listed["reason"] == answer.json["reason"]
    assert listed["replayed_at"] is None
    assert reason in listed["reason"]


def test_an_order_is_recorded_without_a_refund_that_cannot_be_valued_and_the_delivery_is_kept(open_shop: Shop) -> None:
    refund = senders.shopify_refund(order=1, transactions=[senders.shopify_transaction("5.00", "CAD")])
    answer = open_shop.hear(open_shop.order(1, 1, refunds=[refund]))
    assert (answer.status, answer.json["result"]) == (202, "kept")
    assert "a refund was left out: refunds[0].transactions[0].currency must be the shop's" in answer.json["reason"]
    assert open_shop.available("acme.1") == 500
    (kept,) = kept_ids(open_shop)
    assert replay(open_shop, kept).status == 422


def keep_by_a_bug(shop: Shop, payload: Any) -> str:
    """Deliver while our own code has a bug; returns the id under which the delivery was kept."""

    def broken(delivery: object) -> None:
        raise KeyError(PERSONAL[0])

    with pytest.MonkeyPatch.context() as bug:
        bug.setattr(shopify, "translate", broken)
        assert shop.hear(payload).status == 202
    (kept,) = kept_ids(shop)
    return kept


def test_a_bug_of_ours_keeps_the_delivery_and_is_logged_without_what_was_sent(
    open_shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_by_a_bug(open_shop, open_shop.order(1))
    (kept,) = open_shop.call("GET", "/v1/deliveries", key=open_shop.admin).json["deliveries"]
    assert kept["reason"] == "unexpected KeyError; see the log"
    printed = capsys.readouterr()
    (failure,) = [line for line in map(json.loads, printed.out.splitlines()) if "failure" in line]
    assert failure["error"] == ["KeyError"]
    assert any("edge/api/webhooks.py" in frame for frame in failure["where"])
    assert not any(address in printed.out + printed.err for address in PERSONAL)


def test_a_replay_after_the_repair_does_what_the_delivery_says_and_marks_it(open_shop: Shop) -> None:
    kept = keep_by_a_bug(open_shop, open_shop.order(1, 1))
    assert open_shop.available("acme.1") == 0
    assert replay(open_shop, kept).json["result"] == "recorded"
    assert open_shop.available("acme.1") == 500
    (listed,) = open_shop.call("GET", "/v1/deliveries", key=open_shop.admin).json["deliveries"]
    assert listed["replayed_at"].endswith("Z")


def test_a_second_replay_changes_no_books(open_shop: Shop) -> None:
    kept = keep_by_a_bug(open_shop, open_shop.order(1, 1))
    replay(open_shop, kept)
    before = [item for item in open_shop.books() if item["k"]["S"] != "delivery"]
    assert replay(open_shop, kept).status == 200
    assert [item for item in open_shop.books() if item["k"]["S"] != "delivery"] == before


def test_a_replay_before_the_repair_says_why_and_keeps_the_delivery(open_shop: Shop) -> None:
    open_shop.hear({"id": 5})
    (kept,) = kept_ids(open_shop)
    answer = replay(open_shop, kept)
    assert answer.problem == (422, "unprocessable")
    assert "is missing" in answer.detail
    assert kept_ids(open_shop) == [kept]


def test_a_kept_delivery_ends_after_30_days(open_shop: Shop) -> None:
    open_shop.hear({"id": 5})
    (kept,) = kept_ids(open_shop)
    (item,) = [item for item in open_shop.items() if item["k"]["S"] == "delivery"]
    assert abs(int(item["ttl"]["N"]) - open_shop.now - 30 * 86_400) < 60
    open_shop.later_s = 30 * 86_400 - 60
    assert kept_ids(open_shop) == [kept]
    open_shop.later_s = 30 * 86_400 + 1
    assert kept_ids(open_shop) == []
    assert replay(open_shop, kept).problem == (404, "not_found")


def test_one_body_under_two_topics_in_one_second_is_kept_twice(
    open_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.edge.http.time.time", lambda now=open_shop.now: now)
    for topic in ("orders/create", "orders/paid", "orders/paid"):
        open_shop.hear({"id": 5}, topic)
    assert len(kept_ids(open_shop)) == 2


def test_deliveries_are_listed_newest_first_page_by_page(open_shop: Shop) -> None:
    for number in range(1, 8):
        open_shop.later_s = number
        open_shop.hear({"id": number})
    everything = kept_ids(open_shop)
    paged: list[str] = []
    cursor = ""
    while True:
        query = f"?limit=3&cursor={cursor}" if cursor else "?limit=3"
        page = open_shop.call("GET", f"/v1/deliveries{query}", key=open_shop.admin).json
        paged += [delivery["id"] for delivery in page["deliveries"]]
        cursor = page["next"]
        if not cursor:
            break
    assert paged == everything == sorted(everything, reverse=True)
    assert len(everything) == 7


@pytest.mark.parametrize("cursor", ["x", "1", "000000000000000-000000000000000", "%23"])
def test_a_cursor_that_we_did_not_make_is_refused(open_shop: Shop, cursor: str) -> None:
    answer = open_shop.call("GET", f"/v1/deliveries?cursor={cursor}", key=open_shop.admin)
    assert answer.problem == (400, "invalid_input")


def test_a_cursor_older_than_all_that_is_kept_gives_an_empty_page(open_shop: Shop) -> None:
    open_shop.hear({"id": 5})
    old = cursors.after(f"{0:015d}-{0:016x}", DELIVERIES)
    page = open_shop.call("GET", f"/v1/deliveries?cursor={old}", key=open_shop.admin).json
    assert page == {"deliveries": [], "next": None}


def test_a_replay_for_a_connection_that_is_gone_is_a_conflict(open_shop: Shop) -> None:
    gone = deliveries.keep("gone", {}, b"{}", "why", open_shop.now * 1000)
    assert replay(open_shop, gone).problem == (409, "conflict")


@pytest.mark.parametrize("error", [Unavailable("the table is away"), Busy("too many")])
def test_what_the_books_cannot_take_now_is_kept_and_asked_for_again(
    shop: Shop, kind: str, monkeypatch: pytest.MonkeyPatch, error: Rejection
) -> None:
    def refuse(*args: object) -> None:
        raise error

    with monkeypatch.context() as trouble:
        trouble.setattr("chalicelib.engine.Engine.execute", refuse)
        answer = deliver(shop, kind)
        assert answer.status == (202 if kind == "woocommerce" else 503)
        assert replay(shop, kept_ids(shop)[0]).problem == (503, error.code)
    assert replay(shop, kept_ids(shop)[0]).json == {"result": "recorded"}


def test_the_sender_is_asked_to_come_again_when_nothing_can_be_kept_either(open_shop: Shop) -> None:
    open_shop.buy(1)
    open_shop.drop_table()
    answer = open_shop.buy(2)
    assert answer.problem == (503, "unavailable")
    assert answer.headers["retry-after"]


def without_ssm(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """SSM is away, and what this process has read of it is older than its caches may be."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")
    shop.later_s += 2


def test_what_was_read_of_the_secrets_is_good_while_ssm_is_away(
    shop: Shop, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = KINDS[kind][2](shop.now)
    assert deliver(shop, kind, body=body).json == {"result": "recorded"}
    for _ in range(2):
        without_ssm(shop, monkeypatch)
        assert deliver(shop, kind, secret=FORGED).problem == (401, "unauthenticated")
        assert deliver(shop, kind, body=body).json == {"result": "unchanged"}


def test_a_delivery_that_cannot_be_processed_is_kept_while_ssm_is_away(
    open_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_shop.buy(1)
    without_ssm(open_shop, monkeypatch)
    assert open_shop.hear({"id": "not a number"}).json["result"] == "kept"
    assert len(kept_ids(open_shop)) == 1


@pytest.mark.parametrize("connection", ["new", "100%25", "%25(name)s"])
def test_a_process_that_never_heard_of_a_connection_asks_the_sender_to_come_again_while_ssm_is_away(
    open_shop: Shop, monkeypatch: pytest.MonkeyPatch, connection: str
) -> None:
    open_shop.buy(1)
    without_ssm(open_shop, monkeypatch)
    answer = open_shop.send(connection, "shopify", SHOPIFY_SECRET, "orders/paid", open_shop.order(2))
    assert answer.problem == (503, "unavailable")
    assert unquote(connection) in answer.detail
    process.forget()
    assert open_shop.buy(2).problem == (503, "unavailable")


def test_strangers_cause_no_more_reads_of_ssm_than_there_are_anyway(
    open_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_shop.buy(1)
    monkeypatch.setenv("RISTOURNE_CACHE_SECONDS", "60")
    reads = list[int]()
    read_all = secrets._read_all

    def counted() -> dict[str, str]:
        reads.append(open_shop.later_s)
        return read_all()

    monkeypatch.setattr(secrets, "_read_all", counted)
    for second in range(0, 181, 5):
        open_shop.later_s = second
        assert open_shop.call("POST", f"/webhooks/stranger-{second}", {}).status == 401
    assert reads == [60, 120, 180]


def test_a_garbled_connection_is_named_and_spares_the_others(open_shop: Shop) -> None:
    open_shop.buy(1)
    open_shop.configure("connections/acme", "not JSON, hush-hush")
    answer = open_shop.buy(2)
    assert answer.problem == (503, "unavailable")
    assert "add the connection again" in answer.detail
    assert "hush" not in answer.detail
    assert open_shop.connect("other", secret="another-secret-0001").status == 200
    listed = open_shop.call("GET", "/v1/connections", key=open_shop.admin).json["connections"]
    assert [connection["id"] for connection in listed] == ["more-of-acme", "other"]
    assert open_shop.connect().status == 200
    assert open_shop.buy(2).json == {"result": "recorded"}


def test_an_orders_name_moves_no_terminal(open_shop: Shop) -> None:
    open_shop.buy(1, name="#1\x1b[31m\r\n\u202e001")
    (why,) = (why for _, why in open_shop.reasons())
    assert "on your order #1 [31m   001" in why


def test_no_buyer_is_named_in_the_table_or_the_log(
    shop: Shop, kind: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    deliver(shop, kind)
    deliver(shop, kind, body=KINDS[kind][2](shop.now) | {"customer": None, "customer_id": 0})
    deliver(shop, kind, secret=FORGED)
    printed = capsys.readouterr()
    everything = json.dumps(shop.items()) + printed.out + printed.err + caplog.text
    assert not [address for address in PERSONAL if address in everything]
    assert not [address.partition("@")[0] for address in PERSONAL if f"{address.partition('@')[0]}@" in everything]


def test_a_replay_that_fails_again_leaves_its_newest_reason(open_shop: Shop) -> None:
    kept = keep_by_a_bug(open_shop, {"id": 5})
    assert replay(open_shop, kept).problem == (422, "unprocessable")
    (listed,) = open_shop.call("GET", "/v1/deliveries", key=open_shop.admin).json["deliveries"]
    assert listed["reason"] == "currency is missing"
    assert listed["replayed_at"] is None


def test_a_bug_of_ours_in_a_replay_is_logged_and_leaves_the_delivery(
    open_shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(delivery: object) -> None:
        raise KeyError(PERSONAL[0])

    kept = keep_by_a_bug(open_shop, open_shop.order(1, 1))
    with pytest.MonkeyPatch.context() as bug:
        bug.setattr(shopify, "translate", broken)
        assert replay(open_shop, kept).detail == "it still cannot be processed: unexpected KeyError; see the log"
    assert '"failure":"delivery"' in capsys.readouterr().out
    assert replay(open_shop, kept).json == {"result": "recorded"}


@pytest.mark.parametrize(
    "refusal",
    [
        InvalidInput("customer id", "must be 1 to 100 letters", PERSONAL[0]),
        InvalidInput("data.customer.id", "must be an id", PERSONAL[0], hint=PERSONAL[0]),
        UnreadableDelivery(f"email must be text, and {PERSONAL[0]}, is not"),
        Unprocessable("the refund %(name)s must be in EUR", name=PERSONAL[0]),
    ],
)
def test_no_reason_repeats_an_address(open_shop: Shop, refusal: Exception) -> None:
    def refuse(delivery: object) -> None:
        raise refusal

    kept = keep_by_a_bug(open_shop, {"id": 5})
    with pytest.MonkeyPatch.context() as bug:
        bug.setattr(shopify, "translate", refuse)
        answers = [open_shop.hear({"id": 6}), replay(open_shop, kept)]
    listed = open_shop.call("GET", "/v1/deliveries", key=open_shop.admin)
    text = b"".join(answer.body for answer in (*answers, listed)).decode() + str(open_shop.items())
    assert PERSONAL[0] not in text
    assert len(kept_ids(open_shop)) == 2


def test_a_customer_id_that_makes_no_member_is_kept_without_it(open_shop: Shop) -> None:
    answer = open_shop.hear(open_shop.order(1) | {"customer": {"id": "ana.mail.example" + "x" * 80}})
    assert answer.json["reason"].startswith("customer id must be 1 to 95 letters")
    assert "with acme. before it, it is a member id of 100 at most" in answer.json["reason"]
    assert "ana" not in answer.json["reason"]


def test_what_is_kept_is_compressed_and_out_of_the_listing(open_shop: Shop) -> None:
    open_shop.hear({"email": PERSONAL[0]})
    assert PERSONAL[0] not in open_shop.call("GET", "/v1/deliveries", key=open_shop.admin).body.decode()
    assert PERSONAL[0] not in str(open_shop.items())


def guests(shop: Shop) -> list[str]:
    return [
        item["m"]["S"] for item in shop.items() if item["k"]["S"] == "member" and item["m"]["S"].startswith("guest.")
    ]


def test_one_guest_in_many_spellings_is_one_member(open_shop: Shop) -> None:
    spellings = ("bob@gmail.com", "b.o.b@gmail.com", "bob+spam@gmail.com", " BOB@googlemail.com ")
    for number, email in enumerate(spellings, 1):
        assert open_shop.hear(guest_order(open_shop, number, email)).status == 200
    (guest,) = guests(open_shop)
    assert open_shop.available(guest) == 4 * 500
    assert "bob" not in guest


def test_another_address_is_another_guest(open_shop: Shop) -> None:
    for number, email in enumerate(("bob@mail.example", "b.ob@mail.example"), 1):
        open_shop.hear(guest_order(open_shop, number, email))
    assert len(guests(open_shop)) == 2


@pytest.mark.parametrize("email", [None, "", "nobody", "@", "+x@mail.example"])
def test_a_guest_without_an_address_is_nobody_to_reward(open_shop: Shop, email: str | None) -> None:
    assert open_shop.hear(guest_order(open_shop, 1, email)).json["result"] == "recorded"
    assert open_shop.kinds() & {"member", "entry"} == set()


def test_ids_beyond_2_to_the_53_stay_apart(open_shop: Shop) -> None:
    big = 2**53
    for number in (big, big + 1):
        open_shop.buy(number, customer=number)
    orders = {item["o"]["S"] for item in open_shop.items() if item["k"]["S"] == "order"}
    assert orders == {str(big), str(big + 1)}
    assert open_shop.available(f"acme.{big}") == open_shop.available(f"acme.{big + 1}") == 500


def test_an_order_of_nothing_earns_nothing(open_shop: Shop) -> None:
    assert open_shop.buy(1, total="0.00").json["result"] == "recorded"
    assert "entry" not in open_shop.kinds()


@pytest.mark.parametrize(
    ("currency", "total", "asset", "earned"),
    [("JPY", "1999", "JPY/0", 100), ("KWD", "10.125", "KWD/3", 506), ("EUR", "10.10", "EUR/2", 51)],
)
def test_an_order_earns_in_the_smallest_unit_of_its_own_currency(
    shop: Shop, currency: str, total: str, asset: str, earned: int
) -> None:
    shop.publish(PROGRAMME.replace("currency: EUR", "currency: EUR\ncurrencies: [JPY, KWD]"))
    shop.connect()
    shop.buy(1, 1, total=total, currency=currency)
    assert shop.available("acme.1", asset) == earned


def test_a_currency_that_the_programme_does_not_name_earns_nothing(open_shop: Shop) -> None:
    assert open_shop.buy(1, 1, currency="USD").json["result"] == "recorded"
    assert open_shop.available("acme.1", "USD/2") == 0


def test_what_counts_is_the_shops_currency_and_not_the_buyers(open_shop: Shop) -> None:
    line = senders.shopify_line(price="9999.00", price_set=senders.shop_money("100.00", "9999.00"))
    open_shop.buy(1, 1, line_items=[line], presentment_currency="JPY")
    assert open_shop.available("acme.1") == 500


def test_a_refund_that_comes_before_its_payment_waits_for_it(open_shop: Shop) -> None:
    refund = senders.shopify_refund(
        order=1,
        refund_line_items=[{"line_item_id": 11, "quantity": 1, "subtotal": "40.00", "total_tax": "0.00"}],
        transactions=[senders.shopify_transaction("40.00")],
    )
    assert open_shop.hear(refund, "refunds/create").status == 200
    open_shop.buy(1, 1)
    assert open_shop.available("acme.1") == 300


def test_an_older_statement_does_not_undo_a_newer_one(open_shop: Shop) -> None:
    old = open_shop.order(1, 1, total="500.00", updated_at=iso(open_shop.now - 60))
    open_shop.buy(1, 1)
    before = open_shop.available("acme.1")
    assert open_shop.hear(old).status == 200
    assert open_shop.available("acme.1") == before == 500


def test_a_refund_of_a_line_that_the_order_has_not_is_named_by_the_webhook_and_by_a_check(shop: Shop) -> None:
    shop.publish()
    shop.connect("acme", "standard", STANDARD_SECRET)
    refund = {"id": "r1", "order": "1001", "currency": "EUR", "lines": [{"line": "9", "quantity": 1}]}
    alone = {"type": "refund.created", "data": refund}
    early = shop.send("acme", "standard", STANDARD_SECRET, "", alone).json
    assert early == {
        "result": "recorded",
        "reason": "no body of the order itself was heard yet: what is said of it counts once one is",
    }
    named = "the order has no such line, so that nothing is taken back for it: line 9 of the refund r1"
    checked = shop.call("POST", "/v1/connections/acme/check", standard_body(shop.now), shop.admin).json
    assert (checked["result"], checked["reason"]) == ("recorded", named)
    answer = shop.send("acme", "standard", STANDARD_SECRET, "", standard_body(shop.now)).json
    assert answer == {"result": "recorded", "reason": named}
    assert shop.send("acme", "standard", STANDARD_SECRET, "", alone).json == {"result": "unchanged", "reason": named}


def test_an_order_id_with_the_separator_of_our_keys_stays_its_own(shop: Shop) -> None:
    shop.publish()
    shop.connect("acme", "standard", STANDARD_SECRET)
    for order in ("1#2", "1"):
        body = standard_body(shop.now)
        body["data"]["id"] = order
        assert shop.send("acme", "standard", STANDARD_SECRET, "", body).json["result"] == "recorded"
    assert {item["o"]["S"] for item in shop.items() if item["k"]["S"] == "order"} == {"1#2", "1"}


@pytest.mark.parametrize("customer", ["ana@example.com", "a#b", "x" * 101, {"a": 1}])
def test_a_customer_id_that_cannot_be_a_key_is_kept_without_a_word_of_it(open_shop: Shop, customer: Any) -> None:
    answer = open_shop.hear(open_shop.order(1) | {"customer": {"id": customer}})
    assert answer.status == 202
    assert "ana@" not in answer.body.decode()
    assert "ana@" not in str(open_shop.items())


@pytest.mark.parametrize("name", ["a%2Fb", "root", "..%2Froot", "x" * 3000, "%00", "é", "acme%23"])
def test_odd_names_of_connections_are_unknown_connections(open_shop: Shop, name: str) -> None:
    body = json.dumps(open_shop.order(1)).encode()
    headers = sign("shopify", SHOPIFY_SECRET, body, "orders/paid", open_shop.now)
    assert open_shop.request("POST", f"/webhooks/{name}", headers, body).problem == (401, "unauthenticated")
