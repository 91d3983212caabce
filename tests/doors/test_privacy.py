"""The privacy desk: a person is found, given their data, erased everywhere and for good; consent is asked for and withdrawn."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import TestCase

from tests.company import PASSWORD, Company
from tests.contract import made as made_up
from tests.doors.staff import change, make, tables, trash
from zhike.access.signin import create_token, sign_in, with_access
from zhike.kernel import clock
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, Invalid, NotFound
from zhike.records.actions import run_action
from zhike.records.declaring.customise import create_field
from zhike.records.exporting import export_rows
from zhike.records.files import open_file, store_file
from zhike.records.history import history
from zhike.records.notices.notices import inbox
from zhike.records.privacy import stones
from zhike.records.privacy.desk import cases, erase_person
from zhike.records.privacy.erasing import ANONYMISE, FULL, erase_records
from zhike.records.privacy.finding import find_person
from zhike.records.privacy.giving_out import person_archive
from zhike.records.privacy.mass_reading import set_limit
from zhike.records.privacy.may_send import may_send
from zhike.records.privacy.reading import opened, readings, write_opened
from zhike.records.privacy.subjects import may_hold, own_fields
from zhike.records.privacy.tombstones import reapply
from zhike.records.read import read_one
from zhike.records.reveal import reveal
from zhike.records.search import search
from zhike.records.stored import storage
from zhike.records.undo import undo
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.site.home import Home
from zhike.store.database import in_transaction, is_postgres, row, rows, run, write_transaction

MOBILE, MAIL, NAME, WORDS, CHAT = "13755501234", "canary@reeds-mail.cn", "金丝雀人名", "金丝雀私语", "wxcanary77"
TRACES = (MOBILE, MOBILE[-8:], MAIL, NAME, WORDS, CHAT)


@pytest.fixture(autouse=True)
def no_old_stones(home: Home) -> Any:
    path = home.path / stones.FILE
    path.unlink(missing_ok=True)
    yield
    path.unlink(missing_ok=True)


def _person() -> dict[str, int]:
    """One person everywhere: a lead that became a contact, a merged twin, a trashed double, what was written about them."""
    create_field(SYSTEM, "contact", {"key": "nick", "label": "Nick", "kind": "text", "personal": True})
    account = make("account", name="公司")
    lead = make("lead", name=NAME, company="公司", phone=MOBILE, email=MAIL, wechat=CHAT, need=WORDS)
    run_action(SYSTEM, "lead", "convert", [lead], {"with_opportunity": False})
    contact = read_one(SYSTEM, "lead", lead)["contact"].id
    change("contact", contact, about=WORDS, nick=WORDS, birthday="1980-02-03")
    twin = make("contact", name=NAME, mobile="13900002222", about=WORDS)
    run_action(SYSTEM, "contact", "merge", [contact, twin], {"keep": contact})
    double = make("contact", name=NAME, email=MAIL)
    trash("contact", double)
    parent = f"contact:{contact}"
    note = make("note", title=WORDS, body=f"<p>{WORDS}</p>", parent=parent)
    follow_up = make("follow_up", summary=WORDS, parent=parent)
    task = make("task", subject=WORDS, note=WORDS, parent=parent)
    comment = make("comment", text=WORDS, parent=parent)
    blob = store_file(SYSTEM, f"{NAME}.txt", [WORDS.encode()])
    file = make("file", name=NAME, content=blob.id, parent=parent, about=WORDS)
    consent = make("consent", wording="v1", purpose="marketing", channel="mail", parent=parent, note=WORDS)
    other = make("contact", name="别人", mobile="13911112222", account=account)
    mention = make("note", title="聚餐", body=f"<p>和{NAME}一起</p>", parent=f"contact:{other}")
    return {"lead": lead, "contact": contact, "twin": twin, "double": double, "note": note, "follow_up": follow_up,
            "task": task, "comment": comment, "file": file, "consent": consent, "other": other, "mention": mention}  # fmt: skip


def _all_but(*left_out: str) -> str:
    special = {"store_searchrow": '"record", "object", "tokens", "words"::text'} if is_postgres() else {}
    return "\n".join(
        f"{one} {line}"
        for one in tables()
        if "_fts" not in one and one not in left_out
        for line in rows(f'SELECT {special.get(one, "*")} FROM "{one}"')
    )


def test_a_person_is_found_in_every_record_and_in_what_was_written_about_them(home: Home, company: Company) -> None:
    made = _person()
    for start in ("contact", "lead"):
        found = find_person(company.admin, start, made[start])
        assert {one.id for one in found.of("person")} == {made[key] for key in ("lead", "contact", "twin", "double")}
        written = {made[key] for key in ("note", "follow_up", "task", "comment", "file", "consent")}
        assert written <= {one.id for one in found.of("written")}
        assert made["mention"] in {one.id for one in found.of("mention")}
        assert made["other"] not in {one.id for one in found.places}
    with pytest.raises(NotFound):
        find_person(company.admin, "account", made["contact"])
    assert find_person(company.admin, "contact", made["other"]).of("person")[0].id == made["other"]


@pytest.mark.parametrize("mode", [ANONYMISE, FULL])
def test_an_erased_person_is_nowhere_any_more_and_cannot_be_brought_back(
    home: Home, company: Company, mode: str
) -> None:
    made = _person()
    edit = row(
        'SELECT "operation" FROM "store_changerow" WHERE "record" = %s ORDER BY "id" DESC LIMIT 1', (made["note"],)
    )
    blob = row('SELECT "place" FROM "store_blob" ORDER BY "id" DESC LIMIT 1')
    assert blob is not None
    assert edit is not None
    assert NAME in _all_but()  # the looking works
    assert search(SYSTEM, MOBILE)
    found = find_person(company.admin, "contact", made["contact"])
    places = [(one.object, one.id) for one in found.of("person", "written") if one.object != "consent"]
    with TestCase.captureOnCommitCallbacks() as afterwards:
        done = erase_records(company.admin, places, mode)
    assert done.erased == len(places)
    assert done.files == 1
    assert storage().has(blob[0])  # what is not committed has taken nothing away
    for act in afterwards:
        act()
    assert not storage().has(blob[0])
    trash("note", made["mention"])
    erase_records(company.admin, [("note", made["mention"]), ("consent", made["consent"])], mode)
    text = _all_but()
    for trace in TRACES:
        assert trace not in text, trace
    assert search(SYSTEM, MOBILE) == []
    assert [hit.id for hit in search(SYSTEM, "金丝雀")] == []
    contact = read_one(SYSTEM, "contact", made["contact"])
    assert contact["name"] is None
    assert contact["mobile"] is None
    assert bool(contact.trashed) is (mode == FULL)
    for entry in history(SYSTEM, "contact", made["contact"]):
        assert not any(trace in str(entry) for trace in TRACES)
    with pytest.raises(Invalid, match="erased"):
        undo(SYSTEM, done.operation or 0)
    undo(SYSTEM, edit[0])
    assert not any(trace in _all_but() for trace in TRACES)
    with pytest.raises(NotFound):
        open_file(SYSTEM, "file", made["file"], "content")


def test_what_a_restored_backup_brings_back_is_erased_again(home: Home, company: Company) -> None:
    made = _person()
    places = [("contact", made["contact"]), ("note", made["note"])]
    before = row('SELECT "name", "vault", "mobile" FROM "objects_contact" WHERE "id" = %s', (made["contact"],))
    erase_records(company.admin, places, ANONYMISE)
    stone = (home.path / stones.FILE).read_text()
    assert not any(trace in stone for trace in TRACES)
    assert len(stone.splitlines()) == 2
    assert reapply() == 0
    assert before is not None
    run(
        'UPDATE "objects_contact" SET "name" = %s, "vault" = %s, "mobile" = %s WHERE "id" = %s',
        (*before, made["contact"]),
    )
    assert read_one(SYSTEM, "contact", made["contact"])["name"] == NAME
    assert reapply() == 1
    assert read_one(SYSTEM, "contact", made["contact"])["name"] is None
    assert len((home.path / stones.FILE).read_text().splitlines()) == 2
    (home.path / stones.FILE).write_text(stone.replace("anonymise", "erase"))
    assert list(stones.tombstones()) == []  # edited lines count for nothing


def test_every_object_that_holds_personal_data_can_be_emptied(home: Home) -> None:
    made_up.make_custom_object()
    registry.refresh()
    for spec in [one for one in registry if may_hold(one)]:
        for n, mode in enumerate((ANONYMISE, FULL), start=1):
            record = write(SYSTEM, Command("create", spec.key, values=made_up.values(spec, n))).id
            erase_records(SYSTEM, [(spec.key, record)], mode)
            held = read_one(SYSTEM, spec.key, record)
            assert not [one.key for one in own_fields(spec) if held.values.get(one.key) is not None], spec.key


def test_a_withdrawal_stops_sending_in_the_same_transaction(home: Home) -> None:
    contact = make("contact", name="甲")
    assert not may_send("contact", contact, "marketing", "mail")
    assert may_send("contact", contact, "service", "mail")
    consent = make("consent", wording="v1", purpose="marketing", channel="any", parent=f"contact:{contact}")
    assert may_send("contact", contact, "marketing", "mail").consent == consent
    assert not may_send("contact", contact, "sharing", "mail")
    with write_transaction():
        assert in_transaction()
        run_action(SYSTEM, "consent", "withdraw", [consent], {"note": "by phone"})
        assert not may_send("contact", contact, "marketing", "mail")
    assert may_send("contact", contact, "service", "mail")
    later = (clock.now() + timedelta(seconds=1)).isoformat()
    make("consent", wording="v2", purpose="marketing", channel="mail", parent=f"contact:{contact}", given_on=later)
    assert may_send("contact", contact, "marketing", "mail")
    assert not may_send("contact", contact, "marketing", "sms")
    last = (clock.now() + timedelta(seconds=2)).isoformat()
    make("consent", wording="stop", purpose="everything", channel="any", parent=f"contact:{contact}", withdrawn_on=last)
    assert not may_send("contact", contact, "service", "mail")
    trash("contact", contact)
    assert not may_send("contact", contact, "service", "mail")
    assert not may_send("contact", contact, "no-such", "mail")


def test_what_is_kept_needs_a_reason_and_the_case_is_sealed(home: Home, company: Company) -> None:
    made = _person()
    admin = company.admin
    found = find_person(admin, "contact", made["contact"])
    keys = [one.key for one in found.of("person", "written") if one.object not in ("consent", "file")]
    with pytest.raises(Invalid) as caught:
        erase_person(admin, "contact", made["contact"], keys, FULL, "", {})
    assert {one.field for one in caught.value.problems} == {
        "reason", f"keep-consent:{made['consent']}", f"keep-file:{made['file']}",
    }  # fmt: skip
    kept = {f"consent:{made['consent']}": "proof of consent", f"file:{made['file']}": "invoice, ten years"}
    done = erase_person(admin, "contact", made["contact"], keys, FULL, f"asked by {NAME}", kept)
    assert done.erased == len(keys)
    assert read_one(SYSTEM, "file", made["file"])["name"] == NAME
    assert not read_one(SYSTEM, "file", made["file"]).trashed
    assert read_one(SYSTEM, "contact", made["contact"])["name"] is None
    (case, *_older) = cases(admin)
    assert (case.kind, case.records, case.kept, case.reason) == (FULL, len(keys), 2, f"asked by {NAME}")
    assert NAME not in str(rows('SELECT * FROM "store_privacycase"'))
    for act in (lambda: cases(company.zhao), lambda: find_person(company.zhao, "contact", made["contact"]),
                lambda: readings(company.zhao)):  # fmt: skip
        with pytest.raises(Forbidden):
            act()


def test_a_person_is_given_all_their_data_in_one_file(home: Home, company: Company) -> None:
    made = _person()
    with pytest.raises(Invalid):
        person_archive(company.admin, "contact", made["contact"], [], " ")
    zipped = zipfile.ZipFile(io.BytesIO(person_archive(company.admin, "contact", made["contact"], [], "asked by mail")))
    told = json.loads(zipped.read("person.json"))
    values = {one["id"]: one["values"] for one in told["records"]}
    assert values[made["contact"]]["mobile"] == "+86" + MOBILE
    assert values[made["lead"]]["need"] == WORDS
    assert made["mention"] not in values
    assert {"contacts.csv", "leads.csv", "notes.csv"} <= set(zipped.namelist())
    assert zipped.read(next(one for one in zipped.namelist() if one.startswith("files/"))) == WORDS.encode()
    assert MAIL in zipped.read("leads.csv").decode("utf-8-sig")
    logged = readings(company.admin, act="export", record=made["contact"])
    assert [(one.actor, "mobile" in one.fields) for one in logged] == [(company.admin.id, True)]


def test_who_opened_whose_record_is_kept_and_found(home: Home, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    contact = make("contact", name=NAME, mobile=MOBILE, account=account, owner=company.li.id)
    spec = registry.object("contact")
    for actor in (company.li, company.zhao):
        opened(actor, spec, read_one(actor, "contact", contact))
    opened(company.zhao, registry.object("product"), read_one(SYSTEM, "account", account))  # nobody's data
    assert write_opened() == 2
    reveal(company.zhao, "contact", contact, "mobile", "to call")
    lines = {(one.actor, one.act): one for one in readings(company.admin, record=contact)}
    assert set(lines) == {(company.li.id, "view"), (company.zhao.id, "view"), (company.zhao.id, "reveal")}
    assert "mobile" in lines[company.li.id, "view"].fields  # the owner sees it in full
    assert "mobile" not in lines[company.zhao.id, "view"].fields
    assert lines[company.zhao.id, "reveal"].fields == ("mobile",)
    assert readings(company.admin, who=company.chen.id) == []
    assert readings(company.admin, until=clock.now() - timedelta(hours=1)) == []
    assert MOBILE not in str(rows('SELECT * FROM "store_readlog"'))


@pytest.mark.parametrize("response", ["off", "tell", "lock"])
def test_reading_a_great_deal_is_noticed_once_and_may_shut_the_way_in(
    home: Home, company: Company, response: str
) -> None:
    set_limit(company.admin, "5", "10", response)
    create_token(SYSTEM, company.zhao.id, "t")
    ids = [make("contact", name=f"甲{n}", mobile=MOBILE) for n in range(7)]
    spec = registry.object("contact")
    for one in ids[:5]:
        opened(company.zhao, spec, read_one(SYSTEM, "contact", one))
    write_opened()
    told = lambda: [one for one in inbox(company.admin)[0] if one.kind == "privacy"]  # noqa: E731
    assert told() == []
    assert company.zhao.id in with_access()
    for one in ids[5:]:
        opened(company.zhao, spec, read_one(SYSTEM, "contact", one))
        write_opened()
    assert len(told()) == (0 if response == "off" else 1)
    assert (company.zhao.id in with_access()) is (response != "lock")
    if response == "lock":
        with pytest.raises(Invalid):
            sign_in("zhao", PASSWORD)
    assert bool(row('SELECT 1 FROM "store_auditrow" WHERE "kind" = %s', ("mass_reading",))) is (response != "off")


def test_an_export_of_too_much_is_stopped_before_its_first_row(home: Home, company: Company) -> None:
    set_limit(company.admin, "2", "10", "lock")
    for n in range(3):
        make("contact", name=f"甲{n}")
    with pytest.raises(Forbidden, match="great deal"):
        export_rows(company.admin, "contact")
    with pytest.raises(Invalid):
        set_limit(company.admin, "0", "x", "nobody")
    with pytest.raises(Forbidden):
        set_limit(company.zhao, "1", "1", "off")
