"""`make run`: with its story or empty, and the address that it prints."""

from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from infra import deploy
from infra.deploy import Deployment, Keys
from infra.local import run
from infra.local.demo_shop import DemoCustomer
from infra.local.local_aws import LocalAws


@pytest.mark.parametrize(("story", "plays"), [(None, 3), ("", 3), ("none", 0)])
def test_the_story_can_be_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], story: str | None, plays: int
) -> None:
    played: list[Any] = []

    @contextmanager
    def nowhere(port: int) -> Any:
        yield SimpleNamespace(environment=dict, before_command=LocalAws("http://127.0.0.1:1").before_command)

    def played_to_the_end(*words: str) -> SimpleNamespace:
        played.append(words)
        return SimpleNamespace()

    deployment = Deployment("local", "eu-west-1", "http://localhost:1/api/", "t", "q", Keys("admin-key", "store-key"))
    monkeypatch.setattr(run, "local_aws", nowhere)
    monkeypatch.setattr(run, "deploy_locally", lambda: deployment)
    monkeypatch.setattr(run, "play", played_to_the_end)
    monkeypatch.setattr(run, "play_past", played.append)
    monkeypatch.setattr(run, "make_round", lambda: played.append("a round"))
    monkeypatch.setattr(run, "account_of", lambda story, api: DemoCustomer(api, "acme-shopify", "secret", 7004))
    monkeypatch.setattr(run, "invitation", lambda deployment: "http://localhost:1/api/console/invitation/abc")
    monkeypatch.setattr(run, "threading", SimpleNamespace(Event=lambda: SimpleNamespace(wait=lambda: None)))
    monkeypatch.delenv("STORY", raising=False)
    if story is not None:
        monkeypatch.setenv("STORY", story)
    run.run()
    assert len(played) == plays
    printed = capsys.readouterr().out
    assert "admin-key" in printed
    assert "http://localhost:1/api/console/invitation/abc" in printed
    assert ("Dora signed in: http://localhost:" in printed) == bool(plays)
    sign_in = (
        "AWS_ENDPOINT_URL=http://127.0.0.1:1 AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local"
    )
    assert f"  {sign_in} ristourne verify --stage local\n" in printed


def test_the_address_of_the_local_aws_is_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", LocalAws("http://127.0.0.1:4566").endpoint)
    assert deploy.api_url({"RestAPIId": "abc"}) == "http://localhost:4566/_aws/execute-api/abc/api/"
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert deploy.api_url({"EndpointURL": "https://x/api/"}) == "https://x/api/"
