"""The first steps of a new home, the demo company brought and taken away exactly, and the log of settings."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.pages.pages_client import make, part, signed_in
from zhike.access.people import people
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records.company.company import set_company
from zhike.records.company.first_steps import begin, in_first_steps, mark_step, steps
from zhike.records.company.sample_data import demo_here, load_samples, remove_samples, sample_counts, taken_away
from zhike.records.company.settings import change_company, keep
from zhike.records.company.settings import company as facts
from zhike.records.company.settings_log import setting_changes
from zhike.records.jobs.queue import run_next
from zhike.records.jobs.views import find
from zhike.records.read import count, read_one
from zhike.records.undo import undo
from zhike.records.write import write
from zhike.site.demo import making
from zhike.store.database import run

pytestmark = pytest.mark.usefixtures("home")
TINY = making.Size(accounts=6, contacts=8, leads=4, deals=8, follow_ups=12, tasks=6, notes=2)


@pytest.fixture
def office(home) -> Client:
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    return client


# -- a new home ----------------------------------------------------------------------------------------------------------
def test_a_home_nobody_can_sign_in_to_gives_a_link_to_its_first_administrator():
    assert begin() == ""  # the people of the test company can
    run('DELETE FROM "store_login"')
    path = begin()
    assert begin() != path
    assert Client().get(path).status_code == 410
    path = begin()
    fresh = Client()
    done = fresh.post(path, {"name": "Sun", "password": "Reeds-by-the-lake-8"})
    assert (done.status_code, done["Location"]) == (303, "/settings/first-steps")
    page = fresh.get("/settings/first-steps").content.decode()
    assert 'name="timezone"' in page
    assert 'value="知客"' not in page, "the company's name is asked for, not ours offered"
    assert 'href="/settings/first-steps"' in fresh.get("/").content.decode()


def test_the_first_administrator_is_made_in_a_home_without_people(admin):
    for person in list(people().persons.values()):
        write(SYSTEM, Command("trash", "user", person.id))
    assert begin().startswith("/welcome/")
    made = people().by_login("admin")
    assert made is not None
    assert read_one(SYSTEM, "role", made.roles[0])["code"] == "administrator"


def test_the_steps_are_done_skipped_left_and_taken_up_again(office, admin, company):
    assert not in_first_steps()
    assert "first-steps" not in office.get("/settings").content.decode()
    keep("first_steps", {})
    assert [one.state for one in steps()] == ["", "done", ""]  # there are people already
    typed = {
        "step": "company",
        "name": "远航",
        "currency": "CNY",
        "country": "CN",
        "timezone": "Asia/Shanghai",
        "language": "zh-hans",
    }
    assert office.post("/settings/first-steps", {**typed, "name": ""}).status_code == 422
    assert office.post("/settings/first-steps", typed).status_code == 303
    assert facts().name == "远航"
    assert [one.state for one in steps()] == ["done", "done", ""]
    make(company.li, "account", name="甲")
    assert steps()[2].state == "done"
    office.post("/settings/first-steps", {"step": "over"})
    assert not in_first_steps()
    assert office.get("/settings/first-steps").status_code == 200
    with pytest.raises(Invalid):
        mark_step(admin, "nonsense", "done")


def test_a_step_is_skipped(office):
    keep("first_steps", {})
    office.post("/settings/first-steps", {"step": "data", "skip": "yes"})
    assert steps()[2].state == "skipped"
    page = office.get("/settings/first-steps").content.decode()
    assert "2 of 3 steps" in page


def test_somebody_new_speaks_as_the_company_does(admin):
    set_company(admin, {"language": "en", "timezone": "Europe/Berlin"})
    made = make(admin, "user", name="Sun", login="sun")
    person = people().persons[made]
    assert (person.language, person.timezone) == ("en", "Europe/Berlin")


# -- the demo company ----------------------------------------------------------------------------------------------------
def test_the_demo_company_comes_as_a_job_and_goes_exactly_leaving_ones_own(fresh_home, admin, company, monkeypatch):
    own = make(company.li, "account", name="自己的")
    before = {
        key: count(admin, key, archived="all")[0]
        for key in ("account", "contact", "opportunity", "user", "department", "task")
    }
    monkeypatch.setattr("zhike.site.demo.SMALL", TINY)
    load_samples(admin, "small")
    assert run_next(lambda: False)
    assert facts().demo
    assert facts().name == "知客"
    assert sample_counts()["account"] == 6
    demo_person = people().by_login("demo.li.na")
    assert demo_person is not None
    assert not Client().post("/sign-in", {"login": "demo.li.na", "password": "zhike-demo"}).cookies.get("zhike")
    with pytest.raises(Invalid):
        load_samples(admin, "small")
    remove_samples(admin)
    assert run_next(lambda: False)
    after = {key: count(admin, key, archived="all")[0] for key in before}
    assert after == before
    assert not read_one(admin, "account", own).trashed
    assert not facts().demo
    assert sample_counts() == {}


def test_the_demo_company_taken_away_is_put_back_and_another_one_is_counted_for_itself(
    fresh_home, admin, monkeypatch, office
):
    monkeypatch.setattr("zhike.site.demo.SMALL", TINY)
    load_samples(admin, "small")
    assert run_next(lambda: False)
    before = sample_counts()
    away = find(admin, remove_samples(admin))
    assert run_next(lambda: False)
    operation = find(admin, away.id).operation
    assert operation == taken_away()
    assert f"/operations/{operation}/undo" in office.get("/settings/demo").content.decode()

    undo(admin, operation)
    assert sample_counts() == before
    assert "/settings/demo/remove" in office.get("/settings/demo").content.decode()

    remove_samples(admin)
    assert run_next(lambda: False)
    assert not demo_here()
    load_samples(admin, "small")
    assert run_next(lambda: False)
    assert sample_counts()["account"] == before["account"]


def test_demo_records_that_ones_own_hang_on_stay(fresh_home, admin, company, monkeypatch):
    from zhike.records.company.sample_data import remove_now
    from zhike.site import demo
    from zhike.store.database import row

    demo.load(size=TINY, apart=True)
    found = row('SELECT min("id") FROM "objects_account" WHERE "trashed" IS NULL')
    assert found is not None
    make(admin, "opportunity", name="自己的", account=int(found[0]))
    kept, text = remove_now(admin)
    assert kept >= 1
    assert "stayed" in str(text)
    assert not read_one(admin, "account", int(found[0])).trashed
    assert facts().demo


def test_whoever_takes_the_demo_company_away_stays_even_when_it_brought_them(fresh_home, admin):
    from zhike.access.signin import actor_of_login
    from zhike.records.company.sample_data import remove_now
    from zhike.site import demo

    demo.load(size=TINY, apart=True)
    ruling = people().persons[admin.id].roles
    person = actor_of_login("demo.admin")
    write(admin, Command("update", "user", person.id, {"roles": list(ruling)}))
    write(SYSTEM, Command("update", "user", admin.id, {"active": False}))
    assert remove_now(person)[0] == 0
    assert people().by_login("demo.admin") is not None
    assert people().by_login("demo.li.na") is None


def test_loading_and_removing_are_asked_twice(office, admin):
    for act in ("load", "remove"):
        if act == "remove":
            change_company(demo=True)
        address = f"/settings/demo/{act}"
        assert 'name="sure"' not in office.get(address, headers=part("dialog")).content.decode()
        again = office.post(address, headers=part("dialog"))
        assert 'name="sure"' in again.content.decode()
        assert office.post(address, {"asked": "yes"}, headers=part("dialog")).status_code == 422
        started = office.post(address, {"asked": "yes", "sure": "yes"})
        assert started["Location"].startswith("/jobs/")


def test_only_administrators_bring_or_take_the_demo_company(company):
    for act in (lambda: load_samples(company.zhao, "small"), lambda: remove_samples(company.zhao)):
        with pytest.raises(Forbidden):
            act()


# -- the log -------------------------------------------------------------------------------------------------------------
def test_the_log_says_in_words_who_changed_what_and_goes_back_by_pages(office, admin):
    for n in range(60):
        set_company(admin, {"name": f"Company {n}"})
    page = office.get("/settings/log").content.decode()
    assert "Company 59" in page
    assert "Company 5<" not in page
    assert "管晓" in page
    older = page.split("/settings/log?before=")[1].split('"')[0]
    assert "Company 5<" in office.get(f"/settings/log?before={older}").content.decode()
    assert len(setting_changes(200)) == 60
