"""What a list of kept deliveries calls each: its order, and never what is a customer's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.edge.console.delivery_contents import heading_of


@pytest.mark.parametrize(
    ("sender", "body", "heading"),
    [
        ("shopify", {"id": 820982911946154508, "name": "#1001"}, ("", "#1001")),
        ("shopify", {"id": 72, "order_id": 820982911946154508}, ("", "820982911946154508")),
        ("woocommerce", {"id": 727, "number": "2026-727"}, ("", "2026-727")),
        ("standard", {"type": "order.paid", "data": {"id": "42", "number": "#A-42"}}, ("order.paid", "#A-42")),
        # A person's name where an order's might stand: the list is for readers, too.
        ("standard", {"type": "order.paid", "data": {"id": "42", "name": "Ana Dupont"}}, ("order.paid", "42")),
        ("woocommerce", {"id": 727, "number": "Ana Dupont"}, ("", "727")),
        ("stripe", {"type": "x", "data": {"object": {"id": "re_1", "charge": "ch_1"}}}, ("x", "ch_1")),
        ("stripe", {"type": "x", "data": {"object": {"id": "du_1", "payment_intent": "pi_1"}}}, ("x", "pi_1")),
        ("stripe", {"type": "x", "data": {"object": {"id": "pi_1", "name": "Ana"}}}, ("x", "pi_1")),
        ("", {"id": "5", "name": "Ana"}, ("", "5")),
        ("shopify", [], ("", "")),
    ],
)
def test_a_delivery_is_called_by_its_order(sender: str, body: Any, heading: tuple[str, str]) -> None:
    assert heading_of(json.dumps(body).encode(), sender) == heading


def test_what_is_no_document_has_no_order() -> None:
    assert heading_of(b"{", "shopify") == ("", "")
