"""Deploys the package into the AWS account of the ordinary credentials.

A stage is one CloudFormation stack, `ristourne-<stage>`. Beside the stack a stage has two things that a template cannot
make: its root secret, created once and never written again, and its first keys, shown once and stored hashed.
"""

import base64
import json
import os
import re
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.store.keys import ROOT_CHECK
from chalicelib.store.root_check import MIN_SECRET_BYTES, RESTORE
from infra.build.artifacts import ROOT, FetchError
from infra.build.package import LAMBDA, Package, Target, build

LOCAL = "local"
"""The stage of `make run`, which is gone with it: there is nothing to back up."""

STAGE_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")
POLL_S = 2.0
PATIENCE_S = 1800.0

Say = Callable[[str], None]
tell: Say = partial(print, flush=True)


class DeployError(Exception):
    """The deployment failed; the text says what is wrong and what to do about it."""


@dataclass(frozen=True, slots=True)
class Keys:
    admin: str
    storefront: str


@dataclass(frozen=True, slots=True)
class Deployment:
    stage: str
    region: str
    api_url: str
    table: str
    failed_records_url: str
    keys: Keys | None
    """Only from the deployment that created them."""
    alarms_topic: str = ""


@dataclass(frozen=True, slots=True)
class AwsAccount:
    session: Any
    number: str
    region: str

    def client(self, service: str) -> Any:
        return self.session.client(service)


def deploy(stage: str, *, target: Target = LAMBDA, say: Say = tell, poll_s: float = POLL_S) -> Deployment:
    check_stage(stage)
    account = sign_in()
    say(f"Stage {stage}, account {account.number}, {account.region}")
    template_url = upload(account, build(target))
    outputs = apply(
        account.client("cloudformation"), f"ristourne-{stage}", stage, template_url, StackProgress(say, poll_s)
    )
    ensure_root(account, stage, outputs["TableName"])
    ensure_public_url(account.client("ssm"), stage, api_url(outputs))
    return Deployment(
        stage=stage,
        region=account.region,
        api_url=api_url(outputs),
        table=outputs["TableName"],
        failed_records_url=outputs["FailedRecordsUrl"],
        keys=first_keys(account, stage, outputs["TableName"]),
        alarms_topic=outputs["AlarmsTopic"],
    )


def check_stage(stage: str) -> None:
    if not STAGE_NAME.fullmatch(stage):
        raise DeployError(
            f"STAGE must be a letter followed by up to 19 letters, digits or dashes, all lower case, got {stage!r}: "
            "make deploy STAGE=prod"
        )


def sign_in() -> AwsAccount:
    # boto3 itself reads AWS_DEFAULT_REGION only; every other tool of AWS knows the shorter name too.
    session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    if not session.region_name:
        raise DeployError("No AWS region: set AWS_REGION, or `region` in ~/.aws/config")
    if not session.get_credentials():
        raise DeployError("No AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    return AwsAccount(session, session.client("sts").get_caller_identity()["Account"], session.region_name)


def upload(account: AwsAccount, package: Package) -> str:
    """Upload the code and the template that refers to it; returns the template's URL."""
    s3, bucket = account.client("s3"), f"ristourne-artifacts-{account.number}-{account.region}"
    # The name can be guessed, and whoever was there first would be handed the code that the stack then runs.
    owned = {"Bucket": bucket, "ExpectedBucketOwner": account.number}
    try:
        ensure_bucket(s3, owned, account.region)
    except ClientError as error:
        if str(error.response["Error"]["Code"]) not in {"403", "AccessDenied", "BucketAlreadyExists"}:
            raise
        raise DeployError(
            f"The bucket {bucket} is not this account's, or your credentials may not use it: see whose it is before "
            "anything is uploaded"
        ) from error
    code = put_once(s3, owned, package.code.read_bytes(), ".zip")
    template = package.template.read_text().replace("./deployment.zip", f"s3://{bucket}/{code}")
    key = put_once(s3, owned, template.encode(), ".json")
    return f"{s3.meta.endpoint_url}/{bucket}/{key}"


def ensure_bucket(s3: Any, owned: dict[str, str], region: str) -> None:
    """Make the bucket where there is none. Raises ClientError where it is another account's."""
    if code_of(s3.head_bucket, **owned) is None:
        return
    # S3 refuses its oldest region by name.
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=owned["Bucket"], **where)
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(**owned, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))


def put_once(s3: Any, owned: dict[str, str], content: bytes, suffix: str) -> str:
    key = sha256(content).hexdigest() + suffix
    if code_of(s3.head_object, **owned, Key=key) is not None:
        s3.put_object(**owned, Key=key, Body=content)
    return key


