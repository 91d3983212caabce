"""What happened: operations, changes, stays on stages, readings, settings, and what is still to follow."""

from __future__ import annotations

from django.db import models


class Operation(models.Model):
    """One act of one actor: an edit, a bulk edit, an import, a merge. Its changes can be undone together."""

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=60)
    actor = models.BigIntegerField()
    via = models.CharField(max_length=20)
    at = models.DateTimeField(db_index=True)
    why = models.TextField(null=True)
    undoes = models.BigIntegerField(null=True)
    undone_by = models.BigIntegerField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("undoes", "id"), name="operation_undoes", condition=models.Q(undoes__isnull=False)),
        )


class ChangeRow(models.Model):
    """The change log: one row per record and write. ``body`` holds field → [before, after]; personal values sealed."""

    id = models.BigAutoField(primary_key=True)
    operation = models.BigIntegerField(db_index=True)
    object = models.CharField(max_length=60)
    record = models.BigIntegerField()
    version = models.BigIntegerField()
    verb = models.CharField(max_length=20)
    actor = models.BigIntegerField()
    at = models.DateTimeField()
    body = models.TextField()

    class Meta:
        indexes = (
            models.Index(fields=("record", "id"), name="change_record"),
            models.Index(fields=("object", "at", "id"), name="change_window"),
        )


class Stay(models.Model):
    """How long a record stood on one step of its path: from ``entered`` until ``left`` (none while it stands there).

    Derived from the writes; what was before this table is made from the change log."""

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60)
    record = models.BigIntegerField()
    step = models.CharField(max_length=60)
    entered = models.DateTimeField()
    left = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("record", "id"), name="stay_record"),)


class OutboxRow(models.Model):
    """What happened and still has to be told: consumed at least once by a worker; ``holder`` is the one at it."""

    id = models.BigAutoField(primary_key=True)
    operation = models.BigIntegerField()
    object = models.CharField(max_length=60)
    record = models.BigIntegerField()
    verb = models.CharField(max_length=20)
    fields = models.TextField()
    due = models.DateTimeField(db_index=True)
    tries = models.IntegerField(default=0)
    depth = models.IntegerField(default=0)
    last_error = models.TextField(null=True)
    dead = models.BooleanField(default=False)
    holder = models.CharField(max_length=20, null=True)

    class Meta:
        indexes = (models.Index(fields=("holder",), condition=models.Q(holder__isnull=False), name="outbox_holder"),)


class ReadLog(models.Model):
    """Who read personal data: reveals and exports, written before the answer; records opened, written within seconds.
    ``field``: the one revealed; ``fields``: keys of those shown in full, separated by blanks; ``count``: records;
    ``records``: which, where they are many; ``token``: what the program came with."""

    id = models.BigAutoField(primary_key=True)
    actor = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    act = models.CharField(max_length=20)
    object = models.CharField(max_length=60)
    record = models.BigIntegerField(null=True, db_index=True)
    field = models.CharField(max_length=60, null=True)
    reason = models.TextField(null=True)
    fields = models.TextField(null=True)
    count = models.IntegerField(default=1, db_default=1)
    via = models.CharField(max_length=20, null=True)
    records = models.TextField(null=True)
    token = models.CharField(max_length=20, null=True)

    class Meta:
        indexes = (
            models.Index(fields=("actor", "at", "id"), name="readlog_actor"),
            models.Index(fields=("object", "at", "id"), name="readlog_object"),
            models.Index(fields=("at", "id"), name="readlog_at"),
        )


class PrivacyCase(models.Model):
    """What the privacy desk did for or about one person: ``body`` (who asked, which records, what was kept and why) is
    sealed."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    records = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)
    operation = models.BigIntegerField(null=True)
    vault = models.CharField(max_length=300)
    body = models.TextField()


class RetentionWarning(models.Model):
    """A record whose keeper was told that a retention rule takes it on the next day."""

    id = models.BigAutoField(primary_key=True)
    rule = models.BigIntegerField()
    record = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("rule", "record"), name="retention_warning"),)


class SettingChange(models.Model):
    """Who changed which setting when, from what to what (JSON; NULL: nothing). Only added to."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.BigIntegerField()
    via = models.CharField(max_length=20)
    key = models.CharField(max_length=160, db_index=True)
    before = models.TextField(null=True)
    after = models.TextField(null=True)


class AuditRow(models.Model):
    """The audit chain: numbered without a gap, each entry's hash keyed and over the one before. Triggers refuse changing
    and removing. ``operation``: the entry stands for that operation's change rows, whose digest is in ``detail``."""

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=30)
    actor = models.BigIntegerField()
    via = models.CharField(max_length=20)
    object = models.CharField(max_length=60)
    record = models.BigIntegerField()
    text = models.TextField()
    detail = models.TextField()
    operation = models.BigIntegerField(null=True)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = (
            models.Index(fields=("kind", "id"), name="audit_kind", condition=models.Q(operation__isnull=True)),
            models.Index(fields=("actor", "id"), name="audit_actor", condition=models.Q(operation__isnull=True)),
            models.Index(fields=("record", "id"), name="audit_record", condition=models.Q(operation__isnull=True)),
            models.Index(fields=("at", "id"), name="audit_at", condition=models.Q(operation__isnull=True)),
            models.Index(
                fields=("operation", "id"), name="audit_operation", condition=models.Q(operation__isnull=False)
            ),
        )
