"""Turning the master key: a new one is added, every data key is wrapped under it, the old one goes once nothing uses it.

At every moment the key file opens everything: the old key stays in it until a search of all tables finds no data key
under it, an hour after the turn at the earliest, so that no process is still writing with what it read before. A turn
that was interrupted is taken up again: what is wrapped already is passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.audit import note
from zhike.records.backups.shelf import backups, keys_of
from zhike.records.company.company import require_settings
from zhike.records.company.settings import keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.records.jobs.jobs import JobRun, job, start
from zhike.records.master_key.holders import holders, how_many, in_use, wrap_portion, wrap_texts
from zhike.records.master_key.sealing_anew import blobs_after, seal_file, seal_portion, sealed_objects
from zhike.records.secrets import vault
from zhike.store.ciphers import SUITES, suite_works
from zhike.store.database import write_transaction
from zhike.store.keyfile import MasterKey, add_master_key, drop_master_key

KIND = "key.rotate"
STATE = "key_rotation"
GRACE = timedelta(hours=1)
Place = dict[str, Any]


def keys_now() -> tuple[tuple[MasterKey, ...], str]:
    """The master keys of the home, the current one last, and how new values are sealed."""
    ring = vault().ring
    return ring.masters, ring.suite


def rotation_state() -> dict[str, Any]:
    """The last turn: ``to`` (key id), ``began``, ``wrapped`` (when nothing was left to wrap, or None), ``job``, ``sealing``."""
    return dict(kept(STATE, {}))


def unfinished() -> bool:
    """Whether a turn was begun and has not wrapped everything yet."""
    held = rotation_state()
    return bool(held) and held.get("wrapped") is None


def turn_key(actor: Actor, suite: str = "") -> None:
    """Add a master key and make it the current one, unless a turn is still under way, which then goes on. ``suite``:
    seal with this cipher from now on. Raises Forbidden, Invalid for a cipher that cannot be used here."""
    require_settings(actor)
    present = vault().ring.suite
    if suite and (suite not in SUITES or not suite_works(suite)):
        raise Invalid(Problem(_("This cipher cannot be used here."), "cipher", "unknown"))
    if unfinished() and (not suite or suite == present):
        return
    before = vault().master_id
    fresh = add_master_key(vault().path, suite)
    with write_transaction():
        note_setting(actor, "key.master", before, fresh)
        note("key", actor, text="turned", detail={"from": before, "to": fresh, "cipher": suite or present})
        if suite and suite != present:
            note_setting(actor, "key.cipher", present, suite)
        # Sealing anew walks every record: also when an earlier change of the cipher did not come to its end.
        sealing = bool(suite and suite != present) or (unfinished() and bool(rotation_state().get("sealing")))
        keep(STATE, {"to": fresh, "began": now().isoformat(), "wrapped": None, "job": 0, "sealing": sealing})


def rotate(actor: Actor, suite: str = "") -> int:
    """Turn the master key and start the job that wraps everything anew; returns the job's id."""
    turn_key(actor, suite)
    with write_transaction():
        number = start(actor, KIND, {}, _("Turning the master key"))
        keep(STATE, {**rotation_state(), "job": number})
    return number


@job(KIND, resumes=True, address=lambda _args: "/settings/key")
def run_rotation(run: JobRun) -> Mapping[str, Any]:
    """The job: goes on where it stood when its process died."""
    if "total" not in run.place:
        run.place = {"total": how_many()}
    damaged = wrap_everything(run.place, run.keep, lambda place: run.step(place.get("done", 0), place.get("total")))
    return {"text": str(outcome(damaged))}


def outcome(damaged: int) -> Words:
    """What a finished turn says."""
    if damaged:
        return _("Wrapped anew, except {n} damaged keys: the old master key stays.").with_(n=damaged)
    return _("Wrapped anew. The old master key goes once no kept backup needs it; print a new recovery sheet.")


