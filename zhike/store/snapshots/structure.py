"""The structure of a PostgreSQL schema as statements that make it again, under whatever schema is then the current one.

A table in parts is copied as one; bringing the database up to date divides it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhike.store.snapshots.facts import SnapshotError

COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,
       a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid),
       CASE WHEN a.attcollation <> t.typcollation THEN co.collname END
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation co ON co.oid = a.attcollation
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
KEYS = """
SELECT c.relname, a.attname FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, place) ON TRUE
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
WHERE i.indisprimary AND NOT c.relispartition AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname, k.place
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid, TRUE) FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND contype IN ('p', 'u', 'c', 'f', 'x') AND conrelid <> 0
AND NOT (SELECT relispartition FROM pg_class WHERE oid = conrelid)
ORDER BY contype = 'f', conname
"""
INDEXES = """
SELECT pg_get_indexdef(i.indexrelid, 0, TRUE) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = current_schema()::regnamespace AND NOT c.relispartition
AND NOT EXISTS (SELECT 1 FROM pg_constraint p WHERE p.conindid = i.indexrelid AND p.contype IN ('p', 'u', 'x'))
ORDER BY c.relname
"""
TRIGGERS = """
SELECT pg_get_triggerdef(t.oid, TRUE) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND NOT c.relispartition AND c.relnamespace = current_schema()::regnamespace ORDER BY t.tgname
"""
FUNCTIONS = """
SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), quote_ident(n.nspname) FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.objid = p.oid AND e.deptype = 'e') ORDER BY p.proname
"""
SEQUENCES = """
SELECT s.sequencename, s.start_value, s.increment_by, s.last_value, d.refobjid::regclass::text, a.attname
FROM pg_sequences s
JOIN pg_class c ON c.relname = s.sequencename AND c.relnamespace = current_schema()::regnamespace
LEFT JOIN pg_depend d ON d.objid = c.oid AND d.deptype = 'i' AND d.refobjsubid > 0
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE s.schemaname = current_schema() ORDER BY s.sequencename
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A table as it is copied: its plain columns, and those it is ordered by."""

    name: str
    columns: tuple[str, ...]
    order: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The columns as a list in a statement."""
        return ", ".join(f'"{one}"' for one in self.columns)

    @property
    def out(self) -> str:
        """The statement that gives its rows in order."""
        order = ", ".join(f'"{one}"' for one in self.order or self.columns)
        return f'COPY (SELECT {self.listed} FROM "{self.name}" ORDER BY {order}) TO STDOUT'


@dataclass(frozen=True, slots=True)
class Structure:
    """What is made before the rows come (``first``), the tables to fill, and what is made when they are there (``then``)."""

    first: list[str]
    tables: list[Held]
    then: list[str]


def read_structure(link: Any) -> Structure:
    """The structure of the current schema."""
    if link.execute("SELECT current_schema()").fetchone()[0] is None:
        raise SnapshotError("the connection has no schema")
    keys: dict[str, list[str]] = {}
    for table, column in link.execute(KEYS):
        keys.setdefault(table, []).append(column)
    lines: dict[str, list[str]] = {}
    copied: dict[str, list[str]] = {}
    for table, name, type_, filled, identity, generated, default, collation in link.execute(COLUMNS):
        lines.setdefault(table, []).append(_column(name, type_, filled, identity, generated, default, collation))
        if not generated:
            copied.setdefault(table, []).append(name)
    first = [
        f'CREATE SEQUENCE "{name}" START WITH {start} INCREMENT BY {step}'
        for name, start, step, _last, table, _column_name in link.execute(SEQUENCES)
        if table is None
    ]
    first += [text.replace(f"FUNCTION {schema}.", "FUNCTION ", 1) for _name, text, schema in link.execute(FUNCTIONS)]
    first += [f'CREATE TABLE "{table}" ({", ".join(columns)})' for table, columns in lines.items()]
    then = [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {text}' for table, name, text in link.execute(CONSTRAINTS)]
    then += [line[0] for line in link.execute(INDEXES)]
    then += [line[0] for line in link.execute(TRIGGERS)]
    tables = [Held(name, tuple(copied[name]), tuple(keys.get(name, ()))) for name in lines]
    return Structure(first, tables, then)


def read_sequences(link: Any) -> list[str]:
    """Statements that set every sequence to where it is now."""
    said = []
    for name, _start, _step, last, table, column in link.execute(SEQUENCES):
        if last is not None:
            place = f"pg_get_serial_sequence('{table}', '{column}')" if table else f"'\"{name}\"'"
            said.append(f"SELECT setval({place}, {last})")
    return said


def _column(
    name: str, type_: str, filled: bool, identity: str, generated: str, default: str | None, collation: str | None
) -> str:
    parts = [f'"{name}" {type_}']
    if collation:
        parts.append(f'COLLATE "{collation}"')
    if identity:
        parts.append("GENERATED ALWAYS AS IDENTITY" if identity == "a" else "GENERATED BY DEFAULT AS IDENTITY")
    elif generated:
        parts.append(f"GENERATED ALWAYS AS ({default}) STORED")
    elif default is not None:
        parts.append(f"DEFAULT {default}")
    if filled:
        parts.append("NOT NULL")
    return " ".join(parts)
