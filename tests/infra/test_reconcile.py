"""`python -m infra reconcile` as typed, against the whole API in this process and storefronts' APIs over HTTP."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra import api
from infra.__main__ import main
from infra.storefront_orders import deliveries, files, shopify, woocommerce
from tests.edge import conftest as edge
from tests.edge.conftest import SHOPIFY_SECRET, STANDARD_SECRET, WOO_SECRET, Shop
from tests.world.senders import shopify_refund, shopify_transaction, standard_order, woocommerce_order
from tests.world.storefront_apis import SHOPIFY_TOKEN, WOO_TOKEN, Reply, Storefront, json_reply, storefront

aws, moto_server, one_client, bare_shop, shop, open_shop = (
    edge.aws,
    edge.moto_server,
    edge.one_client,
    edge.bare_shop,
    edge.shop,
    edge.open_shop,
)

RISTOURNE = "https://ristourne.test"
SINCE = "2026-01-01T00:00:00Z"
SECRETS = {"shopify": SHOPIFY_SECRET, "woocommerce": WOO_SECRET, "standard": STANDARD_SECRET}
TOKENS = {"shopify": SHOPIFY_TOKEN, "woocommerce": WOO_TOKEN}
LISTS = {"shopify": shopify, "woocommerce": woocommerce}

COLUMNS = ("known", "missing", "differing", "kept", "ignored", "failed")

Json = dict[str, Any]


class Run:
    """What a run of the command left: its status and what it said."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def counts(self) -> dict[str, int]:
        """The table, without what is 0."""
        titles, numbers = self.out.splitlines()[-2:]
        assert titles.split()[0] == "listed"
        listed, *rest = map(int, numbers.split())
        assert listed == sum(rest)
        return {name: number for name, number in zip(COLUMNS, rest, strict=True) if number}

    @property
    def lines(self) -> list[str]:
        """A line for each order that is not simply known."""
        return self.out.partition("\n\n")[0].splitlines() if self.out else []


class Operator:
    """Types commands; `pauses` are those that they would have made, `trouble` what the API answers before it works."""

    def __init__(self, shop: Shop, patch: pytest.MonkeyPatch, printed: pytest.CaptureFixture[str]) -> None:
        self.shop, self.patch, self._printed = shop, patch, printed
        self.pauses: list[float] = []
        self.trouble: list[tuple[str, int]] = []

    def run(self, *words: str, since: str = SINCE) -> Run:
        self._printed.readouterr()
        status = main(["reconcile", *words, "--since", since])
        printed = self._printed.readouterr()
        own = "".join(line for line in printed.out.splitlines(keepends=True) if not line.startswith("{"))
        return Run(status, own.lstrip("\n"), printed.err)

    def answer(self, called: api.Api, method: str, path: str, body: Any = None, headers: Any = None) -> api.ApiAnswer:
        """In place of Api.raw: what is meant for Ristourne stays in this process."""
        if called.url != RISTOURNE:
            return over_http(called, method, path, body, headers)
        if self.trouble and self.trouble[0][0] in path:
            return api.ApiAnswer(self.trouble.pop(0)[1], {}, b"{}")
        sent = {"Content-Type": "application/json", **(headers or {}), "Authorization": f"Bearer {called.key}"}
        reply = self.shop.request(method, path, sent, body or b"")
        return api.ApiAnswer(reply.status, reply.headers, reply.body)


over_http = api.Api.raw


def in_process(operator: Operator) -> Callable[..., api.ApiAnswer]:
    """A function, which as a class's attribute is given the instance; a bound method would not be."""

    def raw(called: api.Api, *words: Any, **named: Any) -> api.ApiAnswer:
        return operator.answer(called, *words, **named)

    return raw


