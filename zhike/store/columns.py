"""``c``: how a shipped object declares its fields. Each becomes plain Django columns plus one FieldSpec."""

from __future__ import annotations

from typing import Any

from django.db import models

from zhike.kernel.words import Words
from zhike.schema.kinds import kind_of
from zhike.schema.kinds.base import Part
from zhike.schema.spec import FieldSpec, NumberRule, Option, RollUp


def django_field(part: Part) -> models.Field[Any, Any]:
    """The plain Django column that stores one part. Everything may be NULL: empty is NULL, never an empty string."""
    if part.type == "text":
        return models.CharField(max_length=part.max or 500, null=True)
    if part.type == "long":
        return models.TextField(null=True)
    if part.type == "int":
        return models.BigIntegerField(null=True)
    if part.type == "bool":
        return models.BooleanField(null=True)
    if part.type == "date":
        return models.DateField(null=True)
    if part.type == "instant":
        return models.DateTimeField(null=True)
    raise ValueError(f"no column type for {part.type!r}")


class Declared:
    """One declared field. Django meets only the plain columns it adds to the model; the spec stays beside them."""

    def __init__(self, kind: str, label: Words, **facts: Any) -> None:
        self.kind, self.label, self.facts = kind, label, facts

    def contribute_to_class(self, model: Any, name: str, **_: Any) -> None:
        """Add the columns of every part under ``name`` + suffix and remember the spec in declaration order."""
        spec = FieldSpec(key=name, label=self.label, kind=self.kind, **self.facts)
        model.declared = (*getattr(model, "declared", ()), spec)
        for part in kind_of(spec).parts:
            limit = (
                min(part.max or 500, spec.max) if part.type == "text" and part.suffix == "" and spec.max else part.max
            )
            model.add_to_class(name + part.suffix, django_field(Part(part.suffix, part.type, limit)))


def _maker(kind: str) -> Any:
    def declare(label: Words, **facts: Any) -> Any:
        return Declared(kind, label, **facts)

    declare.__name__ = kind
    declare.__doc__ = f"A field of kind ``{kind}``; keywords are those of FieldSpec."
    return declare


class c:  # noqa: N801 - reads as "column" in declarations: c.Text(...)
    """Factories by kind: ``name = c.Text(_("Name"), max=160, required=True)``."""

    Text = staticmethod(_maker("text"))
    LongText = staticmethod(_maker("long_text"))
    RichText = staticmethod(_maker("rich_text"))
    SecretText = staticmethod(_maker("secret_text"))
    Number = staticmethod(_maker("number"))
    Percent = staticmethod(_maker("percent"))
    Money = staticmethod(_maker("money"))
    Date = staticmethod(_maker("date"))
    Instant = staticmethod(_maker("instant"))
    Duration = staticmethod(_maker("duration"))
    YesNo = staticmethod(_maker("yes_no"))
    Phone = staticmethod(_maker("phone"))
    Email = staticmethod(_maker("email"))
    Url = staticmethod(_maker("url"))
    Address = staticmethod(_maker("address"))
    File = staticmethod(_maker("file"))
    AnyLink = staticmethod(_maker("any_link"))

    @staticmethod
    def Link(label: Words, to: str, **facts: Any) -> Any:  # noqa: N802
        """A link to one record of the object ``to``; ``back`` names the list seen from there."""
        return Declared("link", label, to=to, **facts)

    @staticmethod
    def Links(label: Words, to: str, **facts: Any) -> Any:  # noqa: N802
        """Links to many records of the object ``to``."""
        return Declared("links", label, to=to, **facts)

    @staticmethod
    def Choice(label: Words, options: tuple[Option, ...], **facts: Any) -> Any:  # noqa: N802
        """One of the options; records store its key."""
        return Declared("choice", label, options=options, **facts)

    @staticmethod
    def Choices(label: Words, options: tuple[Option, ...] = (), **facts: Any) -> Any:  # noqa: N802
        """Any number of the options."""
        return Declared("choices", label, options=options, **facts)

    @staticmethod
    def AutoNumber(label: Words, rule: NumberRule, **facts: Any) -> Any:  # noqa: N802
        """A number given at creation by ``rule``."""
        return Declared("auto_number", label, number=rule, readonly=True, **facts)

    @staticmethod
    def RollUp(label: Words, result: str, of: RollUp, **facts: Any) -> Any:  # noqa: N802
        """A value of kind ``result`` derived from linking records; kept up to date by the worker."""
        return Declared("roll_up", label, result=result, rollup=of, readonly=True, **facts)

    @staticmethod
    def Formula(label: Words, result: str, text: str, **facts: Any) -> Any:  # noqa: N802
        """A value of kind ``result`` computed from own fields at each save."""
        return Declared("formula", label, result=result, formula=text, readonly=True, **facts)
