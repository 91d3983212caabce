"""``zhike migrate``: the home's database, made or brought up to date."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from zhike.kernel.words import _
from zhike.objects.seed import seed
from zhike.records.backups.making import make
from zhike.records.backups.restoring import mend
from zhike.records.stays import know_older_stays
from zhike.schema.registry import registry
from zhike.site.commands.arguments import Given
from zhike.store.chain import begin, guard
from zhike.store.customs import seed_options
from zhike.store.database import one_process_at_a_time, write_transaction
from zhike.store.log_parts import divide
from zhike.store.reconcile import reconcile


def run(given: Given, home: Path) -> int:
    """Migrate and say what the database needed."""
    done = bring_up_to_date(new_language(given), backup=not given.has("no-backup"))
    print(_("The database of {home} is up to date ({n} indexes changed).").with_(home=home, n=len(done)))
    return 0


def new_language(given: Given) -> str:
    """The language a new home's stages and roles are named in: what was asked for in so many words, else Chinese."""
    asked = given.text("language") or os.environ.get("ZHIKE_LANGUAGE", "")
    return asked if asked in ("en", "zh-hans") else "zh-hans"


def bring_up_to_date(language: str = "zh-hans", *, backup: bool = True) -> list[str]:
    """Run migrations, bring indexes and full-text tables to what the declarations ask for, and give choices their
    option rows and a new home its roles and stages. Answers which indexes changed.

    A home with data gets a backup, tried and good, before its first migration; without one nothing is migrated, unless
    ``backup`` is False. A restore that was broken off is taken back first. Several servers that start at once do it one
    after the other."""
    mend(Path(settings.ZHIKE_HOME))
    with one_process_at_a_time("upgrade"):
        if backup and needs_upgrade():
            made = make("upgrade")
            print(_("Before the upgrade a backup was made: {file}").with_(file=made.path), file=sys.stderr)
        return migrate_now(language)


def migrate_now(language: str = "zh-hans") -> list[str]:
    """What :func:`bring_up_to_date` does after it has made sure that nothing can be lost."""
    done = make_tables()
    begin()
    with write_transaction():
        seed_options()
    seed(language)
    know_older_stays()
    return done


def make_tables() -> list[str]:
    """Tables, indexes and the guards of the logs, and nothing in them yet. Answers which indexes changed."""
    call_command("migrate", verbosity=0, interactive=False)
    registry.refresh()
    done = reconcile()
    divide()
    guard()
    return done


def needs_upgrade() -> bool:
    """Whether this program has migrations that a home with data does not have yet."""
    executor = MigrationExecutor(connection)
    return bool(executor.loader.applied_migrations) and bool(
        executor.migration_plan(executor.loader.graph.leaf_nodes())
    )
