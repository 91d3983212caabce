"""What the company declared for itself: objects, fields, options, and the counters behind everything."""

from __future__ import annotations

from django.db import models

from zhike.store.business import BaseColumns


class Counter(models.Model):
    """Named counters: blocks of record ids, auto numbers, and stamps that tell processes to reload something."""

    name = models.CharField(max_length=120, primary_key=True)
    value = models.BigIntegerField(default=0)


class Setting(models.Model):
    """The company's settings, one JSON value each."""

    key = models.CharField(max_length=80, primary_key=True)
    value = models.TextField()


class CustomRecord(BaseColumns):
    """A record of a custom object."""

    object = models.CharField(max_length=60)


class CustomObject(models.Model):
    """A custom object's declaration."""

    key = models.CharField(max_length=60, primary_key=True)
    body = models.TextField()
    created = models.DateTimeField()


class CustomField(models.Model):
    """A custom field's declaration. ``slot`` is never used again, not even after the field is removed."""

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60)
    key = models.CharField(max_length=60)
    slot = models.CharField(max_length=20)
    body = models.TextField()
    position = models.IntegerField(default=0)
    removed = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("object", "key"), name="custom_field_key"),)


class OptionRow(models.Model):
    """One option of a choice field, seeded from the declaration and then the administrator's."""

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60)
    field = models.CharField(max_length=60)
    key = models.CharField(max_length=60)
    label = models.TextField()
    hue = models.CharField(max_length=12, default="grey")
    position = models.IntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("object", "field", "key"), name="option_key"),)
