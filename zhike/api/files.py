"""Files and secrets: sending a file, fetching the one in a record's field, and reading a masked value in full."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, UnreadablePostError

from zhike.api.body import refuse_pieces
from zhike.api.errors import BadRequest, TooLarge, WrongType
from zhike.api.json_schema import BYTES, COUNT, ID, TEXT, named, shaped
from zhike.api.operation import Call, Operation, Param, Reply, only_keys
from zhike.kernel.downloads import disposition
from zhike.kernel.errors import NotFound
from zhike.kernel.words import _
from zhike.records.files import LARGEST, open_file, store_file
from zhike.records.reveal import reveal
from zhike.schema.kinds import kind_of

CHUNK = 256 * 1024
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def upload(call: Call) -> Reply:
    """Keep the body as a file; its id is then written into a field of kind file, such as ``content`` of a new file."""
    kept = store_file(call.actor, call.params["name"], body_pieces(call.request, LARGEST))
    return Reply({"id": kept.id, "name": kept.name, "size": kept.size, "type": kept.type}, status=201)


def body_pieces(request: HttpRequest, largest: int) -> Iterator[bytes]:
    """The body, piece by piece. Refuses forms, an empty body and more than ``largest`` bytes before and while reading."""
    if request.content_type in FORMS:
        raise WrongType(_("Send the bytes of the file themselves as the body, not a form."))
    declared = request.META.get("CONTENT_LENGTH") or ""
    if declared.isascii() and declared.isdigit() and int(declared[:19]) > largest:
        raise _too_large(largest)
    return _pieces(request, largest)


def _pieces(request: HttpRequest, largest: int) -> Iterator[bytes]:
    size = 0
    while True:
        try:
            piece = request.read(CHUNK)
        except (UnreadablePostError, OSError) as error:
            raise BadRequest(_("The body ended too early.")) from error
        if not piece:
            break
        size += len(piece)
        if size > largest:
            raise _too_large(largest)
        yield piece
    if not size:
        refuse_pieces(request)
        raise BadRequest(_("The body is empty; send the bytes of the file."), code="empty")


def _too_large(largest: int) -> TooLarge:
    return TooLarge(_("The file is larger than {n} MB.").with_(n=largest // 1024 // 1024))


def download(call: Call) -> Reply:
    """The bytes of the file in a field of a record, for whoever may read that field."""
    field = call.object.field(call.name)
    if field is None or field.kind != "file":
        raise NotFound
    held, pieces = open_file(call.actor, call.object.key, call.record, field.key)
    headers = {
        "Content-Disposition": disposition(held.name),
        "Content-Length": str(held.size),
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Reply(stream=pieces, media="application/octet-stream", headers=headers)


def reveal_field(call: Call) -> Reply:
    """A masked value in full. The reason is kept with who asked and when, before the answer is given."""
    body = call.json_object()
    only_keys(body, ("reason",))
    reason = body.get("reason", "")
    if not isinstance(reason, str) or len(reason) > 200:
        raise BadRequest(_("reason is a text of at most 200 characters."), "reason", "parameter")
    return Reply({"value": reveal(call.actor, call.object.key, call.record, call.name, reason)})


NAME = Param("name", _("The file’s name."), required=True, most=255, example="offer.pdf")
UPLOADED = named("Upload", shaped({"id": ID, "name": TEXT, "size": COUNT, "type": TEXT}))
REASON = named(
    "Reason",
    shaped({"reason": {"type": "string", "minLength": 2, "maxLength": 200}})
    | {"description": "Why the value is needed; kept with who asked and when."},
)
REVEALED = named("Revealed", shaped({"value": TEXT}))
OPERATIONS = (
    Operation(
        "upload", "POST", "uploads", _("Send a file"), upload, params=(NAME,), body=BYTES, answer=UPLOADED, status=201,
        refusals=(400, 401, 413, 415, 422),
    ),
    Operation(
        "download", "GET", "{plural}/{id}/files/{field}", _("Fetch a file of {objects}"), download,
        has=lambda field: field.kind == "file", answer=BYTES, refusals=(400, 401, 403, 404),
    ),
    Operation(
        "reveal", "POST", "{plural}/{id}/reveal/{field}", _("Read a masked value of {objects} in full"), reveal_field,
        has=lambda field: kind_of(field).secret, body=REASON, answer=REVEALED,
        refusals=(400, 401, 403, 404, 413, 415, 422),
    ),
)  # fmt: skip
