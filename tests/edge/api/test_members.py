"""Members over HTTP: profile, balances, statement, code and what comes with it, adjustments."""

import json
import re
import xml.etree.ElementTree as ET
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from chalicelib.domain.core.identity import parse_code
from chalicelib.edge import cursors
from chalicelib.edge.api.deliveries import DELIVERIES
from chalicelib.edge.api.erasure import REQUESTS
from chalicelib.edge.api.members import STATEMENT
from chalicelib.edge.api.reports import LIST
from chalicelib.edge.api.reviews import GROUPS, REVIEWS
from chalicelib.edge.http import routes
from tests.edge.conftest import PROGRAMME, SHOPIFY_SECRET, STANDARD_SECRET, Answer, Shop

MEMBER = "/v1/members/acme.1"


def put(shop: Shop, body: Any, member: str = MEMBER) -> Answer:
    return shop.call("PUT", member, body, shop.storefront)


def adjust(shop: Shop, amount: Any, key: str, **more: Any) -> Answer:
    body = {"asset": "EUR/2", "amount": amount, "reason": "goodwill", **more}
    return shop.call("POST", f"{MEMBER}/adjustments", body, shop.admin, Idempotency_Key=key)


def profile_of(shop: Shop) -> dict[str, Any]:
    (profile,) = [item for item in shop.items() if item["k"]["S"] == "profile"]
    return profile


def test_a_profile_makes_the_member_and_stands_in_one_item_only(shop: Shop) -> None:
    body = {"email": "Ana@Example.com", "display_name": "Ána", "locale": "pt-PT", "consents": {"mail": True}}
    assert put(shop, body).json == {"member": "acme.1"}
    assert profile_of(shop)["email"]["S"] == "Ana@Example.com"
    others = [item for item in shop.items() if item["k"]["S"] != "profile"]
    assert "ana" not in json.dumps(others).lower()


WHOLE = {
    "email": "ana@example.com",
    "display_name": "Ana",
    "locale": "pt-PT",
    "birthday": "02-29",
    "consents": {"mail": True, "sms": False},
}


def read_back(shop: Shop, key: str = "") -> Any:
    return shop.call("GET", f"{MEMBER}/profile", key=key or shop.storefront).json


@pytest.mark.parametrize("body", [b"", b"{}", b" { } "])
def test_a_put_that_states_nothing_is_refused_and_erases_nothing(shop: Shop, body: bytes) -> None:
    """A PUT without a body erased the profile and the e-mail's hash: schemathesis, ST201."""
    put(shop, WHOLE)
    before = shop.items()
    answer = put(shop, body)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith(
        "the body must state one of email, display_name, locale, birthday, consents at least"
    )
    assert shop.items() == before


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"display_name": "Ána"}, {"display_name": "Ána"}),
        ({"email": None}, {"email": ""}),
        ({"email": ""}, {"email": ""}),
        ({"display_name": None, "locale": None}, {"display_name": "", "locale": ""}),
        ({"consents": {"sms": True}}, {"consents": {"mail": True, "sms": True}}),
        ({"consents": {"mail": None}}, {"consents": {"sms": False}}),
        ({"consents": {}}, {}),
        ({"consents": None}, {"consents": {}}),
        (dict.fromkeys(WHOLE), {"email": "", "display_name": "", "locale": "", "birthday": "", "consents": {}}),
    ],
    ids=str,
)
def test_what_a_put_leaves_out_stays_and_null_erases(shop: Shop, change: Any, after: Any) -> None:
    put(shop, WHOLE)
    assert put(shop, change).status == 200
    assert read_back(shop) == {"member": "acme.1", **WHOLE, **after}


def test_a_hash_stays_with_an_email_that_stays_and_goes_with_one_that_is_erased(shop: Shop) -> None:
    put(shop, WHOLE)
    with_hash = [item for item in shop.items() if item["k"]["S"] == "member"]
    put(shop, {"locale": "fr"})
    assert [item for item in shop.items() if item["k"]["S"] == "member"] == with_hash


def test_the_profile_is_read_back_by_the_shop_and_by_the_member_alone(shop: Shop) -> None:
    put(shop, WHOLE)
    for key in (shop.storefront, shop.admin, shop.token_of("acme.1")):
        assert read_back(shop, key) == {"member": "acme.1", **WHOLE}
    assert shop.call("GET", f"{MEMBER}/profile", key=shop.token_of("acme.2")).problem == (403, "forbidden")


