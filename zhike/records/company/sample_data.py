"""The demo company's records in a home: how many there are, and how exactly these are taken away again.

Whatever makes demo records does so in operations of the kind ``demo``; that is the mark by which they are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command, Done, Failed
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.acts import Act
from zhike.records.company.company import require_settings
from zhike.records.company.settings import change_company, company, keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.records.jobs.jobs import KINDS, JobRun, job, start
from zhike.records.log_archive.parts import archived, parts
from zhike.records.write import write_many
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import marks, row, rows, write_transaction

MARK = "demo"
AWAY = "demo.away"  # the setting that keeps the operation by which the company was taken away
LOAD, REMOVE = "demo.load", "demo.remove"
SIZES = ("small", "full")
PORTION = 200
AT_ONCE = 500
ROUNDS = 3


def demo_here() -> bool:
    """Whether the demo company is in this home: it was loaded, and not taken away or put back since."""
    return company().demo or (bool(kept(AWAY)) and not taken_away())


def taken_away() -> int:
    """The operation that took the demo company away and can be undone to put it back; 0 for none."""
    by = kept(AWAY) or 0
    return by if row('SELECT 1 FROM "store_operation" WHERE "id" = %s AND "undone_by" IS NULL', (by,)) else 0


def sample_counts() -> dict[str, int]:
    """How many records of each object the demo company has here; empty where none is loaded."""
    return {key: len(ids) for key, ids in _samples().items()} if demo_here() else {}


def _samples() -> dict[str, list[int]]:
    """What the demo company brought and nobody threw away since, the newest first, by object."""
    found: dict[str, list[int]] = {}
    older = _archived_samples()
    for spec in registry:
        sql = (
            'SELECT t."id" FROM "store_changerow" c JOIN "store_operation" o ON o."id" = c."operation"'
            f' JOIN "{spec.table}" t ON t."id" = c."record" WHERE o."kind" = %s AND c."verb" = \'create\''
            ' AND c."object" = %s AND t."trashed" IS NULL ORDER BY t."id" DESC'
        )
        ids = [int(id) for (id,) in rows(sql, (MARK, spec.key))]
        for begin in range(0, len(older.get(spec.key, ())), AT_ONCE):
            some = older[spec.key][begin : begin + AT_ONCE]
            there = f'SELECT "id" FROM "{spec.table}" WHERE "id" IN ({marks(some)}) AND "trashed" IS NULL ORDER BY "id" DESC'
            ids += [int(id) for (id,) in rows(there, some)]
        if ids:
            found[spec.key] = ids
    return found


def _archived_samples() -> dict[str, list[int]]:
    """What the demo company brought so long ago that the archive of the log tells of it."""
    if not parts():
        return {}
    found: dict[str, list[int]] = {}
    acts = [int(id) for (id,) in rows('SELECT "id" FROM "store_operation" WHERE "kind" = %s', (MARK,))]
    for line in reversed(archived(operations=acts) if acts else []):
        if line[5] == "create":
            found.setdefault(line[2], []).append(line[3])
    return found


def load_samples(actor: Actor, size: str) -> int:
    """Start the job that brings the demo company into this home; its people cannot sign in. Returns the job's id.
    Raises Invalid when it is there, Forbidden."""
    require_settings(actor)
    if demo_here() or LOAD not in KINDS or size not in SIZES:
        raise Invalid(Problem(_("The demo company is here already."), "demo"))
    return start(actor, LOAD, {"size": size}, _("Demo company"))


def remove_samples(actor: Actor) -> int:
    """Start the job that takes the demo company's records away. Returns the job's id. Raises Invalid, Forbidden."""
    require_settings(actor)
    if not demo_here():
        raise Invalid(Problem(_("There is no demo company here."), "demo"))
    return start(actor, REMOVE, {}, _("Removal of the demo company"))


@job(REMOVE, resumes=True)
def run_removal(run: JobRun) -> Mapping[str, Any]:
    """The job: everything the demo company brought goes to the trash, what stands on others first; records of your own
    that hang on one of them keep it. All of it is one operation, which can be undone."""

    def step(done: int, total: int, operation: int | None) -> None:
        if operation and operation != run.operation:
            with write_transaction():
                run.keep(run.place, operation)
        run.step(done, total)

    stayed, text = remove_now(run.actor, step, run.operation)
    return {"kept": stayed, "text": str(text)}


def remove_now(
    actor: Actor, step: Any = lambda _done, _total, _operation: None, begun: int | None = None
) -> tuple[int, Words]:
    """Take the demo company away; answers how many records stayed and a sentence. ``begun``: the operation that a run
    before this one had begun."""
    require_settings(actor)
    by_object = _samples()
    by_object["user"] = [one for one in by_object.get("user", ()) if one != actor.id]
    total = sum(map(len, by_object.values()))
    act = Act(actor, kind="demo.remove", resumes=begun, trusted=True)
    for _round in range(ROUNDS):
        done = 0
        left: dict[str, list[int]] = {}
        for spec in _leaves_first([registry.object(key) for key in by_object]):
            ids = by_object[spec.key]
            for at in range(0, len(ids), PORTION):
                some = ids[at : at + PORTION]
                stayed = _trash(spec, some, act)
                if stayed:
                    left.setdefault(spec.key, []).extend(stayed)
                done += len(some)
                step(total - sum(map(len, by_object.values())) + done, total, act.started)
        by_object = left
        if not left:
            break
    remaining = sum(map(len, by_object.values()))
    with write_transaction():
        if not remaining:
            note_setting(actor, "company.demo", company().demo, False)
            change_company(demo=False)
            keep(AWAY, act.started or begun)
    if remaining:
        text = _("{n} records went to the trash. {m} stayed, because records of your own hang on them.")
        return remaining, text.with_(n=f"{total - remaining:,}", m=f"{remaining:,}")
    return 0, _("{n} records went to the trash").with_(n=f"{total:,}")


def _trash(spec: ObjectSpec, ids: list[int], act: Act) -> list[int]:
    """Put records into the trash, remarks of the company's people too, which nobody but they could; answers those that
    stayed."""
    commands = [Command("trash", spec.key, one) for one in ids]
    begun = act.started
    try:
        with write_transaction():
            results = write_many(SYSTEM, commands, on_error="skip", act=act.as_system()).results
    except Refused:
        act.back_to(begun)
        if len(ids) == 1:
            return ids
        return [stayed for one in ids for stayed in _trash(spec, [one], act)]
    return [one for one, result in zip(ids, results, strict=True) if isinstance(result, Failed) and not _gone(result)]


def _gone(result: Failed | Done) -> bool:
    return isinstance(result, Failed) and result.error.status == 404


def _leaves_first(specs: list[ObjectSpec]) -> list[ObjectSpec]:
    """Objects in such an order that what points at others comes before them; people and departments last."""
    ranks: dict[str, int] = {}

    def rank(spec: ObjectSpec, seen: frozenset[str]) -> int:
        """How long the longest way of links is that leads here."""
        if spec.key in ranks:
            return ranks[spec.key]
        pointing = [
            other
            for other, link in registry.pointing_at(spec.key)
            if link.on_delete == "refuse" and other.key not in seen and other.key != spec.key
        ]
        ranks[spec.key] = 1 + max((rank(one, seen | {spec.key}) for one in pointing), default=0)
        return ranks[spec.key]

    return sorted(specs, key=lambda one: (one.group == "setup", rank(one, frozenset())))
