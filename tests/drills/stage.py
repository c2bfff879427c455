"""A stage on a local AWS, a shop's storefronts on it, and an operator who runs what docs/operations.md says."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import uuid4

import boto3

from infra.api import Api
from infra.deploy import Deployment
from infra.local.local_aws import LocalAws
from infra.local.run import deploy_locally
from infra.local.story import PROGRAMME
from infra.signing import sign
from tests.drills.faults import Faults, faults_before
from tests.machine import ROOT
from tests.world.senders import shopify_line, shopify_order, woocommerce_line, woocommerce_order

PAGE = ROOT / "docs" / "operations.md"
SECRETS = {
    "shop": ("shopify", "the-shopify-secret-of-the-drills"),
    "woo": ("woocommerce", "the-woo-secret-of-the-drills"),
}
LONG_AGO_S = 3 * 86_400
"""How long before the drills the programme has been in force."""

PATIENCE_S, LOOK_EVERY_S = 30.0, 0.1


class Stage:
    """The stage `local`, and what the operator has typed on it since `typed` was emptied."""

    def __init__(self, deployment: Deployment, faults: Faults, folder: Path) -> None:
        assert deployment.keys
        self.deployment, self.faults, self.folder = deployment, faults, folder
        self.admin = Api(deployment.api_url, deployment.keys.admin)
        self.environment = {
            "RISTOURNE_URL": deployment.api_url,
            "RISTOURNE_KEY": deployment.keys.admin,
            "PATH": f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "RISTOURNE_CACHE_SECONDS": "1",  # as of the stage `local`, which forgets sooner than others
        }
        self.typed: list[str] = []

    def follow(self, section: str, **variables: str) -> str:
        """Run the commands of a section of docs/operations.md, as they stand there, on this stage; what they print."""
        commands = commands_of(section)
        self.typed += [re.sub(r"\s+", " ", command) for command in commands]
        return self._shell("\n".join(commands).replace("prod", "local"), variables)

    def is_right(self) -> bool:
        """Whether `verify` finds the books right."""
        return "The books are right." in self._shell("ristourne verify --stage local --processes 1 || test $? = 2", {})

    def deliver(self, connection: str, payload: Any, secret: str = "", topic: str = "") -> tuple[int, str]:
        """A signed delivery; its status, and its result (empty where it was refused)."""
        kind, own = SECRETS[connection]
        body = json.dumps(payload).encode()
        topic = topic or ("orders/paid" if kind == "shopify" else "order.updated")
        headers = sign(kind, secret or own, body, topic, int(time.time()))
        answer = Api(self.deployment.api_url).raw("POST", f"/webhooks/{connection}", body, headers)
        return answer.status, answer.json.get("result", "")

    def available(self, member: str) -> int:
        """What a member can spend, in cents."""
        balances = self.admin.call("GET", f"/v1/members/{member}")["balances"]
        return sum(row["available"] for row in balances if row["asset"] == "EUR/2")

    def issue_key(self) -> str:
        """A new admin key, which nobody else uses."""
        return self._shell("ristourne key issue admin --stage local", {}).strip()

    def wait(self, what: Callable[[], bool]) -> None:
        """Until something holds. Raises AssertionError where it does not soon."""
        deadline = time.monotonic() + PATIENCE_S
        while not what():
            assert time.monotonic() < deadline, "it did not come about"
            time.sleep(LOOK_EVERY_S)

    def function(self, handler: str) -> str:
        """The name of the function that an entry point of app.py has."""
        functions = boto3.client("lambda").list_functions()["Functions"]
        return next(str(row["FunctionName"]) for row in functions if row["Handler"] == f"app.{handler}")

    def _shell(self, script: str, variables: dict[str, str]) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=os.environ | self.environment | variables,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout


def commands_of(section: str) -> list[str]:
    """The commands in a section of docs/operations.md."""
    (text,) = re.findall(rf"^#+ {re.escape(section)}\n(.*?)(?=^#|\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [line[2:] for block in blocks for line in block.replace("\\\n", " ").splitlines() if line.startswith("$ ")]


def order(number: int, customer: int, code: str = "", ago_s: int = 0) -> dict[str, Any]:
    """An order of Shopify's for 100.00, paid so many seconds ago."""
    at = datetime.fromtimestamp(int(time.time()) - ago_s, UTC).isoformat()
    buyer = {"id": customer, "email": f"buyer{customer}@mail.example"}
    notes = [{"name": "ref", "value": code}] if code else []
    stamps = dict.fromkeys(("created_at", "processed_at", "updated_at"), at)
    facts = {"customer": buyer, "email": None, "line_items": [shopify_line(price="100.00")], "note_attributes": notes}
    return shopify_order(number, name=f"#{number}", **facts, **stamps)


def woo_order(number: int, customer: int) -> dict[str, Any]:
    """An order of WooCommerce's for 100.00, of this moment."""
    stamps = dict.fromkeys(
        ("date_created_gmt", "date_modified_gmt", "date_paid_gmt"), datetime.now(UTC).isoformat(timespec="seconds")[:19]
    )
    lines = [woocommerce_line(total="100.00")]
    email = {"email": f"woo{customer}@mail.example"}
    facts = {"customer_id": customer, "billing": email, "line_items": lines, **stamps}
    return woocommerce_order(number, shipping_total="0.00", shipping_tax="0.00", **facts)


@contextmanager
def open_stage(local: LocalAws, folder: Path) -> Iterator[Stage]:
    """Deploy the package, publish the programme of the demo, connect two storefronts; the functions meet faults."""
    with mock.patch.dict(os.environ, local.environment()), faults_before(local.endpoint) as faults:
        write_aws_command(folder)
        stage = Stage(deploy_locally(say=lambda _: None), faults, folder)
        lead_through(faults)
        since = datetime.fromtimestamp(int(time.time()) - LONG_AGO_S, UTC).isoformat().replace("+00:00", "Z")
        headers = {"If-Match": "0", "Content-Type": "application/yaml"}
        stage.admin.call("PUT", f"/v1/programme?effective_at={since}", PROGRAMME.read_bytes(), headers)
        for name, (kind, secret) in SECRETS.items():
            stage.admin.call("PUT", "/v1/connections", {"id": name, "kind": kind, "secret": secret})
        yield stage


def write_aws_command(folder: Path) -> None:
    """A program `aws` in a folder that comes first on the PATH."""
    program = folder / "aws"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tests.drills.aws_command "$@"\n')
    program.chmod(0o755)


def lead_through(faults: Faults) -> None:
    """Let every function reach DynamoDB and SSM through the faults."""
    client = boto3.client("lambda")
    address = f"http://127.0.0.1:{faults.port}"
    for function in client.list_functions()["Functions"]:
        variables = function["Environment"]["Variables"]
        variables |= {f"AWS_ENDPOINT_URL_{service}": address for service in ("DYNAMODB", "SSM")}
        client.update_function_configuration(
            FunctionName=function["FunctionName"], Environment={"Variables": variables}
        )


def fresh_number() -> int:
    """The number of an order, or of a customer, that nobody has had."""
    return uuid4().int % 10**12
