"""What is remembered: one record per entity, and a reference that names each before it is read.

A record carries the `version` it was read at (0: not stored yet); writing it asserts that version and stores the next.
A frozen record is never edited, only replaced. Imports the ledger and the facts of orders.
"""

from __future__ import annotations

from typing import Any, ClassVar, get_args

from msgspec import Struct, field
from msgspec.structs import replace

from chalicelib.domain.core.calendar import Per
from chalicelib.domain.core.series import Series
from chalicelib.domain.core.usage import Usage
from chalicelib.domain.errors import RistourneError
from chalicelib.domain.ledger.accounts import Account
from chalicelib.domain.ledger.causes import ACTIVITY, BOARD, UNDO, Cause
from chalicelib.domain.ledger.transfers import ADJUSTMENT, REDEMPTION, Posted, Posting, account_of, digest_of, link
from chalicelib.domain.orders.facts import OrderFacts, Snapshot


class Entity(Struct, frozen=True):
    """How the table keeps the records of a class, as plain data; the store makes its items and keys of it.

    `title` and `written_by` are its row in the chart of entities. `pk` and `sk` are the patterns of its keys, made of
    fields of its reference `ref`: `{number:08d}` is one as digits, `{friend%8}` the shard of a name among eight. `kind`
    tells its items from others. `names` are the attributes of its fields; `long` those that a value has, compressed,
    once it has more than `longest` characters; `streamed` fields are stored even with their default, because a filter
    of the stream looks at them.
    """

    title: str
    ref: type[Any]
    pk: str
    sk: str
    written_by: str
    kind: str
    names: dict[str, str]
    long: dict[str, str] = {}
    longest: int = 2048
    streamed: tuple[str, ...] = ()


def named(pairs: str) -> dict[str, str]:
    """The attributes of fields, by the fields' names, from text such as `connection:cn order:o`."""
    return dict(pair.split(":") for pair in pairs.split())


class OrderRef(Struct, frozen=True):
    """An order of a connection."""

    connection: str
    order: str

    def __str__(self) -> str:
        return f"{self.connection}/{self.order}"


def order_ref(name: str) -> OrderRef:
    """The order that a name such as `connection/order` stands for."""
    connection, _, order = name.partition("/")
    return OrderRef(connection, order)


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


class HoldRef(Struct, frozen=True):
    """A hold on a balance."""

    hold: str


class EntryRef(Struct, frozen=True):
    """A member's n-th ledger entry."""

    member: str
    number: int


class ActivityRef(Struct, frozen=True):
    """What a member did, as the shop names it: `review`, and the reference of this one."""

    member: str
    activity: str
    reference: str

    def __str__(self) -> str:
        return f"{self.member} {self.activity} {self.reference}"


class ReversalRef(Struct, frozen=True):
    """What undid a member's redemption, by the number of the entry that it undid."""

    member: str
    entry: int


class BudgetRef(Struct, frozen=True):
    """One share of what a rule may give all members together, in one asset."""

    rule: str
    asset: str
    share: int


class ReviewRef(Struct, frozen=True):
    """A group whose bonus waits, or waited, for a person."""

    referrer: str
    number: int


class NoteRef(Struct, frozen=True):
    """What a person wrote as the reason of a ledger entry."""

    member: str
    number: int


class DataRequestRef(Struct, frozen=True):
    """A request about personal data."""

    at: int
    number: str


class ProgrammeListRef(Struct, frozen=True):
    """The list of all versions of the programme."""


class ProgrammeRef(Struct, frozen=True):
    """A version of the programme."""

    number: int


class BoardRowRef(Struct, frozen=True):
    """A member's row of a leaderboard's period."""

    board: str
    number: int
    member: str


class BoardPeriodRef(Struct, frozen=True):
    """A period of a leaderboard."""

    board: str
    number: int

    def __str__(self) -> str:
        return f"{self.board} {self.number}"


class BoardCutsRef(Struct, frozen=True):
    """From which scores on members are candidates of leaderboards."""


class CutsRef(Struct, frozen=True):
    """A version of the cuts that scores are made by."""

    number: int


class DayReportRef(Struct, frozen=True):
    """The report of a local day, such as `2026-11-26`."""

    day: str


class OutstandingRef(Struct, frozen=True):
    """What was owed to members when the round of a local day read them."""

    day: str


class MemberListRef(Struct, frozen=True):
    """A page of a list of members, such as `best`."""

    list: str
    page: int


class AnswerRef(Struct, frozen=True):
    """The answer to a request that came with an Idempotency-Key, per caller."""

    caller: str
    key: str


Ref = (
    OrderRef
    | MemberRef
    | ProfileRef
    | CodeRef
    | ConversionRef
    | GroupRef
    | HoldRef
    | EntryRef
    | ReversalRef
    | ActivityRef
    | BudgetRef
    | ReviewRef
    | NoteRef
    | DataRequestRef
    | ProgrammeListRef
    | ProgrammeRef
    | BoardRowRef
    | BoardPeriodRef
    | BoardCutsRef
    | CutsRef
    | DayReportRef
    | OutstandingRef
    | MemberListRef
    | AnswerRef
)


