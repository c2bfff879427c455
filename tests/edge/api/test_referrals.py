"""Referrals end to end: the link, who counts as a visitor, claims and their refusals, pairs and their bonus."""

import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from pynamodb.exceptions import UpdateError

from chalicelib.edge.api import referrals
from chalicelib.edge.jobs import stream
from chalicelib.store import clicks
from chalicelib.store.items import ClicksItem
from tests.edge.conftest import FIREFOX, PROGRAMME, Answer, Shop
from tests.world.senders import shopify_refund, shopify_transaction

NOBODYS_CODE = "000000000000"

PEOPLE = {
    "Firefox on Linux": FIREFOX,
    "Chrome on Windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/129.0.0.0 Safari/537.36",
    "Edge": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 "
    "Safari/537.36 Edg/129.0.0.0",
    "Safari on a Mac": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Safari/605.1.15",
    "Safari on an iPhone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
    "Samsung Internet": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
    "inside Instagram": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 Instagram 340.0.3.27.92 (iPhone14,5; iOS 17_5; en_US; en)",
    "inside Facebook": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/21F79 [FBAN/FBIOS;FBAV/470.0.0.37.99;FBDV/iPhone14,5;FBMD/iPhone]",
}

MACHINES = {
    "nothing": "",
    "curl": "curl/8.5.0",
    "wget": "Wget/1.21.4",
    "python": "python-requests/2.32.3",
    "go": "Go-http-client/2.0",
    "okhttp": "okhttp/4.12.0",
    "WhatsApp's preview": "WhatsApp/2.24.20.89 A",
    "Facebook's preview": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "iMessage's preview": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) "
    "Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "Twitter's preview": "Twitterbot/1.0",
    "Slack's preview": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Discord's preview": "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Telegram's preview": "TelegramBot (like TwitterBot)",
    "LinkedIn's preview": "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Skype's preview": "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Google": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Google on a phone": "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Bing": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; "
    "+http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
    "Gmail's image proxy": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Barracuda": "BarracudaCentral/1.0",
    "Outlook": "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "Outlook's preview": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
    "a headless browser": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "HeadlessChrome/129.0.0.0 Safari/537.36",
    "OpenAI": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.2; +https://openai.com/gptbot",
}


def visit(shop: Shop, code: str, agent: str = FIREFOX, method: str = "GET", **headers: str) -> Answer:
    return shop.call(method, f"/r/{code}", None, User_Agent=agent, **{"Accept": "text/html", **headers})


def claim(shop: Shop, friend: str, code: str, **more: Any) -> Answer:
    return shop.call("POST", "/v1/referrals", {"friend": friend, "code": code, **more}, shop.storefront)


def progress(shop: Shop, member: str = "acme.1") -> tuple[int, int, int]:
    shown = shop.call("GET", f"/v1/members/{member}", key=shop.storefront).json["referral"]
    return shown["friends_live"], shown["friends_waiting"], shown["bonuses"]


def settle_again(shop: Shop, member: str = "acme.1") -> Answer:
    return shop.call("POST", f"/v1/members/{member}/referrals/settle", {}, shop.admin)


def refund(shop: Shop, order: int, amount: str = "100.00") -> None:
    line = {"line_item_id": 11, "quantity": 1, "subtotal": amount, "total_tax": "0.00"}
    body = shopify_refund(order, order, refund_line_items=[line], transactions=[shopify_transaction(amount)])
    assert shop.hear(body, "refunds/create").status == 200


def test_a_link_leads_to_the_landing_page_with_the_code_on_it(open_shop: Shop) -> None:
    code = open_shop.code_of()
    answer = visit(open_shop, code)
    assert answer.status == 302
    assert answer.headers["location"] == f"https://shop.example/welcome?utm=friend&ref={code}"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "page",
    ["https://shop.example", "https://shop.example/a?x=1&x=2&empty=#top", "https://shop.example/?ref=old&y=%C3%A9%26z"],
)
def test_the_query_of_the_landing_page_is_kept_but_for_our_parameter(shop: Shop, page: str) -> None:
    shop.publish(PROGRAMME.replace("https://shop.example/welcome?utm=friend", page))
    code = shop.code_of()
    target, landing = urlsplit(visit(shop, code).headers["location"]), urlsplit(page)
    assert (target.netloc, target.path, target.fragment) == (landing.netloc, landing.path, landing.fragment)
    kept = parse_qs(landing.query, keep_blank_values=True) | {"ref": [code]}
    assert parse_qs(target.query, keep_blank_values=True) == kept


