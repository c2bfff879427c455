"""The alternatives are no straw men: they keep the same books as ours while nothing goes wrong. Costs are counted.

Nothing here looks at a clock. Ours must be right after every mishap; that the others are not is what is shown about
them, so a change of theirs that makes them right would have to be published.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import boto3
import pytest

from tests.bench.alternatives.contenders import (
    OURS,
    PLAIN,
    POWERTOOLS,
    TRANSACTIONAL,
    Contender,
    code_of,
    contenders,
    quiet,
    sent,
)
from tests.bench.alternatives.counted import AGAIN, DUPLICATE, FIRST, PAIR, REPEAT, counted
from tests.bench.alternatives.mishaps import CRASH, LATER, MUCH_LATER, TWICE, TWO_IDS, first_order, mishaps
from tests.bench.order import CONNECTION
from tests.world.meter import metered

pytestmark = [pytest.mark.xdist_group("dynamodb-local"), pytest.mark.slow]

NOW = int(time.time())

UNITS = {
    OURS: {FIRST: 8, REPEAT: 6, DUPLICATE: 0, AGAIN: 0},
    PLAIN: {FIRST: 5, REPEAT: 5, DUPLICATE: 1, AGAIN: 2},
    POWERTOOLS: {FIRST: 5, REPEAT: 5, DUPLICATE: 1, AGAIN: 1},
    TRANSACTIONAL: {FIRST: 6, REPEAT: 6, DUPLICATE: 0, AGAIN: 0},
}
"""Write units. A transaction's cost two an item: ours are more, and the round trips fewer."""

TRIPS = {
    OURS: {FIRST: 2, REPEAT: 2, DUPLICATE: 1, AGAIN: 1},
    PLAIN: {FIRST: 7, REPEAT: 7, DUPLICATE: 2, AGAIN: 3},
    POWERTOOLS: {FIRST: 6, REPEAT: 6, DUPLICATE: 1, AGAIN: 1},
    TRANSACTIONAL: {FIRST: 2, REPEAT: 2, DUPLICATE: 1, AGAIN: 1},
}


@pytest.fixture(scope="module")
def opened(dynamodb_endpoint: str) -> Iterator[dict[str, Contender]]:
    with quiet(), contenders(dynamodb_endpoint) as made:
        yield {rival.name: rival for rival in made}


@pytest.fixture(params=[OURS, PLAIN, POWERTOOLS, TRANSACTIONAL])
def contender(request: pytest.FixtureRequest, opened: dict[str, Contender]) -> Contender:
    return opened[request.param]


def test_all_keep_the_same_books_while_nothing_goes_wrong(opened: dict[str, Contender]) -> None:
    # 125.50 earn 5 %, 6.28; a friend gets 5.00 more; two friends earn their referrer 10 % of 251.00.
    wanted = [(2 * 628 + 2510, 2 * 628 + 2510), (1128, 1128), (1128, 1128), (628, 628)]
    assert {name: the_story(rival) for name, rival in opened.items()} == dict.fromkeys(opened, wanted)


def the_story(contender: Contender) -> list[tuple[int, int]]:
    """A referrer buys twice, two friends with the code, one without; every order's webhook comes twice."""
    referrer, code = 500, code_of(500)
    contender.issue(code, referrer)
    orders = [(501, 500, ""), (502, 501, code), (503, 502, code), (504, 503, ""), (505, 500, "")]
    for order, customer, brings in orders * 2:
        assert contender.handle(sent(order, customer, NOW, brings))
        if brings:
            contender.settle(referrer, customer)
    return [(contender.balance(buyer), contender.entered(buyer)) for buyer in (500, 501, 502, 503)]


def test_a_forged_delivery_changes_nothing(contender: Contender) -> None:
    event = sent(601, 600, NOW)
    forged = event | {"body": event["body"].replace("125.50", "925.50")}
    with metered() as meter:
        assert not contender.handle(forged)
    assert not meter.operations
    assert CONNECTION in event["path"]


def test_units_and_round_trips_are_what_is_published(contender: Contender) -> None:
    costs = counted(contender, NOW)
    assert {case: costs[case].write_units for case in UNITS[contender.name]} == UNITS[contender.name]
    assert {case: costs[case].round_trips for case in TRIPS[contender.name]} == TRIPS[contender.name]


def test_ours_takes_at_most_half_of_their_round_trips(opened: dict[str, Contender]) -> None:
    costs = {name: counted(rival, NOW) for name, rival in opened.items()}
    for case in (FIRST, REPEAT, PAIR):
        assert all(2 * costs[OURS][case].round_trips <= costs[other][case].round_trips for other in (PLAIN, POWERTOOLS))


@pytest.mark.parametrize("name", [OURS, TRANSACTIONAL])
def test_no_mishap_leaves_books_of_equal_guarantees_wrong(opened: dict[str, Contender], name: str) -> None:
    findings = mishaps(opened[name], NOW)
    assert all(finding.tried for finding in findings.values())
    assert not {name: finding.wrong for name, finding in findings.items() if finding.wrong}


def test_what_the_alternatives_do_not_survive(opened: dict[str, Contender]) -> None:
    def survived(name: str) -> dict[str, bool]:
        return {what: not mishap.wrong for what, mishap in mishaps(opened[name], NOW, (first_order,)).items()}

    assert survived(PLAIN) == {CRASH: False, TWICE: True, TWO_IDS: False, LATER: True, MUCH_LATER: True}
    assert survived(POWERTOOLS) == {CRASH: False, TWICE: True, TWO_IDS: True, LATER: True, MUCH_LATER: False}


def test_the_meter_counts_the_same_through_a_resources_table(
    opened: dict[str, Contender], dynamodb_endpoint: str
) -> None:
    options = {"endpoint_url": dynamodb_endpoint, "region_name": "eu-west-1"}
    name, typed = "plain-orders", {"pk": {"S": "meter"}, "note": {"S": "n" * 1500}, "sum": {"N": "1255"}}
    resource, client = boto3.resource("dynamodb", **options), boto3.client("dynamodb", **options)
    with metered() as plain:
        client.put_item(TableName=name, Item=typed)
        client.update_item(
            TableName=name,
            Key={"pk": {"S": "meter"}},
            UpdateExpression="ADD points :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        client.delete_item(TableName=name, Key={"pk": {"S": "meter"}})
    with metered() as through_table:
        table = resource.Table(name)
        table.put_item(Item={"pk": "meter", "note": "n" * 1500, "sum": 1255})
        table.update_item(
            Key={"pk": "meter"}, UpdateExpression="ADD points :one", ExpressionAttributeValues={":one": 1}
        )
        table.delete_item(Key={"pk": "meter"})
    assert through_table == plain
    assert plain.write_units == 6
