"""``zhike key``: print the recovery sheet, and write the key file anew from a typed one."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.kernel.words import _
from zhike.site.commands.arguments import Given, NotDone
from zhike.site.commands.session import text_of_file
from zhike.store.keyfile import VaultError
from zhike.store.recovery_sheet import recovery_sheet, restore_key_file

KEY_FILE = "zhike.key"


def run(given: Given, home: Path) -> int:
    """Whoever can read the home's folder holds the key already: nobody else gets this far."""
    path = home / KEY_FILE
    try:
        if given.shape.name == "key sheet":
            sys.stdout.write(recovery_sheet(path))
            return 0
        restore_key_file(path, text_of_file(Path(given.word("FILE"))))
    except VaultError as refused:
        raise NotDone(refused.text) from None
    print(_("The key file of {home} is back. Start the server again.").with_(home=home))
    return 0
