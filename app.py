"""The entry points: the route table with who may call each route, the stream's handler, the schedule's, and the
function that the console calls.

A handler `members:show` is `chalicelib/edge/api/members.py`, function `show`, imported at its first call; that of a
`page`, which people see in the console, is in `chalicelib/edge/console/`. Event
handlers are in this module, not in a blueprint, so that every Lambda function starts with it.
"""

import time
from typing import Any

from chalice.app import Chalice, CloudWatchEvent, DynamoDBEvent, Rate

from chalicelib.edge.http import register
from chalicelib.edge.messages import (
    ADMIN,
    ANYONE,
    HTML,
    JSON,
    MEMBER,
    OPTIONAL,
    OWNER,
    READER,
    REQUIRED,
    SCRIPT,
    STOREFRONT,
    YAML,
    Route,
    RouteAnswer,
    page,
)

app = Chalice(app_name="ristourne")

PAGE = ("limit", "cursor")
DELIVERY = "as the storefront sends it (shopify, woocommerce, stripe, standard)"
RECEIVED = (
    RouteAnswer(200, "what became of it", shape="Received"),
    RouteAnswer(202, "it could not be processed and is kept", shape="Received"),
)

LANDING = (RouteAnswer(302, "to the landing page of the programme", ""),)

WIDGET = (
    RouteAnswer(200, "the script", SCRIPT),
    RouteAnswer(304, "it is the one that the header If-None-Match names", ""),
)

AMOUNT, LEVEL, VERDICT = ("amount", "asset"), ("level", "last_day"), ("verdict",)
CONNECTION, VERSION, PERSON = ("id", "kind"), ("expected", "first_day", "effective_at"), ("name", "role")
"""What the console's log keeps of a request (`Route.logs`): nothing that may be about a customer."""

