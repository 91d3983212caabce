"""Who acts. Rights are looked up from the id by ``access``; an actor carries no rights itself."""

from __future__ import annotations

from dataclasses import dataclass

SYSTEM_ID = 0


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a program acting for one, or the system.

    ``id`` is the user record's id (0: the system), ``via`` the door they came through (web, api, command, worker),
    ``language`` and ``timezone`` what they read in; ``token`` names the token a program came with.
    """

    id: int
    name: str = ""
    via: str = "command"
    language: str = "zh-hans"
    timezone: str = "Asia/Shanghai"
    token: str = ""

    @property
    def is_system(self) -> bool:
        """True for the system's own role: derived values, schedules, the command line of the folder's owner."""
        return self.id == SYSTEM_ID


SYSTEM = Actor(SYSTEM_ID, "System", via="worker")
