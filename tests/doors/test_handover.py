"""A handover finds everything of who leaves, splits it by rules, tells before it does, does it once, and goes back whole."""

from __future__ import annotations

from typing import Any

import pytest

from tests.company import Company
from tests.contract.made import EVERYTHING, make_custom_object
from tests.doors.staff import change, department_of, ids, make, nothing_written, person, role
from tests.jobs.test_jobs import long_dead
from tests.pages.pages_client import signed_in
from zhike.access.people import people
from zhike.access.signin import actor_of_login, actor_of_user
from zhike.access.signin.sessions import sessions_of
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.errors import Forbidden, Invalid, NotFound
from zhike.records.actions import run_action
from zhike.records.handing import doing
from zhike.records.handing.doing import preview
from zhike.records.handing.rules import corrected
from zhike.records.handing.splitting import Split
from zhike.records.history import history
from zhike.records.jobs.queue import revive_dead, run_next
from zhike.records.read import read_one
from zhike.records.undo import rehearse, undo
from zhike.store.database import run


@pytest.fixture
def package(home: Any, company: Company) -> dict[str, int]:
    """What Li Na has: two accounts of different regions with what belongs to them, and things without an account."""
    li = company.li.id
    east = make("account", name="东方机电", region="east", level="key", owner=li)
    north = make("account", name="北方重工", region="north", owner=li)
    won = make("opportunity", name="旧单", account=east, amount="100", stage="won", owner=li)
    deal = make("opportunity", name="新单", account=east, amount="5000", owner=li)
    contact = make("contact", name="周工", account=east, email="zhou@example.com", owner=li)
    task = make("task", subject="报价", parent={"object": "opportunity", "id": deal}, owner=li)
    done = make("task", subject="旧事", status="done", owner=li)
    lead = make("lead", name="散客", owner=li)
    said = make("follow_up", summary="谈过", parent={"object": "account", "id": north}, next_on="2099-01-05",
                next_step="寄样品", owner=li)  # fmt: skip
    return {"east": east, "north": north, "won": won, "deal": deal, "contact": contact, "task": task, "done": done,
            "lead": lead, "said": said}  # fmt: skip


def handover(actor: Actor, leaver: Actor, **facts: Any) -> int:
    return make("handover", actor, leaver=leaver.id, **facts)


def of(found: Split, object_key: str, field: str = "owner") -> dict[int, int]:
    return found.to.get((object_key, field), {})


def act(actor: Actor, name: str, id_: int, **values: Any) -> Any:
    return run_action(actor, "handover", name, [id_], values)


def owner(object_key: str, id_: int) -> int:
    found: int = read_one(SYSTEM, object_key, id_)["owner"].id
    return found


def test_everything_of_the_leaver_is_found_and_history_stays(package: dict[str, int], company: Company) -> None:
    make_custom_object()
    machine = make(EVERYTHING, name="车床", firm=package["east"], owner=company.li.id)
    view = make("saved_view", company.li, name="大客户", object="account", filter="level = key", shared="everybody")
    own = make("saved_view", company.li, name="私下", object="account")
    change("department", department_of(company.li), manager=company.li.id)
    change("user", company.wang.id, manager=company.li.id)
    made = handover(company.admin, company.li, rules="region = east -> wang", rest=company.zhao.id)
    with nothing_written():
        found = preview(company.admin, made)
    wang, zhao = company.wang.id, company.zhao.id
    assert of(found, "account") == {package["east"]: wang, package["north"]: zhao}
    assert of(found, "opportunity") == {package["deal"]: wang}
    assert of(found, "contact") == {package["contact"]: wang}
    assert of(found, "task") == {package["task"]: wang}
    assert of(found, "lead") == {package["lead"]: zhao}
    assert of(found, EVERYTHING) == {machine: wang}
    assert of(found, "saved_view") == {view: zhao}
    assert own not in of(found, "saved_view")
    assert of(found, "department", "manager") == {department_of(company.li): zhao}
    assert of(found, "user", "manager") == {company.wang.id: zhao}
    held = {one.spec.key: one for one in found.held if one.owned}
    assert (held["opportunity"].stays, held["task"].stays, held["follow_up"].stays) == (1, 1, 1)
    assert str(held["opportunity"].amount) == "5000.00"
    assert [str(one.text) for one in found.hitches] == ["王磊 may not work on Machine: their roles do not allow it."]


