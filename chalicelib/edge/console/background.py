"""Work in the background, on all orders: how the console starts a calculation, and says how it ended.

An owner starts it, a function does it (`edge/jobs/calculations.py`), and the page that asked shows how far it is.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress

from chalicelib import settings
from chalicelib.domain.errors import Unavailable
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.jobs.calculations import BROKEN, NO_ORDERS, NOT_CALLED, OUT_OF_TIME, TOO_LARGE
from chalicelib.edge.words import marked
from chalicelib.store import calculations, functions
from chalicelib.store.calculations import Calculation, CalculationRef, CalculationReplaced

FAILURES = {
    NO_ORDERS: marked("No paid order is in the books yet, so there is nothing to try it on."),
    TOO_LARGE: marked(
        "The books are too large to be read here in fifteen minutes. The command `%(command)s` takes its time."
    ),
    OUT_OF_TIME: marked(
        "Valuing the orders takes longer than fifteen minutes. The command `%(command)s` takes its time."
    ),
    BROKEN: marked(
        "It went wrong; the log of the function says where. Try again. If it goes wrong again, run `%(command)s`."
    ),
    NOT_CALLED: marked("It could not be started. Try again in a minute."),
}
"""What a page says of a calculation that has failed."""

STOPPED = marked(
    "It has stopped without saying why. Try again. If it stops again, run `%(command)s`, which takes its time."
)

_ONCE = re.compile(r"[A-Za-z0-9_-]{8,40}")


def new_ref(visit: Visit, subject: str) -> CalculationRef:
    """Names a new calculation by the form's own id, so that a form that is sent twice starts one."""
    once = visit.form.get("once", "")
    return CalculationRef(subject, once if _ONCE.fullmatch(once) else secrets.token_urlsafe(12))


def start(visit: Visit, calculation: Calculation) -> None:
    """Write a calculation down and have its function called; where that cannot be, it has failed.

    Raises CalculationReplaced while another one of its subject is live, and for a form that was sent twice.
    """
    calculations.begin(calculation)
    ref = calculation.ref
    try:
        functions.call_later(settings.calculate_function(), {"subject": ref.subject, "run": ref.id})
    except Unavailable:
        with suppress(CalculationReplaced):  # it was called all the same
            calculations.cancel(ref, NOT_CALLED, visit.now)


def failure(visit: Visit, calculation: Calculation, command: str) -> str:
    """Why a calculation has ended without a result. `command`: that of the operator which works out the same."""
    return visit.words.gettext(FAILURES.get(calculation.failure, STOPPED)) % {"command": command}
