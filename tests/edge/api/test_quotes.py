"""What a basket would earn, over HTTP."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.records import Record, Ref
from chalicelib.edge import process
from chalicelib.store import table
from tests.edge.api.test_progress import DOCUMENT, buy, full_shop, progress
from tests.edge.api.test_referrals import NOBODYS_CODE
from tests.edge.conftest import STANDARD_SECRET, Shop

__all__ = ["full_shop"]


def quote(shop: Shop, *nets: int, **more: Any) -> Any:
    answer = shop.call("POST", "/v1/quotes", {"lines": [{"net": net} for net in nets], **more}, shop.storefront)
    assert answer.status == 200, answer.body
    return answer.json


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("sku", {"lines": [{"net": 1000, "sku": "A\u0007"}]}),
        ("product", {"lines": [{"net": 1000}, {"net": 1000, "product": "\u202eA"}]}),
        ("tags", {"lines": [{"net": 1000, "tags": ["new", "a\nb"]}]}),
        ("currency", {"lines": [{"net": 1000}], "currency": "EU\u001b"}),
        ("member", {"lines": [{"net": 1000}], "member": "acme.1\u007f"}),
    ],
)
def test_text_with_control_characters_is_refused_wherever_it_stands(full_shop: Shop, field: str, body: Any) -> None:
    """docs/api.md: a field that stands twice in a body is refused, and so is text with control characters."""
    answer = full_shop.call("POST", "/v1/quotes", body, full_shop.storefront)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith(f"{field} must have no control character; it has U+")


def test_a_code_is_found_in_whatever_was_pasted(open_shop: Shop) -> None:
    """docs/api.md: a referral code is found in whatever was pasted."""
    buy(open_shop, 1)
    code = open_shop.code_of("acme.1")
    claim = {"friend": "acme.2", "code": f"\u2068{code}\u2069\n"}
    assert open_shop.call("POST", "/v1/referrals", claim, open_shop.storefront).status == 200


def test_a_quote_takes_the_link_that_a_claim_takes(open_shop: Shop) -> None:
    """A link with what networks append is longer than any code; a shopper pastes it into the cart as it is."""
    buy(open_shop, 1)
    code = open_shop.code_of("acme.1")
    networks = "&".join(f"utm_{name}={'x' * 300}" for name in ("source", "medium", "campaign"))
    for link in (f"https://shop.example/w?ref={code}&{networks}", f"https://shop.example/w?{networks}&ref={code}"):
        assert len(link) > 900
        assert quote(open_shop, 10_000, code=link) == quote(open_shop, 10_000, code=code)
        assert quote(open_shop, 10_000, code=link)["notes"] == []


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("price", ["40.00", "99.99", "100.00"])
def test_a_quote_equals_what_the_same_basket_then_posts(full_shop: Shop, before: int, price: str) -> None:
    for order in range(before):
        buy(full_shop, order + 1)
    items = full_shop.items()
    quoted = quote(full_shop, int(price.replace(".", "")), member="acme.1")
    assert full_shop.items() == items
    buy(full_shop, 99, price)
    entry = full_shop.call("GET", "/v1/members/acme.1/statement", key=full_shop.storefront).json["entries"][0]
    posted = [(movement["rule"], movement["asset"], movement["amount"]) for movement in entry["movements"]]
    assert [(row["rule"], row["asset"], row["amount"]) for row in quoted["rewards"]] == posted
    assert quoted["progress"] == progress(full_shop)


TAXED = """
name: Acme
currency: EUR
landing: {page: "https://acme.example", hosts: [acme.example]}
earn:
  - {id: cashback, percent: 5, base: {tax: true, shipping: true}}
