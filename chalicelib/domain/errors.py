"""Every exception of `chalicelib`. A rejection has a stable `code` that clients may rely on.

    RistourneError
    ├── Rejection                 a request that is refused; nothing was changed
    │   ├── InvalidInput          a field is missing, malformed or out of range; names the field and the fix
    │   │   └── WrongField        the same, of a form of the console (edge/console/pages)
    │   ├── InvalidProgramme      the same, for every problem of a programme document at once
    │   ├── Unauthenticated       no credential, or a wrong one; also a forged webhook and an unknown connection
    │   ├── Forbidden             a good credential for something else
    │   ├── NotFound              there is no such member, code, delivery, version
    │   ├── TooLarge              a body over the limit
    │   ├── Conflict              the state does not allow it
    │   │   ├── VersionMismatch   somebody published or changed it in between
    │   │   ├── AlreadyReferred   a friend has one referrer, ever
    │   │   ├── NotANewCustomer   a code can only be claimed before the first paid order
    │   │   ├── InsufficientBalance   a debit of more than is available
    │   │   └── HoldNotOpen       a hold was captured or released before, or ran out
    │   ├── Unprocessable         well formed, and still refused
    │   │   ├── SelfReferral      the friend is the referrer
    │   │   └── IdempotencyMismatch   the Idempotency-Key was used before with another request
    │   ├── Busy                  the same items are being written by others; ask again: what was done is not done twice
    │   └── Unavailable           the table or the secrets did not answer; ask again likewise
    ├── Unreadable                stored or received data that cannot be parsed
    │   ├── UnreadableDelivery    a storefront's authentic delivery (edge/storefronts)
    │   └── UnreadableItem        an item of the table (store/codec)
    ├── Missing                   a decision needs records that were not read yet (domain/facts)
    ├── RunFailed                 a draft cannot be tried on the shop's orders; says why in a word (edge/what_if)
    └── LostRace                  optimistic concurrency: a version was replaced since it was read
        ├── Stale                 that of a record to write; read and decide again (store/commit)
        ├── Overtaken             that of the daily round's progress; stop (store/rounds)
        └── RunReplaced           that of a draft that is tried on the shop's orders; stop (store/what_if_runs)

`edge/problems.py` maps rejections to HTTP. The others never reach a client as they are. Imports nothing of the project.
"""

from __future__ import annotations


class RistourneError(Exception):
    """The base of every exception that a module of `chalicelib` raises to another one."""


class Unreadable(RistourneError):
    """Stored or received data that cannot be parsed; the text names where and why."""


class LostRace(RistourneError):
    """A version that a write asserts was replaced by another process; nothing was written."""


class Rejection(RistourneError):
    """A request that was understood and refused; nothing was changed."""

    code = "rejected"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(Rejection):
    """`field` must `rule`, and was `got`: the sentence names the field and the fix.

    `without_value` is the same without what was got, for what is stored: that could be somebody's e-mail address.
    """

    code = "invalid_input"

    def __init__(self, field: str, rule: str, got: object = None) -> None:
        shown = "" if got is None else f", got {_short(got)}"
        self.without_value = f"{field} must {rule}"
        super().__init__(f"{self.without_value}{shown}")

    @classmethod
    def sentence(cls, detail: str) -> InvalidInput:
        """A refusal whose sentence is already made."""
        error = cls.__new__(cls)
        error.without_value = detail.partition(", got ")[0]
        Rejection.__init__(error, detail)
        return error


class InvalidProgramme(Rejection):
    """`problems`: every sentence that says what is wrong with a programme document, in document order."""

    code = "invalid_programme"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Unauthenticated(Rejection):
    """No credential, or one that is not ours."""

    code = "unauthenticated"


class Forbidden(Rejection):
    """The credential is good, for something else."""

    code = "forbidden"


class NotFound(Rejection):
    """What was asked for does not exist."""

    code = "not_found"


class TooLarge(Rejection):
    """The body is over the limit; it was not read further."""

    code = "too_large"


class Conflict(Rejection):
    """The state of the books does not allow it."""

    code = "conflict"


class VersionMismatch(Conflict):
    """The document changed since the caller read it."""

    code = "version_mismatch"


class AlreadyReferred(Conflict):
    """The friend belongs to another referrer."""

    code = "already_referred"


class NotANewCustomer(Conflict):
    """The friend has bought before."""

    code = "not_a_new_customer"


class InsufficientBalance(Conflict):
    """More was asked for than is available."""

    code = "insufficient_balance"


class HoldNotOpen(Conflict):
    """A hold ends once; this one has."""

    code = "hold_ended"


class Unprocessable(Rejection):
    """Well formed, and still refused."""

    code = "unprocessable"


class SelfReferral(Unprocessable):
    """Friend and referrer are the same person."""

    code = "self_referral"


class IdempotencyMismatch(Unprocessable):
    """The same Idempotency-Key came with another request."""

    code = "idempotency_mismatch"


class Busy(Rejection):
    """Too many writers of the same items; the caller may try again."""

    code = "busy"


class Unavailable(Rejection):
    """The table or the secrets did not answer."""

    code = "unavailable"


def _short(got: object) -> str:
    shown = str(got) if not isinstance(got, str) else repr(got)
    return shown if len(shown) <= 80 else shown[:77] + "..."