def test_a_member_without_a_profile_has_an_empty_one_and_an_unknown_member_none(shop: Shop) -> None:
    assert shop.call("GET", f"{MEMBER}/profile", key=shop.storefront).problem == (404, "not_found")
    shop.code_of()
    assert read_back(shop) == {
        "member": "acme.1",
        "email": "",
        "display_name": "",
        "locale": "",
        "birthday": "",
        "consents": {},
    }


def test_stating_a_profile_again_changes_nothing(shop: Shop) -> None:
    put(shop, {"email": "ana@example.com"})
    before = shop.items()
    assert put(shop, {"email": "ana@example.com"}).status == 200
    assert shop.items() == before


UNSAFE = ["a\r\nBcc: z@z.example@b.example", "<a@b.example>", "a@b.example\0", '"a b"@b.example', "a@b.co,c@d.co"]
"""What a mail's header must not take: CWE-93."""


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b"null", "the body must be a mapping"),
        (b"[]", "the body must be a mapping"),
        (b'"x"', "the body must be a mapping"),
        (b"{", "body must be JSON"),
        (b"\xff\xfe", "body must be JSON"),
        (b'{"email": "\xff"}', "body must be JSON"),
        (b'{"email": "\\ud800"}', "body must be JSON"),
        (b'{"email": 1, "locale": }', "body must be JSON"),
        (b"[" * 100_000, "body must be JSON"),
        (b'{"a":' * 40_000, "body must be JSON"),
        (b"1e999", "body must be JSON"),
        (b"NaN", "body must be JSON"),
        ({"email": 7}, "email must be text or null, got 7"),
        ({"email": "nobody"}, "email must be an e-mail address, got 'nobody'"),
        ({"email": "a" * 250 + "@b.co"}, "email must"),
        *(({"email": email}, "email must have no control character") for email in UNSAFE[::2][:2]),
        *(({"email": email}, "email must be an e-mail address") for email in (UNSAFE[1], *UNSAFE[3:])),
        ({"display_name": "x" * 101}, "display_name must"),
        ({"birthday": "1990-04-23"}, "birthday must be a month and a day such as 04-23, without a year"),
        ({"locale": "french"}, "locale must be a language such as fr or fr-CA"),
        ({"birthday": "23.04"}, "birthday must be a month and a day such as 04-23, without a year"),
        ({"birthday": "02-30"}, "birthday must be a month and a day"),
        ({"emial": "a@b.co"}, "emial is not a field of the body"),
        ({"consents": {"mail": 1}}, "consents"),
        *(
            (
                {"consents": wrong},
                'consents must be a mapping of names to true, false or null, such as {"newsletter": true}',
            )
            for wrong in (["mail"], "mail", True)
        ),
        ({"consents": {"x" * 51: True}}, "consents must be at most 20 names"),
        ({"consents": {str(n): True for n in range(21)}}, "consents must be at most 20 names"),
    ],
)
def test_a_malformed_profile_is_refused_by_the_name_of_its_field(shop: Shop, body: Any, names: str) -> None:
    answer = put(shop, body)
    assert answer.problem == (400, "invalid_input")
    assert names in answer.detail
    assert "member" not in shop.kinds()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"email": "a@b.co", "email": "c@d.co"}', "email"),
        (b'{"locale": "en", "consents": {"news": true, "news": false}}', "news"),
        (b'{"locale": "en", "\\u006cocale": "fr"}', "locale"),
    ],
)
def test_a_field_that_stands_twice_is_refused(shop: Shop, body: bytes, field: str) -> None:
    answer = shop.call("PUT", MEMBER, body, shop.storefront)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail == f"{field} must stand once in the body"


@pytest.mark.parametrize("character", ["\x1b", "\r", "\n", "\x00", "\x7f", "\x9b", "\u202e", "\u2028"])
@pytest.mark.parametrize("field", ["display_name", "locale", "consents", "email"])
def test_no_text_of_a_profile_moves_a_terminal_or_a_header(shop: Shop, field: str, character: str) -> None:
    text = f"a{character}b"
    values = {"consents": {text: True}, "email": f"a@b{character}.co"}
    answer = shop.call("PUT", MEMBER, {field: values.get(field, text)}, shop.storefront)
    assert answer.problem == (400, "invalid_input")
    assert field in answer.detail
    assert character not in answer.detail


