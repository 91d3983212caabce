"""Which board an object has: the one it declares, else one by the field that best says where a record stands."""

from __future__ import annotations

from zhike.schema.spec import Board, FieldSpec, ObjectSpec

LONG = frozenset({"rich_text", "long_text", "file"})
SECRET = frozenset({"phone", "email", "secret_text", "address"})


def board_of(spec: ObjectSpec) -> Board | None:
    """The board of an object; None when it has neither a choice nor a link that could make columns."""
    if spec.board is not None and spec.board.by in spec.by_key:
        return spec.board
    fields = by_fields(spec)
    return board_by(spec, fields[0]) if fields else None


def by_fields(spec: ObjectSpec) -> list[FieldSpec]:
    """Fields a board can go by, the likeliest first: the path, choices that lists show, other choices, then links."""
    shown = (*spec.phone, *spec.columns, *spec.highlights)
    found = [
        one
        for one in spec.fields
        if one.kind in ("choice", "link") and not one.hidden and not (one.system and one.key != "owner")
    ]

    def rank(field: FieldSpec) -> tuple[bool, bool, int]:
        place = shown.index(field.key) if field.key in shown else len(shown)
        return field.key != spec.path, field.kind != "choice", place

    found.sort(key=rank)
    if not any(one.kind == "choice" or not one.system for one in found):
        return []
    return found


def board_by(spec: ObjectSpec, field: FieldSpec) -> Board:
    """A board by one field: the declared one with other columns, else with the total and card that lists suggest."""
    if spec.board is not None:
        return Board(field.key, spec.board.total, spec.board.card)
    listed = [spec[key] for key in dict.fromkeys((*spec.phone, *spec.columns)) if key in spec.by_key]
    total = next((one.key for one in listed if (one.result or one.kind) == "money"), "")
    card = [one.key for one in listed if one.key not in (field.key, total) and one.kind not in LONG | SECRET][:4]
    owner = ("owner",) if "owner" in spec.by_key and "owner" not in card else ()
    return Board(field.key, total, tuple(dict.fromkeys((*card, *((total,) if total else ()), *owner))))
