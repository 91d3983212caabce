"""The rows of a list as markup. Printed for every record, so everything that is the same in all rows is made before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from markupsafe import Markup, escape

from zhike.kernel.words import _
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.web.built import icon_svg
from zhike.web.kinds.faces import hue_of, initial_of, shape_of
from zhike.web.markup import EMPTY, html

COMPLETE = "complete"
OFF = ' class="is-off"'
Cells = Sequence[tuple[Markup, Callable[[Record], Markup]]]


def drawn_rows(spec: ObjectSpec, records: Iterable[Record], cells: Cells) -> Markup:
    """One table row for each record: the box to choose it, its title, then ``cells``, each an opening tag and what draws
    the content."""
    path = f"/{spec.plural}/"
    choose = str(_("Choose {title}"))
    look = html(
        '<button type="button" data-peek class="button is-quiet is-icon is-small row-peek" aria-label="%s" title="%s"'
        ' tabindex="-1">%s</button></td>\n',
        *[str(_("Look without leaving"))] * 2,
        icon_svg("panel-right", True),
    )
    face = _face_of(spec)
    tick = _tick_of(spec, path)
    end = Markup("</td>")
    parts: list[str] = []
    for record in records:
        title, url = escape(record.title), escape(f"{path}{record.id}")
        said = escape(choose.replace("{title}", record.title))
        parts.append(
            f'<tr data-row="{record.id}" data-url="{url}"{OFF if record.archived else ""}>\n'
            f'<td><input type="checkbox" name="ids" value="{record.id}" form="chosen" aria-label="{said}"></td>\n'
            f'<td data-at="title" title="{title}">{tick(record)}<a class="row" href="{url}" data-title>{face(record.title)}'
            f'<span class="cut">{title or f"#{record.id}"}</span></a>{look}'
        )
        for opening, draw in cells:
            parts += (opening, draw(record), end)
        parts.append("</tr>\n")
    return Markup("".join(parts))  # noqa: S704 - every value was escaped above or drawn as markup


def _tick_of(spec: ObjectSpec, path: str) -> Callable[[Record], Markup]:
    """The box that ends what is still to do, where it stands in the list."""
    doing = spec.doing
    if doing is None or not any(one.name == COMPLETE for one in registry.actions(spec.key)):
        return lambda _record: EMPTY
    said, shown = str(_("Complete “{title}”")), icon_svg("check", True)
    pattern = (
        '<button class="tick row-tick" type="button" data-tick hx-post="%s%s/actions/%s" hx-vals="%s" hx-swap="none"'
        ' hx-target="this" aria-label="%s">%s</button>'
    )

    def tick(record: Record) -> Markup:
        if record.values.get(doing.key) != "open" or record.archived or record.trashed:
            return EMPTY
        label = said.replace("{title}", record.title)
        return html(pattern, path, record.id, COMPLETE, '{"_here": "1"}', label, shown)

    return tick


def _face_of(spec: ObjectSpec) -> Callable[[str], Markup]:
    shape = shape_of(spec)
    if shape == "icon":
        return lambda _title: EMPTY
    classes = "avatar is-firm" if shape == "firm" else "avatar"
    pattern = f'<span class="{classes}" data-hue="%s" aria-hidden="true">%s</span>'
    return lambda title: html(pattern, hue_of(title), initial_of(title))
