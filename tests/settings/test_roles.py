"""Roles: a grid of who may do what how far, written as one operation; fields; copies; the last administrator stays."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.pages.pages_client import make, part, signed_in
from zhike.access.people import people
from zhike.access.rights import field_right, reach_of
from zhike.kernel.changes import Command
from zhike.records.read import Query, read
from zhike.records.undo import undo
from zhike.records.write import write
from zhike.schema.registry import registry

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def office(home) -> Client:
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    return client


def role(login: str) -> int:
    person = people().by_login(login)
    assert person is not None
    return person.roles[0]


def reach(company, right: str, key: str) -> str:
    return reach_of(company.li, right, registry.object(key))


def test_the_grid_shows_every_object_with_the_reach_of_each_right(office):
    page = office.get(f"/settings/roles/{role('li')}").content.decode()
    for spec in registry:
        assert f'name="{spec.key}.read"' in page
    assert 'name="account.read" data-was="own"' in page


def test_changes_of_the_grid_are_one_operation_count_single_rights_and_can_be_undone(office, company, admin):
    sales = role("li")
    answer = office.post(
        f"/settings/roles/{sales}", {"account.read": "department", "account.export": "own", "lead.delete": "none"}
    )
    assert answer.status_code == 303
    assert (
        reach(company, "read", "account"),
        reach(company, "export", "account"),
        reach(company, "delete", "lead"),
    ) == ("department", "own", "none")
    assert reach(company, "edit", "account") == "own"
    grants = read(admin, Query("grant", where=f'role = {sales} and object = "account"')).rows
    assert len(grants) == 1
    page = office.get("/settings/roles").cookies
    assert page is not None
    undo(admin, _last_operation())
    assert (reach(company, "read", "account"), reach(company, "delete", "lead")) == ("own", "own")


def _last_operation() -> int:
    from zhike.store.database import row

    found = row('SELECT max("id") FROM "store_operation" WHERE "kind" = %s', ("role.grants",))
    assert found is not None
    return int(found[0])


def test_an_object_is_as_all_others_until_it_gets_rights_of_its_own_and_again_afterwards(office, company, admin):
    sales = role("li")
    assert reach(company, "read", "role") == "none"
    office.post(f"/settings/roles/{sales}", {"*.read": "all"})
    assert reach(company, "read", "role") == "all"
    office.post(f"/settings/roles/{sales}", {"role.read": "none"})
    assert reach(company, "read", "role") == "none"
    assert reach(company, "read", "grant") == "all"
    office.post(f"/settings/roles/{sales}", {"role.others": "yes"})
    assert reach(company, "read", "role") == "all"


def test_nonsense_in_the_grid_changes_nothing(office, company):
    before = reach(company, "read", "account")
    office.post(f"/settings/roles/{role('li')}", {"account.read": "everything", "nonsense.read": "all"})
    assert reach(company, "read", "account") == before


def test_the_last_role_that_may_change_roles_keeps_that_right(office):
    answer = office.post(f"/settings/roles/{role('admin')}", {"*.edit": "none"})
    assert answer.status_code == 422
    assert "nobody could change roles" in answer.content.decode()
    assert office.get("/settings/roles").status_code == 200


def test_rights_on_fields_are_given_and_taken_back(office, company):
    sales, account = role("li"), registry.object("account")
    address = f"/settings/roles/{sales}/fields"
    office.post(
        address, {"object": "account", "right.annual_revenue": "hidden", "right.level": "read", "right.name": "write"}
    )
    rights = {key: field_right(company.li, account, account[key]) for key in ("annual_revenue", "level", "name")}
    assert rights == {"annual_revenue": "hidden", "level": "read", "name": "write"}
    assert "annual_revenue" not in signed_in("li").get("/accounts").content.decode()
    office.post(address, {"object": "account", "right.annual_revenue": "write"})
    assert field_right(company.li, account, account["annual_revenue"]) == "write"
    page = office.get(f"{address}?object=account").content.decode()
    assert 'name="right.level" data-was="read"' in page


def test_a_role_is_copied_with_its_grants_and_rights_on_fields(office, company, admin):
    sales = role("li")
    make(admin, "field_right", role=sales, object="account", field="level", right="read")
    assert "copy" in office.get(f"/settings/roles/0/about?like={sales}").content.decode()
    answer = office.post("/settings/roles/0/about", {"name": "Junior", "about": "", "like": str(sales)})
    made = int(answer["Location"].rpartition("/")[2])
    write(admin, Command("update", "user", company.wang.id, {"roles": [made]}))
    account = registry.object("account")
    assert reach_of(company.wang, "read", account) == reach_of(company.li, "read", account)
    assert field_right(company.wang, account, account["level"]) == "read"
    assert office.post("/settings/roles/0/about", {"name": ""}).status_code == 422


def test_a_role_somebody_has_stays_and_an_empty_one_goes(office, admin):
    assert office.post(f"/settings/roles/{role('li')}/remove", headers=part("dialog")).status_code == 422
    spare = make(admin, "role", name="Spare")
    assert office.post(f"/settings/roles/{spare}/remove").status_code == 303
    assert office.get(f"/settings/roles/{role('li')}/people").status_code == 200


def test_who_may_not_edit_roles_does_not_see_them(company):
    assert signed_in("zhao").get(f"/settings/roles/{role('li')}").status_code == 403
