"""How people come in, and what each chose."""

from __future__ import annotations

from django.db import models


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


class Preference(models.Model):
    """What a person set for themselves: language, theme."""

    user = models.BigIntegerField(primary_key=True)
    body = models.TextField()


class Feed(models.Model):
    """The secret address of a person's calendar; only the hash of its token is kept."""

    user = models.BigIntegerField(primary_key=True)
    hash = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField()


class PersonDay(models.Model):
    """The last day, in a person's own calendar, on which something that happens once a day was done for them."""

    id = models.BigAutoField(primary_key=True)
    person = models.BigIntegerField()
    what = models.CharField(max_length=20)
    day = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "what"), name="person_day"),)


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
