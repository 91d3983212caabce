"""The audit: what was done that is no change of a record — sign-ins, reveals, exports, rights, settings — noted in a chain
nobody can edit."""

from __future__ import annotations

from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.store.chain import CHANGE, say

KINDS: dict[str, Words] = {
    "sign_in": _("Signed in"),
    "sign_in_failed": _("Sign-in failed"),
    "sign_out": _("Signed out"),
    "mfa": _("Second factor"),
    "token": _("Token"),
    "invitation": _("Invitation"),
    "reveal": _("Shown in full"),
    "export": _("Export"),
    "mass_reading": _("Read a great deal"),
    "duplicate": _("Told of a duplicate"),
    "card": _("Contact card"),
    "rights": _("Rights"),
    "share": _("Shared"),
    "setting": _("Setting"),
    "let_go": _("Let go"),
    "handover": _("Handover"),
    "undo": _("Undone"),
    "purge": _("Deleted for good"),
    "erase": _("Person erased"),
    "retention": _("Retention rule"),
    "backup": _("Backup"),
    "archive": _("Archived"),
    "restore": _("Restored from a backup"),
    "import": _("Everything taken in"),
    "key": _("Key"),
    "begin": _("The chain begins"),
    CHANGE: _("Records changed"),
}


def note(
    kind: str, actor: Actor, *, object: str = "", record: int = 0, text: str = "", detail: dict[str, Any] | None = None
) -> None:
    """Put an entry into the chain with the caller's transaction: it stands if and only if that commits. Personal values
    never go into it; ``detail`` is small JSON."""
    say(kind, actor.id, actor.via, object=object, record=record, text=text[:500], detail=detail)
