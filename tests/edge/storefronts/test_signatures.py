"""Known answers, the senders' own libraries both ways, and every way to be wrong. Nothing may raise."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest
import standardwebhooks
import stripe
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import Unauthenticated
from chalicelib.edge.storefronts import KINDS, kind
from infra.signing import sign
from tests.world.senders import SECRETS

BODY = b'{"id":820982911946154508,"total_price":"404.95","currency":"USD"}'
SIGNED_AT = 1614265330

VECTORS = [
    ("shopify", BODY, {"x-shopify-hmac-sha256": "jK5nwhhD7VFHpAvwM4zpe9pBBsYBwPEWiB2AUPA9m4s="}),
    ("woocommerce", BODY, {"x-wc-webhook-signature": "2itieFJ54DqN98PJJ2Km+IEsSP3Q/AKpw+xriRamOwQ="}),
    (
        "stripe",
        BODY,
        {"stripe-signature": "t=1614265330,v1=e487655ee22afece056ff89181bdeabf0a9e55df264f26f1bf81dbbdb98e259d"},
    ),
    (
        # The official vector, libraries/go/webhook_test.go of standard-webhooks.
        "standard",
        b'{"test": 2432232314}',
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
    ),
]
NAME_OF_SIGNATURE = {sender: list(headers)[-1] for sender, _, headers in VECTORS}


def signed(sender: str, body: bytes = BODY, now: int = SIGNED_AT, secret: str = "") -> dict[str, str]:
    headers = sign(sender, secret or SECRETS[sender], body, "orders/paid", now)
    return {name.lower(): value for name, value in headers.items()}


def accepts(sender: str, headers: dict[str, str], body: bytes = BODY, now: int = SIGNED_AT, *secrets: str) -> bool:
    try:
        return kind(sender).verify(secrets or [SECRETS[sender]], headers, body, now)
    except Unauthenticated:
        return False


@pytest.mark.parametrize(("sender", "body", "headers"), VECTORS)
def test_signatures_that_others_have_published_are_accepted(sender, body, headers):
    assert accepts(sender, headers, body)
    assert not accepts(sender, headers, body + b" ")


@pytest.mark.parametrize("sender", KINDS)
def test_what_we_sign_is_accepted(sender):
    assert accepts(sender, signed(sender))


@pytest.mark.parametrize("sender", KINDS)
def test_a_tampered_body_is_refused(sender):
    assert not accepts(sender, signed(sender), BODY.replace(b"404.95", b"904.95"))


OTHER = {sender: "whsec_" + b64encode(b"another secret of the same shop").decode() for sender in KINDS}


@pytest.mark.parametrize("sender", KINDS)
def test_either_of_two_live_secrets_is_accepted_and_no_other(sender):
    headers = signed(sender, secret=OTHER[sender])
    assert accepts(sender, headers, BODY, SIGNED_AT, SECRETS[sender], OTHER[sender])
    assert accepts(sender, headers, BODY, SIGNED_AT, OTHER[sender], SECRETS[sender])
    assert not accepts(sender, headers, BODY, SIGNED_AT, SECRETS[sender])


@pytest.mark.parametrize("sender", KINDS)
def test_a_signature_made_with_an_empty_key_is_refused(sender):
    headers = sign(sender, "", BODY, "", SIGNED_AT)
    assert not accepts(sender, {name.lower(): value for name, value in headers.items()}, BODY, SIGNED_AT, "")


@pytest.mark.parametrize("sender", KINDS)
@pytest.mark.parametrize(
    "garbage",
    [
        "",
        " ",
        "garbage",
        "ÿé\U0001f600",
        "\ud800",
        "v1,",
        "v1,é",
        "t=,v1=",
        "t=x,v1=y",
        "t=1614265330",
        "=",
        "v1=ab",
        "a" * 9000,
    ],
)
def test_garbage_for_a_signature_is_refused(sender, garbage):
    headers = signed(sender) | {NAME_OF_SIGNATURE[sender]: garbage}
    assert not accepts(sender, headers)


@pytest.mark.parametrize("sender", KINDS)
def test_no_headers_at_all(sender):
    assert not accepts(sender, {})


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from([name for _, _, h in VECTORS for name in h]), st.text()))
def test_arbitrary_headers_never_raise(sender, headers):
    assert not accepts(sender, headers)


@pytest.mark.parametrize("secret", ["whsec_é", "whsec_%%%", "whsec_a", "not base64 at all", ""])
def test_a_secret_that_is_not_base64_matches_nothing(secret):
    assert not accepts("standard", signed("standard"), BODY, SIGNED_AT, secret)


@pytest.mark.parametrize(("now", "fine"), [(-10_000, True), (0, True), (300, True), (301, False), (10**6, False)])
def test_stripe_refuses_what_is_too_old_only(now, fine):
    assert accepts("stripe", signed("stripe"), BODY, SIGNED_AT + now) is fine


@pytest.mark.parametrize(("now", "fine"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_standard_refuses_what_is_too_old_or_too_new(now, fine):
    assert accepts("standard", signed("standard"), BODY, SIGNED_AT + now) is fine


@pytest.mark.parametrize(
    ("sender", "now", "says"),
    [
        ("standard", 301, "its time is 301 seconds old, and at most 300 are taken: set the sender's clock"),
        ("standard", -301, "its time is 301 seconds ahead, and at most 300 are taken: set the sender's clock"),
        ("stripe", 400, "its time is 400 seconds old, and at most 300 are taken: set the sender's clock"),
    ],
)
def test_a_time_that_is_too_far_away_is_told_to_whoever_signed_it_and_to_nobody_else(sender, now, says):
    """docs/storefronts.md, What becomes of a delivery: a signature that matches and is too old says so."""
    with pytest.raises(Unauthenticated, match=says):
        kind(sender).verify([SECRETS[sender]], signed(sender), BODY, SIGNED_AT + now)
    forged = signed(sender, secret="whsec_Zm9yZ2VkIGJ5IHNvbWVib2R5IGVsc2U=")
    assert kind(sender).verify([SECRETS[sender]], forged, BODY, SIGNED_AT + now) is False
    assert kind(sender).verify([SECRETS[sender]], signed(sender), BODY + b" ", SIGNED_AT + now) is False


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "x",
        "1614265330.5",
        "-1",
        "\uff11\uff16\uff11\uff14\uff12\uff16\uff15\uff13\uff13\uff10",
        "1_614_265_330",
        "9" * 400,
    ],
)
def test_a_time_that_is_no_number_is_refused(stamp):
    assert not accepts("standard", signed("standard") | {"webhook-timestamp": stamp})
    header = signed("stripe")["stripe-signature"].replace(str(SIGNED_AT), stamp)
    assert not accepts("stripe", {"stripe-signature": header})


def test_the_time_and_the_id_are_signed_too():
    assert not accepts("standard", signed("standard") | {"webhook-timestamp": str(SIGNED_AT + 1)})
    assert not accepts("standard", signed("standard") | {"webhook-id": "msg_other"})
    header = signed("stripe")["stripe-signature"].replace(str(SIGNED_AT), str(SIGNED_AT + 1))
    assert not accepts("stripe", {"stripe-signature": header})


def test_stripe_sends_one_signature_for_each_live_secret():
    good = signed("stripe")["stripe-signature"]
    bad = f"t={SIGNED_AT},v0=00,v1={'0' * 64},v1={good.partition('v1=')[2]}"
    assert accepts("stripe", {"stripe-signature": bad})
    assert not accepts("stripe", {"stripe-signature": good.replace("v1=", "v0=")})


@pytest.mark.parametrize("sender", ["shopify", "woocommerce"])
def test_another_text_of_the_same_base64_is_refused_as_the_senders_document_it(sender):
    name, text = next(iter(VECTORS[KINDS.index(sender)][2].items()))
    other = text[:-2] + chr(ord(text[-2]) + 1) + "="
    assert b64decode(other) == b64decode(text)
    assert accepts(sender, {name: text})
    assert not accepts(sender, {name: other})


@pytest.mark.parametrize("word", ["t", "v1"])
def test_stripe_refuses_a_name_without_a_value_as_its_library_does(word):
    header = f"{signed('stripe')['stripe-signature']},{word}"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(BODY, header, SECRETS["stripe"])
    assert not accepts("stripe", {"stripe-signature": header})


def test_standard_takes_v1_out_of_several_and_svix_names():
    headers = signed("standard")
    good = headers["webhook-signature"]
    assert accepts("standard", headers | {"webhook-signature": f"v1a,{good[3:]} v1,AAAA nonsense {good}"})
    assert not accepts("standard", headers | {"webhook-signature": f"v1a,{good[3:]}"})
    svix = {name.replace("webhook-", "svix-"): value for name, value in headers.items()}
    assert accepts("standard", svix)


def test_stripes_library_accepts_what_we_sign():
    now = int(datetime.now(UTC).timestamp())
    body = b'{"id": "evt_1", "object": "event", "type": "plan.created", "data": {"object": {}}}'
    header = signed("stripe", body, now)["stripe-signature"]
    assert stripe.Webhook.construct_event(body, header, SECRETS["stripe"]).id == "evt_1"


def test_we_accept_what_stripes_library_signs():
    header = stripe.WebhookSignature.generate_signature_header(BODY.decode(), SECRETS["stripe"], SIGNED_AT)
    assert accepts("stripe", {"stripe-signature": header})


def test_the_standard_library_accepts_what_we_sign():
    now = int(datetime.now(UTC).timestamp())
    library = standardwebhooks.Webhook(SECRETS["standard"])
    assert library.verify(BODY, signed("standard", now=now)) == {
        "id": 820982911946154508,
        "total_price": "404.95",
        "currency": "USD",
    }


def test_we_accept_what_the_standard_library_signs():
    library = standardwebhooks.Webhook(SECRETS["standard"])
    signature = library.sign("msg_1", datetime.fromtimestamp(SIGNED_AT, UTC), BODY.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(SIGNED_AT), "webhook-signature": signature}
    assert accepts("standard", headers)
    assert accepts("standard", headers, BODY, SIGNED_AT, SECRETS["standard"].removeprefix("whsec_"))


def test_a_body_that_is_not_utf8_is_signed_as_it_is():
    for sender in KINDS:
        assert accepts(sender, signed(sender, b"\xff\x00"), b"\xff\x00")