ROUTES = (
    Route(
        "POST",
        "/webhooks/{connection}",
        "webhooks:receive",
        ANYONE,
        max_body=None,
        raw=DELIVERY,
        answers=RECEIVED,
        refuses=(401, 503),
    ),
    Route("GET", "/r/{code}", "links:follow", ANYONE, answers=LANDING, refuses=(404, 503)),
    Route("PUT", "/v1/members/{member}", "members:put", STOREFRONT, "PutMember", OPTIONAL, logs=()),
    Route("GET", "/v1/members/{member}", "members:show", MEMBER),
    Route("GET", "/v1/members/{member}/card", "card:show", MEMBER, query=("locale",)),
    Route("GET", "/v1/offers", "card:offers", ANYONE, query=("locale",), refuses=(400, 503), cors=True),
    Route("GET", "/v1/members/{member}/profile", "members:profile", MEMBER),
    Route("GET", "/v1/members/{member}/statement", "members:statement", MEMBER, query=(*PAGE, "locale")),
    Route("GET", "/v1/members/{member}/progress", "progress:show", MEMBER, query=("locale",)),
    Route("GET", "/v1/boards/{board}", "boards:show", STOREFRONT, query=("period",)),
    Route("POST", "/v1/quotes", "progress:quote", STOREFRONT, "PostQuote", query=("locale",)),
    Route("POST", "/v1/members/{member}/level", "progress:set_level", ADMIN, "PostLevel", OPTIONAL, logs=LEVEL),
    Route("POST", "/v1/members/{member}/referral-code", "members:issue_code", MEMBER, key=OPTIONAL),
    Route("POST", "/v1/members/{member}/token", "members:token", STOREFRONT),
    Route("POST", "/v1/session", "session:open_session", ANYONE, "PostSession", refuses=(400, 401, 503), cors=True),
    Route("POST", "/v1/members/{member}/adjustments", "members:adjust", ADMIN, "PostAdjustment", REQUIRED, logs=AMOUNT),
    Route("POST", "/v1/members/{member}/activities", "activities:record", ADMIN, "PostActivity", OPTIONAL),
    Route(
        "DELETE",
        "/v1/members/{member}/activities/{activity}/{reference}",
        "activities:withdraw",
        ADMIN,
        key=OPTIONAL,
    ),
    Route("POST", "/v1/members/{member}/merge", "members:merge", ADMIN, "PostMerge", REQUIRED, logs=("from",)),
    Route("POST", "/v1/members/{member}/erasure", "erasure:erase", ADMIN, "PostErasure", OPTIONAL, logs=()),
    Route("GET", "/v1/members/{member}/export", "erasure:export", ADMIN, query=(*PAGE, "locale"), logs=()),
    Route("POST", "/v1/members/{member}/guest", "erasure:guest", STOREFRONT, "PostGuest", OPTIONAL, logs=()),
    Route("POST", "/v1/search/members", "erasure:search", ADMIN, "PostSearch"),
    Route("GET", "/v1/data-requests", "erasure:requests", ADMIN, query=PAGE),
    Route("POST", "/v1/members/{member}/holds", "spending:place", STOREFRONT, "PostHold", REQUIRED, logs=AMOUNT),
    Route("GET", "/v1/members/{member}/holds/{hold}", "spending:show", STOREFRONT),
    Route(
        "POST",
        "/v1/members/{member}/holds/{hold}/capture",
        "spending:capture",
        STOREFRONT,
        "PostCapture",
        REQUIRED,
        logs=(),
    ),
    Route(
        "POST",
        "/v1/members/{member}/holds/{hold}/release",
        "spending:release",
        STOREFRONT,
        "PostRelease",
        REQUIRED,
        logs=(),
    ),
    Route(
        "POST",
        "/v1/members/{member}/redemptions",
        "spending:redeem",
        STOREFRONT,
        "PostRedemption",
        REQUIRED,
        logs=AMOUNT,
    ),
    Route("POST", "/v1/members/{member}/entries/{entry}/undo", "spending:undo", ADMIN, "PostUndo", REQUIRED, logs=()),
    Route("GET", "/v1/members/{member}/groups", "reviews:groups", STOREFRONT, query=PAGE),
    Route(
        "POST",
        "/v1/members/{member}/groups/{number}/review",
        "reviews:decide",
        ADMIN,
        "PostReview",
        REQUIRED,
        logs=VERDICT,
    ),
    Route("GET", "/v1/reviews", "reviews:show", ADMIN, query=(*PAGE, "all")),
    Route("GET", "/v1/segments", "segments:show", ADMIN),
    Route("GET", "/v1/segments/{segment}/members", "segments:members", ADMIN, query=PAGE),
    Route("GET", "/v1/reports", "reports:show", ADMIN, query=("from", "to")),
    Route("GET", "/v1/owed", "reports:owed", ADMIN, query=("day",)),
    Route("GET", "/v1/lists/{list}", "reports:members", ADMIN, query=PAGE),
    Route("POST", "/v1/referrals", "referrals:claim", STOREFRONT, "PostReferral", OPTIONAL),
    Route("POST", "/v1/members/{member}/referrals/settle", "referrals:settle", ADMIN, key=OPTIONAL, logs=()),
    Route("GET", "/v1/programme", "programme:show", ADMIN, query=("number",)),
    Route(
        "PUT",
        "/v1/programme",
        "programme:publish",
        ADMIN,
        key=OPTIONAL,
        query=("effective_at",),
        raw="the programme document",
        contents=(YAML, JSON),
        refuses=(412,),
        if_match=True,
        logs=VERSION,
    ),
    Route("GET", "/v1/programme/versions", "programme:versions", ADMIN, query=("from", "to")),
    Route("GET", "/v1/connections", "connections:show", ADMIN),
    Route("PUT", "/v1/connections", "connections:put", ADMIN, "PutConnection", OPTIONAL, logs=CONNECTION),
    Route("POST", "/v1/connections/{connection}/secret", "connections:rotate", ADMIN, "PostSecret", OPTIONAL, logs=()),
    Route("GET", "/v1/connections/{connection}/widget", "connections:widget", ADMIN, refuses=(409,), logs=()),
    Route("DELETE", "/v1/connections/{connection}", "connections:remove", ADMIN, key=OPTIONAL, logs=()),
    Route("POST", "/v1/connections/{connection}/check", "reconcile:check", ADMIN, max_body=None, raw=DELIVERY),
    Route("GET", "/v1/deliveries", "deliveries:show", ADMIN, query=PAGE),
    Route("POST", "/v1/deliveries/{delivery}/replay", "deliveries:replay", ADMIN, key=OPTIONAL, logs=()),
    Route("POST", "/v1/users", "users:invite", ADMIN, "PostUser", logs=PERSON),
    Route("DELETE", "/v1/users/{user}", "users:remove", ADMIN, logs=()),
    Route("GET", "/health", "pages:health", ANYONE),
    Route("GET", "/openapi.json", "pages:openapi", ANYONE, answers=(RouteAnswer(200, "this document"),)),
    Route("GET", "/widget.js", "pages:widget", ANYONE, answers=WIDGET, cors=True),
    Route("GET", "/docs", "pages:docs", ANYONE, answers=(RouteAnswer(200, "the page", HTML),)),
)