"""


@pytest.mark.parametrize("balance", ["0.00", "30.00"])
def test_a_quote_knows_the_tax_of_shipping_gift_cards_and_what_a_balance_pays(shop: Shop, balance: str) -> None:
    """5% of 48.00 + 11.88, less 30.00 by balance: 2.99, 1.49; nothing of the gift card of 50.00."""
    assert shop.publish(TAXED).status == 200
    shop.later_s = 3600
    lines = [
        {"net": 4000, "tax": 800, "quantity": 2},
        {"net": 5000, "earns": False},
    ]
    body = {"lines": lines, "shipping": 990, "shipping_tax": 198, "paid_with_balance": int(balance.replace(".", ""))}
    quoted = shop.call("POST", "/v1/quotes", body, shop.storefront).json["rewards"]
    order = {
        "id": "1",
        "status": "paid",
        "currency": "EUR",
        "updated_at": "2026-05-04T12:30:00Z",
        "customer": {"id": "1"},
        "paid_with_balance": balance,
        "shipping": {"amount": "9.90", "tax": "1.98"},
        "lines": [
            {"id": "1", "quantity": 2, "amount": "40.00", "tax": "8.00"},
            {"id": "2", "quantity": 1, "amount": "50.00", "earns": False},
        ],
    }
    assert shop.connect("till", "standard", STANDARD_SECRET, namespace="acme").status == 200
    sent = shop.send("till", "standard", STANDARD_SECRET, "", {"type": "order.paid", "data": order})
    assert sent.json == {"result": "recorded"}
    assert [row["amount"] for row in quoted] == [shop.available("acme.1")]


def test_a_quote_for_an_id_that_was_merged_is_of_the_member_who_has_the_money(full_shop: Shop) -> None:
    buy(full_shop, 1)
    assert full_shop.buy(2, customer=2, total="40.00").status == 200
    merge = full_shop.post("/v1/members/acme.1/merge", {"from": "acme.2"}, caller=full_shop.admin)
    assert merge.status == 200
    own, merged = (quote(full_shop, 4000, member=name) for name in ("acme.1", "acme.2"))
    assert own["rewards"]
    assert (merged["rewards"], merged["progress"]) == (own["rewards"], own["progress"])
    assert merged["progress"]["member"] == "acme.1"


def test_a_quote_does_not_speak_of_what_expired_before(open_shop: Shop) -> None:
    """An order's entry writes down what time has done; no basket causes that."""
    document = DOCUMENT.replace("percent: 5}", "percent: 5, expire_days: 10}")
    open_shop.replace_programme(document)
    buy(open_shop, 1)
    open_shop.later_s += 11 * 86_400
    assert open_shop.available("acme.1") == 0
    rewards = quote(open_shop, 4000, member="acme.1")["rewards"]
    given = {"cashback": 200, "leaves": 40, "orders-card": 100, "regular": 50}
    assert {row["rule"]: row["amount"] for row in rewards} == given


def test_a_gift_that_no_refund_has_taken_back_says_so_and_is_not_in_a_quote(open_shop: Shop) -> None:
    """One of a level by hand that was ended said that an order was refunded; one of a level that the programme has
    raised went with the next order.
    """
    gift = DOCUMENT.replace("perks: {en: Free}", "gift: {give: 7, of: points}")
    open_shop.replace_programme(gift)
    buy(open_shop, 1)
    for level in ("black", ""):
        set_level = {"level": level, "reason": "a test"}
        assert open_shop.post("/v1/members/acme.1/level", set_level, caller=open_shop.admin).status == 200
    why = "Gift for a level taken back: the level is not reached any more."
    assert open_shop.reasons()[-1] == ("-7 points", why)
    buy(open_shop, 2)
    assert ("7 points", "Gift for your level: black, 2026.") in open_shop.reasons()[-4:]
    assert open_shop.publish(gift.replace("at: 50", "at: 500"), If_Match='"2"').status == 200
    open_shop.later_s += 3600
    assert all(row["amount"] > 0 for row in quote(open_shop, 100, member="acme.1")["rewards"])
    buy(open_shop, 3, "1.00")
    assert [amount for amount, text in open_shop.reasons() if text.startswith("Gift")] == [
        "7 points",
        "-7 points",
        "7 points",
    ]


def test_a_quote_says_why_and_what_is_next(full_shop: Shop) -> None:
    quoted = quote(full_shop, 9590)
    assert quoted["rewards"] == [
        {"rule": "cashback", "asset": "EUR/2", "amount": 480, "text": "4.80 EUR", "why": "Cashback: 5% of 95.90 EUR."},
        {
            "rule": "leaves",
            "asset": "points",
            "amount": 95,
            "text": "95 points",
            "why": "Points: 1 for each full 1.00 EUR of 95.90 EUR.",
        },
    ]
    assert [step["text"] for step in quoted["next"]] == [
        "0.10 EUR more and you get 1 point more",
        "4.10 EUR more and you get 3.20 EUR and 5 points more",
    ]


