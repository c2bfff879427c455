"""Who may use the console: invited, made a reader, removed, and never the last owner."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.store import users
from tests.edge.browser import Browser, Passkey
from tests.edge.conftest import Shop


def test_a_colleague_is_invited_and_removed(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner, colleague = visitor(open_shop), Browser(open_shop)
    owner.open("/console/people")
    owner.send("/people", name=" Ben ", role="reader")
    link = owner.answer.body.decode().partition("/console/invitation/")[2].partition('"')[0]
    colleague.open(f"/console/invitation/{link}")
    colleague.send("")
    assert "Reader" in colleague.text
    owner.open("/console/people")
    owner.send("/people/ben/removal")
    assert "The person was removed." in owner.text
    colleague.open("/console")
    assert colleague.path == "/console/sign-in"


def role_of(name: str) -> str:
    person = users.user(name)
    assert person is not None
    return person.role


def test_no_invitation_makes_a_reader_of_the_owner_who_writes_it(
    open_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    owner = visitor(open_shop)
    owner.open("/console/people")
    assert owner.send("/people", name=" Ada ", role="reader").status == 400
    assert "You cannot make yourself a reader; another owner can." in owner.text
    assert role_of("ada") == "owner"
    assert owner.send("/people", name="ada", role="owner").status == 200


def test_an_owner_becomes_a_reader_when_asked_twice(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    Browser(open_shop).accept(name="ben")
    owner.open("/console/people")
    assert owner.send("/people", name="ben", role="reader").status == 400
    assert "ben is an owner here already, and would be a reader" in owner.text
    assert role_of("ben") == "owner"
    assert owner.send("/people", role="reader").status == 200
    assert role_of("ben") == "reader"


@pytest.mark.parametrize("way", ["removal", "role"])
def test_the_only_passkey_of_all_owners_stays(open_shop: Shop, visitor: Callable[..., Browser], way: str) -> None:
    owner, keeper = visitor(open_shop), Browser(open_shop)
    keeper.accept(name="ben")
    keeper.make_passkey(Passkey())
    owner.open("/console/people")
    status = owner.send("/people/ben/removal").status if way == "removal" else 0
    if way == "role":
        status = owner.send("/people", name="ben", role="reader").status
    assert status in (400, 409)
    assert "ben has the only passkey of all owners" in owner.text
    assert role_of("ben") == "owner"
    owner.make_passkey(Passkey())
    owner.open("/console/people")
    owner.send("/people/ben/removal")
    assert users.user("ben") is None


def test_one_cannot_remove_oneself_and_a_bad_name_is_said(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    assert owner.post("/console/people/ada/removal", {}).status == 409
    owner.open("/console/people")
    assert owner.send("/people", name="Ada Lovelace").status == 400
    assert "A name has 1 to 40" in owner.text
    assert owner.post("/console/people", {"name": "x", "role": "king"}).status == 400
