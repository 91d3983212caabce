"""BusinessObject: the base of every shipped object, and how its class becomes an ObjectSpec."""

from __future__ import annotations

from typing import Any

from django.db import models

from zhike.kernel.words import Words, _
from zhike.schema.registry import registry
from zhike.schema.spec import OWNED, FieldSpec, ObjectSpec, Tab

SYSTEM_FIELD_SPECS: tuple[FieldSpec, ...] = (
    FieldSpec("owner", _("Owner"), "link", to="user", back="owned", index=True, system=True, on_delete="clear"),
    FieldSpec("created", _("Created"), "instant", readonly=True, hidden=True, system=True, index=True),
    FieldSpec(
        "created_by", _("Created by"), "link", to="user", readonly=True, hidden=True, system=True, on_delete="clear"
    ),
    FieldSpec("changed", _("Changed"), "instant", readonly=True, hidden=True, system=True, index=True),
    FieldSpec(
        "changed_by", _("Changed by"), "link", to="user", readonly=True, hidden=True, system=True, on_delete="clear"
    ),
    FieldSpec("archived", _("Archived"), "instant", readonly=True, hidden=True, system=True),
    FieldSpec("trashed", _("In the trash since"), "instant", readonly=True, hidden=True, system=True),
    FieldSpec("version", _("Version"), "number", readonly=True, hidden=True, system=True),
    FieldSpec("id", _("Id"), "number", readonly=True, hidden=True, system=True, unique=True),
)


class BaseColumns(models.Model):
    """The columns every record has, shipped or custom."""

    id = models.BigIntegerField(primary_key=True)
    version = models.BigIntegerField(default=1)
    owner = models.BigIntegerField(null=True)
    created = models.DateTimeField()
    created_by = models.BigIntegerField(null=True)
    changed = models.DateTimeField()
    changed_by = models.BigIntegerField(null=True)
    archived = models.DateTimeField(null=True)
    trashed = models.DateTimeField(null=True)
    title_shown = models.CharField(max_length=500, null=True)
    title_folded = models.CharField(max_length=500, null=True)
    title_sort = models.CharField(max_length=200, null=True)
    custom = models.JSONField(default=dict)
    vault = models.CharField(max_length=300, null=True)

    class Meta:
        abstract = True


class BusinessObject(BaseColumns):
    """Base of a shipped object: columns declared with ``c``, everything else in the inner class ``About``."""

    declared: tuple[FieldSpec, ...] = ()

    class Meta:
        abstract = True


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def spec_of(model: type[BusinessObject]) -> ObjectSpec:
    """The frozen spec of a declared class. Raises ValueError when ``About`` names a field that does not exist."""
    about: Any = model.About
    own = tuple(field for field in model.declared)
    keys = {field.key for field in own}
    fields = own + tuple(field for field in SYSTEM_FIELD_SPECS if field.key not in keys)
    listed = _words(about.columns)
    form = (
        tuple(about.form) if hasattr(about, "form") else (Tab(about.label, tuple(f.key for f in own if not f.hidden)),)
    )
    spec = ObjectSpec(
        key=about.key,
        plural=about.plural,
        label=about.label,
        plural_label=about.plural_label,
        fields=fields,
        title=about.title,
        icon=about.icon,
        code=getattr(about, "code", ""),
        columns=listed,
        highlights=_words(getattr(about, "highlights", about.columns)),
        form=form,
        lines=getattr(about, "lines", ""),
        related=_words(getattr(about, "related", "")),
        views=tuple(getattr(about, "views", ())),
        sort=getattr(about, "sort", "-created"),
        board=getattr(about, "board", None),
        cube=getattr(about, "cube", None),
        once=_words(getattr(about, "once", "")),
        same=getattr(about, "same", None),
        scope=getattr(about, "scope", OWNED),
        table=model._meta.db_table,
        group=getattr(about, "group", "more"),
        timeline=getattr(about, "timeline", ""),
        phone=_words(getattr(about, "phone", "")),
        path=getattr(about, "path", ""),
        due=getattr(about, "due", ""),
        reminds=getattr(about, "reminds", ""),
        mentions=getattr(about, "mentions", ""),
        calendar=tuple(getattr(about, "calendar", ())),
        snippet=getattr(about, "snippet", ""),
        handed=getattr(about, "handed", ""),
        help=about.help,
    )
    known = set(spec.by_key)
    for named in (
        *spec.columns,
        *spec.highlights,
        *spec.phone,
        *(
            key
            for one in spec.calendar
            for key in (one.field, one.yearly, one.heads, one.clock, one.ends, *one.under)
            if key
        ),
        *spec.once,
        *((*spec.cube.fields, *spec.cube.sums) if spec.cube else ()),
        *(key for tab in form for key in tab.fields),
        *(key for one in (spec.same.compare if spec.same else ()) for key in one.fields),
        spec.title,
    ):
        if named not in known:
            raise ValueError(f"{spec.key}: About names the field {named!r}, which is not declared")
    return spec


def declare(model: type[BusinessObject]) -> type[BusinessObject]:
    """Class decorator: register the object's spec."""
    registry.add_object(spec_of(model))
    return model


CUSTOM_TABLE = "store_customrecord"


def custom_spec(
    key: str, plural: str, label: Words, plural_label: Words, fields: tuple[FieldSpec, ...], **facts: Any
) -> ObjectSpec:
    """The spec of a custom object: rows of one shared table, every field a slot of its JSON column."""
    return ObjectSpec(
        key=key,
        plural=plural,
        label=label,
        plural_label=plural_label,
        fields=fields + SYSTEM_FIELD_SPECS,
        table=CUSTOM_TABLE,
        custom=True,
        **facts,
    )