class Missing(RistourneError):
    """References of records that a decision needs and that were not read yet; not an error but a request."""

    def __init__(self, refs: set[Ref]) -> None:
        super().__init__(refs)
        self.refs = refs


class Converted(Struct, frozen=True, array_like=True):
    """What an order makes of its buyer as a friend: whether it stands among the conversion's candidates (`live`), and
    the base of the referrer's bonus. `friend` is the person (the root member), not the member that bought.
    """

    referrer: str
    friend: str
    base: int
    live: bool
    currency: str


class Worth(Struct, frozen=True, array_like=True):
    """What an amount of a programme's own asset, such as points, pays: `amount` minor units of `asset`, which is money.

    It is fixed when the hold is placed, whatever the programme's price of the asset is later.
    """

    asset: str
    amount: int


class Spent(Struct, frozen=True, array_like=True):
    """A part of a balance that was spent on an order, and the times of the lot that it came from.

    `worth` is None for money, which pays what it is.
    """

    member: str
    asset: str
    amount: int
    vests_at: int
    expires_at: int
    worth: Worth | None = None

    @property
    def paid(self) -> Worth:
        """What it has paid, in money."""
        return self.worth or Worth(self.asset, self.amount)


class Allowed(Struct, frozen=True, array_like=True):
    """What limits left of a rule's reward for an order: of `wanted` minor units `amount`, because of `limit`.

    It is asked for again only when more is wanted, so that valuing the same facts again gives the same. It counts in
    the `buckets` among the member's uses; `taken` are the shares of the rule's budget that it came from, and how much.
    """

    member: str
    rule: str
    asset: str
    wanted: int
    amount: int
    limit: str
    buckets: tuple[str, ...]
    taken: tuple[tuple[int, int], ...] = ()


class Reserved(Struct, frozen=True, array_like=True):
    """A hold that names an order, as the order's record lists it: whose it is, how much, until when, and its worth.

    `tied`: the order's payment captures it. An order stored by an earlier release lists ids alone, all of them tied:
    those read with `amount` 0, and the hold's own record has the rest.
    """

    hold: str
    member: str = ""
    asset: str = ""
    amount: int = 0
    until: int = 0
    tied: bool = True
    worth: Worth | None = None

    @property
    def pays(self) -> Worth:
        """What it pays, in money."""
        return self.worth or Worth(self.asset, self.amount)


class Counted(Struct, frozen=True, array_like=True):
    """What an order counts for a member on its local `day` (an ordinal): `amounts` by counter, and the `distinct`
    values that goals count, by counter (`rewards/progress/counters.py`).
    """

    member: str
    day: int
    amounts: dict[str, int] = {}
    distinct: dict[str, tuple[str, ...]] = {}


class Won(Struct, frozen=True, array_like=True):
    """An award of a member: for the card, goal or level `name` in a period, since the local `day`, and what it gave.

    `kind` is `card`, `goal` or `level`. `number` is the period's, or of a card how often it was full with this award.
    Without an `amount` nothing was posted for it. `version`: the programme version by which the gift of a level stands,
    first that which gave it; 0 of other kinds, and in items from before that was remembered: the one in force.
    """

    name: str
    kind: str
    per: Per
    number: int
    day: int
    asset: str = ""
    amount: int = 0
    vests_at: int = 0
    expires_at: int = 0
    version: int = 0


class Standing(Struct, frozen=True, array_like=True):
    """A member's score on a leaderboard in the period with that number, in minor units where it is an amount."""

    board: str
    number: int
    score: int


class Place(Struct, frozen=True, array_like=True):
    """A place of a leaderboard whose period is settled; tied members share one. `prizes`: what it has won, and what of
    that was posted (`posted`): all or nothing.
    """

    member: str
    place: int
    score: int
    prizes: tuple[Posted, ...] = ()
    posted: bool = False


class Granted(Struct, frozen=True, array_like=True):
    """A level that was set by hand on a local `day`: until which one (ordinals; 0: for good), and the written reason,
    which may name people and is erased with them.
    """

    level: str
    until: int
    day: int
    reason: str = ""


class Terms(Struct, frozen=True, omit_defaults=True):
    """What valuing an order takes from outside its facts: judgements about other records, fixed for its buyer and its
    programme version when it is first valued, so that valuing the same facts again gives the same.

    `version`: the programme version last used (0: none was in force). `root`: the person that the buyer was then, or
    that it was merged into since (empty: the buyer's own member). `refused`: why the code that it brought did not
    count, or why it cannot convert. `level`: that of its buyer before it, which multiplies. `campaigns`: those that
    hold for it, and with a dash before them those that its buyer is held out of; `judged_as` is the person of whom that
    holds, where it was merged into another one since. `allowed`: what limits and budgets left for it. `balance`: how
    much of the balances that paid for it counted, where the storefront only repeats a shopper's claim (0: the
    storefront's statement counts). `buyer`: the id that its buyer had when it was valued, where its facts name another
    one of the same member since, by a merge (empty: the one that they name).
    """

    version: int = field(default=0, name="v")
    root: str = field(default="", name="r")
    refused: str = field(default="", name="x")
    allowed: tuple[Allowed, ...] = field(default=(), name="a")
    balance: int = field(default=0, name="b")
    level: str = field(default="", name="l")
    campaigns: tuple[str, ...] = field(default=(), name="c")
    judged_as: str = field(default="", name="j")
    buyer: str = field(default="", name="m")

    def person(self, buyer: str) -> str:
        """The person for whom campaigns were judged."""
        return self.judged_as or self.root or buyer


