"""In which order do records come? ``-amount,name``: own fields, a minus for descending."""

from __future__ import annotations

from zhike.kernel.errors import BadQuery
from zhike.kernel.words import _
from zhike.query.lexer import Token, tokenize
from zhike.query.paths import Resolver, find_path, listed
from zhike.query.tree import SortKey
from zhike.schema.kinds import kind_of
from zhike.schema.spec import ObjectSpec

MOST_KEYS = 5


def parse_sort(text: str, spec: ObjectSpec, resolver: Resolver) -> tuple[SortKey, ...]:
    """The sort keys of ``-amount,name``; () for empty text.

    Raises BadQuery (without position) for fields that are unknown, of another object, unsortable or named twice."""
    try:
        return _keys(tokenize(text), text, spec, resolver)
    except BadQuery as problem:
        raise BadQuery(problem.problems[0].text, None, text) from None


def _keys(tokens: list[Token], text: str, spec: ObjectSpec, resolver: Resolver) -> tuple[SortKey, ...]:
    found: dict[str, SortKey] = {}
    index = 0
    while tokens[index].kind != "end":
        descending = tokens[index].text == "-"
        index += descending
        name = tokens[index]
        if name.kind != "word":
            raise BadQuery(_("A sort is written as -amount,name: fields with a minus for descending."))
        if tokens[index + 1].text == ".":
            raise BadQuery(
                _("Records can be sorted by their own fields only, not over “{name}”.").with_(name=name.text)
            )
        path = find_path([name], spec, resolver, text)
        field = path.field
        if not kind_of(field).sortable:
            raise BadQuery(_("Records cannot be sorted by “{name}”.").with_(name=field.label))
        if field.key in found:
            raise BadQuery(_("“{name}” stands in the sort twice.").with_(name=field.label))
        found[field.key] = SortKey(field, descending)
        index += 1
        if tokens[index].text == "," and tokens[index + 1].kind != "end":
            index += 1
        elif tokens[index].kind != "end":
            problem = _("{found} is not understood in a sort; fields are separated by commas.")
            raise BadQuery(problem.with_(found=listed([tokens[index].text[:60]])))
    if len(found) > MOST_KEYS:
        raise BadQuery(_("Records are sorted by at most {most} fields.").with_(most=MOST_KEYS))
    return tuple(found.values())


def sort_text(keys: tuple[SortKey, ...]) -> str:
    """The keys as :func:`parse_sort` reads them."""
    return ",".join(("-" if key.descending else "") + key.field.key for key in keys)
