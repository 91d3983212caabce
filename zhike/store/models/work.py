"""Work and letters on their way: jobs, uploads, schedules, notices, mail, reminders."""

from __future__ import annotations

from django.db import models


class Job(models.Model):
    """Long work in the background. ``label`` and ``error`` are packed words; ``body`` holds arguments, place and result,
    sealed; ``claim`` names the run that owns it, ``seen`` is when that run last said it lives."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=60)
    actor = models.BigIntegerField()
    via = models.CharField(max_length=20)
    language = models.CharField(max_length=20)
    label = models.TextField()
    state = models.CharField(max_length=10)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    vault = models.CharField(max_length=300)
    body = models.TextField()
    result = models.TextField(null=True)
    error = models.TextField(null=True)
    operation = models.BigIntegerField(null=True)
    claim = models.CharField(max_length=40, null=True)
    tries = models.IntegerField(default=0)
    stopping = models.BooleanField(default=False)
    created = models.DateTimeField()
    started = models.DateTimeField(null=True)
    seen = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True, db_index=True)

    class Meta:
        indexes = (
            models.Index(fields=("state", "id"), name="job_state"),
            models.Index(fields=("actor", "state", "id"), name="job_actor"),
        )


class Answer(models.Model):
    """Figures that took long: the rows of a statement, kept for some minutes. ``body`` is missing while ``job`` computes them,
    ``at`` the moment they are of."""

    key = models.CharField(max_length=64, primary_key=True)
    job = models.BigIntegerField()
    at = models.DateTimeField()
    body = models.TextField(null=True)


class Upload(models.Model):
    """A table somebody is about to import: the sealed file in the home, and what they decided so far (sealed too)."""

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60)
    actor = models.BigIntegerField(db_index=True)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    place = models.CharField(max_length=80)
    vault = models.CharField(max_length=300)
    body = models.TextField()
    job = models.BigIntegerField(null=True, db_index=True)
    created = models.DateTimeField()
    changed = models.DateTimeField(db_index=True)


class ImportRow(models.Model):
    """A row of an upload that was refused or warned of: its cells and the reasons, sealed with the upload's key."""

    id = models.BigAutoField(primary_key=True)
    upload = models.BigIntegerField()
    row = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    body = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("upload", "kind", "row"), name="import_row"),)


class ImportMemory(models.Model):
    """What was decided for files of an object with these headings, for the next such file."""

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60)
    headings = models.CharField(max_length=64)
    body = models.TextField()
    used = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("object", "headings"), name="import_memory"),)


class Worker(models.Model):
    """A process that tells events and runs what is due, and when it last said that it lives."""

    name = models.CharField(max_length=20, primary_key=True)
    host = models.CharField(max_length=200)
    seen = models.DateTimeField()


class Schedule(models.Model):
    """When a repeated job runs next; ``holder`` is the worker that runs it right now."""

    name = models.CharField(max_length=80, primary_key=True)
    next = models.DateTimeField()
    last = models.DateTimeField(null=True)
    last_error = models.TextField(null=True)
    holder = models.CharField(max_length=20, null=True)


class Notice(models.Model):
    """Something one person should know. ``text`` is words (key and parameters), filled in when it is read; ``once`` keeps
    the same event from being told twice; ``told``: mail has decided about it."""

    id = models.BigAutoField(primary_key=True)
    person = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    object = models.CharField(max_length=60)
    record = models.BigIntegerField()
    text = models.TextField()
    by = models.BigIntegerField()
    at = models.DateTimeField(db_index=True)
    read = models.BooleanField(default=False)
    told = models.BooleanField(default=False)
    once = models.CharField(max_length=120, null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "once"), name="notice_once"),)
        indexes = (
            models.Index(fields=("person", "read", "id"), name="notice_unread"),
            models.Index(fields=("person", "kind", "id"), name="notice_kind"),
            models.Index(fields=("person", "id"), name="notice_person"),
            models.Index(fields=("told", "id"), name="notice_told"),
        )


class MailRow(models.Model):
    """A mail to one of our own people that waits or was sent. ``body`` (JSON) says which notices it is about: the text is
    written when it is sent, under the reader's rights of then."""

    id = models.BigAutoField(primary_key=True)
    person = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    body = models.TextField()
    once = models.CharField(max_length=120, null=True, unique=True)
    state = models.CharField(max_length=10, default="waiting")
    due = models.DateTimeField()
    tries = models.IntegerField(default=0)
    last_error = models.TextField(null=True)
    message_id = models.CharField(max_length=120)
    created = models.DateTimeField(db_index=True)

    class Meta:
        indexes = (models.Index(fields=("state", "due"), name="mail_due"),)


class Reminder(models.Model):
    """A moment ahead at which the owner of a record is reminded of it; gone once it was told."""

    record = models.BigIntegerField(primary_key=True)
    object = models.CharField(max_length=60)
    at = models.DateTimeField(db_index=True)


class Rate(models.Model):
    """The value of one unit of a currency in the base currency from a date on, times 10^10."""

    id = models.BigAutoField(primary_key=True)
    currency = models.CharField(max_length=3)
    on = models.DateField()
    rate = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("currency", "on"), name="rate_day"),)


class Assigned(models.Model):
    """Somebody got a record by a rule of assignment. The newest line of a person says when it was their turn."""

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60)
    record = models.BigIntegerField(db_index=True)
    rule = models.BigIntegerField()
    person = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("rule", "person", "id"), name="assigned_turn"),)