def code_of(call: Callable[..., Any], **request: Any) -> str | None:
    """The error code of a call whose object may not exist, None where it exists."""
    try:
        call(**request)
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        if code in {"404", "NoSuchBucket", "NoSuchKey"}:
            return code
        raise
    return None


@dataclass(frozen=True, slots=True)
class StackProgress:
    say: Say
    poll_s: float

    def wait(self, state: Callable[[], str], busy: Callable[[str], bool]) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while busy(now := state()):
            if time.monotonic() > deadline:
                raise DeployError(f"Still {now} after {PATIENCE_S / 60:.0f} minutes; see the CloudFormation console")
            time.sleep(self.poll_s)
        return now


def apply(cloudformation: Any, stack: str, stage: str, template_url: str, progress: StackProgress) -> dict[str, str]:
    """Create or update the stack from the template; returns the stack's outputs."""
    started = time.time()
    kind = change_kind(cloudformation, stack, progress)
    change = cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=f"deploy-{int(started)}",
        ChangeSetType=kind,
        TemplateURL=template_url,
        Parameters=[{"ParameterKey": "Stage", "ParameterValue": stage}],
        Capabilities=CAPABILITIES,
    )["Id"]
    if prepare(cloudformation, change, progress):
        execute(cloudformation, stack, change, started, progress)
    else:
        progress.say("Nothing has changed since the last deployment")
    return outputs_of(cloudformation, stack)


