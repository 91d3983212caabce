"""What shape does a filter have? Text becomes syntax, without knowing anything of any object."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches

from zhike.kernel.errors import BadQuery
from zhike.kernel.words import Words, _
from zhike.query.lexer import Token, quoted, tokenize
from zhike.query.periods import LONGEST_SHIFT, UNITS
from zhike.query.syntax import (
    DEEPEST_NESTING,
    KEYWORDS,
    MOST_CONDITIONS,
    SYMBOLS,
    WORD_OPERATORS,
    Always,
    Both,
    Condition,
    Either,
    Negation,
    Shared,
    Syntax,
    Value,
)

_INSTEAD = {
    "like": "~",
    "contains": "~",
    "include": "~",
    "includes": "~",
    "equals": "=",
    "eq": "=",
    "are": "=",
    "during": "within",
    "between": "within",
    "before": "<",
    "after": ">",
    "null": "is empty",
    "empty": "is empty",
}

BARE = ("word", "number", "date", "period")
"""Kinds of tokens that a piece of a value without quotes may begin with."""


def parse(source: str) -> Syntax:
    """The shape of a filter; empty text is everything. Raises BadQuery and nothing else."""
    reader = _Reader(source)
    if reader.here.kind == "end":
        return Always(True)
    found = reader.either()
    if reader.here.kind != "end":
        raise reader.unexpected()
    return found


def parse_value(source: str) -> Value:
    """One right side on its own, as ``said`` spells it. Raises BadQuery."""
    return _Reader(source).value()


def parse_values(source: str) -> list[Value]:
    """A list in brackets on its own. Raises BadQuery."""
    return _Reader(source).values()


class _Reader:
    """Recursive descent over the tokens; ``here`` is the one to be read next."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = tokenize(source)
        self.index = 0
        self.here = self.tokens[0]
        self.depth = 0
        self.conditions = 0

    # -- moving ----------------------------------------------------------------------------------------------------
    def take(self) -> Token:
        token = self.here
        if token.kind != "end":
            self.index += 1
            self.here = self.tokens[self.index]
        return token

    def ahead(self, by: int = 1) -> Token:
        return self.tokens[min(self.index + by, len(self.tokens) - 1)]

    def sign(self, text: str) -> bool:
        if self.here.kind == "sign" and self.here.text == text:
            self.take()
            return True
        return False

    def keyword(self) -> str:
        return KEYWORDS.get(self.here.text.lower(), "") if self.here.kind == "word" else ""

    # -- refusing --------------------------------------------------------------------------------------------------
    def bad(self, text: Words, at: int | None = None) -> BadQuery:
        return BadQuery(text, self.here.at if at is None else at, self.source)

    def expected(self, what: Words) -> BadQuery:
        if self.here.kind == "end":
            return self.bad(_("The text ends where {what} is expected.").with_(what=what))
        found = self.source[self.here.at : self.here.end][:60]
        return self.bad(_("“{found}” stands where {what} is expected.").with_(found=found, what=what))

    def unexpected(self) -> BadQuery:
        before = self.tokens[self.index - 1]
        if self.here.text == "," and before.kind == "number" and self.ahead().kind == "number":
            return self.bad(_("Write numbers without commas: 10000 or 10_000."))
        if self.here.kind == "word" and before.kind == "word":
            return self.bad(_("“and” or “or” is expected here; text with spaces needs quotes."))
        if self.here.text == ")":
            return self.bad(_("This bracket was never opened."))
        return self.expected(_("“and” or “or”"))

    # -- logic -----------------------------------------------------------------------------------------------------
    def either(self) -> Syntax:
        parts = [self.both()]
        while self.keyword() == "or":
            self.take()
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Either(parts)

    def both(self) -> Syntax:
        parts = [self.one()]
        while self.keyword() == "and":
            self.take()
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else Both(parts)

    def one(self) -> Syntax:
        if self.here.kind == "word" and self.keyword() != "not":
            return self.statement()
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            raise self.bad(_("Brackets and “not” are nested deeper than {most} levels.").with_(most=DEEPEST_NESTING))
        at = self.here.at
        found: Syntax
        if self.keyword() == "not":
            self.take()
            found = Negation(self.one())
        elif self.sign("("):
            found = self.either()
            if self.here.kind == "end":
                raise self.bad(_("The bracket that opens here is never closed."), at)
            if not self.sign(")"):
                raise self.unexpected()
        else:
            raise self.expected(_("a field, “not” or a bracket"))
        self.depth -= 1
        return found

    def statement(self) -> Syntax:
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise self.bad(_("There are more than {most} conditions.").with_(most=MOST_CONDITIONS))
        word, after = self.here.text.lower(), self.ahead()
        if word == "shared" and after.text.lower() == "with" and KEYWORDS.get(self.ahead(2).text.lower()) == "me":
            at = self.take().at
            self.take()
            self.take()
            return Shared(at)
        if word in ("everything", "nothing") and (
            after.kind == "end" or after.text == ")" or KEYWORDS.get(after.text.lower()) in ("and", "or")
        ):
            self.take()
            return Always(word == "everything")
        return self.condition()

    # -- one condition ---------------------------------------------------------------------------------------------
    def condition(self) -> Condition:
        names = [self.take()]
        while self.sign("."):
            if self.here.kind != "word":
                raise self.expected(_("a field"))
            names.append(self.take())
        at = self.here.at
        negated = self.keyword() == "not"
        if negated:
            self.take()
        op = self.operator()
        if negated and op not in ("in", "has", "reached", "within"):
            raise self.bad(
                _("After “not” here only “in”, “has”, “reached” and “within” can follow; put “not” before the field."),
                at,
            )
        if op == "is":
            return self.emptiness(names, at)
        if op in ("in", "has", "reached") and self.here.text == "(" and self.here.kind == "sign":
            return Condition(names, op, at, self.values(), True, negated)
        if op == "in":
            raise self.expected(_("a list in brackets"))
        value = self.period() if op == "within" else self.piece() if op in ("ends", "domain") else self.value()
        return Condition(names, op, at, [value], False, negated)

    def operator(self) -> str:
        if self.here.kind == "sign" and self.here.text in SYMBOLS:
            return self.take().text
        if self.here.kind == "word":
            word = self.here.text.lower()
            if word in WORD_OPERATORS:
                self.take()
                return word
            near = _INSTEAD.get(word) or next(iter(get_close_matches(word[:60], WORD_OPERATORS, 1)), "")
            if near:
                raise self.bad(
                    _("There is no operator “{name}”. Did you mean “{guess}”?").with_(
                        name=self.here.text[:60], guess=near
                    )
                )
        raise self.expected(_("an operator (= != < <= > >= ~ in has reached within ends domain is empty)"))

    def emptiness(self, names: list[Token], at: int) -> Condition:
        negated = self.keyword() == "not"
        if negated:
            self.take()
        if self.keyword() != "empty":
            raise self.expected(_("“empty” (a value is compared with = and not with “is”)"))
        self.take()
        return Condition(names, "empty", at, [], False, negated)

    # -- values ----------------------------------------------------------------------------------------------------
    def values(self) -> list[Value]:
        at = self.take().at
        found: list[Value] = []
        if self.sign(")"):
            return found
        while True:
            found.append(self.value())
            if self.sign(")"):
                return found
            if not self.sign(","):
                if self.here.kind == "end":
                    raise self.bad(_("The bracket that opens here is never closed."), at)
                raise self.expected(_("a comma or a closing bracket"))

    def value(self) -> Value:
        """One value: a word, a text, a number, a day, a period or a record."""
        first = self.simple()
        if self.here.text == ".." and self.here.kind == "sign" and first.form in ("day", "span", "number"):
            self.take()
            last = self.simple()
            source = self.source[first.at : self.tokens[self.index - 1].end]
            return Value("span", source, f"{first.said}..{last.said}", first.at, ("from", first, last))
        return first

    def piece(self) -> Value:
        """Part of a value that may stand without quotes though it is no single word: ``163.com``, ``a-b.cn``, ``002X``."""
        first, last = self.here, self.index
        while (after := self.tokens[last]).kind in BARE or after.text in (".", "-"):
            if last > self.index and after.at != self.tokens[last - 1].end:
                break
            last += 1
        if first.kind not in BARE or last == self.index + 1:
            return self.value()
        self.index, self.here = last, self.tokens[last]
        text = self.source[first.at : self.tokens[last - 1].end]
        return Value("text", text, quoted(text), first.at)

    def period(self) -> Value:
        value = self.value()
        if value.form not in ("span", "day", "number", "text"):
            raise self.bad(
                _(
                    "After “within” comes a period: next 30 days, last week, this month, 2026, 2026Q1, 2026-03 or 2026-03-01..2026-03-31."
                ),
                value.at,
            )
        return value

    def simple(self) -> Value:
        token = self.here
        kind = token.kind
        if kind == "word":
            return self.word()
        if kind == "text":
            self.take()
            return Value("text", token.text, quoted(token.text), token.at)
        if kind == "number":
            self.take()
            return Value("number", token.text, token.text, token.at)
        if kind == "date":
            self.take()
            try:
                base = date(*map(int, token.text.split("-")))
            except ValueError:
                raise self.bad(_("There is no such day: {text}.").with_(text=token.text), token.at) from None
            return self.moment("day", base, base.isoformat(), token)
        if kind == "instant":
            self.take()
            return Value("instant", token.text, token.text.upper(), token.at)
        if kind == "period":
            self.take()
            return Value("span", token.text, token.text.upper(), token.at, ("fixed", token.text))
        if kind == "sign" and token.text == "-" and self.ahead().kind == "number":
            self.take()
            text = "-" + self.take().text
            return Value("number", text, text, token.at)
        raise self.expected(_("a value"))

    def word(self) -> Value:
        token = self.here
        meaning = self.keyword()
        if meaning in ("and", "or", "not", "in", "is"):
            raise self.expected(_("a value (such words need quotes)"))
        self.take()
        if meaning == "today":
            return self.moment("day", None, "today", token)
        if meaning == "now":
            return self.moment("now", None, "now", token)
        if meaning in ("this", "next", "last") and self.here.kind in ("word", "number"):
            span = self.calendar(meaning, token)
            if span is not None:
                return span
        if self.here.text == ":" and self.here.kind == "sign" and self.ahead().kind == "number":
            self.take()
            number = self.take().text
            if not (number.isdecimal() and number.isascii()):
                raise self.bad(_("A record is written as account:123."), token.at)
            said = f"{token.text}:{int(number)}"
            return Value("record", said, said, token.at, (token.text, int(number)))
        return Value("word", token.text, token.text, token.at)

    def calendar(self, which: str, token: Token) -> Value | None:
        """``this month``, ``next 30 days`` after the first word was taken; None when no unit follows."""
        count = 0
        if self.here.kind == "number":
            if which == "this":
                return None
            count = self.count()
        unit = UNITS.get(self.here.text.lower()) if self.here.kind == "word" else None
        if unit is None:
            if count:
                raise self.expected(_("days, weeks, months, quarters or years"))
            return None
        self.take()
        said = f"{which} {_amount(count, unit)}" if count else f"{which} {unit}"
        data = (which, count, unit) if count else (which, unit)
        return Value("span", self.source[token.at : self.tokens[self.index - 1].end], said, token.at, data)

    def moment(self, form: str, base: date | None, said: str, token: Token) -> Value:
        """A day or the present instant with the shifts that follow it: ``today - 2 weeks + 1 day``."""
        shifts: list[tuple[int, str]] = []
        while self.here.kind == "sign" and self.here.text in ("+", "-") and self.ahead().kind == "number":
            sign = self.take().text
            count = self.count()
            unit = UNITS.get(self.here.text.lower()) if self.here.kind == "word" else None
            if unit is None or (form == "day" and unit in ("hour", "minute")):
                raise self.expected(_("days, weeks, months, quarters or years"))
            self.take()
            shifts.append((-count if sign == "-" else count, unit))
            said += f" {sign} {_amount(count, unit)}"
        text = self.source[token.at : self.tokens[self.index - 1].end]
        steps = tuple(shifts)
        return Value(form, text, said, token.at, (base, steps) if form == "day" else steps)

    def count(self) -> int:
        token = self.here
        if not (token.text.isdecimal() and 0 < int(token.text) <= LONGEST_SHIFT):
            raise self.bad(_("A whole number from 1 to {most} is expected here.").with_(most=LONGEST_SHIFT))
        self.take()
        return int(token.text)


def _amount(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
