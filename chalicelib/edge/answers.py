"""The response types of the API, from which the OpenAPI document is generated. No behaviour.

Amounts are integers in the minor unit of their `asset` (`EUR/2`: cents; `points`: whole ones), beside the same as text.
Times are RFC 3339 in UTC.
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.domain.ledger.causes import Cause
from chalicelib.domain.rewards.progress.view import ProgressView


class Money(Struct, frozen=True):
    """An amount of one asset."""

    asset: str
    amount: int
    text: str


class Expiry(Struct, frozen=True):
    """An amount that expires `at` an instant if it is not spent before."""

    amount: int
    text: str
    at: str


class AssetBalance(Struct, frozen=True):
    """A member's balance of one asset: spendable now, vesting later, reserved by holds, and what expires next.

    `name`: what shoppers call the asset, by language; empty for a currency. `worth`: what is available, at its price in
    the programme's currency; null for a currency, and for an asset without a price.
    """

    asset: str
    available: int
    pending: int
    held: int
    text: str
    next_expiry: Expiry | None
    name: dict[str, str]
    worth: str | None


class Progress(Struct, frozen=True):
    """A member as a referrer: live friends, how many wait for the next bonus, how many it takes, and the bonuses that
    were reached, with those that wait for a person's verdict.
    """

    friends_needed: int
    friends_waiting: int
    friends_live: int
    bonuses: int


class MemberAnswer(Struct, frozen=True):
    """A member: balances, referral code and link (empty before one is issued), progress, whether it was referred."""

    member: str
    balances: list[AssetBalance]
    code: str
    link: str
    referral: Progress
    referred: bool


class PlaceAnswer(Struct, frozen=True):
    """A place on a leaderboard; tied members share one. `name`: first name and initial, where the member's profile has
    the consent `leaderboard`; else empty. `prizes`: what the place has won, once the period is settled.
    """

    place: int
    member: str
    name: str
    score: int
    text: str
    prizes: list[Money]


class BoardAnswer(Struct, frozen=True):
    """A leaderboard in a period, the best first.

    `exact`: these are the best of all members as of about a minute ago. Where it is false somebody may be missing, and
    all are right as of the daily round `counted_at` (null: there was none yet). `settled`: the places are final.
    """

    board: str
    name: dict[str, str]
    measure: str
    period: str
    settled: bool
    exact: bool
    counted_at: str | None
    places: list[PlaceAnswer]


class QuotedReward(Struct, frozen=True):
    """What one rule, card or goal would give for a basket, and why."""

    rule: str
    asset: str
    amount: int
    text: str
    why: str


class QuotedNext(Struct, frozen=True):
    """A step that is next: so much more of goods, and what the basket would bring then beyond now.

    `line`: of which line of the basket it must be more; null: of any goods.
    """

    missing: int
    line: int | None
    missing_text: str
    text: str


class QuoteAnswer(Struct, frozen=True):
    """What a basket would earn, what the member would have reached with it, and what a little more would bring.

    `notes`: what of the request counts for nothing, such as a code that nobody has.
    """

    member: str
    currency: str
    rewards: list[QuotedReward]
    progress: ProgressView
    next: list[QuotedNext]
    notes: list[str]


class ProfileAnswer(Struct, frozen=True):
    """The personal data of a member as they are stored; empty where nothing was stated."""

    member: str
    email: str
    display_name: str
    locale: str
    birthday: str
    consents: dict[str, bool]


class Certificate(Struct, frozen=True):
    """A request about personal data and what was done. It names ids, and no person.

    `what`: `erase`, `erase-shop` (all of a connection) or `export` (for the operator to answer). `erased` counts
    records by kind: `profiles`, `traits`, `hashes`, `reasons`, `deliveries`. `stays`: what is left, and why.
    """

    id: str
    what: str
    subject: str
    members: list[str]
    source: str
    asked_at: str
    done_at: str | None
    erased: dict[str, int]
    stays: list[str]


class DataRequests(Struct, frozen=True):
    """A page of requests, newest first; `next` is the cursor of the page after it, null on the last."""

    requests: list[Certificate]
    next: str | None


class FoundMembers(Struct, frozen=True):
    """Members that were found."""

    members: list[MemberAnswer]


class GuestAnswer(Struct, frozen=True):
    """A member, and the guest who bought with the member's e-mail; null where nobody has.

    `merged`: what the guest had is the member's now.
    """

    member: str
    guest: MemberAnswer | None
    merged: bool = False


class LineShare(Struct, frozen=True):
    """An order line's part of the base of a reward, in minor units."""

    line: str
    base: int