class Order(Struct, frozen=True):
    """An order: the facts, the terms that it is valued under, and what was posted for it.

    `conversion`: what it last said of its buyer as somebody's friend. `holds` name it, and those that are tied will be
    captured when it is paid; `spent` are the balances that it was paid with. `counted`: what it counts for its buyer.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "order",
        OrderRef,
        "ORDER#{connection}#{order}",
        "ORDER",
        "its own webhooks",
        "order",
        named("connection:cn order:o facts:f posted:p terms:tm conversion:c holds:h spent:sp counted:ct"),
        long={"facts": "fz"},
    )

    connection: str
    order: str
    version: int = 0
    facts: OrderFacts = OrderFacts()
    posted: tuple[Posted, ...] = ()
    terms: Terms = Terms()
    conversion: Converted | None = None
    holds: tuple[Reserved, ...] = ()
    spent: tuple[Spent, ...] = ()
    counted: Counted | None = None

    @property
    def ref(self) -> OrderRef:
        """Its reference."""
        return OrderRef(self.connection, self.order)

    @property
    def bought(self) -> Snapshot | None:
        """What its facts say was bought, under the id that its buyer was valued under; None while nothing is known."""
        bought = self.facts.view
        return replace(bought, buyer=self.terms.buyer) if bought and self.terms.buyer else bought

    def of_person(self, root: str, buyer: str) -> Order:
        """The order when its buyer turns out to be another person; what was judged of campaigns stays."""
        judged_as = self.terms.person(buyer) if self.terms.campaigns else ""
        return self.under(root="" if root == buyer else root, judged_as="" if judged_as == root else judged_as)

    def under(self, **terms: Any) -> Order:
        """The order with some of its terms replaced."""
        return replace(self, terms=replace(self.terms, **terms))


class First(Struct, frozen=True, array_like=True):
    """One of a person's earliest paid orders: when it was paid (0: before that was remembered), and its reference."""

    at: int
    order: str


class Member(Struct, frozen=True):
    """A member: accounts by asset, and the member's place in the referral programme. No personal data.

    `alias` is the member that this one was merged into, for ever: what happens to it reaches that one (empty: it was
    not). `merged` are the latest members that were merged into this one (none of before that was remembered).
    `entries`: how many ledger entries there are.

    `person`: the root, the member that stands for all members of one person (empty: this one); it is chosen once, with
    the first order, claim or code (`domain/members/persons.py`). Only a root has the next five: `firsts` are its
    earliest orders that were ever paid (at most MAX_FIRSTS); `referrer` is whose friend it is since `referred_at`, by
    the code of the order `by` (empty: by a claim, or in an item from before that was remembered, which stays as a claim
    does), and `referrer_root` the referrer's person where that is another member; `converting` is the order that first
    stood in a conversion record of it (empty: there is no such record). `was_root`: `person` stands for it only since
    two persons turned out to be one, so that orders and other members may go on naming it as theirs. `email_hash` is
    what releases from before anchors stored of its newest e-mail; it goes when that e-mail's anchor is made
    (`domain/members/profile.py`).

    As a referrer: `open` lists live conversions that wait for a group, `live` counts all live ones, `groups` is the
    number of the last group, `bonuses` those that hold a bonus, `recent` the instants of the latest groups. `head` is
    the last link of the chain of entries, `used` what limited rules have given in the latest periods, `prints` what
    orders told of the buyer (`domain/rewards/referral/fraud_signals.py`).

    `counts` and `distinct` are its counters (`domain/rewards/progress/`), `won` its awards, `awarded` the sums of those
    that are not remembered apart any more, `level` the level that was last said, and `granted` one set by hand.
    `standings` are the scores on leaderboards that the write of this version has changed, for the table's stream.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "member",
        MemberRef,
        "MEMBER#{member}",
        "MEMBER",
        "the member's orders, groups, API calls",
        "member",
        named(
            "member:m entries:n code:c person:pe firsts:fo referrer:r referrer_root:rr referred_at:ra by:by "
            "converting:co open:w live:l groups:g bonuses:b accounts:a head:h used:u recent:rb prints:p alias:al "
            "was_root:wr email_hash:e merged:mg counts:ct distinct:ds won:aw awarded:at level:lv granted:lg "
            "standings:bd"
        ),
        long=named("accounts:az counts:cz won:wz distinct:dz"),
        longest=128,
    )

    member: str
    version: int = 0
    entries: int = 0
    code: str = ""
    person: str = ""
    firsts: tuple[First, ...] = ()
    referrer: str = ""
    referrer_root: str = ""
    referred_at: int = 0
    by: str = ""
    converting: str = ""
    open: tuple[str, ...] = ()
    live: int = 0
    groups: int = 0
    bonuses: int = 0
    accounts: dict[str, Account] = {}
    head: str = ""
    used: Usage = {}
    recent: tuple[int, ...] = ()
    prints: tuple[str, ...] = ()
    alias: str = ""
    was_root: bool = False
    email_hash: str = ""
    merged: tuple[str, ...] = ()
    counts: dict[str, Series] = {}
    distinct: dict[str, dict[str, int]] = {}
    won: tuple[Won, ...] = ()
    awarded: dict[str, int] = {}
    level: str = ""
    granted: Granted | None = None
    standings: tuple[Standing, ...] = ()

    @property
    def ref(self) -> MemberRef:
        """Its reference."""
        return MemberRef(self.member)


class Profile(Struct, frozen=True):
    """The personal data of one member, in one record that can be erased without touching the books.

    `birthday` is a month and a day (`02-29`), without a year.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "profile",
        ProfileRef,
        "MEMBER#{member}",
        "PROFILE",
        "the API; erasures",
        "profile",
        named("member:m email:email display_name:name locale:locale consents:consents birthday:birthday"),
    )

    member: str
    version: int = 0
    email: str = ""
    display_name: str = ""
    locale: str = ""
    consents: dict[str, bool] = {}
    birthday: str = ""

    @property
    def ref(self) -> ProfileRef:
        """Its reference."""
        return ProfileRef(self.member)


