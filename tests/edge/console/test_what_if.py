"""Trying a draft on the shop's own orders from the console: who may, what is shown meanwhile, and what came of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest

import app as entry
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.programme.document import parse
from chalicelib.edge.jobs import calculations as job
from chalicelib.edge.yaml_document import MAX_DOCUMENT_BYTES, read_document
from chalicelib.store import calculations, drafts, keys, table_scan
from chalicelib.store.calculations import KEPT_S, STALL_S, WHAT_IF, Calculation, CalculationRef
from chalicelib.store.drafts import Draft
from infra.audit.dynamodb import Table
from infra.progress import ProgressLine
from infra.what_if import answer
from tests.conftest import TABLE
from tests.edge.browser import Browser
from tests.edge.conftest import PROGRAMME, Shop

BETTER = PROGRAMME.replace("percent: 5", "percent: 8")
RICH = f"""{BETTER}
levels:
  measure: spend
  per: year
  steps:
    - {{id: sprout, at: 0, name: {{en: Sprout, fr: Pousse}}}}
    - {{id: oak, at: 150.00, name: {{en: Oak, fr: Chêne}}}}
goals:
  - {{id: regular, measure: orders, target: 2, per: year, name: {{en: Regular}}, reward: {{amount: 1.00}}}}
"""
FRIDAY = f"""{PROGRAMME}
  # and more
campaigns:
  - id: black-friday
    name: {{en: Black Friday}}
    starts: 2026-11-27
    ends: 2026-11-30
    multiply: {{cashback: 2}}
    budget: 300
assets: {{points: {{}}}}
""".replace(
    "referral:",
    "  - {id: review, name: {en: review of tea, fr: avis sur un thé}, give: 20, of: points, on: review}\nreferral:",
)
START = "/console/programme/draft/what-if"

NONE = "\N{EN DASH}"
"""What stands in a cell of the table that has no figure."""

Calls = list[tuple[str, Mapping[str, str]]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The functions that the console has called, with their events."""
    made: Calls = []
    monkeypatch.setenv("RISTOURNE_CALCULATE", "try-it")
    monkeypatch.setattr(
        "chalicelib.store.functions.call_later", lambda function, event: made.append((function, dict(event)))
    )
    return made


@pytest.fixture
def visitor(calls: Calls) -> Callable[..., Browser]:
    def make(shop: Shop, role: str = "owner", name: str = "ada", language: str = "en") -> Browser:
        browser = Browser(shop, language)
        browser.accept(role, name)
        return browser

    return make


def press(browser: Browser, source: str = BETTER, once: str = "the-first-form", **fields: str) -> int:
    """Press the button of a draft's page; the status of the page that follows."""
    browser.post("/console/programme/draft", {"source": source, "expected": fields.pop("expected", "1")})
    return browser.post(START, {"draft": browser.draft, "once": once, **fields}).status


def work(shop: Shop, calls: Calls, seconds: float = 900.0) -> None:
    """Let the function do what it was called for last."""
    job.run(calls[-1][1], lambda: shop.now, lambda: seconds)


def stored(shop: Shop) -> Calculation:
    run = calculations.latest(WHAT_IF, shop.now)
    assert run
    return run


def draft_of(run: Calculation) -> str:
    """The id of the draft that was tried."""
    return Draft(run.source, run.expected).id


def tried(shop: Shop, visitor: Callable[..., Browser], calls: Calls) -> Browser:
    """An owner whose draft was tried to its end on a shop's only order."""
    owner = visitor(shop)
    shop.buy(1)
    press(owner)
    work(shop, calls)
    return owner