@pytest.mark.parametrize("reason", ["a\x1b[31m", "two\nlines", "a\u202eb", "\u200b", " \u200b\ufeff ", "\x00"])
@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("adjustments", {"asset": "EUR/2", "amount": 1}),
        ("groups/1/review", {"verdict": "approve"}),
        ("entries/1/undo", {}),
    ],
)
def test_a_reason_is_seen_and_moves_no_terminal(shop: Shop, path: str, more: Any, reason: str) -> None:
    shop.give(1)
    answer = shop.post(f"{MEMBER}/{path}", {**more, "reason": reason}, caller=shop.admin)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith("reason must ")


def test_a_reason_may_have_any_script_and_an_emoji_of_several_characters(shop: Shop) -> None:
    shop.give(1)
    body = {"asset": "EUR/2", "amount": 1, "reason": "شكرا, ขอบคุณ 👩\u200d👧"}
    assert shop.post(f"{MEMBER}/adjustments", body, caller=shop.admin).status == 200


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "text/plain"])
def test_the_content_type_may_say_more(shop: Shop, kind: str) -> None:
    assert shop.call("PUT", MEMBER, {"locale": "en"}, shop.storefront, Content_Type=kind).status == 200


def test_a_missing_content_type_is_json(shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {shop.storefront}"}
    assert shop.request("PUT", MEMBER, headers, b'{"locale": "en"}').status == 200


def test_another_content_type_is_refused_in_our_own_words(shop: Shop) -> None:
    answer = shop.call("POST", f"{MEMBER}/referral-code", {}, shop.storefront, Content_Type="text/xml")
    assert answer.problem == (415, "unsupported_media_type")
    assert "application/json" in answer.detail
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("method", ["HEAD", "DELETE", "PATCH"])
def test_another_method_is_refused_in_our_own_words(shop: Shop, method: str) -> None:
    assert shop.call(method, MEMBER, key=shop.storefront).problem == (405, "method_not_allowed")


NO_MEMBERS = ["acme%231", "a%2Fb", "x" * 101, "x" * 5000, "é", "%C3%A9", "%00", "a%0Ab", "a%0D%0Ab", "..", "%", "%zz"]
NO_MEMBERS += ["-a", "a b", "ana@example.com", "ana%40example.com", "%F0%9F%98%80", "a%2523b"]


@pytest.mark.parametrize(
    ("method", "rest"), [("GET", ""), ("GET", "/statement"), ("PUT", ""), ("POST", "/referral-code")]
)
def test_what_cannot_be_a_member_id_is_refused(shop: Shop, method: str, rest: str) -> None:
    for member in NO_MEMBERS:
        answer = shop.call(method, f"/v1/members/{member}{rest}", {}, shop.storefront)
        assert answer.problem == (400, "invalid_input"), member
        assert answer.detail.startswith("member must be 1 to 100 letters, digits or ._:~-")
        assert len(answer.detail) < 250


def test_a_percent_encoded_member_id_is_the_same_member(shop: Shop) -> None:
    shop.connect("own", "standard", STANDARD_SECRET)
    put(shop, {"locale": "en"}, "/v1/members/own.a%3A1%7Ex")
    answer = shop.call("GET", "/v1/members/own.a:1~x", key=shop.storefront)
    assert answer.json["member"] == "own.a:1~x"


def test_an_unknown_member_is_not_found(shop: Shop) -> None:
    assert shop.call("GET", MEMBER, key=shop.storefront).problem == (404, "not_found")
    assert shop.call("GET", f"{MEMBER}/statement", key=shop.storefront).problem == (404, "not_found")


def test_a_new_member_has_nothing_of_the_programmes_currency(open_shop: Shop) -> None:
    put(open_shop, {"locale": "en"})
    nothing = {
        "available": 0,
        "pending": 0,
        "held": 0,
        "text": "0.00 EUR",
        "next_expiry": None,
        "name": {},
        "worth": None,
    }
    assert open_shop.call("GET", MEMBER, key=open_shop.storefront).json == {
        "member": "acme.1",
        "balances": [{"asset": "EUR/2", **nothing}],
        "code": "",
        "link": "",
        "referral": {"friends_needed": 2, "friends_waiting": 0, "friends_live": 0, "bonuses": 0},
        "referred": False,
    }


ASSETS = "assets: {points: {name: {fr: feuilles, en: leaves}, worth: 0.05, decimals: 1}, stars: {}}"


def test_an_asset_is_shown_by_its_name_and_at_its_worth(shop: Shop) -> None:
    shop.publish(f"{PROGRAMME}\n{ASSETS}")
    shop.connect()
    put(shop, {"locale": "en"})
    adjust(shop, 1239, "a", asset="points/1")
    balances = shop.call("GET", MEMBER, key=shop.storefront).json["balances"]
    told = [(row["asset"], row["text"], row["name"], row["worth"]) for row in balances]
    assert told == [
        ("EUR/2", "0.00 EUR", {}, None),
        ("points/1", "123.9 points", {"fr": "feuilles", "en": "leaves"}, "6.19 EUR"),
        ("stars", "0 stars", {}, None),
    ]
    refused = adjust(shop, 1, "b", asset="point")
    assert refused.problem == (400, "invalid_input")
    assert refused.detail == "asset must be one of the programme's: EUR/2, points/1, stars, got 'point'"


def test_what_vests_later_is_pending_until_then(shop: Shop) -> None:
    shop.publish(PROGRAMME.replace("percent: 5}", "percent: 5, vest_days: 14}"))
    shop.connect()
    shop.buy(1)
    balance = shop.call("GET", MEMBER, key=shop.storefront).json["balances"][0]
    assert (balance["available"], balance["pending"]) == (0, 500)
    shop.later_s = 14 * 86_400 + 1
    balance = shop.call("GET", MEMBER, key=shop.storefront).json["balances"][0]
    assert (balance["available"], balance["pending"], balance["text"]) == (500, 0, "5.00 EUR")


def test_what_expires_next_is_told_with_its_instant(shop: Shop) -> None:
    shop.publish(PROGRAMME.replace("percent: 5}", "percent: 5, expire_days: 10}"))
    shop.connect()
    shop.buy(1, total="40.00")
    shop.later_s = 3 * 86_400
    shop.buy(2, total="60.00")
    told = {}
    for days in (3, 11, 14):
        shop.later_s = days * 86_400
        balance = shop.call("GET", MEMBER, key=shop.storefront).json["balances"][0]
        told[days] = balance["available"], (balance["next_expiry"] or {}).get("text")
    assert told == {3: (500, "2.00 EUR"), 11: (300, "3.00 EUR"), 14: (0, None)}
    shop.later_s = 3 * 86_400
    first = shop.call("GET", MEMBER, key=shop.storefront).json["balances"][0]["next_expiry"]
    assert (first["amount"], first["at"][10:]) == (200, "T00:00:00Z")


def test_what_is_gone_after_idle_days_expires_then(shop: Shop) -> None:
    shop.publish(PROGRAMME + "\ninactive_days: 30\n")
    shop.connect()
    shop.buy(1)
    expiry = shop.call("GET", MEMBER, key=shop.storefront).json["balances"][0]["next_expiry"]
    assert (expiry["amount"], expiry["text"]) == (500, "5.00 EUR")
    days = (datetime.fromisoformat(expiry["at"]).timestamp() - shop.now) / 86_400
    assert 30 < days <= 31


def test_what_vested_stands_in_the_statement_with_how_much(shop: Shop) -> None:
    shop.publish(PROGRAMME.replace("percent: 5}", "percent: 5, vest_days: 14}"))
    shop.connect()
    shop.buy(1)
    shop.later_s = 15 * 86_400
    shop.buy(2)
    page = shop.call("GET", f"{MEMBER}/statement", key=shop.storefront).json
    vested, earned = page["entries"][0]["movements"]
    assert (vested["rule"], vested["amount"], vested["text"]) == ("vested", 0, "5.00 EUR")
    assert vested["why"] == "Ready to spend: the waiting time is over."
    assert earned["available_from"] > page["entries"][0]["at"]


def sums(shop: Shop) -> list[tuple[str, str]]:
    """What people read of the newest entry of a member, in English."""
    page = shop.call("GET", "/v1/members/acme.1/statement?locale=en", key=shop.storefront).json
    return [(row["text"], row["why"]) for row in page["entries"][0]["sums"]]


def test_a_payment_of_two_parts_of_a_balance_is_one_sum(open_shop: Shop) -> None:
    document = PROGRAMME.replace("percent: 5}", "percent: 5, expire_days: 365}")
    open_shop.replace_programme(document)
    open_shop.buy(1)
    open_shop.later_s += 86_400
    open_shop.buy(2)
    open_shop.post("/v1/members/acme.1/redemptions", {"asset": "EUR/2", "amount": 764})
    page = open_shop.call("GET", "/v1/members/acme.1/statement", key=open_shop.storefront).json
    assert [movement["amount"] for movement in page["entries"][0]["movements"]] == [-500, -264]
    minus = "\N{MINUS SIGN}"
    assert sums(open_shop) == [(f"{minus}€7.64", "Spent at the shop.")]
    assert page["entries"][0]["sums"][0] == {
        "asset": "EUR/2",
        "amount": -764,
        "text": "-7.64 EUR",
        "why": "Spent at the shop.",
        "first": 0,
    }


def test_a_reward_that_a_limit_kept_down_says_which(shop: Shop) -> None:
    limits = "limits: [{amount: 3.00, per: month}], cap: 4.00}"
    shop.publish(PROGRAMME.replace("percent: 5}", f"percent: 5, {limits}"))
    shop.connect()
    for number, total in enumerate(("20.00", "100.00"), 1):
        shop.buy(number, total=total)
    entries = shop.call("GET", f"{MEMBER}/statement", key=shop.storefront).json["entries"]
    told = [(entry["movements"][0]["amount"], entry["movements"][0]["limit"]) for entry in entries]
    assert told == [(200, "month"), (100, "")]


def test_every_line_of_a_statement_says_why(open_shop: Shop) -> None:
    open_shop.buy(1, total="40.00")
    page = open_shop.call("GET", f"{MEMBER}/statement", key=open_shop.storefront).json
    (entry,) = page["entries"]
    (movement,) = entry["movements"]
    assert entry["cause"] == "acme/1"
    assert (movement["amount"], movement["text"], movement["rule"]) == (200, "2.00 EUR", "cashback")
    assert (movement["base"], movement["rate"], movement["programme"]) == (4000, "5", 1)
    assert movement["lines"] == [{"line": "11", "base": 4000}]
    assert "5% of 40.00 EUR" in movement["why"]


def test_a_statement_turns_its_pages_without_loss_and_newest_first(open_shop: Shop) -> None:
    for number in range(1, 6):
        open_shop.buy(number)
    seen: list[int] = []
    query = "?limit=2"
    while query:
        page = open_shop.call("GET", f"{MEMBER}/statement{query}", key=open_shop.storefront).json
        assert len(page["entries"]) <= 2
        seen += [entry["number"] for entry in page["entries"]]
        query = f"?limit=2&cursor={page['next']}" if page["next"] else ""
    assert seen == [5, 4, 3, 2, 1]


NO_PAGES = ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "limit=1.0", "limit=%F0%9F%98%80", "limit=%D9%A3"]


