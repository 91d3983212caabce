"""Which objects are about people, and which of their fields are a person's own: read off the declarations."""

from __future__ import annotations

from zhike.access.people import PEOPLE_OBJECTS
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import _
from zhike.records.company.company import is_administrator
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind

REACHES = ("phone", "email", "secret_text")
CONSENT = "consent"


def require_desk(actor: Actor) -> None:
    """Raise Forbidden unless the actor may work at the privacy desk: administrators."""
    if not is_administrator(actor):
        raise Forbidden(_("Only an administrator works at the privacy desk."))


def own_fields(spec: ObjectSpec) -> tuple[FieldSpec, ...]:
    """The fields that hold somebody's personal data: declared personal, or sealed by their kind; files too, but for
    those of catalogues, such as the picture of a product."""

    def found() -> tuple[FieldSpec, ...]:
        files = spec.scope.kind is not ScopeKind.OPEN
        held = [one for one in spec.fields if one.personal or kind_of(one).secret or (files and one.kind == "file")]
        return tuple(one for one in held if not one.system)

    return registry.once(("own_fields", spec.key), found)


def identifying(spec: ObjectSpec) -> list[FieldSpec]:
    """The fields by which a person is told from others: numbers and mail addresses."""
    return [one for one in spec.fields if one.kind in REACHES]


def about_people() -> list[ObjectSpec]:
    """Objects whose records are people: a personal name and something to reach them by. Our own people are not among
    them: their lives in the company are another matter."""
    return [
        spec for spec in registry if spec.key not in PEOPLE_OBJECTS and spec[spec.title].personal and identifying(spec)
    ]


def may_hold(spec: ObjectSpec) -> bool:
    """Whether records of the object can have a person's data in them: what is written about somebody, or their consent."""
    return spec.key not in PEOPLE_OBJECTS and bool(own_fields(spec))
