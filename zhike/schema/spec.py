"""The frozen declaration of an object and its fields. Every derivation reads this and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from zhike.kernel.words import Words
from zhike.schema.cubes import Cube

STAYS = "stays"  # ObjectSpec.handed: no successor takes these records over
SYSTEM_FIELDS = ("id", "version", "owner", "created", "created_by", "changed", "changed_by", "archived", "trashed")


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice: its stable key, label, tag hue (see look tokens), and whether it may still be chosen."""

    key: str
    label: Words
    hue: str = "grey"
    active: bool = True


@dataclass(frozen=True, slots=True)
class NumberRule:
    """How an auto number is made: ``prefix`` + date by ``dated`` (strftime) + counter of ``digits``.

    The counter starts again with each dated part when ``yearly`` is set. Numbers have no holes: the counter moves in the
    transaction that writes the record, and back with it; a number once given is not given again.
    """

    prefix: str = ""
    dated: str = ""
    digits: int = 5
    yearly: bool = False

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> NumberRule:
        """The rule that was kept as these facts; what it no longer knows is left out."""
        return cls(**{name: facts[name] for name in cls.__slots__ if name in facts})


@dataclass(frozen=True, slots=True)
class RollUp:
    """A number derived from records linking here: ``measure`` (``count`` or ``sum:amount``, ``max:close_on``) over
    the records of ``object`` whose link ``via`` points at this one and that satisfy ``where``."""

    object: str
    via: str
    measure: str = "count"
    where: str = ""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field: what it is called, of which kind it is, and what holds for its values."""

    key: str
    label: Words
    kind: str
    required: bool = False
    unique: bool = False
    index: bool = False
    search: int = 0  # weight in the full-text document, 0: not searched
    personal: bool = False  # values are about a person: ciphertext in log and outbox
    readonly: bool = False  # set by rules and actions, never by a form or a plain save
    hidden: bool = False  # not offered in forms and columns unless asked for
    hint: Words = Words("")
    default: Any = None
    max: int | None = None  # text: most characters; number: digits before the point
    decimals: int = 0
    unit: str = ""
    format: str = ""  # sub-format of the kind: id_number, bank_account, credit_code, …
    to: str = ""  # link: the target object's key ("" with kind any_link: any object)
    back: str = ""  # link: what the target calls these records
    on_delete: str = "refuse"  # link: refuse | clear | trash when the target goes to the trash
    stays: bool = False  # link to a person: nobody takes their place here when they leave
    tree: bool = False  # link to the same object: following it never leads back to where one began
    options: tuple[Option, ...] = ()
    number: NumberRule | None = None
    formula: str = ""
    result: str = ""  # formula and roll_up: the kind of what they yield
    rollup: RollUp | None = None
    same: str = ""  # how values are compared when duplicates are looked for, such as code; "" unless the object says
    like: str = ""  # an input of an action: the field (``follow_up.way``) whose options it offers
    slot: str = ""  # custom fields: their key in the JSON column, such as f17; "" means a column of its own
    system: bool = False

    @property
    def custom(self) -> bool:
        """True for a field an administrator added."""
        return bool(self.slot)

    def option(self, key: str) -> Option | None:
        """The option with this key, or None."""
        return next((option for option in self.options if option.key == key), None)


@dataclass(frozen=True, slots=True)
class Tab:
    """One section of a form or of a record's facts: a heading and field keys (written as one string)."""

    label: Words
    fields: tuple[str, ...]

    @classmethod
    def of(cls, label: Words, fields: str) -> Tab:
        """``Tab.of(_("Deal"), "name account amount")``."""
        return cls(label, tuple(fields.split()))


@dataclass(frozen=True, slots=True)
class View:
    """A ready-made list of an object, shown as a tab: its filter, order, columns and grouping, as far as they differ from
    the object's own. ``archived``: no, only, all or trash. ``first``: the list opens with it."""

    key: str
    label: Words
    where: str = ""
    sort: str = ""
    columns: str = ""
    group: str = ""
    archived: str = "no"
    first: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """Records as cards in columns: ``by`` a choice or link, ``total`` a money field, ``card`` the fields shown."""

    by: str
    total: str = ""
    card: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """Fields that are compared together, such as ``mobile`` and ``phone``, and the comparison that does it."""

    fields: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Same:
    """How two records are told to be the same thing: what is compared and how, in which other objects the same thing may
    stand (a lead that is a contact already), and from which score (0 to 100) on a pair counts as found."""

    compare: tuple[Compared, ...]
    others: tuple[str, ...] = ()
    threshold: int = 90

    @classmethod
    def of(cls, compare: str, others: str = "", threshold: int = 90) -> Same:
        """``Same.of("name:person mobile+phone:phone email:email", others="lead")``."""
        parts = [one.partition(":") for one in compare.split()]
        return cls(
            tuple(Compared(tuple(fields.split("+")), by) for fields, _colon, by in parts),
            tuple(others.split()),
            threshold,
        )


