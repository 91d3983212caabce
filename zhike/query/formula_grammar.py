"""What does the text of a formula say? Every piece is checked for its type and becomes a function of the record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from zhike.kernel.errors import BadQuery
from zhike.kernel.words import Words, _
from zhike.query.arithmetic import (
    INPUTS,
    NUMERIC,
    as_text,
    calculation,
    comparison,
    days_between,
    moved,
    reader,
    written_number,
)
from zhike.query.lexer import Token, tokenize
from zhike.query.operands import kind_name
from zhike.query.paths import did_you_mean, mentions_today
from zhike.query.syntax import DEEPEST_NESTING, KEYWORDS
from zhike.schema.kinds.base import Setting
from zhike.schema.spec import FieldSpec, ObjectSpec

Get = Callable[[str], Any]
"""The canonical value of an own field by key, None when empty."""

MOST_PARTS = 500
FUNCTIONS = ("if", "days", "concat")
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
TYPE_NAMES = {
    "number": _("a number"),
    "money": _("an amount"),
    "date": _("a date"),
    "text": _("a text"),
    "yes_no": _("yes or no"),
    "empty": _("nothing"),
}


class Env(NamedTuple):
    """What a formula reads while it runs."""

    get: Get
    today: date


class Part(NamedTuple):
    """A checked piece of a formula: its type, how to run it, and whether it is a written number (which fits amounts too)."""

    type: str
    run: Callable[[Env], Any]
    at: int
    written: bool = False


def named(word: str, spec: ObjectSpec) -> FieldSpec | None:
    """The own field with this key, or the only one with this label."""
    field = spec.field(word) or spec.field(word.lower())
    if field is not None:
        return field
    found = [one for one in spec.fields if str(one.label) == word]
    return found[0] if len(found) == 1 else None


def words_of(formula: str, spec: ObjectSpec) -> list[str]:
    """Keys of the own fields a formula's text names, whether it can be read or not."""
    try:
        tokens = tokenize(formula, formula=True)
    except BadQuery:
        return []
    return [field.key for token in tokens if token.kind == "word" and (field := named(token.text, spec)) is not None]