def test_a_page_that_cannot_be_is_refused(open_shop: Shop) -> None:
    put(open_shop, {"locale": "en"})
    for query in NO_PAGES:
        answer = open_shop.call("GET", f"{MEMBER}/statement?{query}", key=open_shop.storefront)
        assert answer.problem == (400, "invalid_input"), query
        assert answer.detail.startswith(f"{query.partition('=')[0]} must be a whole number from 1 to")


LISTED = {
    f"{MEMBER}/statement": (STATEMENT, "acme.1"),
    f"{MEMBER}/export": (STATEMENT, "acme.1"),
    f"{MEMBER}/groups": (GROUPS, "acme.1"),
    "/v1/lists/best": (LIST, "best"),
    "/v1/lists/owed": (LIST, "owed"),
    "/v1/segments/best/members": (LIST, "segment:best"),
    "/v1/data-requests": (REQUESTS,),
    "/v1/reviews": (REVIEWS,),
    "/v1/deliveries": (DELIVERIES,),
}
"""A path of each list with cursors, and the list's name in them."""

SEGMENTS = (
    PROGRAMME
    + """
segments:
  best: {recency: [3, 4], money: [3, 4]}
  others: {}
"""
)


@pytest.mark.parametrize("path", LISTED)
def test_a_cursor_is_good_for_its_own_list_only(shop: Shop, path: str) -> None:
    """docs/api.md: `cursor` is the `next` of an earlier page of the same list, and anything else is refused."""
    assert shop.publish(SEGMENTS).status == 200
    assert shop.connect("acme", "shopify", SHOPIFY_SECRET).status == 200
    shop.buy(1)
    names = {*LISTED.values(), (STATEMENT, "acme.2"), (GROUPS, "acme.2")} - {LISTED[path]}
    foreign = [cursors.after(place, *name) for name in names for place in ("1", "2026-01-01T00:00:00Z")]
    assert shop.call("GET", f"{path}?cursor=", key=shop.admin).body == shop.call("GET", path, key=shop.admin).body
    for cursor in ("zzz", "/..", "0", "1", "-1", "9" * 20, "%00", "%23", *foreign):
        answer = shop.call("GET", f"{path}?cursor={cursor}", key=shop.admin)
        assert answer.problem == (400, "invalid_input"), cursor
        assert answer.detail.startswith("cursor must be the next of an earlier page"), cursor


