from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.query.samples import ACCOUNT, OPPORTUNITY, SETTING, TODAY, read
from zhike.kernel import words
from zhike.query.sentence import Piece, pieces, sentence
from zhike.query.spelling import to_text
from zhike.query.tree import EVERYTHING, Compare, InSet, Not, Path
from zhike.schema.kinds.base import Setting

CHINESE = {
    "is": "是",
    "is not": "不是",
    "is more than": "大于",
    "is one of": "是其中之一",
    "is none of": "不是其中任何一个",
    "is within": "在",
    "is before": "早于",
    "and": "且",
    "or": "或",
    "Stage": "阶段",
    "Amount": "金额",
    "Close date": "预计成交日",
    "the next {amount}": "未来 {amount}",
    "{n} days": "{n} 天",
    "({condition})": "（{condition}）",
}
READER = Setting(language="zh-hans", today=TODAY)


@pytest.fixture
def chinese(as_written: None) -> Iterator[None]:
    with words.speaking("zh-hans", lambda text: CHINESE.get(text, text)):
        yield


def titles(path: Path, scalar: Any) -> str:
    return {"proposal": "谈判", 12: "苏州钢铁", "new": "初步接触"}.get(scalar, "")


@pytest.mark.usefixtures("chinese")
def test_a_filter_reads_as_a_chinese_sentence() -> None:
    assert sentence(read("stage = proposal and amount > 10000"), READER, titles) == "阶段 是 谈判 且 金额 大于 ¥10,000"
    text = "(stage in (new, proposal) or account = 12) and close_on within next 30 days and account.industry = steel"
    expected = (
        "（阶段 是其中之一 初步接触、谈判 或 客户 是 苏州钢铁） 且 预计成交日 在 未来 30 天 且 客户 › Industry 是 钢铁"
    )
    assert sentence(read(text), READER, titles) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "everything"),
        ("nothing", "nothing"),
        ("amount > 10万", "Amount is more than CN¥100,000"),
        ("seats not in (1, 2)", "Seats is none of 1, 2"),
        ("stage = new", "Stage is new"),
        ('stage = "New deal"', "Stage is New deal"),
        ("stage.code ~ ne", "Stage › Key contains ne"),
        ("account = 12", "Account is #12"),
        ("parent = account:12", "Belongs to is account:12"),
        ("owner = me", "Owner is me"),
        ("owner is not empty", "Owner is not empty"),
        ("is_key = true", "Is key is yes"),
        ("close_on < today - 7 days", "Close date is before 7 days ago"),
        ("close_on >= today", "Close date is from today"),
        ("close_on = today + 2 weeks", "Close date is in 2 weeks"),
        ("close_on not within last month", "Close date is not within last month"),
        ("close_on within last 2 quarters", "Close date is within the last 2 quarters"),
        ("close_on within 2026Q1", "Close date is within 2026Q1"),
        ("close_on within 2026-03-01..today", "Close date is within 2026-03-01 to today"),
        ("met > now - 1 hour", "Met is after 1 hour ago"),
        ("tags has (vip, key)", "Tags has VIP, Key account"),
        ("watchers has (me, Bo)", "Watchers has me, Bo"),
        ("not tags has vip", "Tags does not have VIP"),
        ("not (seats = 1 and seats = 2)", "not (Seats is 1 and Seats is 2)"),
        ("not seats = 1", "not Seats is 1"),
        ("amount.currency = USD", "Amount › currency is USD"),
        ("shared with me or seats = 1", "shared with me or Seats is 1"),
    ],
)
def test_each_condition_reads_in_plain_words(text: str, expected: str) -> None:
    assert sentence(read(text), SETTING) == expected


def test_pieces_are_the_chips_of_a_conjunction() -> None:
    told = pieces(read("stage = new and close_on within this week and (seats = 1 or seats = 2)"), SETTING)
    assert told == [
        Piece("stage", "Stage", "is", "new", "stage = new"),
        Piece("close_on", "Close date", "is within", "this week", "close_on within this week"),
        Piece("", "", "", "Seats is 1 or Seats is 2", "seats = 1 or seats = 2"),
    ]
    assert pieces(EVERYTHING, SETTING) == []
    assert [piece.path for piece in pieces(read("close_on within 2026"), SETTING)] == ["close_on"]


def test_secrets_are_told_as_they_were_asked() -> None:
    assert sentence(read("phone ends 1234", ACCOUNT), SETTING) == "Phone ends with 1234"
    assert sentence(read('mail domain "example.com"', ACCOUNT), SETTING) == "Mail is of the mail domain example.com"


def test_a_row_scope_over_a_link_reads_too_but_has_no_filter_text() -> None:
    scope = InSet(OPPORTUNITY["account"], ACCOUNT, read("owner = me", ACCOUNT))
    assert sentence(scope, SETTING) == "Account is among Accounts where Owner is me"
    with pytest.raises(ValueError, match="row scope"):
        to_text(scope)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("(STAGE = new) AND amount>10万", "stage = new and amount > 10万"),
        ("not industry in (钢铁, food)", "industry not in (steel, food)"),
        ("not close_on within this month", "close_on not within this month"),
        ("name = “两个 词”", 'name = "两个 词"'),
        ("name = '钢铁'", "name = 钢铁"),
        ('account = "ACME"', 'account = "ACME"'),
        ("account.name = ACME", 'account = "ACME"'),
        ("stage.code = new", "stage = new"),
        ('stage.code = "a b"', 'stage.code = "a b"'),
        ('stage.code = "me"', 'stage.code = "me"'),
        (
            "seats = 1 or (seats = 2 and not (seats = 3 or seats = 4))",
            "seats = 1 or seats = 2 and not (seats = 3 or seats = 4)",
        ),
        ("close_on = TODAY - 1 DAYS", "close_on = today - 1 day"),
        ("amount.value > 3", "amount.value > 3"),
        ("met <= today", "met < today + 1 day"),
    ],
)
def test_canonical_text_is_short_and_keeps_relative_days(text: str, canonical: str) -> None:
    assert to_text(read(text)) == canonical


def test_a_tree_made_by_code_is_written_from_its_values() -> None:
    own = {key: Path((OPPORTUNITY,), (), OPPORTUNITY[key]) for key in ("owner", "amount", "close_on", "weight")}
    assert to_text(Compare(own["owner"], "in", (1, 2))) == "owner in (1, 2)"
    assert to_text(Compare(own["amount"], ">", 1_000_050)) == "amount > 10000.5"
    assert to_text(Compare(own["weight"], "=", 1500)) == "weight = 1.5"
    assert to_text(Not(Compare(own["close_on"], "<", date(2026, 3, 9)))) == "not close_on < 2026-03-09"
