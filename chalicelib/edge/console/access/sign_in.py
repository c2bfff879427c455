"""Signing in and out: by an invitation, once, and by a passkey."""

from __future__ import annotations

import hashlib
import hmac
import re

from msgspec.structs import replace

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import InvalidInput, Unauthenticated
from chalicelib.edge import process, security_log, words
from chalicelib.edge.console import pages
from chalicelib.edge.console.access import passkeys
from chalicelib.edge.console.access.gate import cookie, token_of
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.messages import OWNER, Reply
from chalicelib.edge.words import marked
from chalicelib.store import users

MAX_ATTEMPTS = 20
"""Attempts within a minute from one address."""

FAILED = marked("Signing in did not work. Try again, or ask an owner for a new invitation.")
TOO_MANY = marked("Too many attempts from here. Wait for a minute.")

_NEXT = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.~:@-]{0,199}")
_BROWSERS = ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def show(visit: Visit) -> Reply:
    """The page with the button of the passkey."""
    return _page(visit)


def enter(visit: Visit) -> Reply:
    """Begin a session for whoever has a passkey of ours."""
    if _count(visit) > MAX_ATTEMPTS:
        return _page(visit, pages.Refused("sign-in", Phrase(TOO_MANY), status=429))
    try:
        name = _user_of(visit)
    except (Unauthenticated, InvalidInput) as error:
        security_log.refused_visitor(visit.row, visit.request, error)
        return _page(visit, pages.Refused("sign-in", Phrase(FAILED), status=401))
    target = visit.form.get("next", "")
    target = target if _NEXT.fullmatch(target) and ".." not in target and "//" not in target else ""
    return _begun(visit, name, "passkey", visit.path(*target.split("/")) if target else visit.root)


def invitation(visit: Visit) -> Reply:
    """The page of an invitation; only its button uses the invitation up, since mail scanners follow links."""
    user = users.invited(visit.request.path["code"], visit.now)
    if user is None:
        raise Unauthenticated("the invitation was used before, or has ended; ask for a new one")
    if user.locale:
        visit = replace(visit, words=words.of(user.locale))
    return pages.page(visit, "invitation.html", user=user)


def accept(visit: Visit) -> Reply:
    """Use an invitation and begin a session, in which a passkey is made."""
    if _count(visit) > MAX_ATTEMPTS:
        return pages.error(visit, 429, Phrase(TOO_MANY))
    try:
        user = users.accept(visit.request.path["code"], visit.now)
    except Unauthenticated as error:
        security_log.refused_visitor(visit.row, visit.request, error)
        raise
    if not user.locale:
        users.speak(user.name, visit.words.locale)
    return _begun(visit, user.name, "invitation", visit.path("account"))


def ask_to_leave(visit: Visit) -> Reply:
    """What signing out means for somebody who has no passkey here, and the button; who has one needs no warning."""
    host = passkeys.host_of(visit.request)
    with_passkeys = [user for user in users.users() if any(passkey.host == host for passkey in user.passkeys)]
    if visit.name in [user.name for user in with_passkeys]:
        return pages.redirect(visit.path("account"))
    could_be_invited = any(user.role == OWNER for user in with_passkeys)
    return pages.page(visit, "sign_out.html", could_be_invited=could_be_invited)


def leave(visit: Visit) -> Reply:
    """End the session."""
    if visit.session:
        users.end(visit.session.id, visit.now)
    return pages.redirect(visit.path("sign-in", done="left"), **{"Set-Cookie": cookie("", 0)})


def _page(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    target = visit.form.get("next") or visit.request.query.get("next", "")
    return pages.page(visit, "sign_in.html", refused, challenge=passkeys.challenge(visit.now), target=target[:200])


def _user_of(visit: Visit) -> str:
    """The name of the user whose passkey has signed the challenge. Raises Unauthenticated and InvalidInput."""
    credential, handle = visit.form.get("credential", ""), visit.form.get("handle", "")
    for user in users.users():
        for passkey in user.passkeys:
            if passkey.credential == credential and handle in ("", passkeys.encoded(user.handle.encode())):
                count = passkeys.confirmed(visit.form, passkey, visit.request)
                users.count_passkey(user.name, credential, count)
                return user.name
    raise Unauthenticated("the passkey is not one of ours")


def _begun(visit: Visit, name: str, by: str, location: str) -> Reply:
    """A new session, in place of the one that the browser had."""
    earlier = token_of(visit.request)
    if earlier and visit.session:
        users.end(visit.session.id, visit.now)
    token = users.begin(name, by, _browser(visit.request.headers.get("user-agent", "")), visit.now)
    users.conclude(users.log(name, security_log.route(visit.row), f"by {by}", visit.now), "done")
    return pages.redirect(location, **{"Set-Cookie": cookie(token, users.SESSION_S)})


def _count(visit: Visit) -> int:
    """How many attempts there were from the visitor's address within this minute; the address is stored as a hash."""
    key = process.secrets().derived("console-attempts", visit.now)
    return users.count_attempt(
        hmac.new(key, visit.request.address.encode(), hashlib.sha256).hexdigest()[:32], visit.now
    )


def _browser(agent: str) -> str:
    """A browser as people know it, such as `Firefox, Linux`; no more of it is stored."""
    parts = (next((name for mark, name in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, parts))
