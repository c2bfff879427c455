"""Deploys the package into the AWS account of the ordinary credentials.

A stage is one CloudFormation stack, `ristourne-<stage>`. Beside the stack a stage has two things that a template cannot
make: its root secret, created once and never written again, and its first keys, shown once and stored hashed.
"""

import base64
import os
import secrets
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.store.keys import ROOT_CHECK
from chalicelib.store.root_check import RESTORE
from chalicelib.store.secrets import MIN_SECRET_BYTES
from infra.api_keys import issue_keys
from infra.build.artifacts import ROOT, FetchError
from infra.build.package import LAMBDA, Package, Target, build
from infra.stack import POLL_S, Say, StackProgress, apply, tell
from infra.stage import AwsAccount, DeployError, check_stage, environment_of, run_application, sign_in, stack_of

LOCAL = "local"
"""The stage of `make run`, which is gone with it: there is nothing to back up."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The first API keys of a stage, one of each role."""

    admin: str
    storefront: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stage as it was deployed: where it answers, and its table. `keys`: where this deployment has made them."""

    stage: str
    region: str
    api_url: str
    table: str
    failed_records_url: str
    keys: Keys | None
    alarms_topic: str = ""


def deploy(stage: str, *, target: Target = LAMBDA, say: Say = tell, poll_s: float = POLL_S) -> Deployment:
    """Deploy the package as a stage of the account that is signed in. Raises DeployError."""
    check_stage(stage)
    account = sign_in()
    say(f"Stage {stage}, account {account.number}, {account.region}")
    template_url = upload(account, build(target))
    outputs = apply(account.client("cloudformation"), stack_of(stage), stage, template_url, StackProgress(say, poll_s))
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
    """The key of a content, which is uploaded where the bucket has it not."""
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


PLACES = (
    ("Shopify", "Settings > Notifications > Webhooks", "the key under that page's list, not an app's client secret"),
    ("Shopify app", "Dev Dashboard > Apps", "the app's client secret"),
    ("WooCommerce", "WooCommerce > Settings > Advanced > Webhooks", "the Secret that you enter there"),
    ("Stripe", "Workbench > Webhooks", "the destination's signing secret, whsec_…"),
    ("your own", "Standard Webhooks", "base64, with or without whsec_"),
)
"""Where each storefront's webhooks are made, and which secret signs them, as docs/storefronts.md says in full."""


def summary(deployment: Deployment) -> str:
    """What whoever has deployed needs to know, in lines: addresses, how to connect a storefront, the keys once."""
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
    """Deploy a stage and print where it is; ends the process with the reason where that fails."""
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
