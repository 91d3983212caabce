"""What a segment must satisfy before it is kept."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery, NotFound
from zhike.kernel.words import Words, _
from zhike.query.lexer import is_word
from zhike.query.predicate import paths
from zhike.query.syntax import KEYWORDS
from zhike.records.asking import segment_tree
from zhike.records.draft import Draft
from zhike.records.segments.kept import SEGMENT
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec

NOT_OF = frozenset({"setup", "hidden"})
TWO_READERS = (-1, -2)


def segmentable(spec: ObjectSpec) -> bool:
    """Whether there can be segments of an object's records: it has lists of its own."""
    return spec.group not in NOT_OF and spec.key != SEGMENT


def refuse_segments(actor: Actor, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Refuse segments of objects that have none, and conditions that their author may not ask for."""
    for draft in drafts if spec.key == SEGMENT else ():
        target = registry.find(str(draft.values.get("object") or ""))
        if target is None or not segmentable(target):
            draft.refuse(_("There are no segments of records of this object."), "object", "unknown")
            continue
        code = str(draft.values.get("code") or "")
        if draft.changed("code") and code and (not is_word(code) or code.lower() in KEYWORDS):
            draft.refuse(_("A key is one word, such as vip_east."), "code", "format")
        if draft.created or draft.changed("where") or draft.changed("object"):
            problem = problem_of(actor, target, str(draft.values.get("where") or ""))
            if problem is not None:
                draft.refuse(problem, "where", "query")


def problem_of(actor: Actor, spec: ObjectSpec, where: str) -> Words | None:
    """Why these conditions cannot be those of a segment; None when they can."""
    try:
        tree = segment_tree(actor, spec, where)
        if len({repr(segment_tree(actor, spec, where, me)) for me in TWO_READERS}) > 1:
            return _("A segment is the same for everybody: name the person instead of “me”.")
    except (BadQuery, NotFound) as error:
        return error.problems[0].text
    for path in paths(tree):
        if kind_of(path.field).secret:
            return _("A segment cannot ask for “{field}”: it is encrypted.").with_(field=path.field.label)
    return None
