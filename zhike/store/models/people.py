"""How people come in, and what each chose."""

from __future__ import annotations

from django.db import models


class Login(models.Model):
    """How a person signs in; a user without this row cannot."""

    user = models.BigIntegerField(primary_key=True)
    password = models.CharField(max_length=200)
    last = models.DateTimeField(null=True)


class SignIn(models.Model):
    """An open session; only the hash of its token is kept."""

    hash = models.CharField(max_length=64, primary_key=True)
    user = models.BigIntegerField(db_index=True)
    started = models.DateTimeField()
    seen = models.DateTimeField()
    ends = models.DateTimeField(db_index=True)
    proved = models.DateTimeField()
    stage = models.CharField(max_length=8)
    address = models.CharField(max_length=60, null=True)
    device = models.CharField(max_length=200, null=True)
    kept = models.BooleanField()


class SignInTry(models.Model):
    """Failed tries to come in, counted per account (or name nobody has) and per address; only hashes of the latter."""

    key = models.CharField(max_length=60, primary_key=True)
    failures = models.IntegerField()
    until = models.DateTimeField(null=True)
    last = models.DateTimeField(db_index=True)
    told = models.BooleanField()


class Authenticator(models.Model):
    """The app that shows a person's codes: its secret, sealed; the last step used; since when (null: not tried yet)."""

    user = models.BigIntegerField(primary_key=True)
    vault = models.CharField(max_length=120)
    secret = models.TextField()
    step = models.BigIntegerField(default=0)
    since = models.DateTimeField(null=True)


class RecoveryCode(models.Model):
    """A code to be used once instead of the second step; only its hash is kept."""

    id = models.BigAutoField(primary_key=True)
    user = models.BigIntegerField(db_index=True)
    hash = models.CharField(max_length=64)
    used = models.DateTimeField(null=True)


class Passkey(models.Model):
    """A public key with which a person's device answers for them."""

    id = models.BigAutoField(primary_key=True)
    credential = models.CharField(max_length=64, unique=True)
    handle = models.TextField()
    user = models.BigIntegerField(db_index=True)
    name = models.CharField(max_length=80)
    public_key = models.TextField()
    count = models.BigIntegerField()
    created = models.DateTimeField()
    used = models.DateTimeField(null=True)


class Challenge(models.Model):
    """What a device is asked to sign, answered once and soon; only its hash is kept."""

    hash = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=10)
    user = models.BigIntegerField()
    ends = models.DateTimeField(db_index=True)


class Identity(models.Model):
    """Who a person is at a provider they sign in with."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=20)
    subject = models.CharField(max_length=64)
    user = models.BigIntegerField(db_index=True)
    created = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("provider", "subject"), name="identity_once"),)


class Token(models.Model):
    """A bearer token of the API; only its hash is kept."""

    hash = models.CharField(max_length=64, primary_key=True)
    user = models.BigIntegerField(db_index=True)
    name = models.CharField(max_length=120)
    created = models.DateTimeField()
    used = models.DateTimeField(null=True)
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
