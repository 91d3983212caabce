"""An input for every kind: what a form shows, what it posts, and what of that goes to the doors.

A field posts one or more parts: the part "" under the field's own name, others as ``name.part``. All texts posted for
one field together are a :data:`Typed`; it is what a refused form shows again, untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from zhike.kernel.lazy import LazyModule
from zhike.records.company.rates import used_currencies
from zhike.schema.kinds.base import Setting
from zhike.schema.kinds.regions import children
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Address, FileRef, Lookup, Masked, Money, Ref
from zhike.web.links import number_in

_babel: Any = LazyModule("babel")

Typed = dict[str, list[str]]

SECRETS = frozenset({"phone", "email", "secret_text"})
SHOWN_ONLY = frozenset({"auto_number", "formula", "roll_up"})
FULL_WIDTH = frozenset({"long_text", "rich_text", "choices", "address", "file"})
MOST_SEGMENTS = 4
STEM = {
    "long_text": "long", "rich_text": "rich", "secret_text": "secret", "number": "number", "percent": "number",
    "money": "money", "date": "date", "instant": "date", "yes_no": "switch", "choice": "choice", "choices": "choices",
    "link": "link", "any_link": "link", "links": "links", "phone": "secret", "email": "secret", "address": "address",
    "file": "file",
}  # fmt: skip
INPUT_TYPES = {"date": "date", "instant": "datetime-local", "url": "url", "phone": "tel", "email": "email"}


class Posted(Protocol):
    """What a form sent: Django's ``request.POST``."""

    def getlist(self, name: str) -> list[str]: ...

    def __contains__(self, name: object) -> bool: ...


@dataclass(frozen=True, slots=True)
class Pick:
    """One thing to choose: its value, label, tag hue, and whether it is chosen."""

    value: str
    label: str
    hue: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """One labelled input, ready to draw with ``widgets/input.html`` (bare) or ``widgets/field.html`` (with its label)."""

    field: FieldSpec
    name: str
    id: str
    stem: str
    typed: Typed
    problem: str = ""
    required: bool = False
    full: bool = False
    picks: tuple[Pick, ...] = ()
    more: Mapping[str, Any] = made(default_factory=dict)

    def text(self, part: str = "") -> str:
        """The text typed into a part, "" if none."""
        return (self.typed.get(part) or [""])[-1]

    @property
    def type(self) -> str:
        """The HTML input type."""
        return INPUT_TYPES.get(self.field.kind, "text")

    @property
    def described(self) -> str:
        """Ids of the texts that describe the input, for ``aria-describedby``."""
        return f"{self.id}-problem" if self.problem else f"{self.id}-hint" if self.field.hint else ""


def control(
    field: FieldSpec,
    typed: Typed,
    setting: Setting,
    *,
    problem: object = "",
    prefix: str = "",
    id_prefix: str = "f-",
    among: Sequence[Ref] = (),
) -> Control:
    """The input of a field holding what was typed; ``prefix`` goes before the posted names. A link with ``among`` is
    chosen from these records instead of searched for."""
    stem = STEM.get(field.kind, "text")
    if field.kind in SHOWN_ONLY or field.readonly:
        stem = "shown"
    picks: tuple[Pick, ...] = ()
    more: dict[str, Any] = {}
    if field.kind in ("choice", "choices"):
        picks = _option_picks(field, typed.get("", []))
        stem = "segment" if field.kind == "choice" and field.required and len(picks) <= MOST_SEGMENTS else stem
    elif field.kind == "money":
        picks = _currency_picks(typed, setting)
    elif field.kind == "link" and among:
        stem, picks = "choice", _record_picks(among, typed)
    elif field.kind in ("link", "links", "any_link"):
        target = registry.find(field.to) if field.to else None
        more = {"target": target, "url": f"/pick/{target.plural if target else 'any'}"}
        more["chips"] = tuple(zip(filter(None, typed.get("", [])), typed.get("title", []), strict=False))
    elif field.kind == "address":
        more = {
            "countries": _country_picks(_last(typed, "country") or setting.country, setting.language),
            "provinces": _places(""),
            "cities": _places(_last(typed, "region")),
            "districts": _places(_last(typed, "city")),
        }
    return Control(
        field, prefix + field.key, id_prefix + field.key.replace("_", "-"), stem, typed, str(problem), field.required,
        field.kind in FULL_WIDTH, picks, more,
    )  # fmt: skip


