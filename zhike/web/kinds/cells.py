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
from zhike.schema.spec import FieldSpec, Option
from zhike.schema.values import Address, FileRef, Masked, Money, Ref
from zhike.web.built import icon_svg
from zhike.web.kinds.checklists import checklist
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
from zhike.web.links import file_url, log_url, look_url, record_url
from zhike.web.markup import EMPTY, html, together
from zhike.web.reading import reading

nh3 = LazyModule("nh3")

MOST_TAGS = 2
RIGHT = frozenset({"money", "number"})
RICH_TAGS = frozenset(
    {"p", "br", "b", "strong", "i", "em", "u", "s", "ul", "ol", "li", "a", "blockquote", "h3", "h4", "code", "pre"}
)

Drawing = Callable[[Any, FieldSpec, str, Any], Markup]


def cell(record: Any, field: FieldSpec) -> Markup:
    """The value of a field as a list shows it: one line, no cents, friendly dates. "" when empty."""
    return draw(record.values.get(field.key), field, "list", record)


def fact(record: Any, field: FieldSpec) -> Markup:
    """The value of a field as a record page shows it: whole, with links, cents and times. "" when empty."""
    return draw(record.values.get(field.key), field, "fact", record)


def draw(value: Any, field: FieldSpec, place: str = "fact", record: Any = None) -> Markup:
    """Any canonical value of a field as markup; ``place`` is ``list`` or ``fact``."""
    if value is None or value == () or value == "":
        return EMPTY
    by_kind = BY_KIND.get(_kind(field))
    if by_kind is not None and not isinstance(value, Masked):
        return by_kind(value, field, place, record)
    by_type = BY_TYPE.get(type(value))
    return by_type(value, field, place, record) if by_type else _plain(value, field, place, record)


def column(field: FieldSpec) -> Callable[[Any], Markup]:
    """:func:`cell` for many records of one field: what does not depend on the record is done once."""
    key = field.key
    if field.kind == "choice":
        tags = {option.key: _tag(option, field) for option in field.options}

        def chosen(record: Any) -> Markup:
            value = record.values.get(key)
            return EMPTY if value is None else tags[value] if value in tags else draw(value, field, "list", record)

        return chosen
    if field.kind == "link":
        return _linked(key, field)
    return lambda record: draw(record.values.get(key), field, "list", record)


def _linked(key: str, field: FieldSpec) -> Callable[[Any], Markup]:
    """A column of links: rows that lead to the same record share their drawing."""
    drawn: dict[Any, Markup] = {None: EMPTY}

    def linked(record: Any) -> Markup:
        value = record.values.get(key)
        if value not in drawn:
            drawn[value] = draw(value, field, "list", record)
        return drawn[value]

    return linked


def when(value: date | datetime | None, *, time: bool = True, exact: bool = False) -> Markup:
    """A friendly ``<time>`` with the exact instant as its title; ``exact`` for paper, where "today" is soon wrong."""
    if value is None:
        return EMPTY
    setting = reading()
    if exact:
        text = exact_text(value, setting)
    elif isinstance(value, datetime):
        text = instant_text(value, setting) if time else day_text(local_day(value, setting), setting)
    else:
        text = day_text(value, setting, weekday=time)
    return html('<time datetime="%s" title="%s">%s</time>', machine_text(value), exact_text(value, setting), text)


def is_right(field: FieldSpec) -> bool:
    """Whether values of the field stand at the right edge of their column."""
    return width_of(field) in RIGHT


def width_of(field: FieldSpec) -> str:
    """The column class of a field: name, text, money, number, date, choice, person, phone or check."""
    if field.kind in ("link", "any_link") and field.to == "user":
        return "person"
    if field.kind == "phone":
        return "phone"
    if field.format == "checklist":
        return "choice"
    return kind_of(field).width


def is_soft(field: FieldSpec) -> bool:
    """Whether the value is told in second ink: everything that is not a figure, a tag or a face."""
    return width_of(field) in ("text", "date", "phone", "check", "name")


