"""People: invited with a link that works once, let go at once, roles only from those who may give them; departments as a
tree without circles."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from tests.company import PASSWORD
from tests.pages.pages_client import make, part, signed_in
from zhike.access.people import people
from zhike.access.signin import actor_of_session, actor_of_token, create_token, sign_in
from zhike.access.signin.sessions import session_of
from zhike.access.signin.tokens import tokens_of
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records.actions import run_action
from zhike.records.company.invitations import invite_person, new_way_in, welcomed
from zhike.records.read import read_one
from zhike.records.write import write

pytestmark = pytest.mark.usefixtures("home")
NEW_PASSWORD = "Willow-over-water-3"


@pytest.fixture
def office(home) -> Client:
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    return client


def role(code: str) -> int:
    snapshot = people()
    holders = {"sales": "li", "administrator": "admin", "manager": "zhao"}
    person = snapshot.by_login(holders[code])
    assert person is not None
    return person.roles[0]


# -- inviting ------------------------------------------------------------------------------------------------------------
def test_an_invited_person_writes_name_and_password_once_and_is_inside(office):
    answer = office.post(
        "/settings/people/invite", {"name": "Sun", "email": "sun.yi@example.com", "roles": [role("sales")]}
    )
    page = answer.content.decode()
    link = page.split('id="way-link" readonly value="')[1].split('"')[0]
    assert link.startswith("http://testserver/welcome/")
    fresh = Client()
    assert "sun.yi" in fresh.get(link).content.decode()
    assert fresh.post(link, {"name": "Sun Yifan", "password": "short"}).status_code == 422
    done = fresh.post(link, {"name": "Sun Yifan", "password": NEW_PASSWORD})
    assert (done.status_code, done["Location"]) == (303, "/")
    assert fresh.get("/accounts").status_code == 200
    person = people().by_login("sun.yi")
    assert person is not None
    assert (person.name, person.roles) == ("Sun Yifan", (role("sales"),))
    assert Client().get(link).status_code == 410
    assert Client().post(link, {"name": "x", "password": NEW_PASSWORD}).status_code == 410


def test_only_the_hash_of_a_link_is_kept_and_a_new_link_ends_the_old_one(admin, company):
    from zhike.store.database import rows

    first = new_way_in(admin, company.li.id)
    second = new_way_in(admin, company.li.id)
    kept = str(rows('SELECT * FROM "store_invitation"'))
    assert first.path.rpartition("/")[2] not in kept
    assert Client().get(first.path).status_code == 410
    assert Client().get(second.path).status_code == 200


def test_a_link_to_a_new_password_ends_after_a_day_and_changes_no_name(admin, company):
    way = new_way_in(admin, company.li.id)
    assert way.kind == "reset"
    with time_machine.travel(now() + timedelta(days=1, minutes=1)):
        assert Client().get(way.path).status_code == 410
    welcomed(way.path.rpartition("/")[2], "Somebody else", NEW_PASSWORD)
    assert people().persons[company.li.id].name == "李娜"
    assert sign_in("li", NEW_PASSWORD)


def test_a_link_cannot_be_made_by_following_one(office, company):
    assert office.get(f"/settings/people/{company.li.id}/link").status_code == 303
    page = office.post(f"/settings/people/{company.li.id}/link", headers=part("dialog")).content.decode()
    assert "/welcome/" in page


def test_a_person_without_a_login_or_with_a_taken_one_is_refused_with_what_was_typed(office):
    answer = office.post("/settings/people/invite", {"name": "Sun", "login": "li"})
    assert answer.status_code == 422
    assert 'value="Sun"' in answer.content.decode()
    assert office.post("/settings/people/invite", {"name": "Sun", "login": ""}).status_code == 422


# -- letting go ----------------------------------------------------------------------------------------------------------
def test_whoever_is_let_go_loses_sessions_tokens_and_links_at_once_and_for_good(office, admin, company):
    session, token = sign_in("li", PASSWORD), create_token(company.li, company.li.id)
    way = new_way_in(admin, company.li.id)
    assert office.post(f"/settings/people/{company.li.id}/let-go").status_code == 303
    run_action(admin, "user", "reactivate", [company.li.id])
    assert actor_of_session(session) is None
    assert actor_of_token(token) is None
    assert Client().get(way.path).status_code == 410
    assert sign_in("li", PASSWORD)


def test_it_makes_no_difference_by_which_door_somebody_is_let_go(admin, company):
    token = create_token(company.wang, company.wang.id)
    write(admin, Command("update", "user", company.wang.id, {"active": False}))
    write(admin, Command("update", "user", company.wang.id, {"active": True}))
    assert actor_of_token(token) is None


def test_the_last_administrator_stays(office, admin, company):
    answer = office.post(f"/settings/people/{admin.id}/let-go", headers=part("dialog"))
    assert answer.status_code == 422
    assert "nobody could change roles" in answer.content.decode()
    with pytest.raises(Invalid):
        write(admin, Command("update", "user", admin.id, {"roles": [role("sales")]}))
    write(admin, Command("update", "user", company.zhao.id, {"roles": [role("administrator")]}))
    write(company.zhao, Command("update", "user", admin.id, {"roles": [role("sales")]}))


# -- roles ---------------------------------------------------------------------------------------------------------------
def test_who_edits_people_without_editing_roles_gives_no_roles_and_no_way_into_an_administrator(admin, company):
    office_role = make(SYSTEM, "role", name="Office", code="office")
    make(SYSTEM, "grant", role=office_role, object="user", read="all", create="all", edit="all")
    for readable in ("department", "role"):
        make(SYSTEM, "grant", role=office_role, object=readable, read="all")
    write(SYSTEM, Command("update", "user", company.guest.id, {"roles": [office_role]}))
    with pytest.raises(Invalid) as refused:
        write(company.guest, Command("update", "user", company.guest.id, {"roles": [role("administrator")]}))
    assert refused.value.problems[0].field == "roles"
    with pytest.raises(Forbidden):
        new_way_in(company.guest, admin.id)
    assert new_way_in(company.guest, company.li.id)
    client = signed_in("guest")
    assert client.get("/settings/people").status_code == 200
    assert client.get("/settings/company").status_code == 403


def test_a_person_is_changed_beside_the_list(office, company):
    address, both = f"/settings/people/{company.li.id}", {role("manager"), role("sales")}
    page = office.get(address).content.decode()
    seen = page.split('name="_seen" value="')[1].split('"')[0]
    typed = {
        "_seen": seen,
        "name": "李娜",
        "login": "li",
        "job": "Key accounts",
        "roles": list(both),
    }
    assert office.post(address, typed).status_code == 303
    assert set(people().persons[company.li.id].roles) == both
    assert read_one(SYSTEM, "user", company.li.id)["job"] == "Key accounts"
    assert office.post(address, {**typed, "login": "wang", "job": "Key accounts"}).status_code in (409, 422)


def test_people_are_found_and_split_by_whether_they_are_active(office, admin, company):
    run_action(admin, "user", "deactivate", [company.wang.id])
    here = office.get("/settings/people").content.decode()
    gone = office.get("/settings/people?tab=gone").content.decode()
    assert "李娜" in here
    assert "王磊" not in here.replace("title", "")
    assert "王磊" in gone
    found = office.get('/settings/people?find=李"').content.decode()
    assert "李娜" in found
    assert "赵敏" not in found


# -- departments ---------------------------------------------------------------------------------------------------------
def test_departments_move_in_and_out_by_step_and_onto_another_by_id(office, admin):
    top = make(admin, "department", name="A1")
    first = make(admin, "department", name="B1", parent=top)
    second = make(admin, "department", name="B2", parent=top)

    def parent_of(one: int) -> int | None:
        value = read_one(admin, "department", one)["parent"]
        return value.id if value else None

    address = f"/settings/departments/{second}/move"
    office.post(address, {"step": "in"}, headers=part("tree"))
    assert parent_of(second) == first
    office.post(address, {"step": "out"}, headers=part("tree"))
    assert parent_of(second) == top
    office.post(address, {"to": "0"}, headers=part("tree"))
    assert parent_of(second) is None
    assert office.get(address).status_code == 405


def test_a_department_never_stands_under_its_own_parts(office, admin):
    top = make(admin, "department", name="A1")
    below = make(admin, "department", name="B1", parent=top)
    deepest = make(admin, "department", name="C1", parent=below)
    answer = office.post(f"/settings/departments/{top}/move", {"to": str(deepest)}, headers=part("tree"))
    assert answer.status_code == 422
    assert "circle" in answer["HX-Trigger"]
    for wrong in (top, below, deepest):
        with pytest.raises(Invalid):
            write(admin, Command("update", "department", top, {"parent": wrong}))


def test_two_departments_cannot_be_put_under_each_other_in_one_batch(admin):
    from zhike.records.write import write_many

    one, other = make(admin, "department", name="A1"), make(admin, "department", name="B1")
    with pytest.raises(Invalid):
        write_many(
            admin,
            [
                Command("update", "department", one, {"parent": other}),
                Command("update", "department", other, {"parent": one}),
            ],
        )


def test_a_department_with_parts_stays_and_an_empty_one_goes(office, admin):
    top = make(admin, "department", name="A1")
    below = make(admin, "department", name="B1", parent=top)
    assert office.post(f"/settings/departments/{top}/remove", headers=part("dialog")).status_code == 422
    assert office.post(f"/settings/departments/{below}/remove").status_code == 303
    assert read_one(admin, "department", below).trashed


def test_an_invitation_through_the_api_door_answers_with_the_link(admin):
    done = run_action(admin, "user", "invite", [], {"name": "Sun", "login": "sun"})
    assert "/welcome/" in str(done.message)
    assert invite_person(admin, {"name": "Qian", "login": "qian"}).kind == "invite"


def test_a_link_goes_by_mail_and_lies_nowhere_until_the_mail_is_written(office, admin, monkeypatch):
    from zhike.automation import mailing
    from zhike.records.notices.mail_settings import set_mail
    from zhike.store.database import rows

    assert 'name="by"' not in office.get("/settings/people/invite").content.decode()
    server = {
        "host": "mail.example.com",
        "port": "25",
        "security": "none",
        "sender": "crm@example.com",
        "site": "https://crm.example.com",
    }
    set_mail(admin, server)
    typed = {"name": "Sun", "login": "sun", "email": "sun@example.com", "by": "mail"}
    assert office.post("/settings/people/invite", typed).status_code == 303
    assert "welcome" not in str(rows('SELECT * FROM "store_mailrow"'))
    written = []
    monkeypatch.setattr(mailing, "send", lambda _server, message: written.append(message))
    mailing.deliver()
    (message,) = written
    assert message["To"] == "sun@example.com"
    text = message.get_body(("plain",)).get_content()
    path = text.split("https://crm.example.com")[1].split()[0]
    assert Client().get(path).status_code == 200
    refused = office.post("/settings/people/invite", {"name": "Qian", "login": "qian", "by": "mail"})
    assert refused.status_code == 422
    assert people().by_login("qian") is None


def test_an_administrator_ends_one_session_of_a_person_from_the_panel_and_leaves_the_others(office, company):
    here, lost = sign_in("li", PASSWORD), sign_in("li", PASSWORD)
    gone = session_of(lost)
    assert gone is not None
    panel = office.get(f"/settings/people/{company.li.id}", headers=part("side")).content.decode()
    assert f'value="{gone.id}"' in panel
    ending = {"do": "session", "session": gone.id}
    office.post(f"/settings/people/{company.wang.id}/access", ending)
    assert actor_of_session(lost), "a session is ended only in the panel of its person"
    office.get(f"/settings/people/{company.li.id}/access", ending)
    assert actor_of_session(lost), "by a link nothing is ended"
    office.post(f"/settings/people/{company.li.id}/access", ending)
    assert actor_of_session(lost) is None
    assert actor_of_session(here)


def test_a_token_says_when_a_program_last_came_with_it(company):
    token = create_token(company.li, company.li.id, "ERP")
    client = signed_in("li")
    client.cookies["zhike-language"] = "en"
    assert "never used" in client.get("/security").content.decode()
    with time_machine.travel(now() + timedelta(hours=3), tick=False):
        came = now()
        assert Client().get("/api/v1/accounts", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert tokens_of(company.li.id)[0].used == came
    assert "never used" not in client.get("/security").content.decode()
    with time_machine.travel(came + timedelta(minutes=5), tick=False):
        assert actor_of_token(token)
    assert tokens_of(company.li.id)[0].used == came, "written down at most every ten minutes"