def test_a_landing_page_beyond_ascii_is_encoded_as_headers_need_it(shop: Shop) -> None:
    shop.publish(PROGRAMME.replace("welcome?utm=friend", "bem-vindo/são%20joão?q=é#fé"))
    location = visit(shop, "x").headers["location"]
    assert location == "https://shop.example/bem-vindo/s%C3%A3o%20jo%C3%A3o?q=%C3%A9#f%C3%A9"


@pytest.mark.parametrize(
    "code",
    [
        NOBODYS_CODE,
        "x",
        "x" * 5000,
        "é",
        "%0d%0aSet-Cookie:%20a=1",
        "%00",
        "%2F%2Fevil.example",
        "https:evil.example",
        "😀",
    ],
)
def test_a_mistyped_code_still_leads_there_without_a_code(open_shop: Shop, code: str) -> None:
    answer = visit(open_shop, code)
    assert (answer.status, answer.headers["location"]) == (302, "https://shop.example/welcome?utm=friend")
    assert set(answer.headers) & {"set-cookie"} == set()
    assert "clicks" not in open_shop.kinds()


@pytest.mark.parametrize(
    "query",
    [
        "?to=https://evil.example",
        "?to=%20https%3A%2F%2Fevil.example",
        "?to=ht%09tps://evil.example",
        "?next=javascript:alert(1)",
        "?landing=//evil.example",
        "?landing=%5C%5Cevil.example",
        "?ref=OTHER",
        "?REF=OTHER",
        "?ref[]=OTHER",
        "?ref%5B0%5D=OTHER",
        "?%20ref=OTHER",
        "?ref=OTHER&ref=ANOTHER",
        "?utm=enemy",
    ],
)
def test_nothing_in_the_request_changes_where_a_link_leads(open_shop: Shop, query: str) -> None:
    code = open_shop.code_of()
    answer = visit(open_shop, code + query, Host="evil.example", Referer="https://evil.example")
    assert answer.headers["location"] == f"https://shop.example/welcome?utm=friend&ref={code}"
    assert visit(open_shop, NOBODYS_CODE + query).headers["location"] == "https://shop.example/welcome?utm=friend"


