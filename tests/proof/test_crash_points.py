"""No command may be hurt by a process that dies between any two calls; the first lines say that none is left out."""

from __future__ import annotations

from collections import Counter

import pytest

from chalicelib.domain.commands import AdjustBalance
from chalicelib.domain.decide import DECIDERS
from chalicelib.engine import Engine
from chalicelib.store.items import Item, RecordItem
from tests.proof.crash_points import Fragile, Point, clean, engine_on, expect_recovery, points, world
from tests.proof.soak.hub import Died
from tests.proof.stories import WITHOUT_KEY, Story, stories
from tests.world.faults import Call, intercepted

STORIES = {story.name: story for story in stories()}


@pytest.fixture(params=STORIES)
def story(request: pytest.FixtureRequest) -> Story:
    return STORIES[request.param]


def test_every_command_has_two_stories() -> None:
    told = Counter(type(story.command) for story in STORIES.values())
    assert {kind: count for kind, count in told.items() if count >= 2}.keys() == DECIDERS.keys()


def test_stories_have_names_of_their_own() -> None:
    assert len(STORIES) == len(stories())


def test_a_crash_at_any_point_leaves_the_books_as_they_should_be(story: Story) -> None:
    expected = clean(story)
    tried = list(points(expected.calls))
    assert len(tried) == 2 * len(expected.calls) >= 4
    for point in tried:
        expect_recovery(story, point, expected)


def test_without_its_key_a_repeated_adjustment_would_count_twice() -> None:
    """So the comparison above can fail, and the key is what makes it hold."""
    story = STORIES["a credit by hand"]
    counting = Fragile(world(story))
    engine_on(counting).execute(story.command, story.now)
    shelf, point = world(story), Point(len(counting.calls) - 1, after=True)
    with pytest.raises(Died):
        engine_on(Fragile(shelf, point)).execute(story.command, story.now)
    engine_on(Fragile(shelf)).execute(story.command, story.now)
    assert isinstance(story.command, AdjustBalance)
    assert shelf.available(story.command.member) == 2 * story.command.amount


def test_every_request_that_moves_money_carries_a_key() -> None:
    without = {type(story.command) for story in STORIES.values() if story.key is None}
    assert without == set(WITHOUT_KEY)


@pytest.mark.usefixtures("moto_table")
def test_a_process_that_dies_after_its_transaction_leaves_the_table_as_it_should_be(story: Story) -> None:
    """The same through PynamoDB: the transaction is written, and nobody learns of it."""
    for command, now in story.before:
        Engine().execute(command, now)
    with intercepted(_dies_after_writing), pytest.raises(Died):
        Engine().execute(story.command, story.now, story.key)
    Engine().execute(story.command, story.now, story.key)
    stored = [item.record() for item in Item.scan(consistent_read=True) if isinstance(item, RecordItem)]
    assert {record.ref: record for record in stored} == clean(story).records


def _dies_after_writing(operation: str, call: Call) -> object:
    answer = call()
    if operation == "TransactWriteItems":
        raise Died
    return answer
