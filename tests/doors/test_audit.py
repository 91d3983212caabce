"""The audit chain: what is done is in it, and whoever edits the database is found out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest
from django.db import DatabaseError, connection

from tests.company import PASSWORD, Company
from zhike.access.signin import create_token, sign_in, sign_out
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records.audit import note
from zhike.records.audit_proof import after_restore, prove_chain
from zhike.records.audit_reading import Asked, entries
from zhike.records.company.company import set_company
from zhike.records.privacy.erasing import erase_records
from zhike.records.reveal import reveal
from zhike.records.write import write, write_many
from zhike.site.home import Home
from zhike.store.chain import guard, last_link
from zhike.store.database import is_postgres, row, rows, run, write_transaction

TABLES = ("store_auditrow", "store_changerow")


@contextmanager
def unguarded() -> Iterator[None]:
    """What an intruder with the database does: the triggers go, and come back afterwards."""
    names = [(f"keep_{table}_{verb}", table) for table in TABLES for verb in ("update", "delete")]
    for name, table in names:
        run(f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if is_postgres() else ""))
    yield
    guard()


def _account(actor: Actor, name: str = "苏州精密") -> int:
    return write(actor, Command("create", "account", values={"name": name}), why="asked by phone").id


def _first_break() -> tuple[int, str]:
    broken = prove_chain().breaks[0]
    return broken.entry, str(broken.text)


def test_what_people_do_is_in_the_chain_without_any_value(home: Home, company: Company) -> None:
    token = sign_in("li", PASSWORD)
    with pytest.raises(Invalid):
        sign_in("li", "not-the-password")
    sign_out(token)
    person = write(company.li, Command("create", "contact", values={"name": "钱进", "phone": "13812345678"})).id
    reveal(company.li, "contact", person, "phone", "call back")
    create_token(company.li, company.li.id)
    write(company.admin, Command("update", "user", company.li.id, {"roles": []}))
    write(company.admin, Command("update", "user", company.li.id, {"active": False}))
    set_company(company.admin, {"name": "远航"})
    found = entries(company.admin, Asked(), size=8)
    assert [one.kind for one in reversed(found)] == [
        "sign_in", "sign_in_failed", "sign_out", "reveal", "token", "rights", "let_go", "setting",
    ]  # fmt: skip
    assert (found[4].actor, found[4].object, found[4].record, found[4].detail) == (
        company.li.id, "contact", person, {"field": "phone"},
    )  # fmt: skip
    assert not row('SELECT 1 FROM "store_auditrow" WHERE "detail" LIKE \'%%1381234%%\' OR "text" LIKE \'%%call%%\'')
    assert prove_chain().good


def test_entries_are_found_by_person_kind_record_and_words(home: Home, company: Company) -> None:
    account = _account(company.li)
    note("export", company.li, object="account", text="steel mills")
    note("share", company.wang, object="account", record=account)
    ask = company.admin
    assert [one.kind for one in entries(ask, Asked(actor=company.wang.id))] == ["share"]
    assert [one.text for one in entries(ask, Asked(kinds=("export",)))] == ["steel mills"]
    assert [one.actor for one in entries(ask, Asked(record=account))] == [company.wang.id]
    assert [one.kind for one in entries(ask, Asked(text="STEEL"))] == ["export"]
    assert entries(ask, Asked(text="st_el")) == []
    assert entries(ask, Asked(kinds=("change",)))[0].operation is not None


def test_only_administrators_and_auditors_read_it(home: Home, company: Company) -> None:
    with pytest.raises(Forbidden):
        entries(company.zhao, Asked())
    role = write(SYSTEM, Command("create", "role", values={"name": "审计"})).id
    write(SYSTEM, Command("create", "grant", values={"role": role, "object": "audit", "read": "all"}))
    write(SYSTEM, Command("update", "user", company.guest.id, {"roles": [role]}))
    assert entries(company.guest, Asked())


def test_the_database_refuses_to_change_or_remove_what_was_done(home: Home, company: Company) -> None:
    _account(company.li)
    for table in TABLES:
        column = "text" if table == "store_auditrow" else "body"
        for sql in (f'UPDATE "{table}" SET "{column}" = \'\'', f'DELETE FROM "{table}"'):
            with pytest.raises(DatabaseError, match="only ever added to"), write_transaction():
                run(sql)


def _edit_entry(entry: int, _account_id: int) -> None:
    run('UPDATE "store_auditrow" SET "actor" = 7 WHERE "id" = %s', (entry,))


def _remove_entry(entry: int, _account_id: int) -> None:
    run('DELETE FROM "store_auditrow" WHERE "id" = %s', (entry,))


def _forge_entry(entry: int, _account_id: int) -> None:
    last = last_link()[0]
    run(
        'INSERT INTO "store_auditrow" ("id", "at", "kind", "actor", "via", "object", "record", "text", "detail", "hash")'
        ' SELECT %s, "at", \'export\', 7, "via", "object", "record", "text", "detail", "hash"'
        ' FROM "store_auditrow" WHERE "id" = %s',
        (last + 1, entry),
    )


def _edit_change(_entry: int, account: int) -> None:
    run('UPDATE "store_changerow" SET "body" = replace("body", \'苏州\', \'无锡\') WHERE "record" = %s', (account,))


def _remove_change(_entry: int, account: int) -> None:
    run('DELETE FROM "store_changerow" WHERE "record" = %s', (account,))


def _put_in_change(_entry: int, account: int) -> None:
    names = '"object", "record", "version", "verb", "actor", "at", "body"'
    run(
        f'INSERT INTO "store_changerow" ("operation", {names}) SELECT "operation" + 500000, {names}'
        ' FROM "store_changerow" WHERE "record" = %s',
        (account,),
    )


def _edit_operation(setting: str) -> Callable[[int, int], None]:
    def edit(_entry: int, account: int) -> None:
        first = 'SELECT min("operation") FROM "store_changerow" WHERE "record" = %s'
        run(f'UPDATE "store_operation" SET {setting} WHERE "id" = ({first})', (account,))

    return edit


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (_edit_operation("\"why\" = 'because'"), "The reason of operation {operation} was changed"),
        (_edit_operation('"why" = NULL'), "The reason of operation {operation} was changed"),
        (_edit_operation('"actor" = 7'), "Operation {operation} was changed"),
        (_edit_entry, "Entry {entry} was changed"),
        (_remove_entry, "Entry {entry} was removed"),
        (_forge_entry, "put in without the key"),
        (_edit_change, "Changes of operation {operation} were changed"),
        (_remove_change, "Changes of operation {operation} were changed, put in or removed"),
        (_put_in_change, "holds changes that no entry stands for"),
    ],
)
def test_whoever_edits_the_database_is_found_out(
    home: Home, company: Company, tamper: Callable[[int, int], None], says: str
) -> None:
    note("export", company.li, object="account")
    entry = last_link()[0]
    account = _account(company.li)
    asked = row('SELECT "operation" FROM "store_changerow" WHERE "record" = %s', (account,))
    assert asked is not None
    write(company.li, Command("update", "account", account, {"name": "苏州精密机械"}))
    assert prove_chain().good
    with unguarded():
        tamper(entry, account)
    assert says.format(entry=entry, operation=asked[0]) in _first_break()[1]


def test_a_reason_goes_with_an_erased_person_and_the_chain_holds(home: Home, company: Company) -> None:
    contact = write(company.li, Command("create", "contact", values={"name": "钱进"}), why="钱进 asked").id
    assert not row('SELECT 1 FROM "store_auditrow" WHERE "detail" LIKE \'%%钱进%%\'')
    erase_records(company.admin, [("contact", contact)], "anonymise")
    assert not row('SELECT 1 FROM "store_operation" WHERE "why" = \'钱进 asked\'')
    assert prove_chain().good


def test_a_try_with_a_name_nobody_has_is_noted_without_the_name(home: Home, company: Company) -> None:
    for name in ("my-secret-password", " My-Secret-Password", "other"):
        with pytest.raises(Invalid):
            sign_in(name, "x")
    found = entries(company.admin, Asked(kinds=("sign_in_failed",)))
    marks = [one.detail["name"] for one in found]
    assert [one.record for one in found] == [0, 0, 0]
    assert marks[1] == marks[2] != marks[0]
    assert "secret" not in str(rows('SELECT * FROM "store_auditrow"')).lower()


def test_a_missing_guard_is_told(home: Home, company: Company) -> None:
    with unguarded():
        assert "keep_store_auditrow_delete" in " ".join(str(one.text) for one in prove_chain().breaks)
    assert prove_chain().good


def test_entries_cut_off_the_end_are_missed_by_the_anchor(fresh_home: Home, company: Company) -> None:
    _account(company.li)
    kept = last_link()[0]
    note("export", company.li, object="account")
    note("export", company.li, object="contact")
    assert prove_chain().good
    with unguarded():
        run('DELETE FROM "store_auditrow" WHERE "id" > %s', (kept,))
    assert _first_break() == (kept + 1, f"Entries {kept + 1} to {kept + 2} were removed from the end.")
    after_restore(SYSTEM, "last night")  # an older state put back on purpose says so, and is whole again
    assert prove_chain().good
    assert entries(company.admin, Asked(kinds=("restore",)))[0].detail == {"before": kept + 2, "entries": kept}


def test_writers_at_once_make_one_chain(fresh_home: Home, company: Company) -> None:
    begun = last_link()[0]

    def work() -> None:
        try:
            for number in range(8):
                _account(company.li, f"客户 {number}")
                note("export", company.li, object="account")
        finally:
            connection.close()

    threads = [Thread(target=work) for _one in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert last_link()[0] == begun + 64
    assert prove_chain().good


def test_what_was_rolled_back_leaves_no_entry(home: Home, company: Company) -> None:
    before = last_link()[0]
    with suppress(ZeroDivisionError), write_transaction():
        note("export", company.li)
        raise ZeroDivisionError
    write(company.li, Command("create", "account", values={"name": "试"}), dry_run=True)
    outcome = write_many(
        company.li,
        [Command("create", "account", values={"name": "好"}), Command("create", "account", values={})],
        on_error="skip",
    )
    assert outcome.operation is not None
    found = rows('SELECT "operation", "detail" FROM "store_auditrow" WHERE "id" > %s', (before,))
    assert [(one[0], '"rows": 1' in one[1]) for one in found] == [(outcome.operation, True)]
    assert prove_chain().good
