"""Bonuses that wait for a person, and referrals that the stream gave up."""

from __future__ import annotations

from typing import Any

from infra.commands.terminal import (
    Arguments,
    add_command,
    add_group,
    api,
    api_path,
    pages,
    post_once,
    print_json,
    show,
    table,
)


def add(groups: Any) -> None:
    """The commands of this group, and what each takes."""
    commands = add_group(groups, "reviews", "bonuses that wait for a person")
    list_parser = add_command(
        commands, "list", "bonuses that wait, newest first, with what speaks against them", list_reviews, shows=True
    )
    list_parser.add_argument("--all", action="store_true", help="also those that were decided")
    for verdict, text in (("approve", "pay it"), ("deny", "do not pay it"), ("undo", "take an earlier verdict back")):
        verdict_parser = add_command(commands, verdict, text, review)
        verdict_parser.add_argument("member")
        verdict_parser.add_argument("group", type=int)
        verdict_parser.add_argument("reason", help="what the member will read in the statement")
        verdict_parser.set_defaults(verdict=verdict)
    add_command(groups, "settle", "settle a referrer's bonuses where the stream gave up", settle).add_argument("member")


def list_reviews(arguments: Arguments) -> None:
    review_pages = pages("/v1/reviews", all=int(arguments.all))
    reviews = [review for page in review_pages for review in page["reviews"]]
    if arguments.json:
        print_json(reviews)
        return
    rows = [_review(review) for review in reviews]
    table(["since", "member", "group", "state", "bonus", "signals", "orders"], rows)


def _review(review: dict[str, Any]) -> list[str]:
    signals = [f"{signal['signal']} {signal['weight']}" for signal in review["signals"]]
    bonus, orders = ([row[name] for row in review[key]] for name, key in (("text", "bonus"), ("order", "friends")))
    cells = (bonus, signals, orders)
    return [review["held_at"], review["referrer"], str(review["group"]), review["state"], *map(", ".join, cells)]


def review(arguments: Arguments) -> None:
    body = {"verdict": arguments.verdict, "reason": arguments.reason}
    show(post_once(api_path("members", arguments.member, "groups", arguments.group, "review"), body))


def settle(arguments: Arguments) -> None:
    total = 0
    while settled := api().call("POST", api_path("members", arguments.member, "referrals", "settle"))["settled"]:
        total += settled
    print(f"friends whose orders were settled: {total}")
