"""Batches, actions, figures, history, search, descriptions and fields of one's own over the API."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from tests.api.conftest import Caller, caller_of
from tests.company import PASSWORD, Company
from tests.doors.staff import change, make, person, role
from zhike.access.signin import sign_in
from zhike.records.declaring.declaring import KNOWN, OBJECT_KNOWN


def names(api: Caller) -> list[str]:
    return [one["name"] for one in api.get("accounts?sort=name&columns=name")["items"]]


def test_a_batch_writes_many_rows_as_one_operation(api: Caller) -> None:
    old = api.post("accounts", {"name": "旧"})
    rows = [
        {"verb": "create", "values": {"name": "新"}},
        {"method": "PATCH", "id": old["id"], "values": {"name": "改"}, "version": 1},
        {"method": "POST", "values": {"name": "三"}},
    ]
    done = api.post("accounts/batch", {"items": rows}, 200)
    assert [one["status"] for one in done["results"]] == [201, 200, 201]
    assert (done["written"], done["refused"]) == (3, 0)
    assert set(names(api)) == {"新", "改", "三"}
    undone = api.post(f"operations/{done['operation']}/undo", status=200)
    assert undone["reverted"] == 3
    assert names(api) == ["旧"]


def test_one_bad_row_stops_a_batch_and_every_bad_row_is_named(api: Caller) -> None:
    rows = [{"verb": "create", "values": one} for one in ({"name": "好"}, {"name": ""}, {"nam": "x", "name": "y"})]
    response = api("POST", "accounts/batch", rows)
    problem = response.json()
    assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")
    assert {one["field"] for one in problem["errors"]} == {"items.1.name", "items.2.nam"}
    assert [one["status"] for one in problem["results"]] == [424, 422, 422]
    assert names(api) == []


def test_skipping_writes_the_good_rows(api: Caller) -> None:
    rows = [{"verb": "create", "values": one} for one in ({"name": "好"}, {"name": ""})]
    done = api.post("accounts/batch", {"items": rows, "on_error": "skip"}, 200)
    assert [one["status"] for one in done["results"]] == [201, 422]
    assert done["results"][1]["error"]["errors"][0]["field"] == "name"
    assert names(api) == ["好"]


def test_a_batch_that_cannot_be_read_names_its_row(api: Caller) -> None:
    for rows, field in (
        ([], "items"),
        ([1], "items.0"),
        ([{"values": {}}], "items.0.verb"),
        ([{"verb": "destroy"}], "items.0.verb"),
        ([{"verb": "update", "values": {}}], "items.0.id"),
        ([{"verb": "create", "id": 1}], "items.0.id"),
        ([{"verb": "update", "id": True}], "items.0.id"),
        ([{"verb": "create", "valeus": {}}], "items.0.valeus"),
        ([{"verb": "create"}] * 501, "items"),
    ):
        problem = api.post("accounts/batch", rows, 400)
        assert [one["field"] for one in problem["errors"]] == [field]


def test_an_action_runs_on_one_record_and_on_several(api: Caller, company: Company) -> None:
    ids = [api.post("accounts", {"name": f"客户{n}"})["id"] for n in range(3)]
    done = api.post(f"accounts/{ids[0]}/actions/transfer", {"owner": company.li.id}, 200)
    assert done["operation"]
    assert api.get(f"accounts/{ids[0]}")["owner"]["id"] == company.li.id
    api.post("accounts/actions/transfer", {"ids": ids, "values": {"owner": company.chen.id}}, 200)
    assert {api.get(f"accounts/{one}")["owner"]["id"] for one in ids} == {company.chen.id}


def test_a_merged_record_is_found_under_its_old_number(api: Caller) -> None:
    ids = [api.post("accounts", {"name": name})["id"] for name in ("甲", "甲公司")]
    api.post("accounts/actions/merge", {"ids": ids, "values": {"keep": ids[1]}}, 200)
    response = api("GET", f"accounts/{ids[0]}")
    assert (response.status_code, response.json()["id"]) == (200, ids[1])
    assert response["Content-Location"] == f"/api/v1/accounts/{ids[1]}"


def test_an_action_asks_for_what_it_needs(api: Caller) -> None:
    record = api.post("accounts", {"name": "甲"})["id"]
    assert [one["field"] for one in api.post(f"accounts/{record}/actions/transfer", None, 422)["errors"]] == ["owner"]
    assert [one["field"] for one in api.post(f"accounts/{record}/actions/archive", {"x": 1}, 422)["errors"]] == ["x"]
    api.post(f"accounts/{record}/actions/nonsense", {}, 404)
    api.post("accounts/99999999/actions/archive", {}, 404)
    api.post("accounts/actions/archive", {"ids": "all"}, 400)
    api.post("accounts/actions/archive", {"ids": []}, 422)


def test_figures_are_keyed_as_typed(api: Caller) -> None:
    for amount in ("100.10", "0.02"):
        api.post("opportunities", {"name": "商机", "stage": "contact", "amount": amount, "close_on": "2026-03-31"})
    found = api.get("opportunities/aggregate?by=stage,close_on:quarter&measures=count,sum:amount")
    assert found["items"] == [{"stage": "客户接触", "close_on:quarter": "2026Q1", "count": 2, "sum:amount": "100.12"}]
    assert api.get("opportunities/aggregate")["items"] == [{"count": 2}]
    api.get("opportunities/aggregate?by=nonsense", 400)
    api.get("opportunities/aggregate?measures=sum:name", 400)


def test_history_tells_who_changed_what(api: Caller, company: Company) -> None:
    record = api.post("accounts", {"name": "甲"})["id"]
    api.patch(f"accounts/{record}", {"name": "乙"})
    entries = api.get(f"accounts/{record}/history")["items"]
    assert [one["verb"] for one in entries] == ["update", "create"]
    assert {"field": "name", "before": "甲", "after": "乙"} in entries[0]["changes"]
    assert entries[0]["actor"]["id"] == company.admin.id


def test_search_finds_over_all_objects(api: Caller) -> None:
    made = api.post("accounts", {"name": "苏州精密机械"})
    hits = api.get("search?q=精密")["items"]
    assert {"object": "account", "id": made["id"], "title": "苏州精密机械"}.items() <= hits[0].items()
    assert api.get("search?q=精密&objects=contact")["items"] == []
    assert api.get("search", 400)["errors"][0]["field"] == "q"
    assert api.get("search?q=x&objects=nonsense", 400)["errors"][0]["field"] == "objects"


def test_the_schema_describes_fields_and_rights(api: Caller) -> None:
    objects = {one["key"]: one for one in api.get("schema")["objects"]}
    account = objects["account"]
    assert account["plural"] == "accounts"
    fields = {one["key"]: one for one in account["fields"]}
    assert (fields["name"]["kind"], fields["name"]["right"]) == ("text", "write")
    assert fields["created"]["right"] == "read"
    assert "transfer" in [one["name"] for one in account["actions"]]


def test_a_new_field_is_everywhere_at_once(api: Caller) -> None:
    made = api.post("fields", {"object": "account", "key": "fleet", "label": "车队", "kind": "number", "index": True})
    assert (made["key"], made["custom"]) == ("fleet", True)
    for n in (3, 12):
        api.post("accounts", {"name": f"客户{n}", "fleet": n})
    page = api.get("accounts?where=fleet > 5&columns=name,fleet&sort=-fleet")
    assert [one["name"] for one in page["items"]] == ["客户12"]
    assert "fleet" in api.get("openapi.json")["components"]["schemas"]["Account.new"]["properties"]
    assert api.get("accounts/aggregate?measures=sum:fleet")["items"] == [{"sum:fleet": "15"}]


def test_a_new_object_answers_under_its_own_address(api: Caller) -> None:
    fields = [
        {"key": "name", "label": {"zh-hans": "车牌", "en": "Plate"}, "kind": "text", "required": True},
        {"key": "account", "label": "客户", "kind": "link", "to": "account"},
    ]
    response = api("POST", "objects", {"key": "vehicle", "label": "车辆", "fields": fields})
    assert (response.status_code, response["Location"]) == (201, "/api/v1/vehicles")
    account = api.post("accounts", {"name": "甲"})
    made = api.post("vehicles", {"name": "苏E·12345", "account": account["id"]})
    assert made["account"]["title"] == "甲"
    assert api.get("vehicles?where=account.name = 甲")["count"] == 1
    assert "/api/v1/vehicles/{id}" in api.get("openapi.json")["paths"]


def test_a_field_changes_its_kind_after_a_preview(api: Caller) -> None:
    api.post("fields", {"object": "account", "key": "size_text", "label": "规模", "kind": "text"})
    for text in ("12", "many"):
        api.post("accounts", {"name": text, "size_text": text})
    preview = api.post("fields/account/size_text/preview", {"kind": "number"}, 200)
    assert (preview["converts"], preview["fails"], preview["samples"][0]["value"]) == (1, 1, "many")
    assert api("PATCH", "fields/account/size_text", {"kind": "number"}).status_code == 422
    assert api("PATCH", "fields/account/size_text?drop=true", {"kind": "number"}).status_code == 200
    assert api.get("accounts?where=size_text = 12")["count"] == 1
    assert api("DELETE", "fields/account/size_text").status_code == 204
    api.get("accounts?where=size_text = 12", 400)


def test_only_an_administrator_makes_fields(as_person, company: Company) -> None:  # type: ignore[no-untyped-def]
    li = as_person(company.li)
    li.post("fields", {"object": "account", "key": "x1", "label": "x", "kind": "text"}, 403)
    li.post("objects", {"key": "thing", "label": "x"}, 403)


def test_the_readable_page_needs_a_session_or_a_token(api: Caller, company: Company) -> None:
    browser = Client()
    asked = browser.get("/api/v1/docs", headers={"Accept": "text/html"})
    assert (asked.status_code, asked["Location"]) == (302, "/sign-in?next=%2Fapi%2Fv1%2Fdocs")
    browser.cookies["zhike"] = sign_in("li", PASSWORD)
    page = browser.get("/api/v1/docs")
    assert page.status_code == 200
    assert "/api/v1/accounts" in page.content.decode()
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "<script" not in page.content.decode()
    for address in ("/api/v1/docs?object=accounts", "/api/v1/docs.css", "/api/v1/openapi.json", "/api/v1/schema"):
        assert browser.get(address).status_code == 200, address
    assert browser.get("/api/v1/docs?object=nonsense").status_code == 404
    assert browser.get("/api/v1/accounts").status_code == 401, "a cookie opens no data, so no other site can use it"
    assert browser.post("/api/v1/accounts", "{}", content_type="application/json").status_code == 401


def test_nothing_but_problems_lives_at_unknown_addresses(api: Caller) -> None:
    for path in ("", "nothing", "accounts/", "accounts/1/2/3", "accounts/1/actions/", "%00", "a/b/c/d/e"):
        for method in ("GET", "POST"):
            response = api(method, path)
            assert response.status_code in (404, 405), path
            assert json.loads(response.content)["status"] == response.status_code


def test_an_operation_is_looked_at_and_taken_back_with_a_choice(api: Caller) -> None:
    account = api.post("accounts", {"name": "甲", "about": "old"})
    rows = [{"method": "PATCH", "id": account["id"], "values": {"about": "new"}, "version": account["version"]}]
    operation = api.post("accounts/batch", {"items": rows}, 200)["operation"]
    api("PATCH", f"accounts/{account['id']}", {"about": "newer"}, **{"If-Match": '"2"'})
    looked = api.get(f"operations/{operation}")
    assert looked["counts"] == [{"object": "account", "verb": "update", "count": 1}]
    tried = api.get(f"operations/{operation}/undo")
    assert [(one["set"], one["now"], one["back"]) for one in tried["conflicts"]] == [("new", "newer", "old")]
    assert api("POST", f"operations/{operation}/undo", {"override": [account["id"]]}).status_code == 400
    done = api.post(f"operations/{operation}/undo", {"override": [{"id": account["id"], "field": "about"}]}, 200)
    assert (done["reverted"], done["conflicts"]) == (1, [])
    assert api.get(f"accounts/{account['id']}")["about"] == "old"


def test_more_than_one_record_asks_for_the_right_to_change_many_at_once(home: Any, company: Company) -> None:
    reaches = {"read": "all", "create": "all", "edit": "all"}
    mine, other, theirs = (
        make("account", name=name, owner=owner.id)
        for name, owner in zip("甲乙丙", (company.li, company.li, company.chen), strict=True)
    )
    none, own = (
        person(f"p{at}", role(f"r{at}", {"account": reaches | more})) for at, more in enumerate(({}, {"bulk": "own"}))
    )
    for one in (mine, other):
        change("account", one, owner=own.id)
    rows = [{"verb": "update", "id": one, "values": {"level": "key"}} for one in (mine, other, theirs)]
    caller_of(none).post("accounts/batch", rows[:1], 200)
    caller_of(none).post("accounts/batch", rows[:2], 403)
    caller_of(none).post("accounts/batch", [{"verb": "create", "values": {"name": name}} for name in "丁戊"], 403)
    assert caller_of(own).post("accounts/batch", rows[:2], 200)["written"] == 2
    done = caller_of(own).post("accounts/batch", {"items": rows, "on_error": "skip"}, 200)
    assert [one["status"] for one in done["results"]] == [200, 200, 403]
    assert "many at once" in done["results"][2]["error"]["detail"]
    caller_of(own).patch(f"accounts/{theirs}", {"level": "key"})


def test_the_document_names_every_fact_that_fields_and_objects_of_ones_own_may_have(api: Caller) -> None:
    schemas = api.get("openapi.json")["components"]["schemas"]
    assert set(schemas["api.NewField"]["properties"]) == {"object", "key"} | KNOWN
    assert set(schemas["api.NewObject"]["properties"]) == OBJECT_KNOWN
    made = api.post(
        "fields", {"object": "account", "key": "tag_no", "label": "N", "kind": "auto_number", "number": {"prefix": "T"}}
    )
    assert made["kind"] == "auto_number"
    assert api.post("accounts", {"name": "甲"})["tag_no"] == "T00001"
