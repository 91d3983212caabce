"""Django's name for the system tables, and what a fresh connection is told."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from zhike.kernel.lazy import LazyModule

_instants: Any = LazyModule("zhike.store.pg_instants")  # SQLite needs no driver of PostgreSQL


class StoreConfig(AppConfig):
    """System tables of the engine."""

    name = "zhike.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connections to PostgreSQL read instants the quick way."""
        connection_created.connect(_prepare)


def _prepare(connection: Any, **_facts: Any) -> None:
    if connection.vendor == "postgresql":
        connection.connection.adapters.register_loader("timestamptz", _instants.InstantLoader)
