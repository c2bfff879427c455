"""A single cent has a direction too."""

import pytest

from chalicelib.domain.ledger import LOSS, Why, transfer
from chalicelib.domain.records import Entry
from chalicelib.domain.sentences import why


@pytest.mark.parametrize(("amount", "begins"), [(1, "Let off by the shop"), (-1, "Settled")], ids=["given", "taken"])
def test_a_cent_is_given_or_taken(amount: int, begins: str) -> None:
    posting = transfer(LOSS, "anna", amount, "EUR/2", (0, 0), Why("written-off"))
    assert why(posting, Entry("anna", 1, 0, "shop/17", 1, (posting,))).startswith(begins)
