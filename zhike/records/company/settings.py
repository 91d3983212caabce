"""The company's settings, and what parsing and showing need to know for one actor."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.clock import today
from zhike.schema.kinds import Setting
from zhike.store.database import rows, run, write_transaction
from zhike.store.ids import renew, stamp

STAMP = "stamp:settings"


@dataclass(frozen=True, slots=True)
class Company:
    """Facts of the company using the system."""

    name: str = "知客"
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    language: str = "zh-hans"
    country: str = "CN"
    demo: bool = False


_lock = threading.Lock()
_held: dict[str, tuple[int, Company, dict[str, Any]]] = {}


def company() -> Company:
    """The company's own facts as they are now."""
    return _now()[1]


def kept(key: str, default: Any = None) -> Any:
    """A setting that is no field of :class:`Company`, such as ``mail``: any JSON value. Do not change it in place."""
    return _now()[2].get(key, default)


def change_company(**values: Any) -> Company:
    """Change settings by name (fields of :class:`Company`). Raises TypeError for an unknown name."""
    changed = replace(company(), **values)
    _write(values)
    return changed


def keep(key: str, value: Any) -> None:
    """Keep a JSON value under a key of its own; None forgets it. The caller has checked that the actor may."""
    _write({key: value})


def _now() -> tuple[int, Company, dict[str, Any]]:
    newest = stamp(STAMP)
    with _lock:
        held = _held.get("now")
        if held is None or held[0] != newest:
            found = {key: json.loads(value) for key, value in rows('SELECT "key", "value" FROM "store_setting"')}
            known = {key: value for key, value in found.items() if key in asdict(Company())}
            held = _held["now"] = (newest, Company(**known), found)
        return held


def _write(values: Mapping[str, Any]) -> None:
    with write_transaction():
        for key, value in values.items():
            coded = json.dumps(value, ensure_ascii=False)
            if value is None:
                run('DELETE FROM "store_setting" WHERE "key" = %s', (key,))
            elif not run('UPDATE "store_setting" SET "value" = %s WHERE "key" = %s', (coded, key)):
                run('INSERT INTO "store_setting" ("key", "value") VALUES (%s, %s)', (key, coded))
        renew(STAMP)


def forget_settings() -> None:
    """Drop what is held (after the database was replaced, as tests do)."""
    _held.clear()


def setting_for(actor: Actor) -> Setting:
    """How this actor's input is read and output shown: the company's currency and country, the actor's zone and language."""
    firm = company()
    zone = firm.timezone if actor.is_system else actor.timezone
    return Setting(
        currency=firm.currency, timezone=zone, language=actor.language, country=firm.country, today=today(zone)
    )
