"""Importing in the browser: taken in, given a meaning, tried, mended in place, brought in as a job, taken back."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.company import PASSWORD, Company
from tests.doors.staff import make, with_fields
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, NotFound
from zhike.records.declaring.customise import create_object
from zhike.records.importing import run as import_run
from zhike.records.importing import uploads
from zhike.records.importing.decisions import decide, look
from zhike.records.importing.job import begin
from zhike.records.importing.uploads import Upload, held_rows, keep_upload, opened_file, save, tidy_uploads, upload
from zhike.records.jobs import jobs
from zhike.records.jobs.queue import revive_dead, run_next
from zhike.records.jobs.views import find, stop
from zhike.records.read import Query, count, read
from zhike.records.undo import undo
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.site.home import Home
from zhike.store.database import rows, run, to_db, write_transaction

HEADINGS = "公司名称,行业,客户经理,联系电话,成立年份"


def signed_in(login: str = "admin", language: str = "en") -> Client:
    client = Client()
    client.post("/sign-in", {"login": login, "password": PASSWORD})
    client.cookies["zhike-language"] = language
    return client


def sent(
    client: Client, text: str, plural: str = "accounts", encoding: str = "gb18030", name: str = "老客户.csv"
) -> str:
    """Upload a table; the address of its columns."""
    answer = client.post(f"/{plural}/import", {"file": SimpleUploadedFile(name, text.encode(encoding))})
    assert answer.status_code == 303, answer.content.decode()
    return str(answer["Location"])


def work_off() -> None:
    while run_next():
        pass


def taken(actor: Actor, text: str, object_key: str = "account", **decided: Any) -> Upload:
    """An upload with its columns guessed and these decisions."""
    spec = registry.object(object_key)
    held = keep_upload(actor, object_key, "rows.csv", [text.encode()])
    look(actor, spec, held)
    decide(actor, spec, held, decided)
    save(held)
    return held


def now_of(actor: Actor, held: Upload) -> Upload:
    return upload(actor, registry.object(held.object), held.id)


def names() -> list[str]:
    return sorted(row.title for row in read(SYSTEM, Query("account", size=500)).rows)


def test_a_table_of_old_customers_comes_in_and_goes_again(home: Home, company: Company) -> None:
    admin = signed_in()
    here = sent(
        admin,
        f"{HEADINGS}\n凌渡,食品,李娜,13800000001,1999\n启农,食品,刘工,1380000x,2001\n青禾,Software,李娜,13800000003,坏\n",
    )
    page = admin.get(here).content.decode()
    assert "GB18030" in page
    for heading, field in (("公司名称", "name"), ("行业", "industry"), ("客户经理", "owner"), ("联系电话", "phone")):
        row = re.search(rf'aria-label="{heading}">(.*?)</select>', page)
        assert row is not None
        assert f'value="{field}" selected' in row[1]
    assert "“食品” is unknown" in page
    settled = {"mean_at": "1", "mean_of": "industry", "raw": "食品", "mean.0": "food"}
    assert "“食品” is unknown" not in admin.post(here, settled).content.decode()
    assert admin.post(f"{here}/try").status_code == 303
    assert "You can leave" in admin.get(f"{here}/check").content.decode()
    work_off()
    tried = admin.get(f"{here}/check").content.decode()
    assert tried.count('class="bad-row"') == 2
    assert names() == []
    zhao = company.zhao.id
    admin.post(f"{here}/mend", {"row": "3", "cell.2": str(zhao), "cell.3": "13800000002"})
    admin.post(f"{here}/mend", {"row": "4", "leave": "yes"})
    assert "Every row can come in" in admin.get(f"{here}/check").content.decode()
    admin.post(f"{here}/run")
    work_off()
    assert names() == ["凌渡", "启农"]
    (made,) = read(SYSTEM, Query("account", "name = 启农", columns=("industry", "owner", "founded"))).rows
    assert (made["industry"], made["owner"].id, made["founded"]) == ("food", zhao, 2001)
    report = admin.get(f"{here}/done").content.decode()
    assert "启农" in report
    assert f'href="/accounts/{made.id}"' in report
    admin.post(f"{here}/undo")
    work_off()
    assert names() == []
    assert "This import was undone" in admin.get(f"{here}/done").content.decode()


def test_the_next_file_with_these_headings_is_mapped_as_the_last_one(home: Home, company: Company) -> None:
    admin = signed_in()
    here = sent(admin, f"{HEADINGS}\n凌渡,食品,李娜,13800000001,1999\n")
    admin.post(here, {"column.4": "", "mean_at": "1", "mean_of": "industry", "raw": "食品", "mean.0": "food"})
    admin.post(f"{here}/try")
    again = admin.get(sent(admin, f"{HEADINGS}\n启农,食品,王磊,13800000002,2001\n")).content.decode()
    assert "what was decided then is filled in" in again
    assert "is unknown" not in again
    held = uploads.uploads(company.admin, registry.object("account"))[0]
    assert "成立年份" not in held.body["columns"]


def test_a_value_is_replaced_in_every_row(home: Home, company: Company) -> None:
    admin = signed_in()
    lines = "\n".join(f"公司{n},食品,李娜,,19{n:02}" for n in range(10, 22))
    here = sent(admin, f"{HEADINGS}\n{lines}\n")
    admin.post(f"{here}/try")
    work_off()
    said = admin.post(
        f"{here}/mend",
        {"row": "2", "everywhere": "1", "cell.1": "food", "was.1": "食品"},
        headers={"HX-Request": "true"},
    )
    assert "12 rows are good now" in said.headers["HX-Trigger"]
    admin.post(f"{here}/run")
    work_off()
    assert count(SYSTEM, "account", "industry = food")[0] == 12


def test_columns_are_told_by_what_stands_in_them(home: Home, company: Company) -> None:
    text = "A,B,C,D\n凌渡,13800000001,李娜,a@example.com\n启农,13900000002,王磊,b@example.com\n"
    held = taken(company.admin, text, "contact")
    assert {held.body["columns"].get(letter) for letter in "BCD"} == {"mobile", "owner", "email"} or held.body[
        "columns"
    ]["B"] in (
        "mobile",
        "phone",
    )
    assert held.body["columns"]["C"] == "owner"
    assert "mobile numbers" in held.body["reasons"]["B"]
    assert "A" not in held.body["columns"]


def test_options_are_known_by_their_label_in_either_language(home: Home, company: Company) -> None:
    assert "is unknown" not in signed_in().get(sent(signed_in(), "name,industry\nA,软件\n")).content.decode()
    chinese = signed_in(language="zh-hans")
    assert "不认识" not in chinese.get(sent(chinese, "名称,行业\nA,Software\n")).content.decode()


def test_amounts_counted_in_ten_thousands_are_multiplied(home: Home, company: Company) -> None:
    held = taken(company.admin, "name,年营业额（万元）\nA,186.5\n")
    begin(company.admin, registry.object("account"), held, "import", "")
    work_off()
    (made,) = read(SYSTEM, Query("account", columns=("annual_revenue",))).rows
    assert made["annual_revenue"].amount == 1865000


@pytest.mark.parametrize(("mode", "founded", "amount"), [("upsert", 2001, 1), ("skip", 1999, 1), ("new", 1999, 2)])
def test_rows_meet_what_is_there_as_decided(home: Home, company: Company, mode: str, founded: int, amount: int) -> None:
    old = make("account", name="A", founded=1999)
    held = taken(company.admin, "name,founded\nA,2001\n", mode=mode, key="name")
    begin(company.admin, registry.object("account"), held, "import", "")
    work_off()
    found = {row.id: row["founded"] for row in read(SYSTEM, Query("account", columns=("founded",))).rows}
    assert (found[old], len(found)) == (founded, amount)


def test_a_key_that_two_records_have_is_refused(home: Home, company: Company) -> None:
    make("account", name="A"), make("account", name="A")
    held = taken(company.admin, "name,founded\nA,2001\n", key="name")
    begin(company.admin, registry.object("account"), held, "import-check", "")
    work_off()
    (bad,) = held_rows(held, "refused")
    assert "有 2 条记录" in bad.reasons[0][2]  # in the language of who started it


def test_the_owner_for_rows_without_one_is_for_new_records_only(home: Home, company: Company) -> None:
    make("account", name="Old", owner=company.wang.id)
    held = taken(company.admin, "name,founded\nOld,2001\nNew,2002\n", key="name", owner=company.li.id)
    begin(company.admin, registry.object("account"), held, "import", "")
    work_off()
    found = {row.title: row["owner"].id for row in read(SYSTEM, Query("account", columns=("name", "owner"))).rows}
    assert found == {"Old": company.wang.id, "New": company.li.id}


# -- jobs --------------------------------------------------------------------------------------------------------------
def many(actor: Actor, monkeypatch: pytest.MonkeyPatch, size: int = 10) -> Upload:
    monkeypatch.setattr(import_run, "BATCH", 4)
    monkeypatch.setattr(jobs, "PAUSE", -1)
    return taken(actor, "name\n" + "".join(f"C{n:02}\n" for n in range(size)))


def test_an_import_whose_process_dies_goes_on_behind_the_last_row_it_wrote(
    home: Home, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = many(company.admin, monkeypatch)
    job_id = begin(company.admin, registry.object("account"), held, "import", "")
    real, steps = jobs.JobRun.step, []

    def killed(self: Any, done: int, total: int | None = None) -> None:
        steps.append(done)
        if len(steps) == 2:
            raise jobs.Lost  # as far as anybody can see, the process is gone
        real(self, done, total)

    monkeypatch.setattr(jobs.JobRun, "step", killed)
    run_next()
    assert names() == [f"C{n:02}" for n in range(8)]
    assert find(company.admin, job_id).state == "running"
    with write_transaction():
        run('UPDATE "store_job" SET "seen" = %s', (to_db(now() - timedelta(minutes=5)),))
    revive_dead()
    monkeypatch.setattr(jobs.JobRun, "step", real)
    run_next()
    done = find(company.admin, job_id)
    assert (done.state, done.result and done.result["created"]) == ("done", 10)
    assert names() == [f"C{n:02}" for n in range(10)]
    assert len(rows('SELECT 1 FROM "store_operation" WHERE "kind" = %s', ("import",))) == 1
    undo(company.admin, done.operation or 0)
    assert names() == []


def test_a_stopped_import_leaves_nothing_behind(home: Home, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    held = many(company.admin, monkeypatch)
    job_id = begin(company.admin, registry.object("account"), held, "import", "")
    real = jobs.JobRun.step

    def asked(self: Any, done: int, total: int | None = None) -> None:
        if done == 8:
            stop(company.admin, job_id)
        real(self, done, total)

    monkeypatch.setattr(jobs.JobRun, "step", asked)
    run_next()
    stopped = find(company.admin, job_id)
    assert stopped.state == "stopped"
    assert names() == []
    assert not now_of(company.admin, held).body.get("came_in")
    page = signed_in().get(f"/accounts/import/{held.id}/done").content.decode()
    assert "taken back" in page


def test_a_fault_in_the_middle_takes_back_what_was_written(
    home: Home, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = many(company.admin, monkeypatch)
    real = jobs.JobRun.step

    def fail(self: Any, done: int, total: int | None = None) -> None:
        if done == 8:
            raise RuntimeError
        real(self, done, total)

    monkeypatch.setattr(jobs.JobRun, "step", fail)
    job_id = begin(company.admin, registry.object("account"), held, "import", "")
    run_next()
    assert find(company.admin, job_id).state == "failed"
    assert names() == []


def test_rows_that_point_at_each_other_are_begun_anew_after_a_crash(
    home: Home, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_run, "BATCH", 1)
    held = taken(company.admin, "name,parent\nDaughter,Mother\nMother,\n")
    job_id = begin(company.admin, registry.object("account"), held, "import", "")
    real = jobs.JobRun.step
    monkeypatch.setattr(jobs.JobRun, "step", lambda self, done, total=None: (_ for _ in ()).throw(jobs.Lost))
    run_next()
    monkeypatch.setattr(jobs.JobRun, "step", real)
    with write_transaction():
        run('UPDATE "store_job" SET "seen" = %s', (to_db(now() - timedelta(minutes=5)),))
    revive_dead()
    run_next()
    assert find(company.admin, job_id).state == "done"
    assert count(SYSTEM, "account", 'parent = "Mother"')[0] == 1
    assert names() == ["Daughter", "Mother"]


def test_a_file_is_not_worked_on_twice_and_does_not_come_in_twice(home: Home, company: Company) -> None:
    admin = signed_in()
    here = sent(admin, "name\nA\n")
    admin.post(f"{here}/run")
    admin.post(f"{here}/run")
    work_off()
    admin.post(f"{here}/run")
    work_off()
    assert names() == ["A"]


# -- rights and secrecy ------------------------------------------------------------------------------------------------
def test_files_and_decisions_lie_sealed_and_go_after_a_month(home: Home, company: Company) -> None:
    held = taken(company.admin, "name,phone\n曾国藩,13812345678\n")
    place = uploads._path(held.place)
    assert b"13812345678" not in place.read_bytes()
    assert "13812345678" not in repr(rows('SELECT * FROM "store_upload"'))
    with opened_file(held) as path:
        assert "13812345678" in path.read_text()
    with write_transaction():
        run('UPDATE "store_upload" SET "changed" = %s', (to_db(now() - timedelta(days=31)),))
    tidy_uploads()
    assert not place.exists()
    with pytest.raises(NotFound):
        now_of(company.admin, held)


def test_the_import_right_and_ones_own_files_only(home: Home, company: Company) -> None:
    li, admin = signed_in("li"), signed_in()
    assert li.get("/accounts/import").status_code == 403
    assert "/accounts/import" not in li.get("/accounts").content.decode()
    assert "/accounts/import" in admin.get("/accounts").content.decode()
    with pytest.raises(Forbidden):
        keep_upload(company.li, "account", "a.csv", [b"name\nA\n"])
    other = with_fields("other", {})
    held = taken(other, "name\nA\n")
    for step in ("", "/check", "/done", "/refused"):
        assert admin.get(f"/accounts/import/{held.id}{step}").status_code == 404


def test_a_field_one_may_not_write_is_neither_offered_nor_guessed_nor_told(home: Home, company: Company) -> None:
    actor = with_fields("shy", {"account.phone": "hidden", "account.website": "read"})
    spec = registry.object("account")
    held = taken(actor, "name,phone,website\nA,13800000001,www.a.com\n")
    assert held.body["columns"] == {"name": "name"}
    hidden = decide(actor, spec, held, {"columns": {"phone": "phone"}})
    missing = decide(actor, spec, held, {"columns": {"phone": "nothing_at_all"}})
    assert (hidden, missing) == (["phone"], ["phone"])
    assert held.body["columns"] == {"name": "name"}
    taken(company.admin, "name,phone,website\nA,13800000001,www.a.com\n")
    wide = taken(company.admin, "name,phone,website\nB,13800000002,www.b.com\n")
    begin(company.admin, spec, wide, "import-check", "")  # remembered for everybody
    again = taken(actor, "name,phone,website\nC,13800000003,www.c.com\n")
    assert again.body["columns"] == {"name": "name"}


def test_records_out_of_sight_are_not_met_by_a_key(home: Home, company: Company) -> None:
    from tests.doors.staff import person, role

    own = person(
        "own", role("own importer", {"account": {"read": "own", "create": "own", "edit": "own", "import": "own"}})
    )
    make("account", name="Secret", owner=company.chen.id)
    held = taken(own, "name,founded\nSecret,2001\n", key="name")
    begin(own, registry.object("account"), held, "import-check", "")
    work_off()
    checked = now_of(own, held).body["checked"]
    assert (checked["created"], checked["refused"]) == (1, 0)


def test_who_loses_the_right_while_the_job_waits_brings_nothing_in(home: Home, company: Company) -> None:
    actor = with_fields("late", {})
    held = taken(actor, "name\nA\n")
    job_id = begin(actor, registry.object("account"), held, "import", "")
    write(SYSTEM, Command("update", "user", actor.id, values={"roles": []}))
    work_off()
    assert find(SYSTEM, job_id).state == "failed"
    assert names() == []


# -- pages -------------------------------------------------------------------------------------------------------------
def test_bad_files_are_refused_in_words_on_the_page(home: Home, company: Company) -> None:
    admin = signed_in()
    for content, words in ((b"", "empty"), (b"%PDF-1.7", "PDF"), (b"\x89PNG\r\n", "picture")):
        answer = admin.post("/accounts/import", {"file": SimpleUploadedFile("a.csv", content)})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert admin.post("/accounts/import", {}).status_code == 422
    assert rows('SELECT * FROM "store_upload"') == []


def test_the_encoding_can_be_chosen_and_a_wrong_one_is_refused_in_words(home: Home, company: Company) -> None:
    admin = signed_in()
    here = sent(admin, "名称;电话\n凌渡;13800000001\n")
    assert "凌渡" in admin.get(here).content.decode()
    page = admin.post(here, {"encoding": "utf-8", "separator": ";"}).content.decode()
    assert "not in the encoding UTF-8" in page
    assert "凌渡" in page


def test_looking_changes_nothing(home: Home, company: Company) -> None:
    admin = signed_in()
    here = sent(admin, "name\nA\n")
    for step in ("try", "run", "mend", "undo", "drop"):
        assert admin.get(f"{here}/{step}").status_code == 405
    assert admin.get(here).status_code == 200


def test_the_template_can_be_filled_in_and_comes_in(home: Home, company: Company) -> None:
    admin = signed_in(language="zh-hans")
    text = admin.get("/contacts/import/template").content.decode("utf-8-sig")
    heads, example = list(csv.reader(io.StringIO(text)))[:2]
    assert {"客户", "手机"} <= set(heads)
    here = sent(admin, text, "contacts", "utf-8")
    assert "is unknown" not in admin.get(here).content.decode()
    admin.post(f"{here}/run")
    work_off()
    assert count(SYSTEM, "contact")[0] == 1, example
    book = admin.get("/contacts/import/template?form=xlsx").content
    assert book[:2] == b"PK"


def test_refused_rows_are_downloaded_with_their_reasons(home: Home, company: Company) -> None:
    admin = signed_in()
    here = sent(admin, "name,founded\nA,1999\n=B,soon\n")
    admin.post(f"{here}/try")
    work_off()
    lines = list(csv.reader(io.StringIO(admin.get(f"{here}/refused").content.decode("utf-8-sig"))))
    assert lines[0] == ["name", "founded", "What to mend"]
    assert lines[1][:2] == ["'=B", "soon"]
    assert "founded" in lines[1][2]


def test_an_option_is_made_of_a_value_by_administrators(home: Home, company: Company) -> None:
    admin = signed_in()
    here = sent(admin, f"{HEADINGS}\n凌渡,农机,李娜,,\n")
    page = admin.post(here, {"mean_at": "1", "mean_of": "industry", "raw": "农机", "add_option": "0", "mean.0": ""})
    assert "is unknown" not in page.content.decode()
    admin.post(f"{here}/run")
    work_off()
    (made,) = read(SYSTEM, Query("account", columns=("industry",))).rows
    option = registry.object("account")["industry"].option(made["industry"])
    assert option is not None
    assert str(option.label) == "农机"


def test_custom_objects_are_imported_too(home: Home, company: Company) -> None:
    fields = [
        {"key": "name", "label": {"zh-hans": "名称", "en": "Name"}, "kind": "text", "required": True},
        {
            "key": "kind",
            "label": "类别",
            "kind": "choice",
            "options": [{"key": "a", "label": "甲"}, {"key": "b", "label": "乙"}],
        },
        {"key": "price", "label": "单价", "kind": "money"},
    ]
    create_object(
        SYSTEM, {"key": "machine", "plural": "machines", "label": "设备", "plural_label": "设备", "fields": fields}
    )
    admin = signed_in()
    here = sent(admin, "设备名称,类别,单价\n车床,丙,1200\n", "machines")
    admin.post(here, {"mean_at": "1", "mean_of": "kind", "raw": "丙", "add_option": "0", "mean.0": ""})
    admin.post(f"{here}/run")
    work_off()
    (made,) = read(SYSTEM, Query("machine", columns=("name", "kind", "price"))).rows
    assert (made["name"], made["price"].amount) == ("车床", 1200)
    assert made["kind"] not in (None, "a", "b")
