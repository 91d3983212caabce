"""Comment 评论: what colleagues say to each other about a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zhike.access.people import people
from zhike.access.rights import can
from zhike.kernel.words import Words, _
from zhike.records.notices.notices import in_sight, reader
from zhike.schema.declare import action, asks, computes
from zhike.schema.registry import registry
from zhike.schema.spec import Scope, Tab
from zhike.schema.values import Ref
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

LONGEST = 4000
MOST_NAMED = 20


@declare
class Comment(BusinessObject):
    """A remark about a record; colleagues named with @ are told. Its author alone changes it."""

    text = c.LongText(_("Comment"), max=LONGEST, required=True, search=1, personal=True)
    parent = c.AnyLink(_("Regarding"), required=True)
    account = c.Link(_("Account"), to="account", back="comments")
    mentions = c.Links(_("Mentioned"), to="user", hint=_("People named with @ in the text"))

    class About:
        key, plural, icon, title = "comment", "comments", "message-circle", "text"
        label, plural_label = _("Comment"), _("Comments")
        help = _("What colleagues say to each other about a record. Name somebody with @ and they are told.")
        columns = "text parent account mentions created owner"
        highlights = "parent mentions owner created"
        form = (Tab.of(_("Comment"), "text parent mentions"),)
        phone = "text owner parent created"
        scope = Scope.follows("parent", "account", authored=True)
        timeline = "created"
        mentions = "mentions"
        group = "more"


@computes("comment")
def find_the_named(comment: Any) -> Mapping[str, Any]:
    """People named with @ are mentioned, whether or not somebody picked them from the list."""
    if not (comment.changed("text") or comment.changed("mentions")) or comment["text"] is None:
        return {}
    given = tuple(comment["mentions"] or ()) if comment.changed("mentions") else ()
    picked = (*given, *(comment.old.get("mentions") or ()))
    named = named_in(comment["text"], {one.id: one.name for one in people().persons.values() if one.active}, picked)
    mentioned = dict.fromkeys([*(ref.id for ref in given), *named])
    return {"mentions": tuple(Ref("user", one) for one in mentioned) or None}


def named_in(text: str, names: Mapping[int, str], picked: Sequence[Ref] = ()) -> list[int]:
    """Who is named with @ in a text: the longest name that stands there; of several people with one name those who were
    ``picked``, else nobody."""
    chosen = {one.id for one in picked}
    by_name: dict[str, list[int]] = {}
    for person, name in names.items():
        if name:
            by_name.setdefault(name.casefold(), []).append(person)
    found: list[int] = []
    folded = text.replace("＠", "@").casefold()
    for start in (place for place, sign in enumerate(folded) if sign == "@"):
        for length in range(min(40, len(folded) - start - 1), 0, -1):
            called = by_name.get(folded[start + 1 : start + 1 + length])
            if called is None:
                continue
            meant = called if len(called) == 1 else [one for one in called if one in chosen]
            found += [one for one in meant if one not in found]
            break
    return found[:MOST_NAMED]


@action(
    "*", "comment", _("Comment"), icon="message-circle", right="read", related="comments", bulk=False,
    inputs=(
        asks("text", _("Comment"), "long_text", required=True, max=LONGEST),
        asks("mentions", _("Mentioned"), "links", to="user", hidden=True),
    ),
)  # fmt: skip
def comment(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Say something about the record to colleagues; those named with @ who may see it are told."""
    given = {key: value for key, value in values.items() if value is not None}
    written = doors.create("comment", {**given, "parent": Ref(record.object, record.id)})
    named = doors.one("comment", written)["mentions"] or ()
    blind = [ref.title for ref in named if not _sees(ref.id, record)]
    if blind:
        text = _("Commented. {names} cannot see this record and will not be told.")
        return text.with_(names=str(_(", ")).join(blind))
    return _("Commented")


def _sees(person: int, record: Any) -> bool:
    spec = registry.object(record.object)
    actor = reader(person)
    return can(actor, "read", spec) and in_sight(actor, record.object, [record.id])[record.id]
