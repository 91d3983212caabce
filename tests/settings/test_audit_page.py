"""The audit page: who may open it, what it finds, and the state of the chain."""

from __future__ import annotations

import pytest

from tests.pages.pages_client import make, signed_in
from zhike.access.signin import actor_of_login
from zhike.kernel.actor import SYSTEM
from zhike.records.audit_job import last_proof
from zhike.records.audit_reading import may_audit
from zhike.records.jobs.queue import run_next
from zhike.records.reveal import reveal
from zhike.web.pages.settings.places import open_places

pytestmark = pytest.mark.usefixtures("home")
AUDIT = "/settings/audit"


def test_the_audit_tells_who_looked_at_what_and_can_be_narrowed(company):
    person = make(company.li, "contact", name="钱进", phone="13812345678")
    reveal(company.li, "contact", person, "phone", "call back")
    client = signed_in("admin")
    page = client.get(AUDIT).content.decode()
    assert f'href="/contacts/{person}"' in page
    assert "钱进" in page
    assert "13812345678" not in page
    for query, there in (("who=li&kind=reveal", True), ("who=wang", False), (f"record=/contacts/{person}", True),
                         ("text=phone", True), ("to=2020-01-01", False)):  # fmt: skip
        assert (
            f"/contacts/{person}" in client.get(f"{AUDIT}?{query}").content.decode().partition("log-lines")[2]
        ) is there
    assert "2026-03-18" in client.get(f"{AUDIT}?from=yesterday").content.decode()


def test_the_chain_is_checked_by_a_job_and_the_page_says_what_came_out():
    client = signed_in("admin")
    assert client.get(f"{AUDIT}/prove").status_code == 303
    assert last_proof() is None
    assert client.post(f"{AUDIT}/prove").status_code == 303
    while run_next():
        pass
    found = last_proof()
    assert found is not None
    assert not found.breaks
    assert 'data-good="yes"' in client.get(AUDIT).content.decode()


def test_somebody_with_a_grant_for_the_audit_opens_this_place_and_no_other(company):
    role = make(SYSTEM, "role", name="审计")
    make(SYSTEM, "grant", role=role, object="audit", read="all")
    make(SYSTEM, "user", name="审计员", login="audrey", roles=[role])
    auditor = actor_of_login("audrey")
    assert may_audit(auditor)
    assert [place.address for _label, places in open_places(auditor) for place in places] == [AUDIT]
