"""What came of an import: the refused rows as a table, the records of its operation, whether it was taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.words import _
from zhike.query.tree import Compare, Path
from zhike.records.importing.uploads import HeldRow, Upload, held_rows
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.spec import ObjectSpec
from zhike.store.database import row, rows

PAGE = 500


def refused_table(held: Upload) -> tuple[list[str], Iterator[list[Any]]]:
    """Headings and rows of what was refused, each with its reasons in a last column, ready to be corrected and uploaded."""
    told = str(_("What to mend"))
    headings = [heading for heading in held.body["look"]["headings"] if heading != told]
    return [*headings, told], (_line(one, headings) for one in _all(held))


def _all(held: Upload) -> Iterator[HeldRow]:
    after = 0
    while page := held_rows(held, "refused", after, PAGE):
        yield from page
        after = page[-1].row


def _line(one: HeldRow, headings: list[str]) -> list[Any]:
    reasons = "; ".join(f"{column}: {text}" if column else text for column, _value, text in one.reasons)
    return [*(one.cells.get(heading) for heading in headings), reasons]


def came_in(actor: Actor, spec: ObjectSpec, operation: int, after: int = 0, size: int = 50) -> tuple[list[Record], int]:
    """Records an operation made or changed, in the order it wrote them, as far as the actor sees them; and where the next
    page begins (0: nowhere)."""
    found = rows(
        'SELECT "id", "record" FROM "store_changerow" WHERE "operation" = %s AND "object" = %s AND "id" > %s'
        ' ORDER BY "id" LIMIT %s',
        (operation, spec.key, after, size + 1),
    )
    ids = list(dict.fromkeys(line[1] for line in found[:size]))
    if not ids:
        return [], 0
    node = Compare(Path((spec,), (), spec["id"]), "in", tuple(ids))
    page = read(actor, Query(spec.key, columns=spec.columns, size=size, count=False, archived="all", node=node))
    by_id = {record.id: record for record in page.rows}
    return [by_id[one] for one in ids if one in by_id], found[size - 1][0] if len(found) > size else 0


def undo_state(operation: int) -> str:
    """``undone`` when the operation was taken back, else ""."""
    found = row('SELECT "undone_by" FROM "store_operation" WHERE "id" = %s', (operation,))
    return "undone" if found and found[0] is not None else ""
