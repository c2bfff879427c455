"""The user's own page: passkeys, sessions, language."""

from __future__ import annotations

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import Forbidden, InvalidInput, Rejection
from chalicelib.edge import words
from chalicelib.edge.console import pages
from chalicelib.edge.console.access import passkeys
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.messages import OWNER, Reply
from chalicelib.edge.words import marked
from chalicelib.store import users

LAST = marked(
    "This is the only passkey of all owners: once you sign out, nobody could sign in and change anything. Make another "
    "one first, on this device or another, or let a second owner make one."
)


def show(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """The user's passkeys, sessions and language."""
    assert visit.user is not None, "the page is for users"
    sessions = [session for session in users.sessions(visit.now) if session.user == visit.name]
    here = [passkey for passkey in visit.user.passkeys if passkey.host == passkeys.host_of(visit.request)]
    return pages.page(
        visit,
        "account.html",
        refused,
        sessions=sessions,
        here=here,
        challenge=passkeys.challenge(visit.now),
        handle=passkeys.encoded(visit.user.handle.encode()),
        languages=words.languages(),
        zone=visit.zone(),
    )


def enrol(visit: Visit) -> Reply:
    """Store the passkey that the browser has made."""
    try:
        passkey = passkeys.created(visit.form, visit.request)
        users.add_passkey(visit.name, passkey)
    except Rejection as error:
        return show(visit, pages.refused_by(error, "passkey"))
    return pages.redirect(visit.path("account", done="passkey"))


def forget(visit: Visit) -> Reply:
    """End one of the user's passkeys; not the only one of all owners, without which nobody could change anything."""
    credential = visit.form.get("credential", "")
    if visit.is_owner and not owners_could_sign_in(visit.name, credential):
        return show(visit, pages.Refused("passkey", Phrase(LAST), status=409, code="conflict"))
    users.remove_passkey(visit.name, credential)
    return pages.redirect(visit.path("account", done="passkey-removed"))


def owners_could_sign_in(name: str, credential: str = "") -> bool:
    """Whether an owner has a passkey, once a user has that one no more, or (empty) none any more."""
    return any(
        user.name != name or (credential and passkey.credential != credential)
        for user in users.users()
        if user.role == OWNER
        for passkey in user.passkeys
    )


def speak(visit: Visit) -> Reply:
    """State the language of the user's pages."""
    locale = words.known(visit.form.get("locale", ""))
    if not locale:
        raise InvalidInput("locale", "must be one of %(names)s", names=tuple(words.languages()))
    users.speak(visit.name, locale)
    return pages.redirect(visit.path("account", done="language"))


def end(visit: Visit) -> Reply:
    """End a session: one of the user's own, or anybody's for an owner."""
    name = visit.request.path["session"]
    session = next((session for session in users.sessions(visit.now) if session.id == name), None)
    if session and session.user != visit.name and not visit.is_owner:
        raise Forbidden("the session is another person's; ask an owner")
    if session:
        users.end(session.id, visit.now)
    target = "people" if visit.form.get("back") == "people" else "account"
    return pages.redirect(visit.path(target, done="ended"))
