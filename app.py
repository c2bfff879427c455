"""Every entry point of Ristourne on one screen: which request or event calls what, and who may call it.

A handler `members:show` is `chalicelib/edge/members.py`, function `show`, imported at its first call. Event handlers
stand here, never in a blueprint, so that every Lambda starts with this module.
"""

import time
from typing import Any

from chalice.app import Chalice, CloudWatchEvent, DynamoDBEvent, Rate

from chalicelib.edge.http import register
from chalicelib.edge.messages import ADMIN, ANYONE, MEMBER, STOREFRONT, Route

app = Chalice(app_name="ristourne")

ROUTES = (
    Route("POST", "/webhooks/{connection}", "webhooks:receive", ANYONE, None),  # authenticated by its signature
    Route("GET", "/r/{code}", "links:follow", ANYONE),
    Route("PUT", "/v1/members/{member}", "members:put", STOREFRONT),
    Route("GET", "/v1/members/{member}", "members:show", MEMBER),
    Route("GET", "/v1/members/{member}/profile", "members:profile", MEMBER),
    Route("GET", "/v1/members/{member}/statement", "members:statement", MEMBER),
    Route("POST", "/v1/members/{member}/referral-code", "members:issue_code", MEMBER),
    Route("POST", "/v1/members/{member}/token", "members:token", STOREFRONT),
    Route("POST", "/v1/members/{member}/adjustments", "members:adjust", ADMIN),
    Route("POST", "/v1/members/{member}/merge", "members:merge", ADMIN),
    Route("POST", "/v1/members/{member}/erasure", "erasure:erase", ADMIN),
    Route("GET", "/v1/members/{member}/export", "erasure:export", ADMIN),
    Route("POST", "/v1/members/{member}/guest", "erasure:guest", STOREFRONT),
    Route("POST", "/v1/search/members", "erasure:search", ADMIN),
    Route("GET", "/v1/data-requests", "erasure:requests", ADMIN),
    Route("POST", "/v1/members/{member}/holds", "spending:place", STOREFRONT),
    Route("GET", "/v1/members/{member}/holds/{hold}", "spending:show", STOREFRONT),
    Route("POST", "/v1/members/{member}/holds/{hold}/capture", "spending:capture", STOREFRONT),
    Route("POST", "/v1/members/{member}/holds/{hold}/release", "spending:release", STOREFRONT),
    Route("POST", "/v1/members/{member}/redemptions", "spending:redeem", STOREFRONT),
    Route("POST", "/v1/members/{member}/redemptions/{entry}/undo", "spending:undo", ADMIN),
    Route("GET", "/v1/members/{member}/groups", "reviews:groups", STOREFRONT),
    Route("POST", "/v1/members/{member}/groups/{number}/review", "reviews:decide", ADMIN),
    Route("GET", "/v1/reviews", "reviews:show", ADMIN),
    Route("POST", "/v1/referrals", "referrals:claim", STOREFRONT),
    Route("POST", "/v1/members/{member}/referrals/settle", "referrals:settle", ADMIN),
    Route("GET", "/v1/programme", "programme:show", ADMIN),
    Route("PUT", "/v1/programme", "programme:publish", ADMIN),
    Route("GET", "/v1/programme/versions", "programme:versions", ADMIN),
    Route("GET", "/v1/connections", "connections:show", ADMIN),
    Route("PUT", "/v1/connections", "connections:put", ADMIN),
    Route("POST", "/v1/connections/{connection}/check", "reconcile:check", ADMIN, None),
    Route("GET", "/v1/deliveries", "deliveries:show", ADMIN),
    Route("POST", "/v1/deliveries/{delivery}/replay", "deliveries:replay", ADMIN),
    Route("GET", "/health", "pages:health", ANYONE),
    Route("GET", "/openapi.json", "pages:openapi", ANYONE),
    Route("GET", "/docs", "pages:docs", ANYONE),
)

register(app, ROUTES)

STREAM = "arn:aws:dynamodb:eu-west-1:000000000000:table/ristourne/stream/2026-01-01T00:00:00.000"
"""Stands for the table's stream; `infra/resources.yaml` puts the real one in its place."""


@app.on_dynamodb_record(stream_arn=STREAM, batch_size=100, name="settle")
def settle(event: DynamoDBEvent) -> dict[str, list[dict[str, str]]]:
    """Conversions that changed: bring their referrers' books in step."""
    from chalicelib.edge import stream

    return stream.settle(event.to_dict()["Records"], int(time.time()))


@app.schedule(Rate(1, unit=Rate.HOURS), name="round")
def make_round(event: CloudWatchEvent) -> None:
    """The daily round, an hour's part at a time: what time has done, what expires soon, and the audit."""
    from chalicelib.edge import rounds

    context: Any = event.context  # Lambda's own, which Chalice calls a dict
    rounds.run(int(time.time()), lambda: context.get_remaining_time_in_millis() / 1000)
