"""What was reported in public of our own format: each story names its source and the cashback after each delivery."""

from tests.edge.storefronts.public_reports.sources import EDITS, NO_BUYER, NULLS
from tests.edge.storefronts.stories import Step, at
from tests.world.senders import Json, standard_line, standard_order


def standard(minute: int = 1, *lines: Json, **changes: object) -> Json:
    """Goods for 100.00 unless other lines are stated, without tax and shipping."""
    fields: Json = {"lines": [*lines] or [standard_line("1", "100.00", tax="0.00")], "shipping": None}
    return standard_order(**fields | {"updated_at": at(minute)} | changes)


SWAP = "shopify.dev/docs/api/admin-graphql/latest/input-objects/ReturnInput exchangeLineItems; constructed"
CUP, PLATE = (standard_line(name, amount, tax="0.00", quantity=1) for name, amount in (("1", "70.00"), ("2", "30.00")))


def instead(amount: str) -> Json:
    return standard_line("3", amount, tax="0.00")


CORRECTED = "our own format: a refund with updated_at"

STANDARD: dict[str, list[Step]] = {
    f"a refund is told too high, corrected, and withdrawn ({CORRECTED})": [
        ("", standard(1, refunds=[{"id": "r1", "amount": "20.00", "updated_at": at(1)}]), 400),
        ("", standard(2, refunds=[{"id": "r1", "amount": "5.00", "updated_at": at(2)}]), 475),
        ("", standard(3, refunds=[{"id": "r1", "updated_at": at(3)}]), 500),
    ],
    **{
        f"a line is refunded by its name, and {name} is bought instead ({SWAP})": [
            ("", standard(1, CUP, PLATE), 500),
            ("", standard(2, CUP, refunds=[refunded]), 350),
            ("", standard(3, CUP, instead(amount), refunds=[refunded]), cashback),
        ]
        for refunded in (
            {"id": "r1", "lines": [{"line": "2", "quantity": 1, "amount": "30.00"}]},
            {"id": "r2", "lines": [{"line": "2", "quantity": 1}]},
        )
        for name, amount, cashback in (
            (f"as much ({refunded['id']})", "30.00", 500),
            (f"less ({refunded['id']})", "20.00", 450),
        )
    },
    f"a line that was refunded without its name stays in the order, and another is bought ({SWAP})": [
        ("", standard(1, CUP, PLATE), 500),
        ("", standard(2, CUP, PLATE, refunds=[{"id": "r1", "amount": "30.00"}]), 350),
        ("", standard(3, CUP, PLATE, instead("30.00"), refunds=[{"id": "r1", "amount": "30.00"}]), 500),
    ],
    f"the limit: a line is taken out, refunded without its name, and as much is bought ({SWAP})": [
        ("", standard(1, CUP, PLATE), 500),
        ("", standard(2, CUP, refunds=[{"id": "r1", "amount": "30.00"}]), 350),
        ("", standard(3, CUP, instead("30.00"), refunds=[{"id": "r1", "amount": "30.00"}]), 350),
    ],
    **{
        f"{field} is not stated any more ({NULLS})": [
            ("", standard(1, **{field: value}), cashback),
            ("", standard(2, **{field: None}), cashback),
        ]
        for field, value, cashback in (("test", True, 0), ("paid_with_balance", "40.00", 300))
    },
    f"a line is added to a paid order, which waits for the money ({EDITS})": [
        ("", standard(1), 500),
        (
            "",
            standard(
                2,
                standard_line("1", "100.00", tax="0.00"),
                standard_line("2", "500.00", tax="0.00"),
                status="pending",
            ),
            500,
        ),
        ("", standard(3, standard_line("1", "100.00", tax="0.00"), standard_line("2", "500.00", tax="0.00")), 3000),
    ],
    f"nobody is named any more ({NO_BUYER})": [
        ("", standard(1), 500),
        ("", standard(2, customer=None), 500),
        ("", standard(3, customer={"email": "deleted@site.invalid"}), 500),
        ("", standard(4, customer={}), 500),
    ],
    "fees earn nothing, and their refund takes nothing": [
        ("", standard(1, fees="25.00"), 500),
        (
            "",
            {"type": "refund.created", "data": {"id": "r1", "order": "1001", "currency": "EUR", "fees": "10.00"}},
            500,
        ),
        (
            "",
            {"type": "refund.created", "data": {"id": "r2", "order": "1001", "currency": "EUR", "amount": "11.50"}},
            450,
        ),
    ],
    "a cancelled order waits for its payment again": [
        ("", standard(1), 500),
        ("", standard(2, status="cancelled", paid_at=None), 0),
        ("", standard(3, status="pending", paid_at=None), 0),
        ("", standard(4), 500),
    ],
    "a refunded order waits for its payment again": [
        ("", standard(1), 500),
        ("", standard(2, status="refunded"), 0),
        ("", standard(3, status="pending"), 0),
    ],
    "a paid order waits for more money": [("", standard(1), 500), ("", standard(2, status="pending"), 500)],
    "an edit and a refund of the same money": [
        ("", standard(1, standard_line("1", "70.00", tax="0.00"), standard_line("2", "30.00", tax="0.00")), 500),
        ("", standard(2, standard_line("1", "70.00", tax="0.00"), refunds=[{"id": "r1", "amount": "30.00"}]), 350),
    ],
    "balance shows as a discount and is stated too": [
        ("", standard(1, standard_line("1", "20.00", tax="0.00"), paid_with_balance="10.00", discounts="10.00"), 100)
    ],
    "balance that does not show in the amounts": [
        ("", standard(1, standard_line("1", "30.00", tax="0.00"), paid_with_balance="10.00"), 100)
    ],
    "a test order": [("", standard(1, test=True), 0)],
}
