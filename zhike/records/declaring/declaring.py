"""Which declarations of one's own fields and objects are well formed. Judges shapes and meanings, stores nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import BadQuery, Invalid, NotFound, Problem
from zhike.kernel.words import Words, _
from zhike.query.formula import decimals_called_for, parse_formula
from zhike.query.measures import parse_measures
from zhike.query.tree import InSegment, has_part
from zhike.records.asking import ActorResolver, question
from zhike.records.company.settings import company, setting_for
from zhike.records.likeness.declared import COMPARES, LIKENESSES
from zhike.schema.kinds import KINDS, ParseError, Setting, kind_of
from zhike.schema.kinds.common import many_lines, one_line
from zhike.schema.kinds.derived import result_kind
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, RollUp, Same

KNOWN = frozenset(
    "label kind required unique index search personal hint default max decimals unit format to back on_delete options number"
    " formula result rollup hidden readonly same".split()
)
OBJECT_KNOWN = frozenset(
    "key plural label plural_label icon title columns scope parents group related board calendar help fields same"
    " same_others".split()
)
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
OF_KINDS: Mapping[str, tuple[str, ...]] = {
    "to": ("link", "links"),
    "back": ("link", "links", "any_link"),
    "on_delete": ("link", "links", "any_link"),
    "options": ("choice", "choices"),
    "number": ("auto_number",),
    "formula": ("formula",),
    "result": ("formula", "roll_up"),
    "rollup": ("roll_up",),
    "format": ("text", "secret_text"),
}
"""Facts that mean something for these kinds only."""
FORMATS = {"text": ("credit_code",), "secret_text": ("id_number", "bank_account")}
HUES = ("grey", "blue", "teal", "green", "gold", "orange", "red", "plum", "violet")
GROUPS = ("day", "sales", "more", "setup")
SCOPES = ("owner", "follows", "open")
WORDS_OF_DEFAULTS = {"today": ("date", "instant"), "now": ("instant",), "me": ("link",)}
NOT_UNIQUE = frozenset({"choices", "links", "any_link", "file", "yes_no", "address", "formula", "roll_up"})
NO_TITLE = frozenset(
    {"rich_text", "long_text", "secret_text", "choices", "link", "links", "any_link", "file", "address"}
)
DATED = re.compile(r"(%[Yymd]|[-./_ 0-9A-Za-z])*")
MOST_LABEL = 80
MOST_HINT = 400
MOST_OPTIONS = 500
MOST_OPTION_KEY = 60
MOST_FORMULA = 2000
MOST_HELP = 4000
LARGEST = {"max": 200_000, "search": 100, "decimals": 6}
Wrong = Iterator[Problem]


def wrong_in_field(body: Mapping[str, Any]) -> list[Problem]:
    """Everything that cannot be in the declaration of a field (its key aside), each problem with the fact it is about."""
    return [problem for judge in _OF_FIELDS for problem in judge(body)]


def wrong_in_object(body: Mapping[str, Any]) -> list[Problem]:
    """Everything that cannot be in the declaration of an object (its key, plural and the insides of its fields aside)."""
    return [problem for judge in _OF_OBJECTS for problem in judge(body)]


def wrong_together(spec: ObjectSpec, body: Mapping[str, Any]) -> list[Problem]:
    """What an object's declaration says of fields that it does not have, or that cannot serve so."""
    found: list[Problem] = []
    title = spec.field(str(body.get("title")))
    if title is None or title.system or title.kind in NO_TITLE:
        found.append(Problem(_("The title must be one of the object’s fields, with a text, number or date."), "title"))
    for fact in ("columns", "parents"):
        found += [_no_field(name, fact) for name in body.get(fact) or () if spec.field(name) is None]
    for name in body.get("parents") or ():
        one = spec.field(name)
        if one is not None and one.kind not in ("link", "any_link"):
            found.append(Problem(_("“{name}” is not a link.").with_(name=one.label), "parents"))
    for compared in Same.of(body["same"]).compare if body.get("same") else ():
        found += [_no_field(name, "same") for name in compared.fields if spec.field(name) is None]
        known = [field for name in compared.fields if (field := spec.field(name)) is not None]
        if any(field.kind not in COMPARES.get(compared.by, ()) for field in known):
            found.append(_one_of("same", tuple(LIKENESSES)))
    found += [_no_field(name, "same_others") for name in body.get("same_others") or () if name not in registry]
    if body.get("scope") == "follows" and not body.get("parents"):
        found.append(Problem(_("Say which link it follows: add a link to an account or a deal."), "scope", "required"))
    board = body.get("board") or {}
    by, total = spec.field(board.get("by", "")), spec.field(board.get("total", ""))
    if board and (by is None or by.kind not in ("choice", "link")):
        found.append(Problem(_("A board goes by a choice or a link of the object."), "board"))
    if board.get("total") and (total is None or (total.result or total.kind) != "money"):
        found.append(Problem(_("The total of a board is a field with money."), "board"))
    found += [_no_field(name, "board") for name in board.get("card") or () if spec.field(name) is None]
    for one in body.get("calendar") or ():
        day, ends = spec.field(one.get("field", "")), spec.field(one.get("ends", ""))
        if day is None or day.kind not in ("date", "instant"):
            found.append(Problem(_("What stands on the calendar is a date or a moment of the object."), "calendar"))
        if one.get("ends") and (ends is None or ends.kind != "instant"):
            found.append(Problem(_("What stands on the calendar ends at a moment of the object."), "calendar"))
    return found