QUERIES = {
    "utm": "utm_source=newsletter&utm_medium=email&utm_campaign=friends%20of%20tea",
    "Facebook": "fbclid=IwAR0vQhVZ-x_8c",
    "Google": "gclid=Cj0KCQjw_7KXBhCoARIsAPdPTfj&gbraid=0AAAAAo&wbraid=a-b_c",
    "more than once": "tag=a&tag=b",
    "empty": "a=&b=1",
    "beyond ASCII": "utm_campaign=%C3%A9t%C3%A9&x=%26%3D%23%2B",
    "colons": "utm_content=promo:spring&at=12:30",
    "line breaks": "utm_term=a%0D%0ASet-Cookie:%20a=1",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("known", [True, False])
def test_the_query_of_a_link_reaches_the_landing_page(open_shop: Shop, query: str, known: bool) -> None:
    """They were dropped, so that the shop's statistics saw no campaign."""
    code = open_shop.code_of() if known else NOBODYS_CODE
    answer = visit(open_shop, f"{code}?{query}")
    location = urlsplit(answer.headers["location"])
    ours = [("ref", code)] if known else []
    passed = parse_qsl(query, keep_blank_values=True)
    assert parse_qsl(location.query, keep_blank_values=True) == [("utm", "friend"), *passed, *ours]
    assert (location.netloc, location.path) == ("shop.example", "/welcome")
    assert answer.headers["location"].isprintable()
    assert answer.headers["location"].isascii()
    assert "set-cookie" not in answer.headers


def test_only_so_much_of_a_query_is_passed_on_and_the_code_always(open_shop: Shop) -> None:
    code = open_shop.code_of()
    location = visit(open_shop, f"{code}?a={'x' * 1990}&b=12345678&c=1").headers["location"]
    assert location.endswith(f"&a={'x' * 1990}&ref={code}")


@pytest.mark.parametrize("pasted", ["{}.", "{})", "%22{}%22", "%E2%80%9C{}%E2%80%9D", "{}%E2%80%8B", "code:%20{}"])
def test_a_link_that_was_cut_out_badly_still_brings_the_code(open_shop: Shop, pasted: str) -> None:
    """`/r/CODE.` led to the shop without the code, silently."""
    code = open_shop.code_of()
    assert visit(open_shop, pasted.format(code)).headers["location"].endswith(f"ref={code}")


def test_a_link_pasted_whole_is_a_code_for_a_claim(open_shop: Shop) -> None:
    code = open_shop.code_of()
    assert claim(open_shop, "acme.2", f"https://api.example/r/{code}?utm_source=mail").status == 200


def test_a_code_may_be_typed_in_small_letters_with_dashes_and_look_alikes(open_shop: Shop) -> None:
    code = open_shop.code_of()
    dashed = "-".join((code[:4], code[4:8], code[8:])).lower().replace("0", "o").replace("1", "l")
    assert visit(open_shop, dashed).headers["location"].endswith(f"ref={code}")
    assert claim(open_shop, "acme.2", f" {dashed} ").status == 200


def test_without_a_programme_a_link_is_not_found(shop: Shop) -> None:
    assert visit(shop, "x").problem == (404, "not_found")


@pytest.mark.parametrize("name", PEOPLE)
def test_the_click_of_a_person_is_counted(open_shop: Shop, name: str) -> None:
    code = open_shop.code_of()
    visit(open_shop, code, PEOPLE[name])
    assert visit(open_shop, code, PEOPLE[name]).status == 302
    assert clicks.total(code) == 2


def test_a_machine_is_led_there_too_but_not_counted(open_shop: Shop) -> None:
    code = open_shop.code_of()
    for name, agent in MACHINES.items():
        assert visit(open_shop, code, agent).status == 302
        assert clicks.total(code) == 0, name


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Purpose": "prefetch"},
        {"Sec_Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X_Purpose": "preview"},
        {"X_Moz": "prefetch"},
        {"Accept": ""},
    ],
)
def test_a_browser_that_only_looks_ahead_is_not_counted(open_shop: Shop, headers: dict[str, str]) -> None:
    code = open_shop.code_of()
    assert visit(open_shop, code, **headers).status == 302
    assert clicks.total(code) == 0


@pytest.mark.parametrize("known", [True, False])
def test_a_head_request_is_answered_like_a_get_and_not_counted(open_shop: Shop, known: bool) -> None:
    """Mail scanners and link previews ask so; API Gateway answered 403, for which some of them warn."""
    code = open_shop.code_of() if known else NOBODYS_CODE
    head = visit(open_shop, f"{code}?utm_source=mail", method="HEAD")
    assert clicks.total(code) == 0
    answer = visit(open_shop, f"{code}?utm_source=mail")
    assert (head.status, head.body) == (302, b"")
    assert {name: head.headers[name] for name in ("location", "referrer-policy", "cache-control")} == {
        name: answer.headers[name] for name in ("location", "referrer-policy", "cache-control")
    }