class FormulaReader:
    """Recursive descent that checks types on the way; every piece becomes a function of the record."""

    def __init__(self, source: str, spec: ObjectSpec, setting: Setting) -> None:
        self.source, self.spec, self.setting = source, spec, setting
        self.tokens = tokenize(source, formula=True)
        self.index = self.depth = self.count = 0
        self.inputs: set[str] = set()
        self.uses_today = False

    def whole(self) -> Part:
        """The piece the whole text makes."""
        part = self.either()
        if self.here.kind != "end":
            raise self.expected(_("an operator"))
        return part

    # -- moving and refusing ---------------------------------------------------------------------------------------
    @property
    def here(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        return token

    def sign(self, *texts: str) -> str:
        token = self.here
        return self.take().text if token.kind == "sign" and token.text in texts else ""

    def keyword(self) -> str:
        return KEYWORDS.get(self.here.text.lower(), "") if self.here.kind == "word" else ""

    def bad(self, text: Words, at: int) -> BadQuery:
        return BadQuery(text, at, self.source)

    def expected(self, what: Words) -> BadQuery:
        if self.here.kind == "end":
            return self.bad(_("The text ends where {what} is expected.").with_(what=what), self.here.at)
        found = self.source[self.here.at : self.here.end][:60]
        return self.bad(_("“{found}” stands where {what} is expected.").with_(found=found, what=what), self.here.at)

    def unfit(self, sign: str, left: Part, right: Part, at: int) -> BadQuery:
        text = _("“{sign}” does not work between {left} and {right}.")
        return self.bad(text.with_(sign=sign, left=TYPE_NAMES[left.type], right=TYPE_NAMES[right.type]), at)

    # -- logic -----------------------------------------------------------------------------------------------------
    def either(self) -> Part:
        return self.logic("or", self.both)

    def both(self) -> Part:
        return self.logic("and", self.negation)

    def logic(self, word: str, inner: Callable[[], Part]) -> Part:
        parts = [inner()]
        while self.keyword() == word:
            self.take()
            parts.append(inner())
        if len(parts) == 1:
            return parts[0]
        for part in parts:
            self.truth(part)
        runs, many = [part.run for part in parts], all if word == "and" else any
        return Part("yes_no", lambda env: many(bool(run(env)) for run in runs), parts[0].at)

    def negation(self) -> Part:
        if self.keyword() != "not":
            return self.comparison()
        at = self.take().at
        with_depth = self.nested(self.negation, at)
        run = self.truth(with_depth).run
        return Part("yes_no", lambda env: not run(env), at)

    def truth(self, part: Part) -> Part:
        if part.type != "yes_no":
            raise self.bad(_("A condition is expected here, not {found}.").with_(found=TYPE_NAMES[part.type]), part.at)
        return part

    def comparison(self) -> Part:
        left = self.sum()
        at = self.here.at
        if self.keyword() == "is":
            self.take()
            negated = self.keyword() == "not"
            if negated:
                self.take()
            if self.keyword() != "empty":
                raise self.expected(_("“empty”"))
            self.take()
            return self.emptiness(left, negated, at)
        sign = self.sign(*COMPARISONS)
        if not sign:
            return left
        right = self.sum()
        if "empty" in (left.type, right.type) and sign in ("=", "!="):
            return self.emptiness(right if left.type == "empty" else left, sign == "!=", at)
        joint = self.joint(left, right)
        if joint is None or joint == "empty" or (joint == "yes_no" and sign not in ("=", "!=")):
            raise self.unfit(sign, left, right, at)
        compare, first, last = comparison(sign), left.run, right.run
        return Part("yes_no", lambda env: compare(first(env), last(env)), left.at)

    def emptiness(self, part: Part, negated: bool, at: int) -> Part:
        run = part.run
        return Part("yes_no", lambda env: (run(env) is None) is not negated, at)

    def joint(self, left: Part, right: Part) -> str | None:
        """The type two parts share: the same, or that of the one that is not empty or a written number."""
        if left.type == right.type or right.type == "empty":
            return left.type
        if left.type == "empty":
            return right.type
        if {left.type, right.type} == {"number", "money"} and (left if left.type == "number" else right).written:
            return "money"
        return None

    # -- arithmetic ------------------------------------------------------------------------------------------------
    def sum(self) -> Part:
        return self.chain(("+", "-"), self.product, self.added)

    def product(self) -> Part:
        return self.chain(("*", "/"), self.signed, self.multiplied)

    def chain(
        self, signs: tuple[str, ...], inner: Callable[[], Part], typed: Callable[[str, Part, Part, int], Any]
    ) -> Part:
        """``a + b − c`` from left to right, as one function however long it is."""
        whole = first = inner()
        steps: list[tuple[Callable[[Any, Any], Any], Callable[[Env], Any]]] = []
        while True:
            at = self.here.at
            sign = self.sign(*signs)
            if not sign:
                break
            right = inner()
            kind, operation = typed(sign, whole, right, at)
            steps.append((operation, right.run))
            whole = Part(kind, first.run, first.at, whole.written and right.written)
        if not steps:
            return first
        start = first.run

        def run(env: Env) -> Any:
            value = start(env)
            for operation, right in steps:
                value = operation(value, right(env))
            return value

        return Part(whole.type, run, first.at, whole.written)

    def added(self, sign: str, left: Part, right: Part, at: int) -> tuple[str, Callable[[Any, Any], Any]]:
        if left.type == "date" and right.type == "number":
            return "date", moved(sign)
        if left.type == right.type == "date" and sign == "-":
            return "number", lambda last, first: days_between(first, last)
        joint = self.joint(left, right)
        if joint not in NUMERIC:
            if "text" in (left.type, right.type):
                raise self.bad(_("Texts are joined with concat(a, b)."), at)
            raise self.unfit(sign, left, right, at)
        return joint, calculation(sign)

    def multiplied(self, sign: str, left: Part, right: Part, at: int) -> tuple[str, Callable[[Any, Any], Any]]:
        kinds = (left.type, right.type)
        if kinds == ("number", "number") or (kinds == ("money", "money") and sign == "/"):
            return "number", calculation(sign)
        if kinds == ("money", "number") or (kinds == ("number", "money") and sign == "*"):
            return "money", calculation(sign)
        raise self.unfit("×" if sign == "*" else "÷", left, right, at)

    def signed(self) -> Part:
        at = self.here.at
        if not self.sign("-"):
            return self.single()
        part = self.nested(self.signed, at)
        if part.type not in NUMERIC:
            raise self.bad(
                _("Only numbers and amounts can be negative, not {found}.").with_(found=TYPE_NAMES[part.type]), at
            )
        run = part.run
        return Part(part.type, lambda env: None if (value := run(env)) is None else -value, at, part.written)

    # -- single values ---------------------------------------------------------------------------------------------
    def nested(self, inner: Callable[[], Part], at: int) -> Part:
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            raise self.bad(_("This is nested deeper than {most} levels.").with_(most=DEEPEST_NESTING), at)
        part = inner()
        self.depth -= 1
        return part

    def single(self) -> Part:
        token = self.here
        self.count += 1
        if self.count > MOST_PARTS:
            raise self.bad(_("A formula has at most {most} values.").with_(most=MOST_PARTS), token.at)
        if self.sign("("):
            part = self.nested(self.either, token.at)
            self.close(token)
            return part
        if token.kind not in ("word", "number", "text", "date"):
            raise self.expected(_("a field, a value, a function or a bracket"))
        self.take()
        if token.kind == "number":
            return self.number(token)
        if token.kind == "text":
            return self.constant("text", token.text or None, token)
        if token.kind == "date":
            try:
                return self.constant("date", date(*map(int, token.text.split("-"))), token)
            except ValueError:
                raise self.bad(_("There is no such day: {text}.").with_(text=token.text), token.at) from None
        if self.here.text == "(" and self.here.kind == "sign":
            return self.function(token)
        return self.word(token)

    def constant(self, type_: str, value: Any, token: Token) -> Part:
        return Part(type_, lambda env: value, token.at, type_ == "number")

    def number(self, token: Token) -> Part:
        return self.constant("number", written_number(token.text), token)

    def word(self, token: Token) -> Part:
        word = token.text.lower()
        field = named(token.text, self.spec)
        if field is not None:
            return self.field(field, token)
        if KEYWORDS.get(word) == "today":
            self.uses_today = True
            return Part("date", lambda env: env.today, token.at)
        if word == "empty":
            return self.constant("empty", None, token)
        if word in ("true", "false"):
            return self.constant("yes_no", word == "true", token)
        text = _("{object} has no field called “{name}”.").with_(object=self.spec.label, name=token.text[:60])
        raise self.bad(
            did_you_mean(text, token.text, [one.key for one in self.spec.fields if self.usable(one)]), token.at
        )

    def usable(self, field: FieldSpec) -> bool:
        return kind_name(field) in INPUTS and not (field.kind == "formula" and mentions_today(field.formula))

    def field(self, field: FieldSpec, token: Token) -> Part:
        if self.here.text == "." and self.here.kind == "sign":
            raise self.bad(_("A formula uses the record's own fields only."), self.here.at)
        if not self.usable(field):
            text = _(
                "A formula cannot use “{name}”: only numbers, amounts, dates, texts, choices and yes or no that are stored."
            )
            raise self.bad(text.with_(name=field.label), token.at)
        self.inputs.add(field.key)
        key, read = field.key, reader(kind_name(field), self.setting)
        return Part(INPUTS[kind_name(field)], lambda env: read(env.get(key)), token.at)

    # -- functions -------------------------------------------------------------------------------------------------
    def function(self, token: Token) -> Part:
        name = token.text.lower()
        if name not in FUNCTIONS:
            text = _("There is no function “{name}”; possible are if, days and concat.").with_(name=token.text[:60])
            raise self.bad(did_you_mean(text, name, FUNCTIONS), token.at)
        opening = self.take()
        parts = [self.nested(self.either, opening.at)]
        while self.sign(","):
            parts.append(self.nested(self.either, opening.at))
        self.close(opening)
        if name == "concat":
            runs = [part.run for part in parts]
            return Part("text", lambda env: "".join(as_text(run(env)) for run in runs) or None, token.at)
        if name == "days":
            return self.days(parts, token)
        return self.choice(parts, token)

    def close(self, opening: Token) -> None:
        if not self.sign(")"):
            if self.here.kind == "end":
                raise self.bad(_("The bracket that opens here is never closed."), opening.at)
            raise self.expected(_("an operator, a comma or a closing bracket"))

    def days(self, parts: list[Part], token: Token) -> Part:
        if len(parts) != 2 or any(part.type != "date" for part in parts):
            raise self.bad(_("days(first, last) takes two dates."), token.at)
        first, last = parts[0].run, parts[1].run
        return Part("number", lambda env: days_between(first(env), last(env)), token.at)

    def choice(self, parts: list[Part], token: Token) -> Part:
        if len(parts) != 3:
            raise self.bad(_("if(condition, then, otherwise) takes a condition and two values."), token.at)
        condition = self.truth(parts[0]).run
        joint = self.joint(parts[1], parts[2])
        if joint is None:
            raise self.bad(_("Both outcomes of “if” must be of the same kind."), token.at)
        then, otherwise = parts[1].run, parts[2].run
        written = parts[1].written and parts[2].written
        return Part(joint, lambda env: then(env) if condition(env) else otherwise(env), token.at, written)
