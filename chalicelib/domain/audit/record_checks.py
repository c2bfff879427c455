"""Is a record right? Recomputed from what it is made of: a member from the entries, an order from its facts, and so on.

Every function takes records and gives findings, none where all is well; nothing is read or written. What two records
must say alike is in `domain/audit/cross_checks.py`. Imports ledger, records, the programme and the deciders' own
arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.audit import wording
from chalicelib.domain.core import money
from chalicelib.domain.ledger import causes, transfers
from chalicelib.domain.ledger.accounts import MAX_LOTS, Account
from chalicelib.domain.ledger.transfers import Due, Posted, Posting, account_of, joined
from chalicelib.domain.members import order_payments
from chalicelib.domain.orders import recording
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import Kept, kept_of
from chalicelib.domain.programme.document import Version
from chalicelib.domain.programme.history import History
from chalicelib.domain.programme.kinds import CAMPAIGN, KINDS
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import (
    Activity,
    BoardPeriod,
    Conversion,
    Entry,
    Group,
    Member,
    Order,
)
from chalicelib.domain.rewards import activity_recording, limits, valuation
from chalicelib.domain.rewards.progress import awards, counters, prizes
from chalicelib.domain.rewards.progress.boards import ranked
from chalicelib.domain.rewards.referral import friends
from chalicelib.domain.rewards.referral.bonus import bonus_base
from chalicelib.domain.rewards.referral.groups import counts

OF_REDEMPTION = frozenset({transfers.REDEMPTION})
OF_AWARDS = frozenset(f"{transfers.PROGRAMME}{kind}" for kind in awards.KINDS)
OF_MERGE = frozenset({*OF_AWARDS, transfers.MERGE, transfers.WELCOME, transfers.LOSS})
OF_ORDER = frozenset(
    {
        *(kind.account for kind in KINDS if kind.earned_by == "order"),
        CAMPAIGN,
        *OF_AWARDS,
        transfers.WELCOME,
        transfers.REDEMPTION,
        transfers.LOSS,
    }
)
OF_BOARD = frozenset({prizes.ACCOUNT})
OF_ACTIVITY = frozenset({*(kind.account for kind in KINDS if kind.earned_by == "activity"), transfers.LOSS})
ACCOUNTS: Mapping[str, frozenset[str]] = {
    causes.ORDER: OF_ORDER,
    causes.HOLD: OF_REDEMPTION,
    causes.ACTIVITY: OF_ACTIVITY,
    causes.BOARD: OF_BOARD,
    causes.UNDO: OF_REDEMPTION | {transfers.ADJUSTMENT},
    causes.MERGE: OF_MERGE,
    causes.ADJUSTMENT: frozenset({transfers.ADJUSTMENT}),
    causes.LEVEL: frozenset({f"{transfers.PROGRAMME}{awards.LEVEL}"}),
    causes.REDEMPTION: OF_REDEMPTION,
    causes.REFERRAL: frozenset({transfers.REFERRAL, transfers.LOSS}),
    causes.TIME: frozenset(),
}
"""The programme's accounts that entries of a kind of cause may touch; what expired unspent may stand in all of them."""

Lots = dict[tuple[str, str, int, int], int]
"""Amounts by programme account, asset and the lot's times."""


class Finding(Struct, frozen=True):
    """Something that is wrong. `what` is a stable code, `where` names the record, `detail` says it in words.

    `entry`: the number of the member's first wrong entry, 0 where none is.
    """

    what: str
    where: str
    entry: int
    detail: str


def of_member(member: Member, entries: Iterable[Entry], groups: Iterable[Group]) -> list[Finding]:
    """What is wrong with a member, given all its entries and groups: the chain, the balances, the bonuses.

    Each kind of fault is named once, at the first entry that has it; the first wrong entry stands first.
    """
    ordered = sorted(entries, key=lambda entry: entry.number)
    findings = [*_chain(member, ordered), *_postings(member, ordered), *_balances(member, ordered)]
    findings += _undone(member.member, ordered)
    findings += awards_of(member, ordered)
    findings += _bonuses(member, ordered, sorted(groups, key=lambda group: group.number))
    first = {finding.what: finding for finding in reversed(findings)}
    return sorted(first.values(), key=lambda finding: finding.entry or float("inf"))


