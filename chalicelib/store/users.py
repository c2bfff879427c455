"""The console's users, their invitations, sessions and passkeys, and what they did.

Tokens and codes are random and are stored as their SHA-256 alone. What ends is marked, and collected by the table
later: no function may delete it.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime

from msgspec import Struct
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.update import Action

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.errors import Conflict, NotFound, Unauthenticated
from chalicelib.store import keys, table
from chalicelib.store.dynamodb.dynamodb_errors import reason_of, unavailable_on_error
from chalicelib.store.keys import digest_of
from chalicelib.store.user_items import ActItem, AttemptsItem, InvitationItem, Passkey, SessionItem, SpentItem, UserItem

OWNER, READER = "owner", "reader"
ROLES = (OWNER, READER)

INVITATION_S = 7 * DAY_S
IDLE_S, SESSION_S = 12 * 3600, 7 * DAY_S
SEEN_EVERY_S = 300
"""How exactly it is remembered when a session was used last: a write for each page would be in vain."""

LOG_S = 400 * DAY_S
MAX_PASSKEYS = 10

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}\.([a-z0-9._-]{1,40})")
"""A session's token: 256 random bits, and whose it is, so that the session and the user are read at once."""

_LOST = "ConditionalCheckFailedException"


class User(Struct, frozen=True):
    """A user of the console: a name, a role, the language of the pages, and passkeys. `invited_at`: the last time."""

    name: str
    role: str
    locale: str
    handle: str
    passkeys: tuple[Passkey, ...] = ()
    created_at: int = 0
    invited_at: int = 0


class Session(Struct, frozen=True):
    """A session: whose, begun by `passkey` or `invitation`, in which browser; `id` is the digest of its token."""

    id: str
    user: str
    by: str
    browser: str
    created_at: int
    seen_at: int


class Act(Struct, frozen=True):
    """What a user or an admin key did: `what` (a route), `about` (ids), `outcome`: done, an error's code, or empty if
    unknown; and `details`: what the form or the body said, of the fields that are logged.
    """

    at: int
    user: str
    what: str
    about: str
    outcome: str
    details: dict[str, str] = {}


@unavailable_on_error()
def users() -> list[User]:
    """All users that were not removed, by name."""
    return [_user(item) for item in UserItem.query(keys.USERS, consistent_read=True) if not item.removed_at]


@unavailable_on_error()
def user(name: str) -> User | None:
    """A user, None for one that is unknown or removed."""
    item = _user_item(name)
    return _user(item) if item and not item.removed_at else None


@unavailable_on_error()
def invite(name: str, role: str, locale: str, by: str, now: int) -> str:
    """Make or change a user; returns the code of an invitation, which is stored nowhere. Without a locale the user
    keeps the one that it has.

    A user who is there already keeps passkeys and sessions, and can so sign in without a passkey that was lost; the
    codes of earlier invitations end.
    """
    item = _user_item(name)
    if item is None or item.removed_at:
        item = item or UserItem(keys.USERS, name)
        item.handle, item.passkeys, item.created_at, item.removed_at = secrets.token_urlsafe(24), (), now, None
    item.role, item.locale, item.invited_at = role, locale or item.locale or "", now
    item.save()
    code = secrets.token_urlsafe(24)
    ends_at = now + INVITATION_S
    InvitationItem(
        keys.INVITATIONS, digest_of(code), user=name, by=by, ends_at=ends_at, ttl=ends_at + INVITATION_S
    ).save()
    return code


@unavailable_on_error()
def invited(code: str, now: int) -> User | None:
    """The user whom an invitation's code is for; None where it was used, has ended, is not ours, or the user was
    invited anew since.
    """
    item = _invitation(code)
    if item is None or item.used_at or item.ends_at <= now:
        return None
    invited_user = user(item.user)
    return invited_user if invited_user and invited_user.invited_at <= item.ends_at - INVITATION_S else None


