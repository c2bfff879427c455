"""The demo's storefront: its page for the customer who is signed in, and the orders that its buttons make."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from infra.api import ApiError
from infra.local.demo_shop import TEXTS, DemoCustomer, page, storefront
from infra.local.demo_till import PRODUCTS, Product, Till

ACCOUNT = DemoCustomer("http://localhost:1/api/", "acme-shopify", "widget-secret", 7004)


@dataclass
class FakeServer:
    """What was sent; `balance` can be used, for `percent` of an order at most; `why` and `code` are what the API
    refuses with.
    """

    balance: int = 300
    percent: int = 100
    why: str = ""
    code: str = ""
    sent: list[tuple[str, ...]] = field(default_factory=list)

    def usable(self) -> int:
        return self.balance

    def payable(self, total: int) -> int:
        return total * self.percent // 100

    def set_apart(self, number: str, amount: int, total: int) -> None:
        self._send("hold", number, str(amount), str(total))

    def sell(self, number: str, price: Decimal, sku: str, balance: Decimal) -> None:
        time.sleep(0.05)
        self._send("paid", number, str(price), sku, str(balance))

    def take_back(self, number: str, price: Decimal, money: Decimal) -> None:
        self._send("refund", number, str(price), str(money))

    def _send(self, *what: str) -> None:
        if self.why:
            raise ApiError(self.why, 409, self.code)
        self.sent.append(what)


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def address(server: FakeServer) -> Iterator[str]:
    with storefront(ACCOUNT, Till(server)) as url:
        yield url


def ask(url: str, body: bytes | None = None, **headers: str) -> tuple[int, str, str]:
    """Status, text and policy of an answer."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(url, body, sent), timeout=5) as answer:
            return answer.status, answer.read().decode(), answer.headers["Content-Security-Policy"]
    except HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("lang", "text"), [("en", "Green tea"), ("fr", "Thé vert"), ("de", "Green tea")])
def test_the_page_is_the_customers_in_each_language(address: str, lang: str, text: str) -> None:
    status, shown, policy = ask(f"{address}?lang={lang}")
    assert (status, text in shown) == (200, True)
    (at, proof) = re.findall(r'at="(\d+)" proof="(\w+)"', shown)[0]
    assert proof == ACCOUNT.proof(int(at))
    assert "widget-secret" not in shown
    assert policy.startswith("default-src 'none'; script-src 'self' http://localhost:1;")


@pytest.mark.parametrize("name", ["shop.css", "shop.js"])
def test_its_files_are_served_and_no_others(address: str, name: str) -> None:
    assert ask(f"{address}{name}")[0] == 200
    assert ask(f"{address}shop.html")[0] == 404
    assert ask(f"{address}../story.py")[0] == 404


@pytest.mark.parametrize(
    ("accepted", "query", "text"),
    [("fr-FR,en;q=0.5", "", "Thé vert"), ("de", "", "Green tea"), ("fr", "?lang=en", "Green tea")],
)
def test_without_a_choice_the_page_is_in_the_browsers_language(
    address: str, accepted: str, query: str, text: str
) -> None:
    request = Request(f"{address}{query}", headers={"Accept-Language": accepted})
    with urlopen(request, timeout=10) as reply:
        assert text in reply.read().decode()


def press(address: str, path: str, lang: str = "en", **fields: str) -> tuple[int, dict[str, str]]:
    """Send a form as the page's script does."""
    body = urlencode(fields).encode()
    status, text, _ = ask(f"{address}{path}?lang={lang}", body, Accept="application/json")
    return status, json.loads(text)


def number_of(address: str) -> str:
    """The number of the order that a freshly loaded page makes."""
    numbers: list[str] = re.findall(r'name="order" value="(\d+)"', ask(address)[1])
    return max(numbers, key=int)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.sku)
def test_what_is_bought_is_sent_and_said_in_a_sentence(address: str, server: FakeServer, product: Product) -> None:
    number = number_of(address)
    status, answer = press(address, "buy", order=number, sku=product.sku)
    says = f"Bought for €{product.price}: order #{number} and what it earns are shown below."
    assert (status, answer["text"], answer["last"]) == (200, says, number)
    assert int(answer["order"]) > int(number)
    assert server.sent == [("paid", number, str(product.price), product.sku, "0.00")]


def test_a_double_click_buys_once(address: str, server: FakeServer) -> None:
    number = number_of(address)
    with ThreadPoolExecutor(4) as clicks:
        answers = list(clicks.map(lambda _: press(address, "buy", order=number, sku="TEA-1"), range(4)))
    assert {answer["text"] for _, answer in answers} == {answers[0][1]["text"]}
    assert len(server.sent) == 1


@pytest.mark.parametrize(
    ("balance", "used", "rest"), [(300, "3.00", "15.00"), (1800, "18.00", "0.00"), (9900, "18.00", "0.00")]
)
def test_balance_pays_by_a_hold_and_the_order_says_so(
    address: str, server: FakeServer, balance: int, used: str, rest: str
) -> None:
    server.balance, number = balance, number_of(address)
    status, answer = press(address, "buy", order=number, sku="TEA-1", pay="balance")
    says = f"Bought for €18.00: €{used} came from the balance, €{rest} are paid by card."
    assert (status, answer["text"]) == (200, says)
    cents = str(min(balance, 1800))
    assert server.sent == [("hold", number, cents, "1800"), ("paid", number, "18.00", "TEA-1", used)]