PAGES = (
    page("GET", "", "today:show", READER),
    page("GET", "/assets/{name}", "assets:show", ANYONE),
    page("GET", "/sign-in", "access.sign_in:show", ANYONE, query=("next",)),
    page("POST", "/sign-in", "access.sign_in:enter", ANYONE),
    page("GET", "/sign-out", "access.sign_in:ask_to_leave", READER),
    page("POST", "/sign-out", "access.sign_in:leave", READER),
    page("GET", "/invitation/{code}", "access.sign_in:invitation", ANYONE),
    page("POST", "/invitation/{code}", "access.sign_in:accept", ANYONE),
    page("GET", "/account", "access.account:show", READER),
    page("POST", "/account", "access.account:speak", READER),
    page("POST", "/passkeys", "access.account:enrol", READER),
    page("POST", "/passkeys/removal", "access.account:forget", READER),
    page("POST", "/sessions/{session}", "access.account:end", READER),
    page("GET", "/members", "members.search:show", READER, query=("order",)),
    page("POST", "/members", "members.search:find", READER, logs=None),
    page("GET", "/members/{member}", "members.page:show", READER, query=("cursor",)),
    page("GET", "/members/{member}/statement", "members.page:closed", READER, query=("cursor",)),
    page("GET", "/members/{member}/statement.csv", "members.page:statement_file", READER),
    page("GET", "/members/{member}/card", "members.page:card", OWNER),
    page("GET", "/members/{member}/token", "members.page:token", OWNER),
    page("POST", "/members/{member}/adjustments", "members.forms:adjust", OWNER, logs=AMOUNT),
    page("POST", "/members/{member}/holds/{hold}", "members.forms:release", OWNER),
    page("POST", "/members/{member}/entries/{entry}", "members.forms:undo", OWNER),
    page("POST", "/members/{member}/settlement", "members.forms:settle", OWNER),
    page("POST", "/members/{member}/level", "members.forms:set_level", OWNER, logs=LEVEL),
    page("POST", "/members/{member}/profile", "members.forms:save", OWNER),
    page("POST", "/members/{member}/export", "members.personal:export", OWNER),
    page("GET", "/members/{member}/erasure", "members.personal:ask_erasure", OWNER),
    page("POST", "/members/{member}/erasure", "members.personal:erase", OWNER),
    page("GET", "/members/{member}/merge", "members.personal:ask_merge", OWNER, query=("into",)),
    page("POST", "/members/{member}/other", "members.personal:find_other", OWNER, logs=None),
    page("POST", "/members/{member}/merge", "members.personal:merge", OWNER, logs=("into",)),
    page("GET", "/reviews", "reviews:show", READER, query=("state", "cursor")),
    page("GET", "/reviews.csv", "reviews:as_file", READER, query=("state",)),
    page("GET", "/reviews/{member}/{number}", "reviews:look", READER),
    page("POST", "/reviews/{member}/{number}", "reviews:decide", OWNER, logs=VERDICT),
    page("GET", "/reports", "figures.reports:show", READER, query=("from", "to", "per", "asset")),
    page("GET", "/reports.csv", "figures.reports:as_file", READER, query=("from", "to", "per", "asset")),
    page("GET", "/owed", "figures.owed:show", READER, query=("day",)),
    page("GET", "/owed.csv", "figures.owed:as_file", READER, query=("day",)),
    page("GET", "/lists/{list}", "figures.lists:show", READER, query=("cursor",)),
    page("GET", "/lists/{list}/members.csv", "figures.lists:as_file", READER),
    page("GET", "/segments", "figures.lists:segments", READER),
    page("GET", "/segments.csv", "figures.lists:segments_as_file", READER),
    page("GET", "/segments/{segment}", "figures.lists:segment", READER, query=("cursor",)),
    page("GET", "/segments/{segment}/members.csv", "figures.lists:segment_file", READER),
    page("GET", "/boards", "figures.boards:show", READER),
    page("GET", "/boards/{board}", "figures.boards:look", READER, query=("period",)),
    page("GET", "/boards/{board}/places.csv", "figures.boards:as_file", READER, query=("period",)),
    page("GET", "/campaigns", "figures.campaigns:show", READER),
    page("GET", "/campaigns/{campaign}", "figures.campaigns:look", READER),
    page("GET", "/campaigns/{campaign}/days", "programme.campaign_days:show", OWNER),
    page("POST", "/campaigns/{campaign}/days", "programme.campaign_days:check", OWNER, logs=None),
    page("POST", "/campaigns/{campaign}/report", "figures.campaigns:work_out", OWNER),
    page("GET", "/deliveries", "deliveries:show", READER, query=("state", "cursor")),
    page("GET", "/deliveries.csv", "deliveries:as_file", READER, query=("state",)),
    page("GET", "/deliveries/{delivery}", "deliveries:look", OWNER),
    page("POST", "/deliveries/{delivery}", "deliveries:replay", OWNER),
    page("GET", "/connections", "connections:show", READER),
    page("GET", "/connections/new", "connections:begin", OWNER, query=("kind", "id")),
    page("POST", "/connections", "connections:add", OWNER, logs=CONNECTION),
    page("GET", "/connections/{connection}", "connections:look", READER),
    page("POST", "/connections/{connection}/test", "connections:test", OWNER),
    page("POST", "/connections/{connection}/secret", "connections:rotate", OWNER),
    page("POST", "/connections/{connection}/removal", "connections:remove", OWNER),
    page("POST", "/connections/{connection}/widget", "widget:reveal", OWNER),
    page("GET", "/widget", "widget:show", READER, query=("connection",)),
    page("GET", "/programme", "programme.versions:show", READER, query=("number",)),
    page("GET", "/programme/fields", "programme.versions:fields", READER),
    page("GET", "/programme/additions/{kind}", "programme.additions:show", OWNER, query=("draft",)),
    page("POST", "/programme/additions/{kind}", "programme.additions:check", OWNER, query=("draft",), logs=None),
    page("GET", "/programme/parts/{section}/{part}", "programme.parts:show", OWNER, query=("draft",)),
    page("POST", "/programme/parts/{section}/{part}", "programme.parts:check", OWNER, query=("draft",), logs=None),
    page("GET", "/programme/settings", "programme.settings:show", OWNER, query=("draft",)),
    page("POST", "/programme/settings", "programme.settings:check", OWNER, query=("draft",), logs=None),
    page("POST", "/programme/draft", "programme.draft_page:check", OWNER, logs=None),
    page("POST", "/programme/first", "programme.draft_page:check_first", OWNER, logs=None),
    page("POST", "/programme/numbers", "programme.draft_page:check_numbers", OWNER, query=("draft",), logs=None),
    page("GET", "/programme/draft", "programme.draft_page:show", READER, query=("draft",)),
    page("POST", "/programme/draft/what-if", "programme.what_if:start", OWNER),
    page("POST", "/programme", "programme.draft_page:publish", OWNER, logs=VERSION),
    page("GET", "/people", "access.people:show", READER),
    page("POST", "/people", "access.people:invite", OWNER, logs=PERSON),
    page("POST", "/people/{user}/removal", "access.people:remove", OWNER),
    page("GET", "/log", "log:show", READER, query=("month", "user", "cursor")),
    page("GET", "/log.csv", "log:as_file", READER, query=("month", "user")),
    page("GET", "/{page+}", "pages:missing", ANYONE),
)

