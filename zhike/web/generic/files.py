"""Downloads. A file is served only as an attachment, or inline when it is a type browsers show safely: a picture, a sound, a PDF,
plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from zhike.kernel.downloads import disposition
from zhike.kernel.errors import NotFound
from zhike.records.files import open_file
from zhike.schema.registry import registry
from zhike.web.links import LOOKED_AT
from zhike.web.visitor import actor_of

PDF = "application/pdf"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
ENCODINGS = ("utf-8", "gb18030")
SAFE_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
SAFE_SOUNDS = frozenset({"audio/webm", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav"})


def download(request: HttpRequest, object: str, id: int, field: str) -> HttpResponseBase:
    """The content of a record's file field, read under the reader's rights; ``?inline=1`` shows it in place where that is
    safe. Everything but a PDF is put into a sandbox; browsers open PDFs in a viewer of their own, which is one, and which
    refuses to start inside another."""
    actor = actor_of(request)
    spec = registry.object(object)
    if spec.field(field) is None or spec[field].kind != "file":
        raise NotFound
    held, content = open_file(actor, spec.key, id, field)
    shown = request.GET.get("inline") == "1" and (held.type in LOOKED_AT or held.type in SAFE_SOUNDS)
    chunks: Iterator[bytes]
    type_, chunks = held.type if shown else "application/octet-stream", content
    asked = part_asked(request.headers.get("Range", ""), held.size)
    if shown and held.type.startswith("text/"):  # its beginning says how it is written: always whole
        (type_, chunks), asked = _as_text(content), None
    elif asked is not None:
        chunks = content.part(*asked)
    answer = StreamingHttpResponse(chunks, content_type=type_, status=200 if asked is None else 206)
    answer["Content-Disposition"] = disposition(held.name, inline=shown)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = POLICY if held.type == PDF and shown else f"{POLICY}; sandbox"
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer["Cache-Control"] = "private, no-store"
    answer["Accept-Ranges"] = "bytes"
    if asked is not None:
        answer["Content-Range"] = f"bytes {asked[0]}-{asked[1] - 1}/{held.size}"
    if held.size:
        answer["Content-Length"] = str(held.size if asked is None else asked[1] - asked[0])
    return answer


def part_asked(header: str, size: int) -> tuple[int, int] | None:
    """The one part of a file a Range header asks for (RFC 9110, 14.2), as its first byte and the one behind its last; None
    when it asks for none, for several, or for what is not there: the whole file is a right answer then. Phones play a
    sound only when they get parts of it."""
    found = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", header.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    return (start, end) if start < end else None


def _as_text(chunks: Iterator[bytes]) -> tuple[str, Iterator[bytes]]:
    """Plain text with the encoding its beginning is in: UTF-8, else what Chinese Windows writes."""
    first = next(chunks, b"")
    for encoding in ENCODINGS:
        try:
            first[:-4].decode(encoding)  # a character may be cut off at the end
        except UnicodeDecodeError:
            continue
        return f"text/plain; charset={encoding}", chain([first], chunks)
    return "text/plain; charset=utf-8", chain([first], chunks)
