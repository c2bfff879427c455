"""The demo's storefront in a browser, with the real API behind it: bought, paid with balance, returned."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import expect

from infra.api import Api
from infra.local.demo_shop import storefront
from infra.local.demo_till import PRODUCTS, RefusedSale, Till
from infra.local.run import account_of
from infra.local.story import DORA, PROGRAMME, Story
from tests.browser.site import serve
from tests.browser.visitor import Look, Visitor
from tests.edge.conftest import Shop

B = "\N{NO-BREAK SPACE}"


class Demo(NamedTuple):
    """The addresses of the storefront and of the API, and who sends for the shop."""

    address: str
    api: str
    story: Story


@pytest.fixture
def demo(bare_shop: Shop) -> Iterator[Demo]:
    """A storefront with the demo's programme, at this hour: its page is proved by the computer's clock."""
    bare_shop.later_s += int(time.time()) - bare_shop.now
    with serve(bare_shop) as api:
        story = Story(Api(api, bare_shop.admin), Api(api, bare_shop.storefront))
        story.open_shop()
        bare_shop.later_s += 60
        with storefront(account_of(story, f"{api}/"), Till(story)) as address:
            yield Demo(address, api, story)


def test_dora_pays_as_much_with_her_balance_as_a_programme_allows(demo: Demo, bare_shop: Shop) -> None:
    document = PROGRAMME.read_text(encoding="utf-8")
    limited = f"{document}\nspending: {{min_percent: 20, max_percent: 50}}\n"
    assert bare_shop.publish(limited, If_Match='"1"').status == 200
    bare_shop.give(1500, DORA)
    till, (tea, coffee, _) = Till(demo.story), PRODUCTS
    assert till.buy(till.new_number(), coffee, with_balance=True).balance == 1500
    bare_shop.later_s += 3600
    bare_shop.give(1500, DORA)
    assert till.buy(till.new_number(), tea, with_balance=True).balance == 900
    bare_shop.give(-500, DORA)
    with pytest.raises(RefusedSale, match="unpayable"):
        till.buy(till.new_number(), tea, with_balance=True)


@pytest.mark.parametrize("look", [Look("fr", "light", "desk"), Look("en", "dark", "phone")], ids=str)
def test_dora_buys_pays_with_her_balance_and_returns_it(
    demo: Demo, visitors: Callable[..., Visitor], look: Look
) -> None:
    visitor = visitors(look, demo.address, demo.api)
    page, status = visitor.page, visitor.page.get_by_role("status").first
    words = {
        "en": ("Buy", "Pay with my balance", "Return the last", "Bought for €20.00:", "€1.00 came", "€1.00 are in"),
        "fr": ("Acheter", "Payer avec", "Retourner", "Acheté pour 20,00", f"1,00{B}€ viennent", "reviennent au solde"),
    }
    buy, pay, back, bought, with_balance, returned = words[look.locale]
    page.goto(f"{demo.address}?lang={look.locale}")
    expect(page.get_by_role("button", name=back)).to_have_count(0)
    coffee = page.locator(".goods li").nth(1)
    coffee.get_by_role("button", name=buy).dblclick()
    expect(status).to_contain_text(bought)
    expect(page.locator("ristourne-loyalty [part=amount]").first).to_contain_text(re.compile(r"1[.,]00"))
    visitor.check()
    coffee.get_by_role("button", name=pay).click()
    expect(status).to_contain_text(with_balance)
    visitor.check()
    page.get_by_role("button", name=back).click()
    expect(status).to_contain_text(returned)
    expect(status).to_be_focused()
    expect(page.get_by_role("button", name=back)).to_have_count(0)
    visitor.check()

    whys = [movement["why"] for entry in demo.story.statement(DORA) for movement in entry["movements"]]
    assert len([why for why in whys if why.startswith("Cashback: ")]) == 2
    assert len([why for why in whys if why.startswith("Spent on")]) == 1
    assert len([why for why in whys if why.startswith("Given back")]) == 1
    (money,) = [row for row in demo.story.member(DORA)["balances"] if row["asset"] == "EUR/2"]
    assert (money["available"], money["held"]) == (100, 0)
