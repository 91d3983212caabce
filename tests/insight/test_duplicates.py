"""Scans and the question "is this one here already?": figures, rights, other objects, objects of one's own."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, make, share, trash, with_fields
from tests.doors.statements import heard, plan_of
from tests.insight.chinese_firms import firms
from tools.example import load_set
from zhike.insight.duplicates import Scan, clusters, reasons, scan
from zhike.insight.duplicates_kept import groups, scan_all
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records.declaring.customise import create_field, create_object
from zhike.records.externals import external_ids_of
from zhike.records.likeness.duplicates import find_same, find_same_many
from zhike.records.likeness.outside import MOST_AN_HOUR, choose_outside
from zhike.records.likeness.pairs import keep_pairs, kept_pairs
from zhike.records.write import write_many
from zhike.schema.registry import registry
from zhike.store.database import rows

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ZHIKE_TEST_DATA", ROOT.parent / "shared" / "data"))
MOBILE = "13812349876"


def figures(found: set[frozenset[Any]], truth: set[frozenset[Any]]) -> tuple[float, float]:
    """Precision and recall."""
    return len(found & truth) / len(found), len(found & truth) / len(truth)


def pairs_of(done: Scan) -> set[tuple[int, int]]:
    return {(pair.one, pair.two) for pair in done.pairs}


@pytest.mark.slow
@pytest.mark.parametrize("file", ["dataset1.csv", pytest.param("dataset2.csv", marks=pytest.mark.sqlite)])
def test_people_of_the_public_set_are_found(fresh_home: Any, file: str) -> None:
    folder = DATA / "febrl"
    if not folder.is_dir():
        pytest.skip(f"the public data set febrl is not in {DATA}; set ZHIKE_TEST_DATA to try it")
    load_set(ROOT / "examples" / "febrl", folder, file, print_line=lambda line: None)
    done = scan(SYSTEM, "contact")
    names = external_ids_of(done.spec, [one for pair in pairs_of(done) for one in pair])
    people: dict[str, list[str]] = {}
    with (folder / file).open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines, skipinitialspace=True):
            people.setdefault(line["rec_id"].split("-")[1], []).append(line["rec_id"])
    truth = {frozenset((a, b)) for some in people.values() for a in some for b in some if a != b}
    precision, recall = figures({frozenset((names[one], names[two])) for one, two in pairs_of(done)}, truth)
    assert precision >= 0.98
    assert recall >= 0.95


def test_chinese_companies_are_found_and_their_neighbours_left_alone(home: Any) -> None:
    listed, truth = firms(300)
    commands = [Command("create", "account", values=values) for values in listed]
    ids = [done.id for done in write_many(SYSTEM, commands).results]
    done = scan(SYSTEM, "account")
    place = {record: at for at, record in enumerate(ids)}
    found = {frozenset((place[one], place[two])) for one, two in pairs_of(done)}
    precision, recall = figures(found, truth)
    assert precision >= 0.98
    assert recall >= 0.95
    assert done.compared < len(ids) ** 2 / 8, "not every pair is looked at"


def test_a_scan_gathers_chains_into_one_cluster_and_says_why(home: Any) -> None:
    first = make("contact", name="欧阳靖宇", mobile=MOBILE)
    second = make("contact", name="欧阳靖宇", mobile=MOBILE, email="oy@example.cn")
    third = make("contact", name="Ouyang", email="oy@example.cn")
    make("contact", name="陈圆圆", mobile="13500001111")
    done = scan(SYSTEM, "contact")
    (cluster,) = clusters(done.pairs)
    assert cluster.ids == (first, second, third)
    told = [str(text) for speaks_for, text in reasons(done.spec, cluster.pairs[0]) if speaks_for]
    assert "Mobile ending in 9876 is the same" in told
    assert "Name is the same: 欧阳靖宇" in told
    trash("contact", second)
    assert scan(SYSTEM, "contact").pairs == []


def test_a_branch_is_told_of_and_not_taken_for_the_company(home: Any) -> None:
    name = "苏州凌渡精密机械有限公司"
    whole = make("account", name=name, website="https://lingdu.cn")
    branch = make("account", name=name + "上海分公司", website="https://lingdu.cn")
    assert scan(SYSTEM, "account").pairs == []
    (told,) = [one for one in find_same(SYSTEM, "account", {"name": name + "成都办事处"}) if one.id == whole]
    assert told.related
    assert "成都办事处" in str(told.reasons[0])
    assert {one.id for one in find_same(SYSTEM, "account", {"name": name})} == {whole, branch}


def test_a_scan_sees_no_more_than_its_actor(home: Any, company: Company) -> None:
    mine = make("account", name="凌渡精密机械", phone=MOBILE, owner=company.li.id)
    twin = make("account", name="凌渡精密机械", phone=MOBILE, owner=company.li.id)
    theirs = make("account", name="凌渡精密机械", phone=MOBILE, owner=company.chen.id)
    assert pairs_of(scan(company.li, "account")) == {(mine, twin)}
    share("account", theirs, person=company.li.id)
    assert len(scan(company.li, "account").pairs) == 3
    nobody = with_fields("nobody", {}, {"contact": "all"})
    with pytest.raises(Forbidden):
        scan(nobody, "account")


def test_hidden_and_masked_fields_take_no_part(home: Any) -> None:
    make("contact", name="王伟", mobile=MOBILE)
    make("contact", name="赵敏", mobile=MOBILE, email="a@example.cn")
    sighted = scan(SYSTEM, "contact", 0)
    assert sighted.pairs[0].score > 60
    for right in ("hidden", "masked"):
        blind = with_fields(f"{right} mobile", {"contact.mobile": right})
        done = scan(blind, "contact", 0)
        assert all(one.by != "phone" for pair in done.pairs for one, _found in pair.found)
        assert find_same(blind, "contact", {"mobile": MOBILE}) == []


def test_whoever_types_is_told_of_what_is_there_in_any_object(home: Any) -> None:
    account = make("account", name="苏州凌渡精密机械有限公司", short_name="凌渡精机")
    contact = make("contact", name="王建国", mobile=MOBILE)
    lead = make("lead", name="王健国", phone=MOBILE)
    found = find_same(SYSTEM, "lead", {"name": "王建国", "phone": "138-1234-9876", "company": "凌渡精密机械"})
    assert {(one.object, one.id) for one in found} == {("account", account), ("contact", contact), ("lead", lead)}
    assert find_same(SYSTEM, "account", {"name": "凌渡精机"})[0].id == account
    assert [one.id for one in find_same(SYSTEM, "contact", {"mobile": MOBILE}, exclude_id=contact)] == [lead]
    assert find_same(SYSTEM, "contact", {"mobile": "not a number", "name": "", "unknown": "x"}) == []
    assert find_same(SYSTEM, "contact", {"birthday": "1980-01-01"}) == [], "a birthday alone tells nothing"


def test_what_changes_or_goes_is_no_longer_found(home: Any) -> None:
    contact = make("contact", name="王建国", mobile=MOBILE)
    change("contact", contact, mobile="13500001111")
    assert find_same(SYSTEM, "contact", {"mobile": MOBILE}) == []
    assert [one.id for one in find_same(SYSTEM, "contact", {"mobile": "13500001111"})] == [contact]
    trash("contact", contact)
    assert find_same(SYSTEM, "contact", {"mobile": "13500001111"}) == []
    assert rows('SELECT 1 FROM "store_alikekey" WHERE "record" = %s', (contact,)) == []
    write_many(SYSTEM, [Command("restore", "contact", contact)])
    assert [one.id for one in find_same(SYSTEM, "contact", {"mobile": "13500001111"})] == [contact]


def test_many_are_asked_for_at_once_as_each_alone(home: Any) -> None:
    for name in ("凌渡精密机械", "华信科技", "金鼎食品"):
        make("account", name=f"苏州{name}有限公司")
    asked = [{"name": "凌渡精密机械"}, {"name": "没有的公司"}, {}, {"name": "金鼎食品（苏州）有限公司"}]
    together = find_same_many(SYSTEM, "account", asked)
    assert together == [find_same(SYSTEM, "account", values) for values in asked]
    assert [len(one) for one in together] == [1, 0, 0, 1]


def test_keys_are_stored_as_hashes_only(home: Any) -> None:
    make("contact", name="欧阳靖宇", mobile=MOBILE, email="oy@example.cn")
    stored = str(rows('SELECT "object", "key" FROM "store_alikekey"'))
    assert "contact" in stored
    for text in ("欧阳", "9876", "oy@", "ouyang"):
        assert text not in stored


@pytest.mark.parametrize(("choice", "told"), [("nothing", 0), ("exists", 1), ("owner", 1)])
def test_a_duplicate_outside_ones_sight_is_told_as_the_administrator_chose(
    home: Any, company: Company, choice: str, told: int
) -> None:
    make("account", name="凌渡精密机械", phone=MOBILE, short_name="秘密", owner=company.chen.id)
    choose_outside(company.admin, choice)
    found = find_same(company.li, "account", {"phone": MOBILE})
    assert len(found) == told
    for one in found:
        assert (one.outside, one.id, one.title, one.line, one.reasons) == (True, 0, "", "", ())
        assert one.owner == ("陈晨" if choice == "owner" else "")
    logged = rows('SELECT "actor", "object" FROM "store_readlog" WHERE "act" = %s', ("duplicate",))
    assert logged == [(company.li.id, "account")] * told
    assert find_same(company.li, "account", {"short_name": "秘"}) == []
    with pytest.raises(Forbidden):
        choose_outside(company.li, "owner")
    with pytest.raises(Invalid):
        choose_outside(company.admin, "everything")


def test_nobody_goes_through_the_phone_book_by_typing(home: Any, company: Company) -> None:
    numbers = [f"138{at:08d}" for at in range(MOST_AN_HOUR + 5)]
    many = [
        Command("create", "account", values={"name": f"公司{n}", "phone": n, "owner": company.chen.id}) for n in numbers
    ]
    write_many(SYSTEM, many)
    told = [bool(find_same(company.li, "account", {"phone": number})) for number in numbers]
    assert told == [True] * MOST_AN_HOUR + [False] * 5
    assert find_same(company.li, "account", {"phone": numbers[0]}), "what was told once is told again"
    assert find_same(company.wang, "account", {"phone": numbers[-1]}), "another person starts anew"


def test_objects_of_ones_own_say_how_they_are_compared(home: Any) -> None:
    fields = [
        {"key": "name", "label": "N", "kind": "text"},
        {"key": "plate", "label": "P", "kind": "text"},
        {"key": "chassis", "label": "C", "kind": "secret_text", "same": "code"},
    ]
    body = {"key": "truck", "label": "Truck", "fields": fields, "same": "name:text plate:code"}
    assert [one.by for one in create_object(SYSTEM, body).compared] == ["text", "code", "code"]
    first = make("truck", name="One", plate="苏E12345", chassis="LSVAA4182E2123456")
    second = make("truck", name="Two", plate="苏E-12345", chassis="LSVAA4182E2123465")
    make("truck", name="Three", plate="苏E54321", chassis="LSVAA4182E2999999")
    assert pairs_of(scan(SYSTEM, "truck")) == {(first, second)}
    assert [one.id for one in find_same(SYSTEM, "truck", {"chassis": "LSVAA4182E2123456"})] == [first, second]
    create_field(SYSTEM, "account", {"key": "tax_no", "label": "T", "kind": "text", "same": "code"})
    account = make("account", name="甲", tax_no="DE123456789")
    assert [one.id for one in find_same(SYSTEM, "account", {"tax_no": "DE 123456789"})] == [account]


@pytest.mark.parametrize(
    "wrong",
    [
        {"same": "name:unknown"},
        {"same": "missing:text"},
        {"same": "name:phone"},
        {"same": ["name"]},
        {"same": "name:text", "same_others": ["nothing"]},
        {"fields": [{"key": "name", "label": "N", "kind": "text", "same": "phone"}]},
    ],
)
def test_a_rule_that_cannot_be_is_refused(home: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        create_object(
            SYSTEM, {"key": "truck", "label": "T", "fields": [{"key": "name", "label": "N", "kind": "text"}], **wrong}
        )


def test_what_is_asked_while_typing_is_answered_by_an_index_and_in_few_statements(home: Any) -> None:
    values = [{"name": f"苏州凌渡{n}号机械有限公司", "phone": f"138{n:08d}"} for n in range(30)]
    write_many(SYSTEM, [Command("create", "account", values=one) for one in values])
    with heard() as few:
        find_same_many(SYSTEM, "account", values[:2])
    with heard() as many:
        find_same_many(SYSTEM, "account", values[:20])
    assert len(many) <= len(few) + 2, "a statement for each 150 keys, none for each row"
    (asked, *_more) = [one for one in few if "store_alikekey" in one[0]]
    assert "alike_key" in plan_of(asked)
    keep_pairs(registry.object("account"), [1, 2], [(1, 2, 99.0)])
    with heard() as kept:
        kept_pairs(registry.object("account"), 90)
    assert "alike_score" in plan_of(kept[0])


def test_a_page_of_clusters_costs_the_same_however_many_there_are(home: Any, company: Company) -> None:
    def cost() -> int:
        scan_all("contact")
        groups(company.admin, "contact")
        with heard() as found:
            groups(company.admin, "contact")
        return len([one for one in found if "store_alikekey" not in one[0]])

    def twice(name: str, number: int) -> None:
        for _time in range(2):
            make("contact", name=name, mobile=f"139{number:08d}")

    twice("欧阳靖宇", 1)
    once = cost()
    for number, name in enumerate(("陈圆圆", "诸葛亮明", "司马相如", "上官婉儿", "夏侯惇元"), 2):
        twice(name, number * 1111)
    assert groups(company.admin, "contact").count == 1, "not scanned yet"
    assert cost() == once
    assert groups(company.admin, "contact").count == 6
