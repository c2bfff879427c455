"""The operator's commands for the console's users, against the API."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.store import users
from infra.__main__ import main
from tests.edge.browser import Browser
from tests.edge.conftest import Shop


@pytest.fixture
def operated(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose API the command calls with the admin key."""

    def call(method: str, path: str, body: Any = None) -> Any:
        answer = shop.call(method, path, body, shop.admin)
        assert answer.status == 200, answer.body
        return answer.json

    monkeypatch.setattr("infra.commands.users.api", lambda: SimpleNamespace(call=call))
    return shop


def test_an_invitation_is_printed_and_opens_the_console(operated: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["user", "invite", "ada", "--role", "owner", "--locale", "fr"]) == 0
    link = next(line for line in capsys.readouterr().out.splitlines() if "/console/invitation/" in line)
    browser = Browser(operated)
    browser.open(link[link.index("/console") :])
    browser.send("")
    assert b'<html lang="fr">' in browser.answer.body


def test_a_person_is_removed(operated: Shop) -> None:
    main(["user", "invite", "ada", "--role", "reader"])
    assert [user.name for user in users.users()] == ["ada"]
    assert main(["user", "remove", "ada"]) == 0
    assert users.users() == []


def test_only_a_user_that_there_was_can_be_removed(shop: Shop) -> None:
    """A misspelt name was answered as if that user had ended, who went on using the console."""
    assert shop.call("POST", "/v1/users", {"name": "ada", "role": "owner"}, shop.admin).status == 200
    refused = shop.call("DELETE", "/v1/users/adda", key=shop.admin)
    assert (refused.problem, refused.detail) == ((404, "not_found"), "there is no user adda")
    assert [user.name for user in users.users()] == ["ada"]
    for _ in range(2):
        assert shop.call("DELETE", "/v1/users/ada", key=shop.admin).json == {"user": "ada"}
    assert users.users() == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"name": "Ada Lovelace", "role": "owner"}, "name must be 1 to 40 lower-case letters"),
        ({"name": "ada", "role": "king"}, "role"),
        ({"name": "ada", "role": "owner", "locale": "xx"}, "locale must be one of en, fr"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused(shop: Shop, body: dict[str, str], sentence: str) -> None:
    answer = shop.call("POST", "/v1/users", body, shop.admin)
    assert answer.problem == (400, "invalid_input")
    assert sentence in answer.detail
    assert shop.kinds() == {"key", "act"}
