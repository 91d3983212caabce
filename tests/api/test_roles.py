"""Roles as one table through the API and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.conftest import Caller
from tests.company import Company
from zhike.access.people import people
from zhike.access.rights import reach_of
from zhike.kernel.actor import Actor
from zhike.schema.registry import registry


def sales(company: Company) -> int:
    return people().persons[company.li.id].roles[0]


def test_a_role_is_read_changed_made_and_removed(api: Caller, company: Company) -> None:
    role = sales(company)
    table = api.get(f"roles/{role}/rights")
    assert table["grants"]["account"]["read"] == "own"
    changed = api.patch(
        f"roles/{role}/rights",
        {"grants": {"account": {"read": "subtree"}, "lead": None}, "fields": {"account": {"level": "hidden"}}},
    )
    assert (changed["changed"], changed["fields"]) == (3, {"account": {"level": "hidden"}})
    assert reach_of(company.li, "read", registry.object("account")) == "subtree"
    assert "lead" not in changed["grants"]
    api.post(f"operations/{changed['operation']}/undo", status=200)
    assert api.get(f"roles/{role}/rights")["grants"] == table["grants"]
    made = api.post("roles/new", {"name": "Junior", "like": role, "grants": {"lead": {"read": "none"}}})
    assert made["grants"]["account"] == table["grants"]["account"]
    assert api("DELETE", f"roles/{made['id']}", If_Match="*").status_code == 204
    auditor = api.post("roles/new", {"name": "Auditor", "preset": "auditor"})
    assert auditor["grants"]["*"]["read"] == "all"
    assert auditor["fields"]["contact"]["mobile" if "mobile" in auditor["fields"]["contact"] else "phone"] == "masked"


def test_what_somebody_changed_since_it_was_read_is_a_conflict_with_both_values(api: Caller, company: Company) -> None:
    role = sales(company)
    shown = api.get(f"roles/{role}/rights")
    api.patch(f"roles/{role}/rights", {"grants": {"account": {"read": "all"}}})
    sent = {"grants": {"account": {"read": "none"}}, "shown": {key: shown[key] for key in ("grants", "fields")}}
    refused = api("PATCH", f"roles/{role}/rights", sent)
    assert (refused.status_code, refused.json()["theirs"], refused.json()["yours"]) == (
        409, {"account.read": "all"}, {"account.read": "none"},
    )  # fmt: skip
    assert api.get(f"roles/{role}/rights")["grants"]["account"]["read"] == "all"


def test_nonsense_is_named_and_others_may_neither_look_nor_change(
    api: Caller, as_person: Callable[[Actor], Caller], company: Company
) -> None:
    role = sales(company)
    bad: list[tuple[Any, str]] = [
        ({"grants": {"account": {"read": "everything"}}}, "account.read"),
        ({"grants": {"nothing": {"read": "own"}}}, "nothing"),
        ({"fields": {"account": {"nothing": "hidden"}}}, "account.nothing"),
        ({"grants": {"account": {"read": 1}}}, "grants.account.read"),
        ({"rights": {}}, "rights"),
    ]
    for body, where in bad:
        refused = api("PATCH", f"roles/{role}/rights", body)
        assert refused.status_code in (400, 422)
        assert refused.json()["errors"][0]["field"] == where
    li = as_person(company.li)
    assert li("GET", f"roles/{role}/rights").status_code == 403
    assert li("PATCH", f"roles/{role}/rights", {"grants": {"account": {"read": "all"}}}).status_code == 403
    assert li("POST", "roles/new", {"name": "Mine"}).status_code == 403
    assert {one["name"] for one in li.get("role_presets")["presets"]} == {"looking_on", "auditor"}
    assert (
        api(
            "PATCH", f"roles/{people().persons[company.admin.id].roles[0]}/rights", {"grants": {"*": {"edit": "none"}}}
        ).status_code
        == 422
    )
