"""What a list's address says: filter, sort, columns, view. Every link of the page is this state with one thing changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from django.http import HttpRequest

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.query.lexer import quoted
from zhike.schema.kinds import kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.web.links import with_query

MOST_COLUMNS = 24
LONGEST_FIND = 200
ARCHIVED = ("no", "only", "all", "trash")
BEGINNING = r"\s*(?:[(（]|(?:not|非)\s+)*(?P<name>[^\W\d]\w*)(?:\.\w+)*\s*"
BY_SIGN = re.compile(BEGINNING + r"(?:!?[=＝]|[<>＜＞~～≥≤≠])")
BY_WORD = re.compile(BEGINNING + r"\s(?:in|not|has|within|ends|domain|is)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class State:
    """The query of one list. ``find`` is plain text looked for in the titles, ``where`` filter text; ``columns`` is empty
    for the object's own choice; ``condition`` is the path whose condition is being made, ``edit`` the one being changed."""

    spec: ObjectSpec
    where: str = ""
    find: str = ""
    sort: str = ""
    archived: str = "no"  # no, only (archived), all, trash
    columns: tuple[str, ...] = ()
    after: str = ""
    written: bool = False

    @classmethod
    def of(cls, request: HttpRequest, spec: ObjectSpec, actor: Actor) -> State:
        """The state a request asks for. Text typed into the box is a filter when it reads like one, else a title."""
        asked = request.GET
        columns = tuple(key for part in asked.getlist("columns") for key in part.split(",") if key)
        if not columns:  # ``columns=own`` names no field and so goes back to the object's own choice
            columns = tuple(filter(None, request.COOKIES.get(columns_cookie(spec), "").split(".")))
        archived = asked.get("archived", "no")
        state = cls(
            spec,
            where=asked.get("where", "").strip(),
            find=asked.get("find", "").strip()[:LONGEST_FIND],
            sort=asked.get("sort", "").strip(),
            archived=archived if archived in ARCHIVED else "no",
            columns=_known(actor, spec, columns),
            after=asked.get("after", ""),
            written="written" in asked,
        )
        if state.find and reads_like_filter(state.find, spec):
            return replace(state, where=joined(state.where, state.find), find="")
        return state

    def url(
        self,
        *,
        where: str | None = None,
        find: str | None = None,
        sort: str | None = None,
        archived: str | None = None,
        written: bool | None = None,
        after: str = "",
        **extra: str | int,
    ) -> str:
        """The list with these things changed; the page marker is dropped unless given. ``extra`` goes into the query as it
        is: ``condition``, ``edit``, ``peek``, ``depth``."""
        archived = self.archived if archived is None else archived
        query = {
            "where": self.where if where is None else where,
            "find": self.find if find is None else find,
            "sort": self.sort if sort is None else sort,
            "archived": archived if archived != "no" else "",
            "after": after,
            "written": "1" if (self.written if written is None else written) else "",
            **extra,
        }
        return with_query(f"/{self.spec.plural}", query)

    @property
    def whole(self) -> str:
        """The filter the reading door gets: what is written and what is looked for, together."""
        return joined(self.where, self._find_filter())

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.where or self.find)

    def _find_filter(self) -> str:
        if not self.find:
            return ""
        title = self.spec[self.spec.title]
        operator = "~" if "~" in kind_of(title).operators else "="
        return f"{title.key} {operator} {quoted(self.find)}"


def reads_like_filter(text: str, spec: ObjectSpec) -> bool:
    """Whether text typed into the one box is meant as a condition rather than as a name: it begins with a word and a
    sign such as ``=``, or with a field of the object and a word such as ``within``."""
    if BY_SIGN.match(text) or text.strip().lower() == "shared with me":
        return True
    found = BY_WORD.match(text)
    return found is not None and (
        found["name"] in spec.by_key or any(str(one.label) == found["name"] for one in spec.fields)
    )


def joined(first: str, second: str) -> str:
    """Both filters together; a side with an ``or`` gets brackets."""
    if not first or not second:
        return first or second
    return f"{_bracketed(first)} and {_bracketed(second)}"


def _bracketed(text: str) -> str:
    spaced = f" {text.lower()} "
    return f"({text})" if " or " in spaced or "或" in text else text


def columns_cookie(spec: ObjectSpec) -> str:
    """The cookie that remembers the chosen columns of an object on this device."""
    return f"zhike-columns-{spec.plural}"


def _known(actor: Actor, spec: ObjectSpec, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The readable ones of ``keys``, each once, the title first; nothing when none is left."""
    known = [
        key for key in dict.fromkeys(keys) if (field := spec.field(key)) and field_right(actor, spec, field) != "hidden"
    ]
    if not known:
        return ()
    return tuple(dict.fromkeys((spec.title, *known)))[:MOST_COLUMNS]


def is_sortable(field: FieldSpec, spec: ObjectSpec) -> bool:
    """Whether a head offers sorting: the kind has an order and an index keeps it cheap."""
    kind = kind_of(field)
    if not kind.sortable or not kind.stored:
        return False
    return field.index or field.unique or field.key in (spec.title, "created", "changed", "owner")


@dataclass(frozen=True, slots=True)
class View:
    """A ready-made question, shown as a tab."""

    label: Words
    where: str = ""
    archived: str = "no"


def views(spec: ObjectSpec, *, trash: bool = False) -> list[View]:
    """The tabs a list has, as far as its declaration allows: all, mine, changed lately, ownerless, archived, trash."""
    found = [View(_("All"))]
    if spec.scope.kind is not ScopeKind.OPEN and "owner" in spec.by_key:
        found.append(View(_("Mine"), "owner = me"))
    elif "assignee" in spec.by_key:
        found.append(View(_("Mine"), "assignee = me"))
    if "changed" in spec.by_key:
        found.append(View(_("Changed this week"), "changed within last 7 days"))
    if "owner" in spec.by_key and spec.scope.kind is ScopeKind.OWNER:
        found.append(View(_("Nobody’s"), "owner is empty"))
    if "archived" in spec.by_key:
        found.append(View(_("Archived"), archived="only"))
    if trash:
        found.append(View(_("Trash"), archived="trash"))
    return found