def of_conversion(conversion: Conversion) -> list[Finding]:
    """What is wrong with a conversion: what it says of its first candidate, and the welcome gift that makes due."""
    if not conversion.candidates and conversion.live:
        return []  # from before candidates were remembered
    where, ranked = f"{conversion.referrer} {conversion.friend}", tuple(friends.ranking(conversion.candidates))
    if friends.stating(conversion) != conversion or ranked != conversion.candidates:
        base = wording.amount_of(conversion.base, conversion.currency)
        text = f"it counts {conversion.order} with {base}, its candidates say something else"
        return [Finding("candidates_differ", where, 0, text)]
    due, _ = friends.welcome(conversion, "")
    losses = (posted for posted in conversion.posted if posted.account == transfers.LOSS)
    return _difference(where, conversion.posted, (*(part.posted for part in due), *losses))


def of_order(order: Order, history: History) -> list[Finding]:
    """What is wrong with an order: what its facts make due, under the programme it names, against what it posted."""
    where, bought = str(order.ref), order.bought
    number = order.terms.version
    if number > history.newest:
        return [Finding("terms_unknown", where, 0, f"the programme has no version {number}")]
    version = history.numbered(number) if number else None
    if bought is None or not (bought.paid or bought.void):
        return _waiting(order)
    if bought.paid and version and version.effective_at > bought.at:
        return [Finding("terms_differ", where, 0, f"version {number} was not in force when it was paid")]
    bought = order_payments.by_books(bought, order)
    kept = kept_of(bought)
    sale = recording.sale_of(bought, version, order.terms)
    wanted = valuation.rewards(bought.buyer, kept, sale) if sale else []
    findings = [*_conversion(order, bought, kept, version), *_allowed(order, wanted, sale)]
    findings += _counted(order, bought, kept, limits.granted(wanted, order.terms.allowed), sale)
    dues = (*limits.granted(wanted, order.terms.allowed), *order_payments.still_spent(order, bought))
    # What was lost stays; a welcome gift is its conversion's, and stands here only since before that was so.
    beside = (posted for posted in order.posted if posted.account in (transfers.LOSS, transfers.WELCOME))
    findings += _worths(order)
    return [*findings, *_difference(where, order.posted, (*(due.posted for due in dues), *beside))]


def _worths(order: Order) -> Iterator[Finding]:
    """What was paid with points must say what they were worth, in money; money is worth itself."""
    for part in order.spent:
        worth = part.worth
        if worth is None and money.is_money(part.asset):
            continue
        if worth is None or money.is_money(part.asset) or not money.is_money(worth.asset) or worth.amount < 0:
            paid = money.text(worth.amount, worth.asset) if worth else "nothing that is known"
            text = f"{money.text(part.amount, part.asset)} of {part.member} paid {paid}"
            yield _at("worth_differs", str(order.ref), 0, text)


def of_activity(activity: Activity, history: History) -> list[Finding]:
    """What is wrong with an activity: what it makes due, under the programme it names, against what it posted."""
    where, number = str(activity.ref), activity.terms.version
    if number > history.newest:
        return [Finding("terms_unknown", where, 0, f"the programme has no version {number}")]
    version = history.numbered(number) if number else None
    if version and version.effective_at > activity.at:
        return [Finding("terms_differ", where, 0, f"version {number} was not in force when it was")]
    sale = None if activity.withdrawn_at else activity_recording.sale_of(activity, version)
    wanted = valuation.rewards(activity.member, activity_recording.NOTHING, sale) if sale else []
    due = (part.posted for part in limits.granted(wanted, activity.terms.allowed))
    lost = (posted for posted in activity.posted if posted.account == transfers.LOSS)
    return [*_allowed(activity, wanted, sale), *_difference(where, activity.posted, (*due, *lost))]