class Movement(Struct, frozen=True):
    """One posting of an entry, signed from the member's side, and why: the sentence, the rule, base and rate.

    Where something pending can be spent from now on, `amount` is 0 and `text` says how much that is. `programme`: the
    programme version that decided it. `friends`: the conversions of a bonus, for the storefront only. `limit`: what
    kept the reward down (`order`, `day`, `week`, `month`, `year`, `member` or `budget`), or empty. `available_from` is
    in the year 9999 while a delivery is awaited.
    """

    asset: str
    amount: int
    text: str
    why: str
    rule: str
    programme: int
    base: int
    rate: str
    limit: str
    lines: list[LineShare]
    friends: list[str]
    available_from: str | None
    expires_at: str | None


class ReasonSum(Struct, frozen=True):
    """What an entry moves of one asset for one reason, added up: a payment that took two parts of a balance is one.

    `first`: the place of the first of its movements.
    """

    asset: str
    amount: int
    text: str
    why: str
    first: int


class EntryAnswer(Struct, frozen=True):
    """A ledger entry.

    `cause`: the order (`connection/order`), the hold (`hold h_…`), the activity (`activity review r-17`), the entry
    that it undoes (`undo 12`), the leaderboard (`board best 24310`), `merge {member}`, `referral`,
    `adjustment`, `level`, `redemption` or `time`.
    `day`: the local day of it, in words where a language was asked for. `movements`: one for each part of a balance;
    `sums`: the same as people read them.
    """

    number: int
    at: str
    day: str
    cause: str
    movements: list[Movement]
    sums: list[ReasonSum]

    @property
    def origin(self) -> Cause:
        """Its cause by kind and name."""
        return Cause.parse(self.cause)


class Statement(Struct, frozen=True):
    """A page of a member's entries, newest first; `next` is the cursor of the page after it, null on the last."""

    member: str
    entries: list[EntryAnswer]
    next: str | None


class HeldDelivery(Struct, frozen=True):
    """A kept delivery that is about a member."""

    id: str
    connection: str
    received_at: str


class ActivityAnswer(Struct, frozen=True):
    """What a member did, as the shop stated it, and what it gives now.

    `changed`: false for what was stated, or withdrawn, before. `nothing_due`: why it gives nothing; empty if it does.
    """

    member: str
    activity: str
    reference: str
    at: str
    changed: bool
    withdrawn: bool
    given: list[Money]
    nothing_due: str


class ExportAnswer(Struct, frozen=True):
    """All that is held of a member: the profile, balances and referral state, keyed hashes of `traits` that orders
    told, orders, activities, a page of entries with their whys, and deliveries that could not be processed.

    `merged`: the members that were merged into it, each with an export of its own. `member` is null for one of those.
    """

    profile: ProfileAnswer
    member: MemberAnswer | None
    traits: list[str]
    orders: list[str]
    activities: list[ActivityAnswer]
    statement: Statement | None
    deliveries: list[HeldDelivery]
    merged: list[str]


class HoldAnswer(Struct, frozen=True):
    """A hold as it is now, and what is available beside it. `order`: what it pays for, empty if that was not stated.

    `state`: `open` (until `until`), `captured` (`captured` of it is spent), `released`, `returned` (its
    order was cancelled or its payment failed: captured if it is paid yet), or `lapsed`: its time ran out. `worth`: what
    it pays, in money, as it was when it was placed; `captured_worth`: what of that the captured part pays.
    """

    member: str
    hold: str
    asset: str
    amount: int
    amount_text: str
    order: str
    state: str
    captured: int
    captured_text: str
    placed_at: str
    until: str
    ended_at: str | None
    available: int
    available_text: str
    worth: Money
    captured_worth: Money


class Redemption(Struct, frozen=True):
    """What was spent, the number of its entry in the statement, what is available after it, and what it paid."""

    member: str
    entry: int
    asset: str
    amount: int
    amount_text: str
    available: int
    available_text: str
    worth: Money


class EntryUndone(Struct, frozen=True):
    """What was given back (negative: taken back), the number of the entry that is `undone` and of the new `entry`, and
    what is available.
    """

    member: str
    entry: int
    asset: str
    amount: int
    amount_text: str
    available: int
    available_text: str
    undone: int


class SignalAnswer(Struct, frozen=True):
    """A fraud signal against a bonus, and its weight."""

    signal: str
    weight: int


class FriendAnswer(Struct, frozen=True):
    """A friend of a group with the order that counts for it; `base` is the part of it that the bonus is computed on.

    `counts`: false when the order was refunded or cancelled.
    """

    friend: str
    order: str
    at: str
    counts: bool
    base: Money


class GroupAnswer(Struct, frozen=True):
    """A group of friends, numbered per referrer, and what was posted for it.

    `state`: `paid`, `limited` (a limit of the programme left nothing), `broken` (a friend's order was refunded), or the
    review's: `held`, `approved`, `denied`. `signals`: for an admin key only.
    """

    number: int
    state: str
    at: str
    friends: list[FriendAnswer]
    signals: list[SignalAnswer]
    posted: list[Money]


