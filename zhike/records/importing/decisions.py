"""What a person decides about a table before it comes in: how it is read, what each column means, how records meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zhike.access.people import people
from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.records.company.settings import setting_for
from zhike.records.importing.choices import known_elsewhere
from zhike.records.importing.guessing import guesses, scale_of
from zhike.records.importing.mapping import EXTERNAL, ColumnMap, importable
from zhike.records.importing.uploads import Upload, cell_json, json_cell, opened_file, remember, remembered, save
from zhike.records.tabular.tables import open_table
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec

LOOKED_AT = 300  # rows read to show the file and to judge columns
LONGEST_CELL = 300
KEPT = ("columns", "values", "key", "mode", "dates", "blank", "historic", "scale")


def look(actor: Actor, spec: ObjectSpec, held: Upload) -> None:
    """Read the beginning of the file as decided and keep what it shows; guess what its columns mean. Raises TableError."""
    body = held.body
    with (
        opened_file(held) as path,
        open_table(
            path, sheet=body.get("sheet") or None, encoding=body.get("encoding") or None,
            separator=body.get("separator") or None,
        ) as table,
    ):  # fmt: skip
        sample = []
        for row in table.rows:
            sample.append([_short(cell) for cell in row.values])
            if len(sample) >= LOOKED_AT:
                break
        body["look"] = {
            "headings": table.columns,
            "sample": sample,
            "whole": len(sample) < LOOKED_AT,
            "count": max(table.count_hint, len(sample)),
            "encoding": table.encoding,
            "separator": table.separator,
            "sheet": table.sheet,
            "sheets": list(table.sheets),
            "notes": [str(note.text) for note in table.notes],
            "doubt": str(table.doubt) if table.doubt else "",
        }
    _propose(actor, spec, held)
    save(held)


def _short(cell: Any) -> Any:
    return cell[:LONGEST_CELL] if isinstance(cell, str) else cell_json(cell)


def columns_of(held: Upload) -> dict[str, list[Any]]:
    """Heading → the cells of the beginning of the file."""
    seen = held.body["look"]
    return {heading: [json_cell(line[at]) for line in seen["sample"]] for at, heading in enumerate(seen["headings"])}


def _propose(actor: Actor, spec: ObjectSpec, held: Upload) -> None:
    """The map as it was the last time for such a file, else as heading and content suggest."""
    body, headings = held.body, held.body["look"]["headings"]
    if set(body.get("columns", {})) | set(body.get("left", ())) == set(headings):
        return  # the file was only read anew, its columns are the same
    body.update(
        columns={}, values={}, scale={}, reasons={}, key="", mode="upsert", dates="ymd", blank="keep", historic=False
    )
    body.update(owner=None, fixes={}, left_out=[], checked=None)
    last = remembered(spec.key, headings)
    if last is not None:
        body.update({name: last[name] for name in KEPT if name in last})
        _only_allowed(actor, spec, body)
        body["reasons"] = dict.fromkeys(body["columns"], "")
    else:
        found = guesses(actor, spec, headings, columns_of(held), setting_for(actor))
        body["columns"] = {heading: one.target for heading, one in found.items()}
        body["reasons"] = {heading: str(one.reason) for heading, one in found.items()}
        for heading, target in body["columns"].items():
            one = spec.field(target)
            if one is not None and (times := scale_of(heading, one)) > 1:
                body["scale"][heading] = times
            if one is not None and (meant := known_elsewhere(one, columns_of(held)[heading])):
                body["values"][target] = meant
        body["key"] = _likely_key(spec, set(body["columns"].values()))
    body["again"] = last is not None
    body["left"] = [heading for heading in headings if heading not in body["columns"]]


def _only_allowed(actor: Actor, spec: ObjectSpec, body: dict[str, Any]) -> None:
    """What somebody else decided for such a file may name fields this actor has no right to: those are left out."""
    allowed = {one.key for one in importable(actor, spec, bool(body.get("historic")))}
    body["columns"] = {
        heading: target
        for heading, target in body["columns"].items()
        if target.startswith(EXTERNAL) or target in allowed
    }
    body["values"] = {target: meant for target, meant in body["values"].items() if target in allowed}
    body["scale"] = {heading: times for heading, times in body.get("scale", {}).items() if heading in body["columns"]}
    if body["key"] not in {"", "external", *body["columns"].values()}:
        body["key"] = ""


def _likely_key(spec: ObjectSpec, mapped: set[str]) -> str:
    return next((key for key in keys(spec, mapped)), "")


def keys(spec: ObjectSpec, mapped: Sequence[str] | set[str]) -> list[str]:
    """By what rows can meet records, best first: ids elsewhere, unique fields, the title, phones and mail addresses."""
    found = ["external"] if any(target.startswith(EXTERNAL) for target in mapped) else []
    found += [one.key for one in spec.fields if one.unique and one.key in mapped and one.key != "id"]
    found += [spec.title] if spec.title in mapped and spec[spec.title].kind in ("text", "auto_number") else []
    found += [one.key for one in spec.fields if one.kind in ("phone", "email") and one.key in mapped]
    return list(dict.fromkeys(found))


def map_of(held: Upload) -> ColumnMap:
    """The decisions as the importer takes them."""
    body = held.body
    defaults = {"owner": body["owner"]} if body.get("owner") else {}
    return ColumnMap(
        columns=dict(body["columns"]),
        defaults=defaults,
        values={key: dict(meant) for key, meant in body["values"].items()},
        scale=dict(body["scale"]),
        key=body["key"],
        mode=body["mode"] if body["key"] else "",
        dates=body["dates"],
        historic=bool(body["historic"]),
        blank=body["blank"],
        encoding=body.get("encoding") or None,
        separator=body.get("separator") or None,
        sheet=body.get("sheet") or None,
    )


def remember_decisions(spec: ObjectSpec, held: Upload) -> None:
    """Keep the decisions for the next file with these headings. Of meant values only options and colleagues are kept:
    names of customers belong into no such list."""
    body = held.body
    kept: dict[str, Any] = {name: body[name] for name in KEPT}
    kept["values"] = {
        key: meant
        for key, meant in body["values"].items()
        if (one := spec.field(key)) is not None and (one.kind in ("choice", "choices") or one.to == "user")
    }
    remember(spec.key, body["look"]["headings"], kept)


def decide(actor: Actor, spec: ObjectSpec, held: Upload, given: Mapping[str, Any]) -> list[str]:
    """Take decisions over (columns, key, mode, dates, blank, historic, owner, scale); returns the headings whose field
    does not exist for this actor, which are left out."""
    body = held.body
    for name, allowed in (
        ("mode", ("upsert", "skip", "new")),
        ("dates", ("ymd", "mdy", "dmy")),
        ("blank", ("keep", "clear")),
    ):
        if given.get(name) in allowed:
            body[name] = given[name]
    body["historic"] = bool(given.get("historic", body["historic"]))
    if "columns" in given:
        _decide_columns(actor, spec, body, given["columns"])
    allowed_keys = keys(spec, set(body["columns"].values()))
    body["key"] = given.get("key", body["key"])
    if body["key"] not in allowed_keys or body["mode"] == "new":
        body["key"] = "" if body["mode"] == "new" or not allowed_keys else allowed_keys[0]
    if "owner" in given:
        person = people().persons.get(given["owner"] or 0)
        owner = spec.field("owner")
        may = owner is not None and field_right(actor, spec, owner) == "write"
        body["owner"] = person.id if person is not None and person.active and may else None
    if "scale" in given:
        body["scale"] = {heading: 10_000 for heading in given["scale"] if heading in body["columns"]}
    body["left"] = [heading for heading in body["look"]["headings"] if heading not in body["columns"]]
    body["checked"] = None
    known = {one.key for one in importable(actor, spec, body["historic"])}
    return [
        heading
        for heading, target in given.get("columns", {}).items()
        if target and not target.startswith(EXTERNAL) and target not in known
    ]


def _decide_columns(actor: Actor, spec: ObjectSpec, body: dict[str, Any], given: Mapping[str, str]) -> None:
    allowed = {one.key for one in importable(actor, spec, body["historic"])}
    before = body["columns"]
    chosen: dict[str, str] = {}
    for heading in body["look"]["headings"]:
        target = given.get(heading, before.get(heading, ""))
        fresh = target in allowed or (target.startswith(EXTERNAL) and target != EXTERNAL)
        if fresh and target not in chosen.values():
            chosen[heading] = target
    # A field taken by another column before goes to the one that asked for it now.
    for heading, target in given.items():
        if target in allowed and before.get(heading) != target:
            chosen = {other: one for other, one in chosen.items() if one != target}
            if heading in body["look"]["headings"]:
                chosen[heading] = target
    body["columns"] = {heading: chosen[heading] for heading in body["look"]["headings"] if heading in chosen}
    body["reasons"] = {
        heading: body["reasons"].get(heading, "") if before.get(heading) == target else ""
        for heading, target in body["columns"].items()
    }


def mean(spec: ObjectSpec, held: Upload, target: str, raw: str, meant: str) -> None:
    """From now on ``raw`` in the column of a field means ``meant`` ("": nothing, the cell counts as empty)."""
    if target in held.body["columns"].values() and registry.object(spec.key).field(target) is not None:
        held.body["values"].setdefault(target, {})[raw] = meant
        held.body["checked"] = held.body.get("checked")
