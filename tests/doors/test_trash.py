"""The trash over all objects: told, restored with what went along, and deleted for good only where nothing points at it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import TestCase

from tests.company import Company
from tests.doors.staff import make, trash
from tests.pages.pages_client import signed_in
from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid, NotFound
from zhike.records.audit_proof import prove_chain
from zhike.records.audit_reading import Asked, entries
from zhike.records.declaring.customise import create_field
from zhike.records.files import store_file, tidy_files
from zhike.records.history import history
from zhike.records.read import read_one
from zhike.records.stored import Folder
from zhike.records.trash import in_trash, keep_for, kept_days, purge, purge_old, restore
from zhike.records.undo import undo
from zhike.schema.values import Ref
from zhike.store.database import row, rows, run, to_db


@pytest.fixture
def gone(home: Any, company: Company) -> dict[str, int]:
    """A contact of Li's with a follow-up and a file, thrown away; and a lead of Chen's."""
    account = make("contact", name="甲", phone="13812345678", owner=company.li.id)
    follow_up = make("follow_up", summary="谈过", parent=f"contact:{account}", owner=company.li.id)
    held = store_file(SYSTEM, "a.txt", [b"secret words"])
    file = make("file", name="合同", content=held, parent=f"contact:{account}", owner=company.li.id)
    lead = make("lead", name="乙", owner=company.chen.id)
    operation = trash("contact", account, company.li).operation
    trash("lead", lead, company.chen)
    assert operation is not None
    return {"account": account, "follow_up": follow_up, "file": file, "lead": lead, "operation": operation}


def test_the_trash_tells_who_when_and_what_went_along(gone: dict[str, int], company: Company) -> None:
    found = in_trash(company.admin)
    assert found[0].object == "lead"
    account = next(one for one in found if one.object == "contact")
    assert (account.title, account.by, account.along) == ("甲", Ref("user", company.li.id, "李娜"), 2)
    assert {one.along for one in found if one.object != "contact"} == {0}
    assert account.operation == gone["operation"]
    assert {one.object for one in in_trash(company.li)} == {"contact", "follow_up", "file"}
    assert [one.id for one in in_trash(company.admin, "lead")] == [gone["lead"]]
    assert in_trash(company.admin, before=found[-1].at) == []


def test_restoring_brings_back_what_went_along(gone: dict[str, int], company: Company) -> None:
    refs = [Ref("contact", gone["account"]), Ref("lead", gone["lead"])]
    count, operation, problems = restore(company.li, refs)
    assert (count, len(problems)) == (1, 1)
    assert not read_one(SYSTEM, "follow_up", gone["follow_up"]).trashed
    assert read_one(SYSTEM, "lead", gone["lead"]).trashed
    assert operation is not None
    undo(company.li, operation)
    assert read_one(SYSTEM, "contact", gone["account"]).trashed


def test_deleting_for_good_takes_the_key_and_the_file_and_is_audited(
    gone: dict[str, int], company: Company, home: Any
) -> None:
    refs = [Ref("contact", gone["account"]), Ref("file", gone["file"])]
    with pytest.raises(Forbidden):
        purge(company.zhao, refs)
    done = purge(company.admin, refs)
    assert (done.gone, done.stayed) == (1, 1)  # the follow-up in the trash still points at the account
    assert read_one(SYSTEM, "contact", gone["account"]).trashed
    assert row('SELECT count(*) FROM "store_blob"') == (0,)
    done = purge(company.admin, [Ref("contact", gone["account"]), Ref("follow_up", gone["follow_up"])])
    assert (done.gone, done.stayed) == (2, 0)
    for key, id_ in (("contact", gone["account"]), ("file", gone["file"])):
        with pytest.raises(NotFound):
            read_one(SYSTEM, key, id_)
        with pytest.raises(NotFound):
            history(SYSTEM, key, id_)
    assert {one.record for one in entries(company.admin, Asked(kinds=("purge",)))} == {
        gone["account"], gone["file"], gone["follow_up"],
    }  # fmt: skip
    assert undo(company.admin, gone["operation"]).reverted == 0
    assert prove_chain().good


def test_what_is_alive_is_never_deleted_for_good(home: Any, company: Company) -> None:
    account = make("account", name="甲")
    assert purge(company.admin, [Ref("account", account)]).gone == 0
    assert read_one(SYSTEM, "account", account).title == "甲"


def test_the_trash_empties_itself_after_the_days_the_company_keeps_it(gone: dict[str, int], company: Company) -> None:
    assert purge_old().gone == 0
    with pytest.raises(Forbidden):
        keep_for(company.zhao, 30)
    with pytest.raises(Invalid):
        keep_for(company.admin, -1)
    keep_for(company.admin, 30)
    assert (kept_days(), purge_old().gone) == (30, 0)
    old = to_db(now() - timedelta(days=31))
    for table, key in (("objects_contact", "account"), ("objects_followup", "follow_up"), ("objects_file", "file")):
        run(f'UPDATE "{table}" SET "trashed" = %s WHERE "id" = %s', (old, gone[key]))
    assert purge_old().gone == 3
    assert {one.object for one in in_trash(company.admin)} == {"lead"}


def test_the_page_restores_and_asks_before_it_deletes(gone: dict[str, int], company: Company) -> None:
    li, admin = signed_in(), signed_in("admin")
    page = li.get("/trash").content.decode()
    assert f"contact:{gone['account']}" in page
    assert f"lead:{gone['lead']}" not in page
    assert "彻底删除" not in page
    asked = admin.post("/trash", {"do": "purge", "ids": [f"lead:{gone['lead']}"]})
    assert "purge=1" in asked.headers["Location"]
    assert "删了就回不来" in admin.get(asked.headers["Location"]).content.decode()
    assert read_one(SYSTEM, "lead", gone["lead"]).trashed
    assert li.post("/trash", {"do": "purge", "sure": "1", "ids": [f"contact:{gone['account']}"]}).status_code == 403
    assert admin.post("/trash", {"do": "purge", "sure": "1", "ids": [f"lead:{gone['lead']}"]}).status_code == 303
    with pytest.raises(NotFound):
        read_one(SYSTEM, "lead", gone["lead"])
    li.post("/trash", {"do": "restore", "ids": [f"contact:{gone['account']}", "nonsense", "contact:x"]})
    assert not read_one(SYSTEM, "contact", gone["account"]).trashed
    admin.post("/trash", {"do": "keep", "days": "45"})
    assert kept_days() == 45


def test_a_file_that_never_came_to_stand_in_a_record_goes_after_a_day(home: Any, company: Company) -> None:
    loose, held, young = (store_file(company.li, name, [b"x"]) for name in ("a.txt", "b.txt", "c.txt"))
    lead = make("lead", company.li, name="甲")
    make("file", company.li, name="合同", content=held, parent=f"lead:{lead}")
    run('UPDATE "store_blob" SET "created" = %s WHERE "id" <> %s', (to_db(now() - timedelta(days=2)), young.id))
    place = row('SELECT "place" FROM "store_blob" WHERE "id" = %s', (loose.id,))
    assert place is not None
    path = Folder().path(place[0])
    assert path.exists()
    with TestCase.captureOnCommitCallbacks(execute=True):
        tidy_files()
    assert not path.exists()
    assert {one for (one,) in rows('SELECT "id" FROM "store_blob"')} == {held.id, young.id}
    with pytest.raises(Invalid):
        make("file", company.li, name="合同", content=loose, parent=f"lead:{lead}")


def test_files_in_fields_of_ones_own_go_with_their_records(home: Any, company: Company) -> None:
    create_field(SYSTEM, "lead", {"key": "scan", "label": "Scan", "kind": "file"})
    scan, shared = (store_file(SYSTEM, name, [b"x"]) for name in ("a.txt", "b.txt"))
    leads = [
        make("lead", name="甲", scan=scan),
        make("lead", name="乙", scan=shared),
        make("lead", name="丙", scan=shared),
    ]
    for one in leads[:2]:
        trash("lead", one)
    purge(company.admin, [Ref("lead", one) for one in leads[:2]])
    assert {one for (one,) in rows('SELECT "id" FROM "store_blob"')} == {shared.id}
