"""Connections over HTTP: what is said of them, how their secrets change, and that no secret ever comes back."""

import json
from typing import Any

import pytest

from chalicelib.edge import process
from chalicelib.store.secrets import Secrets, StoredConnection
from tests.edge.conftest import SHOPIFY_SECRET, STANDARD_SECRET, Answer, Shop

NEW = "another-secret-of-ours"


@pytest.fixture
def shop(bare_shop: Shop) -> Shop:
    """A shop that has no connection yet."""
    return bare_shop


def put(shop: Shop, **change: Any) -> Answer:
    body = {"id": "acme", "kind": "shopify", "secret": SHOPIFY_SECRET, **change}
    return shop.call("PUT", "/v1/connections", body, shop.admin)


def listed(shop: Shop) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = shop.call("GET", "/v1/connections", key=shop.admin).json["connections"]
    return rows


def test_a_connection_says_where_its_webhooks_go(shop: Shop) -> None:
    body = {"id": "acme", "kind": "shopify", "secret": SHOPIFY_SECRET}
    answer = shop.call("PUT", "/v1/connections", body, shop.admin, Host="api.example")
    assert answer.json == {
        "id": "acme",
        "kind": "shopify",
        "namespace": "acme",
        "secrets": 1,
        "webhook_url": "https://api.example/webhooks/acme",
    }


def test_connections_are_listed_by_id(shop: Shop) -> None:
    assert listed(shop) == []
    for number in range(12, 0, -1):  # more than one page of SSM's
        put(shop, id=f"shop-{number:02}", secret=f"{SHOPIFY_SECRET}-{number}")
    assert [connection["id"] for connection in listed(shop)] == [f"shop-{number:02}" for number in range(1, 13)]


def test_a_secret_is_in_no_answer_no_item_and_no_log(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    answers = [
        put(shop),
        put(shop, secret=NEW),
        shop.call("POST", "/v1/connections/acme/secret", {"secret": NEW}, shop.admin),
        shop.call("POST", "/v1/connections/acme/secret", {"secret": f"{NEW} "}, shop.admin),
        put(shop, secret=f"{NEW} "),
        put(shop, secret=NEW, kind="standard"),
        put(shop, secret=NEW, kind="stripe"),
        shop.call("PUT", "/v1/connections", {"id": "acme", "secret": NEW}, shop.admin),
        shop.call("GET", "/v1/connections", key=shop.admin),
    ]
    printed = capsys.readouterr()
    everything = [answer.body.decode() for answer in answers] + [json.dumps(shop.items()), printed.out, printed.err]
    assert not [text for text in everything if NEW in text or SHOPIFY_SECRET in text]


def test_not_even_a_digest_of_a_secret_can_be_tried_against_the_table(shop: Shop) -> None:
    body = {"id": "acme", "kind": "shopify", "secret": SHOPIFY_SECRET}
    for key in ("a", "b"):
        shop.call("PUT", "/v1/connections", body, shop.admin, Idempotency_Key=key)
    digests = {item["rq"]["S"] for item in shop.items() if item["k"]["S"] == "answer"}
    assert len(digests) == 1
    shop.change_root()
    shop.call("PUT", "/v1/connections", body, shop.admin, Idempotency_Key="c")
    assert len({item["rq"]["S"] for item in shop.items() if item["k"]["S"] == "answer"}) == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"secret": NEW}, "acme exists; to change its secret use connection rotate"),
        ({"kind": "woocommerce"}, "acme exists with kind shopify and namespace acme"),
        ({"namespace": "other"}, "acme exists with kind shopify and namespace acme"),
        ({"kind": "woocommerce", "secret": NEW}, "acme exists with kind shopify and namespace acme"),
    ],
)
def test_a_connection_that_exists_is_never_replaced(shop: Shop, change: Any, says: str) -> None:
    """It was: secret, kind and namespace, without a word, so that every live webhook was refused from then on."""
    shop.publish()
    put(shop)
    before = listed(shop)
    answer = put(shop, **change)
    assert answer.problem == (409, "conflict")
    assert answer.detail.startswith(says)
    assert listed(shop) == before
    assert shop.buy(1, 7).json["result"] == "recorded"


def test_adding_the_same_again_changes_nothing(shop: Shop) -> None:
    put(shop)
    shop.rotate("acme", NEW)
    assert put(shop).json["secrets"] == 2
    assert put(shop, secret=NEW).json["secrets"] == 2


def test_a_new_secret_stands_beside_the_last_one_until_that_is_retired(shop: Shop) -> None:
    put(shop)
    assert shop.rotate("acme", NEW) == 2
    assert shop.rotate("acme", NEW) == 2
    assert shop.rotate("acme", "a-third-secret-of-acme") == 2
    assert listed(shop)[0]["secrets"] == 2
    assert shop.rotate("acme", "a-third-secret-of-acme", retire_old=True) == 1


