"""What holds for every kind, whatever comes in."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kinds.asking import AMERICA, CHINA, OPTIONS, OpenSealer, field
from zhike.schema.kinds import KINDS, ParseError, Setting, kind_of
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Lookup

FIELDS = {
    "text": field("text", max=40),
    "credit_code": field("text", format="credit_code"),
    "time": field("text", format="time"),
    "checklist": field("long_text", format="checklist"),
    "auto_number": field("auto_number"),
    "long_text": field("long_text"),
    "rich_text": field("rich_text"),
    "secret_text": field("secret_text"),
    "id_number": field("secret_text", format="id_number"),
    "bank_account": field("secret_text", format="bank_account"),
    "number": field("number"),
    "number with decimals": field("number", decimals=6, unit="件"),
    "percent": field("percent"),
    "money": field("money"),
    "unit price": field("money", decimals=6),
    "date": field("date"),
    "instant": field("instant"),
    "duration": field("duration"),
    "yes_no": field("yes_no"),
    "choice": field("choice", options=OPTIONS),
    "choices": field("choices", options=OPTIONS),
    "link": field("link", to="account"),
    "links": field("links", to="account"),
    "any_link": field("any_link"),
    "phone": field("phone"),
    "email": field("email"),
    "url": field("url"),
    "address": field("address"),
    "file": field("file"),
    "formula": field("formula", result="money"),
    "roll_up": field("roll_up", result="date"),
}
SETTINGS = [CHINA, AMERICA, Setting(currency="JPY", language="en", timezone="Asia/Tokyo", country="JP")]
SIGNS = "0123456789.,-+/:：年月日时点分半上下午万亿千%％¥$€()（）@<>&;#转extUSDCNYTZ 〇一二三十省市区江苏北京朝阳hm\n\t"
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.text(SIGNS, max_size=24)
    | st.integers(-(10**400), 10**400) | st.text(st.characters(), max_size=10) | st.decimals() | st.dates() |
    st.datetimes()
    | st.sampled_from(["2026-03-09", "13800138000", "a@x.cn", "new", "account:7", "<p>x", "江苏省苏州市",
    "91350100M000100Y43", "1.2万"])
)  # fmt: skip
NAMES = st.sampled_from(
    ["id", "object", "title", "amount", "currency", "base", "country", "region", "street", "masked"]
) | st.text(max_size=4)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=6
)

VALID = {
    "text": st.text(max_size=60),
    "long_text": st.text(max_size=200),
    "rich_text": st.lists(st.sampled_from(["<p>", "</p>", "<b>", "</b>", "<li>", "<table>", "<td>", "<a href=x>", "a",
    "&lt;", "&#13;", "\n", "<svg>", "<"])).map("".join),
    "number": st.integers(-(2**53) + 1, 2**53 - 1),
    "number with decimals": st.decimals(-(10**8), 10**8, places=6),
    "percent": st.decimals(-1000, 1000, places=4),
    "money": st.builds(lambda n, c: {"amount": str(n), "currency": c}, st.integers(-(10**12), 10**12),
    st.sampled_from(["CNY", "JPY", "KWD"])),
    "unit price": st.decimals(-(10**6), 10**6, places=6).map(str),
    "date": st.dates().map(str),
    "instant": st.datetimes().map(str) | st.datetimes(timezones=st.timezones()),
    "duration": st.integers(0, 10**8),
    "choices": st.lists(st.sampled_from(["new", "won", "old", "Won, signed"])),
    "links": st.lists(st.integers(1, 2**53 - 1)),
    "phone": st.integers(10**6, 10**12).map(lambda n: f"+86{n}") | st.from_regex(r"0[1-9][0-9]{9,10}(转[0-9]{3})?",
    fullmatch=True),
    "email": st.emails(),
    "url": st.from_regex(r"(https?://)?[a-zA-Z0-9-]{1,9}\.[a-z]{2,3}(:[0-9]{1,4})?(/[^\s]*)?(\?[^\s]*)?",
    fullmatch=True),
    "address": st.builds(lambda a, b: a + b, st.sampled_from(["江苏省苏州市", "北京市朝阳区", "吴中区", "四川北路",
    ""]), st.text(max_size=20)),
}  # fmt: skip


def check(name: str, raw: Any, setting: Setting) -> Any:
    """Parse; whatever is taken survives JSON, storage and showing. Gives the value, or the ParseError."""
    one: FieldSpec = FIELDS[name]
    kind = kind_of(one)
    try:
        value = kind.parse(raw, one, setting)
    except ParseError as problem:
        assert str(problem.text).encode("utf-8")
        return problem
    carried = json.loads(json.dumps(kind.to_json(value, one)))
    assert kind.parse(carried, one, setting) == value
    kind.show(value, one, setting).encode("utf-8")
    if value is None:
        return value
    assert jsonschema_rs.is_valid(dict(kind.schema(one)), carried) or has_lookup(value)
    kind.tokens(value, one).encode("utf-8")
    if has_lookup(value):
        return value
    sealer = OpenSealer() if kind.secret else None
    parts = kind.to_parts(value, one, sealer)
    assert len(parts) == len(kind.parts)
    assert kind.from_parts(parts, one, sealer) == value
    assert kind.to_parts(kind.from_parts(parts, one, sealer), one, sealer) == parts
    for part, scalar in zip(kind.parts, parts, strict=True):
        assert scalar is None or fits(part.type, part.max, scalar)
    return value


def has_lookup(value: Any) -> bool:
    """Whether a link still has to be found."""
    return isinstance(value, Lookup) or (isinstance(value, tuple) and any(isinstance(one, Lookup) for one in value))


def fits(type_: str, most: int, scalar: Any) -> bool:
    """Whether a scalar is of its part's storage type."""
    if type_ in ("text", "long"):
        return type(scalar) is str and bool(scalar) and (type_ == "long" or len(scalar) <= (most or 500))
    if type_ == "int":
        return type(scalar) is int and -(2**63) <= scalar < 2**63
    return type(scalar).__name__ == {"bool": "bool", "date": "date", "instant": "datetime"}[type_]


