"""Ways to tamper with a delivery, for somebody who has captured some and knows no secret: each is a function of a
random source and a delivery. Some leave it authentic (a topic is not signed); the senders' libraries say which.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from random import Random

from msgspec.structs import replace

from tests.attack.deliveries import SECRETS, SHOPIFY_TOPICS, Sent, signed

SIGNATURES = ("X-Shopify-Hmac-SHA256", "X-WC-Webhook-Signature", "Stripe-Signature", "webhook-signature")
TOPICS = (
    *SHOPIFY_TOPICS.values(),
    *("orders/delete", "shop/redact", "disputes/create", "fulfillments/update", "ristourne/test", "nonsense", ""),
    *("order.created", "order.updated", "order.deleted", "order.restored", "ristourne.test", "action.wc_x"),
)
TYPES = (
    *("application/json", "application/json; charset=utf-16", "application/x-www-form-urlencoded"),
    *("text/plain", "text/xml", "application/octet-stream", ""),
)
STAMPS = ("", "0", "-1", "1e9", "9" * 400, "\uff11\uff16", "0x60", "1_6", " 1", "+1", "1.5", "nan", "inf")
JUNK = ("", " ", "null", "undefined", "AAAA", "=" * 44, "ÿ", "\U0001f600", "{}", "a" * 70_000, "none", "v1,", "t=,v1=")
SCHEMES = ("v0", "v2", "v1a", "V1", "none", "sha256", "sha1", "")


def signature_of(sent: Sent) -> tuple[str, str]:
    """Name and value of the delivery's first header of a signature; both empty where it was taken away."""
    return next(((name, value) for name, value in sent.headers.items() if name in SIGNATURES), ("", ""))


def with_signature(sent: Sent, value: str) -> Sent:
    return replace(sent, headers=dict(sent.headers) | {signature_of(sent)[0] or SIGNATURES[0]: value})


def byte_changed(random: Random, sent: Sent) -> Sent:
    at = random.randrange(len(sent.body) or 1)
    return replace(sent, body=sent.body[:at] + bytes([random.randrange(256)]) + sent.body[at + 1 :])


def byte_inserted(random: Random, sent: Sent) -> Sent:
    at = random.randrange(len(sent.body) + 1)
    return replace(sent, body=sent.body[:at] + bytes([random.randrange(256)]) + sent.body[at:])


def body_cut(random: Random, sent: Sent) -> Sent:
    return replace(sent, body=sent.body[: random.randrange(len(sent.body) + 1)])


def body_padded(random: Random, sent: Sent) -> Sent:
    pad = random.choice([b" ", b"\n", b"\0", b"}", sent.body, b" " * random.randrange(300_000)])
    return replace(sent, body=random.choice([sent.body + pad, pad + sent.body, b"\xef\xbb\xbf" + sent.body]))


def number_changed(random: Random, sent: Sent) -> Sent:
    """Another amount, id or time in the body."""
    places = [hit.span() for hit in re.finditer(rb"\d+", sent.body)] or [(0, 0)]
    start, end = random.choice(places)
    return replace(sent, body=sent.body[:start] + b"%d" % random.randrange(10**6) + sent.body[end:])


def written_otherwise(random: Random, sent: Sent) -> Sent:
    """The same JSON in other bytes, or in another encoding."""
    try:
        document = json.loads(sent.body)
    except ValueError:
        return sent
    text = json.dumps(document, indent=random.choice([None, 1, "\t"]), sort_keys=random.random() < 0.5)
    return replace(sent, body=text.encode(random.choice(["utf-8", "utf-16", "utf-32", "utf-8-sig"])))


def packed(random: Random, sent: Sent) -> Sent:
    body = random.choice([gzip.compress(sent.body, mtime=0), b64encode(sent.body)])
    return replace(sent, body=body, headers=dict(sent.headers) | {"Content-Encoding": "gzip"})


def field_twice(random: Random, sent: Sent) -> Sent:
    return replace(sent, body=sent.body.replace(b"{", b'{"id": 1, ', 1))


