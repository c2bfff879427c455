"""What `make deploy` says when it cannot, and what it makes beside the stack."""

from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.store.keys import ROOT_CHECK
from infra import deploy
from infra import stage as stages
from infra.build.package import LAMBDA, build
from infra.deploy import Deployment, Keys
from infra.stage import AwsAccount, DeployError, check_stage, environment_of_stage, sign_in

pytestmark = pytest.mark.usefixtures("plain_environment")


@pytest.mark.parametrize("stage", ["", "Prod", "1st", "a b", "prod/eu", "x" * 21])
def test_a_wrong_stage_is_refused_with_an_example(stage):
    with pytest.raises(DeployError, match="make deploy STAGE=prod"):
        check_stage(stage)


def test_the_local_stage_is_not_for_deploying():
    with pytest.raises(SystemExit, match="choose another name"):
        deploy.main("local")


def test_without_a_region_it_says_what_to_set():
    with pytest.raises(SystemExit, match="No AWS region: set AWS_REGION"):
        deploy.main("prod")


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_without_credentials_it_says_what_to_set(monkeypatch, name):
    monkeypatch.setenv(name, "eu-west-1")
    with pytest.raises(SystemExit, match="No AWS credentials: set AWS_PROFILE"):
        deploy.main("prod")


def test_a_stage_that_is_not_there_is_told_with_where_it_was_looked_for(aws):
    with pytest.raises(DeployError, match=r"no stage prod in account 123456789012, eu-west-1: no stack is called"):
        environment_of_stage("prod")


def test_a_stage_whose_first_deployment_failed_has_no_table(aws, monkeypatch):
    monkeypatch.setattr(stages, "stack_status", lambda *_: "ROLLBACK_COMPLETE")
    monkeypatch.setattr(stages, "outputs_of", lambda *_: {})
    with pytest.raises(DeployError, match="its stack ristourne-prod is ROLLBACK_COMPLETE"):
        environment_of_stage("prod")


def test_ctrl_c_says_what_goes_on_by_itself(monkeypatch, capsys):
    monkeypatch.setattr(deploy, "deploy", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(SystemExit) as stopped:
        deploy.main("prod")
    assert stopped.value.code == 130
    assert "what CloudFormation has begun it ends" in capsys.readouterr().err


def test_the_artifacts_are_private_and_uploaded_once(aws):
    account, package = sign_in(), build(LAMBDA)
    url = deploy.upload(account, package)
    assert deploy.upload(account, package) == url
    s3, bucket = account.client("s3"), f"ristourne-artifacts-{account.number}-eu-west-1"
    assert len(s3.list_objects_v2(Bucket=bucket)["Contents"]) == 2
    template = s3.get_object(Bucket=bucket, Key=url.rsplit("/", 1)[1])["Body"].read().decode()
    assert f"s3://{bucket}/" in template
    assert "./deployment.zip" not in template
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())


def test_every_call_names_the_owner_that_the_bucket_must_have(aws, monkeypatch):
    account, calls = sign_in(), []
    s3 = account.client("s3")
    s3.meta.events.register("provide-client-params.s3.*", lambda params, model, **_: calls.append((model.name, params)))
    monkeypatch.setattr(AwsAccount, "client", lambda self, service: s3)
    deploy.upload(account, build(LAMBDA))
    owners = {name: params.get("ExpectedBucketOwner") for name, params in calls}
    assert owners.pop("CreateBucket") is None  # it would refuse a bucket that there is
    assert owners == dict.fromkeys(("HeadBucket", "HeadObject", "PutObject", "PutPublicAccessBlock"), account.number)


@pytest.mark.parametrize("code", ["403", "BucketAlreadyExists"])
def test_nothing_is_uploaded_to_a_bucket_of_another_account(aws, monkeypatch, code):
    def refuse(*_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "Forbidden"}}, "HeadBucket")

    monkeypatch.setattr(deploy, "ensure_bucket", refuse)
    monkeypatch.setattr(deploy, "put_once", lambda *_: pytest.fail("uploaded"))
    with pytest.raises(DeployError, match=r"ristourne-artifacts-[0-9]+-eu-west-1 is not this account's"):
        deploy.upload(sign_in(), build(LAMBDA))


@pytest.fixture
def table(aws):
    """An empty table of the stage `prod`."""
    names = ("pk", "sk")
    boto3.client("dynamodb").create_table(
        TableName="books",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=True)
        ],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
    )
    return "books"


def put(table: str, kind: str, key: tuple[str, str]) -> None:
    item = {"pk": {"S": key[0]}, "sk": {"S": key[1]}, "k": {"S": kind}}
    boto3.client("dynamodb").put_item(TableName=table, Item=item)


