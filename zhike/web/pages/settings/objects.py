"""Which objects there are, making one of one's own, and what an own object is called and belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.kernel.errors import Invalid, NotFound, Problem
from zhike.kernel.words import Words, _
from zhike.records.declaring.customise import change_object, create_object, object_declaration
from zhike.records.declaring.drafting import suggest_key
from zhike.schema.kinds import KINDS
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, Option
from zhike.web.kinds.widgets import Control, control
from zhike.web.nav import sales_first
from zhike.web.pages.settings.fields import OBJECTS, object_at, object_url
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.pages.settings.labels import label_body, label_parts
from zhike.web.reading import reading
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

ICONS = (
    "box package truck wrench factory warehouse cpu car plane ship house hotel stethoscope graduation-cap book-open briefcase"
    " handshake heart star flag tag ticket gift shopping-cart receipt-text file-text folder clipboard-list clipboard-check"
    " camera monitor printer key-round shield leaf flask-conical landmark users-round user-round building-2 calendar-days map-pin"
).split()
SCOPES: tuple[tuple[str, Words, Words], ...] = (
    ("owner", _("Each person’s own"), _("Its owner, and those whose roles reach further")),
    ("follows", _("With the record it belongs to"), _("Whoever sees the account or deal it is linked to sees it too")),
    ("open", _("Everybody’s"), _("Whoever may read it at all sees every record")),
)
GROUPS: tuple[tuple[str, Words], ...] = (
    ("sales", _("Customers and sales")),
    ("day", _("At the top")),
    ("more", _("More")),
)
FIRST_KINDS = "text long_text number money date instant choice yes_no phone email url percent link file".split()
FIRST_FIELDS = 4
TEXTS = ("label_zh", "label_en", "plural_zh", "plural_en", "key", "title_zh", "title_en", "help")


@dataclass(frozen=True, slots=True)
class Listed:
    """One object in the list: how many fields came with it and how many were added."""

    spec: ObjectSpec
    shipped: int
    own: int


@settings_place(OBJECTS)
def show(request: HttpRequest) -> HttpResponse:
    """Every object with its fields."""
    registry.refresh()
    listed = [
        Listed(one, sum(not f.custom and not f.system for f in one.fields), sum(f.custom for f in one.fields))
        for one in sales_first(registry)
        if one.group != "hidden"
    ]
    context = {
        "own": [one for one in listed if one.spec.custom],
        "shipped": [one for one in listed if not one.spec.custom],
    }
    return settings_page(request, "objects.html", context)


@settings_place(OBJECTS)
def new(request: HttpRequest) -> HttpResponse:
    """A new object: its name, icon, who sees it and its first fields; its pages are there at once."""
    registry.refresh()
    typed: Mapping[str, Any] = request.POST
    refused: Invalid | None = None
    if request.method == "POST":
        body = _body(request)
        try:
            spec = create_object(actor_of(request), body)
            text = _("“{object}” is there: list, form, record page, filters, import and API").with_(
                object=spec.plural_label
            )
            return say(request, see_other(request, object_url(spec)), text)
        except Invalid as error:
            refused = error
    context = {
        **_form(typed, refused),
        "rows": _rows(request),
        "kinds": KINDS,
        "first_kinds": FIRST_KINDS,
        "spec": None,
    }
    targets = [one for one in registry if one.group not in ("hidden", "setup")]
    context["targets"] = sorted(targets, key=lambda one: one.group != "sales")
    return settings_page(request, "object_new.html", context, title=_("New object"), status=422 if refused else 200)


@settings_place(OBJECTS)
def about(request: HttpRequest, key: str) -> HttpResponse:
    """What an own object is called, its icon, who sees it; of a shipped one what it is."""
    spec = object_at(key)
    refused: Invalid | None = None
    typed: Mapping[str, Any] = _typed_of(object_declaration(spec.key)) if spec.custom else {}
    if request.method == "POST":
        if not spec.custom:
            raise NotFound()
        typed = request.POST
        body = {name: one for name, one in _body(request).items() if name not in ("key", "plural", "fields", "title")}
        body["parents"] = (
            [one.key for one in spec.fields if one.custom and one.kind in ("link", "any_link")]
            if body.get("scope") == "follows"
            else None
        )
        try:
            change_object(actor_of(request), spec.key, body)
            return say(request, see_other(request, object_url(spec, "/about")), _("Saved"))
        except Invalid as error:
            refused = error
    context = {**_form(typed, refused), "spec": spec, "tab": "about"}
    return settings_page(request, "object_about.html", context, title=spec.plural_label, status=422 if refused else 200)


# -- the form --------------------------------------------------------------------------------------------------------
def _form(typed: Mapping[str, Any], refused: Invalid | None) -> dict[str, Any]:
    """Inputs with what was typed and what is wrong."""
    where = {"label": "label_zh", "plural_label": "plural_zh", "plural": "key", "title": "title_zh"}
    problems = (
        [Problem(one.text, where.get(one.field, one.field), one.code) for one in refused.problems] if refused else []
    )
    known = frozenset((*TEXTS, "scope", "group", "icon"))
    placed, misplaced = by_field(Invalid(problems) if problems else None, known)
    setting = reading()
    asked = [
        FieldSpec("label_zh", _("Name in Chinese"), "text", max=80, hint=_("One of them: 设备")),
        FieldSpec("label_en", _("Name in English"), "text", max=80, hint=_("One of them: Machine")),
        FieldSpec("plural_zh", _("Name of the list in Chinese"), "text", max=80, hint=_("As the name if left empty")),
        FieldSpec("plural_en", _("Name of the list in English"), "text", max=80, hint=_("Many of them: Machines")),
        FieldSpec(
            "title_zh", _("First field in Chinese"), "text", max=80, hint=_("It names each record: 名称 if left empty")
        ),
        FieldSpec("title_en", _("First field in English"), "text", max=80),
        FieldSpec(
            "key", _("Key"), "text", max=40, hint=_("Filters and the API use it. Made from the name if left empty.")
        ),
        FieldSpec("help", _("What it is for"), "long_text", max=4000),
        FieldSpec(
            "group",
            _("Place in the navigation"),
            "choice",
            required=True,
            options=tuple(Option(key, label) for key, label in GROUPS),
        ),
    ]
    chosen = {"scope": "owner", "group": "more", "icon": "box"}
    found: dict[str, Control] = {}
    for one in asked:
        text = str(typed.get(one.key, "") or chosen.get(one.key, ""))
        found[one.key] = control(
            one, {"": [text]} if text else {}, setting, problem=placed.get(one.key, ""), id_prefix="o-"
        )
    return {
        "controls": found,
        "misplaced": misplaced,
        "refused": refused,
        "icons": ICONS,
        "scopes": SCOPES,
        "icon_chosen": str(typed.get("icon") or "box"),
        "scope_chosen": str(typed.get("scope") or "owner"),
        "scope_problem": placed.get("scope", ""),
    }


def _typed_of(body: Mapping[str, Any]) -> dict[str, str]:
    """A kept declaration as the form shows it."""
    names, plurals = label_parts(body.get("label")), label_parts(body.get("plural_label"))
    return {
        "label_zh": names[0], "label_en": names[1], "plural_zh": plurals[0], "plural_en": plurals[1],
        "icon": str(body.get("icon", "box")), "scope": str(body.get("scope", "owner")),
        "group": str(body.get("group", "more")), "help": str(body.get("help", "")),
    }  # fmt: skip


def _body(request: HttpRequest) -> dict[str, Any]:
    """The declaration the form describes."""

    def text(name: str) -> str:
        return request.POST.get(name, "").strip()

    label = label_body(text("label_zh"), text("label_en"))
    keys = {one.key for one in registry} | {one.plural for one in registry}
    key = text("key") or suggest_key(label, keys, "object")
    fields = _first_fields(request)
    scope = text("scope") or "owner"
    body: dict[str, Any] = {
        "key": key,
        "plural": f"{key}s" if not key.endswith("s") else f"{key}_list",
        "label": label,
        "plural_label": label_body(text("plural_zh") or text("label_zh"), text("plural_en") or text("label_en")),
        "icon": text("icon") if text("icon") in ICONS else "box",
        "scope": scope,
        "group": text("group") or "more",
        "help": text("help"),
        "fields": fields,
    }
    if scope == "follows":
        body["parents"] = [one["key"] for one in fields if one["kind"] == "link"]
    return {name: one for name, one in body.items() if one not in (None, "", [])}


def _first_fields(request: HttpRequest) -> list[dict[str, Any]]:
    title = label_body(request.POST.get("title_zh", ""), request.POST.get("title_en", ""))
    first = {
        "key": "name",
        "label": title or {"zh-hans": "名称", "en": "Name"},
        "kind": "text",
        "required": True,
        "search": 10,
    }
    fields, taken = [first], {"name"}
    for row in _rows(request):
        label = label_body(row["zh"], row["en"])
        if label is None:
            continue
        made: dict[str, Any] = {"key": suggest_key(label, taken), "label": label, "kind": row["kind"]}
        taken.add(made["key"])
        if row["kind"] == "choice":
            options: list[dict[str, Any]] = []
            for one in row["options"].replace("，", ",").replace("、", ",").split(","):
                if one.strip():
                    key = suggest_key({"zh-hans": one.strip()}, {held["key"] for held in options}, "option")
                    options.append({"key": key, "label": one.strip()})
            made["options"] = options
        if row["kind"] == "link":
            made["to"] = row["to"]
        if row["kind"] in ("number", "money", "date"):
            made["index"] = True
        fields.append(made)
    return fields


def _rows(request: HttpRequest) -> list[dict[str, str]]:
    """The rows of first fields as typed, and some empty ones."""
    names = ("zh", "en", "kind", "options", "to")
    columns = {name: request.POST.getlist(f"field.{name}") for name in names}
    found = [
        {name: columns[name][at] if at < len(columns[name]) else "" for name in names}
        for at in range(len(columns["zh"]))
    ]
    found = [{**one, "kind": one["kind"] if one["kind"] in FIRST_KINDS else "text"} for one in found]
    filled = [one for one in found if one["zh"].strip() or one["en"].strip()]
    blank = {"zh": "", "en": "", "kind": "text", "options": "", "to": ""}
    return filled + [dict(blank) for _n in range(max(1, FIRST_FIELDS - len(filled)))]