def wrong_default(made: FieldSpec) -> list[Problem]:
    """Whether the default is a value of the field, or a word that means one."""
    if made.default is None:
        return []
    kind, firm = kind_of(made), company()
    words = WORDS_OF_DEFAULTS.get(made.default, ()) if isinstance(made.default, str) else ()
    if made.kind in words and (made.default != "me" or made.to == "user"):
        return []
    if not kind.writable or kind.secret or made.kind in ("links", "any_link", "file", "link"):
        return [Problem(_("Fields of this kind have no default."), "default", "invalid")]
    try:
        kind.parse(made.default, made, Setting(firm.currency, firm.timezone, firm.language, firm.country))
    except ParseError as error:
        return [Problem(error.text, "default", "invalid")]
    return []


def settle_decimals(spec: ObjectSpec, body: dict[str, Any]) -> None:
    """A formula declared without decimals gets as many as it calls for, or its results would be rounded to whole ones."""
    if body["kind"] == "formula" and "decimals" not in body:
        with suppress(BadQuery):  # told by check_derived
            decimals = decimals_called_for(body["formula"], spec, setting_for(SYSTEM), body["result"])
            body |= {"decimals": decimals} if decimals else {}


def check_derived(spec: ObjectSpec, made: FieldSpec) -> None:
    """Whether a formula or roll-up of this object can be worked out. Raises Invalid."""
    try:
        if made.kind == "formula":
            parse_formula(made.formula, spec, setting_for(SYSTEM), made)
        if made.kind == "roll_up" and made.rollup is not None:
            _check_rollup(spec, made, made.rollup)
    except (BadQuery, NotFound) as error:
        fact = "formula" if made.kind == "formula" else "rollup"
        raise Invalid(Problem(error.problems[0].text, fact, "bad-query")) from None


def _check_rollup(spec: ObjectSpec, made: FieldSpec, said: RollUp) -> None:
    source = registry.object(said.object)
    link = source.field(said.via)
    if link is None or link.kind not in ("link", "links") or link.to != spec.key:
        text = _("“{name}” of “{object}” is not a link to “{target}”.")
        raise Invalid(Problem(text.with_(name=said.via[:60], object=source.label, target=spec.label), "rollup", "link"))
    if has_part(question(SYSTEM, source, said.where), InSegment):
        raise Invalid(Problem(_("A segment cannot be asked for here."), "rollup", "segment"))
    (measure,) = parse_measures([said.measure], source, ActorResolver(SYSTEM))
    measured = measure.path.field if measure.path is not None else None
    if measured is not None and (measure.path is None or measure.path.links or measured.kind in ("formula", "roll_up")):
        raise Invalid(Problem(_("A roll-up measures a field of its own records."), "rollup", "measure"))
    fits = ("number",) if measured is None else (measured.kind,)
    if measure.name == "avg" and measured is not None and measured.kind == "money":
        fits = ("money",)
    if made.result not in fits:
        raise Invalid(Problem(_("The result of this roll-up is {kinds}.").with_(kinds=", ".join(fits)), "result"))


def is_label(raw: Any, most: int = MOST_LABEL) -> bool:
    """Whether this is a text of one line, or such a text for each language (``{"zh-hans": "车辆", "en": "Vehicle"}``)."""
    if isinstance(raw, dict):
        named = all(isinstance(name, str) and 0 < len(name) <= 20 for name in raw)
        return bool(raw) and named and all(isinstance(one, str) and is_label(one, most) for one in raw.values())
    return isinstance(raw, str) and _fits(one_line, raw, most)


# -- fields ------------------------------------------------------------------------------------------------------------
def _kind(body: Mapping[str, Any]) -> Wrong:
    name = body.get("kind")
    if not isinstance(name, str) or name not in KINDS:
        yield Problem(_("The kind is one of: {kinds}.").with_(kinds=", ".join(sorted(KINDS))), "kind", "kind")
        return
    for fact, kinds in OF_KINDS.items():
        if body.get(fact) not in (None, "", [], ()) and name not in kinds:
            text = _("“{name}” means nothing for this kind; it belongs to {kinds}.")
            yield Problem(text.with_(name=fact, kinds=", ".join(kinds)), fact, "unknown")
    if body.get("unique") is True and (name in NOT_UNIQUE or not KINDS[name].indexable):
        yield Problem(_("Values of this kind cannot be unique."), "unique")
    if body.get("same") and (not isinstance(body["same"], str) or name not in COMPARES.get(body["same"], ())):
        yield _one_of("same", tuple(way for way, kinds in COMPARES.items() if name in kinds))
    if body.get("format") and body["format"] not in FORMATS.get(name, (body["format"],)):
        yield _one_of("format", FORMATS[name])


