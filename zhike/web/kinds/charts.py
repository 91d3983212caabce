"""Numbers as bars: lengths, ticks, units and short texts. Only arithmetic; templates draw with SVG attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from zhike.kernel.words import Words, _
from zhike.schema.kinds.base import Setting
from zhike.web.kinds.figures import SIGNS, is_chinese

FULL = 1000
SMALLEST = 6
WIDTH, LEFT, TOP, BOTTOM, HEIGHT = 552, 44, 20, 196, 242
WIDEST_COLUMN = 34
MOST_WITH_TEXT = 12
MOST_COLUMNS = 40
TICKS = 4
QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Unit:
    """What the figures of a chart are counted in: 万元 in Chinese, thousands or millions in English, else ones."""

    divisor: Decimal
    label: Words
    places: int = 0

    def text(self, value: Decimal) -> str:
        """A value in this unit: ``86`` or ``1.2``."""
        scaled = value / self.divisor
        places = 0 if self.places == 0 or abs(scaled) >= 100 or not value else self.places
        rounded = scaled.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        return f"{rounded:,}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a ranking: its label, its length of 1000, its text, how many records, the list behind it, and its figure in
    full."""

    label: str
    length: int
    text: str
    count: int | None
    url: str
    exact: str = ""

    @property
    def count_text(self) -> str:
        """The number of records with separators, "" when not counted."""
        return "" if self.count is None else f"{self.count:,}"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart over time, in the coordinates of its drawing."""

    label: str
    short: str
    year: str
    x: float
    y: float
    width: float
    height: float
    text: str
    url: str
    now: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A grid line and its text."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    """A drawn chart over time: its columns from left to right and its grid."""

    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    bottom: int = BOTTOM


def unit_for(largest: Decimal, setting: Setting, *, money: bool) -> Unit:
    """The unit in which the largest value still reads easily."""
    if not money:
        return Unit(Decimal(1), Words(""))
    if is_chinese(setting):
        if largest >= 10_000:
            name: object = _currency_name(setting) if setting.currency == "CNY" else f" {setting.currency}"
            return Unit(Decimal(10_000), _("10,000 {currency}").with_(currency=name), 1)
        return Unit(Decimal(1), _currency_name(setting))
    if largest >= 1_000_000:
        return Unit(Decimal(1_000_000), _("million {currency}").with_(currency=_currency_name(setting)), 1)
    if largest >= 1_000:
        return Unit(Decimal(1_000), _("thousand {currency}").with_(currency=_currency_name(setting)), 1)
    return Unit(Decimal(1), _currency_name(setting))


def short_money(amount: Decimal, setting: Setting) -> str:
    """A large figure: ``¥2,373 万`` in Chinese, ``¥23.7 M`` in English; small amounts in full."""
    sign = ("−" if amount < 0 else "") + SIGNS.get(setting.currency, setting.currency + " ")
    size = abs(amount)
    steps = (
        [(Decimal(10) ** 8, "亿"), (Decimal(10_000), "万")]
        if is_chinese(setting)
        else [(Decimal(10) ** 6, "M"), (Decimal(1000), "K")]
    )
    for divisor, name in steps:
        if size >= divisor * (10 if divisor == 1000 else 1):
            scaled = size / divisor
            places = Decimal(1) if scaled >= 100 else Decimal("0.1")
            return f"{sign}{scaled.quantize(places, rounding=ROUND_HALF_UP):,} {name}"
    return f"{sign}{size.quantize(Decimal(1), rounding=ROUND_HALF_UP):,}"


def bars_of(
    rows: Sequence[tuple[str, Decimal, int | None, str]],
    unit: Unit,
    most: int,
    exact: Callable[[Decimal], str] = lambda _value: "",
) -> tuple[Bar, ...]:
    """Rows ``(label, value, count, url)`` as bars; with ``most`` (not 0) the rest is added up in a last row that
    has no bar: it would dwarf the others."""
    shown = list(rows[:most]) if most and len(rows) > most + 1 else list(rows)
    rest = rows[len(shown) :]
    if rest:
        counts = [one[2] for one in rest if one[2] is not None]
        label = str(_("{n} others").with_(n=len(rest)))
        shown.append((label, sum((one[1] for one in rest), Decimal(0)), sum(counts) if counts else None, ""))
    largest = max((one[1] for one in rows[: len(rows) - len(rest)]), default=Decimal(0))
    lengths = [_length(one[1], largest) for one in shown]
    if rest:
        lengths[-1] = 0
    return tuple(
        Bar(label, length, unit.text(value), count, url, exact(value))
        for length, (label, value, count, url) in zip(lengths, shown, strict=True)
    )


def columns_of(
    values: Mapping[str, Decimal],
    unit: Unit,
    setting: Setting,
    url_of: Callable[[str], str],
    short_of: Callable[[str], tuple[str, str]] | None = None,
) -> Columns:
    """Values by step of time as columns. Quarters (``2017Q1``) between the first and the last one without value stand as zero;
    other steps come as they are, with ``short_of`` saying how a label is written in two lines."""
    labels = (list(values) if short_of else _quarters(sorted(values)))[-MOST_COLUMNS:]
    if not labels:
        return Columns((), ())
    step = _nice(max(values.values(), default=Decimal(0)) / TICKS)
    top = step * TICKS
    room = (WIDTH - LEFT) / len(labels)
    width = min(WIDEST_COLUMN, room * 0.62)
    present = _present(setting)
    every = max(1, -(-len(labels) // MOST_WITH_TEXT))
    columns = []
    years = [short_of(label)[1] if short_of else label[:4] for label in labels]
    for index, label in enumerate(labels):
        value = values.get(label, Decimal(0))
        height = float(value / top) * (BOTTOM - TOP) if top else 0.0
        height = max(height, 1.5) if value else 0.0
        x = LEFT + room * index + (room - width) / 2
        short, year = short_of(label) if short_of else (f"Q{label.partition('Q')[2]}", label[:4])
        named = "" if index and year == years[index - 1] else year
        columns.append(
            Column(
                label, short, named, round(x, 1), round(BOTTOM - height, 1), round(width, 1), round(height, 1),
                unit.text(value), url_of(label), label == present, every == 1,
            )
        )  # fmt: skip
    ticks = tuple(
        Tick(round(BOTTOM - (BOTTOM - TOP) * place / TICKS, 1), unit.text(step * place)) for place in range(TICKS + 1)
    )
    return Columns(tuple(columns), ticks)


def _length(value: Decimal, largest: Decimal) -> int:
    if value <= 0 or not largest:
        return 0
    return max(SMALLEST, int(value / largest * FULL))


def _nice(step: Decimal) -> Decimal:
    """The next larger of 1, 2, 2.5, 5 times a power of ten."""
    if step <= 0:
        return Decimal(1)
    power = Decimal(10) ** step.adjusted()
    return next(
        power * one for one in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10)) if power * one >= step
    )


def _quarters(known: Sequence[str]) -> list[str]:
    if not known:
        return []
    first, last = (int(one[:4]) * QUARTERS + int(one[-1]) - 1 for one in (known[0], known[-1]))
    return [f"{one // QUARTERS}Q{one % QUARTERS + 1}" for one in range(first, last + 1)]


def _present(setting: Setting) -> str:
    return f"{setting.today.year}Q{(setting.today.month + 2) // 3}" if setting.today else ""


def _currency_name(setting: Setting) -> Words:
    return _("yuan") if setting.currency == "CNY" else Words(setting.currency)
