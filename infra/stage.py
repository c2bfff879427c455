"""A stage of an AWS account: who is signed in, the stack and table of a stage, and programs run as its application."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.build.artifacts import ROOT

STAGE_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")


class DeployError(Exception):
    """The deployment failed; the text says what is wrong and what to do about it."""


@dataclass(frozen=True, slots=True)
class AwsAccount:
    """The account and region that commands act in, and the session that is signed in to it."""

    session: Any
    number: str
    region: str

    def client(self, service: str) -> Any:
        """The client of a service, such as `ssm`."""
        return self.session.client(service)


def sign_in() -> AwsAccount:
    """The account of the ordinary credentials. Raises DeployError where region or credentials are missing."""
    # boto3 itself reads AWS_DEFAULT_REGION only; every other tool of AWS knows the shorter name too.
    session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    if not session.region_name:
        raise DeployError("No AWS region: set AWS_REGION, or `region` in ~/.aws/config")
    if not session.get_credentials():
        raise DeployError("No AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    return AwsAccount(session, session.client("sts").get_caller_identity()["Account"], session.region_name)


def check_stage(stage: str) -> None:
    """Raises DeployError for a name that no stage can have."""
    if not STAGE_NAME.fullmatch(stage):
        raise DeployError(
            f"STAGE must be a letter followed by up to 19 letters, digits or dashes, all lower case, got {stage!r}: "
            "make deploy STAGE=prod"
        )


def stack_of(stage: str) -> str:
    """The name of a stage's stack."""
    return f"ristourne-{stage}"


def stack_status(cloudformation: Any, stack: str) -> str:
    """A stack's status, empty where there is no such stack."""
    try:
        return str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if "does not exist" in str(error):
            return ""
        raise


def outputs_of(cloudformation: Any, stack: str) -> dict[str, str]:
    """What a stack's template says of what it has made, by name."""
    outputs = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def environment_of_stage(stage: str) -> dict[str, str]:
    """The application's environment variables for a stage that was deployed before."""
    account = sign_in()
    return environment_of(account, stage, table_of(account, stage))


def table_of(account: AwsAccount, stage: str) -> str:
    """The table of a stage that was deployed before. Raises DeployError where there is none."""
    check_stage(stage)
    cloudformation, stack = account.client("cloudformation"), stack_of(stage)
    status = stack_status(cloudformation, stack)
    outputs = outputs_of(cloudformation, stack) if status else {}
    if "TableName" not in outputs:
        what = f"its stack {stack} is {status}" if status else f"no stack is called {stack}"
        raise DeployError(
            f"There is no stage {stage} in account {account.number}, {account.region}: {what}. Another region or "
            "account is chosen by AWS_REGION and AWS_PROFILE"
        )
    return outputs["TableName"]


def environment_of(account: AwsAccount, stage: str, table: str) -> dict[str, str]:
    """The application's environment variables for a stage."""
    return {"RISTOURNE_STAGE": stage, "RISTOURNE_TABLE": table, "AWS_DEFAULT_REGION": account.region}


def run_application(
    program: str, arguments: Sequence[str], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """How a program ended that imports the application, in a process of its own with the application's environment."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True)