def unsigned_ping(random: Random, sent: Sent) -> Sent:
    """WooCommerce's own ping has no signature, and anybody can send one."""
    return replace(sent, body=b"webhook_id=%d" % random.randrange(1000))


def signature_bent(random: Random, sent: Sent) -> Sent:
    """One character of the signature is another one, more, or less; the last one of base64 has bits to spare."""
    value = signature_of(sent)[1]
    at = random.choice([random.randrange(len(value) or 1), max(len(value) - 2, 0)])
    character = random.choice("ABCDEFabcdef0123456789+/=-_ ,v.tµ")
    return with_signature(sent, value[:at] + character + value[at + random.choice([0, 1, 1, 2]) :])


def signature_written_otherwise(random: Random, sent: Sent) -> Sent:
    value = signature_of(sent)[1]
    ways: list[Callable[[str], str]] = [
        *(str.upper, str.lower, str.swapcase, str.strip, lambda text: f" {text} ", lambda text: f'"{text}"'),
        *(lambda text: f"{text},{text}", lambda text: f"{text} {text}", lambda text: text.rstrip("=")),
        *(lambda text: text.replace("+", "-").replace("/", "_"), lambda text: f"{text}\t", lambda text: f"\0{text}"),
        lambda text: f"sha256={text}",
    ]
    return with_signature(sent, random.choice(ways)(value))


def signature_is_junk(random: Random, sent: Sent) -> Sent:
    return with_signature(sent, random.choice(JUNK))


def signature_missing(random: Random, sent: Sent) -> Sent:
    gone = signature_of(sent)[0]
    return replace(sent, headers={name: value for name, value in sent.headers.items() if name != gone})


def scheme_changed(random: Random, sent: Sent) -> Sent:
    """Another name of the algorithm, where the header names one."""
    return with_signature(sent, signature_of(sent)[1].replace("v1", random.choice(SCHEMES)))


def signatures_listed(random: Random, sent: Sent) -> Sent:
    """Further signatures, times and words beside the one that was sent."""
    value = signature_of(sent)[1]
    more = random.choice(["v1=00", "t=1", "t", "v1", "v0=x", "v1,AAAA", "v1a,AAAA", "nonsense", f"t={sent.signed_at}"])
    mark = random.choice([",", " ", ", ", ";"])
    return with_signature(sent, random.choice([value + mark + more, more + mark + value]))


def time_changed(random: Random, sent: Sent) -> Sent:
    """Another time in the header, signed or not."""
    stamp = random.choice([*STAMPS, str(sent.signed_at + random.randrange(-400, 400))])
    name = "webhook-timestamp" if sent.kind == "standard" else signature_of(sent)[0]
    text = sent.headers.get(name, "")
    return replace(sent, headers=dict(sent.headers) | {name or "Date": text.replace(str(sent.signed_at), stamp)})


def received_at_another_time(random: Random, sent: Sent) -> Sent:
    return replace(sent, later_s=random.choice([-301, -300, 299, 300, 301, 86_400, 10**8]))


def id_changed(random: Random, sent: Sent) -> Sent:
    return replace(sent, headers=dict(sent.headers) | {"webhook-id": random.choice(["", "msg_2", "msg_1.", "é"])})


def name_of_a_header_changed(random: Random, sent: Sent) -> Sent:
    chosen = random.choice([*sent.headers] or [""])
    ways: list[Callable[[str], str]] = [str.upper, str.lower, str.swapcase, lambda text: text.replace("-", "_")]
    ways += [lambda text: f" {text}", lambda text: f"{text} ", lambda text: text.replace("webhook-", "svix-")]
    change = random.choice(ways)
    return replace(
        sent, headers={change(name) if name == chosen else name: value for name, value in sent.headers.items()}
    )


def header_twice(random: Random, sent: Sent) -> Sent:
    """A header stands twice in different case, with junk first or last."""
    name, value = random.choice([*sent.headers.items()] or [("Date", "")])
    twice = {name.swapcase(): random.choice(JUNK), name: value}
    pairs = random.choice([[*twice.items()], [*reversed(twice.items())]])
    return replace(sent, headers={key: text for key, text in sent.headers.items() if key != name} | dict(pairs))


