"""Which parts of the change log lie in the archive, and reading from them.

The archive is what the log was up to a row: whatever lies in it is older than every row of the table. A file holds the rows
as the table had them, ordered by record; personal values stay sealed under their record's key."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache, reduce
from operator import and_
from pathlib import Path
from typing import Any

from django.conf import settings

from zhike.kernel.errors import Refused
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _
from zhike.records.company.settings import kept
from zhike.store.chain import CHANGE_COLUMNS, digest_of_line
from zhike.store.database import instant_text

KEY = "log_archive"
FOLDER = "archive"
COLUMNS = ("id", *CHANGE_COLUMNS)

Line = tuple[Any, ...]  # in the order of COLUMNS; the instant in the chain's spelling

_arrow: Any = LazyModule("pyarrow")
_compute: Any = LazyModule("pyarrow.compute")
_parquet: Any = LazyModule("pyarrow.parquet")
log = logging.getLogger("zhike.archive")


class ArchiveAway(Refused):
    """The archive is needed and cannot be read; the text says why."""

    status = 503
    code = "archive-away"
    title = _("The archive of the change log cannot be read")


@dataclass(frozen=True, slots=True)
class Part:
    """One file: the ids and instants of its rows (first and last of each), the operations they belong to, the highest id of
    a record in it, and its checksum."""

    file: str
    first: int
    last: int
    rows: int
    since: str
    until: str
    first_operation: int
    last_operation: int
    last_record: int
    sha256: str

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return Path(settings.ZHIKE_HOME) / FOLDER / self.file


def parts() -> tuple[Part, ...]:
    """What is archived, the oldest first."""
    return parts_in(kept(KEY, ()))


def parts_in(facts: Sequence[dict[str, Any]]) -> tuple[Part, ...]:
    """Parts from what :func:`facts_of` made of them."""
    return tuple(Part(**one) for one in facts)


def facts_of(some: Sequence[Part]) -> list[dict[str, Any]]:
    """Parts as they are kept."""
    return [asdict(one) for one in some]


def archived(
    *,
    records: Collection[int] = (),
    operations: Collection[int] = (),
    object: str = "",
    since: datetime | None = None,
    most: int = 0,
) -> list[Line]:
    """Archived rows that meet all that is given (of these records, of these operations, of an object, after an instant), the
    oldest first; with ``most`` only so many of the newest. Without an archive this costs nothing. Raises ArchiveAway."""
    after = instant_text(since) if since is not None else ""
    wanted = [
        one
        for one in parts()
        if one.until > after
        and (not records or min(records) <= one.last_record)
        and (not operations or (min(operations) <= one.last_operation and max(operations) >= one.first_operation))
    ]
    if not wanted:
        return []
    asked = {"record": records, "operation": operations}
    tests = [_column(name).isin(list(values)) for name, values in asked.items() if values]
    tests += [_column("object") == object] if object else []
    tests += [_column("at") > after] if after else []
    return _read(wanted, reduce(and_, tests) if tests else None, most, records)


def lines_of(part: Part) -> list[Line]:
    """All rows of a part, by id. Raises ArchiveAway."""
    return _read([part], None, 0)


def history_of(record: int, size: int, below: int = 0, before: datetime | None = None, name: str = "") -> list[Line]:
    """The newest archived rows of a record, the newest first: with an id below one, before an instant, that say something of
    a field by its name in the log. A page is shown without what cannot be read now; that is in the log and on the page of
    health."""
    until = instant_text(before) if before is not None else ""
    found: list[Line] = []
    for part in reversed(parts()):
        if len(found) >= size or record > part.last_record:
            break
        try:
            lines = _read([part], _column("record") == record, 0, [record])
        except ArchiveAway as error:
            log.warning("%s", error)
            break
        found += [
            one
            for one in reversed(lines)
            if (not below or one[0] < below) and (not until or one[7] < until) and (not name or f'"{name}"' in one[8])
        ]
        if lines and lines[0][5] == "create":
            break
    return found[:size]


def digests_in_order(after: int) -> Iterator[tuple[int, int, bytes]]:
    """Operation, id and hash of every archived row with an id above ``after``, in the order of operations. Not more than the
    parts that share operations are held at once."""
    waiting: list[tuple[int, int, bytes]] = []
    for part in sorted(parts(), key=lambda one: one.first_operation):
        while waiting and waiting[0][0] < part.first_operation:
            yield heapq.heappop(waiting)
        for line in lines_of(part):
            if line[0] > after:
                heapq.heappush(waiting, (line[1], line[0], digest_of_line(line[1:])))
    while waiting:
        yield heapq.heappop(waiting)


def digests_until(until: int) -> Iterator[bytes]:
    """Hashes of the archived rows up to an id, in the order of ids."""
    for part in parts():
        if part.first <= until:
            yield from (digest_of_line(line[1:]) for line in lines_of(part) if line[0] <= until)


def _column(name: str) -> Any:
    _installed()
    return _compute.field(name)


def _installed() -> None:
    try:
        _parquet.ParquetFile  # noqa: B018 - whether it is there
    except ImportError:
        raise ArchiveAway(_("Install pyarrow to read it: pip install -r requirements-archive.txt.")) from None


def _read(wanted: Sequence[Part], test: Any, most: int, records: Collection[int] = ()) -> list[Line]:
    """Rows that pass a test, by id; of a file only the groups are read that may hold one of the records."""
    _installed()
    missing = [one.file for one in wanted if not one.path.is_file()]
    if missing:
        text = _("{files} is missing in the home’s folder “archive”. Put it back from a backup.")
        raise ArchiveAway(text.with_(files=", ".join(missing[:3])))
    try:
        found = [table for one in wanted if (table := _table(one.path, test, records)) is not None]
    except (OSError, ValueError) as error:
        raise ArchiveAway(_("It is damaged: {reason}").with_(reason=str(error)[:200])) from error
    if not found:
        return []
    whole = _arrow.concat_tables(found).sort_by("id")
    if most and whole.num_rows > most:
        whole = whole.slice(whole.num_rows - most)
    held = whole.to_pydict()
    return list(zip(*(held[name] for name in COLUMNS), strict=True))


def _table(path: Path, test: Any, records: Collection[int]) -> Any:
    facts = path.stat()
    footer, ranges = _footer(path, facts.st_mtime_ns, facts.st_size)
    groups = [at for at, (low, high) in enumerate(ranges) if not records or any(low <= one <= high for one in records)]
    if not groups:
        return None
    with _parquet.ParquetFile(str(path), metadata=footer) as file:
        table = file.read_row_groups(groups, columns=list(COLUMNS), use_threads=False)
    return table if test is None else table.filter(test)


@lru_cache(maxsize=1024)
def _footer(path: Path, _changed: int, _size: int) -> tuple[Any, tuple[tuple[int, int], ...]]:
    """What a file says of itself, and the first and last record of each of its groups."""
    footer = _parquet.read_metadata(str(path))
    about = [footer.row_group(at).column(COLUMNS.index("record")).statistics for at in range(footer.num_row_groups)]
    return footer, tuple((one.min, one.max) for one in about)
