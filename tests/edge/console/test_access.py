"""Who may open and send what: every page of the console with every kind of visitor, and each refusal writes nothing."""

from __future__ import annotations

import pytest

import app
from chalicelib.edge.console.access import gate
from chalicelib.edge.console.log import ACTS
from chalicelib.edge.messages import ANYONE, OWNER, Route
from tests.edge.browser import ORIGIN, Browser
from tests.edge.conftest import Shop

FORMS = [row for row in app.PAGES if row.method == "POST"]
GUARDED = [row for row in app.PAGES if row.who != ANYONE]


def name_of(row: Route) -> str:
    return f"{row.method} {row.path}"


def path_of(row: Route) -> str:
    """An address of a row."""
    path = row.path.replace("{member}", "acme.1").replace("{connection}", "acme").replace("{number}", "1")
    path = path.replace("{list}", "best").replace("{segment}", "loyal").replace("{board}", "best")
    path = path.replace("{kind}", "campaign")
    return path.replace("{delivery}", "x").replace("{user}", "ben").replace("{name}", "x").replace("{session}", "x")


def attempt(browser: Browser, row: Route, **headers: str) -> int:
    """Open an address or send its form empty; the status, 303 for what leads to signing in."""
    path = path_of(row)
    answer = browser.open(path, **headers) if row.method == "GET" else browser.post(path, {}, **headers)
    return 303 if answer.status == 200 and browser.path == "/console/sign-in" != path else answer.status


@pytest.mark.parametrize("row", GUARDED, ids=name_of)
def test_without_a_session_nothing_is_seen_and_nothing_done(open_shop: Shop, row: Route) -> None:
    Browser(open_shop).accept()
    before = open_shop.items()
    stranger = Browser(open_shop)
    assert attempt(stranger, row) == (303 if row.method == "GET" else 401)
    forged = Browser(open_shop)
    forged.cookie = f"{'A' * 43}.ada"
    assert attempt(forged, row) == (303 if row.method == "GET" else 401)
    assert open_shop.items() == before


@pytest.mark.parametrize("row", GUARDED, ids=name_of)
def test_a_session_that_has_ended_opens_nothing(open_shop: Shop, row: Route) -> None:
    browser = Browser(open_shop)
    browser.accept()
    open_shop.later_s = 12 * 3600
    before = open_shop.items()
    assert attempt(browser, row) == (303 if row.method == "GET" else 401)
    assert open_shop.items() == before


@pytest.mark.parametrize("row", [row for row in app.PAGES if row.who == OWNER], ids=name_of)
def test_a_reader_changes_nothing(open_shop: Shop, row: Route) -> None:
    reader = Browser(open_shop)
    reader.accept("reader", "ben")
    before = open_shop.items()
    assert attempt(reader, row) == 403
    assert open_shop.items() == before


FOREIGN: dict[str, dict[str, str]] = {
    "another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "a sister site": {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
    "no origin": {"Origin": "null", "Sec-Fetch-Site": ""},
    "neither": {"Origin": "", "Sec-Fetch-Site": ""},
    "an old browser elsewhere": {"Origin": "https://evil.example", "Sec-Fetch-Site": ""},
    "without https": {"Origin": ORIGIN.replace("https", "http"), "Sec-Fetch-Site": ""},
}
"""What a browser states of a form that is not one of our own pages'."""


@pytest.mark.parametrize("row", FORMS, ids=name_of)
def test_a_form_of_another_site_is_refused(open_shop: Shop, row: Route) -> None:
    owner = Browser(open_shop)
    owner.accept()
    before = open_shop.items()
    assert {name: attempt(owner, row, **headers) for name, headers in FOREIGN.items()} == dict.fromkeys(FOREIGN, 403)
    assert open_shop.items() == before


@pytest.mark.parametrize("row", GUARDED, ids=name_of)
def test_an_owner_is_let_in_everywhere(open_shop: Shop, row: Route) -> None:
    owner = Browser(open_shop)
    owner.accept()
    open_shop.buy(1)
    answered = attempt(owner, row)
    assert answered not in (401, 403)
    assert answered < 500
    if row.method == "GET":
        assert owner.answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")


def test_an_old_browser_that_states_its_origin_alone_is_let_in(open_shop: Shop) -> None:
    owner = Browser(open_shop)
    owner.accept()
    owner.open("/console/account")
    assert owner.post("/console/account", {"locale": "fr"}, **{"Sec-Fetch-Site": ""}).status == 200


def test_a_form_is_a_form(open_shop: Shop) -> None:
    owner = Browser(open_shop)
    owner.accept()
    headers = {"Host": "x", "Cookie": f"{gate.COOKIE}={owner.cookie}", "Sec-Fetch-Site": "same-origin"}
    json = headers | {"Content-Type": "application/json"}
    form = headers | {"Content-Type": gate.FORM}
    post = open_shop.request
    assert post("POST", "/console/account", json, b'{"locale": "fr"}').status == 400
    assert post("POST", "/console/account", form, b"\xff=1").status == 400
    assert post("POST", "/console/account", form, b"&".join(b"a%d=1" % number for number in range(600))).status == 400
    assert post("POST", "/console/account", form, b"locale=" + b"x" * 300_000).status == 413


def test_a_garbled_cookie_is_none(open_shop: Shop) -> None:
    answer = open_shop.request("GET", "/console", {"Host": "x", "Cookie": '__Host-ristourne="\\'}, b"")
    assert (answer.status, answer.headers["location"]) == (303, "/console/sign-in")


def test_every_act_has_its_words_in_the_log() -> None:
    assert {name_of(row) for row in FORMS if row.logs is not None} == {*ACTS}
