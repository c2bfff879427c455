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
    │   │   └── PartlyUnreadable  a part of one, and the rest is recorded
    │   └── UnreadableItem        an item of the table (store/codec)
    ├── Missing                   a decision needs records that were not read yet (domain/facts)
    ├── CalculationFailed         nothing can be worked out of the orders; says why in a word (edge/jobs/calculations)
    └── LostRace                  optimistic concurrency: a version was replaced since it was read
        ├── Stale                 that of a record to write; read and decide again (store/table)
        ├── Overtaken             that of the daily round's progress; stop (store/rounds)
        └── CalculationReplaced   that of what is worked out of all orders; stop (store/calculations)

`edge/problems.py` maps rejections to HTTP. The others never reach a client as they are. What a rejection says is data,
as in a phrase; phrases are imported when it is put into words, and nothing else of the project is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Phrase, Value


class RistourneError(Exception):
    """The base of every exception that a module of `chalicelib` raises to another one."""


class Unreadable(RistourneError):
    """Stored or received data that cannot be parsed; the text names where and why."""


class LostRace(RistourneError):
    """A version that a write asserts was replaced by another process; nothing was written."""


class Rejection(RistourneError):
    """A request that was understood and refused; nothing was changed.

    `text`: why, in English, with `%(name)s` for each of `values`; a literal, so that the catalogues find it.
    """

    code = "rejected"

    def __init__(self, text: str, /, **values: Value) -> None:
        super().__init__(text)
        self.text, self.values = text, values

    @property
    def phrase(self) -> Phrase:
        """Why, as a sentence that each language can write."""
        from chalicelib.domain.core.phrases import Phrase

        return Phrase(self.text, self.values)

    @property
    def detail(self) -> str:
        """Why, in the API's English."""
        from chalicelib.domain.core.phrases import written

        return written(self.phrase)

    def __str__(self) -> str:
        return self.detail


class InvalidInput(Rejection):
    """What `text` says of a `field`, such as `must be 1 or more`, which was `got`: it names the fix. An `Amount`
    that was got is told as one, beside bounds that are amounts too.

    `field` is empty where the text is the whole sentence. `hint`: what may be meant, or what to do, after a semicolon.
    """

    code = "invalid_input"

    def __init__(
        self, field: str, text: str, got: object = None, /, *, hint: Value | None = None, **values: Value
    ) -> None:
        super().__init__(text, **values)
        self.field, self.got, self.hint = field, got, hint

    @property
    def predicate(self) -> Phrase:
        """What is said of the field, without its name."""
        from chalicelib.domain.core.phrases import Amount, Phrase

        predicate = Phrase(self.text, self.values)
        if self.got is not None:
            value = self.got if isinstance(self.got, Amount) else _short(self.got)
            predicate = Phrase("%(predicate)s, got %(value)s", {"predicate": predicate, "value": value})
        if self.hint is None:
            return predicate
        return Phrase("%(some)s; %(other)s", {"some": predicate, "other": self.hint})

    @property
    def phrase(self) -> Phrase:
        """The whole sentence."""
        from chalicelib.domain.core.phrases import Phrase

        values: dict[str, Value] = {"field": self.field, "predicate": self.predicate}
        return Phrase("%(field)s %(predicate)s", values) if self.field else self.predicate

    def without_value(self) -> InvalidInput:
        """The error without what was got, for what is stored: that could be somebody's e-mail address."""
        return self if self.got is None else type(self)(self.field, self.text, **self.values)


class InvalidProgramme(Rejection):
    """`invalid`: each field of a programme document with what is wrong with it, in document order."""

    code = "invalid_programme"

    def __init__(self, invalid: Iterable[InvalidInput]) -> None:
        super().__init__("")
        self.invalid = tuple(invalid)

    @property
    def problems(self) -> list[str]:
        """A sentence for each, in the API's English."""
        return [problem.detail for problem in self.invalid]

    @property
    def phrase(self) -> Phrase:
        """All of them, one after another."""
        from chalicelib.domain.core.phrases import with_semicolons

        return with_semicolons([problem.phrase for problem in self.invalid])


class Unauthenticated(Rejection):
    """No credential, or one that is not ours."""

    code = "unauthenticated"


class Forbidden(Rejection):
    """The credential is good, for something else."""

    code = "forbidden"


class NotFound(Rejection):
    """What was asked for does not exist."""

    code = "not_found"


def no_member(name: str) -> NotFound:
    """The refusal of what is asked of a member that there is not."""
    return NotFound(
        "there is no member %(member)s; members appear with their first order, profile or code, and are named by the "
        "namespace of their connection, a dot and the storefront's customer id",
        member=name,
    )


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
    """A value as people write it in JSON and YAML, and cut where it is long."""
    if isinstance(got, bool):
        return "true" if got else "false"
    shown = str(got) if not isinstance(got, str) else repr(got)
    return shown if len(shown) <= 80 else shown[:77] + "..."