class TestStarting:
    def test_the_button_calls_the_function_once_and_leads_to_the_draft(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(open_shop)
        owner.open("/console/programme")
        owner.send("/programme/draft", source=BETTER)
        assert "Try it on your own orders" in owner.text
        form = next(form["fields"] for form in owner.page.forms if form["action"] == START)
        assert owner.post(START, form).status == 200
        assert owner.path == "/console/programme/draft"
        assert "It begins in a moment." in owner.text
        assert "Rule cashback: “Percent” becomes 8% (was 5%)." in owner.text
        assert "Publish version 2" in owner.text
        assert calls == [("try-it", {"subject": "what-if", "run": form["once"]})]

    def test_while_one_runs_no_other_begins(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner, other = visitor(open_shop), visitor(open_shop, "owner", "bea")
        press(owner)
        assert press(owner, once="a-second-form") == 200
        assert "It begins in a moment." in owner.text
        assert press(other, PROGRAMME.replace("percent: 5", "percent: 9")) == 409
        assert "Another draft is being tried now." in other.text
        assert len(calls) == 1

    def test_a_form_that_is_sent_again_starts_nothing_when_it_is_done(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = tried(open_shop, visitor, calls)
        assert press(owner) == 200
        assert "1 order of 1 member" in owner.text
        assert len(calls) == 1
        assert press(owner, once="another-form") == 200
        assert len(calls) == 2

    def test_it_is_written_down_who_did_it(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(open_shop)
        press(owner)
        assert "ada began it" in owner.text
        owner.open("/console/log")
        assert "tried a draft on the orders" in owner.text

    def test_a_draft_with_a_problem_is_not_tried(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(open_shop)
        assert owner.post("/console/programme/draft", {"source": "name: x", "expected": "1"}).status == 422
        assert "not right yet" in owner.text
        assert "Try it" not in owner.text
        assert owner.post(START, {"source": "name: x", "expected": "1"}).status == 404
        assert calls == []

    def test_a_document_that_could_not_be_published_is_too_large_to_be_tried(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(open_shop)
        form = {"source": f"{BETTER}\n# {'x' * MAX_DOCUMENT_BYTES}", "expected": "1"}
        assert owner.post("/console/programme/draft", form).status == 413
        assert calls == []

    @pytest.mark.parametrize("role", ["reader", "nobody", "another site"])
    def test_only_an_owner_on_our_own_page_may_start_it(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls, role: str
    ) -> None:
        browser = Browser(open_shop) if role == "nobody" else visitor(open_shop, "owner" if "site" in role else role)
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} if "site" in role else {}
        drafts.save(draft := Draft(BETTER, 1), "ada", open_shop.now)
        answer = browser.post(START, {"draft": draft.id, "once": "1"}, **headers)
        assert answer.status == (401 if role == "nobody" else 403)
        assert calls == []
        assert calculations.latest(WHAT_IF, open_shop.now) is None

    def test_where_the_function_cannot_be_called_the_page_says_so_and_it_may_be_pressed_again(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(function: str, event: Mapping[str, str]) -> None:
            raise Unavailable("Lambda did not answer")

        owner = visitor(open_shop)
        with monkeypatch.context() as patch:
            patch.setattr("chalicelib.store.functions.call_later", away)
            assert press(owner) == 200
        assert "It could not be started." in owner.text
        press(owner, once="another-form")
        assert "It begins in a moment." in owner.text
        assert len(calls) == 1

    def test_a_call_that_arrived_although_lambda_did_not_answer_goes_on(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def slow(function: str, event: Mapping[str, str]) -> None:
            calculations.claim(CalculationRef(event["subject"], event["run"]), open_shop.now)
            raise Unavailable("Lambda did not answer")

        owner = visitor(open_shop)
        monkeypatch.setattr("chalicelib.store.functions.call_later", slow)
        assert press(owner) == 200
        assert "The books are read." in owner.text
        assert stored(open_shop).is_live(open_shop.now)

    def test_a_call_that_arrives_after_it_was_given_up_does_nothing(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(open_shop)
        open_shop.buy(1)
        press(owner)
        calculations.cancel(stored(open_shop).ref, job.NOT_CALLED, open_shop.now)
        work(open_shop, calls)
        assert stored(open_shop).state == calculations.FAILED


class TestRunning:
    def test_how_far_it_is_stands_on_the_page_which_asks_again_with_and_without_a_script(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(open_shop)
        press(owner)
        run = stored(open_shop)
        calculations.claim(run.ref, open_shop.now)
        calculations.proceed(run.ref, calculations.READING, 12_000, 0, open_shop.now)
        address = f"/console/programme/draft?draft={draft_of(run)}"
        owner.open(address)
        assert "The books are read. 12,000 entries of the books so far" in owner.text
        body = owner.answer.body.decode()
        assert f'<noscript><meta http-equiv="refresh" content="5; url={address}"></noscript>' in body
        assert f'data-again="{address}&amp;tried=yes#what-if"' in body
        assert "Try it" not in owner.text
        calculations.proceed(run.ref, calculations.CURRENT, 20_000, 50_000, open_shop.now)
        owner.open(address)
        assert "valued under the programme in force. 20,000 of 50,000 orders" in owner.text

    def test_it_writes_now_and_then_where_it_is(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        owner = visitor(open_shop)
        open_shop.buy(1)
        press(owner)
        written: list[tuple[str, int, int]] = []
        monkeypatch.setattr(
            calculations, "proceed", lambda ref, state, count, total, now: written.append((state, count, total))
        )
        clock = iter(range(open_shop.now, open_shop.now + 90, 3))
        job.run(calls[-1][1], lambda: next(clock), lambda: 900.0)
        assert written == [("reading", len(open_shop.items()) + 1, 0), ("draft", 0, 1), ("current", 0, 1)]

    def test_a_run_without_progress_is_dead_after_some_minutes_and_may_be_started_again(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(open_shop)
        press(owner)
        dead = stored(open_shop)
        open_shop.later_s += STALL_S - 1
        press(owner, once="too-early")
        assert len(calls) == 1
        open_shop.later_s += 1
        owner.open(f"/console/programme/draft?draft={draft_of(dead)}")
        assert "It has stopped without saying why." in owner.text
        press(owner, once="the-next-one")
        assert len(calls) == 2
        assert "It begins in a moment." in owner.text
        with pytest.raises(calculations.CalculationReplaced):
            calculations.proceed(dead.ref, calculations.DRAFT, 1, 2, open_shop.now)

    def test_an_event_that_comes_twice_is_done_once(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        tried(open_shop, visitor, calls)
        before = open_shop.items()
        work(open_shop, calls)
        assert open_shop.items() == before


class TestResult:
    @pytest.mark.parametrize("source", [BETTER, RICH])
    def test_it_is_that_of_the_command_on_the_same_books(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls, source: str
    ) -> None:
        owner = visitor(open_shop)
        code = open_shop.code_of() if open_shop.buy(1, 1, total="40.00").status == 200 else ""
        for number, total in enumerate(("100.00", "19.99", "250.00"), 2):
            open_shop.buy(number, number, code, total)
        open_shop.buy(9, 4, total="7.50")
        press(owner, source)
        work(open_shop, calls)
        table = Table(TABLE, "eu-west-1")
        question = answer.Question(parse(read_document(source.encode())))
        by_command = answer.of_table(table, question, ProgressLine(io.StringIO()))
        result = stored(open_shop).trial
        assert result
        assert msgspec.to_builtins(result.summary) == msgspec.to_builtins(by_command.summary)
        assert result.summary.orders == 5
        assert result.left_out == 0

    def test_it_is_shown_in_both_languages(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner, reader = visitor(open_shop), visitor(open_shop, "reader", "ben", "fr")
        open_shop.buy(1, 1, total="100.00")
        open_shop.buy(2, 1, total="100.00")
        open_shop.buy(3, 2, total="100.00")
        press(owner, RICH)
        work(open_shop, calls)
        owner.open(f"/console/programme/draft?draft={draft_of(stored(open_shop))}")
        for text in (
            "3 orders of 2 members, from 4 May 2026 to 4 May 2026.",
            "The programme of today, on the same ordersDifference EUR: given in all€25.00€15.00+€10.00",
            "EUR: owed at the end€25.00€15.00+€10.00",
            f"Members at the level Sprout1{NONE}+1",
            f"Members at the level Oak1{NONE}+1",
            f"Goal Regular reached1{NONE}+1",
            "What stays the same (2 rows)",
            "Orders that earn33",
            "Members who earn22",
            "EUR: more for 2 members (€10.00 in all), less for 0 (€0.00 in all), the same for 0.",
            "Publish version 2",
            "Try it again on your own orders",
        ):
            assert text in owner.text, owner.text
        reader.open("/console/programme")
        address = next(link for link in reader.page.links if "draft=" in link)
        reader.open(address)
        assert "Membres au niveau Chêne" in reader.text
        assert "EUR : donné en tout" in reader.text.replace("\xa0", " ")
        assert reader.page.forms == []

    def test_a_campaign_of_other_days_is_not_said_to_cost_nothing(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(open_shop)
        open_shop.buy(1, 1, total="100.00")
        press(owner, FRIDAY)
        work(open_shop, calls)
        owner.open(f"/console/programme/draft?draft={draft_of(stored(open_shop))}")
        assert (
            "Campaign Black Friday: none of the orders was paid in its days, so its cost is not in these figures."
            "EUR: for these orders every member gets the same as now."
        ) in owner.text
        assert "does not run out" not in owner.text
        assert "No figure differs on these orders." in owner.text
        assert "Not in these figures: rewards of activities (review of tea), what members spend." in owner.text
        french = visitor(open_shop, "reader", "ben", "fr")
        french.open(f"/console/programme/draft?draft={draft_of(stored(open_shop))}")
        assert "les récompenses des activités (avis sur un thé)" in french.text
        assert "été payée pendant ses jours" in french.text

    def test_a_campaign_to_come_can_be_tried_as_if_it_had_run_already(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(open_shop)
        open_shop.buy(1, 1, total="100.00")
        owner.post("/console/programme/draft", {"source": FRIDAY, "expected": "1"})
        assert b'name="on_past_days" value="yes">Try it as if Black Friday had run on past days' in owner.answer.body
        assert press(owner, FRIDAY, once="on-past-days", on_past_days="yes") == 200
        assert "It begins in a moment." in owner.text
        work(open_shop, calls)
        assert stored(open_shop).on_past_days
        past = stored(open_shop).digest
        owner.open(f"/console/programme/draft?draft={draft_of(stored(open_shop))}")
        assert (
            "Campaign Black Friday is looked at as if it had run from 1 May 2026 to 4 May 2026."
            "EUR: more for 1 member (€5.00), less for 0"
        ) in owner.text
        assert ", €5.00 of the budget of Black Friday, €300.00, would be given." in owner.text
        assert f"Campaign Black Friday costs€5.00{NONE}+€5.00" in owner.text
        owner.post("/console/programme/draft", {"source": FRIDAY, "expected": "1"})
        assert "is looked at as if" in owner.text
        press(owner, FRIDAY, once="on-its-own-days")
        work(open_shop, calls)
        assert not stored(open_shop).on_past_days
        assert stored(open_shop).digest != past
        owner.open(f"/console/programme/draft?draft={draft_of(stored(open_shop))}")
        assert "is looked at as if" not in owner.text

    def test_a_campaign_that_has_begun_is_tried_on_its_own_days(
        self, open_shop: Shop, visitor: Callable[..., Browser]
    ) -> None:
        owner = visitor(open_shop)
        for starts, is_offered in (("2026-05-04", False), ("2026-05-05", True)):
            draft = FRIDAY.replace("2026-11-27", starts)
            owner.post("/console/programme/draft", {"source": draft, "expected": "1"})
            assert ("had run on past days" in owner.text) is is_offered

    def test_what_costs_less_has_a_minus_and_its_budget_says_what_is_given(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(open_shop)
        open_shop.buy(1, 1, total="100.00")
        press(owner, PROGRAMME.replace("percent: 5", "percent: 4, budget: 10"))
        work(open_shop, calls)
        owner.open(f"/console/programme/draft?draft={draft_of(stored(open_shop))}")
        assert "EUR: given in all€4.00€5.00\N{MINUS SIGN}€1.00" in owner.text
        assert (
            "With this draft since 4 May 2026, €4.00 of the budget of Cashback, €10.00, would be given." in owner.text
        )

    def test_what_it_says_of_the_orders_are_sentences_with_a_space_between(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(open_shop)
        open_shop.buy(1, 1, total="100.00")
        open_shop.buy(2, 2, total="50.00")
        open_shop.hear(open_shop.order(2, 2, total="50.00", cancelled_at="2026-05-04T10:00:00Z"), "orders/cancelled")
        open_shop.buy(3, 3, test=True)
        press(owner, PROGRAMME.replace("percent: 5", "percent: 4"))
        work(open_shop, calls)
        owner.open(f"/console/programme/draft?draft={draft_of(stored(open_shop))}")
        told = " ".join(owner.text.split())
        assert "2026. Of 1 more nothing was kept; its member is counted here. 1 more was not paid or is a test" in told

    def test_another_draft_does_not_show_it(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = tried(open_shop, visitor, calls)
        draft = {"expected": "1", "source": BETTER}
        owner.post("/console/programme/draft", draft)
        assert "1 order of 1 member" in owner.text
        owner.post("/console/programme/draft", draft | {"source": BETTER.replace("percent: 8", "percent: 9")})
        assert "1 order of 1 member" not in owner.text
        assert "What would it have given" in owner.text
        for name in ("another", "", "0" * 32, "0" * 3000):
            assert owner.open(f"/console/programme/draft?draft={name}").status == 404
        assert "a draft is kept for 30 days" in owner.text

    def test_beside_another_version_in_force_it_is_not_shown(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = tried(open_shop, visitor, calls)
        open_shop.publish(PROGRAMME.replace("percent: 5", "percent: 6"), If_Match="1")
        open_shop.later_s += 60
        owner.open(f"/console/programme/draft?draft={draft_of(stored(open_shop))}")
        assert "1 order of 1 member" not in owner.text
        assert "What would it have given" in owner.text

    def test_before_the_first_version_there_is_nothing_beside_it(
        self, shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        shop.connect()
        shop.buy(1)
        owner = visitor(shop)
        press(owner, expected="0")
        work(shop, calls)
        owner.open(f"/console/programme/draft?draft={draft_of(stored(shop))}")
        assert "EUR: given in all€8.00" in owner.text
        assert "The programme of today" not in owner.text
        assert "What stays the same" not in owner.text

    def test_it_is_forgotten_after_days(self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls) -> None:
        tried(open_shop, visitor, calls)
        item = next(item for item in open_shop.items() if item["pk"]["S"] == keys.CALCULATIONS)
        assert int(item["ttl"]["N"]) == open_shop.now + KEPT_S
        open_shop.later_s += KEPT_S
        assert calculations.latest(WHAT_IF, open_shop.now) is None

    def test_the_largest_draft_fits_into_the_item(self, open_shop: Shop) -> None:
        open_shop.buy(1)
        noise = "".join(chr(0x4E00 + (number * number * 7919) % 20_000) for number in range(40_000))
        source = f"{BETTER}\n# {noise}"
        assert len(source.encode()) < MAX_DOCUMENT_BYTES
        ref = CalculationRef(WHAT_IF, "large")
        calculations.begin(Calculation(ref, "ada", open_shop.now, source, 1, "d"))
        job.run({"subject": WHAT_IF, "run": "large"}, lambda: open_shop.now, lambda: 900.0)
        assert stored(open_shop).state == calculations.DONE
        assert stored(open_shop).source == source


class TestFailing:
    def draft_text(self, owner: Browser) -> str:
        owner.open(f"/console/programme/draft?draft={draft_of(stored(owner.shop))}")
        return owner.text

    def test_without_an_order_there_is_nothing_to_try_it_on(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(open_shop)
        press(owner)
        work(open_shop, calls)
        assert "No paid order is in the books yet" in self.draft_text(owner)

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            ([900.0, 449.0], "The books are too large to be read here"),
            ([900.0, 451.0, 29.0], "Valuing the orders takes longer than fifteen minutes"),
        ],
    )
    def test_where_the_time_will_not_do_it_says_so_before_it_is_killed(
        self,
        open_shop: Shop,
        visitor: Callable[..., Browser],
        calls: Calls,
        seconds: list[float],
        text: str,
    ) -> None:
        owner = visitor(open_shop)
        open_shop.buy(1)
        press(owner)
        remaining = iter(seconds)
        job.run(calls[-1][1], lambda: open_shop.now, lambda: next(remaining))
        assert text in self.draft_text(owner)
        assert "Try it again on your own orders" in owner.text

    def test_a_mistake_becomes_a_state_that_the_page_shows(
        self,
        open_shop: Shop,
        visitor: Callable[..., Browser],
        calls: Calls,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        def broken(*_: Any) -> Any:
            raise MemoryError

        owner = visitor(open_shop)
        press(owner)
        monkeypatch.setattr(table_scan, "items", broken)
        capsys.readouterr()
        work(open_shop, calls)
        assert '"failure":"calculation"' in capsys.readouterr().out
        assert "It went wrong; the log of the function says where." in self.draft_text(owner)

    def test_of_very_many_orders_the_newest_are_valued_and_it_says_how_many_were_not(
        self, open_shop: Shop, visitor: Callable[..., Browser], calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        owner = visitor(open_shop)
        for number in range(1, 4):
            open_shop.buy(number, number, total=f"{number}00.00")
            open_shop.later_s += 60
        monkeypatch.setattr(job, "MOST_ORDERS", 2)
        press(owner)
        work(open_shop, calls)
        result = stored(open_shop).trial
        assert result
        assert (result.left_out, result.summary.orders, result.summary.draft.given) == (1, 2, {"EUR/2": 4000})
        assert "the oldest is left out" in self.draft_text(owner)


class Context:
    """What Lambda tells a function of itself."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def test_the_entry_point_does_the_calculation_that_its_event_names(
    open_shop: Shop, visitor: Callable[..., Browser], calls: Calls
) -> None:
    owner = visitor(open_shop)
    open_shop.buy(1)
    press(owner)
    entry.calculate(dict(calls[-1][1]), Context())
    assert stored(open_shop).state == calculations.DONE
