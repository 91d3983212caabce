"""The company's settings, and what parsing and showing need to know for one actor."""

from __future__ import annotations

import json
import threading
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
_held: dict[str, tuple[int, Company]] = {}


def company() -> Company:
    """The settings of now."""
    newest = stamp(STAMP)
    with _lock:
        held = _held.get("now")
        if held is None or held[0] != newest:
            found = {key: json.loads(value) for key, value in rows('SELECT "key", "value" FROM "store_setting"')}
            known = {key: value for key, value in found.items() if key in asdict(Company())}
            held = _held["now"] = (newest, Company(**known))
        return held[1]


def change_company(**values: Any) -> Company:
    """Change settings by name (fields of :class:`Company`). Raises TypeError for an unknown name."""
    changed = replace(company(), **values)
    with write_transaction():
        for key, value in values.items():
            coded = json.dumps(value, ensure_ascii=False)
            if not run('UPDATE "store_setting" SET "value" = %s WHERE "key" = %s', (coded, key)):
                run('INSERT INTO "store_setting" ("key", "value") VALUES (%s, %s)', (key, coded))
        renew(STAMP)
    return changed


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
