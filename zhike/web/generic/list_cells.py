"""One cell of a list, edited where it stands: the input, the save, and the cell as it is afterwards."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from zhike.kernel.words import _
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.generic.form_layout import fillable
from zhike.web.generic.form_state import SEEN, changed_values, seal, typed_by_field, typed_of_record, unseal, values_of
from zhike.web.kinds.cells import draw
from zhike.web.kinds.widgets import Typed, control
from zhike.web.links import with_query
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other, wants_part
from zhike.web.say import say
from zhike.web.visitor import actor_of

IN_PLACE = frozenset(
    {"text", "number", "money", "percent", "date", "instant", "duration", "choice", "yes_no", "link", "url"}
)


def in_place(actor: Actor, spec: ObjectSpec, field: FieldSpec) -> bool:
    """Whether the cells of a field can be edited in a list: one short input, open to this actor."""
    return field.kind in IN_PLACE and fillable(actor, spec, field) and can(actor, "edit", spec)


def show(request: HttpRequest, plural: str, id: int, field: str) -> HttpResponse:
    """The input of one cell; a POST saves it. Without a script both lead to the form of that field."""
    actor = actor_of(request)
    registry.refresh()
    spec = registry.by_plural(plural)
    one = spec.field(field)
    if one is None:
        raise NotFound()
    if not wants_part(request):
        return see_other(request, with_query(f"/{plural}/{id}/edit", {"only": field, "next": f"/{plural}"}))
    record = read_one(actor, spec.key, id, right="edit")
    if not in_place(actor, spec, one) or one.key in record.locked:
        raise Forbidden(_("“{field}” cannot be changed here.").with_(field=one.label))
    if request.method != "POST":
        return _editor(request, record, one, typed_of_record(record, [one]).get(one.key, {}), seal(record, [one]))
    return _save(request, actor, record, one)


def _save(request: HttpRequest, actor: Actor, record: Record, field: FieldSpec) -> HttpResponse:
    spec = registry.object(record.object)
    typed = typed_by_field(request, [field])
    values = values_of([field], typed, {})
    seen = unseal(request.POST.get(SEEN, ""), spec)
    based_on = None
    if seen is not None:
        values = changed_values(spec, values, seen)
        based_on = (seen.version, {key: seen.values.get(key) for key in values})
    operation = None
    if values:
        try:
            done = write(actor, Command("update", spec.key, record.id, values, based_on=based_on))
        except (Invalid, Conflict) as error:
            problem = _told(error, record, field)
            now = read_one(actor, spec.key, record.id) if isinstance(error, Conflict) else None
            fresh = seal(now, [field]) if now else request.POST.get(SEEN, "")
            return _editor(request, record, field, typed.get(field.key, {}), fresh, problem, error.status, now)
        operation = done.operation if done.changes else None
    answer = respond(
        request, "cell.html", {"record": read_one(actor, spec.key, record.id), "field": field}, part="cell"
    )
    return say(request, answer, _("Saved"), undo=operation) if operation else answer


def _told(error: Invalid | Conflict, record: Record, field: FieldSpec) -> str:
    """What is wrong; when somebody else changed the cell meanwhile, both values: theirs stands in the record, the one
    typed stays in the input."""
    text = error.problems[0].text if error.problems else error.title
    if isinstance(error, Conflict) and field.key in error.theirs:
        now = draw(error.theirs[field.key], field, "list", record).striptags() or str(_("empty"))
        said = _("{problem} It is “{value}” now. Enter saves yours, Esc leaves it.")
        text = said.with_(problem=text, value=now)
    return str(text)


def _editor(
    request: HttpRequest,
    record: Record,
    field: FieldSpec,
    typed: Typed,
    seen: str,
    problem: str = "",
    status: int = 200,
    now: Record | None = None,
) -> HttpResponse:
    """The input; ``now`` is the record as somebody else left it meanwhile, which the cell goes back to."""
    box = control(field, dict(typed), reading(), problem=problem, id_prefix=f"cell-{record.id}-")
    context = {
        "record": record,
        "field": field,
        "control": box,
        "seen": seen,
        "seen_name": SEEN,
        "problem": problem,
        "now": now,
    }
    return respond(request, "cell.html", context, part="editor", status=status)
