"""What is counted, and by what? ``--by close_on:quarter,stage --measures count,sum:amount``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zhike.kernel.errors import BadQuery
from zhike.kernel.words import _
from zhike.query.lexer import Token, tokenize
from zhike.query.operands import part_of
from zhike.query.paths import Resolver, did_you_mean, find_path, listed
from zhike.query.tree import Grouping, Measure, Path
from zhike.schema.kinds import kind_of
from zhike.schema.spec import ObjectSpec

BUCKETS = ("day", "week", "month", "quarter", "year", "weekday")
MEASURES = ("sum", "avg", "min", "max")
MOST_ENTRIES = 20


def parse_by(by: str | Sequence[str], spec: ObjectSpec, resolver: Resolver) -> tuple[Grouping, ...]:
    """The groupings of ``close_on:quarter,stage`` (or a sequence of entries), each with the text it was typed as.

    A date without a bucket groups by its day, an instant by ``day``. Raises BadQuery (without position)."""
    return tuple(_grouping(entry, spec, resolver) for entry in _entries(by))


def parse_measures(measures: str | Sequence[str], spec: ObjectSpec, resolver: Resolver) -> tuple[Measure, ...]:
    """The measures of ``count,sum:amount`` (or a sequence of entries), each with the text it was typed as.

    Raises BadQuery (without position) for unknown measures and for fields that do not have them."""
    return tuple(_measure(entry, spec, resolver) for entry in _entries(measures))


def _entries(text: str | Sequence[str]) -> Iterator[str]:
    entries = [entry.strip() for entry in (text.replace("，", ",").split(",") if isinstance(text, str) else text)]
    if entries == [""]:
        return
    if len(entries) > MOST_ENTRIES:
        raise BadQuery(_("At most {most} entries can be asked for at once.").with_(most=MOST_ENTRIES))
    if len(set(entries)) < len(entries):
        raise BadQuery(_("The same entry is asked for twice."))
    yield from entries


def _path(text: str, spec: ObjectSpec, resolver: Resolver) -> Path:
    try:
        names = _names(tokenize(text))
        return find_path(names, spec, resolver, text)
    except BadQuery as problem:
        raise BadQuery(problem.problems[0].text, None, text) from None


def _names(tokens: list[Token]) -> list[Token]:
    names, dots = tokens[:-1:2], tokens[1:-1:2]
    if (
        not names
        or any(one.kind != "word" for one in names)
        or any(one.text != "." for one in dots)
        or len(names) == len(dots)
    ):
        raise BadQuery(_("A field is expected here, such as amount or account.industry."))
    return names


def _grouping(text: str, spec: ObjectSpec, resolver: Resolver) -> Grouping:
    name, _colon, bucket = (piece.strip() for piece in text.replace("：", ":").partition(":"))
    path = _path(name, spec, resolver)
    kind = kind_of(path.field)
    if not kind.groupable:
        raise BadQuery(_("Records cannot be grouped by “{name}”.").with_(name=path.field.label), None, text)
    type_ = part_of(path).type
    if bucket and type_ not in ("date", "instant"):
        raise BadQuery(
            _("“{name}” is not a date and has no {bucket}.").with_(name=path.field.label, bucket=bucket[:60]),
            None,
            text,
        )
    if bucket and bucket not in BUCKETS:
        problem = _("There is no bucket “{name}”; possible are {all}.").with_(name=bucket[:60], all=listed(BUCKETS))
        raise BadQuery(did_you_mean(problem, bucket, BUCKETS), None, text)
    return Grouping(path, bucket or ("day" if type_ == "instant" else ""), text)


def _measure(text: str, spec: ObjectSpec, resolver: Resolver) -> Measure:
    name, colon, rest = (piece.strip() for piece in text.replace("：", ":").partition(":"))
    if name == "count" and not colon:
        return Measure("count", None, text)
    if name not in MEASURES or not rest:
        problem = _(
            "There is no measure “{name}”; possible are count and sum, avg, min, max with a field, such as sum:amount."
        )
        raise BadQuery(did_you_mean(problem.with_(name=text[:60]), name, (*MEASURES, "count")), None, text)
    path = _path(rest, spec, resolver)
    allowed = kind_of(path.field).measures
    if name not in allowed or (path.part is not None and part_of(path).type != "int"):
        problem = _("“{name}” has no {measure}; possible: {allowed}.")
        raise BadQuery(problem.with_(name=path.field.label, measure=name, allowed=", ".join(allowed)), None, text)
    return Measure(name, path, text)