def test_a_removed_connection_hears_nothing_and_keeps_its_names(shop: Shop) -> None:
    shop.publish()
    put(shop, namespace="all")
    shop.buy(1, 7)
    for _ in range(2):
        assert shop.call("DELETE", "/v1/connections/acme", key=shop.admin).json["secrets"] == 0
    assert shop.buy(2, 7).problem == (401, "unauthenticated")
    assert shop.available("all.7") == 500
    assert shop.call("PUT", "/v1/members/all.8", {"locale": "en"}, shop.storefront).status == 200
    rotated = shop.call("POST", "/v1/connections/acme/secret", {"secret": NEW}, shop.admin)
    assert rotated.problem == (409, "conflict")
    assert rotated.detail == "acme was removed; add it again to give it a secret"
    assert put(shop, namespace="others").problem == (409, "conflict")
    assert put(shop, namespace="all", secret=NEW).json["secrets"] == 1


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/secret")])
def test_what_is_no_connection_is_named(shop: Shop, method: str, path: str) -> None:
    answer = shop.call(method, f"/v1/connections/nope{path}", {"secret": NEW}, shop.admin)
    assert (answer.problem, answer.detail) == ((404, "not_found"), "there is no connection nope")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/members/{}", {"locale": "en"}),
        ("POST", "/v1/members/{}/referral-code", {}),
        ("POST", "/v1/members/{}/token", {}),
        ("POST", "/v1/referrals", {"friend": ""}),
    ],
)
@pytest.mark.parametrize("member", ["42", "shop.42", "acme", "acme:42", "de.42"])
def test_nobody_is_made_whom_no_storefront_knows(shop: Shop, method: str, path: str, body: Any, member: str) -> None:
    """An integrator who forgot the namespace made a second member beside the one whom orders reward."""
    shop.share_customers("acme")
    put(shop, id="de", namespace="all")
    code = shop.code_of("acme.9")
    sent = {"friend": member, "code": code} if "friend" in body else body
    before = of_members(shop)
    answer = shop.call(method, path.format(member), sent, shop.storefront)
    assert answer.problem == (400, "invalid_input")
    field = "friend" if "friend" in body else "member"
    assert answer.detail == (
        f"{field} must be the namespace of a connection, a dot and the customer's id there (namespaces: acme, all)"
    )
    assert of_members(shop) == before


def of_members(shop: Shop) -> list[Any]:
    """All items but the digest of the root secret, which the first process on a table writes."""
    return [item for item in shop.items() if item["pk"] != {"S": "ROOT"}]


@pytest.mark.parametrize("member", ["acme.42", "all.42", f"guest.{'a2' * 13}"])
def test_a_storefronts_customer_and_a_guest_may_have_a_profile(shop: Shop, member: str) -> None:
    shop.share_customers("acme")
    put(shop, id="de", namespace="all")
    assert shop.call("PUT", f"/v1/members/{member}", {"locale": "en"}, shop.storefront).status == 200


@pytest.mark.parametrize("member", ["guest.abc", f"guest.{'a1' * 13}", f"guest.{'a2' * 14}"])
def test_a_guest_whom_no_order_can_have_is_not_made(shop: Shop, member: str) -> None:
    before = of_members(shop)
    answer = shop.call("PUT", f"/v1/members/{member}", {"locale": "en"}, shop.storefront)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail == (
        "member must be a guest's id as orders have it: guest. and 26 letters and digits, made of the e-mail"
    )
    assert of_members(shop) == before


def test_a_namespace_is_good_as_soon_as_its_connection_is_added(shop: Shop) -> None:
    path, body = "/v1/members/all.1", {"locale": "en"}
    refused = shop.call("PUT", path, body, shop.storefront)
    assert "namespaces: none yet; add the storefront's connection first" in refused.detail
    put(shop, id="de", namespace="all")
    assert shop.call("PUT", path, body, shop.storefront).status == 200


def test_a_member_of_no_namespace_is_told_those_that_there_are(shop: Shop) -> None:
    put(shop, id="de", namespace="all")
    process.forget()
    refused = shop.call("PUT", "/v1/members/ana", {"locale": "en"}, shop.storefront)
    assert "(namespaces: all)" in refused.detail


