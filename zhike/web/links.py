"""Addresses of pages, made in one place. Every address is a path on this site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode, urlsplit

from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec


def list_url(spec: ObjectSpec, **query: str) -> str:
    """The list of an object; keywords become the query string, empty ones are left out."""
    return with_query(f"/{spec.plural}", query)


def board_url(spec: ObjectSpec, **query: str) -> str:
    """The board of an object."""
    return with_query(f"/{spec.plural}/board", query)


def new_url(spec: ObjectSpec, **values: str) -> str:
    """The form for a new record; keywords fill fields in advance."""
    return with_query(f"/{spec.plural}/new", values)


def number_in(text: str) -> int:
    """The record id in a form or an address; 0 for whatever cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 else 0


def record_url(record: Any) -> str:
    """The page of anything with ``object`` and ``id`` (a record, a link, a search hit); "" for an unknown object."""
    spec = registry.find(record.object)
    return f"/{spec.plural}/{record.id}" if spec else ""


def edit_url(record: Any) -> str:
    """The form that edits a record."""
    return f"{record_url(record)}/edit"


def action_url(record: Any, name: str) -> str:
    """The dialog of an action on one record."""
    return f"{record_url(record)}/actions/{name}"


def bulk_url(spec: ObjectSpec, name: str) -> str:
    """The dialog of an action on chosen records."""
    return f"/{spec.plural}/actions/{name}"


def page_url(spec: ObjectSpec, word: str, ids: Iterable[int] = (), **query: Any) -> str:
    """A page of its own under an object (``merge``, ``duplicates``), for some of its records."""
    return with_query(f"/{spec.plural}/{word}", {"ids": ",".join(map(str, ids)), **query})


LOG = "log_follow_up"


def log_url(record: Any) -> str:
    """The follow-up line about a record as a sheet; "" for records that take none."""
    taken = any(one.name == LOG for one in registry.actions(record.object))
    return action_url(record, LOG) if taken else ""


def file_url(record: Any, field: str) -> str:
    """The download of a record's file field."""
    return f"/files/{record.object}/{record.id}/{field}"


LOOKED_AT = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "application/pdf",
    "text/plain",
    "text/csv",
)


def look_url(record: Any, field: str, type_: str) -> str:
    """The dialog that shows a record's file; "" for a type browsers do not show safely."""
    return f"{file_url(record, field)}/look" if type_ in LOOKED_AT else ""


def undo_url(operation: int) -> str:
    """Where undoing an operation is posted to."""
    return f"/operations/{operation}/undo"


def with_query(path: str, query: dict[str, Any]) -> str:
    """A path with the non-empty entries of ``query``; lists repeat their name."""
    filled = {name: value for name, value in query.items() if value not in ("", None, (), [])}
    return f"{path}?{urlencode(filled, doseq=True)}" if filled else path


def local(address: str, otherwise: str = "/") -> str:
    """``address`` if it is a path on this site, else ``otherwise``: for ``?next=`` and the like.

    ``//host``, ``/\\host``, schemes and control characters are refused, since browsers read them as other sites.
    """
    if not address.startswith("/") or address[1:2] in ("/", "\\"):
        return otherwise
    if " " in address or "\\" in address or not address.isprintable():
        return otherwise
    parts = urlsplit(address)
    return otherwise if parts.scheme or parts.netloc else address