register(app, (*ROUTES, *PAGES))

STREAM = "arn:aws:dynamodb:eu-west-1:000000000000:table/ristourne/stream/2026-01-01T00:00:00.000"
"""A placeholder for the ARN of the table's stream, which `infra/resources.yaml` replaces."""


@app.on_dynamodb_record(stream_arn=STREAM, batch_size=100, name="settle")
def settle(event: DynamoDBEvent) -> dict[str, list[dict[str, str]]]:
    """Settle the referrers of changed conversions and write rows of leaderboards; returns the records that failed, as
    Lambda expects them.
    """
    from chalicelib.edge.jobs import stream

    return stream.settle(event.to_dict()["Records"], int(time.time()))


@app.schedule(Rate(1, unit=Rate.HOURS), name="round")
def make_round(event: CloudWatchEvent) -> None:
    """Continue the daily round (write-down, announcements of expiry, audit) within the hour's time limit."""
    from chalicelib.edge.jobs import rounds

    context: Any = event.context  # Lambda's own, which Chalice calls a dict
    rounds.run(int(time.time()), lambda: context.get_remaining_time_in_millis() / 1000)


@app.lambda_function(name="calculate")
def calculate(event: dict[str, str], context: Any) -> None:
    """Work something out of all orders, as the console asks by an asynchronous call."""
    from chalicelib.edge.jobs import calculations

    calculations.run(event, lambda: int(time.time()), lambda: context.get_remaining_time_in_millis() / 1000)