@pytest.mark.parametrize(
    ("kind", "customers", "says"),
    [
        ("shopify", ("", "0", "-5", "gid:1", "01", "ana", "1.5"), "the customer's number in the storefront after own."),
        ("woocommerce", ("", "0", "-5", "ana"), "the customer's number in the storefront after own. (1 or more)"),
        ("stripe", ("", "0"), "must have the customer's id after own. as orders have it"),
        ("standard", ("", "0"), "no order is of the customer 0"),
    ],
)
def test_a_member_whose_id_no_order_can_have_is_not_made(
    shop: Shop, kind: str, customers: tuple[str, ...], says: str
) -> None:
    """docs/api.md: "they would reward somebody else"."""
    put(shop, id="own", kind=kind, secret=STANDARD_SECRET)
    shop.publish()
    for member in (f"own.{customer}" for customer in customers):
        path = f"/v1/members/{member}"
        calls = [
            ("PUT", path, {"locale": "en"}),
            ("POST", f"{path}/referral-code", None),
            ("POST", f"{path}/token", {}),
        ]
        for method, address, body in calls:
            answer = shop.call(method, address, body, shop.storefront)
            assert (answer.problem, says in answer.detail) == ((400, "invalid_input"), True), address
        basket = {"lines": [{"net": 100}], "member": member}
        (note,) = shop.call("POST", "/v1/quotes", basket, shop.storefront).json["notes"]
        assert "no order can be theirs: after own. stands the customer's id" in note


@pytest.mark.parametrize(
    ("kind", "customer"),
    [("shopify", "207119551"), ("woocommerce", "7"), ("stripe", "cus_9s6XKzkNRiz8i3"), ("standard", "-5")],
)
def test_a_member_whose_id_an_order_can_have_is_made(shop: Shop, kind: str, customer: str) -> None:
    put(shop, id="own", kind=kind, secret=STANDARD_SECRET)
    assert shop.call("PUT", f"/v1/members/own.{customer}", {"locale": "en"}, shop.storefront).status == 200


def test_storefronts_of_two_kinds_that_share_customers_have_the_ids_of_both(shop: Shop) -> None:
    put(shop, id="de", namespace="all")
    path = "/v1/members/all.ana"
    assert shop.call("PUT", path, {"locale": "en"}, shop.storefront).status == 400
    put(shop, id="app", kind="standard", namespace="all", secret=STANDARD_SECRET)
    process.forget()
    assert shop.call("PUT", path, {"locale": "en"}, shop.storefront).status == 200


def test_an_unknown_member_is_told_how_members_are_named(shop: Shop) -> None:
    answer = shop.call("GET", "/v1/members/42", key=shop.storefront)
    assert answer.problem == (404, "not_found")
    assert "named by the namespace of their connection, a dot" in answer.detail


def test_storefronts_may_share_their_customers(shop: Shop) -> None:
    shop.publish()
    for name in ("de", "fr"):
        secret = f"{SHOPIFY_SECRET}-{name}"
        put(shop, id=name, namespace="acme", secret=secret)
        shop.send(name, "shopify", secret, "orders/paid", shop.order(1, 7))
    assert shop.available("acme.7") == 1000


def test_one_order_number_of_two_storefronts_is_two_orders_of_two_members(shop: Shop) -> None:
    shop.publish()
    for name in ("de", "fr"):
        secret = f"{SHOPIFY_SECRET}-{name}"
        put(shop, id=name, secret=secret)
        shop.send(name, "shopify", secret, "orders/paid", shop.order(1, 7))
    assert [shop.available(member) for member in ("de.7", "fr.7")] == [500, 500]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": ""}, "id must be 1 to 40 lower-case letters, digits and dashes"),
        ({"id": "Acme"}, "id must be 1 to 40 lower-case letters"),
        ({"id": "a/b"}, "id must be 1 to 40 lower-case letters"),
        ({"id": "a#b"}, "id must be 1 to 40 lower-case letters"),
        ({"id": "../root"}, "id must be 1 to 40 lower-case letters"),
        ({"id": "a\n"}, "id must have no control character"),
        ({"id": "x" * 41}, "id must be 1 to 40 lower-case letters"),
        ({"id": "é"}, "id must be 1 to 40 lower-case letters"),
        ({"id": 7}, "id must be text"),
        ({"id": "guest"}, "namespace must not be guest"),
        ({"namespace": "guest"}, "namespace must not be guest"),
        ({"namespace": "A"}, "namespace must be 1 to 40 lower-case letters"),
        ({"kind": "magento"}, "kind must be"),
        ({"kind": None}, "kind must be"),
        ({"secret": ""}, "secret must have 16 characters or more, 8 different ones"),
        ({"secret": "short"}, "secret must have 16 characters or more, 8 different ones"),
        ({"secret": "x" * 513}, "secret must"),
        ({"secret": f" {NEW}"}, "secret must not begin or end with white space"),
        ({"secret": f"{NEW}\n"}, "secret must not begin or end with white space"),
        ({"kind": "stripe"}, "secret must be the signing secret that Stripe shows"),
        ({"kind": "standard", "secret": "whsec_!!!!"}, "secret must be base64"),
        ({"kind": "standard", "secret": "whsec_éééé"}, "secret must be base64"),
        ({"secret": "fifteen-letters"}, "secret must have 16 characters or more, 8 different ones"),
        ({"secret": "ababababababababababab"}, "secret must have 16 characters or more, 8 different ones"),
        ({"kind": "stripe", "secret": "whsec_aa345678901234"}, "secret must have 16 characters or more"),
        ({"kind": "standard", "secret": "whsec_AA=="}, "secret must be 24 random bytes or more as base64, not 1"),
        ({"kind": "standard", "secret": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS="}, "secret must be 24 random bytes or more"),
        ({"keep_previous": True}, "keep_previous is not a field of the body"),
        ({"secrets": []}, "secrets is not a field of the body"),
    ],
)
def test_a_malformed_connection_is_refused_by_the_name_of_its_field(shop: Shop, change: Any, says: str) -> None:
    answer = put(shop, **change)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith(says)
    assert listed(shop) == []


