"""What the parts and fields of a programme document are called where people read them: on forms, and in what differs.

Imports phrases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalicelib.domain.core.phrases import Named, Part, Phrase, Plural, Value

LABELS: Mapping[str, Phrase] = {
    "amount": Phrase("Amount"),
    "at": Phrase("Begins at"),
    "badge": Phrase("Badge"),
    "bonuses": Phrase("Bonuses"),
    "budget": Phrase("Budget in all"),
    "campaign": Phrase("Only with the campaign"),
    "cap": Phrase("At most for an order"),
    "categories": Phrase("Categories"),
    "clawback": Phrase("What a refund takes back of a spent reward is"),
    "collections": Phrase("Collections"),
    "combine": Phrase("Rewards of several rules"),
    "count": Phrase("What a step gives"),
    "counts": Phrase("An order counts"),
    "currencies": Phrase("Other currencies"),
    "currency": Phrase("Currency"),
    "days": Phrase("Days"),
    "decimals": Phrase("Decimals"),
    "ends": Phrase("Last day"),
    "expire_days": Phrase("Expires after days"),
    "expire_end": Phrase("Expires with the end of the"),
    "expire_from": Phrase("Expiry is counted from"),
    "expire_months": Phrase("Expires after months"),
    "first_order": Phrase("First orders only"),
    "flags": Phrase("Flags for the storefront"),
    "frequency": Phrase("Score for frequency"),
    "friends": Phrase("Friends who buy"),
    "give": Phrase("Gives"),
    "grace_days": Phrase("Days of grace"),
    "hold_minutes": Phrase("Minutes that a checkout holds it"),
    "holdout": Phrase("Held out, percent"),
    "hosts": Phrase("Hosts that a link may lead to"),
    "inactive_days": Phrase("Gone after days without an order"),
    "keep": Phrase("Stays after a refund"),
    "levels": Phrase("Levels"),
    "limit": Phrase("Limit"),
    "max_percent": Phrase("At most, percent of the order"),
    "measure": Phrase("Counts"),
    "members": Phrase("Listed members"),
    "min_percent": Phrase("At least, percent of the order"),
    "minimum": Phrase("At least"),
    "money": Phrase("Score for money"),
    "multiply": Phrase("Times"),
    "name": Phrase("Name"),
    "on": Phrase("Activity"),
    "orders": Phrase("Each order"),
    "page": Phrase("Page that a link leads to"),
    "parameter": Phrase("Parameter of a link"),
    "per": Phrase("For each full"),
    "percent": Phrase("Percent"),
    "perks": Phrase("Perks"),
    "prizes": Phrase("Prize"),
    "products": Phrase("Products"),
    "recency": Phrase("Score for recency"),
    "remind_days": Phrase("Announced days before it expires"),
    "return_days": Phrase("Days to spend what a refund gives back"),
    "rounding": Phrase("Rounding"),
    "salt": Phrase("Salt of the held out"),
    "segments": Phrase("Segments"),
    "settle_days": Phrase("Days until prizes are given"),
    "shipping": Phrase("With shipping"),
    "singular": Phrase("Name of a single one"),
    "size": Phrase("Stamps of a card"),
    "skus": Phrase("SKUs"),
    "starts": Phrase("First day"),
    "tags": Phrase("Tags"),
    "target": Phrase("How many"),
    "tax": Phrase("With tax"),
    "test_orders": Phrase("Test orders earn"),
    "threshold": Phrase("A person looks at it from a score of"),
    "times": Phrase("Times at most"),
    "timezone": Phrase("Time zone"),
    "top": Phrase("Places"),
    "vest_date": Phrase("Cannot be spent before"),
    "vest_days": Phrase("Can be spent after days"),
    "vest_on": Phrase("These days are counted from"),
    "weights": Phrase("Weight"),
    "window_days": Phrase("Days from the click to the order"),
    "worth": Phrase("Worth of one"),
}
"""What a field is called; one that is not here, by its own name."""

TIMES: Mapping[str, Callable[[int], Value]] = {
    "expire_days": lambda days: Plural("expires after %(number)s day", "expires after %(number)s days", days),
    "expire_months": lambda months: Plural("expires after %(number)s month", "expires after %(number)s months", months),
    "vest_days": lambda days: Plural("can be spent after %(number)s day", "can be spent after %(number)s days", days),
}
"""The fields that state a length of time, with what they say of it in a sentence."""

LANGUAGES: Mapping[str, Phrase] = {"en": Phrase("%(what)s, in English"), "fr": Phrase("%(what)s, in French")}
"""What a text for shoppers is called in one language; in one that is not here, by its code."""

PER = Phrase("Per")
"""What `per` is called where it is a word, such as `month`, and no sum."""

WITHIN: Mapping[str, Phrase] = {
    "audience": Phrase("Audience"),
    "base": Phrase("What counts"),
    "catalogue": Phrase("Catalogue"),
    "counts": Phrase("What is stamped"),
    "exclude": Phrase("Not these lines"),
    "gift": Phrase("Gift"),
    "ladder": Phrase("Step"),
    "limits": Phrase("Limit"),
    "match": Phrase("Only these lines"),
    "pieces": Phrase("Pieces of these lines"),
    "prizes": Phrase("Prize"),
    "qualifies": Phrase("A friend's order"),
    "rates": Phrase("Other rate"),
    "review": Phrase("Review"),
    "reward": Phrase("Reward"),
    "velocity": Phrase("Many bonuses at once"),
    "welcome": Phrase("Welcome gift"),
}
"""What the values within a part are called, before the name of the field."""

GENERAL = Phrase("In general")

SECTIONS: Mapping[str, Phrase] = {
    "landing": Phrase("Links"),
    "levels": Phrase("Levels"),
    "referral": Phrase("Referrals"),
    "segments": Phrase("Segments"),
    "spending": Phrase("Spending a balance"),
}
"""The parts of a document that stand once."""

LISTS: Mapping[str, Phrase] = {
    "assets": Phrase("Assets"),
    "boards": Phrase("Leaderboards"),
    "campaigns": Phrase("Campaigns"),
    "cards": Phrase("Stamp cards"),
    "earn": Phrase("Rules"),
    "goals": Phrase("Goals"),
    "segments": Phrase("Segments"),
    "steps": Phrase("Levels"),
}
"""The lists of parts with an id or a name of their own."""

PARTS: Mapping[str, Phrase] = {
    "assets": Phrase("Asset %(name)s"),
    "boards": Phrase("Leaderboard %(name)s"),
    "campaigns": Phrase("Campaign %(name)s"),
    "cards": Phrase("Stamp card “%(name)s”"),
    "earn": Phrase("Rule %(name)s"),
    "goals": Phrase("Goal %(name)s"),
    "segments": Phrase("Segment %(name)s"),
    "steps": Phrase("Level %(name)s"),
}
"""What a part of such a list is called, with its name."""

NAMED_PARTS: Mapping[str, Part] = {
    "assets": "asset",
    "boards": "board",
    "campaigns": "rule",
    "cards": "card",
    "earn": "rule",
    "goals": "goal",
    "steps": "level",
}
"""What the parts of a list are to whoever asks for their names."""


def part_name(section: str, name: str) -> Phrase:
    """What a part with an id is called: `Rule cashback`."""
    named = Named(NAMED_PARTS[section], name) if section in NAMED_PARTS else name
    return Phrase(PARTS[section].text, {"name": named})


TEXTS: Mapping[str, Phrase] = {
    "all": Phrase("all time"),
    "at_once": Phrase("at once"),
    "best": Phrase("only the highest counts"),
    "brackets": Phrase("each percent of its own part of the order"),
    "categories": Phrase("categories"),
    "day": Phrase("day"),
    "days": Phrase("days with an order"),
    "delivery": Phrase("the delivery"),
    "down": Phrase("always down"),
    "friends": Phrase("friends"),
    "half_even": Phrase("a half to the even digit"),
    "half_up": Phrase("a half up"),
    "lifetime": Phrase("all time"),
    "loss": Phrase("the shop's loss"),
    "member": Phrase("member, in all"),
    "month": Phrase("month"),
    "negative": Phrase("a debt"),
    "next_month": Phrase("from the next month on"),
    "order": Phrase("whole order"),
    "orders": Phrase("orders"),
    "payment": Phrase("the payment"),
    "piece": Phrase("piece"),
    "pieces": Phrase("pieces"),
    "quarter": Phrase("quarter"),
    "rolling": Phrase("the last 12 months"),
    "spend": Phrase("goods bought"),
    "sum": Phrase("add up"),
    "vesting": Phrase("the day from which it can be spent"),
    "week": Phrase("week"),
    "weeks": Phrase("weeks in a row"),
    "whole": Phrase("the highest that is reached, of the whole order"),
    "year": Phrase("year"),
}
"""What the document's own words mean, in the fields that take one of a few."""

SUMS = frozenset(("amount", "at", "budget", "cap", "give", "minimum", "per", "target", "worth"))
"""The fields that state an amount, of one currency or asset or for each of some."""

PERCENTS = frozenset(("holdout", "max_percent", "min_percent", "percent"))
"""The fields that state a percent."""

KEYED = SUMS | {"multiply", "weights"}
"""The fields that may state a number for each currency, rule or signal."""

WORDED = frozenset(
    ("clawback", "combine", "count", "counts", "expire_end", "expire_from", "measure", "per", "rounding", "vest_on")
)
"""The fields that take one of a few words."""

SEGMENT_NAMES: Mapping[str, Phrase] = {
    "champions": Phrase("Champions"),
    "loyal": Phrase("Loyal"),
    "new": Phrase("New"),
    "promising": Phrase("Promising"),
    "at-risk": Phrase("At risk"),
    "lost": Phrase("Lost"),
}
"""What the segments are called of a programme that states none; those that it states are called as it says."""
