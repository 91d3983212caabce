"""The statements of every shipped list, of records, boards and searches, under every kind of row scope."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.company import Company
from tests.doors.statements import heard
from tests.pages.pages_client import signed_in
from tests.plans.crowd import big, crowd, reads_all
from tools.benching.invented import SCORE
from zhike.schema.registry import registry

LISTED = ("account", "contact", "opportunity", "follow_up")
READERS = ("li", "zhao", "admin")  # her own and what was shared with her; a department; everything


def _pages(first: int) -> Iterator[str]:
    for key in LISTED:
        spec = registry.object(key)
        yield f"/{spec.plural}"
        for view in spec.views:
            yield f"/{spec.plural}?view={view.key}"
    yield "/accounts?sort=-open_amount"
    yield f"/accounts?sort={SCORE}"
    yield f"/accounts/{first}"
    yield "/opportunities/board"
    for text in ("机械", "机", "jx", "5678", "苏州机械", "龘靐"):
        yield f"/search?q={text}"


def test_no_page_reads_or_sorts_a_whole_table(home: object, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhike.records.paging.WALK", 100)  # so that some hundred records are many
    monkeypatch.setattr("zhike.records.read.MOST_COUNTED", 500)
    world = crowd(company)
    wrong: dict[tuple[str, str], list[str]] = {}
    for login in READERS:
        client = signed_in(login)
        for url in _pages(world.first["account"]):
            with heard() as asked:
                answer = client.get(
                    url, headers={"HX-Request": "true", "HX-Target": "palette-hits"} if "search" in url else None
                )
            assert answer.status_code == 200, (login, url)
            for statement in asked:
                if statement[0].startswith("SELECT") and big(statement):
                    for step in reads_all(statement):
                        wrong.setdefault((step, statement[0]), []).append(f"{login} {url}")
    told = [f"{step}\n   {sql}\n   " + ", ".join(sorted(set(where))) for (step, sql), where in wrong.items()]
    assert not told, "\n".join(told)
