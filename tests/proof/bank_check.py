"""The checker: is there any way in which the history and the books are both true?

1. every member's entries are numbered without a gap, and every version of the record holds what was posted up to it;
2. the model, replaying the ledger's order, allows everything and ends with the same lots, holds and debt;
3. what was answered `ok` is in the books, what was refused is not, and nothing is there that nobody asked for;
4. each order has earned what the model gives for its final facts, each key has had its effect once or not at all;
5. each hold ended once at the most;
6. each member counts the orders of which something is kept, and has had a card's points for every fourth of them;
7. who asked after somebody had been answered comes later in the ledger;
8. nothing broke.

An operation without an answer may have happened or not; the books say which. Imports the history, the rows, the model.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping

from tests.proof import bank_world as world
from tests.proof.bank_books import Books, EntryRow, HoldRow, OrderRow, State
from tests.proof.bank_history import Action, Operation
from tests.proof.bank_model import reward, still_spent
from tests.proof.bank_replay import ADJUSTMENT, CASHBACK, REDEMPTION, hold_of, replay

History = Mapping[str, Operation]

SHOP = "shop"
NOTHING = State(0, 0, 0, 0, {})
KEYED = ("adjust", "hold", "checkout", "capture", "release", "redeem")


def check(history: History, books: Books) -> list[str]:
    """Everything that is wrong, in words; empty when the history can be explained."""
    complaints: list[str] = []
    for member in sorted(books.entries.keys() | books.states.keys()):
        complaints += gaps(books, member)
        complaints += replay(books, member)
    for part in (conservation, broken, answered, by_hand, redemptions, orders, cards, holds, in_time):
        complaints += part(history, books)
    return complaints


def gaps(books: Books, member: str) -> Iterator[str]:
    """Entries are numbered 1, 2, 3, ... and the last version counts them all."""
    numbers = [entry.number for entry in books.entries.get(member, [])]
    counted = max((state.entries for state in books.states.get(member, [])), default=0)
    if numbers != list(range(1, counted + 1)):
        missing = sorted(set(range(1, counted + 1)) - set(numbers))
        yield f"{member}: {len(numbers)} entries where {counted} are counted; missing {missing[:5]}"


def conservation(history: History, books: Books) -> Iterator[str]:
    """What members hold, the programme has given: the two sides sum to zero."""
    members = sum(states[-1].stored for states in books.states.values() if states)
    moves = [move for entries in books.entries.values() for entry in entries for move in entry.moves]
    given = sum(
        move.amount * (move.destination.startswith("programme:") - move.source.startswith("programme:"))
        for move in moves
    )
    if members + given:
        yield f"members hold {members}, the programme {given}"
    yield from (f"a posting of {move.amount}" for move in moves if move.amount <= 0)


def broken(history: History, books: Books) -> Iterator[str]:
    """Whatever came back as neither an answer nor a refusal."""
    for name, operation in history.items():
        for attempt in operation.attempts:
            if attempt.outcome == "error":
                yield f"{name} broke: {attempt.code.strip().splitlines()[-1]}"


def answered(history: History, books: Books) -> Iterator[str]:
    """A key's stored answer is there if it was answered, and not if it was refused; and always says the same."""
    for name, operation in history.items():
        if operation.action.kind in KEYED:
            stored = books.answers.get(name)
            if operation.outcome == "ok" and stored is None:
                yield f"{name} is lost: it was answered ok"
            if operation.outcome == "fail" and stored is not None:
                yield f"{name} was refused ({operation.attempts[-1].code}) and has happened"
            if any(answer != stored for answer in operation.answers):
                yield f"{name} was answered {operation.answers}, and {stored} is stored"
    yield from (f"{name} was never asked for" for name in books.answers.keys() - history.keys())


def by_hand(history: History, books: Books) -> Iterator[str]:
    """Each adjustment that has happened stands in one entry, with its amount, from however many lots."""
    posted: dict[str, list[int]] = {}
    for entry in _entries(books, "adjustment"):
        sums: dict[str, int] = {}
        for move in entry.moves:
            if ADJUSTMENT in (move.source, move.destination):
                sign = 1 if move.source == ADJUSTMENT else -1
                sums[move.note] = sums.get(move.note, 0) + sign * move.amount
        for note, amount in sums.items():
            posted.setdefault(note, []).append(amount)
    wanted = {name: [action.amount] for name, action in _happened(history, books, "adjust").items()}
    yield from _unequal("adjustment", wanted, posted)


