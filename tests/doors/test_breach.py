"""After a leak: whose data was read, which fields, by whom; asked by object, field, period, person, token or export."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter

import pytest

from tests.company import Company
from tests.doors.staff import make
from zhike.access.signin import actor_of_token, create_token
from zhike.kernel import clock
from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records.cards import card_of
from zhike.records.exporting import export_rows
from zhike.records.privacy.breach import Question, as_table, breach, take_out
from zhike.records.privacy.breach_reports import FIRST, FULL, REPORTS, report
from zhike.records.privacy.reading import listed, opened, readings, write_opened
from zhike.records.privacy.which import packed_ids, unpacked_ids
from zhike.records.read import Query, read, read_one
from zhike.records.reveal import reveal
from zhike.schema.registry import registry
from zhike.site.home import Home
from zhike.store.database import insert_many, row, rows, to_db

MOBILE = "13755501234"


@pytest.fixture
def people_(home: Home, company: Company) -> list[int]:
    return [make("contact", name=f"甲{n}", mobile=MOBILE, email="a@reeds.cn", owner=company.li.id) for n in range(4)]


def _ids(company: Company, **asked: object) -> set[int]:
    return {one.id for one in breach(company.admin, Question(**asked)).subjects}  # type: ignore[arg-type]


def test_whose_data_was_read_is_told_by_person_object_field_and_period(people_: list[int], company: Company) -> None:
    spec = registry.object("contact")
    opened(company.li, spec, read_one(company.li, "contact", people_[0]))
    write_opened()
    reveal(company.zhao, "contact", people_[1], "mobile", "to call")
    card_of(company.li, "contact", people_[2])
    lead = make("lead", name="丙", phone=MOBILE)
    reveal(company.admin, "lead", lead, "phone", "to call")
    assert _ids(company) == {*people_[:3], lead}
    assert _ids(company, objects=("contact",)) == set(people_[:3])
    assert _ids(company, fields=("lead.phone",)) == {lead}
    assert _ids(company, fields=("email",)) == {people_[0], people_[2]}
    assert _ids(company, who=(company.zhao.id,)) == {people_[1]}
    assert _ids(company, until=clock.now() - timedelta(hours=1)) == set()
    found = breach(company.admin, Question(fields=("mobile",)))
    assert [(one.id, one.fields, one.acts, one.by) for one in found.subjects] == [
        (people_[0], {"mobile"}, {"view"}, {company.li.id}),
        (people_[1], {"mobile"}, {"reveal"}, {company.zhao.id}),
        (people_[2], {"mobile"}, {"card"}, {company.li.id}),
    ]
    assert (found.persons, found.unknown) == (3, 0)
    assert [(key, field.key, number) for key, field, number in found.fields] == [("contact", "mobile", 3)]
    with pytest.raises(Invalid, match="no field"):
        breach(company.admin, Question(fields=("nothing",)))
    with pytest.raises(Invalid, match="no object"):
        breach(company.admin, Question(objects=("nothing",)))
    with pytest.raises(Forbidden):
        breach(company.zhao, Question())


def test_what_an_export_and_a_token_took_is_known_record_by_record(people_: list[int], company: Company) -> None:
    list(export_rows(company.admin, "contact", f"id in ({people_[0]}, {people_[1]})")[1])
    (line,) = readings(company.admin, who=company.admin.id, act="export")
    assert line.count == 2
    assert _ids(company, export=line.id) == set(people_[:2])
    tokens = [actor_of_token(create_token(SYSTEM, company.li.id, name)) for name in ("one", "two")]
    for actor, id_ in zip(tokens, people_[2:], strict=True):
        assert actor is not None
        listed(
            actor, registry.object("contact"), read(actor, Query("contact", f"id = {id_}", columns=("mobile",))).rows
        )
    write_opened()
    assert _ids(company, token=tokens[0].token) == {people_[2]}  # type: ignore[union-attr]
    assert _ids(company, who=(company.li.id,)) == set(people_[2:])
    assert row('SELECT count(*) FROM "store_readlog" WHERE "act" = %s', ("list",)) == (2,)
    insert_many("store_readlog", ("actor", "at", "act", "object", "fields", "count"), [
        (company.li.id, to_db(clock.now()), "export", "contact", "mobile", 9)])  # fmt: skip
    assert breach(company.admin, Question(who=(company.li.id,))).unknown == 9  # the log of before knew no ids
    for ids in ([], [5], [7, 3, 100_000, 3]):
        assert unpacked_ids(packed_ids(ids)) == sorted(set(ids))


def test_the_list_leaves_with_a_note_and_the_drafts_are_filled_in_both_languages(
    people_: list[int], company: Company
) -> None:
    reveal(company.zhao, "contact", people_[0], "mobile", "to call")
    found = breach(company.admin, Question())
    heads, lines = take_out(company.admin, found)
    (line,) = lines
    assert heads[:3] == ["Object", "Number", "Name"]
    assert line[:3] == ["Contact", people_[0], "甲0"]
    assert "Mobile" in line[3]
    assert row('SELECT 1 FROM "store_auditrow" WHERE "kind" = \'export\' AND "text" = \'breach\'') is not None
    for kind in REPORTS:
        english, chinese = report(found, kind, "en"), report(found, kind, "zh-hans")
        for text in (english, chinese):
            assert "赵敏" in text
            assert "1" in text
            assert "________" in text
            assert "{" not in text
            assert MOBILE not in text
        assert "个人信息" in chinese
    assert "general by the number of people alone" in report(found, FIRST, "en")
    assert "33" in FULL or "Likely consequences" in report(found, FULL, "en")
    assert report(breach(company.admin, Question(who=(company.guest.id,))), FIRST, "en")  # also of nothing


@pytest.mark.sqlite
def test_ten_thousand_lines_are_answered_at_once(people_: list[int], company: Company) -> None:
    at = to_db(clock.now())
    for begin in range(0, 10_000, 5_000):
        lines = [
            (company.li.id, at, "view", "contact", 10_000_000 + one, "mobile email", 1)
            for one in range(begin, begin + 5_000)
        ]
        insert_many("store_readlog", ("actor", "at", "act", "object", "record", "fields", "count"), lines)
    began = perf_counter()
    found = breach(company.admin, Question(fields=("mobile",)))
    assert sum(1 for _line in as_table(company.admin, found)[1]) == 10_000
    assert report(found, FULL, "en")
    assert perf_counter() - began < 10
    assert rows('SELECT count(*) FROM "store_readlog"')[0][0] == 10_000