def typed_of_form(field: FieldSpec, posted: Posted, names: Sequence[str], prefix: str = "") -> Typed | None:
    """What a form sent for a field; None when the form did not hold it. ``names`` are all names posted."""
    name = prefix + field.key
    found = {one[len(name) + 1 :]: posted.getlist(one) for one in names if one == name or one.startswith(name + ".")}
    return found or None


def typed_of_value(value: Any, field: FieldSpec, setting: Setting) -> Typed:
    """What a form shows for a stored value."""
    if value is None:
        return {}
    special = _TYPED_OF.get(field.kind)
    if special:
        return special(value, setting)
    if isinstance(value, Masked):
        return {"was": [value.mask]}
    return {"": [_plain(value)]}


def raw(field: FieldSpec, typed: Typed) -> Any:
    """What the doors take for what was typed; None for nothing."""
    special = _RAW_OF.get(field.kind)
    if special:
        return special(typed)
    return (typed.get("") or [""])[-1].strip() or None


def untouched_secret(field: FieldSpec, typed: Typed) -> bool:
    """True when a masked value was left alone: nothing typed over it, not cleared."""
    if field.kind not in SECRETS or not (typed.get("was") or [""])[-1]:
        return False
    return not (typed.get("") or [""])[-1].strip() and not typed.get("clear")


# -- texts of values ---------------------------------------------------------------------------------------------------
def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _typed_money(value: Money, setting: Setting) -> Typed:
    return {"": [_plain(value.amount)], "currency": [value.currency]}


def _typed_instant(value: datetime, setting: Setting) -> Typed:
    return {"": [value.astimezone(ZoneInfo(setting.timezone)).strftime("%Y-%m-%dT%H:%M")]}


def _typed_duration(value: int, setting: Setting) -> Typed:
    hours, minutes = divmod(int(value), 60)
    return {"": [f"{hours}:{minutes:02d}"]}


def _typed_link(value: Ref, setting: Setting) -> Typed:
    return {"": [str(value.id)], "object": [value.object], "text": [value.title], "was": [value.title]}


def _typed_links(value: Sequence[Ref], setting: Setting) -> Typed:
    return {"": [str(one.id) for one in value], "title": [one.title for one in value]}


def _typed_choices(value: Sequence[str], setting: Setting) -> Typed:
    return {"": list(value)}


def _typed_file(value: FileRef, setting: Setting) -> Typed:
    return {"keep": [str(value.id)], "name": [value.name]}


def _typed_address(value: Address, setting: Setting) -> Typed:
    parts = ("country", "region", "city", "district", "street", "postcode")
    return {part: [getattr(value, part)] for part in parts if getattr(value, part)}


_TYPED_OF: dict[str, Callable[[Any, Setting], Typed]] = {
    "money": _typed_money,
    "instant": _typed_instant,
    "duration": _typed_duration,
    "link": _typed_link,
    "any_link": _typed_link,
    "links": _typed_links,
    "choices": _typed_choices,
    "file": _typed_file,
    "address": _typed_address,
}


# -- raw values of texts -----------------------------------------------------------------------------------------------
def _last(typed: Typed, part: str = "") -> str:
    return (typed.get(part) or [""])[-1].strip()


def _raw_money(typed: Typed) -> Any:
    amount = _last(typed)
    return {"amount": amount, "currency": _last(typed, "currency")} if amount else None


def _raw_link(typed: Typed) -> Any:
    """The picked record; or what was typed as a name, when it is not the picked record's."""
    text, was, id_text = _last(typed, "text"), _last(typed, "was"), _last(typed)
    if not text and "text" in typed:
        return None
    if number_in(id_text) and ("text" not in typed or text == was):
        return Ref(_last(typed, "object"), int(id_text), text) if _last(typed, "object") else int(id_text)
    return _named(text or id_text, typed)


