"""Reading and writing records over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import Caller
from tests.company import Company
from zhike.kernel.actor import Actor


def test_a_record_goes_round(api: Caller) -> None:
    response = api("POST", "accounts", {"name": "苏州精密𠮷机械"})
    assert response.status_code == 201
    made = response.json()
    assert response["Location"] == f"/api/v1/accounts/{made['id']}"
    assert response["ETag"] == f'"{made["version"]}"'
    assert {"id", "version", "object", "title"} <= set(made)
    assert (made["object"], made["title"], made["name"]) == ("account", "苏州精密𠮷机械", "苏州精密𠮷机械")
    shown = api("GET", f"accounts/{made['id']}")
    assert shown["ETag"] == response["ETag"]
    assert shown.json() == made


def test_responses_are_never_stored_and_never_guessed_at(api: Caller) -> None:
    for response in (
        api("GET", "accounts"),
        api("GET", "accounts/99999999"),
        api("DELETE", "accounts"),
        api("GET", "nothing"),
    ):
        assert response["Cache-Control"] == "no-store"
        assert response["X-Content-Type-Options"] == "nosniff"


def test_only_the_fields_sent_change(api: Caller) -> None:
    made = api.post("accounts", {"name": "甲", "short_name": "小甲"})
    changed = api.patch(f"accounts/{made['id']}", {"short_name": "大甲"}, version=made["version"])
    assert (changed["name"], changed["short_name"], changed["version"]) == ("甲", "大甲", made["version"] + 1)


def test_a_change_without_a_version_is_asked_for_one(api: Caller) -> None:
    made = api.post("accounts", {"name": "甲"})
    for method in ("PATCH", "DELETE"):
        response = api(method, f"accounts/{made['id']}", {"name": "乙"})
        assert (response.status_code, response.json()["code"]) == (428, "precondition-required")
    assert api.get(f"accounts/{made['id']}")["name"] == "甲"


def test_a_stale_version_is_refused_and_the_newest_named(api: Caller) -> None:
    made = api.post("accounts", {"name": "甲"})
    api.patch(f"accounts/{made['id']}", {"name": "乙"}, version=made["version"])
    for method in ("PATCH", "DELETE"):
        response = api(method, f"accounts/{made['id']}", {"name": "丙"}, If_Match=f'"{made["version"]}"')
        assert response.status_code == 412
        assert response.json()["version"] == made["version"] + 1
        assert response["ETag"] == f'"{made["version"] + 1}"'
    assert api.get(f"accounts/{made['id']}")["name"] == "乙"


@pytest.mark.parametrize(
    ("tag", "status"), [("*", 200), ('"1"', 200), ('"9", "1"', 200), ('W/"1"', 412), ("1", 400), ('"x"', 412)]
)
def test_if_match_is_read_as_http_says(api: Caller, tag: str, status: int) -> None:
    made = api.post("accounts", {"name": "甲"})
    assert made["version"] == 1
    assert api("PATCH", f"accounts/{made['id']}", {"name": "乙"}, If_Match=tag).status_code == status


def test_delete_moves_to_the_trash_and_back(api: Caller) -> None:
    made = api.post("accounts", {"name": "甲"})
    response = api("DELETE", f"accounts/{made['id']}", If_Match='"1"')
    assert (response.status_code, response.content) == (204, b"")
    api.get(f"accounts/{made['id']}", 404)
    assert [one["id"] for one in api.get("accounts?trashed=true")["items"]] == [made["id"]]
    api.post(f"accounts/{made['id']}/actions/restore", status=200)
    assert api.get(f"accounts/{made['id']}")["name"] == "甲"


def test_a_repeated_request_makes_one_record(api: Caller) -> None:
    first = api("POST", "accounts", {"name": "甲"}, Idempotency_Key="one")
    again = api("POST", "accounts", {"name": "甲"}, Idempotency_Key="one")
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert api.get("accounts")["count"] == 1
    assert api("POST", "accounts", {"name": "甲"}, Idempotency_Key="x" * 129).status_code == 400


def test_an_unknown_field_is_named_with_the_nearest(api: Caller) -> None:
    problem = api.post("accounts", {"name": "甲", "short_nam": "x", "phonee": "1"}, 422)
    found = {one["field"]: one for one in problem["errors"]}
    assert found["short_nam"]["code"] == "unknown"
    assert "short_name" in found["short_nam"]["message"]
    assert api.get("accounts")["count"] == 0


def test_every_problem_is_told_at_once(api: Caller) -> None:
    problem = api.post("opportunities", {"amount": "many", "close_on": "2026-02-30", "account": 99999999}, 422)
    assert {"amount", "close_on"} <= {one["field"] for one in problem["errors"]}


def test_links_carry_titles_and_are_accepted_in_many_forms(api: Caller) -> None:
    account = api.post("accounts", {"name": "甲公司"})
    for given in (account["id"], {"id": account["id"], "title": "甲公司"}, "甲公司"):
        made = api.post("contacts", {"name": "张三", "account": given})
        assert made["account"] == {"id": account["id"], "title": "甲公司"}


def test_money_is_decimal_text(api: Caller) -> None:
    for given in ("12000.5", 12000.5, {"amount": "12000.50", "currency": "CNY"}):
        made = api.post("opportunities", {"name": "商机", "amount": given, "stage": "contact"})
        assert made["amount"]["amount"] == "12000.50"
        assert made["amount"]["currency"] == "CNY"


def test_what_was_read_can_be_sent_back(api: Caller) -> None:
    made = api.post("contacts", {"name": "张三", "phone": "13812341234"})
    shown = api.get("contacts?columns=name,phone,account")["items"][0]
    sent = {key: shown[key] for key in ("name", "phone", "account")}
    assert shown["phone"] == {"masked": "138****1234"}
    changed = api.patch(f"contacts/{made['id']}", sent)
    assert changed["version"] == made["version"]
    assert api.get("contacts?where=" + "phone = 13812341234")["count"] == 1


def test_a_list_is_filtered_sorted_and_paged(api: Caller) -> None:
    for n in range(7):
        api.post("accounts", {"name": f"公司{n}"})
    found, after, pages = [], "", 0
    while True:
        page = api.get(f"accounts?where=name ~ 公司&sort=-name&size=3&columns=name&after={after}")
        found += [one["name"] for one in page["items"]]
        pages += 1
        after = page["next"]
        if not after:
            break
    assert found == [f"公司{n}" for n in reversed(range(7))]
    assert (pages, page["count"], page["capped"]) == (3, 7, False)
    assert set(page["items"][0]) == {"id", "version", "object", "title", "name"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("size=0", "size"),
        ("size=201", "size"),
        ("size=ten", "size"),
        ("size=1&size=2", "size"),
        ("colums=name", "colums"),
        ("archived=maybe", "archived"),
        ("trashed=1", "trashed"),
    ],
)
def test_bad_parameters_are_named(api: Caller, query: str, field: str) -> None:
    problem = api.get(f"accounts?{query}", 400)
    assert [one["field"] for one in problem["errors"]] == [field]


def test_a_bad_filter_says_where(api: Caller) -> None:
    problem = api.get("accounts?where=name = = x", 400)
    assert (problem["code"], problem["position"]) == ("bad-query", 7)
    assert api.get("accounts?where=nonsense = 1", 400)["position"] == 0


@pytest.mark.parametrize("id", ["0", "9007199254740992", "99999999999999999999", "abc", "-1", "1.0", "١"])
def test_impossible_ids_are_missing_records(api: Caller, id: str) -> None:
    assert api.get(f"accounts/{id}", 404)["code"] == "not-found"


def test_methods_that_do_not_exist_are_refused_with_those_that_do(api: Caller) -> None:
    for method, path, allowed in (
        ("DELETE", "accounts", "GET, POST, HEAD, OPTIONS"),
        ("PUT", "accounts/1", "GET, PATCH, DELETE, HEAD, OPTIONS"),
        ("GET", "accounts/batch", "POST, OPTIONS"),
        ("POST", "search", "GET, HEAD, OPTIONS"),
    ):
        response = api(method, path)
        assert (response.status_code, response["Allow"]) == (405, allowed)
        assert response["Content-Type"] == "application/problem+json"
        assert api("OPTIONS", path)["Allow"] == allowed


def test_head_says_the_same_as_get_without_a_body(api: Caller) -> None:
    full, head = api("GET", "accounts"), api("HEAD", "accounts")
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == str(len(full.content))


def test_nobody_comes_in_without_a_token(api: Caller) -> None:
    for token in ("", "zk_wrong", "zk_" + "x" * 5000, "Ünïcode"):
        response = Caller(token)("GET", "accounts")
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")
    assert api("GET", "accounts", Authorization="Basic YTpi").status_code == 401


def test_the_language_of_a_refusal_is_the_readers(api: Caller) -> None:
    english = api.post("accounts", {"short_name": "x"}, 422)["errors"][0]["message"]
    api.language = "zh-CN,zh;q=0.9,en;q=0.5"
    response = api("POST", "accounts", {"short_name": "x"})
    assert response["Content-Language"] == "zh-hans"
    assert english.isascii() or "“" in english


def test_people_see_and_change_only_what_is_theirs(
    api: Caller, as_person: Callable[[Actor], Caller], company: Company
) -> None:
    hers = as_person(company.li).post("accounts", {"name": "李的客户"})
    chen = as_person(company.chen)
    assert chen.get("accounts")["items"] == []
    chen.get(f"accounts/{hers['id']}", 404)
    chen.patch(f"accounts/{hers['id']}", {"name": "x"}, 404)
    assert chen("DELETE", f"accounts/{hers['id']}", If_Match="*").status_code == 404
    assert chen.get("accounts/aggregate")["items"] in ([], [{"count": 0}])
    guest = as_person(company.guest)
    assert guest.post("accounts", {"name": "x"}, 403)["code"] == "forbidden"
    assert guest.patch(f"accounts/{hers['id']}", {"name": "x"}, 403)
    assert api.get(f"accounts/{hers['id']}")["name"] == "李的客户"


@pytest.mark.parametrize(
    "value",
    ["x" * 1_000_000, "a\x00b", "", " ", 12, [], {}, True, "=1+1", "<script>", "\u202e", "😀𠮷", None],
    ids=lambda value: repr(value)[:12],
)
def test_any_name_is_stored_faithfully_or_refused_with_its_field(api: Caller, value: Any) -> None:
    response = api("POST", "accounts", {"name": value})
    assert response.status_code in (201, 422), response.content[:300]
    if response.status_code == 422:
        assert [one["field"] for one in response.json()["errors"]] == ["name"]
    else:
        assert api.get(f"accounts/{response.json()['id']}")["name"] == response.json()["name"]


def test_bodies_that_are_no_json_objects_are_refused(api: Caller) -> None:
    assert api("POST", "accounts", b"[1]").status_code == 400
    assert api("POST", "accounts", b"").status_code == 400
    assert api("POST", "accounts", b'{"name": "a", "name": "b"}').status_code == 400
    assert api("POST", "accounts", b'{"name": NaN}').status_code == 400
    assert api("POST", "accounts", "{}".encode("utf-16")).status_code == 400
    assert api("POST", "accounts", b"name=x", Content_Type="application/x-www-form-urlencoded").status_code == 415
    assert api("POST", "accounts", b'"' + b"x" * 11_000_000 + b'"').status_code == 413
    assert api.get("accounts")["count"] == 0
