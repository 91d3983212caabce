"""How the columns of a file become fields: a map written by hand (TOML), or found from the headings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.parsing import HISTORIC
from zhike.schema.kinds import kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec

EXTERNAL = "external:"
KNOWN = frozenset(
    "object key mode columns constants defaults values compose scale set dates"
    " currency historic blank skip_if empty_if_wrong encoding separator sheet".split()
)


@dataclass
class ColumnMap:
    """A map: ``columns`` heading → field key (or ``external:SOURCE``), ``constants`` for every row, ``defaults`` for new
    records whose cell is empty, ``values`` per field raw → meant, ``compose`` field → text with ``{heading}`` holes (or such
    a text for each part of an address; where nothing comes of it other values stand), ``scale`` heading → what plain numbers
    are multiplied by, ``sets`` extra values for rows where headings equal something, ``empty_if_wrong`` fields that stay
    empty where a cell cannot be read."""

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    compose: dict[str, str | dict[str, str]] = field(default_factory=dict)
    scale: dict[str, int] = field(default_factory=dict)
    sets: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    key: str = ""
    mode: str = ""
    dates: str = "ymd"
    currency: str = ""
    historic: bool = False
    blank: str = "keep"
    skip_if: dict[str, list[str]] = field(default_factory=dict)
    empty_if_wrong: list[str] = field(default_factory=list)
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None

    def fields(self) -> list[str]:
        """Every field key the map can set, external ids left out."""
        some = [key for key in self.columns.values() if not key.startswith(EXTERNAL)]
        return list(
            dict.fromkeys(
                [
                    *some,
                    *self.constants,
                    *self.defaults,
                    *self.compose,
                    *(key for _when, values in self.sets for key in values),
                ]
            )
        )


def load_mapping(path: Path) -> ColumnMap:
    """Read a map file. Raises Invalid naming what cannot be."""
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(
            Problem(
                _("The map {path} cannot be read: {reason}").with_(path=path.name, reason=error.strerror or ""), "map"
            )
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            Problem(_("The map {path} is not TOML: {reason}").with_(path=path.name, reason=str(error)), "map")
        ) from None
    return mapping_of(body)


def mapping_of(body: Mapping[str, Any]) -> ColumnMap:
    """A map from its TOML body."""
    unknown = sorted(set(body) - KNOWN)
    if unknown:
        text = _("The map has parts nobody reads: {names}. Known are: {known}.")
        raise Invalid(Problem(text.with_(names=", ".join(unknown), known=", ".join(sorted(KNOWN))), "map", "unknown"))
    made = ColumnMap(
        columns=dict(body.get("columns", {})),
        constants=dict(body.get("constants", {})),
        values={key: dict(some) for key, some in body.get("values", {}).items()},
        defaults=dict(body.get("defaults", {})),
        compose=dict(body.get("compose", {})),
        scale={heading: int(times) for heading, times in body.get("scale", {}).items()},
        sets=[(dict(one.get("when", {})), dict(one.get("values", {}))) for one in body.get("set", ())],
        key=body.get("key", ""),
        mode=body.get("mode", ""),
        dates=body.get("dates", "ymd"),
        currency=body.get("currency", ""),
        historic=bool(body.get("historic", False)),
        blank=body.get("blank", "keep"),
        skip_if={heading: [str(one) for one in some] for heading, some in body.get("skip_if", {}).items()},
        empty_if_wrong=[str(one) for one in body.get("empty_if_wrong", ())],
        encoding=body.get("encoding"),
        separator=body.get("separator"),
        sheet=body.get("sheet"),
    )
    for name, allowed in (
        ("mode", ("", "insert", "update", "upsert", "skip")),
        ("dates", ("ymd", "mdy", "dmy")),
        ("blank", ("keep", "clear")),
    ):
        if getattr(made, name) not in allowed:
            raise Invalid(
                Problem(
                    _("“{name}” is one of: {allowed}.").with_(name=name, allowed=", ".join(filter(None, allowed))),
                    "map",
                )
            )
    return made


def importable(actor: Actor, spec: ObjectSpec, historic: bool = False) -> list[FieldSpec]:
    """The fields a file may fill for this actor: those they may write; facts of record too when ``historic``."""
    return [
        one
        for one in spec.fields
        if kind_of(one).writable
        and one.kind not in ("file", "formula", "roll_up")
        and (not one.system or one.key == "owner" or (historic and one.key in HISTORIC))
        and (historic or not one.readonly)
        and field_right(actor, spec, one) == "write"
    ]


def check_mapping(actor: Actor, spec: ObjectSpec, mapping: ColumnMap, headings: Sequence[str]) -> None:
    """Raise Invalid unless every heading and field the map names exists."""
    problems = []
    for heading in mapping.columns:
        if heading not in headings:
            text = _("The file has no column “{name}”. Its columns are: {columns}.")
            problems.append(Problem(text.with_(name=heading[:60], columns=", ".join(headings)[:500]), "map", "column"))
    for key in mapping.fields():
        one = spec.field(key)
        if one is None or field_right(actor, spec, one) == "hidden":
            problems.append(
                Problem(_("{object} has no field “{name}”.").with_(object=spec.label, name=key[:60]), "map", "unknown")
            )
    if not mapping.columns:
        text = _("No column of the file could be matched with a field of {object}. Write a map.")
        problems.append(Problem(text.with_(object=spec.label), "map", "column"))
    if mapping.key and mapping.key != "external" and mapping.key not in mapping.fields():
        problems.append(
            Problem(_("The key “{name}” is not among the mapped fields.").with_(name=mapping.key), "key", "unknown")
        )
    if problems:
        raise Invalid(problems)