def test_the_first_rule_that_matches_counts_and_nothing_is_left_out(package: dict[str, int], company: Company) -> None:
    made = handover(company.admin, company.li, rules="level = key -> chen\nregion = east -> wang")
    found = preview(company.admin, made)
    assert of(found, "account") == {package["east"]: company.chen.id}
    assert found.uncaught == {"account": 1, "lead": 1}
    assert not found.ready
    with pytest.raises(Invalid, match="caught by no rule"):
        act(company.admin, "hand_over", made)
    change("handover", made, rules="* -> chen")
    assert preview(company.admin, made).ready
    for wrong in ("region = east", "nothing = 1 -> wang", "region = east -> nobody", "region = east -> @nowhere"):
        with pytest.raises(Invalid, match="Rule 1"):
            change("handover", made, company.admin, rules=wrong)


def test_a_customer_is_not_torn_unless_that_is_wanted(package: dict[str, int], company: Company) -> None:
    rules = "opportunity: amount > 1000 -> chen\naccount: * -> wang"
    made = handover(company.admin, company.li, rules=rules, rest=company.zhao.id)
    assert of(preview(company.admin, made), "opportunity") == {package["deal"]: company.wang.id}
    change("handover", made, together=False)
    found = preview(company.admin, made)
    assert of(found, "opportunity") == {package["deal"]: company.chen.id}
    assert of(found, "contact") == {package["contact"]: company.zhao.id}


def test_a_department_takes_turns_by_load(home: Any, company: Company) -> None:
    for number in range(4):
        account = make("account", name=f"客户{number}", owner=company.li.id)
        make("opportunity", name=f"商机{number}", account=account, owner=company.li.id)
    for number in range(2):
        make("task", subject=f"忙{number}", owner=company.wang.id)
    rules = f"* -> @#{department_of(company.wang)}"
    found = preview(company.admin, handover(company.admin, company.li, rules=rules))
    loads = {one.person: (one.before, one.after) for one in found.shares}
    assert loads == {company.wang.id: (2, 3), company.zhao.id: (0, 3)}


def test_one_account_is_corrected_by_hand_and_back(package: dict[str, int], company: Company) -> None:
    made = handover(company.admin, company.li, rest=company.zhao.id)
    act(company.admin, "correct", made, record=package["east"], person=company.wang.id)
    act(company.admin, "correct", made, record=package["north"], person=company.wang.id)
    assert set(of(preview(company.admin, made), "account").values()) == {company.wang.id}
    rules = read_one(SYSTEM, "handover", made)["rules"]
    assert rules == f"account: id in ({package['east']}, {package['north']}) -> wang"
    assert corrected(rules, "account", package["east"], 0) == f"account: id in ({package['north']}) -> wang"


def test_recipients_are_active_and_may_own_what_they_get(package: dict[str, int], company: Company) -> None:
    reader = person("reader", role("reads", {"account": {"read": "own"}}))
    for someone in (reader, company.li):
        made = handover(company.admin, company.li, rest=someone.id)
        assert preview(company.admin, made).hitches
        with pytest.raises(Invalid):
            act(company.admin, "hand_over", made)
    change("user", company.wang.id, active=False)
    made = handover(company.admin, company.li, rest=company.wang.id)
    assert any("no access" in str(one.text) for one in preview(company.admin, made).hitches)
    assert owner("account", package["east"]) == company.li.id


