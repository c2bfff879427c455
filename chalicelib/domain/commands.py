"""What the system can be asked to do. A command is data, validated by the edge; `domain/decide.py` answers each.

Whatever a decision takes from outside (random bytes, hashes under a secret key) stands in the command.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.programme.document import Programme


class RecordOrder(Struct, frozen=True):
    """A storefront stated facts of an order: merge, value, post the difference."""

    connection: str
    order: str
    facts: OrderFacts


class SettleReferrals(Struct, frozen=True):
    """Conversions of a referrer changed: put live ones into groups, take broken groups apart, post the bonuses."""

    referrer: str
    friends: tuple[str, ...]


class UpdateMember(Struct, frozen=True):
    """State fields of a member's profile; a member that is new is made.

    A field that is UNSET stays as it is, None or an empty text erases it. Consents are merged by name: one that is None
    is erased. `email_hash` goes with `email`.
    """

    member: str
    email: str | UnsetType | None = UNSET
    email_hash: str = ""
    display_name: str | UnsetType | None = UNSET
    locale: str | UnsetType | None = UNSET
    consents: dict[str, bool | None] | UnsetType | None = UNSET
    birthday: str | UnsetType | None = UNSET


class AnchorMember(Struct, frozen=True):
    """Let the e-mail (its hash) of a member from before anchors lead to the member's person."""

    member: str
    email_hash: str


class EraseMember(Struct, frozen=True):
    """Erase what is personal of a member: profile, traits, and the reasons of these entries, reversals and groups.

    `orders` (`connection/order`) are looked through for traits that old ones still have. `hashes`: the anchors of its
    e-mails (their keyed hashes: `anchors`) no longer lead to it, after which one mailbox may count as two persons.
    """

    member: str
    entries: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    orders: tuple[str, ...] = ()
    hashes: bool = False
    anchors: tuple[str, ...] = ()
    reversals: tuple[int, ...] = ()


class IssueCode(Struct, frozen=True):
    """Give a member a referral code, or say the one there is. `candidate`: a fresh random code."""

    member: str
    candidate: str


class ClaimReferral(Struct, frozen=True):
    """A friend signed up with a code: the owner of the code is the friend's referrer, for ever."""

    friend: str
    code: str
    email_hash: str = ""


class AdjustBalance(Struct, frozen=True):
    """Post an amount (signed, minor units) by hand, with a reason. `salt`: fresh random text that hides the reason.

    `by`: who does it, as the security log names them.
    """

    member: str
    asset: str
    amount: int
    reason: str
    salt: str = ""
    by: str = ""


class SetLevel(Struct, frozen=True):
    """Give a member at least a level by hand, until the end of the local day `until` (an ordinal; 0: for good).

    An empty level takes back what was set by hand before.
    """

    member: str
    level: str
    until: int
    reason: str


class UpdateLevel(Struct, frozen=True):
    """Say the level that a member has by now, where only time has changed it."""

    member: str


class PlaceHold(Struct, frozen=True):
    """Reserve `amount` of a member's balance for a checkout, until it is captured or released or `minutes` have passed.

    `hold`: a fresh id. `order`: what it pays for (`connection/order`), captured by its paid webhook if
    `capture_on_paid`. `order_total`: what the order costs in all, in minor units of its money. None: not stated.
    `currency`: that of an order which is not known yet, where the asset is no money (empty: the programme's own).
    """

    member: str
    hold: str
    asset: str
    amount: int
    order: str = ""
    order_total: int | None = None
    capture_on_paid: bool = False
    minutes: int | None = None
    currency: str = ""


class CaptureHold(Struct, frozen=True):
    """The checkout was paid: spend `amount` of what is held (None: all of it) and give the rest back."""

    member: str
    hold: str
    amount: int | None = None


class ReleaseHold(Struct, frozen=True):
    """The checkout was given up: give back all that is held."""

    member: str
    hold: str