def test_without_balance_nothing_is_bought_with_it(address: str, server: FakeServer) -> None:
    server.balance = 0
    status, answer = press(address, "buy", order=number_of(address), sku="TEA-1", pay="balance")
    assert (status, answer["text"]) == (409, TEXTS["en"]["empty"])
    assert server.sent == []


def test_no_more_of_an_order_is_paid_with_balance_than_the_programme_allows(address: str, server: FakeServer) -> None:
    server.balance, server.percent, number = 9900, 50, number_of(address)
    status, answer = press(address, "buy", "fr", order=number, sku="TEA-1", pay="balance")
    says = "Acheté pour 18,00_€ : 9,00_€ viennent du solde, 9,00_€ sont réglés par carte."
    assert (status, answer["text"]) == (200, says.replace("_", "\N{NO-BREAK SPACE}"))
    assert server.sent == [("hold", number, "900", "1800"), ("paid", number, "18.00", "TEA-1", "9.00")]


@pytest.mark.parametrize(("lang", "says"), [("en", "The shop's rules do not"), ("fr", "Les règles de la boutique")])
@pytest.mark.parametrize(
    ("percent", "why"), [(0, ""), (100, "`amount` must be at least 20% of order_total")], ids=["nothing", "too little"]
)
def test_a_share_that_the_programme_refuses_is_told_in_the_readers_language(
    address: str, server: FakeServer, lang: str, says: str, percent: int, why: str
) -> None:
    server.percent, server.why, server.code = percent, why, "invalid_input"
    status, answer = press(address, "buy", lang, order=number_of(address), sku="TEA-1", pay="balance")
    assert (status, answer["text"]) == (409, TEXTS[lang]["unpayable"])
    assert answer["text"].startswith(says)
    assert server.sent == []


@pytest.mark.parametrize(
    ("pay", "money", "says"), [("", "18.00", "€18.00 are paid back,"), ("balance", "15.00", "€3.00 are in the")]
)
def test_the_last_order_is_returned_once(address: str, server: FakeServer, pay: str, money: str, says: str) -> None:
    number = number_of(address)
    press(address, "buy", order=number, sku="TEA-1", pay=pay)
    answers = [press(address, "return", order=number) for _ in range(2)]
    assert [status for status, _ in answers] == [200, 200]
    assert says in answers[0][1]["text"]
    assert answers[0][1]["last"] == ""
    assert [sent for sent in server.sent if sent[0] == "refund"] == [("refund", number, "18.00", money)]


def test_what_the_api_refuses_is_said_and_can_be_tried_again(address: str, server: FakeServer) -> None:
    server.why, number = "the hold is too large", number_of(address)
    status, answer = press(address, "buy", "fr", order=number, sku="TEA-1", pay="balance")
    assert (status, server.sent) == (502, [])
    assert answer["text"] == "Cela n'a pas marché, rien n'a été acheté ni retourné : the hold is too large"
    server.why = ""
    assert press(address, "buy", order=number, sku="TEA-1", pay="balance")[0] == 200


@pytest.mark.parametrize(("path", "lang"), [("buy", "en"), ("buy", "fr")])
def test_without_a_script_the_page_comes_back_with_the_sentence(address: str, path: str, lang: str) -> None:
    body = urlencode({"order": number_of(address), "sku": "COFFEE-1"}).encode()
    status, text, _ = ask(f"{address}{path}?lang={lang}", body)
    assert status == 200
    assert {"en": "Bought for €20.00", "fr": "Acheté pour 20,00"}[lang] in text
    assert re.search('<form id="back"[^>]*return[^>]*>', text)
    assert "hidden>" not in text.partition('id="back"')[2].partition("<input")[0]


@pytest.mark.parametrize(
    ("path", "fields", "headers", "status"),
    [
        ("buy", {"sku": "OTHER"}, {}, 400),
        ("buy", {}, {}, 400),
        ("buy", {"sku": "TEA-1", "order": "99"}, {}, 409),
        ("return", {"order": "99"}, {}, 409),
        ("steal", {"sku": "TEA-1"}, {}, 404),
        ("buy", {"sku": "TEA-1"}, {"Sec_Fetch_Site": "cross-site"}, 403),
    ],
)
def test_nothing_else_is_bought(
    address: str, server: FakeServer, path: str, fields: dict[str, str], headers: dict[str, str], status: int
) -> None:
    assert ask(f"{address}{path}", urlencode(fields).encode(), **headers)[0] == status
    assert server.sent == []


def test_both_languages_have_every_text() -> None:
    assert TEXTS["en"].keys() == TEXTS["fr"].keys()


def test_what_stands_in_the_page_is_escaped() -> None:
    hostile = DemoCustomer("http://localhost:1/api/", '"><script>alert(1)</script>', "secret", 7004)
    assert "<script>alert" not in page(hostile, Till(FakeServer()), "en")
