"""An export too long to wait for: a job writes it, and its page has the file, for a day and for one person."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.test import Client, TestCase
from openpyxl import load_workbook

from tests.pages.pages_client import make, signed_in
from zhike.access.people import people
from zhike.access.signin import create_token
from zhike.automation import jobs as _kinds  # noqa: F401
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, standing_at
from zhike.records import exporting
from zhike.records.export_job import tidy_exports
from zhike.records.jobs import jobs
from zhike.records.jobs.queue import run_next
from zhike.records.privacy.erasing import FULL, erase_records
from zhike.records.write import write
from zhike.store.database import row, rows

pytestmark = pytest.mark.usefixtures("home")
NAMES = ("凌渡", "青禾", "望江")


@pytest.fixture(autouse=True)
def three_are_many(home, company, monkeypatch):
    monkeypatch.setattr("zhike.records.export_job.AT_ONCE", 2)
    monkeypatch.setattr(exporting, "PAGE", 2)
    monkeypatch.setattr(jobs, "PAUSE", -1)
    for name in NAMES:
        make(company.li, "account", name=name, phone="13812341234")


def asked(client: Client, **more: object) -> str:
    answer = client.post("/accounts/export", {"columns": ["name", "phone"], "sort": "name", **more})
    assert answer.status_code == 303
    return answer["Location"]


def kept() -> list[Path]:
    folder = Path(settings.ZHIKE_HOME) / "exports"
    return list(folder.iterdir()) if folder.is_dir() else []


def test_a_long_export_is_written_by_a_job_and_fetched_from_its_page():
    admin = signed_in("admin")
    page = asked(admin)
    assert f"{page}/file" not in admin.get(page).content.decode()
    assert run_next()
    assert f"{page}/file" in admin.get(page).content.decode()
    lines = b"".join(admin.get(f"{page}/file").streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == list(NAMES)
    assert "13812341234" not in "".join(lines)
    assert not any("凌渡".encode() in one.read_bytes() for one in kept())


def test_a_long_workbook_says_who_took_it_like_a_short_one():
    admin = signed_in("admin")
    page = asked(admin, form="xlsx")
    run_next()
    answer = admin.get(f"{page}/file")
    assert unquote(answer["Content-Disposition"]).endswith("管晓.xlsx")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.properties.creator == "管晓"
    assert [line[1].value for line in book.active.rows][1:] == list(NAMES)


def test_the_file_is_for_the_one_who_asked_even_before_an_administrator(company):
    client, other = signed_in("zhao"), signed_in("admin")
    page = asked(client)
    run_next()
    assert client.get(f"{page}/file").status_code == 200
    assert other.get(page).status_code == 200
    assert f"{page}/file" not in other.get(page).content.decode()
    assert other.get(f"{page}/file").status_code == 404
    assert signed_in("li").get(f"{page}/file").status_code == 404


def test_after_a_day_the_file_is_gone_and_says_so():
    client = signed_in("admin")
    page = asked(client)
    run_next()
    tidy_exports()
    assert len(kept()) == 1
    with standing_at(now() + timedelta(days=1, minutes=1)):
        later = signed_in("admin")
        assert later.get(f"{page}/file").status_code == 404
        assert f"{page}/file" not in later.get(page).content.decode()
        tidy_exports()
    assert kept() == []


def test_it_is_logged_once_when_it_is_asked_for_and_counts_as_reading():
    asked(signed_in("admin"))
    logged = 'SELECT "act", "count", "fields" FROM "store_readlog"'
    assert [(act, number) for act, number, _fields in rows(logged)] == [("export", 3)]
    run_next()
    assert len(rows(logged)) == 1


def test_whoever_loses_the_right_meanwhile_gets_no_file(company):
    client = signed_in("zhao")
    page = asked(client)
    run_next()
    viewer = people().persons[company.guest.id].roles
    write(SYSTEM, Command("update", "user", company.zhao.id, values={"roles": list(viewer)}))
    assert client.get(f"{page}/file").status_code == 403


def test_an_erasure_throws_kept_files_away(company):
    asked(signed_in("admin"))
    run_next()
    someone = make(company.li, "contact", name="周启明")
    with TestCase.captureOnCommitCallbacks(execute=True):
        erase_records(SYSTEM, [("contact", someone)], FULL)
    assert kept() == []


def test_an_export_running_while_somebody_is_erased_ends_without_a_file(company, monkeypatch):
    client = signed_in("admin")
    page = asked(client)
    someone = make(company.li, "contact", name="周启明")

    def erase_at_the_last_row(work, done, total=None):
        if done == len(NAMES):
            with TestCase.captureOnCommitCallbacks(execute=True):
                erase_records(SYSTEM, [("contact", someone)], FULL)

    monkeypatch.setattr(jobs.JobRun, "step", erase_at_the_last_row)
    assert run_next()
    assert kept() == []
    text = client.get(page).content.decode()
    assert "有人的个人数据被删除了" in text
    assert f"{page}/file" not in text


def test_a_stopped_export_leaves_nothing():
    client = signed_in("admin")
    page = asked(client)
    client.post(f"{page}/stop")
    assert not run_next()
    assert kept() == []


def test_the_api_exports_by_a_job_too(company):
    head = {"HTTP_AUTHORIZATION": f"Bearer {create_token(SYSTEM, company.admin.id, 'test')}"}
    client = Client(**head)
    body = json.dumps({"where": "name = 青禾", "columns": ["name"], "form": "csv"})
    answer = client.post("/api/v1/accounts/export", body, content_type="application/json")
    assert answer.status_code == 202
    number = answer.json()["id"]
    assert client.get(f"/api/v1/jobs/{number}/file").status_code == 404
    run_next()
    assert client.get(f"/api/v1/jobs/{number}").json()["result"]["rows"] == 1
    assert "青禾" in b"".join(client.get(f"/api/v1/jobs/{number}/file").streaming_content).decode()
    for wrong in ({"form": "pdf"}, {"columns": "name"}, {"colums": []}, {"where": "name ="}, {"keys": 1}):
        answer = client.post("/api/v1/accounts/export", json.dumps(wrong), content_type="application/json")
        assert answer.status_code in (400, 422), wrong


def test_without_the_right_nothing_is_started(company):
    head = {"HTTP_AUTHORIZATION": f"Bearer {create_token(SYSTEM, company.guest.id, 'test')}"}
    assert Client(**head).post("/api/v1/accounts/export", "{}", content_type="application/json").status_code == 403
    assert row('SELECT count(*) FROM "store_job"')[0] == 0
