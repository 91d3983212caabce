"""What follows when people, roles or grants change: who left loses their access at once, and somebody stays who may
change the roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhike.access.networks import asking_from, may_come_from
from zhike.access.people import People, people
from zhike.access.rights import can
from zhike.access.signin import end_access, with_access
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.networks import networks_in
from zhike.kernel.words import _
from zhike.records.audit import note
from zhike.records.draft import Draft
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec

RIGHTS_OF_PERSON = frozenset({"roles", "department", "manager", "active", "login"})
_STAMPS = frozenset({"created", "created_by", "changed", "changed_by", "version", "id", "owner"})


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether somebody may change roles at all, and whether the one who writes may."""

    somebody: bool
    oneself: bool


def ruling(actor: Actor) -> Ruling:
    """Who may change roles now; asked before a change."""
    return Ruling(has_administrator(), not actor.is_system and rules_over_roles(actor.id))


def settle_people(actor: Actor, before: Ruling) -> None:
    """Called inside the transaction, after the change. ``before``: how it stood. Raises Invalid when the change leaves
    nobody who may change roles, and when it takes that right from the one who makes it."""
    snapshot = people()
    gone = [one for one in with_access() if one not in snapshot.persons or not snapshot.persons[one].active]
    if gone:
        end_access(gone)
    me, here = snapshot.persons.get(actor.id), asking_from.get()
    if me is not None and here and not may_come_from(me, here):
        text = _("Then you could not work from here any more: your own address is {address}.").with_(address=here)
        raise Invalid(Problem(text, "networks", "locked-out"))
    if before.somebody and not actor.is_system and not _administrators(snapshot):
        text = _("Then nobody could change roles and settings any more. Make somebody else an administrator first.")
        raise Invalid(Problem(text, "roles", "last-administrator"))
    if before.oneself and not (rules_over_roles(actor.id) and snapshot.persons[actor.id].active):
        text = _("This would take your own right to change roles. Ask another administrator to do it.")
        raise Invalid(Problem(text, "roles", "own-last-right"))


def note_person(actor: Actor, spec: ObjectSpec, draft: Draft) -> None:
    """What changes somebody's rights goes into the audit: roles, grants, field rights, and who has which roles."""
    verb = draft.command.verb
    changed = sorted(key for key in draft.changes() if key in RIGHTS_OF_PERSON or spec.key != "user")
    if spec.key == "user" and verb == "update" and not changed:
        return
    gone = spec.key == "user" and draft.changed("active") and draft.values.get("active") is False
    detail = {"verb": verb, "fields": [key for key in changed if key not in _STAMPS]}
    note("let_go" if gone else "rights", actor, object=spec.key, record=draft.id, detail=detail)


def refuse_roles(actor: Actor, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Roles are given by those who may change roles, or nobody's rights would be safe from whoever edits people."""
    role = registry.find("role")
    if spec.key != "user" or actor.is_system or role is None or can(actor, "edit", role):
        return
    for draft in drafts:
        if draft.changed("roles") and draft.values.get("roles"):
            draft.refuse(_("Only an administrator can give roles."), "roles", "forbidden")


def refuse_networks(spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """What stands in a role as its networks can be read as such."""
    if spec.key != "role":
        return
    for draft in drafts:
        if draft.changed("networks") and draft.values.get("networks"):
            try:
                networks_in(draft.values["networks"])
            except ValueError as error:
                text = _("“{part}” is no network. Write 10.0.0.0/8 or 203.0.113.7.")
                draft.refuse(text.with_(part=str(error)[:60]), "networks", "network")


def rules_over_roles(user_id: int) -> bool:
    """Whether this person may change roles."""
    snapshot = people()
    person = snapshot.persons.get(user_id)
    return person is not None and any(_rules(snapshot, role) for role in person.roles)


def has_administrator() -> bool:
    """Whether an active person with a login may change roles."""
    return _administrators(people())


def _administrators(snapshot: People) -> bool:
    ruling = {role for role, _object in snapshot.grants if _rules(snapshot, role)}
    return any(one.active and one.login and ruling.intersection(one.roles) for one in snapshot.persons.values())


def _rules(snapshot: People, role: int) -> bool:
    grant = snapshot.grants.get((role, "role")) or snapshot.grants.get((role, "*"))
    return grant is not None and grant.get("edit", "none") != "none"
