"""A field's declaration as a form: which questions each kind asks, how they look, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from zhike.kernel.errors import Problem
from zhike.kernel.words import Plain, Words, _
from zhike.records.declaring.declaring import OF_KINDS
from zhike.records.declaring.field_use import can_have_index
from zhike.schema.kinds import KINDS, Setting
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, Option
from zhike.web.kinds.widgets import Control, control
from zhike.web.pages.settings.labels import label_body, label_parts

KIND_GROUPS: tuple[tuple[Words, tuple[str, ...]], ...] = (
    (_("Text"), ("text", "long_text", "rich_text", "url")),
    (_("Numbers"), ("number", "money", "percent", "duration", "auto_number")),
    (_("Dates"), ("date", "instant")),
    (_("Choosing"), ("choice", "choices", "yes_no")),
    (_("Other records"), ("link", "links", "any_link", "file")),
    (_("Personal, encrypted"), ("phone", "email", "address", "secret_text")),
    (_("Worked out"), ("formula", "roll_up")),
)
KIND_ICONS: Mapping[str, str] = {  # icon names stand in assets/icons.txt
    "text": "type", "long_text": "text", "rich_text": "pilcrow", "url": "globe", "number": "hash", "money": "coins",
    "percent": "percent", "duration": "timer", "auto_number": "binary", "date": "calendar-days", "instant": "clock",
    "choice": "list", "choices": "list-checks", "yes_no": "toggle-left", "link": "link", "links": "network",
    "any_link": "waypoints", "file": "paperclip", "phone": "phone", "email": "mail", "address": "map-pin",
    "secret_text": "lock", "formula": "calculator", "roll_up": "sigma",
}  # fmt: skip
KIND_ABOUT: Mapping[str, Words] = {
    "text": _("One line: a name, a number of papers"),
    "long_text": _("Several lines without formatting"),
    "rich_text": _("Bold, lists, links"),
    "url": _("A page on the web, to click"),
    "number": _("Counts and measures, with a unit"),
    "money": _("An amount with its currency"),
    "percent": _("A share of a hundred"),
    "duration": _("Hours and minutes"),
    "auto_number": _("Numbers the records by itself"),
    "date": _("A day without a time"),
    "instant": _("A day with a time"),
    "choice": _("One of several options"),
    "choices": _("Any of several options"),
    "yes_no": _("A switch"),
    "link": _("One record of another object"),
    "links": _("Several records of another object"),
    "any_link": _("One record of any object"),
    "file": _("A document or a picture"),
    "phone": _("Masked in lists, dialled with one tap"),
    "email": _("Masked in lists, written to with one tap"),
    "address": _("Province, city and district; the street encrypted"),
    "secret_text": _("Identity or bank numbers, shown with a reason"),
    "formula": _("From other fields of the same record"),
    "roll_up": _("A count or sum of records linked here"),
}
RESULTS = ("number", "money", "percent", "date", "text", "yes_no", "duration")
DATED = ("", "%Y", "%Y%m", "%y%m", "%Y%m%d", "%Y-")
SEARCHED = ("text", "long_text", "rich_text", "auto_number", "choice", "url")
UNIQUE = ("text", "number", "url", "phone", "email", "secret_text", "auto_number")
TYPED_DEFAULTS = ("text", "long_text", "number", "percent", "money", "url", "duration")
SWITCHES: Mapping[str, tuple[Words, Words]] = {
    "required": (_("Required"), _("A record cannot be saved without it")),
    "unique": (_("Unique"), _("No two records share a value")),
    "index": (_("Fast to filter and sort"), _("Keeps an index")),
    "search": (_("Found by the search"), _("Its words lead to the record")),
    "personal": (_("Personal"), _("About a person: encrypted in the log and what is sent on")),
    "hidden": (_("Only when asked for"), _("Not in forms and lists by itself")),
}


@dataclass(frozen=True, slots=True)
class Switch:
    """A yes or no of the form: its name, what it means, whether it is on."""

    name: str
    label: Words
    about: Words
    on: bool


def switches_of(kind: str) -> list[str]:
    """Which yes or no questions make sense for a kind."""
    derived = kind in ("formula", "roll_up")
    probe = FieldSpec("probe", Plain("-"), kind, result="number" if derived else "")
    found = [] if derived or kind == "auto_number" else ["required"]
    if kind in UNIQUE:
        found.append("unique")
    if can_have_index(probe):
        found.append("index")
    if kind in SEARCHED:
        found.append("search")
    if kind in ("text", "long_text", "rich_text", "date", "url"):
        found.append("personal")
    return [*found, "hidden"]


def switches(kind: str, body: Mapping[str, Any]) -> list[Switch]:
    """The switches of the form as they stand."""
    return [Switch(name, *SWITCHES[name], bool(body.get(name))) for name in switches_of(kind)]


# -- inputs ------------------------------------------------------------------------------------------------------------
def controls(
    spec: ObjectSpec, kind: str, body: Mapping[str, Any], problems: Iterable[Problem], setting: Setting
) -> dict[str, Control]:
    """The inputs of the form by name, holding what the declaration says, each with its problem."""
    placed = {_input_of(one.field, kind): str(one.text) for one in reversed(list(problems))}
    found: dict[str, Control] = {}
    for asked in _asked(spec, kind, body):
        text, choosing = _text_of(asked.key, body), asked.kind == "choice"
        typed = {"": [text]} if text or choosing else {}
        one = control(asked, typed, setting, problem=placed.get(asked.key, ""), id_prefix="d-")
        blank = choosing and any(option.key == "" for option in asked.options)
        found[asked.key] = replace(one, more={"own_blank": True}) if blank else one
    return found


def _input_of(fact: str, kind: str) -> str:
    """The input that stands for a fact named in a problem."""
    return {
        "label": "label_zh", "hint": "hint_zh", "rollup": "rollup_from" if kind == "roll_up" else "rollup",
        "number": "number_prefix",
    }.get(fact, fact)  # fmt: skip


def _asked(spec: ObjectSpec, kind: str, body: Mapping[str, Any]) -> list[FieldSpec]:
    asked = [
        FieldSpec("label_zh", _("Name in Chinese"), "text", max=80),
        FieldSpec("label_en", _("Name in English"), "text", max=80),
        FieldSpec(
            "key",
            _("Key"),
            "text",
            max=40,
            hint=_("Filters, formulas and the API use it. Made from the name if left empty."),
        ),
        FieldSpec("hint_zh", _("Hint in Chinese"), "text", max=400),
        FieldSpec("hint_en", _("Hint in English"), "text", max=400, hint=_("Stands below the input in forms.")),
    ]
    asked += _of_values(kind)
    asked += _of_links(kind)
    asked += _of_numbers(kind)
    asked += _of_derived(spec, kind, body)
    default = _default(kind, body)
    return [*asked, default] if default else asked


def _of_values(kind: str) -> list[FieldSpec]:
    asked = []
    if kind in ("text", "long_text"):
        asked.append(FieldSpec("max", _("Most characters"), "number"))
    if kind in ("number", "percent", "money"):
        asked.append(
            FieldSpec(
                "decimals",
                _("Decimals"),
                "number",
                hint=_("0 to 6") if kind != "money" else _("More than the currency has, for unit prices"),
            )
        )
    if kind == "number":
        asked.append(FieldSpec("unit", _("Unit"), "text", max=20))
    if kind == "text":
        asked.append(
            _choice("format", _("Checked as"), {"": _("Any text"), "credit_code": _("Unified social credit code")})
        )
    if kind == "secret_text":
        ways = {"": _("Any text"), "id_number": _("Identity number"), "bank_account": _("Bank account")}
        asked.append(_choice("format", _("Checked as"), ways))
    return asked


def _of_links(kind: str) -> list[FieldSpec]:
    asked = []
    if kind in ("link", "links"):
        shown = sorted((one for one in registry if one.group != "hidden"), key=lambda one: one.group != "sales")
        targets: dict[str, object] = {one.key: one.plural_label for one in shown}
        asked.append(_choice("to", _("Leads to"), targets))
    if kind in ("link", "links", "any_link"):
        ways = {
            "refuse": _("Keep it from being deleted"),
            "clear": _("Empty this field"),
            "trash": _("Delete this record too"),
        }
        asked.append(_choice("on_delete", _("When the linked record is deleted"), ways))
    return asked


def _of_numbers(kind: str) -> list[FieldSpec]:
    if kind != "auto_number":
        return []
    shown = {
        "": _("None"), "%Y": _("Year"), "%Y%m": _("Year and month"), "%y%m": _("Short year and month"),
        "%Y%m%d": _("Whole date"), "%Y-": _("Year and a dash"),
    }  # fmt: skip
    return [
        FieldSpec("number_prefix", _("Begins with"), "text", max=20),
        _choice("number_dated", _("Then the date"), shown),
        FieldSpec("number_digits", _("Digits"), "number"),
    ]


def _of_derived(spec: ObjectSpec, kind: str, body: Mapping[str, Any]) -> list[FieldSpec]:
    if kind not in ("formula", "roll_up"):
        return []
    if kind == "formula":
        results: dict[str, object] = {one: KINDS[one].label for one in RESULTS}
        asked = [
            FieldSpec("formula", _("Formula"), "long_text", required=True, max=2000),
            _choice("result", _("The result is"), results),
        ]
    else:
        sources: dict[str, object] = {
            f"{other.key}.{link.key}": _("{objects} through “{link}”").with_(
                objects=other.plural_label, link=link.label
            )
            for other, link in registry.pointing_at(spec.key)
            if not link.system
        }
        asked = [
            _choice("rollup_from", _("Of which records"), sources),
            _choice("rollup_measure", _("What of them"), _measures(body)),
            FieldSpec(
                "rollup_where",
                _("Only those with"),
                "text",
                max=1000,
                hint=_("A condition as in lists, such as stage.outcome = won"),
            ),
        ]
    hint = _("0 to 6") if kind == "roll_up" else _("0 to 6; empty: as many as the formula calls for")
    asked.append(FieldSpec("decimals", _("Decimals"), "number", hint=hint))
    return asked


def _measures(body: Mapping[str, Any]) -> dict[str, object]:
    """What can be measured of the records a roll-up looks at: their count, then sums and extremes of their fields."""
    names: dict[str, Words] = {
        "sum": _("Sum of {field}"),
        "avg": _("Average of {field}"),
        "min": _("Smallest {field}"),
        "max": _("Largest {field}"),
    }
    found: dict[str, object] = {"count": _("How many")}
    source = registry.find(str((body.get("rollup") or {}).get("object", "")))
    for one in source.fields if source else ():
        if one.kind in ("formula", "roll_up") or (one.system and one.key not in ("created", "changed")):
            continue
        for name in KINDS[one.kind].measures:
            if name in names:
                found[f"{name}:{one.key}"] = names[name].with_(field=one.label)
    return found


def _default(kind: str, body: Mapping[str, Any]) -> FieldSpec | None:
    """How the default is asked for; None where a field cannot have one."""
    label = _("Filled in with")
    if kind in TYPED_DEFAULTS:
        return FieldSpec("default", label, "text", max=400, hint=_("What a new record starts with"))
    ways: dict[str, object] = {"": _("Nothing")}
    if kind == "yes_no":
        ways |= {"yes": _("Yes"), "no": _("No")}
    elif kind in ("date", "instant"):
        ways |= {"today": _("Today")} if kind == "date" else {"now": _("Now")}
    elif kind == "choice":
        ways |= {
            one["key"]: label_parts(one.get("label"))[0] or one["key"]
            for one in body.get("options") or ()
            if one.get("key")
        }
    elif kind == "link" and body.get("to") == "user":
        ways |= {"me": _("Who makes the record")}
    else:
        return None
    return _choice("default", label, ways) if len(ways) > 1 else None


def _choice(key: str, label: Words, ways: Mapping[str, object]) -> FieldSpec:
    """A question with a few answers; it must be answered unless "" is one of them."""
    options = tuple(
        Option(value, text if isinstance(text, Words) else Plain(str(text))) for value, text in ways.items()
    )
    return FieldSpec(key, label, "choice", required="" not in ways, options=options)


# -- what the form shows of a declaration ----------------------------------------------------------------------------
def _text_of(name: str, body: Mapping[str, Any]) -> str:
    if name in ("label_zh", "label_en", "hint_zh", "hint_en"):
        fact, _line, language = name.partition("_")
        chinese, english = label_parts(body.get(fact))
        return chinese if language == "zh" else english
    rule = body.get("number") or {}
    said = body.get("rollup") or {}
    special = {
        "number_prefix": rule.get("prefix", ""), "number_dated": rule.get("dated", ""),
        "number_digits": str(rule.get("digits", 5)),
        "result": body.get("result") or "number", "rollup_measure": said.get("measure", "count"),
        "rollup_from": f"{said['object']}.{said['via']}" if said.get("object") else "",
        "rollup_where": said.get("where", ""),
    }  # fmt: skip
    if name in special:
        return str(special[name])
    value = body.get(name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


# -- what was answered -----------------------------------------------------------------------------------------------
def body_of(posted: QueryDict, kind: str, options: list[dict[str, Any]]) -> dict[str, Any]:
    """The declaration the form describes; facts left empty are None, so that they are taken back."""

    def text(name: str) -> str:
        return posted.get(name, "").strip()

    body: dict[str, Any] = {
        "kind": kind,
        "label": label_body(text("label_zh"), text("label_en")),
        "hint": label_body(text("hint_zh"), text("hint_en")),
    }
    for name in switches_of(kind):
        body[name] = posted.get(name) == "yes"
    if "search" in body:
        body["search"] = 3 if body["search"] else None
    for name in ("max", "decimals"):
        body[name] = _whole(text(name)) if name in posted else None
    for name in ("unit", "format", "to", "on_delete", "formula", "result"):
        if name in posted:
            body[name] = text(name) or None
    if kind in ("choice", "choices"):
        body["options"] = options
    if kind == "auto_number":
        body["number"] = number_rule(posted)
    if kind == "roll_up":
        source, _dot, via = text("rollup_from").partition(".")
        body["rollup"] = {
            "object": source,
            "via": via,
            "measure": text("rollup_measure") or "count",
            "where": text("rollup_where"),
        }
        body["result"] = _measured_kind(source, text("rollup_measure"))
    body |= {fact: None for fact, kinds in OF_KINDS.items() if fact in body and kind not in kinds}
    raw = text("default")
    body["default"] = {"yes": True, "no": False}.get(raw) if kind == "yes_no" else raw or None
    return body


def _measured_kind(source: str, measure: str) -> str:
    """The kind a roll-up yields: that of the field it measures; a number for counts."""
    spec = registry.find(source)
    field = spec.field(measure.partition(":")[2]) if spec else None
    return field.kind if field is not None else "number"


def number_rule(posted: QueryDict) -> dict[str, Any]:
    """The rule of automatic numbers the form describes."""
    return {
        "prefix": posted.get("number_prefix", "").strip(),
        "dated": posted.get("number_dated", ""),
        "digits": _whole(posted.get("number_digits", "")) or 5,
        "yearly": posted.get("number_yearly") == "yes",
    }


def _whole(text: str) -> Any:
    """The number written; the text itself when it is none, so that the judge can say so."""
    return (int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text) if text else None
