"""The audit chain gone through as a job, by hand and once a day; what came out is kept for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhike.access.people import people
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import Words, _, packed, unpacked
from zhike.records.audit_proof import prove_chain
from zhike.records.audit_reading import may_audit
from zhike.records.company.people_lives import rules_over_roles
from zhike.records.company.settings import keep, kept
from zhike.records.jobs.jobs import JobRun, job, start
from zhike.records.notices.notices import notify

PROVE = "audit.prove"
KEPT = "audit.proof"


@dataclass(frozen=True, slots=True)
class LastProof:
    """What the last check found: when, over how much, and the breaks in words."""

    at: datetime
    entries: int
    changes: int
    breaks: tuple[Words | str, ...]


def prove_in_background(actor: Actor) -> int:
    """Start the check; returns the job's id. Raises Forbidden."""
    if not (actor.is_system or may_audit(actor)):
        raise Forbidden(_("Your roles do not let you read the audit. Ask an administrator."))
    return start(actor, PROVE, {}, _("Check of the audit chain"))


def prove_daily() -> None:
    """The schedule: the same check, in the system's name."""
    prove_in_background(SYSTEM)


def last_proof() -> LastProof | None:
    """What the last check found; None before the first one."""
    held: dict[str, Any] | None = kept(KEPT)
    if held is None:
        return None
    at = datetime.fromisoformat(held["at"])
    return LastProof(at, held["entries"], held["changes"], tuple(unpacked(one) for one in held["breaks"]))


@job(PROVE, resumes=True, address=lambda _args: "/settings/audit")
def run_proof(run: JobRun) -> Mapping[str, Any]:
    """Go through the chain, keep what came out; administrators hear of the first break."""
    proof = prove_chain()
    breaks = [packed(one.text) for one in proof.breaks]
    facts = {"at": now().isoformat(), "entries": proof.entries, "changes": proof.changes, "breaks": breaks}
    before = last_proof()
    keep(KEPT, facts)
    if breaks and not (before and before.breaks):
        ruling = [one for one in people().persons if rules_over_roles(one)]
        notify(ruling, "job", _("The audit chain does not hold: look at the audit in the settings."), record=run.id)
    text = _("The chain holds.") if proof.good else proof.breaks[0].text
    return {"text": str(text), "good": proof.good}