def redemptions(history: History, books: Books) -> Iterator[str]:
    """Each redemption that has happened stands in the entry that its answer names."""
    posted = {
        f"{entry.member}/{entry.number}": [_paid(entry)] for entry in _entries(books, "redemption")
    }  # numbers are unique where there are no gaps
    wanted: dict[str, list[int]] = {}
    for name, action in _happened(history, books, "redeem").items():
        wanted.setdefault(f"{action.member}/{books.answers[name]['entry']}", []).append(action.amount)
    yield from _unequal("redemption", wanted, posted)


def orders(history: History, books: Books) -> Iterator[str]:
    """Facts that were accepted are kept, no others, and the reward is what they are worth."""
    asked: dict[int, list[Operation]] = {}
    for operation in history.values():
        if operation.action.kind in ("pay", "repeat", "settle", "refund", "cancel"):
            asked.setdefault(operation.action.number, []).append(operation)
    earned: Counter[int] = Counter()
    spent: Counter[int] = Counter()
    for entry in _entries(books, SHOP):
        number = int(entry.cause.partition("/")[2])
        earned[number] += _net(entry, CASHBACK)
        spent[number] -= _net(entry, REDEMPTION)
    for number in sorted(asked.keys() | books.orders.keys() | earned.keys()):
        yield from _order(number, asked.get(number, []), books, earned[number])
        yield from _spending(number, books, spent[number])


def cards(history: History, books: Books) -> Iterator[str]:
    """A member counts its live orders, and its entries have given what so many full cards give."""
    live = Counter(world.purchase(number).member for number, order in books.orders.items() if _is_live(order))
    for member in sorted(live.keys() | books.states.keys()):
        counted = max(books.states.get(member, []), key=lambda state: state.version, default=NOTHING).live
        points = sum(entry.points for entry in books.entries.get(member, []))
        due = live[member] // world.CARD_SIZE * world.CARD_POINTS
        if (counted, points) != (live[member], due):
            yield f"{member} counts {counted} orders of {live[member]}, and has had {points} points of {due}"


def _is_live(order: OrderRow) -> bool:
    return order.paid and not order.void and sum(order.refunds.values()) < world.purchase(order.number).net


def _net(entry: EntryRow, account: str) -> int:
    """What an account of the programme has given in an entry."""
    return sum(move.amount * ((move.source == account) - (move.destination == account)) for move in entry.moves)


def _spending(number: int, books: Books, spent: int) -> Iterator[str]:
    """What was captured for an order stays spent for the part of the order that is kept."""
    order, hold = books.orders.get(number), books.holds.get(number)
    due = hold.captured if hold and hold.tied else 0
    if order and order.paid:
        due = still_spent(world.purchase(number).net, list(order.refunds.values()), due, void=order.void)
    if spent != due:
        yield f"order {number} has spent {spent} of the balance instead of {due}; {order}, {hold}"


def _order(number: int, asked: list[Operation], books: Books, earned: int) -> Iterator[str]:
    order = books.orders.get(number)
    facts = _facts(order.paid, order.void, order.refunds) if order else {}
    sure, may = _facts_of(asked, only_sure=True), _facts_of(asked, only_sure=False)
    yield from (f"order {number} is lost: {fact}" for fact in sure.items() if fact not in facts.items())
    yield from (f"order {number} says what nobody said: {fact}" for fact in facts.items() if fact not in may.items())
    due = 0
    if order and order.paid:
        net = world.purchase(number).net
        due = reward(net, list(order.refunds.values()), world.PERCENT, void=order.void)
    if not due == earned == (order.posted if order else 0):
        yield f"order {number} is worth {due}, the entries give {earned}, it says {order}"


def _facts(paid: bool, void: bool, refunds: dict[str, int]) -> dict[str, int]:
    return {**refunds, **({"paid": 1} if paid else {}), **({"void": 1} if void else {})}


def _facts_of(asked: list[Operation], *, only_sure: bool) -> dict[str, int]:
    """What was stated of an order: what was answered, or all that anybody tried to state."""
    facts: dict[str, int] = {}
    for operation in asked:
        if operation.outcome == "ok" or not (only_sure or operation.outcome == "fail"):
            refund = operation.action.kind == "refund"
            refunds = {operation.action.name: operation.action.amount} if refund else {}
            facts |= _facts(not refund, operation.action.kind == "cancel", refunds)
    return facts


