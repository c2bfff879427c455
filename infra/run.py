"""`make run`: deploys the application to a local AWS, plays the demo story against it, and stays up."""

import json
import os
import signal
import sys
import threading
from types import FrameType

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.api import Api, ApiError
from infra.deploy import DeployError, Deployment, Say, deploy, summary, tell
from infra.local_aws import LocalAwsError, local_aws, port_from_environment
from infra.package import this_machine
from infra.story import play

LOCAL_POLL_S = 0.1


def run() -> None:
    with local_aws(port_from_environment()) as aws:
        os.environ |= aws.environment()
        deployment = deploy_locally()
        assert deployment.keys, "a new AWS has no keys yet"
        if os.environ.get("STORY") != "none":
            play(deployment.api_url, deployment.keys.admin, deployment.keys.storefront)
        print(summary(deployment))
        print(f"\nConsole, open it once   {invitation(deployment)}")
        print("\nCtrl-C stops it and leaves nothing behind.", flush=True)
        threading.Event().wait()


def invitation(deployment: Deployment) -> str:
    """A link into the console for whoever runs it; passkeys work at `localhost`, not at an address of numbers."""
    assert deployment.keys, "a new AWS has no keys yet"
    body = {"name": "owner", "role": "owner"}
    return str(Api(deployment.api_url, deployment.keys.admin).call("POST", "/v1/users", body)["link"])


def deploy_locally(say: Say = tell) -> Deployment:
    """Deploy as `make deploy` does, into the LocalAws of the environment."""
    deployment = deploy("local", target=this_machine(), poll_s=LOCAL_POLL_S, say=say)
    excuse_paths()
    return deployment


def excuse_paths() -> None:
    """Allow reads of parameters by path, which the local IAM refuses although the policies allow them."""
    iam = boto3.client("iam")
    stack = boto3.client("cloudformation").describe_stack_resources(StackName="ristourne-local")["StackResources"]
    allowed = {"Effect": "Allow", "Action": "ssm:GetParametersByPath", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    for role in (resource for resource in stack if resource["ResourceType"] == "AWS::IAM::Role"):
        name = role["PhysicalResourceId"]
        iam.put_role_policy(RoleName=name, PolicyName="paths-of-the-local-aws", PolicyDocument=document)


def leave(signum: int, _: FrameType | None) -> None:
    # A second signal must not interrupt the cleaning up.
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)
    sys.exit(0 if signum == signal.SIGINT else 128 + signum)


def main() -> None:
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, leave)
    try:
        run()
    except (LocalAwsError, DeployError, ApiError, BotoCoreError, ClientError) as error:
        raise SystemExit(f"\n{error}") from None


if __name__ == "__main__":
    main()