@pytest.fixture
def operator(open_shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    """An operator of the Shopify connection `acme`."""
    made = Operator(open_shop, monkeypatch, capsys)
    variables = {"URL": RISTOURNE, "KEY": open_shop.admin, "SECRET": SHOPIFY_SECRET, "STOREFRONT_TOKEN": SHOPIFY_TOKEN}
    for name, value in variables.items():
        monkeypatch.setenv(f"RISTOURNE_{name}", value)
    monkeypatch.setattr(api.Api, "raw", in_process(made))
    monkeypatch.setattr("infra.reconcile.time", SimpleNamespace(time=lambda: open_shop.now))
    monkeypatch.setattr("infra.retrying_api.time", SimpleNamespace(sleep=made.pauses.append))
    monkeypatch.setattr("getpass.getpass", lambda _: pytest.fail("asked for a secret"))
    return made


@pytest.fixture
def store() -> Iterator[Storefront]:
    with storefront() as made:
        yield made


def refunded(order: Json, amount: str = "40.00") -> Json:
    """The order as Shopify lists it after a refund."""
    later = (datetime.fromisoformat(order["updated_at"]) + timedelta(seconds=1)).isoformat()
    refund = shopify_refund(order["id"] * 10, order["id"], transactions=[shopify_transaction(amount)])
    return order | {"updated_at": later, "financial_status": "partially_refunded", "refunds": [refund]}


def five_orders(shop: Shop) -> list[Json]:
    """What the storefront lists; 1 and 2 never came, 3 came before its refund, 4 and 5 are known."""
    orders = [shop.order(number, number) for number in range(1, 6)]
    for order in orders[2:]:
        shop.hear(order)
    return [*orders[:2], refunded(orders[2]), *orders[3:]]


def test_a_check_says_what_an_older_order_undoes(operator: Operator, store: Storefront, tmp_path: Path) -> None:
    shop = operator.shop
    code = shop.code_of()
    for number in (2, 3):
        shop.buy(number, number, code)
    shop.settle()
    paid = datetime.fromtimestamp(shop.now - 3600, UTC).isoformat()
    older = shop.order(9, 2) | {"created_at": paid, "processed_at": paid, "updated_at": paid}
    file = tmp_path / "orders.ndjson"
    file.write_text(json.dumps(older))
    outcome = operator.run("acme", "--file", str(file), "--check")
    assert (outcome.status, outcome.counts) == (3, {"missing": 1})
    assert "acme.1 -20.00 EUR (Bonus taken back: a friend had bought before.)" in outcome.lines[0]
    assert "acme.2 -3.00 EUR (Welcome gift taken back" in outcome.lines[0]
    assert outcome.lines[0].endswith("acme.2 counts as a friend of acme.1 no more (a friend had bought before)")
    assert shop.available("acme.1") == 2000  # nothing was changed


def balances(shop: Shop) -> list[int]:
    return [shop.available(f"acme.{number}") for number in range(1, 6)]


TAKEN_BACK = "Cashback taken back: your order #1001 was refunded or changed; what you kept earns 5% of 60.00 EUR."
MENDED = [500, 500, 300, 500, 500]


def written(path: Path, orders: list[Json]) -> Path:
    """An export in the format that its name says."""
    by_line = "\ufeff" + "\n\n".join(map(json.dumps, orders)) + "\n"
    text = {
        "orders.json": json.dumps(orders, indent=2),
        "page.json": json.dumps({"orders": orders}),
        "orders.ndjson": by_line,
        "orders.jsonl": by_line,
    }[path.name]
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["orders.json", "page.json", "orders.ndjson", "orders.jsonl"])
def test_what_no_webhook_brought_is_mended_from_a_file_and_a_second_run_finds_nothing(
    operator: Operator, tmp_path: Path, name: str
) -> None:
    export = written(tmp_path / name, five_orders(operator.shop))
    first = operator.run("acme", "--file", str(export))
    assert (first.status, first.counts) == (3, {"known": 2, "missing": 2, "differing": 1}), first.err
    assert first.lines == [
        "missing    acme/1 #1001  acme.1 5.00 EUR (Cashback: 5% of 100.00 EUR on your order #1001.)",
        "missing    acme/2 #1001  acme.2 5.00 EUR (Cashback: 5% of 100.00 EUR on your order #1001.)",
        f"differing  acme/3 #1001  acme.3 -2.00 EUR ({TAKEN_BACK})",
    ]
    assert "missing (mended)" in first.out
    assert balances(operator.shop) == MENDED
    books = operator.shop.items()
    second = operator.run("acme", "--file", str(export))
    assert (second.status, second.counts, second.lines[0].split()[0]) == (0, {"known": 5}, "listed")
    assert operator.shop.items() == books