def _named(words: str, typed: Typed) -> Any:
    """Words instead of a picked record; a link to anything cannot look them up and takes ``account:123`` only."""
    if not words:
        return None
    return words if "object" in typed else Lookup(words)


def _raw_links(typed: Typed) -> Any:
    picked: list[Any] = [int(one) for one in typed.get("", []) if number_in(one)]
    named = [Lookup(one.strip()) for one in typed.get("text", []) if one.strip()]
    return [*picked, *named] or None


def _raw_choices(typed: Typed) -> Any:
    return [one for one in typed.get("", []) if one] or None


def _raw_switch(typed: Typed) -> Any:
    return {"yes": True, "no": False}.get(_last(typed))


def _raw_file(typed: Typed) -> Any:
    kept = _last(typed, "keep")
    return FileRef(int(kept), _last(typed, "name")) if number_in(kept) and not typed.get("clear") else None


def _raw_rich(typed: Typed) -> Any:
    text = _last(typed)
    if not text or "<" in text:
        return text or None
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())


def _raw_address(typed: Typed) -> Any:
    parts = {part: _last(typed, part) for part in ("region", "city", "district", "street", "postcode")}
    if not any(parts.values()):
        return None
    return Address(country=_last(typed, "country") or "CN", **parts)


_RAW_OF: dict[str, Callable[[Typed], Any]] = {
    "money": _raw_money,
    "link": _raw_link,
    "any_link": _raw_link,
    "links": _raw_links,
    "choices": _raw_choices,
    "yes_no": _raw_switch,
    "file": _raw_file,
    "rich_text": _raw_rich,
    "address": _raw_address,
}


# -- things to choose --------------------------------------------------------------------------------------------------
def _option_picks(field: FieldSpec, chosen: Sequence[str]) -> tuple[Pick, ...]:
    return tuple(
        Pick(one.key, str(one.label), one.hue, one.key in chosen)
        for one in field.options
        if one.active or one.key in chosen
    )


def _record_picks(among: Sequence[Ref], typed: Typed) -> tuple[Pick, ...]:
    """The records to choose from, and the chosen one even when it is none of them."""
    chosen = _last(typed)
    picks = [Pick(str(one.id), one.title, chosen=str(one.id) == chosen) for one in among]
    if chosen and not any(one.chosen for one in picks):
        picks.insert(0, Pick(chosen, _last(typed, "text") or f"#{chosen}", chosen=True))
    return tuple(picks)


def _currency_picks(typed: Typed, setting: Setting) -> tuple[Pick, ...]:
    chosen = _last(typed, "currency") or setting.currency
    codes = dict.fromkeys((setting.currency, chosen, *used_currencies()))
    return tuple(Pick(code, code, chosen=code == chosen) for code in codes)


def _country_picks(chosen: str, language: str) -> tuple[Pick, ...]:
    return tuple(Pick(code, name, chosen=code == chosen) for code, name in countries(language))


def _places(above: str) -> list[tuple[str, str]]:
    """Codes and names of what stands under a Chinese region; the provinces under ""."""
    return [(one.code, one.name) for one in children(above)] if not above or above.isdigit() else []


@lru_cache(maxsize=1)
def provinces_json() -> list[list[Any]]:
    """Every province with its cities and their districts: ``[code, name, [[code, name, [[code, name], …]], …]]``."""
    return [
        [province.code, province.name, [[city.code, city.name, _pairs(city.code)] for city in children(province.code)]]
        for province in children()
    ]


def _pairs(above: str) -> list[list[str]]:
    return [[one.code, one.name] for one in children(above)]


@lru_cache(maxsize=8)
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """ISO 3166 codes and names in a language, China first, then by name."""
    names = (
        _babel.Locale.parse(language.replace("-", "_"), sep="_").territories
        if language != "zh-hans"
        else _chinese_names()
    )
    found = [(code, str(name)) for code, name in names.items() if len(code) == 2 and code.isalpha()]
    return tuple(sorted(found, key=lambda one: (one[0] != "CN", one[1])))


def _chinese_names() -> Mapping[str, str]:
    return _babel.Locale("zh", script="Hans").territories