@unavailable_on_error()
def accept(code: str, now: int) -> User:
    """Use an invitation, once. Raises Unauthenticated."""
    invited_user = invited(code, now)
    if invited_user is None:
        raise Unauthenticated("the invitation was used before, or has ended")
    item = InvitationItem(keys.INVITATIONS, digest_of(code))
    try:
        item.update(
            actions=[InvitationItem.used_at.set(now)],
            condition=InvitationItem.used_at.does_not_exist() & InvitationItem.user.exists(),
            add_version_condition=False,
        )
    except UpdateError as error:
        if reason_of(error) == _LOST:
            raise Unauthenticated("the invitation was used before, or has ended") from error
        raise
    return invited_user


@unavailable_on_error()
def remove(name: str, now: int) -> None:
    """End a user, with all sessions and passkeys. Idempotent. Raises NotFound for one that there never was."""
    item = _user_item(name)
    if item is None:
        raise NotFound("there is no user %(user)s", user=name)
    if item.removed_at:
        return
    item.removed_at, item.passkeys = now, ()
    item.save()
    for session in sessions(now):
        if session.user == name:
            end(session.id, now)


@unavailable_on_error()
def speak(name: str, locale: str) -> None:
    """State the language of a user's pages."""
    item = _user_item(name)
    if item:
        item.locale = locale
        item.save()


@unavailable_on_error()
def add_passkey(name: str, passkey: Passkey) -> None:
    """Give a user a passkey. Raises Conflict for the eleventh, and for one that somebody else has."""
    others = (known for other in users() if other.name != name for known in other.passkeys)
    if any(known.credential == passkey.credential for known in others):
        raise Conflict("somebody else has this passkey; make another one")
    item = _user_item(name)
    if item is None or len(item.passkeys) >= MAX_PASSKEYS:
        raise Conflict("a user has at most %(most)s passkeys; remove one first", most=MAX_PASSKEYS)
    kept = tuple(known for known in item.passkeys if known.credential != passkey.credential)
    item.passkeys = (*kept, passkey)
    item.save()


@unavailable_on_error()
def remove_passkey(name: str, credential: str) -> None:
    """End one of a user's passkeys. Idempotent."""
    item = _user_item(name)
    if item:
        item.passkeys = tuple(known for known in item.passkeys if known.credential != credential)
        item.save()


@unavailable_on_error()
def count_passkey(name: str, credential: str, count: int) -> None:
    """Remember the signature counter of a passkey that has signed in."""
    item = _user_item(name)
    if item:
        item.passkeys = tuple(
            Passkey(known.credential, known.key, known.host, count, known.created_at)
            if known.credential == credential
            else known
            for known in item.passkeys
        )
        item.save()


@unavailable_on_error()
def begin(name: str, by: str, browser: str, now: int) -> str:
    """Begin a session; returns its token, which is stored nowhere."""
    token = f"{secrets.token_urlsafe(32)}.{name}"
    SessionItem(
        keys.SESSIONS,
        digest_of(token),
        user=name,
        by=by,
        browser=browser,
        created_at=now,
        seen_at=now,
        ttl=now + SESSION_S + DAY_S,
    ).save()
    return token


@unavailable_on_error()
def session_of(token: str, now: int) -> tuple[Session, User] | None:
    """The session of a token and its user, None where it has ended; that it was used now is remembered."""
    form = _TOKEN.fullmatch(token)
    if not form:
        return None
    session_place, user_place = (keys.SESSIONS, digest_of(token)), (keys.USERS, form[1])
    stored = table.items([session_place, user_place])
    if len(stored) < 2:
        return None
    item, owner = SessionItem.from_raw_data(stored[session_place]), UserItem.from_raw_data(stored[user_place])
    session = _live(item, now)
    if session is None or owner.removed_at:
        return None
    if now - item.seen_at >= SEEN_EVERY_S:
        item.update(actions=[SessionItem.seen_at.set(now)], add_version_condition=False)
    return session, _user(owner)


