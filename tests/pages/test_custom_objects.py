"""Objects and fields made while everything runs: the equals of shipped ones on every page, and safe to change."""

from __future__ import annotations

import html
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.records.aggregate import aggregate
from zhike.records.declaring.customise import (
    change_field,
    create_field,
    create_object,
    preview_kind_change,
    remove_field,
)
from zhike.records.history import history
from zhike.records.read import Query, read, read_one
from zhike.records.search import search
from zhike.records.undo import undo
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.values import Money

pytestmark = pytest.mark.usefixtures("home")
STATES = [{"key": "fresh", "label": {"zh-hans": "新", "en": "Fresh"}, "hue": "green"}, {"key": "sold", "label": "已售"}]
FIELDS: list[dict[str, Any]] = [
    {"key": "name", "label": {"zh-hans": "车牌", "en": "Plate"}, "kind": "text", "required": True, "search": 10},
    {"key": "account", "label": "客户", "kind": "link", "to": "account", "back": "fleet"},
    {"key": "drivers", "label": "驾驶员", "kind": "links", "to": "contact", "back": "drives"},
    {"key": "about", "label": "关于", "kind": "any_link"},
    {"key": "story", "label": "故事", "kind": "long_text", "search": 1},
    {"key": "page", "label": "页面", "kind": "rich_text"},
    {"key": "key_code", "label": "钥匙码", "kind": "secret_text"},
    {"key": "seats", "label": "座位", "kind": "number", "index": True},
    {"key": "share", "label": "占比", "kind": "percent"},
    {"key": "price", "label": "价格", "kind": "money", "index": True},
    {"key": "bought", "label": "购买日", "kind": "date", "index": True},
    {"key": "seen", "label": "看车", "kind": "instant"},
    {"key": "took", "label": "用时", "kind": "duration"},
    {"key": "leased", "label": "租赁", "kind": "yes_no"},
    {"key": "state", "label": "状态", "kind": "choice", "options": STATES, "default": "fresh", "index": True},
    {"key": "colours", "label": "颜色", "kind": "choices", "options": [{"key": "r", "label": "红"}]},
    {"key": "tel", "label": "电话", "kind": "phone"},
    {"key": "mail", "label": "邮箱", "kind": "email"},
    {"key": "site", "label": "网址", "kind": "url"},
    {"key": "place", "label": "地址", "kind": "address"},
    {"key": "no", "label": "编号", "kind": "auto_number", "number": {"prefix": "V", "digits": 4}},
    {"key": "paper", "label": "证件", "kind": "file"},
    {"key": "vin", "label": "车架号", "kind": "text", "unique": True},
    {"key": "per_seat", "label": "每座", "kind": "formula", "result": "money", "formula": "price / seats"},
]


@pytest.fixture
def vehicle(home: Any) -> str:
    """A custom object with a field of every kind; its plural."""
    board = {"by": "state", "total": "price", "card": ["account"]}
    spec = create_object(
        SYSTEM, {"key": "vehicle", "label": {"zh-hans": "车辆", "en": "Vehicle"}, "fields": FIELDS, "board": board}
    )
    assert {one.kind for one in spec.fields} >= {one["kind"] for one in FIELDS}
    return spec.plural


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def problem_of(actor: Actor, payload: dict[str, Any], object_key: str = "account") -> Problem:
    with pytest.raises(Invalid) as caught:
        create_field(actor, object_key, {"label": "试", **payload})
    return caught.value.problems[0]


def changed_by(field: str, **facts: Any) -> Any:
    return change_field(SYSTEM, "vehicle", field, facts)


def test_every_page_knows_a_new_object_at_once(vehicle: str, company: Any) -> None:
    client = signed_in("admin")
    account = make(company.admin, "account", name="凌渡")
    form = text_of(client.get(f"/{vehicle}/new"))
    for one in FIELDS:
        if one["kind"] not in ("auto_number", "formula"):
            assert f'name="{one["key"]}' in form, one["key"]
    sent = {
        "name": "苏A 𠮷😀",
        "account": str(account),
        "seats": "4",
        "price": "1.2万",
        "bought": "2026-02-28",
        "colours": "r",
    }
    answer = client.post(f"/{vehicle}/new", sent)
    assert answer.status_code == 303
    (row,) = read(company.admin, Query("vehicle")).rows
    held = read_one(company.admin, "vehicle", row.id).values
    assert held["price"].amount == 12000
    assert held["per_seat"].amount == 3000
    assert held["state"] == "fresh"
    assert held["no"] == "V0001"
    for address in (
        "",
        "/board",
        f"/{row.id}",
        f"/{row.id}/edit",
        f"/{row.id}/timeline",
        "?sort=-price",
        "?condition=state",
    ):
        page = client.get(f"/{vehicle}{address}")
        assert page.status_code == 200, address
    assert "苏A 𠮷😀" in text_of(client.get(f"/{vehicle}?where=seats > 3 and state = fresh"))
    assert "苏A 𠮷😀" not in text_of(client.get(f"/{vehicle}?where=account.name ~ 别家"))
    assert "𠮷😀" in text_of(client.get("/search?q=苏A"))
    assert (
        client.post(f"/{vehicle}/board/move", {"id": str(row.id), "to": "sold"}, headers=part("board")).status_code
        == 200
    )
    assert read_one(company.admin, "vehicle", row.id).values["state"] == "sold"


