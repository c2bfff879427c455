"""The packaged template: what Chalice would get wrong silently, and what an audit would ask."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]

from infra.package import LAMBDA, Package

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
USED = {
    "ApiHandlerRole": LOGS
    | {f"dynamodb:{action}" for action in ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")}
    | {"ssm:GetParametersByPath", "ssm:PutParameter"},
    "SettleRole": LOGS
    | {f"dynamodb:{action}" for action in ("BatchGetItem", "PutItem")}
    | {f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
    | {"sqs:SendMessage"},
    "RoundRole": LOGS
    | {f"dynamodb:{action}" for action in ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan")}
    | {"ssm:GetParametersByPath"},
}
"""What each function does in AWS; a transaction of puts needs PutItem, and Lambda itself reads the stream."""


@pytest.fixture(scope="module")
def resources(package: Package) -> dict[str, Any]:
    found: dict[str, Any] = package.resources()["Resources"]
    return found


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}


@pytest.fixture(scope="module")
def transformed(package: Package) -> dict[str, Any]:
    """The resources that CloudFormation gets out of the template, by AWS's own transform."""
    template = package.resources()
    for function in of_type(template["Resources"], "AWS::Serverless::Function").values():
        function["CodeUri"] = "s3://bucket/code.zip"
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="eu-west-1"))
    found: dict[str, Any] = translator.translate(template, {"Stage": "prod"})["Resources"]
    return found


def statements(resources: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for role in of_type(resources, "AWS::IAM::Role").values():
        yield from statements_of(role)


def statements_of(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_cfn_lint_has_nothing_to_say(package: Package) -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    # One region, since what a region offers changes without us.
    done = subprocess.run([str(linter), "-r", "eu-west-1", "--", str(package.template)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_handler_starts_in_app(resources: dict[str, Any]) -> None:
    handlers = {name: each["Handler"] for name, each in of_type(resources, "AWS::Serverless::Function").items()}
    assert handlers
    assert all(handler.startswith("app.") for handler in handlers.values()), handlers


def test_every_function_runs_what_the_package_was_built_for(resources: dict[str, Any]) -> None:
    for function in of_type(resources, "AWS::Serverless::Function").values():
        assert function["Runtime"] == f"python{LAMBDA.python}"
        assert function["Architectures"] == [LAMBDA.architecture]


def test_no_policy_grants_everything(resources: dict[str, Any]) -> None:
    for statement in statements(resources):
        assert statement["Effect"] == "Allow"
        assert "*" not in as_list(statement["Resource"]), statement
        assert not any("*" in action for action in as_list(statement["Action"])), statement


def test_every_role_may_do_what_its_function_does_and_nothing_else(resources: dict[str, Any]) -> None:
    roles = of_type(resources, "AWS::IAM::Role")
    granted = {name: [each for one in statements_of(roles[name]) for each in as_list(one["Action"])] for name in roles}
    assert {name: sorted(actions) for name, actions in granted.items()} == {
        name: sorted(actions) for name, actions in USED.items()
    }


def test_nothing_but_kept_deliveries_can_be_deleted(resources: dict[str, Any]) -> None:
    deleting = [each for each in statements(resources) if "dynamodb:DeleteItem" in as_list(each["Action"])]
    assert len(deleting) == 2
    for statement in deleting:
        assert statement["Action"] == ["dynamodb:DeleteItem"]
        assert statement["Condition"] == {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["DELIVERIES#*", "DELIVERY#*"]}
        }


def test_the_api_writes_no_parameters_but_connections(resources: dict[str, Any]) -> None:
    (written,) = [each for each in statements(resources) if "ssm:PutParameter" in as_list(each["Action"])]
    assert written["Resource"]["Fn::Sub"].endswith(":parameter/ristourne/${Stage}/connections/*")


def test_every_function_has_a_role_of_its_own(resources: dict[str, Any]) -> None:
    functions = of_type(resources, "AWS::Serverless::Function")
    roles = [str(function["Role"]) for function in functions.values()]
    assert len({*roles}) == len(functions)


def test_the_placeholder_stream_is_replaced(package: Package) -> None:
    """A whole ARN in the template could only be the placeholder of app.py."""
    assert not re.search(r"arn:aws:dynamodb:[a-z]", package.template.read_text())


def test_the_stream_reports_single_failures(resources: dict[str, Any]) -> None:
    source = resources["Settle"]["Properties"]["Events"]["SettleDynamodbEventSource"]["Properties"]
    assert source["Stream"] == {"Fn::GetAtt": ["Table", "StreamArn"]}
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["StartingPosition"] == "TRIM_HORIZON"
    assert source["DestinationConfig"]["OnFailure"]["Type"] == "SQS"


def test_a_settlement_is_tried_again_for_an_hour_and_not_for_a_number_of_times(transformed: dict[str, Any]) -> None:
    (source,) = of_type(transformed, "AWS::Lambda::EventSourceMapping").values()
    assert source["MaximumRetryAttempts"] == -1
    assert source["MaximumRecordAgeInSeconds"] == 3600
    assert source["BisectBatchOnFunctionError"]


def test_the_daily_round_is_tried_every_hour(resources: dict[str, Any]) -> None:
    """A round that died is continued by the next call; a whole one costs the next call a single read."""
    function = resources["Round"]["Properties"]
    (source,) = function["Events"].values()
    assert (source["Type"], source["Properties"]["Schedule"]) == ("Schedule", "rate(1 hour)")
    assert function["Timeout"] == 900


def test_the_api_is_public_at_one_stage_only(transformed: dict[str, Any]) -> None:
    """SAM would make another one, named "Stage", with the first deployment."""
    stages = [each["StageName"] for each in of_type(transformed, "AWS::ApiGateway::Stage").values()]
    (deployment,) = of_type(transformed, "AWS::ApiGateway::Deployment").values()
    assert (stages, "StageName" in deployment) == (["api"], False)


def test_the_table_survives(resources: dict[str, Any]) -> None:
    table = resources["Table"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["DeletionProtectionEnabled"] == {"Fn::If": ["IsLocal", False, True]}
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_no_secret_is_a_plain_variable(resources: dict[str, Any]) -> None:
    known = {"RISTOURNE_TABLE", "RISTOURNE_STAGE", "RISTOURNE_CACHE_SECONDS"}
    for function in of_type(resources, "AWS::Serverless::Function").values():
        assert {*function["Environment"]["Variables"]} == known


def test_webhooks_take_json_and_forms(resources: dict[str, Any]) -> None:
    webhook = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]["/webhooks/{connection}"]["post"]
    assert {"application/json", "application/x-www-form-urlencoded"} <= {*webhook["consumes"]}
