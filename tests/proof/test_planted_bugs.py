"""The simulator can fail: each of these bugs is put into the real code for one small run, and must be found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from fractions import Fraction
from typing import Any
from unittest import mock

import pytest
from msgspec.structs import replace

from chalicelib import engine, settings
from chalicelib.domain.core import money
from chalicelib.domain.decide import decide
from chalicelib.domain.ledger import transfers
from chalicelib.domain.members import holds
from chalicelib.domain.orders import recording
from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.programme.awards import Levels
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Granted, Member, Record, Won
from chalicelib.domain.rewards.progress import awards, counters, levels
from chalicelib.domain.rewards.referral import friends, groups
from chalicelib.store.table import Stale
from tests.proof.soak.epoch import Epoch
from tests.proof.soak.options import Options
from tests.proof.soak.shelf import Shelf
from tests.proof.soak.table import Table

OPERATIONS, SEED, LIVES = 4000, 7, 8

Plant = AbstractContextManager[Any]


def no_version_asserted() -> Plant:
    """A commit writes whatever was read, however long ago."""
    return mock.patch.object(Shelf, "asserts_versions", False)


def half_a_transaction() -> Plant:
    """A cancelled transaction has written its first record."""
    whole = Shelf.commit

    def commit(shelf: Shelf, changes: Sequence[Record]) -> None:
        try:
            whole(shelf, changes)
        except Stale:
            with suppress(Stale):
                whole(shelf, changes[:1])
            raise

    return mock.patch.object(Shelf, "commit", commit)


def lost_races_are_forgotten() -> Plant:
    """Who loses a race believes to have written."""
    honest = Table.commit

    def commit(table: Table, changes: Sequence[Record]) -> None:
        with suppress(Stale):
            honest(table, changes)

    return mock.patch.object(Table, "commit", commit)


def todo_is_ignored() -> Plant:
    """A settlement does again what was done."""
    honest = groups.ReferrerGroups.follow

    def follow(books: Any, friend: str) -> None:
        conversion = books._conversion(friend)
        if conversion and not conversion.todo:
            books._put(replace(conversion, todo=1))
        honest(books, friend)

    return mock.patch.object(groups.ReferrerGroups, "follow", follow)


def todo_is_not_set() -> Plant:
    """A refund of a friend's order does not wake the referrer."""
    honest = friends.stating

    def stating(conversion: Any) -> Any:
        told = honest(conversion)
        return told if told.live else replace(told, order="", at=0, currency="", base=0, live=True)

    return mock.patch.object(friends, "stating", stating)


def posted_is_not_subtracted() -> Plant:
    """What is due is posted, not what it differs by."""
    honest = transfers.difference
    return mock.patch.object(recording, "difference", lambda posted, *rest, **named: honest((), *rest, **named))


def clawbacks_are_forgotten() -> Plant:
    """A refund takes nothing back."""
    honest = transfers.difference

    def difference(*sides: Any, **named: Any) -> list[Any]:
        return [transfer for transfer in honest(*sides, **named) if transfer[1].destination.startswith("member:")]

    return mock.patch.object(recording, "difference", difference)


def the_latest_delivery_wins() -> Plant:
    """Facts overwrite each other in the order in which they come."""

    def merge(facts: OrderFacts, other: OrderFacts) -> OrderFacts:
        return OrderFacts(
            {**facts.sources, **other.sources},
            {**facts.refunds, **other.refunds},
            paid_at=facts.paid_at or other.paid_at,
            code=max(facts.code, other.code),
            disputes={**facts.disputes, **other.disputes},
            delivered_at=facts.delivered_at or other.delivered_at,
        )

    return mock.patch.object(OrderFacts, "merge", merge)


def keys_are_ignored() -> Plant:
    """A request that is sent again is done again."""
    return mock.patch.object(engine, "decide", lambda command, facts, now, key: decide(command, facts, now))


def cents_are_cut() -> Plant:
    """Rewards are rounded down whatever the programme says."""
    honest = money.round_ratio
    return mock.patch.object(money, "round_ratio", lambda units, per_unit, rounding: honest(units, per_unit, "down"))


def rules_are_remembered_for_ever() -> Plant:
    """A process never looks for a new version of the programme."""
    return mock.patch.object(settings, "cache_s", return_value=10**9)


def holds_end_again() -> Plant:
    """A hold that was captured can be captured once more."""
    honest = holds._open
    return mock.patch.object(holds, "_open", lambda command, facts, now: honest(command, _Reopened(facts), now))


class _Reopened:
    """Facts in which every hold is open."""

    def __init__(self, facts: Any) -> None:
        self._facts = facts

    def find(self, ref: Any, kind: Any) -> Any:
        record = self._facts.find(ref, kind)
        return replace(record, state="open") if record else None


def counters_keep_what_was_refunded() -> Plant:
    """What an order counted before is not taken off."""
    honest = counters.recount
    return mock.patch.object(counters, "recount", lambda books, before, *rest: honest(books, None, *rest))


def merges_forget_counters() -> Plant:
    """The survivor has its own counters only."""
    return mock.patch.object(counters, "joined", lambda member, *_: member)


