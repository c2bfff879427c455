"""Issues and revokes API keys of a stage by the application's own keyring, and writes who did it into both logs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.stage import DeployError, run_application


def issue_keys(roles: Sequence[str], environment: dict[str, str]) -> list[str]:
    """New keys, one of each role. Raises DeployError."""
    keys = _asked("issue_key", roles, environment)
    log_keys("key issued", [key.split("_")[2] for key in keys], environment)
    return keys


def revoke_keys(names: Sequence[str], environment: dict[str, str]) -> list[str]:
    """The names of the keys that were revoked now: those of the given ones that there were. Raises DeployError."""
    answers = _asked("revoke_key", names, environment)
    revoked = [name for name, answer in zip(names, answers, strict=True) if answer == "True"]
    log_keys("key revoked", revoked, environment)
    return revoked


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


def _asked(function: str, arguments: Sequence[str], environment: dict[str, str]) -> list[str]:
    """What a function of the application's keyring returns for each argument, as text. Raises DeployError."""
    program = f"import sys; from chalicelib.store.keyring import {function}; print(*map({function}, sys.argv[1:]))"
    done = run_application(program, arguments, environment)
    if done.returncode:
        raise DeployError(f"The keyring failed:\n{done.stderr}")
    return done.stdout.split()
