"""Retention rules: seen before they are switched on, a day's warning, never more than was agreed, and what is held stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, make, refusal, trash
from zhike.kernel import clock
from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records.actions import run_action
from zhike.records.jobs.queue import run_next
from zhike.records.notices.notices import inbox
from zhike.records.privacy import stones
from zhike.records.privacy.retention import preview, run_daily
from zhike.records.read import read_one
from zhike.records.undo import undo
from zhike.site.home import Home
from zhike.store.database import row, rows

MOBILE = "13755501234"


@pytest.fixture(autouse=True)
def no_old_stones(home: Home) -> Iterator[None]:
    yield
    (home.path / stones.FILE).unlink(missing_ok=True)


def _rule(then: str = "trash", **more: Any) -> int:
    facts = {"name": "Old leads", "object": "lead", "where": "status = disqualified", "then": then, **more}
    return make("retention_rule", **facts)


def _lead(company: Company, n: int = 1, **more: Any) -> int:
    return make("lead", name=f"甲{n}", status="disqualified", owner=company.li.id, phone=MOBILE, **more)


def _on(company: Company, rule: int, seen: int) -> None:
    run_action(company.admin, "retention_rule", "switch_on", [rule], {"seen": seen})


def _day(later: int = 0) -> None:
    """The daily run of today, or of so many days later."""
    with clock.standing_at(clock.now() + timedelta(days=later)):
        run_daily()
        while run_next():
            pass


def test_what_was_warned_of_is_taken_a_day_later_as_one_operation_that_can_be_undone(
    home: Home, company: Company
) -> None:
    leads = [_lead(company, n) for n in range(3)]
    other = make("lead", name="乙", status="new")
    rule = _rule()
    _day()
    assert read_one(SYSTEM, "retention_rule", rule)["last_run"] is None  # off until switched on
    _on(company, rule, 3)
    _day()
    assert [one.text for one in inbox(company.li)[0] if one.kind == "privacy"]
    assert "3 Leads go into the trash tomorrow" in str(inbox(company.li)[0][0].text)
    assert not any(read_one(SYSTEM, "lead", one).trashed for one in leads)
    change("lead", leads[0], status="contacted")  # the keeper still needs it
    late = _lead(company, 9)
    _day(1)
    assert [read_one(SYSTEM, "lead", one).trashed for one in (*leads, late, other)] == [False, True, True, False, False]
    assert read_one(SYSTEM, "retention_rule", rule)["taken"] == 2
    operations = rows(
        'SELECT DISTINCT "operation" FROM "store_changerow" WHERE "record" IN (%s, %s) AND "verb" = \'trash\'',
        leads[1:],
    )
    assert len(operations) == 1
    noted = rows('SELECT "detail" FROM "store_auditrow" WHERE "kind" = \'retention\' ORDER BY "id"')
    assert len(noted) == 2
    assert f'"operation": {operations[0][0]}' in noted[1][0]
    undo(company.admin, operations[0][0])
    assert not read_one(SYSTEM, "lead", leads[1]).trashed


def test_a_rule_never_takes_more_than_was_agreed_without_asking_again(
    home: Home, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zhike.records.privacy import retention

    monkeypatch.setattr(retention, "LEAST", 1)
    leads = [_lead(company, n) for n in range(2)]
    rule = _rule()
    with pytest.raises(Invalid, match="2 records now"):
        _on(company, rule, 1)
    _on(company, rule, 2)
    assert read_one(SYSTEM, "retention_rule", rule)["at_most"] == 4
    _day()
    leads += [_lead(company, n) for n in range(3)]
    _day(1)
    assert read_one(SYSTEM, "retention_rule", rule)["state"] == "asks"
    assert not any(read_one(SYSTEM, "lead", one).trashed for one in leads)
    assert "more than the 4 that were agreed" in str(inbox(company.admin)[0][0].text)
    _on(company, rule, 5)
    _day(2)
    assert sum(read_one(SYSTEM, "lead", one).trashed for one in leads) == 2  # those that were warned of
    _day(3)
    assert all(read_one(SYSTEM, "lead", one).trashed for one in leads)


def test_what_something_still_holds_is_kept_and_the_preview_says_why(home: Home, company: Company) -> None:
    old = make("account", name="旧客户")
    names = {}
    for name in ("谈判中", "去年成交", "有待办", "有联系人"):
        names[name] = make("account", name=name)
    make("opportunity", name="单", account=names["谈判中"])
    won = make("opportunity", name="成", account=names["去年成交"], amount="100")
    run_action(SYSTEM, "opportunity", "win", [won])
    make("task", subject="回电", parent=f"account:{names['有待办']}")
    make("contact", name="王", account=names["有联系人"])
    found = preview(company.admin, "account", "created <= today", "trash")
    assert found.free == (old,)
    assert set(found.held) == set(names.values())
    assert {str(text) for text, _n in found.reasons} == {
        "A deal is still open", "A task is still open", "Contacts still belong to it",
        "Something was sold to them within three years: claims from it are not yet out of time",
    }  # fmt: skip
    assert found.samples(company.admin)[0] == [(old, "旧客户")]
    assert preview(company.admin, "opportunity", "created <= today", "trash").free == ()  # held by itself
    free = preview(company.admin, "account", "created <= today", "anonymise").free
    assert free == ()  # an account of ours holds nobody's data here: nothing is left to take


@pytest.mark.parametrize("then", ["anonymise", "erase"])
def test_the_person_is_erased_with_what_was_written_about_them_but_not_their_consent(
    home: Home, company: Company, then: str
) -> None:
    lead = _lead(company, need="私语")
    note = make("note", title="私语", body="<p>x</p>", parent=f"lead:{lead}")
    consent = make("consent", wording="v1", purpose="marketing", parent=f"lead:{lead}")
    _on(company, _rule(then), 1)
    _day()
    _day(1)
    held = read_one(SYSTEM, "lead", lead)
    assert (held["name"], held["phone"], held["need"]) == (None, None, None)
    assert held.trashed is (then == "erase")
    assert read_one(SYSTEM, "note", note)["title"] is None
    assert not read_one(SYSTEM, "consent", consent)["withdrawn_on"]
    assert len((home.path / stones.FILE).read_text().splitlines()) == 2
    assert preview(company.admin, "lead", "status = disqualified", then).free == ()  # not found again
    erased = row('SELECT "operation" FROM "store_changerow" WHERE "record" = %s ORDER BY "id" DESC LIMIT 1', (lead,))
    assert erased is not None
    with pytest.raises(Invalid, match="erased"):
        undo(company.admin, erased[0])


def test_a_changed_rule_is_off_and_only_an_administrator_makes_and_switches_one(home: Home, company: Company) -> None:
    _lead(company)
    rule = _rule()
    _on(company, rule, 1)
    change("retention_rule", rule, name="Renamed")
    assert read_one(SYSTEM, "retention_rule", rule)["state"] == "on"
    done = change("retention_rule", rule, where="status = new")
    assert read_one(SYSTEM, "retention_rule", rule)["state"] == "off"
    undo(company.admin, done.operation or 0)
    assert read_one(SYSTEM, "retention_rule", rule)["state"] == "off"  # nobody has seen it since
    for act in (
        lambda: make("retention_rule", company.zhao, name="X", object="lead", where="status = new"),
        lambda: change("retention_rule", rule, company.zhao, name="X"),
        lambda: run_action(company.zhao, "retention_rule", "switch_on", [rule], {"seen": 9}),
        lambda: preview(company.zhao, "lead", "status = new", "trash"),
    ):
        assert refusal(act)[0] in (Forbidden, Invalid)
    for facts in (
        {"object": "user"}, {"object": "nothing"}, {"object": "product", "then": "erase"}, {"where": "nothing = 1"},
        {"where": ""}, {"where": f'phone = "{MOBILE}"'}, {"where": "everything"},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            _rule(**{"then": "trash", **facts})
    trash("retention_rule", rule)
    _day()
