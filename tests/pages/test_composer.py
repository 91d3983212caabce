"""The follow-up line on pages: what it understood before saving, what was set by hand, files, the sheet, comments, ticks."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.doors.staff import nothing_written
from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.clock import standing_at
from zhike.records.read import Query, read, read_one

pytestmark = pytest.mark.usefixtures("home")
WEDNESDAY = datetime(2026, 3, 18, 4, tzinfo=UTC)


def text_of(answer):
    return html.unescape(answer.content.decode())


@pytest.fixture
def account(company):
    found = make(company.li, "account", name="凌渡精密机械", phone="13800001234")
    for name, job in (("王建国", "总经理"), ("王芳", "采购"), ("许文", "科长")):
        make(company.li, "contact", name=name, account=found, job=job)
    return found


def contact(company, name):
    return read(company.li, Query("contact", f'name = "{name}"', columns=("name",))).rows[0].id


def keys_of(answer):
    return re.findall(r'class="tag log-tag[^"]*"[^>]*data-key="(\w+)"', text_of(answer))


def read_line(client, account, line, **more):
    with standing_at(WEDNESDAY):
        return client.post(f"/accounts/{account}/follow-ups/read", {"line": line, **more}, headers=part("log-tags"))


def follow_ups(company):
    return [
        read_one(company.li, "follow_up", row.id) for row in read(company.li, Query("follow_up", columns=("way",))).rows
    ]


def test_what_a_line_says_is_shown_before_it_is_saved_and_nothing_is_written(company, account):
    client = signed_in()
    with nothing_written():
        answer = read_line(client, account, "打电话给王总,下周三再联系 !报价 !没有")
    assert keys_of(answer) == ["way", "contacts", "next_on", "tags", "tags"]
    page = text_of(answer)
    assert "王建国" in page
    assert "3月25日" in page
    assert "再联系" in page
    assert "<html" not in page
    assert "没有标签“没有”" in page
    assert follow_ups(company) == []


def test_a_tag_can_be_changed_or_dropped_and_stays_so_while_one_types_on(company, account):
    client, line = signed_in(), "打电话给王总,下周三再联系"
    dropped = text_of(read_line(client, account, line, drop=f"contacts:{contact(company, '王建国')}"))
    assert '<input type="hidden" name="off" value="contacts">' in dropped
    changed = text_of(read_line(client, account, line + " 好", off="contacts", set="way:visit"))
    assert '<input type="hidden" name="way" value="visit">' in changed
    assert 'data-key="contacts"' not in changed
    later = text_of(read_line(client, account, line, set="next_on:2026-04-01"))
    assert '<input type="hidden" name="next_on" value="2026-04-01">' in later
    nothing_next = text_of(read_line(client, account, line, drop="next_on:"))
    assert 'data-key="next_on"' not in nothing_next


def test_the_save_means_what_the_tags_said(company, account):
    client = signed_in()
    person = contact(company, "许文")
    sent = {
        "line": "打电话给王总,下周三再联系 !quote",
        "way": "visit",
        "contacts": [person],
        "off": ["next_on", "next_step"],
    }
    with standing_at(WEDNESDAY):
        assert client.post(f"/accounts/{account}/follow-ups", sent, headers=part("middle")).status_code == 200
    (record,) = follow_ups(company)
    assert (record["summary"], record["way"], record["next_on"], record["tags"]) == (
        sent["line"],
        "visit",
        None,
        ("quote",),
    )
    assert [ref.id for ref in record["contacts"]] == [person]


def test_a_picked_date_wins_only_when_it_is_another_than_the_one_shown(company, account):
    client, line = signed_in(), "下周三再联系"
    same = {"pick.next_on": "2026-03-25", "shown.next_on": "2026-03-25"}
    assert 'name="next_on" value=' not in text_of(read_line(client, account, line, **same))
    other = {"pick.next_on": "2026-03-30", "shown.next_on": "2026-03-25"}
    assert 'name="next_on" value="2026-03-30"' in text_of(read_line(client, account, line, **other))
    wrong = {"pick.next_on": "31/31", "shown.next_on": ""}
    with standing_at(WEDNESDAY):
        answer = client.post(f"/accounts/{account}/follow-ups", {"line": "x", **wrong}, headers=part("middle"))
    assert answer.status_code == 422
    assert ">x</textarea>" in text_of(answer)


def test_a_name_that_may_be_several_asks_which(company, account):
    page = text_of(read_line(signed_in(), account, "call Wang"))
    assert "is-unsure" in page
    assert {f"contacts:{contact(company, name)}" for name in ("王建国", "王芳")} <= set(
        re.findall(r'name="set" value="([^"]+)"', page)
    )


def test_nobody_reads_about_what_they_cannot_see(company, account):
    for login, status in (("chen", 404), ("li", 200)):
        assert read_line(signed_in(login), account, "电话 王总").status_code == status


def test_files_come_along_and_stand_on_the_timeline(company, account):
    client = signed_in()
    sent = [
        SimpleUploadedFile("现场.png", b"\x89PNG\r\n\x1a\n", content_type="image/png"),
        SimpleUploadedFile("语音.weba", b"sound", content_type="audio/webm"),
        SimpleUploadedFile("方案.pdf", b"%PDF", content_type="application/pdf"),
    ]
    page = text_of(
        client.post(f"/accounts/{account}/follow-ups", {"line": "拜访", "files": sent}, headers=part("middle"))
    )
    files = read(company.li, Query("file", columns=("name", "parent"))).rows
    assert {row.values["parent"].object for row in files} == {"follow_up"}
    assert page.count('class="moment-picture"') == page.count("<audio") == page.count('class="moment-file"') == 1
    sound = re.search(r'<audio[^>]*src="([^"]+)"', page).group(1)
    assert client.get(sound)["Content-Type"] == "audio/webm"
    assert signed_in("chen").get(sound).status_code == 404


def test_a_refused_line_keeps_its_files_for_the_next_try(company, account):
    client = signed_in()
    sent = {"line": "x", "pick.next_on": "31/31", "shown.next_on": "", "files": [SimpleUploadedFile("a.txt", b"a")]}
    refused = client.post(f"/accounts/{account}/follow-ups", sent, headers=part("middle"))
    assert refused.status_code == 422
    kept = re.search(r'name="kept" value="([^"]+)"', text_of(refused)).group(1)
    again = {"line": "x", "kept": [kept, "forged"]}
    assert client.post(f"/accounts/{account}/follow-ups", again, headers=part("middle")).status_code == 200
    assert [row.title for row in read(company.li, Query("file")).rows] == ["a.txt"]
    many = {"line": "x", "files": [SimpleUploadedFile(f"{n}.txt", b"a") for n in range(13)]}
    assert client.post(f"/accounts/{account}/follow-ups", many, headers=part("middle")).status_code == 422


# -- the sheet -------------------------------------------------------------------------------------------------------
def test_the_line_opens_over_any_page_and_goes_back_there(company, account):
    client = signed_in()
    sheet = text_of(
        client.get(f"/accounts/{account}/actions/log_follow_up?next=/tasks&way=visit", headers=part("dialog"))
    )
    assert sheet.strip().startswith("<dialog")
    assert 'name="way" value="visit"' in sheet
    answer = client.post(
        f"/accounts/{account}/actions/log_follow_up", {"line": "看了样机", "way": "visit", "next": "/tasks"}
    )
    assert answer["Location"] == "/tasks"
    assert follow_ups(company)[0]["way"] == "visit"
    empty = client.post(f"/accounts/{account}/actions/log_follow_up", {"line": ""}, headers=part("dialog"))
    assert empty.status_code == 422
    assert "<dialog" in text_of(empty)


def test_the_plus_is_about_the_record_one_stands_on(company, account):
    client = signed_in()
    assert "data-composer" not in text_of(client.get("/log", headers=part("dialog")))
    here = {**part("dialog"), "HX-Current-URL": f"http://testserver/accounts/{account}"}
    assert f'action="/accounts/{account}/actions/log_follow_up"' in text_of(client.get("/log", headers=here))
    assert "<html" in text_of(client.get(f"/log?about=account:{account}"))
    panel = text_of(client.get(f"/accounts?peek={account}", headers=part("peek")))
    assert f'hx-get="/accounts/{account}/actions/log_follow_up"' in panel
    assert 'hx-get="/log?next=/"' in text_of(client.get("/"))
    hidden = text_of(signed_in("chen").get(f"/log?about=account:{account}", headers=part("dialog")))
    assert "凌渡" not in hidden


def test_the_line_of_the_page_begins_with_the_way_the_address_names(account):
    page = text_of(signed_in().get(f"/accounts/{account}?way=visit"))
    assert '<input type="hidden" name="way" value="visit">' in page


def test_a_phone_that_is_dialled_leads_to_the_line(company, account):
    assert f'href="tel:+8613800001234" data-call="/accounts/{account}/actions/log_follow_up"' in text_of(
        signed_in().get(f"/accounts/{account}")
    )


# -- comments --------------------------------------------------------------------------------------------------------
def test_a_comment_is_written_beside_the_line_and_says_who_is_not_told(company, account):
    client = signed_in()
    answer = client.post(f"/accounts/{account}/comments", {"text": "@赵敏 @陈晨 看一下"}, headers=part("middle"))
    assert answer.status_code == 200
    assert '<span class="mention">@赵敏</span>' in text_of(answer)
    said = answer["HX-Trigger"].encode().decode("unicode_escape")
    assert "陈晨" in said
    empty = client.post(f"/accounts/{account}/comments", {"text": " "}, headers=part("middle"))
    assert empty.status_code == 422
    assert signed_in("chen").post(f"/accounts/{account}/comments", {"text": "x"}).status_code == 404


def test_the_list_of_people_has_only_those_who_may_see_the_record(company, account):
    client = signed_in()
    page = text_of(client.get(f"/accounts/{account}/people?q=", headers=part("comment-people")))
    assert "赵敏" in page
    assert "陈晨" not in page
    assert "赵敏" in text_of(client.get(f"/accounts/{account}/people?q=赵", headers=part("comment-people")))
    assert "陈晨" not in text_of(client.get(f"/accounts/{account}/people?q=陈晨", headers=part("comment-people")))
    assert signed_in("chen").get(f"/accounts/{account}/people?q=").status_code == 404


# -- tasks and snippets ------------------------------------------------------------------------------------------------
def test_tasks_are_ticked_where_they_stand_and_late_ones_are_red(company):
    with standing_at(WEDNESDAY):
        late = make(company.li, "task", subject="迟了", due_on="2026-03-01", due_time="15:00", checklist="[x] a\nb")
        make(company.li, "task", subject="不急", due_on="2026-03-20")
        client = signed_in()
        page = text_of(client.get("/tasks"))
        assert page.count('class="is-late"') == 1
        assert "15:00" in page
        assert "1/2" in page
        sent = {"_here": "1", "item": "2", "done": "yes"}
        answer = client.post(f"/tasks/{late}/actions/tick", sent, headers=part(""))
        assert (answer.status_code, "undo" in answer["HX-Trigger"]) == (204, True)
        assert read_one(company.li, "task", late)["checklist"] == "[x] a\n[x] b"
        assert client.post(f"/tasks/{late}/actions/complete", {"_here": "1"}, headers=part("")).status_code == 204
        assert "is-late" not in text_of(client.get("/tasks"))


def test_snippets_are_ones_own_or_the_administrators_for_everybody(company, account):
    make(company.li, "snippet", name="我的", text="有效期十五天")
    make(company.admin, "snippet", name="公司的", text="含运费", everybody=True)
    make(company.admin, "snippet", name="管理员的", text="内部")
    page = text_of(signed_in().get(f"/accounts/{account}"))
    assert re.findall(r'data-insert="([^"]+)"', page) == ["公司的" and "含运费", "有效期十五天"]
    client = signed_in()
    answer = client.post("/snippets/new", {"name": "x", "text": "y", "everybody": ["no", "yes"]})
    assert answer.status_code == 422