def test_a_check_finds_the_same_changes_nothing_and_needs_no_secret(operator: Operator, tmp_path: Path) -> None:
    export = written(tmp_path / "orders.json", five_orders(operator.shop))
    operator.patch.delenv("RISTOURNE_SECRET")
    books = operator.shop.items()
    outcome = operator.run("acme", "--file", str(export), "--check")
    assert (outcome.status, outcome.counts) == (3, {"known": 2, "missing": 2, "differing": 1})
    assert "mended" not in outcome.out
    assert operator.shop.items() == books


def from_api(operator: Operator, store: Storefront, *more: str, since: str = SINCE) -> Run:
    return operator.run("acme", "--from-api", "--store", store.url, *more, since=since)


def test_shopify_is_read_page_by_page_and_its_limit_is_honoured(operator: Operator, store: Storefront) -> None:
    store.orders = five_orders(operator.shop)
    operator.patch.setattr(shopify, "PAGE_ORDERS", 2)
    store.trouble = [None, json_reply({"errors": "Exceeded 2 calls per second"}, 429, {"Retry-After": "2.0"})]
    first = from_api(operator, store)
    assert (first.status, first.counts) == (3, {"known": 2, "missing": 2, "differing": 1}), first.err
    assert operator.pauses == [2.0]
    assert ["page_info" in query for query in store.asked] == [False, True, True, True]
    assert balances(operator.shop) == MENDED
    assert from_api(operator, store).status == 0


def woo_orders(shop: Shop) -> list[Json]:
    """As five_orders, of a connection `acme` that is a WooCommerce one."""
    start = datetime.fromtimestamp(shop.now, UTC).replace(tzinfo=None)

    def order(number: int, age_s: int = 0, **more: Any) -> Json:
        stamp = (start - timedelta(seconds=age_s)).isoformat()
        line = {"id": 1, "quantity": 1, "total": "100.00", "total_tax": "0.00"}
        paid = {"date_created_gmt": start.isoformat(), "date_paid_gmt": start.isoformat(), "date_modified_gmt": stamp}
        return woocommerce_order(number, customer_id=number, line_items=[line], shipping_total="0.00", **paid, **more)

    orders = [order(number, age_s=10 - number) for number in range(1, 6)]
    for bought in orders[2:]:
        shop.send("acme", "woocommerce", WOO_SECRET, "order.created", bought)
    return [*orders[:2], order(3, refunds=[{"id": 31, "reason": "", "total": "-40.00"}]), *orders[3:]]