def test_a_friend_arrives_even_when_the_click_cannot_be_counted(
    open_shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = open_shop.code_of()

    def fail(*args: object, **more: object) -> None:
        raise UpdateError

    monkeypatch.setattr(ClicksItem, "update", fail)
    assert visit(open_shop, code).headers["location"].endswith(f"ref={code}")
    assert "UncountedClick" in capsys.readouterr().out


def test_a_link_that_was_followed_is_known_for_as_long_as_the_cache_lasts(
    open_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISTOURNE_CACHE_SECONDS", "60")
    code = open_shop.code_of()
    visit(open_shop, code)
    open_shop.delete(f"CODE#{code}", "CODE")
    assert visit(open_shop, code).headers["location"].endswith(f"ref={code}")
    open_shop.later_s = 61
    assert "ref=" not in visit(open_shop, code).headers["location"]
    assert clicks.total(code) == 2


def test_a_click_changes_nothing_but_its_counter(open_shop: Shop) -> None:
    code = open_shop.code_of()
    before = open_shop.items()
    visit(open_shop, code)
    assert [item for item in open_shop.items() if item["k"]["S"] != "clicks"] == before


def test_a_claim_makes_the_owner_the_referrer(open_shop: Shop) -> None:
    assert claim(open_shop, "acme.2", open_shop.code_of()).json == {"friend": "acme.2", "referrer": "acme.1"}
    assert open_shop.call("GET", "/v1/members/acme.2", key=open_shop.storefront).json["referred"] is True


def test_claiming_the_same_code_again_changes_nothing(open_shop: Shop) -> None:
    code = open_shop.code_of()
    claim(open_shop, "acme.2", code)
    before = open_shop.items()
    assert claim(open_shop, "acme.2", code).status == 200
    assert open_shop.items() == before


def test_a_friend_has_one_referrer_for_ever(open_shop: Shop) -> None:
    claim(open_shop, "acme.2", open_shop.code_of())
    assert claim(open_shop, "acme.2", open_shop.code_of("acme.9")).problem == (409, "already_referred")


def test_whoever_bought_before_is_no_new_customer(open_shop: Shop) -> None:
    open_shop.buy(1, 2)
    assert claim(open_shop, "acme.2", open_shop.code_of()).problem == (409, "not_a_new_customer")


def test_nobody_refers_themselves(open_shop: Shop) -> None:
    assert claim(open_shop, "acme.1", open_shop.code_of()).problem == (422, "self_referral")


@pytest.mark.parametrize("email", ["a.n.a@gmail.com", "ANA+shop@googlemail.com"])
def test_the_same_mailbox_is_the_same_person(open_shop: Shop, email: str) -> None:
    open_shop.call("PUT", "/v1/members/acme.1", {"email": "ana@gmail.com"}, open_shop.storefront)
    code = open_shop.code_of()
    assert claim(open_shop, "acme.2", code, email=email).problem == (422, "self_referral")
    open_shop.call("PUT", "/v1/members/acme.3", {"email": email}, open_shop.storefront)
    assert claim(open_shop, "acme.3", code).problem == (422, "self_referral")


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"friend": "acme.2", "code": "COUPON10"}, "code must be a referral code of 12 letters and digits"),
        ({"friend": "acme.2", "code": ""}, "code must be a referral code"),
        (
            {"friend": "acme.2", "code": "CRCH-BQK9-VH9A"},
            "code must be a referral code of 12 letters and digits, got 'CRCH-BQK9-VH9A'; a letter may be mistyped",
        ),
        ({"friend": "a#b", "code": NOBODYS_CODE}, "friend must be 1 to 100 letters"),
        ({"friend": "", "code": NOBODYS_CODE}, "friend must be 1 to 100 letters"),
        ({"friend": 2, "code": NOBODYS_CODE}, "friend must be text, got 2"),
        ({"code": NOBODYS_CODE}, "friend must be given"),
        ({}, "friend must be given"),
        ({"friend": "acme.2", "code": NOBODYS_CODE, "x": 1}, "x is not a field of the body"),
    ],
)
def test_a_malformed_claim_is_refused_by_the_name_of_its_field(open_shop: Shop, body: Any, names: str) -> None:
    answer = open_shop.call("POST", "/v1/referrals", body, open_shop.storefront)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith(names)


def test_a_code_that_nobody_has_is_not_found(open_shop: Shop) -> None:
    assert claim(open_shop, "acme.2", NOBODYS_CODE).problem == (404, "not_found")


def test_without_a_referral_rule_a_claim_is_a_conflict(shop: Shop) -> None:
    shop.publish(PROGRAMME.partition("referral:")[0])
    assert claim(shop, "acme.2", shop.code_of()).problem == (409, "conflict")


def test_two_friends_who_bought_are_a_pair_and_the_bonus_names_them(open_shop: Shop) -> None:
    code = open_shop.code_of()
    open_shop.buy(11, 2, code)
    open_shop.settle()
    assert (progress(open_shop), open_shop.available("acme.1")) == ((1, 1, 0), 0)
    open_shop.buy(12, 3, code, total="50.00")
    assert open_shop.settle() == {"batchItemFailures": []}
    assert (progress(open_shop), open_shop.available("acme.1")) == ((2, 0, 1), 1500)
    page = open_shop.call("GET", "/v1/members/acme.1/statement", key=open_shop.storefront).json
    (movement,) = page["entries"][0]["movements"]
    assert "10% of 150.00 EUR" in movement["why"]
    assert sorted(movement["friends"]) == ["acme.2 acme/11", "acme.3 acme/12"]
    assert [open_shop.available(friend) for friend in ("acme.2", "acme.3")] == [800, 550]  # with the welcome gift