def test_every_list_with_cursors_is_asked_so(shop: Shop) -> None:
    paths = [re.sub(r"\{\w+\}", r"[^/]+", row.path) for row in routes if "cursor" in row.query]
    assert [path for path in paths if not any(re.fullmatch(path, listed) for listed in LISTED)] == []


def test_a_member_does_not_learn_who_its_friends_are(open_shop: Shop) -> None:
    code = open_shop.code_of()
    for friend in (2, 3):
        open_shop.buy(friend, friend, code)
    open_shop.settle()
    shown = {}
    for name, key in {"shop": open_shop.storefront, "member": open_shop.token_of("acme.1")}.items():
        answer = open_shop.call("GET", f"{MEMBER}/statement", key=key)
        shown[name] = answer.json["entries"][0]["movements"][0]["friends"]
    assert shown == {"shop": ["acme.2 acme/2", "acme.3 acme/3"], "member": []}


def test_a_code_is_issued_once(open_shop: Shop) -> None:
    assert open_shop.code_of() == open_shop.code_of()
    assert parse_code(open_shop.code_of()) == open_shop.code_of()
    assert open_shop.code_of("acme.2") != open_shop.code_of()


def issued(shop: Shop, **headers: str) -> Any:
    return shop.call("POST", f"{MEMBER}/referral-code", {}, shop.storefront, **headers).json


