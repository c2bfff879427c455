"""The registry tells a rule's kind by the fields that only this kind has."""

from typing import Any
from unittest import mock

import pytest

from chalicelib.domain.programme import kinds
from chalicelib.domain.programme.kinds import EarningKind

CASHBACK = EarningKind("cashback", "cashback:Cashback", ("percent", "amount"))
POINTS = EarningKind("points", "points:Points", ("give", "stamps"))


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ({"id": "a", "percent": 5}, CASHBACK),
        ({"id": "a", "amount": 5}, CASHBACK),
        ({"id": "a", "give": 1, "per": 2}, POINTS),
        ({"stamps": 1}, POINTS),
        ({"id": "a"}, CASHBACK),
        ("give", CASHBACK),
        (None, CASHBACK),
    ],
)
def test_a_kind_is_known_by_any_of_its_marks_and_the_first_one_takes_the_rest(rule: Any, kind: EarningKind) -> None:
    with mock.patch.object(kinds, "KINDS", (CASHBACK, POINTS)):
        assert kinds.kind_of(rule) == kind


def test_a_kind_s_account_leads_to_it() -> None:
    assert kinds.paid_from("programme:cashback") is CASHBACK.document()
    assert kinds.paid_from("programme:welcome") is None
