"""What a sharing rule and a stand-in must satisfy before they are kept."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.access.people import PEOPLE_OBJECTS
from zhike.access.rights import reach_by_roles
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.errors import BadQuery, NotFound, TooWide
from zhike.kernel.words import Words, _
from zhike.query.predicate import paths
from zhike.query.tree import EVERYTHING, Node
from zhike.records.asking import question
from zhike.records.draft import Draft
from zhike.records.pricing import check_price
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec, ScopeKind


def refuse_reaching(actor: Actor, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Refuse sharing rules that cannot work, and stand-ins somebody gives themselves."""
    for draft in drafts:
        if spec.key == "sharing_rule":
            _judge_rule(draft)
        elif spec.key == "stand_in" and not actor.is_system and reach_by_roles(actor, "create", spec) != "all":
            sides = [ref.id for one in (draft.old, draft.values) if (ref := one.get("absent")) is not None]
            if any(one != actor.id for one in sides):
                draft.refuse(_("You can name somebody to stand in for yourself only."), "absent", "forbidden")


def shareable(spec: ObjectSpec) -> bool:
    """Whether records of an object can be shared by a rule: they belong to somebody, and are not rights themselves."""
    return spec.scope.kind in (ScopeKind.OWNER, ScopeKind.FOLLOWS) and spec.key not in PEOPLE_OBJECTS


def _judge_rule(draft: Draft) -> None:
    target = registry.find(str(draft.values.get("object") or ""))
    if target is None or not shareable(target):
        draft.refuse(_("Records of this object cannot be shared by a rule."), "object")
        return
    if not any(draft.values.get(key) for key in ("persons", "departments", "roles")):
        draft.refuse(_("Choose with whom: people, departments or roles."), "persons", "required")
    if draft.created or draft.changed("where") or draft.changed("object"):
        try:
            rule_tree(target, str(draft.values.get("where") or ""))
        except (BadQuery, NotFound, TooWide) as error:
            draft.refuse(error.problems[0].text, "where", error.code)


def rule_tree(spec: ObjectSpec, where: str) -> Node:
    """The filter of a rule, as everybody's. Raises BadQuery for one that cannot be read, shares everything or asks for a
    secret, and TooWide for one no index finds on a large table."""
    tree = kept_tree(spec, where, _("A rule without a condition would share everything. Widen a role instead."))
    check_price(Actor(-1), spec, tree, EVERYTHING, ())
    return tree


def kept_tree(spec: ObjectSpec, where: str, empty: Words) -> Node:
    """A filter that is kept in a rule. Raises BadQuery for one that cannot be read, asks for a secret, or has no condition,
    then with the words of ``empty``."""
    tree = question(SYSTEM, spec, where)
    if tree == EVERYTHING:
        raise BadQuery(empty)
    for path in paths(tree):
        if kind_of(path.field).secret:
            raise BadQuery(_("Rules cannot ask for “{field}”: it is encrypted.").with_(field=path.field.label))
    return tree
