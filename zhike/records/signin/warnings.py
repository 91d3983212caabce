"""Telling administrators that somebody tries to come in."""

from __future__ import annotations

from zhike.access.people import people
from zhike.access.signin.tries import untold_pauses
from zhike.kernel.clock import now
from zhike.kernel.words import _
from zhike.records.company.people_lives import rules_over_roles
from zhike.records.notices.notices import notify

KIND = "security"


def tell_pauses() -> None:
    """Tell every administrator of accounts and addresses that pause after too many failed tries, once for each."""
    for key in untold_pauses():
        about, _colon, name = key.partition(":")
        once = f"pause:{key}:{now():%Y%m%d}"
        if about == "user" and name.isdigit():
            text = _("{title} cannot sign in for a while: too many failed tries. Whose were they?")
            notify(administrators(), KIND, text, "user", int(name), once=once)
        elif about == "from":
            text = _("Somebody tries many passwords from one network address; it has to wait longer each time.")
            notify(administrators(), KIND, text, once=once)


def administrators() -> list[int]:
    """Everybody active who may change roles and settings."""
    return [one.id for one in people().persons.values() if one.active and rules_over_roles(one.id)]
