"""Personal data over HTTP: erased on request, exported, found by e-mail; and the books stay whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.edge import personal_data
from chalicelib.edge.api import erasure
from chalicelib.edge.jobs import rounds
from infra import verify
from tests.edge.conftest import PROGRAMME, SHOPIFY_SECRET, STANDARD_SECRET, STRIPE_SECRET, WOO_SECRET, Answer, Shop
from tests.proof.verify_world import exported
from tests.world.senders import stripe_event

ANA = "/v1/members/acme.1"
EMAIL, NAME, PHONE = "buyer1@mail.example", "Ana Dupont", "+33612345678"
REASON = "goodwill for Mrs Dupont, 06 12 34 56 78"


def redact(customer: int | None = 1, email: str = EMAIL, orders: tuple[int, ...] = ()) -> dict[str, Any]:
    """The body that Shopify documents for customers/redact."""
    about = {"id": customer, "email": email, "phone": PHONE} if customer else {"email": email, "phone": PHONE}
    return {"shop_id": 954889, "shop_domain": "acme.myshopify.com", "customer": about, "orders_to_redact": [*orders]}


def data_request(customer: int = 1) -> dict[str, Any]:
    """The body that Shopify documents for customers/data_request."""
    about = {"id": customer, "email": EMAIL, "phone": PHONE}
    shop = {"shop_id": 954889, "shop_domain": "acme.myshopify.com"}
    return {**shop, "orders_requested": [11], "customer": about, "data_request": {"id": 9999}}


SHOP_REDACT = {"shop_id": 954889, "shop_domain": "acme.myshopify.com"}


@pytest.fixture
def known(open_shop: Shop) -> Shop:
    """Ana has bought, has a profile, was given something for a reason; deliveries of hers and of Ben's are kept."""
    open_shop.buy(11, 1)
    profile = {"email": EMAIL, "display_name": NAME, "locale": "fr", "consents": {"mail": True}}
    open_shop.call("PUT", ANA, profile, open_shop.storefront)
    open_shop.call("PUT", "/v1/members/acme.2", {"email": "ben@mail.example"}, open_shop.storefront)
    body = {"asset": "EUR/2", "amount": 100, "reason": REASON}
    open_shop.post(f"{ANA}/adjustments", body, caller=open_shop.admin)
    for number in (1, 2):
        bad = open_shop.order(20 + number, number) | {"line_items": "none"}
        assert open_shop.hear(bad).status == 202
    return open_shop


def erase(shop: Shop, path: str = ANA, body: Any = None) -> Answer:
    return shop.call("POST", f"{path}/erasure", body or {}, shop.admin)


def members_found(shop: Shop) -> list[str]:
    """The members that Ana's e-mail leads to."""
    answer = shop.call("POST", "/v1/search/members", {"email": EMAIL}, shop.admin).json
    return [row["member"] for row in answer["members"]]


def whys(shop: Shop) -> list[str]:
    page = shop.call("GET", f"{ANA}/statement", key=shop.storefront).json
    return [movement["why"] for entry in page["entries"] for movement in entry["movements"]]


def table_text(shop: Shop) -> str:
    return repr(shop.items())


def requests_of(shop: Shop) -> list[Any]:
    requests: list[Any] = shop.call("GET", "/v1/data-requests", key=shop.admin).json["requests"]
    return requests


def kept(shop: Shop) -> list[str]:
    """The customers' orders that kept deliveries are of."""
    rows = shop.call("GET", "/v1/deliveries", key=shop.admin).json["deliveries"]
    return sorted(row["connection"] for row in rows)


def right(shop: Shop, folder: Path) -> bool:
    """Whether `verify` finds the whole table right."""
    path = folder / "export.ndjson"
    path.write_bytes(b"".join(exported(item) for item in shop.items() if item["k"]["S"] != "delivery"))
    return verify.of_files([path]).right


