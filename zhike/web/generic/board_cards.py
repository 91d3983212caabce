"""The cards of a board as markup. Printed some hundred times a page, so everything that is the same on all is made before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from zhike.kernel.clock import now
from zhike.kernel.words import _
from zhike.records.record import Record
from zhike.schema.spec import ActionSpec, Board, FieldSpec, ObjectSpec
from zhike.schema.values import Money, Ref
from zhike.web.built import icon_svg
from zhike.web.generic.record_path import Place
from zhike.web.kinds import cells
from zhike.web.kinds.faces import hue_of, initial_of
from zhike.web.kinds.figures import MONTHS, exact_text, is_chinese, local_day, machine_text
from zhike.web.markup import EMPTY, html
from zhike.web.reading import reading

NEARLY_A_YEAR = 330
Draw = Callable[[Record, Place], str]


class Cards:
    """Draws the cards of one board for the present reader: ``cards(record, place) -> Markup``.

    ``movable``: cards carry a way to another column, by ``mover`` where the object declares such an action, else by its form."""

    def __init__(self, spec: ObjectSpec, board: Board, *, movable: bool, mover: ActionSpec | None) -> None:
        shown = [spec[key] for key in board.card if key in spec.by_key and key != spec.title]
        self._path = f"/{spec.plural}/"
        self._total = board.total
        self._entered = entered_fields(spec)
        self._icon = icon_svg("triangle-alert", True)
        self._resting = str(_("Resting for {n} days"))
        self._move = _move(self._path, mover) if movable else None
        self._above = _lines(shown, board.total)
        self._below = [
            _foot(spec.field(board.total) if board.total in board.card else None, _dates(shown)[:1]),
            *(_further(one) for one in _dates(shown)[1:]),
        ]

    def __call__(self, record: Record, place: Place) -> Markup:
        """One card as a list item."""
        days, age = resting(record, place, self._entered)
        aged = f' data-age="{age}"' if age else ""
        title = escape(record.title)
        moves = self._move(record.id, title) if self._move else ""
        return Markup(  # noqa: S704 - every value was escaped above or drawn as markup
            f'<li class="deal" data-card="{record.id}" data-amount="{amount_of(record, self._total)}"{aged}>\n'
            f'<h3><a href="{self._path}{record.id}" data-open>{title}</a></h3>\n{moves}'
            f"{''.join([draw(record, place) for draw in self._above])}{self._rest(days, age)}"
            f"{''.join([draw(record, place) for draw in self._below])}</li>\n"
        )

    def _rest(self, days: int, age: int) -> str:
        if not days:
            return ""
        said = escape(self._resting.replace("{n}", str(days)))
        return f'<span class="{"bad" if age > 1 else "warn"}">{self._icon} {said}</span>'


def entered_fields(spec: ObjectSpec) -> list[str]:
    """Fields that say since when a record stands where it stands."""
    return [one.key for one in spec.fields if one.kind == "instant" and one.readonly and one.key.endswith("_entered")]


def amount_of(record: Record, total: str) -> Decimal:
    """What a card adds to its column's total, in the company's currency."""
    value = record.values.get(total) if total else None
    if not isinstance(value, Money):
        return Decimal(0)
    return value.base if value.base is not None else value.amount


def resting(record: Record, place: Place, entered: Sequence[str]) -> tuple[int, int]:
    """Days a card has stood in its column when that is longer than the column allows, else 0; and how old it looks: 0 not
    yet, 1 over what is allowed, 2 over twice as much."""
    since = record.values.get(entered[0]) if entered else None
    if not isinstance(since, datetime) or not place.usual or place.outcome != "open":
        return 0, 0
    days = (now() - since).days
    if days <= place.usual:
        return 0, 0
    return days, 2 if days > 2 * place.usual else 1


def _dates(shown: Sequence[FieldSpec]) -> list[FieldSpec]:
    return [one for one in shown if one.kind in ("date", "instant")]


def _move(path: str, mover: ActionSpec | None) -> Callable[[int, Markup], str]:
    to, said, icon = escape(_("Move to…")), escape(_("Move “{title}” to…")), icon_svg("ellipsis", True)
    way = f"actions/{mover.name}" if mover else "edit"

    def move(id_: int, title: Markup) -> str:
        label = said.replace("{title}", title)
        return (
            f'<a class="deal-move" href="{path}{id_}/{way}" data-move-to tabindex="-1" aria-label="{label}"'
            f' title="{to}">{icon}</a>\n'
        )

    return move


def _lines(shown: Sequence[FieldSpec], total: str) -> list[Draw]:
    """A line for each field that is neither amount, date nor person; the people's faces stand at the end of the first."""
    people = [one for one in shown if one.kind == "link" and one.to == "user"]
    below = [one for one in shown if one.key != total and one not in people and one not in _dates(shown)]
    faces = _faces([one.key for one in people])
    if not below:
        return [lambda record, _place: _row(EMPTY, EMPTY, faces(record))] if people else []
    return [_line(field, faces if people and at == 0 else None) for at, field in enumerate(below)]


