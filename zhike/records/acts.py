"""An operation: one act of one actor whose changes belong together and can be undone together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now
from zhike.store.chain import begin_operation
from zhike.store.database import instant_text, row, run, to_db
from zhike.store.ids import take_ids

MOST_WHY = 500


def storable(text: str) -> str:
    """Free text that goes into a log: what no database keeps (NUL, halves of surrogate pairs) becomes a question mark."""
    return text.replace("\x00", "?").encode("utf-8", "replace").decode()


@dataclass
class Act:
    """The operation being carried out. Its row is written with its first change.

    ``trusted``: an action of ours sets recorded facts (readonly fields); people's values never come with it.
    ``depth``: how many automatic writes led to this one. ``erasing``: personal data is taken out, also of records in the
    trash and of merged ones, whatever else would have to be filled in. ``many``: records the actor may change many of at
    once, and no others."""

    actor: Actor
    kind: str = "edit"
    why: str = ""
    trusted: bool = False
    historic: bool = False
    undoes: int | None = None
    depth: int = 0
    erasing: bool = False
    many: bool = False
    resumes: int | None = None
    at: datetime = field(default_factory=now)
    _id: int | None = None

    @property
    def id(self) -> int:
        """The operation's id; asking for it writes the operation's row (inside the running transaction)."""
        if self._id is None:
            if self.resumes is not None and row('SELECT 1 FROM "store_operation" WHERE "id" = %s', (self.resumes,)):
                self._id = self.resumes
                return self._id
            self._id = self.resumes if self.resumes is not None else take_ids(1)[0]
            kind, by, why = self.kind[:60], self.actor, storable(self.why)[:MOST_WHY]
            run(
                'INSERT INTO "store_operation" ("id", "kind", "actor", "via", "at", "why", "undoes") VALUES (%s, %s, %s, %s, %s, %s, %s)',
                (self._id, kind, by.id, by.via, to_db(self.at), why or None, self.undoes),
            )
            begin_operation(self._id, kind, by.id, by.via, instant_text(self.at), self.undoes, why)
        return self._id

    def as_system(self) -> Act:
        """The same operation carried on by the system, still in the actor's name in the log."""
        return Act(
            SYSTEM, self.kind, self.why, trusted=True, depth=self.depth, erasing=self.erasing, resumes=self.id,
            at=self.at, _id=self.id,
        )  # fmt: skip

    @property
    def started(self) -> int | None:
        """The operation's id if anything was written yet."""
        return self._id

    def back_to(self, begun: int | None) -> None:
        """The transaction since ``started`` was ``begun`` did not happen: an id taken in it is forgotten."""
        self._id = begun