def test_an_erased_member_keeps_the_balance_and_nothing_personal(known: Shop, tmp_path: Path) -> None:
    assert f"Adjusted by the shop: {REASON}." in whys(known)
    before = known.available("acme.1")
    certificate = erase(known).json
    assert certificate["erased"] == {"profiles": 1, "reasons": 1, "deliveries": 1}
    assert certificate["done_at"]
    assert (certificate["what"], certificate["members"]) == ("erase", ["acme.1"])
    profile = known.call("GET", f"{ANA}/profile", key=known.storefront).json
    empty = dict.fromkeys(["email", "display_name", "locale", "birthday"], "")
    assert profile == {"member": "acme.1", **empty, "consents": {}}
    assert "Adjusted by the shop: reason erased." in whys(known)
    assert known.available("acme.1") == before == 600
    for personal_text in (EMAIL, "Dupont", "06 12", PHONE):
        assert personal_text not in table_text(known)
    assert kept(known) == ["acme"]  # Ben's
    assert "ben@mail.example" in table_text(known)
    assert right(known, tmp_path)


def test_erasing_twice_is_harmless_and_certified_too(known: Shop, tmp_path: Path) -> None:
    erase(known)
    books = [item for item in known.books() if item["k"]["S"] != "request"]
    assert erase(known).json["erased"] == {}
    assert [item for item in known.books() if item["k"]["S"] != "request"] == books
    assert right(known, tmp_path)


def test_a_certificate_says_what_stays_and_is_listed_without_personal_data(known: Shop) -> None:
    certificate = erase(known).json
    assert any("books" in part for part in certificate["stays"])
    assert erasure.HASHES_STAY in certificate["stays"]
    assert erasure.OTHER_HASHES_STAY not in certificate["stays"]
    listed = known.call("GET", "/v1/data-requests?limit=1", key=known.admin).json
    assert listed == {"requests": [certificate], "next": None}
    assert not [personal for personal in (EMAIL, "Dupont", PHONE) if personal in json.dumps(listed)]


def test_the_same_request_again_gets_the_same_certificate(known: Shop) -> None:
    first = known.call("POST", f"{ANA}/erasure", {}, known.admin, Idempotency_Key="e1").json
    assert known.call("POST", f"{ANA}/erasure", {}, known.admin, Idempotency_Key="e1").json == first


def test_hashes_go_where_that_is_asked(known: Shop) -> None:
    assert members_found(known) == ["acme.1"]
    certificate = erase(known, body={"hashes": True}).json
    assert certificate["erased"]["hashes"] == 1
    assert erasure.HASHES_STAY not in certificate["stays"]
    assert erasure.OTHER_HASHES_STAY in certificate["stays"]
    assert members_found(known) == []


def test_a_hash_that_could_not_be_found_any_more_is_certified_as_staying(known: Shop) -> None:
    """The profile had been erased before, so that nothing named its e-mail: the certificate said that nothing stays."""
    erase(known)
    known.later_s += 1
    certificate = erase(known, body={"hashes": True}).json
    assert certificate["erased"] == {}
    assert erasure.OTHER_HASHES_STAY in certificate["stays"]
    assert members_found(known) == ["acme.1"]
    known.call("PUT", ANA, {"email": EMAIL}, known.storefront)
    known.later_s += 1
    assert erase(known, body={"hashes": True}).json["erased"] == {"profiles": 1, "hashes": 1}
    assert members_found(known) == []


def test_what_asks_for_more_in_the_same_second_is_done_too(known: Shop) -> None:
    """It was answered with the number of the first one, and forgotten."""
    first = erase(known).json
    known.call("PUT", ANA, {"email": EMAIL}, known.storefront)
    second = erase(known, body={"hashes": True}).json
    assert (second["erased"], bool(second["done_at"])) == ({"profiles": 1, "hashes": 1}, True)
    assert {request["id"] for request in requests_of(known)} == {first["id"], second["id"]}


