"""Old changes lie in files of the home: read as before, proved with the chain, and out of the database."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import caller_of
from tests.company import Company
from tests.doors.staff import change, make, trash
from tests.doors.statements import heard
from tests.pages.pages_client import signed_in
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, standing_at
from zhike.kernel.errors import Conflict, Forbidden, Invalid
from zhike.records.actions import run_action
from zhike.records.as_of import read_as_of, read_one_as_of
from zhike.records.audit_proof import prove_chain
from zhike.records.health.look import BAD, OK, look
from zhike.records.history import history, timeline
from zhike.records.log_archive import making
from zhike.records.log_archive import parts as archive_parts
from zhike.records.log_archive.making import archive_due, archive_log, decide_years, log_years
from zhike.records.log_archive.parts import FOLDER, ArchiveAway, archived, parts
from zhike.records.log_window import changes_since
from zhike.records.operations import look as look_at
from zhike.records.privacy.erasing import FULL, erase_records
from zhike.records.read import Query
from zhike.records.story import story
from zhike.records.undo import undo
from zhike.records.write import write
from zhike.site.home import Home
from zhike.store.database import row, rows, run

LATER = timedelta(days=800)
MOBILE = "13812349876"


@pytest.fixture(autouse=True)
def no_archive_of_others(home: Home) -> Iterator[None]:
    shutil.rmtree(home.path / FOLDER, ignore_errors=True)
    yield
    shutil.rmtree(home.path / FOLDER, ignore_errors=True)


@pytest.fixture
def old(home: Home, company: Company, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """An account and a contact changed long ago, in several files; the clock stands more than two years later."""
    monkeypatch.setattr(making, "PART", 7)
    account = make("account", name="苏州甲", industry="software", owner=company.li.id)
    contact = make("contact", name="张三", mobile=MOBILE, account=account)
    write(company.li, Command("update", "account", account, values={"industry": "retail"}), why="he said so")
    done = row('SELECT max("operation") FROM "store_changerow"')
    at = now()
    change("contact", contact, mobile="13900001111")
    gone = make("contact", name="走了")
    along = make("note", title="跟着", parent=f"contact:{gone}")
    trash("contact", gone)
    with standing_at(now() + LATER):
        yield {
            "account": account,
            "contact": contact,
            "operation": done[0] if done else 0,
            "at": at,
            "gone": gone,
            "along": along,
        }


def archive(company: Company) -> int:
    return sum(one.rows for one in archive_log(company.admin, (now() - timedelta(days=700)).date()))


def in_database() -> int:
    return rows('SELECT count(*) FROM "store_changerow"')[0][0]


def told(company: Company, old: dict[str, Any]) -> tuple[Any, ...]:
    """Everything that tells of the past, without the mark of where it comes from."""
    entries = [replace(one, archived=False) for one in history(company.admin, "contact", old["contact"])]
    moments = [
        one.entry and replace(one.entry, archived=False) for one in timeline(company.li, "account", old["account"])
    ]
    page = read_as_of(company.admin, Query("account", sort="name"), old["at"])
    return (
        entries, moments, [(one.title, one["industry"]) for one in page.rows],
        read_one_as_of(company.admin, "contact", old["contact"], old["at"])["mobile"],
        changes_since(company.admin, "account", old["at"] - timedelta(days=1), ["industry", "name"]),
        look_at(company.li, old["operation"]).counts,
    )  # fmt: skip


def test_history_tells_from_the_archive_what_it_told_before(old: dict[str, Any], company: Company) -> None:
    before, held = told(company, old), in_database()
    assert archive(company) == held
    assert in_database() == 0
    assert len(parts()) == -(-held // 7)
    assert told(company, old) == before
    entries = history(company.admin, "account", old["account"])
    assert [one.archived for one in entries] == [True, True]
    assert entries[0].why == "he said so"
    change("account", old["account"], industry="software")
    assert [one.archived for one in history(company.admin, "account", old["account"])] == [False, True, True]
    first = story(company.li, "account", old["account"], size=1)
    rest = story(company.li, "account", old["account"], before=first.before)
    assert [one.archived for one in (*first.chapters, *rest.chapters)] == [False, True, True]
    assert not any(one.may_undo for one in rest.chapters)


def test_pages_and_the_api_mark_what_comes_from_the_archive(old: dict[str, Any], company: Company) -> None:
    archive(company)
    page = signed_in("li").get(f"/accounts/{old['account']}/history").content.decode()
    assert "来自归档" in page
    assert signed_in("li").get(f"/accounts/{old['account']}").status_code == 200
    items = caller_of(company.li).get(f"accounts/{old['account']}/history")["items"]
    assert [one["archived"] for one in items] == [True, True]


def test_the_chain_is_proved_across_the_archive(old: dict[str, Any], company: Company) -> None:
    counted = prove_chain().changes
    archive(company)
    change("account", old["account"], industry="software")
    proof = prove_chain()
    assert proof.good, [str(one.text) for one in proof.breaks]
    assert proof.changes == counted + 1


def test_a_file_that_was_changed_or_lost_is_found_out(old: dict[str, Any], company: Company) -> None:
    archive(company)
    lines = [list(one) for one in archived(records=[old["account"]])]
    part = next(one for one in parts() if one.first <= lines[0][0] <= one.last)
    held = part.path.read_bytes()
    changed = making.lines_of(part)
    forged = [(*one[:8], one[8].replace("苏州", "无锡")) for one in changed]
    assert forged != changed
    again = making._written(forged, "0" * 64)
    shutil.move(again.path, part.path)
    assert any("were changed" in str(one.text) for one in prove_chain().breaks)
    part.path.write_bytes(held[: len(held) // 2])
    assert not prove_chain().good
    part.path.unlink()
    assert part.file in str(prove_chain().breaks[-1].text)
    states = {str(one.name): one.state for one in look()}
    assert states["The archive of the change log can be read"] == BAD
    assert history(company.admin, "account", old["account"]) == []  # the page is shown all the same
    with pytest.raises(ArchiveAway):
        read_as_of(company.admin, Query("account"), old["at"])
    part.path.write_bytes(held)
    assert {str(one.name): one.state for one in look()}["The archive of the change log can be read"] == OK


def test_what_was_archived_is_not_undone_and_says_why(old: dict[str, Any], company: Company) -> None:
    archive(company)
    with pytest.raises(Invalid) as refused:
        undo(company.li, old["operation"])
    assert refused.value.problems[0].code == "archived"


def test_what_went_to_the_trash_along_comes_back_along(old: dict[str, Any], company: Company) -> None:
    archive(company)
    trashed = '"objects_note" WHERE "id" = %s AND "trashed" IS NOT NULL'
    assert row(f"SELECT 1 FROM {trashed}", (old["along"],))
    write(SYSTEM, Command("restore", "contact", old["gone"]))
    assert row(f"SELECT 1 FROM {trashed}", (old["along"],)) is None


def test_an_edit_of_a_very_old_form_still_meets_what_was_written_since(old: dict[str, Any], company: Company) -> None:
    archive(company)
    with pytest.raises(Conflict):
        write(SYSTEM, Command("update", "account", old["account"], values={"industry": "finance"}, based_on=(1, {})))


def test_an_erased_person_cannot_be_read_in_the_archive(old: dict[str, Any], company: Company) -> None:
    archive(company)
    assert MOBILE[-4:] in str(history(company.admin, "contact", old["contact"]))
    run(
        'UPDATE "store_operation" SET "why" = \'张三 asked\' WHERE "id" = %s',
        (archived(records=[old["contact"]])[0][1],),
    )
    erase_records(company.admin, [("contact", old["contact"])], FULL)
    shown = str(history(company.admin, "contact", old["contact"])) + str(rows('SELECT "why" FROM "store_operation"'))
    assert MOBILE[-4:] not in shown
    assert "张三" not in shown
    raw = b"".join(one.path.read_bytes() for one in parts())
    assert MOBILE.encode() not in raw
    assert all(MOBILE not in one[8] for one in archived())


def test_changes_of_the_last_year_stay_and_only_administrators_archive(old: dict[str, Any], company: Company) -> None:
    with pytest.raises(Invalid):
        archive_log(company.admin, (now() - timedelta(days=300)).date())
    with pytest.raises(Forbidden):
        archive_log(company.li, (now() - timedelta(days=700)).date())
    held = in_database()
    assert archive_log(company.admin, (now() - timedelta(days=2000)).date()) == []
    assert in_database() == held


def test_what_cannot_be_read_back_is_not_removed(
    home: Home, old: dict[str, Any], company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = in_database()
    monkeypatch.setattr(making, "lines_of", lambda part: [])
    with pytest.raises(ArchiveAway):
        archive(company)
    assert in_database() == held
    assert parts() == ()
    assert not list((home.path / FOLDER).glob("*.parquet"))


def test_the_guards_of_the_log_stand_again_afterwards(old: dict[str, Any], company: Company) -> None:
    archive(company)
    change("account", old["account"], industry="software")
    with pytest.raises(Exception, match="only ever added to"):
        run('DELETE FROM "store_changerow"')


def test_the_years_an_administrator_decides_are_kept_by_the_schedule(old: dict[str, Any], company: Company) -> None:
    archive_due()
    assert parts() == ()
    client = signed_in("admin")
    assert client.post("/settings/backups/log", {"log_years": "many"}).status_code == 422
    assert client.post("/settings/backups/log", {"log_years": "2"}).status_code == 303
    assert log_years() == 2
    archive_due()
    assert sum(one.rows for one in parts()) > 0
    assert "归档" in client.get("/settings/backups").content.decode()
    with pytest.raises(Forbidden):
        decide_years(company.li, "1")


def test_a_home_without_an_archive_asks_nothing_of_it(
    home: Home, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make("account", name="新")
    monkeypatch.setattr(archive_parts, "_parquet", None)
    with heard() as asked:
        assert len(history(company.admin, "account", account)) == 1
    assert len([sql for sql, _params in asked if "store_changerow" in sql]) == 1
    run_action(SYSTEM, "account", "merge", [account, make("account", name="二")], {"keep": account})


def test_each_archiving_stands_in_the_audit_with_its_checksum(old: dict[str, Any], company: Company) -> None:
    archive(company)
    noted = rows('SELECT "detail" FROM "store_auditrow" WHERE "kind" = \'archive\' ORDER BY "id"')
    assert [json.loads(one[0])["sha256"] for one in noted] == [one.sha256 for one in parts()]