@pytest.fixture
def woo_operator(operator: Operator) -> Operator:
    """The operator of a connection `acme` that is a WooCommerce one."""
    operator.shop.forget_connection("acme")
    operator.shop.connect("acme", "woocommerce", WOO_SECRET)
    operator.patch.setenv("RISTOURNE_SECRET", WOO_SECRET)
    operator.patch.setenv("RISTOURNE_STOREFRONT_TOKEN", WOO_TOKEN)
    return operator


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_woocommerce_is_read_page_by_page(woo_operator: Operator, store: Storefront, size: int) -> None:
    store.orders = woo_orders(woo_operator.shop)
    woo_operator.patch.setattr(woocommerce, "PAGE_ORDERS", size)
    first = from_api(woo_operator, store)
    assert (first.status, first.counts) == (3, {"known": 2, "missing": 2, "differing": 1}), first.err
    assert len(store.asked) == -(-5 // size)
    assert balances(woo_operator.shop) == MENDED
    assert from_api(woo_operator, store).status == 0


def test_a_page_count_that_a_proxy_has_dropped_is_done_without(woo_operator: Operator, store: Storefront) -> None:
    (order, *_) = woo_orders(woo_operator.shop)
    store.trouble = [json_reply([order]), json_reply([])]
    assert from_api(woo_operator, store).counts == {"missing": 1}
    assert len(store.asked) == 2


def test_what_changed_in_the_very_second_is_listed(woo_operator: Operator, store: Storefront) -> None:
    store.orders = woo_orders(woo_operator.shop)
    since = max(order["date_modified_gmt"] for order in store.orders) + "Z"
    assert from_api(woo_operator, store, since=since).counts == {"differing": 1}


@pytest.mark.parametrize("kind", TOKENS)
def test_a_wrong_token_is_named_and_not_repeated(operator: Operator, store: Storefront, kind: str) -> None:
    operator.shop.forget_connection("acme")
    operator.shop.connect("acme", kind, SECRETS[kind])
    wrong = TOKENS[kind].replace("0", "9")
    operator.patch.setenv("RISTOURNE_STOREFRONT_TOKEN", wrong)
    failed = from_api(operator, store)
    assert (failed.status, failed.out) == (1, "")
    assert "RISTOURNE_STOREFRONT_TOKEN must be" in failed.err
    assert wrong not in failed.err
    assert (len(store.asked), operator.pauses) == (1, [])


def test_a_token_of_another_form_is_not_even_sent(woo_operator: Operator, store: Storefront) -> None:
    woo_operator.patch.setenv("RISTOURNE_STOREFRONT_TOKEN", SHOPIFY_TOKEN)
    assert "ck_...:cs_..." in from_api(woo_operator, store).err
    assert store.asked == []


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ((200, {}, b"<html>"), "page 2 of the storefront holds no orders"),
        ((200, {}, b'{"orders": 5}'), "page 2 of the storefront holds no orders"),
        ((302, {"Location": "https://elsewhere.example/"}, b""), "--store must be the address"),
        ((404, {}, b"{}"), "--store must be the address"),
        ((400, {}, b"{}"), "the storefront answered 400"),
    ],
)
def test_a_page_that_is_none_ends_the_run_and_what_was_mended_stays(
    operator: Operator, store: Storefront, page: Reply, message: str
) -> None:
    store.orders = five_orders(operator.shop)
    operator.patch.setattr(shopify, "PAGE_ORDERS", 2)
    store.trouble = [None, page]
    failed = from_api(operator, store)
    assert (failed.status, failed.counts) == (1, {"missing": 2})
    assert message in failed.err
    assert from_api(operator, store).counts == {"known": 4, "differing": 1}
    assert balances(operator.shop) == MENDED


def test_the_token_goes_to_no_address_that_an_answer_names(operator: Operator, store: Storefront) -> None:
    store.orders = five_orders(operator.shop)
    store.links_to = "http://elsewhere.invalid"
    operator.patch.setattr(shopify, "PAGE_ORDERS", 3)
    assert from_api(operator, store).counts == {"known": 2, "missing": 2, "differing": 1}


def test_a_page_that_names_itself_as_the_next_ends_the_run(operator: Operator, store: Storefront) -> None:
    again = json_reply({"orders": []}, 200, {"Link": '<https://x/?page_info=1>; rel="next"'})
    store.trouble = [again, again, again]
    assert "names itself" in from_api(operator, store).err
    assert len(store.asked) == 2


def test_a_storefront_that_stays_down_is_asked_five_times(operator: Operator, store: Storefront) -> None:
    store.trouble = [(503, {}, b"")] * 9
    failed = from_api(operator, store)
    assert (failed.status, len(store.asked), operator.pauses) == (1, 5, [1, 2, 4, 8])
    assert "the storefront answered 503" in failed.err


def test_a_pause_that_is_asked_for_has_a_limit(operator: Operator, store: Storefront) -> None:
    store.trouble = [(429, {"Retry-After": "86400"}, b""), (429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"")]
    outcome = from_api(operator, store)
    assert (outcome.status, outcome.counts) == (0, {})
    assert operator.pauses == [60, 2]


