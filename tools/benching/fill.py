"""A home with accounts by the million: people through the doors, everything else printed by several processes and loaded in
bulk, with its history, its search documents, its keys of likeness and the audit chain."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from threading import Semaphore
from typing import Any, NamedTuple

from django.db import connection, connections

from tools.benching.invented import DIVISIONS, FEWEST_DEALS, SCORE, SELLERS, TEAMS, World
from tools.benching.press import TABLES, Press, Rows
from zhike.access.signin import set_password
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, today
from zhike.records.acts import Act
from zhike.records.asking import ids_by_words
from zhike.records.company.settings import company, setting_for
from zhike.records.declaring.customise import create_field
from zhike.records.likeness.forms import keys_kept
from zhike.records.sharing import share
from zhike.records.write import write, write_many
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.site.demo import words
from zhike.store.chain import cover_digests
from zhike.store.cubes import remake
from zhike.store.database import insert_many, is_postgres, marks, rows, run, write_transaction
from zhike.store.ids import never_again, raise_to, take_ids
from zhike.store.reconcile import reconcile

PASSWORD = "bench-by-the-lake"
OBJECTS = ("account", "contact", "opportunity", "follow_up")
PRINTED_TOGETHER = 1000  # records of one operation
LOADED_TOGETHER = 20  # operations of one transaction
AHEAD = 40  # printed operations that may wait to be loaded
SHARED = 300  # accounts of others that the second seller may read
TASKS = 2000
_world: World
_presses: dict[str, Press] = {}


class Portion(NamedTuple):
    """Records of one operation, by their numbers."""

    object: str
    start: int
    stop: int
    operation: int


def fill(size: int, contacts: int = 2, follow_ups: int = 5) -> None:
    """Make ``size`` accounts with two contacts, a deal and five follow-ups each on average, owned by 200 sellers of 20 teams
    in two divisions. The home is migrated and empty."""
    sellers = _people()
    create_field(SYSTEM, "account", {"key": SCORE, "label": "Score", "kind": "number", "index": True})
    products = [_make("product", name=name, code=code) for name, code, *_more in words.PRODUCTS]
    stages = {code: id_ for id_, code in rows('SELECT "id", "code" FROM "objects_stage"')}
    pipeline = ids_by_words(registry.object("pipeline"), "sales")[0]
    first, at = {}, take_ids(1)[0] + 1
    world = World(
        size,
        max(size, FEWEST_DEALS),
        first,
        sellers,
        stages,
        pipeline,
        tuple(products),
        now(),
        today(company().timezone),
        contacts,
        follow_ups,
    )
    for key in OBJECTS:
        first[key] = at
        at += world.many(key)
    portions = list(_portions(world, at))
    never_again(portions[-1].operation)
    _load(world, portions)
    _after(world, sellers)


def _load(world: World, portions: list[Portion]) -> None:
    global _world
    _world, held = world, _without_indexes()
    for key in OBJECTS:
        _presses[key] = Press(registry.object(key), setting_for(SYSTEM), world.now)
    connections.close_all()
    with get_context("fork").Pool(os.cpu_count()) as pool:
        _hurry()
        room = Semaphore(AHEAD)
        printed = pool.imap(_printed, (portion for portion in portions if room.acquire()))
        for start in range(0, len(portions), LOADED_TOGETHER):
            with write_transaction():
                for portion in portions[start : start + LOADED_TOGETHER]:
                    lines, digests = next(printed)
                    room.release()
                    operation = Act(SYSTEM, "import", resumes=portion.operation, at=world.now).id
                    cover_digests(operation, SYSTEM.id, SYSTEM.via, digests)
                    for table, some in lines.items():
                        insert(table, _columns_of(table), some)
    for sql in held:
        run(sql)
    reconcile()
    for spec in registry:
        if spec.cube is not None:
            remake(spec)
    run("ANALYZE")
    connections.close_all()


def _after(world: World, sellers: tuple[int, ...]) -> None:
    """What is counted on from here, what is shared, and some tasks."""
    with write_transaction():
        for key in ("account", "opportunity"):
            raise_to(f"number:{key}.number", world.many(key))
        for key in OBJECTS:
            if registry.object(key).compared:
                keys_kept(registry.object(key))
    act = Act(SYSTEM, "share")
    with write_transaction():
        for number in range(SHARED):
            share(act, "account", world.first["account"] + world.size * number // SHARED, [Ref("user", sellers[1])])
    for start in range(0, TASKS, 500):
        write_many(SYSTEM, [_task(world, sellers, number) for number in range(start, start + 500)])


def _portions(world: World, operation: int) -> Iterator[Portion]:
    for key in OBJECTS:
        many = world.many(key)
        for start in range(0, many, PRINTED_TOGETHER):
            yield Portion(key, start, min(start + PRINTED_TOGETHER, many), operation)
            operation += 1


def _printed(portion: Portion) -> tuple[dict[str, list[tuple[Any, ...]]], bytes]:
    """In a process of its own: the rows of a portion by table, and the digests of its part of the change log."""
    press, first = _presses[portion.object], _world.first[portion.object]
    into: Rows = {press.spec.table: [], **{table: [] for table in TABLES}}
    digests = b"".join(
        press.print(into, first + number, portion.operation, *_world.invent(portion.object, number))
        for number in range(portion.start, portion.stop)
    )
    return {table: lines for table, lines in into.items() if lines}, digests


def _columns_of(table: str) -> Sequence[str]:
    return TABLES.get(table) or next(one.columns for one in _presses.values() if one.spec.table == table)


def insert(table: str, columns: Sequence[str], lines: Sequence[tuple[Any, ...]]) -> None:
    """Load rows into a table, in the quickest way the database has."""
    if not is_postgres():
        insert_many(table, columns, lines)
        return
    listed = ", ".join(f'"{one}"' for one in columns)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as into:
        for line in lines:
            into.write_row(line)


def _without_indexes() -> list[str]:
    """Take away the indexes of what is loaded, and the full text; answers how those that no declaration asks for are made
    again. The others are made by ``reconcile``."""
    tables = [*TABLES, *(registry.object(key).table for key in OBJECTS)]
    if is_postgres():
        sql = (
            "SELECT indexname, replace(indexdef, ' ON ONLY ', ' ON ') FROM pg_indexes"
            " WHERE schemaname = current_schema() AND tablename IN ({}) AND indexname NOT LIKE '%%_pkey'"
            " AND indexdef NOT LIKE 'CREATE UNIQUE%%'"
        )
    else:
        sql = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({})"
    found = rows(sql.format(marks(tables)), tables)
    for name, _made in found:
        run(f'DROP INDEX "{name}"')
    if not is_postgres():
        for trigger in ("store_search_added", "store_search_gone"):
            run(f'DROP TRIGGER "{trigger}"')
        run('DROP TABLE "store_search_fts"')
    return [made for name, made in found if not name.startswith("zk_") and name != "search_words"]


def _hurry() -> None:
    """This connection need not survive a power cut: a home half filled is filled anew."""
    if is_postgres():
        run("SET maintenance_work_mem = '512MB'")
        return
    for pragma in ("synchronous = OFF", "cache_size = -600000", "threads = 2", "temp_store = FILE"):
        run(f"PRAGMA {pragma}")


def _people() -> tuple[int, ...]:
    """An administrator, a manager of each division and team, and the sellers; the ids of the sellers. ``boss``, ``chief0``,
    ``head0`` and the first two sellers can sign in."""
    roles = {code: ids_by_words(registry.object("role"), code)[0] for code in ("administrator", "manager", "sales")}
    office = _make("department", name="Head office")
    divisions = [_make("department", name=f"Division {n}", parent=office) for n in range(DIVISIONS)]
    teams = [_make("department", name=f"Team {n}", parent=divisions[n % DIVISIONS]) for n in range(TEAMS)]
    able = [_person("boss", roles["administrator"], office)]
    able += [_person(f"chief{n}", roles["manager"], one) for n, one in enumerate(divisions)][:1]
    able += [_person(f"head{n}", roles["manager"], one) for n, one in enumerate(teams)][:1]
    sellers = [_person(f"seller{n}", roles["sales"], teams[n % TEAMS]) for n in range(SELLERS)]
    for person in (*able, *sellers[:2]):
        set_password(person, PASSWORD)
    return tuple(sellers)


def _person(login: str, role: int, department: int) -> int:
    return _make(
        "user",
        name=login,
        login=login,
        roles=(Ref("role", role),),
        active=True,
        department=Ref("department", department),
    )


def _make(object_key: str, **values: Any) -> int:
    return write(SYSTEM, Command("create", object_key, values=values)).id


def _task(world: World, sellers: tuple[int, ...], number: int) -> Command:
    values = {
        "subject": f"{words.TODOS[number % len(words.TODOS)]}{number}",
        "kind": ("todo", "follow_up", "call")[number % 3],
        "due_on": world.today.fromordinal(world.today.toordinal() + number % 30 - 10),
        "parent": Ref("account", world.first["account"] + number % world.size),
        "owner": Ref("user", sellers[number % len(sellers)]),
    }
    return Command("create", "task", values=values)
