"""Who is in a segment: kept members, those added and left out by hand, and who came and went."""

from __future__ import annotations

from django.db import models


class SegmentState(models.Model):
    """What the kept members of a segment were worked out from. ``ready``: they are complete; ``members``: how many there
    are; ``asked``: when all of them were last asked for."""

    segment = models.BigIntegerField(primary_key=True)
    object = models.CharField(max_length=60)
    where = models.TextField()
    ready = models.BooleanField(default=False)
    members = models.BigIntegerField(default=0)
    asked = models.DateTimeField()


class SegmentMember(models.Model):
    """A record that is in a segment, and since when."""

    pk = models.CompositePrimaryKey("segment", "record")
    segment = models.BigIntegerField()
    record = models.BigIntegerField(db_index=True)
    since = models.DateTimeField()


class SegmentHand(models.Model):
    """A record somebody put into a segment, or (``added`` false) keeps out of it, whatever its filter finds."""

    id = models.BigAutoField(primary_key=True)
    segment = models.BigIntegerField()
    record = models.BigIntegerField(db_index=True)
    added = models.BooleanField()
    operation = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("segment", "record"), name="segment_hand"),)


class SegmentMove(models.Model):
    """A record came into a segment, or (``entered`` false) left it."""

    id = models.BigAutoField(primary_key=True)
    segment = models.BigIntegerField()
    record = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    entered = models.BooleanField()

    class Meta:
        indexes = (models.Index(fields=("segment", "at"), name="segment_moves"),)
