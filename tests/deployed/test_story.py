"""The demo story against the deployed package: every scene's balances, and the reasons behind them."""

import pytest

from infra.api import Api
from infra.deploy import Deployment
from infra.local.story import ADA, BEN, CLEO, DORA, ED, Story

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def story(deployed: Deployment) -> Story:
    """The story, told to its end; a scene whose books differ raises."""
    assert deployed.keys
    told = Story(Api(deployed.api_url, deployed.keys.admin), Api(deployed.api_url, deployed.keys.storefront))
    for scene in told.scenes():
        scene.act()
        told.settle_to(scene)
    return told


def reasons(story: Story, member: str, asset: str = "EUR/2") -> list[tuple[int, str]]:
    movements = (movement for entry in reversed(story.statement(member)) for movement in entry["movements"])
    return [(movement["amount"], movement["why"]) for movement in movements if movement["asset"] == asset]


def test_the_referrer_is_told_why_each_cent_came_and_went(story: Story) -> None:
    assert reasons(story, ADA) == [
        (400, "Cashback: 5% of 80.00 EUR on your order #1."),
        (1000, "Bonus: 10% of 100.00 EUR that 2 friends spent."),
        (-300, "Bonus taken back: a friend's order was partly refunded."),
        (-700, "Bonus taken back: a friend's order was refunded."),
        (-300, "Spent on your order #5."),
        (135, "Cashback: 5% of 27.00 EUR on your order #5."),
        (300, "Given back: your order #5 was refunded or changed."),
        (-135, "Cashback taken back: your order #5 was refunded or changed."),
    ]


def test_a_card_fills_and_is_not_full_any_more(story: Story) -> None:
    of_the_card = [reason for reason in reasons(story, DORA) if "card" in reason[1]]
    assert of_the_card == [
        (400, "Stamp card full: coffee, 5 stamps."),
        (-400, "Reward of the stamp card coffee taken back: your order #11 was refunded or changed."),
    ]
    assert [card["text"] for card in story.progress(DORA)["cards"]] == ["4 of 5 stamps"]


def test_a_level_multiplies_the_order_after_it(story: Story) -> None:
    why = "Leaves: 1 for each full 1.00 EUR of 50.00 EUR, times 1.5 for level black, on your order #14."
    assert (75, why) in reasons(story, DORA, "leaves")
    assert story.progress(DORA)["level"]["level"] == "black"


def test_who_is_held_out_gets_nothing_of_the_campaign(story: Story) -> None:
    assert len([reason for reason in reasons(story, DORA, "leaves") if reason[1].startswith("Campaign")]) == 2
    assert not [reason for reason in reasons(story, ED, "leaves") if reason[1].startswith("Campaign")]


def test_the_goal_of_a_month_is_reached_with_its_badge(story: Story) -> None:
    assert [badge["goal"] for badge in story.progress(DORA)["badges"]] == ["regular"]


def test_the_paid_order_has_captured_its_hold(story: Story) -> None:
    held = story.hold_state()
    assert (held["state"], held["captured_text"]) == ("captured", "3.00 EUR")


def test_a_friend_keeps_what_was_not_returned(story: Story) -> None:
    taken = "Cashback taken back: your order #2 was refunded or changed; what you kept earns 5% of 30.00 EUR."
    assert reasons(story, BEN)[-1] == (-150, taken)


def test_a_full_refund_takes_everything_back(story: Story) -> None:
    assert sum(amount for amount, _ in reasons(story, CLEO)) == 0


def test_the_surviving_friend_waits_for_the_next(story: Story) -> None:
    progress = story.member(ADA)["referral"]
    assert progress == {"friends_needed": 2, "friends_waiting": 1, "friends_live": 1, "bonuses": 0}


def test_the_link_leads_to_the_programmes_landing_page_only(story: Story) -> None:
    assert story.share().endswith(f"leads to https://acme-tea.example/welcome?ref={story.code}")


def test_nothing_is_left_that_could_not_be_processed(story: Story) -> None:
    kept = story.admin.call("GET", "/v1/deliveries")["deliveries"]
    assert [delivery for delivery in kept if delivery["connection"].startswith("acme-")] == []
