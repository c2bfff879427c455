"""What is remembered: one record per entity, and a reference that names each before it is read.

A record carries the `version` it was read at (0: not stored yet); writing it asserts that version and stores the next.
A frozen record is never edited, only replaced. Imports the ledger and orders.
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.domain.ledger import Account, Posting
from chalicelib.domain.orders import OrderFacts


class OrderRef(Struct, frozen=True):
    """An order of a connection."""

    connection: str
    order: str

    def __str__(self) -> str:
        return f"{self.connection}/{self.order}"


class MemberRef(Struct, frozen=True):
    """A member."""

    member: str


class ProfileRef(Struct, frozen=True):
    """A member's personal data."""

    member: str


class CodeRef(Struct, frozen=True):
    """A referral code."""

    code: str


class ConversionRef(Struct, frozen=True):
    """A friend who bought, as the referrer's record of it."""

    referrer: str
    friend: str


class GroupRef(Struct, frozen=True):
    """The n-th complete group of friends (a pair, unless the programme says otherwise) of a referrer."""

    referrer: str
    number: int


class ProgrammeRef(Struct, frozen=True):
    """A version of the programme; number 0 is the list of all versions."""

    number: int = 0


class AnswerRef(Struct, frozen=True):
    """The answer to a request that came with an Idempotency-Key, per caller."""

    caller: str
    key: str


Ref = OrderRef | MemberRef | ProfileRef | CodeRef | ConversionRef | GroupRef | ProgrammeRef | AnswerRef


class Posted(Struct, frozen=True, array_like=True):
    """What an order has posted so far for one rule to one member's lot; `account` is the programme's."""

    member: str
    rule: str
    account: str
    asset: str
    vests_at: int
    expires_at: int
    amount: int


class Converted(Struct, frozen=True, array_like=True):
    """What an order makes of its buyer as a friend: live or not, and the base of the referrer's bonus."""

    referrer: str
    friend: str
    base: int
    live: bool
    currency: str


class Order(Struct, frozen=True):
    """An order: the facts, what was posted for them, and what it took from outside when it was first valued.

    `terms`: the programme version last used (0: none was in force). `conversion`: what it last said of its buyer as
    somebody's friend. `refused`: why the code it brought did not count.
    """

    connection: str
    order: str
    version: int = 0
    facts: OrderFacts = OrderFacts()
    posted: tuple[Posted, ...] = ()
    terms: int = 0
    conversion: Converted | None = None
    refused: str = ""

    @property
    def ref(self) -> OrderRef:
        """Its reference."""
        return OrderRef(self.connection, self.order)


class Member(Struct, frozen=True):
    """A member: accounts by asset, and the member's place in the referral programme. No personal data.

    `entries`: how many ledger entries there are. `referrer` is set once, for ever; `referrer_hash` is the keyed hash of
    the referrer's e-mail, to know the referrer in a friend's clothes. `first_order` is the first paid order that we
    saw, `converting` the one that converted. As a referrer: `open` lists live conversions that wait for a group, `live`
    counts all live ones, `groups` is the number of the last group, `bonuses` those that hold a bonus.
    """

    member: str
    version: int = 0
    entries: int = 0
    email_hash: str = ""
    code: str = ""
    referrer: str = ""
    referrer_hash: str = ""
    referred_at: int = 0
    first_order: str = ""
    converting: str = ""
    open: tuple[str, ...] = ()
    live: int = 0
    groups: int = 0
    bonuses: int = 0
    accounts: dict[str, Account] = {}

    @property
    def ref(self) -> MemberRef:
        """Its reference."""
        return MemberRef(self.member)


class Profile(Struct, frozen=True):
    """The personal data of one member, in one record that can be erased without touching the books."""

    member: str
    version: int = 0
    email: str = ""
    display_name: str = ""
    locale: str = ""
    consents: dict[str, bool] = {}

    @property
    def ref(self) -> ProfileRef:
        """Its reference."""
        return ProfileRef(self.member)


class Code(Struct, frozen=True):
    """Whose a referral code is; the keyed e-mail hash is kept in step, to refuse self-referral in one read."""

    code: str
    member: str
    version: int = 0
    email_hash: str = ""

    @property
    def ref(self) -> CodeRef:
        """Its reference."""
        return CodeRef(self.code)


class Conversion(Struct, frozen=True):
    """A friend's qualifying order: what it says (`at`, `currency`, `base`, `live`), and the group it is in (0: none).

    `todo` is 1 while the referrer's books have not followed it yet; the stream looks for that.
    """

    referrer: str
    friend: str
    order: str
    version: int = 0
    at: int = 0
    currency: str = ""
    base: int = 0
    live: bool = True
    group: int = 0
    todo: int = 1

    @property
    def ref(self) -> ConversionRef:
        """Its reference."""
        return ConversionRef(self.referrer, self.friend)


class Group(Struct, frozen=True):
    """A complete group of friends, the programme version that rewards it, and the bonus posted for it so far."""

    referrer: str
    number: int
    friends: tuple[str, ...]
    terms: int
    at: int
    version: int = 0
    limited: bool = False
    broken: bool = False
    posted: tuple[Posted, ...] = ()

    @property
    def ref(self) -> GroupRef:
        """Its reference."""
        return GroupRef(self.referrer, self.number)


class Entry(Struct, frozen=True):
    """A ledger entry: postings of one moment that touch one member, never changed.

    `cause`: the order (`connection/order`), `referral` or `adjustment`; `label`: the number that shoppers know.
    """

    member: str
    number: int
    at: int
    cause: str
    terms: int
    postings: tuple[Posting, ...]
    label: str = ""
    version: int = 0


class ProgrammeList(Struct, frozen=True):
    """Which versions there are: `effective_at[n]` is that of version n + 1."""

    version: int = 0
    effective_at: tuple[int, ...] = ()


class ProgrammeVersion(Struct, frozen=True):
    """One immutable version: the document as plain JSON and as its author wrote it."""

    number: int
    effective_at: int
    published_at: int
    document: str
    source: str
    version: int = 0


class Answer(Struct, frozen=True):
    """What a request with an Idempotency-Key was answered, so that the same request gets the same answer, for ever."""

    caller: str
    key: str
    request: str
    body: str
    version: int = 0


Record = Order | Member | Profile | Code | Conversion | Group | Entry | ProgrammeList | ProgrammeVersion | Answer
