"""What changed in a pipeline: lines with their cause that lead from then to now, for whoever may see the deals."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.doors.staff import hide
from tests.pages.pages_client import make
from zhike.insight.movements import movements
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, standing_at
from zhike.kernel.errors import TooWide
from zhike.records import log_window
from zhike.records.actions import run_action
from zhike.records.read import Query, read
from zhike.records.write import write

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def week(company):
    """Last month three deals were made; this week one was won after its amount grew, one was lost, one moved and was
    put off, one is new, one went to the trash."""
    stages = [one.id for one in read(SYSTEM, Query("stage", sort="position")).rows]
    account = make(company.li, "account", name="凌渡精密机械")
    before = now() - timedelta(days=30)

    def deal(name, amount, owner=company.li):
        return make(owner, "opportunity", name=name, amount=amount, account=account, close_on="2031-01-01")

    with standing_at(before):
        won, lost, moved, gone = deal("赢", "1000"), deal("输", "500"), deal("动", "700"), deal("删", "50")
    write(company.li, Command("update", "opportunity", won, {"amount": "1200"}))
    run_action(company.li, "opportunity", "win", [won])
    run_action(company.li, "opportunity", "lose", [lost], {"lost_reason": "price"})
    run_action(company.li, "opportunity", "move_stage", [moved], {"stage": stages[1]})
    write(company.li, Command("update", "opportunity", moved, {"close_on": "2031-02-01"}))
    write(company.li, Command("trash", "opportunity", gone))
    deal("新", "90")
    return now() - timedelta(days=7)


def told(actor, since: datetime, where: str = ""):
    return movements(actor, "opportunity", since, where)


def test_lines_lead_from_then_to_now(company, week):
    found = told(company.li, week)
    kinds = {kind: (number, total) for kind, _label, number, total in found.sums()}
    assert kinds == {
        "new": (1, Decimal(90)), "amount": (1, Decimal(200)), "won": (1, Decimal(-1200)), "lost": (1, Decimal(-500)),
        "gone": (1, Decimal(-50)), "moved": (1, Decimal(0)), "pushed": (1, Decimal(0)),
    }  # fmt: skip
    assert (found.start, found.end) == (Decimal(2250), Decimal(790))
    assert (found.start_count, found.end_count) == (4, 2)
    assert found.start + sum(one.amount for one in found.lines) == found.end


def test_each_line_says_who_and_from_what_to_what(company, week):
    line = told(company.li, week).of("moved")[0]
    assert (line.record.title, line.before, line.after, line.by) == ("动", "客户接触", "需求分析", "李娜")
    pushed = told(company.li, week).of("pushed")[0]
    assert (pushed.before, pushed.after) == ("2031-01-01", "2031-02-01")


def test_nobody_hears_of_deals_they_cannot_see(company, week):
    found = told(company.chen, week)
    assert (found.lines, found.start, found.end) == ((), Decimal(0), Decimal(0))


def test_without_the_amount_only_numbers_are_told(company, week):
    hide("sales", "opportunity", "amount")
    found = told(company.li, week)
    assert not found.worth
    assert not found.of("amount")
    assert {one.amount for one in found.lines} == {Decimal(0)}
    assert (found.start_count, found.end_count) == (4, 2)


def test_history_that_was_imported_is_no_change(company):
    values = {"name": "旧单", "amount": "300", "owner": company.li.id, "created": "2020-01-01T00:00:00Z"}
    write(SYSTEM, Command("create", "opportunity", values=values, historic=True))
    found = told(company.li, now() - timedelta(days=7))
    assert (found.lines, found.start, found.end) == ((), Decimal(300), Decimal(300))


def test_too_many_changes_are_refused_in_words(company, week, monkeypatch):
    monkeypatch.setattr(log_window, "MOST_CHANGES", 3)
    with pytest.raises(TooWide):
        told(company.li, week)
