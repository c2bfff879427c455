"""What was reported in public of WooCommerce: each story names its source and the cashback after each delivery."""

from tests.edge.storefronts.public_reports.sources import EDITS, NO_LINES, NULLS
from tests.edge.storefronts.stories import Step, at
from tests.world.senders import Json, woocommerce_line, woocommerce_order


def woocommerce(minute: int = 1, *lines: Json, **changes: object) -> Json:
    """Goods for 100.00 unless other lines are stated, shipped for nothing."""
    fields: Json = {"line_items": [*lines] or [woocommerce_line(total="100.00")], "shipping_total": "0.00"}
    return woocommerce_order(**fields | {"date_modified_gmt": at(minute)} | changes)


ANONYMISED = {
    "customer_id": 0,
    "billing": {"email": "deleted@site.invalid"},
    "meta_data": [{"id": 1, "key": "_anonymized", "value": "yes"}],
}
ERASERS = "woocommerce/woocommerce class-wc-privacy-erasers.php; woocommerce/woocommerce-admin#4946"
DISCOUNT_LINES = "woocommerce/woocommerce#15104; mollie/WooCommerce#1058"

THREE = tuple(woocommerce_line(i, amount) for i, amount in ((1, "70.00"), (2, "30.00"), (3, "30.00")))

GIFT_CARDS = "github.com/woocommerce/woocommerce docs, order line meta_data; the keys of the plugins' own source"
DEPOSITS = "webtomizer.com/docs/woocommerce-deposits/usage"

VENDORS = "multivendorx/dc-woocommerce-multi-vendor#334; getdokan/dokan#250"


def of_vendors(minute: int, key: str, value: object = "1", **changes: object) -> Json:
    """The order of both vendors' goods."""
    return woocommerce(minute, meta_data=[{"id": 5, "key": key, "value": value}], **changes)


STORED = "woocommerce/woocommerce wc_get_order_statuses: statuses are stored with a prefix"