def of_board(period: BoardPeriod, history: History) -> list[Finding]:
    """What is wrong with a leaderboard's settled period: its places by their scores, and the prizes of those."""
    if not period.settled_at:
        return []
    where, number = str(period.ref), period.terms
    if not 0 < number <= history.newest:
        return [Finding("terms_unknown", where, 0, f"the programme has no version {number}")]
    programme = history.numbered(number).programme
    board = next((board for board in programme.boards if board.id == period.board), None)
    if board is None:
        return [Finding("terms_differ", where, 0, f"version {number} has no such board")]
    ranking = ranked({place.member: place.score for place in period.places})
    right = prizes.places_of(ranking, board, programme, period.settled_at)
    if right != tuple(replace(place, posted=False) for place in period.places):
        return [Finding("prizes_differ", where, 0, "its places have not what their scores and the programme make")]
    return []


def _chain(member: Member, entries: Sequence[Entry]) -> Iterator[Finding]:
    name, last, head = member.member, 0, ""
    for entry in entries:
        follows = entry.number == last + 1
        if not follows:
            yield _at("entry_missing" if entry.number > last else "entry_repeated", name, last + 1, "")
        elif entry.chain != entry.linked(head):
            yield _at("chain_broken", name, entry.number, "it is not what was linked to the entry before it")
        if entry.number > member.entries:
            yield _at("entry_unknown", name, entry.number, f"{name} has {member.entries} entries")
        last, head = entry.number, entry.chain
    if last < member.entries:
        yield _at("entry_missing", name, last + 1, f"{name} has {member.entries} entries")
    elif last == member.entries and head != member.head:
        yield _at("head_differs", name, last, "the member's record ends another chain")


def _postings(member: Member, entries: Sequence[Entry]) -> Iterator[Finding]:
    account = account_of(member.member)
    for entry in entries:
        if entry.member != member.member:
            yield _at("entry_foreign", member.member, entry.number, f"it says that it is {entry.member}'s")
        allowed = ACCOUNTS.get(entry.origin.kind, frozenset())
        for posting in entry.postings:
            if posting.amount <= 0:
                text = money.text(posting.amount, posting.asset)
                yield _at("amount_not_positive", member.member, entry.number, text)
            if not _is_placed(posting, account, allowed):
                text = f"from {posting.source} to {posting.destination} because of {entry.cause}"
                yield _at("posting_misplaced", member.member, entry.number, text)


def _undone(name: str, entries: Sequence[Entry]) -> Iterator[Finding]:
    """What undoes an entry moves back exactly what that moved, by hand or for no order, and does it once.

    What undoes one of a member that was merged stands here too; what it undoes does not.
    """
    others = (entry for entry in entries if entry.origin.kind not in (causes.ORDER, causes.UNDO))
    moved = {str(entry.number): part for entry in others if (part := entry.redeemed() or entry.adjusted())}
    undoing = (entry for entry in entries if entry.origin.kind == causes.UNDO)
    for entry in (entry for entry in undoing if not any(part.why.of for part in entry.postings)):
        taken = transfers.totals(moved.pop(entry.origin.name, ()), name)
        own = (transfers.REDEMPTION, transfers.ADJUSTMENT)
        back = (part for part in entry.postings if part.other_side(account_of(name)) in own)
        given = transfers.totals(back, name)
        if {asset: -amount for asset, amount in taken.items()} != given:
            back_text, taken_text = (
                wording.listed(money.text(amount, asset) for asset, amount in sums.items()) for sums in (given, taken)
            )
            text = f"it gives back {back_text}, what it undoes came to {taken_text}"
            yield _at("undo_differs", name, entry.number, text)


def _is_placed(posting: Posting, account: str, allowed: frozenset[str]) -> bool:
    """Whether a posting has the member on one side and a fitting account on the other; on both if it vested."""
    if posting.source == posting.destination == account:
        return posting.why.rule == transfers.VESTED
    if account not in (posting.source, posting.destination):
        return False
    other = posting.other_side(account)
    return other in allowed or other == transfers.BREAKAGE


def _balances(member: Member, entries: Sequence[Entry]) -> Iterator[Finding]:
    posted = transfers.totals((posting for entry in entries for posting in entry.postings), member.member)
    for asset in sorted(posted.keys() | member.accounts.keys()):
        account = member.accounts.get(asset, Account())
        if account.stored != posted.get(asset, 0):
            holds, sums = money.text(account.stored, asset), money.text(posted.get(asset, 0), asset)
            yield _at("balance_differs", member.member, 0, f"the account holds {holds}, the entries come to {sums}")
        yield from _lots(member.member, asset, account)


