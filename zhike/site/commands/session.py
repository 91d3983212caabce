"""Who acts on the command line, on which object, with which values."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from zhike.access.signin import actor_of_login
from zhike.api.body import parse_json
from zhike.api.errors import BadRequest
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.errors import Forbidden, NotFound
from zhike.kernel.words import _, current_language
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.site.commands.arguments import Given, WrongUsage

MOST_VALUES = 10 * 1024 * 1024


def actor_for(given: Given, home: Path) -> Actor:
    """The user of ``--as``; without it the owner of the folder (or root) acts as administrator.

    Raises NotFound for an unknown login, Forbidden for anybody else."""
    if given.has("as"):
        return replace(actor_of_login(given.text("as")), via="command", language=current_language())
    if os.geteuid() not in (0, home.stat().st_uid):
        raise Forbidden(
            _("The folder {home} belongs to somebody else. Say who you are with --as USER.").with_(home=home)
        )
    return replace(SYSTEM, via="command", language=current_language())


def object_for(given: Given) -> ObjectSpec:
    """The object named on the command line. Raises NotFound with the nearest name."""
    return object_named(given.word("OBJECT"))


def object_named(name: str) -> ObjectSpec:
    """The object with this key or plural. Raises NotFound with the nearest name."""
    registry.refresh()
    found = registry.find(name) or next((spec for spec in registry if spec.plural == name), None)
    if found is not None:
        return found
    near = difflib.get_close_matches(name, [spec.key for spec in registry], 1)
    if near:
        text = _("There is no object called “{name}”. Did you mean “{near}”?")
        raise NotFound(text.with_(name=name[:60], near=near[0]))
    raise NotFound(_("There is no object called “{name}”.").with_(name=name[:60]))


def json_values(given: Given, *, required: bool = True) -> dict[str, Any]:
    """The object given with ``--json`` (text, ``-`` or ``@FILE``). Raises WrongUsage when it is not one."""
    if not given.has("json"):
        if required:
            raise WrongUsage(_("The option “--json” is missing: {usage}").with_(usage=given.shape.usage))
        return {}
    text = given.text("json")
    if text == "-":
        text = sys.stdin.read(MOST_VALUES)
    elif text.startswith("@"):
        text = text_of_file(Path(text[1:]))
    try:
        data = parse_json(text)
    except BadRequest as error:
        raise WrongUsage(_("--json: {problem}").with_(problem=error.problems[0].text)) from error
    if not isinstance(data, dict):
        raise WrongUsage(_("--json: send an object, such as {example}").with_(example='{"name": "…"}'))
    return data


def text_of_file(path: Path) -> str:
    """A UTF-8 file's text. Raises WrongUsage when it cannot be read."""
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(_("{file} cannot be read: {reason}").with_(file=path, reason=error)) from error


def record_id(text: str) -> int:
    """A record id. Raises WrongUsage when it is not a number."""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:19]) < 2**53 and len(text) < 17):
        raise WrongUsage(_("“{word}” is not a record id.").with_(word=text[:40]))
    return int(text)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with empty texts as None, as JSON output promises."""
    return {key: None if value == "" else value for key, value in values.items()}
