"""API keys that an operator issues and revokes, and the logs that say who did it."""

import json
import subprocess
from typing import Any
from unittest.mock import Mock

import boto3
import pytest

from infra import api_keys


@pytest.fixture
def stage(aws):
    """The application's environment of a stage whose log group there is."""
    boto3.client("logs").create_log_group(logGroupName="/ristourne/prod/api")
    return {"RISTOURNE_STAGE": "prod", "RISTOURNE_TABLE": "t", "AWS_DEFAULT_REGION": "eu-west-1"}


def answering(text: str) -> Any:
    return lambda *_: subprocess.CompletedProcess([], 0, text, "")


def security_lines() -> list[dict[str, str]]:
    events = boto3.client("logs").filter_log_events(logGroupName="/ristourne/prod/api")["events"]
    return [json.loads(event["message"]) for event in events]


def test_who_issues_and_who_revokes_a_key_is_in_the_security_log(stage, monkeypatch):
    who = boto3.client("sts").get_caller_identity()["Arn"]
    monkeypatch.setattr(
        api_keys, "run_application", answering("rk_admin_abcdefgh_secret rk_storefront_bcdefghi_secret")
    )
    assert len(api_keys.issue_keys(("admin", "storefront"), stage)) == 2
    application = Mock(side_effect=answering("True"))
    monkeypatch.setattr(api_keys, "run_application", application)
    assert api_keys.revoke_keys(["abcdefgh"], stage) == ["abcdefgh"]
    program, arguments, _ = application.call_args.args
    assert "of_operator" in program
    assert arguments == [who.rpartition(":")[2], "key revoked", "abcdefgh"]
    assert sorted((line["what"], line["about"]) for line in security_lines()) == [
        ("key issued", "key abcdefgh"),
        ("key issued", "key bcdefghi"),
        ("key revoked", "key abcdefgh"),
    ]
    assert {line["who"] for line in security_lines()} == {who}
    assert "secret" not in json.dumps(security_lines())


def test_a_key_that_there_was_not_is_in_no_log_as_ended(stage, monkeypatch):
    application = Mock(side_effect=answering("False True"))
    monkeypatch.setattr(api_keys, "run_application", application)
    assert api_keys.revoke_keys(["abcdefgh", "bcdefghi"], stage) == ["bcdefghi"]
    assert [line["about"] for line in security_lines()] == ["key bcdefghi"]
    assert application.call_args.args[1][1:] == ["key revoked", "bcdefghi"]
    application.side_effect = answering("False")
    assert api_keys.revoke_keys(["abcdefgh"], stage) == []
    assert (len(security_lines()), application.call_count) == (1, 3)


def test_a_key_is_shown_although_the_log_cannot_be_written(aws, monkeypatch, capsys):
    environment = {"RISTOURNE_STAGE": "gone", "RISTOURNE_TABLE": "t", "AWS_DEFAULT_REGION": "eu-west-1"}
    monkeypatch.setattr(api_keys, "run_application", answering("rk_admin_abcdefgh_secret"))
    assert api_keys.issue_keys(("admin",), environment) == ["rk_admin_abcdefgh_secret"]
    assert "The security log was not written" in capsys.readouterr().err