def plain_text(value: Any, field: FieldSpec) -> str:
    """The value as words only, for titles and spoken labels."""
    return draw(value, field, "list").striptags()


def _kind(field: FieldSpec) -> str:
    return field.result or field.kind if field.kind in ("formula", "roll_up") else field.kind


def _money(value: Money, field: FieldSpec, place: str, record: Any) -> Markup:
    whole = money_text(value)
    return (
        html('<span title="%s">%s</span>', whole, money_text(value, short=True)) if place == "list" else escape(whole)
    )


def _day(value: date, field: FieldSpec, place: str, record: Any) -> Markup:
    shown = when(value, time=place == "fact")
    if place == "list" and record is not None and not isinstance(value, datetime):
        shown = _with_clock(shown, field, record)
    if not is_late(value, field, record):
        return shown
    return html('<span class="is-late">%s<span class="sr">, %s</span></span>', shown, _("overdue"))


def _with_clock(shown: Markup, field: FieldSpec, record: Any) -> Markup:
    """A due day with its time of day, where a list has read it."""
    spec = registry.find(record.object)
    clock = spec.clock_of(field.key) if spec is not None and spec.due == field.key else None
    told = record.values.get(clock.key) if clock is not None else None
    return html("%s %s", shown, told) if told else shown


def is_late(value: Any, field: FieldSpec, record: Any) -> bool:
    """Whether a date is the one by which something should have been done that is not done yet."""
    spec = registry.find(record.object) if record is not None else None
    if spec is None or spec.due != field.key or spec.doing is None or not isinstance(value, date):
        return False
    today = reading().today
    return today is not None and value < today and record.values.get(spec.doing.key) == "open"


def _flag(value: bool, field: FieldSpec, place: str, record: Any) -> Markup:
    word = str(_("Yes") if value else _("No"))
    if place == "fact":
        return escape(word)
    return html('%s<span class="sr">%s</span>', icon_svg("check"), word) if value else EMPTY


