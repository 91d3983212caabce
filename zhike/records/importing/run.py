"""One run through a table: rows become commands, batches of them go through the doors, refusals are told by their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command, Done, Failed
from zhike.kernel.errors import Problem
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.company.settings import setting_for
from zhike.records.importing.guessing import by_heading
from zhike.records.importing.keys import known_records
from zhike.records.importing.mapping import ColumnMap, check_mapping
from zhike.records.importing.rows import Line, RowProblem, RowReader
from zhike.records.tabular.tables import Table, open_table
from zhike.records.write import write_many
from zhike.schema.spec import ObjectSpec
from zhike.store.database import PAGES_LEFT, tidy_log, write_transaction

BATCH, SMALLEST = 500, 100  # rows of one transaction
HELD_FOR = 0.2  # seconds a transaction of an import may hold up whoever else wants to write
MOST_HELD = 8_000_000  # characters of one batch
MOST_PROBLEMS = 10_000
REFUSED_CODES = frozenset({"ragged", "formula"})
Progress = Callable[[int, int | None], None]


def next_size(size: int, done: int, took: float) -> int:
    """How many rows the next transaction takes, after one with ``done`` rows ``took`` so many seconds before its commit:
    about as many as are through in :data:`HELD_FOR`, at most twice as many as before."""
    fitting = int(done * HELD_FOR / took) if took else BATCH
    return min(BATCH, max(SMALLEST, min(2 * size, fitting)))


@dataclass
class ImportDone:
    """What an import did, or in a dry run would do."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)
    operation: int | None = None
    encoding: str = ""
    written: bool = True
    read: int = 0
    warned: int = 0


Refused = list[tuple[Line, list[RowProblem]]]
After = Callable[[int, ImportDone, Refused, Refused], None]


