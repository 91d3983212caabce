"""What a follow-up line says: a table of lines, ordinary, ambiguous and nonsense, in two languages and mixed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.kernel.words import Plain
from zhike.objects.day.line import Known, understand
from zhike.objects.day.names import Person
from zhike.schema.spec import Option

PEOPLE = (
    Person(1, "王建国", "总经理", "mr"),
    Person(2, "王芳", "采购专员", "ms"),
    Person(3, "许文", "设备科长"),
    Person(4, "欧阳娜", "财务主管", "ms"),
    Person(5, "Anna Schmidt", "Buyer", "ms"),
    Person(6, "李强", "工程师"),
    Person(7, "李敏", "经理"),
    Person(8, "李敏", "会计"),
)


def options(**names: str) -> tuple[Option, ...]:
    return tuple(Option(key, Plain(name)) for key, name in names.items())


KNOWN = Known(
    datetime(2026, 3, 18, 10, 0, tzinfo=UTC),
    options(call="电话", visit="拜访", wechat="微信", mail="邮件", meeting="会议", fair="展会", other="其他"),
    options(good="顺利", neutral="未定", bad="不顺利", no_answer="没联系上"),
    (*options(contract="合同", payment="回款"), Option("quote", Plain("报价", {"en": "Quote"}))),
    PEOPLE,
)

LINES: list[tuple[str, dict[str, Any]]] = [
    (
        "打电话给王总,下周三再联系 !报价",
        {"way": "call", "contacts": [1], "next_on": "2026-03-25", "next_step": "再联系", "tags": ["quote"]},
    ),
    (
        "call Anna, a third up front is fine, call back Friday !quote",
        {"way": "call", "contacts": [5], "next_on": "2026-03-20", "next_step": "call back", "tags": ["quote"]},
    ),
    (
        "电话 王总 首付降到三成可以谈，周五回访",
        {"way": "call", "contacts": [1], "next_on": "2026-03-20", "next_step": "回访"},
    ),
    (
        "王芳没接，明天下午三点再打",
        {"contacts": [2], "result": "no_answer", "next_on": "2026-03-19", "next_time": "15:00", "next_step": "再打"},
    ),
    ("没联系上李工", {"result": "no_answer", "contacts": [6]}),
    (
        "couldn't reach Ms Wang, try again in 3 days",
        {"result": "no_answer", "contacts": [2], "next_on": "2026-03-21", "next_step": "try again"},
    ),
    ("昨天拜访了欧阳经理，很顺利", {"happened": "2026-03-17 12:00", "way": "visit", "contacts": [4], "result": "good"}),
    (
        "Visited Anna yesterday at 3pm; send quote by next Friday",
        {
            "way": "visit",
            "contacts": [5],
            "happened": "2026-03-17 15:00",
            "next_on": "2026-03-27",
            "next_step": "send quote",
        },
    ),
    (
        "微信 建国：合同没问题，月底签 ！合同 !回款",
        {"way": "wechat", "contacts": [1], "next_on": "2026-03-31", "next_step": "签", "tags": ["contract", "payment"]},
    ),
    (
        "明天 call 王总，首付降到三成可以谈",
        {"way": "call", "contacts": [1], "next_on": "2026-03-19", "next_step": "call 王总"},
    ),
    ("周五前给书面答复", {"next_on": "2026-03-20", "next_step": "给书面答复"}),
    ("展会上见到许科长和李工", {"way": "fair", "contacts": [3, 6]}),
    ("下周三", {"next_on": "2026-03-25"}),
    ("下周三再打电话", {"next_on": "2026-03-25", "next_step": "再打电话"}),
    ("今天下午三点回电话", {"next_on": "2026-03-18", "next_time": "15:00", "next_step": "回电话"}),
    ("今天打电话给王总", {"way": "call", "contacts": [1]}),
    ("3月10日发的样品收到了，下周三再联系", {"next_on": "2026-03-25", "next_step": "再联系"}),
    ("２０２５年１２月３日签的合同", {}),
    ("２０２５年１２月３日签了", {"happened": "2025-12-03 12:00"}),
    ("打电话给 王建国总经理", {"way": "call", "contacts": [1]}),
    ("Met Mr Wang", {"way": "meeting", "contacts": [1]}),
    # -- several may be meant: nobody is chosen, all are told
    ("找王工确认", {"contacts?": [1, 2]}),
    ("李敏来电", {"way": "call", "contacts?": [7, 8]}),
    ("call Wang", {"way": "call", "contacts?": [1, 2]}),
    # -- what only looks like it
    ("太好了！报价已发", {}),
    ("客户说总价太高，王总价格", {}),
    ("wants 1/3 up front", {}),
    ("不顺利，明确拒绝", {"result": "bad"}),
    ("!不存在", {"tags?": []}),
    ("!!!", {}),
    ("asdf qwer 12345 ;;;", {}),
    # what sellers write
    ("没接电话，下午再打。", {"result": "no_answer", "way": "call", "next_on": "2026-03-18", "next_step": "再打"}),
    (
        "电话打了两次都没人接，晚上再打",
        {"way": "call", "result": "no_answer", "next_on": "2026-03-18", "next_step": "再打"},
    ),
    ("明天下午再打", {"next_on": "2026-03-19", "next_step": "下午再打"}),
    ("预算要到一月才批，元旦后再联系", {"next_on": "2027-01-04", "next_step": "再联系"}),
    ("国庆后再谈", {"next_on": "2026-10-08", "next_step": "再谈"}),
    ("五一前给报价", {"next_on": "2026-04-30", "next_step": "给报价"}),
    ("五一路的工厂已参观", {}),
    ("对方出差了，下周一回来，到时候联系", {"next_on": "2026-03-23", "next_step": "联系"}),
    ("Anna on holiday until Monday, call then", {"contacts": [5], "next_on": "2026-03-23", "next_step": "call"}),
    ("演示很成功", {"result": "good"}),
    ("王芳说已经选了别家", {"contacts": [2], "result": "bad"}),
    ("签合同后再联系", {}),
    ("昨天下午拜访了王总", {"happened": "2026-03-17 15:00", "way": "visit", "contacts": [1]}),
    ("昨晚和王总微信聊了", {"happened": "2026-03-17 19:00", "way": "wechat", "contacts": [1]}),
    ("try again tomorrow at 10", {"next_on": "2026-03-19", "next_time": "10:00", "next_step": "try again"}),
    ("No answer, call back this afternoon", {"result": "no_answer", "next_on": "2026-03-18", "next_step": "call back"}),
    ("sent brochure to Wang Fang", {"contacts": [2]}),
    ("sent brochure to Jianguo Wang", {"contacts": [1]}),
    ("", {}),
    ("   \n ", {}),
    ("三点意见已记", {}),
]


def told(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for piece in understand(text, KNOWN).pieces:
        if piece.value is None:
            found[piece.key + "?"] = [one.id for one in piece.choices]
        elif piece.key in ("contacts", "tags"):
            found.setdefault(piece.key, []).append(getattr(piece.value, "id", piece.value))
        elif piece.key == "happened":
            found["happened"] = f"{piece.value:%Y-%m-%d %H:%M}"
        else:
            found[piece.key] = piece.value if isinstance(piece.value, str) else piece.value.isoformat()
    return found


@pytest.mark.parametrize(("line", "wanted"), LINES, ids=[line[:30] or "nothing" for line, _wanted in LINES])
def test_a_line_is_understood(line: str, wanted: dict[str, Any]) -> None:
    assert told(line) == wanted


def test_every_piece_says_where_it_was_read() -> None:
    line = "打电话给王总,下周三下午三点再联系 ！报价"
    said = {piece.key: piece.said(line) for piece in understand(line, KNOWN).pieces}
    assert said == {
        "way": "打电话", "contacts": "王总", "next_on": "下周三", "next_time": "下午三点", "next_step": "再联系", "tags": "！报价",
    }  # fmt: skip


def test_nobody_is_known_without_people_and_a_tag_no_longer_offered_is_none() -> None:
    gone = (Option("quote", Plain("报价"), active=False),)
    known = Known(KNOWN.now, KNOWN.ways, KNOWN.results, gone)
    found = understand("电话 王总 !报价", known)
    assert [(one.key, one.value) for one in found.pieces] == [("way", "call"), ("tags", None)]


@given(st.text(max_size=200))
def test_any_text_is_kept_whole_and_read_within_its_bounds(text: str) -> None:
    found = understand(text, KNOWN)
    assert found.text == text
    assert all(0 <= piece.start < piece.end <= len(text) for piece in found.pieces)


@given(
    st.lists(
        st.sampled_from(
            ["王总", "下周三", "12/3", "！报价", "call", "明天", "3pm", "没接", " ", "，", "一", "back", "2026-02-31"]
        ),
        max_size=14,
    )
)
def test_fragments_in_any_order_never_fail(parts: list[str]) -> None:
    text = "".join(parts)
    assert understand(text, KNOWN).text == text


def test_a_long_text_is_read_quickly() -> None:
    text = ("客户说首付1/3可以谈，王总下周三回复，" * 400)[:8000]
    assert understand(text, KNOWN).of("next_on")
