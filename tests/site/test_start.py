"""What a server loads before it shows its first list: what few pages need is loaded when one of them needs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite
LATER = (
    "openpyxl", "python_calamine", "pyarrow", "duckdb", "polars", "weasyprint", "celery",  # files and archives
    "rapidfuzz", "phonenumbers", "cpca", "pypinyin", "holidays", "chinese_calendar", "dateutil", "icalendar",
    "webauthn", "pyotp", "segno", "joserfc", "nh3",  # ways to sign in, codes, letters
    "babel.dates", "psycopg", "django_tasks", "django.contrib.admin",
)  # fmt: skip
MADE = """
from zhike.site.home import Home, configure
configure(Home.here())
from zhike.site.commands.migrate import bring_up_to_date
bring_up_to_date()
from zhike.access.signin import set_password
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.records.asking import ids_by_words
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.values import Ref
role = Ref("role", ids_by_words(registry.object("role"), "administrator")[0])
values = {"name": "Li", "login": "li", "roles": (role,), "active": True}
set_password(write(SYSTEM, Command("create", "user", values=values)).id, "seen-by-the-lake")
write(SYSTEM, Command("create", "account", values={"name": "海宁纺织", "phone": "0573-87012345"}))
"""
SHOWN = """
import gc, json, sys
import zhike.site.wsgi
looking = gc.isenabled()
from django.test import Client
from zhike.access.signin import sign_in
client = Client()
client.cookies["zhike"] = sign_in("li", "seen-by-the-lake")
answer = client.get("/accounts")
assert answer.status_code == 200 and "海宁纺织" in answer.content.decode()
print(json.dumps([looking, sorted(sys.modules)]))
"""


def _run(code: str, home: Path) -> str:
    environment = {**os.environ, "ZHIKE_HOME": str(home), "ZHIKE_DATABASE": "", "ZHIKE_HOSTS": "testserver"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_list_loads_no_library_it_does_not_use(tmp_path: Path) -> None:
    _run(MADE, tmp_path)
    looking, loaded = json.loads(_run(SHOWN, tmp_path).splitlines()[-1])
    assert looking, "garbage is collected again once the server has started"
    assert "zhike.site.urls" in loaded
    assert [name for name in LATER if name in loaded] == []
