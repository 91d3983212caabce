"""What happens to stored values when the declaration of a custom field changes: previewed, converted, searched anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command, Failed
from zhike.kernel.clock import now, today
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.company.settings import setting_for
from zhike.records.documents import write_documents
from zhike.records.draft import Draft
from zhike.records.secrets import sealer_of
from zhike.records.write import write_many
from zhike.schema.kinds import ParseError, kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.database import rows, run, write_transaction
from zhike.store.plan import RowPlan, own_rows, part_sql

SAMPLES = 10
PORTION = 500
LINKS = ("link", "links", "any_link")
Sample = tuple[int, str, str]
"""A record's id, its value as shown, and why it does not convert."""


@dataclass
class Preview:
    """What a change of kind would do: how many values convert, how many do not, and samples of those that do not."""

    converts: int = 0
    fails: int = 0
    samples: list[tuple[int, str, str]] = field(default_factory=list)  # record id, value as shown, reason


def reshaped(old: FieldSpec, new: FieldSpec) -> bool:
    """Whether stored values may not fit the new declaration as they are."""
    if (new.kind, new.decimals, new.format, new.to, new.result) != (
        old.kind,
        old.decimals,
        old.format,
        old.to,
        old.result,
    ):
        return True
    if new.max is not None and (old.max is None or new.max < old.max):
        return True
    return not {one.key for one in old.options} <= {one.key for one in new.options}


def refuse_twins(spec: ObjectSpec, old: FieldSpec, new: FieldSpec) -> None:
    """A field becomes unique only when no two records share a value."""
    if not new.unique or old.unique or kind_of(old).secret:
        return
    column, only = part_sql("t", old), own_rows(spec) or "(1 = 1)"
    found = rows(
        f'SELECT {column} FROM "{spec.table}" t WHERE t."trashed" IS NULL AND {column} IS NOT NULL AND {only}'
        f" GROUP BY {column} HAVING count(*) > 1 LIMIT 1"
    )
    if found:
        text = _("Several records share a value of “{field}”, so it cannot be unique. Make them differ first.")
        raise Invalid(Problem(text.with_(field=old.label), "unique", "unique"))


def convert(spec: ObjectSpec, old: FieldSpec, new: FieldSpec) -> tuple[Preview, dict[int, Any]]:
    """Every value carried from the old declaration to the new one, by its JSON form first, else by its shown text.

    Records in the trash keep nothing: no door writes them, so each counts as a value that does not convert."""
    preview = Preview()
    values: dict[int, Any] = {}
    if {old.kind, new.kind} <= {"formula", "roll_up"}:
        return preview, values  # nobody typed them: they are worked out anew
    plan = RowPlan(spec, [old, spec["trashed"]])
    setting = setting_for(SYSTEM)
    only = own_rows(spec) or "(1 = 1)"
    for line in rows(f'SELECT {plan.columns} FROM "{spec.table}" t WHERE {only} ORDER BY t."id"'):
        held = plan.decode(line, sealer_of)[4]
        value = held[old.key]
        if value is None:
            continue
        shown = kind_of(old).show(value, old, setting)
        reason: object = None
        if held["trashed"] is not None:
            reason = _("This record is in the trash. Restore it first.")
        elif not kind_of(new).writable and new.kind != "auto_number":
            reason = _("This kind is worked out; what is stored now is not kept.")
        else:
            for raw in (kind_of(old).to_json(value, old), shown):
                try:
                    values[line[0]] = kind_of(new).to_json(kind_of(new).parse(raw, new, setting), new)
                    reason = None
                    break
                except ParseError as error:
                    reason = error.text
                except (AttributeError, TypeError, ValueError):
                    reason = _("This value does not fit.")
        if reason is None:
            preview.converts += 1
        else:
            preview.fails += 1
            if len(preview.samples) < SAMPLES:
                preview.samples.append((line[0], "•••" if kind_of(old).secret else shown, str(reason)))
    return preview, values


def lossy(preview: Preview) -> Invalid:
    """The refusal of a change that would lose values, with an example."""
    sample = preview.samples[0]
    text = _(
        "{n} values do not convert, for example “{value}”: {reason} Preview the change, then say whether to empty them."
    )
    return Invalid(Problem(text.with_(n=preview.fails, value=sample[1][:60], reason=sample[2]), "kind", "lossy"))


def store_values(actor: Actor, new: FieldSpec, object_key: str, values: Mapping[int, Any]) -> list[Sample]:
    """Write the converted values through the door. Returns id, value and reason of those that a record refused."""
    commands = [
        Command("update", object_key, record_id, values={new.key: value}, historic=new.readonly)
        for record_id, value in values.items()
    ]
    why = str(_("The kind of “{field}” changed").with_(field=new.label))
    outcome = write_many(actor, commands, why=why, on_error="skip")
    return [
        (
            command.id or 0,
            _told(values[command.id or 0]),
            str(one.error.problems[0].text if one.error.problems else one.error.title),
        )
        for command, one in zip(commands, outcome.results, strict=True)
        if isinstance(one, Failed)
    ]


def _told(value: Any) -> str:
    """A converted value for a message: of a link what is meant, else the value."""
    return str(value.get("title") or value.get("id") or value) if isinstance(value, dict) else str(value)


def rewrite_documents(spec: ObjectSpec) -> None:
    """Make the search documents of all records of an object anew, after other fields are searched than before."""
    plan, setting = RowPlan(spec, spec.fields), setting_for(SYSTEM)
    day, at, only = today(setting.timezone), now(), own_rows(spec) or "(1 = 1)"
    last = 0
    with write_transaction():
        run('DELETE FROM "store_searchrow" WHERE "object" = %s', (spec.key,))
        while True:
            found = rows(
                f'SELECT {plan.columns} FROM "{spec.table}" t WHERE t."id" > %s AND {only} ORDER BY t."id" LIMIT {PORTION}',
                (last,),
            )
            if not found:
                return
            drafts = []
            for line in found:
                last = line[0]
                draft = Draft(spec, Command("update", spec.key, last), day, at, 0, id=last, created=True)
                draft.values, draft.sealer = plan.decode(line, sealer_of)[4], sealer_of(last, line[3])
                drafts.append(draft)
            write_documents(spec, drafts, setting)
