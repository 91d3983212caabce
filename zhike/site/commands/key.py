"""``zhike key``: the recovery sheet, the key file written anew from one, and turning the master key."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.kernel.words import _
from zhike.records.master_key.holders import how_many
from zhike.records.master_key.rotation import (
    backups_needing,
    keys_now,
    outcome,
    retire_old_keys,
    rotation_state,
    turn_key,
    unfinished,
    wrap_everything,
)
from zhike.site.commands.arguments import Given, NotDone
from zhike.site.commands.output import print_rows
from zhike.site.commands.progress import Bar
from zhike.site.commands.session import actor_for, text_of_file
from zhike.store.keyfile import VaultError
from zhike.store.recovery_sheet import recovery_sheet, restore_key_file

KEY_FILE = "zhike.key"


def run(given: Given, home: Path) -> int:
    """Whoever can read the home's folder holds the key already: nobody else gets this far."""
    path = home / KEY_FILE
    try:
        if given.shape.name in ("key list", "key rotate", "key retire"):
            return _turning(given, home)
        if given.shape.name == "key sheet":
            sys.stdout.write(recovery_sheet(path))
            return 0
        restore_key_file(path, text_of_file(Path(given.word("FILE"))))
    except VaultError as refused:
        raise NotDone(refused.text) from None
    print(_("The key file of {home} is back. Start the server again.").with_(home=home))
    return 0


def _turning(given: Given, home: Path) -> int:
    actor = actor_for(given, home)
    if given.shape.name == "key rotate":
        turn_key(actor, given.text("cipher"))
        total = how_many()
        with Bar(str(_("Data keys"))) as bar:
            damaged = wrap_everything({}, lambda _place: None, lambda place: bar(place["done"], total))
        print(outcome(damaged))
    elif given.shape.name == "key retire":
        return _retired(given)
    else:
        _list(given)
    return 0


def _retired(given: Given) -> int:
    """Remove what can go; 1 when a key stays because kept backups need it."""
    gone = retire_old_keys(at_once=given.has("at-once"), despite_backups=given.has("despite-backups"))
    print(_("Removed: {keys}").with_(keys=", ".join(gone) or "-"))
    needing = backups_needing()
    for key, names in needing.items():
        text = _(
            "The key {key} stays: {n} kept backups need it ({names}). It goes by itself when they are gone."
            " To remove it now, say --despite-backups; they then open with the old recovery sheet alone."
        )
        print(text.with_(key=key, n=len(names), names=", ".join(names)), file=sys.stderr)
    return 1 if needing else 0


def _list(given: Given) -> None:
    masters, suite = keys_now()
    held = rotation_state()
    rows = [
        {
            "key": one.id,
            "made": one.made,
            "current": one is masters[-1],
            "cipher": suite if one is masters[-1] else None,
            "turning": unfinished() if one is masters[-1] else None,
            "wrapped": held.get("wrapped") if one is masters[-1] and held else None,
        }
        for one in masters
    ]
    print_rows(sys.stdout, given.text("format", "table"), tuple(rows[0]), rows)
