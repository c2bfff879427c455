"""Who did what, when and how it ended: people of the console, keys and the operator."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.edge import acts
from chalicelib.edge.console import log
from chalicelib.store import users
from tests.edge.api.test_reviews import wary
from tests.edge.browser import Browser
from tests.edge.conftest import PROGRAMME, Shop

__all__ = ["wary"]


def test_the_log_says_who_did_what_and_how_it_ended(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    open_shop.buy(1)
    owner = visitor(open_shop)
    owner.open("/console/members/acme.1")
    owner.send("/adjustments", amount="5.00", reason="late")
    open_shop.later_s += 1
    owner.send("/adjustments", amount="lots", reason="late")
    owner.open("/console/log")
    assert "adjusted a balance€5.00member acme.1" in owner.text
    assert "adjusted a balancelots EURmember acme.1" in owner.text
    assert "/console/members/acme.1" in owner.page.links
    assert owner.text.index("refused") < owner.text.index("done")
    owner.open("/console/log?user=ben")
    assert "adjusted a balance" not in owner.text
    owner.open("/console/log?month=2026-04")
    assert "Nobody did anything" in owner.text
    assert owner.open("/console/log?month=soon").status == 400
    rows = owner.open("/console/log.csv?user=ada").body.decode().splitlines()
    assert len(rows) == 1 + 3
    assert rows[1].endswith(',ada,adjusted a balance,lots EUR,member acme.1,"refused, something was filled in wrongly"')


def test_the_log_says_which_verdict_level_and_version_it_was(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    for path, form in (
        ("members/acme.9/level", {"level": "gold", "last_day": "2027-01-01", "reason": "a friend of the house"}),
        ("members/acme.9/level", {"level": "", "reason": "over"}),
        ("reviews/acme.9/1", {"verdict": "deny", "seen": "held", "reason": "one person"}),
        ("programme", {"source": "name: x", "expected": "3"}),
        ("programme", {"source": "name: x", "expected": "4", "first_day": "2027-01-01"}),
        ("people", {"name": "eve@example.com", "role": "reader"}),
    ):
        open_shop.later_s += 1
        owner.post(f"/console/{path}", form)
    owner.open("/console/log")
    for text in (
        "set a levelgold, 1 January 2027",
        "took back a level that was set by hand",
        "refusedsomething was filled in wrongly",
        "The bonus was denied.",
        "version 4",
        "version 5, from 1 January 2027",
        "reader",
    ):
        assert text in owner.text
    assert "/console/reviews/acme.9/1" in owner.page.links
    for personal in ("friend of the house", "one person", "eve@"):
        assert personal not in owner.text


def test_the_log_has_what_admin_keys_do_and_nothing_of_a_storefronts(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    owner = visitor(open_shop)
    open_shop.give(1200)
    adjusted = {"asset": "EUR/2", "amount": "-", "reason": "x"}
    open_shop.post("/v1/members/acme.1/adjustments", adjusted, caller=open_shop.admin)
    open_shop.post(f"/v1/members/acme.1/holds/{open_shop.hold(100)}/release", {}, caller=open_shop.admin)
    open_shop.post(f"/v1/members/acme.1/holds/{open_shop.hold(100)}/release", {})
    kept = [item["w"]["S"] for item in open_shop.items() if item["k"]["S"] == "act"]
    assert sum("/holds/" in what for what in kept) == 1
    open_shop.publish(PROGRAMME, If_Match='"1"')
    later = "/v1/programme?effective_at=2027-01-01T00:00:00Z"
    open_shop.call("PUT", later, PROGRAMME, open_shop.admin, If_Match='"2"')
    open_shop.call("POST", "/v1/users", {"name": "ada", "role": "owner"}, open_shop.admin)
    open_shop.call("PUT", "/v1/connections", {"id": "whsec_oops", "kind": "standard", "secret": "x"}, open_shop.admin)
    assert b"oops" not in owner.open("/console/log?user=%28keys%29").body
    for told in (
        "balance€12.00",
        "balance- EUR",
        "released a hold",
        "version 2",
        "version 3, from 2027-01-01T00:00:00Z",
        "invited a personada, owner",
    ):
        assert told in owner.text, told
    key = f"admin key {open_shop.admin.split('_')[2]}"
    assert key in owner.text
    assert "accepted an invitation" not in owner.text
    owner.open("/console/log")
    assert key in owner.text
    french = Browser(open_shop, "fr")
    french.accept(name="owner")
    french.open("/console/log?user=%28keys%29")
    for told in ("a invité une personneowner, propriétaire", "a connecté une boutiqueacme, Shopify", "clé admin"):
        assert told in french.text, told


def test_the_log_calls_no_redemption_that_a_key_took_back_an_adjustment(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    open_shop.give(1200)
    redemption = {"asset": "EUR/2", "amount": 50}
    entry = open_shop.post("/v1/members/acme.1/redemptions", redemption, caller=open_shop.admin).json["entry"]
    undo = f"/v1/members/acme.1/entries/{entry}/undo"
    assert open_shop.post(undo, {"reason": "the lamp came back"}, caller=open_shop.admin).status == 200
    owner = visitor(open_shop)
    owner.open("/console/log?user=%28keys%29")
    assert "took a redemption or an adjustment back" in owner.text


def test_what_was_done_stays_done_where_the_log_cannot_say_how_it_ended(
    open_shop: Shop, visitor: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as throttled:
        throttled.setattr(users, "conclude", mock.Mock(side_effect=Unavailable("throttled")))
        assert open_shop.publish(PROGRAMME, If_Match='"1"').json["number"] == 2
        assert open_shop.publish(PROGRAMME, If_Match='"1"').problem == (412, "version_mismatch")
    owner = visitor(open_shop)
    owner.open("/console/log")
    assert "unknown: it was interrupted" in owner.text


def test_the_log_of_a_person_is_found_behind_what_keys_did(
    open_shop: Shop, visitor: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "PAGE", 3)
    owner = visitor(open_shop)
    for _ in range(7):
        open_shop.later_s += 1
        open_shop.call("GET", "/v1/members/acme.1/export", key=open_shop.admin)
    owner.open("/console/log?user=ada")
    assert "accepted an invitation" in owner.text
    monkeypatch.setattr(log, "MAX_ROWS", 3)
    assert len(owner.open("/console/log.csv").body.decode().splitlines()) == 1 + 3


def test_the_log_has_amounts_as_the_pages_print_them_and_no_sentence_as_an_id(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    open_shop.give(95_000)
    owner = visitor(open_shop)
    owner.open("/console/members/acme.1")
    owner.send("/adjustments", amount="-900,50\N{NO-BREAK SPACE}€", reason="late")
    owner.send("/adjustments", reason="late")
    open_shop.post("/v1/members/acme.1/merge", {"from": "Ana Dupont 06 12"}, caller=open_shop.admin)
    open_shop.post("/v1/members/acme.1/groups/1/review", {"verdict": "erased", "reason": "x"}, caller=open_shop.admin)
    page = owner.open("/console/log").body.decode()
    assert "\N{MINUS SIGN}€900.50" in page
    assert "it was asked once more first" in page
    assert "Dupont" not in page
    assert "What was kept of the person is erased" not in page
    assert "\N{MINUS SIGN}€900.50" in owner.open("/console/log.csv").body.decode()


def test_the_log_has_who_made_and_who_ended_a_key(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    acts.of_operator("user/root", "key issued", "abcdefgh")
    acts.of_operator("user/root", "key revoked", "abcdefgh")
    owner = visitor(open_shop)
    owner.open(f"/console/log?month={users.month_of(int(time.time()))}&user=%28keys%29")
    for told in ("operator user/root (AWS)made an API keyAPI key abcdefgh done", "ended an API key"):
        assert told in owner.text


def test_a_log_turns_its_pages(open_shop: Shop, visitor: Callable[..., Browser], monkeypatch: Any) -> None:
    monkeypatch.setattr(log, "PAGE", 2)
    owner = visitor(open_shop)
    for _ in range(3):
        open_shop.later_s += 1
        owner.post("/console/account", {"locale": "en"})
    owner.open("/console/log")
    assert "accepted an invitation" not in owner.text
    while "accepted an invitation" not in owner.text:
        (following,) = [link for link in owner.page.links if "cursor=" in link]
        owner.open(following)


def test_what_fails_in_the_midst_is_in_the_log_all_the_same(
    open_shop: Shop, visitor: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = visitor(open_shop)
    monkeypatch.setattr("chalicelib.store.users.speak", lambda *_: 1 / 0)
    open_shop.later_s += 1
    assert owner.post("/console/account", {"locale": "fr"}).status == 500
    rows = owner.open("/console/log.csv").body.decode().splitlines()
    assert rows[1].endswith('changed the language,,,"refused, that was our mistake"')
