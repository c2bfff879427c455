"""Leaderboards over HTTP: the stream writes rows, the round mends them and gives prizes, names need a consent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.edge import process
from chalicelib.edge.jobs import rounds
from chalicelib.store import boards
from chalicelib.store.items import BOARD_ROW
from tests.edge.conftest import Answer, Shop

DAY_S = 86_400

DOCUMENT = """
name: Edge Shop
currency: EUR
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
assets:
  points: {name: {en: leaves}}
earn:
  - {id: cashback, percent: 5}
boards:
  - id: best
    name: {en: Best customers}
    top: 2
    settle_days: 3
    prizes: [{give: 500, of: points}, {give: 201, of: points}]
  - {id: ever, measure: orders, per: all, top: 2}
"""


@pytest.fixture
def full_shop(open_shop: Shop) -> Shop:
    open_shop.replace_programme(DOCUMENT)
    return open_shop


@pytest.fixture
def busy(full_shop: Shop) -> Shop:
    """Three customers: the third has bought most, the second and the first as much."""
    for number, (customer, total) in enumerate([(1, "40.00"), (2, "40.00"), (3, "90.00")], 1):
        assert full_shop.buy(number, customer, total=total).status == 200
    assert full_shop.settle() == {"batchItemFailures": []}
    return full_shop


def board(shop: Shop, name: str = "best", period: str = "") -> Answer:
    return shop.call("GET", f"/v1/boards/{name}{period and f'?period={period}'}", key=shop.storefront)


def rows_of(answer: Answer) -> list[tuple[int, str, int]]:
    assert answer.status == 200, answer.body
    return [(row["place"], row["member"], row["score"]) for row in answer.json["places"]]


def make_round(shop: Shop) -> Any:
    return rounds.run(shop.now, lambda: 900.0)


def lose_rows() -> None:
    for item in BOARD_ROW.scan(BOARD_ROW.kind == BOARD_ROW):
        item.delete(add_version_condition=False)


def test_the_best_stand_on_the_board(busy: Shop) -> None:
    answer = board(busy)
    assert rows_of(answer) == [(1, "acme.3", 9000), (2, "acme.1", 4000)]
    told = {name: answer.json[name] for name in ("board", "name", "measure", "period", "settled")}
    assert told == {
        "board": "best",
        "name": {"en": "Best customers"},
        "measure": "spend",
        "period": "2026-05",
        "settled": False,
    }
    assert [row["text"] for row in answer.json["places"]] == ["90.00 EUR", "40.00 EUR"]
    assert rows_of(board(busy, "ever")) == [(1, "acme.1", 1), (1, "acme.2", 1)]


def test_a_board_that_began_in_the_midst_of_a_period_is_exact_after_a_round(busy: Shop) -> None:
    assert (board(busy).json["exact"], board(busy).json["counted_at"]) == (False, None)
    make_round(busy)
    busy.later_s += 60
    assert (board(busy).json["exact"], board(busy).json["counted_at"]) == (True, "2026-05-04T13:00:00Z")


def test_a_board_that_was_there_before_its_period_is_exact_at_once(full_shop: Shop) -> None:
    full_shop.later_s = 30 * DAY_S
    assert full_shop.buy(1, 1).status == 200
    full_shop.settle()
    answer = board(full_shop)
    assert (answer.json["period"], answer.json["exact"], rows_of(answer)) == ("2026-06", True, [(1, "acme.1", 10_000)])


def test_a_duplicate_and_an_old_record_of_the_stream_change_nothing(busy: Shop) -> None:
    before = busy.items()
    assert busy.settle() == {"batchItemFailures": []}
    assert busy.items() == before


def test_a_refund_moves_a_member_down(busy: Shop) -> None:
    order = busy.order(3, 3, total="90.00", financial_status="voided", cancelled_at="2026-05-04T13:30:00Z")
    busy.later_s += 3600
    order["updated_at"] = "2026-05-04T13:59:00Z"
    assert busy.hear(order, "orders/cancelled").status == 200
    busy.settle()
    busy.later_s += 60
    assert rows_of(board(busy)) == [(1, "acme.1", 4000), (1, "acme.2", 4000)]


@pytest.mark.parametrize(
    ("name", "consents", "shown"),
    [
        ("Ada Maria Lovelace", {"leaderboard": True}, "Ada L."),
        ("Ada", {"leaderboard": True}, "Ada"),
        ("", {"leaderboard": True}, ""),
        ("Ada Lovelace", {"leaderboard": False}, ""),
        ("Ada Lovelace", {"mail": True}, ""),
        ("Ada Lovelace", None, ""),
    ],
)
def test_a_name_is_shown_with_consent_only(busy: Shop, name: str, consents: Any, shown: str) -> None:
    body = {"display_name": name, "consents": consents}
    assert busy.call("PUT", "/v1/members/acme.3", body, busy.storefront).status == 200
    assert [row["name"] for row in board(busy).json["places"]] == [shown, ""]


def test_an_erased_name_is_gone_at_once(busy: Shop) -> None:
    body = {"display_name": "Ada Lovelace", "consents": {"leaderboard": True}}
    assert busy.call("PUT", "/v1/members/acme.3", body, busy.storefront).status == 200
    assert board(busy).json["places"][0]["name"] == "Ada L."
    assert busy.call("POST", "/v1/members/acme.3/erasure", {}, busy.admin).status == 200
    answer = board(busy)
    assert (answer.json["places"][0]["name"], rows_of(answer)[0]) == ("", (1, "acme.3", 9000))
    assert not any("Lovelace" in str(item) for item in busy.items())


def test_a_merged_member_leaves_the_board_to_the_survivor(busy: Shop) -> None:
    assert busy.post("/v1/members/acme.1/merge", {"from": "acme.2"}, caller=busy.admin).status == 200
    busy.settle()
    assert rows_of(board(busy)) == [(1, "acme.3", 9000), (2, "acme.1", 8000)]


@pytest.mark.parametrize(
    ("name", "period", "problem"),
    [
        ("none", "", (404, "not_found")),
        ("best", "2026-W19", (400, "invalid_input")),
        ("best", "2026-5", (400, "invalid_input")),
        ("ever", "2026-05", (400, "invalid_input")),
        ("best", "2026-03", (404, "not_found")),
    ],
)
def test_what_is_not_known_is_refused(full_shop: Shop, name: str, period: str, problem: tuple[int, str]) -> None:
    assert board(full_shop, name, period).problem == problem


def test_a_board_over_all_time_has_no_period_to_name(full_shop: Shop) -> None:
    assert (
        board(full_shop, "ever", "2026-05").detail
        == "period must be left out: the board has one period, all time, got '2026-05'"
    )


def progress(shop: Shop, member: str, name: str = "best") -> Any:
    answer = shop.call("GET", f"/v1/members/{member}/progress", key=shop.token_of(member))
    assert answer.status == 200, answer.body
    return next(row for row in answer.json["boards"] if row["board"] == name)


def test_a_member_sees_its_place_and_beyond_the_board_a_percent(busy: Shop) -> None:
    for number, customer in enumerate(range(4, 24), 4):
        assert busy.buy(number, customer, total="10.00").status == 200
    busy.settle()
    make_round(busy)
    busy.later_s += 60
    first, second, last = (progress(busy, f"acme.{number}") for number in (3, 2, 9))
    assert (first["place"], first["top_percent"], first["text"]) == (1, None, "place 1, with 90.00 EUR in 2026-05")
    assert (second["place"], second["top_percent"]) == (2, None)
    assert (last["place"], last["top_percent"], last["score"]) == (None, 100, 1000)
    assert last["text"] == "among the top 100%, with 10.00 EUR in 2026-05"


def test_who_has_bought_nothing_is_not_on_it_yet(busy: Shop) -> None:
    busy.give(100, "acme.5")
    assert progress(busy, "acme.5")["text"] == "not on it yet in 2026-05"
    assert progress(busy, "acme.5", "ever")["text"] == "not on it yet"


def test_the_round_mends_what_the_stream_has_lost(busy: Shop) -> None:
    before = rows_of(board(busy))
    lose_rows()
    busy.later_s += 60
    assert rows_of(board(busy)) == []
    assert make_round(busy).findings == 0
    busy.later_s += 60
    assert rows_of(board(busy)) == before


def test_the_round_finds_and_mends_a_row_that_somebody_has_changed(busy: Shop) -> None:
    before = rows_of(board(busy))
    (item,) = BOARD_ROW.scan((BOARD_ROW.member == "acme.2") & (BOARD_ROW.board == "best"))
    boards.put(replace(item.record(), score=99_999), over=item.version)
    assert make_round(busy).findings == 1
    busy.later_s += 60
    assert rows_of(board(busy)) == before


def test_a_row_of_a_member_that_a_restore_has_put_back_is_mended_too(busy: Shop) -> None:
    before = rows_of(board(busy))
    (item,) = BOARD_ROW.scan((BOARD_ROW.member == "acme.2") & (BOARD_ROW.board == "best"))
    boards.put(replace(item.record(), score=99_999, version=item.version + 5))
    assert make_round(busy).findings == 0
    busy.later_s += 60
    assert rows_of(board(busy)) == before


def test_a_row_that_cannot_be_written_is_tried_again_alone(busy: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_rows()
    put: Callable[..., bool] = boards.put

    def broken(row: Any, **more: int) -> bool:
        if row.member == "acme.2":
            raise Unavailable("the table is busy")
        return put(row, **more)

    monkeypatch.setattr(boards, "put", broken)
    assert len(busy.settle()["batchItemFailures"]) == 1
    busy.later_s += 60
    assert [member for _, member, _ in rows_of(board(busy))] == ["acme.3", "acme.1"]


def test_a_record_that_cannot_be_read_holds_up_no_others(full_shop: Shop) -> None:
    from chalicelib.edge.jobs import stream

    image = {"k": {"S": "member"}, "bd": {"S": "["}, "m": {"S": "acme.1"}, "pk": {"S": "x"}, "sk": {"S": "x"}}
    record = {"dynamodb": {"NewImage": image, "SequenceNumber": "1"}}
    assert stream.settle([record], full_shop.now) == {"batchItemFailures": []}


def statements(shop: Shop) -> dict[str, list[tuple[str, str]]]:
    """The prizes that stand in the members' statements."""
    reasons = {name: shop.reasons(name) for name in ("acme.1", "acme.2", "acme.3")}
    return {name: [row for row in told if row[1].startswith("Prize")] for name, told in reasons.items()}