@unavailable_on_error()
def sessions(now: int) -> list[Session]:
    """All sessions that have not ended, the one that was used last first."""
    items = SessionItem.query(keys.SESSIONS, consistent_read=True)
    live = [session for session in (_live(item, now) for item in items) if session]
    return sorted(live, key=lambda session: session.seen_at, reverse=True)


@unavailable_on_error()
def end(session: str, now: int) -> None:
    """End a session by its id. Idempotent."""
    try:
        item = SessionItem.get(keys.SESSIONS, session, consistent_read=True)
    except SessionItem.DoesNotExist:
        return
    item.update(actions=[SessionItem.ended_at.set(now)], add_version_condition=False)


@unavailable_on_error()
def spend_challenge(nonce: str, ttl: int) -> None:
    """Remember that a challenge was answered. Raises Unauthenticated the second time."""
    try:
        SpentItem(*keys.challenge(digest_of(nonce)), ttl=ttl).save(SpentItem.pk.does_not_exist())
    except PutError as error:
        if reason_of(error) == _LOST:
            raise Unauthenticated("this answer was used before; try again") from error
        raise


@unavailable_on_error()
def count_attempt(address: str, now: int) -> int:
    """Count an attempt to sign in from an address (hashed); returns how many there were within this minute."""
    counter = AttemptsItem(*keys.attempts(address, now // 60))
    actions: list[Action] = [
        AttemptsItem.tries.add(1),
        AttemptsItem.kind.set(AttemptsItem),
        AttemptsItem.ttl.set(now + 3600),
    ]
    counter.update(actions=actions, add_version_condition=False)
    return int(counter.tries)


@unavailable_on_error()
def log(name: str, what: str, about: str, now: int, details: dict[str, str] | None = None) -> ActItem:
    """Write down what a user is about to do; `conclude` says how it ended."""
    place = f"{now:012d}-{secrets.token_hex(6)}"
    act = ActItem(
        _log_partition(now),
        place,
        user=name,
        what=what,
        about=about or None,
        details=details or None,
        at=now,
        ttl=now + LOG_S,
    )
    act.save()
    return act


@unavailable_on_error()
def conclude(act: ActItem, outcome: str) -> None:
    """Say how an act ended: `done`, or the code of the error that refused it."""
    act.update(actions=[ActItem.outcome.set(outcome)], add_version_condition=False)


@unavailable_on_error()
def acts(month: str, limit: int, before: str = "") -> list[tuple[str, Act]]:
    """What users did in a month such as `2026-05`, newest first, beside its cursor: `limit` of those before one."""
    condition = ActItem.sk < before if before else None
    items = ActItem.query(
        keys.log_partition(month), condition, scan_index_forward=False, limit=limit, consistent_read=True
    )
    return [(item.sk, _act(item)) for item in items]


def _act(item: ActItem) -> Act:
    return Act(item.at, item.user, item.what, item.about or "", item.outcome or "", item.details or {})


def month_of(now: int) -> str:
    """The month of an instant in UTC, such as `2026-05`."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m")


def _log_partition(now: int) -> str:
    return keys.log_partition(month_of(now))


def _user_item(name: str) -> UserItem | None:
    try:
        return UserItem.get(keys.USERS, name, consistent_read=True)
    except UserItem.DoesNotExist:
        return None


def _user(item: UserItem) -> User:
    invited_at = item.invited_at or item.created_at
    return User(item.sk, item.role, item.locale, item.handle, item.passkeys or (), item.created_at, invited_at)


def _invitation(code: str) -> InvitationItem | None:
    try:
        return InvitationItem.get(keys.INVITATIONS, digest_of(code), consistent_read=True)
    except InvitationItem.DoesNotExist:
        return None


def _live(item: SessionItem, now: int) -> Session | None:
    """The session of an item, None where it has ended by itself, by time or by disuse."""
    if item.ended_at or now >= item.created_at + SESSION_S or now >= item.seen_at + IDLE_S:
        return None
    return Session(item.sk, item.user, item.by, item.browser, item.created_at, item.seen_at)