class Code(Struct, frozen=True):
    """Whose a referral code is. `root`: the owner's person when it was issued (empty: the owner's own member; so read
    items from before persons), to refuse self-referral in one read.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "referral code",
        CodeRef,
        "CODE#{code}",
        "CODE",
        "once; again when its owner is merged",
        "code",
        named("code:c member:m root:rt"),
    )

    code: str
    member: str
    version: int = 0
    root: str = ""

    @property
    def ref(self) -> CodeRef:
        """Its reference."""
        return CodeRef(self.code)


class Gift(Struct, frozen=True, array_like=True):
    """The welcome gift that an order makes due if it converts its buyer, with its base and rate for the why."""

    amount: int
    vests_at: int
    expires_at: int
    base: int
    rate: str


class Candidate(Struct, frozen=True, array_like=True):
    """A friend's kept order that qualifies: when it was paid, by which member, and the base of the referrer's bonus."""

    at: int
    order: str
    member: str
    base: int
    currency: str
    gift: Gift | None = None


class Conversion(Struct, frozen=True):
    """A friend (a person, by its root) as one referrer's, and the qualifying order that counts: the earliest kept one.

    `candidates` are the earliest kept orders that qualify, at most MAX_CANDIDATES; the first of them is the one that
    `order`, `at`, `currency` and `base` say, and `live` is whether there is one. `posted` is the welcome gift that was
    posted so far. `todo` is 1 while the referrer's books have not followed yet; the stream looks for that. `group` is
    the group it is in (0: none). `prints` are what its order told of the friend. `lost_in` is the group that it broke
    (0: none), which may have left a loss. `denied`: it was in a group whose bonus a person denied. `reason`: why the
    order that counted last was taken out, where it was not refunded (`domain/rewards/referral/friends.py`).

    An item from before candidates has none: its one candidate is its order, whose record has the welcome gift.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "conversion",
        ConversionRef,
        "FRIENDS#{referrer}#{friend%8}",
        "{friend}",
        "the friend's order; the stream",
        "conversion",
        named(
            "referrer:r friend:f order:o at:at currency:cu base:b live:l group:g todo:todo lost_in:li denied:de "
            "candidates:ca posted:po reason:rs prints:p"
        ),
        streamed=("todo",),
    )

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
    prints: tuple[str, ...] = ()
    lost_in: int = 0
    denied: bool = False
    candidates: tuple[Candidate, ...] = ()
    posted: tuple[Posted, ...] = ()
    reason: str = ""

    @property
    def ref(self) -> ConversionRef:
        """Its reference."""
        return ConversionRef(self.referrer, self.friend)


