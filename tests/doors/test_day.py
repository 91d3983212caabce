"""The day's work through the doors: a follow-up in one line, tasks that repeat and remind, comments that name people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, fields_of, ids, make, nothing_written, trash, with_fields
from zhike.automation.reminders import remind
from zhike.automation.worker import work_off
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.clock import standing_at
from zhike.kernel.errors import Forbidden, Invalid, NotFound
from zhike.objects.day.comment import named_in
from zhike.objects.day.repeating import Rule, next_day
from zhike.records.actions import run_action, understood
from zhike.records.files import store_file
from zhike.records.notices.notices import inbox
from zhike.records.options import add_option
from zhike.records.read import Query, read, read_one
from zhike.records.undo import undo
from zhike.records.write import write
from zhike.schema.values import Ref
from zhike.store.database import rows

NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)  # a Wednesday noon in Shanghai


@pytest.fixture
def account(home: Any, company: Company) -> int:
    found = make("account", company.li, name="凌渡")
    make("contact", company.li, name="王建国", account=found, job="总经理")
    make("contact", company.li, name="王芳", account=found, job="采购")
    return found


def one(actor: Actor, object_key: str, where: str = "") -> Any:
    (found,) = ids(actor, object_key, where)
    return read_one(actor, object_key, found)


def log(actor: Actor, account: int, **values: Any) -> Any:
    return run_action(actor, "account", "log_follow_up", [account], values)


# -- a follow-up in one line -----------------------------------------------------------------------------------------
def test_a_line_becomes_a_follow_up_and_its_reminder(account: int, company: Company) -> None:
    line = "打电话给王总,下周三下午三点再联系 !quote"
    with standing_at(NOON):
        log(company.li, account, line=line)
    record = one(company.li, "follow_up")
    assert (record["summary"], record["way"], record["next_on"], record["next_time"], record["next_step"]) == (
        line, "call", date(2026, 3, 25), "15:00", "再联系",
    )  # fmt: skip
    assert [ref.title for ref in record["contacts"]] == ["王建国"]
    assert record["tags"] == ("quote",)
    task = one(company.li, "task")
    assert (task.title, task["due_on"], task["due_time"], task["kind"]) == (
        "再联系",
        date(2026, 3, 25),
        "15:00",
        "follow_up",
    )
    assert task["remind_at"] == datetime(2026, 3, 25, 6, 30, tzinfo=UTC)


def test_the_next_line_ends_the_reminder_of_the_first(account: int, company: Company) -> None:
    with standing_at(NOON):
        log(company.li, account, line="微信 王总，明天再联系")
        log(company.li, account, line="王芳没接，后天再打")
    found = {read_one(company.li, "task", one)["status"]: one for one in ids(company.li, "task")}
    assert set(found) == {"done", "open"}
    assert read_one(company.li, "task", found["open"])["due_on"] == date(2026, 3, 20)
    assert {read_one(company.li, "follow_up", one)["result"] for one in ids(company.li, "follow_up")} == {
        None,
        "no_answer",
    }


def test_inputs_given_beside_the_line_win_and_empty_ones_stay_empty(account: int, company: Company) -> None:
    with standing_at(NOON):
        log(
            company.li,
            account,
            line="电话 王总，周五回访 !quote",
            way="visit",
            next_on=None,
            next_step=None,
            tags=["contract"],
        )
    record = one(company.li, "follow_up")
    assert (record["way"], record["next_on"], record["tags"]) == ("visit", None, ("contract",))
    assert [ref.title for ref in record["contacts"]] == ["王建国"]
    assert ids(company.li, "task") == set()


def test_a_name_that_may_mean_several_people_chooses_nobody(account: int, company: Company) -> None:
    found = understood(company.li, "account", "log_follow_up", [account], "call Wang")
    (piece,) = found.of("contacts")
    assert (piece.value, {ref.title for ref in piece.choices}) == (None, {"王建国", "王芳"})
    log(company.li, account, line="call Wang")
    assert one(company.li, "follow_up")["contacts"] is None


def test_a_line_about_a_hidden_record_is_no_different_from_a_missing_one(account: int, company: Company) -> None:
    for target in (account, 2**40):
        with nothing_written(), pytest.raises(NotFound):
            understood(company.chen, "account", "log_follow_up", [target], "电话 王总")
        with nothing_written(), pytest.raises(NotFound):
            log(company.chen, target, line="电话 王总")


def test_people_are_read_only_as_far_as_the_writer_sees_them(account: int) -> None:
    nameless = with_fields("nameless", {"contact.name": "hidden"})
    assert understood(nameless, "account", "log_follow_up", [account], "电话 王建国").of("contacts") == ()
    jobless = with_fields("jobless", {"contact.job": "hidden"})
    (piece,) = understood(jobless, "account", "log_follow_up", [account], "电话 王总").of("contacts")
    assert len(piece.choices) == 2


def test_a_follow_up_without_words_is_refused_and_nonsense_is_kept(account: int, company: Company) -> None:
    for values in ({}, {"line": "   "}, {"line": "", "way": "call"}):
        assert fields_of(log, company.li, account, **values) == {("summary", "required")}
    assert fields_of(log, company.li, account, line="x" * 9000) >= {("line", "invalid")}
    log(company.li, account, line="；；；!!! 31/31")
    assert one(company.li, "follow_up")["summary"] == "；；；!!! 31/31"


def test_files_that_come_along_belong_to_the_follow_up_and_go_with_it(account: int, company: Company) -> None:
    files = [store_file(company.li, name, [b"x"]) for name in ("a.png", "b.weba")]
    done = run_action(company.li, "account", "log_follow_up", [account], {"line": "拜访"}, files=files)
    record = one(company.li, "follow_up")
    held = [read_one(company.li, "file", found) for found in sorted(ids(company.li, "file"))]
    assert [(found.title, found["parent"].id, found["account"].id, found["content"].type) for found in held] == [
        ("a.png", record.id, account, "image/png"),
        ("b.weba", record.id, account, "audio/webm"),
    ]
    undo(company.li, done.operation)
    assert ids(company.li, "file") == ids(company.li, "follow_up") == set()
    run_action(company.li, "account", "log_follow_up", [account], {}, files=[store_file(company.li, "c.png", [b"x"])])
    assert one(company.li, "follow_up")["summary"] == "Photo"


# -- repeating -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rule", "done_for", "today", "wanted"),
    [
        (Rule("daily", date(2026, 3, 1)), "2026-03-18", "2026-03-18", "2026-03-19"),
        (Rule("daily", date(2026, 3, 1), every=3), "2026-03-07", "2026-03-18", "2026-03-19"),
        (Rule("weekly", date(2026, 3, 4)), "2026-03-18", "2026-03-18", "2026-03-25"),
        (Rule("weekly", date(2026, 3, 2), on=("mon", "thu")), "2026-03-16", "2026-03-16", "2026-03-19"),
        (Rule("weekly", date(2026, 3, 2), every=2, on=("mon", "thu")), "2026-03-19", "2026-03-19", "2026-03-30"),
        (Rule("monthly", date(2026, 1, 31)), "2026-01-31", "2026-01-31", "2026-02-28"),
        (Rule("monthly", date(2026, 1, 31)), "2026-02-28", "2026-02-28", "2026-03-31"),
        (Rule("monthly", date(2028, 1, 30)), "2028-01-30", "2028-01-30", "2028-02-29"),
        (Rule("yearly", date(2024, 2, 29)), "2026-02-28", "2026-02-28", "2027-02-28"),
        (Rule("yearly", date(2024, 2, 29)), "2027-02-28", "2027-02-28", "2028-02-29"),
        (Rule("monthly", date(2026, 1, 15)), "2026-01-15", "2026-06-20", "2026-07-15"),
        (Rule("daily", date(2026, 3, 1), until=date(2026, 3, 18)), "2026-03-18", "2026-03-18", None),
    ],
)  # fmt: skip
def test_what_repeats_comes_next(rule: Rule, done_for: str, today: str, wanted: str | None) -> None:
    found = next_day(rule, date.fromisoformat(done_for), date.fromisoformat(today))
    assert (found.isoformat() if found else None) == wanted


def test_completing_a_task_of_a_series_makes_the_next_and_undo_takes_it_back(home: Any, company: Company) -> None:
    facts = {
        "subject": "对账",
        "due_on": "2026-01-31",
        "repeat": "monthly",
        "checklist": "[x] 拉流水\n核对",
        "remind": "d1",
    }
    with standing_at(datetime(2026, 1, 31, 4, tzinfo=UTC)):
        task = make("task", company.li, **facts)
        done = run_action(company.li, "task", "complete", [task])
        assert "2026-02-28" in str(done.message)
        following = one(company.li, "task", "status = open")
        assert (following["due_on"], following["owner"].id, following["checklist"]) == (
            date(2026, 2, 28), company.li.id, "[ ] 拉流水\n[ ] 核对",
        )  # fmt: skip
        work_off()
        assert len(ids(company.li, "task")) == 2
        undo(company.li, done.operation)
        assert [read_one(company.li, "task", found)["status"] for found in ids(company.li, "task")] == ["open"]
        run_action(company.li, "task", "complete", [task])
    with standing_at(datetime(2026, 2, 28, 4, tzinfo=UTC)):
        run_action(company.li, "task", "complete", [one(company.li, "task", "status = open").id])
    assert one(company.li, "task", "status = open")["due_on"] == date(2026, 3, 31)


def test_a_plain_save_that_ends_a_task_of_a_series_makes_the_next_too(home: Any, company: Company) -> None:
    with standing_at(NOON):
        task = make("task", company.li, subject="周报", due_on="2026-03-18", repeat="weekly")
        done = change("task", task, company.li, status="done")
        work_off()
        following = one(company.li, "task", "status = open")
        assert (following["due_on"], following["owner"].id) == (date(2026, 3, 25), company.li.id)
        work_off()
        assert undo(company.li, done.operation).conflicts == []
    assert [read_one(company.li, "task", found)["status"] for found in ids(company.li, "task")] == ["open"]


def test_a_series_needs_a_date_and_ends_when_it_should(home: Any, company: Company) -> None:
    assert ("due_on", "required") in fields_of(make, "task", company.li, subject="T", due_on=None, repeat="daily")
    assert ("repeat_every", "invalid") in fields_of(
        make, "task", company.li, subject="T", repeat="daily", repeat_every=0
    )
    with standing_at(NOON):
        task = make("task", company.li, subject="T", due_on="2026-03-18", repeat="daily", repeat_until="2026-03-18")
        run_action(company.li, "task", "complete", [task])
        cancelled = make("task", company.li, subject="C", due_on="2026-03-18", repeat="daily")
        change("task", cancelled, company.li, status="cancelled")
        work_off()
    assert ids(company.li, "task", "status = open") == set()


# -- reminders -------------------------------------------------------------------------------------------------------
def reminders() -> list[int]:
    return [line[0] for line in rows('SELECT "record" FROM "store_reminder" ORDER BY "at"')]


def test_a_reminder_comes_when_its_moment_has_come_and_once(home: Any, company: Company) -> None:
    with standing_at(NOON):
        task = make("task", company.li, subject="打电话", due_on="2026-03-18", due_time="15:00", remind="m30")
        assert read_one(company.li, "task", task)["remind_at"] == datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
        remind()
    assert reminders() == [task]
    with standing_at(datetime(2026, 3, 18, 6, 31, tzinfo=UTC)):
        remind()
        remind()
        (notice,) = inbox(company.li)[0]
    assert (notice.kind, notice.record, "打电话" in str(notice.text)) == ("due", task, True)
    assert reminders() == []
    assert inbox(company.wang)[0] == []


def test_a_reminder_follows_the_date_unless_it_has_a_time_of_its_own(home: Any, company: Company) -> None:
    with standing_at(NOON):
        task = make("task", company.li, subject="T", due_on="2026-03-20", remind="d1")
        run_action(company.li, "task", "postpone", [task], {"by": "w1"})
        assert read_one(company.li, "task", task)["remind_at"] == datetime(2026, 3, 26, 1, 0, tzinfo=UTC)
        change("task", task, company.li, remind_at="2026-03-19T08:00:00Z")
        run_action(company.li, "task", "postpone", [task], {"by": "d1"})
        record = read_one(company.li, "task", task)
        assert (record["remind"], record["remind_at"]) == ("own", datetime(2026, 3, 19, 8, tzinfo=UTC))
        assert fields_of(make, "task", company.li, subject="T", remind="own") == {("remind_at", "required")}


@pytest.mark.parametrize("how", ["done", "trash", "past", "moved"])
def test_nobody_is_reminded_of_what_is_done_or_gone_or_behind(how: str, home: Any, company: Company) -> None:
    with standing_at(NOON):
        due = "2026-03-17" if how == "past" else "2026-03-19"
        task = make("task", company.li, subject="T", due_on=due, remind="due")
        if how == "done":
            run_action(company.li, "task", "complete", [task])
        elif how == "trash":
            trash("task", task, company.li)
        elif how == "moved":
            run_action(company.li, "task", "postpone", [task], {"due_on": "2026-05-01"})
    with standing_at(NOON + timedelta(days=3)):
        remind()
        assert inbox(company.li)[0] == []
    assert reminders() == ([task] if how == "moved" else [])


def test_reminding_reads_only_what_is_due(home: Any, company: Company) -> None:
    with standing_at(NOON):
        for n in range(3):
            make("task", company.li, subject=f"T{n}", due_on="2026-03-19", remind="due")
    assert len(reminders()) == 3
    plan = " ".join(str(line) for line in rows(_explain()))
    assert "store_reminder_at" in plan or "Index" in plan or "INDEX" in plan


def _explain() -> str:
    from zhike.store.database import is_postgres

    if is_postgres():
        rows("SELECT set_config('enable_seqscan', 'off', true)")
    ask = 'SELECT "record" FROM "store_reminder" WHERE "at" <= \'2026-03-20\' ORDER BY "at" LIMIT 10'
    return f"EXPLAIN {ask}" if is_postgres() else f"EXPLAIN QUERY PLAN {ask}"


# -- handing tasks on, putting them off, ticking their items -----------------------------------------------------------
def test_a_task_given_away_stays_in_the_sight_of_who_gave_it(home: Any, company: Company) -> None:
    task = make("task", company.li, subject="请寄样品", owner=company.chen.id)
    assert read_one(company.li, "task", task)["given_by"].id == company.li.id
    assert ids(company.chen, "task") == {task}
    assert ids(company.wang, "task") == set()
    run_action(company.chen, "task", "transfer", [task], {"owner": company.wang.id})
    assert read_one(company.wang, "task", task)["given_by"].id == company.chen.id


def test_many_tasks_are_put_off_at_once_each_from_its_own_day(home: Any, company: Company) -> None:
    with standing_at(NOON):
        late, soon = (make("task", company.admin, subject="T", due_on=due) for due in ("2026-02-01", "2026-03-31"))
        for by, wanted in (("d1", (19, 1)), ("monday", (23, 6)), ("month", (31, 30))):
            done = run_action(company.admin, "task", "postpone", [late, soon], {"by": by})
            days = tuple(read_one(company.admin, "task", one)["due_on"].day for one in (late, soon))
            undo(company.admin, done.operation)
            assert days == wanted, by


def test_items_of_a_checklist_are_ticked_one_by_one(home: Any, company: Company) -> None:
    task = make("task", company.li, subject="T", checklist="- 量尺寸\n☑ 拍照\n\n[X] 签字")
    assert read_one(company.li, "task", task)["checklist"] == "[ ] 量尺寸\n[x] 拍照\n[x] 签字"
    run_action(company.li, "task", "tick", [task], {"item": 1})
    run_action(company.li, "task", "tick", [task], {"item": 3, "done": False})
    assert read_one(company.li, "task", task)["checklist"] == "[x] 量尺寸\n[x] 拍照\n[ ] 签字"
    for wrong in (0, 4, "x"):
        assert fields_of(run_action, company.li, "task", "tick", [task], {"item": wrong}) == {("item", "invalid")}
    with nothing_written(), pytest.raises(Invalid):
        make("task", company.li, subject="T", due_time="25 o'clock")
    assert read_one(SYSTEM, "task", make("task", company.li, subject="T", due_time="下午三点"))["due_time"] == "15:00"


# -- comments --------------------------------------------------------------------------------------------------------
def test_a_comment_stands_with_its_record_and_only_its_author_changes_it(account: int, company: Company) -> None:
    run_action(company.li, "account", "comment", [account], {"text": "价格要不要让？"})
    found = one(company.zhao, "comment")
    assert (found["account"].id, found["owner"].id) == (account, company.li.id)
    for other in (company.zhao, company.admin):
        for command in (
            Command("update", "comment", found.id, values={"text": "x"}),
            Command("trash", "comment", found.id),
        ):
            with nothing_written(), pytest.raises((Forbidden, NotFound)):
                write(other, command)
        assert "edit" not in read_one(other, "comment", found.id).rights
    change("comment", found.id, company.li, text="价格不让")
    assert ids(company.chen, "comment") == set()
    trash("comment", found.id, company.li)


def test_who_is_named_and_may_see_the_record_is_told_once(account: int, company: Company) -> None:
    done = run_action(company.li, "account", "comment", [account], {"text": "@赵敏 看一下，@陈晨 也看看，@李娜"})
    assert "陈晨" in str(done.message)
    assert "赵敏" not in str(done.message)
    work_off()
    (notice,) = inbox(company.zhao)[0]
    assert (notice.kind, notice.object, notice.record, notice.by) == ("mentioned", "account", account, company.li.id)
    assert inbox(company.chen)[0] == inbox(company.li)[0] == []
    (comment,) = ids(company.li, "comment")
    change("comment", comment, company.li, text="@赵敏 看一下，@管晓")
    work_off()
    assert len(inbox(company.zhao)[0]) == 1
    assert len(inbox(company.admin)[0]) == 1


def test_the_longest_name_is_meant_and_of_namesakes_the_picked_one() -> None:
    names = {1: "李娜", 2: "李娜娜", 3: "Anna Li", 4: "李娜"}
    assert named_in("@李娜娜 好", names) == [2]
    assert named_in("＠anna li, @李娜", names) == [3]
    assert named_in("@李娜", names, (Ref("user", 4),)) == [4]
    assert named_in("mail me@李", names, (Ref("user", 1),)) == []


def test_commenting_needs_sight_of_the_record_and_words(account: int, company: Company) -> None:
    with nothing_written(), pytest.raises(NotFound):
        run_action(company.chen, "account", "comment", [account], {"text": "x"})
    assert fields_of(run_action, company.li, "account", "comment", [account], {"text": " "}) == {("text", "required")}
    assert read(company.li, Query("comment")).rows == ()


def test_a_tag_the_administrator_added_is_understood_and_an_unknown_one_is_refused(
    account: int, company: Company
) -> None:
    added = add_option(company.admin, "follow_up", "tags", "验厂")
    log(company.li, account, line="拜访 王总 !验厂")
    assert one(company.li, "follow_up")["tags"] == (added.key,)
    log(company.li, account, line="拜访 !没有这个", tags=[added.key])
    assert fields_of(log, company.li, account, line="拜访", tags=["no such tag"]) == {("tags", "invalid")}