@dataclass(frozen=True, slots=True)
class OnCalendar:
    """A day or moment of a record that stands on the calendar, in the row of whoever owns the record.

    ``field``: a date (all day, unless the text field ``clock`` gives a time such as 14:30) or an instant; ``ends``: an
    instant that gives it a length. ``where``: filter text of the
    records meant; ``done``: of those that are struck through. ``heads`` is the field that names the entry (the title
    when it is ""), ``under`` the fields of its second line. ``yearly``: a text field holding ``MM-DD`` of ``field``, by
    which the day comes again each year. ``remind``: its owner is told on the day, and it is overdue when that is past and
    it is not done. ``yields``: left out where a reminding entry about the same record stands on the same day. ``adds``: an
    empty place on the calendar makes such a record; ``moves``: the action that gives it another day. ``given``: a link to
    whoever put it on its owner's list, and keeps it in sight."""

    field: str
    label: Words
    hue: str = "grey"
    icon: str = ""
    clock: str = ""
    ends: str = ""
    where: str = ""
    done: str = ""
    heads: str = ""
    under: tuple[str, ...] = ()
    yearly: str = ""
    remind: bool = False
    yields: bool = False
    adds: bool = False
    moves: str = ""
    given: str = ""
    name: str = ""  # tells two entries of one field apart

    @property
    def key(self) -> str:
        """Unique among the entries of an object."""
        return self.name or self.field


class ScopeKind(StrEnum):
    """What "own" means for an object."""

    OWNER = "owner"  # own: the owner is me (or a share or team reaches me)
    FOLLOWS = "follows"  # own: whoever sees the parent or the account sees this; and its author and assignee
    OPEN = "open"  # everybody who may read the object sees all of it (catalogues, stages, people)
    AUDIENCE = "audience"  # the owner says who: nobody else, some roles and departments, or everybody


@dataclass(frozen=True, slots=True)
class Audience:
    """How a record of an object says who else may see it: ``shared`` is a choice of ``private``, ``some`` and ``everybody``;
    with ``some``, the roles and departments (and what is below those) in two fields of many links."""

    shared: str = "shared"
    roles: str = "roles"
    departments: str = "departments"


@dataclass(frozen=True, slots=True)
class Scope:
    """Row visibility of an object; ``parents`` are the link fields followed, ``people`` further user links that count as own,
    ``audience`` the fields in which an owner names who else sees a record."""

    kind: ScopeKind = ScopeKind.OWNER
    parents: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    common: str = ""  # a yes/no field: records that say yes are read by everybody who may read the object
    authored: bool = False  # changed, deleted and handed over by the owner alone, whatever a role says
    audience: Audience = Audience()

    @classmethod
    def follows(cls, *parents: str, people: tuple[str, ...] = (), authored: bool = False) -> Scope:
        """Visible with any of these parents."""
        return cls(ScopeKind.FOLLOWS, parents, people, authored=authored)

    @classmethod
    def audience_of(cls, shared: str = "shared", roles: str = "roles", departments: str = "departments") -> Scope:
        """Private to the owner until ``shared`` says otherwise; what is private stays so for administrators too."""
        return cls(ScopeKind.AUDIENCE, audience=Audience(shared, roles, departments))


OWNED = Scope(ScopeKind.OWNER)
OPEN = Scope(ScopeKind.OPEN)


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """More than a save: one declaration gives the button, the bulk action, the API endpoint and the command.

    ``run(doors, record, values)`` is called with the operation's doors, the loaded record (None for ``on="object"``)
    and the parsed inputs; it returns a :class:`Words` sentence, a Done, or None.
    """

    object: str
    name: str
    label: Words
    run: Callable[..., Any]
    right: str = "edit"
    inputs: tuple[FieldSpec, ...] = ()
    icon: str = "zap"
    when: str = ""  # filter text: offered only for records that satisfy it
    on: str = "record"  # record | object (no record yet) | records (all chosen at once, such as merge)
    bulk: bool = True
    confirm: Words = Words("")
    danger: bool = False
    help: Words = Words("")  # what it does, where it asks for nothing
    related: str = ""  # offered only on objects that list this related name, such as follow_ups
    understands: Callable[..., Any] | None = (
        None  # ``(doors, record or None, text) -> Understanding`` of the input ``line``
    )
    takes_files: bool = False  # files may come along; ``doors.files`` holds what was stored of them
    alike: tuple[str, ...] = ()  # inputs whose object is looked through for records like this one, to be used instead
    page: str = ""  # people are asked on a page of its own, at this word under the object's address


