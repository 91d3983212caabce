"""The tables of a cube, and what keeps them: triggers on the object's table note every record that comes, goes or changes as
a fact of +1 or −1, in the transaction that does it and whichever statement does it. Cells and facts not yet folded into them
add up to what recomputation gives, at every moment.

Names carry a digest of the definition: another declaration is another cube, made anew from the records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from zhike.schema.cubes import Cut
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import hold, is_postgres, row, rows, run, write_transaction
from zhike.store.plan import part_of

PREFIX = "store_cube_"
FORM = 1  # of tables, triggers and indexes; with another one every cube is made anew
ARCHIVED = "archived"
TYPES = {
    "text": ('text COLLATE "C"', "text"),
    "int": ("bigint", "bigint"),
    "bool": ("boolean", "bool"),
    "date": ("date", "date"),
}


class CubeTables:
    """The names and statements of one object's cube."""

    def __init__(self, spec: ObjectSpec) -> None:
        assert spec.cube is not None
        self.spec, self.cube = spec, spec.cube
        self.dims = [key for key in spec.cube.fields if key != ARCHIVED]
        self.sums = [key + part_of(spec[key]).suffix for key in spec.cube.sums]
        said = f"{FORM} {spec.table} {self.dims} {self.sums} {spec.cube.cuts} {self._watched()}"
        self.digest = hashlib.sha256(said.encode()).hexdigest()[:10]
        self.cells = f"{PREFIX}{spec.key[:30]}_{self.digest}"
        self.facts = self.cells + "_new"

    # -- what stands for the object's table in a question -----------------------------------------------------------------
    def source(self, cut: Cut) -> str:
        """SQL of the records added up by one cut: its fields under their own names, ``n`` records, sums under the columns'
        names, and ``<column>_n`` values behind each."""
        columns = [f'"{key}"' for key in (*self._fields(cut), ARCHIVED)] + [f'"{one}"' for one in self._figures()]
        listed = ", ".join(columns)
        number = self.cube.cuts.index(cut)
        return f'(SELECT {listed} FROM "{self.cells}" WHERE "cut" = {number} UNION ALL SELECT {listed} FROM "{self.facts}")'

    # -- making -------------------------------------------------------------------------------------------------------------
    def make(self) -> None:
        """Make tables and triggers and fill the cells from the records, in the running transaction. On PostgreSQL the
        triggers' lock keeps writers waiting until it ends."""
        dims = [f'"{key}" {_type(part_of(self.spec[key]).type)}' for key in self.dims] + [f'"{ARCHIVED}" bigint']
        figures = [f'"{one}" bigint NOT NULL' for one in self._figures()]
        text = TYPES["text"][not is_postgres()]
        run(f'CREATE TABLE "{self.facts}" ({", ".join([*dims, *figures])})')
        run(
            f'CREATE TABLE "{self.cells}" ("cell" {text} NOT NULL UNIQUE, "cut" bigint NOT NULL, {", ".join([*dims, *figures])})'
        )
        for statement in self._triggers():
            run(statement)
        for number in reversed(range(len(self.cube.cuts))):
            run(self._into_cells(number, self.cube.cuts[number], self._finer(number)))
        for name, columns in self._indexes():
            run(f'CREATE INDEX "{name}" ON "{self.cells}" ({columns})')
        run(f'CREATE INDEX "{self.cells}_0" ON "{self.cells}" ("cut") WHERE "n" = 0')

    def stands(self) -> bool:
        """Whether tables and triggers are there; a migration that makes a table anew drops its triggers."""
        if is_postgres():
            sql = (
                "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE c.relnamespace = current_schema()::regnamespace AND t.tgname = %s"
            )
        else:
            sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name = %s"
        return all(row(sql, (name,)) is not None for name in self._names())

    def facts_of_records(self) -> str:
        """SQL of every record outside the trash as a fact of +1."""
        chosen = ", ".join(f'{value} AS "{name}"' for name, value in self._fact("t", 1).items())
        return f'(SELECT {chosen} FROM "{self.spec.table}" t WHERE t."trashed" IS NULL)'

    def _finer(self, number: int) -> str:
        """What the cells of a cut are added up from: a finer cut that is made already, else the records."""
        cut = self.cube.cuts[number]
        days = frozenset(self._dates(cut)) - cut.months
        for place, one in enumerate(self.cube.cuts[number + 1 :], start=number + 1):
            if one.answers(frozenset(cut.fields), days):
                return f'(SELECT * FROM "{self.cells}" WHERE "cut" = {place})'
        return self.facts_of_records()

    # -- folding ------------------------------------------------------------------------------------------------------------
    def fold(self) -> None:
        """Bring the facts into the cells, in the running transaction; one process at a time does it."""
        hold(self.cells)
        if is_postgres():
            every = " UNION ALL ".join(
                f"({self._added_up(number, cut, 'gone')})" for number, cut in enumerate(self.cube.cuts)
            )
            run(f'WITH gone AS (DELETE FROM "{self.facts}" RETURNING *) {self._into()} {every} {self._on_conflict()}')
        else:
            for number, cut in enumerate(self.cube.cuts):
                run(self._into_cells(number, cut, f'"{self.facts}"'))
            run(f'DELETE FROM "{self.facts}"')
        run(f'DELETE FROM "{self.cells}" WHERE "n" = 0')

    def wrong(self, cut: Cut) -> int:
        """How many cells of a cut differ from what its records give, in one statement and so at one moment."""

        def added(source: str) -> str:
            by, figures = self._by(cut), ", ".join(f'sum("{one}")' for one in self._figures())
            grouped = ", ".join(str(i + 1) for i in range(len(by)))
            return f'SELECT {", ".join(by)}, {figures} FROM {source} t GROUP BY {grouped} HAVING sum("n") <> 0'

        kept, made = added(self.source(cut)), added(self.facts_of_records())
        sql = f"SELECT count(*) FROM (SELECT * FROM ({kept}) a EXCEPT SELECT * FROM ({made}) b) x"
        other = f"SELECT count(*) FROM (SELECT * FROM ({made}) a EXCEPT SELECT * FROM ({kept}) b) x"
        found = row(f"SELECT ({sql}), ({other})")
        return max(int(found[0]), int(found[1])) if found else 0

    # -- pieces -------------------------------------------------------------------------------------------------------------
    def _fields(self, cut: Cut) -> list[str]:
        return [key for key in self.dims if key in cut.fields]

    def _figures(self) -> list[str]:
        return ["n", *(name for one in self.sums for name in (one, one + "_n"))]

    def _fact(self, record: str, sign: int) -> dict[str, str]:
        """The columns of one record's fact."""
        fact = {key: f'{record}."{key}{part_of(self.spec[key]).suffix}"' for key in self.dims}
        fact[ARCHIVED] = f'CASE WHEN {record}."{ARCHIVED}" IS NOT NULL THEN 1 END'
        fact["n"] = str(sign)
        for one in self.sums:
            fact[one] = f'{sign} * COALESCE({record}."{one}", 0)'
            fact[one + "_n"] = f'CASE WHEN {record}."{one}" IS NULL THEN 0 ELSE {sign} END'
        return fact

    def _watched(self) -> list[str]:
        return [key + part_of(self.spec[key]).suffix for key in self.dims] + self.sums

    def _by(self, cut: Cut) -> list[str]:
        """The expressions a cut groups by."""
        return [_month(f't."{key}"') if key in cut.months else f't."{key}"' for key in (*self._fields(cut), ARCHIVED)]

    def _added_up(self, number: int, cut: Cut, source: str) -> str:
        by = self._by(cut)
        cell = " || '|' || ".join([f"'{number}'", *(f"COALESCE({_text(one, self._type_of(one))}, '')" for one in by)])
        held = dict(zip((*self._fields(cut), ARCHIVED), by, strict=True))
        named = [held.get(key) or _nothing(self.spec, key) for key in (*self.dims, ARCHIVED)]
        figures = [f'CAST(sum(t."{one}") AS bigint)' for one in self._figures()]
        # The condition keeps SQLite from reading ON CONFLICT as the ON of a join.
        return (
            f"SELECT {cell}, {number}, {', '.join([*named, *figures])} FROM {source} t WHERE 1 = 1"
            f" GROUP BY {', '.join(by)}"
        )

    def _type_of(self, expression: str) -> str:
        return next((part_of(self.spec[key]).type for key in self.dims if f'"{key}"' in expression), "int")

    def _into(self) -> str:
        names = ", ".join(f'"{one}"' for one in ("cell", "cut", *self.dims, ARCHIVED, *self._figures()))
        return f'INSERT INTO "{self.cells}" AS c ({names})'

    def _on_conflict(self) -> str:
        sets = ", ".join(f'"{one}" = c."{one}" + excluded."{one}"' for one in self._figures())
        return f'ON CONFLICT ("cell") DO UPDATE SET {sets}'

    def _into_cells(self, number: int, cut: Cut, source: str) -> str:
        return f"{self._into()} {self._added_up(number, cut, source)} {self._on_conflict()}"

    def _indexes(self) -> Iterator[tuple[str, str]]:
        """One for each field some cut begins with, and each date it is narrowed by."""
        wanted = {f'"cut", "{one.fields[0]}", "{key}"': None for one in self.cube.cuts for key in self._dates(one)}
        for place, columns in enumerate(wanted, start=1):
            yield f"{self.cells}_{place}", columns

    def _dates(self, cut: Cut) -> list[str]:
        return [key for key in cut.fields if self.spec[key].kind == "date"]

    def _names(self) -> list[str]:
        return [f"{self.cells}_{verb}" for verb in ("insert", "update", "delete")]

    def _triggers(self) -> Iterator[str]:
        on = {
            "insert": "INSERT",
            "update": f"UPDATE OF {self._listed([*self._watched(), ARCHIVED, 'trashed'])}",
            "delete": "DELETE",
        }
        moved = " OR ".join(
            [f'OLD."{one}" IS DISTINCT FROM NEW."{one}"' for one in self._watched()]
            + [f'(OLD."{one}" IS NULL) <> (NEW."{one}" IS NULL)' for one in (ARCHIVED, "trashed")]
        )
        when = {"insert": 'NEW."trashed" IS NULL', "update": moved, "delete": 'OLD."trashed" IS NULL'}
        if is_postgres():
            yield self._function()
        for name, verb in zip(self._names(), on, strict=True):
            head = f'CREATE TRIGGER "{name}" AFTER {on[verb]} ON "{self.spec.table}" FOR EACH ROW WHEN ({when[verb]})'
            if is_postgres():
                yield f'{head} EXECUTE FUNCTION "{self.cells}"()'
            else:
                sides = {"insert": [("NEW", 1)], "delete": [("OLD", -1)]}.get(verb, [("OLD", -1), ("NEW", 1)])
                yield f"{head} BEGIN {' '.join(self._note(*side) for side in sides)} END"

    def _function(self) -> str:
        return (
            f'CREATE OR REPLACE FUNCTION "{self.cells}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN'
            f" IF TG_OP <> 'INSERT' THEN {self._note('OLD', -1)} END IF;"
            f" IF TG_OP <> 'DELETE' THEN {self._note('NEW', 1)} END IF; RETURN NULL; END $$"
        )

    def _note(self, record: str, sign: int) -> str:
        fact = self._fact(record, sign)
        return f'INSERT INTO "{self.facts}" ({self._listed(fact)}) SELECT {", ".join(fact.values())} WHERE {record}."trashed" IS NULL;'

    @staticmethod
    def _listed(names: Sequence[str] | dict[str, str]) -> str:
        return ", ".join(f'"{one}"' for one in names)


