"""``make sizing``: which machine for how many people, from what actions were measured to cost and what people are assumed to do.

``sizing.py`` works the tables out from ``docs/sizing.json`` and writes them into both guides; ``--measure N`` measures first, on
PostgreSQL with N accounts. Whoever's people do other things changes ``ACTIONS`` and runs it again."""

from __future__ import annotations

import json
import math
import re
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

FIGURES = ROOT / "docs" / "sizing.json"
GUIDES = {"en": ROOT / "docs" / "guide" / "sizing.md", "zh": ROOT / "docs" / "guide" / "zh" / "sizing.md"}
SIZES = (10, 100, 1_000, 10_000)

# What one person does in the busiest hour of a day: by bench.
ACTIONS = {
    "list": 20, "record": 20, "panel": 15, "search": 8, "palette": 8, "inline": 10, "create": 5, "home": 4, "board": 3,
    "dashboard": 1, "import": 0.002,
}  # fmt: skip
AT_WORK = 0.7  # of all people, in the busiest hour
PEAK = 3.0  # the busiest seconds over the mean of that hour
FULL = 0.6  # how busy a core may be in those seconds, so that nobody waits in line
HOURS = 3  # as busy as the busiest one, that make a day
CAUSED = 2  # changes of one save, those of automatic rules with it
IMPORTED = 1000  # rows of an import
WORKING_DAYS = 250
UPLOADS_A_DAY = 1.0  # MB per person
YEARS = 3  # the database is planned for
LEAST_SYSTEM = 1.5  # GB for the system itself
HOT = 0.1  # of the database, in memory


@dataclass(frozen=True, slots=True)
class Machine:
    """What a number of people needs. Cores are whole; memory in GB; disk in GB a year."""

    people: int
    actions_a_second: float
    server_cores: float
    worker_cores: float
    database_cores: float
    processes: int
    memory: float
    database_memory: float
    database_a_year: float
    uploads_a_year: float


def machine(people: int, figures: dict[str, Any]) -> Machine:
    """Worked out for some people, from figures as :mod:`tools.benching.split` prints them."""
    doing = people * AT_WORK * PEAK / 3600  # of each action, times how often one person does it in the hour
    made = ACTIONS["create"] + ACTIONS["import"] * IMPORTED
    saved = ACTIONS["inline"] * CAUSED + made
    ours, theirs = (sum(often * figures["actions"][name][side] for name, often in ACTIONS.items()) for side in (0, 1))
    after, theirs_after = (saved * one for one in figures["worker"])
    servers, worker, database = (doing * one / 1000 / FULL for one in (ours, after, theirs + theirs_after))
    days = people * AT_WORK * HOURS * WORKING_DAYS
    grown = (
        days * (made * figures["bytes_of_a_record"] + ACTIONS["inline"] * CAUSED * figures["bytes_of_a_change"]) / 1e9
    )
    processes = math.ceil(servers) + math.ceil(worker)
    return Machine(
        people, doing * sum(ACTIONS.values()), servers, worker, database, processes,
        LEAST_SYSTEM + processes * figures["megabytes_of_a_process"] / 1000, max(0.5, YEARS * grown * HOT), grown,
        people * UPLOADS_A_DAY * WORKING_DAYS / 1000,
    )  # fmt: skip


HEADS = {
    "en": ("people", "actions a second", "cores, servers", "cores, worker", "cores, database", "processes", "memory, servers",
           "memory, database", "database a year", "uploads a year"),
    "zh": ("人数", "每秒操作", "服务器核数", "后台核数", "数据库核数", "进程数", "服务器内存", "数据库内存", "数据库每年", "上传文件每年"),
}  # fmt: skip
COSTS = {
    "en": ("action", "in the busiest hour, each person", "server, ms", "database, ms"),
    "zh": ("操作", "最忙一小时每人次数", "服务器毫秒", "数据库毫秒"),
}
NAMES = {
    "list": ("a list", "列表"), "record": ("a record's page", "记录页"), "panel": ("a record beside the list", "列表旁的详情"),
    "search": ("a search", "搜索"), "palette": ("the search box", "搜索框"), "inline": ("a cell saved", "改一格"),
    "create": ("a record made", "新建一条"), "home": ("the home page", "工作台"), "board": ("a board", "看板"),
    "dashboard": ("a dashboard", "仪表盘"), "import": ("1,000 rows imported", "导入 1,000 行"),
}  # fmt: skip

AFTER = ("the worker, after a change", "后台进程，每项变更之后")


def tables(language: str, figures: dict[str, Any]) -> dict[str, str]:
    """The tables of a guide by name."""
    found = [machine(one, figures) for one in SIZES]
    lines = [
        (f"{one.people:,}", f"{one.actions_a_second:,.1f}", _cores(one.server_cores), _cores(one.worker_cores),
         _cores(one.database_cores), str(one.processes),
         _gb(one.memory), _gb(one.database_memory), _gb(one.database_a_year), _gb(one.uploads_a_year))
        for one in found
    ]  # fmt: skip
    costs = [
        (NAMES[name][language == "zh"], f"{often:g}", *(f"{one:g}" for one in figures["actions"][name]))
        for name, often in ACTIONS.items()
    ]
    costs.append((AFTER[language == "zh"], "", *(f"{one:g}" for one in figures["worker"])))
    return {"machines": _table(HEADS[language], lines), "costs": _table(COSTS[language], costs)}


def written(text: str, language: str, figures: dict[str, Any]) -> str:
    """A guide with its tables as they are worked out now."""
    for name, table in tables(language, figures).items():
        text = re.sub(rf"(<!-- {name} -->\n).*?(<!-- / -->)", rf"\g<1>{table}\n\g<2>", text, flags=re.DOTALL)
    return text


def _cores(cores: float) -> str:
    return f"{max(1, math.ceil(cores)):,} ({cores:.2f})"


def _gb(size: float) -> str:
    return f"{size:,.1f} GB" if size < 20 else f"{size:,.0f} GB"


def _table(heads: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    rows = [heads, ("---",) + ("---:",) * (len(heads) - 1), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _measure(size: int) -> dict[str, Any]:
    from tools.bench import said_by

    with tempfile.TemporaryDirectory(prefix="zhike-sizing-") as folder:
        found = said_by("tools.benching.split", Path(folder) / "postgresql", "postgresql", size, list(ACTIONS))
    return {"on": datetime.now(UTC).date().isoformat(), "accounts": size, **found}


def main(words: list[str]) -> int:
    """Measure when asked to, then write both guides."""
    if words[:1] == ["--measure"]:
        FIGURES.write_text(json.dumps(_measure(int(words[1])), indent=1) + "\n", encoding="utf-8")
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    for language, path in GUIDES.items():
        path.write_text(written(path.read_text(encoding="utf-8"), language, figures), encoding="utf-8")
    print(tables("en", figures)["machines"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
