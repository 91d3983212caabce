"""System tables: what the engine itself keeps. Only ``store``, ``access`` and ``records`` touch them."""

from __future__ import annotations

from django.db import models

from zhike.schema.registry import registry
from zhike.store.business import BaseColumns
from zhike.store.customs import refresh

registry.on_access(refresh)


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


class Redirect(models.Model):
    """Where a merged record's id leads now."""

    id = models.BigIntegerField(primary_key=True)
    object = models.CharField(max_length=60)
    to = models.BigIntegerField(db_index=True)


class AlikeKey(models.Model):
    """A keyed hash of something in a record by which alike records find one another: a name, a number, a sound."""

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60)
    key = models.CharField(max_length=24)
    record = models.BigIntegerField(db_index=True)

    class Meta:
        indexes = (models.Index(fields=("object", "key", "record"), name="alike_key"),)


class AlikePair(models.Model):
    """Two records that a scan found to be perhaps the same: the smaller id first, the score in hundredths."""

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60)
    one = models.BigIntegerField()
    two = models.BigIntegerField(db_index=True)
    score = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("one", "two"), name="alike_pair"),)
        indexes = (models.Index(fields=("object", "score", "id"), name="alike_score"),)


class NotSame(models.Model):
    """Two records that somebody said are not the same; gone again when that operation is undone."""

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60, db_index=True)
    one = models.BigIntegerField()
    two = models.BigIntegerField(db_index=True)
    operation = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("one", "two"), name="not_same_pair"),)


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
    """What happened and still has to be told: consumed at least once by the worker."""

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


class Share(models.Model):
    """A record shared with one person or one department, to read or to edit, perhaps until a date."""

    id = models.BigAutoField(primary_key=True)
    object = models.CharField(max_length=60)
    record = models.BigIntegerField()
    person = models.BigIntegerField(null=True, db_index=True)
    department = models.BigIntegerField(null=True, db_index=True)
    right = models.CharField(max_length=10, default="read")
    until = models.DateTimeField(null=True)
    operation = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        indexes = (models.Index(fields=("record",), name="share_record"),)


class Login(models.Model):
    """How a person signs in; a user without this row cannot."""

    user = models.BigIntegerField(primary_key=True)
    password = models.CharField(max_length=200)
    failures = models.IntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    last = models.DateTimeField(null=True)


class SignIn(models.Model):
    """An open session; only the hash of its token is kept."""

    hash = models.CharField(max_length=64, primary_key=True)
    user = models.BigIntegerField(db_index=True)
    started = models.DateTimeField()
    seen = models.DateTimeField()
    ends = models.DateTimeField()
    address = models.CharField(max_length=60, null=True)


class Token(models.Model):
    """A bearer token of the API; only its hash is kept."""

    hash = models.CharField(max_length=64, primary_key=True)
    user = models.BigIntegerField(db_index=True)
    name = models.CharField(max_length=120)
    created = models.DateTimeField()
    ended = models.DateTimeField(null=True)


class Preference(models.Model):
    """What a person set for themselves: language, theme."""

    user = models.BigIntegerField(primary_key=True)
    body = models.TextField()


class ReadLog(models.Model):
    """Reveals and exports of personal data, written before the answer."""

    id = models.BigAutoField(primary_key=True)
    actor = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    act = models.CharField(max_length=20)
    object = models.CharField(max_length=60)
    record = models.BigIntegerField(null=True, db_index=True)
    field = models.CharField(max_length=60, null=True)
    reason = models.TextField(null=True)


class Blob(models.Model):
    """A stored file: its bytes lie encrypted in the home's files folder under ``place``."""

    id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    type = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=80)
    vault = models.CharField(max_length=300)
    created = models.DateTimeField()
    created_by = models.BigIntegerField()


class Once(models.Model):
    """An idempotency key and the answer its first command got."""

    key = models.CharField(max_length=200, primary_key=True)
    answer = models.TextField()
    at = models.DateTimeField()


class Rate(models.Model):
    """The value of one unit of a currency in the base currency from a date on, times 10^10."""

    id = models.BigAutoField(primary_key=True)
    currency = models.CharField(max_length=3)
    on = models.DateField()
    rate = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("currency", "on"), name="rate_day"),)


class Schedule(models.Model):
    """When a repeated job runs next."""

    name = models.CharField(max_length=80, primary_key=True)
    next = models.DateTimeField()
    last = models.DateTimeField(null=True)
    last_error = models.TextField(null=True)


class SettingChange(models.Model):
    """Who changed which setting when, from what to what (JSON; NULL: nothing). Only added to."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.BigIntegerField()
    via = models.CharField(max_length=20)
    key = models.CharField(max_length=160, db_index=True)
    before = models.TextField(null=True)
    after = models.TextField(null=True)


class Invitation(models.Model):
    """A link that lets one person set their password once: to begin (``invite``) or after forgetting (``reset``).

    Only the hash of its token is kept. ``used`` is the instant it was used, replaced or withdrawn."""

    hash = models.CharField(max_length=64, primary_key=True)
    user = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=10)
    created = models.DateTimeField()
    created_by = models.BigIntegerField()
    ends = models.DateTimeField()
    used = models.DateTimeField(null=True)


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


class Mark(models.Model):
    """What a record is to one person: a favourite, one they follow, one they have seen lately."""

    id = models.BigAutoField(primary_key=True)
    person = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    object = models.CharField(max_length=60)
    record = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "kind", "record"), name="mark_once"),)
        indexes = (
            models.Index(fields=("person", "kind", "at", "id"), name="mark_newest"),
            models.Index(fields=("record", "kind"), name="mark_record"),
        )


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


class PersonDay(models.Model):
    """The last day, in a person's own calendar, on which something that happens once a day was done for them."""

    id = models.BigAutoField(primary_key=True)
    person = models.BigIntegerField()
    what = models.CharField(max_length=20)
    day = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "what"), name="person_day"),)


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


class Feed(models.Model):
    """The secret address of a person's calendar; only the hash of its token is kept."""

    user = models.BigIntegerField(primary_key=True)
    hash = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField()


class Reminder(models.Model):
    """A moment ahead at which the owner of a record is reminded of it; gone once it was told."""

    record = models.BigIntegerField(primary_key=True)
    object = models.CharField(max_length=60)
    at = models.DateTimeField(db_index=True)
