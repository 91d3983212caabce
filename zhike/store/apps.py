"""Django's name for the system tables, and what a fresh connection is told."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created


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
        from zhike.store.pg_instants import InstantLoader  # noqa: PLC0415 - SQLite needs no driver of PostgreSQL

        connection.connection.adapters.register_loader("timestamptz", InstantLoader)
