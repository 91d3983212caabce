"""Versions in headers: ``ETag: "7"`` on the way out, ``If-Match: "7"`` on the way in."""

from __future__ import annotations

import re

from zhike.api.errors import BadRequest, VersionNeeded
from zhike.api.operation import Call
from zhike.kernel.errors import Problem, Stale
from zhike.kernel.words import _
from zhike.records.read import read_one

_TAG = re.compile(r'(W/)?"([^"\x00-\x20\x7f]*)"')


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def expected_version(call: Call) -> int | None:
    """The version ``If-Match`` asks for, or None for ``*`` (whatever is newest).

    Raises VersionNeeded (428) without the header, BadRequest for one that cannot be read, Stale (412) when none of
    several tags, or only weak ones, can match.
    """
    header = call.header("If-Match")
    if not header:
        text = _('Send the version you read as If-Match, such as If-Match: "7".')
        raise VersionNeeded(Problem(text, field="If-Match", code="precondition-required"))
    if header == "*":
        return None
    parts = [part.strip() for part in header.split(",") if part.strip()]
    tags = [_TAG.fullmatch(part) for part in parts]
    if not tags or None in tags:
        raise BadRequest(_('If-Match must be a quoted version such as "7".'), "If-Match", "header")
    versions = {
        int(tag[2]) for tag in tags if tag and not tag[1] and tag[2].isascii() and tag[2].isdigit() and len(tag[2]) < 16
    }
    if len(versions) == 1 and len(parts) == 1:
        return versions.pop()
    current = read_one(call.actor, call.object.key, call.record).version
    if current not in versions:
        raise stale(current)
    return current


def stale(current: int) -> Stale:
    """The refusal of an old version, naming the current one."""
    text = _("The newest version is {version}; read the record again.").with_(version=current)
    return Stale(Problem(text, field="If-Match", code="stale", value=current))
