"""Django's name for the tables of shipped objects."""

from __future__ import annotations

from django.apps import AppConfig


class ObjectsConfig(AppConfig):
    """Shipped objects: one file each, registered as they are imported."""

    name = "zhike.objects"
    label = "objects"
    default_auto_field = "django.db.models.BigAutoField"
