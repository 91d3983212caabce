"""What hangs on a record page: marks, neighbours, history, related lists in place, files, business cards, its price."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.doors.statements import heard
from tests.pages.pages_client import make, part
from tests.pages.pages_client import signed_in as entered
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, standing_at
from zhike.records.actions import run_action
from zhike.records.declaring.customise import create_object
from zhike.records.files import LARGEST
from zhike.records.marks import marked, write_seen
from zhike.records.read import Query, read, read_one
from zhike.records.write import write, write_many
from zhike.store.database import rows

pytestmark = pytest.mark.usefixtures("home")
PNG = b"\x89PNG\r\n\x1a\n"


def signed_in(login="li"):
    """A reader of English."""
    client = entered(login)
    client.cookies["zhike-language"] = "en"
    return client


def text_of(answer):
    return html.unescape(answer.content.decode())


@pytest.fixture
def account(company):
    return make(company.li, "account", name="凌渡精密机械", level="key", phone="13800001234")


@pytest.fixture
def deal(company, account):
    return make(company.li, "opportunity", name="数控产线升级", account=account, amount="860000")


def change(actor, object_key, record_id, **values):
    return write(actor, Command("update", object_key, record_id, values=values))


# -- marks ---------------------------------------------------------------------------------------------------------
def test_the_star_is_pressed_in_place_and_stands_in_the_rail(company, account):
    client = signed_in()
    url = f"/accounts/{account}/marks/favourite"
    assert 'aria-pressed="true"' in text_of(client.post(url, {"on": "yes"}, headers=part("this")))
    assert [one.id for one in marked(company.li, "favourite")] == [account]
    assert re.search(r'id="mark-favourite"[^>]*aria-pressed="true"', text_of(client.get(f"/accounts/{account}")))
    assert f'href="/accounts/{account}"' in text_of(client.get("/favourites", headers=part("rail")))
    assert client.post(url, {"on": "no"}).status_code == 303
    assert marked(company.li, "favourite") == []


def test_looking_at_a_mark_changes_nothing_and_a_hidden_record_cannot_be_marked(company, account):
    assert signed_in().get(f"/accounts/{account}/marks/follow").status_code == 303
    assert marked(company.li, "follow") == []
    assert signed_in("chen").post(f"/accounts/{account}/marks/follow", {"on": "yes"}).status_code == 404
    assert signed_in().post(f"/accounts/{account}/marks/seen", {"on": "yes"}).status_code == 404


def test_an_opened_record_was_seen_and_one_that_is_hidden_was_not(company, account):
    signed_in().get(f"/accounts/{account}")
    signed_in("chen").get(f"/accounts/{account}")
    write_seen()
    assert [one.id for one in marked(company.li, "seen")] == [account]
    assert rows("SELECT DISTINCT person FROM store_mark") == [(company.li.id,)]
    assert "凌渡精密机械" in text_of(signed_in().get("/favourites"))


# -- neighbours ----------------------------------------------------------------------------------------------------
def test_the_neighbours_are_those_of_the_list_the_reader_came_from(company, account):
    other = make(company.li, "account", name="青禾里食品", level="small")
    third = make(company.li, "account", name="远岫软件", level="key")
    client = signed_in()
    page = text_of(client.get(f"/accounts/{other}/beside?sort=created", headers=part("beside")))
    assert re.findall(r'href="/accounts/(\d+)" data-(\w+)', page) == [(str(account), "before"), (str(third), "after")]
    page = text_of(client.get(f"/accounts/{account}/beside?where=level+%3D+key&sort=created", headers=part("beside")))
    assert re.findall(r'href="/accounts/(\d+)"', page) == [str(third)]
    wrong = client.get(f"/accounts/{account}/beside?where=nonsense+%3D", headers=part("beside"))
    assert (wrong.status_code, text_of(wrong).strip()) == (200, "")


# -- history -------------------------------------------------------------------------------------------------------
def test_the_history_tells_what_changed_in_sentences_by_act(company, account):
    change(company.li, "account", account, level="normal")
    change(company.zhao, "account", account, short_name="凌渡", tags=["reference"], about="老客户")
    change(company.zhao, "account", account, tags=["slow_payer"], about="老朋友", short_name=None)
    page = re.sub(r"<svg.*?</svg>|<[^>]+>", "", text_of(signed_in().get(f"/accounts/{account}/history")))
    told = re.sub(r"\s+", " ", page)
    assert "李娜 changed Level from Key account to Standard" in told
    assert "赵敏 changed 3 things" in told
    assert "set Short name to 凌渡" in told
    assert "emptied Short name, which was 凌渡" in told
    assert "added Pays late to Tags and took Reference customer off" in told
    assert "rewrote About" in told
    assert "wrote About" in told


def test_the_history_of_one_field_leaves_the_others_out(company, account):
    change(company.li, "account", account, level="normal")
    change(company.li, "account", account, short_name="凌渡")
    page = text_of(signed_in().get(f"/accounts/{account}/history?field=level"))
    assert "<b>Level</b>" in page
    assert "<b>Short name</b>" not in page


def test_a_hidden_field_has_no_history(company, account):
    sales = next(one.id for one in read(SYSTEM, Query("role", where='code = "sales"')).rows)
    make(SYSTEM, "field_right", role=sales, object="account", field="short_name", right="hidden")
    make(SYSTEM, "field_right", role=sales, object="account", field="level", right="masked")
    change(company.admin, "account", account, short_name="绝密")
    change(company.admin, "account", account, level="small", region="east")
    client = signed_in()
    for query in ("", "?field=short_name", "?field=level"):
        page = text_of(client.get(f"/accounts/{account}/history{query}"))
        assert "绝密" not in page
        assert "Short name" not in page
        assert "Minor" not in page
    assert text_of(client.get(f"/accounts/{account}/history")).count('class="card chapter"') == 2


def test_only_ones_own_acts_and_an_administrators_all_can_be_undone_from_the_history(company, account):
    done = change(company.zhao, "account", account, level="normal").operation
    button = f'hx-get="/operations/{done}/undo"'
    assert button in text_of(signed_in("zhao").get(f"/accounts/{account}/history"))
    assert button in text_of(signed_in("admin").get(f"/accounts/{account}/history"))
    assert button not in text_of(signed_in().get(f"/accounts/{account}/history"))
    signed_in("zhao").post(f"/operations/{done}/undo")
    page = text_of(signed_in("zhao").get(f"/accounts/{account}/history"))
    assert button not in page
    assert "Taken back by 赵敏" in page


def test_an_act_over_many_says_how_many_more_only_to_whoever_may_undo_it(company, account):
    other = make(company.li, "account", name="青禾里食品")
    commands = [Command("update", "account", one, values={"region": "east"}) for one in (account, other)]
    write_many(company.admin, commands)
    said = "The same act changed one other record."
    assert said in text_of(signed_in("admin").get(f"/accounts/{account}/history"))
    assert said not in text_of(signed_in().get(f"/accounts/{account}/history"))


def test_a_long_history_comes_in_pieces_at_the_same_price(company, account):
    client = signed_in()
    client.get(f"/accounts/{account}/history")
    for index in range(45):
        change(company.li, "account", account, short_name=f"名{index}")
    with heard() as few:
        first = text_of(client.get(f"/accounts/{account}/history"))
    more = html.unescape(re.search(r'hx-get="([^"]*before=[^"]*)"', first).group(1))
    second = text_of(client.get(more, headers=part("older")))
    told = re.findall(r"<ins>(名\d+)</ins>", first + second)
    assert len(told) == len(set(told)) == 45
    for index in range(5):
        change(company.li, "account", account, short_name=f"再{index}")
    with heard() as many:
        client.get(f"/accounts/{account}/history")
    assert len(many) == len(few)


def test_the_undo_dialog_names_what_stays_because_it_changed_since(company, account):
    done = change(company.li, "account", account, level="normal", region="east").operation
    change(company.zhao, "account", account, level="small")
    page = text_of(signed_in().get(f"/operations/{done}/undo", headers=part("dialog")))
    assert "One value was changed since" in page
    assert re.search(r"<b>Level</b><a [^>]*>凌渡精密机械</a>", page)
    assert "go back to what they were" in page


# -- related lists -------------------------------------------------------------------------------------------------
def test_a_related_record_is_added_in_place_and_can_be_undone(company, account):
    client = signed_in()
    url = f"/accounts/{account}/add/contacts"
    assert f'action="{url}"' in signed_in().get(url).content.decode(), "without a script it is a page"
    form = text_of(client.get(url, headers=part("add-contacts")))
    assert 'name="contacts.name"' in form
    assert "<html" not in form
    refused = client.post(url, {"contacts.name": "", "contacts.job": "经理"}, headers=part("add-contacts"))
    assert refused.status_code == 422
    assert 'value="经理"' in text_of(refused)
    sent = {"contacts.name": "王建国", "contacts._once": "abc"}
    answer = client.post(url, sent, headers=part("add-contacts"))
    assert (answer.status_code, answer["HX-Retarget"]) == (200, "#related")
    assert "王建国" in text_of(answer)
    assert "/undo" in answer["HX-Trigger"]
    client.post(url, sent, headers=part("add-contacts"))
    (row,) = read(company.li, Query("contact", columns=("account",))).rows
    assert row.values["account"].id == account


def test_where_a_new_related_record_belongs_is_not_for_the_form_to_say(company, account):
    theirs = make(company.chen, "account", name="别人的")
    sent = {"contacts.name": "王建国", "contacts.account": str(theirs), "account": str(theirs)}
    signed_in().post(f"/accounts/{account}/add/contacts", sent)
    (row,) = read(company.li, Query("contact", columns=("account",))).rows
    assert row.values["account"].id == account


def test_a_contact_taken_off_loses_the_link_and_a_task_goes_to_the_trash(company, account):
    contact = make(company.li, "contact", name="王建国", account=account)
    task = make(company.li, "task", subject="寄样品", parent=f"account:{account}")
    client = signed_in()
    for name, one in (("contacts", contact), ("tasks", task)):
        answer = client.post(f"/accounts/{account}/remove/{name}/{one}", headers=part("related"))
        assert answer.status_code == 200
        assert "/undo" in answer["HX-Trigger"]
    assert read_one(company.li, "contact", contact).values["account"] is None
    assert read_one(company.li, "task", task).trashed


def test_only_what_is_on_the_list_can_be_taken_off_it(company, account):
    other = make(company.li, "account", name="青禾里")
    contact = make(company.li, "contact", name="王建国", account=other)
    url = f"/accounts/{account}/remove/contacts/{contact}"
    assert signed_in().post(url).status_code == 404
    assert signed_in().post(f"/accounts/{account}/remove/nothing/{contact}").status_code == 404
    assert signed_in("chen").post(f"/accounts/{other}/remove/contacts/{contact}").status_code == 404
    viewer = signed_in("guest")
    assert f"/accounts/{other}/remove/" not in text_of(viewer.get(f"/accounts/{other}"))
    assert viewer.post(f"/accounts/{other}/remove/contacts/{contact}").status_code == 403
    assert read_one(company.li, "contact", contact).values["account"].id == other


def test_the_timeline_is_narrowed_to_one_kind(company, account):
    make(company.li, "task", subject="寄样品", parent=f"account:{account}")
    make(company.li, "note", title="厂区路线", body="北门", parent=f"account:{account}")
    page = text_of(signed_in().get(f"/accounts/{account}"))
    shown = re.findall(rf'hx-get="/accounts/{account}/timeline\?show=(\w+)"', page)
    assert shown[:2] == ["all", "follow_up"]
    assert shown[-1] == "changes"
    assert {"task", "note", "file"} <= set(shown)
    notes = text_of(signed_in().get(f"/accounts/{account}/timeline?show=note", headers=part("moments")))
    assert "北门" in notes
    assert "寄样品" not in notes
    assert "created this" not in notes


# -- stage guidance ------------------------------------------------------------------------------------------------
def test_the_stage_says_what_to_do_what_is_needed_next_and_when_it_rests_too_long(company, account):
    first, second = read(company.li, Query("stage", sort="position", columns=("name", "position"))).rows[:2]
    change(SYSTEM, "stage", first.id, guidance="先约一次上门", resting_days=14)
    change(SYSTEM, "stage", second.id, required_fields="amount competitor")
    with standing_at(now() - timedelta(days=19, hours=1)):
        deal = make(company.li, "opportunity", name="旧单", account=account, amount="1", stage=first.id)
    page = text_of(signed_in().get(f"/opportunities/{deal}"))
    guide = page[page.index('class="guide') : page.index("</section>", page.index('class="guide'))]
    assert "先约一次上门" in guide
    assert "Here for 19 days, more than 14 days" in guide
    assert re.findall(r'<li class="(\w+)">.*?<span>(.*?)</span>', guide) == [("good", "Amount"), ("warn", "Competitor")]


# -- files ---------------------------------------------------------------------------------------------------------
def test_a_dropped_file_belongs_to_the_record_and_carries_its_name(company, account):
    client = signed_in()
    page = text_of(client.get(f"/accounts/{account}"))
    assert f'data-drop="/accounts/{account}/files"' in page
    answer = client.post(f"/accounts/{account}/files", {"file": SimpleUploadedFile("现场.png", PNG)}, headers=part(""))
    assert answer.status_code == 204
    (row,) = read(company.li, Query("file", columns=("name", "parent", "account"))).rows
    assert (row.title, row.values["parent"].id) == ("现场.png", account)
    lists = text_of(client.get(f"/accounts/{account}/lists", headers=part("related")))
    assert f'hx-get="/files/file/{row.id}/content/look"' in lists


def test_a_refused_file_is_refused_in_words(company, account, monkeypatch):
    monkeypatch.setattr("zhike.records.files.LARGEST", 4)
    assert LARGEST > 4
    client = signed_in()
    answer = client.post(f"/accounts/{account}/files", {"file": SimpleUploadedFile("a.png", PNG)}, headers=part(""))
    assert (answer.status_code, answer["Content-Type"]) == (422, "text/plain; charset=utf-8")
    assert "at most" in text_of(answer)
    assert client.post(f"/accounts/{account}/files", {}, headers=part("")).status_code == 422
    assert (
        signed_in("chen").post(f"/accounts/{account}/files", {"file": SimpleUploadedFile("a", b"")}).status_code == 404
    )
    assert (
        signed_in("guest").post(f"/accounts/{account}/files", {"file": SimpleUploadedFile("a", b"")}).status_code == 403
    )
    assert read(company.admin, Query("file")).rows == ()


def test_files_are_looked_at_one_after_another_and_closed_off(company, account):
    client = signed_in()
    start = now()
    for index, (name, content) in enumerate(
        (("a.png", PNG), ("b.pdf", b"%PDF-1.4"), ("c.txt", "二号车间".encode("gb18030")))
    ):
        with standing_at(start + timedelta(seconds=index)):
            client.post(f"/accounts/{account}/files", {"file": SimpleUploadedFile(name, content)})
    text, pdf, picture = (row.id for row in read(company.li, Query("file", sort="-created")).rows)
    look = text_of(client.get(f"/files/file/{pdf}/content/look", headers=part("dialog")))
    assert f'<iframe src="/files/file/{pdf}/content?inline=1"' in look
    assert re.findall(r'href="/files/file/(\d+)/content/look"', look) == [str(text), str(picture)]
    assert "sandbox" in text_of(client.get(f"/files/file/{text}/content/look", headers=part("dialog")))
    shown = client.get(f"/files/file/{text}/content?inline=1")
    assert (shown["Content-Type"], b"".join(shown).decode("gb18030")) == ("text/plain; charset=gb18030", "二号车间")
    assert shown["Content-Security-Policy"].endswith("; sandbox")
    assert client.get(f"/files/file/{pdf}/content?inline=1")["X-Frame-Options"] == "SAMEORIGIN"
    assert client.get(f"/files/file/{pdf}/content")["Content-Disposition"].startswith("attachment")
    assert signed_in("chen").get(f"/files/file/{pdf}/content/look").status_code == 404


def test_a_sound_is_given_in_the_parts_a_phone_asks_for(company, account):
    client, sound = signed_in(), bytes(range(256)) * 700
    client.post(f"/accounts/{account}/files", {"file": SimpleUploadedFile("a.mp3", sound)})
    (row,) = read(company.li, Query("file")).rows
    where = f"/files/file/{row.id}/content?inline=1"
    for asked, start, end in (("bytes=0-1", 0, 2), ("bytes=65530-65545", 65530, 65546), ("bytes=-5", len(sound) - 5, len(sound)),
                              ("bytes=179000-", 179000, len(sound)), ("bytes=7-9999999", 7, len(sound))):  # fmt: skip
        answer = client.get(where, headers={"Range": asked})
        assert (answer.status_code, b"".join(answer)) == (206, sound[start:end])
        assert answer["Content-Range"] == f"bytes {start}-{end - 1}/{len(sound)}"
        assert answer["Content-Length"] == str(end - start)
    for asked in (
        "",
        "bytes=",
        "bytes=-",
        "bytes=9-3",
        "bytes=999999-",
        "bytes=0-1,5-6",
        "lines=1-2",
        "bytes=x-1",
        "bytes=-0",
    ):
        answer = client.get(where, headers={"Range": asked})
        assert (answer.status_code, b"".join(answer)) == (200, sound)


def test_a_page_cannot_be_smuggled_in_as_a_file_to_look_at(company, account):
    client = signed_in()
    client.post(f"/accounts/{account}/files", {"file": SimpleUploadedFile("x.html", b"<script>alert(1)</script>")})
    (row,) = read(company.li, Query("file")).rows
    assert client.get(f"/files/file/{row.id}/content/look").status_code == 404
    answer = client.get(f"/files/file/{row.id}/content?inline=1")
    assert (answer["Content-Type"], answer["Content-Disposition"][:10]) == ("application/octet-stream", "attachment")


# -- reaching people -----------------------------------------------------------------------------------------------
@pytest.fixture
def contact(company, account):
    facts = {"mobile": "13912345678", "email": "wang@example.com", "wechat": "wang;jg", "job": "总经理"}
    return make(company.li, "contact", name="王建国", account=account, **facts)


def test_a_vcard_holds_what_its_reader_sees_in_full_and_is_logged(company, contact):
    answer = signed_in().get(f"/contacts/{contact}.vcf")
    card = answer.content.decode().replace("\r\n ", "")
    assert answer["Content-Type"] == "text/vcard; charset=utf-8"
    assert card.startswith("BEGIN:VCARD\r\nVERSION:3.0\r\n")
    for line in (
        "FN:王建国",
        "TEL;TYPE=CELL:+8613912345678",
        "EMAIL;TYPE=INTERNET:wang@example.com",
        "ORG:凌渡精密机械",
        "TITLE:总经理",
        "X-WECHAT:wang\\;jg",
    ):
        assert f"\r\n{line}\r\n" in card
    assert rows("SELECT actor, act, object, record FROM store_readlog") == [(company.li.id, "card", "contact", contact)]


def test_who_sees_only_masks_gets_no_card_and_leaves_no_trace(company, contact):
    for login in ("zhao", "chen"):
        client = signed_in(login)
        assert client.get(f"/contacts/{contact}.vcf").status_code == 404
        assert client.get(f"/contacts/{contact}/card", headers=part("dialog")).status_code == 404
    assert f"/contacts/{contact}.vcf" not in text_of(signed_in("zhao").get(f"/contacts/{contact}"))
    assert rows("SELECT 1 FROM store_readlog") == []


def test_the_card_as_a_code_is_drawn_without_styles(contact):
    page = text_of(signed_in().get(f"/contacts/{contact}/card", headers=part("dialog")))
    assert re.search(r'<svg class="code" viewBox="0 0 (\d+) \1"', page)
    assert "style=" not in page
    assert "13912345678" not in page


def test_what_is_seen_in_full_can_be_copied_and_an_address_found_on_a_map(company, contact):
    here = {"country": "CN", "region": "江苏省", "city": "苏州市", "street": "星湖街1号"}
    there = {"country": "US", "city": "Austin", "street": "1 Main St"}
    change(company.li, "contact", contact, address=here)
    page = text_of(signed_in().get(f"/contacts/{contact}"))
    assert 'data-copy="139 1234 5678"' in page
    assert 'data-copy="wang@example.com"' in page
    assert 'data-copy="wang;jg"' in page
    assert re.search(
        r'href="https://uri\.amap\.com/search\?keyword=[^"]+" target="_blank" rel="noopener noreferrer"', page
    )
    masked = text_of(signed_in("zhao").get(f"/contacts/{contact}"))
    assert "139 1234 5678" not in masked
    assert "wang@example.com" not in masked
    change(company.li, "contact", contact, address=there)
    assert 'href="https://www.openstreetmap.org/search?query=' in text_of(signed_in().get(f"/contacts/{contact}"))


# -- any object ----------------------------------------------------------------------------------------------------
def test_a_custom_object_has_all_of_it(company):
    fields = [
        {"key": "name", "label": "N", "kind": "text"},
        {"key": "hotline", "label": "H", "kind": "phone"},
        {"key": "scan", "label": "S", "kind": "file"},
    ]
    create_object(SYSTEM, {"key": "depot", "plural": "depots", "label": "Depot", "fields": fields})
    depot = make(company.admin, "depot", name="苏州仓", hotline="13800001234")
    second = make(company.admin, "depot", name="上海仓")
    change(company.admin, "depot", depot, name="苏州一号仓")
    client = signed_in("admin")
    assert client.get(f"/depots/{depot}").status_code == 200
    assert client.post(f"/depots/{depot}/marks/favourite", {"on": "yes"}).status_code == 303
    assert "苏州一号仓" in text_of(client.get("/favourites"))
    assert "苏州仓" in text_of(client.get(f"/depots/{depot}/history"))
    assert b"TEL" in client.get(f"/depots/{depot}.vcf").content
    beside = text_of(client.get(f"/depots/{depot}/beside?sort=-id", headers=part("beside")))
    assert f'href="/depots/{second}"' in beside


# -- what it costs -------------------------------------------------------------------------------------------------
def test_a_record_page_asks_few_questions_and_no_more_when_there_is_more(company, account, deal):
    client = signed_in()

    def cost(url):
        client.get(url)
        with heard() as asked:
            assert client.get(url).status_code == 200
        return len(asked)

    few = cost(f"/accounts/{account}"), cost(f"/opportunities/{deal}")
    assert few[0] <= 30
    assert few[1] <= 33
    for index in range(6):
        make(company.li, "contact", name=f"人{index}", account=account)
        make(company.li, "task", subject=f"事{index}", parent=f"opportunity:{deal}")
        make(company.li, "follow_up", summary=f"谈{index}", parent=f"opportunity:{deal}")
        change(company.li, "opportunity", deal, amount=str(1000 + index))
    more = cost(f"/accounts/{account}"), cost(f"/opportunities/{deal}")
    assert more[0] <= few[0] + 8, "lists that were empty are read and counted once each"
    again = cost(f"/accounts/{account}"), cost(f"/opportunities/{deal}")
    for index in range(6):
        make(company.li, "contact", name=f"人{index}", account=account)
        make(company.li, "task", subject=f"事{index}", parent=f"opportunity:{deal}")
        change(company.li, "opportunity", deal, amount=str(2000 + index))
    assert (cost(f"/accounts/{account}"), cost(f"/opportunities/{deal}")) == again


def test_actions_of_an_archived_record_stay_offered(company, account):
    run_action(company.li, "account", "archive", [account])
    assert f"/accounts/{account}/actions/unarchive" in text_of(signed_in().get(f"/accounts/{account}"))


def test_what_is_written_down_is_changed_ticked_and_thrown_away_where_it_is_shown(company, account):
    li = signed_in("li")
    task = make(company.li, "task", subject="发报价", parent=f"account:{account}")
    mine = make(company.li, "comment", text="价格已谈妥", parent=f"account:{account}")
    make(company.admin, "comment", text="别人说的", parent=f"account:{account}")
    page = li.get(f"/accounts/{account}").content.decode()
    assert page.count(f'hx-post="/tasks/{task}/actions/complete"') == 2, "on the timeline and in the related list"
    assert f'hx-get="/comments/{mine}/edit?only=text"' in page
    assert page.count('hx-get="/comments/') == 1, "nobody rewrites what somebody else said"
    assert f'hx-post="/comments/{mine}/actions/trash"' in page
    answer = li.post(f"/tasks/{task}/actions/complete", {"_here": "1"}, headers=part("related"))
    assert {"zhike:changed", "zhike:toast"} <= set(json.loads(answer["HX-Trigger"]))
    lists = li.get(f"/accounts/{account}/lists", {"show": "comment"}, headers=part("related")).content.decode()
    assert f"/tasks/{task}/actions/complete" not in lists
    assert "价格已谈妥" in lists
    assert 'value="comment"' in lists, "the timeline stays as narrow as it was"
    li.post(f"/comments/{mine}/actions/trash", {"_here": "1"}, headers=part("related"))
    assert "价格已谈妥" not in li.get(f"/accounts/{account}").content.decode()