class Group(Struct, frozen=True):
    """A complete group of friends, the programme version that rewards it, and the bonus posted for it so far.

    `orders`: by which order each friend is in it (empty in items from before that was remembered: by any).
    `signals`: what speaks against the bonus, each with its weight. `review`: empty, or the bonus is `held` for a
    person, who has `approved` or `denied` it. `allowed_at`: when a verdict let a bonus be given that was not (0: it
    waited for none; also in items from before that was remembered). `rank`: the how manyth bonus of the referrer it was
    when it completed, which a ladder goes by.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "group of friends",
        GroupRef,
        "MEMBER#{referrer}",
        "GROUP#{number:08d}",
        "the stream",
        "group",
        named(
            "referrer:r number:n friends:f terms:tv at:at limited:li broken:br posted:p signals:si review:rv "
            "orders:or allowed_at:aa rank:rk"
        ),
    )

    referrer: str
    number: int
    friends: tuple[str, ...]
    terms: int
    at: int
    version: int = 0
    limited: bool = False
    broken: bool = False
    posted: tuple[Posted, ...] = ()
    signals: tuple[tuple[str, int], ...] = ()
    review: str = ""
    orders: tuple[str, ...] = ()
    allowed_at: int = 0
    rank: int = 0

    @property
    def ref(self) -> GroupRef:
        """Its reference."""
        return GroupRef(self.referrer, self.number)


class Hold(Struct, frozen=True):
    """A reservation of a member's balance. `state`: `open` (until `until`), `captured`, `released`, or
    `returned`: given back because its order was not paid so far.

    `order`: what it pays for (`connection/order`), empty if that is not stated. `worth` is None for money.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "hold",
        HoldRef,
        "HOLD#{hold}",
        "HOLD",
        "placing it; its end",
        "hold",
        named("hold:h member:m asset:as amount:am at:at until:un order:o state:st captured:ca ended_at:en worth:wo"),
    )

    hold: str
    member: str
    asset: str
    amount: int
    at: int
    until: int
    version: int = 0
    order: str = ""
    state: str = "open"
    captured: int = 0
    ended_at: int = 0
    worth: Worth | None = None

    @property
    def ref(self) -> HoldRef:
        """Its reference."""
        return HoldRef(self.hold)

    @property
    def pays(self) -> Worth:
        """What it pays, in money."""
        return self.worth or Worth(self.asset, self.amount)


class Budget(Struct, frozen=True):
    """How much of one share of a rule's budget has been given."""

    ENTITY: ClassVar[Entity] = Entity(
        "share of a budget",
        BudgetRef,
        "BUDGET#{rule}#{asset}#{share}",
        "BUDGET",
        "orders under a rule that has a budget",
        "budget",
        named("rule:ru asset:as share:s given:g"),
    )

    rule: str
    asset: str
    share: int
    version: int = 0
    given: int = 0

    @property
    def ref(self) -> BudgetRef:
        """Its reference."""
        return BudgetRef(self.rule, self.asset, self.share)


class Review(Struct, frozen=True):
    """A bonus that was held for a person, or judged by one. `reason`: in words.

    `verdict`: empty while it waits, `approve`, `deny`, `undo` (it was taken back where nothing was held), or `gone`:
    a friend's order was refunded before.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "review",
        ReviewRef,
        "REVIEWS#{referrer%4}",
        "{referrer}#{number:08d}",
        "a bonus that waits for a person; the verdict",
        "review",
        named("referrer:r number:n at:at verdict:ve reason:why decided_at:d"),
    )

    referrer: str
    number: int
    at: int
    version: int = 0
    verdict: str = ""
    reason: str = ""
    decided_at: int = 0

    @property
    def ref(self) -> ReviewRef:
        """Its reference."""
        return ReviewRef(self.referrer, self.number)


class Entry(Struct, frozen=True):
    """A ledger entry: postings of one moment that touch one member, never changed.

    `cause`: the order (`connection/order`), the hold (`hold h_...`), the activity (`activity review r-17`), the entry
    that it undoes (`undo 12`), the leaderboard (`board best 24310`), `merge {member}`, `referral`, `adjustment`,
    `level`, `redemption` or `time`; `origin` reads it. `label`: the order's number as shoppers know it, or the day of
    the entry that is undone (empty in older ones). `chain` links it to all the member's entries before it.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "ledger entry",
        EntryRef,
        "MEMBER#{member}",
        "ENTRY#{number:010d}",
        "once, with what it explains",
        "entry",
        named("member:m number:n at:at cause:c label:lb terms:tv postings:p chain:ch"),
    )

    member: str
    number: int
    at: int
    cause: str
    terms: int
    postings: tuple[Posting, ...]
    label: str = ""
    version: int = 0
    chain: str = ""

    @property
    def ref(self) -> EntryRef:
        """Its reference."""
        return EntryRef(self.member, self.number)

    @property
    def origin(self) -> Cause:
        """What it comes from: its cause by kind and name."""
        return Cause.parse(self.cause)

    def redeemed(self) -> list[Posting]:
        """The postings by which the member's balance paid for something."""
        ends = account_of(self.member), REDEMPTION
        return [posting for posting in self.postings if (posting.source, posting.destination) == ends]

    def adjusted(self) -> list[Posting]:
        """The postings that a person made by hand."""
        return [posting for posting in self.postings if ADJUSTMENT in (posting.source, posting.destination)]

    def linked(self, head: str) -> str:
        """The link that this entry must carry after the one before it."""
        content = (self.member, self.number, self.at, self.cause, self.terms, self.postings, self.label)
        return link(head, content)