def test_share_links_carry_the_link(open_shop: Shop) -> None:
    answer = issued(open_shop, Host="api.example")
    assert answer["link"] == f"https://api.example/r/{answer['code']}"
    mail = urlsplit(answer["share"]["email"])
    assert (mail.scheme, mail.path) == ("mailto", "")
    assert answer["link"] in parse_qs(mail.query)["body"][0]
    assert parse_qs(mail.query)["subject"] == ["Edge Shop"]
    assert answer["share"]["whatsapp"].startswith("https://wa.me/?text=")
    assert answer["link"] in unquote(answer["share"]["whatsapp"])


@pytest.mark.parametrize("name", ['"A & B"', '"C&cc=x@y.z"', '"D?#\\nBcc: x"', '"Ébène 😀"'])
def test_a_shops_name_cannot_add_to_a_share_link(shop: Shop, name: str) -> None:
    shop.publish(PROGRAMME.replace("Edge Shop", name))
    mail = urlsplit(issued(shop)["share"]["email"])
    assert set(parse_qs(mail.query)) == {"subject", "body"}
    assert parse_qs(mail.query)["subject"] == [json.loads(name)]


def test_the_qr_code_is_a_picture_with_the_link_as_title(open_shop: Shop) -> None:
    answer = issued(open_shop, Host="api.example")
    picture = ET.fromstring(answer["qr_svg"])  # noqa: S314
    assert picture.tag == "{http://www.w3.org/2000/svg}svg", "an <img> shows no SVG without its name space"
    width, height = (picture.get(name, "").removesuffix("px") for name in ("width", "height"))
    assert picture.get("viewBox") == f"0 0 {width} {height}"
    assert [part.text for part in picture if part.tag.endswith("title")] == [answer["link"]]
    assert not [part for part in picture.iter() if part.tag.endswith("script")]


