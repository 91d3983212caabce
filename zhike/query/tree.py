"""The typed tree every filter becomes. Values in it are stored scalars (minor units, ids, ISO dates), ready to compare.

Logic is two-valued: a comparison with an empty field is false, ``!=`` with an empty field is true, ``not`` is the plain
complement. A path over an empty link is empty. The SQL compiler and the Python predicate must agree on this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from zhike.schema.spec import FieldSpec, ObjectSpec

Op = Literal["=", "!=", "<", "<=", ">", ">=", "in", "~", "has", "reached", "empty", "ends", "domain"]


@dataclass(frozen=True, slots=True)
class Path:
    """A field reached from ``objects[0]`` over ``links`` (all of kind link or any shape with one target).

    ``objects[i]`` holds ``links[i]``; ``objects[-1]`` holds ``field``.
    ``part`` picks a stored part by suffix (None: the kind's main part). ``within`` says, link by link, which records of
    the target the reader can see; a link to another one counts as empty. With none, every target counts.
    """

    objects: tuple[ObjectSpec, ...]
    links: tuple[FieldSpec, ...]
    field: FieldSpec
    part: str | None = None
    within: tuple[Node, ...] = ()

    @property
    def text(self) -> str:
        """As it is typed: ``account.industry``."""
        return ".".join([link.key for link in self.links] + [self.field.key])


@dataclass(frozen=True, slots=True)
class Compare:
    """``path op value``. ``in``: value is a tuple. ``empty``: value is None. ``has``: a many-field holds any of the tuple
    (option keys or record ids). ``reached``: the step the record is on, or was on before, is one of the tuple; ``path`` is
    then the field its object's path runs along. ``~``: contains text. On secret kinds only ``=``, ``!=``, ``in``, ``ends``,
    ``domain``, ``empty``; there the value is the canonical plain text and compilers compare blind indexes."""

    path: Path
    op: Op
    value: Any
    said: str = ""  # the value as a person typed it, for the sentence


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds; with none, always true."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds; with none, never true."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The complement."""

    part: Node


@dataclass(frozen=True, slots=True)
class SharedWithMe:
    """The record was shared with the actor, their department or their team (rows of the share table)."""

    object: ObjectSpec
    actor_id: int
    right: str = "read"


@dataclass(frozen=True, slots=True)
class InSet:
    """The own link (or any-link) points at a record of ``target`` that satisfies ``part``. Row scopes use it; SQL only."""

    link: FieldSpec
    target: ObjectSpec
    part: Node


@dataclass(frozen=True, slots=True)
class InSegment:
    """The record at the end of ``path`` (whose field is its id) is a member of one of ``kept`` segments, or satisfies one of
    ``live``: the conditions of segments whose kept members may not be used. ``few``: the kept members are so few that they
    are looked up first."""

    path: Path
    kept: tuple[int, ...]
    live: tuple[Node, ...]
    said: str
    names: tuple[str, ...]
    few: bool = False


Node = Compare | And | Or | Not | SharedWithMe | InSet | InSegment


def has_part(node: Node, kinds: type[Node] | tuple[type[Node], ...]) -> bool:
    """Whether one of these sorts of nodes is anywhere in the tree."""
    if isinstance(node, kinds):
        return True
    if isinstance(node, And | Or):
        return any(has_part(part, kinds) for part in node.parts)
    return isinstance(node, Not | InSet) and has_part(node.part, kinds)


EVERYTHING = And(())
NOTHING = Or(())


def flat(nodes: Iterable[Node]) -> Iterator[Node]:
    """The conditions that all have to hold when all these do: what is joined by “and”, taken apart."""
    for node in nodes:
        if isinstance(node, And):
            yield from flat(node.parts)
        else:
            yield node


@dataclass(frozen=True, slots=True)
class SortKey:
    """One sort criterion on an own field; empties come last in both directions."""

    field: FieldSpec
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Grouping:
    """One ``--by`` entry: a path, and for dates and instants a bucket (day, week, month, quarter, year, weekday)."""

    path: Path
    bucket: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One ``--measures`` entry: ``count`` or ``sum|avg|min|max:path``, keyed as typed."""

    name: str
    path: Path | None = None
    text: str = ""
