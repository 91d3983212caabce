"""One of several options, or any number of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any
from unicodedata import normalize

from zhike.kernel.words import Plain, _
from zhike.schema.kinds.base import ParseError, Part, Sealer, Setting, kind
from zhike.schema.kinds.common import PlainKind, one_line, short, wrong_type
from zhike.schema.spec import FieldSpec, Option

MOST_KEY = 100
MOST_CHOSEN = 200
MOST_NAMED = 8
_BETWEEN = re.compile(r"[,;、，；\n|]+")


def names_of(option: Option) -> Iterable[str]:
    """What an option may be called: its key, its label as declared, as shown now, and in every language typed for it."""
    label = option.label
    yield option.key
    yield label.msgid
    yield str(label)
    if isinstance(label, Plain):
        yield from label.by_language.values()


def _folded(text: str) -> str:
    return normalize("NFKC", text).casefold().strip()


def option_key(raw: Any, field: FieldSpec) -> str | None:
    """The key of the option meant by its key or label, in any letter case. None for blank text. Raises ParseError.

    Options no longer offered are found too: whether one may be chosen anew is for the writing door (:func:`is_active`)."""
    if raw.__class__ is str and field.option(raw) is not None:
        return str(raw)
    text = one_line(raw, 500)
    if text is None:
        return None
    wanted = _folded(text)
    found = [option for option in field.options if any(_folded(name) == wanted for name in names_of(option))]
    offered = [option for option in found if option.active] or found
    if len(offered) == 1:
        return offered[0].key
    if offered:
        raise ParseError(
            _("Several options are called “{text}”. Write the key: {keys}.").with_(
                text=short(text), keys=", ".join(option.key for option in offered)
            )
        )
    raise _unknown(text, field)


def _unknown(text: str, field: FieldSpec) -> ParseError:
    labels = [str(option.label) for option in field.options if option.active]
    near = get_close_matches(text[:60], [*labels, *(option.key for option in field.options if option.active)], 1)
    if near:
        return ParseError(_("“{text}” is not an option. Did you mean “{near}”?").with_(text=short(text), near=near[0]))
    if not labels:
        return ParseError(_("“{text}” is not an option; this field has none yet.").with_(text=short(text)))
    listed = ", ".join(labels[:MOST_NAMED]) + ("…" if len(labels) > MOST_NAMED else "")
    return ParseError(_("“{text}” is not an option. There are: {options}.").with_(text=short(text), options=listed))


def is_active(field: FieldSpec, key: str) -> bool:
    """Whether an option exists and may still be chosen."""
    option = field.option(key)
    return option is not None and option.active


def label_of(field: FieldSpec, key: str) -> str:
    """The label of an option; its key when it no longer exists."""
    option = field.option(key)
    return str(option.label) if option else key


@kind
class Choice(PlainKind):
    """One option; the value is its key."""

    name = "choice"
    label = _("Choice")
    parts = (Part("", "text", MOST_KEY),)
    widget = "choice"
    width = "choice"

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> str | None:
        return option_key(raw, field)

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        return label_of(field, value)

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return label_of(field, value)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"enum": [option.key for option in field.options]} if field.options else {"type": "string"}


@kind
class Choices(PlainKind):
    """Any number of options: a tuple of keys in the order given, each once."""

    name = "choices"
    label = _("Choices")
    parts = (Part("", "long"),)
    operators = ("has", "empty")
    widget = "choices"
    width = "choice"
    sortable = False
    indexable = False
    groupable = False

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> tuple[str, ...] | None:
        keys = [key for one in _pieces(raw, field) if one is not None and (key := option_key(one, field)) is not None]
        if len(keys) > MOST_CHOSEN:
            raise ParseError(_("At most {max} options; these are {count}.").with_(max=MOST_CHOSEN, count=len(keys)))
        return tuple(dict.fromkeys(keys)) or None

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        between = "、" if setting.language.startswith("zh") else ", "
        return between.join(label_of(field, key) for key in value)

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        return None if value is None else list(value)

    def pack(self, value: Any, field: FieldSpec, sealer: Sealer | None) -> tuple[Any, ...]:
        return (json.dumps(value, ensure_ascii=False) if value else None,)

    def unpack(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None) -> tuple[str, ...]:
        return tuple(json.loads(parts[0]))

    def operand(self, raw: Any, field: FieldSpec, setting: Setting) -> Any:
        """The key of one option."""
        return option_key(raw, field)

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return " ".join(label_of(field, key) for key in value)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        items = {"enum": [option.key for option in field.options]} if field.options else {"type": "string"}
        return {"type": "array", "items": items, "uniqueItems": True, "maxItems": MOST_CHOSEN}


def _pieces(raw: Any, field: FieldSpec) -> Iterable[Any]:
    """The options of a list, or of text separated by , ; 、 | or line breaks (unless the whole is one label)."""
    if isinstance(raw, list | tuple):
        return raw
    if not isinstance(raw, str):
        raise wrong_type(_("A list of options"), raw)
    wanted = _folded(raw)
    if any(_folded(name) == wanted for option in field.options for name in names_of(option)):
        return (raw,)
    return [piece for piece in _BETWEEN.split(raw) if piece.strip()]
