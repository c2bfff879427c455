"""Refusals of DynamoDB that only a mistake of ours can cause: said as such, with every reason."""

import pytest

from chalicelib.domain.records import Member
from chalicelib.store.commit import commit
from tests.world.builders import ANNA
from tests.world.faults import intercepted, refusing

pytestmark = pytest.mark.usefixtures("moto_table")


def test_a_transaction_that_is_not_valid_is_our_mistake_and_not_an_outage() -> None:
    with intercepted(refusing("ValidationException")), pytest.raises(AssertionError, match="does not take the trans"):
        commit([Member(ANNA)])


def test_every_reason_is_named_in_one_order_and_records_without_one_are_left_out() -> None:
    reasons = [f"Unheard{letter}" for letter in "FDBACE"]
    refused = refusing("TransactionCanceledException", "None", *reasons)
    with intercepted(refused), pytest.raises(AssertionError) as error:
        commit([Member(ANNA)])
    assert str(error.value) == f"the transaction was refused: {sorted(reasons)}"
