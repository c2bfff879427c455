"""The console's leaderboards."""

from __future__ import annotations

from collections.abc import Callable

from tests.edge.api.test_boards import busy, full_shop
from tests.edge.api.test_reports import make_round
from tests.edge.browser import Browser
from tests.edge.conftest import Shop
from tests.edge.console.test_figures import lines, visitor
from tests.world.meter import metered

__all__ = ["busy", "full_shop", "visitor"]


class TestBoards:
    def test_a_programme_without_boards_is_told_how_to_have_some(
        self, open_shop: Shop, visitor: Callable[..., Browser]
    ) -> None:
        reader = visitor(open_shop)
        reader.open("/console/boards")
        assert "To have one, add boards to it." in reader.text
        assert reader.open("/console/boards/best").status == 404
        assert reader.open("/console/boards/best/places.csv").status == 404

    def test_the_boards_lead_to_their_places_and_those_to_the_members(
        self, busy: Shop, visitor: Callable[..., Browser]
    ) -> None:
        profile = {"display_name": "Ada Lovelace", "consents": {"leaderboard": True}}
        assert busy.call("PUT", "/v1/members/acme.3", profile, busy.storefront).status == 200
        reader = visitor(busy)
        reader.open("/console/boards")
        assert "Best customersGoods kepteach month22" in reader.text
        assert {"/console/boards/best", "/console/boards/ever"} <= {*reader.page.links}
        reader.open("/console/boards/best")
        assert "a member may be missing; it does after midnight" in reader.text
        assert "running: the places still change" in reader.text
        assert "1acme.3Ada L.€90.00" in reader.text
        assert "2acme.1not shown€40.00" in reader.text
        assert "/console/members/acme.3" in reader.page.links
        assert "/console/boards/best?period=2026-05" in reader.page.links
        assert "/console/boards/best?period=2026-04" not in reader.page.links
        reader.open("/console/boards/ever")
        assert "1acme.1not shown1" in reader.text
        assert "running: the places still change" in reader.text

    def test_a_period_that_is_over_says_when_its_places_are_final(
        self, busy: Shop, visitor: Callable[..., Browser]
    ) -> None:
        make_round(busy)
        make_round(busy, 28)
        reader = visitor(busy)
        reader.open("/console/boards/best?period=2026-05")
        assert "over: the places are final" in reader.text

    def test_a_settled_period_has_its_prizes_and_its_file(self, busy: Shop, visitor: Callable[..., Browser]) -> None:
        make_round(busy)
        make_round(busy, 35)
        reader = visitor(busy)
        reader.open("/console/boards/best")
        assert "Nobody has a place in this period yet." in reader.text
        reader.open("/console/boards/best?period=2026-05")
        assert "settled: the places are final" in reader.text
        assert "acme.3not shown€90.00500 leaves" in reader.text
        assert lines(reader, "boards/best/places.csv?period=2026-05") == [
            "Period,Place,Member,Name on the leaderboard,Goods kept,Prizes,Places are final",
            "2026-05,1,acme.3,,90.00,500\N{NO-BREAK SPACE}leaves,yes",
            "2026-05,2,acme.1,,40.00,101\N{NO-BREAK SPACE}leaves,yes",
        ]

    def test_only_periods_of_which_something_is_known_are_offered(
        self, busy: Shop, visitor: Callable[..., Browser]
    ) -> None:
        """Five earlier months said that nothing is known of them."""
        make_round(busy)
        make_round(busy, 35)
        reader = visitor(busy)
        reader.open("/console/boards/best")
        periods = [link.partition("period=")[2] for link in reader.page.links if "/boards/best?period=" in link]
        for period in periods:
            reader.open(f"/console/boards/best?period={period}")
            assert "Nothing is known" not in reader.text
        assert periods[:2] == ["2026-06", "2026-05"]
        assert "2026-03" not in periods

    def test_the_periods_of_a_page_are_read_at_once(self, busy: Shop, visitor: Callable[..., Browser]) -> None:
        """Beside them who looks, and the names of a board with places; a period before those that are offered."""
        reader = visitor(busy)
        for address in ("best", "best?period=2026-05", "best?period=2025-05", "ever"):
            reader.open(f"/console/boards/{address}")
            with metered() as meter:
                reader.open(f"/console/boards/{address}")
            assert meter.operations.count("BatchGetItem") == 3, address

    def test_a_period_that_is_none_or_not_known(self, busy: Shop, visitor: Callable[..., Browser]) -> None:
        reader = visitor(busy)
        reader.open("/console/boards/best?period=2020-01")
        assert "Choose a later one" in reader.text
        assert len(lines(reader, "boards/best/places.csv?period=2020-01")) == 1
        assert reader.open("/console/boards/best?period=soon").status == 400
