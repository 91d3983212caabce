"""Secrets lie nowhere in the clear, are masked in every answer, and are shown in full only for a reason that is kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.company import Company
from tests.doors.staff import change, make, nothing_written, person, role, tables, trash
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, Invalid, NotFound
from zhike.records import reveal as revealing
from zhike.records.actions import run_action
from zhike.records.declaring.customise import create_field, create_object
from zhike.records.exporting import export_rows
from zhike.records.files import store_file
from zhike.records.history import history
from zhike.records.read import Query, read, read_one
from zhike.records.reveal import reveal
from zhike.records.undo import undo
from zhike.records.write import write, write_many
from zhike.schema.values import DAMAGED, Masked
from zhike.site.home import Home
from zhike.store.database import is_postgres, row, rows, run

MOBILE, LANDLINE, MAIL = "13812349876", "02162345678", "zhangsan@canary-mail.cn"
IDENTITY, ACCOUNT_NUMBER, STREET = "11010519491231002X", "6222021234567894321", "金丝雀巷77号"
NAME, WORDS, CHAT = "金丝雀人名", "金丝雀私语 canarywhisper", "wxcanary9876"
SECRETS = (
    MOBILE,
    "138 1234 9876",
    LANDLINE,
    LANDLINE[1:],
    "2345678",
    MAIL,
    "zhangsan",
    "canary-mail",
    IDENTITY,
    ACCOUNT_NUMBER,
    STREET,
)
PERSONAL = (NAME, WORDS, "canarywhisper", CHAT)
LOGS = (
    "store_changerow",
    "store_outboxrow",
    "store_operation",
    "store_once",
    "store_readlog",
    "store_timelinerow",
    "store_blob",
)


def _use_everything() -> dict[str, int]:
    """Write, change, convert, merge, undo, trash, search and export records full of canaries."""
    for field in (
        {"key": "identity", "label": "Identity", "kind": "secret_text", "format": "id_number", "unique": True},
        {"key": "bank", "label": "Bank account", "kind": "secret_text", "format": "bank_account", "index": True},
        {"key": "spare", "label": "Spare", "kind": "phone"},
    ):
        create_field(SYSTEM, "contact", field)
    account = make(
        "account", name="公司", phone=LANDLINE, address={"country": "US", "city": "Austin", "street": STREET}
    )
    values = {"mobile": MOBILE, "email": MAIL, "identity": IDENTITY, "bank": ACCOUNT_NUMBER, "spare": "138 1234 9876"}
    contact = make("contact", name=NAME, account=account, wechat=CHAT, about=WORDS, birthday="1949-12-31", **values)
    change(
        "contact",
        contact,
        mobile="13900001111",
        name="张三",
        about="x",
        wechat="other",
        bank="6222020000000000000",
        email="z@example.cn",
    )
    change("contact", contact, mobile=MOBILE, name=NAME, about=WORDS, wechat=CHAT, bank=ACCOUNT_NUMBER, email=MAIL)
    lead = make("lead", name=NAME, company="公司", phone=MOBILE, email=MAIL, wechat=CHAT, need=WORDS)
    converted = run_action(SYSTEM, "lead", "convert", [lead], {"with_opportunity": False})
    twin = make(
        "contact", name=NAME, mobile="13900002222", address={"country": "US", "city": "Austin", "street": STREET}
    )
    merged = run_action(SYSTEM, "contact", "merge", [contact, twin], {"keep": contact})
    assert converted.operation
    assert merged.operation
    undo(SYSTEM, merged.operation)
    follow_up = make("follow_up", summary=WORDS, parent=f"contact:{contact}")
    make("task", subject=WORDS, parent=f"contact:{contact}", note=WORDS)
    make("note", title=WORDS, body=f"<p>{WORDS}</p>", parent=f"contact:{contact}")
    write(SYSTEM, Command("create", "lead", values={"phone": MOBILE, "email": MAIL}, key=f"{MOBILE}"))
    write_many(SYSTEM, [Command("create", "contact", values={"name": NAME, "mobile": MOBILE}) for _n in range(3)])
    list(export_rows(SYSTEM, "contact", f'mobile = "{MOBILE}" or name = "{NAME}"')[1])
    reveal(SYSTEM, "contact", contact, "mobile", "to call about the offer")
    trash("follow_up", follow_up)
    store_file(SYSTEM, "offer.txt", [WORDS.encode(), MOBILE.encode()])
    return {"account": account, "contact": contact}


def _texts() -> dict[str, str]:
    """Every table as one text."""
    columns = {
        table: "*" for table in tables() if not (is_postgres() and table == "store_searchrow") and "_fts" not in table
    }
    if is_postgres():
        columns["store_searchrow"] = '"record", "object", "tokens", "words"::text'
    return {table: "\n".join(map(str, rows(f'SELECT {some} FROM "{table}"'))) for table, some in columns.items()}


def test_no_secret_lies_in_any_table_and_no_personal_word_in_any_log(home: Home) -> None:
    _use_everything()
    texts = _texts()
    assert NAME in texts["objects_contact"]  # the looking works
    for table, text in texts.items():
        for secret in SECRETS:
            assert secret not in text, (table, secret)
    for table in LOGS:
        for word in PERSONAL:
            assert word not in texts[table], (table, word)
            assert json.dumps(word)[1:-1] not in texts[table], (table, word)


@pytest.mark.skipif(os.environ.get("ZHIKE_TEST_DB") == "postgresql", reason="the files of SQLite")
def test_no_secret_lies_in_the_files_of_the_home_even_after_it_was_deleted(fresh_home: Home) -> None:
    _use_everything()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert NAME.encode() in Path(fresh_home.database).read_bytes()  # the looking works
    looked = 0
    for path in sorted(Path(fresh_home.path).rglob("*")):
        if path.is_file() and path.name != "template.db":
            held = path.read_bytes()
            looked += 1
            for secret in SECRETS:
                for coded in (secret.encode(), secret.encode("utf-16-le"), secret.encode().hex().encode()):
                    assert coded not in held, (path.name, secret)
    assert looked >= 2


def test_secrets_are_masked_for_everybody_but_the_owner_of_the_record(home: Home, company: Company) -> None:
    contact = make(
        "contact",
        name="甲",
        mobile=MOBILE,
        email=MAIL,
        owner=company.li.id,
        account=make("account", name="A", owner=company.li.id),
    )
    assert read_one(company.li, "contact", contact)["mobile"] == "+86" + MOBILE
    for actor in (company.zhao, company.admin, company.guest):
        assert read_one(actor, "contact", contact)["mobile"] == Masked("138****9876")
    for actor in (company.li, company.admin):
        (listed,) = read(actor, Query("contact", columns=("mobile", "email"))).rows
        assert listed["mobile"] == Masked("138****9876")
        assert isinstance(listed["email"], Masked)
        for entry in history(actor, "contact", contact):
            assert all(
                isinstance(new, Masked) for field, _old, new in entry.changes if field.key in ("mobile", "email")
            )
        if actor is company.admin:
            assert MOBILE not in str(list(export_rows(actor, "contact")[1]))


def test_a_mask_sent_back_changes_nothing(home: Home) -> None:
    contact = make("contact", name="甲", mobile=MOBILE)
    for raw in ("138****9876", {"masked": "138****9876"}, Masked("138****9876")):
        with nothing_written(), pytest.raises(Invalid) as caught:
            change("contact", contact, mobile=raw)
        assert [one.field for one in caught.value.problems] == ["mobile"]


def test_showing_a_secret_needs_a_reason_and_is_logged_before_the_answer(
    home: Home, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = make(
        "contact", name="甲", mobile=MOBILE, owner=company.li.id, account=make("account", name="A", owner=company.li.id)
    )
    for reason in ("", " ", "x", " x "):
        with nothing_written(), pytest.raises(Invalid):
            reveal(company.zhao, "contact", contact, "mobile", reason)
    for record_id, key, error in (
        (contact, "name", NotFound),
        (contact, "nofield", NotFound),
        (2**40, "mobile", NotFound),
    ):
        with nothing_written(), pytest.raises(error):
            reveal(company.zhao, "contact", record_id, key, "to call them")
    with nothing_written(), pytest.raises(NotFound):
        reveal(company.chen, "contact", contact, "mobile", "to call them")
    assert reveal(company.zhao, "contact", contact, "mobile", "to call\x00 \ud800them").replace(" ", "") == MOBILE
    found = row(
        'SELECT "actor", "act", "object", "record", "field", "reason" FROM "store_readlog" ORDER BY "id" DESC LIMIT 1'
    )
    assert found == (company.zhao.id, "reveal", "contact", contact, "mobile", "to call? ?them")

    def broken(*_args: Any) -> None:
        raise OSError("the log cannot be written")

    monkeypatch.setattr(revealing, "insert_many", broken)
    with pytest.raises(OSError, match="log"):
        reveal(company.zhao, "contact", contact, "mobile", "to call them")


def test_an_export_is_logged_before_its_first_row(home: Home, company: Company) -> None:
    make("contact", name="甲", mobile=MOBILE)
    _headings, lines = export_rows(company.admin, "contact", "job is empty")
    assert row('SELECT "actor", "act", "reason" FROM "store_readlog"') == (company.admin.id, "export", "job is empty")
    assert len(list(lines)) == 1
    with nothing_written(), pytest.raises(Forbidden):
        export_rows(company.guest, "contact")


def test_a_field_made_personal_later_is_sealed_in_the_log_of_old_records_too(home: Home) -> None:
    create_object(SYSTEM, {"key": "crate", "label": "Crate", "fields": [{"key": "name", "label": "N", "kind": "text"}]})
    crate = make("crate", name="c")
    create_field(SYSTEM, "crate", {"key": "keeper", "label": "Keeper", "kind": "text", "personal": True})
    change("crate", crate, keeper=NAME)
    change("crate", crate, keeper="somebody else")
    for (body,) in rows('SELECT "body" FROM "store_changerow" WHERE "record" = %s', (crate,)):
        assert NAME not in body
    told = [
        (old, new)
        for entry in history(SYSTEM, "crate", crate)
        for field, old, new in entry.changes
        if field.key == "keeper"
    ]
    assert told == [(NAME, "somebody else"), (None, NAME)]


def test_a_secret_that_names_the_record_is_masked_in_its_title(home: Home) -> None:
    create_object(
        SYSTEM,
        {
            "key": "hotline",
            "label": "Hotline",
            "title": "number",
            "fields": [{"key": "number", "label": "N", "kind": "phone"}],
        },
    )
    hotline = make("hotline", number=MOBILE)
    assert MOBILE not in str(rows('SELECT * FROM "store_customrecord"'))
    assert MOBILE not in str(rows('SELECT "tokens" FROM "store_searchrow"'))
    assert MOBILE[-4:] not in read_one(SYSTEM, "hotline", hotline).title


def test_equal_secrets_are_not_equal_at_rest_and_open_only_in_their_own_record(home: Home) -> None:
    first, second = (make("contact", name="甲", mobile=MOBILE) for _n in range(2))
    held = dict(rows('SELECT "id", "mobile" FROM "objects_contact" WHERE "id" IN (%s, %s)', (first, second)))
    assert held[first] != held[second]
    run('UPDATE "objects_contact" SET "mobile" = %s WHERE "id" = %s', (held[first], second))
    assert read_one(SYSTEM, "contact", second)["mobile"] is DAMAGED
    assert read_one(SYSTEM, "contact", first)["mobile"] is not DAMAGED


def test_a_custom_secret_is_unique_sealed_and_found_by_its_end(home: Home) -> None:
    create_field(
        SYSTEM,
        "lead",
        {"key": "identity", "label": "Identity", "kind": "secret_text", "format": "id_number", "unique": True},
    )
    lead = make("lead", name="甲", identity=IDENTITY)
    with nothing_written(), pytest.raises(Invalid) as caught:
        make("lead", name="乙", identity=IDENTITY.lower())
    assert [(one.field, one.code) for one in caught.value.problems] == [("identity", "unique")]
    assert IDENTITY not in str(caught.value)
    actor = person("leads", role("leads", {"lead": "all"}))
    for where in (
        f'identity = "{IDENTITY}"',
        'identity ends "002X"',
        'identity ends "31002X"',
        "identity is not empty",
    ):
        assert [one.id for one in read(actor, Query("lead", where=where)).rows] == [lead], where
    for where in (f'identity != "{IDENTITY}"', 'identity ends "991002X"'):
        assert read(actor, Query("lead", where=where)).rows == (), where
