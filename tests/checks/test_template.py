"""The packaged template: what Chalice would get wrong silently, and what an audit would ask."""

import json
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

import app
from chalicelib.edge.http import answers_head
from chalicelib.edge.messages import ANYONE
from chalicelib.store import keys
from chalicelib.store.calculations import STALL_S
from infra.build.artifacts import ROOT
from infra.build.package import LAMBDA, Package

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
USED = {
    "ApiHandlerRole": LOGS
    | {f"dynamodb:{action}" for action in ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")}
    | {"ssm:GetParametersByPath", "ssm:PutParameter", "lambda:InvokeFunction"},
    "SettleRole": LOGS
    | {f"dynamodb:{action}" for action in ("BatchGetItem", "PutItem", "Query")}
    | {f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
    | {"sqs:SendMessage"},
    "RoundRole": LOGS
    | {f"dynamodb:{action}" for action in ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan")}
    | {"ssm:GetParametersByPath"},
    "CalculateRole": LOGS | {"dynamodb:GetItem", "dynamodb:Scan", "dynamodb:UpdateItem"},
}
"""What each function does in AWS; a transaction of puts needs PutItem, and Lambda itself reads the stream."""


@pytest.fixture(scope="module")
def resources(package: Package) -> dict[str, Any]:
    declared: dict[str, Any] = package.resources()["Resources"]
    return declared


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}


@pytest.fixture(scope="module")
def transformed(package: Package) -> dict[str, Any]:
    """The resources that CloudFormation gets out of the template, by AWS's own transform."""
    template = package.resources()
    for function in of_type(template["Resources"], "AWS::Serverless::Function").values():
        function["CodeUri"] = "s3://bucket/code.zip"
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="eu-west-1"))
    translated: dict[str, Any] = translator.translate(template, {"Stage": "prod"})["Resources"]
    return translated


