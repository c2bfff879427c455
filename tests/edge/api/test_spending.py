"""Spending a balance over HTTP: holds, captures, releases, redemptions, and the orders that they pay for."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from chalicelib.domain.members.holds import Redeemed
from chalicelib.domain.records import Record
from chalicelib.edge import process, telemetry
from chalicelib.edge.answers import Money
from chalicelib.edge.api import spending
from chalicelib.engine import Engine
from chalicelib.store.table import commit
from infra.signing import sign
from tests.edge.conftest import PROGRAMME, STANDARD_SECRET, WOO_SECRET, Answer, Shop
from tests.world.senders import (
    shopify_refund,
    shopify_transaction,
    standard_line,
    standard_order,
    woocommerce_line,
    woocommerce_order,
)

MEMBER = "/v1/members/acme.1"
HOLDS, REDEMPTIONS = f"{MEMBER}/holds", f"{MEMBER}/redemptions"


@pytest.fixture
def rich(open_shop: Shop) -> Shop:
    """A shop whose member acme.1 has 10.00."""
    open_shop.give(1000)
    return open_shop


def place(shop: Shop, amount: Any = 300, **more: Any) -> Answer:
    return shop.post(HOLDS, {"asset": "EUR/2", "amount": amount, **more})


def redeem(shop: Shop, amount: Any = 300, **more: Any) -> Answer:
    return shop.post(REDEMPTIONS, {"asset": "EUR/2", "amount": amount, **more})


def end(shop: Shop, hold: str, how: str = "capture", **body: Any) -> Answer:
    return shop.post(f"{HOLDS}/{hold}/{how}", body)


def hold_of(shop: Shop, hold: str) -> Any:
    answer = shop.call("GET", f"{HOLDS}/{hold}", key=shop.storefront)
    assert answer.status == 200, answer.body
    return answer.json


def balance(shop: Shop) -> tuple[int, int]:
    """What is available, and what is held."""
    (account,) = shop.call("GET", MEMBER, key=shop.storefront).json["balances"]
    return account["available"], account["held"]


def test_a_hold_reserves_a_part_of_the_balance(rich: Shop) -> None:
    placed = place(rich).json
    assert placed == hold_of(rich, placed["hold"])
    told = {name: placed[name] for name in ("member", "asset", "amount", "amount_text", "state", "captured")}
    assert told == {
        "member": "acme.1",
        "asset": "EUR/2",
        "amount": 300,
        "amount_text": "3.00 EUR",
        "state": "open",
        "captured": 0,
    }
    assert (placed["available"], placed["available_text"]) == (700, "7.00 EUR")
    assert balance(rich) == (700, 300)
    until = datetime.fromisoformat(placed["until"])
    assert placed["until"].endswith("Z")
    assert until.timestamp() - rich.now == 3600


def test_every_hold_has_an_id_that_nobody_can_guess(rich: Shop) -> None:
    ids = {rich.hold(1) for _ in range(5)}
    assert len(ids) == 5
    assert all(len(name) >= 18 for name in ids)


def test_a_hold_may_say_how_long_it_lasts(rich: Shop) -> None:
    until = datetime.fromisoformat(place(rich, minutes=10080).json["until"])
    assert until.timestamp() - rich.now == 604_800


def test_a_capture_spends_what_is_held(rich: Shop) -> None:
    hold = rich.hold(300)
    captured = end(rich, hold).json
    assert (captured["state"], captured["captured"], captured["captured_text"]) == ("captured", 300, "3.00 EUR")
    assert hold_of(rich, hold)["state"] == "captured"
    assert balance(rich) == (700, 0)


def test_of_a_part_that_is_captured_the_rest_comes_back(rich: Shop) -> None:
    assert end(rich, rich.hold(300), amount=120).json["available"] == 880
    assert balance(rich) == (880, 0)


def test_a_release_gives_everything_back(rich: Shop) -> None:
    hold = rich.hold(300)
    assert end(rich, hold, "release").json["state"] == "released"
    assert hold_of(rich, hold)["state"] == "released"
    assert balance(rich) == (1000, 0)


def test_a_body_may_be_left_out_where_nothing_has_to_be_said(rich: Shop) -> None:
    for how in ("capture", "release"):
        assert rich.post(f"{HOLDS}/{rich.hold(1)}/{how}", None).status == 200


def test_a_hold_ends_once(rich: Shop) -> None:
    for first in ("capture", "release"):
        hold = rich.hold(300)
        assert end(rich, hold, first).status == 200
        before = rich.items()
        for second in ("capture", "release"):
            answer = end(rich, hold, second)
            assert answer.problem == (409, "hold_ended")
            assert answer.detail.startswith(f"the hold {hold} was {first}d at 2")
        assert rich.items() == before


def test_a_hold_lapses_by_itself(rich: Shop) -> None:
    hold = rich.hold(300, minutes=1)
    rich.later_s = 61
    assert hold_of(rich, hold)["state"] == "lapsed"
    assert balance(rich) == (1000, 0)
    for how in ("capture", "release"):
        answer = end(rich, hold, how)
        assert answer.problem == (409, "hold_ended")
        assert "ran out" in answer.detail


def test_no_more_than_there_is_can_be_spent(rich: Shop) -> None:
    rich.hold(300)
    for answer in (place(rich, 701), redeem(rich, 701)):
        assert answer.problem == (409, "insufficient_balance")
        assert answer.detail == "amount must not be more than is available: 7.01 EUR asked, 7.00 EUR there"


def test_a_capture_takes_at_most_what_is_held(rich: Shop) -> None:
    answer = end(rich, rich.hold(300), amount=301)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail == "amount must be more than 0 and at most the 3.00 EUR that are held, got 3.01 EUR"


def test_a_member_has_only_so_many_open_holds(rich: Shop) -> None:
    holds = [rich.hold(1) for _ in range(5)]
    assert place(rich, 1).problem == (409, "conflict")
    end(rich, holds[0], "release")
    assert place(rich, 1).status == 200


def test_a_redemption_spends_at_once(rich: Shop) -> None:
    assert redeem(rich).json == {
        "member": "acme.1",
        "entry": 2,
        "asset": "EUR/2",
        "amount": 300,
        "amount_text": "3.00 EUR",
        "available": 700,
        "available_text": "7.00 EUR",
        "worth": {"asset": "EUR/2", "amount": 300, "text": "3.00 EUR"},
    }
    page = rich.call("GET", f"{MEMBER}/statement", key=rich.storefront).json
    entry = page["entries"][0]
    assert (entry["number"], entry["cause"], entry["movements"][0]["amount"]) == (2, "redemption", -300)


def test_points_are_held_and_spent_at_their_worth(shop: Shop) -> None:
    shop.publish(f"{PROGRAMME}\nassets: {{points: {{worth: 0.05}}, stars: {{}}}}")
    shop.connect()
    shop.give(100, asset="points")
    placed = shop.post(HOLDS, {"asset": "points", "amount": 60, "order_total": 300}).json
    assert placed == hold_of(shop, placed["hold"])
    assert placed["worth"] == {"asset": "EUR/2", "amount": 300, "text": "3.00 EUR"}
    assert (placed["amount_text"], placed["available_text"]) == ("60 points", "40 points")
    assert redeem(shop, 40, asset="points").json["worth"]["text"] == "2.00 EUR"
    for change, problem in (
        ({"amount": 61, "order_total": 304}, "amount must be worth at most the order_total of 3.04 EUR, got 3.05 EUR"),
        ({"asset": "stars"}, "asset must have a worth in EUR in the programme, to pay in it, got 'stars'"),
        ({"currency": "euro"}, "currency must be an ISO 4217 code such as EUR, got 'euro'"),
        ({"currency": "USD"}, "asset must have a worth in USD in the programme, to pay in it, got 'points'"),
    ):
        for path in (HOLDS, REDEMPTIONS):
            expect_refused(shop, path, {"asset": "points", "amount": 60, **change}, problem)


def test_a_capture_of_a_part_says_what_that_part_pays(shop: Shop) -> None:
    """Of 3.00 for 100 points 33 points are 0.99, which comes off the checkout, and which the books say is paid."""
    shop.publish(f"{PROGRAMME}\nassets: {{points: {{worth: 0.03}}}}")
    shop.connect()
    shop.give(200, asset="points")
    placed = shop.post(HOLDS, {"asset": "points", "amount": 100, "order": "acme/1"}).json
    worth = {"asset": "EUR/2", "amount": 300, "text": "3.00 EUR"}
    assert (placed["worth"], placed["captured_worth"]["text"]) == (worth, "0.00 EUR")
    captured = end(shop, placed["hold"], amount=33).json
    assert (captured["captured"], captured["worth"]) == (33, worth)
    assert captured["captured_worth"] == {"asset": "EUR/2", "amount": 99, "text": "0.99 EUR"}
    assert hold_of(shop, placed["hold"])["captured_worth"] == captured["captured_worth"]
    whole = shop.post(HOLDS, {"asset": "points", "amount": 100}).json["hold"]
    assert end(shop, whole).json["captured_worth"] == worth


def test_a_capture_of_a_part_of_money_pays_that_part(rich: Shop) -> None:
    hold = rich.hold(300)
    captured = end(rich, hold, amount=99).json
    assert captured["captured_worth"] == {"asset": "EUR/2", "amount": 99, "text": "0.99 EUR"}
    given_back = rich.hold(300)
    assert end(rich, given_back, "release").json["captured_worth"]["amount"] == 0


@pytest.mark.parametrize("path", [HOLDS, REDEMPTIONS])
def test_a_currency_may_be_in_small_letters(rich: Shop, path: str) -> None:
    body = {"asset": "EUR/2", "amount": 300, "order_total": 300}
    assert rich.post(path, body | {"currency": "eur"}).status == 200
    assert balance(rich)[0] == 700


def test_an_answer_that_an_earlier_release_stored_pays_its_amount() -> None:
    stored = {"member": "acme.1", "entry": 2, "asset": "EUR/2", "amount": 300, "available": 700}
    assert spending._worth(Redeemed(**stored)) == Money("EUR/2", 300, "3.00 EUR")


def test_nobody_spends_anothers_hold(rich: Shop) -> None:
    hold = rich.hold(300)
    rich.give(1, "acme.2")
    paths = {"GET": f"/v1/members/acme.2/holds/{hold}", "POST": f"/v1/members/acme.2/holds/{hold}/capture"}
    assert rich.call("GET", paths["GET"], key=rich.storefront).problem == (404, "not_found")
    assert rich.post(paths["POST"], {}).problem == (404, "not_found")
    assert balance(rich) == (700, 300)


def test_what_is_not_there_is_not_found(rich: Shop) -> None:
    unknown = f"h_{'a' * 16}"
    assert rich.call("GET", f"{HOLDS}/{unknown}", key=rich.storefront).problem == (404, "not_found")
    assert end(rich, unknown).problem == (404, "not_found")
    for path in ("/v1/members/acme.9/holds", "/v1/members/acme.9/redemptions"):
        assert rich.post(path, {"asset": "EUR/2", "amount": 1}).problem == (404, "not_found")


@pytest.mark.parametrize(
    "hold", ["h_", "h_AAAAAAAAAAAAAAAA", "x", "h_" + "a" * 3000, "h_aaaaaaaaaaaaaaa%00", "%F0%9F%98%80"]
)
def test_what_cannot_be_the_id_of_a_hold_is_refused(rich: Shop, hold: str) -> None:
    for answer in (
        rich.call("GET", f"{HOLDS}/{hold}", key=rich.storefront),
        end(rich, hold),
        end(rich, hold, "release"),
    ):
        assert answer.problem == (400, "invalid_input")
        assert answer.detail.startswith("hold must be the id that placing the hold has answered")


SPENDING: list[tuple[dict[str, Any], str]] = [
    ({"amount": 1.5}, "amount must be a whole number, got 1.5"),
    ({"amount": 1.0}, "amount must be a whole number, got 1.0"),
    ({"amount": "1"}, "amount must be a whole number, got '1'"),
    ({"amount": True}, "amount must be a whole number"),
    ({"amount": None}, "amount must be a whole number"),
    ({"amount": 0}, "amount must be between 1 and 1000000000000, in minor units, got 0"),
    ({"amount": -1}, "amount must be between 1 and"),
    ({"amount": 10**12 + 1}, "amount must be between 1 and"),
    ({"amount": 10**40}, "amount must be between 1 and"),
    ({"asset": "EUR"}, "asset must be a currency and its decimals such as EUR/2, or an asset of"),
    ({"asset": "points/9"}, "asset must be a currency and its decimals"),
    ({"asset": "points"}, "asset must be one of the programme's: EUR/2, got 'points'"),
    ({"asset": "EUR/3"}, "asset must be a currency and its decimals"),
    ({"asset": ""}, "asset must be a currency and its decimals such as EUR/2, or an asset of the programme"),
    ({"asset": 2}, "asset must be text"),
    ({"order": "1001"}, "order must be a connection and its order id with one slash, such as acme-shopify/1001, got"),
    ({"order": "acme/"}, "order must be a connection and its order id with one slash"),
    ({"order": "/1001"}, "order must be a connection and its order id with one slash"),
    ({"order": "acme/1/2"}, "order must be a connection and its order id with one slash"),
    ({"order": "Acme/1"}, "order must be a connection and its order id with one slash"),
    ({"order": "acme/1\n"}, "order must have no control character"),
    ({"order": "acme/" + "1" * 101}, "order must be a connection and its order id with one slash"),
    ({"order": "acme/é"}, "order must be a connection and its order id with one slash"),
    ({"order": "elsewhere/1001"}, "order must begin with a connection that exists, got 'elsewhere/1001'"),
    ({"order": None}, "order must be text"),
    ({"order_total": 0}, "order_total must be between 1 and"),
    ({"order_total": -5}, "order_total must be between 1 and"),
    ({"order_total": 10**13}, "order_total must be between 1 and"),
    ({"order_total": 99.0}, "order_total must be a whole number"),
    ({"order_total": 99}, "amount must be at most the order_total of 0.99 EUR, got 1.00 EUR"),
    ({"other": 1}, "other is not a field of the body"),
]

HOLDING: list[tuple[dict[str, Any], str]] = [
    ({"minutes": 0}, "minutes must be between 1 and 10080, got 0"),
    ({"minutes": 10081}, "minutes must be between 1 and 10080, got 10081"),
    ({"minutes": -1}, "minutes must be between 1 and"),
    ({"minutes": "5"}, "minutes must be a whole number"),
    ({"minutes": True}, "minutes must be a whole number"),
    ({"capture_on_paid": True}, "order must be given with capture_on_paid"),
    ({"capture_on_paid": 1}, "capture_on_paid must be true or false"),
]


def expect_refused(shop: Shop, path: str, body: Any, names: str) -> None:
    before = shop.items()
    answer = shop.post(path, body)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith(names), answer.detail
    assert len(answer.detail) < 250
    assert shop.items() == before


def test_what_is_wrong_with_a_hold_or_a_redemption_is_said_by_the_name_of_its_field(rich: Shop) -> None:
    for path in (HOLDS, REDEMPTIONS):
        for change, names in SPENDING:
            expect_refused(rich, path, {"asset": "EUR/2", "amount": 100, **change}, names)
        for field in ("asset", "amount"):
            rest = {name: value for name, value in {"asset": "EUR/2", "amount": 100}.items() if name != field}
            expect_refused(rich, path, rest, f"{field} must be given")
    for change, names in HOLDING:
        expect_refused(rich, HOLDS, {"asset": "EUR/2", "amount": 100, **change}, names)


def test_a_redemption_takes_no_field_of_a_hold(rich: Shop) -> None:
    for field, value in {"minutes": 5, "capture_on_paid": False}.items():
        body = {"asset": "EUR/2", "amount": 100, field: value}
        expect_refused(rich, REDEMPTIONS, body, f"{field} is not a field of the body")


def test_what_is_wrong_with_the_end_of_a_hold_is_said(rich: Shop) -> None:
    hold = rich.hold(300)
    for amount in (0, -1, 1.5, "1", True, 10**13):
        expect_refused(rich, f"{HOLDS}/{hold}/capture", {"amount": amount}, "amount must be")
    for how in ("capture", "release"):
        expect_refused(rich, f"{HOLDS}/{hold}/{how}", {"ammount": 1}, "ammount is not a field of the body")
    expect_refused(rich, f"{HOLDS}/{hold}/release", {"amount": 1}, "amount is not a field of the body")


RULES = "\nspending: {minimum: 2.00, max_percent: 20, hold_minutes: 5, return_days: 10}\n"


def test_the_programme_says_how_balances_are_spent(rich: Shop) -> None:
    rich.publish(PROGRAMME + RULES, If_Match="1")
    rich.later_s = 130
    refused = {
        "amount must be at least 2.00 EUR, as the programme says, got 1.99 EUR": {"amount": 199, "order_total": 5000},
        "order_total must be given: the programme limits": {"amount": 300},
        "amount must be at most 20% of order_total, got 3.00 EUR": {"amount": 300, "order_total": 1499},
    }
    for names, body in refused.items():
        for answer in (place(rich, **body), redeem(rich, **body)):
            assert answer.problem == (400, "invalid_input")
            assert answer.detail.startswith(names)
    placed = place(rich, 300, order_total=1500).json
    assert datetime.fromisoformat(placed["until"]).timestamp() - rich.now == 300


def overtaken(monkeypatch: pytest.MonkeyPatch, rival: Callable[[], Answer]) -> list[Answer]:
    """Let a rival's request run between what the next request has read and what it writes; the rival's answer."""
    answers: list[Answer] = []
    quick = process.engine()

    def late(changes: Sequence[Record]) -> None:
        if not answers:
            monkeypatch.setattr(process, "engine", cache(lambda: quick))
            answers.append(rival())
        commit(changes)

    slow = Engine(publish=telemetry.line, commit=late)
    monkeypatch.setattr(process, "engine", cache(lambda: slow))
    return answers


@pytest.mark.parametrize("key", ["the-same", "another"])
def test_of_two_captures_that_race_one_counts(rich: Shop, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    path = f"{HOLDS}/{rich.hold(300)}/capture"
    rivals = overtaken(monkeypatch, lambda: rich.post(path, {}, "the-same"))
    answer = rich.post(path, {}, key)
    (rival,) = rivals
    assert rival.status == 200
    if key == "the-same":
        assert (answer.status, answer.body) == (200, rival.body)
    else:
        assert answer.problem == (409, "hold_ended")
    assert balance(rich) == (700, 0)


def test_two_holds_that_race_cannot_reserve_the_same_cent(rich: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    rivals = overtaken(monkeypatch, lambda: place(rich, 600))
    assert place(rich, 600).problem == (409, "insufficient_balance")
    assert [rival.status for rival in rivals] == [200]
    assert balance(rich) == (400, 600)


def moment(shop: Shop) -> str:
    return datetime.fromtimestamp(shop.now, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def told_by_shopify(shop: Shop, what: str, at: str) -> Answer:
    times = dict.fromkeys(("created_at", "processed_at", "updated_at"), at)
    states = {
        "pending": {"financial_status": "pending"},
        "paid": {"financial_status": "paid"},
        "cancelled": {"financial_status": "voided", "cancelled_at": at},
    }
    topics = {"pending": "orders/create", "paid": "orders/paid", "cancelled": "orders/cancelled"}
    notes = [{"name": "ristourne_balance", "value": "3.00"}]
    return shop.hear(
        shop.order(77, 1, total="40.00", **{"note_attributes": notes, **times, **states[what]}), topics[what]
    )


def told_by_woocommerce(shop: Shop, what: str, at: str) -> Answer:
    at = at.removesuffix("Z")
    body = woocommerce_order(
        77,
        status={"pending": "pending", "paid": "processing", "cancelled": "cancelled"}[what],
        date_created_gmt=at,
        date_modified_gmt=at,
        date_paid_gmt=at if what == "paid" else None,
        line_items=[woocommerce_line(total="40.00")],
        shipping_total="0.00",
        meta_data=[{"key": "_ristourne_balance", "value": "3.00"}],
    )
    return shop.send("woo", "woocommerce", WOO_SECRET, "order.updated", body)


def told_by_standard(shop: Shop, what: str, at: str) -> Answer:
    data = standard_order(
        id="77",
        status=what,
        created_at=at,
        updated_at=at,
        paid_at=at if what == "paid" else None,
        lines=[standard_line(tax="0.00")],
        shipping=None,
        paid_with_balance="3.00",
    )["data"]
    return shop.send("std", "standard", STANDARD_SECRET, "", {"type": f"order.{TYPES[what]}", "data": data})


TYPES = {"pending": "created", "paid": "paid", "cancelled": "cancelled"}

TELLERS = {"acme": told_by_shopify, "woo": told_by_woocommerce, "std": told_by_standard}


@pytest.fixture
def connected(rich: Shop) -> Shop:
    """The same with a connection of each kind that can tell of a cancellation."""
    assert rich.connect("woo", "woocommerce", WOO_SECRET).status == 200
    assert rich.connect("std", "standard", STANDARD_SECRET).status == 200
    return rich


@pytest.mark.parametrize("connection", TELLERS)
def test_the_paid_webhook_of_its_order_captures_a_hold(connected: Shop, connection: str) -> None:
    tell, at = TELLERS[connection], moment(connected)
    hold = connected.hold(300, order=f"{connection}/77", order_total=4000, capture_on_paid=True)
    assert tell(connected, "pending", at).json["result"] == "recorded"
    assert hold_of(connected, hold)["state"] == "open"
    assert tell(connected, "paid", at).json["result"] == "recorded"
    captured = hold_of(connected, hold)
    assert (captured["state"], captured["captured"]) == ("captured", 300)
    held = connected.call("GET", MEMBER, key=connected.storefront).json["balances"][0]["held"]
    assert held == 0
    assert "-3.00 EUR" in [text for text, _ in connected.reasons()]
    before = connected.items()
    tell(connected, "paid", at)
    assert connected.items() == before


@pytest.mark.parametrize("connection", TELLERS)
def test_the_cancellation_of_its_order_gives_a_hold_back(connected: Shop, connection: str) -> None:
    hold = connected.hold(300, order=f"{connection}/77", capture_on_paid=True)
    assert TELLERS[connection](connected, "pending", moment(connected)).json["result"] == "recorded"
    connected.later_s = 1
    assert TELLERS[connection](connected, "cancelled", moment(connected)).json["result"] == "recorded"
    assert hold_of(connected, hold)["state"] == "returned"
    assert balance(connected) == (1000, 0)
    for how in ("capture", "release"):
        assert end(connected, hold, how).problem == (409, "hold_ended")


def test_a_hold_that_is_not_tied_waits_for_its_capture(rich: Shop) -> None:
    hold = rich.hold(300, order="acme/77")
    told_by_shopify(rich, "paid", moment(rich))
    assert hold_of(rich, hold)["state"] == "open"
    assert end(rich, hold).status == 200


def test_a_hold_comes_too_late_for_an_order_that_is_paid(rich: Shop) -> None:
    told_by_shopify(rich, "paid", moment(rich))
    answer = place(rich, order="acme/77", capture_on_paid=True)
    assert answer.problem == (409, "conflict")
    assert answer.detail.endswith("redeem the balance instead")
    assert redeem(rich, order="acme/77").status == 200


@pytest.mark.parametrize("claim", ["0.01", "", "999.00"], ids=["less", "none", "more"])
def test_a_cart_attribute_decides_no_money(rich: Shop, claim: str) -> None:
    """Shopify's cart attributes are written by the shopper's browser (shopify.dev, Ajax API, /cart/update.js)."""
    hold = rich.hold(1000, order="acme/77", capture_on_paid=True)
    notes = [{"name": "ristourne_balance", "value": claim}]
    times = dict.fromkeys(("created_at", "processed_at", "updated_at"), moment(rich))
    rich.hear(rich.order(77, 2, total="40.00", note_attributes=notes, **times))
    assert (hold_of(rich, hold)["captured"], rich.available("acme.1"), rich.available("acme.2")) == (1000, 0, 150)


LIMITED = PROGRAMME + "spending: {max_percent: 50}\n"


@pytest.mark.parametrize("tied", [False, True], ids=["holds", "tied-hold"])
def test_at_most_so_much_of_an_order_is_paid_with_balance_by_whatever_means(rich: Shop, tied: bool) -> None:
    """nopCommerce #4905: at most 50% by points, 100% came off."""
    assert rich.publish(LIMITED, **{"If-Match": "1"}).status == 200
    rich.later_s = 3600
    for_order = {"order": "acme/77", "order_total": 1000}
    assert place(rich, 500, capture_on_paid=tied, **for_order).status == 200
    refused = redeem(rich, 500, **for_order) if tied else place(rich, 500, **for_order)
    assert refused.problem == (400, "invalid_input")
    assert "of which 5.00 EUR are spent or held already" in refused.detail