def _labels(body: Mapping[str, Any]) -> Wrong:
    if not body.get("label"):
        yield Problem(_("Give the field a name."), "label", "required")
    elif not is_label(body["label"]):
        yield _no_label("label", MOST_LABEL)
    if body.get("hint") and not is_label(body["hint"], MOST_HINT):
        yield _no_label("hint", MOST_HINT)


def _plain_facts(body: Mapping[str, Any]) -> Wrong:
    for fact in sorted(set(body) - KNOWN):
        yield Problem(_("“{name}” is not a fact of a field.").with_(name=fact[:60]), fact[:60], "unknown")
    for fact, most in LARGEST.items():
        number = body.get(fact)
        least = 1 if fact == "max" else 0
        if number is not None and (
            isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most
        ):
            text = _("A whole number from {least} to {most} is expected here.").with_(least=least, most=most)
            yield Problem(text, fact)
    for flag in ("required", "unique", "index", "personal", "hidden", "readonly"):
        if not isinstance(body.get(flag, False), bool):
            yield Problem(_("Yes or no is expected here."), flag)
    for fact, most in (("unit", 20), ("format", 40), ("formula", MOST_FORMULA), ("result", 40), ("on_delete", 40)):
        if not isinstance(body.get(fact, ""), str) or not _fits(one_line, body.get(fact, ""), most, empty=True):
            yield _no_text(fact, most)


def _links(body: Mapping[str, Any]) -> Wrong:
    to, back = body.get("to", ""), body.get("back", "")
    if body.get("kind") in ("link", "links") and (not isinstance(to, str) or to not in registry):
        yield Problem(_("Say which object it links to."), "to", "required")
    if not isinstance(back, str) or (back and not KEY.fullmatch(back)):
        yield Problem(_("A name of small letters, digits and _ is expected here."), "back")
    if body.get("on_delete", "refuse") not in ("refuse", "clear", "trash", ""):
        yield _one_of("on_delete", ("refuse", "clear", "trash"))


def _options(body: Mapping[str, Any]) -> Wrong:
    if body.get("kind") not in ("choice", "choices"):
        return
    options = body.get("options")
    if not isinstance(options, list) or not options or len(options) > MOST_OPTIONS or not all(map(_is_option, options)):
        text = _("Give at least one option, each with a key and a label, no key twice.")
        yield Problem(text, "options", "required")
    elif len({one["key"] for one in options}) < len(options):
        yield Problem(_("Give at least one option, each with a key and a label, no key twice."), "options", "unique")
    elif any(one.get("hue", "grey") not in HUES for one in options):
        yield _one_of("options", HUES)


def _is_option(one: Any) -> bool:
    if not isinstance(one, dict) or set(one) - {"key", "label", "hue", "active"}:
        return False
    key, active = one.get("key"), one.get("active", True)
    good = isinstance(key, str) and _fits(one_line, key, MOST_OPTION_KEY) and isinstance(active, bool)
    return good and isinstance(one.get("hue", ""), str) and is_label(one.get("label"))


def _numbers(body: Mapping[str, Any]) -> Wrong:
    rule = body.get("number")
    if rule is None or body.get("kind") != "auto_number":
        return
    known: dict[str, Callable[[Any], bool]] = {
        "prefix": lambda one: isinstance(one, str) and _fits(one_line, one, 20, empty=True),
        "dated": lambda one: isinstance(one, str) and len(one) <= 20 and bool(DATED.fullmatch(one)),
        "digits": lambda one: isinstance(one, int) and not isinstance(one, bool) and 1 <= one <= 12,
        "yearly": lambda one: isinstance(one, bool),
    }
    if not isinstance(rule, dict) or any(name not in known or not known[name](one) for name, one in rule.items()):
        text = _("An automatic number has a prefix, a dated part such as %Y%m, 1 to 12 digits, and yearly.")
        yield Problem(text, "number")


