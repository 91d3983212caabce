"""Importing a table: every row judged by the doors, written in batches under one operation that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zhike.access.rights import require
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command, Done, Failed
from zhike.kernel.errors import Problem
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.import_keys import known_records
from zhike.records.import_rows import Line, RowProblem, RowReader
from zhike.records.mapping import ColumnMap, check_mapping, guessed_mapping
from zhike.records.settings import setting_for
from zhike.records.tabular import Table, open_table, write_table
from zhike.records.undo import undo
from zhike.records.write import write_many
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec

BATCH = 500
MOST_PROBLEMS = 10_000
Progress = Callable[[int, int | None], None]


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


def import_table(
    actor: Actor,
    object_key: str,
    path: Path,
    mapping: ColumnMap | None = None,
    key: str = "",
    dry_run: bool = False,
    on_error: str = "stop",
    report: Path | None = None,
    progress: Progress | None = None,
) -> ImportDone:
    """Import a CSV or XLSX file.

    ``key``: a field (or ``external``) by which rows meet existing records; without one every row is a new record.
    ``on_error="stop"``: all rows are judged first and one bad row writes nothing. ``"skip"``: good rows are written.
    ``report``: where refused rows go, with their reasons, ready to be corrected and imported again.
    Raises Forbidden, Invalid (the map), TableError (the file)."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "import", spec)
    run = _Import(actor, spec, path, mapping, key, progress)
    judged = run.go(dry_run=True) if dry_run or on_error == "stop" else None
    done = judged if judged is not None and (dry_run or judged.refused) else run.go(dry_run=False)
    done.written = done is not judged
    if done.written and on_error == "stop" and done.refused and done.operation is not None:
        undo(SYSTEM, done.operation)
        done.written, done.operation = False, None
    if report is not None and run.bad:
        run.write_report(report)
    return done


class _Import:
    """One import: the file, the map, and what happened so far."""

    def __init__(
        self, actor: Actor, spec: ObjectSpec, path: Path, mapping: ColumnMap | None, key: str, progress: Progress | None
    ) -> None:
        self.actor, self.spec, self.path, self.progress = actor, spec, path, progress
        self.given = mapping
        self.setting = setting_for(actor)
        self.bad: list[tuple[Line, list[RowProblem]]] = []
        self.written: dict[int, int] = {}
        self.headings: list[str] = []
        self.key = key
        self.map = mapping or ColumnMap()

    def go(self, dry_run: bool) -> ImportDone:
        """Read the file from its beginning and judge or write every row."""
        self.bad, self.written = [], {}
        done = ImportDone()
        with self._open() as table:
            return self._go_through(table, dry_run, done)

    def _open(self) -> Table:
        return open_table(self.path, sheet=self.map.sheet, encoding=self.map.encoding, separator=self.map.separator)

    def _go_through(self, table: Table, dry_run: bool, done: ImportDone) -> ImportDone:
        self._begin(table)
        done.encoding = table.encoding or ""
        act = Act(self.actor, kind="import", why=self.path.name, historic=self.map.historic)
        later: list[Line] = []
        seen: dict[str, int] = {}
        count = 0
        for batch in self._batches(table, done):
            self._carry_out(act, batch, done, dry_run, seen)
            refused = {id(line) for line, _problems in self.bad} if any(line.later for line in batch) else set()
            later += [line for line in batch if line.later and id(line) not in refused]
            count += len(batch)
            if self.progress:
                self.progress(count, table.count_hint)
        self._link_later(act, later, done, dry_run)
        done.operation = act.started if not dry_run else None
        return done

    def _begin(self, table: Table) -> None:
        self.headings = list(table.columns)
        if self.given is None:
            self.map = guessed_mapping(self.spec, self.headings)
        if self.key:
            self.map.key = self.key
        check_mapping(self.spec, self.map, self.headings)
        self.reader = RowReader(self.spec, self.map, self.setting)

    # -- rows to commands ----------------------------------------------------------------------------------------
    def _batches(self, table: Table, done: ImportDone) -> Iterator[list[Line]]:
        batch: list[Line] = []
        inside: set[str] = set()
        for row in table.rows:
            cells = dict(zip(self.headings, row.values, strict=False))
            if all(cell in (None, "") for cell in cells.values()) or self.reader.skipped(cells):
                continue
            line = Line(row, cells)
            problems = [
                self.reader.problem(line, "", problem.value, str(problem.text))
                for problem in row.problems
                if problem.code == "ragged"
            ]
            if problems:
                self._refuse(done, line, problems)
                continue
            line.problems = self.reader.read(line)
            if line.identity and line.identity in inside:
                yield batch
                batch, inside = [], set()
            inside.add(line.identity)
            batch.append(line)
            if len(batch) >= BATCH:
                yield batch
                batch, inside = [], set()
        if batch:
            yield batch

    # -- commands to records -------------------------------------------------------------------------------------
    def _carry_out(self, act: Act, batch: list[Line], done: ImportDone, dry_run: bool, seen: dict[str, int]) -> None:
        self._meet(batch)
        self._refuse_unreadable(act, [line for line in batch if line.problems], done)
        kept: list[Line] = []
        for line in batch:
            assert line.command is not None
            if line.problems:
                continue
            if dry_run and line.identity and line.identity in seen and line.command.verb == "create":
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
            self.actor, [line.command for line in kept if line.command], act=act, on_error="skip", dry_run=dry_run
        )
        for line, result in zip(kept, outcome.results, strict=True):
            if isinstance(result, Failed):
                self._refuse(done, line, [self._from_door(line, problem) for problem in result.error.problems])
            else:
                self._count(done, line, result)
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
        known = known_records(self.spec, self.map.key, [line.identity for line in batch if line.identity], self.setting)
        for line in batch:
            found = known.get(line.identity)
            if found is not None and line.command is not None:
                old = line.command
                line.command = Command(
                    "update", old.object, found, values=old.values, external=old.external, historic=old.historic
                )

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
        self.written[line.row.number] = result.id
        if result.verb == "create":
            done.created += 1
        elif result.changes:
            done.updated += 1
        else:
            done.unchanged += 1
        for warning in result.warnings:
            one = self._from_door(line, warning)
            done.warnings.append(RowProblem(one.sheet, one.row, one.column, one.value, one.text, warning=True))

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

    def write_report(self, path: Path) -> None:
        """The refused rows as they came, each with its reasons in a last column."""
        told = str(_("What to mend"))
        lines = [
            [
                *(line.cells.get(heading) for heading in self.headings if heading != told),
                "; ".join(f"{p.column}: {p.text}" for p in problems),
            ]
            for line, problems in self.bad
        ]
        write_table([*(heading for heading in self.headings if heading != told), told], lines, path)


def write_check(actor: Actor, spec: ObjectSpec, key: str, text: str) -> bool:
    """Whether words would find exactly one record as the target of a link."""
    command = Command("create", spec.key, values={key: text})
    outcome = write_many(actor, [command], on_error="skip", dry_run=True)
    result = outcome.results[0]
    return not (isinstance(result, Failed) and any(problem.field == key for problem in result.error.problems))