def test_what_was_redeemed_for_an_order_that_is_only_heard_to_be_deleted_comes_back(connected: Shop) -> None:
    assert redeem(connected, 300, order="std/q").status == 200
    gone = {"type": "order.deleted", "data": {"id": "q"}}
    assert connected.send("std", "standard", STANDARD_SECRET, "", gone).json["result"] == "recorded"
    assert balance(connected) == (1000, 0)
    before = connected.items()
    connected.send("std", "standard", STANDARD_SECRET, "", gone)
    assert connected.items() == before
    assert redeem(connected, 300, order="std/q").problem == (409, "conflict")
    assert place(connected, 300, order="std/q", capture_on_paid=True).problem == (409, "conflict")


@pytest.mark.parametrize("connection", TELLERS)
def test_no_hold_is_placed_for_an_order_that_was_cancelled(connected: Shop, connection: str) -> None:
    TELLERS[connection](connected, "cancelled", moment(connected))
    assert place(connected, order=f"{connection}/77", capture_on_paid=True).problem == (409, "conflict")


def test_a_hold_is_placed_after_a_payment_that_failed_and_a_redelivery_leaves_it(connected: Shop) -> None:
    """WooCommerce takes up a failed order again (WC_Checkout.create_order: pending or failed)."""
    failed = woocommerce_order(77, status="failed", date_paid_gmt=None)
    connected.send("woo", "woocommerce", WOO_SECRET, "order.updated", failed)
    hold = connected.hold(300, order="woo/77", capture_on_paid=True)
    before = connected.items()
    connected.send("woo", "woocommerce", WOO_SECRET, "order.updated", failed)
    assert connected.items() == before
    assert hold_of(connected, hold)["state"] == "open"


