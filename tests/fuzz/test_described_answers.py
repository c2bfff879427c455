"""Every answer to a request that the document describes, and to one that it forbids, is one that it states; `make fuzz`
makes more of them.
"""

from __future__ import annotations

from typing import Any

import pytest
from schemathesis import GenerationMode

import app
from tests.fuzz import campaign
from tests.fuzz.campaign import run
from tests.world.gateway import Reply

SEED, COUNT = 20_261_126, 800


@pytest.mark.slow
@pytest.mark.timeout(300)  # a table for each operation, beside the other tests, on two cores
def test_no_answer_fails_or_is_missing_in_the_document(no_account: None) -> None:
    results = run(SEED, COUNT)
    assert results.violations == {}
    assert {operation for operation, _ in results.answers} == {f"{row.method} {row.path}" for row in app.ROUTES}
    assert len(results.good()) > len(app.ROUTES) * 0.7


def test_an_answer_that_the_document_does_not_state_is_seen(no_account: None, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    headers = {"Content-Type": "application/json"}
    for status, body in ((500, b"{}"), (418, b"{}"), (200, b"{}")):
        monkeypatch.setattr(
            campaign, "ask", lambda *_, status=status, body=body: Reply(status, headers, body, "/health")
        )
        results = campaign.Results(1)
        campaign.try_mode(results, AnyShop(), campaign.schema()["/health"]["GET"], GenerationMode.POSITIVE, 1)
        kept[str(status)] = {name for _, name in results.violations}
    assert "ServerError" in kept["500"]
    assert kept["418"] == {"UndefinedStatusCode"}
    assert kept["200"] == {"JsonSchemaError"}


class AnyShop:
    """A shop of which nothing is known."""

    def aim(self, _: Any, values: Any) -> Any:
        return values

    def headers(self) -> dict[str, str]:
        return {}