@dataclass(frozen=True, slots=True)
class Rule:
    """A statement that must not hold after a save: ``forbids`` is filter text, ``text`` what to do about it."""

    object: str
    forbids: str
    text: Words
    field: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why something may not be taken away yet: a record of ``object`` that satisfies ``where`` holds itself and whatever it
    points at."""

    object: str
    where: str
    text: Words


@dataclass(frozen=True, slots=True)
class Compute:
    """A pure function filling fields before a save is judged: ``run(draft) -> dict of changed values``.

    ``needs`` names paths over links (``stage.probability``) that are loaded beforehand and readable as ``draft[path]``;
    ``looks_up(drafts)`` adds to ``draft.linked`` what the links do not tell, asked once for all drafts.
    """

    object: str
    run: Callable[..., Mapping[str, Any]]
    needs: tuple[str, ...] = ()
    looks_up: Callable[..., None] | None = None


@dataclass(frozen=True)
class ObjectSpec:
    """One business object, shipped or custom. Field order is the order of declaration."""

    key: str
    plural: str  # URL segment and table name stem, snake_case
    label: Words
    plural_label: Words
    fields: tuple[FieldSpec, ...]
    title: str  # key of the field that names a record
    icon: str = "box"
    code: str = ""  # key of the field holding a stable key that bare words in filters match
    columns: tuple[str, ...] = ()
    highlights: tuple[str, ...] = ()
    form: tuple[Tab, ...] = ()
    lines: str = ""  # the related records a document consists of, filled in as a table on its page
    related: tuple[str, ...] = ()
    views: tuple[View, ...] = ()
    sort: str = "-created"
    board: Board | None = None
    cube: Cube | None = None  # figures kept beside the records
    once: tuple[str, ...] = ()  # no two records outside the trash have the same values in all of these fields
    same: Same | None = None
    scope: Scope = OWNED
    table: str = ""
    custom: bool = False
    group: str = "more"  # place in the navigation: day | sales | more | setup
    timeline: str = ""  # instant field that puts a record on its parents' timelines
    phone: tuple[str, ...] = ()  # the up to four fields of a phone row: title, end, sub, sub-end
    path: str = ""  # link or choice field drawn as the stage path of the record page
    due: str = ""  # date field by which the record should be done; behind today it is told in red while unfinished
    reminds: str = ""  # instant field at which the owner of an unfinished record is reminded of it
    snippet: str = ""  # text field that people insert into what they write
    mentions: str = ""  # field of many links to people who are told when they are named in it
    calendar: tuple[OnCalendar, ...] = ()  # what of a record stands on the calendar
    handed: str = ""  # filter of the records a successor takes over from who leaves, see :meth:`handed_where`
    help: Words | str = ""  # one sentence: what its records are and how they come in
    extra: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def by_key(self) -> dict[str, FieldSpec]:
        """Fields by key."""
        return {one.key: one for one in self.fields}

    def field(self, key: str) -> FieldSpec | None:
        """The field with this key, or None."""
        return self.by_key.get(key)

    def __getitem__(self, key: str) -> FieldSpec:
        return self.by_key[key]

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    @cached_property
    def compared(self) -> tuple[Compared, ...]:
        """What is compared when duplicates are looked for: as the object says, then fields that say so themselves."""
        declared = tuple(
            Compared(fields, one.by)
            for one in (self.same.compare if self.same else ())
            if (fields := tuple(key for key in one.fields if key in self.by_key))
        )
        known = {key for one in declared for key in one.fields}
        return declared + tuple(
            Compared((one.key,), one.same) for one in self.fields if one.same and one.key not in known
        )

    def clock_of(self, key: str) -> FieldSpec | None:
        """The time of day that stands after a date in the declaration and belongs to it."""
        place = next((place for place, one in enumerate(self.fields) if one.key == key), len(self.fields)) + 1
        after = self.fields[place] if place < len(self.fields) else None
        return after if after is not None and after.format == "time" else None

    @cached_property
    def doing(self) -> FieldSpec | None:
        """The choice that says whether a record is still to do: the first one with the options open and done."""
        return next((one for one in self.fields if {"open", "done"} <= {option.key for option in one.options}), None)

    @cached_property
    def handed_where(self) -> str | None:
        """Filter of the records that go to a successor when their owner leaves; None when all of them stay under the name of
        who wrote them. As declared, else: what is still to do, what others see, and never what was said about something."""
        if self.handed:
            return None if self.handed == STAYS else self.handed
        if self.scope.kind is ScopeKind.AUDIENCE:
            return f"{self.scope.audience.shared} != private"
        if self.scope.common:
            return f"{self.scope.common} = yes"
        if self.doing is not None:
            return f"{self.doing.key} = open"
        if self.scope.kind is ScopeKind.FOLLOWS:
            said = self.group == "hidden" or any(self[key].kind == "any_link" for key in self.scope.parents)
            return None if said else ""
        return ""

    @cached_property
    def links(self) -> tuple[FieldSpec, ...]:
        """Fields that point at other records."""
        return tuple(one for one in self.fields if one.kind in ("link", "links", "any_link"))

    @cached_property
    def secrets(self) -> tuple[FieldSpec, ...]:
        """Fields (or fields with parts) that are envelopes at rest."""
        return tuple(one for one in self.fields if one.kind in ("phone", "email", "secret_text", "address"))
