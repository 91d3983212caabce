"""The pages of a handover: rules and preview, what was received, the message, the watch list; each to whom it belongs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import caller_of
from tests.company import Company
from tests.doors.staff import ids, make
from tests.pages.pages_client import signed_in
from zhike.kernel.actor import SYSTEM
from zhike.records.actions import run_action
from zhike.records.read import read_one


@pytest.fixture
def draft(home: Any, company: Company) -> int:
    for name, region in (("东方机电", "east"), ("北方重工", "north")):
        account = make("account", name=name, region=region, owner=company.li.id)
        make("contact", name=f"{name}经理", account=account, email="who@example.com", owner=company.li.id)
        make("opportunity", name=f"{name}项目", account=account, amount="5000", owner=company.li.id)
    return make("handover", company.zhao, leaver=company.li.id)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_rules_are_typed_told_and_mended_before_anything_happens(draft: int, company: Company) -> None:
    zhao, here = signed_in("zhao"), f"/handovers/{draft}"
    assert "没有规则接收" in text(zhao.get(here))
    asked: dict[str, Any] = {"rule_object": ["account"], "rule_where": ["nothing = 1"], "rule": "save"}
    asked |= {"target": [f"p{company.wang.id}"]}
    answer = zhao.post(f"{here}/rules", asked)
    assert answer.status_code == 422
    assert "nothing = 1" in text(answer)
    answer = zhao.post(f"{here}/rules", {**asked, "rule": "split", "by": "region"})
    assert 'value="region = east"' in text(answer)
    asked |= {"rule_where": ["region = east"], "rest": str(company.zhao.id), "together": "yes"}
    assert zhao.post(f"{here}/rules", asked).status_code == 303
    shown = text(zhao.get(here))
    assert "一切都有人接收" in shown
    assert "¥5,000" in shown
    assert "0 → 1" in shown
    north = ids(SYSTEM, "account", 'name = "北方重工"')
    zhao.post(f"{here}/correct", {"ids": [str(one) for one in north], "to": str(company.wang.id)})
    assert "手工指定 1 条" in text(zhao.get(here))
    assert ids(SYSTEM, "account", f"owner = {company.li.id}") > north


def test_a_rule_is_made_by_choosing_and_its_text_stays(draft: int, company: Company) -> None:
    zhao, here = signed_in("zhao"), f"/handovers/{draft}/rules"
    shown = text(zhao.post(here, {"rule": "add"}))
    assert 'name="open" value="0"' in shown
    open_ = {"rule_object": ["account"], "rule_where": [""], "target": [f"p{company.wang.id}"], "open": "0"}
    chosen = {"object": "account", "was": "", "where": "", "row": ["1"], "c1.path": "region"}
    shown = text(zhao.post(here, {**open_, **chosen, "do": "add"}))
    assert shown.count('name="row"') == 2
    assert 'name="c1.options"' in shown
    chosen |= {"c1.way": "in", "c1.options": ["east"]}
    part = text(zhao.get(f"/handovers/{draft}/conditions", {**chosen, "side": "values"}))
    assert "region in (east)" in part
    assert f'hx-get="/handovers/{draft}/conditions"' in part
    assert zhao.post(here, {**open_, **chosen, "rule": "save", "rest": str(company.zhao.id)}).status_code == 303
    assert read_one(SYSTEM, "handover", draft)["rules"] == "account: region in (east) -> wang"
    shown = text(zhao.get(f"/handovers/{draft}"))
    assert "地区 是 华东" in shown[shown.index("handover-said") :][:300]
    typed = {**open_, "object": "contact", "where": "name ~ 北方", "rule": "close"}
    shown = text(zhao.post(here, typed))
    assert 'value="name ~ 北方"' in shown
    assert 'id="open-rule"' not in shown
    everything = text(zhao.get(f"/handovers/{draft}/conditions", {"object": "*", "side": "object"}))
    assert 'name="row"' not in everything
    for stranger in ("chen", "guest"):
        assert signed_in(stranger).get(f"/handovers/{draft}/conditions").status_code in (403, 404)


def test_the_successor_sees_their_part_confirms_it_and_writes_to_the_customer(draft: int, company: Company) -> None:
    run_action(
        company.zhao, "handover", "correct", [draft], {"record": min(ids(SYSTEM, "account")), "person": company.wang.id}
    )
    rest = {
        "rule_object": ["*"],
        "rule_where": [""],
        "target": [f"p{company.zhao.id}"],
        "rule": "save",
        "together": "yes",
    }
    zhao = signed_in("zhao")
    assert zhao.post(f"/handovers/{draft}/rules", rest).status_code == 303
    assert zhao.post(f"/handovers/{draft}/rules", {**rest, "target": [f"p{company.wang.id}"]}).status_code == 303
    assert zhao.post(f"/handovers/{draft}/actions/hand_over").status_code == 303
    wang = signed_in("wang")
    (part,) = ids(company.wang, "handover_part")
    shown = text(wang.get(f"/handover_parts/{part}"))
    assert "东方机电" in shown
    assert "没有下一步" in shown
    assert "东方机电" not in text(wang.get(f"/handover_parts/{part}", {"object": "account", "where": "region = north"}))
    assert wang.get(f"/handover_parts/{part}", {"where": "nonsense ="}).status_code == 400
    assert "东方机电项目" in text(wang.get(f"/handover_parts/{part}/receipt"))
    assert wang.post(f"/handover_parts/{part}/actions/receive").status_code == 303
    letter = f"/handover_customers/{min(ids(company.wang, 'handover_customer'))}"
    assert "mailto:who@example.com?subject=" in text(wang.get(letter))
    assert "东方机电" in text(wang.get("/handovers/watch"))
    assert "已确认" in text(zhao.get(f"/handovers/{draft}"))
    paper = text(zhao.get(f"/handovers/{draft}/receipt"))
    assert "王磊" in paper
    assert ">今天" not in paper
    assert read_one(SYSTEM, "handover", draft)["state"] == "received"
    for stranger in ("chen", "guest"):
        client = signed_in(stranger)
        for address in (f"/handovers/{draft}", f"/handover_parts/{part}", letter, f"/handover_parts/{part}/receipt"):
            assert client.get(address).status_code in (403, 404)
    assert "东方机电" not in text(signed_in("chen").get("/handovers/watch"))


def test_whoever_only_confirms_reads_who_can_undo(draft: int, company: Company) -> None:
    made = make("handover", company.admin, leaver=company.li.id, rest=company.wang.id, confirms=company.zhao.id)
    assert "可以撤销" not in text(signed_in("zhao").get(f"/handovers/{made}"))
    run_action(company.admin, "handover", "hand_over", [made])
    shown = text(signed_in("zhao").get(f"/handovers/{made}"))
    assert f"{company.admin.name}或管理员可以撤销" in shown
    assert "/undo" not in shown
    shown = text(signed_in("admin").get(f"/handovers/{made}"))
    assert "/undo" in shown
    assert "可以撤销" not in shown


def test_the_api_tells_what_a_handover_would_do(draft: int, company: Company) -> None:
    zhao = caller_of(company.zhao)
    found = zhao.get(f"handovers/{draft}/preview")
    assert (found["ready"], found["records"]) == (False, 6)
    zhao.patch(f"handovers/{draft}", {"rest": company.wang.id})
    shares = zhao.get(f"handovers/{draft}/preview")["shares"]
    assert {(one["to"], one["object"], one["count"]) for one in shares} == {
        ("wang", "account", 2), ("wang", "opportunity", 2), ("wang", "contact", 2)
    }  # fmt: skip
    caller_of(company.chen).get(f"handovers/{draft}/preview", status=404)