WOOCOMMERCE: dict[str, list[Step]] = {
    **{
        f"the vendors' parts of an order are orders of their own: {key} ({VENDORS})": [
            ("order.created", woocommerce(1), 500),
            ("order.updated", of_vendors(2, key, value), 0),
            ("order.updated", woocommerce(3, meta_data=None), 0),
            ("order.created", woocommerce(2, woocommerce_line(total="70.00"), id=728, parent_id=727), 350),
            ("order.created", woocommerce(2, woocommerce_line(total="30.00"), id=729, parent_id=727), 500),
        ]
        for key, value in (("has_sub_order", True), ("has_mvx_sub_order", "1"), ("has_wcmp_sub_order", 1))
    },
    f"an order has no parts of vendors ({VENDORS})": [
        ("order.created", of_vendors(1, "has_sub_order", ""), 500),
        ("order.updated", of_vendors(2, "has_sub_order", False), 500),
    ],
    f"a status has the prefix of its stored name ({STORED})": [
        ("order.created", woocommerce(1, status="wc-on-hold"), 0),
        ("order.updated", woocommerce(2, status="wc-processing"), 500),
        ("order.updated", woocommerce(3, status="wc-cancelled"), 0),
    ],
    **{
        f"a {gone} order is set to {waiting}, and paid again ({STORED})": [
            ("order.created", woocommerce(1), 500),
            ("order.updated", woocommerce(2, status=gone), 0),
            ("order.updated", woocommerce(3, status=waiting, date_paid_gmt=paid), 0),
            ("order.updated", woocommerce(4), 500),
        ]
        for gone, waiting, paid in (
            ("cancelled", "pending", at(1)),
            ("cancelled", "on-hold", at(1)),
            ("cancelled", "partially-paid", at(1)),
            ("refunded", "checkout-draft", at(1)),
            ("failed", "pending", None),
        )
    },
    **{
        f"a line is a gift card by {key} ({GIFT_CARDS})": [
            (
                "order.created",
                woocommerce(
                    1,
                    woocommerce_line(1, "100.00"),
                    woocommerce_line(2, "60.00", meta_data=[{"id": 7, "key": key, "value": "ana@example.com"}]),
                ),
                500,
            )
        ]
        for key in ("pw_gift_card_to", "_ywgc_gift_card_code", "wc_gift_card_to")
    },
    f"a line is no gift card, for all that is written on it ({GIFT_CARDS})": [
        ("order.created", woocommerce(1, woocommerce_line(1, "100.00", meta_data=[{"key": "Gift card text"}])), 500),
        ("order.updated", woocommerce(2, woocommerce_line(1, "100.00", meta_data={"key": 1})), 500),
    ],
    **{
        f"a deposit was paid, and later the rest: {status} ({DEPOSITS})": [
            ("order.created", woocommerce(1, status=status), 0),
            ("order.updated", woocommerce(2), 500),
        ]
        for status in ("partially-paid", "partial-payment", "pending-deposit", "scheduled-payment", "auto-draft")
    },
    f"a discount that is a fee is not stated any more ({NULLS})": [
        ("order.created", woocommerce(1, fee_lines=[{"total": "-40.00"}]), 300),
        ("order.updated", woocommerce(2, fee_lines=None), 300),
        ("order.updated", woocommerce(3, fee_lines=[{"total": None}]), 300),
        ("order.updated", woocommerce(4, fee_lines=[]), 500),
    ],
    "a refunded line stays in the order, and another is bought (constructed)": [
        ("order.created", woocommerce(1, *THREE[:2]), 500),
        ("order.updated", woocommerce(2, *THREE[:2], refunds=[{"id": 9, "total": "-30.00"}]), 350),
        ("order.updated", woocommerce(3, *THREE, refunds=[{"id": 9, "total": "-30.00"}]), 500),
    ],
    **{
        f"{field} is not stated any more ({NULLS})": [
            ("order.created", woocommerce(1), 500),
            ("order.updated", woocommerce(2, **fields), cashback),
            ("order.updated", woocommerce(3, **fields | silence), cashback),
        ]
        for field, fields, silence, cashback in (
            ("refunds", {"refunds": [{"id": 9, "total": "-50.00"}]}, {"refunds": None}, 250),
            ("meta_data", {"meta_data": [{"key": "_ristourne_balance", "value": "40.00"}]}, {"meta_data": None}, 300),
            ("line_items", {}, {"line_items": []}, 500),
            ("a line's total", {}, {"line_items": [woocommerce_line(1, "")]}, 500),
        )
    },
    **{
        f"the lines are not stated when it is paid: {lines} ({NULLS})": [
            ("order.created", woocommerce(1, line_items=lines, total="100.00"), 0),
            ("order.updated", woocommerce(2, status="on-hold"), 500),
            ("order.updated", woocommerce(3, woocommerce_line(total="60.00"), status="on-hold"), 300),
        ]
        for lines in NO_LINES
    },
    f"refunds are stated to be none again ({NULLS})": [
        ("order.created", woocommerce(1), 500),
        ("order.updated", woocommerce(2, refunds=[{"id": 9, "total": "-50.00"}]), 250),
        ("order.updated", woocommerce(3, refunds=None), 250),
        ("order.updated", woocommerce(4, refunds=[]), 500),
    ],
    f"the last line is removed, and nothing costs anything ({NULLS})": [
        ("order.created", woocommerce(1), 500),
        ("order.updated", woocommerce(2, line_items=[], total="0.00"), 0),
    ],
    f"who bought was erased ({ERASERS})": [
        ("order.created", woocommerce(1), 500),
        ("order.updated", woocommerce(2, **ANONYMISED), 500),
        ("order.updated", woocommerce(3, customer_id=0, billing={"email": ""}), 500),
        ("order.updated", woocommerce(4, customer_id=0, billing=[]), 500),
    ],
    f"a line is added to a paid order, which waits for the money ({EDITS})": [
        ("order.created", woocommerce(1), 500),
        (
            "order.updated",
            woocommerce(2, woocommerce_line(total="100.00"), woocommerce_line(2, "500.00"), status="pending"),
            500,
        ),
        ("order.updated", woocommerce(3, woocommerce_line(total="100.00"), woocommerce_line(2, "500.00")), 3000),
    ],
    f"a line below zero is a discount ({DISCOUNT_LINES})": [
        ("order.created", woocommerce(1, woocommerce_line(1, "100.00"), woocommerce_line(2, "-10.00")), 450)
    ],
    f"a line below zero with its tax ({DISCOUNT_LINES})": [
        (
            "order.created",
            woocommerce(1, woocommerce_line(1, "100.00", "20.00"), woocommerce_line(2, "-10.00", "-2.00")),
            450,
        )
    ],
    f"a line below zero takes more than there is ({DISCOUNT_LINES})": [
        ("order.created", woocommerce(1, woocommerce_line(1, "10.00"), woocommerce_line(2, "-30.00")), 0)
    ],
    "a fee below zero beside shipping is a discount on the goods (constructed)": [
        (
            "order.created",
            woocommerce(1, woocommerce_line(1, "50.00"), shipping_total="10.00", fee_lines=[{"total": "-5.00"}]),
            225,
        )
    ],
    "balance shows as a fee below zero and is stated too (constructed)": [
        (
            "order.created",
            woocommerce(
                1,
                woocommerce_line(1, "30.00"),
                fee_lines=[{"total": "-3.00"}],
                meta_data=[{"key": "_ristourne_balance", "value": "3.00"}],
            ),
            135,
        )
    ],
    "an edit and a refund of the same money (constructed)": [
        ("order.created", woocommerce(1, woocommerce_line(1, "70.00"), woocommerce_line(2, "30.00")), 500),
        ("order.updated", woocommerce(2, woocommerce_line(1, "70.00"), refunds=[{"id": 9, "total": "-30.00"}]), 350),
    ],
    "499 lines (constructed)": [
        ("order.created", woocommerce(1, *(woocommerce_line(i, "1.00") for i in range(499))), 2495)
    ],
}

ORDERED: dict[str, list[Step]] = {
    "a refund is deleted and the stamp stays (woocommerce/woocommerce#26532)": [
        ("order.created", woocommerce(1), 500),
        ("order.updated", woocommerce(2, refunds=[{"id": 1, "total": "-50.00"}]), 250),
        ("order.updated", woocommerce(2, refunds=[]), 500),
    ],
    "trashed and restored (woocommerce/woocommerce#14607, #14767, #25652)": [
        ("order.created", woocommerce(1), 500),
        ("order.deleted", {"id": 727}, 0),
        ("order.restored", woocommerce(2), 500),
    ],
    "trashed and restored under the old stamp (woocommerce/woocommerce#39079)": [
        ("order.created", woocommerce(1), 500),
        ("order.deleted", {"id": 727}, 0),
        ("order.restored", woocommerce(1), 500),
    ],
}
