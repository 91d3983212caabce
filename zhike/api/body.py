"""Reading a JSON body strictly: its size, encoding, depth, keys and numbers are checked before anything is done."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, UnreadablePostError

from zhike.api.errors import BadRequest, TooLarge, WrongType
from zhike.kernel.words import _

MOST_BYTES = 10 * 1024 * 1024
MOST_DEPTH = 32
MOST_DIGITS = 40
_NOTHING = object()


def read_json(request: HttpRequest, *, optional: bool = False) -> Any:
    """The request's body as Python data; fractions are Decimals. ``optional``: an empty body is ``{}``.

    Raises WrongType (415) for another media type, TooLarge (413) over 10 MB, BadRequest (400) for everything that is
    not well-formed: bad UTF-8, duplicate keys, NaN, numbers over 40 digits, more than 32 levels, lone surrogates.
    """
    declared = request.META.get("CONTENT_LENGTH") or ""
    if declared.isascii() and declared.isdigit() and int(declared[:19]) > MOST_BYTES:
        raise _too_large()
    try:
        raw = request.read(MOST_BYTES + 1)
    except (UnreadablePostError, OSError) as error:
        raise BadRequest(_("The body ended too early.")) from error
    if len(raw) > MOST_BYTES:
        raise _too_large()
    if not raw.strip():
        if optional:
            return {}
        refuse_pieces(request)
        raise BadRequest(_("The body is empty; send JSON."), code="json")
    _check_type(request)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text_ = _("The body is not valid UTF-8 (byte {position}).").with_(position=error.start)
        raise BadRequest(text_, code="encoding") from error
    return parse_json(text)


def refuse_pieces(request: HttpRequest) -> None:
    """Of an empty body: say so when it is not empty but its length is missing. Raises BadRequest."""
    if request.headers.get("Transfer-Encoding"):
        raise BadRequest(_("The body came in pieces without its length. Send Content-Length."), code="length")


def parse_json(text: str) -> Any:
    """JSON text as Python data under the same limits as :func:`read_json`. Raises BadRequest."""
    if not text.strip():
        raise BadRequest(_("The body is empty; send JSON."), code="json")
    try:
        data = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_fraction, parse_int=_whole
        )
    except RecursionError as error:
        raise _too_deep() from error
    except json.JSONDecodeError as error:
        message = _("This is not JSON: line {line}, column {column}.").with_(line=error.lineno, column=error.colno)
        raise BadRequest(message, code="json") from error
    _check_depth(data)
    return data


def _check_type(request: HttpRequest) -> None:
    media = (request.content_type or "").lower()
    charset = (request.content_params or {}).get("charset", "utf-8").strip().lower()
    if not (media == "application/json" or (media.startswith("application/") and media.endswith("+json"))):
        raise WrongType(_("The body must be application/json, not “{type}”.").with_(type=media[:60] or "?"))
    if charset not in ("utf-8", "utf8"):
        raise WrongType(_("The body must be UTF-8, not “{type}”.").with_(type=charset[:60]))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if found.setdefault(key, _NOTHING) is not _NOTHING:
            raise BadRequest(
                _("The key “{key}” stands twice in one object.").with_(key=_short(key)), code="duplicate-key"
            )
        found[key] = value
    return found


def _constant(name: str) -> Any:
    raise BadRequest(_("{name} is not a JSON number.").with_(name=name), code="number")


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise BadRequest(_("A number has more than {n} digits.").with_(n=MOST_DIGITS), code="number")
    return int(digits)


def _fraction(digits: str) -> Decimal:
    value = Decimal(digits)
    if len(digits) > MOST_DIGITS + 10 or not -MOST_DIGITS <= value.adjusted() <= MOST_DIGITS:
        raise BadRequest(_("A number has more than {n} digits.").with_(n=MOST_DIGITS), code="number")
    return value


def _check_depth(data: Any) -> None:
    level = [data]
    for _depth in range(MOST_DEPTH + 1):
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                for key in one:
                    _check_text(key)
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
            elif isinstance(one, str):
                _check_text(one)
        if not below:
            return
        level = below
    raise _too_deep()


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRequest(_("A text holds half of a character pair (\\ud800–\\udfff)."), code="encoding") from error


def _short(text: str) -> str:
    return text[:60].encode("utf-8", "replace").decode()


def _too_deep() -> BadRequest:
    return BadRequest(_("The body is nested deeper than {n} levels.").with_(n=MOST_DEPTH), code="depth")


def _too_large() -> TooLarge:
    return TooLarge(_("The body is larger than {n} MB.").with_(n=MOST_BYTES // 1024 // 1024))
