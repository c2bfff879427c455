"""What the OpenAPI document says of each field: a description, an example, and the words that it may have.

Fields of one name mean one thing; where they do not, `Schema.name` goes before `name`. Imports no handler.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from chalicelib.domain.programme.referral import SIGNALS
from chalicelib.domain.reports.days import FLOWS
from chalicelib.edge.storefronts import KINDS

MINOR = "in minor units of the asset (`EUR/2`: cents)"
TEXT = "the amount as people write it"
CURSOR = "the cursor of the page after this one; null on the last"
HOLD_STATES = ("open", "captured", "released", "returned", "lapsed")
GROUP_STATES = ("paid", "limited", "broken", "held", "approved", "denied")
RESULTS = ("recorded", "unchanged", "ignored", "kept")


NULL = "null"
"""The example of a field that has nothing."""


class Field(Struct, frozen=True):
    """A field's description and example (NULL: nothing); `words`: all that its text can be; `instant`: its text is a
    date and time.
    """

    description: str
    example: Any = None
    words: tuple[str, ...] = ()
    instant: bool = False


def _at(description: str) -> Field:
    return Field(description, "2026-05-04T12:00:00Z", instant=True)


FIELDS: dict[str, Field] = {
    "segment": Field("a segment of the programme", "at-risk"),
    "segments": Field("in the order in which they are tried"),
    "SegmentView.segment": Field("the first segment that has the scores; empty: none has", "loyal"),
    "SegmentView.recency": Field("5: of the fifth of the buyers who bought last", 4),
    "SegmentView.frequency": Field("5: of the fifth with the most orders of the last 12 closed months and this one", 5),
    "SegmentView.money": Field("5: of the fifth with the most kept goods of these months", 3),
    "SegmentView.text": Field("the segment and the scores in words", "loyal: recency 4, frequency 5, money 3 of 5"),
    "ProgressView.segment": Field("by the cuts in force; null: there are none, no live order, or a member's own token"),
    "first": Field("the first day of the period", "2026-11-01"),
    "last": Field("the last day of the period", "2026-11-02"),
    "ReportView.orders": Field("orders that were paid in the period and alive the day after", 412),
    "ReportView.groups": Field("groups of friends that were complete", 3),
    "ReportView.clicks": Field("clicks of persons on links", 310),
    "ReportView.friends": Field("friends whose first qualifying order was paid then", 9),
    "DayView.friends": Field("friends whose first qualifying order was paid then", 2),
    "moved": Field("by asset, kind and rule"),
    "days": Field("those that have a report, the earliest first"),
    "ReportView.missing": Field("days without a report: not over or not counted yet, or too long ago", ["2026-11-02"]),
    "Moved.what": Field(
        "rewards `given` and `taken_back`; `redeemed` and `given_back`; `expired` and `revived`; by hand `added` and "
        "`removed`; `written_off` and `recovered`",
        "given",
        words=FLOWS,
    ),
    "Moved.entries": Field("by how many ledger entries", 12),
    "DayView.day": Field("a local day", "2026-11-01"),
    "starts_at": _at("the first instant of the entries that it has"),
    "ends_at": _at("the first instant after them"),
    "counted_at": _at("when the round counted it"),
    "began_at": _at("when the round began to read"),
    "DayView.orders": Field("orders that were paid on the day and alive the day after", 31),
    "DayView.groups": Field("groups of friends that were complete", 1),
    "DayView.clicks": Field("clicks of persons on links that were counted since the report before", 40),
    "goods": Field("kept goods of these orders, in minor units of the programme's currency", 182_000),
    "goods_text": Field(TEXT, "1820.00 EUR"),
    "OutstandingView.day": Field("the local day of the round", "2026-11-02"),
    "assets": Field("one for each asset that anybody has"),
    "OwedView.available": Field(f"in lots that can be spent, {MINOR}", 1_400_000),
    "OwedView.pending": Field(f"in lots that can be spent later, {MINOR}", 90_000),
    "OwedView.held": Field(f"in holds, {MINOR}", 4_500),
    "debt": Field(f"what some members have less than nothing, {MINOR}", 700),
    "OwedView.owed": Field(f"all of it, less debts, {MINOR}", 1_493_800),
    "OwedView.text": Field(TEXT, "14938.00 EUR"),
    "OwedView.worth": Field("what is owed in the programme's currency; null: it has no price", "14938.00 EUR"),
    "OwedView.members": Field("how many members have something", 812),
    "endings": Field("available, pending and held, by the days until it expires if it is not spent"),
    "Ending.days": Field("at most so many days; null: later, or never", 30),
    "Ending.text": Field("the same in words", "within 30 days"),
    "ListView.name": Field("the list; of a segment `segment:` and its name", "best"),
    "ListView.rule": Field("who is in it and in which order", "members by their kept goods"),
    "ListView.total": Field("how many members are in it; a list shows the first 1,000", 2310),
    "ListView.day": Field("the local day of the round that made it", "2026-11-02"),
    "ListView.members": Field("the first of the list first"),
    "ListedView.orders": Field("live orders of the last 12 closed months and this one", 7),
    "ListedView.goods": Field("their kept goods, in minor units of the programme's currency", 48_200),
    "ListedView.goods_text": Field(TEXT, "482.00 EUR"),
    "kept": Field("kept goods of all time", 91_000),
    "kept_text": Field(TEXT, "910.00 EUR"),
    "last_order": Field("the day of the last live order; its month where days are not counted", "2026-10-14"),
    "scores": Field("for recency, frequency and money, 1 to 5; 0: there are none", [4, 5, 3]),
    "ListedView.owed": Field("what the member has, one text for each asset", ["14.00 EUR"]),
    "SegmentCount.members": Field("how many members were in it, by the cuts before these", 412),
    "SegmentsAnswer.cuts": Field("those in force; null: too few buyers or days"),
    "CutsAnswer.number": Field("the version of the cuts", 12),
    "made_at": _at("when the daily round made them"),
    "buyers": Field("how many members had a live order in the months that count", 2310),
    "recency": Field("local days: who bought last after the n-th has n + 1 or more", ["2026-01-04", "2026-02-01"]),
    "frequency": Field("live orders of the last 12 closed months and the running one", [1, 1, 2, 4]),
    "money": Field("kept goods of these months, in minor units of the programme's currency", [1490, 3000, 5120, 9900]),
    "InvitationAnswer.ends_at": _at("until when the link works"),
    "InvitationAnswer.link": Field(
        "the page to open; it works once", "https://api.example/console/invitation/Zk3v8LqT0aXfJr5nYw1cPb6d"
    ),
    "PostUser.locale": Field(
        "the language of the pages: `en` or `fr`; without one that of the browser which accepts it", "en"
    ),
    "PostUser.name": Field("a short name, in lower case", "ada"),
    "role": Field("`owner` changes, `reader` only looks", "owner", ("owner", "reader")),
    "user": Field("a user of the console", "ada"),
    "activities": Field("what the shop stated of the member beside orders"),
    "activity": Field("what the member did, as the programme's rules name it", "review"),
    "ActivityAnswer.at": _at("when it was"),
    "PostActivity.at": _at("when it was; now if left out or null"),
    "amount": Field(MINOR, 300),
    "amount_text": Field(TEXT, "3.00 EUR"),
    "asked_at": _at("when it was asked for"),
    "asset": Field("a currency and its number of decimals, or an asset of the programme such as `points`", "EUR/2"),
    "at": _at("when it happened"),
    "available": Field(f"what can be spent now, {MINOR}", 1400),
    "available_from": Field(
        "from when it can be spent; null: at once; the year 9999: a delivery is awaited", NULL, instant=True
    ),
    "available_text": Field(TEXT, "14.00 EUR"),
    "balances": Field("one for each asset, the programme's own first"),
    "base": Field(f"what the reward is computed on, {MINOR}", 6000),
    "FriendAnswer.base": Field(
        "the part of the order that the bonus is computed on", {"asset": "EUR/2", "amount": 6000, "text": "60.00 EUR"}
    ),
    "bonus": Field("what is at stake, by asset"),
    "bonuses": Field("how many bonuses the member has reached, those that wait for a person's verdict included", 1),
    "bytes": Field("the length of the body", 2048),
    "capture_on_paid": Field("the order's paid webhook captures the hold; false if left out", True),
    "captured": Field(f"how much of it is spent, {MINOR}", 0),
    "captured_text": Field(TEXT, "0.00 EUR"),
    "currency": Field(
        "that of an order which is not known yet, where points pay (`eur` is `EUR`); the programme's own if left out",
        "EUR",
    ),
    "cause": Field("what the entry comes from: an order, a hold, `adjustment`, `time` and others", "acme/1001"),
    "changed": Field("false for what was known before", True),
    "changes": Field("a unified diff of two versions; empty where none were compared", ""),
    "clicks": Field("how many persons have opened the link so far", 12),
    "code": Field("a referral code; empty before one is issued", "7K4Q7GEPFNC3"),
    "Problem.code": Field("the stable name of the refusal", "invalid_input"),
    "connection": Field("the id of a connection", "acme"),
    "connections": Field("sorted by id"),
    "consents": Field("what the member has agreed to, by a name of your own", {"mail": True}),
    "counts": Field("false when the order was refunded or cancelled", True),
    "decided_at": _at("when a person decided; null before"),
    "deliveries": Field("kept deliveries"),
    "detail": Field("the field and the fix, for people", "amount must be between 1 and 1000000000000"),
    "birthday": Field("a month and a day, without a year; empty where it was not told", "04-23"),
    "display_name": Field("the name that is shown to others", "Ana"),
    "done_at": _at("when it was done; null: not yet"),
    "effective_at": _at("from when the version holds"),
    "email": Field("an e-mail address", "ana@shop.example"),
    "ShareLinks.email": Field("opens the shopper's own e-mail", "mailto:?subject=Acme%20Tea"),
    "ended_at": Field("when it ended; null while it is open", NULL, instant=True),
    "entries": Field("newest first"),
    "entry": Field("the number of an entry in the statement", 7),
    "erased": Field("how many records, by kind", {"profiles": 1}),
    "expires_at": Field("until when it can be spent; null: for good", "2027-05-04T12:00:00Z", instant=True),
    "expires_in": Field("seconds", 900),
    "friend": Field("the member id of a friend", "acme.43"),
    "friends": Field("the friends' member ids", []),
    "GroupAnswer.friends": Field("the friends of the group, with their orders"),
    "ReviewAnswer.friends": Field("the friends of the group, with their orders"),
    "Checked.friends": Field("who would count as whose friend, or no more"),
    "friends_live": Field("friends whose orders count", 2),
    "friends_needed": Field("how many make a bonus; 0: there is no referral rule", 2),
    "friends_waiting": Field("friends who wait for the next bonus", 1),
    "from": Field("the other id of the same person", "acme.41"),
    "given": Field("what it gives now, by asset"),
    "group": Field("the number of a group, counted for each referrer", 1),
    "groups": Field("newest first"),
    "guest": Field("the guest who bought with the e-mail; null where nobody has"),
    "hashes": Field("erase the keyed hash of the e-mail too; false if left out", False),
    "held": Field(f"what holds reserve, {MINOR}", 0),
    "held_at": _at("since when it waits"),
    "hold": Field("the id of a hold", "h_7cgidrg5pcxpkme6"),
    "id": Field("the id of a connection: lower-case letters, digits and dashes", "acme"),
    "DeliveryAnswer.id": Field("the id of a delivery", "1777896000000-3f9a"),
    "DeliveryAnswer.cause": Field(
        "why it could not be processed, in one word; empty: kept before there were causes", "unreadable"
    ),
    "DeliveryAnswer.reason": Field("why it could not be processed", "line_items[0].price is missing"),
    "HeldDelivery.id": Field("the id of a delivery", "1777896000000-3f9a"),
    "Certificate.id": Field("the id of a request", "1777896000-000001"),
    "in_force": Field("the number of the version in force; 0: none", 1),
    "kind": Field("the kind of a storefront", "shopify", words=KINDS),
    "known": Field("whether the books have that order already", False),
    "limit": Field(
        "what kept the reward down; empty: nothing",
        "",
        words=("", "order", "day", "week", "month", "year", "member", "budget"),
    ),
    "line": Field("the id of an order's line", "11"),
    "lines": Field("the lines that the reward is computed on"),
    "link": Field("the address to share; empty before a code is issued", "https://api.example/r/7K4Q7GEPFNC3"),
    "locale": Field("a language and region", "en-IE"),
    "member": Field("the namespace of a connection, a dot and the storefront's customer id; or `guest.…`", "acme.42"),
    "ProgressView.member": Field("a member id; empty in a quote that names no member", "acme.42"),
    "QuoteAnswer.member": Field("as the request names it", "acme.42"),
    "GuestAnswer.member": Field("a member id", "acme.42"),
    "ExportAnswer.member": Field("balances and referral state; null where there is a profile only, or it was merged"),
    "ExportAnswer.merged": Field("the members that were merged into it: each has an export of its own", ["acme.41"]),
    "members": Field("member ids", ["acme.42"]),
    "FoundMembers.members": Field("those who were found"),
    "merge": Field("give the member all that the guest has, for good; false if left out", False),
    "merged": Field("the id that is no member any more", "acme.41"),
    "GuestAnswer.merged": Field("whether what the guest had is the member's now", False),
    "minutes": Field("how long it is held, 1 to 10080; the programme's `hold_minutes` if left out", 60),
    "movements": Field("what the entry posts"),
    "sums": Field("the same, those of one asset and reason added up"),
    "ReasonSum.first": Field("the place of its first movement, from 0", 0),
    "name": Field("what shoppers call the asset, by language; empty for a currency", {}),
    "namespace": Field("whose customer numbers it sends: members' ids begin with it; its own id if left out", "acme"),
    "newest": Field("the number of the newest version", 1),
    "next": Field(CURSOR, "6.7cc6cf50"),
    "next_expiry": Field("what expires next; null: nothing"),
    "nothing_due": Field("why it gives nothing; empty where it does", ""),
    "number": Field("a number, counted from 1", 1),
    "order": Field("`connection/order id`; empty where none is stated", "acme/1001"),
    "order_total": Field(
        "what the order costs in all, in minor units of its currency; needed where a share of it is the limit", 3000
    ),
    "orders": Field("orders, as `connection/order id`", ["acme/1001"]),
    "pending": Field(f"what can be spent later, {MINOR}", 0),
    "placed_at": _at("when it was placed"),
    "posted": Field("what was posted for the group, by asset"),
    "postings": Field("what members would gain or lose"),
    "problems": Field("all problems, where there are several"),
    "profile": Field("the personal data as they are stored"),
    "programme": Field("the programme version that decided it; 0: none", 1),
    "published_at": _at("when it was published"),
    "qr_svg": Field("the link as an SVG picture, for the page itself or an `<img>`", "<svg/>"),
    "rate": Field("the percents that were used; empty for a fixed sum", "5"),
    "reason": Field("why, in words", "goodwill"),
    "Received.reason": Field("why it was ignored or kept, or the order earns nothing; left out where there is none"),
    "Checked.reason": Field("the webhook's own reason; empty where there is none", ""),
    "received_at": _at("when it came"),
    "reference": Field("the shop's own id of it, which may stand once for a member and activity", "r-17"),
    "referral": Field("the member as a referrer"),
    "referred": Field("whether the member has a referrer", False),
    "referrer": Field("the member id of a referrer", "acme.42"),
    "replayed_at": Field("when a replay succeeded; null: not yet", NULL, instant=True),
    "requests": Field("newest first"),
    "result": Field("what became of the delivery", "recorded", words=RESULTS),
    "retire_old": Field("end every other secret; false if left out: the last one stays valid", False),
    "reviews": Field("newest first"),
    "rule": Field("the id of the rule", "cashback"),
    "score": Field("what the signals weigh together", 100),
    "secret": Field(
        "what the storefront signs with: 16 characters or more after a prefix `whsec_`, 8 different ones",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ),
    "secrets": Field("how many live secrets there are; 0: it was removed", 1),
    "settled": Field("how many friends' orders were settled", 0),
    "sha256": Field("of the body, in hexadecimal", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    "share": Field("ready-made links"),
    "signal": Field("what speaks against the bonus", "same-address", words=SIGNALS),
    "signals": Field("what speaks against it; for an admin key only"),
    "source": Field("the document as its author wrote it", "name: Acme Tea\n"),
    "Certificate.source": Field("who asked", "key abcdefgh"),
    "state": Field("as a group's state", "paid", words=GROUP_STATES),
    "HoldAnswer.state": Field("what became of it", "open", words=HOLD_STATES),
    "statement": Field("a page of entries; null where there are none"),
    "status": Field("the HTTP status", 400),
    "Health.status": Field("always that", "ok", words=("ok",)),
    "stays": Field("what is left, and why", ["back-ups and exports made before"]),
    "subject": Field("whom or what it is about: a member or a connection", "acme.42"),
    "text": Field(TEXT, "3.00 EUR"),
    "AssetBalance.text": Field(TEXT, "14.00 EUR"),
    "threshold": Field("how much was enough to hold the bonus", 100),
    "title": Field("the status in words", "Invalid input"),
    "token": Field("sent as `Authorization: Bearer …` by the member's own pages", "eyJhbGciOiJIUzI1NiJ9.e30.x"),
    "topic": Field("the topic or type that the storefront states", "orders/paid"),
    "traits": Field("keyed hashes of what orders told", ["address:k3vq7m2f5tzcw4yd6hxn3b2aru"]),
    "type": Field("an identifier of the kind of problem", "urn:ristourne:problem:invalid_input"),
    "undone": Field("the number of the entry whose spending was given back", 6),
    "until": Field("until when it is held", "2026-05-04T13:00:00Z", instant=True),
    "verdict": Field("what a person decides", "approve"),
    "ReviewAnswer.state": Field("as a group's state", "held", words=GROUP_STATES),
    "ReviewAnswer.decided_at": Field("when a person decided; null before", NULL, instant=True),
    "ReviewAnswer.reason": Field("what a person said why; empty before", ""),
    "ReviewAnswer.verdict": Field(
        "what a person said; empty before; `gone`: the group was broken first",
        "",
        words=("", "approve", "deny", "undo", "gone"),
    ),
    "verified": Field("must be true: you have verified that the e-mail is the member's", True),
    "versions": Field("oldest first"),
    "warnings": Field(
        "what of the document is allowed and probably not meant, in English",
        [
            (
                "The page of your shop is on acme-tea.example, which is reserved for examples: links of members would "
                "lead nowhere; write its true address"
            )
        ],
    ),
    "webhook_url": Field("where the storefront must send its webhooks", "https://api.example/webhooks/acme"),
    "weight": Field("how much it weighs", 100),
    "what": Field("what is asked for", "erase", words=("erase", "erase-shop", "export")),
    "whatsapp": Field("opens WhatsApp", "https://wa.me/?text=Have%20a%20look"),
    "whole": Field("whether the body was kept too; else it cannot be replayed", True),
    "AssetBalance.worth": Field(
        "what is available, at its price in the programme's currency; null for a currency and without a price", NULL
    ),
    "withdrawn": Field("whether the shop took it back", False),
    "worth": Field("what it pays, in money, as it was when it was held or spent"),
    "captured_worth": Field(
        "what the captured part pays, in money: take that off the checkout; 0 while nothing is",
        {"asset": "EUR/2", "amount": 0, "text": "0.00 EUR"},
    ),
    "why": Field("a sentence that a shopper can read", "Cashback: 5% of 60.00 EUR on your order 1001."),
    "CardHold.why": Field(
        "a sentence that a shopper can read", "set apart for a purchase, until 4 May 2026, 1:00 PM at the latest"
    ),
    "NextLevel.level": Field("the id of the level", "white"),
    "NextLevel.threshold": Field("from how much the level holds, in what the levels count", 20000),
    "BoardAnswer.counted_at": _at("the daily round that has seen all members last; null: none yet"),
    "board": Field("the id of a leaderboard", "best"),
    "boards": Field("the programme's leaderboards, each in its running period; empty in a quote"),
    "exact": Field("whether these are the best of all members, as of about a minute ago", True),
    "measure": Field("what is compared: `spend`, `orders`, `friends` or an asset", "spend"),
    "BoardAnswer.name": Field("what it is called, by language", {"en": "Best customers"}),
    "BoardAnswer.settled": Field("whether the places are final", False),
    "BoardView.name": Field("what it is called, by language", {"en": "Best customers"}),
    "BoardView.score": Field(f"what the member has of it, {MINOR} or a number", 12000),
    "BoardView.place": Field("the place among those of the board; null beyond them", 3),
    "BoardView.text": Field("the place in words", "place 3, with 120.00 EUR in 2026-05"),
    "place": Field("tied members share one, and the next is left out: 1, 1, 3", 1),
    "places": Field("the best first; those who are tied by their ids"),
    "PlaceAnswer.name": Field("first name and initial, with the consent `leaderboard`; else empty", "Ana L."),
    "PlaceAnswer.score": Field(f"how much it is, {MINOR} or a number", 12000),
    "PlaceAnswer.text": Field("the score in words", "120.00 EUR"),
    "prizes": Field("what the place has won; empty before the period is settled"),
    "top_percent": Field("among the best how many percent, by the last daily round; null on the board", 12),
    "Badge.goal": Field("the id of the goal that the badge is for", "regular"),
    "Badge.since": Field("the local day on which it was reached", "2026-05-04"),
    "badge": Field("what the badge is called, by language; empty: the goal has none", {"en": "Regular"}),
    "badges": Field("those that the member has"),
    "card": Field("the id of a stamp card", "coffee"),
    "cards": Field("the programme's stamp cards"),
    "categories": Field("the shop's categories that the line is in", ["tea"]),
    "PostReferral.code": Field("the referral code that the friend came with", "7K4Q7GEPFNC3"),
    "PostQuote.code": Field("the referral code that the shopper came with", "7K4Q7GEPFNC3"),
    "collections": Field("the collections that the line is in", ["summer"]),
    "completed": Field("how often the card was full, as far as that is given or kept", 1),
    "QuoteAnswer.currency": Field("the currency of the basket", "EUR"),
    "PostQuote.currency": Field("an ISO 4217 code (`eur` is `EUR`); left out: the programme's", "EUR"),
    "flags": Field("what the storefront may act on", ["free-shipping"]),
    "goal": Field("the id of a goal", "regular"),
    "goals": Field("the programme's goals, each in its running period"),
    "level": Field("the id of a level", "black"),
    "LevelView.level": Field("the id of the level that the member has", "black"),
    "ProgressView.level": Field("the level; null: the programme has none, or none is reached"),
    "LevelView.score": Field("what the level rests on, in what the levels count", 15500),
    "LevelView.next": Field("the level above; null on the highest"),
    "PostQuote.lines": Field("what is in the basket"),
    "missing": Field(f"what is missing, {MINOR} or a number of orders", 4500),
    "missing_text": Field(TEXT, "4.10 EUR"),
    "QuotedNext.missing": Field(f"what is missing, {MINOR}", 410),
    "multiply": Field("by how much what a rule gives is multiplied, by the rule's id", {"cashback": "1.5"}),
    "LevelView.name": Field("what it is called, by language", {"en": "Black"}),
    "NextLevel.name": Field("what it is called, by language", {"en": "White"}),
    "CardView.name": Field("what it is called, by language", {"en": "Coffee card"}),
    "GoalView.name": Field("what it is called, by language", {"en": "Regular"}),
    "Badge.name": Field("what it is called, by language", {"en": "Regular"}),
    "net": Field(f"for all pieces after discounts, without tax, {MINOR}", 6000),
    "QuoteAnswer.next": Field("what a little more would bring, the nearest first"),
    "QuoteAnswer.notes": Field("what of the request counts for nothing, and why", []),
    "period": Field("the running period; empty where it is not by period", "2026-05"),
    "perks": Field("a text for shoppers, by language", {"en": "Free delivery"}),
    "product": Field("the storefront's product id", "93"),
    "progress": Field("what the member has reached with the basket"),
    "quantity": Field("how many pieces", 1),
    "reached": Field("whether it was reached", False),
    "rewards": Field("what the basket would earn, one for each rule, card or goal"),
    "PostQuote.paid_with_balance": Field(f"how much of the basket a balance pays, {MINOR}", 0),
    "QuoteLine.earns": Field("false for what is no goods, such as a gift card", True),
    "shipping_tax": Field(f"the tax of shipping, {MINOR}", 100),
    "shipping": Field(f"shipping without tax, {MINOR}", 500),
    "size": Field("how many stamps fill the card", 5),
    "sku": Field("the article", "TEA-1"),
    "stamps": Field("the stamps on the card; negative: some of a given reward are missing", 3),
    "tags": Field("the tags of the product", ["new"]),
    "target": Field(f"what must be reached, {MINOR} or a number", 3),
    "tax": Field(f"the tax on it, {MINOR}", 0),
    "LevelView.text": Field("the level in words", "Black, with 155.00 EUR"),
    "NextLevel.text": Field("what is missing in words", "45.00 EUR more to White"),
    "CardView.text": Field("the card in words", "3 of 5 stamps"),
    "GoalView.text": Field("the goal in words", "2 of 3 orders in 2026-05"),
    "QuotedNext.line": Field("the line of the basket, from 1, of which it must be more; null: any goods will do", 1),
    "QuotedNext.text": Field(
        "the step in words", "4.10 EUR more of some articles in your basket and you get 3.00 EUR more"
    ),
    "PostLevel.level": Field("the id of a level; empty: take back what was set by hand", "black"),
    "LevelSet.level": Field("the level that the member has now; empty: none", "black"),
    "PostLevel.last_day": Field("the last local day of it; null: for good", "2027-12-31"),
    "LevelSet.last_day": Field("the last local day of what was set by hand; empty: for good, or none", "2027-12-31"),
    "CardLot.last_day": Field("the last local day on which it can be spent; null: it does not expire", "2027-11-25"),
    "last_day_text": Field("the same in words", "until 25 November 2027"),
    "first_day": Field("the local day from which it can be spent; null: a delivery is awaited", "2026-12-05"),
    "rules": Field("the programme's rules of spending, as sentences", ["It pays at most 50% of an order."]),
    "CardBalance.name": Field("what shoppers call the asset", "EUR"),
    "CardBalance.available": Field(f"what can be spent now, {MINOR}", 300),
    "CardBalance.worth": Field("what can be spent, in money; empty for a currency or without a price", ""),
    "pending_text": Field(TEXT, "3.00 EUR"),
    "held_text": Field(TEXT, "3.00 EUR"),
    "lots": Field("the parts of what can be spent, the soonest to expire first"),
    "owed": Field("what was spent before it was taken back, in words; empty where nothing was", ""),
    "CardBalance.pending": Field("the parts that can be spent later"),
    "CardBalance.held": Field("the parts that are set apart for purchases"),
    "use": Field("how much can be used at a checkout"),
    "CardLevel.name": Field("what shoppers call the level", "Black"),
    "CardLevel.text": Field("what the level rests on", "Black, with €155.00"),
    "CardLevel.perks": Field("what the level brings beside rewards", "Free delivery"),
    "CardLevel.last_day": Field("the last local day of a level that the shop has given, null without", "2026-12-31"),
    "CardLevel.last_day_text": Field(
        "the same as a sentence; empty where there is none", "The shop has given you this level until 31 December 2026."
    ),
    "CardLevel.next": Field("what is missing to the next level; empty: there is none", "€45.00 more to White"),
    "percent": Field("how much of the way is done", 60),
    "CardStamps.name": Field("what shoppers call the stamp card", "Ten cups"),
    "CardStamps.stamps": Field("the stamps on the card", 3),
    "CardStamps.text": Field("the card in words", "3 of 5 stamps"),
    "CardGoal.name": Field("what shoppers call the goal", "Regular"),
    "CardGoal.text": Field("the goal in words", "2 of 3 orders in May 2026"),
    "CardBadge.name": Field("what shoppers call the badge", "Regular"),
    "since": Field("the local day on which it was reached", "2026-05-04"),
    "since_text": Field("the same in words", "since 4 May 2026"),
    "CardQr.size": Field("the length of a side, in units of the path", 41),
    "path": Field("the dark squares as an SVG path", "M4 4h7v1h-7z"),
    "CardShare.text": Field("what the member may send", "I like Acme Tea, have a look: https://…"),
    "links": Field("ready-made links"),
    "qr": Field("the link as a QR code"),
    "needed": Field("how many friends a bonus takes", 2),
    "waiting": Field("how many wait for the next bonus", 1),
    "live": Field("how many friends' orders count", 3),
    "CardReferral.text": Field("how far it is to the next bonus", "1 more friend has to buy for your next bonus."),
    "CardReferral.terms": Field(
        "what the member gets for friends, and what they get; empty: nothing", "For a friend who buys you get €5.00."
    ),
    "campaigns": Field(
        "a sentence for each campaign that runs and holds for the member; never one that holds it out",
        ["Until 31 May 2026: Cashback \u00d7 2."],
    ),
    "earn": Field("how the member earns: rules, levels above, cards, goals"),
    "pay": Field(
        "how the member pays with what it has",
        {"title": "How you pay with it", "lines": ["Choose at the checkout to pay with your balance."]},
    ),
    "CardTerms.title": Field("what stands above the sentences", "How you earn"),
    "CardTerms.lines": Field("a sentence for each", ["Cashback: 5% of what you buy, without tax and shipping."]),
    "Offers.locale": Field("the language of the texts", "en"),
    "Offers.programme": Field("the programme's name; empty: none is in force", "Acme Tea"),
    "Offers.campaigns": Field(
        "a sentence for each campaign that would hold for a first order, and holds nobody out",
        ["Until 31 May 2026: Cashback \u00d7 2."],
    ),
    "Offers.earn": Field("how a new customer earns"),
    "CardPage.locale": Field("the language of the texts", "en"),
    "CardPage.programme": Field("the programme's name; empty: none is in force", "Acme Tea"),
    "CardPage.level": Field("null: the programme has none, or none is reached"),
    "CardPage.boards": Field("the leaderboards that the member is on"),
    "vouchers": Field("the member's vouchers", []),
    "CardPage.share": Field("null: the member has no referral code yet"),
    "CardPage.referral": Field("null: the programme has no referrals"),
    "day": Field("the local day: of the calendar, or in words where a language was asked for", "2026-05-04"),
    "PostSession.at": Field("when the page was made, in seconds since 1970", 1777896000),
    "customer": Field("the customer's id in the storefront", "42"),
    "proof": Field("the HMAC-SHA256 of `customer.at` under the widget secret, in hexadecimal digits", "0" * 64),
    "script": Field("the address of the widget", "https://api.example/widget.js"),
    "WidgetAnswer.secret": Field("the key of proofs; it stays on the server or in the theme's settings", "f" * 64),
    "CardBoard.name": Field("what shoppers call the board", "Best customers"),
    "CardBoard.place": Field("the place among those of the board; null beyond them", 3),
    "CardBoard.text": Field("the standing in words", "place 3, with €120.00 in May 2026"),
    "value": Field(f"how much of it there is, {MINOR} or a number", 2),
    "weeks_in_a_row": Field(
        "how many weeks in a row, up to this or the last one, have a live order, since the programme has a goal by "
        "weeks; null: it has none",
        3,
    ),
}


ENDED = {"ended_at": "2026-05-04T12:30:00Z"}

ANSWERED: dict[str, dict[str, Any]] = {
    "webhooks:receive 202": {"result": "kept", "reason": "line_items[0].price is missing"},
    "spending:capture 200": ENDED
    | {
        "state": "captured",
        "captured": 300,
        "captured_text": "3.00 EUR",
        "captured_worth": {"asset": "EUR/2", "amount": 300, "text": "3.00 EUR"},
    },
    "spending:release 200": ENDED | {"state": "released"},
    "activities:withdraw 200": {
        "withdrawn": True,
        "given": [],
        "nothing_due": "it was withdrawn at 2026-05-04T12:30:00Z",
    },
    "segments:members 200": {"name": "segment:at-risk"},
    "connections:remove 200": {"secrets": 0},
}
"""What else the answer to a handler with a status says than the examples of its fields."""


def described(schema: str, name: str, kind: dict[str, Any]) -> dict[str, Any]:
    """A field's schema with its description, example, words and format, and without its default.

    Generators of clients take a field with a default for one that must be there.
    """
    field = FIELDS[f"{schema}.{name}"] if f"{schema}.{name}" in FIELDS else FIELDS[name]
    more: dict[str, Any] = {"description": field.description}
    if field.example is not None:
        more["examples"] = [None if field.example is NULL else field.example]
    if field.words and "enum" not in kind:
        more["enum"] = list(field.words)
    bare = {key: value for key, value in kind.items() if key != "default"}
    return (_dated(bare) if field.instant else bare) | more


def _dated(kind: dict[str, Any]) -> dict[str, Any]:
    """A schema whose text, or the text among its alternatives, is a date and time."""
    if "anyOf" in kind:
        return kind | {"anyOf": [_dated(member) for member in kind["anyOf"]]}
    return kind | ({"format": "date-time"} if kind.get("type") == "string" else {})


def example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """A value of a schema made of its fields' examples; what may be left out and has none is left out.

    Raises KeyError for a field that has no example and needs one: a text of any kind would be a wrong one.
    """
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], schemas)
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    if schema.get("type") != "object":
        raise KeyError(schema["description"] if "description" in schema else schema["type"])
    required = schema.get("required", [])
    parts = schema.get("properties", {}).items()
    return {name: example(part, schemas) for name, part in parts if name in required or "examples" in part}