def change_kind(cloudformation: Any, stack: str, progress: StackProgress) -> str:
    status = stack_status(cloudformation, stack)
    if status == "ROLLBACK_COMPLETE":
        progress.say(f"Removing what a failed first deployment left of {stack}")
        cloudformation.delete_stack(StackName=stack)
        status = progress.wait(partial(stack_status, cloudformation, stack), lambda now: now == "DELETE_IN_PROGRESS")
    if status in {"", "REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}:
        return "CREATE"
    if not status.endswith("_COMPLETE"):
        raise DeployError(f"The stack {stack} is {status}; bring it to rest in the console, then deploy again")
    return "UPDATE"


def stack_status(cloudformation: Any, stack: str) -> str:
    try:
        return str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if "does not exist" in str(error):
            return ""
        raise


def prepare(cloudformation: Any, change: str, progress: StackProgress) -> bool:
    """Wait for the change set; False where the template changes nothing."""
    answer: dict[str, Any] = {}

    def state() -> str:
        answer.update(cloudformation.describe_change_set(ChangeSetName=change))
        return str(answer["Status"])

    final = progress.wait(state, lambda now: now.endswith(("_PENDING", "_IN_PROGRESS")))
    if final == "CREATE_COMPLETE":
        return True
    reason = str(answer.get("StatusReason", ""))
    if not any(phrase in reason for phrase in NOTHING_TO_DO):
        raise DeployError(f"CloudFormation refused the template: {reason}")
    cloudformation.delete_change_set(ChangeSetName=change)
    return False


def execute(cloudformation: Any, stack: str, change: str, started: float, progress: StackProgress) -> None:
    cloudformation.execute_change_set(ChangeSetName=change)
    seen: set[str] = set()
    reasons: list[str] = []

    def state() -> str:
        status = stack_status(cloudformation, stack)
        for event in new_events(cloudformation, stack, started, seen):
            progress.say(f"  {event['ResourceStatus']:<28} {event['LogicalResourceId']}")
            if event["ResourceStatus"].endswith("_FAILED"):
                reasons.append(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}")
        return status

    final = progress.wait(state, lambda now: now.endswith("_IN_PROGRESS"))
    if final not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise DeployError("\n  ".join([f"The deployment was taken back ({final}):", *reasons]))


def new_events(cloudformation: Any, stack: str, since: float, seen: set[str]) -> Iterator[dict[str, Any]]:
    """New events of the stack, oldest first, from the newest hundred, which is far more than one poll misses."""
    for event in reversed(cloudformation.describe_stack_events(StackName=stack)["StackEvents"]):
        if event["EventId"] not in seen and event["Timestamp"].timestamp() >= since:
            seen.add(event["EventId"])
            yield event


def outputs_of(cloudformation: Any, stack: str) -> dict[str, str]:
    outputs = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def api_url(outputs: dict[str, str]) -> str:
    """The API's URL; the local AWS serves it at a path, since few machines resolve names below `localhost`."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "").replace("//127.0.0.1", "//localhost")
    return f"{endpoint}/_aws/execute-api/{outputs['RestAPIId']}/api/" if endpoint else outputs["EndpointURL"]


def ensure_root(account: AwsAccount, stage: str, table: str) -> None:
    """Make the root secret of a stage that has none. Raises DeployError where the table has members, whose guests only
    the lost one can name, and where the one that there is does not belong to the table.
    """
    ssm, name = account.client("ssm"), root_name(stage)
    if parameter(ssm, name):
        confirm_root(environment_of(account, stage, table))
        return
    dynamodb = account.client("dynamodb")
    if has_members(dynamodb, table):
        raise DeployError(f"The parameter {name} with the root secret is gone, and the table has members: {RESTORE}")
    # A table without members may remember an earlier root, under which nobody was named.
    dynamodb.delete_item(
        TableName=table, Key=dict(zip(("pk", "sk"), ({"S": part} for part in ROOT_CHECK), strict=True))
    )
    secret = base64.b64encode(secrets.token_bytes(MIN_SECRET_BYTES)).decode()
    ssm.put_parameter(Name=name, Value=secret, Type="SecureString", Overwrite=False)


def root_name(stage: str) -> str:
    """The name of the parameter with the root secret."""
    return f"/ristourne/{stage}/root"


def has_members(dynamodb: Any, table: str) -> bool:
    """Whether a table has a member; a scan that ends at the first one."""
    condition = {"FilterExpression": "k = :member", "ExpressionAttributeValues": {":member": {"S": "member"}}}
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, **condition)
    return any(page["Items"] for page in pages)


def confirm_root(environment: dict[str, str]) -> None:
    """Let the application compare the root secret with the table's digest of it. Raises DeployError."""
    program = (
        "import sys, time; from chalicelib.domain.errors import Unavailable\n"
        "from chalicelib.store.secrets import Secrets\n"
        "try: Secrets().derived('deployment', int(time.time()))\n"
        "except Unavailable as error: sys.exit(str(error))"
    )
    done = run_application(program, (), environment)
    if done.returncode:
        raise DeployError(f"The root secret was not confirmed: {done.stderr.strip()}")


def ensure_public_url(ssm: Any, stage: str, url: str) -> None:
    """Store the base URL of links: the API's own address, unless the shop has stored a host name of its own.

    The address of an API that was deleted is replaced.
    """
    name, own = f"/ristourne/{stage}/public-url", url.rstrip("/")
    current = parameter(ssm, name)
    if current != own and (not current or "execute-api" in current):
        ssm.put_parameter(Name=name, Value=own, Type="String", Overwrite=True)


def parameter(ssm: Any, name: str) -> str:
    """The value of a parameter (a secret one encrypted), empty where there is none."""
    try:
        return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return ""


def first_keys(account: AwsAccount, stage: str, table: str) -> Keys | None:
    """The first keys of a new table, None if it has had them: an SSM parameter, written last, names that table."""
    ssm, note = account.client("ssm"), f"/ristourne/{stage}/first-keys"
    if parameter(ssm, note) == table:
        return None
    keys = Keys(*issue_keys(("admin", "storefront"), environment_of(account, stage, table)))
    ssm.put_parameter(Name=note, Value=table, Type="String", Overwrite=True)
    return keys


def issue_keys(roles: Sequence[str], environment: dict[str, str]) -> list[str]:
    keys = ask_keyring("issue_key", roles, environment)
    log_keys("key issued", [key.split("_")[2] for key in keys], environment)
    return keys


def log_keys(what: str, names: Sequence[str], environment: dict[str, str]) -> None:
    """Write to the security log, in the API's log group, and to the console's log who has issued or revoked keys. Where
    that fails the keys are good all the same, and a warning is printed.
    """
    if not names:
        return
    session = boto3.Session(region_name=environment["AWS_DEFAULT_REGION"])
    who = "unknown"
    try:
        logs, who = session.client("logs"), session.client("sts").get_caller_identity()["Arn"]
        place = {"logGroupName": f"/ristourne/{environment['RISTOURNE_STAGE']}/api", "logStreamName": f"keys-{uuid4()}"}
        logs.create_log_stream(**place)
        lines = [{"security": "done", "what": what, "who": who, "about": f"key {name}"} for name in names]
        now_ms = int(time.time() * 1000)
        logs.put_log_events(**place, logEvents=[{"timestamp": now_ms, "message": json.dumps(line)} for line in lines])
    except (BotoCoreError, ClientError) as error:
        print(f"The security log was not written: {error}", file=sys.stderr)
    program = "import sys; from chalicelib.edge.acts import of_operator; of_operator(*sys.argv[1:])"
    done = run_application(program, [who.rpartition(":")[2], what, *names], environment)
    if done.returncode:
        print(f"The console's log was not written:\n{done.stderr}", file=sys.stderr)


def ask_keyring(function: str, arguments: Sequence[str], environment: dict[str, str]) -> list[str]:
    """The results of one of the application's keyring functions, run in a process of its own with its environment."""
    program = f"import sys; from chalicelib.store.keyring import {function}; print(*map({function}, sys.argv[1:]))"
    done = run_application(program, arguments, environment)
    if done.returncode:
        raise DeployError(f"The keyring failed:\n{done.stderr}")
    results = done.stdout.split()
    if function == "revoke_key":
        revoked = [name for name, result in zip(arguments, results, strict=True) if result == "True"]
        log_keys("key revoked", revoked, environment)
    return results


def run_application(
    program: str, arguments: Sequence[str], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """A program that imports the application, run in a process of its own with the application's environment."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True)


def environment_of(account: AwsAccount, stage: str, table: str) -> dict[str, str]:
    """The application's environment variables for a stage."""
    return {"RISTOURNE_STAGE": stage, "RISTOURNE_TABLE": table, "AWS_DEFAULT_REGION": account.region}


def environment_of_stage(stage: str) -> dict[str, str]:
    """The application's environment variables for a stage that was deployed before."""
    account = sign_in()
    return environment_of(account, stage, table_of(account, stage))


def table_of(account: AwsAccount, stage: str) -> str:
    """The table of a stage that was deployed before. Raises DeployError where there is none."""
    check_stage(stage)
    cloudformation, stack = account.client("cloudformation"), f"ristourne-{stage}"
    status = stack_status(cloudformation, stack)
    outputs = outputs_of(cloudformation, stack) if status else {}
    if "TableName" not in outputs:
        what = f"its stack {stack} is {status}" if status else f"no stack is called {stack}"
        raise DeployError(
            f"There is no stage {stage} in account {account.number}, {account.region}: {what}. Another region or "
            "account is chosen by AWS_REGION and AWS_PROFILE"
        )
    return outputs["TableName"]


PLACES = (
    ("Shopify", "Settings > Notifications > Webhooks", "the key under that page's list, not an app's client secret"),
    ("Shopify app", "Dev Dashboard > Apps", "the app's client secret"),
    ("WooCommerce", "WooCommerce > Settings > Advanced > Webhooks", "the Secret that you enter there"),
    ("Stripe", "Workbench > Webhooks", "the destination's signing secret, whsec_…"),
    ("your own", "Standard Webhooks", "base64, with or without whsec_"),
)
"""Where each storefront's webhooks are made, and which secret signs them, as docs/storefronts.md says in full."""


def summary(deployment: Deployment) -> str:
    hook = f"{deployment.api_url}webhooks/<connection>"
    lines = [
        "",
        f"API         {deployment.api_url}",
        f"Pages       {deployment.api_url}docs",
        f"Table       {deployment.table}",
        f"Failures    {deployment.failed_records_url}",
        f"Alarms      {deployment.alarms_topic} (subscribe to it: infra/README.md)",
        "",
        f"Connect a storefront (docs/storefronts.md) at {hook}",
        "with the id of its connection in place of <connection>; where, and what its secret is:",
        *(f"  {name:<14}{place}; {secret}" for name, place, secret in PLACES),
    ]
    if deployment.keys:
        lines += ["", "Keys, shown this once:", f"  admin         {deployment.keys.admin}"]
        lines += [f"  storefront    {deployment.keys.storefront}"]
        if deployment.stage != LOCAL:
            lines += ["", "Back up the root secret now; without it nobody can tell whose a guest's balance is:"]
            lines += [f"  {backup_command(deployment.stage)} > ristourne-{deployment.stage}.root"]
        lines += ["", "To operate it from another terminal (ristourne --help):"]
        lines += [f"  export RISTOURNE_URL={deployment.api_url} RISTOURNE_KEY={deployment.keys.admin}"]
        lines += [f"  export PATH={shlex.quote(str(ROOT / '.venv' / 'bin'))}:$PATH"]
    return "\n".join(lines)


def backup_command(stage: str) -> str:
    """The command that prints the root secret of a stage."""
    return f"aws ssm get-parameter --name {root_name(stage)} --with-decryption --query Parameter.Value --output text"


def main(stage: str) -> None:
    try:
        if stage == LOCAL:
            raise DeployError("The stage `local` is the one of `make run`; choose another name")
        print(summary(deploy(stage)))
    except (DeployError, FetchError, BotoCoreError, ClientError) as error:
        raise SystemExit(f"\n{error}") from None
    except KeyboardInterrupt:
        print("\nstopped; what CloudFormation has begun it ends: deploy again after that", file=sys.stderr)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
