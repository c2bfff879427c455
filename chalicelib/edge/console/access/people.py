"""Who may use the console: people, their invitations and sessions."""

from __future__ import annotations

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import InvalidInput, Rejection
from chalicelib.edge import words
from chalicelib.edge.answers import InvitationAnswer
from chalicelib.edge.api import users as api
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.account import owners_could_sign_in
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.http import body_with
from chalicelib.edge.messages import OWNER, Reply
from chalicelib.edge.words import marked
from chalicelib.store import users

ONE_SELF = marked("You cannot remove yourself; another owner can.")
OWN_ROLE = marked("You cannot make yourself a reader; another owner can.")
DEMOTES = marked(
    "%(name)s is an owner here already, and would be a reader from now on. Make the invitation once more if that is "
    "meant."
)
ONLY_PASSKEY = marked(
    "%(name)s has the only passkey of all owners. Make one for yourself first: without it nobody could sign in and "
    "change anything once your session has ended."
)
BAD_NAME = marked("A name has 1 to 40 lower-case letters, digits, dots and dashes.")


def show(visit: Visit, refused: pages.Refused | None = None, invitation: InvitationAnswer | None = None) -> Reply:
    """The people, their sessions, and a form to invite another."""
    return pages.page(
        visit,
        "people.html",
        refused,
        people=users.users(),
        sessions=users.sessions(visit.now),
        invitation=invitation,
        languages=words.languages(),
        zone=visit.zone(),
    )


def invite(visit: Visit) -> Reply:
    """Invite somebody; the page shows the link, once."""
    form = visit.form
    role = form.get("role", "")
    if role not in users.ROLES:
        raise InvalidInput("role", "must be one of %(names)s", names=tuple(users.ROLES))
    try:
        name = form.get("name", "").strip().lower()
        if not api.is_name(name):
            raise pages.WrongField("name", BAD_NAME)
        if role != OWNER:
            _check_demotion(visit, name)
        body = body_with(api.PostUser, name=name, role=role, locale=form.get("locale", ""))
        invitation = api.invite(visit.as_api(), body)
    except Rejection as error:
        return show(visit, pages.refused_by(error, "invite"))
    return show(visit, invitation=invitation)


def _check_demotion(visit: Visit, name: str) -> None:
    """Raises WrongField where an invitation would make a reader of an owner: of oneself never, of others when asked
    twice.
    """
    person = users.user(name)
    if person is None or person.role != OWNER:
        return
    if name == visit.name:
        raise pages.WrongField("role", OWN_ROLE)
    if _has_only_passkey(person):
        raise pages.WrongField("role", ONLY_PASSKEY, name=name)
    if visit.form.get("demoted") != name:
        raise pages.WrongField("demoted", DEMOTES, name=name)


def _has_only_passkey(person: users.User) -> bool:
    """Whether no other owner could sign in without this one's passkeys."""
    return person.role == OWNER and bool(person.passkeys) and not owners_could_sign_in(person.name)


def remove(visit: Visit) -> Reply:
    """End a person's sessions and passkeys; not one's own, nor the last that an owner could sign in with."""
    name = visit.request.path["user"]
    if name == visit.name:
        return show(visit, pages.Refused("people", Phrase(ONE_SELF), status=409))
    person = users.user(name)
    if person and _has_only_passkey(person):
        return show(visit, pages.Refused("people", Phrase(ONLY_PASSKEY, {"name": name}), status=409))
    api.remove(visit.as_api())
    return pages.redirect(visit.path("people", done="removed"))