class Reversal(Struct, frozen=True):
    """That a member's `entry` was undone, which is done once: when, how much the member got (or lost, negative) from
    which `account` of the programme, and the reason.

    The reason may name people; it stands here only, and not among the entries, which are chained.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "undone entry",
        ReversalRef,
        "MEMBER#{member}",
        "REVERSAL#{entry:010d}",
        "once, with the entry that undoes it",
        "reversal",
        named("member:m entry:n at:at asset:as amount:am reason:why account:ac"),
    )

    member: str
    entry: int
    at: int
    asset: str
    amount: int
    reason: str
    account: str = REDEMPTION
    version: int = 0

    @property
    def ref(self) -> ReversalRef:
        """Its reference."""
        return ReversalRef(self.member, self.entry)

    @property
    def cause(self) -> str:
        """What the entry that it made has as its cause."""
        return f"{UNDO} {self.entry}"


class Activity(Struct, frozen=True):
    """What a member did beside buying, as the shop states it once by its own `reference`: a review, a sign-up.

    `at`: when it was; `stated_at` is the time that the statement named (0: none, `at` is then when it was heard).
    `terms` and `posted` are as an order's. `withdrawn_at`: when the shop took it back (0: it did not).
    """

    ENTITY: ClassVar[Entity] = Entity(
        "activity of a member",
        ActivityRef,
        "MEMBER#{member}",
        "ACTIVITY#{activity}#{reference}",
        "the shop's statement; its withdrawal",
        "activity",
        named("member:m activity:a reference:rf at:at stated_at:sa terms:tm posted:p withdrawn_at:w"),
    )

    member: str
    activity: str
    reference: str
    at: int
    version: int = 0
    stated_at: int = 0
    terms: Terms = Terms()
    posted: tuple[Posted, ...] = ()
    withdrawn_at: int = 0

    @property
    def ref(self) -> ActivityRef:
        """Its reference."""
        return ActivityRef(self.member, self.activity, self.reference)

    @property
    def cause(self) -> str:
        """What the entries that it made have as their cause."""
        return f"{ACTIVITY} {self.activity} {self.reference}"

    def under(self, **terms: Any) -> Activity:
        """The activity with some of its terms replaced."""
        return replace(self, terms=replace(self.terms, **terms))


class Note(Struct, frozen=True):
    """What a person wrote as the reason of the entry with this number, apart from the chain so that it can be erased.

    The entry carries `digest`, which is made of `text` and `salt`. Of an erased note only the digest is left, which
    nobody can read without them. `by`: who wrote it, as the security log names them (empty: before that was stored).
    """

    ENTITY: ClassVar[Entity] = Entity(
        "note of an entry",
        NoteRef,
        "MEMBER#{member}",
        "NOTE#{number:010d}",
        "once, with its entry; again to erase it",
        "note",
        named("member:m number:n digest:d text:t salt:sa by:by"),
    )

    member: str
    number: int
    digest: str
    text: str = ""
    salt: str = ""
    by: str = ""
    version: int = 0

    @property
    def ref(self) -> NoteRef:
        """Its reference."""
        return NoteRef(self.member, self.number)

    @property
    def computed(self) -> str:
        """The digest that the text has; that of an erased note is believed."""
        return digest_of(self.text, self.salt) if self.text else self.digest


def note_of(entry: Entry, text: str, salt: str, by: str = "") -> Note:
    """The note of an entry whose reason a person wrote."""
    return Note(entry.member, entry.number, digest_of(text, salt), text, salt, by)


class DataRequest(Struct, frozen=True):
    """A request about personal data, and what was done: the certificate of an erasure. It names ids and no person.

    `what`: `erase` (`members`), `erase-shop` (all of the connection `subject`) or `export` (`members`, for the operator
    to send). `source`: which key or connection asked. While it is open, `hashes_of` are keyed hashes of e-mails to look
    for in kept deliveries, and `place` is how far an erasure of a whole shop has come. `erased` counts by kind.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "data request",
        DataRequestRef,
        "REQUESTS",
        "{at:012d}-{number}",
        "asking for personal data; its steps",
        "request",
        named(
            "at:at number:n what:w subject:s source:by members:m orders:o hashes_of:e hashes:h done_at:d erased:c "
            "place:p"
        ),
    )

    at: int
    number: str
    what: str
    subject: str
    source: str
    version: int = 0
    members: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    hashes_of: tuple[str, ...] = ()
    hashes: bool = False
    done_at: int = 0
    erased: dict[str, int] = {}
    place: tuple[str, str] | None = None

    @property
    def ref(self) -> DataRequestRef:
        """Its reference."""
        return DataRequestRef(self.at, self.number)


