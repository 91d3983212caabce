"""Keys and pairs of records that may be the same."""

from __future__ import annotations

from django.db import models


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
