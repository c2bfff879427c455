"""The drills: each breaks something of a stage, does what docs/operations.md says, and checks that nothing is lost.

A drill takes a stage and leaves it as it was, with right books; any two may follow each other.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import boto3

from infra.api import Api
from tests.drills.stage import SECRETS, Stage, fresh_number, order, woo_order

DAY_S = 86_400
CASHBACK, WELCOME, BONUS = 500, 300, 2000
"""What the demo's programme gives for an order of 100.00, for a friend's first one, and for two of those, in cents."""


def stream_lost_for_a_day(stage: Stage) -> None:
    """The event source is off while two friends buy; the daily round pays the bonus, then the source is on again."""
    mappings = boto3.client("lambda")
    (mapping,) = mappings.list_event_source_mappings()["EventSourceMappings"]
    mappings.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    referrer = two_friends_buy(stage, ago_s=DAY_S)
    assert stage.available(referrer) == CASHBACK
    assert not stage.is_right(), "verify names conversions that are overdue"
    forget_round(stage)
    call(stage, "make_round", {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
    assert stage.available(referrer) == CASHBACK + BONUS
    stage.follow("The stream is off, or has lost records")
    later = two_friends_buy(stage)
    stage.wait(lambda: stage.available(later) == CASHBACK + BONUS)


def ssm_away(stage: Stage) -> None:
    """What was read of the secrets stays good; nothing is refused that a storefront signs."""
    assert stage.deliver("shop", order(fresh_number(), fresh_number())) == (200, "recorded")
    stage.faults.ssm_away = True
    time.sleep(1.5)  # what was read is older than the second that the stage `local` remembers it
    answers = [stage.deliver("shop", order(fresh_number(), fresh_number())) for _ in range(5)]
    refused = Api(stage.deployment.api_url).raw("POST", "/webhooks/nobody", {})
    stage.faults.ssm_away = False
    assert stage.faults.hits
    assert {*answers} == {(200, "recorded")}
    assert refused.status == 503


def table_throttled(stage: Stage) -> None:
    """Senders that repeat are asked to; what WooCommerce sent is fetched from its own orders."""
    repeated, missed = order(fresh_number(), fresh_number()), woo_order(fresh_number(), fresh_number())
    stage.faults.throttled = True
    statuses = [stage.deliver("shop", repeated)[0], stage.deliver("woo", missed)[0]]
    stage.faults.throttled = False
    assert statuses == [503, 503]
    assert stage.deliver("shop", repeated) == (200, "recorded")
    (stage.folder / "orders.json").write_text(json.dumps([missed]))
    stage.follow("The table is throttled or away", RISTOURNE_SECRET=SECRETS["woo"][1])
    assert stage.available(f"woo.{missed['customer_id']}") == CASHBACK


def root_lost(stage: Stage) -> None:
    """Deliveries are kept until the copy of the root secret is back; then a guest is who they were."""
    guest = order(fresh_number(), fresh_number()) | {"customer": None, "email": "guest@mail.example"}
    assert stage.deliver("shop", guest) == (200, "recorded")
    stage.follow("Back up")
    boto3.client("ssm").delete_parameter(Name="/ristourne/local/root")
    restart(stage)
    again = guest | {"updated_at": order(1, 1)["updated_at"], "name": "another name"}
    missed = woo_order(fresh_number(), fresh_number())
    assert stage.deliver("shop", again)[0] == 503
    assert stage.deliver("woo", missed) == (202, "kept")
    stage.follow("Restore")
    assert stage.available(f"woo.{missed['customer_id']}") == CASHBACK
    assert stage.deliver("shop", again)[0] == 200


def table_restored(stage: Stage) -> None:
    """Members are damaged after the copy was made; what came since is delivered again, a revoked key stays revoked."""
    before, since = order(fresh_number(), fresh_number()), order(fresh_number(), fresh_number())
    assert stage.deliver("shop", before) == (200, "recorded")
    old, new = stage.issue_key(), "another-secret-of-the-drills"
    stage.follow("Make a copy of an earlier moment", MOMENT="2026-01-01T00:00:00Z")
    assert stage.deliver("shop", since) == (200, "recorded")
    stage.follow("A key leaks, or a person leaves", RISTOURNE_SECRET=new, OLD=old.split("_")[2])
    members = [f"shop.{paid['customer']['id']}" for paid in (before, since)]
    table = boto3.resource("dynamodb").Table(stage.deployment.table)
    for member in members:
        table.delete_item(Key={"pk": f"MEMBER#{member}", "sk": "MEMBER"})
    assert not stage.is_right()
    (stage.folder / "orders.json").write_text(json.dumps([before, since]))
    stage.follow("Put the table back", RISTOURNE_SECRET=new)
    assert [stage.available(member) for member in members] == [CASHBACK, CASHBACK]
    assert Api(stage.deployment.api_url, old).raw("GET", "/v1/connections").status == 401
    stage.admin.call("POST", "/v1/connections/shop/secret", {"secret": SECRETS["shop"][1], "retire_old": True})
    restart(stage)


def keys_rotated(stage: Stage) -> None:
    """A storefront's secret is changed without a gap, and an API key ends."""
    old, new = stage.issue_key(), "another-secret-of-the-drills"
    stage.follow("A key leaks, or a person leaves", RISTOURNE_SECRET=new, OLD=old.split("_")[2])
    time.sleep(1.5)
    assert stage.deliver("shop", order(fresh_number(), fresh_number()), new) == (200, "recorded")
    assert stage.deliver("shop", order(fresh_number(), fresh_number())) == (200, "recorded")
    stage.follow("When the storefront signs with the new secret", RISTOURNE_SECRET=new)
    time.sleep(1.5)
    assert stage.deliver("shop", order(fresh_number(), fresh_number()), new) == (200, "recorded")
    assert stage.deliver("shop", order(fresh_number(), fresh_number()))[0] == 401
    assert Api(stage.deployment.api_url, old).raw("GET", "/v1/connections").status == 401
    stage.admin.call("POST", "/v1/connections/shop/secret", {"secret": SECRETS["shop"][1], "retire_old": True})
    time.sleep(1.5)