LADDER_OF_FOUR = "  - {id: b, ladder: [{at: 50, amount: 1}, {at: 60, amount: 4}]}"
TENTH = "  - {id: b, percent: 10, minimum: 50, limits: [{amount: 1, per: day}]}"
HUNDREDTH = "  - {id: c, percent: 1, minimum: 55, limits: [{amount: 2, per: day}]}"
NEAREST: dict[str, tuple[list[str], int, list[str]]] = {
    "the ladder is not the best": (
        ["combine: best", "earn:", "  - {id: a, percent: 5}", LADDER_OF_FOUR],
        4950,
        ["10.50 EUR more and you get 1.52 EUR more"],
    ),
    "the rule of the minimum is used up": (
        ["earn:", "  - {id: a, percent: 5}", TENTH, HUNDREDTH],
        4950,
        ["5.50 EUR more and you get 0.82 EUR more"],
    ),
    "a cent is missing": (
        ["earn:", LADDER_OF_FOUR],
        4999,
        ["0.01 EUR more and you get 1.00 EUR more", "10.01 EUR more and you get 4.00 EUR more"],
    ),
    "a cent that brings nothing is missing": (["earn:", "  - {id: a, percent: 5}", TENTH], 4999, []),
}


@pytest.mark.parametrize("what", NEAREST)
def test_what_is_next_is_where_a_rule_gives_more_than_for_a_cent_less(shop: Shop, what: str) -> None:
    """An order of 100.00 has used up what is limited."""
    rules, basket, texts = NEAREST[what]
    head = ["name: Acme", "currency: EUR", 'landing: {page: "https://acme.example", hosts: [acme.example]}']
    assert (shop.publish("\n".join([*head, *rules])).status, shop.connect().status) == (200, 200)
    shop.later_s = 3600
    buy(shop, 1, "100.00")
    assert [step["text"] for step in quote(shop, basket, member="acme.1")["next"]] == texts


STEPS = """
name: Edge Shop
currency: EUR
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
assets: {points: {}}
earn:
  - {id: cashback, percent: 5}
"""
BIG = "  - {id: big, ladder: [{at: 100, amount: 3}, {at: 200, amount: 8}], match: {tags: [big]}}\n"
PER_TEN = "  - {id: lim, give: 1, of: EUR, per: {EUR: 10}, match: {tags: [big]}, exclude: {tags: [sale]}}\n"
GIFT = "levels: {counts: at_once, steps: [{id: green, at: 0}, {id: black, at: 1000, gift: {give: 40, of: points}}]}\n"
CARD = "cards: [{id: euros, counts: {per: {EUR: 10}}, size: 3, reward: {give: 5, of: points}}]\n"
GOAL = "goals: [{id: spend, measure: spend, target: 50, per: month, match: {tags: [big]}, reward: {amount: 2}}]\n"
PIECES = "cards: [{id: cups, counts: {pieces: {tags: [big]}}, size: 2, reward: {give: 5, of: points}}]\n"
IN_BASKET = "more of some articles in your basket and you get"
BIG_LINE, OTHER = {"net": 9900, "tags": ["big"]}, {"net": 9900}
NEXT: dict[str, tuple[str, list[dict[str, Any]], list[tuple[int | None, str]]]] = {
    "a rung of some articles that are in the basket": (
        BIG,
        [OTHER, BIG_LINE],
        [(2, f"1.00 EUR {IN_BASKET} 3.05 EUR more"), (2, f"101.00 EUR {IN_BASKET} 13.05 EUR more")],
    ),
    "a rung of articles of which the basket has none": (BIG, [OTHER], []),
    "a full sum of some articles": (
        PER_TEN,
        [{"net": 1200, "tags": ["big", "sale"]}, {"net": 1200, "tags": ["big"]}],
        [(2, f"8.00 EUR {IN_BASKET} 1.40 EUR more")],
    ),
    "a full sum where all that is named is excepted": (PER_TEN, [{"net": 1200, "tags": ["big", "sale"]}], []),
    "a level's gift": (GIFT, [{"net": 95_000}], [(None, "50.00 EUR more and you get 40 points and 2.50 EUR more")]),
    "a card of full sums": (CARD, [{"net": 1500}], [(None, "15.00 EUR more and you get 5 points and 0.75 EUR more")]),
    "a goal of some articles": (GOAL, [BIG_LINE | {"net": 4500}], [(1, f"5.00 EUR {IN_BASKET} 2.25 EUR more")]),
    "stamps of pieces, which no amount of money is": (
        BIG + PIECES,
        [BIG_LINE],
        [(1, f"1.00 EUR {IN_BASKET} 3.05 EUR more")],
    ),
    "a bracket, which gives no more from a cent on": (
        "  - {id: b, ladder: [{at: 0, percent: 1}, {at: 50, percent: 3}], count: brackets}\n",
        [{"net": 4900}],
        [],
    ),
}