def test_the_same_once_more_in_the_same_second_gets_the_certificate_of_what_was_done(known: Shop) -> None:
    """It said that it was not done yet, for ever."""
    erase(known)
    second = erase(known).json
    assert second["done_at"]
    assert erase(known).json == second


def test_somebody_unknown_cannot_be_erased(open_shop: Shop) -> None:
    assert erase(open_shop, "/v1/members/acme.99").problem == (404, "not_found")


def test_what_time_did_not_allow_is_finished_by_the_round(known: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.edge.api.erasure.SPENT_S", -1.0)
    assert erase(known).json["done_at"] is None
    assert len(kept(known)) == 2
    rounds.run(known.now, lambda: 900.0)
    (listed,) = requests_of(known)
    assert listed["done_at"]
    assert listed["erased"]["deliveries"] == 1
    (item,) = [item for item in known.items() if item["k"]["S"] == "request"]
    assert "e" not in item  # the hashes that were looked for


def test_an_erasure_that_fails_is_logged_and_keeps_nothing_else_from_its_turn(
    known: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("chalicelib.edge.api.erasure.SPENT_S", -1.0)
    erase(known)
    erase(known, "/v1/members/acme.2")
    continue_erasure = personal_data.continue_erasure

    def broken(asked: Any, *rest: Any) -> Any:
        if asked.subject == "acme.1":
            raise ValueError(EMAIL)
        return continue_erasure(asked, *rest)

    monkeypatch.setattr(personal_data, "continue_erasure", broken)
    assert rounds.run(known.now, lambda: 900.0).done
    done = {wanted["subject"]: wanted["done_at"] for wanted in requests_of(known)}
    assert done["acme.2"]
    assert done["acme.1"] is None
    log = capsys.readouterr().out
    assert '"failure":"erasure"' in log
    assert EMAIL not in log


class TestShopify:
    """https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance"""

    def test_customers_redact_erases_the_customer_and_what_is_kept_of_the_listed_orders(
        self, known: Shop, tmp_path: Path
    ) -> None:
        assert known.hear({"id": 77, "line_items": 5}, "orders/updated").status == 202
        answer = known.hear(redact(orders=(77,)), "customers/redact")
        assert (answer.status, answer.json["result"]) == (200, "recorded")
        for personal_text in (EMAIL, "Dupont", PHONE):
            assert personal_text not in table_text(known)
        assert len(kept(known)) == 1
        assert right(known, tmp_path)
        before = [item for item in known.books() if item["k"]["S"] != "request"]
        assert known.hear(redact(orders=(77,)), "customers/redact").status == 200
        assert [item for item in known.books() if item["k"]["S"] != "request"] == before

    def test_a_customer_who_is_an_address_only_is_the_guest(self, known: Shop) -> None:
        known.buy(31, None, email="guest@mail.example")
        assert known.hear(redact(None, "guest@mail.example"), "customers/redact").status == 200
        (listed,) = requests_of(known)
        assert [name.partition(".")[0] for name in listed["members"]] == ["guest"]
        assert listed["done_at"]

    def test_a_data_request_is_listed_for_the_operator_and_erases_nothing(self, known: Shop) -> None:
        before = [item for item in known.books() if item["k"]["S"] != "request"]
        assert known.hear(data_request(), "customers/data_request").status == 200
        (listed,) = requests_of(known)
        assert (listed["what"], listed["members"][0]) == ("export", "acme.1")
        assert [item for item in known.books() if item["k"]["S"] != "request"] == before
        assert EMAIL not in json.dumps(listed)

    def test_shop_redact_switches_the_connection_off_and_the_round_erases_everybody(
        self, known: Shop, tmp_path: Path
    ) -> None:
        known.forget_connection("more-of-acme")
        assert known.hear(SHOP_REDACT, "shop/redact").status == 200
        assert known.buy(41, 1).status == 401
        rounds.run(known.now, lambda: 900.0)
        for personal_text in (EMAIL, "Dupont", "ben@mail.example"):
            assert personal_text not in table_text(known)
        assert kept(known) == []
        (listed,) = requests_of(known)
        assert (listed["what"], listed["subject"], listed["erased"]["profiles"]) == ("erase-shop", "acme", 2)
        assert listed["done_at"]
        assert known.available("acme.1") == 600
        assert right(known, tmp_path)

    def test_profiles_that_another_storefront_shares_stay(self, known: Shop) -> None:
        known.connect("till", "standard", STANDARD_SECRET, namespace="acme")
        known.hear(SHOP_REDACT, "shop/redact")
        rounds.run(known.now, lambda: 900.0)
        assert known.call("GET", f"{ANA}/profile", key=known.storefront).json["email"] == EMAIL
        assert kept(known) == []

    @pytest.mark.parametrize(
        ("topic", "body"),
        [
            ("shop/redact", redact()),
            ("shop/redact", {"id": 1}),
            ("shop/redact", {}),
            ("shop/redact", b"{"),
            ("shop/redact", b"[]"),
            ("customers/redact", SHOP_REDACT),
            ("customers/redact", {"id": 5, "customer": {"id": 1, "email": EMAIL}}),
            ("customers/redact", data_request()),
            ("customers/redact", redact(None, "")),
            ("customers/data_request", redact()),
        ],
        ids=str,
    )
    def test_no_other_signed_body_passes_as_a_request_to_erase(self, known: Shop, topic: str, body: Any) -> None:
        """The topic is a header and not signed: what was signed for another one must not erase anything."""
        before = [item for item in known.books() if item["k"]["S"] != "delivery"]
        answer = known.hear(body, topic)
        assert answer.status == 202
        assert EMAIL not in answer.json["reason"]
        assert [item for item in known.books() if item["k"]["S"] != "delivery"] == before
        assert known.buy(61, 1).json["result"] == "recorded"  # the connection is on

    def test_the_check_of_a_delivery_erases_nothing(self, known: Shop) -> None:
        before = known.books()
        path = "/v1/connections/acme/check"
        answer = known.call("POST", path, redact(), known.admin, X_Shopify_Topic="customers/redact")
        assert answer.json["result"] == "ignored"
        assert known.books() == before


class TestWhatIsAboutSomebody:
    """Which kept deliveries go with a person: by customer, order or e-mail, wherever these stand."""

    @pytest.mark.parametrize(
        "body",
        [
            {"id": 1, "customer": {"id": 1}},
            {"id": 1, "customer_id": 1},
            {"data": {"object": {"customer": "1"}}},
            {"data": {"customer": {"id": "1"}}},
            {"note": f"please call {EMAIL}"},
            {"billing": {"email": "Buyer1+tag@Mail.example"}},
            {"id": 11},
            {"order_id": 11},
            f"billing_email={EMAIL.replace('@', '%40')}&x=1".encode(),
            f'{{"email": "{EMAIL}", '.encode(),
        ],
        ids=str,
    )
    def test_what_names_the_customer_goes(self, known: Shop, body: Any) -> None:
        before = len(kept(known))
        assert known.hear(body).status == 202
        erase(known)
        assert len(kept(known)) == before - 1

    @pytest.mark.parametrize(
        "body",
        [
            {"id": 9, "customer": {"id": 11}},
            {"line_items": [{"id": 11}]},
            {"email": "buyer11@mail.example"},
            {"customer": None, "id": None},
            b"\xff\xfe@",
            b"[1, 2, [3]]",
        ],
        ids=str,
    )
    def test_what_names_others_stays(self, known: Shop, body: Any) -> None:
        before = len(kept(known))
        assert known.hear(body).status == 202
        erase(known)
        assert len(kept(known)) == before


def test_an_export_has_all_that_is_held(known: Shop) -> None:
    held = known.call("GET", f"{ANA}/export", key=known.admin).json
    assert (held["profile"]["email"], held["profile"]["display_name"]) == (EMAIL, NAME)
    assert held["member"]["balances"][0]["available"] == 600
    assert held["orders"] == ["acme/11"]
    assert REASON in json.dumps(held["statement"])
    assert [delivery["connection"] for delivery in held["deliveries"]] == ["acme"]
    assert known.call("GET", "/v1/members/acme.99/export", key=known.admin).problem == (404, "not_found")


def test_a_guest_is_found_by_email_for_the_operator(open_shop: Shop) -> None:
    open_shop.buy(1, None, email="Jo.Guest@gmail.com")
    for email in ("jo.guest@gmail.com", "joguest+x@googlemail.com"):
        (guest,) = open_shop.call("POST", "/v1/search/members", {"email": email}, open_shop.admin).json["members"]
        assert guest["balances"][0]["available"] == 500
        assert guest["member"].startswith("guest.")
    nobody = open_shop.call("POST", "/v1/search/members", {"email": "no@body.example"}, open_shop.admin)
    assert nobody.json == {"members": []}
    refused = open_shop.call("POST", "/v1/search/members", {"email": "nobody"}, open_shop.admin)
    assert refused.problem == (400, "invalid_input")


def test_a_guests_balance_is_found_for_the_account_that_proved_the_address(open_shop: Shop) -> None:
    open_shop.buy(1, None, email="jo@mail.example")
    body = {"email": "jo@mail.example", "verified": True}
    claim = open_shop.call("POST", "/v1/members/acme.7/guest", body, open_shop.storefront).json
    assert (claim["member"], claim["guest"]["balances"][0]["available"]) == ("acme.7", 500)
    unproven = open_shop.call("POST", "/v1/members/acme.7/guest", body | {"verified": False}, open_shop.storefront)
    assert unproven.problem == (400, "invalid_input")
    other = open_shop.call("POST", "/v1/members/acme.7/guest", body | {"email": "x@mail.example"}, open_shop.storefront)
    assert other.json["guest"] is None


def test_the_account_that_proved_the_address_gets_what_the_guest_had_once(open_shop: Shop) -> None:
    """A guest's balance is not lost when the shopper registers (D3)."""
    open_shop.buy(1, None, email="jo@mail.example")
    open_shop.buy(2, 7, email="other@mail.example")
    body = {"email": "jo@mail.example", "verified": True, "merge": True}
    unkeyed = open_shop.call("POST", "/v1/members/acme.7/guest", body, open_shop.storefront)
    assert unkeyed.problem == (400, "invalid_input")
    for key in ("claim", "claim", "claimed-again"):
        claimed = open_shop.call("POST", "/v1/members/acme.7/guest", body, open_shop.storefront, Idempotency_Key=key)
        assert claimed.status == 200
        balances = open_shop.call("GET", "/v1/members/acme.7", key=open_shop.storefront).json["balances"]
        assert balances[0]["available"] == 1000
    assert claimed.json == {"member": "acme.7", "guest": None, "merged": True}


CARD = """
cards: [{id: tea, counts: {orders: true}, size: 3, reward: {amount: 4.00}}]
"""


def test_the_account_gets_the_stamps_of_a_guest_who_has_earned_nothing_so_far(shop: Shop) -> None:
    """Two stamps of three give nothing yet, and so no ledger entry (docs/personal-data.md, finding a guest)."""
    assert shop.publish(PROGRAMME.partition("earn:")[0] + CARD).status == 200
    assert shop.connect().status == 200
    for number in (1, 2):
        shop.buy(number, None, email="jo@mail.example")
    find = {"email": "jo@mail.example"}
    (guest,) = shop.call("POST", "/v1/search/members", find, shop.admin).json["members"]
    body = find | {"verified": True}
    shown = shop.call("POST", "/v1/members/acme.7/guest", body, shop.storefront).json
    assert shown["guest"]["member"] == guest["member"]
    assert shop.post("/v1/members/acme.7/guest", body | {"merge": True}, key="one").json["merged"] is True
    shop.buy(3, 7, email="jo@mail.example")
    assert shop.available("acme.7") == 400


def test_an_account_that_bought_alone_leads_to_no_guest(open_shop: Shop) -> None:
    open_shop.buy(1, 7, email="jo@mail.example", total="0.05")
    body = {"email": "jo@mail.example", "verified": True}
    assert open_shop.call("POST", "/v1/members/acme.7/guest", body, open_shop.storefront).json["guest"] is None


LEVELS = """
levels: {measure: orders, steps: [{id: green, at: 0}, {id: black, at: 3}]}
"""


def test_a_level_that_everybody_has_makes_no_guest_of_an_e_mail_that_nobody_bought_with_as_one(shop: Shop) -> None:
    """The daily round writes the lowest level on the e-mail's anchor, which has been nobody's purchase."""
    assert shop.publish(PROGRAMME + LEVELS).status == 200
    assert shop.connect().status == 200
    shop.buy(1, 7, email="jo@mail.example")
    assert rounds.run(shop.now, lambda: 900.0).done
    find = {"email": "jo@mail.example"}
    body = find | {"verified": True}
    assert shop.call("POST", "/v1/members/acme.7/guest", body, shop.storefront).json["guest"] is None
    members = shop.call("POST", "/v1/search/members", find, shop.admin).json["members"]
    assert [member["member"] for member in members] == ["acme.7"]
    shop.buy(2, None, email="jo@mail.example")
    assert shop.call("POST", "/v1/members/acme.7/guest", body, shop.storefront).json["guest"] is not None


def test_a_member_is_found_by_an_email_that_a_guest_and_the_account_showed(open_shop: Shop) -> None:
    open_shop.buy(1, 7, email="jo@mail.example")
    find = {"email": "jo@mail.example"}
    members = open_shop.call("POST", "/v1/search/members", find, open_shop.admin).json["members"]
    assert [member["member"] for member in members] == ["acme.7"]
    open_shop.buy(2, None, email="jo@mail.example")
    members = open_shop.call("POST", "/v1/search/members", find, open_shop.admin).json["members"]
    assert [member["member"].partition(".")[0] for member in members] == ["guest", "acme"]


PLANTED = ["planted@person.example", "Planted Person", "+33 6 99 88 77 66", "+33699887766"]

KINDS = {
    "shopify": (SHOPIFY_SECRET, ["orders/paid", "refunds/create", "disputes/create", "orders/delete"]),
    "woocommerce": (WOO_SECRET, ["order.updated", "order.deleted"]),
    "standard": (STANDARD_SECRET, ["order.paid", "order.refunded"]),
    "stripe": (STRIPE_SECRET, ["payment_intent.succeeded", "charge.refunded"]),
}


def _planted(kind: str, planted: str, topic: str, shop: Shop) -> list[Any]:
    """Bodies with a text of a person's in every field, one at a time and as a name of a field."""
    base: dict[str, Any] = shop.order(51, 1)
    if kind == "standard":
        base = {"type": topic, "timestamp": "2026-11-01T00:00:00Z", "data": base}
    if kind == "stripe":
        names = (
            "id",
            "object",
            "amount",
            "amount_received",
            "amount_refunded",
            "currency",
            "created",
            "customer",
            "status",
        )
        whole = dict.fromkeys(names, 1)
        moved = [{"object": whole | {name: value}} for name in names for value in (planted, {planted: planted})]
        return [{"id": "evt_1", "type": topic, "created": 1, "data": data} for data in moved]
    spread = [base | {name: planted} for name in base] + [base | {name: {planted: planted}} for name in base]
    return [*spread, {planted: planted}, [planted], planted, f'{{"{planted}": '.encode()]


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("kind", KINDS)
def test_no_reason_and_no_log_line_repeats_personal_data(
    open_shop: Shop, kind: str, planted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    secret, topics = KINDS[kind]
    secret = f"{secret}-2" if kind == "shopify" else secret  # the shop has another connection with that one
    assert open_shop.connect("bad", kind, secret).status == 200
    for topic in topics:
        for body in _planted(kind, planted, topic, open_shop):
            open_shop.send("bad", kind, secret, topic, body)
    reasons = [item["why"]["S"] for item in open_shop.items() if item["k"]["S"] == "delivery"]
    assert reasons
    assert not [reason for reason in reasons if planted in reason]
    assert planted not in capsys.readouterr().out


def test_members_of_a_person_are_the_account_and_the_guest() -> None:
    assert personal_data.members_of("acme.1", "h") == ("acme.1", "guest.h")
    assert personal_data.members_of("acme.1", "") == ("acme.1",)
    assert personal_data.members_of("", "h") == ("guest.h",)


def test_a_merge_of_a_guest_that_is_repeated_has_the_answer_of_the_first(open_shop: Shop) -> None:
    open_shop.buy(1, None, email="ann@mail.example")
    open_shop.call("PUT", "/v1/members/acme.7", {"locale": "en"}, open_shop.storefront)
    body = {"email": "ann@mail.example", "verified": True, "merge": True}
    first, again = (open_shop.post("/v1/members/acme.7/guest", body, key="one").json for _ in range(2))
    assert first == again
    assert (first["merged"], first["guest"]["balances"][0]["available"]) == (True, 500)
    anew = open_shop.post("/v1/members/acme.7/guest", body, key="two").json
    assert (anew["merged"], anew["guest"]) == (True, None)
    other = open_shop.post("/v1/members/acme.8/guest", body, key="three").json
    assert (other["merged"], other["guest"]) == (False, None)


def test_shop_redact_is_repeated_until_its_request_is_stored(open_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its secret, which goes with the request, the connection would refuse Shopify's repetition."""

    def away(*_: Any) -> None:
        raise Unavailable("the table did not answer")

    with monkeypatch.context() as patch:
        patch.setattr(personal_data, "commit", away)
        patch.setattr("chalicelib.store.deliveries.keep", away)
        assert open_shop.hear(SHOP_REDACT, "shop/redact").status == 503
    open_shop.later_s += 120
    assert open_shop.hear(SHOP_REDACT, "shop/redact").status == 200
    assert [request["what"] for request in requests_of(open_shop)] == ["erase-shop"]


@pytest.mark.parametrize(
    "named",
    [
        {"metadata": {"ristourne_member": "1"}},
        {"metadata": {"member": "acme.1"}},
        {"customer": {"id": "1"}},
        {"payment_intent": "pi_1"},
        {"payment_intent": {"id": "pi_1"}},
    ],
    ids=str,
)
def test_a_kept_delivery_of_stripe_goes_with_its_person(open_shop: Shop, named: dict[str, Any]) -> None:
    """What a charge names its buyer by: https://docs.stripe.com/api/charges/object (`metadata`, `payment_intent`)."""
    open_shop.connect("pay", "stripe", STRIPE_SECRET, namespace="acme")
    open_shop.call("PUT", ANA, {"display_name": NAME}, open_shop.storefront)
    intent = {"id": "pi_1", "currency": "eur", "amount": 1000, "amount_received": 1000, "status": "succeeded"}
    paid = stripe_event("payment_intent.succeeded", intent | {"metadata": {"member": "1"}}, open_shop.now)
    assert open_shop.send("pay", "stripe", STRIPE_SECRET, "", paid).status == 200
    charge = {"id": "ch_1", "amount": 1000, "billing_details": {"name": NAME, "phone": PHONE}} | named
    failed = stripe_event("charge.refunded", charge, open_shop.now)
    assert open_shop.send("pay", "stripe", STRIPE_SECRET, "", failed).status == 202
    assert [row["id"] for row in open_shop.call("GET", f"{ANA}/export", key=open_shop.admin).json["deliveries"]]
    assert open_shop.call("POST", f"{ANA}/erasure", {}, open_shop.admin).json["done_at"]
    assert kept(open_shop) == []


OTHERS_NAME, OTHERS_EMAIL, OTHERS_REASON = "Ana Durand", "ana.durand@mail.example", "sorry for the broken teapot"


@pytest.fixture
def merged(known: Shop) -> Shop:
    """An account of Ana's of before, with a profile, an order, a reason and a kept delivery, is merged into another of
    hers, and that into her own.
    """
    known.buy(31, 3)
    known.call("PUT", "/v1/members/acme.3", {"email": OTHERS_EMAIL, "display_name": OTHERS_NAME}, known.storefront)
    body = {"asset": "EUR/2", "amount": 50, "reason": OTHERS_REASON}
    known.post("/v1/members/acme.3/adjustments", body, caller=known.admin)
    assert known.hear(known.order(33, 3) | {"line_items": "none"}).status == 202
    known.buy(41, 4)
    for survivor, member in (("acme.4", "acme.3"), ("acme.1", "acme.4")):
        assert known.post(f"/v1/members/{survivor}/merge", {"from": member}, caller=known.admin).status == 200
    return known


def test_what_is_kept_of_merged_members_is_erased_with_the_one_that_stayed(merged: Shop, tmp_path: Path) -> None:
    certificate = erase(merged).json
    assert certificate["members"] == ["acme.1", "acme.3", "acme.4"]
    assert certificate["erased"] == {"profiles": 2, "reasons": 2, "deliveries": 2}
    for personal_text in (EMAIL, "Dupont", OTHERS_EMAIL, OTHERS_NAME, OTHERS_REASON):
        assert personal_text not in table_text(merged)
    assert right(merged, tmp_path)


def test_shopifys_request_about_the_customer_who_stayed_is_about_the_merged_ones_too(merged: Shop) -> None:
    assert merged.hear(redact(), "customers/redact").status == 200
    assert OTHERS_NAME not in table_text(merged)
    assert requests_of(merged)[0]["members"][:3] == ["acme.1", "acme.3", "acme.4"]


def test_an_erasure_of_a_merged_member_leaves_the_one_that_stayed(merged: Shop) -> None:
    certificate = erase(merged, "/v1/members/acme.4").json
    assert certificate["members"] == ["acme.4", "acme.3"]
    moved = "which a merge has moved from acme.4 to acme.1: erase that member for them"
    assert [line for line in certificate["stays"] if line.endswith(moved)]
    assert OTHERS_NAME not in table_text(merged)
    assert EMAIL in table_text(merged)


def test_an_erasure_is_stored_before_the_merged_members_are_read(merged: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as interrupted:
        interrupted.setattr(personal_data, "held_of_all", Exception())
        assert erase(merged).status == 500
    assert [(row["members"], row["done_at"]) for row in requests_of(merged)] == [(["acme.1"], None)]
    rounds.run(merged.now, lambda: 900.0)
    assert OTHERS_NAME not in table_text(merged)
    assert requests_of(merged)[0]["members"] == ["acme.1", "acme.3", "acme.4"]


@pytest.mark.parametrize("number", ["1e999", "9" * 5000], ids=["out of range", "long"])
def test_a_kept_delivery_with_a_number_that_cannot_be_read_goes_too(known: Shop, number: str) -> None:
    body = f'{{"id": 77, "customer": {{"id": 1}}, "weight": {number}}}'.encode()
    assert known.hear(body).status == 202
    before = len(kept(known))
    erase(known)
    assert len(kept(known)) == before - 2


def test_merged_members_are_named_in_the_export_and_have_their_own(merged: Shop) -> None:
    held = merged.call("GET", f"{ANA}/export", key=merged.admin).json
    assert (held["merged"], len(held["deliveries"])) == (["acme.3", "acme.4"], 2)
    other = merged.call("GET", "/v1/members/acme.3/export", key=merged.admin).json
    assert (other["profile"]["display_name"], other["member"], other["orders"]) == (OTHERS_NAME, None, ["acme/31"])
    assert OTHERS_REASON in json.dumps(other["statement"])
    assert OTHERS_REASON not in json.dumps(held["statement"])
