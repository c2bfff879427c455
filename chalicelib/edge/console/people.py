"""Who may use the console: people, their invitations and sessions."""

from __future__ import annotations

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import InvalidInput, Rejection
from chalicelib.edge import words
from chalicelib.edge.answers import InvitationAnswer
from chalicelib.edge.api import users as api
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.http import body_with
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import marked
from chalicelib.store import users

ONE_SELF = marked("You cannot remove yourself; another owner can.")
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
        body = body_with(api.PostUser, name=name, role=role, locale=form.get("locale", ""))
        invitation = api.invite(visit.as_api(), body)
    except Rejection as error:
        return show(visit, pages.refused_by(error, "invite"))
    return show(visit, invitation=invitation)


def remove(visit: Visit) -> Reply:
    """End a person's sessions and passkeys; not one's own, so that there is always an owner."""
    if visit.request.path["user"] == visit.name:
        return show(visit, pages.Refused("people", Phrase(ONE_SELF), status=409))
    api.remove(visit.as_api())
    return pages.redirect(visit.path("people", done="removed"))
