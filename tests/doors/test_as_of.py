"""As of an instant: records, lists and counts as they were, with the rights of today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.conftest import caller_of
from tests.company import Company
from tests.doors.staff import change, make, trash, with_fields
from tests.pages.pages_client import signed_in
from zhike.access.people import people
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.kernel.errors import BadQuery, NotFound, TooWide
from zhike.records import as_of, winding
from zhike.records.actions import run_action
from zhike.records.as_of import count_as_of, instant_in, read_as_of, read_one_as_of
from zhike.records.declaring.customise import create_field, create_object
from zhike.records.read import Query, read
from zhike.records.write import write


def names(actor: Actor, at: datetime, where: str = "", **more: Any) -> list[str]:
    return [one.title for one in read_as_of(actor, Query("account", where, **{"sort": "name", **more}), at).rows]


@pytest.fixture
def past(home: Any, company: Company) -> dict[str, Any]:
    """Three accounts at an instant; afterwards one is renamed and handed over, one goes to the trash, one is new."""
    first = make("account", name="甲", industry="software", phone="13812349876", owner=company.li.id)
    second = make("account", name="乙", industry="retail", owner=company.li.id)
    third = make("account", name="丙", industry="software", owner=company.wang.id)
    deal = make("opportunity", name="单", account=first, owner=company.li.id)
    at = now()
    change("account", first, name="新甲", industry="retail", phone="13900001111")
    change("account", third, owner=company.li.id)
    trash("account", second)
    make("account", name="丁", industry="software", owner=company.li.id)
    return {"at": at, "first": first, "second": second, "third": third, "deal": deal}


def test_a_list_is_what_it_was(past: dict[str, Any], company: Company) -> None:
    at = past["at"]
    assert names(company.admin, at) == ["丙", "甲", "乙"]
    assert names(company.admin, at, "industry = software") == ["丙", "甲"]
    assert names(company.admin, at, f"owner = {company.wang.id}") == ["丙"]
    assert names(company.admin, at, sort="-name") == ["乙", "甲", "丙"]
    assert count_as_of(company.admin, "account", "industry = retail", at) == 1
    assert names(company.admin, now(), "industry = software") == ["丙", "丁"]
    before = datetime.now(UTC) - timedelta(days=1)
    assert count_as_of(company.admin, "account", "", before) == 0


def test_pages_go_on_where_they_stopped(past: dict[str, Any], company: Company) -> None:
    page = read_as_of(company.admin, Query("account", sort="name", size=2), past["at"])
    assert ([one.title for one in page.rows], page.count) == (["丙", "甲"], 3)
    assert names(company.admin, past["at"], after=page.next, size=2) == ["乙"]
    with pytest.raises(BadQuery):
        names(company.admin, past["at"], after="x")


def test_a_filter_over_links_asks_what_was_linked_then(past: dict[str, Any], company: Company) -> None:
    def deals(where: str) -> int:
        return count_as_of(company.admin, "opportunity", where, past["at"])

    assert deals("account.industry = software") == 1
    assert deals("account.industry = retail") == 0
    assert count_as_of(company.admin, "opportunity", "account.industry = retail", now()) == 1


def test_one_record_is_what_it_was_with_its_secrets_masked(past: dict[str, Any], company: Company) -> None:
    record = read_one_as_of(company.guest, "account", past["first"], past["at"])
    assert (record.title, record["industry"], record["owner"].title) == ("甲", "software", "李娜")
    assert "9876" not in str(record["phone"].mask)[:7]
    assert record["phone"].mask.endswith("9876")
    assert (record.version, record.trashed) == (1, False)
    assert not read_one_as_of(company.admin, "account", past["second"], past["at"]).trashed
    with pytest.raises(NotFound):
        read_one_as_of(company.admin, "account", past["first"], past["at"] - timedelta(days=1))


def test_the_rights_of_today_hold_for_the_past(past: dict[str, Any], company: Company) -> None:
    assert names(company.wang, past["at"]) == []  # it was his then, it is Li's now
    assert names(company.chen, past["at"]) == []
    with pytest.raises(NotFound):
        read_one_as_of(company.wang, "account", past["third"], past["at"])
    actor = with_fields("looker", {"account.industry": "hidden", "account.employees": "masked"})
    record = read_one_as_of(actor, "account", past["first"], past["at"])
    assert "industry" not in record.values
    for where in ("industry = software", "employees > 1"):
        with pytest.raises(BadQuery):
            names(actor, past["at"], where)
    assert people().persons[actor.id].active


def test_a_merge_stands_apart_again_before_it(home: Any, company: Company) -> None:
    one, two = make("account", name="一"), make("account", name="二")
    at = now()
    run_action(SYSTEM, "account", "merge", [one, two], {"keep": one})
    assert names(SYSTEM, at) == ["二", "一"]
    assert names(SYSTEM, now()) == ["一"]


def test_objects_and_fields_of_ones_own_are_wound_back_too(home: Any) -> None:
    create_object(SYSTEM, {"key": "crate", "label": "Crate", "fields": [{"key": "name", "label": "N", "kind": "text"}]})
    create_field(SYSTEM, "crate", {"key": "weight", "label": "W", "kind": "number"})
    crate = make("crate", name="c", weight=3)
    at = now()
    change("crate", crate, weight=9, name="d")
    page = read_as_of(SYSTEM, Query("crate", "weight < 5", columns=("name", "weight")), at)
    assert [(one.title, one["weight"]) for one in page.rows] == [("c", 3)]


def test_everything_agrees_with_what_reading_said_then(home: Any, company: Company) -> None:
    """Whatever the door answered at an instant, the past answers later."""
    accounts = [make("account", name=f"客户{n}", industry=("software", "retail")[n % 2], employees=n) for n in range(8)]
    asked = [Query("account", where, sort=sort, columns=("name", "industry", "employees", "owner"), archived=archived)
             for where in ("", "industry = software", "employees > 3 or industry = retail", "name ~ 客户1", "not (employees in (2, 3))")
             for sort in ("name", "-employees", "industry") for archived in ("no", "only", "all")]  # fmt: skip
    told = []
    for step in range(4):
        told.append((now(), [[(row.id, dict(row.values)) for row in read(SYSTEM, one).rows] for one in asked]))
        change("account", accounts[step], employees=None if step == 2 else 10 - step, industry="finance")
        write(SYSTEM, Command("archive", "account", accounts[step + 4]))
        if step:
            write(SYSTEM, Command("unarchive", "account", accounts[step + 3]))
    for at, answers in told:
        for query, answer in zip(asked, answers, strict=True):
            found = [(row.id, dict(row.values)) for row in read_as_of(SYSTEM, query, at).rows]
            assert found == answer, query


def test_what_is_not_kept_or_too_much_is_refused_in_words(
    past: dict[str, Any], company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    for where in ("shared with me", "open_amount > 1"):
        with pytest.raises(BadQuery):
            names(company.admin, past["at"], where)
    with pytest.raises(BadQuery):
        names(company.admin, past["at"], sort="open_amount")
    with pytest.raises(BadQuery, match="ahead"):
        names(company.admin, now() + timedelta(days=1))
    monkeypatch.setattr(as_of, "MOST_RECORDS", 2)
    with pytest.raises(TooWide):
        names(company.admin, past["at"])
    monkeypatch.setattr(winding, "MOST_CHANGES", 1)
    with pytest.raises(TooWide):
        names(company.admin, past["at"])


def test_a_day_is_its_end_and_today_is_now() -> None:
    assert instant_in("2026-03-01", "Asia/Shanghai").isoformat() == "2026-03-01T23:59:59.999999+08:00"
    assert instant_in("2026-03-01T10:00", "Asia/Shanghai").astimezone(UTC).hour == 2
    assert abs(instant_in(now().astimezone(UTC).date().isoformat(), "UTC") - now()) < timedelta(seconds=5)
    for wrong in ("yesterday", "2026-13-01", ""):
        with pytest.raises(BadQuery):
            instant_in(wrong, "UTC")


def test_pages_and_the_api_tell_the_past_and_only_read(past: dict[str, Any], company: Company) -> None:
    client = signed_in("admin")
    stamp = past["at"].isoformat()
    page = client.get("/accounts", {"as_of": stamp, "where": "industry = software"}).content.decode()
    assert "丙" in page
    assert f"/accounts/{past['first']}/as-of" in page
    assert "新甲" not in page
    assert "丁" not in page
    record = client.get(f"/accounts/{past['first']}/as-of", {"at": stamp}).content.decode()
    assert "is-changed" in record
    assert "13812349876" not in record
    for address in ("/accounts?as_of=yesterday", f"/accounts/{past['first']}/as-of?at=1999-01-01"):
        assert client.get(address).status_code == 422
    assert signed_in("chen").get(f"/accounts/{past['first']}/as-of", {"at": stamp}).status_code == 404
    api = caller_of(company.admin)
    when = quote(stamp)
    assert [one["name"] for one in api.get(f"accounts?as_of={when}&sort=name&columns=name")["items"]] == [
        "丙",
        "甲",
        "乙",
    ]
    assert api.get(f"accounts/{past['first']}?as_of={when}")["name"] == "甲"
    assert api.get(f"accounts/aggregate?as_of={when}&where={quote('industry = software')}")["items"] == [{"count": 2}]
    for wrong in (
        "accounts?as_of=soon",
        f"accounts?as_of={when}&trashed=true",
        f"accounts/aggregate?as_of={when}&by=industry",
    ):
        assert api.get(wrong, 400)["errors"][0]["field"] == "as_of"