def test_a_host_that_never_answered_is_asked_once(operator: Operator) -> None:
    failed = operator.run("acme", "--from-api", "--store", "https://nowhere.invalid")
    assert (failed.status, operator.pauses) == (1, [])
    assert failed.err.startswith("https://nowhere.invalid does not answer")


def test_a_storefront_that_goes_away_in_between_is_asked_again(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with storefront() as gone:
        gone.orders = five_orders(operator.shop)
        monkeypatch.setattr(shopify, "PAGE_ORDERS", 5)
        gone.trouble = [json_reply({"orders": []}, 200, {"Link": '<https://x/?page_info=1>; rel="next"'})]
        url = gone.url
        operator.pauses.clear()
        over = iter([None])

        def first_only(called: api.Api, *words: Any, **named: Any) -> api.ApiAnswer:
            if called.url == url and next(over, "gone") == "gone":
                raise api.ApiError(f"{url} does not answer: refused")
            return operator.answer(called, *words, **named)

        monkeypatch.setattr(api.Api, "raw", first_only)
        failed = from_api(operator, gone)
    assert (failed.status, operator.pauses) == (1, [1, 2, 4, 8])
    assert "does not answer" in failed.err


@pytest.mark.parametrize("address", ["", "acme.myshopify.com", "http://acme.myshopify.com", "http://localhost.example"])
def test_a_token_is_not_sent_in_clear(operator: Operator, address: str) -> None:
    failed = operator.run("acme", "--from-api", "--store", address)
    assert failed.err.startswith("--store must begin with https://")


def test_what_is_no_order_is_named_by_its_place_and_the_others_are_mended(operator: Operator, tmp_path: Path) -> None:
    good = operator.shop.order(1)
    lines = [
        json.dumps(good),
        '{"id": 2, "name": ',
        json.dumps(good | {"id": None}),
        "[]",
        json.dumps(good | {"id": 3, "note": "x" * deliveries.MAX_ORDER_BYTES}),
        json.dumps({"id": 4}),
        '{"id": "\xff"}',
        json.dumps(good | {"id": 6}),
    ]
    export = tmp_path / "orders.ndjson"
    export.write_bytes("\n".join(lines).encode("latin-1"))
    outcome = operator.run("acme", "--file", str(export))
    assert (outcome.status, outcome.counts) == (1, {"missing": 2, "kept": 1, "failed": 5})
    assert [line.split("  ")[0] for line in outcome.lines] == [
        *["missing", "failed", "failed", "failed", "failed", "kept", "failed", "missing"]
    ]
    rows = outcome.lines
    assert "line 2  must be JSON" in rows[1]
    assert "line 3  has no id" in rows[2]
    assert "line 4  is not an order" in rows[3]
    assert "line 5  is over 6 MB" in rows[4]
    assert "acme/4  currency is missing" in rows[5]
    assert "line 7  must be JSON" in rows[6]
    assert operator.shop.call("GET", "/v1/deliveries", key=operator.shop.admin).json["deliveries"] == []


@pytest.mark.parametrize("text", ["", "{", '{"order": []}', "5", "[1, 2"])
def test_a_file_of_something_else_is_refused_with_what_it_must_be(
    operator: Operator, tmp_path: Path, text: str
) -> None:
    export = tmp_path / "orders.json"
    export.write_text(text)
    failed = operator.run("acme", "--file", str(export))
    assert (failed.status, failed.out) == (1, "")
    assert "must be a JSON list" in failed.err


def test_a_document_that_is_too_large_for_memory_is_to_be_written_line_by_line(
    operator: Operator, tmp_path: Path
) -> None:
    operator.patch.setattr(files, "MAX_JSON_BYTES", 100)
    export = written(tmp_path / "orders.json", five_orders(operator.shop))
    assert "jq -c" in operator.run("acme", "--file", str(export)).err


def test_a_file_that_is_not_there_is_named(operator: Operator, tmp_path: Path) -> None:
    assert "none.json" in operator.run("acme", "--file", str(tmp_path / "none.json")).err


def test_a_wrong_secret_ends_the_run_before_anything_is_changed(operator: Operator, tmp_path: Path) -> None:
    export = written(tmp_path / "orders.json", five_orders(operator.shop))
    operator.patch.setenv("RISTOURNE_SECRET", "something-else")
    books = operator.shop.items()
    failed = operator.run("acme", "--file", str(export))
    assert (failed.status, failed.err) == (1, "RISTOURNE_SECRET is not the secret of the connection acme\n")
    assert operator.shop.items() == books


def test_a_wrong_key_ends_the_run(operator: Operator, tmp_path: Path) -> None:
    operator.patch.setenv("RISTOURNE_KEY", operator.shop.storefront)
    export = written(tmp_path / "orders.json", five_orders(operator.shop))
    assert "this needs a key of the role admin" in operator.run("acme", "--file", str(export)).err


def test_secrets_are_asked_for_where_the_environment_has_none(operator: Operator, store: Storefront) -> None:
    store.orders = five_orders(operator.shop)
    operator.patch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    typed = {"Secret of the storefront: ": SHOPIFY_SECRET, "Token of the storefront's API: ": SHOPIFY_TOKEN}
    operator.patch.setattr("getpass.getpass", typed.__getitem__)
    for name in ("SECRET", "STOREFRONT_TOKEN"):
        operator.patch.delenv(f"RISTOURNE_{name}")
    outcome = from_api(operator, store)
    assert outcome.status == 3
    assert not [secret for secret in typed.values() if secret in outcome.out + outcome.err]


def test_what_changed_before_is_left_out_and_counted(operator: Operator, tmp_path: Path) -> None:
    orders = five_orders(operator.shop)
    orders[0]["updated_at"] = "2025-12-31T23:59:59-00:00"
    orders[1]["updated_at"] = "2026-01-01T00:59:59+01:00"
    outcome = operator.run("acme", "--file", str(written(tmp_path / "orders.json", orders)))
    assert outcome.counts == {"known": 2, "differing": 1}
    assert outcome.err == "orders last changed before --since, left out: 2\n"


@pytest.mark.parametrize("since", ["yesterday", "2026-01-01", "2026-01-01T00:00:00"])
def test_since_must_say_its_offset(operator: Operator, tmp_path: Path, since: str) -> None:
    failed = operator.run("acme", "--file", str(tmp_path / "x.json"), since=since)
    assert failed.err.startswith("--since must be a date and time with its offset")


def test_only_connections_whose_orders_are_known_can_be_reconciled(operator: Operator) -> None:
    operator.shop.connect("pay", "stripe", "whsec_stripe_edge_00001")
    operator.shop.connect("own", "standard", STANDARD_SECRET)
    for name, message in (
        ("pay", "pay is a stripe connection"),
        ("own", "has no API that is known here"),
        ("nobody", "there is no connection nobody; there are: acme, more-of-acme, own, pay"),
    ):
        assert message in operator.run(name, "--from-api", "--store", "https://x.invalid").err


def test_our_own_format_may_stand_bare_or_in_its_envelope(operator: Operator, tmp_path: Path) -> None:
    operator.shop.connect("own", "standard", STANDARD_SECRET)
    operator.patch.setenv("RISTOURNE_SECRET", STANDARD_SECRET)
    moment = datetime.fromtimestamp(operator.shop.now, UTC).isoformat()
    stamps = {"paid_at": moment, "updated_at": moment}
    messages = [standard_order(id="1", **stamps), standard_order(id="2", **stamps)["data"]]
    messages.append({"type": "order.archived", "data": {"id": "3", "updated_at": moment}})
    export = written(tmp_path / "orders.ndjson", messages)
    outcome = operator.run("own", "--file", str(export))
    assert (outcome.status, outcome.counts) == (3, {"missing": 2, "ignored": 1})
    assert "unknown type 'order.archived'" in outcome.lines[2]
    assert operator.run("own", "--file", str(export)).counts == {"known": 2, "ignored": 1}


def test_numbers_reach_the_books_as_the_storefront_wrote_them(operator: Operator, tmp_path: Path) -> None:
    export = tmp_path / "orders.ndjson"
    order = json.dumps(operator.shop.order(1, total="PRICE")).replace('"PRICE"', "100.10000000000000001")
    export.write_text(order.replace('"id": 1,', '"id": 9007199254740993,', 1))
    assert "acme/9007199254740993" in operator.run("acme", "--file", str(export)).lines[0]
    assert operator.shop.available("acme.1") == 501


def test_a_busy_api_is_asked_again_and_a_single_mistake_of_it_fails_one_order(
    operator: Operator, tmp_path: Path
) -> None:
    export = written(tmp_path / "orders.json", five_orders(operator.shop))
    operator.trouble = [("/check", 503), ("/webhooks/", 503), *[("/check", 500)] * 5]
    outcome = operator.run("acme", "--file", str(export))
    assert operator.pauses == [1, 1, 1, 2, 4, 8]
    assert (outcome.status, outcome.counts) == (1, {"known": 2, "missing": 1, "differing": 1, "failed": 1})
    assert operator.run("acme", "--file", str(export)).counts == {"known": 4, "missing": 1}


def test_an_api_that_stays_away_ends_the_run(operator: Operator, tmp_path: Path) -> None:
    export = written(tmp_path / "orders.json", five_orders(operator.shop))
    operator.trouble = [("/webhooks/", 503)] * 9
    failed = operator.run("acme", "--file", str(export))
    assert (failed.status, failed.out, len(operator.trouble)) == (1, "", 4)


def test_a_webhook_that_was_faster_counts_as_known(operator: Operator, tmp_path: Path) -> None:
    order = operator.shop.order(1)
    export = written(tmp_path / "orders.json", [order])

    def meanwhile(called: api.Api, method: str, path: str, *rest: Any, **named: Any) -> api.ApiAnswer:
        if path.startswith("/webhooks/"):
            operator.shop.hear(order)
        return operator.answer(called, method, path, *rest, **named)

    operator.patch.setattr(api.Api, "raw", meanwhile)
    outcome = operator.run("acme", "--file", str(export))
    assert (outcome.status, outcome.counts) == (0, {"known": 1})


def test_an_order_that_earns_nothing_is_mended_with_the_reason(operator: Operator, tmp_path: Path) -> None:
    order = operator.shop.order(1, financial_status="pending")
    outcome = operator.run("acme", "--file", str(written(tmp_path / "orders.json", [order])))
    assert outcome.lines == ["missing    acme/1 #1001  no posting: the order is not paid"]


def test_a_list_without_its_buyers_takes_nothing_away(operator: Operator, tmp_path: Path) -> None:
    order = operator.shop.order(1)
    operator.shop.hear(order)
    later = (datetime.fromisoformat(order["updated_at"]) + timedelta(seconds=1)).isoformat()
    blacked_out = order | {"customer": None, "email": None, "updated_at": later}
    export = written(tmp_path / "orders.json", [blacked_out])
    outcome = operator.run("acme", "--file", str(export))
    assert outcome.counts == {"differing": 1}
    assert outcome.lines[0].endswith("no posting: its rewards stay the same")
    assert operator.shop.available("acme.1") == 500


def test_a_refund_in_a_list_without_its_buyers_takes_its_share(operator: Operator, tmp_path: Path) -> None:
    order = operator.shop.order(1)
    operator.shop.hear(order)
    later = (datetime.fromisoformat(order["updated_at"]) + timedelta(seconds=1)).isoformat()
    refund = shopify_refund(order=1, transactions=[shopify_transaction("40.00")])
    blacked_out = order | {"customer": None, "email": None, "updated_at": later, "refunds": [refund]}
    export = written(tmp_path / "orders.json", [blacked_out])
    assert operator.run("acme", "--file", str(export)).counts == {"differing": 1}
    assert operator.shop.available("acme.1") == 300


def test_an_order_of_nobody_that_the_books_lack_is_recorded(operator: Operator, tmp_path: Path) -> None:
    export = written(tmp_path / "orders.json", [operator.shop.order(1, None)])
    assert operator.run("acme", "--file", str(export)).lines == [
        "missing    acme/1 #1001  no posting: the order names neither a customer nor an e-mail"
    ]


def test_a_terminal_shows_how_far_it_is(operator: Operator, tmp_path: Path) -> None:
    export = written(tmp_path / "orders.json", five_orders(operator.shop))
    operator.patch.setattr(sys.stderr, "isatty", lambda: True)
    outcome = operator.run("acme", "--file", str(export))
    assert "\r\033[K5 orders, 3 differ" in outcome.err
    assert outcome.err.endswith("\r\033[K")


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[list[str]], list[bool]]:
    """What happens to each of a few orders, and which of all those deliveries arrive."""
    begins = st.sampled_from([["paid"], ["pending", "paid"], ["pending"]])
    more = st.lists(st.sampled_from(["refund", "cancel", "edit"]), max_size=2, unique=True)
    orders = draw(st.lists(st.builds(lambda a, b: a + b, begins, more), min_size=1, max_size=3))
    arrivals = draw(st.lists(st.booleans(), min_size=sum(map(len, orders)), max_size=sum(map(len, orders))))
    return orders, arrivals


