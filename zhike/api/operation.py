"""What one API operation is: its method, address, parameters and handler. Routing and OpenAPI both read this."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.http import HttpRequest, QueryDict

from zhike.api.body import read_json
from zhike.api.errors import BadRequest
from zhike.api.json_schema import ANY, FLAG, TEXT, Schema, Shape
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.schema.spec import FieldSpec, ObjectSpec

ParamKind = Literal["text", "whole", "choice", "list", "flag"]


@dataclass(frozen=True, slots=True)
class Param:
    """One query parameter or header. ``list``: names separated by commas; ``flag``: ``true`` or ``false``."""

    name: str
    help: Words
    kind: ParamKind = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    default: Any = None
    example: Any = None

    @property
    def schema(self) -> Schema:
        """Its JSON Schema."""
        shapes: dict[str, Schema] = {
            "text": TEXT | ({"maxLength": self.most} if self.most else {}),
            "whole": {"type": "integer", "minimum": self.least, "maximum": self.most},
            "choice": {"type": "string", "enum": list(self.choices)},
            "list": TEXT,
            "flag": FLAG,
        }
        return shapes[self.kind] | ({"default": self.default} if self.default is not None else {})

    def read(self, raw: str | None) -> Any:
        """The value of a raw parameter: str, int, tuple of names or bool. Raises BadRequest naming the parameter."""
        if raw is None or (raw == "" and self.kind != "text"):
            if self.required:
                raise BadRequest(_("The parameter “{name}” is missing.").with_(name=self.name), self.name, "missing")
            return () if self.kind == "list" and self.default is None else self.default
        if self.kind == "list":
            return tuple(part.strip() for part in raw.split(",") if part.strip())
        if self.kind == "whole":
            return self._whole(raw)
        if self.kind == "flag":
            if raw not in ("true", "false"):
                raise self._wrong(raw, "true, false")
            return raw == "true"
        if self.kind == "choice" and raw not in self.choices:
            raise self._wrong(raw, ", ".join(self.choices))
        if self.most and len(raw) > self.most:
            raise self._wrong(raw[:20] + "…", _("at most {n} characters").with_(n=self.most))
        if self.required and not raw.strip():
            raise BadRequest(_("The parameter “{name}” is missing.").with_(name=self.name), self.name, "missing")
        return raw

    def _whole(self, raw: str) -> int:
        number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else -1
        if not self.least <= number <= self.most:
            raise self._wrong(raw, f"{self.least}–{self.most}")
        return number

    def _wrong(self, raw: str, wanted: object) -> BadRequest:
        text = _("The parameter “{name}” cannot be “{value}”; possible: {wanted}.")
        return BadRequest(text.with_(name=self.name, value=raw[:60], wanted=wanted), self.name, "parameter")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers: JSON data (None: no body), status and headers. ``text`` is sent as ``media`` instead, or
    ``stream`` piece by piece."""

    data: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    media: str = "application/json"
    stream: Iterable[bytes] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request on its way to a door."""

    request: HttpRequest
    actor: Actor
    params: Mapping[str, Any]
    spec: ObjectSpec | None = None
    id: int | None = None
    name: str = ""

    @property
    def object(self) -> ObjectSpec:
        """The object the address names."""
        if self.spec is None:
            raise LookupError("this address names no object")
        return self.spec

    @property
    def record(self) -> int:
        """The record id the address names."""
        if self.id is None:
            raise LookupError("this address names no record")
        return self.id

    def json(self, *, optional: bool = False) -> Any:
        """The body, read strictly."""
        return read_json(self.request, optional=optional)

    def json_object(self, *, optional: bool = False) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        return as_object(self.json(optional=optional))

    def header(self, name: str) -> str:
        """A request header, "" when absent."""
        return self.request.headers.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing the API does. ``path`` is below ``/api/v1/`` and may hold {plural}, {id}, {name} and {field}. What is sent
    and answered is JSON, unless it is ``BYTES``."""

    key: str
    method: str
    path: str
    summary: Words
    run: Callable[[Call], Reply]
    params: tuple[Param, ...] = ()
    headers: tuple[Param, ...] = ()
    body: Shape | None = None  # what is sent; None: nothing
    bare: bool = False  # a body that requires nothing may be left out
    example: Callable[[ObjectSpec, list[FieldSpec]], Any] | None = None  # a body, made of the fields the caller may set
    answer: Shape = field(default_factory=lambda: ANY)
    status: int = 200
    later: Shape | None = None  # what is answered, with 202, while a job works on the answer
    versioned: bool = False  # the answer is a record and carries its version
    refusals: tuple[int, ...] = ()
    has: Callable[[FieldSpec], bool] | None = None  # which fields {field} stands for
    browser: bool = False  # a signed-in browser may ask too
    page: bool = False  # for reading: a browser that is not signed in is asked to


def as_object(data: Any, field: str = "") -> dict[str, Any]:
    """``data``, which must be a JSON object. Raises BadRequest."""
    if not isinstance(data, dict):
        raise BadRequest(_("Send a JSON object: {example}").with_(example='{"…": …}'), field, "type")
    return data


def only_keys(data: Mapping[str, Any], known: Sequence[str], within: str = "") -> None:
    """Refuse keys that mean nothing here. Raises BadRequest naming the first one."""
    for key in data:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            text = _("“{name}” means nothing here; possible: {known}.")
            if near:
                text = _("“{name}” means nothing here. Did you mean “{near}”?")
            known_text = ", ".join(known)
            raise BadRequest(
                text.with_(name=key[:60], known=known_text, near="".join(near)), within + key[:60], "unknown"
            )


def read_params(query: QueryDict, params: Sequence[Param]) -> dict[str, Any]:
    """Values of all ``params`` by name. Unknown and repeated ones are refused with BadRequest."""
    known = [param.name for param in params]
    for name in query:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            text = _("There is no parameter “{name}” here.")
            if near:
                text = _("There is no parameter “{name}” here. Did you mean “{near}”?")
            raise BadRequest(text.with_(name=name[:60], near="".join(near)), name[:60], "unknown")
        if len(query.getlist(name)) > 1:
            raise BadRequest(_("The parameter “{name}” was given twice.").with_(name=name), name, "duplicate")
    return {param.name: param.read(query.get(param.name)) for param in params}