class ImportRun:
    """One import: the file, the map, and what happened so far.

    ``fixes``: cells mended by hand, by row number and heading. ``left_out``: row numbers that are not wanted. ``after``
    hears of every batch, when it was written still within its transaction: the number of its last row, its operation,
    and the lines refused or warned of in it (which are then forgotten here)."""

    def __init__(
        self,
        actor: Actor,
        spec: ObjectSpec,
        path: Path,
        mapping: ColumnMap | None = None,
        key: str = "",
        progress: Progress | None = None,
        name: str = "",
    ) -> None:
        self.actor, self.spec, self.path, self.progress = actor, spec, path, progress
        self.name = name or path.name
        self.given = mapping
        self.setting = setting_for(actor)
        self.bad: list[tuple[Line, list[RowProblem]]] = []
        self.written: dict[int, int] = {}
        self.headings: list[str] = []
        self.key = key
        self.map = mapping or ColumnMap()
        self.fixes: Mapping[int, Mapping[str, Any]] = {}
        self.left_out: frozenset[int] = frozenset()
        self.after: After | None = None
        self.warned: list[tuple[Line, list[RowProblem]]] = []
        self.size = BATCH

    def go(self, dry_run: bool, done: ImportDone | None = None, behind: int = 0) -> ImportDone:
        """Read the file from its beginning and judge or write every row.

        ``behind`` and ``done`` go on with an import that was interrupted: rows up to that number are counted in it."""
        self.bad, self.warned, self.written = [], [], {}
        done = done or ImportDone()
        with self._open() as table:
            return self._go_through(table, dry_run, done, behind)

    def _open(self) -> Table:
        return open_table(self.path, sheet=self.map.sheet, encoding=self.map.encoding, separator=self.map.separator)

    def _go_through(self, table: Table, dry_run: bool, done: ImportDone, behind: int) -> ImportDone:
        self._begin(table)
        done.encoding = table.encoding or ""
        if table.doubt:
            done.warnings.append(RowProblem("", 1, "", "", str(table.doubt), warning=True))
        act = Act(self.actor, kind="import", why=self.name, historic=self.map.historic, resumes=done.operation)
        later: list[Line] = []
        seen: dict[str, int] = {}
        done.read = 0
        for batch in self._batches(table, done, behind):
            bad = len(self.bad)
            with nullcontext() if dry_run else write_transaction():
                begun = monotonic()
                self._carry_out(act, batch, done, dry_run, seen)
                refused = {id(line) for line, _problems in self.bad[bad:]}
                later += [line for line in batch if line.later and id(line) not in refused]
                done.operation = act.started or done.operation
                self._tell_after(batch[-1].row.number, done)
                self.size = next_size(self.size, len(batch), monotonic() - begun)
            tidy_log(4 * PAGES_LEFT)
            if self.progress:
                self.progress(done.read, table.count_hint)
        self._link_later(act, later, done, dry_run)
        done.operation = None if dry_run else act.started or done.operation
        self._tell_after(0, done)
        return done

    def _tell_after(self, row: int, done: ImportDone) -> None:
        if self.after is not None:
            self.after(row, done, self.bad, self.warned)
            self.bad, self.warned = [], []

    def judge(self, lines: Sequence[Line], headings: Sequence[str]) -> ImportDone:
        """Judge single rows anew, in a dry run; :attr:`bad` then holds those that are still refused."""
        self.bad, self.warned, self.written = [], [], {}
        done = ImportDone()
        self._begin(Table(list(headings), iter(())))
        act = Act(self.actor, kind="import")
        batch: list[Line] = []
        for line in lines:
            line.problems = [*self._of_file(line), *self.reader.read(line)]
            if len(batch) >= BATCH or (line.identity and any(one.identity == line.identity for one in batch)):
                self._carry_out(act, batch, done, True, {})
                batch = []
            batch.append(line)
        self._carry_out(act, batch, done, True, {})
        refused = {id(line) for line, _problems in self.bad}
        self._link_later(act, [line for line in lines if line.later and id(line) not in refused], done, True)
        return done

    def _begin(self, table: Table) -> None:
        self.headings = list(table.columns)
        if self.given is None:
            self.map = ColumnMap(columns=by_heading(self.actor, self.spec, self.headings))
        if self.key:
            self.map.key = self.key
        check_mapping(self.actor, self.spec, self.map, self.headings)
        self.reader = RowReader(self.spec, self.map, self.setting)

    # -- rows to commands ----------------------------------------------------------------------------------------
    def _batches(self, table: Table, done: ImportDone, behind: int = 0) -> Iterator[list[Line]]:
        batch: list[Line] = []
        inside: set[str] = set()
        held = 0
        for row in table.rows:
            done.read += 1
            if row.number <= behind or row.number in self.left_out:
                continue
            cells = dict(zip(self.headings, row.values, strict=False))
            fixed = self.fixes.get(row.number, {})
            cells.update({heading: cell for heading, cell in fixed.items() if heading in cells})
            blank = all(cell in (None, "") for cell in cells.values()) and not row.problems
            if blank or self.reader.skipped(cells):
                continue
            line = Line(row, cells, fixed=frozenset(fixed))
            problems = self._of_file(line)
            if any(
                not problem.column for problem in problems
            ):  # a row with too many cells: nothing stands where it should
                self._refuse(done, line, problems)
                continue
            line.problems = [*problems, *self.reader.read(line)]
            if line.identity and line.identity in inside:
                yield batch
                batch, inside = [], set()
            inside.add(line.identity)
            batch.append(line)
            held += sum(len(cell) for cell in row.values if isinstance(cell, str))
            if len(batch) >= self.size or held > MOST_HELD:
                yield batch
                batch, inside, held = [], set(), 0
        if batch:
            yield batch

    def _of_file(self, line: Line) -> list[RowProblem]:
        """Faults the reading of the file found in this row that are to be refused; others are warnings."""
        found = []
        for problem in line.row.problems:
            if problem.field in line.fixed or (problem.field and problem.field not in self.map.columns):
                continue
            reason = problem.text.params.get("reason", problem.text)  # without the place, which the row has itself
            one = self.reader.problem(line, problem.field, problem.value, str(reason))
            if problem.code in REFUSED_CODES:
                found.append(one)
            else:
                line.warnings.append(replace(one, warning=True))
        return found

    # -- commands to records -------------------------------------------------------------------------------------
    def _carry_out(self, act: Act, batch: list[Line], done: ImportDone, dry_run: bool, seen: dict[str, int]) -> None:
        self._meet(batch)
        for line in batch:
            if self.map.defaults and line.command is not None and line.command.verb == "create":
                line.command = replace(line.command, values={**self.map.defaults, **line.command.values})
        self._refuse_unreadable(act, [line for line in batch if line.problems], done)
        kept: list[Line] = []
        for line in batch:
            assert line.command is not None
            if line.problems:
                continue
            known = self.map.mode == "skip" and line.command.verb == "update"
            repeated = dry_run and line.identity and line.identity in seen and line.command.verb == "create"
            if known or repeated:
                done.unchanged += 1
            elif self.map.mode == "update" and line.command.verb == "create":
                self._refuse(
                    done,
                    line,
                    [
                        self.reader.problem(
                            line, self._key_heading(), line.identity, str(_("There is no record with this key."))
                        )
                    ],
                )
            elif self.map.mode == "insert" and line.command.verb == "update":
                self._refuse(
                    done,
                    line,
                    [
                        self.reader.problem(
                            line, self._key_heading(), line.identity, str(_("There is a record with this key already."))
                        )
                    ],
                )
            else:
                kept.append(line)
        outcome = write_many(
            self.actor,
            [line.command for line in kept if line.command],
            act=act,
            on_error="skip",
            dry_run=dry_run,
            echo=False,
        )
        for line, result in zip(kept, outcome.results, strict=True):
            if isinstance(result, Failed):
                self._refuse(done, line, [self._from_door(line, problem) for problem in result.error.problems])
            else:
                self._count(done, line, result)
                if dry_run and line.identity:
                    seen[line.identity] = result.id

    def _refuse_unreadable(self, act: Act, lines: Sequence[Line], done: ImportDone) -> None:
        """Refuse rows with cells that cannot be read, together with what the doors say of their other cells."""
        commands = [line.command for line in lines if line.command]
        outcome = write_many(self.actor, commands, act=act, on_error="skip", dry_run=True) if commands else None
        for line, result in zip(lines, outcome.results if outcome else (), strict=True):
            told = {problem.column for problem in line.problems}
            if isinstance(result, Failed):
                more = [self._from_door(line, problem) for problem in result.error.problems if problem.field]
                line.problems += [problem for problem in more if problem.column not in told]
            self._refuse(done, line, line.problems)

    def _meet(self, batch: list[Line]) -> None:
        """Turn commands whose key is known into updates."""
        if not self.map.key:
            return
        identities = [line.identity for line in batch if line.identity]
        known = known_records(self.actor, self.spec, self.map.key, identities, self.setting)
        for line in batch:
            found = known.get(line.identity, ())
            if len(found) > 1:
                text = _("{n} records have this key, so it is not clear which one is meant.").with_(n=len(found))
                line.problems.append(self.reader.problem(line, self._key_heading(), line.identity, str(text)))
            elif found and line.command is not None:
                line.command = replace(line.command, verb="update", id=found[0])

    def _link_later(self, act: Act, lines: Sequence[Line], done: ImportDone, dry_run: bool) -> None:
        """Links to records of the same object, which may stand further down in the same file, are set at the end."""
        if not lines:
            return
        if dry_run:
            titles = {
                str(line.command.values.get(self.spec.title)) for line in lines if line.command
            } | self._titles_in_file()
            for line in lines:
                for key, text in line.later.items():
                    if text not in titles and not write_check(self.actor, self.spec, key, text):
                        reason = _("There is no {object} called “{name}”.").with_(
                            object=self.spec.label, name=text[:80]
                        )
                        self._refuse(
                            done, line, [self.reader.problem(line, self.reader.heading_of(key), text, str(reason))]
                        )
            return
        lines = [line for line in lines if line.row.number in self.written]
        commands = [
            Command("update", self.spec.key, self.written[line.row.number], values=line.later) for line in lines
        ]
        for start in range(0, len(commands), BATCH):
            outcome = write_many(self.actor, commands[start : start + BATCH], act=act, on_error="skip")
            for line, result in zip(lines[start : start + BATCH], outcome.results, strict=False):
                if isinstance(result, Failed):
                    self._refuse(done, line, [self._from_door(line, problem) for problem in result.error.problems])

    def _titles_in_file(self) -> set[str]:
        heading = next((heading for heading, target in self.map.columns.items() if target == self.spec.title), None)
        if heading is None:
            return set()
        meant = self.map.values.get(self.spec.title, {})
        with self._open() as table:
            at = list(table.columns).index(heading)
            return {
                str(meant.get(str(row.values[at]), row.values[at]))
                for row in table.rows
                if len(row.values) > at and row.values[at]
            }

    # -- telling -------------------------------------------------------------------------------------------------
    def _count(self, done: ImportDone, line: Line, result: Done) -> None:
        if line.later:
            self.written[line.row.number] = result.id
        if result.verb == "create":
            done.created += 1
        elif result.changes:
            done.updated += 1
        else:
            done.unchanged += 1
        told = [replace(self._from_door(line, warning), warning=True) for warning in result.warnings]
        warned = [*line.warnings, *told]
        if warned:
            done.warned += 1
            self.warned.append((line, warned))
            if len(done.warnings) < MOST_PROBLEMS:
                done.warnings += warned

    def _refuse(self, done: ImportDone, line: Line, problems: list[RowProblem]) -> None:
        done.refused += 1
        self.bad.append((line, problems))
        if len(done.problems) < MOST_PROBLEMS:
            done.problems += problems

    def _from_door(self, line: Line, problem: Problem) -> RowProblem:
        heading = self.reader.heading_of(problem.field)
        value = line.cells.get(heading)
        return self.reader.problem(
            line, heading or problem.field, value if value is not None else problem.value, str(problem.text)
        )

    def _key_heading(self) -> str:
        return self.reader.heading_of(self.map.key)


def write_check(actor: Actor, spec: ObjectSpec, key: str, text: str) -> bool:
    """Whether words would find exactly one record as the target of a link."""
    command = Command("create", spec.key, values={key: text})
    outcome = write_many(actor, [command], on_error="skip", dry_run=True)
    result = outcome.results[0]
    return not (isinstance(result, Failed) and any(problem.field == key for problem in result.error.problems))