def test_behind_the_gateways_own_name_the_stage_is_part_of_the_link(open_shop: Shop) -> None:
    open_shop.connect("own", "standard", STANDARD_SECRET)
    code = open_shop.code_of("own.a:1")
    for path in ("/prod/v1/members/own.a:1", "/prod/v1/members/own.a%3A1", "/prod/v1/members/own.a:1/"):
        answer = open_shop.invoke("GET", "/v1/members/{member}", path, {"member": "own.a%3A1"})
        assert answer["link"] == f"https://x.execute-api.eu-west-1.amazonaws.com/prod/r/{code}"


def test_an_adjustment_stands_in_the_statement_with_its_reason(open_shop: Shop) -> None:
    put(open_shop, {"locale": "en"})
    assert adjust(open_shop, 250, "a").json == {"member": "acme.1", "entry": 1, "asset": "EUR/2", "available": 250}
    assert adjust(open_shop, -100, "b").json["available"] == 150
    page = open_shop.call("GET", f"{MEMBER}/statement", key=open_shop.storefront).json
    assert [entry["movements"][0]["why"] for entry in page["entries"]] == ["Adjusted by the shop: goodwill."] * 2


def test_an_adjustment_takes_no_more_than_there_is(open_shop: Shop) -> None:
    put(open_shop, {"locale": "en"})
    adjust(open_shop, 250, "a")
    before = open_shop.books()
    assert adjust(open_shop, -251, "b").problem == (409, "insufficient_balance")
    assert open_shop.books() == before


def test_an_adjustment_of_nobody_is_not_found(open_shop: Shop) -> None:
    assert adjust(open_shop, 250, "a").problem == (404, "not_found")


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"amount": 1.5}, "amount must be a whole number, got 1.5"),
        ({"amount": "1"}, "amount must be a whole number, got '1'"),
        ({"amount": True}, "amount must be a whole number"),
        ({"amount": None}, "amount must be a whole number"),
        ({"amount": 0}, "amount must be between 1 and"),
        ({"amount": 10**13}, "amount must be between 1 and"),
        ({"amount": -(10**40)}, "amount must be between 1 and"),
        ({"asset": "EUR"}, "asset must be a currency and its decimals such as EUR/2"),
        ({"asset": "EUR/3"}, "asset must be a currency and its decimals such as EUR/2"),
        ({"asset": "BTC/8"}, "asset must be a currency and its decimals such as EUR/2"),
        ({"asset": ""}, "asset must be a currency and its decimals such as EUR/2"),
        ({"reason": " "}, "reason must say why"),
        ({"reason": "x" * 201}, "reason must"),
        ({"other": 1}, "other is not a field of the body"),
    ],
)
def test_a_malformed_adjustment_is_refused_by_the_name_of_its_field(
    open_shop: Shop, change: dict[str, Any], names: str
) -> None:
    put(open_shop, {"locale": "en"})
    answer = adjust(open_shop, **{"amount": 1, "key": "a", **change})
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith(names)


def test_an_adjustment_needs_an_idempotency_key(open_shop: Shop) -> None:
    put(open_shop, {"locale": "en"})
    body = {"asset": "EUR/2", "amount": 1, "reason": "x"}
    answer = open_shop.call("POST", f"{MEMBER}/adjustments", body, open_shop.admin)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith("Idempotency-Key must be sent")


def test_a_table_that_is_away_is_a_503_on_every_route_that_reads_it(open_shop: Shop) -> None:
    open_shop.code_of()
    open_shop.drop_table()
    for path in (MEMBER, f"{MEMBER}/statement"):
        assert open_shop.call("GET", path, key=open_shop.storefront).problem == (503, "unavailable")
    assert open_shop.call("GET", "/v1/deliveries", key=open_shop.admin).problem == (503, "unavailable")
    open_shop.later_s = 2  # nor can keys be read any more
    answer = open_shop.call("GET", MEMBER, key=open_shop.storefront)
    assert answer.problem == (503, "unavailable")
    assert answer.headers["retry-after"]
