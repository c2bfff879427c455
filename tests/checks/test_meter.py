"""The meter against sizes worked out by hand, and against calls made through PynamoDB and botocore."""

import boto3
import pytest
from moto import mock_aws
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import PutError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from tests.world.meter import item_size, metered, number_size, value_size


class Row(Model):
    class Meta:
        table_name = "rows"
        region = "eu-west-1"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    note = UnicodeAttribute(null=True)
    total = NumberAttribute(null=True)


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        Row.create_table(billing_mode="PAY_PER_REQUEST")
        yield


@pytest.mark.parametrize(
    ("number", "size"),
    [("0", 1), ("7", 2), ("42", 2), ("123", 3), ("-123", 4), ("1200", 2), ("0.05", 2), ("12.345", 4), ("1E+2", 2)],
)
def test_a_number_has_its_size(number, size):
    assert number_size(number) == size


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "café"}, 5),
        ({"B": b"\0\1\2"}, 3),
        ({"B": "AAEC"}, 3),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "7"}]}, 3 + (2 + 1) + (2 + 1)),
        ({"M": {"sku": {"S": "MUG"}}}, 3 + (3 + 3 + 1)),
        ({"M": {"a": {"L": [{"BOOL": True}]}}}, 3 + 1 + (3 + 1 + 1) + 1),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["7", "123"]}, 5),
    ],
)
def test_a_value_has_its_size(value, size):
    assert value_size(value) == size


def test_item_is_names_and_values():
    assert item_size({"pk": {"S": "M#1"}, "sk": {"S": "A"}, "n": {"N": "-120"}}) == (2 + 3) + (2 + 1) + (1 + 3)


def test_reads_and_single_writes(table):
    with metered() as meter:
        Row("a", "b", note="x" * 1020).save()
        Row.get("a", "b", consistent_read=True)
        list(Row.query("a"))
        list(Row.batch_get([("a", "b")]))
    assert meter.operations == ["PutItem", "GetItem", "Query", "BatchGetItem"]
    assert (meter.read_round_trips, meter.write_round_trips) == (3, 1)
    assert [(write.action, write.key, write.size_bytes, write.units) for write in meter.writes] == [
        ("Put", ("a", "b"), 2 + 1 + 2 + 1 + 4 + 1020, 2)
    ]


def test_transaction_costs_two_units_per_started_kilobyte(table):
    Row("big", "x", note="x" * 2000).save()
    with metered() as meter, TransactWrite(connection=Connection(region="eu-west-1")) as transaction:
        transaction.condition_check(Row, "big", "x", condition=Row.pk.exists())
        transaction.condition_check(Row, "none", "x", condition=Row.pk.does_not_exist())
        transaction.save(Row("new", "x", total=1))
        transaction.update(Row("up", "x"), actions=[Row.note.set("y" * 1500)])
    assert meter.operations == ["TransactWriteItems"]
    costs = {(write.action, write.key): (write.size_bytes, write.units) for write in meter.writes}
    assert costs == {
        ("ConditionCheck", ("big", "x")): (2 + 3 + 2 + 1 + 4 + 2000, 4),
        ("ConditionCheck", ("none", "x")): (0, 2),
        ("Put", ("new", "x")): (2 + 3 + 2 + 1 + 5 + 2, 2),
        ("Update", ("up", "x")): (2 + 2 + 2 + 1 + 4 + 1500, 4),
    }
    assert meter.write_units == 12


def test_shrinking_an_item_costs_by_what_it_was(table):
    Row("a", "b", note="x" * 3000).save()
    with metered() as meter:
        Row("a", "b").save()
        Row("a", "b").delete()
    assert [write.units for write in meter.writes] == [3, 1]


def test_a_refused_write_is_charged_all_the_same(table):
    with metered() as meter, pytest.raises(PutError):
        Row("a", "b").save(condition=Row.pk.exists())
    assert meter.write_units == 1


def test_other_clients_and_batches(table):
    with metered() as meter:
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.batch_write_item(RequestItems={"rows": [{"PutRequest": {"Item": {"pk": {"S": "a"}, "sk": {"S": "b"}}}}]})
        client.describe_table(TableName="rows")
    assert meter.operations == ["BatchWriteItem"]
    assert str(meter).splitlines()[0] == "BatchWriteItem: 1 write units"