def holds(history: History, books: Books) -> Iterator[str]:
    """Each hold was asked for, and ended at most once, as it says."""
    captures = {f"hold-{number}": [row.captured] for number, row in books.holds.items() if row.state == "captured"}
    posted: dict[str, list[int]] = {}
    for entry in (*_entries(books, "hold"), *_entries(books, SHOP)):
        if amount := _paid(entry):
            posted.setdefault(hold_of(entry), []).append(amount)
    yield from _unequal("capture", captures, posted)
    ended: dict[int, list[Action]] = {}
    for kind in ("capture", "release"):
        for action in _happened(history, books, kind).values():
            ended.setdefault(action.number, []).append(action)
    placed = {
        action.number: action for kind in ("hold", "checkout") for action in _happened(history, books, kind).values()
    }
    for number in sorted(placed.keys() | ended.keys() | books.holds.keys()):
        yield from _hold(number, placed.get(number), ended.get(number, []), books)


def _hold(number: int, placed: Action | None, ended: list[Action], books: Books) -> Iterator[str]:
    row = books.holds.get(number)
    if placed is None or row is None:
        yield f"hold {number} was placed by {placed} and is {row}"
        return
    if (row.member, row.amount) != (placed.member, placed.amount):
        yield f"hold {number} was asked for as {placed} and is {row}"
    if len(ended) > 1:
        yield f"hold {number} ended {len(ended)} times: {[action.name for action in ended]}"
    ends: dict[str, list[tuple[str, int]]] = {
        "open": [],
        "captured": [("capture", row.captured)],
        "released": [("release", 0)],
        "returned": [("its order", 0)],
    }
    by = [(action.kind, action.amount if action.kind == "capture" else 0) for action in ended]
    if by != ends[row.state] and (by or not _ended_by_order(row, books.orders.get(number))):
        yield f"hold {number} is {row.state}, ended by {ended}"
    if row.state == "open" and _is_over(row, books.orders.get(number)):
        yield f"hold {number} is still open, and its order is {books.orders[number]}"


def _ended_by_order(row: HoldRow, order: OrderRow | None) -> bool:
    if not row.tied or order is None:
        return False
    return order.paid and row.captured == row.amount if row.state == "captured" else order.void


def _is_over(row: HoldRow, order: OrderRow | None) -> bool:
    return row.tied and order is not None and (order.paid or order.void)


def in_time(history: History, books: Books) -> Iterator[str]:
    """Who asked after another had its answer stands behind it in the ledger of that member."""
    placed: dict[str, list[tuple[int, str]]] = {}
    for name in history.keys() & books.answers.keys():
        member = history[name].action.member
        version = _version(history[name].action, books)
        if version:
            placed.setdefault(member, []).append((version, name))
    for names in placed.values():
        known_first: tuple[int, str] | None = None
        for _, name in sorted(names, reverse=True):
            asked, known = history[name].attempts[0].invoked_ns, history[name].known_by_ns
            if known_first and known_first[0] < asked:
                yield f"{known_first[1]} was answered before {name} was asked for, and is later in the ledger"
            if known is not None:
                known_first = min(known_first or (known, name), (known, name))


def _version(action: Action, books: Books) -> int | None:
    """Which version of the member's record has it at first: its entry, or its hold. None: that cannot be told."""
    states = books.states.get(action.member, [])
    if action.kind in ("hold", "checkout"):
        held = f"hold-{action.number}"
        return next((state.version for state in states if held in state.held), None)
    entry = books.answers[action.name].get("entry")
    at = bisect_left(states, entry, key=lambda state: state.entries) if entry else len(states)
    return states[at].version if at < len(states) else None


def _paid(entry: EntryRow) -> int:
    return sum(move.amount for move in entry.moves if move.destination == REDEMPTION)


def _entries(books: Books, kind: str) -> Iterator[EntryRow]:
    """Entries whose cause begins with a word."""
    for entries in books.entries.values():
        yield from (entry for entry in entries if entry.cause.replace("/", " ").partition(" ")[0] == kind)


def _happened(history: History, books: Books, kind: str) -> dict[str, Action]:
    """The requests of a kind that have had their effect: those whose answers are stored with it."""
    return {
        name: operation.action
        for name, operation in history.items()
        if operation.action.kind == kind and name in books.answers
    }


def _unequal(what: str, wanted: Mapping[str, list[int]], posted: Mapping[str, list[int]]) -> Iterator[str]:
    for name in sorted(wanted.keys() | posted.keys()):
        if wanted.get(name, []) != posted.get(name, []):
            yield f"{what} {name}: {wanted.get(name, [])} asked for and accepted, {posted.get(name, [])} posted"