def returned(shop: Shop, amount: str, quantity: int) -> Answer:
    """Shopify's refund of some pieces of an order of four for 10.00 each, of which 10.00 was paid with balance."""
    line = {
        "line_item_id": 11,
        "quantity": quantity,
        "subtotal": amount,
        "total_tax": "0.00",
        "subtotal_set": {"shop_money": {"amount": amount, "currency_code": "EUR"}},
    }
    body = shopify_refund(71, 77, refund_line_items=[line], transactions=[shopify_transaction("15.00")])
    return shop.hear(body, "refunds/create")


@pytest.mark.parametrize("how", ["a captured hold", "a redemption"])
def test_what_an_order_was_paid_with_comes_back_as_far_as_it_is_refunded(rich: Shop, how: str) -> None:
    if how == "a redemption":
        assert redeem(rich, 1000, order="acme/77", order_total=4000).status == 200
    else:
        rich.hold(1000, order="acme/77", capture_on_paid=True)
    notes = [{"name": "ristourne_balance", "value": "10.00"}]
    lines = [{"id": 11, "price": "10.00", "quantity": 4, "sku": "MUG", "product_id": 5}]
    rich.hear(rich.order(77, 1, note_attributes=notes, line_items=lines))
    assert balance(rich) == (150, 0)  # 5% of the 30.00 that were paid in money
    returned(rich, "20.00", 2)
    assert balance(rich) == (575, 0)
    told = dict(rich.reasons())
    assert {"10.00 EUR", "-10.00 EUR", "1.50 EUR", "5.00 EUR", "-0.75 EUR"} <= set(told)
    assert "your order #1001" in told["5.00 EUR"]
    page = rich.call("GET", f"{MEMBER}/statement", key=rich.storefront).json
    assert page["entries"][0]["cause"] == "acme/77"


