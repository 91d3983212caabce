"""What a list's address says: view, filter, sort, grouping. Every link of the page is this state with one thing changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from django.http import HttpRequest

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.query.lexer import quoted
from zhike.records.views import ALL, Kept, Layout, Shelf
from zhike.schema.kinds import kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.generic.list_columns import Columns, columns_of
from zhike.web.links import with_query

LONGEST_FIND = 200
BOARD = "board"
BOARD_KEEPS = ("by", "line")  # what a board's address says besides
EVERYTHING = "everything"  # what a dropped filter of a view is written as, and
NONE = "none"  # a dropped grouping
ARCHIVED = ("no", "only", "all", "trash")
BEGINNING = r"\s*(?:[(（]|(?:not|非)\s+)*(?P<name>[^\W\d]\w*)(?:\.\w+)*\s*"
BY_SIGN = re.compile(BEGINNING + r"(?:!?[=＝]|[<>＜＞~～≥≤≠])")
BY_WORD = re.compile(BEGINNING + r"\s(?:in|not|has|within|ends|domain|is)\b", re.IGNORECASE)
PLAIN = Kept(ALL, "")


class Asked(Protocol):
    """The query of an address, or a posted form that carries one."""

    def get(self, name: str, default: Any = None) -> Any: ...

    def getlist(self, name: str) -> list[str]: ...

    def __contains__(self, name: object) -> bool: ...


@dataclass(frozen=True, slots=True)
class State:
    """The query of one list. ``find`` is plain text looked for in the titles, ``where`` filter text; ``columns`` is empty
    for the object's own choice; ``build``: the conditions are open below the sentence."""

    spec: ObjectSpec
    where: str = ""
    find: str = ""
    sort: str = ""
    archived: str = "no"  # no, only (archived), all, trash
    columns: tuple[str, ...] = ()
    widths: Mapping[str, int] = field(default_factory=dict)
    after: str = ""
    build: bool = False
    group: str = ""
    view: Kept = PLAIN
    first: str = ALL
    layout: Layout = Layout()
    shelf: Shelf | None = None
    at: str = ""  # the page it stands on, when that is not the list
    more: tuple[tuple[str, str], ...] = ()  # what that page keeps in its address besides

    @classmethod
    def of(
        cls,
        request: HttpRequest,
        spec: ObjectSpec,
        actor: Actor,
        shelf: Shelf | None = None,
        asked: Asked | None = None,
    ) -> State:
        """The state a request asks for. Text typed into the box is a filter when it reads like one, else a title.

        Without a shelf there are no views: boards and lists inside other pages."""
        asked = asked if asked is not None else request.GET
        view = _view(asked, shelf) if shelf else PLAIN
        layout = shelf.layout(view) if shelf else view.layout
        archived = asked.get("archived", view.archived)
        shown = _shown(actor, spec, asked, layout)
        group = asked.get("group", "").strip() or view.group
        state = cls(
            spec,
            where=_where(asked, view),
            find=asked.get("find", "").strip()[:LONGEST_FIND],
            sort=asked.get("sort", "").strip() or view.sort,
            archived=archived if archived in ARCHIVED else "no",
            columns=shown.keys,
            widths=shown.widths,
            after=asked.get("after", ""),
            build="build" in asked,
            group="" if group == NONE else group,
            view=view,
            first=shelf.opening.key if shelf else ALL,
            layout=layout,
            shelf=shelf,
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
        build: bool | None = None,
        group: str | None = None,
        after: str = "",
        **extra: str | int,
    ) -> str:
        """The list with these things changed; the page marker is dropped unless given. ``extra`` goes into the query as it
        is: ``condition``, ``edit``, ``peek``, ``depth``."""
        other = replace(
            self,
            where=self.where if where is None else where,
            find=self.find if find is None else find,
            sort=self.sort if sort is None else sort,
            archived=self.archived if archived is None else archived,
            group=self.group if group is None else group,
        )
        opened = self.build if build is None else build
        query = {**other.query(), "after": after, "build": "1" if opened else "", **extra}
        return with_query(self.home, query)

    @property
    def home(self) -> str:
        """The page the state stands on, bare: where its forms are sent."""
        return self.at or f"/{self.spec.plural}"

    def query(self) -> dict[str, str]:
        """The state as the names and texts of an address, as far as it differs from the view; "" leaves a name out."""
        view = self.view
        asked = {
            "where": "" if self.where == view.where else self.where or EVERYTHING,
            "find": self.find,
            "archived": "" if self.archived == view.archived else self.archived,
        }
        bare = not any(asked.values())
        named = view.key if view.key != (self.first if bare else ALL) else ""
        return {
            **dict(self.more),
            "view": named,
            **asked,
            "sort": "" if self.sort == view.sort else self.sort,
            "group": "" if self.group == view.group else self.group or NONE,
        }

    @property
    def asked(self) -> dict[str, str]:
        """The state as the query of another page, which leads back to where the state stands."""
        return {**self.query(), "on": BOARD if self.at else ""}

    @property
    def carried(self) -> list[tuple[str, str]]:
        """The same as hidden inputs of a form that asks something more."""
        return [(name, text) for name, text in self.asked.items() if text]

    @property
    def home_bare(self) -> str:
        """The page the state stands on, as it opens."""
        return with_query(self.home, dict(self.more))

    def as_view(self, view: Kept) -> str:
        """The address of one of the ready-made lists."""
        bare = replace(self, view=view, where=view.where, find="", sort=view.sort, archived=view.archived)
        return replace(bare, group=view.group, after="", build=False).url()

    @property
    def changed(self) -> bool:
        """Whether the list differs from its view in what it shows or how."""
        view = self.view
        asked = (self.where, self.sort, self.group, self.archived) != (view.where, view.sort, view.group, view.archived)
        return asked or (bool(view.record) and self.layout != view.layout)

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


def _view(asked: Asked, shelf: Shelf) -> Kept:
    """The view an address names; without a name the one the list opens with, or, with a filter, all."""
    named = shelf.get(asked.get("view", ""))
    if named is not None:
        return named
    if not any(name in asked for name in ("where", "find", "archived")):
        return shelf.opening
    archived = asked.get("archived", "no") if not asked.get("where", "").strip() else "no"
    elsewhere = (one for one in shelf.views if one.archived == archived != "no")
    return next(elsewhere, None) or shelf.get(ALL) or PLAIN


def _where(asked: Asked, view: Kept) -> str:
    where = str(asked.get("where", "")).strip()
    if "where" not in asked or (not where and view.key != ALL):
        return view.where
    return "" if where == EVERYTHING else where


def _shown(actor: Actor, spec: ObjectSpec, asked: Asked, layout: Layout) -> Columns:
    """The columns of an address, else those of the layout, as far as the actor sees the fields."""
    said = " ".join(part for text in asked.getlist("columns") for part in text.split(",") if part)
    return columns_of(said or layout.columns, spec, lambda one: field_right(actor, spec, one) != "hidden")


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
    return f"{bracketed(first)} and {bracketed(second)}"


def bracketed(text: str) -> str:
    """A filter that can stand beside an ``and``."""
    spaced = f" {text.lower()} "
    return f"({text})" if " or " in spaced or "或" in text else text


def is_sortable(field: FieldSpec, spec: ObjectSpec) -> bool:
    """Whether a head offers sorting: the kind has an order and an index keeps it cheap."""
    kind = kind_of(field)
    if not kind.sortable or not kind.stored:
        return False
    return field.index or field.unique or field.key in (spec.title, "created", "changed", "owner")