def reconcile_cubes() -> list[str]:
    """Make the cubes that objects declare and that are not there, and drop the others; returns what was made or dropped."""
    wanted = [CubeTables(spec) for spec in registry if spec.cube is not None]
    standing = {one.cells for one in wanted if one.stands()}
    done = []
    for name in _tables():
        if name.removesuffix("_new") not in standing:
            _drop(name)
            done.append(f"dropped {name}")
    for one in wanted:
        if one.cells not in standing:
            with write_transaction():
                one.make()
            done.append(f"made {one.cells}")
    return done


def remake(spec: ObjectSpec) -> None:
    """Make an object's cube anew from its records."""
    tables = CubeTables(spec)
    with write_transaction():
        for name in (tables.cells, tables.facts):
            _drop(name)
        tables.make()


def _tables() -> list[str]:
    if is_postgres():
        sql = (
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'store\\_cube\\_%%'"
        )
    else:
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'store!_cube!_%%' ESCAPE '!'"
    return sorted(line[0] for line in rows(sql))


def _drop(name: str) -> None:
    """Drop a table of a cube with the triggers that fill it."""
    if is_postgres():
        run(f'DROP FUNCTION IF EXISTS "{name}"() CASCADE')
    else:
        for verb in ("insert", "update", "delete"):
            run(f'DROP TRIGGER IF EXISTS "{name}_{verb}"')
    run(f'DROP TABLE IF EXISTS "{name}"')


def _type(name: str) -> str:
    return TYPES[name][not is_postgres()]


def _month(expression: str) -> str:
    if is_postgres():
        return f"CAST(date_trunc('month', {expression}) AS date)"
    return f"strftime('%%Y-%%m-01', {expression})"


def _text(expression: str, type_: str) -> str:
    return (
        f"to_char({expression}, 'YYYY-MM-DD')" if is_postgres() and type_ == "date" else f"CAST({expression} AS text)"
    )


def _nothing(spec: ObjectSpec, key: str) -> str:
    return f"CAST(NULL AS {_type(part_of(spec[key]).type).split(' ')[0]})" if is_postgres() else "NULL"
