"""The console's campaigns, and working out what one has brought."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.domain.reports import campaign_effect
from chalicelib.domain.reports.campaign_effect import CampaignArm, CampaignReport, Effect
from chalicelib.edge.jobs import calculations as job
from chalicelib.store import calculations
from chalicelib.store.calculations import Calculation, CalculationRef, of_campaign
from infra import campaign_report
from infra.audit.dynamodb import Table
from infra.audit.sources import ScanSegment
from tests.conftest import TABLE
from tests.edge.api.test_reports import DOCUMENT, buy_each_day
from tests.edge.browser import Browser
from tests.edge.conftest import Shop
from tests.edge.console.test_what_if import Calls, calls, visitor, work

__all__ = ["calls", "visitor"]

CAMPAIGNS = f"""{DOCUMENT}
campaigns:
  - {{id: past, starts: 2026-01-01, ends: 2026-01-31, multiply: {{cashback: 2}}}}
  - id: double
    name: {{en: Double days}}
    starts: 2026-05-01
    ends: 2026-05-31
    multiply: {{cashback: 2.5}}
    budget: 1000.00
    holdout: 0.5
    audience: {{segments: [best, others]}}
  - {{id: later, starts: 2026-12-01, ends: 2026-12-24, multiply: {{leaves: 3}}, audience: {{first_order: true}}}}
  - {{id: all-of-may, starts: 2026-05-02, ends: 2026-05-31, multiply: {{leaves: 2}}, budget: 1000}}