def versions(shop: Shop, number: int, customer: int, steps: list[str]) -> list[Json]:
    """The order after each of its steps."""
    order: Json = shop.order(number, customer, total="60.00")
    orders: list[Json] = []
    for place, step in enumerate(steps):
        moment = datetime.fromtimestamp(shop.now + place, UTC).isoformat()
        order = order | {"updated_at": moment} | changed(order, step, moment)
        orders.append(order)
    return orders


def changed(order: Json, step: str, moment: str) -> Json:
    refund = shopify_refund(order["id"] * 10, order["id"], transactions=[shopify_transaction("15.00")])
    changes: dict[str, Json] = {
        "pending": {"financial_status": "pending"},
        "paid": {"financial_status": "paid"},
        "refund": {"refunds": [refund]},
        "cancel": {"cancelled_at": moment},
        "edit": {"line_items": [order["line_items"][0] | {"price": "80.00"}]},
    }
    return changes[step]


def books(shop: Shop, name: str, numbers: range) -> Any:
    """What orders of a connection have come to: their facts and postings, and what their buyers have."""
    own = [item for item in shop.items() if item["pk"]["S"] in {f"ORDER#{name}#{number}" for number in numbers}]
    told = [{key: item.get(key) for key in ("o", "f", "p", "tv")} for item in own]
    held = [shop.available(f"{name}.{customer}") for customer in numbers]
    return json.loads(json.dumps(told).replace(f"{name}.", "NAME.")), held


