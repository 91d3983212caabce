"""Downloads. A file is served only as an attachment, or inline when it is a picture browsers show safely."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from zhike.kernel.actor import Actor
from zhike.kernel.errors import NotFound
from zhike.records.files import open_file
from zhike.schema.registry import registry

SAFE_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})


def download(request: HttpRequest, object: str, id: int, field: str) -> HttpResponseBase:
    """The content of a record's file field, read under the reader's rights; ``?inline=1`` shows pictures in place."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    spec = registry.object(object)
    if spec.field(field) is None or spec[field].kind != "file":
        raise NotFound
    held, chunks = open_file(actor, spec.key, id, field)
    shown = request.GET.get("inline") == "1" and held.type in SAFE_PICTURES
    answer = StreamingHttpResponse(chunks, content_type=held.type if shown else "application/octet-stream")
    answer["Content-Disposition"] = (
        f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(held.name, safe='')}"
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    if held.size:
        answer["Content-Length"] = str(held.size)
    return answer
