"""A record's business card: as a file for an address book, and as a picture to photograph from the screen."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.kernel.downloads import disposition
from zhike.kernel.lazy import LazyModule
from zhike.records.cards import card_of
from zhike.records.read import read_one
from zhike.schema.registry import registry
from zhike.web.links import record_url
from zhike.web.respond import respond, see_other
from zhike.web.visitor import actor_of

segno: Any = LazyModule("segno")

MOST_BYTES = 1200  # a code with more would be too fine to photograph from a screen
QUIET_ZONE = 4  # modules of white around the code


def download(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """``/{plural}/{id}.vcf``. It is logged like any look at secrets in full."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    card = card_of(actor, spec.key, id)
    answer = HttpResponse(card.text, content_type="text/vcard; charset=utf-8")
    answer["Content-Disposition"] = disposition(f"{card.title[:80]}.vcf")
    answer["Cache-Control"] = "no-store"
    return answer


def show(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """The card as a QR code in a dialog."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    record = read_one(actor, spec.key, id)
    if not request.headers.get("HX-Request"):
        return see_other(request, record_url(record))
    card = card_of(actor, spec.key, record.id)
    size, path = code_path(_short(card.text))
    context = {"spec": spec, "record": record, "size": size, "path": path}
    answer = respond(request, "record/card.html", context, part="dialog")
    answer["Cache-Control"] = "no-store"
    return answer


def code_path(text: str) -> tuple[int, str]:
    """The dark modules of a QR code as one SVG path, and the length of its side in modules, margin included."""
    code = segno.make(text, encoding="utf-8", error="m", boost_error=False, micro=False)
    rows = list(code.matrix)
    parts = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = 0
            while x + run < len(row) and row[x + run]:
                run += 1
            if run:
                parts.append(f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{run}v1h-{run}z")
            x += run + 1
    return len(rows) + 2 * QUIET_ZONE, "".join(parts)


def _short(text: str) -> str:
    """The card without its longest lines, until a code of it can be photographed."""
    lines = text.replace("\r\n ", "").split("\r\n")
    while len("\r\n".join(lines).encode()) > MOST_BYTES:
        longest = max(lines[2:-2], key=len)
        lines.remove(longest)
    return "\r\n".join(lines)