@pytest.mark.parametrize("what", NEXT)
def test_what_is_next_is_what_the_larger_basket_then_earns(open_shop: Shop, what: str) -> None:
    """docs/api.md: what a little more would bring, of all goods or of a line's."""
    parts, lines, told = NEXT[what]
    open_shop.replace_programme(STEPS + parts)

    def quoted(lines: list[dict[str, Any]]) -> Any:
        return open_shop.call("POST", "/v1/quotes", {"lines": lines}, open_shop.storefront).json

    steps = quoted(lines)["next"]
    assert [(step["line"], step["text"]) for step in steps][: len(told)] == told
    assert bool(steps) == bool(told)
    for step in steps:
        # What the step promises of money is what the basket with so much more of that line earns.
        line = lines[step["line"] - 1] if step["line"] else {}
        more = quoted([*lines, line | {"net": step["missing"]}])["rewards"]
        gained = sum(row["amount"] for row in more if row["asset"] == "EUR/2")
        gained -= sum(row["amount"] for row in quoted(lines)["rewards"] if row["asset"] == "EUR/2")
        assert f" {gained / 100:.2f} EUR" in step["text"].partition("you get")[2]


def test_all_that_a_quote_compares_is_read_once(full_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    buy(full_shop, 1)
    reads: list[Ref] = []

    def load(refs: Collection[Ref]) -> dict[Ref, Record | None]:
        reads.extend(refs)
        return table.load(refs)

    monkeypatch.setattr(process.engine(), "_load", load)
    assert len(quote(full_shop, 9590, member="acme.1")["next"]) == 2
    assert reads
    assert len(reads) == len(set(reads))


def test_a_currency_of_a_quote_may_be_in_small_letters(full_shop: Shop) -> None:
    lines = {"lines": [{"net": 100}]}
    answer = full_shop.call("POST", "/v1/quotes", lines | {"currency": "eur"}, full_shop.storefront)
    assert answer.json == full_shop.call("POST", "/v1/quotes", lines, full_shop.storefront).json
    assert answer.json["currency"] == "EUR"
    refused = full_shop.call("POST", "/v1/quotes", lines | {"currency": "usd"}, full_shop.storefront)
    assert refused.detail == "currency must be one of the programme's: EUR, got 'usd'"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"net": -1}]}, "net"),
        ({"lines": [{"net": 100, "quantity": 0}]}, "quantity"),
        ({"lines": [{"net": 100}], "currency": "USD"}, "currency"),
        ({"lines": [{"net": 100}], "member": "no body!"}, "member"),
        ({"lines": [{"net": 100, "price": 1}]}, "price"),
    ],
)
def test_a_basket_that_cannot_be_read_is_refused_with_the_field(
    full_shop: Shop, body: dict[str, Any], field: str
) -> None:
    answer = full_shop.call("POST", "/v1/quotes", body, full_shop.storefront)
    assert answer.status in (400, 422)
    assert field in answer.detail


def test_without_a_programme_there_is_nothing_to_quote(shop: Shop) -> None:
    body = {"lines": [{"net": 100}]}
    assert shop.call("POST", "/v1/quotes", body, shop.storefront).problem == (404, "not_found")


@pytest.mark.parametrize("line", [{"net": 5000, "earns": False}, {"net": 0}], ids=["gift card", "free sample"])
@pytest.mark.parametrize("orders", [0, 1, 3])
def test_a_basket_that_earns_nothing_has_a_quote(open_shop: Shop, line: dict[str, Any], orders: int) -> None:
    for number in range(orders):
        open_shop.later_s += 10
        open_shop.buy(number + 1, 1)
    quoted = open_shop.call("POST", "/v1/quotes", {"lines": [line], "member": "acme.1"}, open_shop.storefront)
    assert (quoted.status, quoted.json["rewards"]) == (200, [])


@pytest.mark.parametrize("member", ["", "acme.1", "acme.7"])
def test_a_quote_names_whom_it_is_for_and_nobody_where_it_is_for_a_new_customer(open_shop: Shop, member: str) -> None:
    open_shop.buy(1, 1)
    quoted = quote(open_shop, 10_000, member=member)
    assert (quoted["member"], quoted["progress"]["member"]) == (member, member)


