"""``zhike migrate``: the home's database, made or brought up to date."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.management import call_command

from zhike.kernel.words import _
from zhike.objects.seed import seed
from zhike.records.stays import know_older_stays
from zhike.schema.registry import registry
from zhike.site.commands.arguments import Given
from zhike.store.chain import begin, guard
from zhike.store.customs import seed_options
from zhike.store.database import write_transaction
from zhike.store.reconcile import reconcile


def run(given: Given, home: Path) -> int:
    """Migrate and say what the database needed."""
    done = bring_up_to_date(new_language(given))
    print(_("The database of {home} is up to date ({n} indexes changed).").with_(home=home, n=len(done)))
    return 0


def new_language(given: Given) -> str:
    """The language a new home's stages and roles are named in: what was asked for in so many words, else Chinese."""
    asked = given.text("language") or os.environ.get("ZHIKE_LANGUAGE", "")
    return asked if asked in ("en", "zh-hans") else "zh-hans"


def bring_up_to_date(language: str = "zh-hans") -> list[str]:
    """Run migrations, bring indexes and full-text tables to what the declarations ask for, and give choices their
    option rows and a new home its roles and stages. Answers which indexes changed."""
    call_command("migrate", verbosity=0, interactive=False)
    registry.refresh()
    done = reconcile()
    guard()
    begin()
    with write_transaction():
        seed_options()
    seed(language)
    know_older_stays()
    return done