@pytest.fixture
def examples() -> Callable[[], int]:
    """A number for each example, so that each has orders and buyers of its own."""
    return count(1).__next__


@settings(max_examples=12)
@given(history=histories())
def test_a_random_part_of_the_deliveries_and_a_run_end_in_the_same_books_as_all_of_them(
    operator: Operator, tmp_path: Path, examples: Callable[[], int], history: tuple[list[list[str]], list[bool]]
) -> None:
    (orders, arrivals), shop, first = history, operator.shop, 10 * examples()
    numbers, whole, part = range(first, first + len(orders)), "whole", "part"
    told = [versions(shop, number, first + number % 2, steps) for number, steps in zip(numbers, orders, strict=True)]
    secrets = {name: f"{SHOPIFY_SECRET}-{name}" for name in (whole, part)}
    operator.patch.setenv("RISTOURNE_SECRET", secrets[part])
    for name, secret in secrets.items():
        shop.connect(name, secret=secret)
    for version, arrives in zip([version for versions in told for version in versions], arrivals, strict=True):
        for name in [whole, part] if arrives else [whole]:
            shop.send(name, "shopify", secrets[name], "orders/updated", version)
    export = written(tmp_path / "orders.json", [versions[-1] for versions in told])
    outcome = operator.run(part, "--file", str(export))
    assert outcome.status in (0, 3)
    expected = books(shop, whole, numbers)
    assert len(expected[0]) == len(orders)
    assert books(shop, part, numbers) == expected
    assert operator.run(part, "--file", str(export)).status == 0
