"""`python -m infra replay --all` as typed, against the whole API in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.edge.storefronts import UnreadableDelivery, shopify
from chalicelib.store import deliveries
from infra import api
from infra.__main__ import main
from tests.edge import conftest as edge
from tests.edge.conftest import STANDARD_SECRET, Shop

aws, moto_server, one_client, bare_shop, shop, open_shop = (
    edge.aws,
    edge.moto_server,
    edge.one_client,
    edge.bare_shop,
    edge.shop,
    edge.open_shop,
)

Run = Callable[..., tuple[int, list[str]]]

TITLES = ["waiting", "recorded", "unchanged", "ignored", "kept", "left"]


@pytest.fixture
def run(open_shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command; its status and the lines that it printed, the journal's left out."""

    def in_this_process(
        called: api.Api, method: str, path: str, body: Any = None, headers: Any = None
    ) -> api.ApiAnswer:
        sent = {"Content-Type": "application/json", **(headers or {}), "Authorization": f"Bearer {called.key}"}
        reply = open_shop.request(method, path, sent, body or b"")
        return api.ApiAnswer(reply.status, reply.headers, reply.body)

    monkeypatch.setattr(api.Api, "raw", in_this_process)
    monkeypatch.setenv("RISTOURNE_URL", "https://ristourne.test")
    monkeypatch.setenv("RISTOURNE_KEY", open_shop.admin)

    def typed(*words: str) -> tuple[int, list[str]]:
        capsys.readouterr()
        status = main(["replay", *words])
        return status, [line for line in capsys.readouterr().out.splitlines() if not line.startswith("{")]

    return typed


def counts(lines: list[str]) -> dict[str, int]:
    assert lines[-2].split() == TITLES
    return {title: int(number) for title, number in zip(TITLES, lines[-1].split(), strict=True) if int(number)}


def keep(shop: Shop, *payloads: Any) -> None:
    """Deliver, a second apart, what the software of that day cannot read."""

    def unreadable(delivery: object) -> None:
        raise UnreadableDelivery("discount_codes must be a list")

    with pytest.MonkeyPatch.context() as old_software:
        old_software.setattr(shopify, "translate", unreadable)
        for payload in payloads:
            shop.later_s += 1
            assert shop.hear(payload).json["result"] == "kept"


def listed(shop: Shop) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = shop.call("GET", "/v1/deliveries", key=shop.admin).json["deliveries"]
    return rows


def test_after_an_update_everything_that_was_kept_is_processed_and_marked(open_shop: Shop, run: Run) -> None:
    keep(open_shop, *(open_shop.order(number, number) for number in range(1, 4)))
    status, lines = run("--all")
    assert (status, counts(lines)) == (0, {"waiting": 3, "recorded": 3})
    assert [open_shop.available(f"acme.{number}") for number in range(1, 4)] == [500] * 3
    assert all(delivery["replayed_at"] for delivery in listed(open_shop))
    status, lines = run("--all")
    assert (status, counts(lines)) == (0, {})


def test_the_oldest_comes_first(open_shop: Shop, run: Run) -> None:
    keep(open_shop, *(open_shop.order(number, 1) for number in (3, 1, 2)))
    run("--all")
    entries = open_shop.call("GET", "/v1/members/acme.1/statement", key=open_shop.storefront).json["entries"]
    assert [entry["cause"] for entry in reversed(entries)] == ["acme/3", "acme/1", "acme/2"]


def test_what_fails_again_stays_with_its_newest_reason(open_shop: Shop, run: Run) -> None:
    keep(open_shop, {"id": 5}, open_shop.order(1, 1))
    assert {delivery["reason"] for delivery in listed(open_shop)} == {"discount_codes must be a list"}
    status, lines = run("--all")
    assert (status, counts(lines)) == (1, {"waiting": 2, "recorded": 1, "kept": 1})
    assert lines[0].startswith("kept  ")
    assert "currency is missing" in lines[0]
    done, failed = listed(open_shop)
    assert done["replayed_at"]
    assert (failed["replayed_at"], failed["reason"]) == (None, "currency is missing")


def test_only_one_connections_deliveries_if_one_is_named(open_shop: Shop, run: Run) -> None:
    open_shop.connect("other", "standard", STANDARD_SECRET)
    open_shop.send("other", "standard", STANDARD_SECRET, "", {"type": "order.paid"})
    keep(open_shop, open_shop.order(1, 1))
    assert counts(run("--all", "--connection", "acme")[1]) == {"waiting": 1, "recorded": 1}
    assert counts(run("--all")[1]) == {"waiting": 1, "kept": 1}


def test_a_misspelt_connection_is_no_connection_with_nothing_to_replay(open_shop: Shop, run: Run) -> None:
    assert run("--all", "--connection", "acmee") == (1, [])


@pytest.mark.parametrize("limit", ["0", "-1", "many", "1.5", ""])
def test_a_limit_that_is_no_number_from_one_is_refused(run: Run, limit: str) -> None:
    """`--limit -1` replayed all but the newest."""
    with pytest.raises(SystemExit) as refused:
        run("--all", "--limit", limit)
    assert refused.value.code == 1


def test_a_run_does_as_many_as_it_may(open_shop: Shop, run: Run) -> None:
    keep(open_shop, *(open_shop.order(number, number) for number in range(1, 4)))
    assert counts(run("--all", "--limit", "2")[1]) == {"waiting": 3, "recorded": 2, "left": 1}
    assert counts(run("--all", "--limit", "2")[1]) == {"waiting": 1, "recorded": 1}


def test_more_than_a_page_of_them(open_shop: Shop, run: Run) -> None:
    for number in range(101):
        deliveries.keep("acme", {"x-shopify-topic": "products/update"}, b"{}", "why", open_shop.now * 1000 + number)
    assert counts(run("--all")[1]) == {"waiting": 101, "ignored": 101}


def test_an_api_that_refuses_everything_ends_the_run(
    open_shop: Shop, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(open_shop, open_shop.order(1, 1))
    monkeypatch.setenv("RISTOURNE_KEY", open_shop.storefront)
    assert run("--all")[0] == 1


@pytest.mark.parametrize("words", [(), ("--all", "000000000000000-0000000000000000")])
def test_one_delivery_or_all_of_them(run: Run, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        run(*words)
