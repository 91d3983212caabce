"""Does the audit chain find every single edit of the database? One hundred and fifty edits, each by itself."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from tools.prove import Figure
from zhike.site.home import Home, configure

TRIES = 150


def prove(control: bool = False) -> Figure:
    """Edit, remove or put in one row at a time and count what the check misses. ``control``: the check trusts the hashes
    it finds, so it must miss some."""
    with tempfile.TemporaryDirectory(prefix="zhike-prove-") as folder:
        configure(Home(Path(folder)))
        missed = _missed(control=control)
    name = "Edits of the audit chain and the change log that go unnoticed"
    return Figure(name, f"{missed} of {TRIES}", missed == 0)


def _missed(*, control: bool) -> int:
    from django.db import transaction  # Django is set up by now

    from zhike.kernel.actor import SYSTEM
    from zhike.kernel.changes import Command
    from zhike.records import audit_proof
    from zhike.records.write import write
    from zhike.site.commands.migrate import bring_up_to_date
    from zhike.store.database import rows, run

    bring_up_to_date()
    for number in range(40):
        write(SYSTEM, Command("create", "account", values={"name": f"A{number}"}))
    for table in ("store_auditrow", "store_changerow"):
        for verb in ("update", "delete"):
            run(f'DROP TRIGGER "keep_{table}_{verb}"')
    chance = random.Random(7)
    entries = [line[0] for line in rows('SELECT "id" FROM "store_auditrow"')]
    changes = [line[0] for line in rows('SELECT "id" FROM "store_changerow"')]
    edits: list[Callable[[], object]] = [
        lambda: run('UPDATE "store_auditrow" SET "actor" = "actor" + 1 WHERE "id" = %s', (chance.choice(entries),)),
        lambda: run('UPDATE "store_auditrow" SET "kind" = \'x\' WHERE "id" = %s', (chance.choice(entries),)),
        lambda: run('DELETE FROM "store_auditrow" WHERE "id" = %s', (chance.choice(entries),)),
        lambda: run('DELETE FROM "store_auditrow" WHERE "id" >= %s', (chance.choice(entries),)),
        lambda: run('UPDATE "store_changerow" SET "actor" = "actor" + 1 WHERE "id" = %s', (chance.choice(changes),)),
        lambda: run('DELETE FROM "store_changerow" WHERE "id" = %s', (chance.choice(changes),)),
    ]
    trusting = mock.patch.object(audit_proof, "hash_of", lambda _key, _before, link: link.hash) if control else None
    if trusting:
        trusting.start()
    missed = 0
    with mock.patch.object(audit_proof, "missing_guards", list):
        assert audit_proof.prove_chain().good
        for _one in range(TRIES):
            with transaction.atomic():
                chance.choice(edits)()
                missed += audit_proof.prove_chain().good
                transaction.set_rollback(True)
    if trusting:
        trusting.stop()
    return missed
