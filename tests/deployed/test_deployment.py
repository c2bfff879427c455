"""The deployment answers, and deploying the same again changes nothing."""

import json
import urllib.request

import pytest

from infra.deploy import Deployment
from infra.local.local_aws import LocalAws
from infra.local.run import deploy_locally


def test_its_health_is_answered(deployed: Deployment) -> None:
    with urllib.request.urlopen(f"{deployed.api_url}health", timeout=30) as answer:
        assert answer.status == 200
        assert isinstance(json.load(answer), dict)


def test_head_is_answered_without_a_body(deployed: Deployment) -> None:
    """By the gateway's own routes too: a link's `HEAD` was 403 there."""
    request = urllib.request.Request(f"{deployed.api_url}health", method="HEAD")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert (answer.status, answer.read()) == (200, b"")


def test_deploying_again_changes_nothing(
    deployed: Deployment, local: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in local.environment().items():
        monkeypatch.setenv(name, value)
    lines: list[str] = []
    again = deploy_locally(say=lines.append)
    assert lines[-1] == "Nothing has changed since the last deployment"
    assert again.keys is None
    assert (again.api_url, again.table) == (deployed.api_url, deployed.table)