def test_settling_again_changes_nothing(open_shop: Shop) -> None:
    code = open_shop.code_of()
    for friend in (2, 3):
        open_shop.buy(friend, friend, code)
    open_shop.settle()
    before = open_shop.items()
    open_shop.settle()
    assert open_shop.items() == before


def test_a_claim_at_sign_up_counts_like_a_code_on_the_order(open_shop: Shop) -> None:
    code = open_shop.code_of()
    for friend in (2, 3):
        claim(open_shop, f"acme.{friend}", code)
        open_shop.buy(friend, friend)
    open_shop.settle()
    assert progress(open_shop) == (2, 0, 1)


@pytest.mark.parametrize("where", ["discount_codes", "note_attributes", "landing_site", "landing_site_ref"])
def test_the_code_may_come_in_any_place_that_shopify_has_for_it(open_shop: Shop, where: str) -> None:
    code = open_shop.code_of()
    places: dict[str, Any] = {
        "discount_codes": [{"code": code.lower()}],
        "note_attributes": [{"name": "ref", "value": code}],
        "landing_site": f"/welcome?utm=friend&ref={code}",
        "landing_site_ref": code,
    }
    open_shop.buy(1, 2, **{where: places[where]})
    open_shop.settle()
    assert progress(open_shop) == (1, 1, 0)


def test_ones_own_code_on_ones_own_order_counts_for_nobody(open_shop: Shop) -> None:
    open_shop.buy(1, 1, open_shop.code_of())
    open_shop.settle()
    assert progress(open_shop) == (0, 0, 0)
    assert open_shop.available("acme.1") == 500


def test_the_same_mailbox_under_another_account_counts_for_nobody(open_shop: Shop) -> None:
    open_shop.call("PUT", "/v1/members/acme.1", {"email": "ana@gmail.com"}, open_shop.storefront)
    open_shop.buy(1, 2, open_shop.code_of(), email="a.na+2@gmail.com")
    open_shop.settle()
    assert progress(open_shop) == (0, 0, 0)


def test_a_full_refund_takes_the_bonus_back_and_opens_the_other_friend_again(open_shop: Shop) -> None:
    code = open_shop.code_of()
    for friend in (2, 3):
        open_shop.buy(friend, friend, code)
    open_shop.settle()
    assert open_shop.available("acme.1") == 2000
    refund(open_shop, 3)
    open_shop.settle()
    assert (progress(open_shop), open_shop.available("acme.1")) == ((1, 1, 0), 0)
    assert open_shop.available("acme.3") == 0
    open_shop.buy(4, 4, code)
    open_shop.settle()
    assert (progress(open_shop), open_shop.available("acme.1")) == ((2, 0, 1), 2000)


def test_a_partial_refund_takes_its_part_of_the_bonus_back(open_shop: Shop) -> None:
    code = open_shop.code_of()
    for friend in (2, 3):
        open_shop.buy(friend, friend, code)
    open_shop.settle()
    refund(open_shop, 3, "40.00")
    open_shop.settle()
    assert (progress(open_shop), open_shop.available("acme.1")) == ((2, 0, 1), 1600)


def test_one_referrer_that_fails_does_not_hold_up_the_others(
    open_shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for owner, friends in {"acme.1": (2, 3), "acme.9": (4, 5)}.items():
        code = open_shop.code_of(owner)
        for friend in friends:
            open_shop.buy(friend, friend, code)
    open_shop.break_settlement_of("acme.1", monkeypatch)
    failed = open_shop.settle()["batchItemFailures"]
    numbers = {str(n) for n, item in enumerate(open_shop.items()) if item["pk"]["S"].startswith("FRIENDS#acme.1#")}
    assert len(numbers) == 2
    assert {failure["itemIdentifier"] for failure in failed} == numbers
    assert (open_shop.available("acme.1"), open_shop.available("acme.9")) == (0, 2000)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["error"] for line in lines if "failure" in line] == [["RuntimeError"]]
    assert any("UnsettledReferrer" in line for line in lines)