def test_a_quote_reads_a_code_as_an_order_does(open_shop: Shop) -> None:
    open_shop.buy(1, 1)
    code = f"code: {open_shop.code_of().lower()}."
    body = {"lines": [{"net": 10_000}], "member": "acme.2", "code": code}
    quoted = open_shop.call("POST", "/v1/quotes", body, open_shop.storefront).json["rewards"]
    open_shop.buy(2, 2, code)
    assert {row["rule"] for row in quoted} == {"cashback", "referral-welcome"}
    assert len(open_shop.reasons("acme.2")) == 2


def test_a_quote_notes_what_of_the_request_counts_for_nothing(open_shop: Shop) -> None:
    open_shop.buy(1, 1)
    good = {"member": "acme.2", "code": open_shop.code_of(), "paid_with_balance": 10_000}
    assert quote(open_shop, 10_000, **good)["notes"] == []
    assert quote(open_shop, 10_000)["notes"] == []
    assert quote(open_shop, 10_000, member=f"guest.{'a2' * 13}")["notes"] == []
    beyond = good | {"paid_with_balance": 12_501, "shipping": 2000, "shipping_tax": 500}
    costs = "paid_with_balance counts as 125.00 EUR, which is what the basket costs"
    assert quote(open_shop, 10_000, **beyond)["notes"] == [costs]
    for code in ("AAAA", NOBODYS_CODE):
        assert quote(open_shop, 10_000, code=code)["notes"] == ["code counts for nothing: no member has it"]
    for stranger in ("foo", "shop.7", "acme", "guest.abc"):
        (note,) = quote(open_shop, 10_000, member=stranger)["notes"]
        assert note.startswith("member is quoted as a new customer, and no order can be theirs")
        assert "(acme)" in note


def test_a_quote_says_why_a_code_that_somebody_has_counts_for_nothing(open_shop: Shop) -> None:
    """The welcome gift is left out of such a basket, so a checkout must be able to say why."""
    for customer in (1, 2, 3):
        open_shop.later_s += 10
        open_shop.buy(customer, customer)
    codes = {customer: open_shop.code_of(f"acme.{customer}") for customer in (1, 2)}
    assert quote(open_shop, 10_000, member="acme.1", code=codes[1])["notes"] == [
        "code counts for nothing: it is the buyer's own"
    ]
    assert quote(open_shop, 10_000, member="acme.3", code=codes[1])["notes"] == [
        "code counts for nothing: the buyer has bought before"
    ]
    claim = {"friend": "acme.9", "code": codes[2]}
    claimed = open_shop.call("POST", "/v1/referrals", claim, open_shop.storefront, Idempotency_Key="c")
    assert claimed.status == 200
    assert quote(open_shop, 10_000, member="acme.9", code=codes[2])["notes"] == []
    assert quote(open_shop, 10_000, member="acme.9", code=codes[1])["notes"] == [
        "code counts for nothing: the buyer is another member's friend already"
    ]
    assert quote(open_shop, 10_000, member="acme.8", code=codes[1])["notes"] == []
    open_shop.buy(8, 8, codes[1])
    assert quote(open_shop, 10_000, member="acme.8", code=codes[1])["notes"] == [
        "code counts for nothing: the buyer has bought before"
    ]
    merged = open_shop.call(
        "POST", "/v1/members/acme.1/merge", {"from": "acme.2"}, open_shop.admin, Idempotency_Key="m"
    )
    assert merged.status == 200
    assert quote(open_shop, 10_000, member="acme.9", code=codes[1])["notes"] == []


def test_a_quote_says_that_a_programme_has_no_referral(full_shop: Shop) -> None:
    assert quote(full_shop, 100, code="AAAA")["notes"] == ["code counts for nothing: the programme has no referral"]


@pytest.mark.parametrize("holdout", [0, 10])
def test_a_quote_without_a_member_promises_no_campaign_that_may_leave_the_shopper_out(
    open_shop: Shop, holdout: int
) -> None:
    today = local_day(open_shop.now, "UTC")
    days = f"starts: {today - timedelta(days=2)}, ends: {today + timedelta(days=9)}"
    campaign = f"campaigns: [{{id: tea, {days}, multiply: {{cashback: 2}}, holdout: {holdout}}}]\n"
    open_shop.replace_programme(DOCUMENT + campaign)
    quoted = quote(open_shop, 10_000)["rewards"]
    given = sum(reward["amount"] for reward in quoted if reward["asset"] == "EUR/2" and reward["rule"] != "big")
    assert given == (500 if holdout else 1000)
