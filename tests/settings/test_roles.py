"""Roles: a grid of who may do what how far, written as one operation; fields; copies; the last administrator stays."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from tests.pages.pages_client import make, part, signed_in
from zhike.access.people import people
from zhike.access.rights import field_right, reach_of
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, NotFound
from zhike.records.audit_reading import may_audit
from zhike.records.read import Query, read, read_one
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

    found = row('SELECT max("id") FROM "store_operation" WHERE "kind" = %s', ("role.change",))
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


def test_who_would_lose_the_own_right_to_change_roles_is_told_and_nothing_changes(office, company, admin):
    write(admin, Command("update", "user", company.zhao.id, {"roles": [role("admin")]}))
    answer = office.post(f"/settings/roles/{role('admin')}", {"role.edit": "none"})
    assert answer.status_code == 422
    assert "nobody could change roles" in answer.content.decode()
    spare = make(admin, "role", name="Second office")
    make(admin, "grant", role=spare, object="role", read="all", edit="all")
    write(admin, Command("update", "user", company.zhao.id, {"roles": [spare]}))
    for refused in (
        office.post(f"/settings/roles/{role('admin')}", {"role.edit": "none"}),
        office.post(f"/settings/people/{company.admin.id}/let-go", headers=part("dialog")),
    ):
        assert refused.status_code == 422
        assert "take your own right to change roles" in refused.content.decode()
    assert (
        'value="none" selected'
        in office.post(f"/settings/roles/{role('admin')}", {"role.edit": "none"}).content.decode()
    )


SHOWN = re.compile(r'name="shown" value="([^"]*)"')


def test_a_cell_somebody_else_changed_meanwhile_is_shown_with_both_values_and_nothing_is_lost(office, company, admin):
    sales = role("li")
    address = f"/settings/roles/{sales}"
    shown = html.unescape(SHOWN.search(office.get(address).content.decode())[1])
    office.post(address, {"account.read": "department", "lead.read": "department"})
    answer = office.post(address, {"shown": shown, "account.read": "all", "lead.delete": "none", "lead.read": "own"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "now: Department" in page
    assert 'name="account.read" data-was="department" data-reach="all"' in page
    assert 'name="lead.delete" data-was="own" data-reach="none"' in page
    assert reach(company, "read", "account") == "department"
    assert reach(company, "delete", "lead") == "own"
    again = html.unescape(SHOWN.search(page)[1])
    kept = {"shown": again, "account.read": "all", "lead.delete": "none", "lead.read": "department"}
    assert office.post(address, kept).status_code == 303
    assert (reach(company, "read", "account"), reach(company, "delete", "lead")) == ("all", "none")
    assert reach(company, "read", "lead") == "department"


def test_cells_somebody_else_changed_stay_while_others_are_saved(office, company):
    sales = role("li")
    address = f"/settings/roles/{sales}"
    shown = html.unescape(SHOWN.search(office.get(address).content.decode())[1])
    office.post(address, {"account.read": "department"})
    assert office.post(address, {"shown": shown, "account.read": "own", "lead.delete": "none"}).status_code == 303
    assert (reach(company, "read", "account"), reach(company, "delete", "lead")) == ("department", "none")


def test_a_field_right_somebody_else_changed_meanwhile_is_a_conflict_too(office, company):
    address = f"/settings/roles/{role('li')}/fields"
    shown = html.unescape(SHOWN.search(office.get(address + "?object=account").content.decode())[1])
    office.post(address, {"object": "account", "right.level": "read"})
    answer = office.post(address, {"object": "account", "shown": shown, "right.level": "hidden"})
    assert answer.status_code == 409
    assert "now: Sees it" in answer.content.decode()
    account = registry.object("account")
    assert field_right(company.li, account, account["level"]) == "read"


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


def test_an_auditor_reads_everything_changes_nothing_and_sees_secrets_masked(office, company, admin):
    page = office.get("/settings/roles/0/about").content.decode()
    assert "External auditor" in page
    assert "Manager who looks on" in page
    answer = office.post("/settings/roles/0/about", {"name": "Auditor", "about": "", "like": "auditor"})
    auditor = int(answer["Location"].rpartition("/")[2])
    write(admin, Command("update", "user", company.wang.id, {"roles": [auditor]}))
    account = make(company.li, "account", name="Li's", phone="13800138000")
    for spec in registry:
        assert reach_of(company.wang, "read", spec) == "all", spec.key
        for right in ("create", "edit", "delete", "export", "import", "transfer", "bulk"):
            assert reach_of(company.wang, right, spec) == "none", (spec.key, right)
    assert "13800138000" not in str(read_one(company.wang, "account", account)["phone"])


def test_a_manager_who_looks_on_sees_the_department_and_changes_nothing(office, company, admin):
    answer = office.post("/settings/roles/0/about", {"name": "Looks on", "about": "", "like": "looking_on"})
    made = int(answer["Location"].rpartition("/")[2])
    write(admin, Command("update", "user", company.zhao.id, {"roles": [made]}))
    inside, outside = make(company.li, "account", name="Li's"), make(company.chen, "account", name="Chen's")
    assert read_one(company.zhao, "account", inside).rights == {"read"}
    with pytest.raises(NotFound):
        read_one(company.zhao, "account", outside)
    with pytest.raises(Forbidden):
        write(company.zhao, Command("update", "account", inside, {"name": "x"}))
    with pytest.raises(Forbidden):
        read_one(company.zhao, "role", made)


def test_the_right_to_read_the_audit_log_is_given_and_taken_in_the_grid(office, company):
    sales = role("li")
    page = office.get(f"/settings/roles/{sales}").content.decode()
    assert 'name="audit.read" data-was="none"' in page
    assert 'name="audit.edit"' not in page
    assert not may_audit(company.li)
    office.post(f"/settings/roles/{sales}", {"*.read": "all"})
    assert not may_audit(company.li), "all others never opens the audit"
    office.post(f"/settings/roles/{sales}", {"audit.read": "all"})
    assert may_audit(company.li)
    office.post(f"/settings/roles/{sales}", {"audit.read": "none"})
    assert not may_audit(company.li)
