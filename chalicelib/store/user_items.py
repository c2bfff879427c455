"""The console's items: users with passkeys, invitations, sessions, what users did, drafts, and what was worked out.

Apart from the other items, so that a webhook's cold start does not load them.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from pynamodb.attributes import UnicodeAttribute

from chalicelib.store.items import Deflated, Integer, Item, Json


class Passkey(Struct, frozen=True, array_like=True):
    """A user's passkey: its credential id and public key (SPKI) as base64url, the host that it is good for, its
    signature counter, and when it was made.
    """

    credential: str
    key: str
    host: str
    count: int = 0
    created_at: int = 0


class UserItem(Item, discriminator="user"):
    """Who may use the console; the sort key is the name. `handle`: random, by which passkeys know the user."""

    role = UnicodeAttribute(attr_name="r")
    locale = UnicodeAttribute(attr_name="l")
    handle = UnicodeAttribute(attr_name="h")
    passkeys = Json[tuple[Passkey, ...]](tuple[Passkey, ...], "p")
    created_at = Integer(attr_name="at")
    invited_at = Integer(null=True, attr_name="i")
    removed_at = Integer(null=True, attr_name="x")


class InvitationItem(Item, discriminator="invitation"):
    """An invitation to the console; the sort key is the digest of its code. `ttl` is garbage collection only."""

    user = UnicodeAttribute(attr_name="u")
    by = UnicodeAttribute(attr_name="by")
    ends_at = Integer(attr_name="e")
    used_at = Integer(null=True, attr_name="ok")
    ttl = Integer(attr_name="ttl")


class SessionItem(Item, discriminator="session"):
    """A session of the console; the sort key is the digest of its token. `ttl` is garbage collection only."""

    user = UnicodeAttribute(attr_name="u")
    by = UnicodeAttribute(attr_name="by")
    browser = UnicodeAttribute(attr_name="b")
    created_at = Integer(attr_name="at")
    seen_at = Integer(attr_name="s")
    ended_at = Integer(null=True, attr_name="x")
    ttl = Integer(attr_name="ttl")


class SpentItem(Item, discriminator="spent"):
    """That the challenge of a passkey was answered, which is done once."""

    ttl = Integer(attr_name="ttl")


class AttemptsItem(Item, discriminator="attempts"):
    """How often one address has tried to sign in within a minute."""

    tries = Integer(attr_name="n", default=0)
    ttl = Integer(attr_name="ttl")


class ActItem(Item, discriminator="act"):
    """What a user of the console, or an admin key, has done: written before it is done, `outcome` after it."""

    user = UnicodeAttribute(attr_name="u")
    what = UnicodeAttribute(attr_name="w")
    about = UnicodeAttribute(null=True, attr_name="ab")
    details = Json[dict[str, str]](dict[str, str], "de")
    outcome = UnicodeAttribute(null=True, attr_name="o")
    at = Integer(attr_name="at")
    ttl = Integer(attr_name="ttl")


class DraftItem(Item, discriminator="draft"):
    """A draft of the programme (`store/drafts.py`). `ttl`: when it is forgotten."""

    source = Deflated[str](str, "s")
    expected = Integer(attr_name="e")
    ttl = Integer(attr_name="ttl")


class LatestDraftItem(Item, discriminator="latest-draft"):
    """The draft that a user, the sort key, has stored last. `ttl`: when it is forgotten."""

    draft = UnicodeAttribute(attr_name="d")
    expected = Integer(attr_name="e")
    at = Integer(attr_name="at")
    ttl = Integer(attr_name="ttl")


class CalculationItem(Item, discriminator="calculation"):
    """What was worked out last of a subject, the sort key (`store/calculations.py`). `ttl`: when it is forgotten."""

    run = UnicodeAttribute(attr_name="r")
    digest = UnicodeAttribute(null=True, attr_name="d")
    source = Deflated[str](str, "s")
    expected = Integer(attr_name="e")
    on_past_days = Integer(attr_name="p", default=0)
    user = UnicodeAttribute(attr_name="u")
    at = Integer(attr_name="at")
    state = UnicodeAttribute(attr_name="st")
    passed = Integer(attr_name="n", default=0)
    total = Integer(attr_name="m", default=0)
    seen_at = Integer(attr_name="b")
    failure = UnicodeAttribute(null=True, attr_name="f")
    result = Deflated[Any](Any, "res")
    ttl = Integer(attr_name="ttl")
