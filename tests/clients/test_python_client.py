"""The client that openapi-python-client makes of docs/openapi.json: it passes mypy, and gets real answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.attack.api import aws, table_of
from tests.fuzz.shop import PROGRAMME, Shop
from tests.machine import ROOT
from tests.world.gateway import ask
from tests.world.senders import NOW

pytestmark = pytest.mark.slow

NAME = "ristourne_client"
SETTINGS = f"post_hooks: []\nproject_name_override: ristourne-client\npackage_name_override: {NAME}\n"
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a generated client, and what the generator said."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "settings.yaml").write_text(SETTINGS)
    document = ROOT / "docs" / "openapi.json"
    command: list[str | Path] = [
        BIN / "openapi-python-client",
        "generate",
        "--path",
        document,
        "--config",
        folder / "settings.yaml",
    ]
    done = subprocess.run([*command, "--output-path", folder / "made"], capture_output=True, text=True, check=True)
    return folder / "made", done.stdout + done.stderr


@pytest.fixture
def client(generated: tuple[Path, str], no_account: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The generated client, whose requests reach the API in this process, as the admin of a shop with customers."""
    monkeypatch.syspath_prepend(generated[0])
    with aws(NOW) as api, table_of(api, PROGRAMME):
        shop = Shop()
        transport = httpx.MockTransport(respond)
        options = {"token": shop.admin, "httpx_args": {"transport": transport}}
        yield import_module(NAME).AuthenticatedClient("http://api.example", **options)
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


def respond(request: httpx.Request) -> httpx.Response:
    """The API's answer to a request of httpx."""
    reply = ask(request.method, str(request.url), dict(request.headers), request.content)
    return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)


def test_all_is_generated_but_yaml(generated: tuple[Path, str]) -> None:
    """The generator knows no YAML, which is one of two ways to publish a programme."""
    assert generated[1].count("WARNING") == 1
    assert "Unsupported content type application/yaml" in generated[1]


def test_it_passes_mypy(generated: tuple[Path, str]) -> None:
    command = [BIN / "mypy", "--strict", "--config-file=", "--cache-dir", generated[0] / "cache", generated[0] / NAME]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_member_is_read(client: Any) -> None:
    member = import_module(f"{NAME}.api.members.members_show").sync("shop-shopify.1", client=client)
    assert (member.member, member.balances[0].asset) == ("shop-shopify.1", "EUR/2")
    assert member.balances[0].available > 0


def test_a_hold_is_placed_with_what_is_required_alone(client: Any) -> None:
    body = import_module(f"{NAME}.models").PostHold(asset="EUR/2", amount=100)
    place = import_module(f"{NAME}.api.members.spending_place")
    hold = place.sync("shop-shopify.1", client=client, body=body, idempotency_key="cart-8812")
    assert (hold.state, hold.amount_text) == ("open", "1.00 EUR")


def test_a_refusal_is_a_problem(client: Any) -> None:
    problem = import_module(f"{NAME}.api.members.members_show").sync("shop-shopify.nobody", client=client)
    assert (problem.status, problem.code) == (404, "not_found")