def _derived(body: Mapping[str, Any]) -> Wrong:
    kind, result = body.get("kind"), body.get("result")
    if kind not in ("formula", "roll_up"):
        return
    try:
        if not isinstance(result, str) or not result:
            raise ValueError
        result_kind(result)
    except ValueError:
        yield Problem(_("Say which kind the result is."), "result", "required")
    if kind == "formula" and not body.get("formula"):
        yield Problem(_("Write the formula."), "formula", "required")
    said = body.get("rollup")
    if kind == "roll_up" and (
        not isinstance(said, dict)
        or set(said) - {"object", "via", "measure", "where"}
        or not all(isinstance(one, str) for one in said.values())
        or not said.get("object")
        or not said.get("via")
    ):
        yield Problem(_("Say what is counted: object, via, measure."), "rollup", "required")


_OF_FIELDS: tuple[Callable[[Mapping[str, Any]], Wrong], ...] = (
    _labels,
    _kind,
    _plain_facts,
    _links,
    _options,
    _numbers,
    _derived,
)


# -- objects -----------------------------------------------------------------------------------------------------------
def _object_facts(body: Mapping[str, Any]) -> Wrong:
    for fact in sorted(set(body) - OBJECT_KNOWN):
        yield Problem(_("“{name}” is not a fact of an object.").with_(name=fact[:60]), fact[:60], "unknown")
    if not body.get("label"):
        yield Problem(_("Give the object a name."), "label", "required")
    for fact in ("label", "plural_label"):
        if body.get(fact) and not is_label(body[fact]):
            yield _no_label(fact, MOST_LABEL)
    if not isinstance(body.get("icon", ""), str) or not re.fullmatch("[a-z0-9-]{0,40}", body.get("icon", "")):
        yield _no_text("icon", 40)
    if not isinstance(body.get("help", ""), str) or not _fits(many_lines, body.get("help", ""), MOST_HELP, empty=True):
        yield _no_text("help", MOST_HELP)
    if body.get("scope", "owner") not in SCOPES:
        yield Problem(_("The scope is one of owner, follows, open."), "scope")
    if body.get("group", "more") not in GROUPS:
        yield _one_of("group", GROUPS)
    if not isinstance(body.get("same", ""), str):
        yield _no_text("same", MOST_HINT)
    if not isinstance(body.get("title", ""), str):
        yield Problem(_("The title must be one of the object’s fields, with a text, number or date."), "title")


def _object_lists(body: Mapping[str, Any]) -> Wrong:
    for fact in ("columns", "parents", "related", "same_others"):
        if not _is_names(body.get(fact, [])):
            yield Problem(_("A list of names is expected here."), fact)
    board = body.get("board")
    if board is not None and not (
        isinstance(board, dict)
        and not set(board) - {"by", "total", "card"}
        and isinstance(board.get("by"), str)
        and isinstance(board.get("total", ""), str)
        and _is_names(board.get("card", []))
    ):
        yield Problem(_("A board goes by a choice or a link of the object."), "board")
    if not _is_calendar(body.get("calendar", [])):
        text = _("A calendar is a list of entries, each with a field and perhaps label, hue, icon, ends and remind.")
        yield Problem(text, "calendar")
    fields = body.get("fields")
    if fields is not None and (not isinstance(fields, list) or not all(isinstance(one, dict) for one in fields)):
        yield Problem(_("Fields are given as a list."), "fields")


_OF_OBJECTS: tuple[Callable[[Mapping[str, Any]], Wrong], ...] = (_object_facts, _object_lists)


def _is_calendar(raw: Any) -> bool:
    if not isinstance(raw, list) or len(raw) > 10 or not all(isinstance(one, dict) for one in raw):
        return False
    return all(
        not set(one) - {"field", "label", "hue", "icon", "ends", "remind"}
        and all(isinstance(one.get(name, ""), str) for name in ("field", "icon", "ends"))
        and one.get("hue", "grey") in HUES
        and (not one.get("label") or is_label(one["label"]))
        and isinstance(one.get("remind", False), bool)
        for one in raw
    )


# -- words of the problems ---------------------------------------------------------------------------------------------
def _is_names(raw: Any) -> bool:
    return isinstance(raw, list) and len(raw) <= 100 and all(isinstance(one, str) and KEY.fullmatch(one) for one in raw)


def _fits(clean: Callable[[Any, int], str | None], raw: str, most: int, empty: bool = False) -> bool:
    try:
        return bool(clean(raw, most)) or (empty and not raw.strip())
    except ParseError:
        return False


def _no_label(fact: str, most: int) -> Problem:
    text = _("A text of one line and at most {most} characters is expected here, or one for each language.")
    return Problem(text.with_(most=most), fact)


def _no_text(fact: str, most: int) -> Problem:
    return Problem(_("A text of at most {most} characters is expected here.").with_(most=most), fact)


def _one_of(fact: str, possible: tuple[str, ...]) -> Problem:
    return Problem(_("Possible here: {possible}.").with_(possible=", ".join(possible)), fact)


def _no_field(name: str, fact: str) -> Problem:
    text: Words = _("There is no field called “{name}”.").with_(name=name[:60])
    return Problem(text, fact, "unknown")