def test_a_new_secret_has_the_same_least_length_as_the_first(shop: Shop) -> None:
    """A short one was refused for 8 characters, the next for 16."""
    put(shop)
    for secret in ("short", "fifteen-letters"):
        refused = shop.call("POST", "/v1/connections/acme/secret", {"secret": secret}, shop.admin)
        assert refused.problem == (400, "invalid_input")
        assert refused.detail.startswith("secret must have 16 characters or more, 8 different ones")


def test_a_short_secret_of_an_earlier_release_signs_and_may_become_the_only_one(shop: Shop) -> None:
    shop.publish()
    process.secrets().put(StoredConnection("acme", "shopify", "acme", ("ten-letter", SHOPIFY_SECRET)), new=True)
    order = shop.order(1, 7)
    assert shop.send("acme", "shopify", "ten-letter", "orders/paid", order).json["result"] == "recorded"
    assert shop.rotate("acme", "ten-letter", retire_old=True) == 1


def test_two_connections_have_no_secret_in_common(shop: Shop) -> None:
    """One signed delivery would count at both."""
    refusal = "secret must be the connection's own; de has it, whose deliveries would count twice"
    put(shop, id="de")
    assert put(shop, id="fr").detail == refusal
    assert put(shop, id="fr", secret=NEW).status == 200
    answer = shop.call("POST", "/v1/connections/fr/secret", {"secret": SHOPIFY_SECRET}, shop.admin)
    assert (answer.problem, answer.detail) == ((400, "invalid_input"), refusal)
    shop.rotate("de", "a-third-secret-of-acme")  # the old one is still good
    assert put(shop, id="it").detail == refusal
    shop.rotate("de", "a-third-secret-of-acme", retire_old=True)
    assert put(shop, id="it").status == 200


def test_a_secret_is_the_same_with_its_prefix_and_without(shop: Shop) -> None:
    """https://github.com/standard-webhooks/standard-webhooks: "prefixed with `whsec_`"; both sign alike."""
    put(shop, id="de", kind="standard", secret=STANDARD_SECRET)
    assert put(shop, id="fr", kind="standard", secret=STANDARD_SECRET.removeprefix("whsec_")).status == 400


@pytest.mark.parametrize("field", ["id", "namespace", "kind", "Secret", "key"])
def test_a_secret_in_the_place_of_another_field_is_not_repeated(shop: Shop, field: str) -> None:
    answer = put(shop, **{field: NEW.upper()})
    assert answer.problem == (400, "invalid_input")
    assert field in answer.detail
    assert NEW.upper() not in answer.body.decode()


def test_secrets_that_are_away_are_a_503(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")
    answer = shop.call("GET", "/v1/connections", key=shop.admin)
    assert answer.problem == (503, "unavailable")


def test_what_stands_between_us_and_the_secrets_may_answer_anything(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", f"{shop.endpoint}/not-there")
    assert shop.call("GET", "/v1/connections", key=shop.admin).problem == (503, "unavailable")


def test_of_two_that_are_added_at_once_one_stays(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both saw that there was none, and the later one took the earlier one's place."""
    connections = Secrets.connections
    answers: list[Answer] = []

    def overtaken(secrets: Secrets, now: int) -> list[StoredConnection]:
        seen = connections(secrets, now)
        if not answers:
            values = dict(secrets._values)
            monkeypatch.setattr(Secrets, "connections", connections)
            answers.append(shop.connect("acme"))
            secrets._values = values  # as another process, which has read before
        return [connection for connection in seen if connection.id != "acme"]

    monkeypatch.setattr(Secrets, "connections", overtaken)
    late = shop.connect("acme", secret="hush-shpss-edge-0002")

    assert [answer.status for answer in answers] == [200]
    assert late.problem == (409, "conflict")
    assert shop.buy(1).status == 200
