"""Bonuses for friends that wait for a person: approved, denied and undone on their pages, and listed in a file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO

import pytest

from tests.edge.api.test_reviews import bring, reviews, wary
from tests.edge.browser import Browser
from tests.edge.conftest import Shop

__all__ = ["wary"]

APPROVE, DENY, UNDO = ("approve", 0), ("deny", 1), ("undo", 0)
"""A verdict, and which form of the bonus's page gives it."""


def test_a_bonus_is_approved_in_four_steps_from_the_first_page(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    owner = visitor(wary)
    owner.open("/console")
    assert "1bonus waits for your decision" in owner.text
    owner.open("/console/reviews")
    link = next(link for link in owner.page.links if link.endswith("/acme.1/1"))
    owner.open(link)
    assert "an e-mail address to throw away" in owner.text
    assert "Approve the bonus of €20.00" in owner.text
    assert "/console/members?order=acme%2F2" in owner.page.links
    owner.send("", reason="we called them")
    assert "The bonus was approved." in owner.text
    assert wary.available("acme.1") == 2000
    owner.open("/console/members/acme.1")
    assert "by ada" not in owner.text  # a bonus that is given says what the friends spent, not what was written


def test_the_page_of_a_bonus_names_its_member_and_the_friends(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    for member, name in (("acme.1", "Ada Lovelace"), ("acme.3", "Ben Ames")):
        assert wary.call("PUT", f"/v1/members/{member}", {"display_name": name}, wary.storefront).status == 200
    owner = visitor(wary)
    owner.open("/console/reviews/acme.1/1")
    assert ("Ada Lovelaceacme.1" in owner.text, "Ben Amesacme.3" in owner.text) == (True, True)


def test_a_bonus_that_waits_is_not_counted_and_leads_to_its_review(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    reader = visitor(wary, "reader", "ben")
    reader.open("/console/members/acme.1")
    assert "Bonuses0One waits for your decision" in reader.text
    assert "/console/reviews/acme.1/1" in reader.page.links
    owner = visitor(wary)
    owner.open("/console/reviews/acme.1/1")
    owner.send("", reason="fine")
    reader.open("/console/members/acme.1")
    assert "Bonuses1 Came" in reader.text


def test_a_bonus_is_denied_and_the_verdict_taken_back(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    owner = visitor(wary)
    owner.open("/console/reviews/acme.1/1")
    assert owner.send("", 1, reason="").status == 400
    assert "Write the reason" in owner.text
    owner.send("", 1, reason="one household")
    assert "The bonus was denied." in owner.text
    owner.open("/console/reviews?state=all")
    assert "denied" in owner.text
    owner.open("/console/members/acme.1")
    assert "Bonuses0One was denied" in owner.text
    owner.open("/console/reviews/acme.1/1")
    owner.send("", reason="a mistake")
    assert "The decision was taken back." in owner.text
    assert [review["state"] for review in reviews(wary)["reviews"]] == ["held"]


@pytest.mark.parametrize(
    ("before", "first", "late", "state"),
    [
        ((), APPROVE, DENY, "approved"),
        ((), DENY, APPROVE, "denied"),
        ((APPROVE,), UNDO, UNDO, "held"),
        ((DENY,), UNDO, UNDO, "held"),
    ],
)
def test_a_tab_that_shows_an_earlier_state_of_a_bonus_changes_nothing(
    wary: Shop,
    visitor: Callable[..., Browser],
    before: tuple[tuple[str, int], ...],
    first: tuple[str, int],
    late: tuple[str, int],
    state: str,
) -> None:
    bring(wary, 2, 3)
    owner, colleague = visitor(wary), visitor(wary, name="lea")
    for _, number in before:
        owner.open("/console/reviews/acme.1/1")
        owner.send("", number, reason="at first")
    for tab in (owner, colleague):
        tab.open("/console/reviews/acme.1/1")
    assert owner.send("", first[1], reason="in time").status == 200
    balance = wary.available("acme.1")
    assert colleague.send("", late[1], reason="too late").status == 409
    assert "The bonus was decided meanwhile, and nothing was done now" in colleague.text
    assert {"held": "waits for you"}.get(state, state) in colleague.text
    assert [review["state"] for review in reviews(wary, "?all=1")["reviews"]] == [state]
    assert wary.available("acme.1") == balance


def test_a_verdict_that_is_sent_twice_is_given_once_and_says_so(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    owner = visitor(wary)
    owner.open("/console/reviews/acme.1/1")
    fields = owner.page.forms[-2]["fields"] | {"reason": "fine"}
    assert fields["verdict"] == "approve"
    for _ in range(2):
        assert owner.post("/console/reviews/acme.1/1", fields).status == 200
        assert "The bonus was approved." in owner.text
    assert wary.available("acme.1") == 2000


def test_a_verdict_says_which_state_it_is_about(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    fields = {"verdict": "approve", "reason": "x", "once": "1"}
    assert visitor(wary).post("/console/reviews/acme.1/1", fields).status == 400
    assert reviews(wary)["reviews"][0]["state"] == "held"


def test_an_unknown_bonus_and_an_unknown_verdict_are_refused(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    owner = visitor(wary)
    assert owner.open("/console/reviews/acme.1/9").status == 404
    assert owner.post("/console/reviews/acme.1/1", {"verdict": "burn", "reason": "x", "once": "1"}).status == 400


def decisions(reader: Browser) -> list[str]:
    """The column of decisions in the file of bonuses."""
    text = reader.open("/console/reviews.csv?state=all").body.decode("utf-8-sig")
    return [row["Decision"] for row in csv.DictReader(StringIO(text))]


def test_lists_are_files_with_the_same_filter(wary: Shop, visitor: Callable[..., Browser]) -> None:
    bring(wary, 2, 3)
    wary.hear(b"{}")
    owner = visitor(wary)
    for path, rows in (("reviews", 1), ("deliveries", 1)):
        text = owner.open(f"/console/{path}.csv").body.decode()
        assert len(text.splitlines()) == 1 + rows, text
    assert ",20.00,EUR," in owner.open("/console/reviews.csv").body.decode()
    assert decisions(owner) == [""]
    owner.open("/console/reviews/acme.1/1")
    owner.send("", reason="fine")
    assert decisions(owner) == ["approved"]
    assert len(owner.open("/console/reviews.csv").body.decode().splitlines()) == 1
    assert len(owner.open("/console/reviews.csv?state=all").body.decode().splitlines()) == 2
