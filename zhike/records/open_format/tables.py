"""What stands beside the records and goes into an open export, table by table, and what stays behind and why.

Every table of the store is in one of the two lists: a test holds that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import models

from zhike.kernel.words import Words, _
from zhike.records.open_format.package import wrong_line
from zhike.schema.formats import iso_instant
from zhike.store.database import from_db, to_db

ENVELOPE = re.compile(r"[wv][12]\.[0-9a-f]{6,8}\.[A-Za-z0-9_-]{30,}")


@dataclass(frozen=True)
class Table:
    """A table whose rows are lines of ``part``, one key a column. ``coded``: columns that hold JSON. ``without``: columns
    that stay behind. ``where``: which rows."""

    part: str
    table: str
    about: str
    coded: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    where: str = ""

    @cached_property
    def columns(self) -> list[Any]:
        """The Django fields of the columns that go, the key first."""
        model = next(one for one in apps.get_models() if one._meta.db_table == self.table)
        return [one for one in model._meta.concrete_fields if one.column not in self.without]

    @property
    def question(self) -> str:
        """The SELECT that reads it in the order of its key."""
        return self.asking()

    def asking(self, *more: str) -> str:
        """The same with ``more`` columns at the end of each row."""
        names = ", ".join(f'"{one}"' for one in (*(one.column for one in self.columns), *more))
        where = f" WHERE {self.where}" if self.where else ""
        return f'SELECT {names} FROM "{self.table}"{where} ORDER BY "{self.columns[0].column}"'

    def told(self, row: tuple[Any, ...]) -> dict[str, Any]:
        """A row as a line; what is empty is left out, and so is what only this home's key opens."""
        line: dict[str, Any] = {}
        for column, value in zip(self.columns, row, strict=True):
            if value is None:
                continue
            if column.column in self.coded:
                value = without_secrets(json.loads(value))
            line[column.column] = _plain(column, value)
        return line

    def taken(self, line: dict[str, Any], number: int) -> list[Any]:
        """A line as statement parameters in the order of :attr:`columns`. Raises BadPackage."""
        known = {one.column for one in self.columns}
        strange = next((key for key in line if key not in known), None)
        if strange is not None:
            raise wrong_line(self.part, number, _("“{field}” is unknown here.").with_(field=strange[:60]))
        try:
            return [self._stored(one, line.get(one.column)) for one in self.columns]
        except (ValueError, TypeError) as error:
            raise wrong_line(self.part, number, str(error)) from error

    def _stored(self, column: Any, value: Any) -> Any:
        if value is None:
            if column.null:
                return None
            if not column.has_default():
                raise ValueError(str(_("“{field}” is missing.").with_(field=column.column)))
            return to_db(column.get_default())
        if column.column in self.coded:
            return json.dumps(value, ensure_ascii=False)
        if isinstance(column, models.DateTimeField):
            return to_db(datetime.fromisoformat(value).astimezone(UTC))
        if isinstance(column, models.DateField):
            return to_db(date.fromisoformat(value))
        wanted: type = str
        if isinstance(column, models.BooleanField):
            wanted = bool
        elif isinstance(column, models.IntegerField):
            wanted = int
        if type(value) is not wanted:
            raise ValueError(str(_("“{field}” is of the wrong type.").with_(field=column.column)))
        return to_db(value)


def _plain(column: Any, value: Any) -> Any:
    if isinstance(column, models.DateTimeField):
        return iso_instant(from_db(value, "instant"))
    if isinstance(column, models.DateField):
        return from_db(value, "date").isoformat()
    return bool(value) if isinstance(column, models.BooleanField) else value


def without_secrets(value: Any) -> Any:
    """A JSON value without what is sealed in it: passwords of mail servers and stores, which are entered anew."""
    if isinstance(value, dict):
        return {
            key: without_secrets(one)
            for key, one in value.items()
            if not (isinstance(one, str) and ENVELOPE.fullmatch(one))
        }
    return [without_secrets(one) for one in value] if isinstance(value, list) else value


