"""Whatever happens to a Shopify order, the cashback is that of what was kept, by an account of the shop's own side."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.edge.storefronts.shopify_life import Life
from tests.edge.storefronts.stories import BUYERS, hear
from tests.world.builders import programme_of
from tests.world.memory import Memory

CASHBACK = programme_of()
A_CENT = 1
"""Both sides round, the shop's for each refund."""


@given(st.randoms(use_true_random=False), st.booleans())
def test_the_cashback_is_that_of_what_was_kept(random: Random, in_order: bool) -> None:
    life = Life(random)
    life.live()
    deliveries = life.deliveries
    if not in_order:
        last = next(told for told in reversed(deliveries) if told[0] != "refunds/create")
        arrived = [told for told in deliveries if told is last or random.random() < 0.8]
        deliveries = random.sample([*arrived, *arrived[:2]], len(arrived) + min(2, len(arrived)))
    shop = Memory(CASHBACK)
    for topic, body in deliveries:
        hear(shop, "shopify", topic, body)
    cashback = shop.available(BUYERS["shopify"])
    assert abs(cashback - life.kept() * 5 / 100) <= A_CENT, [topic for topic, _ in deliveries]