@pytest.mark.parametrize(
    "poison",
    [
        {},
        {"dynamodb": None},
        {"dynamodb": {"NewImage": {"k": {"S": "conversion"}}, "SequenceNumber": "p"}},
        {"dynamodb": {"NewImage": {"k": {"S": "conversion"}, "todo": {"S": "1"}}, "SequenceNumber": "p"}},
        {"dynamodb": {"NewImage": {"k": {"S": "conversion"}, "todo": {"N": "1"}, "r": "x"}, "SequenceNumber": "p"}},
    ],
)
def test_a_record_that_cannot_be_read_holds_up_nobody(
    open_shop: Shop, poison: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    code = open_shop.code_of()
    for friend in (2, 3):
        open_shop.buy(friend, friend, code)
    images = [item for item in open_shop.items() if item["k"]["S"] == "conversion"]
    records = [{"dynamodb": {"NewImage": image, "SequenceNumber": f"s{n}"}} for n, image in enumerate(images)]
    assert stream.settle([records[0], poison, records[1]], open_shop.now) == {"batchItemFailures": []}
    assert open_shop.available("acme.1") == 2000
    assert '"UnreadableRecord":1' in capsys.readouterr().out


def test_records_that_are_no_open_conversions_are_nothing_to_the_stream(open_shop: Shop) -> None:
    open_shop.buy(1, 1)
    before = open_shop.items()
    assert open_shop.settle() == {"batchItemFailures": []}
    assert open_shop.items() == before


def test_a_settlement_that_fails_reports_what_was_left_and_every_record_of_it(
    open_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = open_shop.code_of()
    for friend in range(2, 5):
        open_shop.buy(friend, friend, code)
    images = [item for item in open_shop.items() if item["k"]["S"] == "conversion"]
    records = [
        {"dynamodb": {"NewImage": image, "SequenceNumber": f"{image['f']['S']} {time}"}}
        for time in ("first", "second")
        for image in sorted(images, key=lambda image: image["f"]["S"])
    ]
    monkeypatch.setattr(stream, "MAX_FRIENDS", 1)
    open_shop.break_settlement_of("acme.1", monkeypatch, after=1)
    failed = [failure["itemIdentifier"] for failure in stream.settle(records, open_shop.now)["batchItemFailures"]]
    assert failed == ["acme.3 first", "acme.3 second", "acme.4 first", "acme.4 second"]
    assert progress(open_shop) == (1, 1, 0)


def test_what_the_stream_gave_up_is_settled_when_the_operator_asks(
    open_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = open_shop.code_of()
    for friend in (2, 3):
        open_shop.buy(friend, friend, code)
    with monkeypatch.context() as bug:
        open_shop.break_settlement_of("acme.1", bug)
        open_shop.settle()
        assert settle_again(open_shop).problem == (500, "internal")
    assert (progress(open_shop), open_shop.available("acme.1")) == ((0, 0, 0), 0)
    assert settle_again(open_shop).json == {"member": "acme.1", "settled": 2}
    assert (progress(open_shop), open_shop.available("acme.1")) == ((2, 0, 1), 2000)
    before = open_shop.books()
    assert settle_again(open_shop).json == {"member": "acme.1", "settled": 0}
    assert open_shop.settle() == {"batchItemFailures": []}
    assert open_shop.books() == before


def test_a_request_settles_so_much_and_the_next_one_the_rest(open_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(referrals, "SETTLED_AT_ONCE", 2)
    code = open_shop.code_of()
    for friend in (2, 3, 4):
        open_shop.buy(friend, friend, code)
    assert [settle_again(open_shop).json["settled"] for _ in range(3)] == [2, 1, 0]
    assert (progress(open_shop), open_shop.available("acme.1")) == ((3, 1, 1), 2000)


def test_somebody_we_do_not_know_has_nothing_to_settle(open_shop: Shop) -> None:
    assert settle_again(open_shop, "acme.404").problem == (404, "not_found")
    assert settle_again(open_shop, "a%20b").problem == (400, "invalid_input")