def test_the_linked_record_lists_what_a_custom_link_brings(vehicle: str, company: Any) -> None:
    account = make(company.admin, "account", name="凌渡")
    driver = make(company.admin, "contact", name="王师傅", account=account)
    make(company.admin, "vehicle", name="苏A12345", account=account, drivers=[driver])
    client = signed_in("admin")
    assert "苏A12345" in text_of(client.get(f"/accounts/{account}"))
    assert "苏A12345" in text_of(client.get(f"/contacts/{driver}"))


def test_a_refused_form_of_a_custom_object_names_each_field(vehicle: str, company: Any) -> None:
    sent = {
        "name": "x",
        "seats": "四.五",
        "bought": "2026-02-30",
        "price": "abc",
        "tel": "12",
        "mail": "x",
        "share": "?",
    }
    answer = signed_in("admin").post(f"/{vehicle}/new", sent)
    page = text_of(answer)
    assert answer.status_code == 422
    for key, typed in sent.items():
        if key != "name":
            assert f'id="f-{key}-problem"' in page or f'href="#f-{key}"' in page, key
            assert f'value="{typed}"' in page, key
    assert read(company.admin, Query("vehicle")).rows == ()


def test_a_custom_field_hidden_from_a_role_is_nowhere_for_it(vehicle: str, company: Any) -> None:
    role = read(SYSTEM, Query("role", where="code = sales")).rows[0].id
    write(SYSTEM, Command("create", "grant", values={"role": role, "object": "vehicle", "read": "all", "edit": "all"}))
    write(SYSTEM, Command("create", "field_right", values={
        "role": role, "object": "vehicle", "field": "price", "right": "hidden"}))  # fmt: skip
    one = make(company.admin, "vehicle", name="苏A", price="777", seats=1)
    client = signed_in("li")
    for address in (
        f"/{vehicle}",
        f"/{vehicle}/{one}",
        f"/{vehicle}/{one}/edit",
        f"/{vehicle}?peek={one}",
        f"/{vehicle}/board",
    ):
        page = text_of(client.get(address))
        assert "苏A" in page, address
        assert "777" not in page, address
    assert client.get(f"/{vehicle}?sort=price").status_code == 400
    assert client.get(f"/{vehicle}?where=price > 1").status_code == 400
    with pytest.raises(Refused):
        aggregate(company.li, "vehicle", by=(), measures=("sum:price",))


def test_history_undo_figures_and_roll_ups_go_with_custom_fields(vehicle: str, company: Any) -> None:
    account = make(company.admin, "account", name="凌渡")
    rollup = {"object": "vehicle", "via": "account", "measure": "sum:price", "where": "state != sold"}
    for month in (1, 2, 2):
        make(company.admin, "vehicle", name=f"车{month}", account=account, price="100.50", bought=date(2026, month, 3))
    create_field(
        SYSTEM,
        "account",
        {"key": "fleet_value", "label": "车队", "kind": "roll_up", "result": "money", "rollup": rollup},
    )
    assert read_one(company.admin, "account", account).values["fleet_value"].amount == Decimal("301.50")
    figures = aggregate(company.admin, "vehicle", by=("bought:month",), measures=("count", "sum:price"))
    assert [(row["bought:month"], row["count"], row["sum:price"]) for row in figures] == [
        ("2026-01", 1, "100.50"),
        ("2026-02", 2, "201.00"),
    ]
    row = read(company.admin, Query("vehicle")).rows[0]
    done = write(company.admin, Command("update", "vehicle", row.id, {"seats": 9}))
    assert next(change[0].key for change in history(company.admin, "vehicle", row.id)[0].changes) == "seats"
    undo(company.admin, done.operation or 0)
    assert read_one(company.admin, "vehicle", row.id).values["seats"] is None


