"""Ristourne, the straightforward handler and one that does nothing, on the local AWS: each a Lambda of the same memory
behind a REST API of its own. Ristourne comes by the code of `make deploy`; the others are zipped here, their modules
compiled in the same way. Measures nothing.
"""

from __future__ import annotations

import compileall
import json
import os
import py_compile
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from infra.api import Api
from infra.build.artifacts import ROOT
from infra.build.package import libraries, this_machine
from infra.local.run import deploy_locally
from tests.bench.alternatives.books import Books
from tests.bench.order import CONNECTION, SECRET

HERE = Path(__file__).parent
PLAIN_SOURCES = ("tests/__init__.py", "tests/bench/__init__.py", "tests/bench/alternatives")
CLIENTS_DATA = ("_retry.json", "endpoints.json", "dynamodb")
NOT_IN_OUR_PACKAGE = ("boto3", "s3transfer", "chalice", *(f"botocore/data/{name}" for name in CLIENTS_DATA))
STAGE = "api"
CACHE_S = "60"
"""As everywhere but on the local AWS, where people want to see at once what they have changed."""

PROGRAMME = {
    "name": "Bench Shop",
    "currency": "EUR",
    "timezone": "Europe/Paris",
    "landing": {"page": "https://shop.example/", "hosts": ["shop.example"]},
    "earn": [{"id": "cashback", "percent": 5, "vest_days": 14, "expire_days": 365}],
}
ASSUMED_BY_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
TABLES_ALLOWED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"}],
}


def deploy_ours() -> str:
    """Ristourne with a programme and a connection; returns its address, as the others do."""
    deployment = deploy_locally(say=lambda _: None)
    assert deployment.keys, "a new AWS has no keys yet"
    admin = Api(deployment.api_url, deployment.keys.admin)
    admin.call("PUT", "/v1/programme", json.dumps(PROGRAMME).encode(), {"If-Match": "0"})
    admin.call("PUT", "/v1/connections", {"id": CONNECTION, "kind": "shopify", "secret": SECRET})
    _remember_for(CACHE_S, "ristourne-local")
    return deployment.api_url.rstrip("/")


def deploy_plain() -> str:
    """The straightforward handler and its tables."""
    books = Books("plain")
    books.create()
    settings = {"BOOKS": "plain", "CONNECTION": CONNECTION, "SECRET": SECRET}
    with tempfile.TemporaryDirectory(prefix="ristourne-plain-") as work:
        folder = Path(work, "package")
        shutil.copytree(libraries(this_machine()), folder)
        for package in NOT_IN_OUR_PACKAGE:
            _copy(Path(boto3.__file__).parents[1] / package, folder / package)
        for source in PLAIN_SOURCES:
            _copy(ROOT / source, folder / source)
        return _deploy("plain", folder, HERE / "plain.py", settings)


def deploy_floor() -> str:
    """The handler that does nothing."""
    with tempfile.TemporaryDirectory(prefix="ristourne-floor-") as work:
        folder = Path(work, "package")
        folder.mkdir()
        return _deploy("floor", folder, HERE / "floor.py", {})


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def _deploy(name: str, folder: Path, entry: Path, settings: Mapping[str, str]) -> str:
    shutil.copy(entry, folder / "app.py")
    compileall.compile_dir(folder, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    code = Path(shutil.make_archive(str(folder), "zip", folder))
    return _behind_an_api(name, _function(name, code, settings))


def _function(name: str, code: Path, settings: Mapping[str, str]) -> str:
    """Its ARN. Memory and time-out are those of .chalice/config.json."""
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    iam = boto3.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ASSUMED_BY_LAMBDA))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="tables", PolicyDocument=json.dumps(TABLES_ALLOWED))
    made = boto3.client("lambda").create_function(
        FunctionName=name,
        Runtime=f"python{this_machine().python}",
        Role=role["Arn"],
        Handler="app.app",
        Code={"ZipFile": code.read_bytes()},
        MemorySize=config["lambda_memory_size"],
        Timeout=config["lambda_timeout"],
        Environment={"Variables": dict(settings)},
    )
    return str(made["FunctionArn"])


def _behind_an_api(name: str, function: str) -> str:
    gateway = boto3.client("apigateway")
    api = gateway.create_rest_api(name=name)["id"]
    parent = gateway.get_resources(restApiId=api)["items"][0]["id"]
    for part in ("webhooks", "{connection}"):
        parent = gateway.create_resource(restApiId=api, parentId=parent, pathPart=part)["id"]
    at: dict[str, Any] = {"restApiId": api, "resourceId": parent, "httpMethod": "POST"}
    gateway.put_method(**at, authorizationType="NONE")
    uri = f"arn:aws:apigateway:{gateway.meta.region_name}:lambda:path/2015-03-31/functions/{function}/invocations"
    gateway.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName=STAGE)
    allowed = {"StatementId": "api", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
    boto3.client("lambda").add_permission(FunctionName=name, **allowed)
    return f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{api}/{STAGE}"


def _remember_for(seconds: str, stack: str) -> None:
    resource = boto3.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId="APIHandler")
    name, lambdas = resource["StackResourceDetail"]["PhysicalResourceId"], boto3.client("lambda")
    settings = lambdas.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    changed = settings | {"RISTOURNE_CACHE_SECONDS": seconds}
    lambdas.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