def statements(resources: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for role in of_type(resources, "AWS::IAM::Role").values():
        yield from statements_of(role)


def statements_of(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role.get("Policies", ()):
        yield from policy["PolicyDocument"]["Statement"]


def allowed(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (statement for statement in statements_of(role) if statement["Effect"] == "Allow")


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_cfn_lint_has_nothing_to_say(package: Package) -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    # One region, since what a region offers changes without us.
    done = subprocess.run([str(linter), "-r", "eu-west-1", "--", str(package.template)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_handler_starts_in_app(resources: dict[str, Any]) -> None:
    handlers = {name: function["Handler"] for name, function in of_type(resources, "AWS::Serverless::Function").items()}
    assert handlers
    assert all(handler.startswith("app.") for handler in handlers.values()), handlers


def test_every_function_runs_what_the_package_was_built_for(resources: dict[str, Any]) -> None:
    functions = of_type(resources, "AWS::Serverless::Function").values()
    runs = {(function["Runtime"], *function["Architectures"]) for function in functions}
    assert runs == {(f"python{LAMBDA.python}", LAMBDA.architecture)}


def test_no_policy_grants_everything(resources: dict[str, Any]) -> None:
    granted = [statement for statement in statements(resources) if statement["Effect"] == "Allow"]
    assert len(granted) >= len(USED)
    assert [statement for statement in statements(resources) if "*" in as_list(statement["Resource"])] == []
    assert [
        statement
        for statement in statements(resources)
        if any("*" in action for action in as_list(statement["Action"]))
    ] == []


def test_every_role_may_do_what_its_function_does_and_nothing_else(resources: dict[str, Any]) -> None:
    roles = of_type(resources, "AWS::IAM::Role")
    granted = {
        name: [action for statement in allowed(roles[name]) for action in as_list(statement["Action"])]
        for name in roles
    }
    assert granted.pop("LogWriterRole") == []
    assert {name: sorted(actions) for name, actions in granted.items()} == {
        name: sorted(actions) for name, actions in USED.items()
    }


def test_nothing_but_kept_deliveries_can_be_deleted(resources: dict[str, Any]) -> None:
    roles = of_type(resources, "AWS::IAM::Role").values()
    deleting = [grant for role in roles for grant in allowed(role) if "dynamodb:DeleteItem" in as_list(grant["Action"])]
    assert len(deleting) == 2
    for statement in deleting:
        assert statement["Action"] == ["dynamodb:DeleteItem"]
        assert statement["Condition"] == {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["DELIVERIES#*", "DELIVERY#*"]}
        }


@pytest.mark.parametrize("role", sorted(USED))
def test_no_function_can_make_or_end_an_api_key(resources: dict[str, Any], role: str) -> None:
    """Only the operator's own credentials can, whatever runs in a function."""
    partition, _ = keys.api_key("x")
    (denied,) = [
        statement for statement in statements_of(resources[role]["Properties"]) if statement["Effect"] == "Deny"
    ]
    assert denied == {
        "Sid": "Keys",
        "Effect": "Deny",
        "Action": ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
        "Resource": {"Fn::GetAtt": ["Table", "Arn"]},
        "Condition": {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": [f"{partition.removesuffix('x')}*"]}},
    }


def stage_of(transformed: dict[str, Any]) -> dict[str, Any]:
    stage: dict[str, Any]
    (stage,) = of_type(transformed, "AWS::ApiGateway::Stage").values()
    properties: dict[str, Any] = stage
    return properties


def test_every_route_is_throttled_and_those_that_are_named_exist(transformed: dict[str, Any]) -> None:
    settings = {(row["ResourcePath"], row["HttpMethod"]): row for row in stage_of(transformed)["MethodSettings"]}
    assert all(row["ThrottlingRateLimit"] < row["ThrottlingBurstLimit"] for row in settings.values())
    assert settings.pop(("/*", "*"))["ThrottlingRateLimit"] == 200
    rows = (*app.ROUTES, *app.PAGES)
    routes = {("/" + row.path.replace("/", "~1"), row.method) for row in rows}
    assert settings.keys() <= routes
    anyones = {("/" + row.path.replace("/", "~1"), row.method) for row in rows if row.who == ANYONE}
    assert anyones - settings.keys() == {("/~1health", "GET")}


def test_the_access_log_names_routes_and_no_person(transformed: dict[str, Any], resources: dict[str, Any]) -> None:
    setting = stage_of(transformed)["AccessLogSetting"]
    assert setting["DestinationArn"] == {"Fn::GetAtt": ["AccessLogs", "Arn"]}
    logged = json.loads(setting["Format"])
    assert {"$context.resourcePath", "$context.status", "$context.httpMethod"} <= {*logged.values()}
    assert not {"$context.path", "$context.identity.sourceIp", "$context.identity.userAgent"} & {*logged.values()}
    assert resources["RestAPI"]["DependsOn"] == "LogWriter"
    assert {resources[name]["DeletionPolicy"] for name in ("LogWriter", "LogWriterRole")} == {"Retain"}


def test_every_alarm_is_heard_and_watches_what_there_is(resources: dict[str, Any]) -> None:
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    assert len(alarms) == 10, "an account has ten free of charge"
    assert all(alarm["AlarmActions"] == [{"Ref": "Alarms"}] for alarm in alarms.values())
    assert all(alarm["TreatMissingData"] == "notBreaching" for alarm in alarms.values())
    counted = {alarm["MetricName"] for alarm in alarms.values() if alarm["Namespace"] == "Ristourne"}
    written = "".join(path.read_text() for path in (ROOT / "chalicelib" / "edge").rglob("*.py"))
    assert [metric for metric in counted if f'count("{metric}"' not in written] == []
    assert counted == {
        "BooksDiffer",
        "KeptDelivery",
        "RefusedDelivery",
        "OverdueConversion",
        "UnexpectedError",
        "Unavailable",
    }
    stages = [alarm["Dimensions"] for alarm in alarms.values() if alarm["Namespace"] == "Ristourne"]
    assert stages == [[{"Name": "stage", "Value": {"Ref": "Stage"}}]] * len(stages)
    others = {(alarm["MetricName"], str(alarm["Dimensions"][0]["Value"])) for alarm in alarms.values()}
    assert ("IteratorAge", "{'Ref': 'Settle'}") in others
    assert ("ApproximateNumberOfMessagesVisible", "{'Fn::GetAtt': ['FailedRecords', 'QueueName']}") in others


def test_only_what_a_members_browser_may_call_answers_to_other_origins(resources: dict[str, Any]) -> None:
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    allowed_at = {
        (path, method)
        for path, methods in paths.items()
        if "options" in methods
        for method in methods_of(methods["options"])
    }
    rows = [row for row in app.ROUTES if row.takes_other_origins]
    heads = {(row.path, "HEAD") for row in rows if answers_head(row)}
    assert allowed_at == {(row.path, row.method) for row in rows} | heads


def methods_of(preflight: dict[str, Any]) -> set[str]:
    """The methods that the gateway's answer to a preflight request allows."""
    answer = preflight["x-amazon-apigateway-integration"]["responses"]["default"]["responseParameters"]
    return {*answer["method.response.header.Access-Control-Allow-Methods"].strip("'").split(",")} - {"OPTIONS"}


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [("MISSING_AUTHENTICATION_TOKEN", 404, "no_such_route"), ("THROTTLED", 429, "throttled")],
)
def test_what_the_gateway_refuses_by_itself_is_problem_details_with_a_documented_code(
    transformed: dict[str, Any], refusal: str, status: int, code: str
) -> None:
    """The gateway calls a path that it does not know an unsigned one, with a good key too."""
    (api,) = of_type(transformed, "AWS::ApiGateway::RestApi").values()
    answer = api["Body"]["x-amazon-apigateway-gateway-responses"][refusal]
    assert str(answer["statusCode"]) == str(status)
    parameters = answer["responseParameters"]
    assert parameters["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    assert ("gatewayresponse.header.Retry-After" in parameters) is (status == 429)
    problem = json.loads(answer["responseTemplates"]["application/json"])
    assert problem == {
        "type": f"urn:ristourne:problem:{code}",
        "title": problem["title"],
        "status": status,
        "code": code,
        "detail": problem["detail"],
    }
    assert f"| `{code}` | {status} |" in Path(ROOT, "docs", "api.md").read_text()


def test_the_api_writes_no_parameters_but_connections(resources: dict[str, Any]) -> None:
    (written,) = [
        statement for statement in statements(resources) if "ssm:PutParameter" in as_list(statement["Action"])
    ]
    assert written["Resource"]["Fn::Sub"].endswith(":parameter/ristourne/${Stage}/connections/*")


def test_the_api_calls_one_function_which_writes_one_partition(resources: dict[str, Any]) -> None:
    (called,) = [
        statement for statement in statements(resources) if "lambda:InvokeFunction" in as_list(statement["Action"])
    ]
    assert called["Resource"] == {"Fn::GetAtt": ["Calculate", "Arn"]}
    assert resources["APIHandler"]["Properties"]["Environment"]["Variables"]["RISTOURNE_CALCULATE"] == {
        "Ref": "Calculate"
    }
    role = resources["CalculateRole"]["Properties"]
    (run,) = [grant for grant in allowed(role) if "dynamodb:UpdateItem" in as_list(grant["Action"])]
    assert run["Action"] == ["dynamodb:GetItem", "dynamodb:UpdateItem"]
    assert run["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [keys.CALCULATIONS]}}


def test_it_is_worked_out_once_for_each_call_in_as_long_as_a_function_may_take(
    transformed: dict[str, Any], resources: dict[str, Any]
) -> None:
    assert resources["Calculate"]["Properties"]["Timeout"] == 900
    (config,) = of_type(transformed, "AWS::Lambda::EventInvokeConfig").values()
    assert config["MaximumRetryAttempts"] == 0
    assert config["MaximumEventAgeInSeconds"] < STALL_S


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
    patterns = [json.loads(pattern["Pattern"])["dynamodb"] for pattern in source["FilterCriteria"]["Filters"]]
    assert patterns == [
        {"NewImage": {"todo": {"N": ["1"]}}},
        {"NewImage": {"bd": {"S": [{"exists": True}]}}},
        {"Keys": {"pk": {"S": [{"prefix": "REVIEWS#"}, {"prefix": "DELIVERIES#"}]}}},
    ]
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
    stages = [stage["StageName"] for stage in of_type(transformed, "AWS::ApiGateway::Stage").values()]
    (deployment,) = of_type(transformed, "AWS::ApiGateway::Deployment").values()
    assert (stages, "StageName" in deployment) == (["api"], False)


def test_the_table_survives(resources: dict[str, Any]) -> None:
    table = resources["Table"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["DeletionProtectionEnabled"] == {"Fn::If": ["IsLocal", False, True]}
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_no_secret_is_a_plain_variable(resources: dict[str, Any]) -> None:
    known = {"RISTOURNE_TABLE", "RISTOURNE_STAGE", "RISTOURNE_CACHE_SECONDS"}
    for name, function in of_type(resources, "AWS::Serverless::Function").items():
        own = {"RISTOURNE_CALCULATE"} if name == "APIHandler" else set()
        assert {*function["Environment"]["Variables"]} == known | own


def test_webhooks_take_json_and_forms(resources: dict[str, Any]) -> None:
    webhook = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]["/webhooks/{connection}"]["post"]
    assert {"application/json", "application/x-www-form-urlencoded"} <= {*webhook["consumes"]}