# -- declarations that cannot be ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("payload", "fact"),
    [
        ({"kind": "nope"}, "kind"),
        ({"kind": ["text"]}, "kind"),
        ({"kind": "text", "label": {"zh-hans": 5}}, "label"),
        ({"kind": "text", "label": "a\x00"}, "label"),
        ({"kind": "text", "label": "长" * 5000}, "label"),
        ({"kind": "text", "hint": ["x"]}, "hint"),
        ({"kind": "text", "max": True}, "max"),
        ({"kind": "text", "max": 2**60}, "max"),
        ({"kind": "text", "unit": {"a": 1}}, "unit"),
        ({"kind": "text", "formula": "1 + 1"}, "formula"),
        ({"kind": "text", "rollup": {"object": "contact", "via": "account"}}, "rollup"),
        ({"kind": "text", "nonsense": 1}, "nonsense"),
        ({"kind": "long_text", "unique": True}, "unique"),
        ({"kind": "number", "default": "viele"}, "default"),
        ({"kind": "date", "default": "2026-02-30"}, "default"),
        ({"kind": "choice"}, "options"),
        ({"kind": "choice", "options": [{"key": "a", "label": "甲"}, {"key": "a", "label": "乙"}]}, "options"),
        ({"kind": "choice", "options": [{"key": "a", "label": {"en": 1}}]}, "options"),
        ({"kind": "choice", "options": [{"key": "a", "label": "甲", "hue": "invisible"}]}, "options"),
        ({"kind": "choice", "options": [{"key": "a", "label": "甲"}], "default": "b"}, "default"),
        ({"kind": "link", "to": "nope"}, "to"),
        ({"kind": "link", "to": ["account"]}, "to"),
        ({"kind": "link", "to": "contact", "on_delete": "explode"}, "on_delete"),
        ({"kind": "auto_number", "number": {"digits": "many"}}, "number"),
        ({"kind": "auto_number", "number": {"dated": "%Q"}}, "number"),
        ({"kind": "formula", "result": "number", "formula": "1 +"}, "formula"),
        ({"kind": "formula", "result": "phone", "formula": "1"}, "result"),
        ({"kind": "roll_up", "result": "number", "rollup": {"object": "nope", "via": "account"}}, "rollup"),
        ({"kind": "roll_up", "result": "number", "rollup": {"object": "contact", "via": "name"}}, "rollup"),
        ({"kind": "roll_up", "result": "number", "rollup": {"object": "lead", "via": "owner"}}, "rollup"),
        ({"kind": "roll_up", "result": "number", "rollup": {"object": "contact", "via": "account", "measure": "sum:name"}}, "rollup"),
        ({"kind": "roll_up", "result": "text", "rollup": {"object": "contact", "via": "account"}}, "result"),
    ],
)  # fmt: skip
def test_a_declaration_that_cannot_be_names_the_fact_and_leaves_nothing(payload: dict[str, Any], fact: str) -> None:
    assert problem_of(SYSTEM, {"key": "tried", **payload}).field == fact
    assert registry.object("account").field("tried") is None
    assert signed_in("admin").get("/accounts").status_code == 200


@pytest.mark.parametrize(
    ("facts", "fact"),
    [
        ({"title": 5}, "title"),
        ({"title": "nope"}, "title"),
        ({"icon": ["x"]}, "icon"),
        ({"columns": "name"}, "columns"),
        ({"columns": ["nope"]}, "columns"),
        ({"parents": ["name"]}, "parents"),
        ({"board": {"by": "name"}}, "board"),
        ({"board": ["state"]}, "board"),
        ({"scope": {"a": 1}}, "scope"),
        ({"group": "nowhere"}, "group"),
        ({"plural": "search"}, "key"),
        ({"fields": [5]}, "fields"),
        ({"label": {"en": []}}, "label"),
    ],
)
def test_an_object_that_cannot_be_is_refused_and_leaves_nothing(facts: dict[str, Any], fact: str) -> None:
    with pytest.raises(Invalid) as caught:
        create_object(SYSTEM, {"key": "tried", "label": "试", **facts})
    assert fact in [problem.field for problem in caught.value.problems]
    assert registry.find("tried") is None


def test_a_fractional_default_is_kept_and_filled_in(company: Any) -> None:
    create_field(
        SYSTEM,
        "account",
        {"key": "factor", "label": "系数", "kind": "number", "decimals": 2, "default": Decimal("1.5")},
    )
    account = make(company.admin, "account", name="凌渡")
    assert read_one(company.admin, "account", account).values["factor"] == Decimal("1.50")


# -- changing what there is --------------------------------------------------------------------------------------------
def test_other_decimals_keep_every_value_what_it_was(vehicle: str, company: Any) -> None:
    one = make(company.admin, "vehicle", name="甲", seats=12, price="120")
    changed_by("seats", decimals=2)
    assert read_one(company.admin, "vehicle", one).values["seats"] == 12
    assert read(company.admin, Query("vehicle", where="seats = 12")).rows[0].id == one