class ProgrammeList(Struct, frozen=True):
    """Which versions there are: `effective_at[n]` is that of version n + 1.

    `shares`: into how many shares each budget is split that any of them states, by `rule asset`; it is settled when a
    budget is stated first. `fixed`: by the id of each card, goal and board that any version states, a digest of what
    cannot change under that id. Both are None in a list of an earlier release, whose budgets have 16 shares. `cuts`:
    the latest versions of the cuts (`Cuts`), each as its number and the local day (an ordinal) from which it is in
    force. `restored`: when the table was put back to an earlier state (0: never); a number may name another version
    or other cuts since.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "list of versions",
        ProgrammeListRef,
        "PROGRAMME",
        "LIST",
        "each publication; new cuts",
        "programmes",
        named("effective_at:at shares:s fixed:f cuts:c restored:r"),
    )

    version: int = 0
    effective_at: tuple[int, ...] = ()
    shares: dict[str, int] | None = None
    fixed: dict[str, str] | None = None
    cuts: tuple[tuple[int, int], ...] = ()
    restored: int = 0

    @property
    def ref(self) -> ProgrammeListRef:
        """Its reference."""
        return ProgrammeListRef()


class ProgrammeVersion(Struct, frozen=True):
    """One immutable version: the document as plain JSON and as its author wrote it."""

    ENTITY: ClassVar[Entity] = Entity(
        "programme version",
        ProgrammeRef,
        "PROGRAMME",
        "V#{number:08d}",
        "once",
        "programme",
        named("number:n effective_at:at published_at:published document:document source:source"),
    )

    number: int
    effective_at: int
    published_at: int
    document: str
    source: str
    version: int = 0

    @property
    def ref(self) -> ProgrammeRef:
        """Its reference."""
        return ProgrammeRef(self.number)


class BoardRow(Struct, frozen=True):
    """A member's score on a leaderboard in a period, as of the `version` of the member's record; a later one replaces
    it. Only candidates have one. `ttl` (seconds) is garbage collection only; 0: it stays.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "row of a leaderboard",
        BoardRowRef,
        "BOARD#{board}#{number}#{member%8}",
        "{member}",
        "the stream; the daily round",
        "board-row",
        named("board:b number:n member:m score:s ttl:ttl"),
    )

    board: str
    number: int
    member: str
    score: int
    version: int = 0
    ttl: int = 0

    @property
    def ref(self) -> BoardRowRef:
        """Its reference."""
        return BoardRowRef(self.board, self.number, self.member)


class BoardPeriod(Struct, frozen=True):
    """A leaderboard's period as the last daily round has seen it, at the instant `at` (0: none has).

    `cut`: from which score on a member is a candidate. Every member with at least `sure` has a row: the higher of this
    cut and the one before. `scores` is how many members have scores of each bin, packed. Once the period is settled
    (`settled_at`) under the programme version `terms`, `places` are final, the best first; `number` is the period's.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "period of a leaderboard",
        BoardPeriodRef,
        "BOARD#{board}",
        "PERIOD#{number:08d}",
        "the daily round",
        "board",
        named("board:b number:n at:at cut:c sure:s scores:h settled_at:d terms:tv places:p"),
        long={"places": "pz"},
    )

    board: str
    number: int
    version: int = 0
    at: int = 0
    cut: int = 0
    sure: int = 0
    scores: Series = ()
    settled_at: int = 0
    terms: int = 0
    places: tuple[Place, ...] = ()

    @property
    def ref(self) -> BoardPeriodRef:
        """Its reference."""
        return BoardPeriodRef(self.board, self.number)

    @property
    def cause(self) -> str:
        """What the entries of its prizes have as their cause."""
        return f"{BOARD} {self.ref}"


class BoardCuts(Struct, frozen=True):
    """The cut of each running period of a leaderboard by its name (`month 24310`), to be read with the programme."""

    ENTITY: ClassVar[Entity] = Entity(
        "cuts of leaderboards",
        BoardCutsRef,
        "PROGRAMME",
        "BOARDS",
        "the daily round",
        "board-cuts",
        named("cuts:c"),
    )

    version: int = 0
    cuts: dict[str, int] = {}

    @property
    def ref(self) -> BoardCutsRef:
        """Its reference."""
        return BoardCutsRef()


class Cuts(Struct, frozen=True):
    """One immutable version of what scores are made by: a member has 1 + as many points as cuts that it is above.

    In force from the local `day` (an ordinal) until the next version is; made `at` an instant, of so many `buyers`.
    `recency` are ordinals of days, `frequency` orders, `money` minor units of the programme's currency. `members`: how
    many were in each segment when it was made, by the cuts before it; empty for the first.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "cuts of segments",
        CutsRef,
        "SEGMENTS",
        "V#{number:08d}",
        "the daily round, once a day",
        "cuts",
        named("number:n day:d at:at buyers:b recency:r frequency:f money:m members:s"),
    )

    number: int
    day: int
    at: int
    buyers: int
    recency: tuple[int, ...]
    frequency: tuple[int, ...]
    money: tuple[int, ...]
    members: dict[str, int] = {}
    version: int = 0

    @property
    def ref(self) -> CutsRef:
        """Its reference."""
        return CutsRef(self.number)


class Flow(Struct, frozen=True, array_like=True):
    """What one rule moved of an asset in a day: `what` (`domain/reports/days.py`), minor units, by so many entries."""

    what: str
    asset: str
    rule: str
    amount: int
    entries: int