"""


class TestAll:
    def test_a_programme_without_campaigns_is_told_how_to_have_some(
        self, open_shop: Shop, visitor: Callable[..., Browser]
    ) -> None:
        reader = visitor(open_shop)
        reader.open("/console/campaigns")
        assert "The programme has no campaign." in reader.text
        assert "/console/programme/additions/campaign" in reader.page.links

    def test_they_say_whether_they_run_for_whom_and_what_they_gave(
        self, open_shop: Shop, visitor: Callable[..., Browser]
    ) -> None:
        open_shop.replace_programme(CAMPAIGNS)
        reader = visitor(open_shop)
        reader.open("/console/campaigns")
        assert "Nothing was counted yet; that is done each night, after midnight." in reader.text
        buy_each_day(open_shop)
        reader = visitor(open_shop)
        reader.open("/console/campaigns")
        double, in_may, later, past = reader.text.split("What it has brought")[:4]
        assert "Double days runs now From, to1 May 2026" in double
        assert "segments: best, others" in double
        assert "Cashback \N{MULTIPLICATION SIGN} 2.5Budget€1,000.00€0.00 of it used Held out" in double
        assert "0.5% of people get nothing of it" in double
        assert "nothing in the reported days" in double
        assert "all-of-may runs now" in in_may
        assert "everybody MultipliesPoints \N{MULTIPLICATION SIGN} 2Budget1,000 points240 points of it used" in in_may
        assert "Held outnobody" in in_may
        assert "took back240 points" in in_may
        assert "later has not begun" in later
        assert "first orders" in later
        assert "past is over" in past
        assert "the days with a report from" in reader.text
        assert "/console/campaigns/double" in reader.page.links


REPORT = CampaignReport(
    "double",
    "2026-05-01",
    "2026-05-31",
    "EUR",
    {"EUR/2": 123_400, "points": 500},
    CampaignArm(1_200, 900, {"EUR/2": 6_000_000, "USD/2": 5_000}),
    CampaignArm(6, 5, {"EUR/2": 30_000}),
    Effect("shown", 1_000, 40, 6_000, 5_000, 1_000, (400, 1_600)),
)
"""A report as one is of a larger shop than a test has."""


@pytest.fixture
def full_shop(open_shop: Shop) -> Shop:
    """A shop whose programme has campaigns."""
    open_shop.replace_programme(CAMPAIGNS)
    return open_shop


def press(browser: Browser, campaign: str = "double", once: str = "the-first-form") -> int:
    return browser.post(f"/console/campaigns/{campaign}/report", {"once": once}).status


def stored(shop: Shop, campaign: str = "double") -> Calculation:
    calculation = calculations.latest(of_campaign(campaign), shop.now)
    assert calculation
    return calculation


def finish(shop: Shop, calls: Calls, report: CampaignReport) -> None:
    """Let the function that was called last end with a report."""
    ref = CalculationRef(calls[-1][1]["subject"], calls[-1][1]["run"])
    calculations.claim(ref, shop.now)
    calculations.finish(ref, report, shop.now)


class TestWorkingOut:
    def test_the_button_calls_the_function_once_and_the_page_says_how_far_it_is(
        self, full_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(full_shop)
        owner.open("/console/campaigns/double")
        assert "It is worked out of all orders; nothing is written" in owner.text
        form = owner.page.forms[0]["fields"]
        assert owner.post("/console/campaigns/double/report", form).status == 200
        assert owner.path == "/console/campaigns/double"
        assert "It begins in a moment." in owner.text
        assert "ada began it" in owner.text
        assert press(owner, once="a-second-form") == 200
        assert calls == [("try-it", {"subject": "campaign#double", "run": form["once"]})]
        calculations.claim(stored(full_shop).ref, full_shop.now)
        calculations.proceed(stored(full_shop).ref, calculations.READING, 12_000, 0, full_shop.now)
        owner.open("/console/campaigns/double")
        assert "The books are read. 12,000 entries of the books so far" in owner.text
        body = owner.answer.body.decode()
        assert 'data-again="/console/campaigns/double?tried=yes#brought"' in body
        assert '<noscript><meta http-equiv="refresh" content="5; url=/console/campaigns/double"></noscript>' in body
        owner.open("/console/log")
        assert "worked out what a campaign has brought" in owner.text

    def test_campaigns_and_drafts_do_not_wait_for_another(
        self, full_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(full_shop)
        press(owner)
        press(owner, "all-of-may")
        owner.post("/console/programme/draft", {"source": CAMPAIGNS, "expected": "2"})
        form = {"draft": owner.draft, "once": "the-third-form"}
        assert owner.post("/console/programme/draft/what-if", form).status == 200
        assert [event["subject"] for _, event in calls] == ["campaign#double", "campaign#all-of-may", "what-if"]

    def test_it_is_what_the_command_says_of_the_same_books(
        self, full_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        buy_each_day(full_shop)
        owner = visitor(full_shop)
        press(owner, "all-of-may")
        work(full_shop, calls)
        report = stored(full_shop, "all-of-may").report
        assert report == campaign_report.report_of([ScanSegment(Table(TABLE, "eu-west-1"), 0, 1)], "all-of-may")
        assert report.cost == {"points": 240}
        owner.open("/console/campaigns/all-of-may")
        assert "It cannot be told: nobody is held out." in owner.text
        assert "Given, less what refunds took back240 points\N{EN DASH}" in owner.text
        assert "Work it out again" in owner.text

    def test_what_it_has_brought_is_said_in_both_languages(
        self, full_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner, reader = visitor(full_shop), visitor(full_shop, "reader", "ben", "fr")
        press(owner)
        finish(full_shop, calls, REPORT)
        owner.open("/console/campaigns/double")
        for text in (
            "whoever could get something spent €60.00 on average in its days, whoever was held out €50.00.",
            "That is €10.00 a person (in 95 of 100 cases between €4.00 and €16.00).",
            "The difference is larger than chance alone would make it.",
            "All 1,000 together have bought for some €10,000.00 more by it.",
            "Orders1,2006",
            "Buyers9005",
            "Goods€60,000.00 + $50.00€300.00",
            "Given, less what refunds took back€1,234.00 + 500 points",
            "ada had it worked out",
        ):
            assert text in owner.text, owner.text
        reader.open("/console/campaigns/double")
        assert "La différence est plus grande" in reader.text
        assert reader.page.forms == []

    def test_no_sum_is_named_where_chance_alone_may_have_made_it(
        self, full_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(full_shop)
        press(owner)
        effect = Effect(campaign_effect.NOT_SHOWN, 1_000, 40, 6_000, 5_900, 100, (-400, 600))
        finish(full_shop, calls, CampaignReport("double", "", "", "EUR", {}, CampaignArm(), CampaignArm(), effect))
        owner.open("/console/campaigns/double")
        assert "between \N{MINUS SIGN}€4.00 and €6.00" in owner.text
        assert "no effect is shown." in owner.text
        assert "together have bought" not in owner.text

    def test_where_it_fails_the_page_names_the_command(
        self, full_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(full_shop)
        press(owner)
        remaining = iter([900.0, 29.0])
        job.run(calls[-1][1], lambda: full_shop.now, lambda: next(remaining))
        owner.open("/console/campaigns/double")
        assert "The command `ristourne campaign report double` takes its time." in owner.text
        assert press(owner, once="another-form") == 200
        assert "It begins in a moment." in owner.text

    @pytest.mark.parametrize("role", ["reader", "nobody", "another site"])
    def test_only_an_owner_on_our_own_page_may_start_it(
        self, full_shop: Shop, visitor: Callable[..., Browser], calls: Calls, role: str
    ) -> None:
        browser = Browser(full_shop) if role == "nobody" else visitor(full_shop, "owner" if "site" in role else role)
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} if "site" in role else {}
        answer = browser.post("/console/campaigns/double/report", {"once": "1"}, **headers)
        assert answer.status == (401 if role == "nobody" else 403)
        assert calls == []

    def test_a_campaign_that_the_programme_has_not_is_named(
        self, full_shop: Shop, visitor: Callable[..., Browser], calls: Calls
    ) -> None:
        owner = visitor(full_shop)
        assert owner.open("/console/campaigns/winter").status == 404
        assert "There is no campaign winter in the programme" in owner.text
        assert press(owner, "winter") == 404
        assert calls == []


class TestDays:
    @pytest.fixture
    def owner(self, open_shop: Shop, visitor: Callable[..., Browser]) -> Browser:
        open_shop.replace_programme(CAMPAIGNS)
        return visitor(open_shop)

    def test_a_running_campaign_is_ended_today(self, owner: Browser) -> None:
        owner.open("/console/campaigns")
        assert "/console/campaigns/double/days" in owner.page.links
        owner.open("/console/campaigns/double/days")
        assert "From 1 May 2026 to 31 May 2026, both days included." in owner.text
        assert owner.send("", 1).status == 200
        assert "campaigns" in owner.text
        assert owner.source == CAMPAIGNS.replace("05-31\n    m", "05-04\n    m")
        owner.send("/programme")
        assert "The new version was published." in owner.text

    def test_a_coming_campaign_gets_other_days_and_a_running_one_keeps_its_first(self, owner: Browser) -> None:
        owner.open("/console/campaigns/later/days")
        owner.send("", starts="2026-11-28", ends="2026-12-01")
        expected = CAMPAIGNS.replace("starts: 2026-12-01, ends: 2026-12-24", "starts: 2026-11-28, ends: 2026-12-01")
        assert owner.source == expected
        owner.open("/console/campaigns/double/days")
        assert "starts" not in owner.page.forms[0]["fields"]
        owner.post(owner.path, {"starts": "2026-05-20", "ends": "2026-05-31"})
        assert "Nothing: the document says the same as the newest version." in owner.text

    def test_a_last_day_before_the_first_is_told_at_its_field(self, owner: Browser) -> None:
        owner.open("/console/campaigns/double/days")
        assert owner.send("", ends="2026-04-30").status == 422
        assert "must not be before the first day, 1 May 2026." in owner.text
        assert owner.page.forms[0]["fields"]["ends"] == "2026-04-30"
        assert owner.send("", ends="soon").status == 400
        assert "Write a day such as 2027-06-21." in owner.text

    def test_what_is_over_or_unknown_has_no_days_to_change(self, owner: Browser, open_shop: Shop) -> None:
        owner.open("/console/campaigns")
        assert "/console/campaigns/past/days" not in owner.page.links
        assert owner.open("/console/campaigns/none/days").status == 404
        reader = Browser(open_shop)
        reader.accept("reader", "ben")
        reader.open("/console/campaigns/double")
        assert "/console/campaigns/double/days" not in reader.page.links