def test_a_change_of_kind_is_previewed_and_loses_nothing_unasked(vehicle: str, company: Any) -> None:
    good, bad = (make(company.admin, "vehicle", name=name, vin=name) for name in ("12", "十二辆"))
    preview = preview_kind_change(SYSTEM, "vehicle", "vin", {"kind": "number"})
    assert (preview.converts, preview.fails, preview.samples[0][0]) == (1, 1, bad)
    with pytest.raises(Invalid):
        changed_by("vin", kind="number")
    assert read_one(company.admin, "vehicle", bad).values["vin"] == "十二辆"
    change_field(SYSTEM, "vehicle", "vin", {"kind": "number"}, drop=True)
    assert [read_one(company.admin, "vehicle", one).values["vin"] for one in (good, bad)] == [12, None]


def test_words_become_links_only_where_the_records_are_found(vehicle: str, company: Any) -> None:
    account = make(company.admin, "account", name="凌渡")
    make(company.admin, "vehicle", name="a", vin="凌渡")
    make(company.admin, "vehicle", name="b", vin="没有这家")
    preview = preview_kind_change(SYSTEM, "vehicle", "vin", {"kind": "link", "to": "account"})
    assert (preview.converts, preview.fails) == (1, 1)
    assert registry.object("vehicle")["vin"].kind == "text"
    with pytest.raises(Invalid):
        changed_by("vin", kind="link", to="account")
    change_field(SYSTEM, "vehicle", "vin", {"kind": "link", "to": "account"}, drop=True)
    assert [row.title for row in read(company.admin, Query("vehicle", where=f"vin = {account}")).rows] == ["a"]


def test_a_record_in_the_trash_is_counted_rather_than_emptied(vehicle: str, company: Any) -> None:
    one = make(company.admin, "vehicle", name="甲", seats=3)
    write(company.admin, Command("trash", "vehicle", one))
    with pytest.raises(Invalid):
        changed_by("seats", kind="text")
    write(company.admin, Command("restore", "vehicle", one))
    assert read_one(company.admin, "vehicle", one).values["seats"] == 3


def test_an_option_in_use_is_not_taken_away_but_can_be_closed(vehicle: str, company: Any) -> None:
    one = make(company.admin, "vehicle", name="甲", state="sold")
    with pytest.raises(Invalid):
        changed_by("state", options=STATES[:1])
    changed_by("state", options=[STATES[0], {**STATES[1], "active": False}])
    assert read_one(company.admin, "vehicle", one).values["state"] == "sold"
    with pytest.raises(Invalid):
        make(company.admin, "vehicle", name="乙", state="sold")


def test_a_field_becomes_unique_only_when_its_values_are(vehicle: str, company: Any) -> None:
    for name in ("甲", "乙"):
        make(company.admin, "vehicle", name=name, seats=3)
    with pytest.raises(Invalid):
        changed_by("seats", unique=True)
    write(company.admin, Command("update", "vehicle", read(company.admin, Query("vehicle")).rows[0].id, {"seats": 4}))
    changed_by("seats", unique=True)
    with pytest.raises(Invalid):
        make(company.admin, "vehicle", name="丙", seats=3)


def test_a_changed_formula_is_worked_out_anew_at_once(vehicle: str, company: Any) -> None:
    one = make(company.admin, "vehicle", name="甲", seats=2, price="100")
    changed_by("per_seat", formula="price * seats")
    held = read_one(company.admin, "vehicle", one).values["per_seat"]
    assert isinstance(held, Money)
    assert held.amount == 200


@pytest.mark.parametrize("field", ["name", "price", "account"])
def test_a_field_that_others_stand_on_cannot_be_removed(vehicle: str, field: str, company: Any) -> None:
    rollup = {"object": "vehicle", "via": "account", "measure": "count"}
    create_field(
        SYSTEM, "account", {"key": "cars", "label": "车数", "kind": "roll_up", "result": "number", "rollup": rollup}
    )
    with pytest.raises(Invalid) as caught:
        remove_field(SYSTEM, "vehicle", field)
    assert caught.value.problems[0].code == "in-use"
    make(company.admin, "vehicle", name="甲", price="1", seats=1)
    assert signed_in("admin").get(f"/{vehicle}").status_code == 200


def test_a_field_searched_from_now_on_finds_what_was_written_before(vehicle: str, company: Any) -> None:
    make(company.admin, "vehicle", name="甲", vin="LSVNV133X22")
    assert not search(company.admin, "LSVNV133X22", objects=["vehicle"])
    changed_by("vin", search=5)
    assert [hit.title for hit in search(company.admin, "LSVNV133X22", objects=["vehicle"])] == ["甲"]
    changed_by("vin", search=0)
    assert not search(company.admin, "LSVNV133X22", objects=["vehicle"])