def awards_are_never_taken_back() -> Plant:
    """What was reached stays, whatever is refunded."""
    honest = awards._with_judgement

    def with_judgement(won: tuple[Won, ...], *rest: Any) -> tuple[Won, ...]:
        after = honest(won, *rest)
        return after if len(after) >= len(won) else won

    return mock.patch.object(awards, "_with_judgement", with_judgement)


def cards_are_a_stamp_ahead() -> Plant:
    """A card that has stamps has one more."""
    honest = awards.stamps_of
    return mock.patch.object(awards, "stamps_of", lambda card, member: honest(card, member) + bool(member.counts))


def goals_are_of_yesterday() -> Plant:
    """A goal is judged by what was counted before the order."""
    honest = awards.value_of
    return mock.patch.object(awards, "value_of", lambda *asked: max(honest(*asked) - 1, 0))


def levels_multiply_nothing() -> Plant:
    """An order gets what it would without a level."""
    return mock.patch.object(Sale, "factor", return_value=Fraction(1))


def levels_are_taken_anew() -> Plant:
    """A refund values an order under the level that its buyer has by then."""
    honest = recording._with_judgements

    def with_judgements(order: Any, stored: Any, *rest: Any) -> Any:
        return honest(order, None, *rest)

    return mock.patch.object(recording, "_with_judgements", with_judgements)


def levels_counted(**otherwise: str) -> Plant:
    """A level counts otherwise than the programme says."""
    honest = levels._score

    def score(member: Member, counter: str, rule: Levels, month: int) -> int:
        return honest(member, counter, replace(rule, **otherwise), month)

    return mock.patch.object(levels, "_score", score)


def levels_count_the_open_month() -> Plant:
    """Where only closed months count, the running one does too."""
    return levels_counted(counts="at_once")


def levels_are_of_a_rolling_year() -> Plant:
    """What is older than a year counts no more."""
    return levels_counted(per="rolling")


def levels_of_points_count_orders() -> Plant:
    """What levels of points rest on is not what orders have earned."""
    honest = Levels.counter
    return mock.patch.object(
        Levels, "counter", lambda rule, programme: honest(replace(rule, measure="orders"), programme)
    )


def levels_by_hand_never_end() -> Plant:
    """What a person has set holds for good."""
    honest = levels._granted

    def granted(given: Granted | None, *rest: Any) -> int:
        return honest(replace(given, until=0) if given else None, *rest)

    return mock.patch.object(levels, "_granted", granted)


def merged_ids_are_two_customers() -> Plant:
    """An order that is told again as the kept customer's counts as moved to somebody else."""
    honest = recording._with_buyer_terms
    return mock.patch.object(recording, "_with_buyer_terms", lambda *told: honest(*told).under(buyer=""))


def campaigns_never_end() -> Plant:
    """A campaign holds on every day."""
    return mock.patch.object(Campaign, "is_running", return_value=True)


def nobody_is_held_out() -> Plant:
    """A campaign holds for everybody."""
    return mock.patch.object(Campaign, "holds_out", return_value=False)


PLANTS: tuple[Callable[[], Plant], ...] = (
    no_version_asserted,
    half_a_transaction,
    lost_races_are_forgotten,
    todo_is_ignored,
    todo_is_not_set,
    posted_is_not_subtracted,
    clawbacks_are_forgotten,
    the_latest_delivery_wins,
    keys_are_ignored,
    cents_are_cut,
    rules_are_remembered_for_ever,
    holds_end_again,
    counters_keep_what_was_refunded,
    merges_forget_counters,
    awards_are_never_taken_back,
    cards_are_a_stamp_ahead,
    goals_are_of_yesterday,
    levels_multiply_nothing,
    levels_are_taken_anew,
    campaigns_never_end,
    nobody_is_held_out,
)


PLANTS_OF_LEVELS: tuple[Callable[[], Plant], ...] = (
    levels_count_the_open_month,
    levels_are_of_a_rolling_year,
    levels_of_points_count_orders,
    levels_by_hand_never_end,
)
"""Bugs that only shops with levels of several kinds can meet."""


def test_nothing_is_found_where_nothing_was_planted() -> None:
    assert Epoch(SEED, OPERATIONS, Options.none()).run().violation == ""


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_found(plant: Callable[[], Plant]) -> None:
    """In the first life that meets it: a rare one needs more than one."""
    with plant():
        assert any(Epoch(seed, OPERATIONS, Options.none()).run().violation for seed in range(SEED, SEED + LIVES))


@pytest.mark.parametrize("plant", PLANTS_OF_LEVELS, ids=lambda plant: plant.__name__)
def test_a_planted_bug_of_levels_is_found(plant: Callable[[], Plant]) -> None:
    seeds = range(SEED, SEED + LIVES)
    shops = [Options(seed, boards=0, segments=False, gifts=False, levels=True, levels_by_hand=True) for seed in seeds]
    with plant():
        assert any(Epoch(seed, OPERATIONS, shop).run().violation for seed, shop in zip(seeds, shops, strict=True))


def test_an_order_that_is_valued_anew_after_a_merge_is_found() -> None:
    seeds = range(SEED, SEED + LIVES)
    shops = [Options(seed, boards=0, segments=False, gifts=False, merges_told=True) for seed in seeds]
    with merged_ids_are_two_customers():
        assert any(Epoch(seed, OPERATIONS, shop).run().violation for seed, shop in zip(seeds, shops, strict=True))
