"""The demo's storefront: its page for the customer who is signed in, and the orders that its buttons make."""

import re
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from infra.local.demo_shop import PRODUCTS, Account, Product, page, storefront

ACCOUNT = Account("http://localhost:1/api/", "acme-shopify", "widget-secret", 7004)


@pytest.fixture
def bought() -> list[Product]:
    return []


@pytest.fixture
def address(bought: list[Product]) -> Iterator[str]:
    def buy(product: Product) -> tuple[str, str]:
        bought.append(product)
        return "100", "recorded"

    with storefront(ACCOUNT, buy) as url:
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


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.sku)
def test_what_is_bought_is_sent_and_its_answer_told(address: str, bought: list[Product], product: Product) -> None:
    status, text, _ = ask(f"{address}buy?lang=en", f"sku={product.sku}".encode())
    assert (status, text) == (200, f"Order #100 is paid: €{product.price}. The webhook was answered: recorded.")
    assert bought == [product]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [(b"sku=OTHER", {}, 400), (b"", {}, 400), (b"sku=TEA-1", {"Sec_Fetch_Site": "cross-site"}, 403)],
)
def test_nothing_else_is_bought(
    address: str, bought: list[Product], body: bytes, headers: dict[str, str], status: int
) -> None:
    assert ask(f"{address}buy", body, **headers)[0] == status
    assert bought == []


def test_what_stands_in_the_page_is_escaped() -> None:
    hostile = Account("http://localhost:1/api/", '"><script>alert(1)</script>', "secret", 7004)
    assert "<script>alert" not in page(hostile, "en")
