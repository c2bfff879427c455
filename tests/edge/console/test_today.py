"""The console's first page: what is to be set up, what waits for a person, and what it costs to look."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.edge.jobs import rounds, stream
from chalicelib.store import deliveries
from tests.edge.api.test_reviews import bring, judge, wary
from tests.edge.browser import Browser
from tests.edge.conftest import Shop
from tests.world.meter import metered

__all__ = ["wary"]

NO_ORDER = b"{}"
NOBODY_WAITS = "0bonuses wait for your decision"


def text_of(browser: Browser) -> str:
    """What the first page says."""
    assert browser.open("/console").status == 200
    return browser.text


def test_today_says_what_is_to_be_set_up_first(bare_shop: Shop) -> None:
    browser = Browser(bare_shop)
    browser.accept()
    browser.open("/console")
    assert "Connect a shop" in browser.text
    bare_shop.connect()
    browser.open("/console")
    assert "Write the programme" in browser.text
    bare_shop.publish()
    browser.open("/console")
    assert "Put the widget into your shop" in browser.text


def test_today_claims_nothing_of_the_books_before_a_check_has_run(owner: Browser) -> None:
    owner.open("/console")
    assert "\N{EN DASH}mistakes in the booksThe daily check has not run yet." in owner.text
    assert rounds.run(owner.shop.now, lambda: 900.0).done
    owner.open("/console")
    assert "0mistakes in the booksThe daily check began" in owner.text


def test_today_counts_what_waits_before_the_stream_has_told_of_any(owner: Browser) -> None:
    owner.shop.hear(NO_ORDER)
    assert NOBODY_WAITS in text_of(owner)
    assert "1message from the shop could not be processed" in owner.text


def test_a_message_counts_once_the_stream_has_told_of_it_until_it_is_processed(owner: Browser) -> None:
    shop = owner.shop
    for number in range(1, 4):
        shop.hear({"id": number})
        assert shop.settle() == {"batchItemFailures": []}
        messages = "message" if number == 1 else "messages"
        assert f"{number}{messages} from the shop could not be processed" in text_of(owner)
    for kept in deliveries.newest(shop.now, 10):
        deliveries.mark_replayed(kept.id, shop.now)
    shop.settle()
    assert "0messages from the shop could not be processed" in text_of(owner)
    assert "The latest message" not in owner.text


def test_a_bonus_counts_until_its_verdict_and_again_once_that_is_taken_back(wary: Shop) -> None:
    bring(wary, 2, 3)
    owner = Browser(wary)
    owner.accept()
    for verdict, says in (
        ("", "1bonus waits for your decision"),
        ("deny", NOBODY_WAITS),
        ("undo", "1bonus waits for your decision"),
    ):
        if verdict:
            assert judge(wary, verdict).status == 200
        wary.settle()
        assert says in text_of(owner)


def test_a_message_that_is_gone_counts_no_more(owner: Browser) -> None:
    """Of one that the table has forgotten the stream says the key alone."""
    shop = owner.shop
    shop.hear(NO_ORDER)
    shop.settle()
    (gone,) = [item for item in shop.items() if item["k"]["S"] == "delivery"]
    shop.delete(gone["pk"]["S"], gone["sk"]["S"])
    record = {"dynamodb": {"Keys": {"pk": gone["pk"], "sk": gone["sk"]}, "SequenceNumber": "7"}, "eventName": "REMOVE"}
    assert stream.settle([record], shop.now) == {"batchItemFailures": []}
    assert "0messages from the shop could not be processed" in text_of(owner)


def test_what_the_stream_has_lost_the_daily_round_puts_right(owner: Browser) -> None:
    shop = owner.shop
    shop.hear(NO_ORDER)
    shop.settle()
    shop.later_s += 1
    shop.hear({"id": 2})
    assert "1message from the shop" in text_of(owner)
    assert rounds.run(shop.now, lambda: 900.0).done
    assert "2messages from the shop" in text_of(owner)
    shop.later_s += deliveries.KEPT_S
    assert rounds.run(shop.now, lambda: 900.0).done
    owner.accept(name="ben")
    assert "0messages from the shop" in text_of(owner)


def test_records_after_which_nothing_could_be_counted_come_again_and_no_others(
    owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = owner.shop
    shop.hear(NO_ORDER)
    kept = [n for n, item in enumerate(shop.items()) if item["k"]["S"] == "delivery"]

    def away(now: int) -> Any:
        raise Unavailable("the table is away")

    monkeypatch.setattr("chalicelib.store.waiting.count", away)
    assert shop.settle() == {"batchItemFailures": [{"itemIdentifier": str(n)} for n in kept]}


def test_the_first_page_asks_the_table_twice_however_much_waits(wary: Shop) -> None:
    """Who asks; then the round with what is owed, and what waits."""
    bring(wary, 2, 3)
    for number in range(5):
        wary.hear({"id": number})
    wary.settle()
    assert rounds.run(wary.now, lambda: 900.0).done
    owner = Browser(wary)
    owner.accept()
    text_of(owner)
    with metered() as meter:
        text = text_of(owner)
    assert meter.operations == ["BatchGetItem"] * 2
    assert "1bonus waits" in text
    assert "5messages from the shop" in text
    assert "is owed in all" in text


@pytest.mark.parametrize("path", ["/console/account", "/console/programme"])
def test_who_asks_is_read_at_once_for_every_page(owner: Browser, path: str) -> None:
    owner.open(path)
    with metered() as meter:
        owner.open(path)
    assert meter.operations[0] == "BatchGetItem"
    assert "GetItem" not in meter.operations
