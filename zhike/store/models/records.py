"""What stands beside a record: links, outside ids, redirects, shares, blobs, what may exist once."""

from __future__ import annotations

from django.db import models


class LinkRow(models.Model):
    """One target of a field with many values, of an any-link or of a custom link: record ids or option keys."""

    id = models.BigAutoField(primary_key=True)
    source = models.BigIntegerField()
    object = models.CharField(max_length=60)
    field = models.CharField(max_length=60)
    target = models.BigIntegerField(null=True)
    value = models.CharField(max_length=120, null=True)

    class Meta:
        indexes = (
            models.Index(fields=("source", "field"), name="link_source"),
            models.Index(fields=("object", "field", "target", "source"), name="link_target"),
            models.Index(fields=("object", "field", "value", "source"), name="link_value"),
        )


class ExternalId(models.Model):
    """A record's id in another system; several per record, unique by object, source and value."""

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60)
    source = models.CharField(max_length=60)
    value = models.CharField(max_length=200)
    record = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("object", "source", "value"), name="external_id"),)


class Written(models.Model):
    """How far the write-ahead log of PostgreSQL was when a person had written last; kept only where there are replicas."""

    person = models.BigIntegerField(primary_key=True)
    place = models.BigIntegerField()


class Redirect(models.Model):
    """Where a merged record's id leads now."""

    id = models.BigIntegerField(primary_key=True)
    object = models.CharField(max_length=60)
    to = models.BigIntegerField(db_index=True)


class Share(models.Model):
    """A record shared with one person or one department, to read or to edit, perhaps until a date. ``part``: what they do in
    the team of the record."""

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60)
    record = models.BigIntegerField()
    person = models.BigIntegerField(null=True, db_index=True)
    department = models.BigIntegerField(null=True, db_index=True)
    right = models.CharField(max_length=10, default="read")
    until = models.DateTimeField(null=True)
    part = models.CharField(max_length=60, null=True)
    operation = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        indexes = (models.Index(fields=("record",), name="share_record"),)


class Blob(models.Model):
    """A stored file: its bytes lie encrypted in the home's files folder under ``place``, its name is sealed as they are."""

    id = models.BigIntegerField(primary_key=True)
    name = models.TextField()
    size = models.BigIntegerField()
    type = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=80)
    vault = models.CharField(max_length=300)
    created = models.DateTimeField()
    created_by = models.BigIntegerField()
    loose = models.BooleanField(default=False, db_default=False)  # sent, and no record has held it yet

    class Meta:
        indexes = (models.Index(fields=["created"], condition=models.Q(loose=True), name="blob_loose"),)


class Once(models.Model):
    """An idempotency key and the answer its first command got."""

    key = models.CharField(max_length=200, primary_key=True)
    answer = models.TextField()
    at = models.DateTimeField()


class SearchRow(models.Model):
    """The full-text document of a record: its tokens, separated by spaces."""

    record = models.BigIntegerField(primary_key=True)
    object = models.CharField(max_length=60)
    tokens = models.TextField()
    cut = models.BooleanField(default=False)


class TimelineRow(models.Model):
    """A record (source) appears on another's (subject) timeline at an instant."""

    id = models.BigAutoField(primary_key=True)
    subject = models.BigIntegerField()
    at = models.DateTimeField()
    object = models.CharField(max_length=60)
    source = models.BigIntegerField(db_index=True)

    class Meta:
        indexes = (models.Index(fields=("subject", "at", "id"), name="timeline_subject"),)
