"""Small objects with a field of every kind that filters meet, and a resolver over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from zhike.kernel.errors import NotFound
from zhike.kernel.words import Plain, _
from zhike.query.parse import parse_filter
from zhike.query.paths import Members
from zhike.query.tree import Node
from zhike.schema.kinds.base import Setting
from zhike.schema.spec import FieldSpec, ObjectSpec, Option

ME = 7
TODAY = date(2026, 3, 9)
SETTING = Setting(language="en", today=TODAY)

INDUSTRIES = (
    Option("steel", Plain("Steel", {"zh-hans": "钢铁", "en": "Steel"})),
    Option("chemistry", Plain("Chemistry", {"zh-hans": "化工"})),
    Option("food", _("Food and drink")),
)
TAGS = (Option("vip", _("VIP")), Option("key", _("Key account")), Option("old", _("Former"), active=False))


def _object(key: str, title: str, *fields: FieldSpec, code: str = "") -> ObjectSpec:
    owner = FieldSpec("owner", _("Owner"), "link", to="user", system=True)
    created = FieldSpec("created", _("Created"), "instant", system=True)
    ident = FieldSpec("id", _("Id"), "number", system=True)
    return ObjectSpec(
        key,
        key + "s",
        Plain(key.title()),
        Plain(key.title() + "s"),
        (*fields, owner, created, ident),
        title=title,
        code=code,
    )


USER = _object("user", "name", FieldSpec("name", _("Name"), "text"), FieldSpec("department", _("Department"), "text"))
STAGE = _object(
    "stage",
    "name",
    FieldSpec("name", _("Name"), "text"),
    FieldSpec("code", _("Key"), "text"),
    FieldSpec("outcome", _("Outcome"), "choice", options=tuple(Option(key, _(key)) for key in ("open", "won", "lost"))),
    code="code",
)
ACCOUNT = _object(
    "account",
    "name",
    FieldSpec("name", _("Name"), "text"),
    FieldSpec("industry", _("Industry"), "choice", options=INDUSTRIES),
    FieldSpec("parent", _("Parent company"), "link", to="account"),
    FieldSpec("phone", _("Phone"), "phone"),
    FieldSpec("mail", _("Mail"), "email"),
    FieldSpec("tax_number", _("Tax number"), "secret_text"),
    FieldSpec("rating", _("Rating"), "text"),
)
OPPORTUNITY = _object(
    "opportunity",
    "name",
    FieldSpec("name", _("Name"), "text", max=160),
    FieldSpec("account", Plain("Account", {"zh-hans": "客户"}), "link", to="account"),
    FieldSpec("stage", _("Stage"), "link", to="stage"),
    FieldSpec("amount", _("Amount"), "money"),
    FieldSpec("probability", _("Probability"), "percent"),
    FieldSpec("seats", _("Seats"), "number"),
    FieldSpec("weight", _("Weight"), "number", decimals=3),
    FieldSpec("effort", _("Effort"), "duration"),
    FieldSpec("close_on", _("Close date"), "date"),
    FieldSpec("opened_on", _("Opened"), "date"),
    FieldSpec("met", _("Met"), "instant"),
    FieldSpec("is_key", _("Is key"), "yes_no"),
    FieldSpec("note", _("Note"), "long_text"),
    FieldSpec("tags", _("Tags"), "choices", options=TAGS),
    FieldSpec("industry", _("Industry"), "choice", options=INDUSTRIES),
    FieldSpec("watchers", _("Watchers"), "links", to="user"),
    FieldSpec("partners", _("Partners"), "links", to="account"),
    FieldSpec("parent", _("Belongs to"), "any_link"),
    FieldSpec("number", _("Number"), "auto_number"),
    FieldSpec("cost", _("Cost"), "money"),
    FieldSpec("margin", _("Margin"), "formula", result="money", formula="amount - cost"),
    FieldSpec("age", _("Age"), "formula", result="number", formula="days(opened_on, today)"),
    FieldSpec("阶段名", Plain("阶段名"), "text"),
    FieldSpec("secret_plan", _("Secret plan"), "text"),
    FieldSpec("twin_one", _("Twin"), "text"),
    FieldSpec("twin_two", _("Twin"), "text"),
)
OBJECTS = {spec.key: spec for spec in (USER, STAGE, ACCOUNT, OPPORTUNITY)}


@dataclass
class SampleResolver:
    """Knows the objects above, hides ``hidden`` fields, and finds records by ``ids``."""

    hidden: frozenset[str] = frozenset({"secret_plan"})
    ids: dict[str, list[int]] = field(default_factory=lambda: {"ACME": [11], "Bo": [21, 22]})
    segments: dict[str, int] = field(default_factory=lambda: {"vip": 31, "VIP East": 32})

    def object(self, key: str) -> ObjectSpec:
        if key not in OBJECTS:
            raise NotFound
        return OBJECTS[key]

    def readable(self, spec: ObjectSpec, field: FieldSpec) -> bool:
        return field.key not in self.hidden

    def find_ids(self, spec: ObjectSpec, text: str) -> list[int]:
        return self.ids.get(text, [])

    def segment(self, spec: ObjectSpec, name: str) -> Members | None:
        return Members(self.segments[name], name) if name in self.segments else None


RESOLVER = SampleResolver()


def read(text: str, spec: ObjectSpec = OPPORTUNITY, setting: Setting = SETTING) -> Node:
    """The tree of a filter, asked by user 7 on Monday, 9 March 2026."""
    return parse_filter(text, spec, setting, ME, RESOLVER)
