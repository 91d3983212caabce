"""The terms of a retention rule: which objects can have one, what then happens, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zhike.access.people import PEOPLE_OBJECTS
from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery, NotFound
from zhike.kernel.words import Words, _
from zhike.query.tree import Node
from zhike.records.company.company import is_administrator
from zhike.records.draft import Draft
from zhike.records.privacy.subjects import may_hold
from zhike.records.roles.checks import kept_tree
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec

RULE = "retention_rule"
TRASH, ANONYMISE, ERASE = "trash", "anonymise", "erase"
THEN: Mapping[str, Words] = {
    TRASH: _("Into the trash"),
    ANONYMISE: _("Made anonymous: the record stays without the person"),
    ERASE: _("Erased: emptied for good, then into the trash"),
}
OFF, ON, ASKS = "off", "on", "asks"
STATES: Mapping[str, Words] = {OFF: _("Off"), ON: _("On"), ASKS: _("Stopped: it asks again")}
APART = ("setup", "hidden")


def retainable(spec: ObjectSpec, then: str = TRASH) -> bool:
    """Whether a rule can take records of this object away; to erase them, they must be able to hold personal data."""
    belongs = spec.group not in APART and spec.key not in PEOPLE_OBJECTS
    return belongs and (then == TRASH or may_hold(spec))


def retention_tree(spec: ObjectSpec, where: str) -> Node:
    """The filter of a rule. Raises BadQuery for one that cannot be read, takes everything or asks for a secret."""
    return kept_tree(spec, where, _("A rule without a condition would take everything. Say which records."))


def refuse_retention(actor: Actor, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Refuse rules that are not an administrator's, or cannot work."""
    if spec.key != RULE:
        return
    for draft in drafts:
        if not is_administrator(actor):
            draft.refuse(_("Only an administrator decides what is taken away."), code="forbidden")
            continue
        if not (draft.created or any(draft.changed(key) for key in ("object", "where", "then"))):
            continue
        target = registry.find(str(draft.values.get("object") or ""))
        then = str(draft.values.get("then") or "")
        if target is None or not retainable(target):
            draft.refuse(_("Records of this object are not taken away by a rule."), "object")
        elif not retainable(target, then):
            draft.refuse(
                _("{objects} hold no personal data: choose the trash.").with_(objects=target.plural_label), "then"
            )
        else:
            try:
                retention_tree(target, str(draft.values.get("where") or ""))
            except (BadQuery, NotFound) as error:
                draft.refuse(error.problems[0].text, "where", error.code)
