"""Files and secrets through the API: sent, linked, fetched; revealed with a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.api.conftest import Caller, caller_of
from tests.company import Company
from zhike.store.database import rows

PDF = b"%PDF-1.4 " + bytes(range(256)) * 40


def sent(api: Caller, content: bytes, name: str = "offer.pdf", status: int = 201, **headers: str) -> Any:
    given = {"Content-Type": "application/octet-stream", **headers}
    answer = api("POST", f"uploads?name={name}", content, **given)
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def stored() -> set[Path]:
    folder = Path(settings.ZHIKE_HOME) / "files"
    return {one for one in folder.rglob("*") if one.is_file()}


def test_a_file_is_sent_hung_on_a_record_and_fetched(api: Caller, company: Company) -> None:
    upload = sent(api, PDF)
    assert upload == {"id": upload["id"], "name": "offer.pdf", "size": len(PDF), "type": "application/pdf"}
    account = api.post("accounts", {"name": "A"})["id"]
    made = api.post("files", {"name": "Offer", "content": upload["id"], "parent": {"object": "account", "id": account}})
    answer = api("GET", f"files/{made['id']}/files/content")
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert api("HEAD", f"files/{made['id']}/files/content").status_code == 200
    stranger = caller_of(company.li)
    stranger.get(f"files/{made['id']}/files/content", 404)
    api.get(f"files/{made['id']}/files/name", 404)
    api.get(f"files/{made['id']}/files/nothing", 404)


def test_what_somebody_else_sent_cannot_be_taken(api: Caller, company: Company) -> None:
    upload = sent(api, PDF)
    li = caller_of(company.li)
    account = li.post("accounts", {"name": "A"})["id"]
    body = {"name": "Offer", "content": upload["id"], "parent": {"object": "account", "id": account}}
    assert li.post("files", body, 422)["errors"][0]["field"] == "content"


def test_forms_empty_bodies_and_too_large_ones_are_refused(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhike.api.files.LARGEST", 1000)
    before = stored()
    sent(api, PDF, status=413)
    sent(api, b"", status=400)
    sent(api, b"x", status=415, **{"Content-Type": "multipart/form-data; boundary=x"})
    sent(api, b"x", name="", status=400)
    sent(api, b"x", name="%00", status=422)
    assert rows('SELECT 1 FROM "store_blob"') == []
    assert stored() == before


def test_a_masked_value_is_revealed_for_a_reason_that_is_kept(api: Caller, company: Company) -> None:
    contact = api.post("contacts", {"name": "A", "mobile": "13812345678", "owner": company.li.id})["id"]
    path = f"contacts/{contact}/reveal/mobile"
    assert caller_of(company.guest).post(path, {"reason": "to call"}, 200) == {"value": "138 1234 5678"}
    kept = rows('SELECT "actor", "field", "reason" FROM "store_readlog" WHERE "record" = %s', (contact,))
    assert kept == [(company.guest.id, "mobile", "to call")]
    assert api.post(path, {"reason": ""}, 422)["errors"][0]["field"] == "reason"
    api.post(path, {}, 422)
    api.post(path, {"why": "x"}, 400)
    api.post(f"contacts/{contact}/reveal/name", {"reason": "to call"}, 404)
    caller_of(company.wang).post(path, {"reason": "to call"}, 404)
    assert len(rows('SELECT 1 FROM "store_readlog"')) == 1