def root() -> dict[str, Any]:
    answer = boto3.client("ssm").get_parameter(Name="/ristourne/prod/root", WithDecryption=True)
    parameter: dict[str, Any] = answer["Parameter"]
    return parameter


@pytest.fixture
def confirmed(monkeypatch):
    """The tables for which the application was asked to confirm the root secret."""
    tables = []
    monkeypatch.setattr(deploy, "confirm_root", lambda environment: tables.append(environment["RISTOURNE_TABLE"]))
    return tables


def test_the_root_is_created_once_and_never_written_again(table, confirmed):
    account = sign_in()
    deploy.ensure_root(account, "prod", table)
    first = root()
    assert confirmed == []
    deploy.ensure_root(account, "prod", table)
    assert root() == first
    assert confirmed == [table]
    assert first["Type"] == "SecureString"
    assert len(first["Value"]) == 44


def test_no_root_is_made_for_a_table_with_members(table):
    put(table, "member", ("MEMBER#acme.1", "MEMBER"))
    with pytest.raises(DeployError, match="restore it from your backup"):
        deploy.ensure_root(sign_in(), "prod", table)
    with pytest.raises(boto3.client("ssm").exceptions.ParameterNotFound):
        root()


def test_a_table_without_members_takes_a_new_root_for_one_that_was_lost(table):
    for kind, key in (("root-check", ROOT_CHECK), ("key", ("KEY#abc", "KEY"))):
        put(table, kind, key)
    deploy.ensure_root(sign_in(), "prod", table)
    assert root()["Value"]
    kept = boto3.client("dynamodb").scan(TableName=table)["Items"]
    assert [item["k"]["S"] for item in kept] == ["key"]


def test_a_root_that_the_application_refuses_ends_the_deployment(monkeypatch):
    environment = {"RISTOURNE_STAGE": "prod", "RISTOURNE_TABLE": "t", "AWS_DEFAULT_REGION": "eu-west-1"}
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with pytest.raises(DeployError, match=r"^The root secret was not confirmed: SSM did not answer [^\n]*$"):
        deploy.confirm_root(environment)


def test_links_lead_to_the_api_that_there_is_unless_the_shop_says_otherwise(aws):
    def public_url() -> str:
        return str(ssm.get_parameter(Name="/ristourne/prod/public-url")["Parameter"]["Value"])

    ssm = boto3.client("ssm")
    for api in ("old", "new"):
        deploy.ensure_public_url(ssm, "prod", f"https://{api}.execute-api.eu-west-1.amazonaws.com/api/")
        assert public_url() == f"https://{api}.execute-api.eu-west-1.amazonaws.com/api"
    ssm.put_parameter(Name="/ristourne/prod/public-url", Value="https://loyalty.shop.example", Overwrite=True)
    deploy.ensure_public_url(ssm, "prod", "https://newer.execute-api.eu-west-1.amazonaws.com/api/")
    assert public_url() == "https://loyalty.shop.example"


def test_a_table_gets_its_first_keys_once_and_a_new_table_its_own(aws, monkeypatch):
    def issue(roles: list[str], environment: dict[str, str]) -> list[str]:
        return [f"{role} of {environment['RISTOURNE_TABLE']}" for role in roles]

    monkeypatch.setattr(deploy, "issue_keys", issue)
    account = sign_in()
    for table in ("old", "new"):
        keys = deploy.first_keys(account, "prod", table)
        assert keys == Keys(f"admin of {table}", f"storefront of {table}")
        assert deploy.first_keys(account, "prod", table) is None


def test_first_keys_that_could_not_be_issued_are_issued_the_next_time(aws, monkeypatch):
    def fail(roles: list[str], environment: dict[str, str]) -> list[str]:
        raise DeployError("the table does not answer")

    account = sign_in()
    monkeypatch.setattr(deploy, "issue_keys", fail)
    with pytest.raises(DeployError):
        deploy.first_keys(account, "prod", "table")
    monkeypatch.setattr(deploy, "issue_keys", lambda roles, environment: roles)
    assert deploy.first_keys(account, "prod", "table") == Keys("admin", "storefront")


def test_the_summary_says_what_to_paste_where():
    text = deploy.summary(Deployment("prod", "eu-west-1", "https://x/api/", "t", "q", Keys("admin-key", "store-key")))
    for part in (
        "https://x/api/webhooks/",
        "Shopify",
        "WooCommerce",
        "Stripe",
        "admin-key",
        "store-key",
        "Back up the root secret",
    ):
        assert part in text


def test_nothing_of_the_local_stage_is_to_be_backed_up():
    """Its command would ask the account of whoever pastes it."""
    text = deploy.summary(Deployment("local", "eu-west-1", "https://x/api/", "t", "q", Keys("admin-key", "store-key")))
    assert "aws ssm" not in text
