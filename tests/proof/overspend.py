"""A hundred parallel redemptions of one balance that covers a few of them, a thousand times: never more than there is.

    python -m tests.proof.overspend --rounds 1000

Each round credits a new member with exactly k times what every shopper wants (and a rest that is too small for one
more). On DynamoDB Local, with real threads in several processes that start at the same instant. Whoever is told that
others are writing comes again with the same key, so exactly k must succeed. Imports late: every process that is
started imports this module.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from tests.proof.overspend_round import Round, RoundAnswers
    from tests.report import Row, Section

SHOPPERS, PROCESSES = 100, 4
MOST = 5
"""At most so many of the redemptions find their balance."""

SHOWS = """A hundred threads of four processes redeem a balance at the same instant that covers none to five of them, on
AWS's own DynamoDB Local. Who is told that others are writing comes again with the same key. In each round exactly as
many succeed as the balance covers, and what is posted and what is left say the same."""


class Tally:
    """What all rounds together have come to."""

    def __init__(self) -> None:
        self.rounds = self.taken = self.refused = self.again = 0
        self.violations: list[str] = []

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds of {SHOPPERS} parallel redemptions: {self.taken} taken, {self.refused} refused, "
            f"{self.again} asked again, {len(self.violations)} violations"
        )

    def section(self, seed: int) -> Section:
        """For docs/proof.md."""
        from tests.report import Section

        return Section(
            name="overspend",
            title=f"{SHOPPERS} at once spend one balance",
            shows=SHOWS.replace("\n", " "),
            rows=self.rows(),
            seed=seed,
            operations=self.taken + self.refused,
            violations=tuple(self.violations),
        )

    def rows(self) -> tuple[Row, ...]:
        """The figures that had to be reached."""
        from tests.report import Row

        wrong = len(self.violations)
        return (
            Row("rounds in which too much or too little was spent", wrong, "0", met=not wrong),
            Row("rounds", self.rounds, "more than 0", met=self.rounds > 0),
            Row("redemptions that found their balance", self.taken, "more than 0", met=self.taken > 0),
            Row("redemptions that were refused", self.refused, "more than 0", met=self.refused > 0),
            Row("busy, and asked again with the same key", self.again, "any number", met=True),
        )


def run(rounds: int, seed: int, show: Callable[[int], object] = lambda _: None) -> Tally:
    """All rounds; the table is DynamoDB Local's, started here."""
    from chalicelib.domain.commands import PublishProgramme
    from chalicelib.engine import Engine
    from infra.local.dynamodb_local import dynamodb_local
    from tests.proof.bank_table import table_on
    from tests.proof.bank_world import dice
    from tests.world.builders import programme_of

    tally, chance = Tally(), dice(seed)
    with dynamodb_local() as endpoint, table_on(endpoint), crowds() as ask:
        bank = Engine()
        bank.execute(PublishProgramme(programme_of(), "", 0, 0, 0), 0)
        for number in range(rounds):
            play(bank, ask, number, chance, tally)
            show(number + 1)
    return tally


@contextmanager
def crowds() -> Iterator[Callable[[Round], list[RoundAnswers]]]:
    """The processes, each with its shoppers; yields a call that plays one round with all of them."""
    from multiprocessing import get_context

    from tests.proof.overspend_round import run as crowd

    context = get_context("spawn")
    together = context.Barrier(PROCESSES)
    lines: list[Connection] = []
    with ExitStack() as stack:
        for number in range(PROCESSES):
            ours, theirs = context.Pipe()
            shoppers = range(number, SHOPPERS, PROCESSES)
            process = context.Process(target=crowd, args=(shoppers, together, theirs), daemon=True)
            process.start()
            stack.callback(process.join)
            stack.callback(process.kill)
            lines.append(ours)
        for line in lines:
            line.recv()
        yield lambda wanted: _ask(lines, wanted)


def _ask(lines: Sequence[Connection], wanted: Round) -> list[RoundAnswers]:
    for line in lines:
        line.send(wanted)
    return [line.recv() for line in lines]


def play(
    bank: Any, ask: Callable[[Round], list[RoundAnswers]], number: int, chance: random.Random, tally: Tally
) -> None:
    """One round, and what it must have come to."""
    from chalicelib.domain.ledger.accounts import Account
    from chalicelib.store import queries
    from tests.proof.overspend_round import ASSET, Round
    from tests.world.builders import NOW

    member, covered, amount = f"shop.m{number}", chance.randint(0, MOST), chance.randint(2, 500)
    credited = covered * amount + chance.randrange(amount)
    credit(bank, member, credited)
    answers = ask(Round(number, member, amount))
    taken = sum(answer.taken for answer in answers)
    tally.rounds += 1
    tally.taken += taken
    tally.refused += sum(answer.refused for answer in answers)
    tally.again += sum(answer.again for answer in answers)
    tally.violations += [f"round {number}: {text}" for answer in answers for text in answer.broken]
    after = queries.member(member)
    assert after
    rest = after.accounts.get(ASSET, Account()).balance(NOW).available
    spent = sum(
        posting.amount
        for entry in queries.entries(member, SHOPPERS)
        for posting in entry.postings
        if posting.destination == "programme:redemption"
    )
    if (taken, spent, rest) != (covered, covered * amount, credited - covered * amount):
        tally.violations.append(
            f"round {number}: {credited} covers {covered} times {amount}; {taken} taken, {spent} posted, {rest} left"
        )


def credit(bank: Any, member: str, amount: int) -> None:
    """A new member with that balance: an order that earns nothing, and a posting by hand."""
    from chalicelib.domain.commands import AdjustBalance
    from tests.proof.overspend_round import ASSET
    from tests.world.builders import NOW, line, order

    bank.execute(order(f"of-{member}", member, line(net=0)), NOW)
    if amount:
        bank.execute(AdjustBalance(member, ASSET, amount, "to be spent"), NOW)


def main() -> int:
    from rich.progress import Progress

    arguments = argparse.ArgumentParser(description=f"{SHOPPERS} parallel redemptions of one balance.")
    arguments.add_argument("--rounds", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments.add_argument("--no-report", dest="report", action="store_false", help="leave docs/ as it is")
    given = arguments.parse_args()
    with Progress() as progress:
        task = progress.add_task("rounds", total=given.rounds)
        tally = run(given.rounds, given.seed, lambda done: progress.update(task, completed=done))
    if given.report:
        from tests.report import publish

        publish(tally.section(given.seed))
    print("\n".join([*tally.violations, f"seed {given.seed}", str(tally)]))
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