def wrap_everything(place: Place, put_away: Callable[[Place], None], step: Callable[[Place], None]) -> int:
    """Wrap all data keys, and seal values anew when the cipher changed; returns how many keys are damaged. ``put_away``
    is called within each portion's transaction, ``step`` between two."""
    place = {"at": 0, "after": 0, "done": 0, "damaged": 0, "phase": "keys", **place}
    tables = holders()
    while place["phase"] == "keys":
        if place["at"] >= len(tables):
            wrap_texts()
            place = {**place, "phase": "values" if rotation_state().get("sealing") else "over", "at": 0, "after": 0}
            break
        with write_transaction():
            portion = wrap_portion(tables[place["at"]], place["after"])
            place = {**place, "done": place["done"] + portion.seen, "damaged": place["damaged"] + portion.damaged}
            place = _next(place, portion.after)
            put_away(place)
        step(place)
    objects = sealed_objects() if place["phase"] == "values" else []
    while place["phase"] == "values":
        if place["at"] >= len(objects):
            place = {**place, "phase": "files", "at": 0, "after": 0}
            break
        with write_transaction():
            place = _next(place, seal_portion(objects[place["at"]], place["after"]))
            put_away(place)
        step(place)
    while place["phase"] == "files" and (some := blobs_after(place["after"])):
        for blob in some:
            seal_file(blob)
        place = {**place, "after": some[-1]}
        with write_transaction():
            put_away(place)
        step(place)
    held = rotation_state()
    if held:
        keep(STATE, {**held, "wrapped": now().isoformat(), "sealing": False})
    return int(place["damaged"])


def _next(place: Place, after: int | None) -> Place:
    return {**place, "at": place["at"] + 1, "after": 0} if after is None else {**place, "after": after}


def keys_needed() -> list[str]:
    """Ids of the master keys that what lies in the database now is wrapped under, the current one last."""
    masters, held = vault().master_ids, rotation_state()
    turning = len(masters) > 1 and (held.get("wrapped") is None or _within_grace(held))
    return [one for one in masters[:-1] if turning or in_use(one)] + masters[-1:]


def backups_needing() -> dict[str, list[str]]:
    """The old master keys that kept backups need, with the names of these backups."""
    found: dict[str, list[str]] = {}
    old = set(vault().master_ids[:-1])
    for one in backups() if old else ():
        for key in old.intersection(keys_of(one)) if one.state != "bad" else ():
            found.setdefault(key, []).append(one.name)
    return found


def _within_grace(held: Mapping[str, Any]) -> bool:
    return now() - datetime.fromisoformat(held["wrapped"]) < GRACE


def retire_old_keys(*, at_once: bool = False, despite_backups: bool = False) -> list[str]:
    """Remove the master keys nothing uses any more from the key file; returns their ids. Within an hour of the turn
    nothing is removed, unless ``at_once``: say so only when no server and no worker runs. A key that kept backups need
    stays, unless ``despite_backups``: these then open with the old recovery sheet alone."""
    old = vault().ring.masters[:-1]
    held = rotation_state()
    if old and not held:  # the process that added a key died before it wrote down that it had begun
        keep(STATE, {"to": vault().master_id, "began": now().isoformat(), "wrapped": None, "job": 0, "sealing": False})
        wrap_everything({}, lambda _place: None, lambda _place: None)
        return []
    if not old or held.get("wrapped") is None:
        return []
    if not at_once and _within_grace(held):
        return []
    kept_for = {} if despite_backups else backups_needing()
    old = tuple(one for one in old if one.id not in kept_for)
    gone = []
    for master in old:
        with write_transaction():
            if in_use(master.id):  # written while the turn went on, or brought back by a restore
                continue
            drop_master_key(vault().path, master.id)
            note("key", SYSTEM, text="removed", detail={"key": master.id})
            gone.append(master.id)
    if len(gone) < len(old):
        wrap_everything({}, lambda _place: None, lambda _place: None)
    return gone


def retire_due() -> None:
    """The schedule: old keys go by themselves."""
    retire_old_keys()
