"""Sources that stories of several kinds of storefront name, and what their payloads have instead of lines."""

EDITS = "intercom.help/onward/en/articles/15180425; shopify.dev/changelog/edit-orders-with-our-new-order-editing-apis"
"""Orders that are edited after they were paid."""

NO_BUYER = "PipedreamHQ/pipedream#17578; ppy/osu-web#11842"
"""Orders that name no buyer any more."""

NULLS = "null for a list or a flag: PipedreamHQ/pipedream#17578, Shopify/shopify_app#400; the fields constructed"
"""Fields that state nothing any more."""

NO_LINES: tuple[object, ...] = (None, [])