def _lots(name: str, asset: str, account: Account) -> Iterator[Finding]:
    parts = (lot for part in account.holds for lot in part.parts)
    if any(lot.amount <= 0 for lot in (*account.lots, *parts)):
        yield _at("lot_not_positive", name, 0, f"a lot of {asset} holds nothing or less")
    if len(account.lots) > MAX_LOTS:
        yield _at("lots_too_many", name, 0, f"{len(account.lots)} lots of {asset}")
    if account.debt < 0:
        yield _at("debt_negative", name, 0, f"a debt of {money.text(account.debt, asset)}")


def _bonuses(member: Member, entries: Sequence[Entry], groups: Sequence[Group]) -> Iterator[Finding]:
    name, numbers = member.member, [group.number for group in groups]
    if numbers != list(range(1, member.groups + 1)):
        yield _at("group_missing", name, 0, f"{member.groups} groups are counted, there are {numbers[:10]}")
    live = sum(counts(group) for group in groups if not group.broken)
    if live != member.bonuses:
        yield _at("bonuses_miscounted", name, 0, f"{member.bonuses} bonuses are counted, {live} groups have one")
    if member.alias:
        return  # what its groups gave or took since then stands in the other one's books: `cross_checks.py`
    rest = _given(name, entries)
    for posted in (part for group in groups for part in group.posted):
        lot = posted.account, posted.asset, posted.vests_at, posted.expires_at
        rest[lot] = rest.get(lot, 0) - posted.amount
    for (account, asset, *times), amount in rest.items():
        if amount:
            group = _group_with(groups, (account, asset, *times))
            text = f"from {account} the entries give {money.text(amount, asset)} more than it says"
            yield _at("bonus_differs", f"{name} group {group}" if group else name, 0, text)


def awards_of(member: Member, entries: Sequence[Entry]) -> Iterator[Finding]:
    """What the entries gave for cards, goals and levels must be what the member's awards say."""
    account, given = account_of(member.member), dict[str, int]()
    for posting in (posting for entry in entries for posting in entry.postings):
        source = posting.other_side(account)
        if source in OF_AWARDS:
            name = f"{source.removeprefix(transfers.PROGRAMME)} {posting.asset}"
            given[name] = given.get(name, 0) + posting.signed(member.member)
    remembered = awards.totals(member.awarded, member.won)
    for name in sorted(given.keys() | remembered.keys()):
        if given.get(name, 0) != remembered.get(name, 0):
            kind, _, asset = name.partition(" ")
            entered, won = (money.text(sums.get(name, 0), asset) for sums in (given, remembered))
            text = f"for {kind}s the entries give {entered}, its awards come to {won}"
            yield _at("awards_differ", member.member, 0, text)


def _given(name: str, entries: Sequence[Entry]) -> Lots:
    member, given = account_of(name), Lots()
    own = (posting for entry in entries if entry.origin.kind == causes.REFERRAL for posting in entry.postings)
    for posting in (posting for posting in own if not posting.why.of):
        account = posting.other_side(member)
        if account not in (member, transfers.BREAKAGE):
            lot = account, posting.asset, posting.vests_at, posting.expires_at
            given[lot] = given.get(lot, 0) + posting.signed(name)
    return given


def _group_with(groups: Sequence[Group], lot: tuple[object, ...]) -> int:
    """The number of the group that has posted to a lot, 0 if none or several have."""
    having = {
        group.number
        for group in groups
        for posted in group.posted
        if (posted.account, posted.asset, posted.vests_at, posted.expires_at) == lot
    }
    return having.pop() if len(having) == 1 else 0


def _waiting(order: Order) -> list[Finding]:
    """An order that nobody has paid earns nothing; a balance that was spent on it may have come back, or not yet."""
    spent = {(posted.member, posted.asset): 0 for posted in order.posted}
    for part in order.spent:
        spent[part.member, part.asset] = spent.get((part.member, part.asset), 0) + part.amount
    for posted in order.posted:
        spent[posted.member, posted.asset] += posted.amount
        if posted.account != transfers.REDEMPTION or posted.amount > 0 or spent[posted.member, posted.asset] < 0:
            return [_due_differs(str(order.ref), posted, 0)]
    return []