def test_handing_over_ends_access_and_moves_what_is_open(package: dict[str, int], company: Company) -> None:
    browser = signed_in("li")
    assert sessions_of(company.li.id)
    made = handover(company.zhao, company.li, rules="region = east -> wang", rest=company.zhao.id)
    act(company.zhao, "hand_over", made)
    assert not sessions_of(company.li.id)
    assert browser.get("/").status_code in (302, 303)
    assert not people().persons[company.li.id].active
    wang, zhao, li = company.wang.id, company.zhao.id, company.li.id
    owners = {
        key: owner(key.split(".")[0], package[key.split(".")[-1]])
        for key in (
            "account.east",
            "account.north",
            "opportunity.deal",
            "opportunity.won",
            "task.task",
            "task.done",
            "follow_up.said",
        )
    }
    assert owners == {
        "account.east": wang, "account.north": zhao, "opportunity.deal": wang, "opportunity.won": li, "task.task": wang,
        "task.done": li, "follow_up.said": li,
    }  # fmt: skip
    assert ids(company.zhao, "task", 'subject = "寄样品" and due_on = 2099-01-05') != set()
    held = read_one(SYSTEM, "handover", made)
    assert (held["state"], held["left_over"]) == ("handed_over", None)
    assert history(SYSTEM, "follow_up", package["said"])[-1].verb == "create"


def test_only_whoever_may_transfer_hands_over(package: dict[str, int], company: Company) -> None:
    for someone, leaver in ((company.wang, company.li), (company.zhao, company.chen), (company.zhao, company.zhao),
                            (company.zhao, company.admin), (company.guest, company.li)):  # fmt: skip
        with pytest.raises(Forbidden):
            handover(someone, leaver, rest=company.wang.id)
    made = handover(company.admin, company.li, rest=company.chen.id)
    for someone in (company.wang, company.chen, company.guest):
        with pytest.raises((NotFound, Forbidden)):
            preview(someone, made)
        with pytest.raises((NotFound, Forbidden)):
            act(someone, "hand_over", made)
    act(company.admin, "hand_over", made)
    part = ids(SYSTEM, "handover_part", f"handover = {made}")
    assert ids(company.chen, "handover_part") == part
    assert ids(company.wang, "handover_part") == ids(company.wang, "handover_customer") == set()
    with pytest.raises(NotFound):
        read_one(company.chen, "handover", made)


def test_both_sides_confirm(package: dict[str, int], company: Company) -> None:
    made = handover(company.admin, company.li, rules="region = east -> wang", rest=company.chen.id)
    with pytest.raises((Forbidden, NotFound)):
        act(company.wang, "confirm", made)
    act(company.zhao, "confirm", made)
    assert read_one(SYSTEM, "handover", made)["confirmed_by"].id == company.zhao.id
    act(company.admin, "hand_over", made)
    parts = {one: read_one(SYSTEM, "handover_part", one) for one in ids(SYSTEM, "handover_part")}
    assert sorted(int(one["records"]) for one in parts.values()) == [2, 4]
    for part, facts in parts.items():
        with pytest.raises((Forbidden, NotFound)):
            run_action(company.zhao, "handover_part", "receive", [part])
        run_action(actor_of_user(facts["recipient"].id, "web"), "handover_part", "receive", [part], {"remark": "齐"})
    held = read_one(SYSTEM, "handover", made)
    assert held["state"] == "received"
    assert held["received_on"] is not None