DECLARATIONS = (
    Table("system/custom_objects.jsonl", "store_customobject", "Objects the company declared", ("body",)),
    Table(
        "system/custom_fields.jsonl", "store_customfield", "Fields the company declared, removed ones too", ("body",)
    ),
    Table("system/options.jsonl", "store_optionrow", "Options of choice fields"),
    Table(
        "system/settings.jsonl",
        "store_setting",
        "Settings and layouts, without passwords",
        ("value",),
        where="\"key\" <> 'log_archive'",
    ),
)
BESIDE = (
    Table("system/counters.jsonl", "store_counter", "Counters behind automatic numbers", where="\"name\" LIKE 'number:%%'"),
    Table("system/external_ids.jsonl", "store_externalid", "Ids of records in other systems"),
    Table("system/redirects.jsonl", "store_redirect", "Where ids of merged records lead"),
    Table("system/shares.jsonl", "store_share", "Records shared with people and departments, teams"),
    Table("system/not_same.jsonl", "store_notsame", "Pairs that somebody said are not the same"),
    Table("system/segment_hand.jsonl", "store_segmenthand", "Records added to segments or left out of them by hand"),
    Table("system/alike_pairs.jsonl", "store_alikepair", "Pairs that were found to be perhaps the same"),
    Table("system/rates.jsonl", "store_rate", "Exchange rates, times 10^10"),
    Table("system/preferences.jsonl", "store_preference", "What people chose for themselves", ("body",)),
    Table("system/marks.jsonl", "store_mark", "Favourites, followed and recently seen records"),
    Table("system/notices.jsonl", "store_notice", "Notices of people's inboxes", ("text",)),
    Table("system/reminders.jsonl", "store_reminder", "Moments ahead at which somebody is reminded"),
    Table("system/mails.jsonl", "store_mailrow", "Mails to the company's own people, sent and waiting", ("body",)),
    Table("system/person_days.jsonl", "store_personday", "What happens once a day, and when it last did"),
    Table("system/identities.jsonl", "store_identity", "Who people are at the provider they sign in with"),
    Table("system/import_memory.jsonl", "store_importmemory", "What was decided for files with the same headings", ("body",)),
    Table("system/outbox.jsonl", "store_outboxrow", "Consequences of changes that are still to come", ("fields",)),
    Table("system/assigned.jsonl", "store_assigned", "Who got which record by which rule of assignment"),
    Table("system/retention_warnings.jsonl", "store_retentionwarning", "Records whose keepers were told that a rule takes them"),
    Table("history/operations.jsonl", "store_operation", "Who did what, when, how and why"),
    Table("history/segment_moves.jsonl", "store_segmentmove", "Which records came into segments and left them"),
    Table("history/stays.jsonl", "store_stay", "How long records stood on each step of their path"),
    Table("history/readings.jsonl", "store_readlog", "Who read personal data"),
    Table("history/settings.jsonl", "store_settingchange", "Changes of settings", ("before", "after")),
)  # fmt: skip
FILES = Table(
    "system/files.jsonl",
    "store_blob",
    "Uploaded files; the bytes are in files/<id>",
    without=("place", "vault", "name"),
)
SPECIAL = {  # their lines are made elsewhere
    "store_customrecord": "objects/<key>.jsonl",
    "store_changerow": "history/changes.jsonl",
    "store_auditrow": "history/audit.jsonl",
    "store_privacycase": "history/privacy.jsonl",
}
LEFT_OUT: dict[str, Words] = {
    "store_login": _("Passwords: people set new ones by a link"),
    "store_token": _("Tokens of programs: new ones are made"),
    "store_signin": _("Open sessions: people sign in anew"),
    "store_signintry": _("Failed sign-ins of the last minutes"),
    "store_invitation": _("Links that let people set a password"),
    "store_authenticator": _("Second steps: people set them up anew"),
    "store_recoverycode": _("Second steps: people set them up anew"),
    "store_passkey": _("Passkeys: they belong to the old address"),
    "store_challenge": _("What devices are asked to sign right now"),
    "store_feed": _("Secret addresses of calendars: new ones are made"),
    "store_once": _("Answers kept for a week for programs that ask twice"),
    "store_answer": _("Made from the records"),
    "store_job": _("Jobs: what they did is in the history"),
    "store_upload": _("Files somebody is about to import"),
    "store_importrow": _("Files somebody is about to import"),
    "store_written": _("How fresh a replica has to be for whom"),
    "store_worker": _("Which workers live right now"),
    "store_schedule": _("When repeated jobs run next"),
    "store_linkrow": _("Made from the records"),
    "store_searchrow": _("Made from the records"),
    "store_timelinerow": _("Made from the records"),
    "store_alikekey": _("Made from the records"),
    "store_segmentmember": _("Made from the records"),
    "store_segmentstate": _("Made from the records"),
}


def tables() -> Iterator[Table]:
    """All of them, declarations first: an import needs these before it can read a record."""
    yield from DECLARATIONS
    yield from BESIDE
