"""Who may see a page of the console: the session's cookie, the user's role, and that our own pages have sent the form.

A form is only read if the browser says that it comes from the same origin, so that no other site can send one in a
user's name (CSRF). Each act of a user is written down before it is done, and how it ended after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlsplit

from msgspec.structs import replace

from chalicelib.domain.errors import Forbidden, InvalidInput, Rejection, TooLarge, Unauthenticated, Unavailable
from chalicelib.edge import acts, problems, process, security_log, telemetry, words
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.http import handler_of
from chalicelib.edge.messages import ANYONE, MAX_BODY_BYTES, OWNER, Caller, Reply, Request, Route
from chalicelib.edge.words import requested
from chalicelib.store import users

COOKIE = "__Host-ristourne"

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 500
"""A programme document has a field for each of its numbers."""


def answer(row: Route, request: Request) -> Reply:
    """The page that answers a request, or the page that says why it was refused."""
    language = requested.language_of(request.headers.get("accept-language", ""))
    visit = Visit(row, request, words.of(language), _root(request))
    try:
        if request.method == "POST":
            with _refusals_logged(visit):
                _check_sender(request)
        visit = _with_session(visit)
        with _refusals_logged(visit):
            _check_role(visit)
        if request.method == "POST":
            visit = replace(visit, form=_form(request))
            if row.who != ANYONE and row.logs is not None:
                return acts.recorded(row, visit.request, visit.form, lambda: _handled(visit))
        return _handled(visit)
    except Unauthenticated as error:
        if request.method in ("GET", "HEAD") and row.who != ANYONE:
            return pages.redirect(visit.path("sign-in", next=_next(visit)))
        return _refusal(visit, error)
    except Rejection as error:
        return _refusal(visit, error)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the reader gets a page
        telemetry.failure("console", error)
        return pages.error(visit, 500)


def cookie(token: str, lifetime_s: int) -> str:
    """The header that gives a browser the session's token, or (0 seconds) takes it."""
    return f"{COOKIE}={token}; Path=/; Max-Age={lifetime_s}; Secure; HttpOnly; SameSite=Lax"


def token_of(request: Request) -> str:
    """The session's token in a request, empty where there is none."""
    try:
        morsel = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def is_same_origin(origin: str, request: Request) -> bool:
    """Whether an origin is the one that this request came to. Behind the gateway a request does not say its scheme, so
    that http is taken from this computer alone.
    """
    parts, here = urlsplit(origin), urlsplit(request.base_url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "localhost")
    return secure and parts.netloc == here.netloc


def _root(request: Request) -> str:
    """The path of the console as the browser has it: below the stage's address where the request came to its host.

    The local gateway does not say the path that it was asked for.
    """
    address, here = request.base_url, urlsplit(request.base_url).netloc
    with suppress(Unavailable):
        known = process.address(request)
        address = known if urlsplit(known).netloc == here else address
    return f"{urlsplit(address).path}/console"


@contextmanager
def _refusals_logged(visit: Visit) -> Iterator[None]:
    """What is refused within stands in the security log, unless it is a mere look without a session."""
    try:
        yield
    except (Unauthenticated, Forbidden) as error:
        if visit.request.headers.get("cookie") or visit.request.method == "POST":
            security_log.refused_visitor(visit.row, visit.request, error)
        raise


def _with_session(visit: Visit) -> Visit:
    """The visit with the user and the session of the browser's token; as it is where that is none of ours."""
    token = token_of(visit.request)
    known = users.session_of(token, visit.now) if token else None
    if known is None:
        return visit
    session, user = known
    request = replace(visit.request, caller=Caller(user.role, user.name))
    return replace(visit, request=request, words=words.of(user.locale), session=session, user=user)


def _check_role(visit: Visit) -> None:
    """Raises Unauthenticated where a page is for users and nobody has signed in, Forbidden for the wrong role."""
    if visit.row.who == ANYONE:
        return
    if visit.user is None:
        raise Unauthenticated("sign in first")
    if visit.row.who == OWNER and not visit.is_owner:
        raise Forbidden("your role may look and change nothing; ask an owner")


def _check_sender(request: Request) -> None:
    """Raises Forbidden for a form that is not one of our own pages'."""
    origin, site = request.headers.get("origin", ""), request.headers.get("sec-fetch-site", "")
    if (origin and not is_same_origin(origin, request)) or (site and site != "same-origin") or not (origin or site):
        raise Forbidden("the form was sent by another site; open the page again and send it from there")


def _form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of those that stand in it twice. Raises InvalidInput and TooLarge."""
    if len(request.body) > MAX_BODY_BYTES:
        raise TooLarge(
            "the form must be at most %(most)s bytes, got %(size)s",
            most=MAX_BODY_BYTES,
            size=len(request.body),
        )
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise InvalidInput("Content-Type", "must be %(form)s", form=FORM)
    try:
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise InvalidInput("", "the form must be text in UTF-8 of at most %(most)s fields", most=MAX_FIELDS) from None


def _handled(visit: Visit) -> Reply:
    reply: Reply = handler_of(visit.row)(visit)
    return reply


def _refusal(visit: Visit, error: Rejection) -> Reply:
    status = problems.status_of(error)
    if status == 503:
        telemetry.count("Unavailable")
    return pages.error(visit, status, error.phrase, _form_page(visit))


def _form_page(visit: Visit) -> str:
    """The page below the console from which a form came, where the browser says it."""
    page, here = urlsplit(visit.request.headers.get("referer", "")), urlsplit(visit.request.base_url)
    is_own_page = page.netloc == here.netloc and page.path.startswith(f"{visit.root}/")
    return page.path.removeprefix(f"{visit.root}/") if is_own_page else ""


def _next(visit: Visit) -> str:
    """The page below the console that was asked for, to come back to."""
    filled = visit.row.path.removeprefix("/console").lstrip("/")
    for name, value in visit.request.path.items():
        filled = filled.replace(f"{{{name}}}", value)
    return filled