class DayReport(Struct, frozen=True):
    """What the ledger moved in one local day that is over, and what was bought; it never changes.

    `flows` are of the entries that were written from `starts_at` until before `ends_at`. `orders`, `goods` (minor
    units of the programme's currency, whose asset is `asset`) and `friends` are of orders that were paid on the day
    and alive `made_at` an instant of the day after; `groups` of friends were complete in it. `clicks` are those on
    links that the round has found since the round before; the instants of clicks are not stored.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "report of a day",
        DayReportRef,
        "REPORTS",
        "{day}",
        "the daily round, once, when the day is over",
        "report",
        named(
            "day:d starts_at:f ends_at:u made_at:at flows:fl orders:o goods:g asset:as friends:fr groups:gr clicks:cl"
        ),
        long={"flows": "fz"},
    )

    day: str
    starts_at: int
    ends_at: int
    made_at: int
    flows: tuple[Flow, ...] = ()
    orders: int = 0
    goods: int = 0
    asset: str = ""
    friends: int = 0
    groups: int = 0
    clicks: int = 0
    version: int = 0

    @property
    def ref(self) -> DayReportRef:
        """Its reference."""
        return DayReportRef(self.day)


class Holding(Struct, frozen=True, array_like=True):
    """What all members have of an asset, in minor units, and how many members have something.

    `available`, `pending` and `held` are amounts of lots, from which the `debt` of others is not taken. `by_end` are
    these three together by the days until they expire, as `domain/reports/outstanding.py` divides them.
    """

    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0
    members: int = 0
    by_end: tuple[int, ...] = ()

    @property
    def owed(self) -> int:
        """What members have in all, less the debts."""
        return self.available + self.pending + self.held - self.debt


class Outstanding(Struct, frozen=True):
    """What is owed to all members, by asset. The round of a local `day` read them from `began_at` until `made_at`."""

    ENTITY: ClassVar[Entity] = Entity(
        "what is owed to members",
        OutstandingRef,
        "OWED",
        "{day}",
        "the daily round",
        "owed",
        named("day:d began_at:b made_at:at assets:a"),
    )

    day: str
    began_at: int
    made_at: int
    assets: dict[str, Holding] = {}
    version: int = 0

    @property
    def ref(self) -> OutstandingRef:
        """Its reference."""
        return OutstandingRef(self.day)


class Listed(Struct, frozen=True, array_like=True):
    """A member in a list. `orders` and `goods` (minor units of the programme's currency) are of the last 12 closed
    months and the running one, `kept` are the goods of all time.

    `last_order`: the day of the last live order, its month where only that is remembered. `scores`: for recency,
    frequency and money, from 1 to 5 (0: there are none). `owed`: what the member has, in minor units by asset.
    """

    member: str
    orders: int
    goods: int
    kept: int
    last_order: str
    scores: tuple[int, int, int] = (0, 0, 0)
    owed: dict[str, int] = {}


class MemberList(Struct, frozen=True):
    """A page of a list of the first members by some order, as the round of a local `day` found them.

    `total`: how many members would be in the list if it had no end. `rule`: who is in it, in words.
    """

    ENTITY: ClassVar[Entity] = Entity(
        "list of members",
        MemberListRef,
        "LIST#{list}",
        "{page:02d}",
        "the daily round",
        "list",
        named("list:l page:p day:d began_at:b made_at:at total:t rule:ru rows:r"),
        long={"rows": "rz"},
    )

    list: str
    page: int
    day: str
    began_at: int
    made_at: int
    total: int
    rule: str
    rows: tuple[Listed, ...] = ()
    version: int = 0

    @property
    def ref(self) -> MemberListRef:
        """Its reference."""
        return MemberListRef(self.list, self.page)


class Answer(Struct, frozen=True):
    """What a request with an Idempotency-Key was answered, so that the same request gets the same answer, for ever."""

    ENTITY: ClassVar[Entity] = Entity(
        "stored answer",
        AnswerRef,
        "ANSWER#{caller}#{key}",
        "ANSWER",
        "the request with that Idempotency-Key",
        "answer",
        named("caller:ca key:key request:rq body:b"),
    )

    caller: str
    key: str
    request: str
    body: str
    version: int = 0

    @property
    def ref(self) -> AnswerRef:
        """Its reference."""
        return AnswerRef(self.caller, self.key)


Record = (
    Order
    | Member
    | Profile
    | Code
    | Conversion
    | Group
    | Entry
    | Hold
    | Reversal
    | Activity
    | Budget
    | Review
    | Note
    | DataRequest
    | ProgrammeList
    | ProgrammeVersion
    | BoardRow
    | BoardPeriod
    | BoardCuts
    | Cuts
    | DayReport
    | Outstanding
    | MemberList
    | Answer
)

RECORDS: tuple[type[Any], ...] = get_args(Record)
"""The classes of all records; each says as its ENTITY how the table keeps it."""