class GroupPage(Struct, frozen=True):
    """A page of a member's groups, newest first; `next` is the cursor of the page after it, null on the last."""

    member: str
    groups: list[GroupAnswer]
    next: str | None


class ReviewAnswer(Struct, frozen=True):
    """A bonus that was held for a person: whose, which group, since when, and what became of it (`state` as a group's).

    `score` is what the signals weigh together; the bonus was held because the programme's `threshold` is no more.
    `bonus`: what is at stake. `verdict`, `reason` and `decided_at`: what a person said, empty and null before.
    """

    referrer: str
    group: int
    state: str
    held_at: str
    signals: list[SignalAnswer]
    score: int
    threshold: int
    friends: list[FriendAnswer]
    bonus: list[Money]
    verdict: str
    reason: str
    decided_at: str | None


class ReviewPage(Struct, frozen=True):
    """A page of reviews, newest first; `next` is the cursor of the page after it, null on the last."""

    reviews: list[ReviewAnswer]
    next: str | None


class ShareLinks(Struct, frozen=True):
    """Addresses that open the shopper's own e-mail or WhatsApp with the link in it."""

    email: str
    whatsapp: str


class CodeAnswer(Struct, frozen=True):
    """A member's referral code, its link, ready-made share links, the link as a QR code (SVG), and its clicks."""

    member: str
    code: str
    link: str
    share: ShareLinks
    qr_svg: str
    clicks: int


class Settlement(Struct, frozen=True):
    """A referrer, and how many friends' orders were settled."""

    member: str
    settled: int


class TokenAnswer(Struct, frozen=True):
    """A token for a member's own pages, good for `expires_in` seconds."""

    member: str
    token: str
    expires_in: int


class ProgrammeAnswer(Struct, frozen=True):
    """A version of the programme as its author wrote it; `in_force` and `newest` are version numbers (0: none)."""

    number: int
    effective_at: str
    source: str
    in_force: int
    newest: int


class VersionAnswer(Struct, frozen=True):
    """A version: from when it holds, and when it was published."""

    number: int
    effective_at: str
    published_at: str


class VersionList(Struct, frozen=True):
    """The newest 99 versions, oldest first; `changes` is a unified diff where two were compared."""

    versions: list[VersionAnswer]
    in_force: int
    changes: str


class SegmentCount(Struct, frozen=True):
    """A segment, and how many members were in it at the last round."""

    segment: str
    members: int


class CutsAnswer(Struct, frozen=True):
    """What scores are made by: a member's is 1 and as many points as cuts that it is above."""

    number: int
    made_at: str
    buyers: int
    recency: list[str]
    frequency: list[int]
    money: list[int]


class SegmentsAnswer(Struct, frozen=True):
    """The programme's segments, and the cuts in force."""

    segments: list[SegmentCount]
    cuts: CutsAnswer | None


class Published(Struct, frozen=True):
    """The new version and the instant from which it holds; what of it is allowed and probably not meant, in English."""

    number: int
    effective_at: str
    warnings: list[str]


class ConnectionAnswer(Struct, frozen=True):
    """A storefront connection: where it must send its webhooks, and how many live secrets it has, never which."""

    id: str
    kind: str
    namespace: str
    secrets: int
    webhook_url: str


class ConnectionList(Struct, frozen=True):
    """All connections, sorted by id."""

    connections: list[ConnectionAnswer]


class WidgetAnswer(Struct, frozen=True):
    """What a shop's theme needs for the shopper's widget: the script's address, and the secret of its proofs."""

    connection: str
    namespace: str
    script: str
    secret: str


class DeliveryAnswer(Struct, frozen=True):
    """A delivery that could not be processed, why it could not the last time, and when a replay succeeded (null: not
    yet). `cause` is that in one word, empty for one kept before there were causes. `bytes` and `sha256` are its
    body's. `whole`: the body was kept too; else it was too large, and cannot be replayed.
    """

    id: str
    connection: str
    topic: str
    cause: str
    reason: str
    received_at: str
    replayed_at: str | None
    bytes: int
    sha256: str
    whole: bool


class DeliveryPage(Struct, frozen=True):
    """Kept deliveries, newest first; `next` is the cursor of the page after it, null on the last."""

    deliveries: list[DeliveryAnswer]
    next: str | None


class InvitationAnswer(Struct, frozen=True):
    """An invitation to the console: for whom, in which role, and the link, which works once, until `ends_at`."""

    user: str
    role: str
    link: str
    ends_at: str


class UserRemoved(Struct, frozen=True):
    """A user of the console whose sessions and passkeys have ended."""

    user: str


class Health(Struct, frozen=True):
    """The status of the API: `ok` whenever it answers."""

    status: str