PRIZES = {
    "acme.3": [("500 points", "Prize of a leaderboard: place 1 of Best customers, 2026-05.")],
    "acme.1": [("101 points", "Prize of a leaderboard: place 2 of Best customers, 2026-05.")],
    "acme.2": [("100 points", "Prize of a leaderboard: place 2 of Best customers, 2026-05.")],
}


def test_a_period_that_is_over_is_settled_once_and_its_prizes_are_given(busy: Shop) -> None:
    for days in (1, 28, 30):
        busy.later_s = days * DAY_S
        make_round(busy)
        assert not board(busy, period="2026-05").json["settled"]
    for days in (31, 32, 60):
        busy.later_s = days * DAY_S
        assert make_round(busy).findings == 0
        assert statements(busy) == PRIZES
    answer = board(busy, period="2026-05")
    assert (answer.json["settled"], answer.json["exact"]) == (True, True)
    assert rows_of(answer) == [(1, "acme.3", 9000), (2, "acme.1", 4000)]
    assert [row["prizes"][0]["text"] for row in answer.json["places"]] == ["500 points", "101 points"]


def test_a_round_that_died_before_a_prize_gives_it_with_the_next_one(
    busy: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, executed = process.engine(), []
    execute = engine.execute

    def dies(command: Any, *rest: Any) -> Any:
        executed.append(type(command).__name__)
        if executed.count("AwardPrize") == 2:
            raise Unavailable("the table is away")
        return execute(command, *rest)

    busy.later_s = 31 * DAY_S
    with monkeypatch.context() as patch:
        patch.setattr(engine, "execute", dies)
        with pytest.raises(Unavailable):
            make_round(busy)
    assert sum(map(len, statements(busy).values())) == 1
    busy.later_s += 3600
    make_round(busy)
    assert statements(busy) == PRIZES


def test_a_round_of_many_pages_counts_everybody_once(busy: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.store.rounds.PAGE", 3)
    lose_rows()
    for _ in range(60):
        if rounds.run(busy.now, lambda: 1.0).done:
            break
    (period,) = [item for item in busy.items() if item["k"]["S"] == "board" and item["b"]["S"] == "ever"]
    assert period["h"] == {"S": "[1,3]"}
    busy.later_s += 60
    assert rows_of(board(busy)) == [(1, "acme.3", 9000), (2, "acme.1", 4000)]


ONE_PLACE = DOCUMENT.replace("top: 2", "top: 1").replace(
    "500, of: points}, {give: 201, of: points}]", "500, of: points}]"
)


@pytest.fixture
def crowd(open_shop: Shop) -> Shop:
    """A board of one place, and 25 customers who have bought for 1.00 to 25.00; a round has made the cut."""
    open_shop.replace_programme(ONE_PLACE)
    for customer in range(1, 26):
        assert open_shop.buy(customer, customer, total=f"{customer}.00").status == 200
    open_shop.settle()
    make_round(open_shop)
    open_shop.later_s += 60
    return open_shop


def rows() -> dict[str, int]:
    """The scores of the month's rows by member."""
    return {row.member: row.score for row in boards.rows("best", 2026 * 12 + 4, consistent=True)}


def test_only_candidates_get_rows(crowd: Shop) -> None:
    lose_rows()
    assert crowd.buy(101, 2, total="3.00").status == 200
    assert crowd.buy(102, 3, total="30.00").status == 200
    crowd.settle()
    assert "acme.2" not in rows()
    assert rows()["acme.3"] == 3300
    assert (rows_of(board(crowd)), board(crowd).json["exact"]) == ([(1, "acme.3", 3300)], True)


def test_a_round_mends_the_rows_of_those_who_may_be_candidates(crowd: Shop) -> None:
    lose_rows()
    crowd.later_s += DAY_S
    make_round(crowd)
    best = {f"acme.{customer}": 100 * customer for customer in range(16, 26)}
    assert best.items() <= rows().items()


def test_where_too_few_candidates_are_left_the_board_says_so_until_the_next_round(crowd: Shop) -> None:
    for customer in range(1, 26):
        gone = crowd.order(customer, customer, total=f"{customer}.00", financial_status="refunded")
        gone["updated_at"] = "2026-05-04T13:59:00Z"
        gone["cancelled_at"] = "2026-05-04T13:59:00Z"
        if customer > 3:
            assert crowd.hear(gone, "orders/cancelled").status == 200
    crowd.settle()
    crowd.later_s += 60
    assert board(crowd).json["exact"] is False
    for _ in range(2):
        crowd.later_s += DAY_S
        make_round(crowd)
    crowd.later_s += 60
    assert (rows_of(board(crowd)), board(crowd).json["exact"]) == ([(1, "acme.3", 300)], True)


def test_what_a_round_has_seen_long_ago_is_not_said_to_be_exact(crowd: Shop) -> None:
    crowd.later_s += 3 * DAY_S
    assert (board(crowd).json["exact"], board(crowd).json["counted_at"]) == (False, "2026-05-04T13:00:00Z")


def test_a_board_that_cannot_be_settled_keeps_no_round_from_its_end(
    busy: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    busy.later_s = 31 * DAY_S
    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.edge.jobs.board_rounds._award", broken)
        assert make_round(busy).done
    busy.later_s += DAY_S
    assert make_round(busy).findings == 0
    assert statements(busy) == PRIZES


def test_what_is_published_during_a_round_holds_for_the_next_one(busy: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.store.rounds.PAGE", 3)
    rounds.run(busy.now, lambda: 1.0)
    assert busy.publish(f"{DOCUMENT}  - {{id: late, top: 1}}\n", If_Match='"2"').status == 200
    busy.later_s += 600
    while not rounds.run(busy.now, lambda: 1.0).done:
        pass
    assert (board(busy).json["exact"], board(busy, "late").json["exact"]) == (True, False)
    busy.later_s += DAY_S
    while not rounds.run(busy.now, lambda: 1.0).done:
        pass
    assert (rows_of(board(busy, "late")), board(busy, "late").json["exact"]) == ([(1, "acme.3", 9000)], True)