def undo(shop: Shop, entry: Any, caller: str = "", **body: Any) -> Answer:
    return shop.post(
        f"/v1/members/acme.1/entries/{entry}/undo", body or {"reason": "rung up twice"}, caller=caller or shop.admin
    )


def test_a_redemption_without_an_order_is_undone_once(rich: Shop) -> None:
    """An adjustment gave it back for good, without its expiry."""
    spent = redeem(rich, 300).json
    undone = undo(rich, spent["entry"])
    assert (undone.json["undone"], undone.json["amount"], undone.json["available_text"]) == (
        spent["entry"],
        300,
        "10.00 EUR",
    )
    assert balance(rich) == (1000, 0)
    assert rich.reasons()[-1] == (
        "3.00 EUR",
        "Given back: the shop has undone what you spent on 2026-05-04.",
    )
    before = rich.books()
    again = undo(rich, spent["entry"])
    assert again.problem == (409, "conflict")
    assert again.detail.endswith("that is done once")
    assert rich.books() == before


def test_what_paid_for_an_order_is_not_undone_by_hand(rich: Shop) -> None:
    spent = redeem(rich, 300, order="acme/77").json["entry"]
    assert undo(rich, spent).detail == f"the entry {spent} paid for the order acme/77; refund or cancel that instead"