def _counted(order: Order, bought: Snapshot, kept: Kept, dues: Sequence[Due], sale: Sale | None) -> Iterator[Finding]:
    """What an order counts for its buyer must be what its facts make; one of before counters says nothing."""
    if order.counted is None or sale is None:
        if order.counted:
            yield _at("count_differs", str(order.ref), 0, f"it counts for {order.counted.member}, and nothing is live")
        return
    actual, right = order.counted, counters.counted_of(bought.buyer, kept, dues, sale, bought.at)
    # The day of an order whose storefront was ahead of our clock is that of when it was heard.
    if right is None or replace(right, day=actual.day) != actual or actual.day > right.day:
        text = f"it counts {wording.counted(actual)}; its facts make {wording.counted(right)}"
        yield _at("count_differs", str(order.ref), 0, text)


def _conversion(order: Order, bought: Snapshot, kept: Kept, version: Version | None) -> Iterator[Finding]:
    conversion, rule = order.conversion, version.programme.referral if version else None
    if conversion is None or not conversion.live:
        return
    valued = friends.is_valued(bought, version)
    counts = bool(version and rule and valued and friends.qualifies(bought, kept, version, rule))
    base, person = bonus_base(rule, kept) if rule else 0, order.terms.root or bought.buyer
    if not counts or (conversion.base, conversion.currency, conversion.friend) != (base, bought.currency, person):
        counted = f"it counts {wording.amount_of(conversion.base, conversion.currency)} for {conversion.friend}"
        text = f"{counted}; its facts make {wording.amount_of(base, bought.currency)} for {person}"
        yield _at("conversion_differs", str(order.ref), 0, f"{text}{'' if counts else ', and it does not qualify'}")


def _allowed(subject: Order | Activity, wanted: Sequence[Due], sale: Sale | None) -> Iterator[Finding]:
    """What limits were asked for must be what the rules give before them."""
    rules = [rule.id for rule in sale.rules if rule.is_limited()] if sale else []
    dues = (due.posted for due in wanted if due.posted.rule in rules)
    asked = {(due.member, due.rule, due.asset): due.amount for due in dues}
    granted = {(grant.member, grant.rule, grant.asset): grant.wanted for grant in subject.terms.allowed}
    over = any(not 0 <= grant.amount <= grant.wanted for grant in subject.terms.allowed)
    if asked != granted or over:
        before, made = (
            wording.listed(f"{money.text(sums[key], key[2])} by {key[1]}" for key in sorted(sums))
            for sums in (granted, asked)
        )
        text = f"limits were asked for {before}; its facts make {made}"
        yield _at("allowance_differs", str(subject.ref), 0, text)


def _difference(where: str, posted: Sequence[Posted], due: Sequence[Posted]) -> list[Finding]:
    rest = joined(due, [Posted(*_key(part), -part.amount) for part in posted])
    if not rest:
        return []
    lots = [part for part in rest if _key(part)[:4] == _key(rest[0])[:4]]
    sides = [
        (Posted(*_key(lot), (right := sum(part.amount for part in due if _key(part) == _key(lot))) - lot.amount), right)
        for lot in lots
    ]
    first, wanted = sides[0]
    if len(sides) == 1:
        return [_due_differs(where, first, wanted)]
    # The same asset by the same rule, with other times than are due.
    texts = [f"{_sides(part, right)} ({wording.lot(part)})" for part, right in sides]
    return [_at("due_differs", where, 0, f"{first.rule} for {first.member}: {'; '.join(texts)}")]


def _key(posted: Posted) -> tuple[str, str, str, str, int, int]:
    return posted.member, posted.rule, posted.account, posted.asset, posted.vests_at, posted.expires_at


def _due_differs(where: str, posted: Posted, due: int) -> Finding:
    return _at("due_differs", where, 0, f"{posted.rule} for {posted.member}: {_sides(posted, due)}")


def _sides(posted: Posted, due: int) -> str:
    return f"{money.text(posted.amount, posted.asset)} posted, {money.text(due, posted.asset)} due"


def _at(what: str, where: str, entry: int, detail: str) -> Finding:
    return Finding(what, where, entry, detail)
