"""What a campaign has cost and brought (`domain/reports/campaign_effect.py`), from an export of the books or the table,
as text for a terminal. Writes nothing. Imports the audit's pieces, the codec and the domain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import ENGLISH, written
from chalicelib.domain.reports import campaign_effect
from chalicelib.domain.reports.campaign_effect import KINDS, Amounts, CampaignReport
from chalicelib.store.codec import records_of
from infra.audit.sources import Passed, TablePiece
from infra.commands.terminal import counted


def report_of(pieces: Iterable[TablePiece], campaign: str, passed: Passed = lambda *_: None) -> CampaignReport:
    """The report of a campaign. Raises NotFound, and what reading raises."""
    items = (item for piece in pieces for item in piece.items(passed))
    return campaign_effect.report_of(records_of(items, KINDS), campaign)


def as_json(report: CampaignReport) -> dict[str, Any]:
    """A report for scripts: its fields, and the effect's note in words."""
    answer: dict[str, Any] = msgspec.to_builtins(report)
    answer["effect"]["note"] = written(report.effect.note, ENGLISH)
    return answer


def lines(report: CampaignReport) -> Iterator[str]:
    """A report as people read it."""
    asset = money.asset_of(report.currency)
    yield f"Campaign {report.campaign}, {report.starts} to {report.ends}"
    yield f"  has cost   {_texts(report.cost)}, after refunds"
    for name, arm in (("treated", report.treated), ("held out", report.held_out)):
        orders, buyers = counted(arm.orders, "order"), counted(arm.buyers, "buyer")
        yield f"  {name:<9}  {orders} of {buyers}, {_texts(arm.spend)} of goods"
    effect, note = report.effect, written(report.effect.note, ENGLISH)
    if effect.interval is None:
        yield f"  effect     {note}"
        return
    yield (
        f"  effect     of those who had bought before, {effect.treated:,} spent "
        f"{money.text(effect.mean_treated, asset)} on average in its days, "
        f"{effect.held_out:,} held out {money.text(effect.mean_held_out, asset)}:"
    )
    low, high = (money.text(bound, asset) for bound in effect.interval)
    difference = money.text(effect.difference, asset)
    yield f"             {difference} a person (95%: {low} to {high}). {note}"


def _texts(amounts: Amounts) -> str:
    return " and ".join(money.text(amount, asset) for asset, amount in sorted(amounts.items())) or "nothing"
