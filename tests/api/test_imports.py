"""Importing, notices and marks through the API."""

from __future__ import annotations

import json
from typing import Any

from tests.api.conftest import Caller, caller_of
from tests.company import Company
from zhike.kernel.words import _
from zhike.records.jobs.queue import run_next
from zhike.records.notices.notices import notify

TABLE = "名称,行业,地区\n华信科技,制造业,华东\n海德物流,不存在的行业,华东\n".encode()


def sent(api: Caller, content: bytes = TABLE, status: int = 201) -> Any:
    answer = api("POST", "accounts/imports?name=customers.csv", content, **{"Content-Type": "text/csv"})
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def test_a_table_comes_in_from_sending_to_undoing(api: Caller, company: Company) -> None:
    held = sent(api)
    where = f"accounts/imports/{held['id']}"
    assert held["headings"] == ["名称", "行业", "地区"]
    assert held["columns"]["名称"] == "name"
    assert held["job"] is None
    meant = {"industry": {"制造业": "manufacturing"}}
    decided = api.patch(where, {"columns": {"地区": ""}, "mode": "new", "values": meant})
    assert "地区" not in decided["columns"]
    job = api.post(f"{where}/check", {}, 202)
    assert run_next()
    assert api.get(f"jobs/{job['id']}")["state"] == "done"
    assert api.get(where)["checked"]["refused"] == 1
    (bad,) = api.get(f"{where}/refused")["rows"]
    assert bad["row"] == 3
    assert bad["cells"]["行业"] == "不存在的行业"
    assert bad["reasons"][0]["column"] == "行业"
    api.patch(where, {"values": {"industry": {"不存在的行业": "manufacturing"}}})
    job = api.post(f"{where}/run", {}, 202)
    assert run_next()
    done = api.get(f"jobs/{job['id']}")
    assert done["result"]["created"] == 2
    assert {one["name"] for one in api.get("accounts?columns=name")["items"]} >= {"华信科技", "海德物流"}
    api.post(f"{where}/run", {}, 422)
    api.post(f"operations/{done['operation']}/undo", {}, 200)
    assert not {one["name"] for one in api.get("accounts?columns=name")["items"]} & {"华信科技", "海德物流"}
    assert api("DELETE", where).status_code == 204
    api.get(where, 404)


def test_wrong_decisions_about_a_table_are_refused_by_name(api: Caller, company: Company) -> None:
    where = f"accounts/imports/{sent(api)['id']}"
    for body, field in (
        ({"columns": {"没有这列": "name"}}, "columns.没有这列"),
        ({"columns": ["name"]}, "columns"),
        ({"mode": "all"}, "mode"),
        ({"historic": "yes"}, "historic"),
        ({"owner": "li"}, "owner"),
        ({"values": {"industry": 7}}, "industry"),
        ({"mood": 1}, "mood"),
    ):
        assert api.patch(where, body, 400)["errors"][0]["field"] == field
    assert api.patch(where, {"columns": {"名称": "no_such"}}, 422)["errors"][0]["field"] == "columns.名称"
    sent(api, b"", 400)
    sent(api, b"PK\x03\x04 not a workbook", 422)
    caller_of(company.li).get(where, 403)  # sellers do not import


def test_notices_are_read_and_marked_through_the_api(api: Caller, company: Company) -> None:
    account = api.post("accounts", {"name": "A", "owner": company.li.id})["id"]
    li = caller_of(company.li)
    notify([company.li.id], "assigned", _("{by} gave you “{title}”"), "account", account, by=company.admin.id)
    found = li.get("inbox?unread=true")
    assert found["unread"] == len(found["notices"]) >= 1
    one = found["notices"][0]
    assert (one["object"], one["record"]) == ("account", account)
    assert li.post("inbox", {"ids": [one["id"]]}, 200) == {"changed": 1}
    assert one["id"] not in [each["id"] for each in li.get("inbox?unread=true")["notices"]]
    assert li.post("inbox", {"ids": [one["id"]], "read": False}, 200) == {"changed": 1}
    assert api.post("inbox", {"ids": [one["id"]]}, 200) == {"changed": 0}  # another's
    assert li.post("inbox", {"all": True}, 200)["changed"] >= 1
    assert li.get("inbox")["unread"] == 0
    assert li.post("inbox", {"ids": ["x"]}, 400)["errors"][0]["field"] == "ids"
    assert li.post("inbox", {"all": True, "kind": "nothing"}, 400)["errors"][0]["field"] == "kind"


def test_marks_are_put_and_taken_through_the_api(api: Caller, company: Company) -> None:
    account = api.post("accounts", {"name": "Favoured"})["id"]
    assert api("PUT", f"accounts/{account}/favourite").status_code == 204
    assert api.get("marks?kind=favourite") == {"records": [{"object": "account", "id": account, "title": "Favoured"}]}
    assert api.get("marks?kind=follow") == {"records": []}
    mine = api.post("opportunities", {"name": "Mine"})["id"]
    assert caller_of(company.li)("PUT", f"opportunities/{mine}/follow").status_code == 404  # out of their sight
    assert api("DELETE", f"accounts/{account}/favourite").status_code == 204
    assert api.get("marks?kind=favourite") == {"records": []}
    api.get("marks?kind=nothing", 400)
