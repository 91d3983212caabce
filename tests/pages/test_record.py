"""The record page: facts, stage path, timeline, related lists, actions, reveals."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, standing_at
from zhike.records.read import Query, read, read_one
from zhike.records.write import write
from zhike.schema.registry import registry

pytestmark = pytest.mark.usefixtures("home")


def text_of(answer):
    return html.unescape(answer.content.decode())


@pytest.fixture
def account(company):
    return make(company.li, "account", name="凌渡精密机械", level="key", status="customer", phone="13800001234")


@pytest.fixture
def deal(company, account):
    return make(company.li, "opportunity", name="数控产线升级", account=account, amount="860000")


def stages(actor):
    return read(actor, Query("stage", sort="position", columns=("name", "outcome"))).rows


def test_the_page_shows_title_facts_and_highlights(account):
    page = text_of(signed_in().get(f"/accounts/{account}"))
    assert "凌渡精密机械</h1>" in page
    assert re.search(r'<dl class="highlights">.*李娜', page, re.DOTALL)
    assert 'data-field="level"' in page


def test_hidden_and_missing_records_answer_alike(account):
    hidden, missing = (signed_in("chen").get(f"/accounts/{one}") for one in (account, 999_999_999))
    assert hidden.status_code == missing.status_code == 404
    assert "凌渡" not in text_of(hidden)


def test_a_viewer_sees_no_pencil_and_no_edit_button(account):
    page = text_of(signed_in("guest").get(f"/accounts/{account}"))
    assert "pencil" not in re.sub(r"<svg.*?</svg>", "", page)
    assert f"/accounts/{account}/edit" not in page


def test_related_lists_show_what_points_here_and_add_to_it(account, deal):
    page = text_of(signed_in().get(f"/accounts/{account}"))
    assert f'href="/opportunities/{deal}"' in page
    assert f"/opportunities/new?account={account}&next=/accounts/{account}" in page


def test_a_task_in_a_related_list_can_be_ticked_off(company, account):
    task = make(company.li, "task", subject="寄样品", parent=f"account:{account}")
    client = signed_in()
    assert f'action="/tasks/{task}/actions/complete"' in text_of(client.get(f"/accounts/{account}"))
    answer = client.post(f"/tasks/{task}/actions/complete", {"next": f"/accounts/{account}"})
    assert answer["Location"] == f"/accounts/{account}"
    assert read_one(company.li, "task", task).values["status"] == "done"
    assert f"/tasks/{task}/actions/complete" not in text_of(client.get(f"/accounts/{account}"))


# -- timeline ------------------------------------------------------------------------------------------------------
def test_a_follow_up_typed_into_the_line_stands_on_the_timeline_and_can_be_undone(company, account):
    client = signed_in()
    sent = {"summary": "王总认可总价", "way": "call", "next_on": "2030-03-20"}
    answer = client.post(f"/accounts/{account}/follow-ups", sent, headers=part("middle"))
    assert answer.status_code == 200
    assert "王总认可总价" in text_of(answer)
    assert "<html" not in text_of(answer)
    assert re.search(r'<textarea name="line"[^>]*></textarea>', text_of(answer)), "the line is empty again"
    assert 'name="shown.next_on" value="2030-03-20"' not in text_of(answer)
    assert "/undo" in answer["HX-Trigger"]
    (row,) = read(company.li, Query("follow_up", columns=("way", "next_on", "account"))).rows
    assert row.values["account"].id == account


def test_an_empty_follow_up_is_refused_in_place(account):
    answer = signed_in().post(
        f"/accounts/{account}/follow-ups", {"summary": " ", "way": "visit"}, headers=part("middle")
    )
    assert answer.status_code == 422
    assert '<input type="hidden" name="way" value="visit">' in text_of(answer)
    assert 'role="alert"' in text_of(answer)


def test_the_timeline_tells_each_changed_field_as_before_and_after(company, account):
    write(company.zhao, Command("update", "account", account, {"level": "small", "status": "lost"}))
    page = text_of(signed_in().get(f"/accounts/{account}/timeline?show=changes", headers=part("moments")))
    assert page.count("<ins>") == page.count("<del>") == 2
    assert "赵敏" in page


def test_older_moments_come_in_pieces_without_repeating(company, account):
    for index in range(40):
        write(company.li, Command("update", "account", account, {"short_name": f"名{index}"}))
    client = signed_in()
    first = text_of(client.get(f"/accounts/{account}"))
    address = html.unescape(re.search(r'hx-get="(/accounts/\d+/timeline\?[^"]*before=[^"]*)"', first).group(1))
    second = text_of(client.get(address, headers=part("older")))
    told = re.findall(r"<ins>(名\d+)</ins>", first) + re.findall(r"<ins>(名\d+)</ins>", second)
    assert len(told) == len(set(told)) == 40


# -- stage path ----------------------------------------------------------------------------------------------------
def test_the_path_shows_where_the_deal_stands_and_how_long_it_stood(company, account):
    with standing_at(now() - timedelta(days=9)):
        deal = make(company.li, "opportunity", name="旧单", account=account, amount="1")
    first, second = stages(company.li)[:2]
    write(
        company.li,
        Command("update", "opportunity", deal, {"stage": second.id, "close_on": "2030-01-01", "product": None}),
    )
    page = text_of(signed_in().get(f"/opportunities/{deal}"))
    path = page[page.index('class="stage-path"') : page.index("</ol>", page.index('class="stage-path"'))]
    assert re.findall(r'data-is="(\w+)"', path)[:3] == ["done", "now", "todo"]
    assert first.title in path
    assert "9" in re.search(r'data-is="done".*?</li>', path, re.DOTALL).group()


def test_a_step_is_reached_with_one_click(company, deal):
    second = stages(company.li)[1]
    answer = signed_in().post(
        f"/opportunities/{deal}/actions/move_stage", {"stage": str(second.id)}, headers=part("dialog")
    )
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert answer["HX-Redirect"] == f"/opportunities/{deal}"
        assert read_one(company.li, "opportunity", deal).values["stage"].id == second.id


def test_a_step_that_asks_for_more_opens_the_dialog_with_just_that(company, deal):
    lost = next(one for one in stages(company.li) if one.values["outcome"] == "lost")
    answer = signed_in().post(
        f"/opportunities/{deal}/actions/move_stage", {"stage": str(lost.id)}, headers=part("dialog")
    )
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'name="lost_reason"' in page
    assert 'name="reason"' not in page
    assert read_one(company.li, "opportunity", deal).values["stage"].id != lost.id
    again = {"stage": str(lost.id), "stage.text": lost.title, "stage.was": lost.title, "lost_reason": "price"}
    assert signed_in().post(f"/opportunities/{deal}/actions/move_stage", again).status_code == 303
    assert read_one(company.li, "opportunity", deal).values["lost_reason"] == "price"


# -- actions -------------------------------------------------------------------------------------------------------
def test_an_action_is_a_dialog_and_without_script_a_page(deal):
    client = signed_in()
    dialog = text_of(client.get(f"/opportunities/{deal}/actions/lose", headers=part("dialog")))
    assert dialog.strip().startswith("<dialog")
    page = text_of(client.get(f"/opportunities/{deal}/actions/lose"))
    assert "<html" in page
    assert "<dialog" in page


def test_a_refused_action_says_what_is_missing_and_keeps_the_rest(deal):
    answer = signed_in().post(
        f"/opportunities/{deal}/actions/lose", {"lost_reason": "", "reason": "没预算"}, headers=part("dialog")
    )
    assert answer.status_code == 422
    assert "没预算" in text_of(answer)
    assert re.search(r'id="a-lost-reason"[^>]*aria-invalid', text_of(answer))


def test_what_an_action_did_can_be_taken_back(company, deal):
    client = signed_in()
    client.post(f"/opportunities/{deal}/actions/archive")
    assert read_one(company.li, "opportunity", deal).archived
    page = text_of(client.get(f"/opportunities/{deal}"))
    undo = re.search(r'action="(/operations/\d+/undo)"', page).group(1)
    assert client.post(undo).status_code == 303
    assert not read_one(company.li, "opportunity", deal).archived


def test_an_action_over_many_records_runs_as_one_operation(company, account):
    other = make(company.li, "account", name="青禾里食品")
    client = signed_in("admin")
    asked = client.get(f"/accounts/actions/archive?ids={account},{other}", headers=part("dialog"))
    assert re.findall(r'name="ids" value="(\d+)"', text_of(asked)) == [str(account), str(other)]
    assert client.post("/accounts/actions/archive", {"ids": [account, other]}).status_code == 303
    assert all(read_one(company.admin, "account", one).archived for one in (account, other))


def test_an_action_on_all_that_match_reaches_just_those(company, account):
    make(company.li, "account", name="青禾里食品", status="lost")
    signed_in("admin").post("/accounts/actions/archive", {"all": "1", "where": "status = customer"})
    assert [row.title for row in read(company.admin, Query("account")).rows] == ["青禾里食品"]


def test_an_archived_record_says_so_and_offers_the_way_back(company, account):
    write(company.li, Command("archive", "account", account))
    page = text_of(signed_in().get(f"/accounts/{account}"))
    assert f"/accounts/{account}/actions/unarchive" in page
    assert "data-composer" not in page


# -- secrets -------------------------------------------------------------------------------------------------------
def test_a_masked_phone_is_shown_after_a_reason_and_not_before(account):
    client = signed_in("zhao")
    assert "13800001234" not in text_of(client.get(f"/accounts/{account}"))
    url = f"/accounts/{account}/reveal/phone"
    assert client.post(url, {"reason": ""}, headers=part("dialog")).status_code == 422
    answer = client.post(url, {"reason": "打电话谈报价"}, headers=part("dialog"))
    assert "13800001234" in re.sub(r"[^0-9]", "", text_of(answer))
    assert answer["Cache-Control"] == "no-store"


def test_nothing_but_a_masked_field_can_be_revealed(account):
    assert signed_in("zhao").get(f"/accounts/{account}/reveal/name").status_code == 404


def test_every_object_has_a_record_page(company):
    client = signed_in("admin")
    for spec in registry.shipped():
        rows = read(company.admin, Query(spec.key, size=1, columns=(spec.title,))).rows
        for row in rows:
            assert client.get(f"/{spec.plural}/{row.id}").status_code == 200, spec.key


def test_a_picture_is_shown_and_a_file_is_called_by_its_name(company, account):
    sent = {"name": "现场", "parent": str(account), "parent.object": "account", "parent.text": "凌", "parent.was": "凌"}
    upload = SimpleUploadedFile("现场照片.png", b"\x89PNG\r\n\x1a\n", content_type="image/png")
    client = signed_in()
    assert client.post("/files/new", {**sent, "content": upload}).status_code == 303
    (row,) = read(company.li, Query("file")).rows
    page = text_of(client.get(f"/files/{row.id}"))
    assert "现场照片.png" in page
    assert f'src="/files/file/{row.id}/content?inline=1"' in page
    assert client.get(f"/files/file/{row.id}/content?inline=1")["Content-Type"] == "image/png"
    assert "现场照片.png" in text_of(client.get(f"/accounts/{account}"))


def test_a_new_file_of_a_record_belongs_to_it(account):
    assert f"/files/new?parent=account%3A{account}&next=" in text_of(signed_in().get(f"/accounts/{account}"))
