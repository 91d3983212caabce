"""Sample values for every kind, the links they need, and one custom object holding a field of every kind."""

from __future__ import annotations

from typing import Any

from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.records.declaring.customise import create_object
from zhike.records.read import read_one
from zhike.records.write import write
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref

CREDIT_CODES = ("91110000600037341L", "913100006073782944")
EVERYTHING = "machine"

FIELDS: list[dict[str, Any]] = [
    {"key": "name", "label": "名称", "kind": "text", "required": True, "search": 10, "index": True},
    {"key": "remark", "label": "说明", "kind": "long_text", "search": 1},
    {"key": "manual", "label": "手册", "kind": "rich_text"},
    {"key": "holder_id", "label": "证件号", "kind": "secret_text", "format": "id_number"},
    {"key": "power", "label": "功率", "kind": "number", "decimals": 2, "index": True},
    {"key": "load", "label": "负荷", "kind": "percent"},
    {"key": "price", "label": "价格", "kind": "money", "index": True},
    {"key": "bought", "label": "购入", "kind": "date", "index": True},
    {"key": "checked", "label": "点检", "kind": "instant"},
    {"key": "runtime", "label": "时长", "kind": "duration"},
    {"key": "running", "label": "运行", "kind": "yes_no"},
    {
        "key": "state",
        "label": "状态",
        "kind": "choice",
        "index": True,
        "options": [{"key": "on", "label": "开"}, {"key": "off", "label": "关"}],
    },
    {
        "key": "marks",
        "label": "标记",
        "kind": "choices",
        "options": [{"key": "hot", "label": "热"}, {"key": "old", "label": "旧"}],
    },
    {"key": "firm", "label": "客户", "kind": "link", "to": "account", "back": "machines", "index": True},
    {"key": "keepers", "label": "保管人", "kind": "links", "to": "contact"},
    {"key": "about", "label": "关于", "kind": "any_link"},
    {"key": "hotline", "label": "电话", "kind": "phone"},
    {"key": "mail", "label": "邮箱", "kind": "email"},
    {"key": "page", "label": "网页", "kind": "url"},
    {"key": "place", "label": "地址", "kind": "address"},
    {"key": "serial", "label": "编号", "kind": "auto_number", "number": {"prefix": "M-", "digits": 4}},
    {
        "key": "double_power",
        "label": "双倍功率",
        "kind": "formula",
        "result": "number",
        "formula": "power * 2",
        "decimals": 2,
    },
]


def make_custom_object() -> ObjectSpec:
    """The custom object with a field of every kind that a person fills in."""
    payload = {
        "key": EVERYTHING,
        "plural": "machines",
        "label": {"zh-hans": "设备", "en": "Machine"},
        "title": "name",
        "fields": FIELDS,
    }
    return create_object(SYSTEM, payload)


def sample(field: FieldSpec, n: int) -> Any:
    """A raw value for the field; different for n = 1 and n = 2. Links make their targets."""
    if field.kind in ("link", "links"):
        ref = Ref(field.to, make(field.to, n))
        return (ref,) if field.kind == "links" else ref
    if field.kind == "any_link":
        return Ref("account", make("account", n))
    if field.kind in ("choice", "choices"):
        key = field.options[(n - 1) % len(field.options)].key
        return (key,) if field.kind == "choices" else key
    if field.kind == "text" and field.format == "credit_code":
        return CREDIT_CODES[n - 1]
    if field.kind == "text" and field.format == "time":
        return ("15:30", "09:05")[n - 1]
    simple: dict[str, tuple[Any, Any]] = {
        "text": ("华信科技 α", "𠮷田 beta"),
        "long_text": ("第一行\n第二行", "another text"),
        "rich_text": ("<p>好</p>", "<p>bad</p>"),
        "number": (12, 40),
        "percent": ("25", "60"),
        "money": ("1200.50", "99000"),
        "date": ("2026-03-09", "2026-11-30"),
        "instant": ("2026-03-09T08:00:00+00:00", "2026-11-30T15:30:00+00:00"),
        "duration": (90, 45),
        "yes_no": (True, False),
        "phone": ("13800138000", "021-62345678"),
        "email": ("wang@example.cn", "li@example.com"),
        "url": ("https://example.cn/a", "https://example.com/b"),
        "address": ({"country": "US", "city": "Austin", "street": "1 Main St"}, {"country": "DE", "city": "Bonn"}),
        "secret_text": ("11010519491231002X", "440524188001010014"),
        "auto_number": (None, None),
    }
    value = simple[field.kind][n - 1]
    return f"{value} {field.key}"[: field.max or 100] if field.kind == "text" else value


def writable(spec: ObjectSpec) -> list[FieldSpec]:
    """Fields a person fills in, files left out (they are uploaded, not typed)."""
    skipped = ("auto_number", "formula", "roll_up", "file")
    return [f for f in spec.fields if not f.system and not f.readonly and kind_of(f).writable and f.kind not in skipped]