def signing_secret_leaks(stage: Stage) -> None:
    """Every member's token ends, a new one is good, and a guest is who they were."""
    customer = fresh_number()
    guest = order(fresh_number(), fresh_number()) | {"customer": None, "email": "guest@mail.example"}
    assert stage.deliver("shop", order(fresh_number(), customer)) == (200, "recorded")
    assert stage.deliver("shop", guest) == (200, "recorded")
    old = token_of(stage, customer)
    stage.follow("The root leaks")
    time.sleep(1.5)
    assert status_with(stage, customer, old) == 401
    assert status_with(stage, customer, token_of(stage, customer)) == 200
    assert stage.deliver("shop", guest | {"updated_at": order(1, 1)["updated_at"]})[0] == 200


def poison_record_in_the_stream(stage: Stage) -> None:
    """A record that nobody can read holds up no bonus; `verify` names it, and it is taken out."""
    key = {"pk": {"S": "FRIENDS#poison#0"}, "sk": {"S": "poison"}}
    item = key | {"k": {"S": "conversion"}, "todo": {"N": "1"}, "v": {"N": "1"}}
    boto3.client("dynamodb").put_item(TableName=stage.deployment.table, Item=item)
    referrer = two_friends_buy(stage)
    stage.wait(lambda: stage.available(referrer) == CASHBACK + BONUS)
    assert not stage.is_right(), "verify names the record"
    stage.follow("A record that cannot be read", KEY=json.dumps(key))


DRILLS: tuple[Callable[[Stage], None], ...] = (
    stream_lost_for_a_day,
    ssm_away,
    table_throttled,
    root_lost,
    table_restored,
    keys_rotated,
    signing_secret_leaks,
    poison_record_in_the_stream,
)


def two_friends_buy(stage: Stage, ago_s: int = 0) -> str:
    """A member with a code whose two friends have bought, so long ago: a bonus is due. Returns the member."""
    customer = fresh_number()
    assert stage.deliver("shop", order(fresh_number(), customer, ago_s=ago_s))[0] == 200
    code = stage.admin.call("POST", f"/v1/members/shop.{customer}/referral-code", {})["code"]
    for _ in range(2):
        assert stage.deliver("shop", order(fresh_number(), fresh_number(), code, ago_s)) == (200, "recorded")
    return f"shop.{customer}"


def token_of(stage: Stage, customer: int) -> str:
    """A token for the member's own pages."""
    return str(stage.admin.call("POST", f"/v1/members/shop.{customer}/token", {})["token"])


def status_with(stage: Stage, customer: int, token: str) -> int:
    """What a read of the member answers to that token."""
    return Api(stage.deployment.api_url, token).raw("GET", f"/v1/members/shop.{customer}").status


def call(stage: Stage, handler: str, event: dict[str, Any]) -> None:
    """Call a function as its schedule does."""
    full = {"resources": [], "region": "eu-west-1", "id": "1", "account": "0", "time": "2026-01-01T00:00:00Z"}
    payload = json.dumps(event | full | {"version": "0"}).encode()
    answer = boto3.client("lambda").invoke(FunctionName=stage.function(handler), Payload=payload)
    assert "FunctionError" not in answer, answer["Payload"].read()


def forget_round(stage: Stage) -> None:
    """Let the next call begin a daily round, as it does on another day."""
    key = {"pk": {"S": "ROUND"}, "sk": {"S": "ROUND"}}
    boto3.client("dynamodb").delete_item(TableName=stage.deployment.table, Key=key)


def restart(stage: Stage) -> None:
    """Let every function start anew, which knows nothing of what an earlier process had read."""
    client = boto3.client("lambda")
    for function in client.list_functions()["Functions"]:
        variables = function["Environment"]["Variables"] | {"RESTARTED": str(time.time_ns())}
        client.update_function_configuration(
            FunctionName=function["FunctionName"], Environment={"Variables": variables}
        )
