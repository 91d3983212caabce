"""The home page: what is due, how deals stand, whose day is shown, and how blocks are arranged."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest

from tests.doors.statements import heard
from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, today
from zhike.records.actions import run_action
from zhike.records.company.preferences import preference
from zhike.records.marks import seen
from zhike.records.read import Query, read, read_one
from zhike.records.write import write
from zhike.web.pages.home_day import birthday_keys

pytestmark = pytest.mark.usefixtures("home")


def text_of(answer):
    return html.unescape(answer.content.decode())


def day(away: int) -> str:
    return (today("Asia/Shanghai") + timedelta(days=away)).isoformat()


def block(page: str, name: str) -> str:
    found = re.search(rf'<section class="card home-block" id="block-{name}".*?</section>', page, re.DOTALL)
    return found.group(0) if found else ""


@pytest.fixture
def account(company):
    return make(company.li, "account", name="凌渡精密机械")


def remind(company, account, away, subject="确认付款条件", kind="follow_up"):
    return make(company.li, "task", subject=subject, kind=kind, due_on=day(away), parent=f"account:{account}")


def test_the_first_page_is_the_home_page():
    answer = signed_in().get("/")
    assert answer.status_code == 200
    assert 'id="block-tasks"' in text_of(answer)


def test_reminders_that_are_due_stand_with_their_customer_and_how_late_they_are(company, account):
    remind(company, account, -3)
    remind(company, account, 2, "还没到期")
    held = block(text_of(signed_in().get("/")), "follow_ups")
    assert "凌渡精密机械" in held
    assert "逾期 3 天" in held
    assert "还没到期" not in held
    assert f"/accounts/{account}/actions/log_follow_up" in held


def test_a_next_contact_promised_in_a_follow_up_is_due_until_something_came_after(company, account):
    def said(hours, **more):
        at = (now() - timedelta(hours=hours)).isoformat()
        make(company.li, "follow_up", summary="聊过", happened=at, parent=f"account:{account}", **more)

    said(30, next_on=day(-1), next_step="送样品")
    assert "送样品" in block(text_of(signed_in().get("/")), "follow_ups")
    said(2)
    assert "送样品" not in block(text_of(signed_in().get("/")), "follow_ups")


def test_a_subject_with_an_open_reminder_is_not_listed_twice(company, account):
    make(company.li, "follow_up", summary="聊过", parent=f"account:{account}", next_on=day(0), next_step="送样品")
    remind(company, account, 5)
    assert "送样品" not in block(text_of(signed_in().get("/")), "follow_ups")


def test_a_task_is_ticked_off_in_place(company, account):
    task = remind(company, account, 1, "寄样品", kind="todo")
    client = signed_in()
    assert "寄样品" in block(text_of(client.get("/")), "tasks")
    answer = client.post("/home/done", {"task": task, "block": "tasks"}, headers=part("block-tasks"))
    assert answer.status_code == 200
    assert "寄样品" not in text_of(answer)
    assert "/undo" in answer["HX-Trigger"]
    assert read_one(company.li, "task", task)["status"] == "done"


def test_the_pipeline_is_told_beside_last_month(company, account):
    won = next(one.id for one in read(SYSTEM, Query("stage", where="outcome = won")).rows)
    make(company.li, "opportunity", name="在谈", account=account, amount="120000")
    last_month = (date.fromisoformat(day(0)).replace(day=1) - timedelta(days=1)).isoformat()
    for on, amount in ((day(0), "80000"), (last_month, "30000")):
        values = {
            "name": on,
            "account": account,
            "stage": won,
            "amount": amount,
            "close_on": on,
            "owner": company.li.id,
        }
        write(SYSTEM, Command("create", "opportunity", values={**values, "opened_on": last_month}, historic=True))
    held = block(text_of(signed_in().get("/")), "pipeline")
    assert [one.strip() for one in re.findall(r'class="big cut">([^<]*)<', held)] == ["¥12.0 万", "¥8.0 万", "1"]
    assert "上月 ¥3.0 万" in held


def test_a_deal_that_rests_longer_than_its_stage_allows_is_named(company, account):
    stage = next(one for one in read(SYSTEM, Query("stage", where="resting_days > 0", columns=("resting_days",))).rows)
    for name, days in (("停太久", 3), ("还在走", -3)):
        entered = (now() - timedelta(days=int(stage["resting_days"]) + days)).isoformat()
        values = {"name": name, "account": account, "stage": stage.id, "stage_entered": entered, "owner": company.li.id}
        write(SYSTEM, Command("create", "opportunity", values=values, historic=True))
    held = block(text_of(signed_in().get("/")), "resting")
    assert "停太久" in held
    assert "还在走" not in held


def test_birthdays_of_the_next_two_weeks_come_in_order(company, account):
    for name, away in (("韩雪", 9), ("王建国", 1), ("丁月", 40)):
        born = date.fromisoformat(day(away)).replace(year=1980)
        make(company.li, "contact", name=name, account=account, birthday=born.isoformat())
    held = block(text_of(signed_in().get("/")), "birthdays")
    assert held.index("王建国") < held.index("韩雪")
    assert "丁月" not in held


def test_whoever_was_born_on_the_leap_day_has_a_birthday_every_year():
    assert birthday_keys([date(2026, 2, 28)]) == ["02-28", "02-29"]
    assert birthday_keys([date(2024, 2, 28)]) == ["02-28"]
    assert birthday_keys([date(2024, 2, 29)]) == ["02-29"]


def test_a_manager_sees_the_day_of_their_people_and_nobody_elses(company, account):
    remind(company, account, 0, "李娜的事")
    make(company.chen, "task", subject="二部的事", kind="todo", due_on=day(0))
    page = text_of(signed_in("zhao").get("/", {"who": "people"}))
    assert "李娜的事" in page
    assert "二部的事" not in page
    assert "李娜的事" not in text_of(signed_in("zhao").get("/?who=me"))
    assert "李娜的事" in text_of(signed_in("zhao").get("/", {"who": company.li.id}))


def test_a_seller_has_no_people_to_switch_to(company):
    make(company.wang, "task", subject="王磊的事", kind="todo", due_on=day(0))
    client = signed_in("li")
    for who in ("people", str(company.wang.id)):
        page = text_of(client.get("/", {"who": who}))
        assert "王磊的事" not in page
        assert 'id="who"' not in page


def test_blocks_are_moved_put_away_and_taken_out_again(company):
    client = signed_in()

    def order():
        return re.findall(r'data-block="(\w+)"', text_of(client.get("/")))

    first = order()
    client.post("/home/arrange", {"block": first[0], "act": "down"})
    assert order()[:2] == [first[1], first[0]]
    client.post("/home/arrange", {"block": "birthdays", "act": "hide"})
    assert "birthdays" not in order()
    assert 'name="block" value="birthdays"' in text_of(client.get("/?arrange=1"))
    client.post("/home/arrange", {"block": "birthdays", "act": "show"})
    assert "birthdays" in order()
    client.post("/home/arrange", {"main": "tasks pipeline", "side": "nonsense"})
    assert order()[:1] == ["tasks"]
    client.post("/home/arrange", {"act": "reset"})
    assert order() == first
    assert preference(company.li, "home") is None


def test_the_page_asks_as_often_for_many_records_as_for_few(company, account):
    client = signed_in()
    remind(company, account, 0)
    make(company.li, "opportunity", name="单", account=account, amount="1000")
    client.get("/")
    with heard() as few:
        client.get("/")
    for index in range(12):
        remind(company, account, -index)
        make(company.li, "opportunity", name=f"单{index}", account=account, amount="1000")
        make(company.li, "lead", name=f"人{index}")
    client.get("/")
    with heard() as many:
        client.get("/")
    assert len(many) <= len(few) + 3, "a block that was empty may ask for its titles"
    assert len(many) < 70


def test_what_was_opened_lately_stands_on_ones_own_day_only(company, account):
    client = signed_in("zhao")
    seen(company.zhao, "account", account)
    assert "凌渡精密机械" in block(text_of(client.get("/?who=me")), "seen")
    assert not block(text_of(client.get("/", {"who": "people"})), "seen")


def test_what_was_given_to_others_stays_in_sight_until_it_is_done(company, account):
    todo = [("盯回款", company.li, 1), ("补合同", company.li, -1), ("寄样品", company.guest, 2)]
    tasks = [make(company.zhao, "task", subject=what, owner=who.id, due_on=day(due)) for what, who, due in todo]
    client = signed_in("zhao")
    mine = block(text_of(client.get("/")), "given")
    people = re.findall(r'class="stretch cut" href="([^"]+)">([^<]+)<', mine)
    assert people[0][1] == "李娜", "whoever is late stands first"
    assert len(people) == 2
    listed = text_of(client.get(people[0][0]))
    assert "盯回款" in listed
    assert "补合同" in listed
    assert "寄样品" not in listed
    assert 'id="block-given"' not in text_of(signed_in("li").get("/"))
    run_action(SYSTEM, "task", "complete", tasks)
    assert 'id="block-given"' not in text_of(signed_in("zhao").get("/"))


def test_the_day_looked_at_last_opens_again_and_a_lead_without_deals_begins_with_their_people(company, account):
    remind(company, account, 0)
    lead = signed_in("zhao")
    assert "凌渡精密机械" in text_of(lead.get("/"))
    assert "凌渡精密机械" not in text_of(lead.get("/?who=me"))
    assert "凌渡精密机械" not in text_of(lead.get("/")), "as it was chosen last"
    make(company.zhao, "task", subject="自己的事", due_on=day(0))
    assert "自己的事" in text_of(lead.get("/"))
    assert preference(company.li, "home_who") is None
