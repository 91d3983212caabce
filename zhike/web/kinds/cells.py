"""How each kind of value is drawn: small in a list, whole on a record page. Everything a person typed is escaped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

from markupsafe import Markup, escape

from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import Words, _
from zhike.schema.kinds import KINDS, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Address, FileRef, Masked, Money, Ref
from zhike.web.built import icon_svg
from zhike.web.kinds.faces import hue_of, initial_of, shape_of
from zhike.web.kinds.figures import (
    day_text,
    exact_text,
    instant_text,
    is_chinese,
    local_day,
    machine_text,
    minutes_text,
    money_text,
    number_text,
    size_text,
)
from zhike.web.links import file_url, record_url
from zhike.web.reading import reading

nh3 = LazyModule("nh3")

NOTHING = Markup("")
MOST_TAGS = 2
LONG_TEXT = frozenset({"long_text", "rich_text", "note", "text_area"})
RIGHT = frozenset({"money", "number"})
RICH_TAGS = frozenset({"p", "br", "b", "strong", "i", "em", "u", "s", "ul", "ol", "li", "a", "blockquote", "h3", "h4", "code", "pre"})


def cell(record: Any, field: FieldSpec) -> Markup:
    """The value of a field as a list shows it: one line, no cents, friendly dates. "" when empty."""
    return draw(record.values.get(field.key), field, "list", record)


def fact(record: Any, field: FieldSpec) -> Markup:
    """The value of a field as a record page shows it: whole, with links, cents and times. "" when empty."""
    return draw(record.values.get(field.key), field, "fact", record)


def draw(value: Any, field: FieldSpec, place: str = "fact", record: Any = None) -> Markup:
    """Any canonical value of a field as markup; ``place`` is ``list`` or ``fact``."""
    if value is None or value == () or value == "":
        return NOTHING
    by_kind = BY_KIND.get(_kind(field))
    if by_kind is not None and not isinstance(value, Masked):
        return by_kind(value, field, place, record)
    for shape, drawing in BY_SHAPE:
        if isinstance(value, shape):
            return drawing(value, field, place, record)
    return _plain(value, field, place, record)


def when(value: date | datetime | None, *, time: bool = True) -> Markup:
    """A friendly ``<time>`` with the exact instant as its title."""
    if value is None:
        return NOTHING
    setting = reading()
    if isinstance(value, datetime):
        text = instant_text(value, setting) if time else day_text(local_day(value, setting), setting)
    else:
        text = day_text(value, setting, weekday=time)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(machine_text(value), exact_text(value, setting), text)


def is_right(field: FieldSpec) -> bool:
    """Whether values of the field stand at the right edge of their column."""
    return width_of(field) in RIGHT


def width_of(field: FieldSpec) -> str:
    """The column class of a field: name, text, money, number, date, choice, person, phone or check."""
    if field.kind in ("link", "any_link") and _is_person(field.to):
        return "person"
    if field.kind == "phone":
        return "phone"
    return kind_of(field).width


def is_soft(field: FieldSpec) -> bool:
    """Whether the value is told in second ink: everything that is not a figure, a tag or a face."""
    return width_of(field) in ("text", "date", "phone", "check", "name")


def plain_text(value: Any, field: FieldSpec) -> str:
    """The value as words only, for titles and spoken labels."""
    return draw(value, field, "list").striptags()


def _kind(field: FieldSpec) -> str:
    return field.result or field.kind if field.kind in ("formula", "roll_up") else field.kind


def _is_person(key: str) -> bool:
    return bool(key) and shape_of(registry.find(key)) == "person" and key == "user"


def _money(value: Money, field: FieldSpec, place: str, record: Any) -> Markup:
    if place == "list":
        return Markup('<span title="{}">{}</span>').format(money_text(value), money_text(value, short=True))
    return Markup("{}").format(money_text(value))


def _day(value: date, field: FieldSpec, place: str, record: Any) -> Markup:
    return when(value, time=place == "fact")


def _flag(value: bool, field: FieldSpec, place: str, record: Any) -> Markup:
    word = str(_("Yes") if value else _("No"))
    if place == "fact":
        return escape(word)
    if not value:
        return NOTHING
    return Markup('{}<span class="sr">{}</span>').format(icon_svg("check"), word)


def _choice(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    """A tag; plain words when no option of the field has a colour, since then colour says nothing."""
    option = field.option(value)
    if option is None:
        return escape(value)
    if all(one.hue in ("", "grey") for one in field.options):
        return Markup('<span class="soft">{}</span>').format(option.label)
    return Markup('<span class="tag" data-hue="{}">{}</span>').format(option.hue, option.label)


def _choices(value: tuple[str, ...], field: FieldSpec, place: str, record: Any) -> Markup:
    shown = value if place == "fact" else value[:MOST_TAGS]
    tags = Markup(" ").join(_choice(one, field, place, record) for one in shown)
    rest = len(value) - len(shown)
    return tags if not rest else Markup('{} <span class="count">+{}</span>').format(tags, rest)


def _link(value: Ref, field: FieldSpec, place: str, record: Any) -> Markup:
    title = value.title or f"#{value.id}"
    spec = registry.find(value.object)
    shape = shape_of(spec)
    tile = NOTHING
    if shape == "person":
        tile = Markup('<span class="avatar" data-hue="{}" aria-hidden="true">{}</span>').format(hue_of(title), initial_of(title))
    if value.object == "user" and place == "list":
        return Markup('<span class="row">{}<span class="cut">{}</span></span>').format(tile, title)
    address = record_url(value)
    if not value.title or not address:
        return Markup('<span class="muted cut">{}</span>').format(title)
    if place == "list":
        return Markup('<a class="cut quiet-link" href="{}">{}</a>').format(address, title)
    if tile:
        return Markup('<a class="row quiet-link" href="{}">{}<span class="cut">{}</span></a>').format(address, tile, title)
    return Markup('<a class="link" href="{}">{}</a>').format(address, title)


def _links(value: tuple[Ref, ...], field: FieldSpec, place: str, record: Any) -> Markup:
    shown = value if place == "fact" else value[:MOST_TAGS]
    comma = "、" if is_chinese(reading()) else ", "
    text = escape(comma).join(_link(one, field, place, record) for one in shown)
    if place == "fact" and any(shape_of(registry.find(one.object)) == "person" for one in value):
        text = Markup(" ").join(_link(one, field, place, record) for one in shown)
    rest = len(value) - len(shown)
    return text if not rest else Markup('{} <span class="count">+{}</span>').format(text, rest)


def _many(value: tuple[Any, ...], field: FieldSpec, place: str, record: Any) -> Markup:
    return (_links if isinstance(value[0], Ref) else _choices)(value, field, place, record)


def _masked(value: Masked, field: FieldSpec, place: str, record: Any) -> Markup:
    tail = "".join(character for character in value.mask[-4:] if character.isalnum())
    said = str(_("ending in {tail}").with_(tail=tail)) if tail and "*" in value.mask else str(_("hidden"))
    return Markup('<span class="masked"><span aria-hidden="true">{}</span><span class="sr">{}</span></span>').format(value.mask, said)


def _phone(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    shown = KINDS["phone"].show(value, field, reading())
    dialled = "".join(character for character in value if character in "+0123456789")
    return Markup('<a class="link" href="tel:{}">{}</a>').format(dialled, shown)


def _email(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    return Markup('<a class="link" href="mailto:{}">{}</a>').format(value, value)


def _url(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    shown = value.split("://", 1)[-1].rstrip("/")
    if not value.lower().startswith(("http://", "https://")):
        return escape(value)
    return Markup('<a class="link cut" href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(value, shown)


def _address(value: Address, field: FieldSpec, place: str, record: Any) -> Markup:
    return escape(KINDS["address"].show(value, field, reading()))


def _file(value: FileRef, field: FieldSpec, place: str, record: Any) -> Markup:
    size = Markup(' <span class="count">{}</span>').format(size_text(value.size)) if value.size else NOTHING
    if record is None:
        return Markup("{}{}").format(value.name, size)
    return Markup('<a class="link" href="{}">{}</a>{}').format(file_url(record, field.key), value.name, size)


def _number(value: Decimal | int, field: FieldSpec, place: str, record: Any) -> Markup:
    text = number_text(value, field.decimals)
    unit = field.unit if field.unit and place == "fact" else ""
    return Markup("{}{}").format(text, f" {unit}" if unit else "")


def _percent(value: Decimal | int, field: FieldSpec, place: str, record: Any) -> Markup:
    return Markup("{}%").format(number_text(value, field.decimals))


def _minutes(value: int, field: FieldSpec, place: str, record: Any) -> Markup:
    return escape(minutes_text(int(value)))


def _long(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    if place == "list":
        first = str(value).strip().split("\n", 1)[0]
        return Markup('<span title="{}">{}</span>').format(str(value)[:500], first[:160])
    return Markup('<span class="lines-kept">{}</span>').format(value)


def _rich(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    if place == "list":
        return escape(unescape(nh3.clean(value, tags=set()))[:160])
    cleaned = nh3.clean(value, tags=set(RICH_TAGS), link_rel="noopener noreferrer")
    return Markup('<div class="read rich">{}</div>').format(Markup(cleaned))  # noqa: S704 - nh3 made it safe


def _plain(value: Any, field: FieldSpec, place: str, record: Any) -> Markup:
    if isinstance(value, Words):
        return escape(str(value))
    return escape(kind_of(field).show(value, field, reading()))


Drawing = Callable[[Any, FieldSpec, str, Any], Markup]

BY_KIND: dict[str, Drawing] = {
    "choice": _choice,
    "choices": _choices,
    "phone": _phone,
    "email": _email,
    "url": _url,
    "percent": _percent,
    "duration": _minutes,
    "long_text": _long,
    "rich_text": _rich,
}

BY_SHAPE: tuple[tuple[type | tuple[type, ...], Drawing], ...] = (
    (Masked, _masked),
    (Money, _money),
    (Ref, _link),
    (tuple, _many),
    (bool, _flag),
    ((datetime, date), _day),
    (Address, _address),
    (FileRef, _file),
    ((int, Decimal), _number),
)