def _line(field: FieldSpec, faces: Callable[[Record], str] | None) -> Draw:
    drawn, label = cells.column(field), escape(field.label)

    def line(record: Record, _place: Place) -> str:
        text = escape(drawn(record).striptags())
        if not text and faces is None:
            return ""
        return _row(label + ": " + text if text else label + ":", text, faces(record) if faces else "")

    return line


def _row(title: Markup, text: Markup, faces: str) -> str:
    titled = f' title="{title}"' if title else ""
    return f'<span class="row"><span class="muted cut"{titled}>{text}</span>{faces}</span>'


def _faces(keys: Sequence[str]) -> Callable[[Record], str]:
    drawn: dict[str, Markup] = {}
    pattern = '<span class="avatar" data-hue="%s" title="%s">%s<span class="sr">%s</span></span>'

    def faces(record: Record) -> str:
        found = []
        for key in keys:
            ref: Any = record.values.get(key)
            name = ref.title if isinstance(ref, Ref) else ""
            if name:
                if name not in drawn:
                    drawn[name] = html(pattern, hue_of(name), name, initial_of(name), name)
                found.append(drawn[name])
        return "".join(found)

    return faces


def _foot(worth: FieldSpec | None, dates: Sequence[FieldSpec]) -> Draw:
    """What it is worth beside its first date."""
    drawn = cells.column(worth) if worth is not None else None
    key, short = (dates[0].key if dates else ""), _ShortDays()

    def foot(record: Record, place: Place) -> str:
        amount = drawn(record) if drawn else EMPTY
        value = record.values.get(key) if key else None
        day = ""
        if value is not None:
            late = place.outcome == "open" and _past(value)
            day = f'<span class="{"bad" if late else "muted"}">{short(value)}</span>'
        return f'<span class="row is-wrap"><b>{amount}</b>{day}</span>' if amount or day else ""

    return foot


def _further(field: FieldSpec) -> Draw:
    label, short = escape(field.label), _ShortDays()

    def further(record: Record, _place: Place) -> str:
        value = record.values.get(field.key)
        if value is None:
            return ""
        named = f'<small class="muted cut">{label}</small>'
        return f'<span class="row">{named}<small class="muted">{short(value)}</small></span>'

    return further


class _ShortDays:
    """Dates that fit on a card: the day while it is within a year, else year and month; the whole of it as title."""

    def __init__(self) -> None:
        self._setting = reading()
        self._drawn: dict[date, Markup] = {}

    def __call__(self, value: Any) -> Markup:
        if value not in self._drawn:
            self._drawn[value] = self._draw(value)
        return self._drawn[value]

    def _draw(self, value: Any) -> Markup:
        setting = self._setting
        day = local_day(value, setting)
        if abs((day - _today()).days) > NEARLY_A_YEAR:
            text = f"{day:%Y-%m}"
        elif is_chinese(setting):
            text = f"{day.month}月{day.day}日"
        else:
            text = f"{day.day} {MONTHS[day.month - 1]}"
        return html('<time datetime="%s" title="%s">%s</time>', machine_text(value), exact_text(value, setting), text)


def _past(value: Any) -> bool:
    """Whether a day of a card is over, or a moment of it."""
    if isinstance(value, datetime):
        return value < now()
    return isinstance(value, date) and value < _today()


def _today() -> date:
    return reading().today or now().date()