@pytest.mark.parametrize("entry", ["0", "x", "1.5", "-1", "12345678901"])
def test_what_cannot_be_the_number_of_an_entry_is_refused(rich: Shop, entry: str) -> None:
    answer = undo(rich, entry)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith("entry must be the number of an entry of the statement")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, 5])
def test_undoing_needs_a_reason(rich: Shop, reason: Any) -> None:
    answer = undo(rich, redeem(rich, 300).json["entry"], reason=reason)
    assert answer.problem == (400, "invalid_input")
    assert "reason" in answer.detail


def test_spending_says_what_happened_without_personal_data(rich: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    hold = rich.hold(300)
    end(rich, hold)
    redeem(rich, 100)
    log = capsys.readouterr().out
    for event in ("BalanceHeld", "HoldEnded", "BalanceRedeemed"):
        assert f'"event":"{event}"' in log
    assert "@" not in log


def test_the_signature_still_decides_who_captures(rich: Shop) -> None:
    hold = rich.hold(300, order="acme/77", capture_on_paid=True)
    body = b'{"id": 77, "financial_status": "paid"}'
    forged = rich.request("POST", "/webhooks/acme", sign("shopify", "guess", body, "orders/paid", rich.now), body)
    assert forged.status == 401
    assert hold_of(rich, hold)["state"] == "open"
