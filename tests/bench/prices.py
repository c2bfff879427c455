"""What AWS and the sellers of loyalty programmes charge, each with where and when it was read. Data only.

AWS: list prices of us-east-1 in dollars, without free tiers and without discounts for volume. Sellers: what they
publish; those that quote a price to each customer (Yotpo, Talon.One, Open Loyalty, and Voucherify since its price
list of 2020) are left out, because nothing can be cited.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

SEEN = "2026-11-22"
"""When the stored copies of these pages were read; `dated` is the date that a copy itself carries."""

MILLION = 1_000_000
GIGABYTE = 2**30


class Price(Struct, frozen=True):
    """Dollars for so many of something. `source`: where it stands."""

    dollars: Decimal
    per: int
    unit: str
    source: str
    dated: str

    def of(self, units: Decimal | int) -> Decimal:
        """Dollars for so many units."""
        return self.dollars * units / self.per


class ListPrice(Struct, frozen=True):
    """A seller's plan: dollars a month, the orders in them, and dollars for a hundred orders more (None: not said)."""

    product: str
    plan: str
    month: Decimal
    orders: int
    further: Decimal | None
    source: str
    dated: str


GATEWAY = Price(
    Decimal("3.50"),
    MILLION,
    "REST API requests",
    "https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html",
    "undated; 2025-05-19 says https://awsforengineers.com/blog/aws-api-gateway-pricing-explained",
)
INVOCATION = Price(
    Decimal("0.20"), MILLION, "Lambda invocations", "https://aws.amazon.com/lambda/pricing/", "2026-09-20"
)
GB_SECOND = Price(
    Decimal("0.0000133334"),
    1,
    "GB-seconds of Lambda on arm64",
    "https://cloudchipr.com/blog/aws-lambda-pricing",
    "2024, and the same in notes of 2026-05-11; AWS's own page shows its table to browsers only",
)
WRITE_UNIT = Price(
    Decimal("0.625"),
    MILLION,
    "DynamoDB on-demand write request units",
    "https://airbyte.com/data-engineering-resources/dynamodb-pricing",
    "2025-07-21: since 2024-11-01",
)
READ_UNIT = Price(
    Decimal("0.125"),
    MILLION,
    "DynamoDB on-demand read request units",
    "https://airbyte.com/data-engineering-resources/dynamodb-pricing",
    "2025-07-21: since 2024-11-01",
)
LOGGED = Price(
    Decimal("0.50"),
    GIGABYTE,
    "bytes taken in by CloudWatch Logs",
    "https://c3x.dev/blog/cloudwatch-logs-cost-optimization",
    "2026-06",
)
AWS_PRICES = (GATEWAY, INVOCATION, GB_SECOND, WRITE_UNIT, READ_UNIT, LOGGED)

MB_PER_PROCESSOR = 1769
"""Memory at which a Lambda has a whole processor (https://docs.aws.amazon.com/lambda/latest/dg/resource-model.html)."""

WAIT_MS = 5
"""Assumed, not measured: how long a Lambda waits for one answer of DynamoDB, which promises single-digit ms."""

PLATFORM_LINES = """\
START RequestId: c6af9ac6-7b61-11e6-9a41-93e8deadbeef Version: $LATEST
END RequestId: c6af9ac6-7b61-11e6-9a41-93e8deadbeef
REPORT RequestId: c6af9ac6-7b61-11e6-9a41-93e8deadbeef\tDuration: 12.34 ms\tBilled Duration: 13 ms\t\
Memory Size: 1024 MB\tMax Memory Used: 98 MB\t
"""
"""What Lambda itself logs of each invocation."""

_SMILE = "https://help.smile.io/en/articles/10131405-understand-usage-based-pricing"

LIST_PRICES = (
    ListPrice("Smile.io", "Growth", Decimal(199), 2500, Decimal(20), _SMILE, "the seller's own page, undated"),
    ListPrice(
        "Smile.io",
        "Plus",
        Decimal(999),
        7500,
        Decimal(5),
        _SMILE,
        "the seller's own page, undated; the price of the month is from a third party's notes of 2026-07-10",
    ),
    ListPrice(
        "LoyaltyLion",
        "Classic",
        Decimal(199),
        500,
        None,
        "https://loyaltylion.com/pricing",
        "as a third party noted it on 2026-07-10 (github.com/api-evangelist/loyaltylion), not checked on the page",
    ),
)
