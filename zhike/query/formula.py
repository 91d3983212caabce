"""What is a formula's value? Own fields, numbers, texts, + − × ÷, comparisons, if, days and concat; checked when written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from zhike.kernel.clock import today
from zhike.kernel.errors import BadQuery
from zhike.kernel.words import _
from zhike.query.arithmetic import writer, written_number
from zhike.query.formula_grammar import TYPE_NAMES, Env, FormulaReader, Get, words_of
from zhike.query.operands import kind_name
from zhike.schema.kinds.base import Setting
from zhike.schema.spec import FieldSpec, ObjectSpec

RESULTS = {
    "number": ("number", "percent", "duration"),
    "money": ("money",),
    "date": ("date",),
    "text": ("text",),
    "yes_no": ("yes_no",),
}
"""Type inside a formula → kinds its result may be stored as, the usual one first."""

QUOTIENT, MOST_DECIMALS = 4, 6


@dataclass(frozen=True, slots=True)
class Formula:
    """A checked formula. ``result`` is the kind it yields, ``inputs`` the keys of the own fields it reads."""

    text: str
    result: str
    inputs: frozenset[str]
    uses_today: bool
    setting: Setting
    _run: Callable[[Env], Any]
    _write: Callable[[Any], Any]

    def value(self, get: Get) -> Any:
        """The canonical value (of kind ``result``) for a record whose canonical values ``get`` gives by key.

        None when an input that counts is empty, for division by zero, and where the result does not fit its kind.
        Amounts are in the base currency, today is asked of the clock each time (so a formula may be kept for days).
        Never raises for values of the fields' kinds."""
        day = today(self.setting.timezone) if self.uses_today else date.min
        return self._write(self._run(Env(get, day)))


def parse_formula(text: str, spec: ObjectSpec, setting: Setting, into: FieldSpec | None = None) -> Formula:
    """The formula on ``spec``'s own fields. ``into`` is the formula field it fills: its ``result`` is the kind asked for
    (``percent``: a fraction becomes its percentage) and results are rounded half up to its decimals; without it numbers
    keep all their digits.

    Raises BadQuery for anything it cannot read, for types that do not fit, and for fields no formula may use."""
    reader = FormulaReader(text, spec, setting)
    part = reader.whole()
    kinds = RESULTS.get(part.type)
    if kinds is None:
        raise BadQuery(_("This formula is always empty."), 0, text)
    wanted = into.result if into is not None else ""
    if part.written and wanted == "money":
        kinds = ("money",)
    if wanted and wanted not in kinds:
        problem = _("This formula gives {found}, which does not fit the kind “{kind}”.")
        raise BadQuery(problem.with_(found=TYPE_NAMES[part.type], kind=wanted), 0, text)
    if into is not None and into.key in _leading_to(reader.inputs, spec):
        raise BadQuery(_("This formula leads back to itself over “{name}”.").with_(name=into.label), 0, text)
    kind = wanted or kinds[0]
    write = writer(kind, setting, into if wanted else None)
    return Formula(text, kind, frozenset(reader.inputs), reader.uses_today, setting, part.run, write)


def decimals_called_for(text: str, spec: ObjectSpec, setting: Setting, result: str) -> int:
    """With how many decimals a formula's result is kept when nobody says: as many as the numbers it is made of have, four
    where it divides or reads a percentage; an amount as many as the finest amount it reads. Raises BadQuery."""
    reader = FormulaReader(text, spec, setting)
    reader.whole()
    inputs = [spec[key] for key in reader.inputs]
    if result == "money":
        return max((field.decimals for field in inputs if kind_name(field) == "money"), default=0)
    if result != "number":
        return 0
    finest = [field.decimals for field in inputs if kind_name(field) == "number"]
    finest += [QUOTIENT for field in inputs if kind_name(field) == "percent"]
    for token in reader.tokens:
        if token.kind == "number":
            finest.append(-int(written_number(token.text).as_tuple().exponent))
        elif token.kind == "sign" and token.text == "/":
            finest.append(QUOTIENT)
    return min(max(finest, default=0), MOST_DECIMALS)


def _leading_to(inputs: Iterable[str], spec: ObjectSpec) -> set[str]:
    """The inputs, the inputs of those that are formulas themselves, and so on."""
    found: set[str] = set()
    waiting = list(inputs)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += words_of(spec[key].formula, spec)
    return found
