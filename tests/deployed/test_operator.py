"""The operator's command against the deployed package, as typed in a terminal."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.__main__ import main
from infra.api import Api
from infra.deploy import Deployment
from infra.local.local_aws import LocalAws
from infra.local.story import PROGRAMME
from tests.world.senders import shopify_order

pytestmark = pytest.mark.slow

Operate = Callable[..., str]


@pytest.fixture
def operate(
    deployed: Deployment,
    local: LocalAws,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> Operate:
    """Run a command that must succeed; what it printed. Each test has a secret of its own, as connections have."""
    assert deployed.keys
    secret = f"the-secret-of-{request.node.name}"
    credentials = {"RISTOURNE_URL": deployed.api_url, "RISTOURNE_KEY": deployed.keys.admin, "RISTOURNE_SECRET": secret}
    for name, value in (local.environment() | credentials).items():
        monkeypatch.setenv(name, value)

    def run(*words: str, fails: bool = False) -> str:
        capsys.readouterr()
        status = main(words)
        output = capsys.readouterr()
        assert status == (1 if fails else 0), output.err
        return output.err if fails else output.out

    return run


def give(deployed: Deployment, member: str, amount: int) -> None:
    """Give a member, who may be new, an amount by hand."""
    assert deployed.keys
    api = Api(deployed.api_url, deployed.keys.admin)
    namespace = member.partition(".")[0]
    connection = {"id": namespace, "kind": "shopify", "secret": f"the-secret-of-{namespace}"}
    api.call("PUT", "/v1/connections", connection)
    api.call("PUT", f"/v1/members/{member}", {"locale": "en"})
    body = {"asset": "EUR/2", "amount": amount, "reason": "a test"}
    api.call("POST", f"/v1/members/{member}/adjustments", body, {"Idempotency-Key": f"give-{member}"})


def told(printed: str) -> dict[str, str]:
    """What a command printed, a field a line."""
    return dict(line.split(": ", 1) for line in printed.splitlines())


def test_a_programme_is_checked_published_shown_and_compared(operate: Operate, tmp_path: Path) -> None:
    renamed = tmp_path / "programme.yaml"
    renamed.write_text(PROGRAMME.read_text().replace("Acme Tea", "Acme Tea & Co"))
    assert operate("programme", "check", str(PROGRAMME)).startswith("Acme Tea: good")
    first = int(re.findall(r"version (\d+)", operate("programme", "publish", str(PROGRAMME)))[0])
    operate("programme", "publish", str(renamed))
    assert "name: Acme Tea & Co" in operate("programme", "show")
    assert '+  "name": "Acme Tea & Co"' in operate("programme", "diff", str(first), str(first + 1))


def test_every_mistake_of_a_programme_is_said(operate: Operate, tmp_path: Path) -> None:
    wrong = tmp_path / "programme.yaml"
    wrong.write_text(PROGRAMME.read_text().replace("percent: 5 ", "percent: 250 ").replace("friends: 2", "friends: 0"))
    assert operate("programme", "check", str(wrong), fails=True).splitlines() == [
        "earn[0].percent must be between 0 and 100, got 250",
        "referral.friends must be between 1 and 10, got 0",
    ]


def test_a_payload_file_is_signed_sent_and_shown_in_the_members_books(operate: Operate, tmp_path: Path) -> None:
    operate("programme", "publish", str(PROGRAMME))
    assert operate("connection", "add", "op-shop", "shopify").strip().endswith("/webhooks/op-shop")
    payload = tmp_path / "order.json"
    payload.write_text(json.dumps(shopify_order(customer={"id": 5})))
    assert "result: recorded" in operate("send", "op-shop", "shopify", str(payload), "--topic", "orders/paid")
    assert "result: unchanged" in operate("send", "op-shop", "shopify", str(payload), "--topic", "orders/paid")
    assert "EUR " in operate("member", "show", "op-shop.5")
    operate("member", "statement", "op-shop.5")


def test_a_secret_is_rotated_without_a_gap(operate: Operate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    operate("connection", "add", "turning", "shopify")
    monkeypatch.setenv("RISTOURNE_SECRET", "another-secret-of-turning")
    assert operate("connection", "rotate", "turning").startswith("live secrets: 2\nthe widget's secret is another now")
    assert operate("connection", "rotate", "turning", "--retire-old").startswith("live secrets: 1\n")
    assert "turning" in operate("connection", "list")
    assert "another-secret-of-turning" not in operate("connection", "list")


def test_a_connection_is_tested_as_its_storefront_would_send(operate: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    operate("programme", "publish", str(PROGRAMME))
    operate("connection", "add", "trying", "shopify")
    accepted, preview, posting, *_ = operate("connection", "test", "trying").splitlines()
    assert accepted.startswith("accepted: a delivery signed with this secret, at http")
    assert preview == "an order of 100 EUR that a new customer pays now would earn:"
    assert posting.split(maxsplit=2) == ["5.00", "EUR", "Cashback: 5% of 100.00 EUR on your order 999999999999."]
    monkeypatch.setenv("RISTOURNE_SECRET", "the-wrong-secret")
    assert operate("connection", "test", "trying", fails=True).startswith("refused: trying has another secret")


def test_a_connection_is_added_once_and_removed(operate: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    operate("connection", "add", "leaving", "shopify")
    refusal = operate("connection", "add", "leaving", "woocommerce", fails=True)
    assert refusal == "leaving exists; to change its secret: ristourne connection rotate leaving\n"
    assert operate("connection", "remove", "leaving").startswith("leaving is removed")
    for words in (("test",), ("rotate",)):
        assert operate("connection", *words, "leaving", fails=True).startswith("there is no connection leaving")
    assert operate("connection", "add", "leaving", "shopify").strip().endswith("/webhooks/leaving")


def test_what_could_not_be_processed_is_listed_and_replayed(operate: Operate, tmp_path: Path) -> None:
    operate("connection", "add", "odd", "shopify")
    payload = tmp_path / "order.json"
    payload.write_text('{"id": 5}')
    assert main(["send", "odd", "shopify", str(payload), "--topic", "orders/paid"]) == 1
    (row,) = [line for line in operate("deliveries").splitlines() if " odd " in line]
    assert "still cannot be processed" in operate("replay", row.split()[0], fails=True)


def test_a_referrer_is_settled_again(operate: Operate, tmp_path: Path) -> None:
    operate("programme", "publish", str(PROGRAMME))
    operate("connection", "add", "settling", "shopify")
    payload = tmp_path / "order.json"
    payload.write_text(json.dumps(shopify_order(customer={"id": 5})))
    operate("send", "settling", "shopify", str(payload), "--topic", "orders/paid")
    assert operate("settle", "settling.5") == "friends whose orders were settled: 0\n"
    assert operate("settle", "settling.6", fails=True).startswith("there is no member settling.6;")


def test_a_key_works_until_it_is_revoked(operate: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    key = operate("key", "issue", "admin", "--stage", "local").strip()
    monkeypatch.setenv("RISTOURNE_KEY", key)
    operate("connection", "list")
    assert operate("key", "revoke", key.split("_")[2], "--stage", "local").startswith("revoked")


def test_a_missing_setting_is_named(operate: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RISTOURNE_URL")
    assert operate("connection", "list", fails=True).startswith("RISTOURNE_URL is not set")


def test_a_balance_is_spent_by_hand(operate: Operate, deployed: Deployment) -> None:
    give(deployed, "spending.5", 900)
    held = told(operate("member", "hold", "spending.5", "3.00", "EUR"))
    assert (held["amount"], held["state"]) == ("3.00 EUR", "open")
    assert told(operate("member", "capture", "spending.5", held["hold"]))["captured"] == "3.00 EUR"
    assert "was captured at" in operate("member", "release", "spending.5", held["hold"], fails=True)
    second = told(operate("member", "hold", "spending.5", "1.00", "EUR/2", "--order-total", "5.00"))
    assert told(operate("member", "release", "spending.5", second["hold"]))["available"] == "6.00 EUR"
    assert told(operate("member", "redeem", "spending.5", "2.00", "EUR"))["available"] == "4.00 EUR"
    assert "4.01 EUR asked, 4.00 EUR there" in operate("member", "redeem", "spending.5", "4.01", "EUR", fails=True)


def test_a_members_data_are_found_exported_and_erased(operate: Operate, deployed: Deployment) -> None:
    give(deployed, "erasing.5", 900)
    assert operate("member", "find", "--email", "nobody@shop.example") == "no member has this e-mail\n"
    assert json.loads(operate("member", "export", "erasing.5"))["profile"]["locale"] == "en"
    certificate = json.loads(operate("member", "erase", "erasing.5", "--hashes"))
    assert (certificate["erased"]["profiles"], certificate["erased"]["reasons"]) == (1, 1)
    assert json.loads(operate("member", "export", "erasing.5"))["profile"]["locale"] == ""
    assert "erasing.5" in operate("data-requests")


def test_bonuses_that_wait_are_listed_and_a_verdict_names_its_group(operate: Operate, deployed: Deployment) -> None:
    give(deployed, "judging.5", 100)
    assert operate("reviews", "list").split()[:4] == ["since", "member", "group", "state"]
    assert operate("reviews", "list", "--all")
    for verdict in ("approve", "deny", "undo"):
        refusal = operate("reviews", verdict, "judging.5", "1", "we called them", fails=True)
        assert refusal == "judging.5 has no group 1\n"


def test_a_balance_is_adjusted_and_amounts_are_written_with_all_their_decimals(
    operate: Operate, deployed: Deployment
) -> None:
    give(deployed, "adjusting.5", 100)
    assert operate("member", "adjust", "adjusting.5", "3.00", "EUR", "a gift").endswith("available: 4.00 EUR\n")
    assert operate("member", "adjust", "adjusting.5", "-1.50", "EUR", "too much").endswith("available: 2.50 EUR\n")
    for wrong in ("300", "3", "3.0", "3,00", "3.000", "x"):
        refusal = operate("member", "redeem", "adjusting.5", wrong, "EUR", fails=True)
        assert refusal == f"amount must be written with all decimals of EUR, such as 3.00, got {wrong!r}\n"
    assert "asset must be a currency" in operate("member", "redeem", "adjusting.5", "3.00", "EURO", fails=True)
    shown = operate("member", "show", "adjusting.5").splitlines()
    assert shown[1].split()[:3] == ["EUR", "2.50", "EUR"]


def test_an_activity_is_stated_once_and_withdrawn(operate: Operate, deployed: Deployment) -> None:
    operate("programme", "publish", str(PROGRAMME))
    give(deployed, "reviewing.5", 100)
    review = ("member", "activity", "reviewing.5", "newsletter", "r-17")
    assert operate(*review, "--at", "2026-01-01T00:00:00Z").startswith("recorded; it gives nothing: ")
    for known in ("recorded", "known before"):
        assert operate(*review[:4], "r-18").startswith(f"{known}; it gives nothing: no ")
    assert "it was withdrawn at" in operate(*review, "--withdraw")
    assert json.loads(operate(*review, "--withdraw", "--json"))["changed"] is False
    assert "has no activity newsletter with the reference r-19" in operate(
        *review[:4], "r-19", "--withdraw", fails=True
    )


def test_what_order_total_is_in_must_be_said_where_points_pay(operate: Operate, deployed: Deployment) -> None:
    give(deployed, "paying.5", 100)
    points = ("member", "hold", "paying.5", "50", "points")
    assert operate(*points, "--order-total", "30.00", fails=True) == (
        "--currency must say what --order-total is in, since points are no money\n"
    )
    refusal = operate(*points, "--order-total", "30.00", "--currency", "EUR", fails=True)
    assert refusal.startswith("asset must be ")
    assert "got 'points'" in refusal


def test_a_profile_is_stated_and_shown(operate: Operate, deployed: Deployment) -> None:
    give(deployed, "telling.5", 100)
    profile = operate(
        "member", "profile", "telling.5", "--email", "a@b.co", "--consent", "mail=yes", "--consent", "sms=no"
    )
    assert told(profile)["email"] == "a@b.co"
    shown = json.loads(operate("member", "profile", "telling.5", "--json"))
    assert (shown["locale"], shown["consents"]) == ("en", {"mail": True, "sms": False})
    assert "NAME=yes" in operate("member", "profile", "telling.5", "--consent", "mail", fails=True)


def test_a_code_is_shown_with_its_clicks(operate: Operate, deployed: Deployment) -> None:
    operate("programme", "publish", str(PROGRAMME))
    give(deployed, "sharing.5", 100)
    code = told(operate("member", "code", "sharing.5"))
    assert code["clicks"] == "0"
    browser = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Accept": "*/*"}
    assert Api(deployed.api_url).raw("GET", f"/r/{code['code']}", headers=browser).status == 302
    assert json.loads(operate("member", "code", "sharing.5", "--json"))["clicks"] == 1
    assert "  1 click\n" in operate("member", "show", "sharing.5")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("connection", "list"), list),
        (("deliveries",), list),
        (("reviews", "list", "--all"), list),
        (("data-requests",), list),
        (("member", "find", "--email", "nobody@shop.example"), list),
        (("member", "show", "showing.5"), dict),
        (("member", "statement", "showing.5"), list),
        (("programme", "show"), dict),
    ],
)
def test_what_lists_or_shows_speaks_json(
    operate: Operate, deployed: Deployment, words: tuple[str, ...], kind: type
) -> None:
    operate("programme", "publish", str(PROGRAMME))
    give(deployed, "showing.5", 100)
    assert isinstance(json.loads(operate(*words, "--json")), kind)