def _choice(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    option = field.option(value)
    return _tag(option, field) if option else escape(value)


def _tag(option: Option, field: FieldSpec) -> Markup:
    """A tag; plain words when no option of the field has a colour, since then colour says nothing."""
    if all(one.hue in ("", "grey") for one in field.options):
        return html('<span class="soft">%s</span>', option.label)
    return html('<span class="tag" data-hue="%s">%s</span>', option.hue or "grey", option.label)


def _choices(value: tuple[str, ...], field: FieldSpec, place: str, record: Any) -> Markup:
    shown = value if place == "fact" else value[:MOST_TAGS]
    tags = together([_choice(one, field, place, record) for one in shown], " ")
    rest = len(value) - len(shown)
    return html('%s <span class="count">+%s</span>', tags, rest) if rest else tags


def _link(value: Ref, field: FieldSpec, place: str, record: Any) -> Markup:
    title = value.title or f"#{value.id}"
    tile = EMPTY
    if shape_of(registry.find(value.object)) == "person":
        tile = html('<span class="avatar" data-hue="%s" aria-hidden="true">%s</span>', hue_of(title), initial_of(title))
    if value.object == "user" and place == "list":
        return html('<span class="row">%s<span class="cut">%s</span></span>', tile, title)
    address = record_url(value)
    if not value.title or not address:
        return html('<span class="muted cut">%s</span>', title)
    if place == "list":
        return html('<a class="cut quiet-link" href="%s">%s</a>', address, title)
    if tile:
        return html('<a class="row quiet-link" href="%s">%s<span class="cut">%s</span></a>', address, tile, title)
    return html('<a class="link" href="%s">%s</a>', address, title)


def _links(value: tuple[Ref, ...], field: FieldSpec, place: str, record: Any) -> Markup:
    shown = value if place == "fact" else value[:MOST_TAGS]
    faces = place == "fact" and any(shape_of(registry.find(one.object)) == "person" for one in value)
    between = " " if faces else "、" if is_chinese(reading()) else ", "
    text = together([_link(one, field, place, record) for one in shown], between)
    rest = len(value) - len(shown)
    return html('%s <span class="count">+%s</span>', text, rest) if rest else text


def _many(value: tuple[Any, ...], field: FieldSpec, place: str, record: Any) -> Markup:
    return (_links if isinstance(value[0], Ref) else _choices)(value, field, place, record)


def _masked(value: Masked, field: FieldSpec, place: str, record: Any) -> Markup:
    tail = "".join(character for character in value.mask[-4:] if character.isalnum())
    said = _("ending in {tail}").with_(tail=tail) if tail and "*" in value.mask else _("hidden")
    return html(
        '<span class="masked"><span aria-hidden="true">%s</span><span class="sr">%s</span></span>', value.mask, said
    )


def _phone(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    dialled = "".join(character for character in value if character in "+0123456789")
    shown = KINDS["phone"].show(value, field, reading())
    log = log_url(record) if record is not None else ""
    if not log:
        return html('<a class="link" href="tel:%s">%s</a>', dialled, shown)
    return html('<a class="link" href="tel:%s" data-call="%s">%s</a>', dialled, log, shown)


def _email(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    return html('<a class="link" href="mailto:%s">%s</a>', value, value)


def _url(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    if not value.lower().startswith(("http://", "https://")):
        return escape(value)
    shown = value.split("://", 1)[-1].rstrip("/")
    return html('<a class="link cut" href="%s" target="_blank" rel="noopener noreferrer">%s</a>', value, shown)


def _address(value: Address, field: FieldSpec, place: str, record: Any) -> Markup:
    return escape(KINDS["address"].show(value, field, reading()))


def _file(value: FileRef, field: FieldSpec, place: str, record: Any) -> Markup:
    size = html(' <span class="count">%s</span>', size_text(value.size)) if value.size else EMPTY
    if record is None:
        return html("%s%s", value.name, size)
    look = look_url(record, field.key, value.type)
    opens = html(' hx-get="%s" hx-target="#dialog"', look) if look else EMPTY
    return html('<a class="link" href="%s"%s>%s</a>%s', file_url(record, field.key), opens, value.name, size)


def _number(value: Decimal | int, field: FieldSpec, place: str, record: Any) -> Markup:
    text = number_text(value, 0 if field.kind == "formula" else field.decimals)
    return escape(f"{text} {field.unit}" if field.unit and place == "fact" else text)


def _percent(value: Decimal | int, field: FieldSpec, place: str, record: Any) -> Markup:
    return escape(number_text(value, field.decimals) + "%")


def _minutes(value: int, field: FieldSpec, place: str, record: Any) -> Markup:
    return escape(minutes_text(int(value)))


def _long(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    if field.format == "checklist":
        return checklist(value, field, place, record)
    if place == "list":
        return html('<span title="%s">%s</span>', value[:500], value.strip().split("\n", 1)[0][:160])
    return html('<span class="lines-kept">%s</span>', _named(value, record))


def _named(value: str, record: Any) -> Markup:
    """The text with the people named in it standing out."""
    spec = registry.find(record.object) if record is not None else None
    people = record.values.get(spec.mentions) if spec is not None and spec.mentions else None
    shown = escape(value)
    for ref in people or ():
        named = escape(f"@{ref.title}")
        if ref.title:
            shown = shown.replace(named, html('<span class="mention">%s</span>', named))
    return shown


def _rich(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    if place == "list":
        return escape(unescape(nh3.clean(value, tags=set()))[:160])
    cleaned = nh3.clean(value, tags=set(RICH_TAGS), link_rel="noopener noreferrer")
    return html('<div class="read rich">%s</div>', Markup(cleaned))  # noqa: S704 - nh3 made it safe


def _plain(value: Any, field: FieldSpec, place: str, record: Any) -> Markup:
    if isinstance(value, Words):
        return escape(str(value))
    return escape(kind_of(field).show(value, field, reading()))


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

BY_TYPE: dict[type, Drawing] = {
    Masked: _masked,
    Money: _money,
    Ref: _link,
    tuple: _many,
    bool: _flag,
    datetime: _day,
    date: _day,
    Address: _address,
    FileRef: _file,
    int: _number,
    Decimal: _number,
}