OBJECTS = ("account", "contact")
PINNED: dict[str, dict[str, tuple[Any, Any]]] = {  # what only some values make sense for: the first record's, the second's
    "price_list": {"where": ("level = key", "level = normal")},
    "price": {"unit_price": (12, 40), "lowest": (11, 39)},
    "grant": {"object": OBJECTS},
    "field_right": {"object": OBJECTS, "field": ("website", "about")},
    "sharing_rule": {"object": OBJECTS, "where": ("name ~ a", "name ~ b")},
    "segment": {"object": OBJECTS, "where": ("name ~ a", "name ~ b"), "code": ("group1", "group2")},
    "saved_view": {"object": OBJECTS, "filter": ("level = key", "owner = me")},
    "order": {"currency": ("CNY", "CNY"), "deliver_by": ("2026-04-09", "2026-12-30")},
    "quote": {"currency": ("CNY", "CNY"), "valid_until": ("2026-04-09", "2026-12-30")},
    "retention_rule": {"object": OBJECTS, "where": ("name ~ a", "name ~ b")},
    "assignment_rule": {
        "object": ("account", "lead"), "where": ("name ~ a", "name ~ b"), "hours": ("08:00-18:00", "09:00-17:30"),
    },
}  # fmt: skip


def values(spec: ObjectSpec, n: int, keys: set[str] | None = None) -> dict[str, Any]:
    """Raw values for a record of the object."""
    own = {"product": "variant_of", "quote": "price_list", "order": "price_list"}.get(
        spec.key
    )  # another of the same name; in another currency
    made = {one.key: sample(one, n) for one in writable(spec) if one.key != own and (keys is None or one.key in keys)}
    made |= {key: some[n - 1] for key, some in PINNED.get(spec.key, {}).items()}
    if spec.scope.common:
        made[spec.scope.common] = False
    if spec.key == "stage":
        made["outcome"] = "open"
        made.pop("required_fields", None)
    if spec.key == "role" and "networks" in made:
        made["networks"] = ("10.0.0.0/8", "203.0.113.7")[n - 1]
    if spec.key == "user":
        made["timezone"] = "Asia/Shanghai"
        made["login"] = f"somebody{n}"
        made["active"] = True
    if spec.key == "opportunity":
        made.pop("probability", None)
    if spec.key == "bundle_part":
        made["part"] = Ref("product", _part(n))
    if spec.key in ("sharing_rule", "assignment_rule"):
        made.setdefault("persons", (Ref("user", make("user", n)),))
    if spec.key == "stand_in":
        made |= {"first": f"2026-03-0{n}", "deputy": Ref("user", make("user", 3 - n))}
    if spec.key == "handover":
        made["rules"] = f"level = {'key' if n == 1 else 'normal'} -> #{make('user', n)}"
    if spec.key == "file":
        made["content"] = _file(n)
    if spec.key in _TOGETHER:
        made |= _TOGETHER[spec.key](n)
    return made


def _delivery_line(n: int) -> dict[str, Any]:
    """A line of the order that is delivered."""
    delivery = make("delivery", n)
    order = read_one(SYSTEM, "delivery", delivery)["order"]
    return {"delivery": Ref("delivery", delivery), "order_line": Ref("order_line", make("order_line", n, order=order))}


def _payment_part(n: int) -> dict[str, Any]:
    """A payment of the account whose plan it pays."""
    plan = make("receivable_plan", n)
    account = read_one(SYSTEM, "receivable_plan", plan)["account"]
    return {"plan": Ref("receivable_plan", plan), "payment": Ref("payment", make("payment", n, account=account))}


_TOGETHER = {"delivery_line": _delivery_line, "payment_part": _payment_part}


def _part(n: int) -> int:
    spec = registry.object("product")
    return (
        _held(spec, spec["name"], f"part {n}")
        or write(SYSTEM, Command("create", "product", values={"name": f"part {n}"})).id
    )


def _file(n: int) -> Any:
    from zhike.records.files import store_file

    return store_file(SYSTEM, f"file{n}.txt", [b"hello %d" % n])


_busy: set[tuple[str, int]] = set()


def make(object_key: str, n: int, actor: Actor = SYSTEM, **more: Any) -> int:
    """A record with only what it must have; returns its id."""
    spec = registry.object(object_key)
    if object_key == "user":
        from zhike.access.people import people

        return sorted(people().persons)[n]
    if object_key == "stage":
        from zhike.records.asking import ids_by_words

        return ids_by_words(spec, ("contact", "analysis")[n - 1])[0]
    needed = {field.key for field in writable(spec) if field.required or field.key == spec.title}
    made = values(spec, n, needed)
    for field in writable(spec):
        if field.unique and field.key in made:
            found = _held(spec, field, made[field.key])
            if found:
                return found
    return write(actor, Command("create", object_key, values={**made, **more})).id


def _held(spec: ObjectSpec, field: FieldSpec, value: Any) -> int | None:
    from zhike.records.read import Query, read

    text = str(value).replace('"', '\\"')
    page = read(SYSTEM, Query(spec.key, where=f'{field.key} = "{text}"', archived="all"))
    return page.rows[0].id if page.rows else None
