"""How is a typed tree written as a filter again? The text parses back to the same tree."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from zhike.query.lexer import quoted
from zhike.query.moments import WITHIN, is_period
from zhike.query.operands import literal
from zhike.query.paths import READABLE_PARTS, SEGMENT
from zhike.query.tree import And, Compare, InSegment, InSet, Node, Not, Path, SharedWithMe
from zhike.schema.kinds import kind_of
from zhike.schema.kinds.base import Setting
from zhike.schema.spec import FieldSpec

_OPERATOR_WORDS = ("in", "has", "reached")


def to_text(node: Node, setting: Setting | None = None) -> str:
    """Canonical filter text. A tree made by ``parse_filter`` parses back to an equal one; a hand-made one to one that
    holds for the same records (ValueError for row scopes with InSet). Relative days and periods stay relative.
    ``setting`` gives the currency that amounts without a ``said`` are written in."""
    return "" if node == And(()) else _text(node, 0, setting or Setting())


def _text(node: Node, level: int, setting: Setting) -> str:
    """``level``: 0 may be a disjunction, 1 a conjunction, 2 must stand alone."""
    if isinstance(node, Compare):
        return _compare(node, setting)
    if isinstance(node, Not):
        return _negation(node, setting)
    if isinstance(node, SharedWithMe):
        return "shared with me"
    if isinstance(node, InSegment):
        return _segment(node)
    if isinstance(node, InSet):
        raise ValueError("a row scope over a link has no filter text")
    if is_period(node):
        return _period(node, "within")
    if not node.parts:
        return "everything" if isinstance(node, And) else "nothing"
    if len(node.parts) == 1:
        return _text(node.parts[0], level, setting)
    own, word = (1, " and ") if isinstance(node, And) else (0, " or ")
    text = word.join(_text(part, own + 1, setting) for part in node.parts)
    return text if own >= level else f"({text})"


def _negation(node: Not, setting: Setting) -> str:
    part = node.part
    if is_period(part):
        return _period(part, "not within")
    if isinstance(part, InSegment):
        return _segment(part, "not ")
    if isinstance(part, Compare):
        if part.op == "empty":
            return f"{path_text(part.path)} is not empty"
        if part.op in _OPERATOR_WORDS:
            return _compare(part, setting, "not ")
    return f"not {_text(part, 2, setting)}"


def segment_path(node: InSegment) -> str:
    """What is asked, as it is typed: ``segment``, ``account.segment``."""
    return ".".join([link.key for link in node.path.links] + [SEGMENT])


def _segment(node: InSegment, negation: str = "") -> str:
    if node.said.startswith("("):
        return f"{segment_path(node)} {negation}in {node.said}"
    return f"{segment_path(node)} {'!' if negation else ''}= {node.said}"


def _period(node: Node, operator: str) -> str:
    assert isinstance(node, And)
    low = node.parts[0]
    assert isinstance(low, Compare)
    return f"{path_text(low.path)} {operator} {low.said.removeprefix(WITHIN)}"


def _compare(node: Compare, setting: Setting, negation: str = "") -> str:
    if node.op == "empty":
        return f"{path_text(node.path)} is empty"
    linked = reached_by_name(node)
    if linked is not None:
        values = node.value if node.op == "in" else (node.value,)
        spell = literal if node.path.field.key == node.path.objects[-1].code else quoted
        said = ", ".join(spell(str(one)) for one in values)
        return f"{linked} {negation}{node.op} " + (f"({said})" if node.op == "in" else said)
    return f"{path_text(node.path)} {negation}{node.op} {said_of(node, setting)}"


def reached_by_name(node: Compare) -> str | None:
    """The link's own path text when a comparison over a link is what ``link = key`` or ``link = "title"`` becomes."""
    path = node.path
    if not path.links or path.part is not None or node.op not in ("=", "!=", "in") or not node.value:
        return None
    target, key = path.objects[-1], path.field.key
    values = node.value if node.op == "in" else (node.value,)
    if key == target.code and all(isinstance(one, str) and literal(one) == one for one in values):
        return ".".join(link.key for link in path.links)
    if key == target.title and all(isinstance(one, str) and one.strip() for one in values):
        return ".".join(link.key for link in path.links)
    return None


def path_text(path: Path) -> str:
    """The path as it is typed, with the name of its part if it has one: ``account.industry``, ``amount.currency``."""
    if path.part is None:
        return path.text
    named = {suffix: name for name, suffix in READABLE_PARTS.get(path.field.kind, {}).items()}
    return f"{path.text}.{named[path.part]}"


def said_of(node: Compare, setting: Setting) -> str:
    """The right side as it is typed: as it was said, else spelled from the stored scalar."""
    if node.said and not node.said.startswith(WITHIN):
        return node.said
    if node.op in _OPERATOR_WORDS:
        return f"({', '.join(_spelled(one, node.path.field, setting) for one in node.value)})"
    return _spelled(node.value, node.path.field, setting)


def _spelled(scalar: Any, field: FieldSpec, setting: Setting) -> str:
    if isinstance(scalar, bool):
        return "true" if scalar else "false"
    if isinstance(scalar, str):
        return literal(scalar)
    if isinstance(scalar, datetime):
        return scalar.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(scalar, date):
        return scalar.isoformat()
    if field.kind in ("link", "links", "any_link"):
        return str(scalar)
    return f"{Decimal(scalar) / _unit(field, setting):f}"


def _unit(field: FieldSpec, setting: Setting) -> int:
    """How many stored units make one as typed: 100 for an amount with cents."""
    try:
        unit = kind_of(field).operand("1", field, setting)
    except ValueError:
        return 1
    return unit if isinstance(unit, int) and unit > 0 else 1
