"""The search box: what people type finds what they may see, and nothing else."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, ids, make, many, nothing_written, share, trash
from tests.doors.statements import heard, plan_of
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.records import search as searching
from zhike.records.declaring.customise import create_object
from zhike.records.search import search
from zhike.records.write import write
from zhike.store.database import insert_many, is_postgres, rows, run, to_db
from zhike.store.search_newest import newest

MOBILE, MAIL = "13812349876", "j.doe@huaxin-tech.cn"


def found(text: str, actor: Actor = SYSTEM, *objects: str, size: int = 100) -> set[int]:
    return {hit.id for hit in search(actor, text, objects, size=size)}


@pytest.fixture
def account(home: Any) -> int:
    return make(
        "account",
        name="重庆华信科技股份有限公司",
        short_name="华信",
        credit_code="91110000600037341L",
        about="Maker of Straßenbahn parts 2026",
    )


@pytest.mark.parametrize(
    "text",
    [
        "华", "华信", "信科", "重庆华信", "重庆 有限", "hx", "hxkj", "HXKJ", "cqhx", "zqhx", "huax", "huaxin", "kej",
        "9111", "91110000600037341L", "91110000600037341l", "strass", "STRASSENBAHN", "２０２６", "par", "华信 par", "重",
    ],
)  # fmt: skip
def test_a_record_is_found_by(account: int, text: str) -> None:
    make("account", name="天津钢铁集团")
    assert found(text) == {account}, text


@pytest.mark.parametrize(
    "text",
    [
        "信华",
        "科华",
        "xh",
        "huo",
        "arts",
        "bahn",
        "911x",
        "华信 zzz",
        "2027",
        "'",
        '"',
        "*",
        "(",
        "NOT",
        "华 *x",
        "a OR b",
        " ",
        "\x00",
        "。",
        "%",
        "_",
    ],
)
def test_a_record_is_not_found_by(account: int, text: str) -> None:
    assert found(text) == set(), text


@pytest.mark.parametrize(
    "text",
    [
        "\ud800",
        "x\ud800y",
        "\x00华",
        "x" * 5000,
        "华 " * 500,
        "'; DROP TABLE",
        "a & b | !c <-> d",
        "tokens:华",
        "-1",
        "𠮷",
        "😀",
        "\u202e",
        "é" * 300,
    ],
)
def test_odd_questions_are_answered_and_change_nothing(account: int, text: str) -> None:
    with nothing_written():
        search(SYSTEM, text)
        search(SYSTEM, text, ("account", "nothing"))


def test_rare_characters_and_emoji_are_found(home: Any) -> None:
    rare, emoji = make("account", name="𠮷野家"), make("account", name="笑 😀 公司")
    assert found("𠮷") == {rare}
    assert found("𠮷野") == {rare}
    assert found("😀") == {emoji}


def test_a_contact_is_found_by_number_end_of_number_mail_and_domain(home: Any) -> None:
    contact = make("contact", name="张三", mobile=MOBILE, email=MAIL, phone="021-62345678转801")
    make("contact", name="李四", mobile="13900001111", email="li@example.cn")
    for text in (
        MOBILE, "138 1234 9876", "138-1234-9876", "+86 13812349876", "9876", "49876", "12349876", MAIL, MAIL.upper(), "@huaxin-tech.cn",
        "02162345678", "021-62345678", "5678", "62345678", "张 9876", "9876 张三", "zs 13812349876",
    ):  # fmt: skip
        assert found(text) == {contact}, text
    for text in (
        "1381234",
        "876",
        "1234",
        "801",
        "39876",
        "huaxin",
        "j.doe",
        "doe",
        "@huaxin",
        "@tech.cn",
        "李 9876",
        "1381234987",
        "13812349877",
    ):
        assert found(text) == set(), text


def test_an_id_number_is_found_whole(home: Any) -> None:
    create_object(
        SYSTEM,
        {
            "key": "guest",
            "label": "Guest",
            "fields": [
                {"key": "name", "label": "N", "kind": "text"},
                {"key": "no", "label": "No", "kind": "secret_text", "format": "id_number"},
            ],
        },
    )
    guest = make("guest", name="客人", no="11010519491231002X")
    for text in ("11010519491231002X", "11010519491231002x"):
        assert found(text) == {guest}, text
    for text in ("1101051949", "110105194912310021"):
        assert found(text) == set(), text


def test_search_follows_every_change(home: Any) -> None:
    account = make("account", name="旧名", phone=MOBILE)
    change("account", account, name="新名", phone="13900001111")
    assert (found("旧名"), found("新名"), found(MOBILE), found("13900001111")) == (set(), {account}, set(), {account})
    write(SYSTEM, Command("archive", "account", account))
    assert found("新名") == {account}
    trash("account", account)
    assert (found("新名"), found("13900001111")) == (set(), set())
    assert rows('SELECT 1 FROM "store_searchrow" WHERE "record" = %s', (account,)) == []
    write(SYSTEM, Command("restore", "account", account))
    assert (found("新名"), found("1111")) == ({account}, {account})
    with pytest.raises(Exception, match="name"):
        change("account", account, name="", about="不该找到")
    assert found("不该找到") == set()


def test_nobody_finds_what_they_cannot_see(home: Any, company: Company) -> None:
    theirs = make("account", name="华信科技", phone=MOBILE, owner=company.wang.id)
    contact = make("contact", name="华信张总", mobile=MOBILE, account=theirs, owner=company.wang.id)
    for text in ("华信", "华", "hx", MOBILE, "9876"):
        assert found(text, company.wang) >= {contact}, text
        assert found(text, company.li) == set(), text
        assert found(text, company.zhao) >= {contact}, text
    change("account", theirs, owner=company.li.id)
    assert found("华信", company.li) == {theirs, contact}
    assert theirs not in found("华信", company.wang)


def test_one_s_own_record_is_found_however_many_newer_ones_of_others_match(
    home: Any, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "CANDIDATES", (5,) * 5)
    account = make("account", name="同名公司", owner=company.li.id)
    contact = make("contact", name="同名人", account=account)
    many([Command("create", "account", values={"name": f"同名公司{n}", "owner": company.chen.id}) for n in range(12)])
    many([Command("create", "contact", values={"name": f"同名人{n}", "owner": company.chen.id}) for n in range(12)])
    assert found("同名人", company.li) == {contact}
    assert len(found("同名公司", company.admin, size=10)) == 10
    monkeypatch.setattr(searching, "CANDIDATES", (5,))
    assert found("同名公司", company.li) == {account}
    shared = make("account", name="同名公司的分公司", owner=company.chen.id)
    share("account", shared, person=company.li.id)
    own_contact = make("contact", name="同名人自己的", owner=company.li.id)
    many([Command("create", "contact", values={"name": f"同名人{n}", "owner": company.chen.id}) for n in range(12)])
    assert found("同名公司", company.li) == {account, shared}, "with shares besides, too"
    assert found("同名人", company.li) == {own_contact}


def test_every_document_that_matches_comes_once_and_the_newest_first(
    home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(3)
    far = 2_000_000
    listed = sorted(draw.sample(range(far, 2 * far), 400))
    kept = {one: {"机", "械"} if draw.random() < 0.4 else {"机"} for one in listed}
    lines = [(one, "account", " ".join(sorted(some)), to_db(False)) for one, some in kept.items()]
    insert_many("store_searchrow", ("record", "object", "tokens", "cut"), lines)
    expected = [one for one in reversed(listed) if "械" in kept[one]]
    for span in (1, 200_000, 4 * far):
        monkeypatch.setattr("zhike.store.search_newest._ends", lambda tables: [listed[-1], listed[100]])
        monkeypatch.setattr("zhike.store.search_newest.SPAN", span)
        for tables in ([], ["objects_account"]):
            batches = list(newest([["机"], ["械"]], (7, 20, 10_000), tables))
            came = [one for batch in batches for one, _object in batch]
            assert sorted(came, reverse=True) == expected
            assert len(batches[0]) <= 7
            for batch in batches:
                assert [one for one, _object in batch] == sorted((one for one, _object in batch), reverse=True)
    assert next(newest([["机"], ["械"]], (7,), ["objects_account"]))[0][0] == expected[0]


def test_what_every_document_holds_is_not_looked_through_to_its_end(home: Any, company: Company) -> None:
    first = make("account", name="机械", owner=company.li.id)
    lines = [(first + 1 + one, "account", "机 械" if one % 2 else "机", to_db(False)) for one in range(6000)]
    insert_many("store_searchrow", ("record", "object", "tokens", "cut"), lines)
    run('ANALYZE "store_searchrow"' if is_postgres() else "ANALYZE")
    with heard() as said:
        next(newest([["机"], ["械"]], (100, 300), ["objects_account", "objects_contact"]))
    (asked,) = [one for one in said if "MATCH" in one[0] or "@@" in one[0]]
    plan = plan_of(asked)
    assert ("searchrow_pkey" in plan and "Sort" not in plan) if is_postgres() else "TEMP B-TREE" not in plan
    with heard() as said:
        list(newest([["机"], ["械"]], (100,), []))
    (asked,) = [one for one in said if "MATCH" in one[0] or "@@" in one[0]]
    plan = plan_of(asked)
    assert ("search_words" in plan and "searchrow_pkey" not in plan) if is_postgres() else "VIRTUAL TABLE INDEX" in plan


def test_the_best_hits_come_first_and_no_more_than_asked(home: Any) -> None:
    inside, whole, start = (make("account", name=name) for name in ("北京华信", "华信", "华信科技"))
    newest = make("account", name="x", about="华信")
    assert [hit.id for hit in search(SYSTEM, "华信")] == [whole, start, inside, newest]
    assert [hit.id for hit in search(SYSTEM, "华信", size=2)] == [whole, start]


def test_a_search_within_one_object_stays_there(home: Any) -> None:
    account, lead = make("account", name="华信"), make("lead", name="华信")
    assert found("华信") == {account, lead}
    assert found("华信", SYSTEM, "lead") == {lead}
    assert found("李娜") == set()
    assert len(found("李娜", SYSTEM, "user")) == 1
    assert found("华信", SYSTEM, "no such object") == set()


def test_the_line_of_a_hit_shows_masks_and_nothing_hidden(home: Any, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    make("contact", name="张三", mobile=MOBILE, job="厂长", account=account, owner=company.li.id)
    (hit,) = search(company.li, "张三")
    assert MOBILE not in hit.line
    assert hit.line == "厂长 · A · 138****9876"


def test_a_long_text_is_found_by_its_words_and_says_when_it_is_cut(home: Any) -> None:
    words = " ".join(f"word{n}" for n in range(700))
    note = make("note", title="n", body=f"<p>{words} 末尾</p>", parent=f"account:{make('account', name='A')}")
    for text in ("word1", "word699", "末尾", "word3 word600"):
        assert found(text) == {note}, text
    assert found("p>") == set()
    assert ids(SYSTEM, "note") == {note}
