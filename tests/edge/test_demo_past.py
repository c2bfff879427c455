"""The demo's earlier days: the console has figures after the daily round, and two things that wait for a person."""

from __future__ import annotations

from datetime import date

from chalicelib.domain.core.identity import Identities
from chalicelib.edge import process
from chalicelib.edge.jobs import rounds
from infra.local.demo_past import past
from infra.local.story import SHOP
from tests.edge.browser import Browser
from tests.edge.conftest import OPENED_AT, Shop


def owner_after_a_round(shop: Shop) -> Browser:
    """An owner of a shop with some weeks behind it."""
    earlier = past(shop.now, process.secrets().identities(SHOP, shop.now), days=40, buyers=24)
    earlier.play()
    earlier.save()
    process.forget()
    shop.connect(SHOP)
    ended = rounds.run(shop.now, lambda: 3600.0)
    assert (ended.done, ended.findings) == (True, 0)
    browser = Browser(shop)
    browser.accept("owner", "ada")
    return browser


def test_pages_have_figures_and_what_waits_can_be_done(bare_shop: Shop) -> None:
    owner = owner_after_a_round(bare_shop)
    for path in ("", "/reports", "/owed", "/lists/owed", "/lists/best", "/lists/recent"):
        assert owner.open(f"/console{path}").status == 200
        assert "The daily round has not counted yet" not in owner.text
        assert "€" in owner.text

    owner.open("/console/reviews")
    (path,) = {link for link in owner.page.links if f"/reviews/{SHOP}." in link}
    owner.open(path)
    owner.send("", reason="We called both: two sisters.")
    assert "The bonus was approved." in owner.text

    owner.open("/console/deliveries")
    (form,) = [form for form in owner.page.forms if "/deliveries/" in form["action"]]
    owner.post(form["action"], form["fields"])
    assert "The message was processed." in owner.text


def test_segments_have_members() -> None:
    """The whole past: the round of the present day finds cuts in force, and members of each segment counted by them."""
    earlier = past(OPENED_AT, Identities(b"the key of the tests", SHOP))
    earlier.play()
    engine = earlier.books.engine
    _, since = engine.history(OPENED_AT).cuts[-1]
    cuts = engine.of_history(lambda history: history.cuts_on(date.fromordinal(since)), OPENED_AT)
    assert cuts is not None
    assert sum(cuts.members.values()) > 500
    assert len(cuts.members) > 3
