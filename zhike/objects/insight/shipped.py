"""The dashboards every home begins with: made once through the door, and put back by the action “As it was shipped”."""

from __future__ import annotations

from typing import Any

from zhike.kernel.words import Words, _, speaking
from zhike.records.company.settings import company

WON, LOST, OPEN, CLOSED = (
    "stage.outcome = won",
    "stage.outcome = lost",
    "stage.outcome = open",
    "stage.outcome != open",
)
Tiles = tuple[dict[str, Any], ...]


def _tile(title: Words, object_key: str, shape: str, size: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "object": object_key, "shape": shape, "size": size, **more}


def _deals(title: Words, shape: str, size: str, **more: Any) -> dict[str, Any]:
    return _tile(title, "opportunity", shape, size, **more)


AMOUNT = "sum:amount"

# key: name, what it shows, the period it opens with, its tiles
SHIPPED: dict[str, tuple[Words, Words, str, Tiles]] = {
    "overview": (
        _("Sales overview"),
        _("Open, won, win rate, leads"),
        "all",
        (
            _deals(_("Open pipeline"), "number", "quarter", measure=AMOUNT, where=OPEN),
            _deals(_("Amount won"), "number", "quarter", measure=AMOUNT, where=WON, dated="close_on", compare="year"),
            _deals(_("Win rate"), "number", "quarter", where=CLOSED, part=WON, dated="close_on", compare="year"),
            _tile(_("New leads"), "lead", "number", "quarter", dated="created", compare="before"),
            _deals(_("Amount won"), "bar", "half", measure=AMOUNT, by="close_on:quarter", where=WON, dated="close_on"),
            _deals(_("Pipeline by stage"), "funnel", "half", measure=AMOUNT, by="stage", where=OPEN),
            _deals(_("Won by person"), "leaderboard", "third", measure=AMOUNT, by="owner", where=WON, dated="close_on"),
            _deals(_("Won by product"), "bar", "third", measure=AMOUNT, by="product", where=WON, dated="close_on"),
            _deals(_("Why deals were lost"), "bar", "third", by="lost_reason", where=LOST, dated="close_on"),
        ),
    ),
    "funnel": (
        _("Funnel and conversion"),
        _("How far deals come, what share goes on, how long they stay"),
        "months",
        (
            _deals(_("Conversion and time per stage"), "path", "half", dated="opened_on"),
            _deals(_("Open pipeline"), "funnel", "half", measure=AMOUNT, by="stage", where=OPEN),
            _deals(_("New deals"), "bar", "half", by="opened_on:month", dated="opened_on", compare="year"),
            _deals(_("Open deals by person"), "stacked", "half", by="owner", by_too="stage", where=OPEN),
        ),
    ),
    "revenue": (
        _("Won revenue"),
        _("By month and quarter, beside last year"),
        "year",
        (
            _deals(_("Amount won"), "number", "third", measure=AMOUNT, where=WON, dated="close_on", compare="year"),
            _deals(_("Deals won"), "number", "third", where=WON, dated="close_on", compare="year"),
            _deals(
                _("Average deal"), "number", "third", measure="avg:amount", where=WON, dated="close_on", compare="year"
            ),
            _deals(
                _("By month"),
                "bar",
                "half",
                measure=AMOUNT,
                by="close_on:month",
                where=WON,
                dated="close_on",
                compare="year",
            ),
            _deals(
                _("By quarter"),
                "bar",
                "half",
                measure=AMOUNT,
                by="close_on:quarter",
                where=WON,
                dated="close_on",
                compare="year",
            ),
            _deals(_("By product"), "bar", "half", measure=AMOUNT, by="product", where=WON, dated="close_on"),
            _deals(_("By industry"), "bar", "half", measure=AMOUNT, by="account.industry", where=WON, dated="close_on"),
        ),
    ),
    "people": (
        _("Leaderboards"),
        _("By person and by department"),
        "quarter",
        (
            _deals(_("Amount won"), "leaderboard", "half", measure=AMOUNT, by="owner", where=WON, dated="close_on"),
            _deals(
                _("Amount won by department"),
                "leaderboard",
                "half",
                measure=AMOUNT,
                by="owner.department",
                where=WON,
                dated="close_on",
            ),
            _deals(_("Deals won"), "leaderboard", "third", by="owner", where=WON, dated="close_on"),
            _deals(_("Win rate"), "leaderboard", "third", by="owner", where=CLOSED, part=WON, dated="close_on"),
            _tile(_("Follow-ups logged"), "follow_up", "leaderboard", "third", by="owner", dated="happened"),
        ),
    ),
    "winning": (
        _("Won and lost"),
        _("Win rate and reasons lost"),
        "months",
        (
            _deals(_("Win rate"), "number", "third", where=CLOSED, part=WON, dated="close_on", compare="before"),
            _deals(_("Deals won"), "number", "third", where=WON, dated="close_on", compare="before"),
            _deals(_("Deals lost"), "number", "third", where=LOST, dated="close_on", compare="before", better="less"),
            _deals(
                _("Win rate by month"), "line", "half", by="close_on:month", where=CLOSED, part=WON, dated="close_on"
            ),
            _deals(_("Why deals were lost"), "bar", "half", by="lost_reason", where=LOST, dated="close_on"),
            _deals(_("Win rate by product"), "bar", "half", by="product", where=CLOSED, part=WON, dated="close_on"),
            _deals(
                _("Reasons lost by person"),
                "table",
                "half",
                by="owner",
                by_too="lost_reason",
                where=LOST,
                dated="close_on",
            ),
        ),
    ),
    "leads": (
        _("Lead conversion"),
        _("Conversion by source"),
        "months",
        (
            _tile(_("New leads"), "lead", "number", "third", dated="contacted_on", compare="before"),
            _tile(
                _("Conversion rate"),
                "lead",
                "number",
                "third",
                part="status = converted",
                dated="contacted_on",
                compare="before",
            ),
            _tile(
                _("Leads converted"),
                "lead",
                "number",
                "third",
                where="status = converted",
                dated="converted_on",
                compare="before",
            ),
            _tile(
                _("Conversion rate by source"),
                "lead",
                "bar",
                "half",
                by="source",
                part="status = converted",
                dated="contacted_on",
            ),
            _tile(_("Leads by source"), "lead", "bar", "half", by="source", dated="contacted_on"),
            _tile(
                _("Leads by month and status"),
                "lead",
                "stacked",
                "full",
                by="contacted_on:month",
                by_too="status",
                dated="contacted_on",
            ),
        ),
    ),
    "activity": (
        _("Follow-up activity"),
        _("Who follows up, how, and on which days"),
        "days",
        (
            _tile(
                _("Follow-ups by person and way"),
                "follow_up",
                "stacked",
                "half",
                by="owner",
                by_too="way",
                dated="happened",
            ),
            _tile(
                _("Follow-ups by weekday"),
                "follow_up",
                "heat",
                "half",
                by="happened:weekday",
                by_too="owner",
                dated="happened",
            ),
            _tile(
                _("Follow-ups by week"), "follow_up", "line", "half", by="happened:week", by_too="way", dated="happened"
            ),
            _tile(_("Results"), "follow_up", "bar", "half", by="result", dated="happened"),
        ),
    ),
    "changes": (
        _("What changed in the pipeline"),
        _("New, won, lost, moved, changed and postponed deals of the last week"),
        "week",
        (_deals(_("What changed in the pipeline"), "changes", "full"),),
    ),
}


def shipped_tiles(code: str) -> list[dict[str, Any]]:
    """The tiles of a shipped dashboard, in order, named in the company's language; none for another."""
    found = SHIPPED.get(code)
    if found is None:
        return []
    with speaking(company().language):
        return _named(found[3])


def _named(tiles: Tiles) -> list[dict[str, Any]]:
    return [{**tile, "title": str(tile["title"]), "position": place * 10} for place, tile in enumerate(tiles, start=1)]
