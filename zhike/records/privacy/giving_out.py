"""One person's data as one file to hand over: everything as JSON, a table for each object, and the files, in a zip."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.records.files import open_file
from zhike.records.history import entries_of
from zhike.records.privacy.desk import SHORTEST_REASON, keep_case
from zhike.records.privacy.finding import PERSON, WRITTEN, Place, find_person, values_of_place
from zhike.records.privacy.reading import readings
from zhike.records.reveal import log_reading
from zhike.records.tabular.tables import write_table
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.values import DAMAGED, FileRef
from zhike.store.database import write_transaction

GIVEN_OUT = "give-out"
HIDDEN = frozenset({"version", "owner", "created_by", "changed_by", "title"})


def person_archive(actor: Actor, object_key: str, record_id: int, keys: Sequence[str], reason: str) -> bytes:
    """The person's data in the places named (all that is theirs without any), as a zip. It is logged before the answer.
    Raises Forbidden, NotFound, Invalid without a reason."""
    found = find_person(actor, object_key, record_id, mentions=bool(keys))
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(Problem(_("Say who asked for it and how, or on what ground."), "reason", "required"))
    places = [one for one in found.places if one.key in set(keys)] if keys else found.of(PERSON, WRITTEN)
    if not places:
        raise Invalid(Problem(_("Choose at least one record."), "places", "required"))
    with write_transaction():
        for one in places:
            log_reading(actor, "export", one.object, one.id, None, _("Given to the person").msgid,
                        fields=[field.key for field in one.fields])  # fmt: skip
        keep_case(actor, GIVEN_OUT, {"reason": reason.strip()[:500], "about": f"{object_key}:{record_id}",
                                     "places": [one.key for one in places]}, len(places))  # fmt: skip
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as out:
        told = [_told(actor, one) for one in places]
        whole = {"made": now().isoformat(), "by": actor.name, "records": told}
        out.writestr("person.json", json.dumps(whole, ensure_ascii=False, indent=2, default=str))
        _tables(out, places)
        _files(out, actor, places)
    return held.getvalue()


def _told(actor: Actor, one: Place) -> dict[str, Any]:
    spec = registry.object(one.object)
    names = people().persons
    return {
        "object": spec.key,
        "label": str(spec.label),
        "id": one.id,
        "values": _plain(one),
        "history": [
            {
                "at": entry.at.isoformat(),
                "verb": entry.verb,
                "fields": [field.key for field, _old, _new in entry.changes],
            }
            for entry in entries_of(actor, spec.key, one.id, 200)
        ],
        "read": [
            {"at": read.at.isoformat(), "act": read.act, "by": names[read.actor].name if read.actor in names else ""}
            for read in readings(actor, record=one.id, size=200)
        ],
    }


def _plain(one: Place) -> dict[str, Any]:
    spec = registry.object(one.object)
    values = values_of_place(one)
    return {
        field.key: kind_of(field).to_json(values[field.key], field)
        for field in spec.fields
        if field.key not in HIDDEN and values.get(field.key) not in (None, ()) and values[field.key] is not DAMAGED
    }


def _tables(out: zipfile.ZipFile, places: Sequence[Place]) -> None:
    for key in dict.fromkeys(one.object for one in places):
        spec = registry.object(key)
        lines = [(one.id, _plain(one)) for one in places if one.object == key]
        fields = [field for field in spec.fields if any(field.key in values for _id, values in lines)]
        table = [[id_, *(_cell(values.get(field.key)) for field in fields)] for id_, values in lines]
        held = io.BytesIO()
        write_table(["id", *(str(field.label) for field in fields)], table, held)
        out.writestr(f"{spec.plural}.csv", held.getvalue())


def _cell(value: Any) -> Any:
    return (
        value
        if value is None or isinstance(value, str | int | float)
        else json.dumps(value, ensure_ascii=False, default=str)
    )


def _files(out: zipfile.ZipFile, actor: Actor, places: Sequence[Place]) -> None:
    for one in places:
        spec = registry.object(one.object)
        values = values_of_place(one)
        for field in spec.fields:
            if not isinstance(values.get(field.key), FileRef):
                continue
            try:
                ref, pieces = open_file(actor, spec.key, one.id, field.key)
            except NotFound:
                continue
            name = ref.name.replace("/", "_").replace("\\", "_")
            with out.open(f"files/{one.object}-{one.id}-{name}", "w") as held:
                for piece in pieces:
                    held.write(piece)
