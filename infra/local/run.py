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
from infra.build.package import build, this_machine
from infra.deploy import LOCAL, Deployment, deploy, summary
from infra.local.demo_shop import DemoCustomer, storefront
from infra.local.demo_till import Till
from infra.local.local_aws import LocalAws, LocalAwsError, local_aws, port_from_environment
from infra.local.story import DORA, Story, play
from infra.stack import Say, tell
from infra.stage import DeployError, environment_of, run_application, sign_in, stack_of

LOCAL_POLL_S = 0.1
ROUND = "app.make_round"
"""The handler of the function that the schedule calls."""


def run() -> None:
    with local_aws(port_from_environment()) as aws:
        os.environ |= aws.environment()
        deployment = deploy_locally()
        assert deployment.keys, "a new AWS has no keys yet"
        if os.environ.get("STORY") == "none":
            show(deployment, aws)
            stay()
            return
        play_past(deployment)
        story = play(deployment.api_url, deployment.keys.admin, deployment.keys.storefront)
        with storefront(account_of(story, deployment.api_url), Till(story)) as shop:
            show(deployment, aws, f"\nA storefront with the widget, and Dora signed in: {shop}")
            make_round()
            print("\nThe daily round has counted what came before today: the console's figures are there.", flush=True)
            stay()


def play_past(deployment: Deployment) -> None:
    """Give the shop some months of orders before the story, which begins today. Raises DeployError."""
    print("\nPlaying the shop's earlier months into its table ...", flush=True)
    account = sign_in()
    environment = environment_of(account, LOCAL, deployment.table)
    done = run_application("from infra.local.demo_past import main; main()", (), environment)
    if done.returncode:
        raise DeployError(f"The shop's earlier months could not be played:\n{done.stderr}")


def make_round() -> None:
    """Have the daily round count, as its schedule does every hour. Raises DeployError."""
    functions = boto3.client("lambda")
    name = next(row["FunctionName"] for row in functions.list_functions()["Functions"] if row["Handler"] == ROUND)
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}, "resources": []}
    event |= {"id": "1", "account": "", "region": "", "time": "", "version": "0"}
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    if answer.get("FunctionError"):
        raise DeployError(f"The daily round failed: {answer['Payload'].read().decode()}")


def show(deployment: Deployment, aws: LocalAws, more: str = "") -> None:
    """Print the addresses."""
    table = f"\n\nCommands with --stage read its table:\n  {aws.before_command()} ristourne verify --stage {LOCAL}"
    console = f"\n\nThe console, for an owner to open once: {invitation(deployment)}"
    print(f"{summary(deployment)}{table}{console}{more}", "\n\nCtrl-C stops it and leaves nothing behind.", flush=True)


def stay() -> None:
    """Wait for Ctrl-C."""
    threading.Event().wait()


def account_of(story: Story, api: str) -> DemoCustomer:
    """Dora's account at the story's Shopify store."""
    connection, _, customer = DORA.partition(".")
    secret = story.admin.call("GET", f"/v1/connections/{connection}/widget")["secret"]
    return DemoCustomer(api, connection, secret, int(customer))


def invitation(deployment: Deployment) -> str:
    """A link into the console for whoever runs it; passkeys work at `localhost`, not at an address of numbers."""
    assert deployment.keys, "a new AWS has no keys yet"
    body = {"name": "owner", "role": "owner"}
    return str(Api(deployment.api_url, deployment.keys.admin).call("POST", "/v1/users", body)["link"])


def deploy_locally(say: Say = tell) -> Deployment:
    """Deploy as `make deploy` does, into the LocalAws of the environment."""
    deployment = deploy(LOCAL, target=this_machine(), poll_s=LOCAL_POLL_S, say=say)
    excuse_paths()
    restore_preflights()
    return deployment


def excuse_paths() -> None:
    """Allow reads of parameters by path, which the local IAM refuses although the policies allow them."""
    iam = boto3.client("iam")
    stack = boto3.client("cloudformation").describe_stack_resources(StackName=stack_of(LOCAL))["StackResources"]
    allowed = {"Effect": "Allow", "Action": "ssm:GetParametersByPath", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    for role in (resource for resource in stack if resource["ResourceType"] == "AWS::IAM::Role"):
        name = role["PhysicalResourceId"]
        iam.put_role_policy(RoleName=name, PolicyName="paths-of-the-local-aws", PolicyDocument=document)


def restore_preflights() -> None:
    """Give preflights their headers, which the local API Gateway drops when it reads the template."""
    gateway, stack = boto3.client("apigateway"), boto3.client("cloudformation")
    resource = stack.describe_stack_resource(StackName=stack_of(LOCAL), LogicalResourceId="RestAPI")
    api = resource["StackResourceDetail"]["PhysicalResourceId"]
    described = build(this_machine()).resources()["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for row in gateway.get_resources(restApiId=api, limit=500)["items"]:
        options = described.get(row["path"], {}).get("options")
        if options:
            answer = options["x-amazon-apigateway-integration"]["responses"]["default"]
            place = {"restApiId": api, "resourceId": row["id"], "httpMethod": "OPTIONS", "statusCode": "200"}
            gateway.put_integration_response(**place, responseParameters=answer["responseParameters"])


def leave(signum: int, _: FrameType | None) -> None:
    # A second signal must not interrupt the cleaning up.
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)
    print("\nStopping the local AWS and deleting what it unpacked ...", flush=True)
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
