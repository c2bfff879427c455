"""Trying a draft on the shop's own orders: an owner starts it, a function does it, and the draft's page shows it."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress

from chalicelib import settings
from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import Unavailable
from chalicelib.edge.api.programme import check_size
from chalicelib.edge.console import pages, programme, trials
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.jobs.what_if import NOT_CALLED
from chalicelib.edge.messages import Reply
from chalicelib.store import functions, what_if_runs
from chalicelib.store.what_if_runs import Run, RunReplaced

BUSY = Phrase("Another draft is being tried now. Wait until that is done, which takes fifteen minutes at most.")

_ONCE = re.compile(r"[A-Za-z0-9_-]{8,40}")


def show(visit: Visit) -> Reply:
    """The draft that was tried last, with what came of it; the programme's page where it was another one."""
    run = what_if_runs.latest(visit.now)
    if run is None or run.digest != visit.request.query.get("digest"):
        return pages.redirect(visit.path("programme"))
    return programme.draft_page(visit, run.source, str(run.expected))


def start(visit: Visit) -> Reply:
    """Have a draft tried, unless one is being tried, and show how far that is."""
    source = programme.source_of(visit)
    check_size(source.encode())
    if programme.problems_of(source):
        return programme.check(visit)
    digest = trials.digest_now(visit, source)
    run = Run(_id(visit), digest, source, programme.expected_of(visit), visit.name, visit.now, seen_at=visit.now)
    try:
        what_if_runs.begin(run)
        _call(visit, run)
    except RunReplaced:
        live = what_if_runs.latest(visit.now)
        if live is None or live.digest != digest:
            refused = pages.Refused("what-if", BUSY, status=409)
            return programme.draft_page(visit, source, str(run.expected), refused=refused)
    return pages.redirect(visit.path("programme", "draft", digest=digest))


def _call(visit: Visit, run: Run) -> None:
    """Have the function called that does a run; where that cannot be, the run has failed."""
    try:
        functions.call_later(settings.what_if_function(), {"run": run.id})
    except Unavailable:
        with suppress(RunReplaced):  # it was called all the same
            what_if_runs.cancel(run.id, NOT_CALLED, visit.now)


def _id(visit: Visit) -> str:
    """The id of a new run: the form's own, so that one that is sent twice starts one."""
    once = visit.form.get("once", "")
    return once if _ONCE.fullmatch(once) else secrets.token_urlsafe(12)
