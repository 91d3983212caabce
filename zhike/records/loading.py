"""Writing, loading: the rows to change, locked, under the row scope of the right that is used."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.kernel.errors import Forbidden, Invalid, NotFound, Problem, Stale
from zhike.kernel.words import _
from zhike.query.tree import Compare, Path
from zhike.records.acts import Act
from zhike.records.asking import compiler, conditions, visible
from zhike.records.draft import Draft
from zhike.records.read import sees
from zhike.records.redirects import LARGEST_ID, winners
from zhike.records.secrets import sealer_of
from zhike.schema.spec import ObjectSpec
from zhike.store.database import is_postgres, rows
from zhike.store.keyfile import VaultError
from zhike.store.plan import RowPlan


def load(act: Act, spec: ObjectSpec, drafts: Sequence[Draft], right: str) -> None:
    """Fill before-images. Records that are missing or hidden answer NotFound; seen but out of reach, Forbidden."""
    plan = RowPlan(spec, spec.fields)
    drafts = [draft for draft in drafts if draft.error is None]
    wanted = {draft.id: draft for draft in drafts if 0 < draft.id < LARGEST_ID}
    found: dict[int, tuple[object, ...]] = {}
    if wanted:
        ids = list(wanted) if act.erasing else _moved(spec, wanted)
        build = compiler(spec)
        within = [visible(act.actor, spec, one) for one in ("read", right, *(["bulk"] if act.many else []))]
        where = conditions(build, spec, Compare(Path((spec,), (), spec["id"]), "in", tuple(ids)), *within)
        lock = ' ORDER BY t."id" FOR UPDATE OF t' if is_postgres() else ""
        for line in rows(f"SELECT {plan.columns} {build.source()} WHERE {where}{lock}", build.params):
            found[line[0]] = line
    missing = [draft for draft in drafts if draft.id not in found]
    seen = sees(act.actor, spec, [draft.id for draft in missing if 0 < draft.id < LARGEST_ID]) if missing else set()
    text = _("You can see this record but not change it.")
    if act.many:
        text = _("This is not among the records you may change many at once.")
    for draft in missing:
        if draft.error is None:
            draft.error = Forbidden(text) if draft.id in seen else NotFound()
    for draft in drafts:
        if draft.id in found and draft.error is None:
            line = found[draft.id]
            _id, draft.version, _owner, _title, draft.old = plan.decode(line, sealer_of)
            draft.vault = line[3]  # type: ignore[assignment]
            draft.bag = plan.bag(line)
            try:
                draft.sealer = sealer_of(draft.id, draft.vault)
            except VaultError as damage:
                if act.erasing:
                    draft.vault = None
                    continue
                draft.error = Invalid(Problem(damage.text, code="damaged"))
                continue
            draft.values = dict(draft.old)
            if act.erasing:
                continue
            if draft.old.get("trashed") is not None and draft.command.verb not in ("restore", "trash"):
                draft.error = NotFound(_("This record is in the trash. Restore it first."))


def _moved(spec: ObjectSpec, wanted: dict[int, Draft]) -> list[int]:
    """Ids with merged ones replaced by their winners."""
    for old, to in winners(spec, wanted).items():
        if any(draft.id == to for draft in wanted.values()):
            wanted[old].error = Stale(
                _("This record was merged into another one that is changed here too. Load it again.")
            )
        wanted[old].id = to
    return [draft.id for draft in wanted.values()]