def test_the_whole_package_goes_back_and_the_account_stays_closed(package: dict[str, int], company: Company) -> None:
    made = handover(company.zhao, company.li, rest=company.chen.id)  # out of the sight of whoever hands over
    act(company.zhao, "hand_over", made)
    for part in ids(SYSTEM, "handover_part"):
        run_action(company.chen, "handover_part", "receive", [part])
    change("account", package["north"], owner=company.wang.id)
    operation = int(read_one(SYSTEM, "handover", made)["operation"])
    assert [(one.id, one.field) for one in rehearse(company.zhao, operation).conflicts] == [(package["north"], "owner")]
    undo(company.zhao, operation)
    for key, name in (("account", "east"), ("opportunity", "deal"), ("task", "task"), ("lead", "lead")):
        assert owner(key, package[name]) == company.li.id
    assert owner("account", package["north"]) == company.wang.id
    assert read_one(SYSTEM, "handover", made)["state"] == "undone"
    assert ids(SYSTEM, "handover_part") == ids(SYSTEM, "handover_customer") == set()
    assert ids(SYSTEM, "task", 'subject = "寄样品"') == set()
    assert not people().persons[company.li.id].active
    with pytest.raises(NotFound):
        actor_of_login("li", "web")


def test_what_cannot_go_stays_and_is_said(package: dict[str, int], company: Company) -> None:
    made = handover(company.admin, company.li, rest=company.zhao.id)
    away = {"absent": company.zhao.id, "deputy": company.li.id, "first": "2020-01-01", "last": "2099-01-01"}
    make("stand_in", **away, rights=["read"])  # whoever gets everything is the one who is away
    act(company.admin, "hand_over", made)
    assert "stand_in:" in read_one(SYSTEM, "handover", made)["left_over"]


class _Killed(BaseException):
    """The process ends here."""


def test_a_large_package_is_a_job_that_goes_on_after_it_was_killed(
    package: dict[str, int], company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doing, "AT_ONCE", 0)
    monkeypatch.setattr(doing, "PORTION", 2)
    made = handover(company.zhao, company.li, rest=company.wang.id)
    act(company.zhao, "hand_over", made)
    assert (read_one(SYSTEM, "handover", made)["state"], people().persons[company.li.id].active) == ("running", False)
    with pytest.raises(Invalid, match="at this moment"):
        act(company.zhao, "hand_over", made)
    whole, calls = doing.move, []

    def dies(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise _Killed
        return whole(*given)

    monkeypatch.setattr(doing, "move", dies)
    with pytest.raises(_Killed):
        run_next()
    assert len(ids(SYSTEM, "account", f"owner = {company.wang.id}") | ids(SYSTEM, "lead") - {0}) > 0
    long_dead(int(read_one(SYSTEM, "handover", made)["job"]))
    assert revive_dead() == 1
    assert run_next()
    assert read_one(SYSTEM, "handover", made)["state"] == "handed_over"
    assert ids(SYSTEM, "account", f"owner = {company.wang.id}") == {package["east"], package["north"]}
    assert len(ids(SYSTEM, "handover_customer")) == 2
    undo(company.zhao, int(read_one(SYSTEM, "handover", made)["operation"]))
    assert ids(SYSTEM, "account", f"owner = {company.li.id}") == {package["east"], package["north"]}
    assert read_one(SYSTEM, "handover", made)["state"] == "undone"


def test_a_package_that_was_stopped_goes_on_as_the_same_operation(
    package: dict[str, int], company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = handover(company.zhao, company.li, rest=company.wang.id)
    monkeypatch.setattr(doing, "AT_ONCE", 0)
    act(company.zhao, "hand_over", made)
    begun = read_one(SYSTEM, "handover", made)
    run('UPDATE "store_job" SET "state" = %s WHERE "id" = %s', ("stopped", int(begun["job"])))
    monkeypatch.setattr(doing, "AT_ONCE", 300)
    act(company.zhao, "hand_over", made)
    held = read_one(SYSTEM, "handover", made)
    assert (held["state"], held["operation"]) == ("handed_over", begun["operation"])
    assert len(ids(SYSTEM, "handover_part")) == 1
    assert owner("account", package["east"]) == company.wang.id
    undo(company.zhao, int(held["operation"]))
    assert owner("account", package["east"]) == company.li.id
    assert read_one(SYSTEM, "handover", made)["state"] == "undone"
