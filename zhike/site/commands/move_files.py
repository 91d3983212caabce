"""``zhike move files``: the uploads into a bucket, into another one, or back into the home's folder, with the server stopped."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import BinaryIO

from zhike.kernel.clock import now
from zhike.kernel.words import _
from zhike.records.company.company import require_settings
from zhike.records.stored import Folder, Storage, storage, storage_of, take_away_left
from zhike.site.commands.arguments import Given
from zhike.site.commands.move import NotMoved, name_option
from zhike.site.commands.progress import Bar
from zhike.site.commands.session import actor_for
from zhike.site.home import FOLDER, Home, files_settings
from zhike.store.database import rows

PIECE = 1024 * 1024
FILES = "ZHIKE_FILES"


def run(given: Given, home: Path) -> int:
    """Copy every file, read each back and compare it, and only then let the home name the new place. What was copied already
    when this was interrupted is compared and not sent again."""
    require_settings(actor_for(given, home))
    here, word = Home(home), given.word("PLACE")
    source, target = storage(), storage_of(files_settings(here, word))
    if source.name == target.name:
        raise NotMoved(_("The files lie there already."))
    take_away_left()
    places = [str(one) for (one,) in rows('SELECT "place" FROM "store_blob" ORDER BY "id"')]
    lost = 0
    with Bar(str(_("Move"))) as bar:
        for number, place in enumerate(places, start=1):
            lost += not _copied(source, target, place)
            bar(number, len(places))
    name_option(here, "files", "" if word == FOLDER else word)
    _tell(source, target, len(places) - lost, lost)
    return 0


def _copied(source: Storage, target: Storage, place: str) -> bool:
    """Whether the file is in the target now, the same; False when it is in neither."""
    wanted = _digest(source, place)
    if wanted is None:
        return target.has(place)
    if _digest(target, place) == wanted:
        return True

    def fill(out: BinaryIO) -> None:
        with source.open(place) as held:
            while piece := held.read(PIECE):
                out.write(piece)

    target.put(place, fill)
    if _digest(target, place) != wanted:
        text = _("The file {place} came out differently in {store}. Nothing was changed; try it again.")
        raise NotMoved(text.with_(place=place, store=target.name))
    return True


def _digest(store: Storage, place: str) -> str | None:
    try:
        with store.open(place) as held:
            digest = hashlib.sha256()
            while piece := held.read(PIECE):
                digest.update(piece)
            return digest.hexdigest()
    except FileNotFoundError:
        return None


def _tell(source: Storage, target: Storage, moved: int, lost: int) -> None:
    old = source.name
    if isinstance(source, Folder) and Path(old).exists():
        old = f"{old}.moved-{now():%Y%m%dT%H%M%SZ}"
        os.replace(source.name, old)
    text = _("{n} files are in {place}, each compared.")
    print(text.with_(n=f"{moved:,}", place=target.name), file=sys.stderr)
    if lost:
        print(_("{n} files were in neither place: “zhike check” says which.").with_(n=f"{lost:,}"), file=sys.stderr)
    print(_("What was here before lies in {place}.").with_(place=old), file=sys.stderr)
    if os.environ.get(FILES) is not None:
        print(_("{name} is set: give it the new place before you start.").with_(name=FILES), file=sys.stderr)