@pytest.mark.parametrize("name", FIELDS)
@given(raw=ANYTHING, setting=st.sampled_from(SETTINGS))
@settings(max_examples=120, deadline=None)
def test_anything_is_either_refused_in_words_or_survives(name: str, raw: Any, setting: Setting) -> None:
    check(name, raw, setting)


@pytest.mark.parametrize("name", VALID)
@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_likely_values_survive(name: str, data: st.DataObject) -> None:
    check(name, data.draw(VALID[name]), CHINA)


@pytest.mark.parametrize("name", FIELDS)
def test_nothing_is_empty_everywhere(name: str) -> None:
    one = FIELDS[name]
    kind = kind_of(one)
    assert kind.parse(None, one, CHINA) is None
    assert kind.parse("", one, CHINA) is None
    assert kind.parse(" \u3000", one, CHINA) is None
    assert kind.to_parts(None, one) == (None,) * len(kind.parts)
    assert kind.from_parts((None,) * len(kind.parts), one) is None
    assert kind.to_json(None, one) is None
    assert kind.show(None, one, CHINA) == ""


KNOWN_OPERATORS = {"=", "!=", "<", "<=", ">", ">=", "in", "~", "has", "within", "ends", "domain", "empty"}
KNOWN_WIDTHS = {"text", "name", "money", "number", "date", "choice", "person", "check"}
KNOWN_TYPES = {"text", "long", "int", "bool", "date", "instant"}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_described_in_full(name: str) -> None:
    kind = KINDS[name]
    assert kind.name == name
    assert kind.label
    assert set(kind.operators) <= KNOWN_OPERATORS
    assert kind.width in KNOWN_WIDTHS
    assert {part.type for part in kind.parts} <= KNOWN_TYPES
    assert kind.parts[kind.main_index].suffix == kind.main
    assert kind.secret == (name in ("phone", "email", "secret_text", "address"))
    if kind.parts[kind.main_index].type == "long":
        assert (kind.sortable, kind.indexable, kind.groupable) == (False, False, False)


def test_the_table_is_complete() -> None:
    assert set(KINDS) == set(
        "text long_text rich_text secret_text number percent money date instant duration yes_no choice choices link links any_link"
        " phone email url address auto_number file formula roll_up".split()
    )


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ValueError, match="no field kind 'nonsense'"):
        kind_of(field("nonsense"))