def signed_with_a_wrong_key(random: Random, sent: Sent) -> Sent:
    """The key is a guess, another connection's, or nearly right."""
    right = SECRETS[sent.kind]
    keys = ["secret", "whsec_", right + "\n", right.upper(), right[:-1], right.removeprefix("whsec_"), right * 2]
    keys += [secret for kind, secret in SECRETS.items() if kind != sent.kind]
    key = random.choice(keys)
    if sent.kind == "standard":
        key = b64encode(key.encode()).decode()
    body = sent.body.decode(errors="replace").encode()
    return replace(signed(sent.kind, topic_of(sent), body, sent.signed_at, key), later_s=sent.later_s)


def signed_by_another_algorithm(random: Random, sent: Sent) -> Sent:
    """HMAC by another hash, or a hash without a key, in the sender's own form."""
    hashes = (hashlib.sha1, hashlib.sha512, hashlib.md5, hashlib.sha384)
    secret, body = SECRETS[sent.kind].encode(), sent.body
    digest = random.choice(
        [hashlib.sha256(body).digest(), *(hmac.new(secret, body, kind).digest() for kind in hashes), b""]
    )
    text = random.choice([b64encode(digest).decode(), digest.hex(), urlsafe_b64encode(digest).decode()])
    form = {"stripe": f"t={sent.signed_at},v1={text}", "standard": f"v1,{text}"}
    return with_signature(sent, form.get(sent.kind, text))


def digest_in_another_form(random: Random, sent: Sent) -> Sent:
    """The right digest in another form than the sender's: hexadecimal, without padding, URL-safe."""
    value = signature_of(sent)[1]
    if sent.kind == "stripe":
        return with_signature(sent, re.sub(r"v1=([0-9a-f]{64})", lambda hit: f"v1={hit[1].upper()}", value))
    text = re.sub(r"[^A-Za-z0-9+/]", "", value.removeprefix("v1,"))
    digest = b64decode(text[: len(text) // 4 * 4])
    forms = [digest.hex(), urlsafe_b64encode(digest).decode(), b64encode(digest).decode().rstrip("=")]
    return with_signature(sent, random.choice(forms))


def topic_changed(random: Random, sent: Sent) -> Sent:
    name = "X-WC-Webhook-Topic" if sent.kind == "woocommerce" else "X-Shopify-Topic"
    return replace(sent, headers=dict(sent.headers) | {name: random.choice(TOPICS)})


def content_type_changed(random: Random, sent: Sent) -> Sent:
    return replace(sent, headers=dict(sent.headers) | {"Content-Type": random.choice(TYPES)})


def sent_to_another_connection(random: Random, sent: Sent) -> Sent:
    others = [f"shop-{kind}" for kind in SECRETS if kind != sent.kind]
    odd = ["nobody", "", "..", "shop-shopify/", "SHOP-SHOPIFY", "shop-shopify%00", "root", "é", "a" * 3000, "../root"]
    return replace(sent, connection=random.choice([*others, *odd]))


def topic_of(sent: Sent) -> str:
    return sent.headers.get("X-Shopify-Topic") or sent.headers.get("X-WC-Webhook-Topic", "")


def tampered(random: Random, sent: Sent) -> tuple[Sent, tuple[str, ...]]:
    """A delivery that was tampered with in one to three ways, and the names of these."""
    ways = random.choices(MUTATIONS, k=random.choice([1, 1, 1, 2, 2, 3]))
    for way in ways:
        sent = way(random, sent)
    return sent, tuple(way.__name__ for way in ways)


MUTATIONS: tuple[Callable[[Random, Sent], Sent], ...] = (
    *(byte_changed, byte_inserted, body_cut, body_padded, number_changed, written_otherwise, packed, field_twice),
    *(unsigned_ping, signature_bent, signature_written_otherwise, signature_is_junk, signature_missing),
    *(scheme_changed, signatures_listed, time_changed, received_at_another_time, id_changed),
    *(name_of_a_header_changed, header_twice, signed_with_a_wrong_key, signed_by_another_algorithm),
    *(digest_in_another_form, topic_changed, content_type_changed, sent_to_another_connection),
)
