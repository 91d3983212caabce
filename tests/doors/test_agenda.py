"""What stands on a calendar: the right days, for whoever may see them, by indexes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.company import Company
from tests.doors.staff import change, make, person, role, with_fields
from tests.doors.statements import crowd, heard, plan_of
from zhike.kernel.actor import Actor
from zhike.kernel.clock import standing_at
from zhike.kernel.errors import Invalid
from zhike.records import agenda as agendas
from zhike.records.agenda import agenda, department_seen, kinds, owners_seen
from zhike.records.declaring.customise import create_object
from zhike.schema.registry import registry
from zhike.store.reconcile import reconcile

pytestmark = pytest.mark.usefixtures("home")
MONDAY, SUNDAY = date(2026, 3, 16), date(2026, 3, 22)
NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)


def week(actor: Actor, owner: int = 0, start: date = MONDAY, end: date = SUNDAY) -> list[tuple[str, str, str]]:
    found = agenda(actor, start, end, [owner or actor.id]).items
    return [(one.kind.key, one.day.isoformat()[5:], one.title) for one in found]


@pytest.fixture
def account(company: Company) -> int:
    return make("account", company.li, name="凌渡")


def test_tasks_stand_on_their_day_done_ones_struck_and_old_ones_overdue(company: Company) -> None:
    for subject, day, status in (
        ("a", 16, "open"),
        ("b", 18, "done"),
        ("c", 22, "open"),
        ("d", 23, "open"),
        ("e", 17, "cancelled"),
    ):
        make("task", company.li, subject=subject, due_on=f"2026-03-{day}", status=status)
    with standing_at(NOON):
        found = agenda(company.li, MONDAY, SUNDAY, [company.li.id]).items
    assert [(one.title, one.done, one.overdue) for one in found] == [
        ("a", False, True),
        ("b", True, False),
        ("c", False, False),
    ]


def test_moments_stand_at_the_readers_own_time(company: Company, account: int) -> None:
    late = datetime(2026, 3, 16, 17, 30, tzinfo=UTC)  # already Tuesday in Shanghai, still Monday in London
    make("follow_up", company.li, summary="x", parent=f"account:{account}", happened=late)
    change("user", company.wang.id, timezone="Europe/London")
    (item,) = agenda(company.li, MONDAY, SUNDAY, [company.li.id]).items
    assert (item.day, item.at and f"{item.at:%H:%M}") == (date(2026, 3, 17), "01:30")
    london = Actor(company.li.id, timezone="Europe/London")
    (item,) = agenda(london, MONDAY, SUNDAY, [company.li.id]).items
    assert (item.day, item.at and f"{item.at:%H:%M}") == (date(2026, 3, 16), "17:30")
    assert week(london, start=date(2026, 3, 17)) == []


def test_a_next_step_with_a_reminder_of_its_own_stands_there_once(company: Company, account: int) -> None:
    parent = f"account:{account}"
    make("follow_up", company.li, summary="x", parent=parent, happened=NOON, next_on="2026-03-20", next_step="报价")
    assert ("follow_up.next_on", "03-20", "凌渡") in week(company.li)
    make("task", company.li, subject="报价", due_on="2026-03-20", parent=parent)
    assert [one[0] for one in week(company.li)] == ["follow_up.happened", "task.due_on"]


def test_birthdays_come_every_year_and_those_of_29_february_on_the_28th(company: Company, account: int) -> None:
    make("contact", company.li, name="甲", account=account, birthday="1980-03-18")
    leap = make("contact", company.li, name="乙", account=account, birthday="1984-02-29")
    assert week(company.li) == [("contact.birthday", "03-18", "甲")]
    assert week(company.li, start=date(2026, 2, 27), end=date(2026, 3, 1)) == [("contact.birthday", "02-28", "乙")]
    assert week(company.li, start=date(2028, 2, 27), end=date(2028, 3, 1)) == [("contact.birthday", "02-29", "乙")]
    over = week(company.li, start=date(2025, 3, 10), end=date(2026, 3, 20))
    assert [day for _key, day, title in over if title == "甲"] == ["03-18", "03-18"]
    change("contact", leap, company.li, birthday="1984-03-19")
    assert [one[2] for one in week(company.li)] == ["甲", "乙"]
    change("contact", leap, company.li, birthday=None)
    assert [one[2] for one in week(company.li)] == ["甲"]


def test_expected_closes_leave_out_what_was_lost(company: Company, account: int) -> None:
    make("opportunity", company.li, name="大单", account=account, amount="100", close_on="2026-03-19")
    assert week(company.li) == [("opportunity.close_on", "03-19", "大单")]


def test_only_what_the_reader_may_see_is_there(company: Company, account: int) -> None:
    make("task", company.li, subject="秘密", due_on="2026-03-18")
    assert week(company.chen, company.li.id) == []
    assert week(company.zhao, company.li.id) == [("task.due_on", "03-18", "秘密")]
    blind = with_fields("blind", {"task.due_on": "hidden", "contact.birthday": "masked"})
    assert {"task.due_on", "contact.birthday"} & {kind.key for kind in kinds(blind)} == set()
    state = with_fields("stateless", {"task.status": "hidden"})
    assert week(state, company.li.id) == []  # who may not know the state cannot know which tasks are meant
    nothing = person("nothing", role("Nothing", {"product": "all"}))
    assert kinds(nothing) == []


def test_a_seller_looks_at_their_own_days_a_manager_at_those_of_the_department(company: Company) -> None:
    assert owners_seen(company.li) == (company.li.id,)
    assert set(owners_seen(company.zhao)) == {company.zhao.id, company.li.id, company.wang.id}
    assert set(department_seen(company.zhao)) == set(owners_seen(company.zhao))
    assert company.chen.id in owners_seen(company.admin)


def test_custom_objects_say_what_stands_on_the_calendar(company: Company) -> None:
    declaration = {
        "key": "visit",
        "label": "Visit",
        "fields": [
            {"key": "name", "label": "Name", "kind": "text"},
            {"key": "begins", "label": "Begins", "kind": "instant"},
            {"key": "ends", "label": "Ends", "kind": "instant"},
        ],
        "calendar": [{"field": "begins", "ends": "ends", "hue": "teal", "icon": "bus"}],
    }
    for wrong in (
        [{"field": "name"}],
        [{"field": "nothing"}],
        "x",
        [{"field": "begins", "hue": "pink"}],
        [{"field": "begins", "ends": "name"}],
    ):
        with pytest.raises(Invalid):
            create_object(company.admin, {**declaration, "calendar": wrong})
    create_object(company.admin, declaration)
    make("visit", company.admin, name="参观", begins="2026-03-18T02:00:00Z", ends="2026-03-18T04:30:00Z")
    (item,) = [one for one in agenda(company.admin, MONDAY, SUNDAY, [company.admin.id]).items if one.object == "visit"]
    assert item.at is not None
    assert item.ends is not None
    assert (item.title, f"{item.at:%H:%M}", f"{item.ends:%H:%M}", item.kind.icon) == ("参观", "10:00", "12:30", "bus")


def test_a_window_is_bounded_and_says_when_it_is_cut(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agendas, "MOST_OF_A_KIND", 3)
    for number in range(5):
        make("task", company.li, subject=f"{number}", due_on="2026-03-18")
    found = agenda(company.li, MONDAY, SUNDAY, [company.li.id])
    assert len(found.items) == 3
    assert [kind.key for kind in found.cut] == ["task.due_on"]
    assert agenda(company.li, MONDAY, date(2099, 1, 1), [company.li.id]).items


def test_the_days_of_an_owner_are_found_by_an_index(company: Company, account: int) -> None:
    reconcile()
    make("contact", company.admin, name="甲", account=account, birthday="1980-03-18")
    make("task", company.admin, subject="x", due_on="2026-03-18")
    crowd("objects_contact", "objects_task")
    with heard() as asked:
        agenda(company.admin, MONDAY, SUNDAY, [company.admin.id])
    plans = {
        table: [plan_of(one) for one in asked if f'"{table}" t' in one[0]]
        for table in ("objects_contact", "objects_task")
    }
    assert any("birthday_key_" in plan for plan in plans["objects_contact"]), plans["objects_contact"]
    assert any("due_on_" in plan for plan in plans["objects_task"]), plans["objects_task"]


def test_what_a_calendar_asks_does_not_grow_with_what_is_on_it(company: Company, account: int) -> None:
    def cost() -> int:
        with heard() as asked:
            agenda(company.li, MONDAY, SUNDAY, [company.li.id])
        return len(asked)

    make("task", company.li, subject="x", due_on="2026-03-18", parent=f"account:{account}")
    one = cost()
    for number in range(20):
        make("task", company.li, subject=f"{number}", due_on="2026-03-18", parent=f"account:{account}")
    assert cost() <= one


def test_every_entry_names_fields_that_exist(company: Company) -> None:
    for spec in registry:
        for entry in spec.calendar:
            assert spec[entry.field].kind in ("date", "instant")


def test_a_task_with_a_time_of_day_stands_at_its_hour(company: Company) -> None:
    make("task", company.li, subject="x", due_on="2026-03-18", due_time="14:30")
    (item,) = agenda(company.li, MONDAY, SUNDAY, [company.li.id]).items
    assert item.at is not None
    assert f"{item.at:%m-%d %H:%M}" == "03-18 14:30"