class Redeem(Struct, frozen=True):
    """Spend `amount` of a member's balance at once, for shops without holds. The rest as in PlaceHold."""

    member: str
    asset: str
    amount: int
    order: str = ""
    order_total: int | None = None
    currency: str = ""


class UndoEntry(Struct, frozen=True):
    """Undo an adjustment, or what a member's `entry` has spent on no order: once, with a `reason` beside the books."""

    member: str
    entry: int
    reason: str


class RecordActivity(Struct, frozen=True):
    """The shop states an activity of a member, such as a review, by a `reference` of its own; give what rules say.

    `at`: when it was, in seconds. None: now.
    """

    member: str
    activity: str
    reference: str
    at: int | None = None


class WithdrawActivity(Struct, frozen=True):
    """The shop takes an activity back, such as a review that was taken down: what it gave is taken back."""

    member: str
    activity: str
    reference: str


class WriteDown(Struct, frozen=True):
    """Write into a member's books what time has done to them: vested, expired, holds that ran out."""

    member: str


class ReviewBonus(Struct, frozen=True):
    """A person's verdict on a referral bonus, with its `reason`: `undo` takes back an earlier one.

    `salt`: fresh random text that hides the reason. `by`: who does it, as the security log names them. `seen`: the
    state of the bonus that the person judged by; in another one nothing is done. Empty: whatever its state.
    """

    referrer: str
    group: int
    verdict: Literal["approve", "deny", "undo"]
    reason: str
    salt: str = ""
    by: str = ""
    seen: str = ""


class MergeMembers(Struct, frozen=True):
    """Two members are one person: all that `merged` holds is the `survivor`'s, and whatever is heard of it later.

    `must_exist`: refuse members that are not known; a storefront may merge customers who never bought.
    """

    survivor: str
    merged: str
    must_exist: bool = True


class SeenScores(Struct, frozen=True, array_like=True):
    """How many members have which scores on a board in the period with that number, packed by bins."""

    board: str
    number: int
    scores: tuple[int, ...]


class CutBoards(Struct, frozen=True):
    """A daily round, begun at the instant `at`, has seen all members' scores: state who is a candidate from now on."""

    at: int
    seen: tuple[SeenScores, ...]


class SettleBoard(Struct, frozen=True):
    """A board's period is over and `settle_days` have passed: make its places final. `scores`: its rows, by member."""

    board: str
    number: int
    scores: dict[str, int]


class AwardPrize(Struct, frozen=True):
    """Give a member what its place on a board has won in a settled period, once."""

    board: str
    number: int
    member: str


class PublishProgramme(Struct, frozen=True):
    """Publish a programme as the version after `expected`, in force from `effective_at`.

    `lead_s`: how long a reader may hold an older list of versions; a version cannot take effect sooner.
    """

    programme: Programme
    source: str
    expected: int
    effective_at: int | None
    lead_s: int


class PublishCuts(Struct, frozen=True):
    """The daily round has cuts for segments, in force from the local `day` (an ordinal); see `records.Cuts`."""

    day: int
    buyers: int
    recency: tuple[int, ...]
    frequency: tuple[int, ...]
    money: tuple[int, ...]
    members: dict[str, int]


Command = (
    RecordOrder
    | SettleReferrals
    | UpdateMember
    | AnchorMember
    | EraseMember
    | IssueCode
    | ClaimReferral
    | AdjustBalance
    | SetLevel
    | UpdateLevel
    | PlaceHold
    | CaptureHold
    | ReleaseHold
    | Redeem
    | UndoEntry
    | RecordActivity
    | WithdrawActivity
    | WriteDown
    | ReviewBonus
    | MergeMembers
    | CutBoards
    | SettleBoard
    | AwardPrize
    | PublishProgramme
    | PublishCuts
)


class Idempotency(Struct, frozen=True):
    """The Idempotency-Key of a request: whose it is, the key, and a digest of the request."""

    caller: str
    key: str
    request: str
