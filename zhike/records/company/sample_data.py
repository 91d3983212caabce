"""The demo company's records in a home: how many there are, and how exactly these are taken away again.

Whatever makes demo records does so in operations of the kind ``demo``; that is the mark by which they are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command, Done, Failed
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.acts import Act
from zhike.records.company.company import require_settings
from zhike.records.company.settings import change_company, company
from zhike.records.company.settings_log import note_setting
from zhike.records.jobs.jobs import KINDS, JobRun, job, start
from zhike.records.write import write_many
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import rows, write_transaction

MARK = "demo"
LOAD, REMOVE = "demo.load", "demo.remove"
SIZES = ("small", "full")
PORTION = 200
ROUNDS = 3
_MADE = (
    'FROM "store_changerow" c JOIN "store_operation" o ON o."id" = c."operation"'
    ' WHERE o."kind" = %s AND c."verb" = \'create\''
)


def sample_counts() -> dict[str, int]:
    """How many records of each object the demo company brought; empty where none is loaded."""
    if not company().demo:
        return {}
    found = rows(f'SELECT c."object", count(*) {_MADE} GROUP BY c."object"', (MARK,))
    return {key: int(number) for key, number in found if key in registry}


def load_samples(actor: Actor, size: str) -> int:
    """Start the job that brings the demo company into this home; its people cannot sign in. Returns the job's id.
    Raises Invalid when it is there, Forbidden."""
    require_settings(actor)
    if company().demo or LOAD not in KINDS or size not in SIZES:
        raise Invalid(Problem(_("The demo company is here already."), "demo"))
    return start(actor, LOAD, {"size": size}, _("Demo company"))


def remove_samples(actor: Actor) -> int:
    """Start the job that takes the demo company's records away. Returns the job's id. Raises Invalid, Forbidden."""
    require_settings(actor)
    if not company().demo:
        raise Invalid(Problem(_("There is no demo company here."), "demo"))
    return start(actor, REMOVE, {}, _("Removal of the demo company"))


@job(REMOVE, resumes=True)
def run_removal(run: JobRun) -> Mapping[str, Any]:
    """The job: everything the demo company brought goes to the trash, what stands on others first; records of your own
    that hang on one of them keep it."""

    def step(done: int, total: int, operation: int | None) -> None:
        run.step(done, total)

    kept, text = remove_now(run.actor, step)
    return {"kept": kept, "text": str(text)}


def remove_now(actor: Actor, step: Any = lambda _done, _total, _operation: None) -> tuple[int, Words]:
    """Take the demo company away; answers how many records stayed and a sentence."""
    require_settings(actor)
    found = rows(f'SELECT c."object", c."record" {_MADE} ORDER BY c."record" DESC', (MARK,))
    by_object: dict[str, list[int]] = {}
    for key, record_id in found:
        if key in registry and (key, record_id) != ("user", actor.id):
            by_object.setdefault(key, []).append(record_id)
    total = sum(map(len, by_object.values()))
    act = Act(actor, kind="demo.remove")
    for _round in range(ROUNDS):
        done = 0
        left: dict[str, list[int]] = {}
        for spec in _leaves_first([registry.object(key) for key in by_object]):
            ids = by_object[spec.key]
            for at in range(0, len(ids), PORTION):
                some = ids[at : at + PORTION]
                stayed = _trash(actor, spec, some, act)
                if stayed:
                    left.setdefault(spec.key, []).extend(stayed)
                done += len(some)
                step(total - sum(map(len, by_object.values())) + done, total, act.started)
        by_object = left
        if not left:
            break
    kept = sum(map(len, by_object.values()))
    with write_transaction():
        if not kept:
            note_setting(actor, "company.demo", company().demo, False)
            change_company(demo=False)
    if kept:
        text = _("{n} records went to the trash. {m} stayed, because records of your own hang on them.")
        return kept, text.with_(n=total - kept, m=kept)
    return 0, _("{n} records went to the trash").with_(n=total)


def _trash(actor: Actor, spec: ObjectSpec, ids: list[int], act: Act) -> list[int]:
    """Put records into the trash; answers those that stayed."""
    commands = [Command("trash", spec.key, one) for one in ids]
    try:
        results = write_many(actor, commands, on_error="skip", act=act).results
    except Refused:
        if len(ids) == 1:
            return ids
        return [stayed for one in ids for stayed in _trash(actor, spec, [one], act)]
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
