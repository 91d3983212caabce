"""Django's name for the system tables."""

from __future__ import annotations

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """System tables of the engine."""

    name = "zhike.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
